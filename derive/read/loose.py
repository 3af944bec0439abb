"""Indices that only say "any one entry", as in ``Var[h_l[i]] = Var[x[j]] ∏_k Var[W_k[i,j]]``.

Trusted for meaning.  An index that stands inside E, Var and Cov alone, and that would have to
run over different ranges there, is taken as left out; a checker has to show that it may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

from sympy import Expr, Symbol

from derive.model import Model
from derive.read.ranges import limits
from derive.read.result import Bare
from derive.substitution import put
from derive.subterms import occurrences, replace
from derive.terms import HEADS, Range

Limit = tuple[Expr, Expr]


def loosened(terms: Sequence[Expr], model: Model) -> tuple[list[Expr], list[list[Bare]]]:
    """The terms with such indices at their first value, and for each what is to be the same."""
    found = list(terms)
    bare: list[list[Bare]] = [[] for _ in terms]
    inner = {s for t in terms for m, _ in _heads(t) for s in m.free_symbols}
    free = {s for t in terms for s in inner & t.free_symbols if s not in model.sizes}
    for symbol in sorted(free, key=lambda s: s.name):
        moments = [_moments(t, symbol) for t in found]
        if _one_range([m for ms in moments for m in ms], symbol, model) or _outside(found, symbol):
            continue
        for a, inside in enumerate(moments):
            for moment, under in inside:
                ends = _ends(moment, symbol, model)
                if len(ends) != 1:
                    return list(terms), [[] for _ in terms]
                lo, hi = ends.pop()
                bare[a].append(Bare(moment, (Range(symbol, lo, hi),), under))
                found[a] = replace(found[a], moment, put(moment, symbol, lo), under)
    return found, bare


@lru_cache(maxsize=2**12)
def _heads(e: Expr) -> tuple[tuple[Expr, tuple[Range, ...]], ...]:
    return tuple(occurrences(e, HEADS))


def _moments(e: Expr, symbol: Symbol) -> list[tuple[Expr, tuple[Range, ...]]]:
    """The outermost moments that have the index."""
    found: list[tuple[Expr, tuple[Range, ...]]] = []
    for moment, under in _heads(e):
        if symbol not in moment.free_symbols or (moment, under) in found:
            continue
        if not any(moment != m and moment in m.args for m, _ in found):
            found.append((moment, under))
    return found


def _ends(moment: Expr, symbol: Symbol, model: Model) -> set[Limit]:
    return {(lo, hi) for s, lo, hi in limits(moment, model) if s == symbol}


def _one_range(moments: list[tuple[Expr, tuple[Range, ...]]], symbol: Symbol, model: Model) -> bool:
    every: set[Limit] = set()
    for moment, under in moments:
        bound = {r.index for r in under}
        for lo, hi in _ends(moment, symbol, model):
            if (lo.free_symbols | hi.free_symbols) & bound:
                return False
            every.add((lo, hi))
    # Ends that differ by a number, as those of a layer do, are narrowed to what they share.
    pairs = combinations(every, 2)
    return all((a[0] - b[0]).is_Integer and (a[1] - b[1]).is_Integer for a, b in pairs)


def _outside(terms: Sequence[Expr], symbol: Symbol) -> bool:
    """Whether the index also stands outside moments."""
    for t in terms:
        for moment, under in _moments(t, symbol):
            t = replace(t, moment, Symbol("\x00"), under)
        if symbol in t.free_symbols:
            return True
    return False
