"""A claim that somebody wrote -> a verdict. Not trusted: replay and the normal forms decide.

    holds      shown from what is declared
    needs      not shown, but shown with one more fact of structure, which is named
    fails      numbers that the declarations allow make the two sides differ
    undecided  none of these

Before a claim is looked at, what can be derived of the quantities in it is derived: their
sources, means, that the units of a layer are alike, their product formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain, combinations, islice, zip_longest

from sympy import Expr, Symbol

from derive import moments
from derive.claims import NOTHING, Proved, Uses
from derive.counting.counterexample import fits
from derive.errors import Refused, Undeclared, Words
from derive.forms import Undecided
from derive.judging.consequence import Premise, follows, impossible, of_sizes, open_to, put_in
from derive.judging.equality import (
    Attempt,
    Equality,
    attempted,
    expanded,
    refuted,
    rewritten,
    said,
)
from derive.judging.existence import Place, existing, missing
from derive.judging.facts import Candidate, candidates, narrower
from derive.judging.lemmas import Known, known
from derive.judging.nearest import Edit
from derive.judging.repair import repairs
from derive.judging.search import cited, short_derivation, steps
from derive.kernel import check_part
from derive.model import Assumption, Fact, Independent, Model, Statement
from derive.order import ZERO
from derive.proofs import Chain, Part
from derive.proving.derivation import Line, unfold
from derive.proving.network import apply_assumptions, back_propagate
from derive.scope import Scope
from derive.subterms import occurrences
from derive.terms import HEADS, Entry, Partial, Var

MOST_FACTS = 28
MOST_PAIRS = 60
WORK = 4000
NEVER = "the premise holds for no values"
UNMET = "no numbers were found for which the premise holds and the claim does not"


@dataclass(frozen=True)
class Judgement:
    """A verdict on one claim, with what it must come with.

    ``least`` says how large sizes have to be for everything in the claim to exist, ``where`` what
    else that takes, ``note`` what else is to be said of the verdict.  ``judge`` said so, and knows
    the place of the claim.
    """

    verdict: str
    statement: Statement
    equality: Equality
    by: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    needs: tuple[Candidate, ...] = ()
    least: tuple[tuple[Symbol, int], ...] = ()
    where: tuple[tuple[Expr, str, Expr], ...] = ()
    note: str = ""
    judge: Judge | None = field(default=None, compare=False, repr=False)

    @cached_property
    def nearest(self) -> tuple[Edit, ...]:
        """True statements close to one that fails; found when they are asked for."""
        return repairs(self.statement, self._judge.where) if self.verdict == "fails" else ()

    @cached_property
    def derivation(self) -> Part | None:
        """A short derivation of a claim that holds, checked; found when it is asked for."""
        if self.verdict != "holds":
            return None
        scope = self._judge.scope(self.statement)
        return short_derivation(self.statement, scope.model, scope.proved)

    @property
    def _judge(self) -> Judge:
        return self.judge or Judge(self.equality.model)

    @property
    def laws(self) -> tuple[str, ...]:
        """The laws, definitions and results that the short derivation goes by; () without one."""
        if self.derivation is None:
            return ()
        return tuple(dict.fromkeys(name for step in steps(self.derivation) for name in cited(step)))


class Judge:
    """Verdicts in one model."""

    def __init__(self, model: Model, weaker: Judge | None = None) -> None:
        self.model = model
        self._weaker = weaker
        self._attempts: dict[Statement, tuple[Attempt, Scope | None]] = {}
        self._found: dict[Statement, Equality] = {}
        self._judgements: dict[Statement, Judgement] = {}
        self._raised: dict[Hashable, Judge] = {}
        self._scopes: dict[Hashable, Scope] = {}
        self._places: dict[Statement, Place] = {}

    @cached_property
    def _known(self) -> Known:
        return known(self.model, self._weaker._known if self._weaker else None)

    def judge(
        self, claim: Statement, same: Iterable[Statement] = (), given: Sequence[Statement] = ()
    ) -> Judgement:
        """The verdict on a claim, if the premises ``given`` hold.

        ``same`` are the moments that have to be the same for all their indices.
        """
        place = self.place(claim)
        judge = self.at(place)
        if judge is not self:
            found = judge.judge(place.claim, same, given)
            return replace(found, least=(*place.least, *found.least))
        claim = place.claim
        found = self._by_premises(claim, given) if given else self._judged(claim)
        if found.verdict != "holds":
            return found
        uses = set(found.uses)
        for s in dict.fromkeys(same):
            alike_for_all = self.decide(self.place(s).claim)
            if alike_for_all.verdict != "holds":
                fact = Candidate.same(alike_for_all.statement, self.model)
                return Judgement("needs", claim, alike_for_all, needs=(fact,))
            uses |= set(alike_for_all.uses)
        return replace(found, uses=self.in_order(uses))

    def place(self, claim: Statement) -> Place:
        """Where everything in a claim exists."""
        if claim not in self._places:
            self._places[claim] = existing(claim, self._known)
        return self._places[claim]

    def where(self, claim: Statement) -> tuple[Statement, Scope]:
        """A claim where everything in it exists, and its place."""
        place = self.place(claim)
        return place.claim, self.at(place).scope(place.claim)

    def at(self, place: Place) -> Judge:
        """The judge for what exists only where sizes are larger."""
        if not place.least:
            return self
        return self._raised.setdefault(place.least, Judge(place.model, self))

    def _judged(self, claim: Statement) -> Judgement:
        if claim not in self._judgements:
            self._judgements[claim] = self._first_judged(claim)
        return self._judgements[claim]

    def _first_judged(self, claim: Statement) -> Judgement:
        first = self.decide(claim)
        if first.verdict == "holds":
            return Judgement("holds", claim, first, (first.by,), first.uses, judge=self)
        if first.nowhere:
            return Judgement("undecided", claim, first)
        needed = self._needed(claim, first)
        if needed:
            return Judgement("needs", claim, first, needs=needed)
        return Judgement(first.verdict, claim, first, judge=self)

    def _by_premises(self, claim: Statement, given: Sequence[Statement]) -> Judgement:
        """What follows from the premises: as products, or as further declarations."""
        premises = self.premises(given)
        if impossible(premises, self._sizes) is not None:
            return Judgement(
                "undecided", claim, Equality(claim, self.model, "undecided", why=NEVER)
            )
        shown = self.follows_from(claim, premises)
        if shown is not None:
            return Judgement("holds", claim, shown, (shown.by,), shown.uses)
        against = self.against(claim, given)
        if against is not None and against.ratio is not None and self._of_sizes(against.ratio):
            return Judgement("fails", claim, against)
        found = Judge(with_premises(self.model, given))._judged(claim)
        if against is not None and found.verdict == "undecided":
            return Judgement("fails", claim, against)
        if found.verdict == "fails" and not self._met(found.equality, given, premises):
            return Judgement(
                "undecided",
                claim,
                replace(found.equality, verdict="undecided", example=None, why=UNMET),
            )
        return found

    def _met(
        self, found: Equality, given: Sequence[Statement], premises: Sequence[Premise]
    ) -> bool:
        """Whether the premises hold for the numbers against a claim, or for some beside them."""
        if found.example is not None and fits(found.example, given):
            return True
        rest = [p for p in premises if not of_sizes(p.statement, self.model)]
        return not rest or (len(rest) == 1 and open_to(rest[0]))

    def premises(self, given: Sequence[Statement]) -> list[Premise]:
        """What is supposed, at its place."""
        return [Premise(s, self.scope(s)) for s in given]

    def scope(self, s: Statement) -> Scope:
        """The place of a statement, with what was derived of the quantities in it.

        Statements with the same indices and the same lemmas share it, and what was worked out.
        """
        lemmas = self.lemmas((s.left, s.right))
        key = s.ranges, tuple(map(id, lemmas))
        if key not in self._scopes:
            self._scopes[key] = Scope(self.model, s.ranges, lemmas)
        return self._scopes[key]

    def against(self, claim: Statement, given: Sequence[Statement]) -> Equality | None:
        """Numbers against what becomes of the claim when what one premise says is put in."""
        if len(given) != 1:
            return None
        scope = self.scope(claim)
        premise = Premise(given[0], Scope(self.model, given[0].ranges))
        for left, right in put_in(claim, scope, premise):
            found = self.decide(replace(claim, left=left, right=right))
            if found.verdict == "fails":
                return found
        return None

    def follows_from(self, claim: Statement, given: Sequence[Premise]) -> Equality | None:
        """The claim as a consequence of premises, and of what is declared of sizes."""
        uses = follows(claim, self.scope(claim), [*given, *self._sizes])
        if uses is None:
            return None
        named = self.in_order(set(uses))
        return Equality(claim, self.model, "holds", "telescoping products", named)

    @cached_property
    def _sizes(self) -> list[Premise]:
        """What is declared of sizes alone."""
        return [
            Premise(fact, Scope(self.model, fact.ranges), frozenset({a.name}))
            for a in self.model.assumptions
            for fact in a.facts
            if isinstance(fact, Statement) and of_sizes(fact, self.model)
        ]

    def in_order(self, uses: set[str]) -> tuple[str, ...]:
        """Names of assumptions in the order of the model."""
        return tuple(a.name for a in self.model.assumptions if a.name in uses)

    # -- shown as declared

    def decide(self, claim: Statement, refute: bool = True) -> Equality:
        """Whether a claim is shown, refuted by numbers (if ``refute``), or neither."""
        if claim not in self._attempts:
            self._attempts[claim] = self._attempt(claim)
        attempt, scope = self._attempts[claim]
        if not refute or scope is None:
            return attempt.found
        if claim not in self._found:
            self._found[claim] = refuted(attempt, scope)
        return self._found[claim]

    def _attempt(self, claim: Statement) -> tuple[Attempt, Scope | None]:
        """What is shown of a claim, and where numbers against it are still to be looked for."""
        sides = (claim.left, claim.right)
        gone = missing(claim, self.model)
        if gone is not None:
            why = said(Words("{} may not exist", gone), self.model)
            found = Equality(claim, self.model, "undecided", why=why, nowhere=True)
            return Attempt(found, *sides), None
        if not any(next(occurrences(s, HEADS), None) for s in sides):
            by_outcome = self._outcome_by_outcome(claim)
            if by_outcome is not None:
                return Attempt(by_outcome, *sides), None
        scope = self.scope(claim)
        attempt = attempted(claim, scope)
        if not attempt.found and self._sizes:
            implied = self.follows_from(claim, ())
            if implied is not None:
                return Attempt(implied, *sides), None
        return attempt, scope

    def written(self, s: Statement) -> tuple[tuple[Expr, Expr], Scope]:
        """The sides with what is known of their moments, and the place.

        Where that leaves moments, of something defined for example, they are expanded first.
        """
        scope = self.scope(s)
        left, right = (rewritten(side, scope)[0] for side in (s.left, s.right))
        if left.has(*HEADS):
            left = expanded(s.left, scope)[0]
        if right.has(*HEADS):
            right = expanded(s.right, scope)[0]
        return (left, right), scope

    def lemmas(self, sides: Iterable[Expr]) -> tuple[Proved, ...]:
        """What was derived of every quantity in the terms."""
        return self._known.lemmas(sides)

    def _outcome_by_outcome(self, claim: Statement) -> Equality | None:
        """An equality between random variables: by definitions, the chain rule, and algebra."""
        scope = Scope(self.model, claim.ranges)
        keep = {
            p.by.name
            for side in (claim.left, claim.right)
            for p, _ in occurrences(side, lambda e: _of_cost(e, scope))
        }
        lefts: list[tuple[Expr, Uses]] = []
        rights: list[tuple[Expr, Uses]] = []
        ways = zip_longest(
            self._written_out(claim.left, scope, keep), self._written_out(claim.right, scope, keep)
        )
        for left, right in ways:
            lefts += [left] if left else []
            rights += [right] if right else []
            new = [(left, r) for r in rights] if left else []
            new += [(x, right) for x in lefts[: -1 if left else None]] if right else []
            for (a, used_left), (b, used_right) in new:
                with suppress(Undecided, Refused):
                    form = moments.difference(a, b, scope)
                    if form.is_zero:
                        uses = self.in_order({*form.uses, *used_left, *used_right})
                        by = "definitions" if claim.left.has(Entry) else "arithmetic"
                        return Equality(claim, self.model, "holds", by, uses)
        return None

    def _written_out(self, e: Expr, scope: Scope, keep: set[str]) -> Iterator[tuple[Expr, Uses]]:
        """The term as it is, with one definition put in, and with the chain rule applied.

        The chain rule goes one step, or to the derivatives by one of the families ``keep``.
        """
        yield e, NOTHING
        ways: list[Callable[[Line], Line]]
        ways = [partial(_to_the_family, keep=name) for name in sorted(keep)]
        ways += [_once, _defined]
        seen = {e}
        for way in ways:
            for after in (_as_it_is, apply_assumptions):
                with suppress(Refused, Undeclared):
                    line = after(way(Line(e, scope)))
                    if line.now not in seen:
                        seen.add(line.now)
                        claim = Statement(e, line.now, scope.ranges)
                        part = Part("written out", claim, Chain(tuple(line.steps)))
                        yield line.now, check_part(part, self.model, ())[0].uses

    # -- shown with one more fact

    def _needed(self, claim: Statement, first: Equality) -> tuple[Candidate, ...]:
        """The first single fact, or pair of facts, with which the claim is shown."""
        if first.example is not None and first.ratio is not None and self._of_sizes(first.ratio):
            return ()
        new = (f for f in candidates(self.model, claim) if not self._known_already(f))
        facts = list(islice(new, MOST_FACTS))
        means = [f for f in facts if f.kind == "zero mean"]
        pairs = (p for p in combinations(facts, 2) if p[0].kind != p[1].kind)
        alone = ((f,) for f in facts if f not in means)
        idle = {f for f in facts if first.example and fits(first.example, f.assumption.facts)}
        tries = _tries(first)
        for fact in means[:tries]:
            if fact not in idle and self._holds_with(claim, (fact,)):
                return (fact,)
        for part, narrowed in narrower(claim, self.model, first.remainder):
            if self._holds_for_part(narrowed):
                return (part,)
        two = islice(combinations(means, 2), tries // 2)
        more = chain(two, alone, islice(pairs, MOST_PAIRS))
        for chosen in islice(more, max(0, tries - len(means))):
            if not idle.issuperset(chosen) and self._holds_with(claim, chosen):
                return chosen
        return ()

    def _known_already(self, candidate: Candidate) -> bool:
        """Whether a fact adds nothing to what is declared."""
        return all(self._declared(fact) for fact in candidate.assumption.facts)

    def _declared(self, fact: Fact) -> bool:
        declared = [f for a in self.model.assumptions for f in a.facts]
        if isinstance(fact, Statement) and not fact.over:
            with suppress(Refused, Undeclared):
                return self.decide(fact, refute=False).verdict == "holds"
        if isinstance(fact, Independent):
            return any(isinstance(f, Independent) and {*fact.units} <= {*f.units} for f in declared)
        return fact in declared

    def _holds_for_part(self, claim: Statement) -> bool:
        """Whether a claim about some of its indices holds, and does not say 0 = 0 of them."""
        with suppress(Refused, Undeclared):
            if self.decide(claim, refute=False).verdict == "holds":
                zero = replace(claim, right=ZERO)
                return bool(claim.right == 0) or self.decide(zero, refute=False).verdict != "holds"
        return False

    def _of_sizes(self, ratio: tuple[Expr, Expr]) -> bool:
        """Whether sizes and free variances are all that differs: no fact of structure helps."""
        heads = [h for side in ratio for h, _ in occurrences(side, HEADS)]
        return all(isinstance(h, Var) and self._free(h.args[0]) for h in heads)

    def _free(self, e: Expr) -> bool:
        if isinstance(e, Partial):
            return Scope(self.model).is_top(e)
        return isinstance(e, Entry) and self.model.family(e).kind == "random"

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


def _tries(found: Equality) -> int:
    """How many facts are tried: the fewer, the more moments each has to be put into."""
    if found.why == f"more than {moments.MOST_TERMS} terms":
        return 1
    remainder = found.remainder if found.remainder is not None else found.statement.left
    return max(1, WORK // (1 + sum(1 for _ in occurrences(remainder, HEADS))))


def with_facts(model: Model, facts: Iterable[Candidate]) -> Model:
    """The model with more assumptions."""
    return replace(model, assumptions=[*model.assumptions, *(f.assumption for f in facts)])


def with_premises(model: Model, premises: Iterable[Statement]) -> Model:
    """The model with what a claim supposes."""
    more = [Assumption(f"premise {n}", (s,), "") for n, s in enumerate(premises, start=1)]
    return replace(model, assumptions=[*model.assumptions, *more])


def _as_it_is(line: Line) -> Line:
    return line


def _defined(line: Line) -> Line:
    model = line.scope.model
    names = [e.name for e in line.where(Entry)]
    defined = [n for n in names if n in model.families and model.families[n].kind == "defined"]
    return unfold(line, defined[0]) if defined else line


def _once(line: Line) -> Line:
    for old in line.where(lambda e: _of_cost(e, line.scope)):
        back_propagate(line, old)
    return line


def _to_the_family(line: Line, keep: str) -> Line:
    for old in line.where(lambda e: _of_cost(e, line.scope)):
        back_propagate(line, old, keep)
    return line


def _of_cost(e: Expr, scope: Scope) -> bool:
    return (
        isinstance(e, Partial)
        and isinstance(e.by, Entry)
        and scope.model.cost_of(e) is not None
        and not scope.is_top(e)
    )
