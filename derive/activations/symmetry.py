"""Sums and differences of f(s) and f(-s), shown by algebra on every interval. Not trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from sympy import Expr, Integer, oo

from derive.activations.algebra import shown_zero
from derive.activations.pieces import Piece, between
from derive.activations.reading import VARIABLE


def mirrored(pieces: Sequence[Piece]) -> Iterator[tuple[Expr, Expr, Expr]]:
    """For each interval of s > 0 the place it begins, f(s) and f(-s), all smooth there."""
    inner = [p.lo for p in pieces[1:]]
    places = sorted({Integer(0), *(abs(r) for r in inner)})
    for lo, hi in pairwise([*places, oo]):
        at = between(lo, hi)
        left = formula_at(pieces, -at).xreplace({VARIABLE: -VARIABLE})
        yield lo, formula_at(pieces, at), left


def formula_at(pieces: Sequence[Piece], at: Expr) -> Expr:
    """The formula that holds around a place that is no end of a piece."""
    return next(p.formula for p in pieces if p.lo < at < p.hi)


def everywhere(pieces: Sequence[Piece], what: Callable[[Expr, Expr], Expr]) -> bool:
    """Whether something made of f(s) and f(-s) is shown to be 0 for all s > 0."""
    return all(shown_zero(what(right, left)) for _, right, left in mirrored(pieces))


def odd(pieces: Sequence[Piece]) -> bool:
    """Whether f(-s) = -f(s) is shown."""
    return everywhere(pieces, lambda right, left: right + left)


def even(pieces: Sequence[Piece]) -> bool:
    """Whether f(-s) = f(s) is shown."""
    return everywhere(pieces, lambda right, left: right - left)


def even_part(pieces: Sequence[Piece]) -> Expr | None:
    """(f(s) + f(-s))/2 where that is shown to be a constant: then it is the mean of f."""
    first = next(iter(mirrored(pieces)))
    middle = ((first[1] + first[2]) / 2).xreplace({VARIABLE: Integer(0)})
    if not middle.is_finite:
        return None
    shown = everywhere(pieces, lambda right, left: (right + left) / 2 - middle)
    return middle if shown else None
