"""A claim that somebody wrote -> a verdict. Not trusted: replay and the normal forms decide.

    holds      shown from what is declared
    needs      not shown, but shown with one more fact of structure, which is named
    fails      numbers that the declarations allow make the two sides differ
    undecided  none of these

Before a claim is looked at, what can be derived of the quantities in it is derived: their
sources, means, that the units of a layer are alike, their product formulas.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from sympy import Expr, Symbol

from derive.claims import Proved
from derive.counting.counterexample import fits
from derive.errors import Words
from derive.judging.consequence import (
    Premise,
    Write,
    follows,
    impossible,
    of_sizes,
    open_to,
    put_in,
)
from derive.judging.equality import Attempt, Equality, attempted, refuted, said
from derive.judging.existence import Place, existing, missing
from derive.judging.facts import Candidate, of_values
from derive.judging.idle import idle
from derive.judging.jumps import jump
from derive.judging.lemmas import Known, known
from derive.judging.nearest import Edit
from derive.judging.needed import differ_in_sizes, needed_for
from derive.judging.outcomes import outcome_by_outcome
from derive.judging.repair import repairs
from derive.judging.rewriting import expanded, rewritten
from derive.judging.search import cited, short_derivation
from derive.judging.unsigned import unsigned
from derive.model import Assumption, Model, Statement
from derive.proofs import Induction, Part
from derive.scope import Scope
from derive.subterms import occurrences
from derive.terms import HEADS

NEVER = "the premise holds for no values"
UNMET = "no numbers were found for which the premise holds and the claim does not"


@dataclass(frozen=True)
class Judgement:
    """A verdict on one claim, with what it must come with.

    ``least`` says how large sizes have to be for everything in the claim to exist, ``where`` what
    else that takes, ``note`` what else is to be said of the verdict, ``read`` what was read where
    derivatives were worked out, ``given`` what is supposed.  ``judge`` said so, and knows the place
    of the claim.
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
    read: Statement | None = None
    given: tuple[Statement, ...] = ()
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
        if of_values(self.statement, self._judge.model):
            found = outcome_by_outcome(self.statement, self._judge.model)
            if found is not None:
                return found[2]
        scope = self._judge.scope(self.statement)
        layers = self.by == ("definitions, moments",)
        return short_derivation(self.statement, scope.model, scope.proved, layers=layers)

    @property
    def _judge(self) -> Judge:
        return self.judge or Judge(self.equality.model)

    @property
    def laws(self) -> tuple[str, ...]:
        """The laws, definitions and results that the short derivation goes by; () without one."""
        if self.derivation is None or self.by == ("definitions",):
            return ()
        return cited(self.derivation)

    @property
    def by_induction(self) -> set[str]:
        """The names of those results that were proved by induction."""
        books = self._judge.books((self.statement.left, self.statement.right))
        proved = {p.name for parts in books for p in parts if isinstance(p.proof, Induction)}
        return proved.intersection(self.laws)


