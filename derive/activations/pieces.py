r"""A formula with |s|, max, min, sign and cases, as smooth formulas on intervals.

Every place where one of these can change is found exactly, or Refused says which was not.

    >>> from derive.activations.reading import read
    >>> [tuple(map(str, p)) for p in pieces(read(r"\max(-1, \min(1, s))"))]
    [('-oo', '-1', '-1'), ('-1', '1', 's'), ('1', 'oo', '1')]
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import NamedTuple

from sympy import (
    Abs,
    And,
    Expr,
    Integer,
    Max,
    Min,
    Or,
    Piecewise,
    Poly,
    asinh,
    atan,
    atanh,
    erf,
    erfinv,
    exp,
    expand,
    false,
    floor,
    log,
    nan,
    oo,
    pi,
    real_roots,
    sign,
    sinh,
    sqrt,
    tan,
    tanh,
    true,
    zoo,
)
from sympy.core.relational import Ge, Gt, Le, Lt, Relational

from derive.activations.reading import VARIABLE
from derive.errors import Refused

SWITCHES = (Abs, Max, Min, Piecewise, sign)
# Functions that only grow: their inverse, and what lies below and above their values.
INVERSES = {
    exp: (log, 0, oo), tanh: (atanh, -1, 1), sinh: (asinh, -oo, oo), erf: (erfinv, -1, 1),
    atan: (tan, -pi / 2, pi / 2), log: (exp, -oo, oo),
}  # fmt: skip
MANY = 64


class Piece(NamedTuple):
    """``formula`` holds for lo < s < hi and is smooth there."""

    lo: Expr
    hi: Expr
    formula: Expr


def pieces(formula: Expr) -> tuple[Piece, ...]:
    """The line from left to right; raises Refused."""
    found: list[Piece] = []
    for p in _cut(Piece(-oo, oo, formula)):
        if found and found[-1].formula == p.formula:
            found[-1] = Piece(found[-1].lo, p.hi, p.formula)
        else:
            found.append(p)
        if len(found) > MANY:
            raise Refused(f"more than {MANY} pieces")
    return tuple(found)


def lone_value(formula: Expr) -> tuple[Expr, Expr] | None:
    """A place where the value is not what both sides tend to, though that is the same; and it.

    Where the formula has no value, nothing is said of one.
    """
    for p, q in pairwise(_cut(Piece(-oo, oo, formula))):
        left, right, value = (e.xreplace({VARIABLE: q.lo}) for e in (p.formula, q.formula, formula))
        if value is not nan and expand(left - right) == 0 and expand(value - left) != 0:
            return q.lo, value
    return None


def _cut(p: Piece) -> Iterator[Piece]:
    switch = _innermost(p.formula)
    if switch is None:
        yield p
        return
    inside = sorted({r for g in _compared(switch) for r in zeros(g) if p.lo < r < p.hi})
    for lo, hi in pairwise([p.lo, *inside, p.hi]):
        chosen = _chosen(switch, between(lo, hi))
        formula = p.formula.xreplace({switch: chosen})
        if formula.has(zoo, nan):
            raise Refused("f has no value at s = {}", between(lo, hi))
        yield from _cut(Piece(lo, hi, formula))


def _innermost(e: Expr) -> Expr | None:
    """A switch with none inside it."""
    for part in e.args:
        if (found := _innermost(part)) is not None:
            return found
    return e if isinstance(e, SWITCHES) else None


def _compared(switch: Expr) -> list[Expr]:
    """What is compared with 0 to know which formula holds."""
    if isinstance(switch, Piecewise):
        return [r.lhs - r.rhs for _, when in switch.args for r in when.atoms(Relational)]
    if isinstance(switch, Abs | sign):
        return [switch.args[0]]
    return [a - b for a, b in combinations(switch.args, 2)]


def _chosen(switch: Expr, at: Expr) -> Expr:
    """The formula that holds around a place where nothing changes."""
    if isinstance(switch, Piecewise):
        said = [formula for formula, when in switch.args if when != true and _holds(when, at)]
        for other in said:
            if expand(other - said[0]) != 0:
                raise Refused(f"two cases say what the value at s = {at} is: {said[0]}, {other}")
        said += [formula for formula, when in switch.args if when == true]
        if not said:
            raise Refused(f"no case says what the value at s = {at} is")
        return said[0]
    if isinstance(switch, Abs | sign):
        inner = switch.args[0]
        positive = _value(inner, at) >= 0
        if isinstance(switch, Abs):
            return inner if positive else -inner
        return Integer(1 if positive else -1)
    best = max if isinstance(switch, Max) else min
    return best(switch.args, key=lambda a: _value(a, at))


def _holds(when: Expr, at: Expr) -> bool:
    if isinstance(when, And):
        return all(_holds(part, at) for part in when.args)
    if isinstance(when, Or):
        return any(_holds(part, at) for part in when.args)
    if isinstance(when, Gt | Ge | Lt | Le):
        difference = _value(when.lhs - when.rhs, at)
        return difference > 0 if isinstance(when, Gt | Ge) else difference < 0
    if when not in (true, false):
        raise Refused(f"it is not shown where {when} holds")
    return bool(when)


def _value(e: Expr, at: Expr) -> Expr:
    found = e.xreplace({VARIABLE: at}).evalf(30)
    if not found.is_Float and not found.is_Rational:
        raise Refused(f"{e} has no real value at s = {at}")
    return found


def between(lo: Expr, hi: Expr) -> Expr:
    """A rational number in an interval."""
    if lo == -oo:
        return Integer(0) if hi == oo else floor(hi) - 1
    if hi == oo:
        return floor(lo) + 1
    middle = (lo + hi) / 2
    if middle.is_Rational:
        return middle
    scale = 2 ** (2 + max(0, int(log(1 / (hi - lo), 2).evalf(5))))
    return floor(middle * scale + Integer(1) / 2) / scale


def zeros(g: Expr) -> list[Expr]:
    """Where a smooth function changes sign, exactly; raises Refused."""
    if VARIABLE not in g.free_symbols or g.is_positive or g.is_negative:
        return []
    if g.is_Mul:
        return [r for factor in g.args for r in zeros(factor)]
    if g.is_Pow and g.exp.is_positive:
        return zeros(g.base)
    if g.is_polynomial(VARIABLE) and not g.free_symbols - {VARIABLE}:
        return _roots(Poly(g, VARIABLE))
    inverse = _inverted(g)
    if inverse is not None:
        return zeros(inverse)
    raise Refused(f"it is not shown where {g} changes sign")


def _roots(g: Poly) -> list[Expr]:
    if g.degree() <= 2 or not all(c.is_Rational for c in g.all_coeffs()):
        if g.degree() == 1:
            a, b = g.all_coeffs()
            return [-b / a]
        if g.degree() == 2:
            a, b, c = g.all_coeffs()
            inner = b**2 - 4 * a * c
            return [] if inner < 0 else [(-b + way * sqrt(inner)) / (2 * a) for way in (-1, 1)]
        raise Refused(f"it is not shown where {g.as_expr()} changes sign")
    return list(dict.fromkeys(real_roots(g)))


def _inverted(g: Expr) -> Expr | None:
    """``h - c`` in place of ``a exp(h) + b`` and the like, with the same zeros."""
    constant, rest = g.as_independent(VARIABLE, as_Add=True)
    factor, inner = rest.as_independent(VARIABLE, as_Add=False)
    if constant.free_symbols or factor.free_symbols or type(inner) not in INVERSES:
        return None
    inverse, lo, hi = INVERSES[type(inner)]
    target = -constant / factor
    return inner.args[0] - inverse(target) if lo < target < hi else Integer(1)
