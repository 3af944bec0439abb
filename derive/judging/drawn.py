"""Which moments of functions of what has a law a claim comes down to. Not trusted: it only asks.

Glossary: X an entry with a declared law, f a function in pieces, g a product of X, f(X), f'(X).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from sympy import Expr

from derive import moments
from derive.errors import Refused, Undeclared
from derive.model import Distributed, Model
from derive.moments import Undecided
from derive.piecewise import Pieces
from derive.read.ranges import ranges_of
from derive.read.values import Mismatch
from derive.scope import Scope
from derive.terms import HEADS, Apply, Cov, E, Entry, Var, put


def functions_in(sides: Sequence[Expr], model: Model) -> tuple[Expr, ...]:
    """The moments E[g] and Var[g] that the normal forms come to, of entries as the laws call them.

    None where there is no law or nothing in pieces.
    """
    facts = [f for a in model.assumptions for f in a.facts]
    laws = [f for f in facts if isinstance(f, Distributed)]
    if not laws or not any(isinstance(f, Pieces) for f in facts):
        return ()
    found: dict[Expr, None] = {}
    for side in sides:
        with suppress(Undecided, Refused, Undeclared, Mismatch):
            scope = Scope(model, ranges_of([side], model))
            for e, place in moments.cases(side, scope):
                for (_, known, _), _ in moments.normal(e, place).terms:
                    found |= dict.fromkeys(_of_laws((*known, *_variances(side)), laws))
    return tuple(found)


def _variances(side: Expr) -> Iterator[Expr]:
    """Those that are written: a form says them by means."""
    yield from side.atoms(Var)


def _of_laws(known: Iterable[Expr], laws: Sequence[Distributed]) -> Iterator[Expr]:
    for moment in (m for m in known if isinstance(m, HEADS) and m.has(Apply)):
        inside = list(moment.args)
        entries = {x for g in inside for f in g.atoms(Apply) for x in f.at.atoms(Entry)}
        entries |= {x for g in inside for x in g.atoms(Entry)}
        for fact in laws if len(entries) == 1 else ():
            (x,) = entries
            if x.name == fact.entry.name:
                if isinstance(moment, Cov):
                    yield from (E(put(g, x, fact.entry)) for g in (inside[0] * inside[1], *inside))
                else:
                    yield put(moment, x, fact.entry)
