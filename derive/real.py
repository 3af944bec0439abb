"""Numbers with roots, logarithms and exponentials, compared with proof.

Two numbers are told apart by intervals that do not meet, computed with directed rounding, and
called equal only where exact arithmetic says so; nothing rests on a float.

    >>> from sympy import Rational, sqrt
    >>> compare(sqrt(2), Rational(141421356, 10**8)), compare(sqrt(8), 2 * sqrt(2))
    (1, 0)
    >>> enclosed(sqrt(2), 2), shown(sqrt(2) / 24)
    ((Fraction(45, 32), Fraction(91, 64)), '0.05893')
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from mpmath.ctx_iv import MPIntervalContext
from sympy import Add, Expr, Mul, Pow, Rational, exp, log, pi
from sympy.core.numbers import Exp1

from derive.amounts import short
from derive.powers import Outside

PRECISIONS = (64, 256, 1024)
DIGITS = 4
LARGEST = 2**20


def compare(a: Expr, b: Expr) -> int | None:
    """The sign of a - b; None where it was not found out.  Raises Outside for what is no number."""
    if a == b or a - b == 0:
        return 0
    for bits in PRECISIONS:
        (low, high), (low_b, high_b) = _enclosed(a, bits), _enclosed(b, bits)
        if low > high_b:
            return 1
        if high < low_b:
            return -1
    return None


def enclosed(e: Expr, digits: int = 30) -> tuple[Fraction, Fraction]:
    """Two numbers between which the number is, about so many digits apart; raises Outside."""
    return _enclosed(e, int(3.33 * digits) + 2)


def shown(e: Expr | Fraction, digits: int = DIGITS) -> str:
    """A number as a decimal of which every digit is right, rounded; raises Outside."""
    if isinstance(e, Fraction):
        return short(e, digits)
    for bits in PRECISIONS:
        low, high = (short(end, digits) for end in _enclosed(e, bits))
        if low == high:
            return low
    raise Outside(f"the digits of {e} were not found")


def _enclosed(e: Expr, bits: int) -> tuple[Fraction, Fraction]:
    context = MPIntervalContext()
    context.prec = bits
    try:
        found = _interval(e, context)
    except (ZeroDivisionError, ValueError, OverflowError) as no:
        raise Outside(f"{e} is not a number") from no
    return _exact(found.a), _exact(found.b)


def _exact(end: Any) -> Fraction:
    sign, man, power, _ = end._mpi_[0]
    if not man and power:
        raise Outside("not a finite number")
    size = Fraction(int(man)) * Fraction(2) ** int(power)
    return -size if sign else size


def _interval(e: Expr, context: MPIntervalContext) -> Any:
    if isinstance(e, Rational):
        return context.mpf(int(e.p)) / context.mpf(int(e.q))
    if isinstance(e, (Add, Mul)):
        total = _interval(e.args[0], context)
        for a in e.args[1:]:
            part = _interval(a, context)
            total = total + part if isinstance(e, Add) else total * part
        return total
    if e == pi:
        return context.pi
    if isinstance(e, Exp1):
        return context.exp(context.mpf(1))
    if isinstance(e, exp):
        return context.exp(_small(_interval(e.args[0], context)))
    if isinstance(e, log):
        return context.log(_above_0(_interval(e.args[0], context)))
    if isinstance(e, Pow):
        base = _interval(e.base, context)
        if e.exp.is_Integer and abs(e.exp) < LARGEST:
            return base ** int(e.exp)
        power = _interval(e.exp, context)
        return context.exp(_small(power * context.log(_above_0(base))))
    raise Outside(f"{e} is not a number")


def _small(x: Any) -> Any:
    if not x.a > -LARGEST or not x.b < LARGEST:
        raise Outside("a number that is too large")
    return x


def _above_0(x: Any) -> Any:
    if not x.a > 0:
        raise Outside("a root or a logarithm of what was not shown to be positive")
    return x
