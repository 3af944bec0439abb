"""Claims that something has a law: ``W \\sim U[-a, a]``. Not trusted to prove.

The mean and the variance of the law are derived, and held against what is required or declared:
a law is a choice of a variance, and has the verdict of that choice (see `choices`).

Glossary: W the random family, v the variance of the law, w the one that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sympy import Expr, Rational, sqrt

from derive.densities import Law
from derive.distributions import Moments, moments, with_variance
from derive.errors import Refused, Undeclared
from derive.judging.choices import chosen
from derive.judging.facts import Candidate
from derive.judging.judge import Judge, Judgement
from derive.judging.nearest import Edit
from derive.model import Assumption, Distributed, Model, Statement
from derive.piecewise import Pieces
from derive.proofs import Part
from derive.proving.tidy import tidy
from derive.read.laws import DEVIATION, VARIANCE, meant
from derive.read.links import Distribution, Link
from derive.read.ranges import ranges_of
from derive.read.reading import Reading
from derive.read.values import Mismatch
from derive.rules.roots import roots
from derive.scope import Scope
from derive.substitution import put
from derive.terms import E, Entry, Range, Var
from derive.writing.formula import TEXT, write
from derive.writing.laws import law as law_text
from derive.writing.layout import layout, within
from derive.writing.writer import Writer

SCALES = {"uniform": "half the width", "laplace": "scale", "normal": "variance"}
HALF = Rational(1, 2)
BY = ("density or points of the law", "fundamental theorem")


@dataclass(frozen=True)
class LawJudgement(Judgement):
    """A verdict on a law or on what a function is; ``fact`` is the claim.

    The statement is what it says of the variance, or of the function at a number.
    """

    fact: Distributed | Pieces | None = None

    @cached_property
    def nearest(self) -> tuple[Edit, ...]:
        """None: the nearest true law is told in words."""
        return ()

    @cached_property
    def derivation(self) -> Part | None:
        """None: `derive distribution` shows that of a law."""
        return None


def judged(
    claim: Distribution, reading: Reading, before: Iterable[Link], judge: Judge
) -> Judgement | None:
    """The verdict on a claim that something has a law; None if it is not said what has it.

    ``before`` are the relations that stand in the same display.  Raises Undeclared where the
    law is none, Refused and Mismatch where nothing can be derived of it.
    """
    model = reading.model
    parameters = tuple(side.term for side in claim.parameters)
    readings = meant(claim.name, parameters, claim.words, reading.names.normal)
    asked = [*reading.requires, *_asked((*claim.given, *before), model)]
    if claim.left and not claim.about:
        raise Undeclared(f"{claim.left} is not declared as a random variable")
    name = claim.about or _only_one(asked, model)
    if not name:
        return None
    found = {
        how: _Claimed(claim, name, made, model, asked, judge).judgement
        for how, made in readings.items()
    }
    if len(found) == 1:
        return next(iter(found.values()))
    return _one_of(claim, found)


def _one_of(claim: Distribution, found: dict[str, Judgement]) -> Judgement:
    """The verdict where N can be read in two ways."""
    second = claim.parameters[1].text
    right = [how for how, j in found.items() if j.verdict == "holds"]
    if len(right) == 1:
        how = right[0]
        other = found[VARIANCE if how == DEVIATION else DEVIATION]
        note = f"holds if {second} is a {how}; if it is not: {other.note}"
        return replace(found[how], verdict="needs", needs=(_read(how),), note=note)
    if right:
        return found[right[0]]
    first = found[VARIANCE]
    both = "; ".join(f"as a {how}: {j.note}" for how, j in found.items())
    if first.verdict == "needs":
        facts = (_read(VARIANCE), _read(DEVIATION))
        return replace(first, needs=facts, note=f"one or the other, and a choice: {both}")
    return replace(first, note=f"however {second} is read: {both}")


def _read(how: str) -> Candidate:
    return Candidate("reading", f"N by {how}", Assumption(how, (), f"N by {how}"))


def _asked(links: Iterable[Link], model: Model) -> Iterator[Assumption]:
    """What stands beside the law as something that is asked for."""
    for n, link in enumerate(links):
        if link.sign in ("=", "≈") and link.left.term.has(Var, E):
            try:
                over = ranges_of([link.left.term, link.right.term], model, link.over)
            except Mismatch:
                continue
            fact = Statement(link.left.term, link.right.term, over)
            yield Assumption(f"beside {n}", (fact,), "")


def _only_one(asked: Iterable[Assumption], model: Model) -> str:
    """The one random family of whose variance something is asked; "" if it is not one."""
    sides = (
        e for a in asked for f in a.facts if isinstance(f, Statement) for e in (f.left, f.right)
    )
    entries = {x for e in sides for v in e.atoms(Var) for x in v.atoms(Entry)}
    names = {x.name for x in entries if model.family(x).kind == "random"}
    return names.pop() if len(names) == 1 else ""


def _of_free_laws(found: LawJudgement) -> bool:
    """Whether the numbers are those of laws that were tried: then the mean is a choice too."""
    example = found.equality.example
    return example is not None and example.instance is not None


class _Claimed:
    """One reading of a claim that something has a law."""

    def __init__(
        self,
        claim: Distribution,
        name: str,
        made: Law,
        model: Model,
        asked: Sequence[Assumption],
        judge: Judge,
    ) -> None:
        self.law = made
        self.model = model
        self.asked = asked
        self.judge = judge
        self.name = name
        self.entry = self._written_entry(claim) or self._any_entry()
        self.over = ranges_of([self.entry, *made.parameters], model)
        self.fact = Distributed(self.entry, made, self.over)
        own = {s for p in made.parameters for s in p.free_symbols}
        self.moments: Moments = moments(made, model, *needed(self.over, own))

    def _written_entry(self, claim: Distribution) -> Entry | None:
        """The entry as it is written, if the layer is."""
        side = claim.variance
        x = side.term.args[0] if side is not None and isinstance(side.term, Var) else None
        if side is None or not isinstance(x, Entry) or x.name != self.name:
            return None
        for moment, over, _ in side.bare:
            (y,) = (y for y in moment.atoms(Entry) if y.name == self.name)
            if {y.indices[n] for n in self._layers()} & {r.index for r in over}:
                return None
        return x

    def _layers(self) -> list[int]:
        """The places of the indices that say which layer an entry is of."""
        family = self.model.families[self.name]
        marks = layout(family, len(family.ranges))
        return [n for n, mark in enumerate(marks) if mark != within(marks)]

    def _any_entry(self) -> Entry:
        """Any one entry of the family, in the layer of which the law speaks."""
        family = self.model.families[self.name]
        spoken = set().union(*(p.free_symbols for p in self.law.parameters))
        free = sorted(spoken - set(self.model.sizes), key=str)
        layers = self._layers()
        indices: list[Expr] = [r.index for r in family.ranges]
        if len(free) == 1 and free[0] not in indices and len(layers) == 1:
            indices[layers[0]] = free[0]
        at = {r.index: i for r, i in zip(family.ranges, indices, strict=True)}
        for n, r in enumerate(family.ranges):
            if n not in layers and indices[n] not in free:
                indices[n] = put(r.lo, at)
        return Entry(self.name, *indices)

    @property
    def judgement(self) -> Judgement:
        """The verdict on the variance; on the mean if that is wrong."""
        spread = self._of(Var(self.entry), self.moments.variance)
        centre = self._of(E(self.entry), self.moments.mean)
        if centre.verdict == "fails" and not _of_free_laws(centre):
            return centre
        if centre.verdict == "holds":
            uses = (*spread.uses, *(u for u in centre.uses if u not in spread.uses))
            return replace(spread, uses=uses)
        return spread

    def _of(self, moment: Expr, value: Expr) -> LawJudgement:
        s = Statement(moment, value, ranges_of([moment, value], self.model, self.over))
        found = chosen(s, self.asked, self.judge) or self.judge.judge(s)
        derived = f"{self._written(moment)} = {self._written(value)}, derived"
        note = derived
        if found.verdict == "fails":
            note = "; ".join(filter(None, (derived, found.note, self._nearest(moment))))
        elif found.verdict == "needs":
            note = f"{derived}; {found.note}" if found.note else derived
        by = (*BY, *found.by) if found.verdict == "holds" else found.by
        kept = {k: v for k, v in vars(found).items() if k in LawJudgement.__dataclass_fields__}
        return LawJudgement(**{**kept, "by": by, "note": note, "fact": self.fact})

    # -- what would be right

    def _nearest(self, moment: Expr) -> str:
        """The law of the same kind with the variance that is asked for, and what changes."""
        wanted = self._wanted(moment)
        if wanted is None or not isinstance(moment, Var):
            return f"asked for: {self._written(wanted)}" if wanted is not None else ""
        try:
            own = needed(self.over, {s for s in wanted.free_symbols})
            right = with_variance(self.law.name, wanted, self.model, *own)
        except (Refused, Undeclared):
            return f"asked for: {self._written(wanted)}"
        said_law = law_text(right, Writer(self.model, TEXT))
        changed = self._changed(right)
        return f"nearest true: {said_law}" + (f" ({changed})" if changed else "")

    def _wanted(self, moment: Expr) -> Expr | None:
        """The value that is asked for: of Var in c Var[W] = d."""
        for fact in (f for a in self.asked for f in a.facts if isinstance(f, Statement)):
            for here in self._placed(fact, moment):
                left, right = here
                factor = left / moment
                if not factor.has(type(moment)) and not right.has(type(moment)):
                    return tidy(right / factor)
        return None

    def _placed(self, fact: Statement, moment: Expr) -> Iterator[tuple[Expr, Expr]]:
        """The sides of a requirement at the indices of the entry that the law is about."""
        for v in fact.left.atoms(type(moment)):
            x = v.args[0]
            if isinstance(x, Entry) and x.name == self.name:
                names = {r.index for r in fact.ranges}
                at = {
                    p: q for p, q in zip(x.indices, self.entry.indices, strict=True) if p in names
                }
                left, right = put(fact.left, at), put(fact.right, at)
                there = put(v, at)
                yield put(left, there, moment), put(right, there, moment)

    def _changed(self, right: Law) -> str:
        """What is other in the right law: the parameter that sets the scale."""
        if self.law.name not in SCALES:
            return ""
        scope = Scope(self.model, self.over)
        mine, theirs = (roots(made.parameters[-1], scope) for made in (self.law, right))
        factor = roots(theirs / mine, scope)
        if factor == sqrt(3) and self.law.name == "uniform":
            return "half the width is √3 standard deviations"
        for power, words in ((2, "a square root is missing"), (HALF, "a square root too many")):
            if roots(theirs**power / mine, scope) == 1 and self.law.name == "normal":
                return words
        what = SCALES[self.law.name]
        return f"{what} {self._written(mine)} → {self._written(theirs)}"

    def _written(self, e: Expr) -> str:
        return write(e, self.model, TEXT)


def needed(over: Iterable[Range], names: set[Expr]) -> tuple[Range, ...]:
    """The ranges that the names speak of, and that those speak of."""
    kept: list[Range] = []
    for r in reversed(tuple(over)):
        if r.index in names:
            kept.append(r)
            names = names | {s for e in (r.lo, r.hi, *r.but) for s in e.free_symbols}
    return tuple(reversed(kept))
