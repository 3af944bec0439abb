"""A claim that somebody wrote -> a verdict. Not trusted: replay and the normal forms decide.

    holds      shown from what is declared
    needs      not shown, but shown with one more fact of structure, which is named
    fails      numbers that the declarations allow make the two sides differ
    undecided  none of these

Before a claim is looked at, what can be derived of the quantities in it is derived: their
sources, means, that the units of a layer are alike, their product formulas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from time import monotonic

from sympy import Expr, Symbol

from derive import moments
from derive.derivation import Line
from derive.equality import Equality, decided
from derive.errors import Refused, Undeclared
from derive.facts import Candidate, candidates
from derive.kernel import Chain, Derivation, Part, check_part, replay
from derive.model import Assumption, Model, Statement
from derive.network import Book, Quantity, back_propagate, quantity_of, simplify
from derive.recursion import alike, finite, made_of, zero_mean
from derive.scope import NOTHING, Proved, Scope, Uses
from derive.terms import HEADS, Entry, Partial, Product, occurrences
from derive.unroll import product_formula

MOST_FACTS = 12
PATIENCE = 1.0


@dataclass(frozen=True)
class Judgement:
    """A verdict on one claim, with what it must come with."""

    verdict: str
    statement: Statement
    equality: Equality
    by: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    needs: tuple[Candidate, ...] = ()


class Judge:
    """One model, and what was derived in it so far."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._known: dict[str, tuple[Proved, ...]] = {}

    def judge(self, claim: Statement, same: Iterable[Statement] = ()) -> Judgement:
        """The verdict on a claim; ``same`` are the moments that have to be the same for all."""
        claim = self._where_it_exists(claim)
        first = self.decide(claim)
        if first.verdict == "holds":
            uses = set(first.uses)
            for s in same:
                alike_for_all = self.decide(self._where_it_exists(s))
                if alike_for_all.verdict != "holds":
                    return self._lacking(claim, alike_for_all)
                uses |= set(alike_for_all.uses)
            return Judgement("holds", claim, first, (first.by,), self._in_order(uses))
        needed = self._needed(claim, first)
        if needed:
            return Judgement("needs", claim, first, needs=needed)
        return Judgement(first.verdict, claim, first)

    def _where_it_exists(self, claim: Statement) -> Statement:
        """The claim without the layers whose derivatives of the cost nothing leads to."""
        over = list(claim.ranges)
        for side in (claim.left, claim.right):
            for atom, _ in occurrences(side, lambda t: isinstance(t, Partial)):
                if self.model.cost_of(atom) is None or not isinstance(atom.by, Entry):
                    continue
                family = self.model.family(atom.by)
                if family.ranges and isinstance(atom.by.indices[0], Symbol):
                    last = quantity_of(self.model, atom).layer.hi
                    for n, r in enumerate(over):
                        if r.index == atom.by.indices[0] and r.hi == family.ranges[0].hi:
                            over[n] = r._replace(hi=last)
        return replace(claim, ranges=tuple(over))

    def _lacking(self, claim: Statement, found: Equality) -> Judgement:
        fact = Candidate.same(found.statement, self.model)
        return Judgement("needs", claim, found, needs=(fact,))

    def _in_order(self, uses: set[str]) -> tuple[str, ...]:
        return tuple(a.name for a in self.model.assumptions if a.name in uses)

    # -- shown as declared

    def decide(self, claim: Statement, refute: bool = True) -> Equality:
        """Whether a claim is shown, refuted by numbers (if ``refute``), or neither."""
        sides = (claim.left, claim.right)
        if not any(next(occurrences(s, lambda e: isinstance(e, HEADS)), None) for s in sides):
            found = self._outcome_by_outcome(claim)
            if found is not None:
                return found
        return decided(claim, Scope(self.model, claim.ranges, self.lemmas(sides)), refute)

    def lemmas(self, sides: Iterable[Expr]) -> tuple[Proved, ...]:
        """What was derived of every quantity in the terms."""
        found: dict[str, Proved] = {}
        for side in sides:
            for q in self._quantities(side):
                if q.name not in self._known:
                    self._known[q.name] = self._derived(q)
                for p in self._known[q.name]:
                    found.setdefault(p.name, p)
        return tuple(found.values())

    def _quantities(self, e: Expr) -> Iterator[Quantity]:
        for atom, _ in occurrences(e, lambda t: isinstance(t, (Entry, Partial))):
            if isinstance(atom, Entry) and (
                atom.name in self.model.costs or self.model.family(atom).kind != "defined"
            ):
                continue
            by = atom.by if isinstance(atom, Partial) else atom
            if isinstance(by, Entry) and self.model.family(by).ranges:
                with suppress(Undeclared):
                    yield quantity_of(self.model, atom)

    def _derived(self, q: Quantity) -> tuple[Proved, ...]:
        book = Book(self.model)
        names = []
        for lemma in (made_of, finite, zero_mean, alike, product_formula):
            with suppress(Refused, Undeclared):
                names.append(lemma(book, q))
        if not book.parts:
            return ()
        proved = replay(Derivation(self.model, tuple(book.parts))).proved
        return tuple(p for p in proved if p.name in names)

    def _outcome_by_outcome(self, claim: Statement) -> Equality | None:
        """An equality between random variables: by definitions, the chain rule, and algebra."""
        scope = Scope(self.model, claim.ranges)
        for left, used_left in self._written_out(claim.left, scope):
            for right, used_right in self._written_out(claim.right, scope):
                with suppress(moments.Undecided, Refused):
                    form = moments.difference(left, right, scope)
                    if form.is_zero:
                        uses = self._in_order({*form.uses, *used_left, *used_right})
                        return Equality(claim, self.model, "holds", "definitions", uses)
        return None

    def _written_out(self, e: Expr, scope: Scope) -> Iterator[tuple[Expr, Uses]]:
        """The term as it is, and with the chain rule applied to its derivatives of the cost."""
        yield e, NOTHING
        for way in (_once, _to_the_family):
            for after in (_as_it_is, simplify):
                with suppress(Refused):
                    line = after(way(Line(e, scope)))
                    if line.steps:
                        claim = Statement(e, line.now, scope.ranges)
                        part = Part("written out", claim, Chain(tuple(line.steps)))
                        yield line.now, check_part(part, self.model, ())[0].uses

    # -- shown with one more fact

    def _needed(self, claim: Statement, first: Equality) -> tuple[Candidate, ...]:
        """The first single fact, or pair of facts, with which the claim is shown."""
        closed = claim.left.has(Product) or claim.right.has(Product)
        if closed and first.ratio is not None and first.example is not None:
            return ()
        until = monotonic() + PATIENCE
        facts = list(candidates(self.model, claim))
        for fact in facts:
            if monotonic() > until:
                return ()
            if self._holds_with(claim, (fact,)):
                return (fact,)
        for n, fact in enumerate(facts if len(facts) <= MOST_FACTS else ()):
            for other in facts[n + 1 :]:
                if monotonic() > until:
                    return ()
                if fact.kind != other.kind and self._holds_with(claim, (fact, other)):
                    return (fact, other)
        return ()

    def _holds_with(self, claim: Statement, facts: tuple[Candidate, ...]) -> bool:
        """Whether the facts make the claim hold without making it say 0 = 0."""
        try:
            more = Judge(with_facts(self.model, facts))
            if more.decide(claim, refute=False).verdict != "holds":
                return False
            zero = replace(claim, right=claim.right * 0)
            return bool(claim.right == 0) or more.decide(zero, refute=False).verdict != "holds"
        except (Refused, Undeclared):
            return False


def with_facts(model: Model, facts: Iterable[Candidate]) -> Model:
    """The model with more assumptions."""
    return replace(model, assumptions=[*model.assumptions, *(f.assumption for f in facts)])


def with_premises(model: Model, premises: Iterable[Statement]) -> Model:
    """The model with what a claim supposes."""
    more = [Assumption(f"premise {n}", (s,), "") for n, s in enumerate(premises, start=1)]
    return replace(model, assumptions=[*model.assumptions, *more])


def _as_it_is(line: Line) -> Line:
    return line


def _once(line: Line) -> Line:
    for old in line.where(lambda e: _of_cost(e, line)):
        back_propagate(line, old)
    return line


def _to_the_family(line: Line) -> Line:
    for old in line.where(lambda e: _of_cost(e, line)):
        back_propagate(line, old, old.by.name)
    return line


def _of_cost(e: Expr, line: Line) -> bool:
    return (
        isinstance(e, Partial)
        and line.scope.model.cost_of(e) is not None
        and not line.scope.is_top(e)
    )
