"""The end of a page: result or stop, the comparison with print, the count. Not trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Expr, Mul

from derive.chains.story import AS_FAR, HERE
from derive.compare import Comparison
from derive.independence import NotIndependent
from derive.model import Statement
from derive.report import Report
from derive.show.lines import Line, Segment, filled, tied
from derive.show.sheet import Sheet


class Outcome:
    """What came of a derivation."""

    def __init__(self, sheet: Sheet, report: Report) -> None:
        self.sheet = sheet
        self.report = report
        self.voice = sheet.voice

    def came_of_it(self) -> Iterable[list[Line]]:
        """The result, and what is printed held against it."""
        result = self.result()
        if result:
            yield result
        for comparison in self.report.against:
            yield self.against(comparison)

    def result(self) -> list[Line]:
        """What was shown, leaving out what only served to show the rest."""
        body: list[Line] = []
        for claim, premises in results(self.report):
            body += stated(self.sheet, claim, premises)
        return self.sheet.label("So" if self.report.stopped else "Result", body)

    def stop(self, line: int) -> list[Line]:
        """Where it stopped, why, and what is left to be shown; ``line`` is the last one written."""
        stopped = self.report.stopped
        if stopped is None:
            return []
        why = stopped.why
        body = filled([(f"at line {line}: ", "bad"),
                       (why.reason.say(self.voice.spell), "")], self.sheet.room, 2)  # fmt: skip
        if isinstance(why, NotIndependent):
            for words, boxes in (
                ("one side is made of  ", why.a),
                ("the other is made of ", why.b),
            ):
                lead = f"{words} "
                body += filled([(lead, "dim"), (self.voice.boxes(boxes), "")],
                               self.sheet.room, len(lead))  # fmt: skip
            if why.shared:
                shared = ", ".join(dict.fromkeys(self.voice.boxes([b]) for b in why.shared))
                body += self.sheet.prose([("which share  ", "dim"), (shared, "")], 2)
        needs = why.needs if isinstance(why.needs, str) else why.needs.say(self.voice.spell)
        found = self.sheet.label("Stopped", body)
        if needs:
            found += self.sheet.label("Needs", self.sheet.prose([(self.voice.text(needs), "")]))
        claim = so_far(self.report)
        if claim is not None and claim.left != claim.right:
            found += self.sheet.label("So far", self.sheet.stated(claim))
        return found

    def against(self, c: Comparison) -> list[Line]:
        """A printed formula held against the derived one."""
        room = self.sheet.room
        ok = {"holds": "✓", "fails": "✗"}.get(c.verdict, "?")
        style = {"holds": "good", "fails": "bad"}.get(c.verdict, "warn")
        equation = f", eq. ({c.printed.tag})" if c.printed.tag else ""
        body = filled([
            (f"{self.voice.text(c.printed.source)}{equation}, as printed: ", ""),
            (self.voice.text(f"{ok} {c.verdict}"), style),
        ], room, 2)  # fmt: skip
        if c.verdict == "holds":
            return self.sheet.label("Against", body)
        if c.why:
            body += filled([(self.voice.text(c.why), "")], room, 2)
        if c.verdict == "fails":
            body += self.contrast(c.printed.statement.right, c.derived.right)
        if c.ratio:
            body += self.sheet.lead("printed / derived = ", c.ratio[0] / c.ratio[1])
        body += self.example(c)
        for near in c.nearest:
            words = [("nearest true: ", "dim"), (self.voice.text(near.changed), "")]
            body += filled(words, room, 2)
            if near.statement.right != c.derived.right:
                formula = self.sheet.formula(near.statement.right, room - 2)
                body += [[("  ", ""), *line] for line in formula]
        if c.true_when:
            body += self.sheet.lead("true as printed when ", Statement(*c.true_when))
        return self.sheet.label("Against", body)

    def contrast(self, printed: Expr, derived: Expr) -> list[Line]:
        """The factors of both sides that differ, one above the other."""
        room = self.sheet.room
        ours, theirs = Mul.make_args(derived), Mul.make_args(printed)
        wrong = [a for a in theirs if a not in ours]
        right = [a for a in ours if a not in theirs]
        dots = self.voice.text("… ") if len(wrong) < len(theirs) else ""
        found: list[Line] = []
        for words, parts in (("printed  ", wrong), ("derived  ", right)):
            lead = words + dots
            body = self.sheet.formula(Mul(*parts), room, first=room - len(lead), indent=len(lead))
            style = "bad" if words.startswith("printed") else "good"
            found += [
                [*([(words, "dim"), (dots, "")] if at == 0 else []),
                 *((text, style) for text, _ in line)]
                for at, line in enumerate(body)
            ]  # fmt: skip
        return found

    def example(self, c: Comparison) -> list[Line]:
        """The numbers on both sides at the smallest instance where they differ."""
        if not c.example:
            return []
        at = ", ".join(
            tied(f"{name} {value}" if " " in name else f"{name} = {value}")
            for name, value in c.example.at
        )
        counted = c.example.counted
        said: list[Segment] = [
            (f"  printed {self.voice.formula(c.example.printed)}", "bad"),
            (f", derived {self.voice.formula(c.example.derived)}", "good"),
        ]
        if counted:
            said.append((f", counted over all {counted.cases} cases {counted.value}", ""))
        room = self.sheet.room
        return [*filled([(self.voice.text(f"{at}:"), "dim")], room, 2), *filled(said, room, 2)]

    def ledger(self, here: int) -> list[Line]:
        """How many lines were written ``here`` and replayed, and which assumptions were used."""
        report = self.report
        total = report.lines
        behind = total - here
        if behind > 0:
            hidden = [s for s in report.sections if not s.shown]
            results = sum(s.name in report.see and s.how.startswith("induction") for s in hidden)
            kinds = [
                f"{n} {word}{'s' if n > 1 else ''}"
                for n, word in ((results, "result"), (len(hidden) - results, "lemma"))
                if n
            ]
            parts = f" in {' and '.join(kinds)}" if kinds else ""
            count = f"{_lines(here)} here, {behind} behind them{parts}, {total} replayed"
        else:
            count = f"{_lines(here)}, all replayed"
        every = not report.unused and report.used
        used = [("all", "")] if every else self.sheet.names(report.used) or [("none", "")]
        unused = self.sheet.names(report.unused) or [("none", "")]
        words = "not used so far: " if report.stopped else "declared and not needed: "
        said: list[list[Segment]] = [[("  used: ", "dim"), *used], [(f"  {words}", "dim"), *unused]]
        if every:
            said = [[*said[0], (self.voice.text(" · ") + words, "dim"), *unused]]
        rows = [[("  ", ""), (count, "dim")], *said]
        return [line for row in rows for line in filled(row, self.sheet.width, 4)]


def stated(sheet: Sheet, claim: Statement, premises: Sequence[str]) -> list[Line]:
    """A result, and below it the premises that it rests on."""
    found = sheet.stated(sheet.voice.any_entry(claim))
    if premises:
        found += sheet.prose([("  if ", "dim"), *sheet.names(premises)], 5)
    return found


def results(report: Report) -> list[tuple[Statement, tuple[str, ...]]]:
    """The claims of what was written out, leaving out what only served to show the rest.

    Each comes with the premises that it rests on.
    """
    shown = [s for s in report.shown if not (report.stopped and s.name in (AS_FAR, HERE))]
    cited = {r.cited for s in shown for t in s.tracks for row in t.rows for r in row.reasons}
    if report.story.results and not report.stopped:
        cited = {s.name for s in shown} - {*report.story.results}
    return [
        (s.claim, tuple(n for n in s.uses if n in report.story.premises))
        for s in shown
        if s.name not in cited and isinstance(s.claim, Statement)
    ]


def so_far(report: Report) -> Statement | None:
    """How far the line came that the chain works on."""
    for section in report.shown:
        if section.name == AS_FAR and isinstance(section.claim, Statement):
            return section.claim
    return None


def _lines(n: int) -> str:
    return f"{n} line" if n == 1 else f"{n} lines"
