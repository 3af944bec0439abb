"""A formula of one variable as a function on numbers: floats, or mpmath's with many digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from operator import add, mul
from typing import Any

from mpmath import mp
from sympy import Expr, asin, atan, cos, cosh, erf, exp, log, oo, sin, sinh, tanh

from derive.activations.reading import VARIABLE
from derive.errors import Refused

Function = Callable[[Any], Any]
NAMES = {exp: "exp", log: "log", tanh: "tanh", sinh: "sinh", cosh: "cosh", sin: "sin", cos: "cos",
         erf: "erf", atan: "atan", asin: "asin"}  # fmt: skip


def number(e: Expr) -> Any:
    """A constant in mpmath's current precision; raises Refused if it is not real."""
    if e in (oo, -oo):
        return mp.inf if e == oo else -mp.inf
    found = e.evalf(mp.dps + 5)
    if not found.is_real:
        raise Refused("{} is no real number", e)
    return mp.mpf(found.p) / found.q if found.is_Rational else mp.mpf(found._mpf_)


def function(e: Expr, variable: Expr = VARIABLE, *, exact: bool) -> Function:
    """The value at a number, in mpmath's current precision if ``exact``, else a float.

    Raises Refused for a function that is not known here.
    """
    return _compiled(e, variable, mp if exact else math)


def _compiled(e: Expr, variable: Expr, library: Any) -> Function:
    if e == variable:
        return lambda x: x
    if not e.free_symbols:
        return _constant(e, library)
    parts = [_compiled(a, variable, library) for a in e.args]
    if e.is_Add or e.is_Mul:
        combine = add if e.is_Add else mul
        return lambda x: reduce(combine, (p(x) for p in parts))
    if e.is_Pow:
        return _power(e, parts, library)
    if e.func not in NAMES or len(parts) != 1:
        raise Refused("{} is not known as a function on numbers", e)
    named, inner = getattr(library, NAMES[e.func]), parts[0]
    return lambda x: _safe(named, inner(x))


def _constant(e: Expr, library: Any) -> Function:
    if library is math:
        value = float(e.evalf(20))
        return lambda x: value
    known: dict[int, Any] = {}

    def at(x: Any) -> Any:
        if mp.prec not in known:
            known[mp.prec] = number(e)
        return known[mp.prec]

    return at


def _power(e: Expr, parts: list[Function], library: Any) -> Function:
    base, exponent = parts
    if e.exp.is_Integer:
        n = int(e.exp)
        return lambda x: _safe(pow, base(x), n)
    return lambda x: _safe(pow, base(x), exponent(x))


def _safe(named: Callable[..., Any], *at: Any) -> Any:
    """What is too large for a float is infinite; only what grows to +∞ is."""
    try:
        return named(*at)
    except OverflowError:
        return math.inf
    except ZeroDivisionError:
        return math.nan
