"""Moments replaced by what is declared or derived of them. Not trusted: every step is checked."""

from __future__ import annotations

from sympy import Expr, Mul, Pow, Rational

from derive import moments
from derive.claims import NOTHING, Proved, Uses
from derive.differences import cases
from derive.errors import Refused
from derive.forms import Undecided
from derive.judging.clearing import cleared
from derive.kernel import check_step
from derive.model import Statement
from derive.order import ZERO
from derive.proving.derivation import Line
from derive.proving.strategies import everywhere, gather_second_moments, use_moments
from derive.scope import Scope
from derive.terms import HEADS, E, Product, Range, Sum


def rewritten(e: Expr, scope: Scope) -> tuple[Expr, Uses]:
    """The term with moments replaced by what is declared or derived of them, and what that took."""
    if e not in scope.found:
        scope.found[e] = _rewritten(e, scope)
    return scope.found[e]


def _rewritten(e: Expr, scope: Scope) -> tuple[Expr, Uses]:
    line, before, uses = Line(e, scope), e, NOTHING
    try:
        names = [p.name for p in scope.proved]
        use_moments(line, names)
        if e.has(Sum):
            everywhere(line, "sum of equal terms", Sum)
        if any(of_square(p) for p in scope.proved):
            use_moments(gather_second_moments(line), names)
        for step in line.steps:
            more, _ = check_step(before, step, scope)
            before, uses = step.after, uses | more
    except Refused:
        return e, NOTHING
    return before, uses


def gathered(claim: Statement, scope: Scope, squares: bool) -> Uses | None:
    """What it takes that left - right is 0 with second moments put in and quotients cleared."""
    used = NOTHING
    for (e,), place in cases([claim.left - claim.right], scope):
        form = moments.normal(e, place)
        rest = form.expression()
        rest, more = rewritten(rest, place) if squares else (rest, NOTHING)
        used = used | form.uses | more
        without = cleared(rest, ZERO)
        if without is not None:
            (rest, _), by = without
            divisor, form = (moments.normal(x, place) for x in (by, rest))
            rest = by if divisor.is_zero else form.expression()
            used = used | form.uses
        if rest != 0:
            return None
    return used


def of_square(p: Proved) -> bool:
    """Whether it says what a second moment is, where the mean is not known."""
    left = p.claim.left if isinstance(p.claim, Statement) else None
    return isinstance(left, E) and isinstance(left.args[0], Pow)


def expanded(e: Expr, scope: Scope) -> tuple[Expr, Uses]:
    """The term with its moments expanded, if they can be, and then what is known of them put in.

    Of a product over layers the factors beside it are expanded.
    """
    uses = NOTHING
    layers = Mul(*(a for a in Mul.make_args(e) if a.has(Product)))
    beside = Mul(*(a for a in Mul.make_args(e) if not a.has(Product)))
    if beside.has(*HEADS):
        try:
            form = moments.normal(beside, _about(beside, scope))
            e, uses = form.expression() * layers, form.uses
        except (Undecided, Refused):
            if e.is_Mul or (isinstance(e, Pow) and isinstance(e.exp, Rational)):
                parts = [expanded(a, scope) for a in e.args]
                return e.func(*(a for a, _ in parts)), NOTHING.union(*(u for _, u in parts))
    after, more = rewritten(e, scope)
    return after, uses | more


def _about(e: Expr, scope: Scope) -> Scope:
    """The place without the indices that a term does not have: those that are left may differ."""
    needed, kept = {*e.free_symbols}, list[Range]()
    for r in reversed(scope.ranges):
        if r.index in needed:
            kept.insert(0, r)
            needed |= {s for limit in (r.lo, r.hi, *r.but) for s in limit.free_symbols}
    return scope.among(kept) if len(kept) < len(scope.ranges) else scope
