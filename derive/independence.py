"""Independence, worked out from sources and from what is declared of them. Trusted.

Two quantities are independent when what they are made of is.  Having something in common
proves nothing, and is refused with the overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sympy import Expr, Mul

from derive.boxes import Box, Boxes, disjoint, of_keys
from derive.claims import NOTHING, Uses
from derive.errors import Refused
from derive.made_of import sources_of
from derive.members import spoken_of
from derive.model import Independent, Nonzero, Separate
from derive.scope import Scope, once


@dataclass(frozen=True)
class Evidence:
    """Why a group of factors could be separated: what each is made of."""

    of: Expr
    made_of: Boxes


class NotIndependent(Refused):
    """Independence that was not shown; keeps what both sides are made of and what they share."""

    def __init__(self, a: Boxes, b: Boxes, shared: tuple[Box, Box] | None) -> None:
        self.a, self.b, self.shared = a, b, shared
        if shared is None:
            keys = ", ".join(sorted({x.key for x in a})), ", ".join(sorted({x.key for x in b}))
            reason = f"no declared independence covers {keys[0]} and {keys[1]}"
            needs = f"{keys[0]} independent of {keys[1]}"
        else:
            reason = f"both sides are made of {shared[0].key}"
            needs = f"the two parts of {shared[0].key} to be disjoint and its entries independent"
        super().__init__("{}", reason, needs=needs)


def independent(
    groups: Sequence[Sequence[Expr]], scope: Scope
) -> tuple[Uses, tuple[Evidence, ...]]:
    """The assumptions that make the groups mutually independent; raises Refused.

    It is enough that, one after another, each group is independent of all that are left
    together.  What a group is made of is evidence only where that was the reason.
    """
    asked = tuple(map(tuple, groups))
    return once(scope.apart, asked, lambda: _one_after_another(groups, scope))


def _one_after_another(
    groups: Sequence[Sequence[Expr]], scope: Scope
) -> tuple[Uses, tuple[Evidence, ...]]:
    uses, told = NOTHING, set[int]()
    left = list(range(len(groups)))
    while len(left) > 1:
        refusals: list[Refused] = []
        for n in left if len(left) > 2 else left[:1]:
            rest = [m for m in left if m != n]
            try:
                more, because = _group_apart(groups[n], [groups[m] for m in rest], scope)
            except Refused as no:
                refusals.append(no)
                continue
            uses, told = uses | more, told | ({n, *rest} if because else set())
            left = rest
            break
        else:
            raise refusals[0]
    evidence = tuple(Evidence(Mul(*groups[n]), _joint(groups[n], scope)[0]) for n in sorted(told))
    return uses, evidence


def _group_apart(
    group: Sequence[Expr], rest: Sequence[Sequence[Expr]], scope: Scope
) -> tuple[Uses, bool]:
    """Independence of one group from others together, and whether by what they are made of."""
    others = [e for g in rest for e in g]
    try:
        (a, uses), (b, more) = _joint(group, scope), _joint(others, scope)
        return uses | more | independent_boxes(a, b, scope), True
    except Refused:
        for name, fact in scope.facts(Separate):
            if _said(fact, group, others, scope):
                return frozenset({name}), False
        raise


def _joint(group: Sequence[Expr], scope: Scope) -> tuple[Boxes, Uses]:
    found = [sources_of(e, scope) for e in group]
    boxes = tuple(dict.fromkeys(b for bs, _ in found for b in bs))
    return boxes, NOTHING.union(*(u for _, u in found))


def independent_boxes(a: Boxes, b: Boxes, scope: Scope) -> Uses:
    """Independence of everything in ``a``, jointly, from everything in ``b``.

    A fact that covers all families involved splits the question into one for each of its
    units: if unit U is independent of unit V, then A is independent of B as soon as the
    parts of A and B in U are, and the parts in V are.
    """
    if not a or not b:
        return NOTHING
    keys = frozenset(x.key for x in (*a, *b))
    for name, fact in _independence_facts(scope):
        if not keys <= fact.keys:
            continue
        parts = [(u, of_keys(a, u.keys), of_keys(b, u.keys)) for u in fact.units]
        if any((p, q) == (a, b) and not u.each for u, p, q in parts):
            continue
        try:
            uses: Uses = frozenset({name} if name else ())
            for unit, p, q in parts:
                if unit.each:
                    _disjoint(p, q, scope)
                else:
                    uses |= independent_boxes(p, q, scope)
            return uses
        except Refused:
            continue
    raise NotIndependent(a, b, _shared(a, b, scope))


def _disjoint(a: Boxes, b: Boxes, scope: Scope) -> None:
    """That no index is met in both, whatever the families: of one, or of tuples."""
    for p in a:
        for q in b:
            if len(p.slots) != len(q.slots) or not disjoint(p, q, scope.order):
                raise Refused("{} and {} may share an entry", p, q)


def _shared(a: Boxes, b: Boxes, scope: Scope) -> tuple[Box, Box] | None:
    for p in a:
        for q in b:
            if p.key == q.key and not disjoint(p, q, scope.order):
                return p, q
    return None


def _said(fact: Separate, a: Sequence[Expr], b: Sequence[Expr], scope: Scope) -> bool:
    """Whether a fact was declared of just these quantities, at index values in range."""
    one, two = ([e for e in group if scope.is_random(e)] for group in (a, b))
    return any(
        not any(scope.in_ranges(ranges, at) for ranges, at in needed)
        for needed in spoken_of(fact, one, two, scope.order)
    )


def each_apart(key: str, scope: Scope) -> Uses:
    """The assumption that makes a family's entries mutually independent; raises Refused."""
    for name, fact in _independence_facts(scope):
        if any(u.each and key in u.keys for u in fact.units):
            return frozenset({name} if name else ())
    raise Refused("the entries of {} were not declared independent of each other", key)


def _independence_facts(scope: Scope) -> Iterable[tuple[str, Independent]]:
    for fact in scope.given:
        yield "", fact
    yield from scope.facts(Independent)


def never_zero(e: Expr, scope: Scope) -> Uses | None:
    """The assumption that an expression is 0 with probability 0, if there is one."""
    for name, fact in scope.facts(Nonzero):
        if scope.instance_of(fact.of, fact.ranges, e) is not None:
            return frozenset({name})
    return None
