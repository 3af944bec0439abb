"""Where a subterm stands, under which binders, and what is put in its place there. Trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from sympy import Expr

from derive.terms import BINDERS, WHOLE, Entry, Range, rebuild

Place: TypeAlias = tuple[Any, tuple[Range, ...]]
Wanted: TypeAlias = Callable[[Any], bool] | type | tuple[type, ...]


def occurrences(e: Expr, wanted: Wanted) -> Iterator[Place]:
    """Every subterm that is wanted, outermost first, with the ranges of the binders above it.

    What is wanted is said by a condition, or as the kinds of node.  Nothing is looked for
    inside a `Partial` or an `Integral`.
    """
    if isinstance(wanted, type):
        return iter(_of_kinds(e, (wanted,)))
    if isinstance(wanted, tuple):
        return iter(_of_kinds(e, wanted))
    return ((t, above) for t, above in _places(e, None) if wanted(t))


@lru_cache(maxsize=2**13)
def _of_kinds(e: Expr, wanted: tuple[type, ...]) -> tuple[Place, ...]:
    """The same for kinds of node, worked out once."""
    return tuple(p for p in _places(e, frozenset(wanted)) if type(p[0]) in wanted)


def _places(e: Expr, kinds: frozenset[type] | None) -> Iterator[Place]:
    """Every subterm with the binders above it, but none of those that have no node of the kinds."""
    todo: list[Place] = [(e, ())]
    while todo:
        e, above = todo.pop()
        if kinds is not None and kinds.isdisjoint(kinds_in(e)):
            continue
        yield e, above
        parts = e.args
        if not parts or isinstance(e, WHOLE):
            continue
        if isinstance(e, BINDERS):
            todo.append((e.body, (*above, e.range)))
            parts = parts[2:]
        todo.extend([(a, above) for a in reversed(parts)])


@lru_cache(maxsize=2**14)
def kinds_in(e: Any) -> frozenset[type]:
    """The kinds of all nodes in a term."""
    return frozenset((type(e),)).union(*map(kinds_in, e.args))


def names_in(*terms: Any) -> frozenset[str]:
    """The names of the families, and of the costs, of which terms have entries."""
    return frozenset().union(*map(_names_in, terms))


@lru_cache(maxsize=2**13)
def _names_in(e: Any) -> frozenset[str]:
    own = (e.name,) if isinstance(e, Entry) else ()
    return frozenset(own).union(*map(_names_in, e.args)) if Entry in kinds_in(e) else frozenset()


@lru_cache(maxsize=2**13)
def above_first(e: Expr, old: Expr) -> tuple[Range, ...] | None:
    """The ranges of the binders above the first occurrence of a subterm; None if there is none."""
    return next((above for t, above in occurrences(e, type(old)) if t == old), None)


@lru_cache(maxsize=2**13)
def replace(e: Expr, old: Expr, new: Expr, under: tuple[Range, ...]) -> Expr:
    """Replace ``old`` where exactly the binders ``under`` stand above it; their names are shared.

    Unlike `put`, this reaches under binders on purpose: it is how one step rewrites a subterm.
    """
    return _replace(e, old, new, under, ())


def _replace(e: Any, old: Any, new: Any, under: tuple[Range, ...], above: tuple[Range, ...]) -> Any:
    if type(e) is type(old) and e == old and above == under:
        return new
    if not e.args or isinstance(e, WHOLE) or type(old) not in kinds_in(e):
        return e
    if isinstance(e, BINDERS):
        outer = (_replace(a, old, new, under, above) for a in e.args[2:])
        body = _replace(e.body, old, new, under, (*above, e.range))
        return rebuild(e, (body, e.args[1], *outer))
    return rebuild(e, tuple([_replace(a, old, new, under, above) for a in e.args]))
