"""What is said to be independent and is not, by a definition. Not trusted to prove.

    y = 2 x               Cov[x, y] = 2 Var[x]
    y = w x               nothing can be told of y and x: w may be a sign
    y = w x, and independent y, w, x         y is made of them, so it would be independent of itself

Only covariances that are shown not to be 0, and functions of one variable that tell its value,
speak against independence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import permutations

from sympy import Add, Expr, Integer, Mul, exp

from derive.claims import NOTHING, Uses
from derive.differences import difference
from derive.errors import Refused, Undeclared, Words
from derive.made_of import sources_of
from derive.meaning import definition_of
from derive.model import Assumption, Family, Independent, Model, Separate, Unit
from derive.order import ZERO
from derive.polynomials import multiplied_out
from derive.positive import positive
from derive.rivals import Rivals
from derive.scope import Scope
from derive.substitution import fresh, put
from derive.terms import Cov, E, Entry, Range, Var

Why = tuple[Uses, Words]


def dependent(model: Model) -> Iterator[tuple[Assumption, Rivals]]:
    """The assumptions that call independent what is not, and what speaks against each."""
    for a in model.assumptions if model.definitions else ():
        for fact in a.facts:
            if isinstance(fact, (Independent, Separate)) and _spoken_of(fact, model):
                others = tuple(f for f in a.facts if f != fact)
                known = [replace(b, facts=others) if b is a else b for b in model.assumptions]
                for uses, why in _against(fact, replace(model, assumptions=known)):
                    yield a, Rivals(uses | {a.name}, why)


def _spoken_of(fact: Independent | Separate, model: Model) -> bool:
    """Whether a fact is about what is defined."""
    if isinstance(fact, Separate):
        sides = (fact.left.of, fact.right.of)
        return all(isinstance(e, Entry) for e in sides)
    return any(_is_defined(k, model) for k in fact.keys)


def _against(fact: Independent | Separate, model: Model) -> Iterator[Why]:
    with suppress(Refused, Undeclared):
        yield from _between(fact, model) if isinstance(fact, Separate) else _among(fact, model)


# -- which entries


def _among(fact: Independent, model: Model) -> Iterator[Why]:
    """Entries of different units, entries of one that are each by themselves, and one of all."""
    scope = Scope(model)
    for u, v in permutations(fact.units, 2):
        for y in filter(None, (_first(k, model) for k in u.keys if _is_defined(k, model))):
            for x, there in (e for k in v.keys for e in _met(y, k, scope)):
                yield from _pair(y, x, there)
    for u in fact.units:
        rest = frozenset(k for v in fact.units if v != u for k in v.keys)
        for y in filter(None, (_first(k, model) for k in u.keys if _is_defined(k, model))):
            yield from _whole(y, rest, scope)
        if u.each:
            yield from _each(u, model)


def _each(u: Unit, model: Model) -> Iterator[Why]:
    """Two entries of a family that differ in the last index."""
    for f in (model.families[k] for k in u.keys if _is_defined(k, model)):
        if f.ranges:
            names = [r.index for r in f.ranges]
            last = f.ranges[-1]
            other = Range(fresh(last.index, {*names}), last.lo, last.hi, (last.index,))
            one, two = f[tuple(names)], f[(*names[:-1], other.index)]
            yield from _pair(one, two, Scope(model, (*f.ranges, other)))


def _between(fact: Separate, model: Model) -> Iterator[Why]:
    """The two at the first of all indices, and where the one is made of entries of the other."""
    at = _firsts(fact.ranges, model)
    sides = ((fact.left, fact.right), (fact.right, fact.left))
    for one, other in sides if at is not None else ():
        y, x = put(one.of, at), put(other.of, at)
        if not isinstance(y, Entry) or not isinstance(x, Entry) or not _is_defined(y.name, model):
            continue
        first = [_firsts(m.over, model) for m in (one, other)]
        if None in first:
            continue
        y, x = put(y, first[0]), put(x, first[1])
        scope = Scope(model)
        whole = len(other.over) == len(x.indices)
        for e, there in _met(y, x.name, scope) if whole else [(x, scope)]:
            yield from _pair(y, e, there)
        if whole:
            yield from _whole(y, frozenset({x.name}), scope)


def _is_defined(key: str, model: Model) -> bool:
    return key in model.families and model.families[key].kind == "defined"


def _first(key: str, model: Model) -> Entry | None:
    """The first entry of a family, if it has one."""
    family: Family | None = model.families.get(key)
    at = _firsts(family.ranges, model) if family is not None else None
    if family is None or at is None:
        return None
    return Entry(key, *(at[r.index] for r in family.ranges))


def _firsts(ranges: tuple[Range, ...], model: Model) -> dict[Expr, Expr] | None:
    """The first value of each index, if there is one."""
    at: dict[Expr, Expr] = {}
    for r in ranges:
        lo, hi = put(r.lo, at), put(r.hi, at)
        if r.but or not Scope(model).order.leq(lo, hi):
            return None
        at[r.index] = lo
    return at


def _met(y: Entry, key: str, scope: Scope) -> list[tuple[Entry, Scope]]:
    """The entries of a family that may depend on y: the first, or those that y is made of.

    Where these are all in a range, any one of them: then its index has a meaning there.
    """
    first = _first(key, scope.model)
    if first is None or _is_defined(key, scope.model):
        return [] if first is None else [(first, scope)]
    found: list[tuple[Entry, Scope]] = []
    for b in (b for b in sources_of(y, scope)[0] if b.key == key and None not in b.slots):
        indices, over = list[Expr](), list[Range]()
        slots = (s for s in b.slots if s is not None)
        for r, (lo, hi) in zip(scope.model.families[key].ranges, slots, strict=True):
            if lo != hi:
                over.append(Range(fresh(r.index, {q.index for q in over}), lo, hi))
            indices.append(lo if lo == hi else over[-1].index)
        if _firsts(tuple(over), scope.model) is not None:
            found.append((Entry(key, *indices), scope.within(tuple(over))))
    return found


# -- what speaks against it


def _pair(y: Entry, x: Entry, scope: Scope) -> Iterator[Why]:
    """Two entries whose covariance is not 0, or of which each tells the value of the other."""
    one, other = (_value_of(e, scope) for e in (y, x))
    if one is not None and one == other:
        yield NOTHING, Words("{} and {} tell each other's value", x, y)
        return
    found = _shown(Cov(x, y), scope)
    if found is not None:
        uses, value = found
        yield uses, Words("{} is {} by definition", Cov(x, y), value)


def _whole(y: Entry, keys: frozenset[str], scope: Scope) -> Iterator[Why]:
    """What is made of nothing but that of which it is to be independent, and is not fixed."""
    boxes, uses = sources_of(y, scope)
    if boxes and {b.key for b in boxes} <= keys:
        found = _shown(Var(y), scope)
        tells = _value_of(y, scope) is not None
        if found is not None or tells:
            more = found[0] if found is not None else NOTHING
            names = ", ".join(["{}"] * len({b.key for b in boxes}))
            of = Words(names, *sorted({b.key for b in boxes}))
            yield uses | more, Words("{} is made of {} alone, and not fixed", y, of)


def _shown(moment: Expr, scope: Scope) -> tuple[Uses, Expr] | None:
    """A moment by definition, if it is shown not to be 0."""
    with suppress(Refused, Undeclared):
        form = difference(moment, ZERO, scope)
        value = form.expression()
        for square in value.atoms(E):
            base, power = square.args[0].as_base_exp()
            if power == 2:
                value = put(value, square, Var(base) + E(base) ** 2)
        value = multiplied_out(value)
        if positive(value, scope) or positive(-value, scope):
            return form.uses, value
    return None


def _value_of(e: Expr, scope: Scope) -> Entry | None:
    """The one primitive variable whose value a term tells: x for 2 x + 1, x³ and exp(x)."""
    if isinstance(e, Entry):
        if scope.model.family(e).kind == "random":
            return e
        right = definition_of(e, scope) if _is_defined(e.name, scope.model) else None
        return None if right is None or e.name in _names(right) else _value_of(right, scope)
    if isinstance(e, (Add, Mul)):
        varying = [a for a in e.args if scope.is_random(a)]
        fixed = [a for a in e.args if a not in varying]
        sure = isinstance(e, Add) or all(positive(a, scope) or positive(-a, scope) for a in fixed)
        return _value_of(varying[0], scope) if len(varying) == 1 and sure else None
    if isinstance(e, exp):
        return _value_of(e.args[0], scope)
    base, power = e.as_base_exp()
    odd = isinstance(power, Integer) and power % 2 == 1 and power > 0
    return _value_of(base, scope) if odd and base != e else None


def _names(e: Expr) -> set[str]:
    return {x.name for x in e.atoms(Entry)}
