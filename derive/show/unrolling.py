"""A derivation at a numeric depth or layer, one substitution a line. Not trusted: layout."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sympy import Expr, Integer

from derive.chains.explicit import Walk
from derive.figures.particular import Layer
from derive.model import Statement
from derive.show.grid import elided, spaced
from derive.show.lines import Line
from derive.show.sheet import Sheet

ENDS = 3
EMPTY = "an empty product is 1"


@dataclass(frozen=True)
class Put:
    """One substitution: what is put in, in words or as an equation, and the line reached."""

    why: Statement | str
    line: Expr


def puts(walk: Walk, everything: bool) -> Iterator[Put | int]:
    """The substitutions to show, and the number of those that are left out."""
    shown = elided(range(1, len(walk) + 1), ENDS, everything)
    before = walk.start
    for group in (shown.first, shown.last):
        if group:
            for why, before in walk.part(group[0], group[-1]):
                yield Put(why, before)
        if shown.gap and group is shown.first:
            yield shown.gap
    if before != walk.closed:
        yield Put(EMPTY, walk.closed)


class Unrolling:
    """What the lines of a page say of one depth or layer."""

    def __init__(self, sheet: Sheet, indent: int) -> None:
        self.sheet = sheet
        self.indent = indent

    def walk(self, walk: Walk, everything: bool) -> list[Line]:
        """Every substitution, or both ends."""
        at = Statement(walk.symbol, Integer(walk.depth))
        room = self.sheet.width - self.indent
        found: list[Line] = [
            [("  ", ""), ("One substitution a line, ", "heading"),
             *self.sheet.say(at, style="heading")],
            [],
            *self.indented(self.sheet.formula(walk.start, room)),
        ]  # fmt: skip
        for put in puts(walk, everything):
            if isinstance(put, int):
                words = f"… {spaced(put)} more lines"
                found.append([(" " * self.indent, ""), (self.sheet.voice.text(words), "dim")])
            else:
                found += self.reason(put)
                found += self.indented(self.sheet.formula(put.line, room))
        claim = self.sheet.stated(walk.claim)
        return [*found, [], *self.sheet.label("At depth", claim)]

    def reason(self, put: Put) -> list[Line]:
        lead = " " * (self.indent + 2) + "= { "
        room = self.sheet.width - len(lead) - 2
        body: list[Line] = (
            [[(put.why, "reason")]] if isinstance(put.why, str)
            else self.sheet.formula(put.why, room)
        )  # fmt: skip
        found = [
            [(lead, "dim") if at == 0 else (" " * len(lead), ""), *line]
            for at, line in enumerate(body)
        ]
        found[-1].append((" }", "dim"))
        return found

    def indented(self, body: Iterable[Line]) -> list[Line]:
        return [[(" " * self.indent, ""), *line] for line in body]

    def layer(self, layer: Layer) -> list[Line]:
        """The result at one layer, with the depths that have it."""
        body = self.sheet.stated(layer.claim)
        name = self.sheet.voice.formula(layer.depth)
        every = self.sheet.voice.text(f"for every {name} ≥ {layer.least}")
        return self.sheet.label("At layer", [*body, [(every, "dim")]])
