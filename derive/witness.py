"""The smallest numbers at which two product formulas differ. Not trusted: both sides are given.

The sizes are small integers, the variances 1 at first and distinct primes later; every mean is
0, so a second moment is a variance.  Only what the model leaves free is given a number.

Glossary: at the values of sizes and indices, a key a family name and the indices of one entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement
from math import prod

from sympy import Add, Expr, Mul, Pow, Rational, Symbol, prime

from derive.model import Model, SameLaw, Statement, key_of
from derive.powers import Outside
from derive.terms import E, Entry, Partial, Product, Range, Var, occurrences

At = dict[Expr, int]
Key = tuple[str, tuple[int, ...]]

DEEPEST = 4
WIDEST = 2


@dataclass(frozen=True)
class Witness:
    """Sizes, indices and variances, and the exact values of both sides there."""

    at: At
    moments: dict[Expr, Fraction]
    left: Fraction
    right: Fraction


class _Absent(Exception):
    """Some symbol or range does not exist at these sizes and indices."""


def witness(left: Expr, right: Expr, over: Iterable[Range], model: Model) -> Witness | None:
    """The first instance at which the sides differ, all variances 1 if that is enough.

    None where no small instance tells them apart, where something in them is not free, or
    where their symbols never all exist.
    """
    over = tuple(over)
    facts = _Facts(model)
    for distinct in (False, True):
        for at in instances(model, over):
            numbers = _Numbers(facts, distinct)
            try:
                a, b = numbers.value(left, at), numbers.value(right, at)
            except _Absent:
                continue
            except Outside:
                return None
            if a != b:
                return Witness(at, numbers.moments, a, b)
    return None


def instances(model: Model, over: Iterable[Range] = ()) -> Iterator[At]:
    """Small values of all sizes and of the indices in ``over``, in the order of reports.

    That is by depth, sum of widths, widths and indices.  A depth is a size that may
    be 0 or that limits the layers of a family of sizes.
    """
    over = tuple(over)
    families = [f for f in model.families.values() if f.kind == "size"]
    sizes = [s for s in model.sizes if isinstance(s, Symbol)]
    limits = [e for f in families for r in f.ranges for e in (r.lo, r.hi)]
    depths = [s for s in sizes if model.sizes[s] == 0 or any(s in e.free_symbols for e in limits)]
    for raised in _by_sum(len(depths), DEEPEST):
        deep = {s: model.sizes[s] + r for s, r in zip(depths, raised, strict=True)}
        least = {s: model.sizes[s] for s in sizes if s not in depths}
        for f in families:
            for at in _indices(f.ranges, deep):
                least[Entry(f.name, *(at[r.index] for r in f.ranges))] = model.sizes[f.name]
        for wider in _by_sum(len(least), WIDEST):
            wide = {w: n + r for (w, n), r in zip(least.items(), wider, strict=True)}
            with suppress(_Absent):
                yield from _indices(over, {**deep, **wide})


def _by_sum(count: int, most: int) -> Iterator[tuple[int, ...]]:
    """Tuples of numbers from 0 on, by their sum, then lexicographically."""
    for total in range(most + 1 if count else 1):
        chosen = combinations_with_replacement(range(count), total)
        yield from sorted(tuple(map(c.count, range(count))) for c in chosen)


def _indices(over: tuple[Range, ...], at: At) -> Iterator[At]:
    if not over:
        yield at
        return
    index, lo, hi, but = over[0]
    for value in range(_number(lo, at), _number(hi, at) + 1):
        if value not in [_number(b, at) for b in but]:
            yield from _indices(over[1:], {**at, index: value})


def _number(e: Expr, at: At) -> int:
    """An index or a size."""
    found = _exact(e, at)
    if found.denominator != 1:
        raise Outside(f"{e} is not an integer")
    return int(found)


def _exact(e: Expr, at: At) -> int | Fraction:
    if e.is_Integer:
        return int(e)
    if e in at:
        return at[e]
    if isinstance(e, Rational):
        return Fraction(int(e.p), int(e.q))
    if isinstance(e, Entry):
        known = Entry(e.name, *(_number(a, at) for a in e.indices))
        if known not in at:
            raise _Absent
        return at[known]
    if isinstance(e, (Add, Mul)):
        parts = [_exact(a, at) for a in e.args]
        return sum(parts) if isinstance(e, Add) else prod(parts)
    if isinstance(e, Pow):
        return Fraction(_exact(e.base, at)) ** _number(e.exp, at)
    raise Outside(f"{e} has no value")


class _Facts:
    """What a model says of the variances: which are one number, and which are not free."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.alike: dict[str, set[int]] = {}
        self.fixed: set[str] = set()
        for fact in (f for a in model.assumptions for f in a.facts):
            if isinstance(fact, SameLaw):
                self.alike.setdefault(fact.key, set()).update(fact.slots)
            elif isinstance(fact, Statement) and not fact.over:
                self._take(fact.left, fact.right)

    def _take(self, left: Expr, right: Expr) -> None:
        if isinstance(left, E) and isinstance(left.args[0], (Entry, Partial)) and right == 0:
            return
        if isinstance(left, (E, Var)) and type(left) is type(right):
            x, y = left.args[0], right.args[0]
            if all(isinstance(u, (Entry, Partial)) for u in (x, y)) and key_of(x) == key_of(y):
                pairs = enumerate(zip(_entry(x).indices, _entry(y).indices, strict=True))
                slots = {n for n, (a, b) in pairs if a != b and isinstance(left, Var)}
                self.alike.setdefault(key_of(x), set()).update(slots)
                return
        for e in (left, right):
            self.fixed.update(x.name for x, _ in occurrences(e, Entry))

    def key(self, u: Expr, at: At) -> Key:
        """The name and indices of a free entry; those that are alike are the first of them."""
        entry = _entry(u)
        family = self.model.family(entry)
        if isinstance(u, Entry) and family.kind not in ("random", "given"):
            raise Outside(f"{u} is not free")
        if self.fixed & {entry.name, key_of(u)}:
            raise Outside(f"the model fixes {u}")
        indices = tuple(_number(a, at) for a in entry.indices)
        inside, first = dict(at), []
        for value, (index, lo, hi, but) in zip(indices, family.ranges, strict=True):
            start = _number(lo, inside)
            if not start <= value <= _number(hi, inside) or but:
                raise _Absent
            inside[index] = value
            first.append(start)
        if isinstance(u, Partial):
            self._top(u, indices, at)
        alike = self.alike.get(key_of(u), set())
        return key_of(u), tuple(first[n] if n in alike else a for n, a in enumerate(indices))

    def _top(self, u: Partial, indices: tuple[int, ...], at: At) -> None:
        """Raises Outside unless the cost is a function of this very entry."""
        cost = self.model.cost_of(u)
        bound = {r.index for r in cost.ranges} if cost else set()
        if (
            cost is None
            or _entry(u).name != cost.of.name
            or any(
                a not in bound and _number(a, at) != value
                for a, value in zip(cost.of.indices, indices, strict=True)
            )
        ):
            raise Outside(f"{u} is not free")


