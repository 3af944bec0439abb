"""Where the two ends of a chain may meet without being the same term. Trusted."""

from __future__ import annotations

from functools import partial

from sympy import Expr, Pow

from derive.claims import NOTHING, Uses
from derive.differences import difference
from derive.errors import Refused
from derive.forms import Undecided
from derive.order import ZERO
from derive.positive import positive
from derive.powers import Outside
from derive.products import agree
from derive.scope import Scope
from derive.subterms import occurrences


def one_sum(left: Expr, right: Expr, scope: Scope) -> Uses:
    """What it takes that both have one normal form of moments; raises Refused."""
    try:
        form = difference(left, right, scope)
    except Undecided as no:
        raise Refused("{}", no.reason) from no
    if not form.is_zero:
        raise Refused("{} and {} have not one normal form", left, right)
    return form.uses


def one_product(left: Expr, right: Expr, scope: Scope) -> Uses:
    """What it takes that both have one normal form as telescoping products; raises Refused.

    That form is right where no factor is 0.  Without division by what may be 0 both sides are
    polynomials, which then agree everywhere.
    """
    for e in (left, right):
        for power, over in occurrences(e, Pow):
            place = scope.within(over)
            if not place.order.leq(ZERO, power.exp) and not positive(power.base, place):
                raise Refused("{} was not shown to be positive, and it is divided by", power.base)
    try:
        met = agree(left, right, scope.order, partial(positive, scope=scope))
    except Outside as no:
        raise Refused("{}", no.reason) from no
    if not met:
        raise Refused("{} and {} have not one normal form as products", left, right)
    return NOTHING
