"""What a saved derivation proves, once it was replayed. Not trusted: it repeats `replay`."""

from __future__ import annotations

from collections.abc import Iterable

from derive.model import Statement
from derive.record.checking import Replay
from derive.report import divides
from derive.show.lines import Line
from derive.show.outcome import stated
from derive.show.preamble import Preamble
from derive.show.sheet import Sheet
from derive.writing.spelling import Spelling


def saved_page(found: Replay, form: Spelling, width: int) -> list[Line]:
    """The claim, the model that it is about, the assumptions it rests on."""
    sheet = Sheet(found.model, form, width)
    text, claim = sheet.voice.text, found.replayed.claim
    story = found.saved.story
    parts, steps = len(found.replayed.proved), len(found.replayed.checked)
    head = f"{text('✓')} replayed: {parts} parts, {steps} steps, each checked from scratch"
    lines: list[Line] = [[(head, "good")], []]
    if story.results:
        lines += sheet.label("Proves", list(_results(found, sheet)))
    elif isinstance(claim, Statement):
        label = "As far as" if story.stopped else "Proves"
        lines += sheet.label(label, sheet.stated(sheet.voice.any_entry(claim)))
    if story.stopped:
        why = story.stopped.why.reason.say(sheet.voice.spell)
        lines += sheet.label("Stopped", sheet.prose([(text(why), "")], 2))
    lines += sheet.label("Under", sheet.prose(sheet.names(found.used) or [("no assumption", "")]))
    if found.unused:
        lines += sheet.label("Unused", sheet.prose(sheet.names(found.unused)))
    lines += [[], *Preamble(sheet, ()).declared(story.premises, divides(found.replayed.checked))]
    notes = []
    if found.differs:
        notes.append(f"the model is not the shipped notation {found.model.name}: {found.differs}")
    if found.apart:
        notes.append(f"no part of the derivation, not checked: {', '.join(found.apart)}")
    if found.other:
        notes.append(f"written by version {found.other}, whose wording was not compared")
    body = [line for note in notes for line in sheet.prose([(text(note), "warn")], 2)]
    return [*lines, *([[], *sheet.label("Note", body)] if body else [])]


def _results(found: Replay, sheet: Sheet) -> Iterable[Line]:
    """Several results, each with the premises that it rests on."""
    story = found.saved.story
    for p in found.replayed.proved:
        if p.name in story.results and isinstance(p.claim, Statement):
            yield from stated(sheet, p.claim, [n for n in story.premises if n in p.uses])
