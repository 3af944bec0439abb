"""Up to which order the moments of a quantity are shown to be finite. Trusted."""

from __future__ import annotations

from sympy import Add, Expr, Integer, Mul, Pow, Rational, oo

from derive.claims import NOTHING, Finite, Uses
from derive.errors import Refused
from derive.independence import independent
from derive.made_of import equal_to, mentions_family
from derive.meaning import definition_of
from derive.polynomials import factors
from derive.scope import Scope
from derive.terms import Apply, Entry, Partial, Sum


def finite_order(e: Expr, scope: Scope) -> tuple[Expr, Uses]:
    """An order up to which the moments of an expression are shown to be finite.

    Independent factors keep the least order among them; otherwise the reciprocals of the
    orders add up (Hölder).
    """
    if not scope.is_random(e):
        return oo, NOTHING
    standing = Integer(scope.model.moments)
    if isinstance(e, Entry) and (e.name in scope.over or scope.model.family(e).kind == "random"):
        return standing, NOTHING
    if isinstance(e, Apply) or (isinstance(e, Partial) and scope.is_top(e)):
        return standing, NOTHING
    if isinstance(e, (Entry, Partial)):
        return _proved_finite(e, scope)
    if isinstance(e, Sum):
        body, _, inner = scope.open(e)
        return finite_order(body, inner)
    if isinstance(e, Add):
        found = [finite_order(a, scope) for a in e.args]
        return min(o for o, _ in found), NOTHING.union(*(u for _, u in found))
    if isinstance(e, (Mul, Pow)):
        parts = [p for p in factors(e) if scope.is_random(p)]
        if any(isinstance(p, Pow) for p in parts):
            return Integer(0), NOTHING
        found = [finite_order(p, scope) for p in parts]
        uses = NOTHING.union(*(u for _, u in found))
        try:
            apart, _ = independent([[p] for p in parts], scope)
            return min(o for o, _ in found), uses | apart
        except Refused:
            if any(o == 0 for o, _ in found):
                return Integer(0), NOTHING
            return 1 / sum((Rational(1) / o for o, _ in found), Integer(0)), uses
    return Integer(0), NOTHING


def _proved_finite(e: Expr, scope: Scope) -> tuple[Expr, Uses]:
    for p in scope.proved:
        if isinstance(p.claim, Finite) and scope.instance_of(p.claim.subject, p.claim.ranges, e):
            return Integer(p.claim.order), p.uses
    for right, uses in equal_to(e, scope):
        order, more = finite_order(right, scope)
        return order, uses | more
    defined = definition_of(e, scope) if isinstance(e, Entry) else None
    if defined is not None and isinstance(e, Entry) and not mentions_family(defined, e.name):
        return finite_order(defined, scope)
    return Integer(0), NOTHING
