"""A network with numbers in the limit of wide layers: the mean-field recursion, layer by layer.

The numbers are those of a `Setting`; pre-activations are Gaussian and inputs have mean 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mpmath import mp, mpf
from sympy import Expr, Rational

from derive.activations.activation import Activation
from derive.activations.maps import KNOWN, Maps, Value, exactly
from derive.activations.numeric import number
from derive.errors import Refused

MOST = 64
DIGITS = 20


@dataclass(frozen=True)
class WideLayer:
    """``before`` is Var of the pre-activation, ``after`` E of the squared activation.

    ``back`` is the factor of E of the squared gradient from the next pre-activation to this one,
    None at the last layer and where f' is of no use.
    """

    layer: int
    before: Value
    after: Value
    back: Value | None


@dataclass(frozen=True)
class Wide:
    """The layers that were asked for; none without numbers, or where there are too many."""

    of: Activation
    layers: tuple[WideLayer, ...] = ()
    why: str = ""


def wide(
    of: Activation, widths: Sequence[int], weights: Sequence[Fraction], inputs: Fraction, start: int
) -> Wide:
    """Widths n_0, …, one variance for each layer of weights, the variance of an input."""
    if len(weights) > MOST:
        return Wide(of, why=f"more than {MOST} layers are not followed one by one")
    factors = [Rational(n * v) for n, v in zip(widths, weights, strict=False)]
    backs = [Rational(n * v) for n, v in zip(widths[2:], weights[1:], strict=False)]
    maps = Maps(of)
    found: list[WideLayer] = []
    inside = exactly(Rational(inputs))
    for k, factor in enumerate(factors):
        q = scaled(factor, inside)
        if q.value <= q.error:
            return Wide(of, tuple(found), f"nothing comes through layer {start + k}")
        try:
            inside = carried(maps, "f^2", q)
            back = scaled(backs[k], carried(maps, "f'^2", q)) if k < len(backs) else None
        except Refused as no:
            return Wide(of, tuple(found), str(no))
        found.append(WideLayer(start + k, q, inside, back))
    return Wide(of, tuple(found))


def scaled(factor: Expr, v: Value) -> Value:
    """A number times a value."""
    if v.exact is not None:
        return exactly(factor * v.exact, v.how)
    with mp.workdps(KNOWN + 10):
        return Value(number(factor) * v.value, number(factor) * v.error, None, v.how, v.reached)


def carried(maps: Maps, which: str, q: Value) -> Value:
    """A mean at a variance that is known only so well: its error is carried along."""
    at = q.exact if q.exact is not None else Rational(Fraction(mp.nstr(q.value, KNOWN)))
    found = maps.at(which, at, DIGITS)
    if q.error == 0:
        return found
    here = float(q.value)
    there = here * (1 + 1e-4)
    rate = abs(maps.quick(which, there) - maps.quick(which, here)) / (there - here)
    added = 10 * mpf(rate) * (q.error + mpf(10) ** -KNOWN * q.value)
    return Value(found.value, found.error + added, None, found.how, found.reached)
