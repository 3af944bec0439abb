"""Which fixed numbers are shown to be positive. Trusted: divisions and roots rest on it."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, Rational, erf, exp, pi
from sympy.core.numbers import Exp1

from derive.enclosure import is_positive
from derive.order import ZERO
from derive.scope import Scope
from derive.substitution import put
from derive.subterms import names_in
from derive.terms import E, Entry, Partial, Product, Var


def positive(e: Expr, scope: Scope) -> bool:
    """Whether a number is shown to be positive.

    Variances of primitive variables are, and so are their even moments.
    """
    if isinstance(e, Rational):
        return bool(e > 0)
    if isinstance(e, (exp, Exp1)) or e == pi:
        return True
    if isinstance(e, (Add, Mul)) and all(positive(a, scope) for a in e.args):
        return True
    if isinstance(e, Add) and _above(e, scope):
        return True
    if isinstance(e, Pow):
        return positive(e.base, scope)
    if isinstance(e, erf):
        return positive(e.args[0], scope)
    if isinstance(e, (Add, Mul, Entry)) and _bounded(e, scope):
        return True
    if isinstance(e, Add) and e.args[0] == 1 and _less_than_1(1 - e, scope):
        return True
    if not e.free_symbols and not names_in(e):
        return is_positive(e)
    if isinstance(e, Product):
        body, _, inner = scope.open(e)
        return positive(body, inner)
    if isinstance(e, Var):
        x = e.args[0]
        if isinstance(x, Entry):
            return x.name not in scope.over and scope.model.family(x).kind == "random"
        return isinstance(x, Partial) and scope.is_top(x)
    if isinstance(e, E):
        base, power = e.args[0].as_base_exp()
        return bool(power.is_Integer and power % 2 == 0) and positive(Var(base), scope)
    return scope.order.leq(Integer(1), e)


def _above(e: Add, scope: Scope) -> bool:
    """Whether one term of a sum is positive and no other one is negative."""
    return any(positive(a, scope) for a in e.args) and all(
        _even(f) or positive(f, scope) or scope.order.leq(ZERO, f)
        for a in e.args
        for f in Mul.make_args(a)
    )


def _less_than_1(e: Expr, scope: Scope) -> bool:
    """Whether it is a product of positive powers of positive numbers that are less than 1."""
    return isinstance(e, (Mul, Pow)) and all(
        positive(power, scope) and positive(base, scope) and positive(1 - base, scope)
        for base, power in (f.as_base_exp() for f in Mul.make_args(e))
    )


def _bounded(e: Expr, scope: Scope) -> bool:
    """Whether the bounds that were declared for a fixed number make the sum positive."""
    for t in Add.make_args(e):
        c, x = t.as_coeff_Mul()
        if isinstance(x, Entry) and x.name not in scope.over:
            family = scope.model.family(x)
            bound = family.above if c.is_positive else family.below
            if bound is not None and len(x.indices) == len(family.ranges):
                names = (r.index for r in family.ranges)
                least = e - t + c * put(bound, dict(zip(names, x.indices, strict=True)))
                if least == 0 or positive(least, scope):
                    return True
    return False


def _even(e: Expr) -> bool:
    """Whether a factor is an even power: not negative, whatever the sign of its base."""
    exponent = e.as_base_exp()[1]
    return bool(exponent.is_Integer and exponent % 2 == 0 and exponent > 0)
