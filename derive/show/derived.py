"""The derivations behind the claims of one file, each result once. Not trusted: layout only."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace

from sympy import Expr

from derive.judging.explain import Explanation
from derive.model import Statement
from derive.report import Reason, Row, Section, Track, report
from derive.show import verdict
from derive.show.lines import Line
from derive.show.page import Telling, Wanted
from derive.show.sheet import Sheet
from derive.terms import HEADS, Product


class Derived:
    """Writes derivations one after the other, their lines numbered on.

    What was written out before is cited by its lines.
    """

    def __init__(self) -> None:
        self.number = 0
        self.told: dict[Hashable, tuple[int, int]] = {}

    def lines(self, e: Explanation, sheet: Sheet) -> tuple[list[verdict.Row], list[Line]]:
        """The results that the claim goes by, and the lines that are new.

        The steps between the sides come last, if there are any.
        """
        if e.story is None:
            return [], []
        found = report(e.story)
        sheet = Sheet(found.model, sheet.voice.form, sheet.width)
        telling = Telling(sheet, found, Wanted(induction=True))
        before = found.sections[:-1] if e.shown else found.sections
        body: list[Line] = []
        if e.drawn is not None:
            body += [[], [("  ", ""), *sheet.say(e.drawn, " has this law")]]
        for section in before:
            key = _key(section, telling.hints.lines)
            if key not in self.told:
                body += [[], *self._told(telling, telling.section, section)]
                self.told[key] = telling.hints.lines[section.name]
            telling.hints.lines[section.name] = self.told[key]
        last = found.sections[-1]
        if e.shown and (last.tracks or last.meet):
            claim = telling.section if body else telling.steps
            body += [[], *self._told(telling, claim, last)]
        results = [s for s in before if s.name in e.results]
        lines = telling.hints.lines
        return [row for s in results for row in _stated(s, lines[s.name], sheet)], body

    def _told(
        self, telling: Telling, write: Callable[[Section], list[Line]], section: Section
    ) -> list[Line]:
        telling.number = self.number
        found = write(_through(section) if section.how == "steps" else section)
        telling.hints.lines[section.name] = self.number + 1, telling.number
        self.number = telling.number
        return found


def _stated(section: Section, lines: tuple[int, int], sheet: Sheet) -> Iterator[verdict.Row]:
    claim = section.claim
    if not isinstance(claim, Statement) or claim.over:
        return
    short = sheet.voice.any_entry(claim)
    shown = claim if short.left == short.right else short
    note = f"lines {lines[0]} to {lines[1]}"
    yield verdict.Row("", formula=shown, over=shown.ranges, note=note)


def _through(section: Section) -> Section:
    """The lines from the left side to the right one, whichever side was rewritten."""
    claim = section.claim
    if not isinstance(claim, Statement):
        return section
    rows, back = [Row(1, claim.left)], [Row(1, claim.right)]
    for track in section.tracks:
        if track.where:
            back = list(track.rows)
        else:
            rows = list(track.rows)
    here, there = rows[-1].term, back[-1].term
    if section.meet and here != there:
        meet = Reason(_meeting(section, here, there), "", here, there, _left_over(section))
        rows.append(Row(len(rows) + 1, there, (meet,)))
    for row, after in zip(reversed(back[:-1]), reversed(back), strict=False):
        rows.append(Row(len(rows) + 1, row.term, after.reasons))
    return replace(section, tracks=(Track("", tuple(rows)),))


def _meeting(section: Section, here: Expr, there: Expr) -> str:
    """What makes two lines one, as a reader knows it: of values it is algebra."""
    return section.meet if here.has(*HEADS, Product) or there.has(*HEADS, Product) else "algebra"


def _left_over(section: Section) -> tuple[str, ...]:
    """The assumptions that no reason names."""
    rows = [row for track in section.tracks for row in track.rows]
    named = {n for row in rows for r in row.reasons for n in (*r.uses, r.cited)}
    return tuple(n for n in section.uses if n not in named)


def _key(section: Section, lines: Mapping[str, tuple[int, int]]) -> Hashable:
    """What tells sections apart: what they claim and say, and where what they cite was shown."""
    reasons = [r for track in section.tracks for row in track.rows for r in row.reasons]
    cited = tuple(lines.get(r.cited) for r in reasons)
    return section.name, section.claim, section.uses, section.tracks, cited
