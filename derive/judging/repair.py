"""True statements near a claim that fails. Not trusted: the normal forms decide each of them.

Product formulas are compared with what was derived of their left side; then the left side is
tried at another family or layer; then small changes of the right side are tried as moments.  If
none of that is true, what was derived of the left side is.

Glossary: a kind is a size or a moment that the claim, or what it is about, speaks of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import islice

from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from derive import moments
from derive.differences import difference
from derive.errors import Refused, Undeclared, Words
from derive.forms import Undecided
from derive.judging.clearing import cleared
from derive.judging.derived import derived
from derive.judging.equality import agree, attempted, said
from derive.judging.nearest import Edit, by_factors, nearest
from derive.judging.rewriting import expanded, rewritten
from derive.model import Model, Statement
from derive.polynomials import how_many
from derive.powers import Outside
from derive.products import normal
from derive.scope import Scope
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import HEADS, Cov, E, Entry, Partial, Product, Sum, Var, rebuild
from derive.writing.formula import TEXT, write

MOST_TRIED = 150
MOST_SHOWN = 3
LONGEST = 60

Change = tuple[int, Expr, Words]
Where = Callable[[Statement], tuple[Statement, Scope]]


def repairs(claim: Statement, where: Where) -> tuple[Edit, ...]:
    """The closest true statements that were found, the smallest change first.

    ``where`` says of a claim where everything in it exists, and its place there.
    """
    claim, scope = where(claim)
    found: list[Edit] = []
    for way in (_longer_sums, _products, partial(_left_sides, where=where), _moments):
        with suppress(Refused, Undeclared, Outside, Undecided):
            found += way(claim, scope)
    kept: list[Edit] = []
    found = [e for e in found if e.statement.left != e.statement.right]
    for edit in sorted(found, key=lambda e: e.size):
        if all(edit.statement != other.statement for other in kept):
            kept.append(edit)
    if not kept:
        with suppress(Refused, Undeclared, Outside, Undecided):
            kept = [e for e in [derived(claim, scope)] if e is not None]
    return tuple(kept[:MOST_SHOWN])


def _products(claim: Statement, scope: Scope) -> list[Edit]:
    """Changes of the right side, held against the closed form of the left one."""
    left, _ = rewritten(claim.left, scope)
    right, _ = expanded(claim.right, scope)
    if left == claim.left or _trivial(left, right):
        return []
    printed, truth = replace(claim, right=right), replace(claim, right=left)
    spell = partial(write, model=scope.model, form=TEXT)
    if right.has(Product) and not claim.right.has(Product):
        found = by_factors(claim, printed, truth, scope.order, spell)
        if found:
            return found
    return nearest(printed, truth, scope.order, spell)


def _trivial(left: Expr, right: Expr) -> bool:
    return right == 0 or left == 0 or right.is_Number


# -- sums


def _longer_sums(claim: Statement, scope: Scope) -> Iterator[Edit]:
    """A sum that takes in the terms after it, where its index stands in them too."""
    for side in ("left", "right"):
        for name, longer in _taken_in(getattr(claim, side)):
            rest = [r for r in claim.ranges if r.index != name]
            free = claim.left.free_symbols if side == "right" else claim.right.free_symbols
            changed = replace(claim, **{side: longer})
            if name not in free:
                changed = replace(changed, ranges=tuple(rest))
            place = Scope(scope.model, changed.ranges, scope.proved)
            if attempted(changed, place).found:
                yield Edit(changed, f"the sum over {name} taken to the end: use brackets", 1)


def _taken_in(e: Expr) -> Iterator[tuple[Symbol, Expr]]:
    for s in Add.make_args(e):
        for factor in Mul.make_args(s):
            if isinstance(factor, Sum):
                index = factor.range.index
                others = [t for t in Add.make_args(e) if t is not s and index in t.free_symbols]
                if others:
                    rest = [t for t in Add.make_args(e) if t is not s and t not in others]
                    body = Add(factor.body * (s / factor), *others)
                    yield index, Add(rebuild(factor, (body, *factor.args[1:])), *rest)


# -- the left side


def _left_sides(claim: Statement, scope: Scope, where: Where) -> Iterator[Edit]:
    """The same right side of a neighbour: another family at that layer, or the next layer."""
    model = scope.model
    if not isinstance(claim.left, Var) or not isinstance(claim.left.args[0], (Entry, Partial)):
        return
    inner = claim.left.args[0]
    right, _ = expanded(claim.right, scope)
    wanted = normal(right)
    for other, size in _neighbours(inner, model):
        with suppress(Refused, Undeclared, Outside):
            near, there = where(replace(claim, left=Var(other)))
            left, _ = rewritten(near.left, there)
            if left == near.left or not (normal(left) - wanted).is_one:
                continue
            right, _ = expanded(claim.right, there)
            if agree(left, right, there):
                a, b = (_any_unit(write(e, model, TEXT)) for e in (other, inner))
                yield Edit(near, f"left side {a} instead of {b}", size)


def _any_unit(written: str) -> str:
    """The first unit of a layer stands for any of them."""
    return written.removesuffix("_1").removesuffix("[1]")


def _neighbours(inner: Expr, model: Model) -> Iterator[tuple[Expr, int]]:
    own = inner.by if isinstance(inner, Partial) else inner
    if not isinstance(own, Entry) or own.name not in model.families or not own.indices:
        return
    for family in model.families.values():
        if family.kind != "defined" or not family.ranges:
            continue
        for shift in (0, 1, -1):
            layer = own.indices[0] + shift
            first = {family.ranges[0].index: layer}
            rest = [put(r.lo, first) for r in family.ranges[1:]]
            by = family[(layer, *rest)]
            other = Partial(inner.of, by) if isinstance(inner, Partial) else by
            if (by.name, shift) != (own.name, 0):
                yield other, 1 + abs(shift) * (by.name != own.name)


# -- the right side as moments


def _moments(claim: Statement, scope: Scope) -> Iterator[Edit]:
    """Small changes of the right side that make both sides one sum of moments."""
    if any(side.has(Product) or how_many(side) > LONGEST for side in (claim.left, claim.right)):
        return
    kinds = _kinds(claim, scope)
    tried: set[Expr] = {claim.right}
    same = [claim.left, *([E(Mul(*claim.left.args))] if isinstance(claim.left, Cov) else [])]
    wanted = None
    with suppress(Undecided, Refused):
        if cleared(claim.left, claim.right) is None:
            wanted = _kinds_of_terms(claim.left, scope)
    for size, right, changed in islice(_changes(claim.right, kinds, scope), MOST_TRIED):
        if right in tried or any(right.has(e) and not claim.right.has(e) for e in same):
            continue
        tried.add(right)
        with suppress(Undecided, Refused):
            if wanted is not None and _kinds_of_terms(right, scope) != wanted:
                continue
            without = cleared(claim.left, right)
            sides = without[0] if without else (claim.left, right)
            if difference(*sides, scope).is_zero:
                yield Edit(replace(claim, right=right), said(changed, scope.model), size)


def _kinds_of_terms(e: Expr, scope: Scope) -> list[object]:
    """The terms of a normal form without their coefficients: those of equal terms are the same."""
    return [key for key, _ in moments.normal(e, scope).terms]


def _kinds(claim: Statement, scope: Scope) -> list[Expr]:
    """Moments and sizes in the claim and in the normal form of its left side."""
    found: dict[Expr, None] = {}
    sides = [claim.right, claim.left]
    with suppress(Undecided, Refused):
        sides.append(moments.normal(claim.left, scope).expression())
    for side in sides:
        for e, above in occurrences(side, lambda t: _is_kind(t, scope)):
            if not above:
                found[e] = None
    return list(found)


def _is_kind(e: Expr, scope: Scope) -> bool:
    if isinstance(e, Entry):
        return e.name in scope.model.families and scope.model.family(e).kind == "size"
    return isinstance(e, HEADS) or e in scope.model.sizes


def _changes(e: Expr, kinds: list[Expr], scope: Scope) -> Iterator[Change]:
    """Everything one small change away from a sum of products of moments."""
    if isinstance(e, Add):
        for n, part in enumerate(e.args):
            rest = Add(*e.args[:n], *e.args[n + 1 :])
            yield 1, rest, Words("term {} dropped", part)
            yield 1, rest - part, Words("sign of {} changed", part)
            for size, new, changed in _changes(part, kinds, scope):
                yield size, rest + new, changed
        return
    for n, factor in enumerate(Mul.make_args(e)):
        others = Mul.make_args(e)
        rest = Mul(*others[:n], *others[n + 1 :])
        if e != 0:
            yield 1, rest, Words("factor {} dropped", factor)
        for size, new, changed in _of_factor(factor, kinds, scope):
            yield size, rest * new, changed
    for kind in kinds:
        yield 1, e * kind, Words("factor {} added", kind)
        yield 1, e / kind, Words("divided by {}", kind)
    for number in (2, Rational(1, 2), -1):
        yield 1, e * number, Words("factor {} added", Rational(number))
    for kind in kinds:
        yield 2, e + kind, Words("term {} added", kind)
        if isinstance(kind, Cov):
            yield 2, e + 2 * kind, Words("term {} added", 2 * kind)


def _of_factor(e: Expr, kinds: list[Expr], scope: Scope) -> Iterator[Change]:
    def to(new: Expr) -> Change:
        return 1, new, Words("{} → {}", e, new)

    base, power = e.as_base_exp()
    yield from (to(new) for new in _other_heads(e))
    if power.is_Integer and not e.is_Number:
        yield from (to(base ** (power + s)) for s in (1, -1) if power + s != 0)
    if isinstance(e, Sum):
        for size, new, changed in _changes(e.body, [], scope.within((e.range,))):
            if not (new / e.body).is_number:
                yield size, rebuild(e, (new, *e.args[1:])), changed
    if power == 1 and base in kinds:
        yield from (to(kind) for kind in kinds if kind != base)


def _other_heads(e: Expr) -> Iterator[Expr]:
    """E[x²], Var[x] and E[x]² for each other."""
    base, power = e.as_base_exp()
    if isinstance(e, Var):
        yield from (E(e.args[0] ** 2), E(e.args[0]) ** 2)
    elif isinstance(base, E) and power == 2:
        yield from (E(base.args[0] ** 2), Var(base.args[0]))
    elif isinstance(e, E) and isinstance(e.args[0], Pow) and e.args[0].exp == 2:
        yield from (Var(e.args[0].base), E(e.args[0].base) ** 2)
