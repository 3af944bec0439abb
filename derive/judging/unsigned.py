"""Roots of squares: a claim that is left open because a fixed number may be negative. It is told.

given σ;  Var[x] = σ²         Std[x] = σ for σ > 0 alone, which is not said
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from sympy import Expr, Pow, Rational

from derive.counting.reached import reached
from derive.errors import Words
from derive.model import Family, Model, Statement
from derive.order import ZERO
from derive.read.names import latex
from derive.subterms import occurrences


def unsigned(claim: Statement, model: Model, shown: Callable[[Model], bool]) -> Words | None:
    """Which fixed number has to be known as positive, if the claim is ``shown`` then."""
    if not any(True for side in (claim.left, claim.right) for _ in occurrences(side, _root)):
        return None
    for f in _open(claim, model):
        if shown(replace(model, families={**model.families, f.name: replace(f, above=ZERO)})):
            name = latex(f.name)
            return Words("shown for {} > 0 alone: declare 'given {} > 0'", f.name, name)
    return None


def _root(e: Expr) -> bool:
    return isinstance(e, Pow) and isinstance(e.exp, Rational) and not e.exp.is_Integer


def _open(claim: Statement, model: Model) -> Iterator[Family]:
    """The fixed numbers in a claim of which no bound is declared."""
    names = reached(model, claim.left, claim.right)
    for f in model.families.values():
        if f.kind == "given" and f.name in names and f.above is None and f.below is None:
            yield f
