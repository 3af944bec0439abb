"""Terms compared, and substituted into: bound names are looked after here alone. Trusted.

`same` compares up to the names of bound indices, `put` substitutes without capture, and nothing
else in the project compares or substitutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from sympy import Expr, Symbol

from derive.terms import BINDING, Entry, Index, Node, rebuild, term


def same(a: Expr, b: Expr) -> bool:
    """Equal up to the names of bound indices."""
    return bool(a == b) or bool(canonical(a) == canonical(b))


@lru_cache(maxsize=2**12)
def canonical(e: Expr) -> Expr:
    """The same expression with bound names that depend only on how deep binders nest."""
    return _canonical(e)[0]


def _canonical(e: Any) -> tuple[Any, int]:
    if not e.args:
        return e, 0
    parts = [_canonical(a) for a in e.args]
    height = max(h for _, h in parts)
    args = tuple(a for a, _ in parts)
    if not isinstance(e, BINDING):
        return rebuild(e, args), height
    name = _bound(height)
    body = _put(args[0], {e.args[1]: name})
    return e.func(body, name, *args[2:]), height + 1


class Bound(Symbol):
    """A bound name that no expression written down by anybody has in it: it is no plain name."""


@cache
def _bound(height: int) -> Symbol:
    return Bound(f"_{height}")


def readable(e: Any) -> Expr:
    """The same expression with names for the indices that `canonical` has named."""
    if not e.args:
        return e
    e = rebuild(e, tuple(map(readable, e.args)))
    if isinstance(e, BINDING) and isinstance(e.args[1], Bound):
        index = fresh(Symbol("k"), {str(s) for s in e.args[0].free_symbols | e.free_symbols})
        e = e.func(_put(e.args[0], {e.args[1]: index}), index, *e.args[2:])
    return e


def put(e: Expr, old: Expr | Mapping[Expr, Expr], new: Index | None = None) -> Expr:
    """Substitute free occurrences, all at once; bound names give way so that nothing is captured.

    ``old`` is a term, or a mapping from terms to terms.
    """
    given = {old: term(new)} if isinstance(old, Expr) else old
    if not e.args:
        return given.get(e, e)
    changes = {a: b for a, b in given.items() if a is not b}
    if not all(isinstance(a, Symbol) for a in changes):
        return _put(e, changes)
    return _named(e, tuple(changes.items()))


@lru_cache(maxsize=2**12)
def _named(e: Expr, changes: tuple[tuple[Expr, Expr], ...]) -> Expr:
    """The same substitution comes up again and again; it is done once."""
    names = dict(changes)
    return e if e.free_symbols.isdisjoint(names) else _put_names(e, names)


def _put_names(e: Any, changes: Mapping[Any, Any]) -> Any:
    """`_put` for names alone, which is most of the work: no compound term is looked up."""
    if not e.args:
        return changes.get(e, e) if isinstance(e, Symbol) else e
    if isinstance(e, Node) and e.free_symbols.isdisjoint(changes):
        return e
    if not isinstance(e, BINDING):
        return rebuild(e, tuple([_put_names(a, changes) for a in e.args]))
    body, index, *outer = e.args
    if any(index in b.free_symbols for b in changes.values()):
        return _put(e, changes)
    outer = [_put_names(a, changes) for a in outer]
    if index in changes:
        changes = {a: b for a, b in changes.items() if a != index}
    return rebuild(e, (_put_names(body, changes) if changes else body, index, *outer))


def _put(e: Any, changes: Mapping[Any, Any]) -> Any:
    if not changes:
        return e
    if e in changes:
        return changes[e]
    if not e.args:
        return e
    if not isinstance(e, BINDING):
        return rebuild(e, tuple(_put(a, changes) for a in e.args))
    body, index, *outer = e.args
    outer = [_put(a, changes) for a in outer]
    inner = {a: b for a, b in changes.items() if index not in a.free_symbols}
    if any(index in b.free_symbols for b in inner.values()):
        moving = (*inner, *inner.values())
        taken = set().union(body.free_symbols, *(a.free_symbols for a in moving))
        renamed = fresh(index, taken)
        body, index = _put(body, {index: renamed}), renamed
    return rebuild(e, (_put(body, inner), index, *outer))


def fresh(like: Symbol, taken: set[Any]) -> Symbol:
    """A symbol that is not taken, named after another one: a, a', a''."""
    names = {t.name if isinstance(t, Symbol) else str(t) for t in taken}
    name = like.name
    while name in names:
        name += "'"
    return Symbol(name)


def instantiate(e: Expr, families: Mapping[str, tuple[tuple[Symbol, ...], Expr]]) -> Expr:
    """Replace whole families: ``{"X": ((j,), body)}`` turns ``X[t]`` into ``body`` with t for j.

    Bound names of ``e`` give way to the free names of the bodies.
    """
    if not families:
        return e
    free = set().union(*(b.free_symbols - set(js) for js, b in families.values()))
    return _instantiate(e, families, free)


def _instantiate(e: Any, families: Mapping[str, Any], free: set[Any]) -> Any:
    if isinstance(e, Entry) and e.name in families:
        names, body = families[e.name]
        indices = [_instantiate(a, families, free) for a in e.indices]
        if len(indices) != len(names):
            raise TypeError(f"{e.name} has {len(indices)} indices here and {len(names)} there")
        return put(body, dict(zip(names, indices, strict=True)))
    if not e.args:
        return e
    if isinstance(e, BINDING) and e.args[1] in free:
        renamed = fresh(e.args[1], free | e.body.free_symbols)
        e = e.func(_put(e.body, {e.args[1]: renamed}), renamed, *e.args[2:])
    return rebuild(e, tuple(_instantiate(a, families, free) for a in e.args))
