"""The variance at every layer as a table, with what it does from layer to layer. Not trusted."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.figures.amounts import short, written
from derive.figures.growth import Growth
from derive.figures.numbers import Row, Table, layer_of
from derive.figures.stability import Range
from derive.show.bars import bars, sparkline
from derive.show.grid import DOTS, Elided, Exact, elided, spaced
from derive.show.lines import Line, Segment, filled, padded
from derive.show.sheet import LABEL, Sheet
from derive.writing.spelling import TEXT

ENDS = 8
GAP = 2
SHORT = 8
LEAST_EXACT, MOST_EXACT = 7, 24
LEAST_BAR, MOST_BAR = 3, 16


def numbers_given(table: Table) -> list[str]:
    """The widths and variances, in words; long lists are elided."""
    given = table.setting
    weights = [written(v) for v in given.weights]
    weights = weights[:1] if len(set(weights)) == 1 else weights
    depth = given.shape.depth
    sizes = [f"{depth} = {given.sizes[str(depth), ()]}"] if depth is not None else []
    return [
        *sizes,
        f"widths {listed(list(map(str, given.widths)))}",
        f"weight variances {listed(weights)}" if len(weights) > 1
        else f"weight variance {weights[0]}" if weights else "no weights",
        f"input variance {short(given.inputs)}",
        f"top variance {short(given.top)}",
    ]  # fmt: skip


def listed(items: Sequence[str]) -> str:
    """Items with commas, the middle of a long list left out."""
    shown = elided(items, 3, everything=len(items) <= 10)
    middle = [f"{DOTS} {spaced(shown.gap)} more {DOTS}"] if shown.gap else []
    return ", ".join([*shown.first, *middle, *shown.last])


def shown_rows(table: Table, everything: bool) -> Elided[Row]:
    """The rows to show."""
    return elided(table.rows, ENDS, everything)


class Numbers:
    """The part of a page that is about numbers."""

    def __init__(self, sheet: Sheet, table: Table, growths: Sequence[Growth]) -> None:
        self.sheet = sheet
        self.table = table
        self.growths = growths
        self.exact = Exact(table.setting, sheet.voice.form)
        self.ascii = sheet.voice.form is not TEXT

    def lines(self, everything: bool) -> list[Line]:
        """Numbers given, the table, what the columns do, and which chains have none."""
        given = [("; ".join(self.sheet.voice.text(s).replace(" ", "\N{NO-BREAK SPACE}")
                            for s in numbers_given(self.table)), "")]  # fmt: skip
        found = [*self.sheet.label("Numbers", self.sheet.prose(given)), []]
        rows = shown_rows(self.table, everything)
        for chains in self.side_by_side():
            found += [*self.block(chains, rows), []]
        for growth in self.growths:
            found += self.sentence(growth, whole=not rows.gap)
        for chain, why in self.table.missing.items():
            if chain in self.table.setting.model.shows:
                said = self.sheet.voice.text(f"  no {chain}: {why}")
                found += filled([(said, "warn")], self.sheet.width, 4)
        return found

    def side_by_side(self) -> list[Sequence[str]]:
        """The chains of each block: all in one where they fit, else one in each."""
        chains = self.table.chains
        each = LEAST_EXACT + SHORT + LEAST_BAR + 3 * GAP
        if self.lead + len(chains) * each <= self.sheet.width:
            return [chains] if chains else []
        return [[c] for c in chains]

    @property
    def lead(self) -> int:
        """The columns before the first chain."""
        return 4 + self.layer_width + GAP

    @property
    def layer_width(self) -> int:
        return max((len(str(row.layer)) for row in self.table.rows if row.layer is not None),
                   default=1)  # fmt: skip

    def block(self, chains: Sequence[str], rows: Elided[Row]) -> list[Line]:
        """Some columns, side by side."""
        rows = Elided(_existing(rows.first, chains), rows.gap, _existing(rows.last, chains))
        here = [*rows.first, *rows.last]
        values = {c: [row.value(c) for row in here] for c in chains}
        room = (self.sheet.width - self.lead) // len(chains)
        columns = {c: Column(self.exact, values[c], room, self.ascii) for c in chains}
        index = next(
            (str(r.index) for c in chains
             if (r := layer_of(self.table.formulas[c], self.table.setting))), "",
        )  # fmt: skip
        head: Line = [(" " * 4, ""), (self.sheet.voice.form.letter(index) if index else " ", "dim")]
        head = padded(head, self.lead)
        for c in chains:
            written = self.sheet.voice.formula(self.table.head(c))
            head = padded([*head, (written, "heading")], self.lead + room * (chains.index(c) + 1))
        found = [head]
        for at, row in enumerate(here):
            if rows.gap and at == len(rows.first):
                more = self.sheet.voice.text(f"    … {spaced(rows.gap)} more layers")
                found.append([(more, "dim")])
            name = "" if row.layer is None else str(row.layer)
            line: Line = padded([(f"    {name:>{self.layer_width}}", "dim")], self.lead)
            for c in chains:
                line = [*line, *padded(columns[c].cell(at), room)]
            found.append(line)
        return found

    def sentence(self, growth: Growth, *, whole: bool) -> list[Line]:
        head = self.sheet.voice.formula(self.table.head(growth.chain))
        found = filled(
            [("  ", ""), (head.replace(" ", "\N{NO-BREAK SPACE}"), "heading"), (" ", ""),
             ("" if growth.upward or not growth.steps else "from the top down ", "dim"),
             (self.sheet.voice.text(growth.text), "")],
            self.sheet.width, 4,
        )  # fmt: skip
        if not whole:
            values = [row.value(growth.chain) for row in self.table.rows]
            line = sparkline([v for v in values if v is not None], ascii=self.ascii,
                             width=min(60, self.sheet.width - 4))  # fmt: skip
            found.append([("    ", ""), (line, "changed")])
        return found


def within(sheet: Sheet, table: Table, found: Range) -> list[Line]:
    """The layers at which a standard deviation leaves a floating point type."""
    name = found.type.name
    label, head = (name, []) if len(name) < LABEL - 2 else ("Range", [(f"{name}: ", "")])
    body = sheet.prose([*head, (sheet.voice.text(found.limits), "dim")], 2)
    for column in found.columns:
        subject = sheet.voice.formula(table.head(column.chain))
        outside = any(x.where for x in column.leaves)
        down = " from the top down" if not column.growth.upward and column.growth.steps else ""
        body += sheet.prose([
            (subject.replace(" ", "\N{NO-BREAK SPACE}"), "heading"), (down, "dim"), (": ", ""),
            (sheet.voice.text(column.text), "bad" if outside else "good"),
        ], 2)  # fmt: skip
    return sheet.label(label, body)


def _existing(rows: Sequence[Row], chains: Sequence[str]) -> list[Row]:
    """The rows in which one of the chains has a value."""
    return [row for row in rows if any(row.value(c) is not None for c in chains)]


class Column:
    """The cells of one chain: exactly, in short, and as a bar."""

    def __init__(self, exact: Exact, values: list[Fraction | None], room: int, ascii: bool) -> None:
        self.short = ["" if v is None else short(v) for v in values]
        self.short_width = max(map(len, self.short), default=0)
        most = min(MOST_EXACT, room - self.short_width - LEAST_BAR - 3 * GAP)
        self.exact = ["" if v is None else exact.text(v, most) for v in values]
        self.exact_width = max(map(len, self.exact), default=0)
        left = room - self.exact_width - self.short_width - 3 * GAP
        self.bars = bars(values, width=max(LEAST_BAR, min(MOST_BAR, left)), ascii=ascii)

    def cell(self, at: int) -> list[Segment]:
        """One value."""
        exact = self.exact[at].ljust(self.exact_width + GAP)
        approximate = self.short[at].ljust(self.short_width + GAP)
        return [(exact, ""), (approximate, "dim"), (self.bars[at].rstrip(), "changed")]
