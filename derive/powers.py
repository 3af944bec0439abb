"""Polynomials with integer values: the powers under which factors of a product stand. Trusted.

Glossary: p q polynomials, m n monomials, c a coefficient, k a bound index, a b the limits of
its range.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import comb

from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from derive.errors import Words
from derive.terms import Entry

Monomial = frozenset[tuple[Expr, int]]
Poly = dict[Monomial, int | Fraction]

UNIT: Monomial = frozenset()
ONE: Poly = {UNIT: 1}
HIGHEST_DEGREE = 8


class Outside(Exception):
    """The formula is outside the fragment that telescoping decides; ``reason`` says why."""

    def __init__(self, template: str, *parts: object) -> None:
        super().__init__()
        self.reason = Words(template, *parts)

    def __str__(self) -> str:
        return str(self.reason)


@lru_cache(maxsize=4096)
def exponent(e: Expr) -> Poly:
    """An exponent as a polynomial that takes integer values at integers."""
    p = _poly(e)
    if not _integral(p):
        raise Outside("the power {} is not an integer", e)
    return p


def _poly(e: Expr) -> Poly:
    if isinstance(e, Rational):
        c = int(e) if e.is_Integer else Fraction(int(e.p), int(e.q))
        return {UNIT: c} if c else {}
    if isinstance(e, (Symbol, Entry)):
        return {frozenset({(e, 1)}): 1}
    total: Poly = {}
    if isinstance(e, Add):
        for a in e.args:
            total = plus(total, _poly(a))
    elif isinstance(e, Mul):
        total = ONE
        for a in e.args:
            total = multiply(total, _poly(a))
    elif isinstance(e, Pow) and e.exp.is_Integer and 1 < e.exp <= HIGHEST_DEGREE:
        base = total = _poly(e.base)
        for _ in range(int(e.exp) - 1):
            total = multiply(total, base)
    else:
        raise Outside("the power {} is not a polynomial", e)
    return total


def plus(p: Poly, q: Poly, sign: int = 1) -> Poly:
    """``p + sign q``; nothing is kept that is 0."""
    total = dict(p)
    for m, c in q.items():
        total[m] = total.get(m, 0) + sign * c
        if not total[m]:
            del total[m]
    return total


def multiply(p: Poly, q: Poly) -> Poly:
    """``p q``; raises Outside where the degree gets too high."""
    if p == ONE or q == ONE:
        return q if p == ONE else p
    total: Poly = {}
    for m, c in p.items():
        total = plus(total, {_join(m, n): c * e for n, e in q.items()})
    return total


def _join(m: Monomial, n: Monomial) -> Monomial:
    degrees = dict(m)
    for atom, degree in n:
        degrees[atom] = degrees.get(atom, 0) + degree
    if sum(degrees.values()) > HIGHEST_DEGREE:
        raise Outside("a power is of a degree above {}", HIGHEST_DEGREE)
    return frozenset(degrees.items())


def sum_over(p: Poly, k: Symbol, a: Poly, b: Poly) -> Poly:
    """The sum of p over k = a … b; right for b >= a-1."""
    by_degree: dict[int, Poly] = {}
    for m, c in p.items():
        rest = frozenset(x for x in m if x[0] != k)
        by_degree.setdefault(dict(m).get(k, 0), {})[rest] = c
    above = plus(b, ONE)
    low_power, high_power = ONE, ONE
    sums: list[Poly] = []
    for degree in range(max(by_degree) + 1):
        # (b+1)^(degree+1) - a^(degree+1) is the sum of (k+1)^(degree+1) - k^(degree+1) over k
        low_power, high_power = multiply(low_power, a), multiply(high_power, above)
        s = plus(high_power, low_power, -1)
        for j, lower in enumerate(sums):
            s = plus(s, lower, -comb(degree + 1, j))
        sums.append({m: _divided(c, degree + 1) for m, c in s.items()})
    total: Poly = {}
    for degree, part in by_degree.items():
        total = plus(total, multiply(part, sums[degree]))
    return total


def _divided(c: int | Fraction, by: int) -> int | Fraction:
    exact = Fraction(c) / by
    return int(exact) if exact.denominator == 1 else exact


def even(p: Poly) -> bool:
    """Whether all values are even; raises Outside if some atom may not be an integer."""
    if any(not isinstance(x, Symbol) for m in p for x, _ in m):
        raise Outside("a negative number has a power whose parity is not known")
    return _integral({m: Fraction(c, 2) for m, c in p.items()})


def _integral(p: Poly) -> bool:
    """Whether a polynomial has integer values at all integers: it has them on a small grid."""
    if all(Fraction(c).denominator == 1 for c in p.values()):
        return True
    degree: dict[Expr, int] = {}
    for m in p:
        for x, n in m:
            degree[x] = max(n, degree.get(x, 0))
    grid = product(*(range(n + 1) for n in degree.values()))
    return all(_value(p, dict(zip(degree, at, strict=True))).denominator == 1 for at in grid)


def _value(p: Poly, at: dict[Expr, int]) -> Fraction:
    total = Fraction(0)
    for m, c in p.items():
        for x, n in m:
            c *= at[x] ** n
        total += c
    return total
