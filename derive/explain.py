"""Between the two sides of a claim: results derived on the way, normal forms. Not trusted.

Each result was replayed when the claim was judged, and is derived and replayed again here.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sympy import Expr

from derive import moments
from derive.equality import rewritten
from derive.errors import Refused, Undeclared
from derive.judge import Judge, Judgement
from derive.model import Model, Statement
from derive.scope import Scope


@dataclass(frozen=True)
class Explanation:
    """Equations that were derived first, each with its assumptions; both sides in normal form."""

    lemmas: tuple[tuple[Statement, tuple[str, ...]], ...] = ()
    left: Expr | None = None
    right: Expr | None = None


def explained(found: Judgement, model: Model) -> Explanation:
    """The explanation of a judgement."""
    claim = found.statement
    sides = (claim.left, claim.right)
    try:
        proved = Judge(model).lemmas(sides)
    except (Refused, Undeclared):
        proved = ()
    scope = Scope(model, claim.ranges, proved)
    left, right = (_normal(side, scope) for side in sides)
    lemmas = tuple(
        (p.claim, tuple(a.name for a in model.assumptions if a.name in p.uses))
        for p in proved
        if isinstance(p.claim, Statement)
    )
    return Explanation(lemmas, left, right)


def _normal(side: Expr, scope: Scope) -> Expr | None:
    """A side with what is known of its moments put in, or expanded to moments that are free."""
    after, _ = rewritten(side, scope)
    if after != side:
        return after
    with suppress(moments.Undecided, Refused):
        return moments.normal(side, scope).expression()
    return side
