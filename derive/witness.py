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

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, prime

from derive.model import Distributed, Model, SameLaw, Statement, key_of
from derive.powers import Outside
from derive.real import compare
from derive.terms import HEADS, E, Entry, Partial, Product, Range, Var, occurrences, term

At = dict[Expr, int]
Key = tuple[str, tuple[int, ...]]

DEEPEST = 4
WIDEST = 2


@dataclass(frozen=True)
class Witness:
    """Sizes, indices and variances, and the exact values of both sides there."""

    at: At
    moments: dict[Expr, Fraction]
    left: Fraction | Expr
    right: Fraction | Expr


class _Absent(Exception):
    """Some symbol or range does not exist at these sizes and indices."""


def witness(left: Expr, right: Expr, over: Iterable[Range], model: Model) -> Witness | None:
    """The first instance at which the sides differ, all variances 1 if that is enough.

    None where no small instance tells them apart, where something in them is not free, or
    where their symbols never all exist.
    """
    over = tuple(over)
    facts = _Facts(model)
    if facts.opaque:
        return None
    for distinct in (False, True):
        for at in instances(model, over):
            numbers = _Numbers(facts, distinct)
            try:
                if not facts.allow(at):
                    continue
                a, b = numbers.value(left, at), numbers.value(right, at)
            except _Absent:
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
    return compare(term(a), term(b)) in (1, -1)


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
    if isinstance(found, Expr) or found.denominator != 1:
        raise Outside(f"{e} is not an integer")
    return int(found)


def _power(base: Fraction | Expr, e: Expr, at: At) -> Fraction | Expr:
    power = e if isinstance(e, Rational) else Integer(_number(e, at))
    if base == 0 and power < 0:
        raise _Absent
    if isinstance(base, Fraction) and power.is_Integer:
        return base ** int(power)
    return _fraction(term(base) ** power)


def _total(parts: Iterable[int | Fraction | Expr]) -> Fraction | Expr:
    exact, roots = _apart(parts)
    value = sum(exact, start=Fraction(0))
    return _fraction(Add(term(value), *roots)) if roots else value


def _multiplied(parts: Iterable[int | Fraction | Expr]) -> Fraction | Expr:
    exact, roots = _apart(parts)
    value = prod(exact, start=Fraction(1))
    return _fraction(Mul(term(value), *roots)) if roots else value


def _apart(parts: Iterable[int | Fraction | Expr]) -> tuple[list[Fraction], list[Expr]]:
    """The numbers that are fractions, and the others."""
    found = list(parts)
    exact = [Fraction(p) for p in found if not isinstance(p, Expr)]
    return exact, [p for p in found if isinstance(p, Expr)]


def _fraction(value: int | Fraction | Expr) -> Fraction | Expr:
    if isinstance(value, Rational):
        return Fraction(int(value.p), int(value.q))
    return value if isinstance(value, Expr) else Fraction(value)


def _exact(e: Expr, at: At) -> int | Fraction | Expr:
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
        return _total(parts) if isinstance(e, Add) else _multiplied(parts)
    if isinstance(e, Pow):
        return _power(_fraction(_exact(e.base, at)), e.exp, at)
    raise Outside(f"{e} has no value")


def free(u: Expr, model: Model) -> bool:
    """Whether the model leaves the variance of a random entry free, up to being one for some."""
    facts = _Facts(model)
    kind = model.family(u).kind if isinstance(u, Entry) else ""
    return kind == "random" and not facts.opaque and key_of(u) not in facts.fixed


