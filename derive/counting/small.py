"""Small values of sizes and indices, and exact numbers at them. Not trusted.

Glossary: at the values of sizes and indices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import combinations_with_replacement, islice
from math import prod

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, erf, exp, pi

from derive.model import Model
from derive.powers import Outside
from derive.terms import Entry, Range, term

At = dict[Expr, int]

DEEPEST = 4
WIDEST = 2
MOST_SIZES = 100


class Absent(Exception):
    """Some symbol or range does not exist at these sizes and indices."""


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
            for at in islice(indices(f.ranges, deep), MOST_SIZES + 1):
                least[Entry(f.name, *(at[r.index] for r in f.ranges))] = model.sizes[f.name]
        if len(least) > MOST_SIZES:
            return
        for wider in _by_sum(len(least), WIDEST):
            wide = {w: n + r for (w, n), r in zip(least.items(), wider, strict=True)}
            with suppress(Absent):
                yield from indices(over, {**deep, **wide})


def _by_sum(count: int, most: int) -> Iterator[tuple[int, ...]]:
    """Tuples of numbers from 0 on, by their sum, then lexicographically."""
    for total in range(most + 1 if count else 1):
        chosen = combinations_with_replacement(range(count), total)
        yield from sorted(tuple(map(c.count, range(count))) for c in chosen)


def indices(over: tuple[Range, ...], at: At) -> Iterator[At]:
    if not over:
        yield at
        return
    index, lo, hi, but = over[0]
    for value in range(number(lo, at), number(hi, at) + 1):
        if value not in [number(b, at) for b in but]:
            yield from indices(over[1:], {**at, index: value})


def number(e: Expr, at: At) -> int:
    """An index or a size."""
    found = value_of(e, at)
    if isinstance(found, Expr) or found.denominator != 1:
        raise Outside("{} is not an integer", e)
    return int(found)


def power_of(base: Fraction | Expr, e: Expr, at: At) -> Fraction | Expr:
    power = e if isinstance(e, Rational) else Integer(number(e, at))
    if base == 0 and power < 0:
        raise Absent
    if isinstance(base, Fraction) and power.is_Integer:
        return base ** int(power)
    return fraction(term(base) ** power)


def total(parts: Iterable[int | Fraction | Expr]) -> Fraction | Expr:
    exact, roots = _apart(parts)
    value = sum(exact, start=Fraction(0))
    return fraction(Add(term(value), *roots)) if roots else value


def multiplied(parts: Iterable[int | Fraction | Expr]) -> Fraction | Expr:
    exact, roots = _apart(parts)
    value = prod(exact, start=Fraction(1))
    return fraction(Mul(term(value), *roots)) if roots else value


def _apart(parts: Iterable[int | Fraction | Expr]) -> tuple[list[Fraction], list[Expr]]:
    """The numbers that are fractions, and the others."""
    found = list(parts)
    exact = [Fraction(p) for p in found if not isinstance(p, Expr)]
    return exact, [p for p in found if isinstance(p, Expr)]


def fraction(value: int | Fraction | Expr) -> Fraction | Expr:
    if isinstance(value, Rational):
        return Fraction(int(value.p), int(value.q))
    return value if isinstance(value, Expr) else Fraction(value)


def value_of(e: Expr, at: At) -> int | Fraction | Expr:
    if e.is_Integer:
        return int(e)
    if e in at:
        return at[e]
    if isinstance(e, Rational):
        return Fraction(int(e.p), int(e.q))
    if isinstance(e, Entry):
        known = Entry(e.name, *(number(a, at) for a in e.indices))
        if known not in at:
            raise Absent
        return at[known]
    if isinstance(e, (Add, Mul)):
        parts = [value_of(a, at) for a in e.args]
        return total(parts) if isinstance(e, Add) else multiplied(parts)
    if isinstance(e, Pow):
        return power_of(fraction(value_of(e.base, at)), e.exp, at)
    if (e == pi or isinstance(e, (exp, erf))) and not (e.free_symbols or e.has(Entry)):
        return e
    raise Outside("{} has no value", e)
