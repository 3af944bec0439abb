"""A notation as it is declared and as it was read. Not trusted: layout only."""

from __future__ import annotations

from collections.abc import Iterable

from derive.model import Model
from derive.proving.network import quantity
from derive.show.lines import Line
from derive.show.preamble import Preamble
from derive.show.sheet import Sheet
from derive.terms import Entry, Var
from derive.writing.spelling import Spelling


def about(text: str) -> str:
    """What the comment at the beginning of a declaration says first."""
    first = text.partition("\n")[0]
    return first.lstrip("# ").rstrip() if first.startswith("#") else ""


def notation_page(model: Model, text: str, form: Spelling, width: int) -> list[Line]:
    """The declaration, then its meaning: equations, assumptions, what is shown and printed."""
    sheet = Sheet(model, form, width)
    found: list[Line] = [[(line, "dim" if line.startswith("#") else "")]
                         for line in text.rstrip().split("\n")]  # fmt: skip
    found += [[], [("read as", "heading")], [], *Preamble(sheet, ()).declared()]
    shown = [line for chain in model.shows for line in _shown(sheet, chain)]
    if shown:
        found += sheet.label("Shows", shown)
    printed = [
        line for p in model.printed
        for line in [
            *sheet.prose([(sheet.voice.text(f"{p.source}, eq. ({p.tag}):"), "dim")], 2),
            *sheet.stated(p.statement),
        ]
    ]  # fmt: skip
    if printed:
        found += sheet.label("Printed", printed)
    return found


def _shown(sheet: Sheet, chain: str) -> Iterable[Line]:
    """What a chain shows, and at which layers."""
    shown = sheet.model.shows[chain]
    entry = shown.args[0] if isinstance(shown, Var) else shown
    head: Line = [(f"{chain}  ", "name")]
    if isinstance(entry, Entry) and not entry.indices:
        yield [*head, *sheet.say(shown)]
        return
    layer = quantity(sheet.model, chain).layer
    yield [*head, *sheet.say(sheet.voice.representative(shown)), ("   ", ""),
           *sheet.over([layer], "dim")]  # fmt: skip