class _Facts:
    """What a model says of the variances: which are one number, and which are not free.

    What it says of something defined, and equations that may have consequences for the sizes, are
    not taken apart: then it is ``opaque``, and nothing is free.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.alike: dict[str, set[int]] = {}
        bounds = {n: (f.above, f.below) for n, f in model.families.items()}
        self.fixed = {n for n, both in bounds.items() if both not in ((None, None), (0, None))}
        self._sizes: list[Statement] = []
        self.opaque = False
        equations: list[Statement] = []
        for fact in (f for a in model.assumptions for f in a.facts):
            if isinstance(fact, SameLaw):
                self.alike.setdefault(fact.key, set()).update(fact.slots)
            elif isinstance(fact, Distributed):
                self.fixed.add(fact.entry.name)
            elif isinstance(fact, Statement) and not fact.over:
                if self._of_sizes(fact):
                    self._sizes.append(fact)
                    continue
                spoken = (x for e in (fact.left, fact.right) for x, _ in occurrences(e, Entry))
                self.opaque |= any(self._kind(x.name) == "defined" for x in spoken)
                if self._take(fact.left, fact.right):
                    equations.append(fact)
        self.opaque |= any(map(self._binds, _by_family(equations)))

    def allow(self, at: At) -> bool:
        """Whether the sizes are as the model says, for all indices; raises Outside."""
        return all(
            _exact(s.left, inner) == _exact(s.right, inner)
            for s in self._sizes
            for inner in _indices(s.ranges, at)
        )

    def _of_sizes(self, s: Statement) -> bool:
        kinds = (self._kind(x.name) for side in (s.left, s.right) for x in side.atoms(Entry))
        return not s.left.has(*HEADS) and not s.right.has(*HEADS) and set(kinds) <= {"size"}

    def _kind(self, name: str) -> str:
        return self.model.families[name].kind if name in self.model.families else ""

    def _binds(self, equations: list[Statement]) -> bool:
        """Whether what is said of one family may be possible for some sizes alone.

        A single equation is possible for all if it says what one moment is, in positive terms.
        """
        sides = [e for s in equations for e in (s.left, s.right)]
        if not any(self.model.least(x) is not None for e in sides for x in e.atoms(Symbol, Entry)):
            return False
        if len(equations) > 1:
            return True
        (s,) = equations
        moments = (s.left / s.right).as_powers_dict() if s.right else {}
        return not any(isinstance(m, Var) and power in (1, -1) for m, power in moments.items())

    def _take(self, left: Expr, right: Expr) -> bool:
        """Note what an equation fixes; False for one that only says that means or moments agree."""
        if isinstance(left, E) and isinstance(left.args[0], (Entry, Partial)) and right == 0:
            return False
        if isinstance(left, (E, Var)) and type(left) is type(right):
            x, y = left.args[0], right.args[0]
            if all(isinstance(u, (Entry, Partial)) for u in (x, y)) and key_of(x) == key_of(y):
                pairs = enumerate(zip(_entry(x).indices, _entry(y).indices, strict=True))
                slots = {n for n, (a, b) in pairs if a != b and isinstance(left, Var)}
                self.alike.setdefault(key_of(x), set()).update(slots)
                return False
        for e in (left, right):
            self.fixed.update(x.name for x, _ in occurrences(e, Entry))
        return True

    def key(self, u: Expr, at: At) -> Key:
        """The name and indices of a free entry; those that are alike are the first of them."""
        entry = _entry(u)
        family = self.model.family(entry)
        if isinstance(u, Entry) and family.kind not in ("random", "given"):
            raise Outside(f"{u} is not free")
        if self.opaque or self.fixed & {entry.name, key_of(u)}:
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


def _by_family(equations: Iterable[Statement]) -> list[list[Statement]]:
    """The equations that speak of the moments of each family."""
    found: dict[str, list[Statement]] = {}
    for s in equations:
        heads = {h for side in (s.left, s.right) for h in side.atoms(*HEADS)}
        for name in {x.name for h in heads for x, _ in occurrences(h, Entry)}:
            found.setdefault(name, []).append(s)
    return list(found.values())


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

    def value(self, e: Expr, at: At) -> Fraction | Expr:
        """The value of a product formula; every range has to end at its start - 1 or later."""
        if isinstance(e, Mul):
            return _multiplied([self.value(a, at) for a in e.args])
        if isinstance(e, Add):
            return _total([self.value(a, at) for a in e.args])
        if isinstance(e, Pow):
            return _power(self.value(e.base, at), e.exp, at)
        if isinstance(e, Product):
            k, lo, hi, _ = e.range
            first, last = _number(lo, at), _number(hi, at)
            if last < first - 1:
                raise _Absent
            return _multiplied([self.value(e.body, {**at, k: a}) for a in range(first, last + 1)])
        if isinstance(e, Var):
            return self._free_value(e.args[0], at, True)
        if isinstance(e, E) and isinstance(e.args[0], Pow) and e.args[0].exp == 2:
            return self._free_value(e.args[0].base, at, True)
        if isinstance(e, Entry) and self._facts.model.family(e).kind == "given":
            return self._free_value(e, at, False)
        return _fraction(_exact(e, at))

    def _free_value(self, u: Expr, at: At, moment: bool) -> Fraction:
        key = (moment, self._facts.key(u, at))
        if key not in self._free:
            number = prime(len(self._free) + 1) if self._distinct else 1
            self._free[key] = u, Fraction(int(number))
        return self._free[key][1]
