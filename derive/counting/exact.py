"""Exact numbers: ints, Fractions, and terms such as √2 and 1/π. Not trusted.

Which of two numbers is larger is told by bounds on them that do not meet, never by a float.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from sympy import Expr, Rational, expand

from derive.errors import Refused
from derive.real import compare
from derive.terms import term

Number: TypeAlias = int | Fraction | Expr


class NoNumber(Refused):
    """A division by 0 or a root of what is negative, at these numbers."""


def exactly(value: Any) -> Number:
    """A number as int or Fraction where it is one; TypeError for one that is not exact."""
    if isinstance(value, Rational):
        value = Fraction(int(value.p), int(value.q))
    if isinstance(value, Fraction):
        return value if value.denominator > 1 else value.numerator
    if isinstance(value, int) or (isinstance(value, Expr) and not value.is_Float):
        return value
    raise TypeError(f"counting needs an int or a Fraction, not {value!r}")


def power(base: Number, exponent: int | Rational) -> Number:
    """A power, exact also when the exponent is negative, or a fraction for what is not."""
    if isinstance(exponent, Rational):
        if sign(base) < 0 or (sign(base) == 0 and exponent < 0):
            raise NoNumber(f"{base} to the power of {exponent}")
        return exactly(term(base) ** exponent)
    if exponent >= 0:
        return base**exponent
    if sign(base) == 0:
        raise NoNumber("a division by zero")
    return base**exponent if isinstance(base, Expr) else Fraction(base) ** exponent


def sign(value: Number) -> int:
    """1, 0 or -1; Refused where that was not found out."""
    if not isinstance(value, Expr):
        return (value > 0) - (value < 0)
    found = compare(expand(value), term(0))
    if found is None:
        raise Refused(f"whether {value} is 0 was not found out")
    return found


def plain(value: Number) -> Number:
    """The same number multiplied out."""
    return exactly(expand(value)) if isinstance(value, Expr) else exactly(value)
