"""The smallest numbers at which two product formulas differ. Not trusted: both sides are given.

The sizes are small integers, the variances 1 at first and distinct primes later; every mean is
0, so a second moment is a variance.  Only what the model leaves free is given a number.

Glossary: at the values of sizes and indices, a key a family name and the indices of one entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice

from sympy import Add, Expr, Mul, Pow, prime

from derive.counting.instance import Instance
from derive.counting.leeway import Key, Leeway, entry_of
from derive.counting.small import (
    Absent,
    At,
    fraction,
    instances,
    multiplied,
    number,
    power_of,
    total,
    value_of,
)
from derive.errors import Refused
from derive.model import Model
from derive.powers import Outside
from derive.real import compare
from derive.substitution import put
from derive.terms import E, Entry, Partial, Product, Range, Var, term

MOST_INSTANCES = 5000
LONGEST = 10_000


@dataclass(frozen=True)
class Witness:
    """Sizes, indices and variances, and the exact values of both sides there.

    ``instance`` is what was counted, where something was.
    """

    at: At
    moments: dict[Expr, Fraction]
    left: Fraction | Expr
    right: Fraction | Expr
    instance: Instance | None = field(default=None, compare=False, repr=False)


def witness(left: Expr, right: Expr, over: Iterable[Range], model: Model) -> Witness | None:
    """The first instance at which the sides differ, all variances 1 if that is enough.

    None where no small instance tells them apart, where something in them is not free, or
    where their symbols never all exist.
    """
    over = tuple(over)
    facts = Leeway(model)
    if facts.opaque:
        return None
    for distinct in (False, True):
        for at in islice(instances(model, over), MOST_INSTANCES):
            numbers = _Numbers(facts, distinct)
            try:
                if not facts.allow(at):
                    continue
                a, b = numbers.value(left, at), numbers.value(right, at)
            except Absent:
                continue
            except Outside:
                return None
            if _differ(a, b):
                open = left.free_symbols | right.free_symbols or left.has(Entry) or right.has(Entry)
                return Witness(at if open else {}, numbers.moments, a, b)
    return None


def _differ(a: Fraction | Expr, b: Fraction | Expr) -> bool:
    """Whether two numbers are different, with proof."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a != b
    try:
        return compare(term(a), term(b)) in (1, -1)
    except Refused:
        return False


class _Numbers:
    """Numbers for everything at one instance; ``distinct`` gives each variance a prime."""

    def __init__(self, facts: Leeway, distinct: bool) -> None:
        self._facts = facts
        self._distinct = distinct
        self._free: dict[tuple[bool, Key], tuple[Expr, Fraction]] = {}

    @property
    def moments(self) -> dict[Expr, Fraction]:
        """The variances and given numbers that were needed."""
        found: dict[Expr, Fraction] = {}
        for (moment, (_, indices)), (u, value) in self._free.items():
            entry = Entry(entry_of(u).name, *indices)
            known = Partial(u.of, entry) if isinstance(u, Partial) else entry
            found[Var(known) if moment else known] = value
        return found

    def value(self, e: Expr, at: At) -> Fraction | Expr:
        """The value of a product formula; every range has to end at its start - 1 or later."""
        if isinstance(e, Mul):
            return multiplied([self.value(a, at) for a in e.args])
        if isinstance(e, Add):
            return total([self.value(a, at) for a in e.args])
        if isinstance(e, Pow):
            return power_of(self.value(e.base, at), e.exp, at)
        if isinstance(e, Product):
            k, lo, hi, _ = e.range
            first, last = number(lo, at), number(hi, at)
            if last < first - 1:
                raise Absent
            if last - first > LONGEST:
                raise Outside("{} has more than {} values", k, LONGEST)
            return multiplied([self.value(e.body, {**at, k: a}) for a in range(first, last + 1)])
        if isinstance(e, Var):
            return self._free_value(e.args[0], at, True)
        if isinstance(e, E) and isinstance(e.args[0], Pow) and e.args[0].exp == 2:
            return self._free_value(e.args[0].base, at, True)
        if isinstance(e, Entry) and self._facts.model.family(e).kind == "given":
            return self._free_value(e, at, False)
        return fraction(value_of(e, at))

    def _free_value(self, u: Expr, at: At, moment: bool) -> Fraction:
        key = (moment, self._facts.key(u, at))
        if key not in self._free:
            number = prime(len(self._free) + 1) if self._distinct else 1
            self._free[key] = u, self._between(u, at, int(number))
        return self._free[key][1]

    def _between(self, u: Expr, at: At, number: int) -> Fraction:
        """The number, or one made of it that lies strictly between the bounds that are declared."""
        entry = entry_of(u)
        family = self._facts.model.family(entry)
        names = dict(zip((r.index for r in family.ranges), entry.indices, strict=True))
        low, high = (
            None if bound is None else self.value(put(bound, names), at)
            for bound in (family.above, family.below)
        )
        if isinstance(low, Expr) or isinstance(high, Expr):
            raise Outside("a bound that is no fraction")
        if low is not None and high is not None:
            return low + (high - low) * Fraction(1, number + 1)
        if low is not None:
            return max(Fraction(number), low + number)
        return Fraction(number) if high is None else min(Fraction(number), high - number)
