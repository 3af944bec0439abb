"""Sets of entries of one family, an interval for each index: what a quantity is made of. Trusted.

That two boxes are disjoint, or one inside the other, is shown from the order of integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sympy import Expr, Symbol

from derive.order import Order, affine
from derive.substitution import put
from derive.terms import Range

Slot = tuple[Expr, Expr] | None


@dataclass(frozen=True)
class Box:
    """Entries of one primitive family; a slot without an interval runs over all its values."""

    key: str
    slots: tuple[Slot, ...]


Boxes = tuple[Box, ...]


def point(key: str, indices: Sequence[Expr]) -> Box:
    """One entry as a box."""
    return Box(key, tuple((i, i) for i in indices))


def put_box(box: Box, at: dict[Symbol, Expr]) -> Box:
    """The box with values put in for index names."""
    slots = tuple(s and (put(s[0], at), put(s[1], at)) for s in box.slots)
    return replace(box, slots=slots)


def widen(box: Box, over: Range) -> Box:
    """A box that contains the given one for every value of an index in its range."""
    return replace(box, slots=tuple(_widen(s, over) for s in box.slots))


def _widen(slot: Slot, over: Range) -> Slot:
    if slot is None:
        return None
    low, high = (_extreme(e, over, least) for e, least in zip(slot, (True, False), strict=True))
    return None if low is None or high is None else (low, high)


def _extreme(e: Expr, over: Range, least: bool) -> Expr | None:
    if over.index not in e.free_symbols:
        return e
    linear = affine(e)
    if linear is None:
        return None
    slope = linear[0].get(over.index, 0)
    if any(over.index in a.free_symbols for a in linear[0] if a != over.index):
        return None
    return put(e, over.index, over.lo if (slope > 0) == least else over.hi)


def disjoint(p: Box, q: Box, order: Order) -> bool:
    """Whether two boxes of one family are shown to have no entry in common."""
    for s, t in zip(p.slots, q.slots, strict=True):
        if s is None or t is None:
            continue
        if order.less(s[1], t[0]) or order.less(t[1], s[0]):
            return True
        if s[0] == s[1] and t[0] == t[1] and order.differ(s[0], t[0]):
            return True
    return False


def includes(outer: Boxes, inner: Boxes, order: Order) -> bool:
    """Whether every box of ``inner`` lies in a box of ``outer``."""
    return all(any(_inside(p, q, order) for q in outer) for p in inner)


def _inside(p: Box, q: Box, order: Order) -> bool:
    if p.key != q.key:
        return False
    for s, t in zip(p.slots, q.slots, strict=True):
        if t is None:
            continue
        if s is None or not (order.leq(t[0], s[0]) and order.leq(s[1], t[1])):
            return False
    return True


def of_keys(boxes: Boxes, keys: tuple[str, ...]) -> Boxes:
    """The boxes of some families."""
    return tuple(b for b in boxes if b.key in keys)
