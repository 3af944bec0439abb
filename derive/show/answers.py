"""Depths, layers, numbers and counts as blocks, for Markdown and LaTeX. Not trusted."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sympy import Integer

from derive.chains.explicit import Walk
from derive.counting.confirm import Confirmation
from derive.figures.amounts import short
from derive.figures.growth import Growth
from derive.figures.numbers import Row as Numbers
from derive.figures.numbers import Table, layer_of
from derive.figures.particular import Layer, Particular
from derive.figures.stability import Range
from derive.model import Statement
from derive.real import shown
from derive.show.blocks import Because, Block, Display, Grid, Heading, Omitted, Paragraph, Row
from derive.show.counting import network
from derive.show.grid import Exact, spaced
from derive.show.table import numbers_given, shown_rows
from derive.show.texwords import TexVoice
from derive.show.unrolling import puts

EXACT = 40


class Answers:
    """The blocks of what was asked for beyond a derivation."""

    def __init__(self, voice: TexVoice, everything: bool) -> None:
        self.voice = voice
        self.everything = everything

    def blocks(self, particular: Particular) -> Iterator[Block]:
        """In the order of the page."""
        if particular.walk is not None:
            yield from self.walk(particular.walk)
        if particular.layer is not None:
            yield from self.layer(particular.layer)
        if particular.table is not None:
            yield from self.table(particular.table, particular.growths)
        if particular.wide is not None:
            from derive.show.wide import blocks

            yield from blocks(particular.wide, self.voice.form)
        if particular.range is not None and particular.table is not None:
            yield from self.within(particular.table, particular.range)
        if particular.confirmed is not None:
            yield from self.counts(particular.confirmed)

    def walk(self, walk: Walk) -> Iterator[Block]:
        depth = self.voice.formula(Statement(walk.symbol, Integer(walk.depth)))
        yield Heading(f"One substitution a line, {depth}")
        body: list[Row | Because | Omitted] = [Row(tuple(self.voice.rows(walk.start)))]
        for put in puts(walk, self.everything):
            if isinstance(put, int):
                body.append(Omitted(f"{spaced(put)} more lines"))
            else:
                why = put.why if isinstance(put.why, str) else self.voice.formula(put.why)
                body += [Because((why,)), Row(tuple(self.voice.rows(put.line)))]
        yield Display(tuple(body))
        yield Display((Row(tuple(self.voice.rows(walk.claim))),))

    def layer(self, layer: Layer) -> Iterator[Block]:
        yield Heading(f"At this layer, for every ${layer.depth} \\ge {layer.least}$")
        yield Display((Row(tuple(self.voice.rows(layer.claim))),))

    def table(self, table: Table, growths: tuple[Growth, ...]) -> Iterator[Block]:
        yield Heading("Numbers")
        yield Paragraph(f"With {'; '.join(numbers_given(table))}.")
        yield self.grid(table)
        for growth in growths:
            head = self.voice.formula(table.head(growth.chain))
            down = "" if growth.upward or not growth.steps else "from the top down "
            yield Paragraph(f"{head} {down}{growth.text}.")
        for chain, why in table.missing.items():
            if chain in table.setting.model.shows:
                yield Paragraph(f"No {chain}: {why}.")

    def within(self, table: Table, found: Range) -> Iterator[Block]:
        yield Heading(f"In {found.type.name}")
        yield Paragraph(f"{found.limits[0].upper()}{found.limits[1:]}.")
        for column in found.columns:
            head = self.voice.formula(table.head(column.chain))
            yield Paragraph(f"The standard deviation of {head}: {column.text}.")

    def grid(self, table: Table) -> Grid:
        exact = Exact(table.setting, self.voice.form)
        layers = (layer_of(c, table.setting) for c in table.formulas.values())
        index = next((self.voice.index(r.index) for r in layers if r), "")
        head = [f"${index}$" if index else ""]
        for chain in table.chains:
            head += [self.voice.formula(table.head(chain)), ""]
        rows = shown_rows(table, self.everything)
        found = [self.cells(row, table, exact) for row in rows.first]
        if rows.gap:
            found.append((f"{spaced(rows.gap)} more", *[""] * (len(head) - 1)))
        found += [self.cells(row, table, exact) for row in rows.last]
        return Grid(tuple(head), tuple(found))

    def cells(self, row: Numbers, table: Table, exact: Exact) -> tuple[str, ...]:
        found = ["" if row.layer is None else str(row.layer)]
        for chain in table.chains:
            value = row.value(chain)
            exactly = "" if value is None else exact.text(value, EXACT).replace("…", r"\dots")
            found += [f"${exactly}$" if exactly else "", "" if value is None else short(value)]
        return tuple(found)

    def counts(self, found: Confirmation) -> Iterator[Block]:
        yield Heading("Counted")
        yield Paragraph(f"{found.text[0].upper()}{found.text[1:]}.")
        if said := network(found):
            yield Paragraph(f"With {said}.")
        for laws, group in groupby(found.counts, key=lambda c: c.laws):
            rows = [
                ("" if c.layer is None else str(c.layer), shown(c.formula, 6), shown(c.counted, 6),
                 "yes" if c.agrees else "no", spaced(c.cases))
                for c in group
            ]  # fmt: skip
            yield Paragraph(f"{laws[0].upper()}{laws[1:]}:")
            yield Grid(("layer", "formula", "counted", "agrees", "cases"), tuple(rows))
        for words in found.left_out:
            yield Paragraph(f"Left out: {words}.")
