"""Laws of one random variable: their moments, and the law that has a wanted variance.

    >>> from sympy import sqrt, symbols
    >>> n, m = symbols("n m")
    >>> a = sqrt(6) / sqrt(n + m)
    >>> moments(law("uniform", -a, a))
    Moments(mean=0, variance=2/(m + n))
    >>> with_variance("uniform", 2 / (n + m)) == law("uniform", -a, a)
    True

Letters that no model gives a meaning stand for positive numbers.  Every result is the end of a
derivation that was replayed, or of one for every positive scale or variance at the one that was
asked for; `story` and `solved` have the derivations.
"""

from __future__ import annotations

from typing import Any

from derive.chains.story import Story
from derive.densities import Law
from derive.distributions.laws import as_numbers, law
from derive.distributions.replayed import Moments, asked, law_of, moments_of, solved_for
from derive.distributions.stories import Solved
from derive.distributions.stories import story as _story
from derive.model import Model
from derive.substitution import put
from derive.terms import Range, term

__all__ = ["Law", "Moments", "Solved", "law", "moments", "solved", "story", "with_variance"]


def moments(made: Law, model: Model | None = None, *over: Range) -> Moments:
    """Mean and variance of a law, derived and replayed.

    ``model`` says what sizes and fixed numbers in the parameters are, ``over`` gives the ranges
    of the indices in them.  Raises Refused for parameters that are not shown to be possible.
    """
    letters = as_numbers(made.parameters, model, over)
    back = {entry: symbol for symbol, entry in letters.items()}
    mean, variance = moments_of(asked(made.at(letters), model, over))
    return Moments(put(mean, back), put(variance, back))


def story(made: Law, model: Model | None = None, *over: Range) -> Story:
    """The derivation of mean and variance, to be replayed and printed."""
    return _story(made.at(as_numbers(made.parameters, model, over)), model, *over)


def with_variance(
    name: str, variance: Any, model: Model | None = None, *over: Range, bound: Any = 2
) -> Law:
    """The law of mean 0 that was shown to have a variance; raises Refused.

    ``bound`` is where a truncated normal law is cut off, in deviations before that.
    """
    wanted, back = _wanted(name, variance, bound, model, over)
    return law_of(asked(wanted, model, over)).at(back)


def solved(
    name: str, variance: Any, model: Model | None = None, *over: Range, bound: Any = 2
) -> Solved:
    """That law, and the derivation of its variance and back; raises Refused."""
    wanted, back = _wanted(name, variance, bound, model, over)
    found = solved_for(asked(wanted, model, over))
    return Solved(found.law.at(back), found.story)


def _wanted(
    name: str, variance: Any, bound: Any, model: Model | None, over: tuple[Range, ...]
) -> tuple[Law, dict[Any, Any]]:
    """Variance and bound under the name of a law, and the symbols that their letters are."""
    wanted = Law(name, (term(variance), term(bound)))
    letters = as_numbers(wanted.parameters, model, over)
    return wanted.at(letters), {entry: symbol for symbol, entry in letters.items()}
