"""The named laws. Trusted.

A rule computes the right side of a step from its left side, at one place (`Scope`), and
says which assumptions that took.  It never walks a tree and never prints; what does not
apply raises Refused with the reason.  Laws that follow from these are proved in `laws`.
A rule that rearranges is given its result as an argument and checks it.

Glossary: e the left side, at its place, X Y random, c fixed, j k bound indices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, expand

from derive.errors import Refused, Words
from derive.model import SameLaw, Statement, Symmetric
from derive.order import ZERO
from derive.scope import NOTHING, Evidence, Scope, Uses
from derive.terms import (
    BINDERS,
    Apply,
    Cov,
    Delta,
    E,
    Entry,
    Partial,
    Product,
    Range,
    Sum,
    Var,
    canonical,
    factors,
    fresh,
    instantiate,
    occurrences,
    put,
    rebuild,
    same,
    summands,
)


@dataclass(frozen=True)
class Outcome:
    """What a rule makes of its left side."""

    new: Expr
    uses: Uses = NOTHING
    evidence: tuple[Evidence, ...] = ()


Rewrite = Callable[[Any, Scope, tuple[Any, ...]], Outcome]


@dataclass(frozen=True)
class Rule:
    """A law with its name, its text, its side condition and its rewrite."""

    name: str
    law: str
    needs: str
    rewrite: Rewrite

    @property
    def summary(self) -> str:
        """The first sentence of the docstring."""
        return (self.rewrite.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


_RULES: dict[str, Rule] = {}


def rule(name: str, law: str, needs: str = "") -> Callable[[Rewrite], Rewrite]:
    """Enter a rewrite into the table of rules."""

    def enter(rewrite: Rewrite) -> Rewrite:
        _RULES[name] = Rule(name, law, needs, rewrite)
        return rewrite

    return enter


def need(condition: bool, reason: str, *parts: object, needs: Words | str = "") -> None:
    """Raise Refused unless the side condition holds."""
    if not condition:
        raise Refused(reason, *parts, needs=needs)


def head(e: Expr, kind: type) -> Any:
    """The expression, if it is of the kind that the rule speaks of."""
    need(isinstance(e, kind), "this law speaks of {}[…], not of {}", kind.__name__, e)
    return e


def apart(e: Expr, scope: Scope) -> tuple[Expr, Expr]:
    """Fixed and random factors of a product."""
    fixed = [a for a in Mul.make_args(e) if not scope.is_random(a)]
    varying = [a for a in Mul.make_args(e) if scope.is_random(a)]
    return Mul(*fixed), Mul(*varying)


# -- expectation


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
    uses, evidence = scope.independent(groups)
    for group in args:
        order, more = scope.finite(group)
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
    for assumption in scope.model.assumptions:
        if any(isinstance(f, Symmetric) and f.key == x.name for f in assumption.facts):
            apart_uses, evidence = scope.independent([[x], others]) if others else (NOTHING, ())
            uses = apart_uses | {assumption.name}
            return Outcome(ZERO, uses, evidence)
    raise Refused("{} was not declared symmetric", x, needs=Words("symmetric {}", x.name))


@rule("one law for all entries", "E[g(X_j)] = E[g(X_k)]", "the X_j have the same law")
def same_law(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """A moment of one entry is the same moment of another entry of the same law."""
    need(isinstance(e, (E, Var)), "this law speaks of E[…] and Var[…], not of {}", e)
    x, other = head(args[0], Entry), head(args[1], Entry)
    inside = {s for s, _ in occurrences(canonical(e), lambda t: isinstance(t, (Entry, Partial)))}
    need(
        inside - {x} == {s for s in inside if not scope.is_random(s)} and x.name == other.name,
        "not a moment of {} alone",
        x,
    )
    for assumption in scope.model.assumptions:
        for fact in assumption.facts:
            if isinstance(fact, SameLaw) and fact.key == x.name:
                kept = [n for n in range(len(x.indices)) if n not in fact.slots]
                if all(scope.order.equal(x.indices[n], other.indices[n]) for n in kept):
                    scope.exists(x)
                    scope.exists(other)
                    return Outcome(put(e, x, other), frozenset({assumption.name}))
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


# -- finite sums


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


# -- finite products


@rule("last factor", "∏_{k=a}^{b} g(k) = g(b) ∏_{k=a}^{b-1} g(k)", "b ≥ a")
def last_factor(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """Split the last factor off a product that has one."""
    k, lo, hi, _but = head(e, Product).range
    need(
        not _but and scope.order.leq(lo, hi),
        "{} ≤ {} was not shown: the product may be empty",
        lo,
        hi,
    )
    return Outcome(put(e.body, k, hi) * Product(e.body, (k, lo, hi - 1)))


@rule("first factor", "∏_{k=a}^{b} g(k) = g(a) ∏_{k=a+1}^{b} g(k)", "b ≥ a")
def first_factor(e: Expr, scope: Scope, _: tuple[Any, ...]) -> Outcome:
    """Split the first factor off a product that has one."""
    k, lo, hi, _but = head(e, Product).range
    need(
        not _but and scope.order.leq(lo, hi),
        "{} ≤ {} was not shown: the product may be empty",
        lo,
        hi,
    )
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


# -- derivatives


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
    """The derivative ∂u/∂v of the definition of u by one entry, the other entries held fixed."""
    head(e, Partial)
    need(scope.model.cost_of(e) is None, "the cost is known only through the chain rule")
    written = scope.definition_of(head(e.of, Entry))
    if written is None:
        raise Refused("no definition of {} was shown to apply", e.of)
    return Outcome(_derivative(written, head(e.by, Entry), scope))


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


# -- algebra


@rule("algebra", "equal as polynomials")
def algebra(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Rearrange: both sides are the same polynomial in the same atoms."""
    new = args[0]
    a, b = expand(canonical(e)), expand(canonical(new))
    need(a == b, "{} and {} are not the same polynomial", e, new)
    return Outcome(new)


