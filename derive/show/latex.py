"""A report as a LaTeX document that compiles as it is. Not trusted: layout only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

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
from derive.show.outline import Outline
from derive.show.page import Wanted
from derive.show.texwords import SIGNS, tokens

PREAMBLE = r"""\documentclass[10pt]{article}
\usepackage[utf8]{inputenc}
\usepackage{amsmath,amssymb,longtable}
\usepackage[margin=2.2cm]{geometry}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\raggedright
\newcommand{\reason}[1]{\left\{\ \parbox{.84\linewidth}{\small\raggedright #1}\right.}
"""
ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_", "{": r"\{",
    "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$",
    "–": "--", "✓": "", "✗": "",
}  # fmt: skip
LAST_LETTER = "\u017f"
_SPECIAL = re.compile("|".join(map(re.escape, [*ESCAPES, *SIGNS])))


def latex(report: Report, wanted: Wanted, particular: Particular | None = None) -> str:
    """The whole document."""
    return document(outlined(report, wanted, particular))


def document(blocks: Iterable[Block]) -> str:
    """Blocks as a document of their own."""
    lines = [*PREAMBLE.splitlines(), r"\begin{document}"]
    for block in blocks:
        lines += ["", *_block(block)]
    return "\n".join([*lines, "", r"\end{document}", ""])


def outlined(report: Report, wanted: Wanted, particular: Particular | None) -> Iterator[Block]:
    """The blocks of a report and of what was asked for beyond it."""
    outline = Outline(report, wanted)
    yield from outline.blocks()
    if particular is not None:
        from derive.show.answers import Answers

        yield from Answers(outline.voice, wanted.everything).blocks(particular)
    yield from outline.ledger()


def words(said: str) -> str:
    """Words with their mathematics, in LaTeX."""
    found = []
    for kind, text in tokens(said):
        if kind == "math":
            found.append(f"${text}$")
        elif kind == "name":
            found.append(rf"\texttt{{{_escaped(text)}}}")
        else:
            found.append(_escaped(text))
    return "".join(found)


def _escaped(text: str) -> str:
    """Words in LaTeX; a letter that its input encoding lacks becomes a question mark."""
    found = _SPECIAL.sub(lambda m: ESCAPES.get(m[0]) or _sign(m[0]), text)
    return "".join(c if c <= LAST_LETTER else "?" for c in found)


def _sign(sign: str) -> str:
    return f"${SIGNS[sign].strip()}$" if sign in SIGNS else ""


def _block(block: Block) -> Iterable[str]:
    match block:
        case Title(said):
            yield rf"\section*{{{words(said)}}}"
        case Heading(said):
            yield rf"\paragraph{{{words(said)}}}\mbox{{}}\par"
        case Paragraph(said):
            yield words(said)
        case Items(rows):
            yield r"\begin{description}\setlength{\itemsep}{0pt}"
            for name, said in rows:
                yield rf"\item[\texttt{{{_escaped(name)}}}] {words(said)}"
            yield r"\end{description}"
        case Display(body):
            yield r"\begin{align*}"
            yield " \\\\\n".join(_entry(entry) for entry in body)
            yield r"\end{align*}"
        case Grid(head, rows):
            yield rf"\begin{{longtable}}{{r{'l' * (len(head) - 1)}}}"
            yield " & ".join(map(words, head)) + r" \\ \hline"
            for row in rows:
                yield " & ".join(map(words, row)) + r" \\"
            yield r"\end{longtable}"


def _entry(entry: Row | Because | Omitted) -> str:
    if isinstance(entry, Omitted):
        return rf"& \quad\vdots\quad\text{{{words(entry.said)}}}"
    if isinstance(entry, Because):
        reasons = r"\\ ".join(map(words, entry.reasons))
        return rf"={{}} & \reason{{{reasons}}}"
    first, *rest = entry.rows
    number = "" if entry.number is None else rf"\scriptstyle {entry.number}\quad "
    return " \\\\\n".join([f"{number}& {first}", *(f"& {row}" for row in rest)])
