"""Laws of E, Var and Cov. Trusted.

Glossary: e the left side, at its place, X Y random, a b c fixed.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul

from derive.claims import NOTHING, Uses
from derive.errors import Refused, Words
from derive.finiteness import finite_order
from derive.independence import independent
from derive.meaning import check_exists
from derive.model import SameLaw, Symmetric
from derive.order import ZERO
from derive.polynomials import factors
from derive.rules.law import Outcome, apart, head, need, rule
from derive.scope import Scope
from derive.substitution import canonical, put, same
from derive.subterms import occurrences
from derive.terms import Cov, E, Entry, Partial, Sum, Var, rebuild


@rule(
    "linearity of expectation", "E[a X + b Y + c] = a E[X] + b E[Y] + c,  E[Σ_j X_j] = Σ_j E[X_j]"
)
def linearity(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """The mean of a sum is the sum of the means; fixed factors come out."""
    new = _mean(head(e, E).args[0], scope)
    need(new != e, "there is no sum and no fixed factor to take out of the mean")
    return Outcome(new)


def _mean(x: Expr, scope: Scope) -> Expr:
    if not scope.is_random(x):
        return x
    if isinstance(x, Add):
        return Add(*(_mean(t, scope) for t in x.args))
    if isinstance(x, Sum):
        return rebuild(x, (_mean(x.body, scope), *x.args[1:]))
    fixed, varying = apart(x, scope)
    if fixed != 1:
        return fixed * _mean(varying, scope)
    return E(x)


@rule(
    "independence",
    "E[X Y] = E[X] E[Y]",
    "X, Y, … mutually independent, with finite means",
)
def independence(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """The mean of a product of mutually independent groups of factors is the product of means."""
    body = head(e, E).args[0]
    groups = [factors(g) for g in args]
    need(len(groups) > 1, "one group of factors cannot be separated")
    need(same(Mul(*args), body), "the groups are not the factors of the product")
    uses, evidence = independent(groups, scope)
    for group in args:
        order, more = finite_order(group, scope)
        need(order >= 1, "the mean of {} was not shown to be finite", group)
        uses |= more
    return Outcome(Mul(*(E(g) for g in args)), uses, evidence)


@rule("symmetry", "E[X^p Y] = 0 for odd p", "X symmetric, independent of Y")
def symmetry(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """An odd power of a symmetric variable has mean 0, whatever independent factor goes with it."""
    body = head(e, E).args[0]
    x = head(args[0], Entry)
    odd = [f for f in factors(body) if f == x]
    others = [f for f in factors(body) if f != x]
    need(len(odd) % 2 == 1, "{} does not occur to an odd power", x)
    uses: Uses = NOTHING
    for name, fact in scope.facts(Symmetric):
        if fact.key == x.name:
            apart_uses, evidence = independent([[x], others], scope) if others else (NOTHING, ())
            uses = apart_uses | {name}
            return Outcome(ZERO, uses, evidence)
    raise Refused("{} was not declared symmetric", x, needs=Words("symmetric {}", x.name))


@rule("one law for all entries", "E[g(X_j)] = E[g(X_k)]", "the X_j have the same law")
def same_law(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """A moment of one entry is the same moment of another entry of the same law."""
    need(isinstance(e, (E, Var)), "this law speaks of E[…] and Var[…], not of {}", e)
    x, other = head(args[0], Entry), head(args[1], Entry)
    inside = {s for s, _ in occurrences(canonical(e), (Entry, Partial))}
    need(
        inside - {x} == {s for s in inside if not scope.is_random(s)} and x.name == other.name,
        "not a moment of {} alone",
        x,
    )
    for name, fact in scope.facts(SameLaw):
        if fact.key == x.name:
            kept = [n for n in range(len(x.indices)) if n not in fact.slots]
            if all(scope.order.equal(x.indices[n], other.indices[n]) for n in kept):
                check_exists(x, scope)
                check_exists(other, scope)
                return Outcome(put(e, x, other), frozenset({name}))
    raise Refused("the entries of {} were not declared to have one law", x.name)


# -- variance and covariance


@rule("variance", "Var[X] = E[X²] - E[X]²")
def variance(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """The variance is the second moment less the squared mean."""
    x = head(e, Var).args[0]
    return Outcome(E(x**2) - E(x) ** 2)


@rule("second moment", "E[X²] = Var[X] + E[X]²")
def second_moment(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """The second moment is the variance plus the squared mean."""
    square = head(e, E).args[0]
    halves = [(b, x / 2) for b, x in (a.as_base_exp() for a in Mul.make_args(square))]
    need(all(x.is_Integer for _, x in halves), "{} is not written as a square", square)
    root = Mul(*(b**x for b, x in halves))
    return Outcome(Var(root) + E(root) ** 2)


@rule("covariance", "Cov[X, Y] = E[X Y] - E[X] E[Y]")
def covariance(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """The covariance is the mean of the product less the product of the means."""
    x, y = head(e, Cov).args
    return Outcome(E(x * y) - E(x) * E(y))


@rule("variance as a covariance", "Var[X] = Cov[X, X]")
def self_covariance(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """The variance is the covariance of a variable with itself."""
    x = head(e, Var).args[0]
    return Outcome(Cov(x, x))


@rule("bilinearity of covariance", "Cov[a X + Y, Z] = a Cov[X, Z] + Cov[Y, Z],  Cov[c, Z] = 0")
def bilinearity(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """Covariance is linear in both places, over finite sums; fixed summands drop out."""
    x, y = head(e, Cov).args
    new = _covariance(x, y, scope)
    need(not same(new, e), "there is no sum and no fixed factor to take out of the covariance")
    return Outcome(new)


def _covariance(x: Expr, y: Expr, scope: Scope) -> Expr:
    if not scope.is_random(x) or not scope.is_random(y):
        return ZERO
    for one, other in ((x, y), (y, x)):
        if isinstance(one, Add):
            return Add(*(_covariance(t, other, scope) for t in one.args))
        if isinstance(one, Sum):
            body, over, inner = scope.open(one)
            return Sum(_covariance(body, other, inner), over)
        fixed, varying = apart(one, scope)
        if fixed != 1:
            return fixed * _covariance(varying, other, scope)
    return Cov(x, y)
