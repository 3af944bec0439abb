"""Between the two sides of a claim: the whole derivation, or normal forms. Not trusted.

What was derived when the claim was judged is put together again and replayed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, islice, permutations

from sympy import Expr

from derive import moments
from derive.chains.story import CLAIM, Story
from derive.claims import Claim
from derive.distributions.stories import story
from derive.errors import Refused, Undeclared
from derive.forms import Undecided
from derive.judging.equality import agree
from derive.judging.facts import of_values
from derive.judging.judge import Judge, Judgement
from derive.judging.lawful import LawJudgement, needed
from derive.judging.rewriting import expanded, rewritten
from derive.judging.search import laws
from derive.kernel import replay
from derive.model import Distributed, Model, Statement
from derive.proofs import Cases, Chain, Derivation, Induction, Part, Proof
from derive.proving.closed import by_induction
from derive.scope import Scope
from derive.substitution import same
from derive.terms import HEADS

MOST_ORDERS = 6


@dataclass(frozen=True)
class Explanation:
    """What was derived of the quantities in a claim, and how its sides meet.

    ``derivation`` was replayed; it ends in the claim if that is ``shown`` step by step.  If not,
    ``left`` and ``right`` are the sides in normal form, and ``premises`` what is supposed, with
    what was derived put in, unless that changes nothing; the powers of what is supposed in
    ``multiplied`` make left / right.  ``results`` names the parts that the
    claim itself goes by.  Of a choice there is nothing to be said, and of a law what its moments
    are: those of ``drawn``, which has it.
    """

    derivation: Derivation | None = None
    shown: bool = False
    results: tuple[str, ...] = ()
    left: Expr | None = None
    right: Expr | None = None
    premises: tuple[Statement, ...] = ()
    multiplied: tuple[tuple[Statement, Fraction], ...] = ()
    drawn: Expr | None = None

    @property
    def story(self) -> Story | None:
        """The derivation for a reader, all of it to be written out."""
        if self.derivation is None:
            return None
        last = self.derivation.parts[-1]
        subject = last.claim.left if isinstance(last.claim, Statement) else last.claim.subject
        names = tuple(part.name for part in self.derivation.parts)
        return Story(CLAIM, "", subject, self.derivation, last.name, names)


def explained(found: Judgement, model: Model) -> Explanation:
    """The explanation of a judgement."""
    claim = found.statement
    if found.verdict == "needs" and not found.needs:
        return Explanation()
    if isinstance(found, LawJudgement):
        return _of_a_law(found, model)
    judge = found.judge or Judge(model)
    sides = [side for s in (claim, *found.given) for side in (s.left, s.right)]
    books: list[tuple[Part, ...]] = []
    if not of_values(claim, judge.model):
        with suppress(Refused, Undeclared):
            books = judge.books(sides)
    if found.by == ("induction",):
        induction = by_induction(claim, judge.scope(claim))
        parts = induction.parts if induction else ()
        for own in ((), *_orders(books)):
            whole = _replayed((*own, *parts), judge.model)
            if whole is not None and parts:
                return Explanation(whole, True, tuple(part.name for part in parts))
    if found.derivation is not None:
        cited = _cited(found.derivation)
        whole = _whole(found.derivation, cited, books, judge.model)
        if whole is not None:
            return Explanation(whole, True, cited)
    scope = judge.scope(claim)
    forms: tuple[Expr | None, Expr | None] = _where_they_meet(claim, scope)
    if forms == (claim.left, claim.right):
        forms = None, None
    results = tuple(p.name for p in judge.lemmas(sides) if _of_moments(p.claim))
    few = _up_to(results, books)
    supposed = ((s, _supposed(s, judge.scope(s))) for s in found.given)
    premises = tuple(after for before, after in supposed if after != before)
    whole = next(filter(None, (_replayed(parts, judge.model) for parts in _orders(few))), None)
    return Explanation(whole, False, results, *forms, premises, found.equality.premises)


def _of_moments(claim: Claim) -> bool:
    return isinstance(claim, Statement) and claim.left.has(*HEADS)


def _of_a_law(found: LawJudgement, model: Model) -> Explanation:
    """Where the mean and the variance of a law come from."""
    if not isinstance(found.fact, Distributed):
        return Explanation()
    law, over = found.fact.law, found.fact.ranges
    spoken = set().union(*(p.free_symbols for p in law.parameters))
    told = story(law, model, *needed(over, spoken))
    return Explanation(told.derivation, False, told.results, drawn=told.subject.args[0])


def _cited(last: Part) -> tuple[str, ...]:
    """What the steps cite of laws and results."""
    return tuple(dict.fromkeys(_names(last.proof)))


def _whole(
    last: Part, cited: Sequence[str], books: Sequence[tuple[Part, ...]], model: Model
) -> Derivation | None:
    """The steps between the sides behind the laws and results that they cite."""
    general = {law.name: law for law in laws(model) if law.name in cited}
    for parts in (*_orders(_up_to(cited, books)), *_orders(books)):
        own = [part for part in parts if part.name not in general]
        found = _replayed((*general.values(), *own, last), model)
        if found is not None:
            return found
    return None


def _up_to(names: Sequence[str], books: Sequence[tuple[Part, ...]]) -> list[tuple[Part, ...]]:
    """Of each quantity the parts up to the last one of these names."""
    ends = [max((n for n, p in enumerate(b, start=1) if p.name in names), default=0) for b in books]
    return [book[:end] for book, end in zip(books, ends, strict=True)]


def _orders(books: Sequence[tuple[Part, ...]]) -> Iterator[tuple[Part, ...]]:
    """All parts, each once, whichever quantity comes first: what one says may hide another."""
    for order in islice(permutations(books), MOST_ORDERS):
        found: dict[str, Part] = {}
        for part in chain.from_iterable(order):
            found.setdefault(part.name, part)
        yield tuple(found.values())


def _replayed(parts: Sequence[Part], model: Model) -> Derivation | None:
    """A derivation of these parts, or of those that are cited, if it is right."""
    for few in (_cited_only(parts), tuple(parts)) if parts else ():
        with suppress(Refused, Undeclared):
            found = Derivation(model, few)
            replay(found, model)
            return found
    return None


def _cited_only(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts without the laws that no later one cites."""
    kept: list[Part] = []
    cited = set[str]()
    for part in reversed(parts):
        law = isinstance(part.claim, Statement) and part.claim.over
        if not law or part.name in cited:
            kept.append(part)
            cited |= set(_names(part.proof))
    return tuple(reversed(kept))


