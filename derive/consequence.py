"""What follows from premises between products, such as n_k Var[W_k] = 1. Not trusted to guess.

Each premise is written with what was derived of its moments and read in two ways.  With the
indices of the claim, sides are compared: a claim follows if left / right is the quotient of a
premise, its inverse, or a product of two of these.  With its indices free, the premise says
what one moment is, and that is put in wherever the moment occurs.  The normal form of products
decides in both cases.  Only sizes of at least 1, variances and second moments, and sums of
these may occur: they are positive, so that nothing is divided by 0 and no root is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations

from sympy import Add, Expr, Integer, Mul, Pow, Symbol

from derive.equality import rewritten
from derive.errors import Refused
from derive.matching import match
from derive.model import Model, Statement
from derive.powers import Outside
from derive.products import Form, normal, unshown
from derive.scope import Scope, Uses
from derive.terms import HEADS, E, Entry, Product, Range, Var, occurrences, put, rebuild, replace

Premise = tuple[Statement, Scope]


def follows(claim: Statement, scope: Scope, premises: Sequence[Premise]) -> Uses | None:
    """The assumptions used to conclude the claim from the premises; None if it was not."""
    try:
        left, right, used = _sides(claim, scope)
        known = [_sides(s, inner) for s, inner in premises]
    except Outside:
        return None
    for n in (1, 2):
        for chosen in combinations(known, n):
            if any(_is_one(f, scope) for f in _quotients(left, right, chosen)):
                return used.union(*(uses for _, _, uses in chosen))
    for (s, _), (a, b, uses) in zip(premises, known, strict=True):
        for moment, value in _solved(a, b):
            over = [r for r in s.ranges if r.index in moment.free_symbols]
            if not value.free_symbols <= moment.free_symbols | scope.names:
                continue
            new = [_put_in(side, moment, value, over, scope) for side in (left, right)]
            with suppress(Outside):
                if new != [left, right] and _is_one(normal(new[0]) - normal(new[1]), scope):
                    return used | uses
    return None


def _sides(s: Statement, scope: Scope) -> tuple[Expr, Expr, Uses]:
    left, used_left = rewritten(s.left, scope)
    right, used_right = rewritten(s.right, scope)
    a, b = (_of_symbols(e, scope.model) for e in (left, right))
    return a, b, used_left | used_right


def _of_symbols(e: Expr, model: Model) -> Expr:
    """The term, sums in it taken for symbols up to a number in front; Outside if not positive."""
    if isinstance(e, Add):
        times, rest = e.primitive()
        for part in Add.make_args(rest):
            _of_symbols(part, model)
        return times * Symbol(f"({rest})")
    if isinstance(e, Mul):
        return Mul(*(_of_symbols(a, model) for a in e.args))
    if isinstance(e, Product):
        return rebuild(e, (_of_symbols(e.body, model), *e.args[1:]))
    if isinstance(e, Pow):
        return _of_symbols(e.base, model) ** e.exp
    if not _positive(e, model):
        raise Outside(f"{e} may be 0")
    return e


def _positive(e: Expr, model: Model) -> bool:
    if isinstance(e, E):
        inner = e.args[0]
        return isinstance(inner, Pow) and inner.exp == 2
    least = model.least(e) if isinstance(e, (Symbol, Entry)) else None
    return isinstance(e, Var) or bool(e.is_positive) or (least is not None and least > 0)


def _quotients(left: Expr, right: Expr, known: Iterable[tuple[Expr, Expr, Uses]]) -> Iterator[Form]:
    """left / right divided by the quotients of premises, each either way up."""
    with suppress(Outside):
        found = [normal(left) - normal(right)]
        for a, b, _ in known:
            p, q = normal(a), normal(b)
            found = [f - d for f in found for d in (p - q, q - p)]
        yield from found


def _is_one(form: Form, scope: Scope) -> bool:
    return form.is_one and not unshown(form.conditions, scope.order)


def _solved(left: Expr, right: Expr) -> Iterator[tuple[Expr, Expr]]:
    """Each moment in a premise that occurs once, with what it is equal to."""
    whole = left / right
    powers = whole.as_powers_dict()
    for moment, power in powers.items():
        if isinstance(moment, HEADS) and power in (1, -1):
            rest = whole / moment**power
            if not rest.has(moment):
                yield moment, rest ** Integer(-power)


def _put_in(e: Expr, moment: Expr, value: Expr, over: Sequence[Range], scope: Scope) -> Expr:
    """The term with the moment's value for the moment, wherever the premise speaks of it."""
    names = {r.index for r in over}
    for old, above in list(occurrences(e, lambda t: type(t) is type(moment))):
        found = match(moment, old, names, set())
        if found is not None:
            with suppress(Refused):
                if scope.within(above).in_ranges(over, found[0]) is None:
                    e = replace(e, old, put(value, found[0]), above)
    return e
