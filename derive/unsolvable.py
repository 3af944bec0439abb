"""Equations between sizes that no sizes solve: n = m and n = m + 1; n = 4 where n ≥ 5. Trusted.

Multiples of the equations are added up, one size after the other being taken out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import gcd, lcm

from sympy import Add, Expr, Integer, Mul, Rational, Symbol

from derive.claims import Uses
from derive.model import Model, Statement
from derive.order import Order
from derive.polynomials import multiplied_out, summands

Row = tuple[dict[Symbol, Rational], Rational, Uses]


def of_sizes(s: Statement) -> bool:
    """Whether an equation is between sums of multiples of sizes, for no indices."""
    row = None if s.ranges or s.over else _row(s, frozenset())
    return row is not None and bool(row[0])


def unsolvable(
    equations: Iterable[tuple[Statement, Uses]], model: Model
) -> Iterator[tuple[Uses, Expr]]:
    """What would have to be 0 and is not, and the equations that it follows from."""
    order, found = Order((), model.least), list[Row]()
    for s, uses in equations:
        row = _row(s, uses)
        if row is None:
            continue
        for other in found:
            row = _without(next(iter(other[0])), row, other)
        if not row[0] and row[1] == 0:
            continue
        if row[0]:
            found = [_without(next(iter(row[0])), other, row) for other in found]
            found.append(row)
        for parts, number, by in found if row[0] else [row]:
            rest = _whole(parts, number)
            whole = rest.as_coeff_Add()[0].is_Integer
            if not whole or order.leq(Integer(1), rest) or order.leq(Integer(1), -rest):
                yield by, rest
                return


def _row(s: Statement, uses: Uses) -> Row | None:
    """Left - right as multiples of sizes and a number; None if it is something else."""
    parts = [t.as_coeff_Mul() for t in summands(multiplied_out(s.left - s.right))]
    if not all(isinstance(c, Rational) and (x == 1 or x.is_Symbol) for c, x in parts):
        return None
    number = Add(*(c for c, x in parts if x == 1))
    return {x: c for c, x in parts if x != 1}, number, uses


def _without(x: Symbol, row: Row, other: Row) -> Row:
    """A row with so much of another one taken off that a size is gone."""
    times = row[0].get(x, Rational(0)) / other[0][x]
    if times == 0:
        return row
    names = dict.fromkeys((*row[0], *other[0]))
    parts = {n: row[0].get(n, 0) - times * other[0].get(n, 0) for n in names}
    left = {n: c for n, c in parts.items() if c != 0}
    return left, row[1] - times * other[1], row[2] | other[2]


def _whole(parts: dict[Symbol, Rational], number: Rational) -> Expr:
    """A row as a sum with whole multiples of the sizes, without a factor that they share."""
    if not parts:
        return number
    times = Rational(
        lcm(*(int(c.q) for c in parts.values())), gcd(*(int(c.p) for c in parts.values()))
    )
    return Add(*(Mul(times, c, x) for x, c in parts.items()), times * number)
