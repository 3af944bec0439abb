"""Equalities between roots, by their squares. Not trusted to prove: it says what is to be shown.

    √Var[s] = √d √Var[q] √Var[k]      is the same as      Var[s] = d Var[q] Var[k]

That is so where both sides are at least 0, which roots are, and variances, and sizes.
"""

from __future__ import annotations

from dataclasses import replace

from sympy import Mul, Pow, Rational

from derive.judging.signs import at_least_0
from derive.model import Statement
from derive.scope import Scope


def squared(claim: Statement, scope: Scope) -> Statement | None:
    """The same claim without a root in front of a side; None if there is none to be taken away."""
    sides = (claim.left, claim.right)
    rooted = any(isinstance(a, Pow) and _is_root(a) for e in sides for a in Mul.make_args(e))
    if not rooted or not all(at_least_0(e, scope) for e in sides):
        return None
    return replace(claim, left=claim.left**2, right=claim.right**2)


def _is_root(e: Pow) -> bool:
    return isinstance(e.exp, Rational) and e.exp.q % 2 == 0