# -- what was declared or proved


SOURCES = ("definition", "assumption", "lemma")


def equation(scope: Scope, source: str, name: str, which: int = 0) -> tuple[Statement, Uses]:
    """A declared or proved equation, and the assumptions that it stands on; raises Refused."""
    need(source == "assumption" or which == 0, "{} is one equation, without number {}", name, which)
    if source == "definition":
        for d in scope.model.definitions:
            if d.name == name:
                return d.statement, NOTHING
        raise Refused("nothing is defined as {}", name)
    if source == "assumption":
        for a in scope.model.assumptions:
            if a.name == name:
                found = scope.model.equations(a)
                need(0 <= which < len(found), "{} has no equation number {}", name, which)
                return found[which], frozenset({name})
        raise Refused("{} is not assumed", name, needs=name)
    need(source == "lemma", "{} is no source of equations", source)
    proved = scope.find(name)
    if not isinstance(proved.claim, Statement):
        raise Refused("{} is not an equation", name)
    return proved.claim, proved.uses


def instance(
    s: Statement, at: dict[Any, Expr], families: dict[str, Any], scope: Scope
) -> tuple[Expr, Expr, Uses, tuple[Evidence, ...]]:
    """Both sides of an equation at given index values, for given expressions; raises Refused."""
    need(set(at) == {r.index for r in s.ranges}, "not every index was given a value")
    need(set(families) == set(s.over), "not every schematic variable was given an expression")
    for value in (*at.values(), *(_value(families, k) for k in whole_names(s))):
        scope.whole(value)
    missing = scope.in_ranges(s.ranges, at)
    need(not missing, "{} was not shown", missing)
    left, right = put(s.left, at), put(s.right, at)
    uses: Uses = NOTHING
    evidence: tuple[Evidence, ...] = ()
    for fact in s.given:
        groups = [[_value(families, k) for k in u.keys] for u in fact.units]
        more, found = scope.independent([list(map_factors(g)) for g in groups])
        uses, evidence = uses | more, (*evidence, *found)
        for g in groups:
            for x in g:
                order, finite_uses = scope.finite(x)
                need(
                    order >= scope.model.moments, "the second moment of {} was not shown finite", x
                )
                uses |= finite_uses
    return instantiate(left, families), instantiate(right, families), uses, evidence


def whole_names(s: Statement) -> set[str]:
    """The schematic names that stand where a whole number is meant: in an index or a limit."""
    if not s.over:
        return set()
    places = (e for side in (s.left, s.right) for e in side.atoms(Entry, Delta, Sum, Product))
    numbers = (a for e in places for a in e.args if not (isinstance(e, BINDERS) and a is e.body))
    return {t.name for a in numbers for t in a.atoms(Entry) if t.name in s.over}


def specialised(s: Statement, at: dict[Any, Expr], scope: Scope) -> Statement:
    """The equation at given values of some of its indices, for all values of the others."""
    fixed = tuple(r for r in s.ranges if r.index in at)
    others = {r.index for r in s.ranges} - set(at)
    mentioned = set().union(
        *(e.free_symbols for r in fixed for e in (r.lo, r.hi, *r.but, at[r.index]))
    )
    need(not others & mentioned, "the values depend on indices that are left open")
    missing = scope.in_ranges(fixed, at)
    need(not missing, "{} was not shown", missing)
    rest = tuple(
        Range(r.index, put(r.lo, at), put(r.hi, at), tuple(put(b, at) for b in r.but))
        for r in s.ranges
        if r.index not in at
    )
    return Statement(put(s.left, at), put(s.right, at), rest, s.over, s.given)


def right_sides(s: Statement, values: Iterable[Expr], scope: Scope) -> list[Expr]:
    """The right side of an equation with one index, at each of the values; raises Refused."""
    need(len(s.ranges) == 1 and not s.over, "this is for an equation with one index")
    (r,) = s.ranges
    found = []
    for value in values:
        missing = scope.in_ranges((r,), {r.index: value})
        need(not missing, "{} was not shown", missing)
        found.append(put(s.right, r.index, value))
    return found


def map_factors(group: list[Expr]) -> list[Expr]:
    """All factors of all members of a group."""
    return [f for x in group for f in factors(x)]


def _value(families: dict[str, Any], name: str) -> Expr:
    names, body = families[name]
    need(not names, "{} stands for a family where one variable is meant", name)
    return body


def _cite(e: Expr, scope: Scope, source: str, args: tuple[Any, ...]) -> Outcome:
    name, which, at, families = args
    s, uses = equation(scope, source, name, which)
    left, right, more, evidence = instance(s, dict(at), dict(families), scope)
    need(same(left, e), "{} speaks of {}, not of {}", name, left, e)
    return Outcome(right, uses | more, evidence)


@rule("definition", "what the symbol was declared to be")
def definition(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Put the defining expression for an entry, at indices within its range."""
    return _cite(e, scope, "definition", args)


@rule("assumption", "what was declared")
def assumption(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Use a declared equation, at indices within its range."""
    return _cite(e, scope, "assumption", args)


@rule("lemma", "what was proved before")
def lemma(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Use a proved equation, at indices within its range and where its conditions hold."""
    return _cite(e, scope, "lemma", args)


RULES = MappingProxyType(dict(_RULES))
