"""For which sizes and numbers a false claim is true all the same. Not trusted: it is told.

    Var[X Y] = Var[X] Var[Y] with E[X] = E[Y] = μ:      true as printed when μ = 0

What says no more than the claim itself is no answer, nor is what no values fulfil.
"""

from __future__ import annotations

from sympy import Add, Expr, Mul, factor

from derive.judging.equality import Equality
from derive.model import Statement
from derive.order import ZERO
from derive.polynomials import multiplied_out
from derive.positive import positive
from derive.scope import Scope
from derive.subterms import occurrences
from derive.terms import HEADS, E, Entry, Partial


def coincidence(e: Equality) -> Statement | None:
    """When the sides of a claim that fails are equal, as far as their ratio says it in short."""
    if e.ratio is None or (e.ratio[0] / e.ratio[1]).is_number or any(r.has(E) for r in e.ratio):
        return None
    above, below = e.ratio
    if above == 1:
        above, below = below, above
    scope = Scope(e.model, e.statement.ranges)
    rest = multiplied_out(above - below)
    if rest.is_number or {above, below} == {e.statement.left, e.statement.right}:
        return None
    if not all(_primitive(h, scope) for side in e.ratio for h, _ in occurrences(side, HEADS)):
        return None
    if rest.is_Add:
        parts = [p.as_base_exp()[0] for p in Mul.make_args(factor(rest))]
        open = [p for p in parts if not p.is_number and not positive(p, scope)
                and not positive(-p, scope)]  # fmt: skip
        if len(parts) == 1 == len(open):
            return Statement(above, below)
        return _balanced(Mul(*open)) if open else None
    bases = dict.fromkeys(f.as_base_exp()[0] for f in Mul.make_args(rest))
    open = [b for b in bases if not b.is_number and not positive(b, scope)]
    return Statement(Mul(*open), ZERO) if open else None


def _primitive(moment: Expr, scope: Scope) -> bool:
    """Whether a moment is of a variable that is random by itself: others restate the claim."""
    x = moment.args[0]
    if isinstance(x, Partial):
        return scope.is_top(x)
    return isinstance(x, Entry) and scope.model.family(x).kind == "random"


def _balanced(e: Expr) -> Statement:
    """That something is 0, with what is taken away on the other side."""
    less = [-t for t in Add.make_args(e) if t.as_coeff_Mul()[0].is_negative]
    return Statement(e + Add(*less), Add(*less)) if e.is_Add else Statement(e, ZERO)
