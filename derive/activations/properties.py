"""What follows from the formula of an activation function. Not trusted to find it.

Each property is shown by algebra, refuted by numbers, or said not to be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mpmath import mp, mpf
from sympy import (
    Dummy,
    Expr,
    Integer,
    Pow,
    Rational,
    apart,
    factor,
    factorial,
    nan,
    oo,
    together,
    zoo,
)

from derive.activations.activation import Activation
from derive.activations.algebra import Powers, exponential, shown_zero
from derive.activations.bounds import Interval, interval
from derive.activations.numeric import number
from derive.activations.pieces import Piece, between
from derive.activations.reading import VARIABLE
from derive.activations.symmetry import even, formula_at, mirrored, odd
from derive.errors import Refused

YES, NO, OPEN = "yes", "no", "not shown"
TRIED = tuple(Rational(n, 4) for n in (-21, -13, -7, -5, -3, -1, 1, 3, 5, 7, 13, 21))
ORDER = 3
LONG = 60
SMALL = mpf(10) ** -25


@dataclass(frozen=True)
class Finding:
    """``verdict`` is yes, no or not shown; ``at`` are numbers that refute it."""

    verdict: str
    at: tuple[Expr, ...] = ()
    value: Expr | None = None


@dataclass(frozen=True)
class Break:
    """A place where f jumps or has a corner: the values and slopes on both sides."""

    at: Expr
    values: tuple[Expr, Expr]
    slopes: tuple[Expr, Expr]

    @property
    def jumps(self) -> bool:
        return not _same(*self.values)


class Properties:
    """Of one function; raises Refused where it is not shown to have a value everywhere."""

    def __init__(self, of: Activation) -> None:
        self.of = of
        self.pieces = of.branches
        for p in self.pieces:
            interval(p.formula, p.lo, p.hi)

    # -- at 0

    @cached_property
    def breaks(self) -> tuple[Break, ...]:
        """Where f is not differentiable, from left to right."""
        found = []
        for before, after in zip(self.pieces, self.pieces[1:], strict=False):
            here = {VARIABLE: after.lo}
            values, slopes = (
                (a.xreplace(here), b.xreplace(here))
                for a, b in ((before.formula, after.formula), (_slope(before), _slope(after)))
            )
            if not (_same(*values) and _same(*slopes)):
                found.append(Break(after.lo, values, slopes))
        return tuple(found)

    def at_zero(self, order: int) -> tuple[Expr, Expr]:
        """The derivative of this order at 0 from the left and from the right."""
        left = next(p for p in self.pieces if p.lo < 0 <= p.hi)
        right = next(p for p in self.pieces if p.lo <= 0 < p.hi)
        at = {VARIABLE: Integer(0)}
        before, after = (p.formula.diff(VARIABLE, order).xreplace(at) for p in (left, right))
        return before, after

    @cached_property
    def value(self) -> Expr | None:
        """f(0); None where f jumps."""
        left, right = self.at_zero(0)
        return right if _same(left, right) else None

    @cached_property
    def slope(self) -> Expr | None:
        """f'(0); None where f has none."""
        left, right = self.at_zero(1)
        return right if self.value is not None and _same(left, right) else None

    @cached_property
    def taylor(self) -> tuple[Expr, ...] | None:
        """The coefficients of 1, s, s², s³ at 0, if the derivatives up to the third exist."""
        found = []
        for order in range(ORDER + 1):
            left, right = self.at_zero(order)
            if not _same(left, right) or not right.is_finite:
                return None
            found.append(right / factorial(order))
        return tuple(found)

    # -- symmetry

    @cached_property
    def odd(self) -> Finding:
        return self._symmetry(odd(self.pieces), 1)

    @cached_property
    def even(self) -> Finding:
        return self._symmetry(even(self.pieces), -1)

    @cached_property
    def odd_about_its_value(self) -> bool:
        """Whether f - f(0) is shown to be odd."""
        if self.value is None:
            return False
        twice = 2 * self.value
        return all(shown_zero(a + b - twice) for _, a, b in mirrored(self.pieces))

    def _symmetry(self, shown: bool, sign: int) -> Finding:
        """Whether f(s) + sign f(-s) is 0."""
        if shown:
            return Finding(YES)
        with mp.workdps(30):
            for lo, right, left in mirrored(self.pieces):
                here = {VARIABLE: lo + 1}
                value = right.xreplace(here) + sign * left.xreplace(here)
                if abs(number(value)) > SMALL:
                    return Finding(NO, (lo + 1,), value)
        return Finding(OPEN)

    @cached_property
    def degree(self) -> Expr | None:
        """k if f(c s) = c^k f(s) for c > 0 is shown by Euler's ``s f' = k f``, breaks at 0 only."""
        if any(p.lo not in (-oo, 0) for p in self.pieces):
            return None
        for p in self.pieces:
            if p.formula == 0:
                continue
            at = {VARIABLE: between(p.lo, p.hi) if p.lo != -oo or p.hi != oo else Integer(1)}
            below = p.formula.xreplace(at)
            if below == 0:
                return None
            k = (at[VARIABLE] * _slope(p).xreplace(at)) / below
            if not k.is_Integer:
                return None
            same = (shown_zero(VARIABLE * _slope(q) - k * q.formula) for q in self.pieces)
            return k if all(same) else None
        return None

    @cached_property
    def affine(self) -> tuple[Expr, Expr] | None:
        """(α, β) if f(s) = α s + β."""
        if len(self.pieces) != 1 or not self.pieces[0].formula.is_polynomial(VARIABLE):
            return None
        coefficients = self.pieces[0].formula.expand().as_poly(VARIABLE)
        if coefficients.degree() > 1:
            return None
        return coefficients.nth(1), coefficients.nth(0)

    # -- size

    @cached_property
    def rising(self) -> Finding:
        """Whether f never falls."""
        if any(b.jumps and number(b.values[1] - b.values[0]) < 0 for b in self.breaks):
            return Finding(NO)
        with mp.workdps(30):
            for at in TRIED:
                if any(p.lo < at < p.hi for p in self.pieces):
                    slope = formula_at(self.pieces, at).diff(VARIABLE).xreplace({VARIABLE: at})
                    if number(slope) < -(mpf(10) ** -15):
                        return Finding(NO, (at,), slope)
        if all(_not_negative(Piece(p.lo, p.hi, _slope(p))) for p in self.pieces):
            return Finding(YES)
        return Finding(OPEN)

    @cached_property
    def bounds(self) -> Interval | None:
        """Numbers that f is shown to stay between, if there are such."""
        ends: list[Any] = []
        for p in self.pieces:
            formula = apart(p.formula, VARIABLE) if p.formula.is_rational_function(VARIABLE) else (
                p.formula
            )  # fmt: skip
            try:
                ends += interval(formula, p.lo, p.hi)
            except Refused:
                return None
        lo, hi = min(ends), max(ends)
        return None if mp.isinf(lo) or mp.isinf(hi) else (lo, hi)

    @cached_property
    def unbounded(self) -> bool:
        """Whether a piece that goes on for ever is a polynomial that is no constant."""
        return any(
            (p.lo == -oo or p.hi == oo)
            and VARIABLE in p.formula.free_symbols
            and p.formula.is_polynomial(VARIABLE)
            for p in self.pieces
        )


def _slope(p: Piece) -> Expr:
    return p.formula.diff(VARIABLE)


def _same(a: Expr, b: Expr) -> bool:
    """Whether two numbers are equal: by algebra, or to 25 digits."""
    if a.has(zoo, nan, oo) or b.has(zoo, nan, oo):
        return False
    if a == b:
        return True
    with mp.workdps(30):
        return bool(abs(number(a - b)) < SMALL)


def _not_negative(p: Piece) -> bool:
    """Whether a formula is shown to be at least 0 on its piece."""
    try:
        if interval(p.formula, p.lo, p.hi)[0] >= 0:
            return True
    except Refused:
        pass
    t = Dummy("t", positive=True)
    moved = {VARIABLE: p.lo + t if p.lo != -oo else p.hi - t if p.hi != oo else VARIABLE}
    e = Powers(exponential(p.formula.xreplace(moved))).rewritten
    if e.count_ops() > LONG or not all(power.exp.is_Integer for power in e.atoms(Pow)):
        return False
    return bool(factor(together(e)).is_nonnegative)
