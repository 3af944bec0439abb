"""Quotients of polynomials in roots: plain arithmetic with numbers that are shown. Trusted."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Mul, Pow, Rational

from derive.meaning import check_term
from derive.polynomials import multiplied_out
from derive.positive import positive
from derive.rules.law import Outcome, need, rule
from derive.rules.quotients import fraction
from derive.scope import Scope
from derive.substitution import canonical
from derive.terms import BINDING, HEADS, Partial, rebuild


@rule(
    "arithmetic",
    "equal as quotients of polynomials in roots",
    "divisors and what stands under a root positive",
)
def arithmetic(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Rearrange: both sides are one quotient, with roots of products taken apart."""
    new = args[0]
    for side in (e, new):
        check_term(side, scope)
    need(equal(e, new, scope), "{} and {} are not one quotient of polynomials", e, new)
    return Outcome(new)


def equal(a: Expr, b: Expr, scope: Scope) -> bool:
    """Whether two terms that `check_term` admits are shown to be one number.

    It admits division by what is positive only, so no denominator is 0.
    """
    if a == b:
        return True
    (p, q), (r, s) = (fraction(roots(canonical(e), scope)) for e in (a, b))
    return bool(multiplied_out(p * s - q * r) == 0)


def roots(e: Any, scope: Scope) -> Any:
    """Roots of products as products of roots, where the factors are shown to be positive."""
    if not e.args or isinstance(e, (*BINDING, *HEADS, Partial)):
        return e
    e = rebuild(e, tuple(roots(a, scope) for a in e.args))
    if not (isinstance(e, Pow) and isinstance(e.exp, Rational) and not e.exp.is_Integer):
        return e
    over, under = fraction(e.base)
    apart, together = [], []
    for f in Mul.make_args(over / under):
        base, power = f.as_base_exp()
        if isinstance(power, Rational) and positive(base, scope):
            apart.append(base ** (power * e.exp))
        else:
            together.append(f)
    return Mul(*apart, Mul(*together) ** e.exp)
