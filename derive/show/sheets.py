"""Blocks as lines of text, beside labels. Not trusted: layout only.

Words have mathematics between dollar signs, as in `blocks`; a formula in a `Display` may have
marks of where a line may end, as in `breaking`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from derive.show.blocks import Because, Block, Display, Grid, Heading, Items, Paragraph, Row, Title
from derive.show.lines import Line, Segment, filled, length, padded, tied
from derive.show.texwords import tokens
from derive.show.words import spelled
from derive.writing.breaking import wrap
from derive.writing.spelling import Spelling

LABEL = 12
GAP = 2
LEAST = 18


def lines(blocks: Iterable[Block], form: Spelling, width: int) -> list[Line]:
    """The whole page; every heading is a label at the left of what follows it."""
    sheet = Lines(form, width)
    found: list[Line] = []
    label = ""
    for block in blocks:
        if isinstance(block, Title):
            found += [*filled(sheet.words(block.said, "title"), width, 2), []]
        elif isinstance(block, Heading):
            label = block.said
        else:
            for line in sheet.block(block):
                head: Line = padded([("  ", ""), (spelled(label, form), "label")], LABEL)
                found.append([*head, *line] if line else [])
                label = ""
            found.append([])
    return found[:-1]


class Lines:
    """A form of output and the columns beside a label."""

    def __init__(self, form: Spelling, width: int) -> None:
        self.form = form
        self.room = width - LABEL

    def words(self, said: str, style: str = "") -> list[Segment]:
        """Words; a formula among them is broken only where nothing else helps."""
        return [
            (tied(text) if kind == "math" else spelled(text, self.form), "name" if kind == "name"
             else style) for kind, text in tokens(said)
        ]  # fmt: skip

    def block(self, block: Block) -> list[Line]:
        match block:
            case Paragraph(said):
                return filled(self.words(said), self.room, 0)
            case Items(rows):
                return self.grid((), rows)
            case Display(body):
                return [line for entry in body for line in self.entry(entry)]
            case Grid(head, rows):
                return self.grid(head, rows)
        return []

    def entry(self, entry: object) -> list[Line]:
        if isinstance(entry, Row):
            broken = (
                wrap(row, self.room, first=self.room, indent=4, dot=self.form.dot)
                for row in entry.rows
            )
            return [[(text, "") for text, _ in line] for rows in broken for line in rows]
        if isinstance(entry, Because):
            return [
                [(" " * 4, ""), *line]
                for reason in entry.reasons
                for line in filled(self.words(reason, "dim"), self.room - 4, 2)
            ]
        return []

    def grid(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Line]:
        """Columns as wide as they must be; the last one takes several lines if it has to."""
        cells = [[self.words(cell) for cell in row] for row in rows]
        heads = [self.words(cell, "dim") for cell in head]
        table = [heads, *cells] if any(length(h) for h in heads) else cells
        widths = [max(length(row[k]) for row in table) + GAP for k in range(len(table[0]) - 1)]
        left = max(LEAST, self.room - sum(widths))
        found: list[Line] = []
        for row in table:
            lead: Line = []
            for cell, width in zip(row, widths, strict=False):
                lead = padded([*lead, *cell], length(lead) + width)
            first, *rest = filled(row[-1], left, 0) or [[]]
            found.append([*lead, *first])
            found += [[(" " * sum(widths), ""), *line] for line in rest]
        return found
