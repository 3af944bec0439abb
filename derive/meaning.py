"""Which terms have a meaning at one place, and which entries exist there. Trusted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import gcd

from sympy import Add, Expr, Mul, Pow, Rational, Symbol, erf, exp, oo, pi
from sympy.core.numbers import Exp1

from derive.errors import Refused
from derive.order import ZERO, affine
from derive.positive import positive
from derive.scope import Scope
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import HEADS, Apply, Delta, Entry, Integral, Partial, Product, Range, Sum

SEVERAL = (Add, Mul, exp, erf)


def check_term(e: Expr, scope: Scope) -> None:
    """Refuse what has no meaning here.

    That is a name that nothing declares, an index that is not a whole number, a division
    by what was not shown to be positive, and every node that is not one of `terms`.
    """
    _once(e, (), scope)


def _once(e: Expr, above: tuple[Range, ...], scope: Scope) -> None:
    """The check of a term under some binders, made once at a place."""
    asked = e, above
    if asked not in scope.checked:
        _check(e, above, scope)
        scope.checked.add(asked)


def _check(e: Expr, above: tuple[Range, ...], scope: Scope) -> None:
    kind = type(e)
    if kind in SEVERAL:
        for a in e.args:
            _check(a, above, scope)
    elif kind in HEADS:
        for a in e.args:
            _once(a, above, scope)
    elif kind is Symbol:
        if e not in scope.names and all(e != r.index for r in above):
            raise Refused("{} has no meaning in this place", e)
    elif kind is Entry:
        _check_entry(e, above, scope)
    elif kind in (Sum, Product):
        index, *limits = e.args[1:]
        plain_name(index)
        _check_whole(limits, above, scope)
        _check(e.body, (*above, e.range), scope)
    elif kind is Pow:
        _check_power(e, above, scope)
    elif kind is Apply:
        if e.name not in scope.model.functions or not (e.args[1].is_Integer and e.order >= 0):
            raise Refused("{} is not a declared function", e.name)
        _check(e.at, above, scope)
    elif kind is Partial:
        _check_partial(e, above, scope)
    elif kind is Delta:
        _check_whole(e.args, above, scope)
    elif kind is Integral:
        _check_integral(e, above, scope)
    elif not isinstance(e, (Rational, Exp1)) and e != pi:
        raise Refused("{} is not a term", e)


def _check_integral(e: Integral, above: tuple[Range, ...], scope: Scope) -> None:
    """Fixed limits, and a body that is a smooth function of the variable on the whole line."""
    plain_name(e.variable)
    if e.variable in scope.names or any(e.variable == r.index for r in above):
        raise Refused("{} is bound here and has a meaning outside", e.variable)
    for limit in e.limits:
        if limit not in (oo, -oo):
            _check(limit, above, scope)
    for a in _fixed(e.body, e.variable):
        _check(a, above, scope)
    if any(scope.is_random(a) for a in (e.body, *e.limits) if a not in (oo, -oo)):
        raise Refused("{} has something random in it", e)


@lru_cache(maxsize=2**12)
def _fixed(e: Expr, x: Symbol) -> tuple[Expr, ...]:
    """What a smooth function of x is made of besides x; raises Refused for any other function."""
    if x not in e.free_symbols:
        return (e,)
    if isinstance(e, (Add, Mul, exp, erf)):
        return tuple(f for a in e.args for f in _fixed(a, x))
    if isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0:
        return _fixed(e.base, x)
    if e != x:
        raise Refused("{} is not made of {} by sums, products, exp and erf", e, x)
    return ()


def _check_entry(e: Entry, above: tuple[Range, ...], scope: Scope) -> None:
    if e.name not in scope.over and len(e.indices) != len(scope.model.family(e).ranges):
        raise Refused("{} has not the number of indices that was declared", e)
    _check_whole(e.indices, above, scope)


def _check_partial(e: Partial, above: tuple[Range, ...], scope: Scope) -> None:
    places = [e.by] if scope.model.cost_of(e) else [e.of, e.by]
    for place in places:
        kind = scope.model.family(place).kind if type(place) is Entry else ""
        if kind not in ("random", "given", "defined"):
            raise Refused("{} is not a derivative of declared things", e)
        _check_entry(place, above, scope)


def _check_power(e: Pow, above: tuple[Range, ...], scope: Scope) -> None:
    base, exponent = e.args
    _check(base, above, scope)
    if exponent.is_Integer and exponent > 0:
        return
    inner = scope.within(above)
    if not isinstance(exponent, Rational):
        _check_whole((exponent,), above, scope)
        if at_least_0(exponent, inner):
            return
    if not positive(base, inner):
        raise Refused("{} was not shown to be positive, so {} may have no value", base, e)


def at_least_0(e: Expr, scope: Scope) -> bool:
    """Whether a whole number is shown to be at least 0.

    ``g m + c`` is where ``m + ⌊c/g⌋`` is; a sum of what is at least 0 is.
    """
    found = affine(e)
    if found is None or not found[0]:
        return scope.order.leq(ZERO, e)
    parts, constant = found
    g = gcd(*parts.values())
    less = Add(*(-c // g * x for x, c in parts.items() if c < 0))
    more = Add(*(c // g * x for x, c in parts.items() if c > 0), constant // g)
    if less != 0 or len(parts) == 1:
        return scope.order.leq(less, more)
    return constant >= 0 and all(scope.order.leq(ZERO, x) for x in parts)


def _check_whole(numbers: Sequence[Expr], above: tuple[Range, ...], scope: Scope) -> None:
    for e in numbers:
        kind = type(e)
        if kind is Symbol:
            _check(e, above, scope)
        elif kind is Entry and (e.name in scope.over or scope.model.family(e).kind == "size"):
            _check_entry(e, above, scope)
        elif kind in (Add, Mul):
            _check_whole(e.args, above, scope)
        elif kind is Pow and e.exp.is_Integer and e.exp > 0:
            _check_whole((e.base,), above, scope)
        elif not e.is_Integer:
            raise Refused("{} is no whole number that is fixed", e)


def check_exists(e: Expr, scope: Scope) -> None:
    """Refuse an expression with an entry outside the ranges declared for its family."""
    for a, above in occurrences(e, (Entry, Partial)):
        place = a.by if isinstance(a, Partial) else a
        if place.name not in scope.over:
            over = scope.model.family(place).ranges
            at = {r.index: value for r, value in zip(over, place.indices, strict=True)}
            missing = scope.within(above).in_ranges(over, at)
            if missing:
                raise Refused("{} may not exist: {} was not shown", place, missing)


def whole_number(e: Expr, scope: Scope) -> Expr:
    """The expression, if it is a fixed whole number here; raises Refused."""
    _check_whole((e,), (), scope)
    return e


def definition_of(e: Entry, scope: Scope) -> Expr | None:
    """The right side of the one definition that covers an entry here, if one is shown to."""
    for d in scope.model.definitions:
        s = d.statement
        at = scope.instance_of(s.left, s.ranges, e)
        if at is not None:
            right = put(s.right, at)
            check_term(right, scope)
            return right
    return None


def recursive(name: str, scope: Scope) -> bool:
    """Whether the definition of a family comes back to it."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        current = todo.pop()
        for d in scope.model.definitions:
            if d.statement.left.name != current:
                continue
            for e, _ in occurrences(d.statement.right, Entry):
                if e.name == name:
                    return True
                if e.name not in seen:
                    seen.add(e.name)
                    todo.append(e.name)
    return False


def plain_name(index: Expr) -> None:
    """Names are plain: SymPy simplifies by what is said of a name, which nothing here shows."""
    if type(index) is not Symbol or index != Symbol(index.name):
        raise Refused("{} is no plain name", index)
