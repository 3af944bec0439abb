"""Products multiplied out, sums and products taken apart. Trusted."""

from __future__ import annotations

from math import comb, prod

from sympy import Add, Expr, Mul, Pow, expand
from sympy.core.mul import _unevaluated_Mul

from derive.errors import Refused
from derive.subterms import kinds_in
from derive.terms import Entry

MOST_TERMS = 2000


def multiplied_out(e: Expr) -> Expr:
    """The polynomial as a sum of products; raises Refused if that takes too many terms."""
    if all(map(_is_monomial, Add.make_args(e))):
        return e
    if how_many(e) > MOST_TERMS:
        raise Refused("a polynomial of more than {} terms is not multiplied out", MOST_TERMS)
    return expand(e)


def _is_monomial(e: Expr) -> bool:
    return all(
        _is_letter(f.base if f.is_Pow and f.exp.is_Rational else f) for f in Mul.make_args(e)
    )


def _is_letter(e: Expr) -> bool:
    """Whether there is nothing to multiply out in a factor, nor in an index of it."""
    return e.is_Atom or (isinstance(e, Entry) and Mul not in kinds_in(e))


def how_many(e: Expr) -> int:
    """At most how many terms a polynomial has when it is multiplied out; too many count alike."""
    if isinstance(e, Add):
        found = sum(map(how_many, e.args))
    elif isinstance(e, Mul):
        found = prod(map(how_many, e.args))
    elif isinstance(e, Pow) and e.exp.is_Integer:
        terms, power = how_many(e.base), abs(int(e.exp))
        found = comb(terms + power - 1, power) if terms > 1 else 1
    else:
        found = max(map(how_many, e.args), default=1)
        found = found if found > MOST_TERMS else 1
    return min(found, MOST_TERMS + 1)


def factors(e: Expr) -> tuple[Expr, ...]:
    """The factors of a product; a positive integer power counts as that many equal factors."""
    found: list[Expr] = []
    for a in Mul.make_args(e):
        if isinstance(a, Pow) and a.exp.is_Integer and 1 < a.exp <= 8:
            found.extend([a.base] * int(a.exp))
        else:
            found.append(a)
    return tuple(found)


def summands(e: Expr) -> tuple[Expr, ...]:
    """The terms of a sum that is written out."""
    return Add.make_args(e)


def raised(base: Expr, e: Expr) -> Expr:
    """``base**e``: of a root of a reciprocal, or of a square, a positive factor is taken out.

    SymPy makes the same term, but looks long for the sign of a base of which nothing is known.
    """
    number, rest = base.as_coeff_Mul()
    root = e.is_Rational and not e.is_Integer and rest.is_Pow and rest.exp.is_Integer
    if not root or not number > 0 or rest.base.is_number:
        return Pow(base, e)
    return _unevaluated_Mul(number**e, Pow(rest, e, evaluate=False))
