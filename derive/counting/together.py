"""Entries of one family with one covariance, ``Cov[x_i, x_j] = c`` for i ≠ j. Not trusted.

With probability c / v all of them lie on one side of the mean, else each lies where it likes:
v is the variance, and the law is made of the mean and the root of v.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import product
from typing import Any

from sympy import Integer, Rational

from derive.counting.exact import exactly, power
from derive.counting.instance import Instance, Joint
from derive.counting.oracle import evaluate
from derive.errors import Refused
from derive.model import Fact, Statement
from derive.terms import Cov, E, Entry, Var

MOST_TOGETHER = 6


def together(facts: Sequence[Fact], instance: Instance) -> Iterator[Joint]:
    """A joint law for each family of which a covariance is declared that is not 0."""
    said = [f for f in facts if isinstance(f, Statement)]
    for s in said:
        pair = [x for x in s.left.args if isinstance(x, Entry)] if isinstance(s.left, Cov) else []
        if s.right == 0 or len(pair) != 2:
            continue
        x, y = pair
        at = next(instance.points(s.ranges, {}), None)
        if x.name != y.name or at is None or not any(r.but for r in s.ranges):
            continue
        with suppress(Refused):
            spread, mean = (_said(head, x, said, instance) for head in (Var, E))
            shared = exactly(evaluate(s.right, instance, at))
            joint = _joint(x.name, mean, spread, shared, instance)
            if joint is not None:
                yield joint


def _said(
    head: type[E] | type[Var], x: Entry, said: Sequence[Statement], instance: Instance
) -> Any:
    """What is declared of a moment, of the first entry; else what it is in the instance."""
    for s in said:
        of = s.left.args[0] if isinstance(s.left, head) else None
        at = next(instance.points(s.ranges, {}), None)
        if isinstance(of, Entry) and of.name == x.name and at is not None:
            return exactly(evaluate(s.right, instance, at))
    return Fraction(head is Var)


def _joint(name: str, mean: Any, spread: Any, shared: Any, instance: Instance) -> Joint | None:
    ranges = instance.model.families[name].ranges
    entries = [Entry(name, *(at[r.index] for r in ranges)) for at in instance.points(ranges, {})]
    if not 1 < len(entries) <= MOST_TOGETHER or not 0 < shared <= spread:
        return None
    step, part = power(spread, Rational(1, 2)), shared * power(spread, Integer(-1))
    sides = (mean - step, mean + step)
    apart = (1 - part) * Fraction(1, 2 ** len(entries))
    rows = {row: apart for row in product(sides, repeat=len(entries))}
    for side in sides:
        rows[(side,) * len(entries)] += part * Fraction(1, 2)
    return Joint(tuple(entries), tuple(rows.items()))
