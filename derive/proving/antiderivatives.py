"""Antiderivatives of polynomials times exponentials. Not trusted: they are differentiated.

Glossary: h what is integrated, x the variable, P R polynomials in x, q an exponent, H with H' = h.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sympy import Add, Expr, Integer, Mul, Symbol, erf, exp, expand, pi, sqrt

from derive.errors import Refused
from derive.substitution import put

ZERO = Integer(0)


@lru_cache(maxsize=1024)
def antiderivative(h: Expr, x: Symbol) -> Expr:
    """A function with the derivative h; raises Refused where none is found.

    What does not depend on x is kept as it is: multiplied out, its sign would be hard to see.
    """
    kept: dict[Expr, Expr] = {}
    return put(_antiderivative(_frozen(h, x, kept), x), {name: e for e, name in kept.items()})


def _frozen(e: Any, x: Symbol, kept: dict[Expr, Expr]) -> Any:
    """The term with a name for all that is free of x; 1/c is one over the name of c."""
    if x not in e.free_symbols:
        number, rest = e.as_coeff_Mul()
        return number if rest == 1 else number * _name(rest, kept)
    if not e.is_Mul:
        return e.func(*(_frozen(a, x, kept) for a in e.args)) if e.args else e
    number = Mul(*(a for a in e.args if a.is_Rational))
    fixed = Mul(*(a for a in e.args if not a.is_Rational and x not in a.free_symbols))
    inside = (_frozen(a, x, kept) for a in e.args if x in a.free_symbols)
    return Mul(number, 1 if fixed == 1 else _name(fixed, kept), *inside)


def _name(e: Expr, kept: dict[Expr, Expr]) -> Expr:
    turned = e.as_numer_denom()[0].is_number
    name = kept.setdefault(1 / e if turned else e, Symbol(f"fixed {len(kept)}"))
    return 1 / name if turned else name


@lru_cache(maxsize=1024)
def _antiderivative(h: Expr, x: Symbol) -> Expr:
    if not h.has(exp):
        return _polynomial(coefficients(h, x), x)
    if h.is_Add:
        return Add(*(_antiderivative(t, x) for t in h.args))
    inside = [f for f in Mul.make_args(h) if x in f.free_symbols]
    fixed = Mul(*(f for f in Mul.make_args(h) if x not in f.free_symbols))
    weights = [f for f in inside if isinstance(f, exp)]
    if not weights:
        return Add(*(_antiderivative(t, x) for t in Add.make_args(expand(h))))
    q = Add(*(f.args[0] for f in weights))
    rest = Mul(*(f for f in inside if f not in weights))
    return fixed * _weighted(coefficients(rest, x), q, x)


def coefficients(p: Expr, x: Symbol) -> list[Expr]:
    """Those of 1, x, x², …; raises Refused for what is no polynomial in x."""
    found: dict[int, list[Expr]] = {}
    for t in Add.make_args(expand(p)):
        c, rest = t.as_independent(x, as_Add=False)
        base, power = rest.as_base_exp()
        if rest != 1 and (base != x or not power.is_Integer or power < 0):
            raise Refused("{} is no polynomial in {}", p, x)
        found.setdefault(0 if rest == 1 else int(power), []).append(c)
    return [Add(*found.get(n, ())) for n in range(max(found) + 1)]


def _polynomial(cs: Sequence[Expr], x: Symbol) -> Expr:
    return Add(*(c * x ** (n + 1) / (n + 1) for n, c in enumerate(cs)))


def _weighted(cs: list[Expr], q: Expr, x: Symbol) -> Expr:
    """Of P exp(q): R exp(q) with R' + q' R = P, and a rest that erf takes."""
    qs = coefficients(q, x)
    if len(qs) == 1:
        return exp(q) * _polynomial(cs, x)
    if len(qs) > 3:
        raise Refused("no antiderivative of {} is known", Mul(exp(q), x ** (len(cs) - 1)))
    left, rs = list(cs), [ZERO] * len(cs)
    if len(qs) == 2:
        for n in range(len(cs) - 1, -1, -1):
            rs[n] = expand(left[n] / qs[1])
            if n:
                left[n - 1] -= n * rs[n]
        return exp(q) * _sum(rs, x)
    for n in range(len(cs) - 1, 0, -1):
        r = rs[n - 1] = expand(left[n] / (2 * qs[2]))
        left[n - 1] -= qs[1] * r
        if n > 1:
            left[n - 2] -= (n - 1) * r
    return exp(q) * _sum(rs, x) + expand(left[0]) * _bell(q, qs, x)


def _sum(cs: Sequence[Expr], x: Symbol) -> Expr:
    return Add(*(c * x**n for n, c in enumerate(cs)))


def _bell(q: Expr, qs: Sequence[Expr], x: Symbol) -> Expr:
    """Of exp(q), with q = -(x - m)²/w + c."""
    w = expand(-1 / qs[2])
    m = expand(qs[1] * w / 2)
    c = expand(q + (x - m) ** 2 / w)
    return sqrt(pi) * sqrt(w) / 2 * exp(c) * erf((x - m) / sqrt(w))
