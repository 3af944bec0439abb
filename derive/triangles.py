"""Sums over i < j: half of the sum over all i ≠ j, if i and j may change places. Trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sympy import Expr

from derive.order import Order
from derive.terms import Range


class Triangle(NamedTuple):
    """The indices ``first`` and ``second`` over one range, ``first`` ≤ or < ``second``.

    ``diagonal`` says whether both may be the same, ``rest`` are the other ranges.
    """

    first: Range
    second: Range
    diagonal: bool
    rest: tuple[Range, ...]


def triangle(over: Sequence[Range], order: Order) -> Triangle | None:
    """Two of the ranges that are i ≤ j or i < j within one range; None without such."""
    for q in over:
        for p in over:
            found = _within(p, q) or _beyond(p, q)
            if found is None or p.but or q.but:
                continue
            lo, hi, diagonal = found
            rest = tuple(r for r in over if r not in (p, q))
            names = {p.index, q.index}
            apart = not any(names & e.free_symbols for r in rest for e in (r.lo, r.hi, *r.but))
            if apart and not names & (lo.free_symbols | hi.free_symbols) and order.leq(lo - 1, hi):
                first, second = p._replace(lo=lo, hi=hi), q._replace(lo=lo, hi=hi)
                return Triangle(first, second, diagonal, rest)
    return None


def _beyond(p: Range, q: Range) -> tuple[Expr, Expr, bool] | None:
    """The range if q runs from p on, or from after it; None for anything else."""
    diagonal = q.lo == p.index
    last = p.hi == q.hi or (p.hi == q.hi - 1 and not diagonal)
    return (p.lo, q.hi, diagonal) if last and q.lo in (p.index, p.index + 1) else None


def _within(p: Range, q: Range) -> tuple[Expr, Expr, bool] | None:
    """The range if q runs up to p, or to before it; None for anything else."""
    diagonal = q.hi == p.index
    first = p.lo == q.lo or (p.lo == q.lo + 1 and not diagonal)
    return (q.lo, p.hi, diagonal) if first and q.hi in (p.index, p.index - 1) else None
