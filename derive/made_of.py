"""The sources of a quantity: the primitive random entries that its definition reaches. Trusted.

What is defined by recursion has the sources that were proved of it, by induction.
"""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Add, Expr, Mul, Pow, erf, exp

from derive.boxes import Boxes, point, put_box, widen
from derive.claims import NOTHING, Sources, Uses
from derive.errors import Refused
from derive.meaning import definition_of
from derive.model import Statement, key_of
from derive.scope import Scope
from derive.substitution import put
from derive.terms import HEADS, Apply, Delta, Entry, Integral, Partial, Product, Sum


def sources_of(e: Expr, scope: Scope) -> tuple[Boxes, Uses]:
    """The primitive entries that an expression is made of, and the assumptions behind it.

    Raises Refused for a recursively defined entry of which no sources were proved.
    """
    if e not in scope.made_of:
        boxes, uses = _sources_of(e, scope)
        scope.made_of[e] = tuple(dict.fromkeys(boxes)), uses
    return scope.made_of[e]


def _sources_of(e: Expr, scope: Scope) -> tuple[Boxes, Uses]:
    if not e.args or isinstance(e, (*HEADS, Delta, Integral)):
        return (), NOTHING
    if isinstance(e, (Sum, Product)):
        body, over, inner = scope.open(e)
        boxes, uses = sources_of(body, inner)
        return tuple(widen(b, over) for b in boxes), uses
    if isinstance(e, Entry):
        return _sources_of_entry(e, scope)
    if isinstance(e, Partial):
        if scope.is_top(e):
            return (point(key_of(e), e.by.indices),), NOTHING
        return _proved_sources(e, scope)
    if isinstance(e, Apply):
        return sources_of(e.at, scope)
    if isinstance(e, (Add, Mul, Pow, exp, erf)):
        found = [sources_of(a, scope) for a in e.args]
        return tuple(b for bs, _ in found for b in bs), NOTHING.union(*(u for _, u in found))
    raise Refused("the sources of {} are not known", e)


def _sources_of_entry(e: Entry, scope: Scope) -> tuple[Boxes, Uses]:
    if e.name in scope.over:
        return (point(e.name, e.indices),), NOTHING
    kind = scope.model.family(e).kind
    if kind in ("size", "given"):
        return (), NOTHING
    if kind == "random":
        return (point(e.name, e.indices),), NOTHING
    try:
        return _proved_sources(e, scope)
    except Refused:
        defined = definition_of(e, scope)
        if defined is None or mentions_family(defined, e.name):
            raise
        return sources_of(defined, scope)


def _proved_sources(e: Expr, scope: Scope) -> tuple[Boxes, Uses]:
    for p in scope.proved:
        if isinstance(p.claim, Sources):
            at = scope.instance_of(p.claim.subject, p.claim.ranges, e)
            if at is not None:
                return tuple(put_box(b, at) for b in p.claim.boxes), p.uses
    for right, uses in equal_to(e, scope):
        boxes, more = sources_of(right, scope)
        return boxes, uses | more
    raise Refused("what {} is made of was not proved", e)


def equal_to(e: Expr, scope: Scope) -> Iterable[tuple[Expr, Uses]]:
    """What a derivative was proved to be equal to."""
    for p in scope.proved if isinstance(e, Partial) else ():
        if isinstance(p.claim, Statement) and not p.claim.over:
            at = scope.instance_of(p.claim.left, p.claim.ranges, e)
            if at is not None:
                yield put(p.claim.right, at), p.uses


def mentions_family(e: Expr, name: str) -> bool:
    """Whether an entry of a family stands in a term."""
    if isinstance(e, Entry) and e.name == name:
        return True
    return any(mentions_family(a, name) for a in e.args if isinstance(a, Expr))
