"""What is declared or proved of moments and numbers, used from left to right. Trusted.

The rule that a citation goes by checks what was found to fit.
"""

from __future__ import annotations

from sympy import Expr

from derive.claims import Uses
from derive.errors import Refused
from derive.matching import match, unlike
from derive.model import Statement
from derive.rules import RULES
from derive.scope import Scope
from derive.terms import Product

Equation = tuple[str, int, Statement]


def equations(scope: Scope, kinds: tuple[type, ...]) -> list[Equation]:
    """The declared equations with such a left side, numbered, and the proved ones."""
    if kinds not in scope.equations:
        scope.equations[kinds] = [s for s in _all(scope) if isinstance(s[2].left, kinds)]
    return scope.equations[kinds]


def _all(scope: Scope) -> list[Equation]:
    declared = [
        (a.name, which, s)
        for a in scope.model.assumptions
        for which, s in enumerate(scope.model.equations(a))
    ]
    proved = [
        (p.name, -1, p.claim)
        for p in scope.proved
        if isinstance(p.claim, Statement) and not p.claim.right.has(Product)
    ]
    return [*declared, *proved]


def cite(equation: Equation, e: Expr, scope: Scope) -> tuple[Expr, Uses] | None:
    """What an equation says that a term is, if it speaks of it, and what that takes."""
    name, which, s = equation
    if not s.over and unlike(s.left, e):
        return None
    found = match(s.left, e, {r.index for r in s.ranges}, set(s.over))
    if found is None:
        return None
    at, families = found
    source = "lemma" if which < 0 else "assumption"
    args = (name, max(which, 0), tuple(at.items()), tuple(families.items()))
    try:
        outcome = RULES[source].rewrite(e, scope, args)
    except Refused:
        return None
    return outcome.new, outcome.uses
