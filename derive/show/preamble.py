"""The top of a page: what is derived, from which model, under which assumptions. Not trusted."""

from __future__ import annotations

from collections.abc import Sequence

from derive.chains.story import Story
from derive.model import Assumption, Cost
from derive.show.lines import Line, Segment, filled, joined, length, padded, tied
from derive.show.sheet import GAP, Sheet
from derive.show.words import in_pieces

LEAST = 20


class Preamble:
    """Title, model, assumptions and what always stands."""

    def __init__(self, sheet: Sheet, without: Sequence[Assumption]) -> None:
        self.sheet = sheet
        self.without = without
        self.model = sheet.model
        self.voice = sheet.voice

    def title(self, story: Story) -> list[Line]:
        subject = self.voice.representative(story.subject)
        line = [(self.voice.formula(subject), "title"), ("  ", ""), (story.title, "")]
        if not self.model.shows:
            return [line]
        origin: Line = [("notation ", "dim"), (self.model.name, "dim")]
        gap = self.sheet.width - length(line) - length(origin)
        if gap < GAP:
            return [*filled(line, self.sheet.width, 2), [("  ", ""), *origin]]
        return [[*line, (" " * gap, ""), *origin]]

    def declared(self, premises: Sequence[str] = (), divided: bool = False) -> list[Line]:
        taken = [
            line for a in self.without for line in self.named(a.name, self.voice.assumption(a))
        ]
        assumed, asked = (
            [line for a in self.model.assumptions if (a.name in premises) == only
             for line in self.named(a.name, self.voice.assumption(a))]
            for only in (False, True)
        )  # fmt: skip
        return [
            *self.sheet.label("Model", [*self.definitions(), *self.kinds()]),
            *self.sheet.label("Assumed", assumed),
            *(self.sheet.label("Without", taken) if taken else ()),
            *(self.sheet.label("Premises", [*asked, *self.only()]) if asked else ()),
            *self.sheet.label("Standing", self.sheet.prose(self.standing(divided))),
        ]

    def only(self) -> list[Line]:
        """That nothing rests on a premise but what names it."""
        return self.sheet.prose([("each taken only where it is named", "dim")])

    def named(self, name: str, text: str) -> list[Line]:
        """An assumption beside its name."""
        every = (*self.model.assumptions, *self.without)
        column = max(len(a.name) for a in every) + 2
        room = self.sheet.room - column
        if room < LEAST:
            said = filled([("  ", ""), (text, "")], self.sheet.room, 2)
            return [[(name, "name")], *said]
        body = filled([(text, "")], room)
        heads = [padded([(name, "name")], column), *([(" " * column, "")] for _ in body[1:])]
        return [[*head, *line] for head, line in zip(heads, body, strict=True)]

    def definitions(self) -> list[Line]:
        """The equations of the model, their ranges beside them."""
        said = [d.statement for d in self.model.definitions]
        if not said:
            return []
        lefts = [self.voice.formula(s.left) for s in said]
        column = max(map(len, lefts))
        room = self.sheet.room - column - 3
        rights = [self.sheet.formula(s.right, room) for s in said]
        widest = column + 3 + max(length(line) for right in rights for line in right) + GAP
        over = [[self.voice.ranges([r]) for r in s.ranges] for s in said]
        beside = self.sheet.room - widest >= 1 + max((len(t) for o in over for t in o), default=0)
        found: list[Line] = []
        for left, right, s in zip(lefts, rights, said, strict=True):
            rows: list[Line] = [[(left.ljust(column), ""), (" = ", ""), *right[0]]]
            rows += [[(" " * (column + 3), ""), *line] for line in right[1:]]
            if not s.ranges:
                limits: list[Line] = []
            elif beside:
                limits = filled(self.sheet.over(s.ranges, "dim"), self.sheet.room - widest)
            else:
                limits = []
                spread = filled([("for ", "dim"), *self.sheet.over(s.ranges, "dim")], room)
                rows += [[(" " * (column + 3), ""), *line] for line in spread]
            rows += [[] for _ in range(len(limits) - len(rows))]
            limits += [[] for _ in range(len(rows) - len(limits))]
            found += [
                [*padded(row, widest), *limit] if limit else row
                for row, limit in zip(rows, limits, strict=True)
            ]
        return found

    def kinds(self) -> list[Line]:
        """What is random, what is fixed, what the cost depends on."""
        said: list[list[Segment]] = []
        for kind, words in (("random", "random"), ("given", "fixed")):
            members = [n for n, f in self.model.families.items() if f.kind == kind]
            if members:
                names = [[(tied(self.voice.member(n)), "")] for n in members]
                said.append([*joined(names, ", "), (f" {words}", "dim")])
        for f in self.model.functions:
            kind = " in pieces" if in_pieces(self.model, f) else " differentiable"
            said.append([(self.voice.form.letter(f), ""), (kind, "dim")])
        costs = [
            line for cost in self.model.costs.values() for line in self.sheet.prose(self.cost(cost))
        ]
        return [*self.sheet.prose(joined(said, "; ")), *costs]

    def cost(self, cost: Cost) -> list[Segment]:
        """What the cost is a function of."""
        top = self.voice.block(f"∂{cost.name}/∂{cost.of.name}")
        of = top.partition("/")[2].removeprefix(self.voice.form.partial)
        name = self.voice.form.letter(cost.name)
        return [(name, ""), (" a function of ", "dim"), (of, ""), (", so ", "dim"), (top, ""),
                (" random", "dim")]  # fmt: skip

    def standing(self, divided: bool = False) -> list[Segment]:
        """What is always assumed."""
        order = {2: "second moments"}.get(self.model.moments, f"moments up to {self.model.moments}")
        said = [f"{order} finite"]
        if divided:
            said.append("variances > 0")
        if self.model.sizes:
            said.append(self.voice.text("sizes ≥ 1"))
        for size, least in self.model.sizes.items():
            if least != 1:
                said.append(self.voice.text(f"{self.voice.form.letter(str(size))} ≥ {least}"))
        return [(", ".join(map(tied, said)), "dim")]
