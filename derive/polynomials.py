"""Products multiplied out, sums and products taken apart. Trusted."""

from __future__ import annotations

from math import comb, prod

from sympy import Add, Expr, Mul, Pow, expand

from derive.errors import Refused

MOST_TERMS = 2000


def multiplied_out(e: Expr) -> Expr:
    """The polynomial as a sum of products; raises Refused if that takes too many terms."""
    if how_many(e) > MOST_TERMS:
        raise Refused("{}", f"a polynomial of more than {MOST_TERMS} terms is not multiplied out")
    return expand(e)


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