def _names(proof: Proof) -> Iterator[str]:
    """What a proof cites of laws and results."""
    if isinstance(proof, Chain):
        yield from (str(s.args[0]) for s in (*proof.steps, *proof.right) if s.rule == "lemma")
    elif isinstance(proof, Cases):
        yield from (*_names(proof.there), *_names(proof.elsewhere))
    elif isinstance(proof, Induction):
        yield from (*_names(proof.base), *_names(proof.step))


def _where_they_meet(claim: Statement, scope: Scope) -> tuple[Expr, Expr]:
    """The sides in the first form in which they are one, if there is any."""
    pairs = [(way(claim.left, scope), way(claim.right, scope)) for way in (_known, _free, _both)]
    met = (pair for pair in pairs if same(*pair) or agree(*pair, scope))
    return next(met, pairs[0])


def _supposed(s: Statement, scope: Scope) -> Statement:
    return replace(s, left=_known(s.left, scope), right=_known(s.right, scope))


def _known(side: Expr, scope: Scope) -> Expr:
    """A side with what is known of its moments put in, or expanded to moments that are free."""
    after, _ = rewritten(side, scope)
    return after if after != side else _free(side, scope)


def _free(side: Expr, scope: Scope) -> Expr:
    """A side expanded to moments that are free, where that can be."""
    with suppress(Undecided, Refused):
        return moments.normal(side, scope).expression()
    return side


def _both(side: Expr, scope: Scope) -> Expr:
    """A side expanded, and what is known of its moments put in."""
    return expanded(side, scope)[0]
