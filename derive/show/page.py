"""A report as lines for a reader, the same in a terminal and in a pipe. Not trusted: layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from derive.chains.story import AS_FAR, HERE
from derive.claims import Finite, Sources
from derive.model import Assumption, Statement
from derive.report import Report, Section, Track
from derive.show.hints import Hint, Hints, Made, Names, Said
from derive.show.lines import Line, filled, joined, length, padded, tied
from derive.show.outcome import Outcome
from derive.show.preamble import Preamble
from derive.show.sheet import GAP, Sheet
from derive.terms import BINDERS, Range
from derive.writing.spelling import TEXT, Spelling

if TYPE_CHECKING:
    from derive.figures.particular import Particular

NUMBER = 7
REASON = 13
LEAST = 16


@dataclass(frozen=True)
class Wanted:
    """What a reader asked to see: every part, the cases of an induction, what was taken away."""

    everything: bool = False
    induction: bool = False
    without: tuple[Assumption, ...] = ()


def page(
    report: Report,
    *,
    form: Spelling = TEXT,
    width: int = 80,
    wanted: Wanted | None = None,
    particular: Particular | None = None,
) -> list[Line]:
    """The lines of a report, each of at most ``width`` columns if there is any place to break."""
    wanted = wanted or Wanted()
    sheet = Sheet(report.model, form, width)
    above = Preamble(sheet, wanted.without)
    told = Telling(sheet, report, wanted)
    outcome = Outcome(sheet, report)
    found = [*above.title(report.story), [], *above.declared(report.story.premises, report.divides)]
    sections = report.sections if wanted.everything else report.shown
    stop = last_before_stop(report, sections)
    for section in sections:
        found += [[], *told.section(section)]
        if section is stop:
            found += [[], *outcome.stop(told.number)]
            if section is not sections[-1]:
                found += [[], [("  ", ""), ("What still holds", "label")]]
    for lines in outcome.came_of_it():
        found += [[], *lines]
    for at, (label, text) in enumerate(report.story.remarks):
        said = sheet.prose([(sheet.voice.text(text), "")], 2)
        found += [*([] if at else [[]]), *sheet.label(label, said)]
    if particular is not None:
        for lines in answers(sheet, particular, wanted.everything):
            found += [[], *lines]
    return [*found, [], *outcome.ledger(told.number)]


def _commands_tied(words: str) -> str:
    """Words in which a command between backticks is broken only where nothing else helps."""
    parts = words.split("`")
    return "`".join(tied(p) if n % 2 else p for n, p in enumerate(parts))


def last_before_stop(report: Report, sections: Sequence[Section]) -> Section | None:
    """The section in which a derivation stopped; what follows it still holds."""
    if not report.stopped:
        return None
    ends = [s for s in sections if s.name in (AS_FAR, HERE)]
    return ends[-1] if ends else sections[-1]


def answers(sheet: Sheet, particular: Particular, everything: bool) -> Iterable[list[Line]]:
    """What was asked for beyond the derivation; imported only when it was."""
    if particular.walk is not None or particular.layer is not None:
        from derive.show.unrolling import Unrolling

        unrolling = Unrolling(sheet, NUMBER)
        if particular.walk is not None:
            yield unrolling.walk(particular.walk, everything)
        if particular.layer is not None:
            yield unrolling.layer(particular.layer)
    if particular.table is not None:
        from derive.show.table import Numbers

        yield Numbers(sheet, particular.table, particular.growths).lines(everything)
    if particular.wide is not None:
        from derive.show.sheets import lines
        from derive.show.wide import blocks

        yield lines(blocks(particular.wide, sheet.voice.form), sheet.voice.form, sheet.width)
    if particular.range is not None and particular.table is not None:
        from derive.show.table import within

        yield within(sheet, particular.table, particular.range)
    if particular.confirmed is not None:
        from derive.show.counting import Counting

        yield Counting(sheet, particular.confirmed).lines()


class Telling:
    """The sections of a derivation, their lines numbered from 1."""

    def __init__(self, sheet: Sheet, report: Report, wanted: Wanted) -> None:
        self.sheet = sheet
        self.report = report
        self.wanted = wanted
        self.voice = sheet.voice
        self.hints = Hints(report)
        self.notes = dict(report.story.notes)
        self.number = 0

    def section(self, section: Section) -> list[Line]:
        several = self.wanted.everything or len(self.report.shown) > 1
        found: list[Line] = []
        if several or self.report.stopped:
            found.append([("  ", ""), (self.heading(section), "heading")])
        if note := self.notes.get(section.name):
            said = [(f"  {self.voice.text(_commands_tied(note))}", "")]
            found += [*filled(said, self.sheet.width, 2), []]
        for_every = self.for_every(section)
        if for_every:
            found += [*for_every, []]
        elif found and not note:
            found.append([])
        claim = section.claim
        if isinstance(claim, (Sources, Finite)):
            return [*found, *self.property(section)]
        if section.layer is not None:
            return found + self.induction(section, claim, section.layer)
        return found + self.steps(section)

    def steps(self, section: Section) -> list[Line]:
        """The lines of a section that is no induction, without a heading."""
        found: list[Line] = []
        for at, track in enumerate(section.tracks):
            if section.how == "cases":
                found += self.case(track, first=at == 0)
            found += self.track(track)
        if not section.tracks and isinstance(section.claim, Statement):
            left = self.sheet.formula(section.claim.left, self.sheet.width - NUMBER)
            found += self.numbered(left)
        return found

    def heading(self, section: Section) -> str:
        name = self.voice.title(section.name)
        word = name[:2].isalpha() and name[:2].islower()
        return name[0].upper() + name[1:] if word else name

    def for_every(self, section: Section) -> list[Line]:
        """The index values, or the variables, that a section speaks of."""
        claim = section.claim
        if claim.ranges:
            pieces = [("  For every ", ""), *self.sheet.over(claim.ranges)]
        elif isinstance(claim, Statement) and claim.over:
            letters = [self.voice.form.letter(n) for n in claim.over if n[0].isupper()]
            kind = "independent " if claim.given else "any "
            pieces = [(f"  For {kind}{', '.join(letters)}", "")]
        else:
            return []
        return filled(pieces, self.sheet.width, 4)

    def case(self, track: Track, *, first: bool) -> list[Line]:
        where, right, _ = track.where.partition("right side")
        if right:
            return [[("  and the right side", "dim")]]
        at = f"  at {where.strip()}" if where else "  elsewhere"
        return [*([] if first else [[]]), [(self.voice.text(at), "dim")]]

    def track(self, track: Track) -> list[Line]:
        found: list[Line] = []
        for row in track.rows:
            if row.reasons:
                found += self.reasons(self.hints.of(row))
            marks = [e for e in row.changed if not e.is_Number]
            found += self.numbered(
                self.sheet.formula(row.term, self.sheet.width - NUMBER, marks=marks)
            )
        return found

    def numbered(self, body: list[Line]) -> list[Line]:
        self.number += 1
        first = padded([(f"{self.number:>4}", "dim")], NUMBER)
        return [
            [*(first if at == 0 else [(" " * NUMBER, "")]), *line] for at, line in enumerate(body)
        ]

    def induction(self, section: Section, claim: Statement, layer: Range) -> list[Line]:
        upward = section.how.endswith("upward")
        i, lo, hi, _ = layer
        end = lo if upward else hi
        if not (self.wanted.induction or self.wanted.everything):
            shown: list[Said] = [
                Hint(
                    (
                        "found by unrolling, " if claim.right.has(*BINDERS) else "",
                        "proved by induction from ",
                        Statement(i, end),
                        " upward" if upward else " downward",
                    )
                )
            ]
            room = self.sheet.width - NUMBER
            return [
                *self.numbered(self.sheet.formula(claim.left, room)),
                *self.reasons(shown),
                *self.numbered(self.sheet.formula(claim.right, room, marks=[claim.right])),
            ]
        rows: list[Line] = [
            [(" " * NUMBER, ""), *line]
            for line in self.sheet.formula(claim, self.sheet.width - NUMBER)
        ]
        unrolled = "  unrolled, " if claim.right.has(*BINDERS) else "  "
        rows += filled(
            self.sheet.say(f"{unrolled}proved by induction from ", Statement(i, end), style="dim"),
            self.sheet.width,
            2,
        )
        here, there = (i, i + 1) if upward else (i + 1, i)
        before = ""
        for track in section.tracks:
            part, _, right = track.where.partition(" ")
            if part != before and part == "base":
                rows += [[], self.sheet.say("  base, ", Statement(i, end), style="dim")]
            elif part != before:
                step = f"  step, from {self.voice.index(here)} to {self.voice.index(there)}"
                rows += [[], [(step, "dim")]]
            if right:
                rows += [[("  right side", "dim")]]
            rows += self.track(track)
            before = part
        if section.meet:
            said = f"  the two sides meet in the {section.meet}"
            rows += [[], *filled([(said, "dim")], self.sheet.width, 2)]
        return rows

    def property(self, section: Section) -> list[Line]:
        claim, said = section.claim, []
        how = f"   by {section.how}" if section.how.startswith("induction") else ""
        if isinstance(claim, Sources):
            said = [
                *self.sheet.say(claim.subject, " is made of "),
                (self.voice.boxes(claim.boxes), ""),
            ]
        elif isinstance(claim, Finite):
            said = self.sheet.say(claim.subject, f" has finite moments up to order {claim.order}")
        body = filled([*said, (how, "dim")], self.sheet.width - NUMBER, 2)
        return self.numbered(body)

    # -- reasons

    def reasons(self, said: Sequence[Said]) -> list[Line]:
        """Reasons in braces, one a line."""
        room = self.sheet.width - REASON - 2
        body: list[Line] = []
        equations = [
            self.voice.formula(h.said[0]) for h in said
            if isinstance(h, Hint) and h.note and isinstance(h.said[0], Statement)
        ]  # fmt: skip
        column = max((len(e) for e in equations if len(e) < room - 12), default=0) + GAP
        made = [self.voice.formula(m.of) for m in said if isinstance(m, Made)]
        subject = max(map(len, made), default=0)
        for hint in said:
            if isinstance(hint, Made):
                body += self.made(hint, subject, room)
            elif isinstance(hint, Names):
                body += filled(self.sheet.names(hint.names), room, 2)
            else:
                body += self.hint(hint, column, room)
        if not body:
            body = [[("", "")]]
        opening: Line = [(" " * (REASON - 4), ""), ("= { ", "dim")]
        found = [
            [*(opening if at == 0 else [(" " * REASON, "")]), *line] for at, line in enumerate(body)
        ]
        found[-1].append((" }", "dim"))
        return found

    def made(self, made: Made, column: int, room: int) -> list[Line]:
        of = self.voice.formula(made.of).ljust(column)
        lead: Line = [(of, ""), ("  is made of  ", "reason")]
        indent = length(lead) if room - length(lead) >= LEAST else 4
        return filled([*lead, (self.voice.boxes(made.boxes), "")], room, indent)

    def hint(self, hint: Hint, column: int, room: int) -> list[Line]:
        style = "command" if hint.note.startswith("`") else "name"
        note = self.voice.named(hint.note)
        notes = joined([[(tied(self.voice.title(n)), style)] for n in note.split("; ") if n], "; ")
        only = hint.said[0]
        if len(hint.said) == 1 and isinstance(only, Statement):
            body = self.sheet.formula(only, room)
            body = [[(text, style or "reason") for text, style in line] for line in body]
            gap = max(GAP, column - length(body[-1]))
        else:
            body = filled(self.sheet.say(*hint.said, style="reason"), room, 2)
            gap = GAP
        if not notes:
            return body
        if length(body[-1]) + gap + length(notes) <= room:
            body[-1] = [*body[-1], (" " * gap, ""), *notes]
            return body
        beside = room - column >= 25 and length(body[-1]) < column <= room
        tail = filled(notes, room - column if beside else room - 2)
        if not beside:
            return [*body, *([("  ", ""), *line] for line in tail)]
        body[-1] = [*padded(body[-1], column), *tail[0]]
        return [*body, *([(" " * column, ""), *line] for line in tail[1:])]
