"""Quotients cleared: A/B = C/D is A D = C B, where B and D are not 0. Not trusted to prove.

    Var[y] / Var[x] = n Var[w]     is decided as     Var[y] = n Var[w] Var[x]

That nothing is divided by 0 is said with the verdict; `domain` sees to that.
"""

from __future__ import annotations

from contextlib import suppress
from math import prod
from typing import Any

from sympy import Add, Dummy, Expr, Integer, Mul, Pow, Rational, Symbol, exp, fraction, together

from derive.errors import Refused
from derive.polynomials import MOST_TERMS, how_many, multiplied_out
from derive.subterms import kinds_in, occurrences
from derive.terms import HEADS, Node, Sum

PRIME = 2**61 - 1
Sides = tuple[Expr, Expr]


def cleared(left: Expr, right: Expr) -> tuple[Sides, Expr] | None:
    """Both sides times what they are divided by, and that; None where it has no moments."""
    if not (_divided(left) or _divided(right)) or how_many(left - right) > MOST_TERMS:
        return None
    names: dict[Expr, Symbol] = {}
    (a, b), (c, d) = (fraction(together(_plain(e, names))) for e in (left, right))
    more_left, more_right = fraction(d / b)
    back = {name: e for e, name in names.items()}
    whole = [e.xreplace(back) for e in (a * more_left, c * more_right, b * more_left)]
    return (whole[0], whole[1]), whole[2]


def over(e: Expr, divisor: Expr) -> Expr:
    """A sum over a divisor, term by term where the divisor is a product."""
    if how_many(e / divisor) > MOST_TERMS or any(a.is_Add for a in Mul.make_args(divisor)):
        return e / divisor
    return multiplied_out(e / divisor)


def identical(left: Expr, right: Expr) -> bool:
    """Whether two quotients of polynomials in moments, sizes and exponentials are one."""
    found = [p for side in (left, right) for p, _ in occurrences(side, (Pow, exp))]
    if not any(isinstance(p, exp) or (p.exp.is_negative and p.base.is_Add) for p in found):
        return False
    rest = left - right
    if how_many(rest) > MOST_TERMS or not _may_be_zero(rest):
        return False
    with suppress(Refused):
        return bool(multiplied_out(fraction(together(rest))[0]) == 0)
    return False


def _may_be_zero(e: Expr) -> bool:
    """Whether a quotient of polynomials is 0 at one point, modulo a prime: so it is if it is 0."""
    with suppress(ValueError):
        return _modulo(e, {}) == 0
    return True


def _modulo(e: Expr, at: dict[Expr, int]) -> int:
    """The value of a quotient of polynomials, each atom in it being some number.

    Raises ValueError for what is none, and where something is divided by 0.
    """
    if isinstance(e, Rational):
        return int(e.p) * pow(int(e.q), -1, PRIME) % PRIME
    if isinstance(e, Add):
        return sum(_modulo(a, at) for a in e.args) % PRIME
    if isinstance(e, Mul):
        return prod(_modulo(a, at) for a in e.args) % PRIME
    if isinstance(e, Pow) and e.exp.is_Integer:
        return pow(_modulo(e.base, at), int(e.exp), PRIME)
    if not isinstance(e, (Symbol, Node)) or {Add, Mul} <= kinds_in(e) or {Add, Pow} <= kinds_in(e):
        raise ValueError(f"{e} may be multiplied out")
    return at.setdefault(e, pow(1_000_003 + 7919 * len(at), 3, PRIME))


def _divided(e: Expr) -> bool:
    """Whether it is divided by moments or sums, outside of all heads, sums and products."""
    if isinstance(e, Pow) and isinstance(e.exp, Rational):
        return e.has(*HEADS, Sum) and bool(
            e.exp.is_negative or (e.exp.is_Integer and _divided(e.base))
        )
    return bool(e.is_Add or e.is_Mul) and any(map(_divided, e.args))


def _plain(e: Any, names: dict[Expr, Symbol]) -> Any:
    """The same quotient of polynomials with a symbol for each of its atoms and roots."""
    if e.is_Number:
        return e
    if isinstance(e, Pow) and isinstance(e.exp, Rational):
        root = Pow(e.base, Rational(1, e.exp.q))
        base = _plain(e.base, names) if root == e.base else names.setdefault(root, Dummy())
        return base ** Integer(e.exp.p)
    if e.is_Add or e.is_Mul:
        return e.func(*(_plain(a, names) for a in e.args))
    return names.setdefault(e, Dummy())
