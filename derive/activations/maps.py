r"""Means of an activation function over s ~ N(0, q): exactly where that can be done.

>>> from derive.activations.activation import activation
>>> maps = Maps(activation("erf"))
>>> maps.closed("f^2")
2*asin(2*q/(2*q + 1))/pi
>>> Maps(activation("tanh")).at("f^2", Q / Q).shown(12)
'0.394294490398'
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from mpmath import mp, mpf
from sympy import Expr, Rational, Symbol, asin, erf, exp

from derive.activations.activation import Activation
from derive.activations.algebra import shown_zero
from derive.activations.gaussian import Q, mean
from derive.activations.numeric import number
from derive.activations.pieces import Piece, pieces
from derive.activations.quadrature import expectation, finite, quick
from derive.activations.reading import VARIABLE
from derive.activations.symmetry import even_part
from derive.errors import Refused

MEANS: dict[str, Callable[[Expr], Expr]] = {
    "f": lambda f: f,
    "f^2": lambda f: f**2,
    "f'": lambda f: f.diff(VARIABLE),
    "f'^2": lambda f: f.diff(VARIABLE) ** 2,
    "s^2 f^2": lambda f: VARIABLE**2 * f**2,
}
CLOSED, SYMMETRY, QUADRATURE = "closed form", "symmetry", "quadrature"
KNOWN = 30
MOST = 1_000


@dataclass(frozen=True)
class Value:
    """A number: ``exact`` as a formula if there is one, ``value`` to within ``error``."""

    value: Any
    error: Any
    exact: Expr | None = None
    how: str = QUADRATURE
    reached: bool = True

    @property
    def digits(self) -> int:
        """Significant digits that are known."""
        with mp.workdps(KNOWN + 10):
            if self.error == 0:
                return KNOWN
            if abs(self.value) <= 2 * self.error:
                return 0
            return min(KNOWN, int(mp.floor(mp.log10(abs(self.value) / (2 * self.error)))))

    def shown(self, most: int = 10) -> str:
        """In decimals, with no more digits than are known."""
        if self.value == 0 and self.error == 0:
            return "0"
        known = min(most, self.digits)
        if known < 1:
            return f"0 ± {mp.nstr(self.error + abs(self.value), 2)}"
        text = mp.nstr(self.value, known, strip_zeros=self.error == 0, min_fixed=-6, max_fixed=16)
        return str(text.removesuffix(".0") if self.error == 0 else text)

    def map(self, function: Callable[[Any], Any], formula: Callable[[Expr], Expr]) -> Value:
        """A smooth function of it; the error is carried along by its slope nearby."""
        with mp.workdps(KNOWN + 10):
            value = function(self.value)
            ends = [function(self.value + sign * self.error) for sign in (-1, 1)]
            error = max(abs(end - value) for end in ends)
            exact = None if self.exact is None else formula(self.exact)
            return Value(value, error, exact, self.how, self.reached)


class Maps:
    """`MEANS` has their names; each raises Refused where it is not shown to exist."""

    def __init__(self, of: Activation) -> None:
        self.of = of
        self._closed: dict[str, tuple[Expr, str] | None] = {}
        self._quick: dict[str, Callable[[float], float]] = {}

    @cached_property
    def general(self) -> tuple[Piece, ...]:
        """Pieces with the parameters as letters, if they do not move the ends."""
        try:
            return pieces(self.of.general if self.of.general is not None else self.of.formula)
        except (Refused, TypeError):
            return self.of.branches

    @property
    def letters(self) -> dict[Expr, Expr]:
        """The parameters and their values."""
        return {Symbol(k, real=True): v for k, v in self.of.parameters}

    @cached_property
    def jumps(self) -> tuple[Expr, ...]:
        """Where f is not continuous."""
        found = []
        with mp.workdps(KNOWN):
            for before, after in zip(self.of.branches, self.of.branches[1:], strict=False):
                here = {VARIABLE: after.lo}
                gap = before.formula.xreplace(here) - after.formula.xreplace(here)
                if abs(number(gap)) > mpf(10) ** -20:
                    found.append(after.lo)
        return tuple(found)

    def closed(self, which: str) -> Expr | None:
        """As a formula in q and the parameters, if it has one here."""
        found = self._found(which)
        return found[0] if found else None

    def _found(self, which: str) -> tuple[Expr, str] | None:
        if which not in self._closed:
            self._check(which)
            self._closed[which] = self._sought(which)
        return self._closed[which]

    def _check(self, which: str) -> None:
        if "'" in which and self.jumps:
            raise Refused(
                "f jumps at s = {}: it has no derivative there, and E[f'(s)] and E[f'(s)²] say "
                "nothing about it", self.jumps[0]
            )  # fmt: skip

    def _sought(self, which: str) -> tuple[Expr, str] | None:
        of = MEANS[which]
        try:
            return mean(self.general, of), CLOSED
        except Refused:
            parts = tuple(Piece(p.lo, p.hi, of(p.formula)) for p in self.of.branches)
            constant = even_part(parts)
            return None if constant is None else (constant, SYMMETRY)

    def at(self, which: str, q: Expr, digits: int = 20) -> Value:
        """At a variance q > 0; raises Refused where the mean is not shown to exist."""
        found = self._found(which)
        if found is None:
            estimate = expectation(self.of.branches, q, MEANS[which], digits)
            return Value(estimate.value, estimate.error, None, QUADRATURE, estimate.reached)
        if found[1] == SYMMETRY:
            finite(self.of.branches, q, MEANS[which])
        exact = found[0].xreplace(self.letters).xreplace({Q: q})
        return exactly(exact, found[1])

    def quick(self, which: str, q: float) -> float:
        """In floats, for finding where to look."""
        if which not in self._quick:
            self._check(which)
            self._quick[which] = quick(self.of.branches, MEANS[which])
        return self._quick[which](q)


def exactly(exact: Expr, how: str = CLOSED) -> Value:
    """A number that is known as a formula; algebra may show that it is a rational one."""
    with mp.workdps(KNOWN + 10):
        value = number(exact)
        if not exact.is_Rational and exact.has(erf, exp, asin):
            near = Fraction(str(mp.nstr(value, KNOWN))).limit_denominator(MOST)
            simple = Rational(near.numerator, near.denominator)
            if abs(value - number(simple)) < mpf(10) ** -KNOWN and shown_zero(exact - simple):
                exact, value = simple, number(simple)
        error = mpf(0) if exact.is_Rational else (abs(value) + mpf(10) ** -10) * mpf(10) ** -KNOWN
        return Value(value, error, exact, how)
