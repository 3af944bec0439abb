"""Laws of one random variable: their moments, and the law that has a wanted variance.

    >>> from sympy import sqrt, symbols
    >>> n, m = symbols("n m")
    >>> a = sqrt(6) / sqrt(n + m)
    >>> moments(law("uniform", -a, a))
    Moments(mean=0, variance=2/(m + n))
    >>> with_variance("uniform", 2 / (n + m)) == law("uniform", -a, a)
    True

Letters that no model gives a meaning stand for positive numbers.  Every result is the end of a
derivation that was replayed; `story` and `solved` have the derivations.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, NamedTuple

from sympy import Expr

from derive.chains.story import Story
from derive.densities import Law
from derive.distributions.laws import as_numbers, law
from derive.distributions.stories import Solved
from derive.distributions.stories import solved as _solved
from derive.distributions.stories import story as _story
from derive.kernel import replay
from derive.model import Model, Statement
from derive.substitution import put
from derive.terms import E, Range, Var, term

__all__ = ["Law", "Moments", "Solved", "law", "moments", "solved", "story", "with_variance"]


class Moments(NamedTuple):
    """Mean and variance, as exact expressions."""

    mean: Expr
    variance: Expr


def moments(made: Law, model: Model | None = None, *over: Range) -> Moments:
    """Mean and variance of a law, derived and replayed.

    ``model`` says what sizes and fixed numbers in the parameters are, ``over`` gives the ranges
    of the indices in them.  Raises Refused for parameters that are not shown to be possible.
    """
    letters = as_numbers(made.parameters, model, over)
    back = {entry: symbol for symbol, entry in letters.items()}
    mean, variance = _moments(_Asked(made.at(letters), over, _known(model), model))
    return Moments(put(mean, back), put(variance, back))


def story(made: Law, model: Model | None = None, *over: Range) -> Story:
    """The derivation of mean and variance, to be replayed and printed."""
    return _story(made.at(as_numbers(made.parameters, model, over)), model, *over)


def with_variance(
    name: str, variance: Any, model: Model | None = None, *over: Range, bound: Any = 2
) -> Law:
    """The law of mean 0 with a variance; the kernel checks it by deriving its variance.

    ``bound`` is where a truncated normal law is cut off, in deviations before that.
    """
    return solved(name, variance, model, *over, bound=bound).law


def solved(
    name: str, variance: Any, model: Model | None = None, *over: Range, bound: Any = 2
) -> Solved:
    """That law, and the derivation of its variance and back; raises Refused."""
    wanted, cut = term(variance), term(bound)
    letters = as_numbers((wanted, cut), model, over)
    back = {entry: symbol for symbol, entry in letters.items()}
    asked = Law(name, (put(wanted, letters), put(cut, letters)))
    found = _found(_Asked(asked, over, _known(model), model))
    return Solved(found.law.at(back), found.story)


class _Asked(NamedTuple):
    """What was asked of a law, or of a variance and a bound under the name of one.

    Models are told apart by what a law may depend on.
    """

    law: Law
    over: tuple[Range, ...]
    known: Hashable
    model: Model | None

    def __hash__(self) -> int:
        return hash(self[:3])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self[:3] == other[:3]


def _known(model: Model | None) -> Hashable:
    """The sizes and the fixed numbers."""
    if model is None:
        return None
    fixed = (f for f in model.families.values() if f.kind in ("size", "given"))
    return (tuple(model.sizes.items()), tuple(fixed))


@lru_cache(maxsize=1024)
def _moments(asked: _Asked) -> Moments:
    proved = replay(_story(asked.law, asked.model, *asked.over).derivation).proved
    shown = {p.claim.left: p.claim.right for p in proved if isinstance(p.claim, Statement)}
    spread = next(e for e in reversed(shown) if isinstance(e, Var))
    return Moments(shown[E(spread.args[0])], shown[spread])


@lru_cache(maxsize=256)
def _found(asked: _Asked) -> Solved:
    variance, bound = asked.law.parameters
    found = _solved(asked.law.name, variance, asked.model, *asked.over, bound=bound)
    replay(found.story.derivation)
    return found
