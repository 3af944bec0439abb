"""Fractions, equations divided by something positive, and powers. Trusted.

Glossary: e the left side, at its place, a b numerators and denominators, X what is divided by.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational

from derive.claims import NOTHING, Uses
from derive.errors import Refused
from derive.meaning import at_least_0
from derive.polynomials import multiplied_out
from derive.positive import positive
from derive.rules.citing import equation, instance
from derive.rules.finite import count
from derive.rules.law import Outcome, head, need, rule
from derive.scope import Scope
from derive.substitution import canonical, same
from derive.terms import Product


@rule("fractions", "a/b = c/d if a d = c b", "b, d > 0")
def fractions(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Rearrange a quotient: both sides are the same quotient of polynomials in the same atoms."""
    need(_equal(e, args[0], scope), "{} and {} are not the same fraction", e, args[0])
    return Outcome(args[0])


@rule("division", "a X = b X, so a = b", "X > 0")
def division(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Divide an equation by what is shown to be positive, perhaps as another expression.

    The arguments are where the equation stands and its index values, X and b; then, if X is
    not positive as it stands, the lemma that says what it is, with its index values.
    """
    source, name, which, at, by, new, *as_positive = args
    s, uses = equation(scope, source, name, which)
    left, right, more, _ = instance(s, dict(at), {}, scope)
    uses |= more | _positive(by, as_positive, scope)
    need(_equal(left, e * by, scope), "{} is not {} times {}", left, e, by)
    need(_equal(right, new * by, scope), "{} is not {} times {}", right, new, by)
    return Outcome(new, uses)


def _positive(x: Expr, lemma: list[Any], scope: Scope) -> Uses:
    """What it takes that x is positive; raises Refused."""
    uses, form = NOTHING, x
    if lemma:
        name, at = lemma
        s, uses = equation(scope, "lemma", name)
        left, form, more, _ = instance(s, dict(at), {}, scope)
        need(same(left, x), "{} speaks of {}, not of {}", name, left, x)
        uses |= more
    need(positive(form, scope), "{} was not shown to be positive", form)
    return uses


@rule("product of equal factors", "∏_{k=a}^{b} c = c^{b - a + 1}", "c free of k, b ≥ a - 1")
def equal_factors(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """A product of factors that do not depend on its index is a power of one of them."""
    body, over = head(e, Product).body, e.range
    need(over.index not in body.free_symbols, "the factors depend on {}", over.index)
    return Outcome(body ** count(over, scope))


@rule("powers", "c^a c^b = c^{a + b}", "c > 0")
def powers(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """Powers of one number in a product become one power."""
    exponents: dict[Expr, list[Expr]] = {}
    for a in head(e, Mul).args:
        base, exponent = a.as_base_exp()
        exponents.setdefault(base, []).append(exponent)
    gathered = [b for b, found in exponents.items() if len(found) > 1]
    need(bool(gathered), "no number stands in two powers")
    for base in gathered:
        need(positive(base, scope), "{} was not shown to be positive", base)
    return Outcome(Mul(*(base ** Add(*found) for base, found in exponents.items())))


@rule("powers apart", "c^{a + b} = c^a c^b", "c > 0, or a, b ≥ 0")
def powers_apart(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """A power of a number as a product of two, the first with the exponent given."""
    base, a = head(e, Pow).base, args[0]
    if not positive(base, scope):
        for exponent in (a, e.exp - a):
            need(at_least_0(exponent, scope), "{} ≥ 0 was not shown", exponent)
    return Outcome(base**a * base ** (e.exp - a))


def _equal(x: Expr, y: Expr, scope: Scope) -> bool:
    """Whether two quotients are equal, their denominators shown to be positive."""
    (a, b), (c, d) = fraction(x), fraction(y)
    for below in (b, d):
        if not positive(below, scope):
            raise Refused("{} was not shown to be positive", below)
    return bool(multiplied_out(canonical(a * d)) == multiplied_out(canonical(c * b)))


def fraction(e: Expr) -> tuple[Expr, Expr]:
    """One numerator and one denominator, neither with a fraction in it outside its atoms."""
    if isinstance(e, Rational):
        return Integer(e.p), Integer(e.q)
    if isinstance(e, Add):
        over, under = Integer(0), Integer(1)
        for a, b in map(fraction, e.args):
            over, under = (over + a, b) if b == under else (over * b + a * under, under * b)
        return over, under
    if isinstance(e, Mul):
        parts = [fraction(a) for a in e.args]
        return Mul(*(a for a, _ in parts)), Mul(*(b for _, b in parts))
    if isinstance(e, Pow) and e.exp.is_Integer:
        a, b = fraction(e.base)
        return (a**e.exp, b**e.exp) if e.exp > 0 else (b**-e.exp, a**-e.exp)
    if isinstance(e, Pow) and isinstance(e.exp, Rational) and e.exp < 0:
        return Integer(1), e.base**-e.exp
    return e, Integer(1)
