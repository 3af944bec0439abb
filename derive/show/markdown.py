"""A report as Markdown with `$$` blocks and tables. Not trusted: layout only.

Sites differ in what they do to a backslash before a mark of punctuation, so there is none:
lines end with `\\cr`, braces are `\\lbrace`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

from derive.figures.particular import Particular
from derive.report import Report
from derive.show.blocks import (
    Because,
    Block,
    Display,
    Grid,
    Heading,
    Items,
    Omitted,
    Paragraph,
    Row,
    Title,
)
from derive.show.latex import outlined
from derive.show.page import Wanted
from derive.show.texwords import tokens

ROOM = 84
_COMMANDS = re.compile(r"\\[a-z]+|[{}^_ ]")
_SPECIAL = re.compile(r"([\\*_<>|\[\]#])")


def markdown(report: Report, wanted: Wanted, particular: Particular | None = None) -> str:
    """The whole page."""
    return document(outlined(report, wanted, particular))


def document(blocks: Iterable[Block]) -> str:
    """Blocks as a page of their own."""
    return "\n\n".join("\n".join(_block(b)) for b in blocks) + "\n"


def words(said: str) -> str:
    """Words with their mathematics, in Markdown."""
    marks = {"math": "${}$", "name": "`{}`"}
    return "".join(
        marks[kind].format(text) if kind in marks else _escaped(text) for kind, text in tokens(said)
    )


def _block(block: Block) -> Iterable[str]:
    match block:
        case Title(said):
            yield f"# {words(said)}"
        case Heading(said):
            yield f"## {words(said)}"
        case Paragraph(said):
            yield words(said)
        case Items(rows):
            yield "| assumption | says |"
            yield "|---|---|"
            for name, said in rows:
                yield f"| `{name}` | {words(said)} |"
        case Display(body):
            yield "$$"
            yield r"\begin{aligned}"
            yield " \\cr\n".join(_entry(entry) for entry in body)
            yield r"\end{aligned}"
            yield "$$"
        case Grid(head, rows):
            yield f"| {' | '.join(map(words, head))} |"
            yield f"|---:|{':---|' * (len(head) - 1)}"
            for row in rows:
                yield f"| {' | '.join(map(words, row))} |"


def _entry(entry: Row | Because | Omitted) -> str:
    if isinstance(entry, Omitted):
        return rf"& \quad\vdots\quad {_text(entry.said)}"
    if isinstance(entry, Because):
        rows = [row for reason in entry.reasons for row in _filled(reason)]
        body = " \\cr ".join(rows)
        return rf"= {{}} & \left\lbrace\begin{{array}}{{l}}{body}\end{{array}}\right."
    first, *rest = entry.rows
    number = "" if entry.number is None else rf"\scriptstyle {entry.number}\quad "
    return " \\cr\n".join([f"{number}& {first}", *(f"& {row}" for row in rest)])


def _filled(reason: str) -> list[str]:
    """A reason as mathematics with words in it, in rows that are not too long."""
    rows: list[list[tuple[str, str]]] = [[]]
    columns = 0
    for kind, text in tokens(reason):
        for piece in re.split(r"(?<=\s)(?=\S)", text) if kind == "text" else [text]:
            size = len(_COMMANDS.sub("", piece)) if kind == "math" else len(piece)
            if rows[-1] and columns + size > ROOM:
                rows.append([])
                columns = 0
            rows[-1].append((kind, piece))
            columns += size
    return [("" if at == 0 else r"\quad ") + _joined(row) for at, row in enumerate(rows)]


def _joined(pieces: list[tuple[str, str]]) -> str:
    """Pieces side by side; the words between two formulas stand together."""
    found = []
    for kind, group in groupby(pieces, key=lambda p: p[0]):
        texts = [text for _, text in group]
        if kind == "math":
            found.append(" ".join(texts))
        else:
            found.append(_text("".join(texts), "text" if kind == "text" else "texttt"))
    return "".join(found)


def _text(words: str, command: str = "text") -> str:
    return f"\\{command}{{{_escaped(words)}}}"


def _escaped(words: str) -> str:
    return _SPECIAL.sub(r"\\\1", words)
