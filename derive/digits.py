r"""Relations that hold to the digits printed: ``\sqrt{2/576} = 0.059``. Not trusted to prove.

A side with one decimal number stands for all that is rounded to it.  The other side has to lie
between the ends, which `real` decides; what both sides have in common is divided out.
"""

from __future__ import annotations

from sympy import Expr

from derive.errors import Refused
from derive.read.links import Link
from derive.read.result import Side
from derive.real import compare, shown
from derive.terms import HEADS, Entry


def rounding(link: Link) -> str:
    """How a relation holds as a rounding, in words; "" if it was not shown to."""
    try:
        for exact, printed in ((link.left, link.right), (link.right, link.left)):
            if exact.rounded and link.sign == "=":
                continue
            found = _between(exact.term, printed)
            if found is not None:
                return f"to the digits printed: {found}"
    except Refused:
        pass
    return ""


def of_numbers(link: Link) -> bool:
    """Whether both sides are numbers."""
    return not any(_is_open(e) for e in (link.left.term, link.right.term))


def _between(exact: Expr, printed: Side) -> str | None:
    """The value that is rounded; None if it does not lie between the ends."""
    if printed.rounded is None or not printed.term:
        return None
    low, high = _ends(printed)
    value = exact / printed.term
    if any(map(_is_open, (value, low, high))):
        return None
    if compare(low, value) not in (-1, 0) or compare(value, high) not in (-1, 0):
        return None
    return shown(exact, 6) if not _is_open(exact) else f"{shown(value, 6)} times that"


def _ends(printed: Side) -> tuple[Expr, Expr]:
    """The ends of a rounded side as multiples of it."""
    low, high = (end / printed.term for end in printed.rounded or ())
    return (low, high) if compare(low, high) == -1 else (high, low)


def _is_open(e: Expr) -> bool:
    return bool(e.free_symbols or e.has(Entry, *HEADS))
