"""Laws with a density, and their exact moments between two ends. Not trusted.

The density is x^k exp(a x + b x²) in pieces, with numbers for coefficients.  Moments come from
integration by parts, downward in k; nothing is shared with what derives moments by the kernel.

Glossary: x the value, lo and hi ends, a piece where the density has one formula.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sympy import Add, Expr, Mul, Pow, Symbol, erf, exp, oo, pi, sqrt

from derive.counting.exact import Number, exactly, plain, sign
from derive.densities import Density
from derive.errors import Refused
from derive.terms import term

Formula = dict[tuple[Number, Number], dict[int, Number]]
MOST_DEGREE = 24


@dataclass(frozen=True)
class Piece:
    """c x^k exp(a x + b x²) for each (a, b, k, c), for lo < x < hi."""

    lo: Number
    hi: Number
    terms: tuple[tuple[Number, Number, int, Number], ...]


@dataclass(frozen=True)
class Continuous:
    """A law by its density; raises Refused unless its mass is 1."""

    pieces: tuple[Piece, ...]

    def __post_init__(self) -> None:
        if sign(exactly(self.moment(0) - 1)) != 0:
            raise Refused("a density whose mass is not 1")

    def moment(self, k: int, lo: Number = -oo, hi: Number = oo) -> Number:
        """E[X^k], of the outcomes with lo < X < hi alone."""
        return _moment(self, k, lo, hi)


def less(a: Number, b: Number) -> bool:
    """Whether a < b, where either may be infinite; raises Refused where that was not found out."""
    if a in (-oo, oo) or b in (-oo, oo):
        return a != b and (a == -oo or b == oo)
    return sign(exactly(b - a)) > 0


@cache
def _moment(law: Continuous, k: int, lo: Number, hi: Number) -> Number:
    total: Number = 0
    for piece in law.pieces:
        start = lo if less(piece.lo, lo) else piece.lo
        end = hi if less(hi, piece.hi) else piece.hi
        if less(start, end):
            total += sum(c * _part(a, b, n + k, start, end) for a, b, n, c in piece.terms)
    return plain(total)


@cache
def _part(a: Number, b: Number, k: int, lo: Number, hi: Number) -> Number:
    """∫ x^k exp(a x + b x²) dx from lo to hi."""
    if k > MOST_DEGREE:
        raise Refused(f"a moment of an order above {MOST_DEGREE}")
    if b == 0 and a == 0:
        if -oo in (lo, hi) or oo in (lo, hi):
            raise Refused("a density that is not integrable")
        return exactly((term(hi) ** (k + 1) - term(lo) ** (k + 1)) / (k + 1))
    ends = _at(a, b, k, hi) - _at(a, b, k, lo)
    if b == 0:
        return plain(ends / term(a) - (k * _part(a, b, k - 1, lo, hi) / term(a) if k else 0))
    if sign(b) > 0:
        raise Refused("a density that is not integrable")
    v = -1 / (2 * term(b))
    m = a * v
    if k == 0:
        of = [(term(x) - m) / sqrt(2 * v) if x not in (-oo, oo) else x for x in (lo, hi)]
        return plain(exp(m**2 / (2 * v)) * sqrt(2 * pi * v) * (erf(of[1]) - erf(of[0])) / 2)
    ends = _at(a, b, k - 1, hi) - _at(a, b, k - 1, lo)
    before = (k - 1) * _part(a, b, k - 2, lo, hi) if k > 1 else 0
    return plain(m * _part(a, b, k - 1, lo, hi) + v * (before - ends))


def _at(a: Number, b: Number, k: int, x: Number) -> Expr:
    """x^k exp(a x + b x²), also far out."""
    if x in (-oo, oo):
        falls = sign(b) < 0 or (b == 0 and sign(a) == (1 if x == -oo else -1))
        if not falls:
            raise Refused("a density that is not integrable")
        return term(0)
    return term(x) ** k * exp(a * term(x) + b * term(x) ** 2)


# -- reading a density


def continuous(density: Density, value: Callable[[Expr], Number]) -> Continuous:
    """A law by its density, whose letters have the values given; raises Refused."""
    return Continuous(tuple(_pieces(density, value)))


def _pieces(density: Density, value: Callable[[Expr], Number]) -> Iterable[Piece]:
    for part in density.pieces:
        lo, hi = (end if end in (-oo, oo) else value(end) for end in part.limits)
        if not less(lo, hi):
            raise Refused("a density between ends that are not in order")
        found = _Reader(part.variable, value).formula(part.body)
        terms = [(a, b, k, c) for (a, b), row in found.items() for k, c in row.items() if c != 0]
        yield Piece(lo, hi, tuple(terms))


class _Reader:
    """A term in x as polynomials times exponentials."""

    def __init__(self, x: Symbol, value: Callable[[Expr], Number]) -> None:
        self.x, self.value = x, value

    def formula(self, e: Any) -> Formula:
        if self.x not in e.free_symbols:
            return {(0, 0): {0: self.value(e)}}
        if e == self.x:
            return {(0, 0): {1: 1}}
        if isinstance(e, Add):
            return _added(self.formula(a) for a in e.args)
        if isinstance(e, Mul):
            return self._product(e.args)
        if isinstance(e, Pow) and e.exp.is_Integer and 0 < e.exp <= MOST_DEGREE:
            return self._product([e.base] * int(e.exp))
        if isinstance(e, exp):
            inner = self.formula(e.args[0])
            row = inner.get((0, 0), {})
            if len(inner) == 1 and row and max(row) <= 2:
                return {(row.get(1, 0), row.get(2, 0)): {0: exactly(exp(term(row.get(0, 0))))}}
        raise Refused(f"{e} is no density that is integrated exactly")

    def _product(self, parts: Iterable[Any]) -> Formula:
        found: Formula = {(0, 0): {0: 1}}
        for part in parts:
            found = _times(found, self.formula(part))
        return found


def _added(parts: Iterable[Formula]) -> Formula:
    found: Formula = {}
    for part in parts:
        for key, row in part.items():
            mine = found.setdefault(key, {})
            for k, c in row.items():
                mine[k] = mine.get(k, 0) + c
    return found


def _times(p: Formula, q: Formula) -> Formula:
    return _added(
        {(a + c, b + d): {m + n: s * t}}
        for (a, b), row in p.items()
        for (c, d), other in q.items()
        for m, s in row.items()
        for n, t in other.items()
    )
