"""Files that were checked as Markdown. Not trusted: layout only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from derive.judging.check import ClaimChecked, LinkChecked
from derive.judging.documents import Checked, counted
from derive.model import Model
from derive.read.document import VERDICTS
from derive.show.checked import Shown, explanations, report
from derive.show.lines import TIE, Line, plain
from derive.show.tally import notes, printable
from derive.show.verdict import Row, lacking, mark, rows
from derive.show.words import Voice
from derive.writing.spelling import Spelling

WIDE = 10_000

Written: TypeAlias = Callable[[LinkChecked, Model], list[Line]]


def as_markdown(files: Sequence[Checked], form: Spelling, shown: Shown) -> str:
    """The report with its formulas as displays, and a table of the verdicts at the end."""
    pieces = [piece for f in files if f.found is not None for piece in _file(f, form, shown)]
    head = f"| file | claims | {' | '.join(VERDICTS)} |"
    table = [head, "|---" * (len(VERDICTS) + 2) + "|"]
    for file in files:
        each = counted(file.claims)
        numbers = " | ".join(str(each[v]) for v in VERDICTS)
        table.append(f"| {code(file.name)} | {len(file.claims)} | {numbers} |")
    return "\n\n".join([*pieces, "\n".join(table)]) + "\n"


def code(text: str) -> str:
    """Text as it is, also if there are signs in it that Markdown knows."""
    ticks = "`"
    while ticks in text:
        ticks += "`"
    gap = " " if len(ticks) > 1 else ""
    return f"{ticks}{gap}{printable(text.replace(TIE, ' '))}{gap}{ticks}"


def _file(file: Checked, form: Spelling, shown: Shown) -> Iterator[str]:
    yield f"# {code(file.name)}"
    written = explanations(file, form=form) if shown.explain else None
    for claim in file.claims:
        if not shown.only or claim.verdict in shown.only:
            yield from _claim(file, claim, form, written)
    if not shown.only:
        for c in file.conflicts:
            places = " and ".join(code(":".join(map(str, file.at(a.where)))) for a in c.claims)
            yield f"**✗ conflict**: {places} cannot all be right: {c.why}"
    if file.found and not file.found.document.declared and file.claims:
        block = plain(report([file], form=form, width=WIDE, shown=Shown(only=("none",))))
        yield f"~~~~text\n{block}~~~~"
    said = list(notes(file))
    if said:
        yield "\n".join(f"- {n}" for n in said)


def _claim(
    file: Checked, c: ClaimChecked, form: Spelling, written: Written | None
) -> Iterator[str]:
    where = c.trouble.where if c.trouble else c.claim.where
    voice = Voice(c.model, form)
    place = ":".join(map(str, file.at(where)))
    head = f"**{mark(c.verdict, form)}**"
    if c.verdict == "needs":
        head += f" {code(lacking(c.links, voice))}"
    if c.expected:
        head += ", as expected" if c.met else f", expected {c.expected}"
    yield f"## {head} at {code(place)}"
    if c.trouble:
        yield f"{code(c.claim.text[:400])}\n\n{printable(c.trouble.reason)}"
        return
    yield f"$$\n{printable(c.claim.text)}\n$$"
    items = []
    for n, link in enumerate(c.links, start=1):
        margin = ""
        if len(c.links) > 1:
            name = "the chain as a whole" if link.whole else f"link {n}"
            items.append(f"- {name}: {mark(link.verdict, form)}")
            margin = "  "
        items += [f"{margin}- {_row(row, voice)}" for row in rows(link, voice, tex=file.tex)]
        if body := plain(written(link, voice.model)).lstrip("\n") if written else "":
            yield "\n".join(items)
            yield f"~~~~text\n{body}~~~~"
            items = []
    if items:
        yield "\n".join(items)


def _row(row: Row, voice: Voice) -> str:
    words = row.words
    if row.formula is not None:
        words += voice.formula(row.formula).replace(" = ", f" {row.sign} ", 1)
    over = f" for {code(voice.ranges(row.over))}" if row.over else ""
    note = f" ({row.note})" if row.note else ""
    label = f"{row.label.strip()} " if row.label.strip() else ""
    return f"{label}{code(words)}{over}{note}"
