"""A replayed derivation arranged for a reader. Not trusted: it repeats what replay returned.

Everything that a format shows is computed here; `show` only lays it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from sympy import Expr

from derive.chains.story import CLAIM, Stop, Story
from derive.claims import Claim, Proved
from derive.compare import Comparison, compare
from derive.errors import Refused
from derive.independence import Evidence
from derive.kernel import Checked, Replayed, ledger, replay
from derive.model import Model
from derive.proofs import Cases, Chain, Induction, Part, Step
from derive.proving.network import quantity
from derive.rules import RULES, SOURCES
from derive.rules.integrals import at_end
from derive.scope import Scope
from derive.substitution import put
from derive.terms import HEADS, Integral, Range


@dataclass(frozen=True)
class Reason:
    """Why a line follows from the one before: one law, as it was used.

    ``by`` is what an equation was divided by, or the antiderivative of what was integrated;
    ``ends`` are the ends of an integral, the upper one first, with its value there.
    """

    rule: str
    cited: str
    old: Expr
    new: Expr
    uses: tuple[str, ...]
    by_case: tuple[tuple[str, tuple[str, ...]], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    see: str = ""
    by: Expr | None = None
    ends: tuple[tuple[Expr, Expr], ...] = ()

    @property
    def law(self) -> str:
        """The law as text; empty for what was declared or proved."""
        return "" if self.cited else RULES[self.rule].law


@dataclass(frozen=True)
class Row:
    """One printed line, the reasons that lead to it, and the subterms that they changed."""

    number: int
    term: Expr
    reasons: tuple[Reason, ...] = ()
    changed: tuple[Expr, ...] = ()


@dataclass(frozen=True)
class Track:
    """Rows from a left side to a right side; ``where`` says for which case."""

    where: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Section:
    """One part of the derivation: what it claims and the rows that show it.

    ``meet`` says in which normal form the last rows are one, if they are not the same;
    ``layer`` is the range of the index of an induction.
    """

    name: str
    claim: Claim
    how: str
    tracks: tuple[Track, ...]
    uses: tuple[str, ...]
    shown: bool
    meet: str = ""
    layer: Range | None = None

    @property
    def lines(self) -> int:
        """How many lines were written to show it."""
        return sum(len(t.rows) for t in self.tracks) or 1


@dataclass(frozen=True)
class Report:
    """A derivation for a reader."""

    story: Story
    sections: tuple[Section, ...]
    result: Claim
    used: tuple[str, ...]
    unused: tuple[str, ...]
    against: tuple[Comparison, ...]
    see: dict[str, str]
    divides: bool = False

    @property
    def model(self) -> Model:
        return self.story.model

    @property
    def stopped(self) -> Stop | None:
        return self.story.stopped

    @property
    def shown(self) -> tuple[Section, ...]:
        """The sections to write out, in the order in which the chain tells them."""
        named = {s.name: s for s in self.sections}
        return tuple(named[n] for n in self.story.shown)

    @property
    def lines(self) -> int:
        """How many lines were replayed."""
        return sum(s.lines for s in self.sections)


def report(story: Story) -> Report:
    """Replay the derivation and arrange what it shows; raises Refused if it does not hold."""
    replayed = replay(story.derivation)
    see = {} if story.chain == CLAIM else _commands(story)
    sections = tuple(_sections(story, replayed, see))
    used, unused = ledger(replayed, story.model)
    if story.stopped or story.premises:
        told = {n for s in sections if s.shown for n in s.uses}
        used = [a.name for a in story.model.assumptions if a.name in told]
        unused = [a.name for a in story.model.assumptions if a.name not in told]
    against = () if story.stopped else tuple(compare(story, replayed))
    result = next(p.claim for p in replayed.proved if p.name == story.main)
    divided = divides(replayed.checked)
    return Report(story, sections, result, tuple(used), tuple(unused), against, see, divided)


def divides(checked: Iterable[Checked]) -> bool:
    """Whether something was divided by, so that variances are taken to be positive."""
    return any(c.step.rule == "division" for c in checked)


def _commands(story: Story) -> dict[str, str]:
    """Which command shows a part that is a result of its own."""
    found: dict[str, str] = {}
    for chain in ("forward", "backward"):
        if chain in story.model.shows and chain != story.chain:
            name = quantity(story.model, chain).name
            found |= {f"Var[{name}]": chain, f"Var[{name}], one layer on": chain}
    return found


def _sections(story: Story, replayed: Replayed, see: dict[str, str]) -> Iterable[Section]:
    trail: dict[str, list[Checked]] = {}
    for c in replayed.checked:
        trail.setdefault(c.part, []).append(c)
    proved = {p.name: p for p in replayed.proved}
    for part in story.derivation.parts:
        own = trail.get(part.name, [])
        tracks = tuple(_tracks(part, own, trail, proved, see, story.model))
        uses = tuple(a.name for a in story.model.assumptions if a.name in proved[part.name].uses)
        shown = part.name in story.shown
        how, meet, layer = _how(part), _meet(part), _layer(part)
        yield Section(part.name, part.claim, how, tracks, uses, shown, meet, layer)


def _layer(part: Part) -> Range | None:
    if not isinstance(part.proof, Induction):
        return None
    return next(r for r in part.claim.ranges if r.index == part.proof.index)


def _meet(part: Part) -> str:
    """The normal form in which the ends of the chains of a proof meet."""
    proof = part.proof
    cases = (proof.base, proof.step) if isinstance(proof, Induction) else (proof,)
    chains = [c for c in cases if isinstance(c, Chain)]
    if any(c.moments for c in chains):
        return "normal form of moments"
    return "telescoping products" if any(c.products for c in chains) else ""


def _how(part: Part) -> str:
    proof = part.proof
    if isinstance(proof, Induction):
        return "induction upward" if proof.upward else "induction downward"
    if isinstance(proof, Cases):
        return "cases"
    return "steps" if isinstance(proof, Chain) else "property"


def _tracks(
    part: Part,
    checked: list[Checked],
    trail: dict[str, list[Checked]],
    proved: dict[str, Proved],
    see: dict[str, str],
    model: Model,
) -> Iterable[Track]:
    for where, group in groupby(checked, key=lambda c: c.where):
        found = list(group)
        rows = [Row(1, found[0].before)]
        for _, line in groupby(found, key=lambda c: c.step.line):
            steps = list(line)
            reasons = tuple(_reason(c, trail, proved, see, model) for c in steps)
            changed = tuple(dict.fromkeys(c.step.new for c in steps))
            rows.append(Row(len(rows) + 1, steps[-1].step.after, reasons, changed))
        yield Track(where, tuple(rows))


def _reason(
    c: Checked,
    trail: dict[str, list[Checked]],
    proved: dict[str, Proved],
    see: dict[str, str],
    model: Model,
) -> Reason:
    step = c.step
    cited = str(step.args[0]) if step.rule in SOURCES else ""
    if step.rule == "division":
        cited = str(step.args[1])
    by_case: tuple[tuple[str, tuple[str, ...]], ...] = ()
    if step.rule == "lemma" and isinstance(step.old, HEADS) and cited in trail:
        at = {str(name): value for name, value in step.args[2]}
        by_case = tuple(_moment_uses(trail[cited], at))
    return Reason(
        step.rule,
        cited,
        step.old,
        step.new,
        tuple(sorted(c.uses)),
        by_case,
        c.evidence,
        see.get(cited, ""),
        _by(step),
        _ends(step, model),
    )


def _ends(step: Step, model: Model) -> tuple[tuple[Expr, Expr], ...]:
    """The ends of an integral with what the antiderivative is there, the upper one first."""
    H, old = _by(step), step.old
    if H is None or not isinstance(old, Integral):
        return ()
    try:
        return tuple(
            (end, at_end(H, old.variable, end, Scope(model))) for end in reversed(old.limits)
        )
    except Refused:
        return ()


def _by(step: Step) -> Expr | None:
    if step.rule == "division":
        return step.args[4]
    if step.rule == "fundamental theorem" and isinstance(step.old, Integral):
        name, antiderivative = step.args[:2]
        return put(antiderivative, name, step.old.variable)
    return None


def _moment_uses(
    checked: list[Checked], at: dict[str, Expr]
) -> Iterable[tuple[str, tuple[str, ...]]]:
    """The declared moments that a lemma used, case by case, in the indices of where it is cited."""
    found: dict[str, list[str]] = {}
    for c in checked:
        if c.step.rule == "assumption":
            index, _, value = c.where.partition(" = ")
            there = str(at.get(index, index)).replace(" ", "")
            where = f"{there} = {value.replace(' ', '')}" if value else ""
            found.setdefault(where, []).append(str(c.step.args[0]))
    for where, names in found.items():
        yield where, tuple(dict.fromkeys(names))
