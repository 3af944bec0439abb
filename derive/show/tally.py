"""What a number of checked files comes to, in counts. Not trusted: layout only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from derive.judging.documents import Checked, counted
from derive.read.document import VERDICTS
from derive.show.lines import Line
from derive.show.verdict import STYLES

UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Text without what would move the cursor or turn the line around."""
    return UNSEEN.sub(" ", text)


def notes(file: Checked) -> Iterator[str]:
    """What was not checked, and what else there is to know of a file."""
    if file.found is None:
        return
    doc = file.found.document
    met = sum(c.met for c in file.claims)
    if met:
        yield f"{met} as expected"
    skipped = sum(i.mark is not None and i.mark.kind == "skip" for i in doc.items)
    if skipped:
        yield f"{many(skipped, 'display')} skipped by a mark"
    spoken = {id(c.claim) for c in file.claims}
    silent = sum(id(c) not in spoken for c in doc.claims)
    if silent:
        said = "states" if silent == 1 else "state"
        yield f"{many(silent, 'displayed formula')} {said} no relation to check"
    if doc.inline:
        was = "was" if doc.inline == 1 else "were"
        yield f"{many(doc.inline, 'inline formula')} {was} not checked"
    why = (
        "no file in the document's folder, or named in itself"
        if file.origin
        else "--follow reads it"
    )
    for name, where in doc.inputs:
        yield f"line {file.at(where)[1]}: {printable(name)} was not read; {why}"
    for note in doc.notes:
        yield f"line {file.at(note.where)[1]}: {printable(note.reason)}"


def many(count: int, what: str) -> str:
    """A number of things."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def table(files: Sequence[Checked], width: int) -> list[Line]:
    """The verdicts by file."""
    heads = ("claims", *VERDICTS)
    room = max(len(f.name) for f in files)
    room = max(4, min(room, width - 2 - sum(len(h) + 2 for h in heads)))
    found: list[Line] = [
        [("  ", ""), ("file".ljust(room), "dim"), *((f"  {h}", "dim") for h in heads)]
    ]
    totals = [0] * len(heads)
    for file in files:
        each = counted(file.claims)
        numbers = [len(file.claims), *(each[v] for v in VERDICTS)]
        totals = [a + b for a, b in zip(totals, numbers, strict=True)]
        name = printable(file.name)
        name = name if len(name) <= room else "…" + name[len(name) - room + 1 :]
        found.append(_counts(name.ljust(room), numbers, heads))
    return [*found, _counts("all".ljust(room), totals, heads)]


def _counts(name: str, numbers: Sequence[int], heads: Sequence[str]) -> Line:
    line: Line = [("  ", ""), (name, "")]
    for number, head in zip(numbers, heads, strict=True):
        style = STYLES.get(head, "") if number else "dim"
        line.append((f"  {number:>{len(head)}}", style))
    return line
