"""What the left side of a claim that fails is. Not trusted: the normal forms decide it.

Var[m] = q²   with m ~ Bernoulli(q)            Var[m] = q - q²
Var[h^L] = 2 L Var[x]   if a layer doubles     Var[h^L] = 2^L Var[x]
"""

from __future__ import annotations

from dataclasses import replace

from sympy import factor_terms

from derive.judging.equality import attempted
from derive.judging.nearest import Edit
from derive.judging.rewriting import expanded
from derive.meaning import recursive
from derive.model import Statement
from derive.polynomials import how_many
from derive.proving.guessed import closed_forms
from derive.scope import Scope
from derive.subterms import names_in
from derive.terms import HEADS

AS_DERIVED = "as derived"
LONGEST = 30
SIZE = 9


def derived(claim: Statement, scope: Scope) -> Edit | None:
    """The left side in terms of what is random by itself, if that is short."""
    if not claim.left.has(*HEADS):
        return None
    if any(recursive(name, scope) for name in names_in(claim.left)):
        alone = replace(claim, right=claim.left)
        scope = scope.knowing(*closed_forms(alone, None, scope))
    right = factor_terms(expanded(claim.left, scope)[0])
    families = scope.model.families
    inside = names_in(*right.atoms(*HEADS))
    made = any(n not in families or families[n].kind == "defined" for n in inside)
    said = replace(claim, right=right)
    if made or right == claim.left or how_many(right) > LONGEST or not attempted(said, scope).found:
        return None
    return Edit(said, AS_DERIVED, SIZE)
