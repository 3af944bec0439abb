"""A document with the verdict after each formula. Not trusted: lines are put in, none changed."""

from __future__ import annotations

import re

from derive.judging.check import ClaimChecked
from derive.judging.documents import Checked
from derive.read.links import Item
from derive.read.tokens import Place
from derive.show.checked_markdown import code
from derive.show.lines import TIE
from derive.show.tally import printable
from derive.show.verdict import lacking, mark, reason
from derive.show.words import Voice
from derive.writing.spelling import Spelling

BREAK = re.compile(r"(?<=\n)|(?<=\r)(?!\n)")
FENCE = re.compile(r"\s*(?:`{3,}|~{3,})")
BEFORE = re.compile(r"[ \t]*(?:>[ \t]?)*(?:[ \t]*(?:[-+*]|\d+[.)])[ \t]+)*")
LONGEST = 300
SHORT = 60


def annotated(file: Checked, form: Spelling) -> str:
    """The text with a line after each display: in Markdown for readers, in LaTeX a comment."""
    rows = BREAK.split(file.data.decode("utf-8"))
    claims = {id(c.claim): c for c in file.claims}
    said: dict[int, list[str]] = {}
    for item in file.found.document.items if file.found else ():
        found = [claims[id(c)] for c in item.claims if id(c) in claims]
        name, row, _ = file.at(Place(_last_row(item, file.text), 1))
        if found and name == file.name:
            several = len(found) > 1
            said.setdefault(min(row, len(rows)), []).extend(_line(c, form, several) for c in found)
    pieces: list[str] = []
    for n, text in enumerate(rows, start=1):
        pieces.append(text)
        if n in said:
            below = rows[n] if n < len(rows) else ""
            pieces += _put_in(text, said[n], file.tex, parted=not below.strip())
    return "".join(pieces)


def _last_row(item: Item, text: str) -> int:
    """The line in which a display ends."""
    rows = text.split("\n")
    first = item.where.line - 1
    opening = rows[first]
    begin = sum(map(len, rows[:first])) + first + item.where.column - 1
    start = max(begin, text.find(item.text, begin))
    last = text.count("\n", 0, start + len(item.text)) + 1
    return last + 1 if FENCE.match(opening.lstrip("> \t")) else last


def _line(c: ClaimChecked, form: Spelling, several: bool) -> str:
    """The verdict and why; after what it is about for one of several, and for a declaration."""
    head = mark(c.verdict, form)
    if several or c.claim.broken:
        text = printable(c.claim.text)
        head = f"{text if len(text) <= SHORT else text[:SHORT] + ' …'}   {head}"
    facts = any(link.judgement and link.judgement.needs for link in c.links)
    if c.verdict == "needs" and facts:
        return f"{head} {lacking(c.links, Voice(c.model, form))}"
    why = printable(reason(c, form).replace(TIE, " "))
    why = why if len(why) <= LONGEST else why[:LONGEST] + " …"
    return f"{head}: {why}" if why else head


def _put_in(row: str, said: list[str], tex: bool, *, parted: bool) -> list[str]:
    """The lines to put in after a row, as it ends and begins; ``parted`` if a blank one follows."""
    end = row[len(row.rstrip("\r\n")) :]
    first = end or "\n"
    if tex:
        return ["" if end else first, *(f"% {line}{first}" for line in said)]
    m = BEFORE.match(row)
    margin = re.sub(r"[^>\s]", " ", m.group()) if m else ""
    blank = margin.rstrip() + first
    body = [part for line in said for part in (blank, f"{margin}*{code(line)}*{first}")]
    return ["" if end else first, *body, *([] if parted else [blank])]
