r"""Bounds on smooth formulas: their values on an interval, and how fast they grow.

Both are found part by part, so that they may be wide, and never wrong.  Refused says which part
is not shown to have a real value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf
from sympy import (
    Expr,
    Poly,
    atan,
    cos,
    cosh,
    erf,
    exp,
    log,
    oo,
    real_roots,
    sin,
    sinh,
    tanh,
)

from derive.activations.numeric import number
from derive.activations.reading import VARIABLE
from derive.errors import Refused

Interval = tuple[Any, Any]
INF = mpf("inf")
LINE: Interval = (-INF, INF)
SLACK = mpf(2) ** -40
RISING = {exp: mp.exp, tanh: mp.tanh, erf: mp.erf, atan: mp.atan, sinh: mp.sinh}
ENDS = {exp: (0, INF), tanh: (-1, 1), erf: (-1, 1), atan: (-mp.pi / 2, mp.pi / 2), sinh: LINE}


def interval(e: Expr, lo: Expr, hi: Expr) -> Interval:
    """Numbers that a smooth formula stays between for lo < s < hi; raises Refused."""
    if not e.free_symbols:
        return _wide(number(e), number(e))
    if e == VARIABLE:
        return number(lo), number(hi)
    if e.is_polynomial(VARIABLE) and _solvable(p := Poly(e, VARIABLE)):
        return _polynomial(p, lo, hi)
    parts = [interval(a, lo, hi) for a in e.args]
    if e.is_Add:
        return _wide(sum(a for a, _ in parts), sum(b for _, b in parts))
    if e.is_Mul:
        found = parts[0]
        for part in parts[1:]:
            found = _product(found, part)
        return found
    if e.is_Pow and e.exp.is_Rational:
        return _power(e, parts[0])
    if e.is_Pow and parts[0][0] > 0:
        return interval(exp(e.exp * log(e.base)), lo, hi)
    if e.func in RISING:
        return _wide(*(_rising(e.func, x) for x in parts[0]))
    if isinstance(e, log):
        if parts[0][0] <= 0 and not e.args[0].is_positive:
            raise Refused("it is not shown that {} is positive", e.args[0])
        return _wide(*(-INF if x <= 0 else INF if x == INF else mp.log(x) for x in parts[0]))
    if isinstance(e, sin | cos):
        return mpf(-1), mpf(1)
    if isinstance(e, cosh):
        ends = [INF if mp.isinf(x) else mp.cosh(x) for x in parts[0]]
        return (mpf(1) if parts[0][0] < 0 < parts[0][1] else min(ends)), max(ends)
    raise Refused("nothing is known of the size of {}", e)


def _wide(a: Any, b: Any) -> Interval:
    """With room for rounding."""
    return a - abs(a) * SLACK if not mp.isinf(a) else a, b + abs(b) * SLACK if not mp.isinf(
        b
    ) else b


def _times(a: Any, b: Any) -> Any:
    return mpf(0) if a == 0 or b == 0 else a * b


def _product(a: Interval, b: Interval) -> Interval:
    corners = [_times(x, y) for x in a for y in b]
    return _wide(min(corners), max(corners))


def _rising(function: Any, x: Any) -> Any:
    if mp.isinf(x):
        return mpf(ENDS[function][x > 0])
    return RISING[function](x) if x < 10**6 or function is not exp else INF


def _power(e: Expr, base: Interval) -> Interval:
    p, q = e.exp.p, e.exp.q
    if q % 2 == 0 and base[0] < 0:
        raise Refused("it is not shown that {} is not negative", e.base)
    if q != 1 and q % 2 and base[0] < 0:
        raise Refused("{} is a root of what can be negative", e)
    if p < 0 and base[0] <= 0 <= base[1] and not e.base.is_nonzero:
        raise Refused("it is not shown that {} is never 0", e.base)
    if p < 0:
        if base[0] <= 0 <= base[1]:
            base = (mpf(0), base[1]) if e.base.is_positive else (base[0], mpf(0))
        base = tuple(sorted((_inverse(base[0], 1), _inverse(base[1], -1))))
    a, b = (_raised(x, abs(p), q) for x in base)
    if q == 1 and p % 2 == 0:
        return _wide(mpf(0) if base[0] < 0 < base[1] else min(a, b), max(a, b))
    return _wide(a, b)


def _inverse(x: Any, side: int) -> Any:
    return side * INF if x == 0 else mpf(0) if mp.isinf(x) else 1 / x


def _raised(x: Any, p: int, q: int) -> Any:
    if mp.isinf(x):
        return INF if x > 0 or p % 2 == 0 else -INF
    return mp.power(x, p) if q == 1 else mp.power(x, mpf(p) / q)


def _solvable(p: Poly) -> bool:
    return p.degree() <= 2 or all(c.is_Rational for c in p.all_coeffs())


def _polynomial(p: Poly, lo: Expr, hi: Expr) -> Interval:
    """From the ends and the places where the slope is 0."""
    e = p.as_expr()
    slope = p.diff()
    flat = [-slope.nth(0) / slope.nth(1)] if p.degree() == 2 else (
        [] if p.degree() < 2 else real_roots(slope)
    )  # fmt: skip
    values = [number(e.xreplace({VARIABLE: r})) for r in flat if lo < r < hi]
    for end in (lo, hi):
        infinite = end in (oo, -oo)
        sign = p.LC() * (1 if end == oo or p.degree() % 2 == 0 else -1)
        values.append((INF if sign > 0 else -INF) if infinite
                      else number(e.xreplace({VARIABLE: end})))  # fmt: skip
    return _wide(min(values), max(values))


@dataclass(frozen=True)
class Growth:
    """``|f(s)| ≤ size (1 + |s|)^degree exp(rate |s| + spread s²)``, each at least 0 but spread."""

    size: Any
    degree: Any = 0
    rate: Any = 0
    spread: Any = 0

    def plus(self, other: Growth) -> Growth:
        return Growth(
            self.size + other.size, max(self.degree, other.degree), max(self.rate, other.rate),
            max(self.spread, other.spread),
        )  # fmt: skip

    def times(self, other: Growth) -> Growth:
        return Growth(
            self.size * other.size, self.degree + other.degree, self.rate + other.rate,
            self.spread + other.spread,
        )  # fmt: skip

    def power(self, n: Any) -> Growth:
        return Growth(self.size**n, self.degree * n, self.rate * n, self.spread * n)


def growth(e: Expr, lo: Expr, hi: Expr) -> Growth:
    """How fast a smooth formula grows on a piece; raises Refused."""
    if not e.free_symbols:
        return Growth(abs(number(e)))
    if e == VARIABLE:
        return Growth(mpf(1), mpf(1))
    low, high = interval(e, lo, hi)
    if not mp.isinf(low) and not mp.isinf(high):
        return Growth(max(abs(low), abs(high)))
    if e.is_Add:
        return _fold(Growth.plus, (growth(a, lo, hi) for a in e.args))
    if e.is_Mul:
        return _fold(Growth.times, (growth(a, lo, hi) for a in e.args))
    if e.is_Pow and e.exp.is_Rational and e.exp.is_positive:
        return growth(e.base, lo, hi).power(mpf(e.exp.p) / e.exp.q)
    if isinstance(e, exp):
        return _exponential(e.args[0])
    if isinstance(e, sinh | cosh):
        both = (_exponential(sign * e.args[0]) for sign in (1, -1))
        return _fold(Growth.plus, both)
    if isinstance(e, log):
        inner = growth(e.args[0], lo, hi)
        least = abs(interval(e, lo, hi)[0])
        if mp.isinf(least):
            raise Refused("it is not shown how near {} comes to 0", e.args[0])
        most = abs(mp.log(inner.size)) + inner.degree + inner.rate + max(inner.spread, 0)
        return Growth(least + most, mpf(2 if inner.spread > 0 else 1))
    raise Refused("nothing is known of how {} grows", e)


def _fold(how: Any, parts: Iterable[Growth]) -> Growth:
    first, *rest = parts
    for part in rest:
        first = how(first, part)
    return first


def _exponential(exponent: Expr) -> Growth:
    """exp of a polynomial of degree at most 2, or of what is bounded by one."""
    exponent = exponent.expand()
    if exponent.is_polynomial(VARIABLE):
        p = Poly(exponent, VARIABLE)
        if p.degree() <= 2:
            a, b, c = (number(p.nth(n)) for n in (2, 1, 0))
            return Growth(mp.exp(c), mpf(0), abs(b), a)
    raise Refused("{} grows faster than any Gaussian falls", exp(exponent))
