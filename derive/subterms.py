"""Where a subterm stands, under which binders, and what is put in its place there. Trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from sympy import Expr

from derive.terms import BINDERS, WHOLE, Range, rebuild

Wanted: TypeAlias = Callable[[Any], bool] | type | tuple[type, ...]


def occurrences(e: Expr, wanted: Wanted) -> Iterator[tuple[Any, tuple[Range, ...]]]:
    """Every subterm that is wanted, outermost first, with the ranges of the binders above it.

    What is wanted is said by a condition, or as the kinds of node.  Nothing is looked for
    inside a `Partial` or an `Integral`.
    """
    if isinstance(wanted, type):
        wanted = (wanted,)
    kinds = frozenset(wanted) if isinstance(wanted, tuple) else None
    todo: list[tuple[Any, tuple[Range, ...]]] = [(e, ())]
    while todo:
        e, above = todo.pop()
        if kinds is None:
            found = wanted(e)  # type: ignore[operator]
        elif kinds.isdisjoint(kinds_in(e)):
            continue
        else:
            found = type(e) in kinds
        if found:
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
