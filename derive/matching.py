"""Finding the instance of an equation that fits. Whatever is found is checked."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sympy import Expr, Symbol

from derive.order import split
from derive.substitution import fresh, put
from derive.terms import BINDERS, HEADS, Apply, Entry, Partial

TOLD_APART = (Entry, Apply, Partial, *HEADS)


def match(
    pattern: Expr, e: Expr, names: set[Symbol], over: set[str]
) -> tuple[dict[Symbol, Expr], dict[str, Any]] | None:
    """Index values and schematic expressions at which a pattern plainly is ``e``."""
    if not over and unlike(pattern, e):
        return None
    found = _found(pattern, e, frozenset(names), frozenset(over))
    return None if found is None else (dict(found[0]), dict(found[1]))


@lru_cache(maxsize=2**13)
def _found(
    pattern: Expr, e: Expr, names: frozenset[Symbol], over: frozenset[str]
) -> tuple[dict[Symbol, Expr], dict[str, Any]] | None:
    at: dict[Symbol, Expr] = {}
    families: dict[str, Any] = {}
    if not _match(pattern, e, names, over, at, families):
        return None
    return (at, families) if set(families) == over and set(at) == names else None


def unlike(p: Any, e: Any) -> bool:
    """Whether two terms differ at first sight: in their kinds, or in the names of entries."""
    if isinstance(p, TOLD_APART):
        if type(p) is not type(e):
            return True
        if isinstance(p, (Entry, Apply)):
            return bool(p.name != e.name)
        return unlike(p.args[-1], e.args[-1])
    return False


def _match(
    p: Any, e: Any, names: frozenset[Any], over: frozenset[str], at: Any, families: Any
) -> bool:
    if isinstance(p, Entry) and p.name in over:
        bound = all(isinstance(a, Symbol) and a not in names for a in p.indices)
        value = (p.indices, e)
        return bound and bool(families.setdefault(p.name, value) == value)
    unknown = p.free_symbols & names if isinstance(p, Expr) else set()
    if not unknown and not over:
        return bool(p == e)
    if len(unknown) == 1 and isinstance(e, Expr):
        name, more = split(p)
        if name in unknown:
            value = e - more if more else e
            return bool(at.setdefault(name, value) == value)
    if type(p) is not type(e) or len(p.args) != len(e.args) or not p.args:
        return bool(p == e)
    if isinstance(p, BINDERS):
        index = fresh(e.args[1], p.free_symbols | e.free_symbols | names)
        p, e = (b.func(put(b.body, b.args[1], index), index, *b.args[2:]) for b in (p, e))
        names = names - {index}
    if isinstance(p, Partial) and p.of != e.of:
        return False
    if p.is_Mul and len(p.args) == 2 and p.is_Mul == e.is_Mul:
        for order in (e.args, e.args[::-1]):
            trial, some = dict(at), dict(families)
            if all(
                _match(a, b, names, over, trial, some) for a, b in zip(p.args, order, strict=True)
            ):
                at.update(trial)
                families.update(some)
                return True
        return False
    return all(_match(a, b, names, over, at, families) for a, b in zip(p.args, e.args, strict=True))
