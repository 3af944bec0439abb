"""A report as headings, paragraphs, formulas and tables, for Markdown and LaTeX. Not trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from sympy import Mul

from derive.claims import Finite, Sources
from derive.compare import Comparison
from derive.independence import NotIndependent
from derive.model import Statement
from derive.report import Report, Section, Track
from derive.show.blocks import Because, Block, Display, Heading, Items, Paragraph, Row, Title
from derive.show.hints import Hints
from derive.show.outcome import results, so_far
from derive.show.page import Wanted, last_before_stop
from derive.show.texwords import TexVoice, change_words, tex_words
from derive.show.words import in_pieces
from derive.terms import Range

BESIDE = 260


class Outline:
    """The blocks of one report, in the order of the page."""

    def __init__(self, report: Report, wanted: Wanted) -> None:
        self.report = report
        self.wanted = wanted
        self.model = report.model
        self.voice = TexVoice(report.model)
        self.hints = Hints(report)
        self.number = 0

    def blocks(self) -> Iterator[Block]:
        """All but what was asked for beyond the derivation."""
        yield from self.given()
        sections = self.report.sections if self.wanted.everything else self.report.shown
        stop = last_before_stop(self.report, sections)
        for section in sections:
            yield from self.section(section)
            if section is stop:
                yield from self.stop()
                if section is not sections[-1]:
                    yield Heading("What still holds")
        claims = results(self.report)
        if claims:
            yield Heading("So" if self.report.stopped else "Result")
            for group, found in groupby(claims, key=lambda c: c[1]):
                if group:
                    yield Paragraph(f"If {_names(group)}:")
                yield Display(tuple(self.stated(self.voice.any_entry(c)) for c, _ in found))
        for comparison in self.report.against:
            yield from self.against(comparison)
        for label, text in self.report.story.remarks:
            yield Heading(label)
            yield Paragraph(tex_words(text))

    # -- what is given

    def given(self) -> Iterator[Block]:
        story, voice, model = self.report.story, self.voice, self.model
        yield Title(f"{voice.formula(voice.representative(story.subject))}: {story.title}")
        if model.shows:
            yield Paragraph(f"In the notation `{model.name}`.")
        if model.definitions:
            yield Heading("Model")
            yield Display(tuple(self.stated(d.statement) for d in model.definitions))
        yield Paragraph("; ".join([*self.kinds(), *self.costs()]) + ".")
        assumed, premises = (
            tuple((a.name, voice.assumption(a)) for a in model.assumptions
                  if (a.name in story.premises) == only)
            for only in (False, True)
        )  # fmt: skip
        if assumed:
            yield Heading("Assumed")
            yield Items(assumed)
        if premises:
            yield Heading("Premises, each taken only where it is named")
            yield Items(premises)
        if self.wanted.without:
            yield Heading("Without")
            yield Items(tuple((a.name, voice.assumption(a)) for a in self.wanted.without))
        sizes = ["variances $> 0$"] if self.report.divides else []
        sizes += ["sizes $\\ge 1$"] if model.sizes else []
        sizes += [
            f"${voice.form.letter(str(s))} \\ge {n}$" for s, n in model.sizes.items() if n != 1
        ]
        order = {2: "second moments"}.get(model.moments, f"moments up to {model.moments}")
        yield Paragraph(f"Standing: {', '.join([f'{order} finite', *sizes])}.")

    def kinds(self) -> Iterator[str]:
        for kind, words in (("random", "random"), ("given", "fixed")):
            names = [n for n, f in self.model.families.items() if f.kind == kind]
            if names:
                yield f"{', '.join(map(self.voice.member, names))} {words}"
        for f in self.model.functions:
            kind = "in pieces" if in_pieces(self.model, f) else "differentiable"
            yield f"${self.voice.form.letter(f)}$ {kind}"

    def costs(self) -> Iterator[str]:
        for cost in self.model.costs.values():
            top = self.voice.block(f"∂{cost.name}/∂{cost.of.name}")
            yield f"${self.voice.form.letter(cost.name)}$ is the cost, so {top} random"

    # -- the derivation

    def section(self, section: Section) -> Iterator[Block]:
        every = self.wanted.everything or len(self.report.shown) > 1
        if every or self.report.stopped:
            name = self.voice.title(section.name)
            yield Heading(tex_words(name[0].upper() + name[1:] if name[:2].islower() else name))
        if note := dict(self.report.story.notes).get(section.name):
            yield Paragraph(tex_words(note))
        claim = section.claim
        if claim.ranges:
            yield Paragraph(f"For every {self.ranges(claim.ranges)}:")
        elif isinstance(claim, Statement) and claim.over:
            letters = ", ".join(f"${n}$" for n in claim.over if n[0].isupper())
            yield Paragraph(f"For {'independent' if claim.given else 'any'} {letters}:")
        if isinstance(claim, Sources):
            said = f"{self.voice.formula(claim.subject)} is made of {self.voice.boxes(claim.boxes)}"
            yield self.property(said, section)
        elif isinstance(claim, Finite):
            subject = self.voice.formula(claim.subject)
            yield self.property(f"{subject} has finite moments up to order {claim.order}", section)
        elif section.layer is not None:
            yield from self.induction(section, claim, section.layer)
        else:
            for track in section.tracks:
                if section.how == "cases":
                    yield Paragraph(self.case(track))
                yield Display(tuple(self.track(track)))
            if not section.tracks:
                yield Display((self.numbered(claim.left),))

    def property(self, said: str, section: Section) -> Paragraph:
        self.number += 1
        how = f", by {section.how}" if section.how.startswith("induction") else ""
        return Paragraph(f"({self.number}) {said}{how}.")

    def case(self, track: Track) -> str:
        where, right, _ = track.where.partition("right side")
        if right:
            return "And the right side:"
        name, _, value = where.partition(" = ")
        return f"At ${name} = {value}$:" if value else "Elsewhere:"

    def track(self, track: Track) -> Iterator[Row | Because]:
        for row in track.rows:
            if row.reasons:
                yield self.because(self.voice.reasons(self.hints.of(row)))
            yield self.numbered(row.term)

    def because(self, reasons: Iterable[str]) -> Because:
        return Because(tuple(reasons))

    def numbered(self, e: object) -> Row:
        self.number += 1
        return Row(tuple(self.voice.rows(e)), self.number)

    def induction(self, section: Section, claim: Statement, layer: Range) -> Iterator[Block]:
        upward = section.how.endswith("upward")
        i, lo, hi, _ = layer
        start = self.voice.formula(Statement(i, lo if upward else hi))
        if not (self.wanted.induction or self.wanted.everything):
            way = "upward" if upward else "downward"
            reason = f"found by unrolling, proved by induction from {start} {way}"
            yield Display((self.numbered(claim.left), Because((reason,)),
                           self.numbered(claim.right)))  # fmt: skip
            return
        yield Display((Row(tuple(self.voice.rows(claim))),))
        yield Paragraph(f"Unrolled, proved by induction from {start}.")
        here, there = (i, i + 1) if upward else (i + 1, i)
        before = ""
        for track in section.tracks:
            part, _, right = track.where.partition(" ")
            if part != before and part == "base":
                yield Paragraph(f"Base, {start}:")
            elif part != before:
                yield Paragraph(f"Step, from ${self.voice.index(here)}$"
                                f" to ${self.voice.index(there)}$:")  # fmt: skip
            if right:
                yield Paragraph("The right side:")
            yield Display(tuple(self.track(track)))
            before = part

    # -- what came of it

    def stated(self, s: Statement) -> Row:
        """A statement, its ranges behind it."""
        *most, last = self.voice.rows(s)
        limits = r", \quad ".join(self.range(r) for r in s.ranges)
        if not limits:
            return Row((*most, last))
        if len(last) > BESIDE:
            return Row((*most, last, rf"\qquad\qquad {limits}"))
        return Row((*most, rf"{last} \qquad {limits}"))

    def ranges(self, ranges: Iterable[Range]) -> str:
        return ", ".join(f"${self.range(r)}$" for r in ranges)

    def range(self, r: Range) -> str:
        return self.voice.ranges([r]).strip("$")

    def stop(self) -> Iterator[Block]:
        stopped = self.report.stopped
        if stopped is None:
            return
        why = stopped.why
        yield Heading("Stopped")
        yield Paragraph(f"At line {self.number}: {why.reason.say(self.voice.spell)}.")
        if isinstance(why, NotIndependent):
            shared = ", ".join(dict.fromkeys(self.voice.boxes([b]) for b in why.shared or ()))
            sides = f"One side is made of {self.voice.boxes(why.a)}, the other of" \
                    f" {self.voice.boxes(why.b)}"  # fmt: skip
            yield Paragraph(f"{sides}{f', which share {shared}' if shared else ''}.")
        needs = why.needs if isinstance(why.needs, str) else why.needs.say(self.voice.spell)
        if needs:
            yield Paragraph(f"Needs {needs}.")
        claim = so_far(self.report)
        if claim is not None and claim.left != claim.right:
            yield Paragraph("So far:")
            yield Display((self.stated(claim),))

    def against(self, c: Comparison) -> Iterator[Block]:
        equation = f", eq. ({c.printed.tag})" if c.printed.tag else ""
        yield Heading("Against what is printed")
        why = f": {tex_words(c.why)}" if c.why and c.verdict != "holds" else ""
        yield Paragraph(f"{c.printed.source}{equation}, as printed: {c.verdict}{why}.")
        yield Display((self.stated(c.printed.statement),))
        derived = c.derived
        if c.verdict == "holds":
            return
        rows = []
        if c.verdict == "fails":
            ours, theirs = Mul.make_args(derived.right), Mul.make_args(c.printed.statement.right)
            wrong = Mul(*(a for a in theirs if a not in ours))
            right = Mul(*(a for a in ours if a not in theirs))
            rows += [self.labelled("printed", wrong), self.labelled("derived", right)]
        if c.ratio:
            rows.append(self.labelled("printed / derived", c.ratio[0] / c.ratio[1]))
        if rows:
            yield Display(tuple(rows))
        if c.example:
            at = ", ".join(f"{n} {v}" if " " in n else f"${n} = {v}$" for n, v in c.example.at)
            counted = c.example.counted
            count = f", counted over all {counted.cases} cases {counted.value}" if counted else ""
            yield Paragraph(f"At {at}: printed {self.voice.formula(c.example.printed)}, derived"
                            f" {self.voice.formula(c.example.derived)}{count}.")  # fmt: skip
        for near in c.nearest:
            yield Paragraph(f"Nearest true: {change_words(near.changed)}.")
            if near.statement.right != derived.right:
                yield Display((Row(tuple(self.voice.rows(near.statement))),))
        if c.true_when:
            yield Paragraph(f"True as printed when {self.voice.formula(Statement(*c.true_when))}.")

    def labelled(self, words: str, e: object) -> Row:
        """A formula behind some words."""
        first, *rest = self.voice.rows(e)
        return Row((rf"\text{{{words}: }} {first}", *rest))

    def ledger(self) -> Iterator[Block]:
        """What was replayed and used."""
        report, total = self.report, self.report.lines
        behind = total - self.number
        count = f"{self.number} lines here, {behind} behind them, {total} replayed"
        if behind <= 0:
            count = f"{self.number} lines, all replayed"
        words = "not used so far" if report.stopped else "declared and not needed"
        yield Heading("Replayed")
        yield Paragraph(f"{count}. Used: {_names(report.used)}; {words}: {_names(report.unused)}.")


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in names) or "none"
