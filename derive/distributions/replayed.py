"""What is asked of a law, derived, replayed and kept.

A law of mean 0 with one scale has been derived for every positive scale: it is taken at the one
that is asked for, once that is shown to be positive, and shortened as a derivation shortens it.
For a wanted variance the scale is solved for, and put in: that has to give the variance.
Whatever does not come out so is derived itself, as is a law with a number as scale.

Glossary: s the scale, v the variance.
"""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from sympy import Expr, Rational

from derive.densities import Law
from derive.distributions.laws import check_parameters, numbers
from derive.distributions.stories import Solved, of_scale, scale, scaled, solved, story
from derive.errors import Refused, Undeclared
from derive.kernel import replay
from derive.meaning import check_term
from derive.model import Model, Statement
from derive.positive import positive
from derive.proving.by_law import shortened
from derive.proving.derivation import Line
from derive.rules.roots import equal, roots
from derive.scope import Scope
from derive.substitution import put
from derive.terms import E, Entry, Range, Var

ANY = Entry("s")


class Moments(NamedTuple):
    """Mean and variance, as exact expressions."""

    mean: Expr
    variance: Expr


class Asked(NamedTuple):
    """What was asked of a law, or of a variance and a bound under the name of one.

    Models are told apart by what a law may depend on.
    """

    law: Law
    over: tuple[Range, ...] = ()
    known: Hashable = None
    model: Model | None = None

    def __hash__(self) -> int:
        return hash(self[:3])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Asked) and self[:3] == other[:3]


def asked(law: Law, model: Model | None, over: tuple[Range, ...]) -> Asked:
    """A question, with the sizes and the fixed numbers of the model."""
    if model is None:
        return Asked(law, over)
    fixed = (f for f in model.families.values() if f.kind in ("size", "given"))
    return Asked(law, over, (tuple(model.sizes.items()), tuple(fixed)), model)


@lru_cache(maxsize=1024)
def moments_of(asked: Asked) -> Moments:
    """Mean and variance of a law; raises Refused for parameters not shown to be possible."""
    with suppress(Refused, Undeclared):
        return _at_scale(asked)
    return _derived(asked)


def _at_scale(asked: Asked) -> Moments:
    """What was derived for every scale, at the scale of a law; raises Refused."""
    made = asked.law
    s = scale(made)
    if s.is_Rational:
        raise Refused("{} is put in from the start, which makes shorter forms", s)
    scope = _where(asked, s)
    check_parameters(made, scope)
    general = _derived(Asked(scaled(made.name, ANY, *made.parameters[2:])))
    lines = (Line(put(e, ANY, s), scope) for e in general)
    return Moments(*(shortened(line, made).now for line in lines))


def _where(asked: Asked, number: Expr) -> Scope:
    """The place of what is asked, where a number is shown to be positive; raises Refused."""
    scope = Scope(numbers(asked.model, asked.law.parameters), asked.over)
    check_term(number, scope)
    if not positive(number, scope):
        raise Refused("{} was not shown to be positive", number)
    return scope


@lru_cache(maxsize=256)
def _derived(asked: Asked) -> Moments:
    proved = replay(story(asked.law, asked.model, *asked.over).derivation).proved
    shown = {p.claim.left: p.claim.right for p in proved if isinstance(p.claim, Statement)}
    spread = next(e for e in reversed(shown) if isinstance(e, Var))
    return Moments(shown[E(spread.args[0])], shown[spread])


@lru_cache(maxsize=256)
def law_of(asked: Asked) -> Law:
    """The law of mean 0 with the variance and the bound that are the parameters of a law."""
    with suppress(Refused):
        return _at_variance(asked)
    return solved_for(asked).law


def _at_variance(asked: Asked) -> Law:
    v, bound = asked.law.parameters
    if not bound.is_Rational:
        raise Refused("{} is no number", bound)
    scope = _where(asked, v)
    spread = _derived(Asked(scaled(asked.law.name, ANY, bound))).variance
    times, degree = of_scale(spread, ANY)
    any_number = Scope(numbers(None, (ANY,)))
    s = roots(put(roots((ANY / times) ** Rational(1, degree), any_number), ANY, v), scope)
    if not equal(put(spread, ANY, s), v, scope):
        raise Refused("{} was not shown to have the variance {}", s, v)
    return scaled(asked.law.name, s, bound)


@lru_cache(maxsize=256)
def solved_for(asked: Asked) -> Solved:
    """That law and its story, replayed; raises Refused."""
    v, bound = asked.law.parameters
    found = solved(asked.law.name, v, asked.model, *asked.over, bound=bound)
    replay(found.story.derivation)
    return found
