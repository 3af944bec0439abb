"""What can be claimed, and claims at other values and ranges of their indices. Trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol

from derive.boxes import Boxes, put_box
from derive.model import Statement
from derive.substitution import put
from derive.terms import Range

Uses = frozenset[str]
NOTHING: Uses = frozenset()


@dataclass(frozen=True)
class Sources:
    """Claim: ``subject`` is a function of the primitive entries in ``boxes`` alone."""

    subject: Expr
    boxes: Boxes
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class Finite:
    """Claim: ``subject`` has finite moments up to ``order``."""

    subject: Expr
    order: int
    ranges: tuple[Range, ...]


Claim = Statement | Sources | Finite


@dataclass(frozen=True)
class Proved:
    """A claim that was shown, with the names of the assumptions that this took."""

    name: str
    claim: Claim
    uses: Uses


def put_claim(claim: Any, name: Symbol, value: Expr) -> Any:
    """The claim with a value put in for a free name, in its ranges too (not in its own range)."""
    at = {name: value}
    over = tuple(
        r
        if r.index == name
        else Range(r.index, put(r.lo, at), put(r.hi, at), tuple(put(b, at) for b in r.but))
        for r in claim.ranges
    )
    if isinstance(claim, Statement):
        return Statement(put(claim.left, at), put(claim.right, at), over, claim.over, claim.given)
    if isinstance(claim, Sources):
        return Sources(put(claim.subject, at), tuple(put_box(b, at) for b in claim.boxes), over)
    return Finite(put(claim.subject, at), claim.order, over)


def drop_range(claim: Any, index: Symbol) -> Any:
    """The claim at one fixed value of an index."""
    return drop_ranges(claim, [index])


def drop_ranges(claim: Any, held: list[Symbol]) -> Any:
    """The claim at fixed values of some indices."""
    return _with_ranges(claim, tuple(r for r in claim.ranges if r.index not in held))


def with_range(claim: Any, new: Range) -> Any:
    """The claim over another range of one index."""
    return _with_ranges(claim, tuple(new if r.index == new.index else r for r in claim.ranges))


def at_value(claim: Any, r: Range, value: Expr) -> Any:
    """The claim at one value of one index."""
    return put_claim(drop_range(claim, r.index), r.index, value)


def _with_ranges(claim: Any, ranges: tuple[Range, ...]) -> Any:
    if isinstance(claim, Statement):
        return Statement(claim.left, claim.right, ranges, claim.over, claim.given)
    if isinstance(claim, Sources):
        return Sources(claim.subject, claim.boxes, ranges)
    return Finite(claim.subject, claim.order, ranges)
