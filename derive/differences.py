"""Whether two expressions about moments are equal: their difference has a normal form. Trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from sympy import Add, Expr

from derive.cuts import cuts
from derive.errors import Refused
from derive.forms import Form, Undecided
from derive.moments import normal, normal_of_parts
from derive.scope import Scope
from derive.substitution import put
from derive.terms import term


def difference(left: Expr, right: Expr, scope: Scope) -> Form:
    """The normal form of left - right; it is zero only if they are equal.

    Free indices of one range that may be one or two are split first: then the form of the
    first case that is not zero is returned.  Raises Undecided outside the fragment.
    """
    forms = [_shown(a, b, place) for (a, b), place in cases((term(left), term(right)), scope)]
    shown = next((f for f in forms if not f.is_zero), forms[-1])
    return Form(shown.terms, frozenset().union(*(f.uses for f in forms)), shown.free)


def _shown(left: Expr, right: Expr, scope: Scope) -> Form:
    """The difference, zero if it is so once ranges that overlap are cut to parts that do not."""
    form = _minus(left, right, scope)
    at = cuts((k for k, _ in form.terms), scope.order)
    if at:
        with suppress(Undecided, Refused):
            apart = normal_of_parts(left - right, at, scope)
            return apart if apart.is_zero else form
    return form


def _minus(left: Expr, right: Expr, scope: Scope) -> Form:
    """Each side by itself, since it is met again; as one where only the difference has a form."""
    with suppress(Undecided, Refused):
        if set(Add.make_args(left)).isdisjoint(Add.make_args(right)):
            return normal(left, scope).minus(normal(right, scope))
    return normal(left - right, scope)


def cases(terms: Sequence[Expr], scope: Scope) -> Iterator[tuple[Sequence[Expr], Scope]]:
    """The terms where free indices of one range differ, and where they are one."""
    for n, r in enumerate(scope.ranges):
        for q in scope.ranges[:n]:
            if (q.lo, q.hi) == (r.lo, r.hi) and not scope.order.differ(q.index, r.index):
                others = [p for p in scope.ranges if p.index != r.index]
                used = any(r.index in x.free_symbols for p in others for x in (p.lo, p.hi, *p.but))
                if used:
                    raise Undecided("{} may be {}", r.index, q.index)
                apart = [*others[:n], r._replace(but=(*r.but, q.index)), *others[n:]]
                yield from cases(terms, scope.among(apart))
                alike = [put(e, r.index, q.index) for e in terms]
                yield from cases(alike, scope.among(others))
                return
    yield terms, scope
