"""Numbers compared, and written in decimals of which every digit is right.

Two numbers are told apart by bounds that do not meet, and called equal only where exact
arithmetic says so; nothing rests on a float.

    >>> from sympy import Rational, sqrt
    >>> compare(sqrt(2), Rational(141421356, 10**8)), compare(sqrt(8), 2 * sqrt(2))
    (1, 0)
    >>> shown(sqrt(2) / 24)
    '0.05893'
"""

from __future__ import annotations

from fractions import Fraction

from sympy import Expr

from derive.enclosure import enclosed
from derive.errors import Refused
from derive.figures.amounts import short

DIGITS = 4


def compare(a: Expr, b: Expr) -> int | None:
    """The sign of a - b; None where it was not found out.  Raises Refused for what is no number."""
    if a == b or a - b == 0:
        return 0
    (low, high), (low_b, high_b) = enclosed(a), enclosed(b)
    return 1 if low > high_b else -1 if high < low_b else None


def shown(e: Expr | Fraction, digits: int = DIGITS) -> str:
    """A number as a decimal, rounded; raises Refused where its digits were not found."""
    ends = (e, e) if isinstance(e, Fraction) else enclosed(e)
    low, high = (short(end, digits) for end in ends)
    if low != high:
        raise Refused("the digits of {} were not found", e)
    return low
