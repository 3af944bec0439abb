r"""Relations that hold to the digits printed: ``\sqrt{2/576} = 0.059``. Not trusted to prove.

A side with one decimal number stands for all that is rounded to it.  The other side has to lie
between the ends, which `real` decides; what both sides have in common is divided out.
"""

from __future__ import annotations

from sympy import Dummy, Expr, factor_terms

from derive.errors import Refused
from derive.judging.combining import positive
from derive.read.links import Link
from derive.read.result import Side
from derive.real import compare, shown
from derive.scope import Scope
from derive.substitution import put
from derive.terms import HEADS, Entry


def rounding(link: Link, sides: tuple[Expr, Expr], scope: Scope) -> str:
    """How a relation holds as a rounding, in words; "" if it was not shown to.

    ``sides`` are its sides with what is known of their moments.
    """
    left, right = sides
    try:
        for exact, value, printed in (
            (link.left, left, link.right),
            (link.right, right, link.left),
        ):
            if exact.rounded and link.sign == "=":
                continue
            found = _between(value, printed, scope)
            if found is not None:
                return f"to the digits printed: {found}"
    except Refused:
        pass
    return ""


def of_numbers(link: Link) -> bool:
    """Whether both sides are numbers."""
    return not any(_is_open(e) for e in (link.left.term, link.right.term))


def _between(exact: Expr, printed: Side, scope: Scope) -> str | None:
    """The value that is rounded; None if it does not lie between the ends.

    In print a tie goes up or to the even digit, so both hold.
    """
    if printed.rounded is None or not printed.term:
        return None
    low, high = (_over(end, printed.term, scope) for end in printed.rounded)
    value = _over(exact, printed.term, scope)
    if any(map(_is_open, (value, low, high))):
        return None
    if compare(low, high) == 1:
        low, high = high, low
    below, above = compare(low, value), compare(value, high)
    if below not in (-1, 0) or above not in (-1, 0):
        return None
    tie = ", a tie, which is rounded either way" if 0 in (below, above) and value != 0 else ""
    return shown(value * printed.term.as_coeff_Mul()[0], 6) + tie


def _over(a: Expr, b: Expr, scope: Scope) -> Expr:
    """a / b, with what is positive in them cancelled out of roots."""
    atoms = {x for e in (a, b) for x in (*e.free_symbols, *e.atoms(Entry, *HEADS))}
    names = {x: Dummy(positive=True) for x in atoms if positive(x, scope)}
    quotient = factor_terms(put(a, names)) / factor_terms(put(b, names))
    return put(quotient, {d: x for x, d in names.items()})


def _is_open(e: Expr) -> bool:
    return bool(e.free_symbols or e.has(Entry, *HEADS))
