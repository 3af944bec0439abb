"""Which of the numbers that speak against a claim have to do with it. Not trusted: it is told.

An instance has a number for everything that is declared; a reader looks for those that matter: of
what the claim speaks of, of what that is defined by, and of what is said of their moments.  The
moments that are declared as numbers are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sympy import Expr, Pow, Symbol, erf, exp

from derive.counting.reached import reached
from derive.judging.equality import Equality
from derive.model import Distributed, Model, Statement
from derive.piecewise import Pieces
from derive.subterms import names_in, occurrences
from derive.terms import HEADS, Apply, E, Entry

Outcomes = tuple[tuple[Any, Any], ...]
MOST = 4


def told(e: Equality) -> list[tuple[Expr, object]]:
    """The numbers of the example of a claim that fails, and the moments, as far as they matter."""
    if e.example is None:
        return []
    s, model = e.statement, e.model
    names = reached(model, s.left, s.right)
    terms = [s.left, s.right, *(end for r in s.ranges for end in (r.lo, r.hi))]
    for d in model.definitions:
        if d.statement.left.name in names:
            terms += [d.statement.right, *(x for r in d.statement.ranges for x in (r.lo, r.hi))]
    terms += _said_of(names, model)
    free = {x for t in terms for x in t.free_symbols} | {r.index for r in s.ranges}
    names |= names_in(*terms)
    free |= {x for x in e.example.at if x.is_Symbol and x not in model.sizes}
    at = [(x, v) for x, v in e.example.at.items() if x in free or names_in(x) & names]
    moments = [(x, v) for x, v in e.example.moments.items() if names_in(x) <= names]
    return at + [(x, v) for x, v in moments if not _declared(x, model)]


def _declared(moment: Expr, model: Model) -> bool:
    """Whether the same moment of every entry is declared as a number."""
    if not isinstance(moment, HEADS):
        return False
    x = moment.args[0]
    for f in (f for a in model.assumptions for f in a.facts if isinstance(f, Statement)):
        if type(f.left) is type(moment) and not f.right.has(*HEADS):
            y = f.left.args[0]
            every = isinstance(y, Entry) and all(isinstance(i, Symbol) for i in y.indices)
            if every and isinstance(x, Entry) and x.name == y.name:
                return True
    return False


def _said_of(names: set[str], model: Model) -> list[Expr]:
    """Numbers without moments that the moments or the laws of something are said to be."""
    facts = [f for a in model.assumptions for f in a.facts]
    said = [f.right for f in facts if isinstance(f, Statement) and names_in(f.left) & names]
    laws = [f for f in facts if isinstance(f, Distributed) and f.entry.name in names]
    given = {f.name for f in model.families.values() if f.kind in ("given", "size")}
    fixed = [e for e in said if names_in(e) <= given]
    made = [e for f in facts if isinstance(f, Pieces) and f.function in names
            for piece in f.pieces for e in piece]  # fmt: skip
    return [*fixed, *made, *(p for f in laws for p in f.law.parameters)]


def drawn(e: Equality) -> list[tuple[str, Outcomes]]:
    """The families of a claim that fails with their values, where moments do not tell enough.

    Means and variances do unless a head has a function in it, a root, or more than a square.
    """
    w, s, model = e.example, e.statement, e.model
    if w is None or w.instance is None or w.instance.joints:
        return []
    names = reached(model, s.left, s.right)
    inside = [(a, 2 if isinstance(head, E) else 1) for side in (s.left, s.right)
              for head, _ in occurrences(side, HEADS) for a in head.args]  # fmt: skip
    made = [(d.statement.right, 1) for d in model.definitions if d.statement.left.name in names]
    found = reached(model, *(f for e, most in (*inside, *made) for f in _beyond(e, most, model)))
    laws = ((name, w.instance.laws.get(name)) for name in sorted(found))
    return [
        (n, tuple(sorted(law))) for n, law in laws if isinstance(law, tuple) and len(law) <= MOST
    ]


def _beyond(e: Expr, most: int, model: Model) -> Iterator[Expr]:
    """What is random in a function, or under another power than 1 to ``most``."""
    for f, _ in occurrences(e, (Pow, Apply, exp, erf)):
        plain = isinstance(f, Pow) and f.exp.is_Integer and 0 < f.exp <= most
        kinds = {model.families[n].kind for n in names_in(f) if n in model.families}
        if not plain and kinds & {"random", "defined"}:
            yield f
