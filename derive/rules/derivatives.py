"""The chain rule, and derivatives of what is written out. Trusted.

Glossary: e the left side, at its place, v the entry by which, u what is computed from v.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul, Pow

from derive.errors import Refused
from derive.meaning import definition_of
from derive.model import Statement
from derive.order import ZERO
from derive.rules.citing import equation
from derive.rules.law import Outcome, head, need, rule
from derive.scope import Scope
from derive.substitution import fresh, instantiate, put
from derive.subterms import occurrences
from derive.terms import Apply, Cov, Delta, E, Entry, Partial, Product, Range, Sum, Var


@rule(
    "chain rule",
    "∂C/∂v = Σ_u ∂C/∂u · ∂u/∂v",
    "u runs over everything that is computed from v directly; C is not a function of v itself",
)
def chain(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """How the cost changes with v, through every quantity whose definition has v in it."""
    v = head(head(e, Partial).by, Entry)
    cost = scope.model.cost_of(e)
    if cost is None:
        raise Refused("{} is not a declared cost", e.of)
    need(
        v.name != cost.of.name or _apart_from(cost.of, cost.ranges, v, scope),
        "{} may be a function of {} itself",
        cost.name,
        v,
    )
    taken = {s for s in v.free_symbols} | {r.index for r in scope.ranges}
    parts: list[Expr] = []
    reached: list[Entry] = []
    for definition in scope.model.definitions:
        found = _reaches(definition.statement, v, scope, taken)
        if found is None:
            continue
        u, over = found
        need(
            all(q.name != u.name or not over for q in reached) and u not in reached,
            "{} reaches {} by several definitions",
            v,
            u.name,
        )
        reached.append(u)
        inner: Expr = Partial(e.of, u) * Partial(u, v)
        for r in reversed(over):
            inner = Sum(inner, r)
        parts.append(inner)
    return Outcome(Add(*parts))


def _apart_from(of: Entry, over: tuple[Range, ...], v: Entry, scope: Scope) -> bool:
    """Whether v is shown not to be one of the entries ``of``."""
    names = {r.index for r in over}
    for p, a in zip(of.indices, v.indices, strict=True):
        if not (p.free_symbols & names) and scope.order.differ(p, a):
            return True
    return False


def _reaches(
    s: Statement, v: Entry, scope: Scope, taken: set[Any]
) -> tuple[Entry, tuple[Range, ...]] | None:
    """The entries that a definition computes from v: the left side, and its ranges left open.

    Every place where the family of v stands on the right side is solved for the indices at
    which it is v; all places must give the same entries.
    """
    names: dict[Any, Expr] = {}
    need(not s.right.has(Partial), "the definition of {} has a derivative in it", s.left.name)
    taken = taken | {e.range.index for e in s.right.atoms(Sum, Product)}
    for r in s.ranges:
        new = fresh(r.index, taken | set(names.values()))
        names[r.index] = new
    left, right = put(s.left, names), put(s.right, names)
    own = tuple(
        Range(
            names[r.index], put(r.lo, names), put(r.hi, names), tuple(put(b, names) for b in r.but)
        )
        for r in s.ranges
    )
    places = list(occurrences(right, lambda t: isinstance(t, Entry) and t.name == v.name))
    found: tuple[Entry, tuple[Range, ...]] | None = None
    for place, binders in places:
        solved: dict[Any, Expr] = {}
        free = {r.index for r in (*own, *binders)}
        impossible = False
        for p, a in zip(place.indices, v.indices, strict=True):
            unknown = [n for n in free if n in p.free_symbols]
            if not unknown:
                if scope.order.differ(p, a):
                    impossible = True
                need(
                    impossible or scope.order.equal(p, a),
                    "neither {} = {} nor {} ≠ {} was shown",
                    p,
                    a,
                    p,
                    a,
                )
            else:
                need(
                    len(unknown) == 1 and (p - unknown[0]).is_Integer and unknown[0] not in solved,
                    "{} is not {} in one way",
                    place,
                    v,
                )
                solved[unknown[0]] = a - (p - unknown[0])
        if impossible:
            continue
        for r in (*own, *binders):
            if r.index in solved:
                value, low, high = solved[r.index], put(r.lo, solved), put(r.hi, solved)
                if scope.order.less(value, low) or scope.order.less(high, value):
                    impossible = True
                    break
                missing = scope.in_ranges((r,), {**solved})
                need(not missing, "{} was not shown for the {} in {}", missing, place.name, left)
            else:
                need(r in own, "{} is not {} in one way", place, v)
        if impossible:
            continue
        u = put(left, solved)
        rest = tuple(
            Range(
                r.index, put(r.lo, solved), put(r.hi, solved), tuple(put(b, solved) for b in r.but)
            )
            for r in own
            if r.index not in solved
        )
        need(found is None or found == (u, rest), "{} reaches {} in several ways", v, left.name)
        found = (u, rest)
    return found


@rule(
    "derivative",
    "∂(X + Y)/∂v = ∂X/∂v + ∂Y/∂v,  ∂(X Y)/∂v = Y ∂X/∂v + X ∂Y/∂v,  "
    "∂f(X)/∂v = f'(X) ∂X/∂v,  ∂X_j/∂X_k = δ_{j,k}",
    "u has one definition there",
)
def derivative(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """The derivative ∂u/∂v of the definition of u by one entry, the other entries held fixed.

    Where v is u itself that is 1, whatever the definition says.
    """
    head(e, Partial)
    need(scope.model.cost_of(e) is None, "the cost is known only through the chain rule")
    of, by = head(e.of, Entry), head(e.by, Entry)
    written = definition_of(of, scope)
    if written is None:
        raise Refused("no definition of {} was shown to apply", of)
    itself = _derivative(of, by, scope)
    if itself == 1:
        return Outcome(itself)
    slope = _derivative(written, by, scope)
    need(itself == 0 or slope == 0, "{} may be {} itself", by, of)
    return Outcome(itself + slope)


def _derivative(x: Expr, v: Entry, scope: Scope) -> Expr:
    if not x.args or isinstance(x, (E, Var, Cov, Delta)):
        return ZERO
    if isinstance(x, Entry):
        if x.name != v.name:
            return ZERO
        pairs = list(zip(x.indices, v.indices, strict=True))
        if any(scope.order.differ(a, b) for a, b in pairs):
            return ZERO
        return Mul(*(Delta(a, b) for a, b in pairs if not scope.order.equal(a, b)))
    if isinstance(x, Add):
        return Add(*(_derivative(t, v, scope) for t in x.args))
    if isinstance(x, Mul):
        rest = [Mul(*(b for b in x.args if b is not a)) for a in x.args]
        return Add(*(r * _derivative(a, v, scope) for r, a in zip(rest, x.args, strict=True)))
    if isinstance(x, Pow) and x.exp.is_Integer and x.exp > 1:
        return x.exp * x.base ** (x.exp - 1) * _derivative(x.base, v, scope)
    if isinstance(x, Apply):
        return Apply(x.name, x.order + 1, x.at) * _derivative(x.at, v, scope)
    if isinstance(x, Sum):
        body, over, inside = scope.open(x)
        slope = _derivative(body, v, inside)
        return ZERO if slope == 0 else Sum(slope, over)
    raise Refused("no law for the derivative of {}", x)


@rule("derivative of a known function", "f(u) = g(u) for all u, so f'(u) = g'(u)")
def known_derivative(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """A function that was declared equal to a polynomial everywhere has its derivative."""
    head(e, Apply)
    name, which = args
    s, uses = equation(scope, "assumption", name, which)
    need(
        isinstance(s.left, Apply)
        and s.left.name == e.name
        and s.left.order == e.order - 1
        and len(s.over) == 1
        and s.left.at == Entry(s.over[0])
        and not s.ranges,
        "{} does not say what {} is everywhere",
        name,
        e.name,
    )
    u = Entry(s.over[0])
    slope = _derivative(s.right, u, Scope(scope.model, over=s.over))
    return Outcome(instantiate(slope, {s.over[0]: ((), e.at)}), uses)
