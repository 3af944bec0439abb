"""Of which indices and depths a claim speaks: where everything in it exists. Trusted for meaning.

    W_2, h_1                 exist only in a network with a second layer of weights
    \\partial C/\\partial z   exists up to the last layer from which something leads to the cost
    \\prod_{k=i+1}^{d-1}      is a product only where it ends at i or later

The claim is narrowed to these; what can not be said by ranges and least sizes stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sympy import Expr, Symbol

from derive.judging.lemmas import Known
from derive.model import Model, Statement
from derive.order import Order, affine, order_among, split
from derive.products import leq
from derive.read.ranges import entries
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import BINDERS, Entry, Partial, Range


@dataclass(frozen=True)
class Place:
    """A claim where it exists, the model with the least sizes raised to what that takes."""

    claim: Statement
    model: Model
    least: tuple[tuple[Symbol, int], ...] = ()


def existing(claim: Statement, known: Known) -> Place:
    """The claim where all its symbols and ranges exist."""
    model = known.model
    claim = _before_the_end(claim, known)
    sizes = dict(model.sizes)
    ranges = list(claim.ranges)
    for room in _rooms(claim, model):
        found = affine(room)
        if found is None:
            continue
        indices = [n for n, r in enumerate(ranges) if r.index in found[0]]
        rest = {e: c for e, c in found[0].items() if e not in {r.index for r in ranges}}
        if not indices and len(rest) == 1:
            (size, c), constant = next(iter(rest.items())), found[1]
            if size in sizes and c == 1:
                sizes[size] = max(sizes[size], -constant)
        elif len(indices) == 1 and abs(found[0][ranges[indices[0]].index]) == 1:
            n = indices[0]
            ranges[n] = _narrowed(ranges[n], room, Order((), model.least))
    least = tuple((s, v) for s, v in sizes.items() if v != model.sizes[s] and isinstance(s, Symbol))
    raised = replace(model, sizes=sizes) if least else model
    return Place(replace(claim, ranges=tuple(ranges)), raised, least)


def _before_the_end(claim: Statement, known: Known) -> Statement:
    """The claim without the layers whose derivatives of the cost nothing leads to."""
    model = known.model
    over = list(claim.ranges)
    for side in (claim.left, claim.right):
        for atom, _ in occurrences(side, Partial):
            if model.cost_of(atom) is None or not isinstance(atom.by, Entry):
                continue
            family = model.family(atom.by)
            index, shift = split(atom.by.indices[0]) if family.ranges else (None, 0)
            if isinstance(index, Symbol):
                q = known.quantity(atom)
                last = q.layer.hi if q else family.ranges[0].hi
                for n, r in enumerate(over):
                    if r.index == index and r.hi == family.ranges[0].hi - shift:
                        over[n] = r._replace(hi=last - shift)
    return replace(claim, ranges=tuple(over))


def _rooms(claim: Statement, model: Model) -> Iterator[Expr]:
    """Expressions that are at least 0 where everything exists, and that may be less elsewhere."""
    order = order_among(claim.ranges, tuple(model.sizes.items()))
    for side in (claim.left, claim.right):
        for entry, above in entries(side, model):
            for low, high, span in _bounds(entry, above, model):
                if order.leq(low, high):
                    continue
                room = high - low
                if span is None or not _at_least_0(room - span):
                    yield room
        for binder, above in occurrences(side, BINDERS):
            r = binder.range
            if not (r.lo.free_symbols | r.hi.free_symbols) & {q.index for q in above}:
                yield r.hi - r.lo + 1


def _bounds(
    entry: Entry, above: Sequence[Range], model: Model
) -> Iterator[tuple[Expr, Expr, Expr | None]]:
    """``low <= high`` for each index of an entry; ``span >= 0`` where it occurs at all.

    An index that depends on one bound index is largest and smallest at its ends.
    """
    at: dict[Expr, Expr] = {}
    for r, index in zip(model.families[entry.name].ranges, entry.indices, strict=True):
        lo, hi = put(r.lo, at), put(r.hi, at)
        at[r.index] = index
        names = lo.free_symbols | hi.free_symbols | index.free_symbols
        bound = [q for q in above if q.index in names]
        if not bound:
            yield from ((lo, index, None), (index, hi, None))
        for q in bound[:1]:
            span = q.hi - q.lo
            for end in (q.lo, q.hi):
                first, last, value = (put(e, q.index, end) for e in (lo, hi, index))
                yield from ((first, value, span), (value, last, span))


def _at_least_0(e: Expr) -> bool:
    return bool(e.is_Integer and e >= 0)


def missing(claim: Statement, model: Model) -> Entry | None:
    """An entry that was not shown to exist wherever the claim speaks of it."""
    sizes = tuple(model.sizes.items())
    order = order_among(claim.ranges, sizes)
    for side in (claim.left, claim.right):
        for entry, above in entries(side, model):
            inner = order_among((*claim.ranges, *above), sizes)
            for low, high, span in _bounds(entry, above, model):
                if leq(low, high, inner) or leq(low, high, order):
                    continue
                if span is None or not _at_least_0(high - low - span):
                    return entry
    return None


def _narrowed(r: Range, room: Expr, order: Order) -> Range:
    """The part of a range in which ``room >= 0``, where the ends can be compared."""
    up = affine(room)
    if up is not None and up[0][r.index] < 0:
        hi = room + r.index
        return r._replace(hi=hi) if not order.leq(r.hi, hi) and order.leq(hi, r.hi) else r
    lo = r.index - room
    return r._replace(lo=lo) if not order.leq(lo, r.lo) and order.leq(r.lo, lo) else r
