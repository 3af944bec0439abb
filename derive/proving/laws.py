"""Laws that follow from the rules, each with its own derivation. Not trusted: replayed when used.

A law is an ordinary part of a derivation: a statement about schematic variables X, Y or a
schematic family X_j, with what must hold of them, and the steps that prove it.
"""

from __future__ import annotations

from functools import cache

from sympy import symbols

from derive.model import Independent, Model, Unit
from derive.proofs import Chain, Part
from derive.proving.derivation import Line, statement
from derive.proving.strategies import repeat, separate
from derive.scope import Scope
from derive.terms import Cov, E, Entry, Sum, Var

j = symbols("j")

VARIANCE_OF_A_PRODUCT = "variance of a product of independent variables"
VARIANCE_OF_TWO = "variance of a sum of two"
VARIANCE_OF_A_SUM = "variance of a sum"


def variance_of_a_product(model: Model) -> Part:
    """Var[X Y] = Var[X] Var[Y] + E[X]² Var[Y] + E[Y]² Var[X] for independent X, Y."""
    return _variance_of_a_product(*_names(model, "X", "Y"))


def variance_of_a_sum(model: Model) -> Part:
    """Var[Σ_j X_j] = Σ_j Var[X_j] + Σ_j Σ_{k≠j} Cov[X_j, X_k]."""
    return _variance_of_a_sum(*_names(model, "X", "a", "b"))


def variance_of_two(model: Model) -> Part:
    """Var[X + Y] = Var[X] + Var[Y] + 2 Cov[X, Y]."""
    return _variance_of_two(*_names(model, "X", "Y"))


def _names(model: Model, *wanted: str) -> tuple[str, ...]:
    """Schematic names that the model does not use."""
    taken = {*model.families, *model.functions, *model.costs, *map(str, model.sizes)}
    return tuple(
        next(n for n in (w + "'" * p for p in range(99)) if n not in taken) for w in wanted
    )


@cache
def _variance_of_a_product(x: str, y: str) -> Part:
    X, Y = Entry(x), Entry(y)
    given = (Independent((Unit((x,)), Unit((y,)))),)
    line = Line(Var(X * Y), Scope(Model("laws"), over=(x, y), given=given))
    line.apply("variance", line.now).next()
    repeat(line, separate).next()
    line.apply("second moment", E(X**2)).apply("second moment", E(Y**2)).next()
    line.algebra(line.now, Var(X) * Var(Y) + E(X) ** 2 * Var(Y) + E(Y) ** 2 * Var(X))
    claim = statement(line, (), over=(x, y), given=given)
    return Part(VARIANCE_OF_A_PRODUCT, claim, Chain(tuple(line.steps)))


@cache
def _variance_of_two(x: str, y: str) -> Part:
    X, Y = Entry(x), Entry(y)
    line = Line(Var(X + Y), Scope(Model("laws"), over=(x, y)))
    line.apply("variance as a covariance", line.now).next()
    line.apply("bilinearity of covariance", line.now).next()
    line.reverse("variance as a covariance", Cov(X, X), Var(X))
    line.reverse("variance as a covariance", Cov(Y, Y), Var(Y))
    return Part(VARIANCE_OF_TWO, statement(line, (), over=(x, y)), Chain(tuple(line.steps)))


@cache
def _variance_of_a_sum(x: str, a: str, b: str) -> Part:
    Xj = Entry(x, j)
    line = Line(Var(Sum(Xj, (j, Entry(a), Entry(b)))), Scope(Model("laws"), over=(x, a, b)))
    line.apply("variance as a covariance", line.now).next()
    line.apply("bilinearity of covariance", line.now).next()
    line.apply("diagonal", line.now)
    line.reverse("variance as a covariance", Cov(Xj, Xj), Var(Xj))
    claim = statement(line, (), over=(x, a, b))
    return Part(VARIANCE_OF_A_SUM, claim, Chain(tuple(line.steps)))
