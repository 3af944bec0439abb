"""A report as lines for a reader, the same in a terminal and in a pipe. Not trusted: layout only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sympy import Expr, Mul

from derive.compare import Comparison
from derive.model import Assumption, Cost, Statement
from derive.report import Report, Row, Section, Track
from derive.scope import Finite, NotIndependent, Sources
from derive.show.formula import lines
from derive.show.hints import Block, Hint, Hints, Made, Names, Said
from derive.show.lines import Line, Segment, filled, joined, length, padded, tied
from derive.show.spelling import TEXT, Spelling
from derive.show.words import Voice
from derive.terms import Entry, Range

LABEL = 12
NUMBER = 7
REASON = 13
GAP = 3


@dataclass(frozen=True)
class Wanted:
    """What a reader asked to see: every part, the cases of an induction, what was taken away."""

    everything: bool = False
    induction: bool = False
    without: tuple[Assumption, ...] = ()


def page(
    report: Report, *, form: Spelling = TEXT, width: int = 80, wanted: Wanted | None = None
) -> list[Line]:
    """The lines of a report, each of at most ``width`` columns if there is any place to break."""
    return _Page(report, form, width, wanted or Wanted()).lines()


class _Page:
    def __init__(self, report: Report, form: Spelling, width: int, wanted: Wanted) -> None:
        self.report = report
        self.model = report.model
        self.width = width
        self.wanted = wanted
        self.voice = Voice(report.model, form)
        self.hints = Hints(report)
        self.number = 0

    def lines(self) -> list[Line]:
        """Everything, from the title to the ledger."""
        found = [self.title(), []]
        found += self.declared()
        for section in self.report.sections if self.wanted.everything else self.report.shown:
            found += [[], *self.section(section)]
        found += [[], *(self.stop() if self.report.stopped else self.result())]
        for comparison in self.report.against:
            found += [[], *self.against(comparison)]
        return [*found, [], *self.ledger()]

    # -- pieces

    def formula(
        self, e: Expr | Statement, room: int, *, first: int | None = None, indent: int = 2,
        marks: Sequence[Expr] = (),
    ) -> list[Line]:  # fmt: skip
        broken = lines(
            e, self.model, self.voice.form, width=room, first=first, indent=indent, marks=marks
        )
        return [[(text, "changed" if hot else "") for text, hot in row] for row in broken]

    def say(self, *said: object, style: str = "") -> list[Segment]:
        """Words and formulas, the formulas kept together where possible."""
        found: list[Segment] = []
        for piece in said:
            if isinstance(piece, Block):
                text = tied(" and ".join(self.voice.block(k) for k in piece.keys))
            elif isinstance(piece, str):
                text = self.voice.text(piece)
            else:
                text = tied(self.voice.spell(piece))
            found.append((text, style))
        return found

    def over(self, ranges: Iterable[Range], style: str = "") -> list[Segment]:
        """Ranges, broken only between one and the next."""
        return joined([[(tied(self.voice.ranges([r])), style)] for r in ranges], ", ")

    def label(self, name: str, body: Sequence[Line]) -> list[Line]:
        """Lines beside a label."""
        head = padded([("  ", ""), (name, "label")], LABEL)
        return [
            [*(head if at == 0 else [(" " * LABEL, "")]), *line] for at, line in enumerate(body)
        ]

    def prose(self, pieces: Sequence[Segment], indent: int = 0) -> list[Line]:
        """A paragraph in the room beside a label."""
        return filled(pieces, self.width - LABEL, indent)

    def names(self, names: Iterable[str], style: str = "name") -> list[Segment]:
        return joined([[(name, style)] for name in names], ", ")

    # -- what is given

    def title(self) -> Line:
        story = self.report.story
        subject = self.voice.representative(story.subject)
        line = [(self.voice.formula(subject), "title"), ("  ", ""), (story.title, "")]
        if not self.model.shows:
            return line
        origin: Line = [("notation ", "dim"), (self.model.name, "dim")]
        gap = max(2, self.width - length(line) - length(origin))
        return [*line, (" " * gap, ""), *origin]

    def declared(self) -> list[Line]:
        taken = [
            line for a in self.wanted.without for line in self.named(a.name, self.voice.assumption(a))
        ]
        assumed = [
            line for a in self.model.assumptions
            for line in self.named(a.name, self.voice.assumption(a))
        ]  # fmt: skip
        return [
            *self.label("Model", [*self.definitions(), *self.kinds()]),
            *self.label("Assumed", assumed),
            *(self.label("Without", taken) if taken else ()),
            *self.label("Standing", self.prose(self.standing())),
        ]

    def named(self, name: str, text: str) -> list[Line]:
        """An assumption beside its name."""
        every = (*self.model.assumptions, *self.wanted.without)
        column = max(len(a.name) for a in every) + 2
        room = self.width - LABEL - column
        body = filled([(text, "")], room)
        heads = [padded([(name, "name")], column), *([(" " * column, "")] for _ in body[1:])]
        return [[*head, *line] for head, line in zip(heads, body, strict=True)]

    def definitions(self) -> list[Line]:
        """The equations of the model, their ranges beside them."""
        said = [d.statement for d in self.model.definitions]
        if not said:
            return []
        lefts = [self.voice.formula(s.left) for s in said]
        column = max(map(len, lefts))
        room = self.width - LABEL - column - 3
        rights = [self.formula(s.right, room) for s in said]
        widest = column + 3 + max(length(line) for right in rights for line in right) + GAP
        over = [[self.voice.ranges([r]) for r in s.ranges] for s in said]
        beside = self.width - LABEL - widest >= 1 + max((len(t) for o in over for t in o), default=0)
        found: list[Line] = []
        for left, right, s in zip(lefts, rights, said, strict=True):
            rows: list[Line] = [[(left.ljust(column), ""), (" = ", ""), *right[0]]]
            rows += [[(" " * (column + 3), ""), *line] for line in right[1:]]
            if not s.ranges:
                limits: list[Line] = []
            elif beside:
                limits = filled(self.over(s.ranges, "dim"), self.width - LABEL - widest)
            else:
                limits = []
                spread = filled([("for ", "dim"), *self.over(s.ranges, "dim")], room)
                rows += [[(" " * (column + 3), ""), *line] for line in spread]
            rows += [[] for _ in range(len(limits) - len(rows))]
            limits += [[] for _ in range(len(rows) - len(limits))]
            found += [
                [*padded(row, widest), *limit] if limit else row
                for row, limit in zip(rows, limits, strict=True)
            ]
        return found

    def kinds(self) -> list[Line]:
        """What is random, what is fixed, what the cost depends on."""
        said: list[list[Segment]] = []
        for kind, words in (("random", "random"), ("given", "fixed")):
            members = [n for n, f in self.model.families.items() if f.kind == kind]
            if members:
                names = [[(tied(self.voice.member(n)), "")] for n in members]
                said.append([*joined(names, ", "), (f" {words}", "dim")])
        for f in self.model.functions:
            said.append([(self.voice.form.letter(f), ""), (" differentiable", "dim")])
        costs = [line for cost in self.model.costs.values() for line in self.prose(self.cost(cost))]
        return [*self.prose(joined(said, "; ")), *costs]

    def cost(self, cost: Cost) -> list[Segment]:
        """What the cost is a function of."""
        top = self.voice.block(f"∂{cost.name}/∂{cost.of.name}")
        of = top.partition("/")[2].removeprefix(self.voice.form.partial)
        name = self.voice.form.letter(cost.name)
        return [(name, ""), (" a function of ", "dim"), (of, ""), (", so ", "dim"), (top, ""),
                (" random", "dim")]  # fmt: skip

    def standing(self) -> list[Segment]:
        """What is always assumed."""
        order = {2: "second moments"}.get(self.model.moments, f"moments up to {self.model.moments}")
        said = [f"{order} finite"]
        if self.model.sizes:
            said.append(self.voice.text("sizes ≥ 1"))
        for size, least in self.model.sizes.items():
            if least != 1:
                said.append(self.voice.text(f"{self.voice.form.letter(str(size))} ≥ {least}"))
        return [(", ".join(map(tied, said)), "dim")]

    # -- the derivation

    def section(self, section: Section) -> list[Line]:
        several = self.wanted.everything or len(self.report.shown) > 1
        found: list[Line] = []
        if several or self.report.stopped:
            found.append([("  ", ""), (self.heading(section), "heading")])
        for_every = self.for_every(section)
        if for_every:
            found += [*for_every, []]
        elif found:
            found.append([])
        claim = section.claim
        if isinstance(claim, (Sources, Finite)):
            return [*found, *self.property(section)]
        if section.how.startswith("induction"):
            return found + self.induction(section, claim)
        for at, track in enumerate(section.tracks):
            if section.how == "cases":
                found += self.case(track, first=at == 0)
            found += self.track(track)
        if not section.tracks:
            found += self.numbered(self.formula(claim.left, self.width - NUMBER))
        return found

    def heading(self, section: Section) -> str:
        name = self.voice.text(section.name)
        return name[0].upper() + name[1:] if name[:2].islower() else name

    def for_every(self, section: Section) -> list[Line]:
        """The index values, or the variables, that a section speaks of."""
        claim = section.claim
        if claim.ranges:
            pieces = [("  For every ", ""), *self.over(claim.ranges)]
        elif isinstance(claim, Statement) and claim.over:
            letters = [self.voice.form.letter(n) for n in claim.over if n[0].isupper()]
            kind = "independent " if claim.given else "any "
            pieces = [(f"  For {kind}{', '.join(letters)}", "")]
        else:
            return []
        return filled(pieces, self.width, 4)

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
            found += self.numbered(self.formula(row.term, self.width - NUMBER, marks=marks))
        return found

    def numbered(self, body: list[Line]) -> list[Line]:
        self.number += 1
        first = padded([(f"{self.number:>4}", "dim")], NUMBER)
        return [
            [*(first if at == 0 else [(" " * NUMBER, "")]), *line] for at, line in enumerate(body)
        ]

    def induction(self, section: Section, claim: Statement) -> list[Line]:
        upward = section.how.endswith("upward")
        i, lo, hi, _ = claim.ranges[0]
        end = lo if upward else hi
        found = "unrolled, proved by induction from "
        if not (self.wanted.induction or self.wanted.everything):
            shown: list[Said] = [
                Hint((f"found by unrolling, proved by induction from ", Statement(i, end),
                      " upward" if upward else " downward"))
            ]
            room = self.width - NUMBER
            return [
                *self.numbered(self.formula(claim.left, room)),
                *self.reasons(shown),
                *self.numbered(self.formula(claim.right, room, marks=[claim.right])),
            ]
        rows: list[Line] = [
            [(" " * NUMBER, ""), *line] for line in self.formula(claim, self.width - NUMBER)
        ]
        rows += filled(
            self.say(f"  {found}", Statement(i, end), style="dim"), self.width, 2
        )
        here, there = (i, i + 1) if upward else (i + 1, i)
        for track in section.tracks:
            part, _, right = track.where.partition(" ")
            if right:
                rows += [[("  right side", "dim")]]
            elif part == "base":
                rows += [[], self.say("  base, ", Statement(i, end), style="dim")]
            else:
                step = f"  step, from {self.voice.index(here)} to {self.voice.index(there)}"
                rows += [[], [(step, "dim")]]
            rows += self.track(track)
        return rows

    def property(self, section: Section) -> list[Line]:
        claim = section.claim
        how = f"   by {section.how}" if section.how.startswith("induction") else ""
        if isinstance(claim, Sources):
            said = [*self.say(claim.subject, " is made of "), (self.voice.boxes(claim.boxes), "")]
        else:
            said = self.say(claim.subject, f" has finite moments up to order {claim.order}")
        body = filled([*said, (how, "dim")], self.width - NUMBER, 2)
        return self.numbered(body)

    # -- reasons

    def reasons(self, said: Sequence[Said]) -> list[Line]:
        """Reasons in braces, one a line."""
        room = self.width - REASON - 2
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
                body += filled(self.names(hint.names), room, 2)
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
        return filled([*lead, (self.voice.boxes(made.boxes), "")], room, length(lead))

    def hint(self, hint: Hint, column: int, room: int) -> list[Line]:
        style = "command" if hint.note.startswith("`") else "name"
        note = joined([[(tied(self.voice.text(n)), style)] for n in hint.note.split("; ") if n], "; ")
        only = hint.said[0]
        if len(hint.said) == 1 and isinstance(only, Statement):
            body = self.formula(only, room)
            body = [[(text, style or "reason") for text, style in line] for line in body]
            gap = max(GAP, column - length(body[-1]))
        else:
            body = filled(self.say(*hint.said, style="reason"), room, 2)
            gap = GAP
        if not note:
            return body
        if length(body[-1]) + gap + length(note) <= room:
            body[-1] = [*body[-1], (" " * gap, ""), *note]
            return body
        beside = room - column >= 25 and length(body[-1]) < column <= room
        tail = filled(note, room - column if beside else room - 2)
        if not beside:
            return [*body, *([("  ", ""), *line] for line in tail)]
        body[-1] = [*padded(body[-1], column), *tail[0]]
        return [*body, *([(" " * column, ""), *line] for line in tail[1:])]

    # -- what came of it

    def result(self) -> list[Line]:
        """What was shown, leaving out what only served to show the rest."""
        shown = self.report.shown
        cited = {r.cited for s in shown for t in s.tracks for row in t.rows for r in row.reasons}
        claims = [s.claim for s in shown if s.name not in cited]
        body = [line for c in claims if isinstance(c, Statement)
                for line in self.stated(self.voice.any_entry(c))]  # fmt: skip
        return self.label("Result", body)

    def stated(self, s: Statement) -> list[Line]:
        """A statement with its ranges behind it."""
        room = self.width - LABEL
        body = self.formula(s, room)
        body = [[(text, "result") for text, _ in line] for line in body]
        if not s.ranges:
            return body
        limits = self.over(s.ranges, "dim")
        gap = room - length(body[-1]) - length(limits)
        if gap >= GAP:
            body[-1] = [*body[-1], (" " * gap, ""), *limits]
            return body
        tail = filled(limits, room - 4)
        return [*body, *([(" " * (room - length(line)), ""), *line] for line in tail)]

    def stop(self) -> list[Line]:
        """Where it stopped, why, and what is left to be shown."""
        stopped = self.report.stopped
        if stopped is None:
            return []
        why = stopped.why
        body = filled([(f"at line {self.number}: ", "bad"),
                       (why.reason.say(self.voice.spell), "")], self.width - LABEL, 2)  # fmt: skip
        if isinstance(why, NotIndependent):
            for words, boxes in (("one side is made of  ", why.a), ("the other is made of ", why.b)):
                lead = f"{words} "
                body += filled([(lead, "dim"), (self.voice.boxes(boxes), "")],
                               self.width - LABEL, len(lead))  # fmt: skip
            if why.shared:
                shared = ", ".join(dict.fromkeys(self.voice.boxes([b]) for b in why.shared))
                body += self.prose([("which share  ", "dim"), (shared, "")], 2)
        needs = why.needs if isinstance(why.needs, str) else why.needs.say(self.voice.spell)
        found = self.label("Stopped", body)
        if needs:
            found += self.label("Needs", self.prose([(self.voice.text(needs), "")]))
        claim = self.report.result
        if isinstance(claim, Statement) and claim.left != claim.right:
            found += self.label("So far", self.stated(claim))
        return found

    def against(self, c: Comparison) -> list[Line]:
        """A printed formula held against the derived one."""
        room = self.width - LABEL
        ok = {"holds": "✓", "fails": "✗"}.get(c.verdict, "?")
        style = {"holds": "good", "fails": "bad"}.get(c.verdict, "warn")
        equation = f", eq. ({c.printed.tag})" if c.printed.tag else ""
        body = filled([
            (f"{self.voice.text(c.printed.source)}{equation}, as printed: ", ""),
            (self.voice.text(f"{ok} {c.verdict}"), style),
        ], room, 2)  # fmt: skip
        if c.verdict == "holds":
            return self.label("Against", body)
        if c.why:
            body += filled([(self.voice.text(c.why), "")], room, 2)
        derived = self.report.result
        if c.verdict == "fails" and isinstance(derived, Statement):
            body += self.contrast(c.printed.statement.right, derived.right)
        if c.ratio:
            body += self.lead("printed / derived = ", c.ratio[0] / c.ratio[1])
        body += self.example(c)
        for near in c.nearest:
            body += filled([("nearest true: ", "dim"), (self.voice.text(near.changed), "")], room, 2)
            body += [[("  ", ""), *line] for line in self.formula(near.statement.right, room - 2)]
        if c.true_when:
            body += self.lead("true as printed when ", Statement(*c.true_when))
        return self.label("Against", body)

    def contrast(self, printed: Expr, derived: Expr) -> list[Line]:
        """The factors of both sides that differ, one above the other."""
        room = self.width - LABEL
        ours, theirs = Mul.make_args(derived), Mul.make_args(printed)
        wrong = [a for a in theirs if a not in ours]
        right = [a for a in ours if a not in theirs]
        dots = self.voice.text("… ") if len(wrong) < len(theirs) else ""
        found: list[Line] = []
        for words, parts in (("printed  ", wrong), ("derived  ", right)):
            lead = words + dots
            body = self.formula(Mul(*parts), room, first=room - len(lead), indent=len(lead))
            style = "bad" if words.startswith("printed") else "good"
            found += [
                [*([(words, "dim"), (dots, "")] if at == 0 else []),
                 *((text, style) for text, _ in line)]
                for at, line in enumerate(body)
            ]  # fmt: skip
        return found

    def lead(self, words: str, e: Expr | Statement) -> list[Line]:
        """A formula after some words."""
        room = self.width - LABEL
        first, *rest = self.formula(e, room, first=room - len(words), indent=4)
        return [[(words, "dim"), *first], *rest]

    def example(self, c: Comparison) -> list[Line]:
        """The numbers on both sides at the smallest instance where they differ."""
        if not c.example:
            return []
        at = ", ".join(f"{tied(f'{name} = {value}')}" for name, value in c.example.at)
        counted = c.example.counted
        said: list[Segment] = [
            (f"  printed {self.voice.formula(c.example.printed)}", "bad"),
            (f", derived {self.voice.formula(c.example.derived)}", "good"),
        ]
        if counted:
            said.append((f", counted over all {counted.cases} cases {counted.value}", ""))
        room = self.width - LABEL
        return [*filled([(self.voice.text(f"{at}:"), "dim")], room, 2), *filled(said, room, 2)]

    # -- the count

    def ledger(self) -> list[Line]:
        report = self.report
        here, total = self.number, report.lines
        behind = total - here
        if behind > 0:
            hidden = [s for s in report.sections if not s.shown]
            results = sum(s.name in report.see for s in hidden)
            kinds = [f"{n} {word}{'s' if n > 1 else ''}"
                     for n, word in ((results, "result"), (len(hidden) - results, "lemma")) if n]
            parts = f" in {' and '.join(kinds)}" if kinds else ""
            count = f"{_lines(here)} here, {behind} behind them{parts}, {total} replayed"
        else:
            count = f"{_lines(here)}, all replayed"
        every = not report.unused and report.used
        used = [("all", "")] if every else self.names(report.used) or [("none", "")]
        unused = self.names(report.unused) or [("none", "")]
        words = "not used so far: " if report.stopped else "declared and not needed: "
        said: list[list[Segment]] = [[("  used: ", "dim"), *used], [(f"  {words}", "dim"), *unused]]
        if every:
            said = [[*said[0], (self.voice.text(" · ") + words, "dim"), *unused]]
        rows = [[("  ", ""), (count, "dim")], *said]
        return [line for row in rows for line in filled(row, self.width, 4)]


def _lines(n: int) -> str:
    return f"{n} line" if n == 1 else f"{n} lines"
