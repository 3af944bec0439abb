"""Laws of finite sums and products over symbolic ranges. Trusted.

Glossary: e the left side, at its place, j k bound indices, c free of them.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Integer, Mul, Symbol

from derive.errors import Refused
from derive.order import ZERO
from derive.polynomials import summands
from derive.rules.law import Outcome, head, need, rule
from derive.scope import Scope
from derive.substitution import put
from derive.terms import Delta, Product, Range, Sum


def count(over: Range, scope: Scope) -> Expr:
    """How many values an index takes; the range must be shown to end at its start - 1 or later."""
    index, lo, hi, but = over
    need(scope.order.leq(lo - 1, hi), "{} ≤ {} + 1 was not shown", lo, hi)
    number = hi - lo + 1
    for n, value in enumerate(but):
        inside = scope.order.leq(lo, value) and scope.order.leq(value, hi)
        others = all(scope.order.differ(value, b) for b in but[:n])
        need(
            inside and others,
            "{} = {} was not shown to be one of the values left out",
            index,
            value,
        )
        number -= 1
    return number


@rule("sum of equal terms", "Σ_{j=a}^{b} c = (b - a + 1) c", "c free of j, b ≥ a - 1")
def equal_terms(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """A sum of terms that do not depend on its index is their number times one of them."""
    body, over = head(e, Sum).body, e.range
    if body == 0:
        return Outcome(ZERO)
    need(over.index not in body.free_symbols, "the terms depend on {}", over.index)
    return Outcome(count(over, scope) * body)


@rule("linearity of sums", "Σ_j (c X_j + Y_j) = c Σ_j X_j + Σ_j Y_j")
def sum_linearity(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """A finite sum of sums is the sum of the sums; what is free of the index comes out."""
    body, over = head(e, Sum).body, e.range
    parts = []
    for t in summands(body):
        outside = Mul(*(a for a in Mul.make_args(t) if over.index not in a.free_symbols))
        inside = Mul(*(a for a in Mul.make_args(t) if over.index in a.free_symbols))
        parts.append(outside * Sum(inside, over))
    new = Add(*parts)
    need(new != e, "nothing comes out of the sum over {}", over.index)
    return Outcome(new)


@rule("diagonal", "Σ_j Σ_k t(j, k) = Σ_j t(j, j) + Σ_j Σ_{k≠j} t(j, k)", "j and k over one range")
def diagonal(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """A double sum over one range is its diagonal and the rest."""
    outer = head(e, Sum)
    inner = head(outer.body, Sum)
    j, lo, hi, but = outer.range
    k, lo2, hi2, but2 = inner.range
    inner_limits = set().union(*(a.free_symbols for a in (lo2, hi2, *but2)))
    need(
        (lo, hi, but) == (lo2, hi2, but2) and j != k and j not in inner_limits,
        "the two sums do not run over the same range",
    )
    rest = Sum(inner.body, Range(k, lo2, hi2, (*but2, j)))
    return Outcome(Sum(put(inner.body, k, j), outer.range) + Sum(rest, outer.range))


@rule("sum over a delta", "Σ_j δ_{j,k} t(j) = t(k)", "k in the range of j")
def delta(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """Kronecker's delta picks one term of a sum."""
    body, over = scope.open(head(e, Sum))[:2]
    for a in Mul.make_args(body):
        if isinstance(a, Delta) and over.index in a.args:
            value = a.args[0] if a.args[1] == over.index else a.args[1]
            if over.index in value.free_symbols:
                continue
            missing = scope.in_ranges((over,), {over.index: value})
            need(not missing, "{} was not shown", missing)
            rest = Mul(*(b for b in Mul.make_args(body) if b is not a))
            return Outcome(put(rest, over.index, value))
    raise Refused("no δ over {} among the factors", over.index)


@rule("delta", "δ_{j,j} = 1,  δ_{j,k} = 0 for j ≠ k")
def plain_delta(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """Kronecker's delta of equal or of different indices."""
    i, j = head(e, Delta).args
    if scope.order.equal(i, j):
        return Outcome(Integer(1))
    need(scope.order.differ(i, j), "neither {} = {} nor {} ≠ {} was shown", i, j, i, j)
    return Outcome(ZERO)


def _not_empty(r: Range, what: str, scope: Scope) -> tuple[Symbol, Expr, Expr]:
    """A range without gaps that is shown to have an index."""
    k, lo, hi, but = r
    shown = not but and scope.order.leq(lo, hi)
    need(shown, f"{{}} ≤ {{}} was not shown: the {what} may be empty", lo, hi)
    return k, lo, hi


@rule("last term", "Σ_{k=a}^{b} t(k) = Σ_{k=a}^{b-1} t(k) + t(b)", "b ≥ a")
def last_term(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """Split the last term off a sum that has one."""
    k, lo, hi = _not_empty(head(e, Sum).range, "sum", scope)
    return Outcome(put(e.body, k, hi) + Sum(e.body, (k, lo, hi - 1)))


@rule("empty sum", "Σ_{k=a}^{a-1} t(k) = 0")
def empty_sum(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """A sum over an empty range is 0."""
    lo, hi = head(e, Sum).range[1:3]
    need(scope.order.less(hi, lo), "{} < {} was not shown: the sum may have terms", hi, lo)
    return Outcome(ZERO)


# -- finite products


@rule("last factor", "∏_{k=a}^{b} g(k) = g(b) ∏_{k=a}^{b-1} g(k)", "b ≥ a")
def last_factor(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """Split the last factor off a product that has one."""
    k, lo, hi = _not_empty(head(e, Product).range, "product", scope)
    return Outcome(put(e.body, k, hi) * Product(e.body, (k, lo, hi - 1)))


@rule("first factor", "∏_{k=a}^{b} g(k) = g(a) ∏_{k=a+1}^{b} g(k)", "b ≥ a")
def first_factor(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """Split the first factor off a product that has one."""
    k, lo, hi = _not_empty(head(e, Product).range, "product", scope)
    return Outcome(put(e.body, k, lo) * Product(e.body, (k, lo + 1, hi)))


@rule("empty product", "∏_{k=a}^{a-1} g(k) = 1")
def empty_product(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """A product over an empty range is 1."""
    lo, hi = head(e, Product).range[1:3]
    need(scope.order.less(hi, lo), "{} < {} was not shown: the product may have factors", hi, lo)
    return Outcome(Integer(1))


@rule("shifted product", "∏_{k=a}^{b} g(k) = ∏_{k=a+c}^{b+c} g(k-c)")
def shifted_product(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Shift the index of a product."""
    k, lo, hi, but = head(e, Product).range
    shift = args[0]
    need(not but and k not in shift.free_symbols, "the shift may not depend on the index")
    return Outcome(Product(put(e.body, k, k - shift), (k, lo + shift, hi + shift)))
