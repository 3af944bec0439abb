"""What a claim speaks of, by way of definitions too. Not trusted."""

from __future__ import annotations

from sympy import Expr

from derive.model import Model
from derive.terms import Apply, Entry


def reached(model: Model, *terms: Expr) -> set[str]:
    """The names that terms speak of: in them, and in what they are defined by.

    A derivative of a cost speaks of everything that the cost is made of.
    """
    found: set[str] = set()
    todo = [*terms]
    while todo:
        e = todo.pop()
        for x in e.atoms(Entry, Apply):
            if x.name in found:
                continue
            found.add(x.name)
            if x.name in model.costs:
                todo.append(model.costs[x.name].of)
            made = (d.statement for d in model.definitions)
            todo += [s.right for s in made if s.left.name == x.name]
    return found
