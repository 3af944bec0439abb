"""E[g(s)] for s ~ N(0, q) by Gauss-Legendre quadrature, with what it may be wrong by.

The line is cut where g is not smooth.  Every panel is summed by two rules of different degree;
where they differ by more than its share of the tolerance, it is halved.  Beyond both ends a
bound on g says what is left out.  What is known is the sum of the differences and of what is
left out; where that exceeds the tolerance, it is said and not hidden.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from mpmath import mp, mpf
from sympy import Expr

from derive.activations.bounds import Growth, growth, interval
from derive.activations.numeric import Function, function, number
from derive.activations.pieces import Piece
from derive.errors import Refused

GUARD = 8
HALVINGS = 200
NEAR = 20


@dataclass(frozen=True)
class Estimate:
    """A number, what it may be wrong by, and whether that is within the tolerance asked for."""

    value: Any
    error: Any
    reached: bool = True


def expectation(
    pieces: Sequence[Piece], q: Expr, of: Callable[[Expr], Expr] = lambda f: f, digits: int = 30
) -> Estimate:
    """E of a function of a piecewise function; raises Refused if it is not shown to be finite."""
    parts = finite(pieces, q, of)
    with mp.workdps(digits + GUARD):
        width = mp.sqrt(number(q))
        tolerance = mpf(10) ** -digits
        total, error, reached = mpf(0), mpf(0), True
        for p in parts:
            lo, hi, left_out = _ends(p, width, tolerance / (4 * len(parts)))
            found = _summed(p, lo, hi, width, tolerance / (2 * len(parts)), digits)
            total += found.value
            error += found.error + left_out
            reached = reached and found.reached
        error += abs(total) * mpf(10) ** -(digits + 3)
        return Estimate(+total, +error, reached)


def finite(
    pieces: Sequence[Piece], q: Expr, of: Callable[[Expr], Expr] = lambda f: f
) -> list[Piece]:
    """A function of each piece; raises Refused if its mean is not shown to be finite."""
    parts = [Piece(p.lo, p.hi, of(p.formula)) for p in pieces]
    for p in parts:
        interval(p.formula, p.lo, p.hi)
        _ends(p, mp.sqrt(number(q)), mpf(1))
    return parts


def quick(
    pieces: Sequence[Piece], of: Callable[[Expr], Expr] = lambda f: f
) -> Callable[[float], float]:
    """The same as a function of q, in floats and without a bound: for finding where to look."""
    parts = [(p, function(of(p.formula), exact=False)) for p in pieces]
    nodes = [(float(x), float(w)) for x, w in _nodes(16, 53)]

    def at(q: float) -> float:
        width = math.sqrt(q)
        return sum(
            w * half * _density(x := middle + half * t) * g(width * x)
            for p, g in parts
            for middle, half in _floats(p, width)
            for t, w in nodes
        )

    return at


def _density(x: float) -> float:
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _floats(p: Piece, width: float) -> Iterator[tuple[float, float]]:
    lo = max(-9.0, float(p.lo.evalf(20)) / width)
    hi = min(9.0, float(p.hi.evalf(20)) / width)
    if lo < hi:
        cuts = sorted({lo, hi, *(x for x in (k * 0.75 for k in range(-12, 13)) if lo < x < hi)})
        # Where the function turns near 0 and the Gaussian is much wider than that.
        cuts = sorted({*cuts, *(x for k in range(12) for x in (-(0.5**k), 0.5**k) if lo < x < hi)})
        yield from (((a + b) / 2, (b - a) / 2) for a, b in pairwise(cuts))


def _ends(p: Piece, width: Any, tolerance: Any) -> tuple[Any, Any, Any]:
    """Where to begin and end, in units of √q, and a bound on what lies beyond."""
    lo, hi = (number(end) / width for end in (p.lo, p.hi))
    if max(abs(lo), abs(hi)) <= NEAR:
        return lo, hi, mpf(0)
    far = _far(growth(p.formula, p.lo, p.hi), width, tolerance)
    left_out = tolerance * ((lo < -far) + (hi > far))
    return max(-far, min(lo, far)), min(far, max(hi, -far)), left_out


def _far(g: Growth, width: Any, tolerance: Any) -> Any:
    """x beyond which ``g(√q x)`` times the density adds up to less than the tolerance.

    The exponent h of the integrand falls from there on, at least as fast as at x: what is left
    is at most ``exp(h(x)) / -h'(x)``.
    """
    fall = mpf(1) / 2 - g.spread * width**2
    if fall <= 0:
        raise Refused(
            "the mean is not shown to be finite: exp({} s²) may be reached, and the density of s "
            "only falls like exp(-{} s²)", f"{float(g.spread):.6g}",
            f"{float(1 / (2 * width**2)):.6g}"
        )  # fmt: skip
    x = mpf(4)
    while x < 10**6:
        height = (mp.log(g.size + mpf(10) ** -60) + g.degree * mp.log(1 + width * x)
                  + g.rate * width * x - fall * x**2)  # fmt: skip
        slope = g.degree * width / (1 + width * x) + g.rate * width - 2 * fall * x
        if slope < -1 and height < mp.log(tolerance):
            return x
        x *= mpf(5) / 4
    raise Refused("it is not shown where it becomes small")


@cache
def _nodes(count: int, bits: int) -> tuple[tuple[Any, Any], ...]:
    """Nodes and weights of Gauss and Legendre on [-1, 1]."""
    found = []
    with mp.workprec(bits + 10):
        for k in range(1, count + 1):
            x = mp.cos(mp.pi * (k - mpf(1) / 4) / (count + mpf(1) / 2))
            for _ in range(60):
                value, slope = _legendre(count, x)
                step = value / slope
                x -= step
                if abs(step) < mpf(2) ** -(bits // 2 + 4):
                    break
            slope = _legendre(count, x)[1]
            found.append((+x, 2 / ((1 - x**2) * slope**2)))
    return tuple(found)


def _legendre(n: int, x: Any) -> tuple[Any, Any]:
    """P_n and its slope."""
    before, here = mpf(1), x
    for k in range(2, n + 1):
        before, here = here, ((2 * k - 1) * x * here - (k - 1) * before) / k
    return here, n * (x * here - before) / (x**2 - 1)


def _summed(p: Piece, lo: Any, hi: Any, width: Any, tolerance: Any, digits: int) -> Estimate:
    """Over one piece, panel by panel."""
    if lo >= hi:
        return Estimate(mpf(0), mpf(0))
    rules = [_nodes(n, mp.prec) for n in (digits // 2 + 6, digits // 2 + 14)]
    g = function(p.formula, exact=True)
    scale = 1 / mp.sqrt(2 * mp.pi)

    def weighted(x: Any) -> Any:
        return g(width * x) * mp.exp(-x * x / 2) * scale

    count = max(1, int(mp.ceil((hi - lo) / 2)))
    edges = [lo + (hi - lo) * k / count for k in range(count + 1)]
    waiting = list(pairwise(edges))
    total, error, reached, halvings = mpf(0), mpf(0), True, 0
    while waiting:
        a, b = waiting.pop()
        coarse, fine = (_panel(weighted, a, b, rule) for rule in rules)
        difference = abs(fine - coarse)
        if difference <= tolerance * (b - a) / (hi - lo):
            total, error = total + fine, error + difference
        elif halvings < HALVINGS and b - a > tolerance:
            halvings += 1
            middle = (a + b) / 2
            waiting += [(a, middle), (middle, b)]
        else:
            total, error, reached = total + fine, error + difference, False
    return Estimate(total, error, reached)


def _panel(g: Function, a: Any, b: Any, rule: Sequence[tuple[Any, Any]]) -> Any:
    middle, half = (a + b) / 2, (b - a) / 2
    return half * mp.fsum(w * g(middle + half * t) for t, w in rule)
