"""Sums over parts of their ranges: Σ_{j=1}^{k} = Σ_{j=1}^{k-1} and the term at k. Trusted.

A range is cut where another range begins or ends, and at an index that stands beside its own.
Every cut is shown to lie in the range, so that the parts make it up, empty ones included.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from sympy import Expr, Mul, Symbol

from derive.forms import Key, Term, renamed
from derive.order import Order
from derive.subterms import occurrences
from derive.terms import Entry, Range

MOST_CUTS = 4


def cuts(keys: Iterable[Key], order: Order) -> frozenset[Expr]:
    """Where ranges in a normal form could be cut: each cut begins a part."""
    keys = list(keys)
    ranges = {(r.lo, r.hi) for over, _, _ in keys for r in over}
    ends = {e for lo, hi in ranges for e in (lo, hi + 1)}
    for over, moments, atoms in keys:
        for product in (*moments, Mul(*atoms)):
            ends |= _beside(product, {r.index for r in over})
    inside = {e for e in ends if any(_lies(lo, e, hi + 1, order) for lo, hi in ranges)}
    inside |= {lo for lo, hi in ranges if hi - lo in (0, -1)}
    return frozenset(inside) if len(inside) <= MOST_CUTS else frozenset()


def _lies(lo: Expr, e: Expr, end: Expr, order: Order) -> bool:
    """Whether lo ≤ e ≤ end is shown, and that e is one of the ends is not."""
    between = order.leq(lo, e) and order.leq(e, end)
    return between and not order.equal(lo, e) and not order.equal(e, end)


def _beside(product: Expr, bound: set[Symbol]) -> set[Expr]:
    """The indices that stand beside a bound one: in another entry of the same family."""
    entries = [x for x, _ in occurrences(product, Entry)]
    summed = {x.name for x in entries if bound & x.free_symbols}
    fixed = {
        i for x in entries if x.name in summed for i in x.indices if not bound & i.free_symbols
    }
    return {e for i in fixed for e in (i, i + 1)}


def cut(t: Term, at: frozenset[Expr], order: Order) -> Iterator[Term]:
    """The term as a sum of terms over parts of its ranges.

    An index that another one leaves out, or that leaves out others, is not touched.
    """
    for r in t.over:
        parts = _parts(r, at, order)
        alone = not r.but and not any(r.index in e.free_symbols for q in t.over for e in q.but)
        if alone and (len(parts) != 1 or r.hi == r.lo):
            for lo, end in parts:
                yield from cut(_within(t, r, lo, end), at, order)
            return
    yield t


def _within(t: Term, r: Range, lo: Expr, end: Expr) -> Term:
    """The term with ``lo`` ≤ index < ``end`` alone."""
    rest = [q for q in t.over if q.index != r.index]
    if end - lo == 1:
        return renamed(replace(t, over=tuple(rest)), {r.index: lo})
    return replace(t, over=(*rest, r._replace(lo=lo, hi=end - 1)))


def _parts(r: Range, at: frozenset[Expr], order: Order) -> list[tuple[Expr, Expr]]:
    """Where the parts of a range begin, and where what comes after begins; no empty ones.

    What has a few values falls into these.
    """
    found = [r.lo, r.hi + 1]
    for e in sorted(at, key=str):
        place = next((n for n, q in enumerate(found) if order.leq(e, q)), 0)
        if place and _lies(found[place - 1], e, found[place], order):
            found.insert(place, e)
    parts = []
    for lo, end in pairwise(found):
        few = end - lo in range(MOST_CUTS)
        parts += [(lo + n, lo + n + 1) for n in range(int(end - lo))] if few else [(lo, end)]
    return parts
