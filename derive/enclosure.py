"""Numbers between two bounds: what is made of roots, π, exp, log and erf. Trusted.

Interval arithmetic of mpmath, which has no erf: that is enclosed by its series.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

from mpmath.ctx_iv import MPIntervalContext
from sympy import Add, Expr, Mul, Pow, Rational, erf, exp, log, pi
from sympy.core.numbers import Exp1

from derive.errors import Refused

BITS = 200
FAR = 8
_iv: Any = MPIntervalContext()
_iv.prec = BITS


@lru_cache(maxsize=4096)
def is_positive(e: Expr) -> bool:
    """Whether a number is shown to be positive; False says nothing."""
    try:
        return bool(_enclosed(e).a > 0)
    except (Refused, ZeroDivisionError, OverflowError, ValueError):
        return False


def enclosed(e: Expr) -> tuple[Fraction, Fraction]:
    """Two numbers between which a number lies; raises Refused for what is none."""
    try:
        found = _enclosed(e)
        return _exact(found.a), _exact(found.b)
    except (ZeroDivisionError, OverflowError, ValueError) as no:
        raise Refused("{} is no number that could be enclosed", e) from no


def _exact(end: Any) -> Fraction:
    sign, size, power, _ = end._mpi_[0]
    if not size and power:
        raise Refused("not a finite number")
    return (-1) ** sign * Fraction(int(size)) * Fraction(2) ** int(power)


def _enclosed(e: Expr) -> Any:
    if isinstance(e, Rational):
        return _iv.mpf(int(e.p)) / _iv.mpf(int(e.q))
    if e == pi:
        return _iv.pi
    if isinstance(e, Exp1):
        return _iv.exp(_iv.mpf(1))
    if isinstance(e, Add):
        return sum((_enclosed(a) for a in e.args), _iv.mpf(0))
    if isinstance(e, Mul):
        product = _iv.mpf(1)
        for a in e.args:
            product *= _enclosed(a)
        return product
    if isinstance(e, Pow) and isinstance(e.exp, Rational):
        return _power(_enclosed(e.base), e.exp)
    if isinstance(e, exp):
        return _iv.exp(_small(_enclosed(e.args[0])))
    if isinstance(e, log):
        return _iv.log(_above_0(_enclosed(e.args[0])))
    if isinstance(e, erf):
        return _erf(_enclosed(e.args[0]))
    raise Refused("{} is no number that could be enclosed", e)


def _power(base: Any, power: Rational) -> Any:
    if power.is_Integer:
        return _iv.mpf(1) / base ** int(-power) if power < 0 else base ** int(power)
    return _iv.exp(_iv.log(_above_0(base)) * _enclosed(power))


def _above_0(x: Any) -> Any:
    if not x.a > 0:
        raise Refused("a root or a logarithm of what may be negative")
    return x


def _small(x: Any) -> Any:
    if not (x.a > -(10**6) and x.b < 10**6):
        raise Refused("an exponent too large to be enclosed")
    return x


def _erf(x: Any) -> Any:
    """2/√π Σ (-1)^n x^(2n+1) / (n! (2n+1)), ended where terms decrease; 1 - exp(-x²) far out."""
    if x.b < 0:
        return -_erf(-x)
    if x.a > 1 and x.b > FAR:
        return _iv.mpf([(_iv.mpf(1) - _iv.exp(-_small(x.a * x.a))).a, 1])
    if not (x.a >= -FAR and x.b <= FAR):
        raise Refused("not enclosed well enough")
    total, power = _iv.mpf(0), x
    for n in range(8 * FAR * FAR):
        term = power / (2 * n + 1)
        if n > FAR * FAR and abs(term).b < _iv.mpf(2) ** -BITS:
            return (total + _iv.mpf([-1, 1]) * abs(term)) * 2 / _iv.sqrt(_iv.pi)
        total += term
        power = -power * x * x / (n + 1)
    raise Refused("the series of erf was not ended")
