"""Laws that follow from the rules, each with its own derivation. Not trusted: replayed when used.

A law is an ordinary part of a derivation: a statement about schematic variables X, Y or a
schematic family X_j, with what must hold of them, and the steps that prove it.
"""

from __future__ import annotations

from functools import cache

from sympy import symbols

from derive.derivation import Line, repeat, separate, statement
from derive.kernel import Chain, Part
from derive.model import Independent, Model, Unit
from derive.scope import Scope
from derive.terms import Cov, E, Entry, Sum, Var

X, Y, A, B = (Entry(name) for name in ("X", "Y", "a", "b"))
j, k = symbols("j k")


@cache
def variance_of_a_product() -> Part:
    """Var[X Y] = Var[X] Var[Y] + E[X]² Var[Y] + E[Y]² Var[X] for independent X, Y."""
    given = (Independent((Unit(("X",)), Unit(("Y",)))),)
    line = Line(Var(X * Y), Scope(Model("laws"), over=("X", "Y"), given=given))
    line.apply("variance", line.now).next()
    repeat(line, separate).next()
    line.apply("second moment", E(X**2)).apply("second moment", E(Y**2)).next()
    line.algebra(line.now, Var(X) * Var(Y) + E(X) ** 2 * Var(Y) + E(Y) ** 2 * Var(X))
    claim = statement(line, (), over=("X", "Y"), given=given)
    return Part("variance of a product of independent variables", claim, Chain(tuple(line.steps)))


@cache
def variance_of_a_sum() -> Part:
    """Var[Σ_j X_j] = Σ_j Var[X_j] + Σ_j Σ_{k≠j} Cov[X_j, X_k]."""
    Xj, Xk = Entry("X", j), Entry("X", k)
    line = Line(Var(Sum(Xj, (j, A, B))), Scope(Model("laws"), over=("X", "a", "b")))
    line.apply("variance as a covariance", line.now).next()
    line.apply("bilinearity of covariance", line.now).next()
    line.apply("diagonal", line.now)
    line.reverse("variance as a covariance", Cov(Xj, Xj), Var(Xj))
    claim = statement(line, (), over=("X", "a", "b"))
    return Part("variance of a sum", claim, Chain(tuple(line.steps)))
