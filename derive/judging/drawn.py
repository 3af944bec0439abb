"""Which moments of functions of what has a law a claim comes down to. Not trusted: it only asks.

Glossary: X an entry with a declared law, f a function in pieces, g a product of X, f(X), f'(X).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from sympy import Expr

from derive import moments
from derive.differences import cases
from derive.errors import Refused, Undeclared
from derive.forms import Undecided
from derive.model import Distributed, Model
from derive.piecewise import Pieces
from derive.read.ranges import ranges_of
from derive.read.values import Mismatch
from derive.scope import Scope
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import HEADS, Apply, Cov, E, Entry, Var


def functions_in(sides: Sequence[Expr], model: Model) -> tuple[Expr, ...]:
    """The moments E[g] and Var[g] that the sides come to, of entries as the laws call them.

    Before a variance stand the means that it is made of.  None where there is no law or nothing
    in pieces.
    """
    facts = [f for a in model.assumptions for f in a.facts]
    laws = [f for f in facts if isinstance(f, Distributed)]
    if not laws or not any(isinstance(f, Pieces) for f in facts):
        return ()
    found: dict[Expr, None] = {}
    for side in sides:
        with suppress(Refused, Undeclared, Mismatch):
            scope = Scope(model, ranges_of([side], model))
            for head, above in occurrences(side, HEADS):
                for moment in _comes_to(head, scope.within(above)):
                    found |= dict.fromkeys(_of_laws(moment, laws))
    return tuple(found)


def _comes_to(head: Expr, scope: Scope) -> Iterator[Expr]:
    """The moments in the normal form, and the head as it is written."""
    yield head
    with suppress(Undecided, Refused, Undeclared):
        for (e,), place in cases([head], scope):
            for (_, known, _), _ in moments.normal(e, place).terms:
                yield from known


def _of_laws(moment: Expr, laws: Sequence[Distributed]) -> Iterator[Expr]:
    if not isinstance(moment, HEADS) or not moment.has(Apply):
        return
    entries = moment.atoms(Entry)
    for fact in laws if len(entries) == 1 else ():
        (x,) = entries
        if x.name == fact.entry.name:
            g, *more = (put(a, x, fact.entry) for a in moment.args)
            if isinstance(moment, Cov):
                yield from (E(g), E(*more), E(g * more[0]))
            elif isinstance(moment, Var):
                yield from (E(g), E(g**2), Var(g))
            else:
                yield E(g)
