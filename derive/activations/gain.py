r"""What *gain* can mean for an activation function, each meaning with its value at q = 1.

>>> from derive.activations.activation import activation
>>> [g.value.exact for g in gains(activation("relu")) if g.value]
[sqrt(2), sqrt(2)*sqrt(pi)/sqrt(-1 + pi), sqrt(2), sqrt(2)]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from mpmath import mp, mpf
from sympy import Expr, Integer, Rational, sqrt, together

from derive.activations.activation import Activation
from derive.activations.algebra import shown_zero
from derive.activations.libraries import Said, libraries
from derive.activations.maps import KNOWN, Maps, Value, exactly
from derive.activations.numeric import number
from derive.activations.properties import Properties
from derive.errors import Refused

ONE = Integer(1)
SLOPE, SECOND, SPREAD, FIXED, BACKWARD = (
    "slope", "second moment", "deviation", "fixed point", "backward"
)  # fmt: skip
OTHER_Q = (Rational(1, 4), Integer(4))


@dataclass(frozen=True)
class Gain:
    """One meaning: its value, or why there is none; ``of`` names the mean that it is made of."""

    meaning: str
    value: Value | None
    why: str = ""
    of: str = ""


@dataclass(frozen=True)
class Held:
    """What a library uses, the meanings that it satisfies, and the nearest one if none."""

    said: Said
    gain: Value
    satisfies: tuple[str, ...]
    nearest: str = ""
    off: float = 0.0


class Gains:
    """All meanings for one activation function; raises Refused where its pieces are not found."""

    def __init__(self, of: Activation, digits: int = 20) -> None:
        self.of = of
        self.digits = digits
        self.maps = Maps(of)
        self.properties = Properties(of)

    @cached_property
    def all(self) -> tuple[Gain, ...]:
        return (
            self._slope(),
            self._moment(SECOND, "f^2"),
            self._spread(),
            self._moment(FIXED, "f^2"),
            self._moment(BACKWARD, "f'^2"),
        )

    def mean(self, which: str, q: Expr = ONE) -> Value:
        """A mean at a variance."""
        return self.maps.at(which, q, self.digits)

    def _slope(self) -> Gain:
        p = self.properties
        if p.slope is None:
            why = (
                f"f jumps at 0, from {p.at_zero(0)[0]} to {p.at_zero(0)[1]}"
                if p.value is None
                else "f has a corner at 0"
            )
            return Gain(SLOPE, None, why)
        if p.slope == 0:
            return Gain(SLOPE, None, "f'(0) = 0")
        return Gain(SLOPE, exactly(1 / p.slope))

    def _moment(self, meaning: str, which: str) -> Gain:
        return self._made(meaning, which, lambda: self.mean(which))

    def _spread(self) -> Gain:
        return self._made(SPREAD, "Var f", self.variance)

    def variance(self) -> Value:
        """Var[f(z)]."""
        square, mean = self.mean("f^2"), self.mean("f")
        value = square.value - mean.value**2
        error = square.error + 2 * abs(mean.value) * mean.error + mean.error**2
        if square.exact is not None and mean.exact is not None:
            return exactly(square.exact - mean.exact**2)
        how = square.how if square.exact is None else mean.how
        return Value(value, error, None, how, square.reached and mean.reached)

    def _made(self, meaning: str, which: str, found: Callable[[], Value]) -> Gain:
        try:
            value = found()
        except Refused as no:
            return Gain(meaning, None, str(no), which)
        if value.value <= value.error:
            known = "" if value.exact == 0 else " as far as is known"
            return Gain(meaning, None, f"it is 0{known}: no weights can make up for it", which)
        return Gain(meaning, one_over_root(value), "", which)

    @cached_property
    def others(self) -> tuple[tuple[Expr, Value], ...]:
        """σ_w at some other q; empty where it is the same at every q."""
        if self.properties.degree == 1:
            return ()
        return tuple((q, one_over_root(self.mean("f^2", q), q)) for q in OTHER_Q)

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """What libraries use, against every meaning."""
        return tuple(self._held(said) for said in libraries(self.of))

    def _held(self, said: Said) -> Held:
        theirs = exactly(said.gain)
        ours = [g for g in self.all if g.value is not None]
        satisfied = tuple(g.meaning for g in ours if g.value and same(theirs, g.value))
        if satisfied or not ours:
            return Held(said, theirs, satisfied)
        off = {g.meaning: float(theirs.value / g.value.value - 1) for g in ours if g.value}
        nearest = min(off, key=lambda m: abs(off[m]))
        return Held(said, theirs, (), nearest, off[nearest])


def gains(of: Activation, digits: int = 20) -> tuple[Gain, ...]:
    """Every meaning; raises Refused where the pieces of f are not found."""
    return Gains(of, digits).all


def one_over_root(of: Value, times: Expr = ONE) -> Value:
    """√(times/value), exactly if the value is."""
    if of.exact is not None:
        return exactly(sqrt(times / together(of.exact)), of.how)
    return of.map(lambda v: mp.sqrt(number(times) / v), lambda e: sqrt(times / e))


def same(a: Value, b: Value) -> bool:
    """Whether two numbers are equal: by algebra, never because their digits agree."""
    with mp.workdps(KNOWN + 10):
        if abs(a.value - b.value) > a.error + b.error + mpf(10) ** -KNOWN:
            return False
    if a.exact is None or b.exact is None:
        return False
    return shown_zero(a.exact - b.exact) or shown_zero(a.exact**2 - b.exact**2)
