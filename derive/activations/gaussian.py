r"""E[g(s)] for s ~ N(0, q) in closed form, for what is made of powers, exponentials and erf.

On an interval, ``∫ s^n e^{cs - ds²}`` times the density is a density of other mean and variance,
and its moments follow from ``∫ t^n φ = (n-1) ∫ t^{n-2} φ`` and the ends.  With erf, on the whole
line, ``E[s g(s)] = q E[g'(s)]`` (Stein) takes one power away at a time.

    >>> from derive.activations.activation import activation
    >>> mean(activation("relu").branches, lambda f: f**2)
    q/2
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import comb
from typing import Any

from sympy import (
    Add,
    Expr,
    I,
    Integer,
    Mul,
    Poly,
    Symbol,
    asin,
    cos,
    cosh,
    erf,
    exp,
    expand,
    expand_mul,
    factor_terms,
    oo,
    pi,
    sin,
    sinh,
    sqrt,
    together,
)

from derive.activations.pieces import Piece
from derive.activations.reading import VARIABLE
from derive.errors import Refused

Q = Symbol("q", positive=True)
HIGHEST = 60
s = VARIABLE


def mean(pieces: Sequence[Piece], of: Callable[[Expr], Expr] = lambda f: f) -> Expr:
    """E of a function of a piecewise function; raises Refused if it has no closed form here."""
    return gathered(sum((part(p, of) for p in pieces), Integer(0)))


def part(p: Piece, of: Callable[[Expr], Expr] = lambda f: f) -> Expr:
    """What one piece adds to the mean."""
    e = expand(_exponential(of(p.formula)))
    whole = (p.lo, p.hi) == (-oo, oo)
    found = Integer(0)
    for term in e.as_ordered_terms() if e != 0 else ():
        found += _term(term, p, whole)
    return expand(found)


def gathered(e: Expr) -> Expr:
    """A sum with what its terms have in common in front: exponentials, then error functions."""
    e = expand(e)
    found = factor_terms(_grouped(e, (exp, erf)))
    return found if expand(found - e) == 0 else e


def _grouped(e: Expr, kinds: tuple[Any, ...]) -> Expr:
    if not kinds:
        return e
    groups: dict[Expr, list[Expr]] = {}
    for term in Add.make_args(e):
        factors = Mul.make_args(term)
        common = Mul(*(f for f in factors if isinstance(f, kinds[0]) and f.free_symbols))
        groups.setdefault(common, []).append(term / common)
    return Add(*(common * _grouped(Add(*terms), kinds[1:]) for common, terms in groups.items()))


def _exponential(e: Expr) -> Expr:
    """sin, cos, sinh and cosh by exp."""
    if not e.args:
        return e
    e = e.func(*map(_exponential, e.args))
    if isinstance(e, sin | cos):
        up, down = exp(I * e.args[0]), exp(-I * e.args[0])
        return (up - down) / (2 * I) if isinstance(e, sin) else (up + down) / 2
    if isinstance(e, sinh | cosh):
        up, down = exp(e.args[0]), exp(-e.args[0])
        return (up - down if isinstance(e, sinh) else up + down) / 2
    return e


def _term(term: Expr, p: Piece, whole: bool) -> Expr:
    """One product of a number, a power of s, an exponential and error functions."""
    number, rest = term.as_independent(s, as_Add=False)
    power, exponent, errors = 0, Integer(0), []
    for factor in rest.as_ordered_factors():
        base, n = factor.as_base_exp()
        if factor == 1:
            continue
        if isinstance(factor, exp):
            exponent += factor.args[0]
        elif base == s and n.is_Integer and 0 < n <= HIGHEST:
            power += int(n)
        elif isinstance(base, erf) and n in (1, 2):
            errors += [_linear(base.args[0])] * int(n)
        else:
            raise Refused("{} has no closed form here", rest)
    shape = Poly(exponent, s) if exponent.is_polynomial(s) else None
    if shape is None or shape.degree() > 2 or (power > HIGHEST):
        raise Refused("{} has no closed form here", rest)
    d, c, b = -shape.nth(2), shape.nth(1), shape.nth(0)
    if d.is_negative or not d.is_real:
        raise Refused("{} is integrable only for some q", rest)
    variance = together(Q / (1 + 2 * d * Q))
    mean = c * variance
    number *= exp(b + c * mean / 2) * sqrt(variance / Q)
    if errors and whole:
        shifted = tuple((a, expand(a * mean + e)) for a, e in errors)
        moments = (comb(power, k) * mean ** (power - k) * _stein(k, shifted, variance)
                   for k in range(power + 1))  # fmt: skip
        return number * sum(moments, Integer(0))
    if errors or not (whole or c.is_real):
        raise Refused("{} has no closed form between {} and {}", rest, p.lo, p.hi)
    ends = [end if end in (oo, -oo) else (end - mean) / sqrt(variance) for end in (p.lo, p.hi)]
    moments = (comb(power, k) * mean ** (power - k) * variance ** (Integer(k) / 2)
               * _truncated(k, *ends) for k in range(power + 1))  # fmt: skip
    return number * sum(moments, Integer(0))


def _linear(e: Expr) -> tuple[Expr, Expr]:
    if not e.is_polynomial(s) or Poly(e, s).degree() != 1:
        raise Refused("{} has no closed form here", erf(e))
    return Poly(e, s).nth(1), Poly(e, s).nth(0)


def _truncated(n: int, lo: Expr, hi: Expr) -> Expr:
    """``∫ t^n φ(t) dt`` from lo to hi."""
    if n == 0:
        return (_erf(hi) - _erf(lo)) / 2
    edges = _edge(n - 1, lo) - _edge(n - 1, hi)
    return edges + ((n - 1) * _truncated(n - 2, lo, hi) if n > 1 else 0)


def _erf(end: Expr) -> Expr:
    return (
        Integer(1) if end == oo else Integer(-1) if end == -oo else erf(expand_mul(end / sqrt(2)))
    )


def _edge(n: int, at: Expr) -> Expr:
    return Integer(0) if at in (oo, -oo) else at**n * exp(expand(-(at**2) / 2)) / sqrt(2 * pi)


def _stein(n: int, errors: tuple[tuple[Expr, Expr], ...], v: Expr) -> Expr:
    """``E[t^n ∏ erf(a t + b)]`` for t ~ N(0, v)."""
    if not errors:
        return Integer(0) if n % 2 else v ** (n // 2) * _odd(n - 1)
    if n == 0:
        return _errors(errors, v)
    found = (n - 1) * _stein(n - 2, errors, v) if n > 1 else Integer(0)
    for at, (a, b) in enumerate(errors):
        others = errors[:at] + errors[at + 1 :]
        narrow = together(v / (1 + 2 * a**2 * v))
        m = -2 * a * b * narrow
        front = 2 * a / sqrt(pi) * exp(-(b**2) + (2 * a * b) ** 2 * narrow / 2) * sqrt(narrow / v)
        moved = tuple((x, expand(x * m + y)) for x, y in others)
        found += front * sum(
            (comb(n - 1, k) * m ** (n - 1 - k) * _stein(k, moved, narrow) for k in range(n)),
            Integer(0),
        )
    return v * found


def _odd(n: int) -> int:
    """1 · 3 · 5 ⋯ n"""
    return n * _odd(n - 2) if n > 1 else 1


def _errors(errors: tuple[tuple[Expr, Expr], ...], v: Expr) -> Expr:
    """``E[erf(a t + b)] = erf(b/√(1 + 2a²v))``, and Williams' arcsine for two without b."""
    if len(errors) == 1:
        ((a, b),) = errors
        return erf(b / sqrt(together(1 + 2 * a**2 * v)))
    if len(errors) == 2 and all(b == 0 for _, b in errors):
        (a, _), (c, _) = errors
        below = sqrt(together(1 + 2 * a**2 * v)) * sqrt(together(1 + 2 * c**2 * v))
        return 2 / pi * asin(2 * a * c * v / below)
    raise Refused("a product of {} error functions has no closed form here", len(errors))