def _shown(claim: Statement, model: Model) -> bool:
    """Whether a claim is shown in another model."""
    return Judge(model).decide(claim, refute=False).verdict == "holds"


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
        found = self._by_premises(claim, tuple(given)) if given else self._judged(claim)
        return self.alike(found, same)

    def alike(self, found: Judgement, same: Iterable[Statement]) -> Judgement:
        """A claim that holds, if the moments in it are the ``same`` for all their indices."""
        if found.verdict != "holds":
            return found
        uses = set(found.uses)
        for s in dict.fromkeys(same):
            alike_for_all = self.decide(self.place(s).claim)
            if alike_for_all.verdict != "holds":
                fact = Candidate.same(alike_for_all.statement, self.model)
                return Judgement("needs", found.statement, alike_for_all, needs=(fact,))
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
        needed = needed_for(claim, first, self)
        if needed:
            return Judgement("needs", claim, first, needs=needed)
        if first.verdict == "undecided" and not first.why:
            why = idle(claim, self.model) or jump(first.remainder, self.model)
            why = why or unsigned(claim, self.model, partial(_shown, claim))
            first = replace(first, why=said(why, self.model) if why else "")
        return Judgement(first.verdict, claim, first, judge=self)

    def _by_premises(self, claim: Statement, given: tuple[Statement, ...]) -> Judgement:
        """What follows from the premises: as products, or as further declarations."""
        premises = self.premises(given)
        if impossible(premises, self._sizes) is not None:
            return Judgement(
                "undecided", claim, Equality(claim, self.model, "undecided", why=NEVER)
            )
        shown = self.follows_from(claim, premises)
        if shown is not None:
            by = (shown.by,)
            return Judgement("holds", claim, shown, by, shown.uses, given=given, judge=self)
        against = self.against(claim, given)
        if against is not None and differ_in_sizes(against):
            return Judgement("fails", claim, against)
        found = self.supposing(given)._judged(claim)
        if found.verdict != "holds":
            shown = self.follows_from(claim, premises, expanded)
            if shown is not None:
                by = (shown.by,)
                return Judgement("holds", claim, shown, by, shown.uses, given=given, judge=self)
        if found.verdict in ("fails", "undecided"):
            needed = needed_for(claim, found.equality, _Supposing(self, claim, given))
            if needed:
                return Judgement("needs", claim, found.equality, needs=needed, given=given)
        if against is not None and found.verdict == "undecided":
            return Judgement("fails", claim, against)
        if found.verdict == "fails" and not self._met(found.equality, given, premises):
            unmet = replace(found.equality, verdict="undecided", example=None, why=UNMET)
            return Judgement("undecided", claim, unmet)
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

    def scope(self, s: Statement, *more: Expr) -> Scope:
        """The place of a statement, with what was derived of the quantities in it and in ``more``.

        Statements with the same indices and the same lemmas share it, and what was worked out.
        What is said of values, outcome by outcome, has no use for lemmas.
        """
        asked = s, more
        if asked not in self._scopes:
            lemmas = () if of_values(s, self.model) else self.lemmas((s.left, s.right, *more))
            key = s.ranges, tuple(map(id, lemmas))
            scope = self._scopes.get(key) or Scope(self.model, s.ranges, lemmas)
            self._scopes[asked] = self._scopes[key] = scope
        return self._scopes[asked]

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

    def knowing(self, facts: Iterable[Assumption]) -> Judge:
        """A judge of the model in which more is assumed."""
        more = [*self.model.assumptions, *facts]
        return Judge(replace(self.model, assumptions=more))

    def supposing(self, premises: Iterable[Statement]) -> Judge:
        """A judge of the model in which a claim's premises hold."""
        return self.knowing(
            Assumption(f"premise {n}", (s,), "") for n, s in enumerate(premises, start=1)
        )

    def follows_from(
        self, claim: Statement, given: Sequence[Premise], write: Write = rewritten
    ) -> Equality | None:
        """The claim as a consequence of premises, and of what is declared of sizes."""
        taken = follows(claim, self.scope(claim), [*given, *self._sizes], write)
        if taken is None:
            return None
        named, by = self.in_order(set(taken.uses)), "telescoping products"
        return Equality(claim, self.model, "holds", by, named, premises=taken.premises)

    def implied(self, claim: Statement, given: Sequence[Premise]) -> Equality | None:
        """The same, with moments expanded if that is what it takes."""
        found = self.follows_from(claim, given)
        return self.follows_from(claim, given, expanded) if found is None else found

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
            way = outcome_by_outcome(claim, self.model)
            if way is not None:
                uses = self.in_order(set(way[1]))
                return Attempt(Equality(claim, self.model, "holds", way[0], uses), *sides), None
        scope = self.scope(claim)
        attempt = attempted(claim, scope)
        rest = attempt.found.remainder
        if rest is not None and not attempt.found and self._known.drawn:
            more = self.scope(claim, rest)
            if more is not scope:  # laws say something of the moments that are left over
                attempt, scope = attempted(claim, more), more
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

    def books(self, sides: Iterable[Expr]) -> list[tuple[Part, ...]]:
        """The same with the proofs, for each quantity by itself."""
        return self._known.books(sides)


@dataclass(frozen=True)
class _Supposing:
    """Whether a claim follows from premises, and whatever else is shown without them."""

    judge: Judge
    claim: Statement
    given: tuple[Statement, ...]

    @property
    def model(self) -> Model:
        return self.judge.model

    def decide(self, claim: Statement, refute: bool = True) -> Equality:
        if claim == self.claim:
            shown = self.judge.implied(claim, self.judge.premises(self.given))
            return shown or self.judge.supposing(self.given).decide(claim, refute)
        return self.judge.decide(claim, refute)

    def knowing(self, facts: Iterable[Assumption]) -> _Supposing:
        return replace(self, judge=self.judge.knowing(facts))
