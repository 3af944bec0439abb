"""Where indices may run: every entry has to exist. Trusted for meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sympy import Expr, Symbol

from derive.model import Model
from derive.order import ZERO, Order, affine
from derive.read.values import Mismatch
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Entry, Partial, Range
from derive.writing.formula import write


def entries(e: Expr, model: Model) -> list[tuple[Entry, tuple[Range, ...]]]:
    """Every entry of a declared family, with the ranges around it; also what derivatives are of."""
    return [found for found in _entries(e) if found[0].name in model.families]


@lru_cache(maxsize=2**12)
def _entries(e: Expr) -> tuple[tuple[Entry, tuple[Range, ...]], ...]:
    every: list[tuple[Entry, tuple[Range, ...]]] = []
    for found, above in occurrences(e, (Entry, Partial)):
        if isinstance(found, Entry):
            every.append((found, above))
        else:
            every += [(f, (*above, *more)) for part in found.args for f, more in _entries(part)]
    return tuple(every)


def limits(e: Expr, model: Model) -> list[tuple[Symbol, Expr, Expr]]:
    """``(index, lo, hi)`` for each slot whose index is a free symbol plus a constant."""
    found = []
    for entry, above in entries(e, model):
        bound = {r.index for r in above}
        for symbol, lo, hi, names in _ends(entry, model.families[entry.name].ranges):
            if symbol not in model.sizes and not names & bound:
                found.append((symbol, lo, hi))
    return found


@lru_cache(maxsize=2**12)
def _ends(
    entry: Entry, ranges: tuple[Range, ...]
) -> tuple[tuple[Symbol, Expr, Expr, frozenset[Symbol]], ...]:
    """What `limits` says of one entry, and the names by which it says it, also those of sizes."""
    found = []
    at: dict[Expr, Expr] = {}
    for r, index in zip(ranges, entry.indices, strict=True):
        lo, hi = put(r.lo, at), put(r.hi, at)
        at[r.index] = index
        shift = _shift(index)
        if shift is not None:
            symbol, sign, constant = shift
            names = frozenset(lo.free_symbols | hi.free_symbols | {symbol})
            ends = (lo - constant, hi - constant) if constant else (lo, hi)
            found.append((symbol, *(ends if sign > 0 else (-ends[1], -ends[0])), names))
    return tuple(found)


def _shift(index: Expr) -> tuple[Symbol, int, Expr] | None:
    """``index = ±symbol + constant``."""
    if isinstance(index, Symbol):
        return index, 1, ZERO
    parts = affine(index)
    if parts is None:
        return None
    for atom, sign in parts[0].items():
        if isinstance(atom, Symbol) and sign in (1, -1):
            return atom, sign, index - sign * atom
    return None


def ranges_of(
    terms: Sequence[Expr], model: Model, given: Iterable[Range] = ()
) -> tuple[Range, ...]:
    """The range of every free index, outer ones first: where all entries exist.

    Ranges in ``given`` are kept.  Raises Mismatch where that is not one range.
    """
    known = {r.index: r for r in given}
    free = {s for t in terms for s in t.free_symbols if s not in model.sizes}
    found: dict[Symbol, tuple[Expr, Expr]] = {}
    order = Order((), model.least)
    for symbol, lo, hi in (limit for t in terms for limit in limits(t, model)):
        if symbol in known or symbol not in free:
            continue
        low, high = found.setdefault(symbol, (lo, hi))
        if (low, high) == (lo, hi):
            continue
        found[symbol] = (
            _extreme(symbol, (low, lo), order.leq(low, lo), order.leq(lo, low), model),
            _extreme(symbol, (high, hi), order.leq(hi, high), order.leq(high, hi), model),
        )
    for symbol in sorted(free, key=lambda s: s.name):
        if symbol not in known and symbol not in found:
            raise Mismatch(f"the range of {symbol} is not known: add 'for {symbol} = …'")
    ranges = [*known.values(), *(Range(s, lo, hi) for s, (lo, hi) in found.items())]
    return in_order(r for r in ranges if r.index in free or r.index in known)


def _extreme(
    symbol: Symbol, ends: tuple[Expr, Expr], take_new: bool, keep: bool, model: Model
) -> Expr:
    if keep:
        return ends[0]
    if take_new:
        return ends[1]
    old, new = (write(e, model) for e in ends)
    raise Mismatch(
        f"{symbol} ends at {old} in one place and at {new} in another: add 'for {symbol} = …'"
    )


def in_order(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """The same ranges, each after those that its limits use."""
    left, done = list(ranges), list[Range]()
    while left:
        waiting = {r.index for r in left}
        ready = [r for r in left if not any(e.free_symbols & waiting for e in (r.lo, r.hi, *r.but))]
        if not ready:
            raise Mismatch(f"the ranges of {', '.join(str(r.index) for r in left)} need each other")
        done.append(ready[0])
        left.remove(ready[0])
    return tuple(done)


def without(ranged: tuple[Range, ...], pair: tuple[Symbol, Symbol]) -> tuple[Range, ...]:
    """The ranges in which two indices differ: the later one leaves out the other."""
    both = [r.index for r in ranged if r.index in pair]
    if len(both) != 2:
        gone = next((s for s in pair if s not in both), pair[0])
        raise Mismatch(f"expected {gone} in what is said for it, and another index")
    return tuple(r._replace(but=(*r.but, both[0])) if r.index == both[1] else r for r in ranged)


def summed(body: Expr, index: Symbol, model: Model) -> Range:
    """The range of an index that is summed over without limits: one and the same at every entry."""
    found = {(lo, hi) for symbol, lo, hi in limits(body, model) if symbol == index}
    if len(found) != 1:
        raise Mismatch(
            "no entry has it" if not found else "the entries that have it differ in range"
        )
    lo, hi = found.pop()
    return Range(index, lo, hi)
