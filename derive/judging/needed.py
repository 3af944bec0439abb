"""Which fact a claim lacks: it is not shown, but shown with one more. Not trusted.

Facts are tried one after the other, the likeliest first; then some of their pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import chain, combinations, islice
from typing import Protocol

from sympy import Expr

from derive import moments
from derive.counting.counterexample import counterexample, fits
from derive.errors import Refused, Undeclared
from derive.judging.equality import Equality
from derive.judging.facts import RECTIFIER, Candidate, candidates, narrower
from derive.model import Assumption, Fact, Independent, Model, Statement, Symmetric, Unit
from derive.order import ZERO
from derive.positive import positive
from derive.proving.clashes import clashes
from derive.scope import Scope
from derive.substitution import fresh, put
from derive.subterms import occurrences
from derive.terms import HEADS, Cov, E, Entry, Partial, Range, Var

MOST_FACTS = 28
MOST_PAIRS = 60
FEW = 2
SOON = 3
WORK = 4000


class Deciding(Protocol):
    """Who says whether a claim is shown in a model."""

    @property
    def model(self) -> Model:
        """What is declared."""

    def decide(self, claim: Statement, refute: bool = True) -> Equality:
        """Whether a claim is shown, refuted by numbers (if ``refute``), or neither."""

    def knowing(self, facts: Iterable[Assumption]) -> Deciding:
        """The same of the model in which more is assumed."""


def needed_for(claim: Statement, first: Equality, judge: Deciding) -> tuple[Candidate, ...]:
    """The first single fact, or pair of facts, with which the claim is shown.

    ``first`` is what was found out about it without them.
    """
    if first.example is not None and differ_in_sizes(first):
        return ()
    new = (f for f in candidates(judge.model, claim) if _says_something(f, judge))
    facts = list(islice(new, MOST_FACTS))
    means = [f for f in facts if f.kind == "zero mean"]
    pairs = (p for p in combinations(facts, 2) if p[0].kind != p[1].kind)
    alone = ((f,) for f in facts if f not in means)
    idle = {f for f in facts if first.example and fits(first.example, f.assumption.facts)}
    one = all(f.kind != RECTIFIER for f in facts)
    if one and len(facts) > FEW and not idle.issuperset(facts):
        idle = {*facts} if _false_with(claim, facts, judge.model) else idle
    tries = _tries(first)
    squares = _squares(claim)
    beside = [f for f in means[:tries] if not squares & f.about]
    for fact in beside:
        if fact not in idle and _holds_with(claim, (fact,), judge):
            return (fact,)
    for part, narrowed in narrower(claim, judge.model, first.remainder):
        if _holds(narrowed, judge):
            return (part,)
    for fact in means[:tries]:
        if fact not in (*idle, *beside) and _holds_with(claim, (fact,), judge):
            return (fact,)
    two = islice(combinations(means, 2), tries // 2)
    more = chain(two, alone, islice(pairs, MOST_PAIRS))
    for chosen in islice(more, max(0, tries - len(means))):
        if not idle.issuperset(chosen) and _holds_with(claim, chosen, judge):
            return chosen
    return ()


def _says_something(candidate: Candidate, judge: Deciding) -> bool:
    """Whether a fact adds to what is declared, and does not contradict it."""
    facts = candidate.assumption.facts
    return not all(_declared(f, judge) for f in facts) and not any(_denied(f, judge) for f in facts)


def _denied(fact: Fact, judge: Deciding) -> bool:
    """Whether what is declared says otherwise, such as E[c] = 1/3 by the law of c."""
    if isinstance(fact, Symmetric):
        ranges = judge.model.families[fact.key].ranges
        entry = Entry(fact.key, *(r.index for r in ranges))
        return _denied(Statement(E(entry), ZERO, ranges), judge)
    if isinstance(fact, Independent):
        return any(_denied(s, judge) for u in fact.units if u.each for s in _apart(u, judge.model))
    if isinstance(fact, Statement) and not fact.over:
        scope = Scope(judge.model, fact.ranges)
        with suppress(Refused, Undeclared):
            rest = judge.decide(fact, refute=False).remainder
            return rest is not None and (positive(rest, scope) or positive(-rest, scope))
    return False


def _apart(unit: Unit, model: Model) -> Iterator[Statement]:
    """That different entries of a family have no covariance, as entries do that are independent."""
    for family in (model.families[key] for key in unit.keys if key in model.families):
        for n, r in enumerate(family.ranges):
            other = fresh(r.index, {q.index for q in family.ranges})
            inner = {
                s for q in family.ranges[n + 1 :] for s in (q.lo.free_symbols | q.hi.free_symbols)
            }
            if r.index not in inner:
                one = Entry(family.name, *(q.index for q in family.ranges))
                pair = Cov(one, put(one, r.index, other))
                twin = Range(other, r.lo, r.hi, (r.index,))
                yield Statement(pair, ZERO, (*family.ranges, twin))


def _declared(fact: Fact, judge: Deciding) -> bool:
    declared = [f for a in judge.model.assumptions for f in a.facts]
    if isinstance(fact, Statement) and not fact.over:
        with suppress(Refused, Undeclared):
            return judge.decide(fact, refute=False).verdict == "holds"
    if isinstance(fact, Independent):
        return any(isinstance(f, Independent) and {*fact.units} <= {*f.units} for f in declared)
    return fact in declared


def differ_in_sizes(found: Equality) -> bool:
    """Whether the sides differ in sizes and free variances alone: no fact of structure helps."""
    claim, scope = found.statement, Scope(found.model)
    if found.ratio is None or scope.is_random(claim.left) or scope.is_random(claim.right):
        return False
    heads = [h for side in found.ratio for h, _ in occurrences(side, HEADS)]
    return all(isinstance(h, Var) and _free(h.args[0], found.model) for h in heads)


def _free(e: Expr, model: Model) -> bool:
    if isinstance(e, Partial):
        return Scope(model).is_top(e)
    return isinstance(e, Entry) and model.family(e).kind == "random"


def _holds_with(claim: Statement, facts: tuple[Candidate, ...], judge: Deciding) -> bool:
    """Whether a claim is shown with more facts, which contradict nothing that is declared."""
    with suppress(Refused, Undeclared):
        if _holds(claim, judge.knowing(f.assumption for f in facts)):
            return not any(any(clashes(f.assumption, judge.model)) for f in facts)
    return False


def _holds(claim: Statement, judge: Deciding) -> bool:
    """Whether a claim is shown, and does not say 0 = 0."""
    with suppress(Refused, Undeclared):
        if judge.decide(claim, refute=False).verdict == "holds":
            zero = replace(claim, right=ZERO)
            return bool(claim.right == 0) or judge.decide(zero, refute=False).verdict != "holds"
    return False


def _squares(claim: Statement) -> set[str]:
    """The families whose second moments a claim speaks of: nobody means that they have no mean."""
    found = (h.args[0].as_base_exp() for e in (claim.left, claim.right) for h in e.atoms(E))
    return {b.name for b, p in found if p == 2 and isinstance(b, Entry)}


def _false_with(claim: Statement, facts: Iterable[Candidate], model: Model) -> bool:
    """Whether there soon are numbers against a claim with all of the facts: then none helps."""
    more = [*model.assumptions, *(f.assumption for f in facts)]
    known = replace(model, assumptions=more)
    return counterexample(claim.left, claim.right, claim.ranges, known, most=SOON) is not None


def _tries(found: Equality) -> int:
    """How many facts are tried: the fewer, the more moments each has to be put into."""
    if found.why == f"more than {moments.MOST_TERMS} terms":
        return 1
    remainder = found.remainder if found.remainder is not None else found.statement.left
    return max(1, WORK // (1 + sum(1 for _ in occurrences(remainder, HEADS))))
