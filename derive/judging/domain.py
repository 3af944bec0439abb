r"""Where both sides of a relation are numbers: \frac{n-1}{n-1} = 1 for n ≠ 1. Not trusted to prove.

SymPy cancels as it builds, so the reader notes what is divided by and what stands under a root.
What is not shown to be allowed is said with the verdict; sizes are raised where that is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sympy import Add, Expr, Mul, Pow, Symbol, sqrt

from derive.counting.counterexample import NOT_COUNTED
from derive.counting.exact import sign
from derive.counting.oracle import evaluate
from derive.counting.small import Absent, value_of
from derive.counting.witness import Witness
from derive.errors import Refused, Undeclared, Words
from derive.factors import factors
from derive.independence import never_zero
from derive.judging.combining import positive
from derive.judging.equality import ZERO_BELOW
from derive.judging.existence import Place
from derive.judging.judge import Judge, Judgement
from derive.model import Model, Statement
from derive.order import ZERO
from derive.powers import Outside
from derive.read.links import Link
from derive.read.result import Asked
from derive.read.values import Mismatch
from derive.scope import Scope
from derive.subterms import names_in, occurrences
from derive.terms import HEADS, E, Entry, Range, Var

Condition = tuple[Expr, str, Expr]
NOWHERE = "no numbers against it were found for which both sides have a meaning"
NO_ROOT = "{} is negative, and no root is taken of that"


class Ask(NamedTuple):
    """A factor that was asked about, the ranges in force there, and those of sums around it."""

    sign: str
    term: Expr
    ranges: tuple[Range, ...]
    under: tuple[Range, ...]


@dataclass(frozen=True)
class Domain:
    """A judge for sizes that are large enough, and what else is asked for.

    ``open`` is what numbers do not see to by themselves, as they do to variances that are not 0;
    ``never`` says why a side is no number, if that is so.
    """

    judge: Judge
    least: tuple[tuple[Symbol, int], ...] = ()
    where: tuple[Condition, ...] = ()
    open: tuple[tuple[Expr, str], ...] = ()
    never: Words | None = None

    def said(self, found: Judgement) -> Judgement:
        """A verdict with what it takes; numbers for which a side has no meaning refute nothing."""
        found = replace(found, least=(*self.least, *found.least), where=self.where)
        example = found.equality.example
        if found.verdict == "fails" and example is not None and not self._has(example):
            none = replace(found.equality, verdict="undecided", example=None, why=NOWHERE)
            return replace(found, verdict="undecided", equality=none)
        return found

    def _has(self, example: Witness) -> bool:
        """Whether both sides exist for the numbers against a claim, in every outcome."""
        at: Any = {**example.at, **example.moments}
        instance = example.instance
        with suppress(Absent, *NOT_COUNTED):
            for e, asked in self.open:
                if instance and Scope(instance.model).is_random(e):
                    evaluate(E(sqrt(e) if asked == "≥" else 1 / e), instance, at)
                    continue
                found = sign(evaluate(e, instance, at) if instance else value_of(e, at))
                if found < 0 if asked == "≥" else found == 0:
                    return False
            return True
        return False


def domain(link: Link, s: Statement, judge: Judge) -> Domain:
    """Where the sides of a relation have a meaning, and what is defined in them."""
    written = (*link.left.asks, *link.right.asks)
    defined = tuple(_defined(s, judge.model))
    if not written and not defined:
        return Domain(judge)
    place = judge.place(s)
    asked = [Ask(one.sign, e, (*place.claim.ranges, *_known(one.under)), one.under)
             for one in written for e in _parts(one)]  # fmt: skip
    asked += [Ask(one.sign, e, one.under, one.under) for one in defined for e in _parts(one)]
    open_ = [a for a in asked if not _shown(a, place, judge)]
    sizes = {x: n + 1 for a in open_ for x, n in place.model.sizes.items()
             if a.sign == "≠" and isinstance(x, Symbol) and a.term in (x - n, n - x)}  # fmt: skip
    if sizes:
        raised = replace(judge.model, sizes={**judge.model.sizes, **sizes})
        judge = judge.at(Place(place.claim, raised, tuple(sizes.items())))
        open_ = [a for a in open_ if not _shown(a, place, judge)]
    for a in open_:
        if a.sign == "≥" and positive(-a.term, Scope(judge.model, a.ranges)):
            return Domain(judge, never=Words(NO_ROOT, a.term))
        bound = {r.index for r in a.under} & a.term.free_symbols
        if a.sign == "≠" and _is_zero(a.term, place, judge):
            return Domain(judge, never=Words(ZERO_BELOW, a.term, "is"))
        if a.sign == "≠" and bound and not a.term.has(Entry, *HEADS):
            return Domain(judge, never=Words(ZERO_BELOW, a.term, "may be"))
    where = dict.fromkeys(_condition(a.term, a.sign) for a in open_)
    unsure = [(a.term, a.sign) for a in open_ if not _positive(a, place, judge)]
    return Domain(judge, tuple(sizes.items()), tuple(where), tuple(unsure))


def _defined(s: Statement, model: Model) -> Iterator[Asked]:
    """The denominators that stand in the definitions of what a claim is about."""
    names = {*names_in(s.left, s.right)}
    todo = list(model.definitions)
    while ready := [d for d in todo if d.statement.left.name in names]:
        todo = [d for d in todo if d not in ready]
        for d in ready:
            right = d.statement.right
            names |= names_in(right)
            for p, above in occurrences(right, Pow):
                if p.exp.is_Rational and p.exp.is_negative:
                    yield Asked("≠", p.base, (*d.statement.ranges, *above))


def _known(under: tuple[Range, ...]) -> tuple[Range, ...]:
    """The ranges of the sums around a term, if all of them are known."""
    return under if all(r.lo is not None and r.hi is not None for r in under) else ()


def _parts(one: Asked) -> list[Expr]:
    """The factors of a denominator; what stands under a root as it is."""
    if one.term.is_number and one.term.is_positive:
        return []
    if one.sign == "≥":
        return [one.term]
    parts = list(Mul.make_args(one.term))
    with suppress(Outside):
        parts = [e for e, power in factors(one.term) if power > 0 and not e.is_Number]
    return [e.as_base_exp()[0] for e in parts]


def _shown(a: Ask, place: Place, judge: Judge) -> bool:
    """Whether a term is shown to be as it is asked, perhaps by what is known of its moments."""
    scope = Scope(judge.model, a.ranges)
    if _met(a.term, a.sign, scope):
        return True
    return a.term.has(*HEADS) and _met(_value(a.term, place, judge), a.sign, scope)


def _positive(a: Ask, place: Place, judge: Judge) -> bool:
    """Whether a term is positive once the variances in it are."""
    scope = Scope(judge.model, a.ranges)
    return any(positive(e, scope) for e in (a.term, _value(a.term, place, judge)))


def _value(e: Expr, place: Place, judge: Judge) -> Expr:
    """A term with what is known of its moments."""
    with suppress(Refused, Undeclared, Outside, Mismatch):
        return judge.written(Statement(e, ZERO, place.claim.ranges))[0][0]
    return e


def _met(e: Expr, sign: str, scope: Scope) -> bool:
    """Whether it is so whatever the laws are: a variance may be 0."""
    more, less = _moved(e)
    if sign == "≠":
        if not e.has(*HEADS) and (positive(e, scope) or positive(-e, scope)):
            return True
        if _above_0(e, scope) or scope.order.differ(more, less):
            return True
        return scope.is_random(e) and never_zero(e, scope) is not None
    if positive(e, scope):
        return True
    if isinstance(e, (Add, Mul)) and all(_met(a, sign, scope) for a in e.args):
        return True
    square = isinstance(e, Var) or (isinstance(e, E) and _even(e.args[0])) or _even(e)
    return square or scope.order.leq(less, more)


def _above_0(e: Expr, scope: Scope) -> bool:
    """Whether one term of a sum of moments is positive, and no other one is negative."""
    least = [a for a in Add.make_args(e) if not a.has(*HEADS) and positive(a, scope)]
    return bool(least) and _met(e - least[0], "≥", scope)


def _even(e: Expr) -> bool:
    return e.is_Pow and bool(e.exp.is_even)


def _moved(e: Expr) -> tuple[Expr, Expr]:
    """The terms of a sum that are added, and those that are taken away."""
    terms = Add.make_args(e)
    less = [t for t in terms if t.as_coeff_Mul()[0].is_negative]
    return Add(*(t for t in terms if t not in less)), -Add(*less)


def _condition(e: Expr, sign: str) -> Condition:
    more, less = _moved(e)
    return (more, sign, less) if more != 0 or sign == "≥" else (less, sign, more)


def _is_zero(e: Expr, place: Place, judge: Judge) -> bool:
    """Whether what is divided by is 0 under what is declared."""
    with suppress(Refused, Undeclared, Outside):
        return bool(judge.decide(Statement(e, ZERO, place.claim.ranges), refute=False))
    return False