def _entry(u: Expr) -> Entry:
    e = u.by if isinstance(u, Partial) else u
    if not isinstance(e, Entry):
        raise Outside(f"{u} is not an entry of a family")
    return e


class _Numbers:
    """Numbers for everything at one instance; ``distinct`` gives each variance a prime."""

    def __init__(self, facts: _Facts, distinct: bool) -> None:
        self._facts = facts
        self._distinct = distinct
        self._free: dict[tuple[bool, Key], tuple[Expr, Fraction]] = {}

    @property
    def moments(self) -> dict[Expr, Fraction]:
        """The variances and given numbers that were needed."""
        found: dict[Expr, Fraction] = {}
        for (moment, (_, indices)), (u, value) in self._free.items():
            entry = Entry(_entry(u).name, *indices)
            known = Partial(u.of, entry) if isinstance(u, Partial) else entry
            found[Var(known) if moment else known] = value
        return found

    def value(self, e: Expr, at: At) -> Fraction:
        """The value of a product formula; every range has to end at its start - 1 or later."""
        if isinstance(e, Mul):
            return prod((self.value(a, at) for a in e.args), start=Fraction(1))
        if isinstance(e, Pow):
            return self.value(e.base, at) ** _number(e.exp, at)
        if isinstance(e, Product):
            k, lo, hi, _ = e.range
            first, last = _number(lo, at), _number(hi, at)
            if last < first - 1:
                raise _Absent
            values = (self.value(e.body, {**at, k: a}) for a in range(first, last + 1))
            return prod(values, start=Fraction(1))
        if isinstance(e, Var):
            return self._free_value(e.args[0], at, True)
        if isinstance(e, E) and isinstance(e.args[0], Pow) and e.args[0].exp == 2:
            return self._free_value(e.args[0].base, at, True)
        if isinstance(e, Entry) and self._facts.model.family(e).kind == "given":
            return self._free_value(e, at, False)
        return Fraction(_exact(e, at))

    def _free_value(self, u: Expr, at: At, moment: bool) -> Fraction:
        key = (moment, self._facts.key(u, at))
        if key not in self._free:
            number = prime(len(self._free) + 1) if self._distinct else 1
            self._free[key] = u, Fraction(int(number))
        return self._free[key][1]
