r"""The mean-field recursion ``q ← σ_w² E[f(√q z)²] + σ_b²`` with ``σ_w² = n Var[W]``, z ~ N(0, 1).

It is what the variance of a pre-activation does from layer to layer when the layers are so wide
that pre-activations are Gaussian (Poole et al. 2016; Schoenholz et al. 2017).  At a fixed point
``χ₁ = σ_w² E[f'(√q z)²]`` says what becomes of small differences, and of gradients.

    >>> from derive.activations.activation import activation
    >>> from sympy import Integer
    >>> field = MeanField(Maps(activation("relu")), Integer(2), Integer(0))
    >>> field.growth, field.every, field.chi(Integer(1)).exact
    (1, True, 1)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from mpmath import mp, mpf
from sympy import Expr, Integer, Rational

from derive.activations.maps import KNOWN, Maps, Value, exactly
from derive.activations.numeric import number
from derive.activations.properties import Properties
from derive.errors import Refused

LOWEST, HIGHEST, STEPS = -8, 3, 88
DIGITS = 20
NOISE = 1e-11
STEPS_OF_NEWTON = 4
ZERO = Integer(0)
ORDERED, CRITICAL, CHAOTIC = "ordered", "critical", "chaotic"


@dataclass(frozen=True)
class Fixed:
    """A fixed point, the slope of the q-map there, and χ₁ (None where f' is of no use)."""

    q: Value
    slope: Value
    chi: Value | None

    @property
    def attracting(self) -> bool | None:
        return _below_one(self.slope)

    @property
    def phase(self) -> str:
        if self.chi is None:
            return ""
        below = _below_one(self.chi)
        return CRITICAL if below is None else ORDERED if below else CHAOTIC


def _below_one(v: Value) -> bool | None:
    """Whether it is less than 1; None if it is 1 as far as is known."""
    return None if abs(v.value - 1) <= v.error + mpf(10) ** -12 else bool(v.value < 1)


class MeanField:
    """``weight`` is σ_w² = n Var[W], ``bias`` σ_b²; raises Refused where a mean does not exist."""

    def __init__(self, maps: Maps, weight: Expr, bias: Expr) -> None:
        self.maps = maps
        self.weight = weight
        self.bias = bias
        self.properties = Properties(maps.of)

    def step(self, q: Expr) -> Value:
        """One layer on."""
        moment = self.maps.at("f^2", q, DIGITS)
        return self._scaled(moment, self.bias)

    def chi(self, q: Expr) -> Value:
        """σ_w² E[f'(√q z)²]"""
        return self._scaled(self.maps.at("f'^2", q, DIGITS), ZERO)

    def slope(self, q: Expr) -> Value:
        """The derivative of the q-map: σ_w² (E[s² f²]/q - E[f²])/(2q)"""
        second, fourth = (self.maps.at(w, q, DIGITS) for w in ("f^2", "s^2 f^2"))
        with mp.workdps(KNOWN + 10):
            w, at = number(self.weight), number(q)
            value = w * (fourth.value / at - second.value) / (2 * at)
            error = w * (fourth.error / at + second.error) / (2 * at)
        if second.exact is not None and fourth.exact is not None:
            return exactly(self.weight * (fourth.exact / q - second.exact) / (2 * q))
        return Value(value, error)

    def _scaled(self, moment: Value, plus: Expr) -> Value:
        if moment.exact is not None:
            return exactly(self.weight * moment.exact + plus, moment.how)
        with mp.workdps(KNOWN + 10):
            w = number(self.weight)
            value, error = w * moment.value + number(plus), w * moment.error
        return Value(value, error, None, moment.how, moment.reached)

    # -- functions with f(c s) = c f(s): the map is a straight line

    @cached_property
    def growth(self) -> Expr | None:
        """r if the map is ``q ← r q + σ_b²`` exactly."""
        if self.properties.degree != 1:
            return None
        return self.weight * self.maps.at("f^2", Integer(1)).exact

    @property
    def every(self) -> bool:
        """Whether every q is a fixed point."""
        return bool(self.growth == 1 and self.bias == 0)

    # -- fixed points

    @cached_property
    def fixed(self) -> tuple[Fixed, ...]:
        """All that are found, from below; for a general f between 10^-8 and 10^3."""
        found = [self.at_zero] if self.at_zero else []
        if self.growth is None:
            return (*found, *(self._fixed(q) for q in self._roots(self._quick_gap, self._gap)))
        if self.growth < 1 and self.bias != 0:
            found.append(self._fixed(exactly(self.bias / (1 - self.growth))))
        return tuple(found)

    @cached_property
    def at_zero(self) -> Fixed | None:
        """q = 0, if it is one: without biases, and with f(0) = 0."""
        if self.bias != 0 or self.properties.value != 0:
            return None
        left, right = self.properties.at_zero(1)
        slope = exactly(self.weight * (left**2 + right**2) / 2)
        return Fixed(exactly(ZERO), slope, slope)

    def _fixed(self, q: Value) -> Fixed:
        at = _rational(q)
        slope, chi = self.slope(at), None
        try:
            chi = self._carried(self.chi(at), q, "f'^2")
        except Refused:
            chi = None
        return Fixed(q, slope, chi)

    def _carried(self, v: Value, q: Value, which: str) -> Value:
        """With what the error of q adds."""
        if q.error == 0:
            return v
        here, there = float(q.value), float(q.value) * (1 + 1e-4)
        rate = (self.maps.quick(which, there) - self.maps.quick(which, here)) / (there - here)
        added = 10 * abs(rate) * float(self.weight) * q.error
        return Value(v.value, v.error + added, None, v.how, v.reached)

    def _quick_gap(self, q: float) -> float:
        return float(self.weight) * self.maps.quick("f^2", q) + float(self.bias) - q

    def _gap(self, q: Expr) -> tuple[Value, float]:
        there = _sure(self.step(q), q)
        return Value(there.value - number(q), there.error, None if there.exact is None
                     else there.exact - q), float(self.slope(q).value) - 1  # fmt: skip

    def _roots(
        self, quick: Callable[[float], float], gap: Callable[[Expr], tuple[Value, float]]
    ) -> Iterator[Value]:
        """Where a function of q changes sign: looked for on a grid, then by Newton's steps."""
        span = HIGHEST - LOWEST
        grid = [10 ** (LOWEST + span * k / STEPS) for k in range(STEPS + 1)]
        signed = [(q, y) for q in grid if math.isfinite(y := quick(q)) and abs(y) > NOISE * q]
        for (a, ya), (b, yb) in pairwise(signed):
            if ya * yb < 0:
                yield from _polished(_bisected(quick, a, b), gap)

    # -- the critical line

    @cached_property
    def critical(self) -> tuple[tuple[Value, Value], ...]:
        """Pairs (σ_w², q) with χ₁ = 1 at a fixed point, for these biases."""
        if self.growth is not None:
            slope = self.maps.at("f'^2", Integer(1))
            return ((_inverse(slope), exactly(ZERO)),) if self.bias == 0 else ()
        found = []
        if self.at_zero and self.at_zero.slope.value > 0:
            per_weight = self.at_zero.slope.exact / self.weight
            found.append((exactly(1 / per_weight), exactly(ZERO)))
        for q in self._roots(self._quick_balance, self._balance):
            slope = self.maps.at("f'^2", _rational(q), DIGITS)
            found.append((_inverse(slope), q))
        return tuple(found)

    def _quick_balance(self, q: float) -> float:
        """χ₁ = 1 and the fixed point at once: E[f²]/E[f'²] + σ_b² - q."""
        slope = self.maps.quick("f'^2", q)
        return self.maps.quick("f^2", q) / slope + float(self.bias) - q if slope else math.nan

    def _balance(self, q: Expr) -> tuple[Value, float]:
        square, slope = (_sure(self.maps.at(w, q, DIGITS), q) for w in ("f^2", "f'^2"))
        with mp.workdps(KNOWN + 10):
            value = square.value / slope.value + number(self.bias) - number(q)
            error = square.error / slope.value + abs(square.value) * slope.error / slope.value**2
        exact = None
        if square.exact is not None and slope.exact is not None:
            exact = square.exact / slope.exact + self.bias - q
        here, there = float(q), float(q) * (1 + 1e-5)
        rate = (self._quick_balance(there) - self._quick_balance(here)) / (there - here)
        return Value(value, error, exact), rate


def _sure(v: Value, q: Expr) -> Value:
    if not v.reached:
        raise Refused(
            "the quadrature misses its tolerance at q = {}: no fixed point is decided there",
            f"{float(q):.4g}",
        )
    return v


def _inverse(v: Value) -> Value:
    return v.map(lambda x: 1 / x, lambda e: 1 / e)


def _bisected(f: Callable[[float], float], a: float, b: float) -> float:
    ya = f(a)
    for _ in range(60):
        middle = math.sqrt(a * b)
        y = f(middle)
        if y == 0:
            return middle
        a, b, ya = (middle, b, y) if (y > 0) == (ya > 0) else (a, middle, ya)
    return math.sqrt(a * b)


def _polished(start: float, gap: Callable[[Expr], tuple[Value, float]]) -> Iterator[Value]:
    """Newton's steps from a float; the last gap over the slope says what is known."""
    simple = Fraction(start).limit_denominator(100)
    if abs(float(simple) / start - 1) < 1e-9:
        q = Rational(simple.numerator, simple.denominator)
        exact = gap(q)[0].exact
        if exact is not None and exactly(exact).exact == 0:
            yield exactly(q)
            return
    with mp.workdps(KNOWN + 10):
        q = Rational(Fraction(start))
        for _ in range(STEPS_OF_NEWTON):
            y, slope = gap(q)
            if not slope:
                return
            step = y.value / mpf(slope)
            q = _rational(Value(number(q) - step, mpf(0)))
            if abs(step) < mpf(10) ** -(DIGITS - 2) * number(q):
                break
        y, slope = gap(q)
        if slope:
            error = 2 * (abs(y.value) + y.error) / abs(mpf(slope)) + number(q) * mpf(10) ** -25
            yield Value(number(q), error)


def _rational(v: Value) -> Expr:
    if v.exact is not None:
        return v.exact
    return Rational(Fraction(mp.nstr(v.value, 26)))
