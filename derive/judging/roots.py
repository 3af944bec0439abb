"""Equalities between roots, by their squares. Not trusted to prove: it says what is to be shown.

    √Var[s] = √d √Var[q] √Var[k]      is the same as      Var[s] = d Var[q] Var[k]

That is so where both sides are at least 0, which roots are, and variances, and sizes.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Add, Expr, Mul, Pow, Rational

from derive.model import Statement
from derive.positive import positive
from derive.scope import Scope
from derive.terms import E, Product, Sum, Var


def squared(claim: Statement, scope: Scope) -> Statement | None:
    """The same claim without a root in front of a side; None if there is none to be taken away."""
    sides = (claim.left, claim.right)
    rooted = any(isinstance(a, Pow) and _is_root(a) for e in sides for a in Mul.make_args(e))
    if not rooted or not all(_at_least_0(e, scope) for e in sides):
        return None
    return replace(claim, left=claim.left**2, right=claim.right**2)


def _is_root(e: Pow) -> bool:
    return isinstance(e.exp, Rational) and e.exp.q % 2 == 0


def _at_least_0(e: Expr, scope: Scope) -> bool:
    """Whether a number is shown not to be negative, wherever it is a number."""
    if isinstance(e, (Add, Mul)):
        return all(_at_least_0(a, scope) for a in e.args)
    if isinstance(e, Pow) and isinstance(e.exp, Rational):
        even = bool(e.exp.is_Integer) and e.exp % 2 == 0
        return even or _at_least_0(e.base, scope)
    if isinstance(e, (Sum, Product)):
        body, _, inner = scope.open(e)
        return _at_least_0(body, inner)
    if isinstance(e, E):
        power = e.args[0].as_base_exp()[1]
        return bool(power.is_Integer and power % 2 == 0)
    return isinstance(e, Var) or e == 0 or positive(e, scope)
