"""Sums written with dots: ``w_1 x_1 + w_2 x_2 + \\cdots + w_n x_n``. Trusted for meaning.

The last term says how a term is made, if there is exactly one way in which the terms before
the dots are made like it; they count up by one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sympy import Expr, Integer, Symbol

from derive.read.values import Mismatch, Value
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Entry, Sum, rebuild


def series(before: Sequence[Value], last: Value, index: Symbol) -> list[Value]:
    """The terms with those of the series as one sum over ``index``, a new name.

    Raises Mismatch if they are not alike.
    """
    if last.open or before[-1].open:
        raise Mismatch("expected numbers around the dots")
    found: list[list[Value]] = []
    for end in sorted(_indices(last.term), key=lambda e: e.sort_key()):
        for body in dict.fromkeys((put(last.term, end, index), _inside(last.term, end, index))):
            for start in _indices(before[-1].term):
                if start.is_Integer and put(body, index, start) == before[-1].term != last.term:
                    found.append(_made(before, body, index, int(start), end))
    if len(found) != 1:
        raise Mismatch("cannot tell how the terms around the dots go on: write \\sum")
    return found[0]


def _made(before: Sequence[Value], body: Expr, index: Expr, start: int, end: Expr) -> list[Value]:
    """Terms before the dots belong to the sum as long as they count down."""
    left = list(before[:-1])
    while left and not left[-1].open and left[-1].term == put(body, index, start - 1):
        left.pop()
        start -= 1
    numbers = {i for v in left for i in _indices(v.term) if i.is_Integer}
    if any(v.term == put(body, index, i) for v in left for i in numbers):
        raise Mismatch("expected terms that count up by one before the dots")
    return [*left, Value(Sum(body, (index, Integer(start), end)))]


def _indices(e: Expr) -> set[Expr]:
    return {i for entry, _ in occurrences(e, Entry) for i in entry.indices}


def _inside(e: Expr, old: Expr, new: Expr) -> Expr:
    """Replace an index of entries, and not the same expression elsewhere."""
    if isinstance(e, Entry):
        return rebuild(e, (e.args[0], *(new if i == old else i for i in e.indices)))
    return rebuild(e, tuple(_inside(a, old, new) for a in e.args)) if e.args else e
