"""Which index values make factors those that an independence fact speaks of. Trusted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Expr, Symbol

from derive.model import Members, Separate
from derive.order import Order
from derive.terms import Apply, Entry, Partial, Range

At = dict[Symbol, Expr]
Obligations = list[tuple[tuple[Range, ...], At]]


def spoken_of(
    fact: Separate, a: Sequence[Expr], b: Sequence[Expr], order: Order
) -> Iterator[Obligations]:
    """For each way round: the ranges in which index values have to lie, with these values.

    Nothing comes unless every factor is shown to be a member, all for the same shared indices.
    """
    for one, two in ((fact.left, fact.right), (fact.right, fact.left)):
        at: At = {}
        pairs = [(side, e) for side, es in ((one, a), (two, b)) for e in es]
        own = [_member(fact, side, e, at, order) for side, e in pairs]
        if None not in own and {r.index for r in fact.ranges} == set(at):
            inner = [(side.over, at | (o or {})) for (side, _), o in zip(pairs, own, strict=True)]
            yield [(fact.ranges, at), *inner]


def _member(fact: Separate, side: Members, e: Expr, at: At, order: Order) -> At | None:
    """The own indices at which a member is ``e``; the shared ones are entered into ``at``."""
    pattern: Expr = side.of
    while type(pattern) is type(e) and isinstance(e, (Apply, Partial)):
        if isinstance(e, Apply) and (pattern.name, pattern.order) != (e.name, e.order):
            return None
        if isinstance(e, Partial) and (pattern.of != e.of or e.of.free_symbols):
            return None
        pattern, e = pattern.args[-1], e.args[-1]
    if not (isinstance(pattern, Entry) and isinstance(e, Entry) and pattern.name == e.name):
        return None
    own = {r.index for r in side.over}
    names = own | {r.index for r in fact.ranges}
    found: At = {}
    for p, a in zip(pattern.indices, e.indices, strict=True):
        unknown = names & p.free_symbols
        if not unknown:
            if not order.equal(p, a):
                return None
            continue
        (name, *more) = unknown
        if more or not (p - name).is_Integer:
            return None
        known, value = (found if name in own else at), a - (p - name)
        if not order.equal(known.setdefault(name, value), value):
            return None
    return found if own == set(found) else None
