"""What every part of a page is written with: formulas, words, labels. Not trusted: layout only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Expr

from derive.model import Model, Statement
from derive.show.hints import Block
from derive.show.lines import Line, Segment, filled, joined, length, padded, tied
from derive.show.words import Voice
from derive.terms import Range
from derive.writing.formula import lines
from derive.writing.spelling import Spelling

LABEL = 12
GAP = 3


class Sheet:
    """A model, a form of output and a width."""

    def __init__(self, model: Model, form: Spelling, width: int) -> None:
        self.model = model
        self.width = width
        self.voice = Voice(model, form)

    @property
    def room(self) -> int:
        """The columns beside a label."""
        return self.width - LABEL

    def formula(
        self, e: Expr | Statement, room: int, *, first: int | None = None, indent: int = 2,
        marks: Sequence[Expr] = (),
    ) -> list[Line]:  # fmt: skip
        broken = lines(
            e, self.model, self.voice.form, width=room, first=first, indent=indent, marks=marks
        )
        return [[(text, "changed" if hot else "") for text, hot in row] for row in broken]

    def say(self, *said: object, style: str = "") -> list[Segment]:
        """Words and formulas, the formulas kept together where possible."""
        found: list[Segment] = []
        for piece in said:
            if isinstance(piece, Block):
                text = tied(" and ".join(self.voice.block(k) for k in piece.keys))
            elif isinstance(piece, str):
                text = self.voice.title(piece)
            else:
                text = tied(self.voice.spell(piece))
            found.append((text, style))
        return found

    def over(self, ranges: Iterable[Range], style: str = "") -> list[Segment]:
        """Ranges, broken only between one and the next."""
        return joined([[(tied(self.voice.ranges([r])), style)] for r in ranges], ", ")

    def label(self, name: str, body: Sequence[Line]) -> list[Line]:
        """Lines beside a label."""
        head = padded([("  ", ""), (name, "label")], LABEL)
        return [
            [*(head if at == 0 else [(" " * LABEL, "")]), *line] for at, line in enumerate(body)
        ]

    def prose(self, pieces: Sequence[Segment], indent: int = 0) -> list[Line]:
        """A paragraph in the room beside a label."""
        return filled(pieces, self.room, indent)

    def names(self, names: Iterable[str], style: str = "name") -> list[Segment]:
        return joined([[(self.voice.named(name), style)] for name in names], ", ")

    def stated(self, s: Statement) -> list[Line]:
        """A statement with its ranges behind it."""
        room = self.room
        body = self.formula(s, room)
        body = [[(text, "result") for text, _ in line] for line in body]
        if not s.ranges:
            return body
        limits = self.over(s.ranges, "dim")
        gap = room - length(body[-1]) - length(limits)
        if gap >= GAP:
            body[-1] = [*body[-1], (" " * gap, ""), *limits]
            return body
        tail = filled(limits, room - 4)
        return [*body, *([(" " * (room - length(line)), ""), *line] for line in tail)]

    def lead(self, words: str, e: Expr | Statement) -> list[Line]:
        """A formula after some words."""
        room = self.room
        first, *rest = self.formula(e, room, first=room - len(words), indent=4)
        return [[(words, "dim"), *first], *rest]
