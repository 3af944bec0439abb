"""Which numbers are shown not to be negative: squares, variances, sizes. Not trusted to prove."""

from __future__ import annotations

from contextlib import suppress

from sympy import Add, Expr, Mul, Pow, Rational

from derive.factors import factors
from derive.order import ZERO
from derive.positive import positive
from derive.powers import Outside
from derive.scope import Scope
from derive.terms import E, Product, Sum, Var


def not_negative(e: Expr, scope: Scope) -> bool:
    """Whether a number is at least 0: term by term, or as a product with squares."""
    if at_least_0(e, scope):
        return True
    with suppress(Outside):
        odd = [base for base, n in factors(e) if n % 2 and not at_least_0(base, scope)]
        return len(odd) % 2 == 0 and all(at_least_0(-base, scope) for base in odd)
    return False


def at_least_0(e: Expr, scope: Scope) -> bool:
    """Whether a number is shown not to be negative, wherever it is a number."""
    if isinstance(e, Add) and (scope.order.leq(ZERO, e) or positive(e, scope)):
        return True
    if isinstance(e, (Add, Mul)):
        return all(at_least_0(a, scope) for a in e.args)
    if isinstance(e, Pow) and isinstance(e.exp, Rational):
        even = bool(e.exp.is_Integer) and e.exp % 2 == 0
        return even or at_least_0(e.base, scope)
    if isinstance(e, (Sum, Product)):
        body, _, inner = scope.open(e)
        return at_least_0(body, inner)
    if isinstance(e, E):
        power = e.args[0].as_base_exp()[1]
        return bool(power.is_Integer and power % 2 == 0)
    return isinstance(e, Var) or e == 0 or positive(e, scope)
