"""Functions that are polynomials between breaks, and their even parts. Trusted.

Glossary: a polynomial is its coefficients by degree; a break is a place where the formula may
change; a break is open where the value there is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, expand, oo

from derive.errors import Refused
from derive.terms import term

Polynomial = dict[int, Expr]
MOST_DEGREE = 64


@dataclass(frozen=True)
class Pieces:
    """What a function is: for lo < at < hi the polynomial ``formula``, for each of the pieces.

    At a break it is what both sides tend to, if that is the same, and otherwise not known; so
    it is with its derivatives, where both sides agree in all lower ones too.
    """

    function: str
    at: Symbol
    pieces: tuple[tuple[Expr, Expr, Expr], ...]


@dataclass(frozen=True)
class Piecewise:
    """A function on the line: ``between`` has one polynomial more than there are breaks."""

    breaks: tuple[Rational, ...]
    between: tuple[Polynomial, ...]
    open: frozenset[Rational]

    def at(self, value: Rational) -> Polynomial:
        """The polynomial around a place that is no break."""
        return self.between[sum(bool(b < value) for b in self.breaks)]


IDENTITY = Piecewise((), ({1: Integer(1)},), frozenset())


def piecewise(fact: Pieces, order: int) -> Piecewise:
    """A derivative of a declared function; raises Refused if the pieces are not the whole line."""
    ends = [(lo, hi) for lo, hi, _ in fact.pieces]
    covers = ends and ends[0][0] == -oo and ends[-1][1] == oo
    if not covers or any(before[1] != after[0] for before, after in pairwise(ends)):
        raise Refused("the pieces of {} do not cover the line once", fact.function)
    breaks = tuple(lo for lo, _ in ends[1:])
    ordered = all(isinstance(b, Rational) for b in breaks) and all(
        a < b for a, b in pairwise(breaks)
    )
    if not ordered:
        raise Refused("the breaks of {} are not numbers in order", fact.function)
    between = [polynomial(formula, fact.at) for _, _, formula in fact.pieces]
    jumps: set[Rational] = set()
    for n in range(order + 1):
        between = [_derivative(p) for p in between] if n else between
        jumps |= {b for b, (p, q) in zip(breaks, pairwise(between), strict=True)
                  if expand(_value(p, b) - _value(q, b)) != 0}  # fmt: skip
    return Piecewise(breaks, tuple(between), frozenset(jumps))


def even_part(of: Sequence[Piecewise]) -> tuple[Polynomial, frozenset[Rational]]:
    """``(g(x) + g(-x)) / 2`` for a product g as one polynomial, and where that was not shown.

    Raises Refused if there is not one polynomial for all x.
    """
    breaks = sorted({v for g in of for b in g.breaks for v in (b, -b)})
    inside = [(a + b) / 2 for a, b in pairwise(breaks)]
    places = [breaks[0] - 1, *inside, breaks[-1] + 1] if breaks else [Integer(0)]
    found = [_even(of, v) for v in places]
    if any(p != found[0] for p in found):
        raise Refused("the even part is not one polynomial on both sides of 0")
    return found[0], frozenset(v for g in of for b in g.open for v in (b, -b))


def _even(of: Sequence[Piecewise], value: Rational) -> Polynomial:
    here, there = ({0: Integer(1)}, {0: Integer(1)})
    for g in of:
        here, there = _times(here, g.at(value)), _times(there, _mirrored(g.at(-value)))
    half = Rational(1, 2)
    return _plain({n: half * (here.get(n, 0) + there.get(n, 0)) for n in {*here, *there}})


def polynomial(e: Expr, at: Symbol) -> Polynomial:
    """Coefficients by degree; raises Refused for what is no polynomial in ``at``."""
    if at not in e.free_symbols:
        return _plain({0: e})
    if e == at:
        return {1: Integer(1)}
    if isinstance(e, Add):
        parts = [polynomial(a, at) for a in e.args]
        return _plain({n: Add(*(p.get(n, 0) for p in parts)) for n in set().union(*parts)})
    if isinstance(e, Mul):
        found: Polynomial = {0: Integer(1)}
        for a in e.args:
            found = _times(found, polynomial(a, at))
        return found
    if isinstance(e, Pow) and e.exp.is_Integer and 0 < e.exp <= MOST_DEGREE:
        base, found = polynomial(e.base, at), {0: Integer(1)}
        for _ in range(int(e.exp)):
            found = _times(found, base)
        return found
    raise Refused("{} is no polynomial in {}", e, at)


def written(p: Polynomial, x: Expr) -> Expr:
    """The polynomial at an expression."""
    return Add(*(c * x**n for n, c in p.items()))


def _plain(p: dict[int, Expr]) -> Polynomial:
    found = {n: expand(term(c)) for n, c in p.items()}
    return {n: c for n, c in sorted(found.items()) if c != 0}


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    found: dict[int, Expr] = {}
    for n, a in p.items():
        for m, b in q.items():
            found[n + m] = found.get(n + m, Integer(0)) + a * b
    if max(found, default=0) > MOST_DEGREE:
        raise Refused("a polynomial of a degree above {}", MOST_DEGREE)
    return _plain(found)


def _derivative(p: Polynomial) -> Polynomial:
    return {n - 1: n * c for n, c in p.items() if n}


def _mirrored(p: Polynomial) -> Polynomial:
    return {n: (-1) ** n * c for n, c in p.items()}


def _value(p: Polynomial, at: Rational) -> Expr:
    return Add(*(c * at**n for n, c in p.items()))
