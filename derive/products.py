"""Telescoping products: the normal form that decides equality of product formulas. Trusted.

A quantity g(L) with one integer index L, such as ``n[L]`` or ``Var(W[L, 1, 1])``, is a family;
``[L]`` stands for the product of all its members below L.  Then, with powers as coefficients,

    g(L)  is  [L+1] - [L]                 ∏_{k=a}^{b} g(k+L)  is  [b+1+L] - [a+L]
                                          ∏_{k=a}^{b} g(L-k)  is  [L-a+1] - [L-b]

and a factor without k gets the power b-a+1.  This is right wherever b >= a-1, so every range
leaves that condition behind.  Coefficients are polynomials in the parameters; a rational
constant has one for each prime and one for its sign.  A sum is the product of its irreducible
factors; a root is a power like any other, of what is shown to be positive.  Two formulas agree
for all non-zero values of their atoms when their combinations agree and the conditions hold;
where parameters are free to grow, only then.

Glossary: k a bound index, a b the limits of its range, times the power a subterm stands under.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sympy import Add, Dummy, Expr, Integer, Mul, Pow, Rational, Symbol, factorint

from derive.factors import ATOMS, factors
from derive.order import Order, affine
from derive.powers import ONE, UNIT, Outside, Poly, even, exponent, multiply, plus, sum_over
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import BINDERS, Entry, Product, rebuild

Place = tuple[frozenset[tuple[Expr, int]], int]
Family = tuple[Expr, Place | None]
Powers = dict[Family, Poly]
Condition = tuple[Expr, Expr]
Positive = Callable[[Expr], bool]

LAYER = Dummy("layer")
SIGN = Integer(-1)
LONGEST_STEP = 64


@dataclass(frozen=True)
class Form:
    """A product formula as powers of ``[L]``, and the ranges ``(a, b)`` that need b >= a-1."""

    powers: Powers = field(default_factory=dict)
    conditions: frozenset[Condition] = frozenset()

    def __hash__(self) -> int:
        powers = frozenset((f, frozenset(p.items())) for f, p in self.powers.items())
        return hash((powers, self.conditions))

    def __sub__(self, other: Form) -> Form:
        """The quotient of the two formulas."""
        powers = dict(self.powers)
        for family, power in other.powers.items():
            _count(powers, family, power, -1)
        return Form(powers, self.conditions | other.conditions)

    @property
    def is_one(self) -> bool:
        """Whether the formula is 1, given its conditions."""
        return all(f[0] == SIGN and even(p) for f, p in self.powers.items())


def _unknown(_: Expr) -> bool:
    return False


def normal(e: Expr, positive: Positive = _unknown) -> Form:
    """The normal form of a product formula; raises Outside.

    A root of what is not ``positive`` is outside.
    """
    form, roots = _form(e)
    for base in roots:
        if not positive(base):
            raise Outside("{} under a root was not shown to be positive", base)
    return form


@lru_cache(maxsize=2**10)
def _form(e: Expr) -> tuple[Form, frozenset[Expr]]:
    """The normal form, and what has to be positive for it to be right.

    That of a product has the powers of its factors added up: they are met in other products.
    """
    powers: Powers = {}
    conditions: set[Condition] = set()
    roots: set[Expr] = set()
    if isinstance(e, Mul):
        for form, more in map(_form, e.args):
            for family, power in form.powers.items():
                _count(powers, family, power)
            conditions |= form.conditions
            roots |= more
    else:
        _read(e, ONE, powers, conditions, roots)
    return Form(powers, frozenset(conditions)), frozenset(roots)


def agree(left: Expr, right: Expr, order: Order, positive: Positive = _unknown) -> bool:
    """Whether two formulas are shown to be equal, each of their ranges being shown to be one."""
    difference = normal(left, positive) - normal(right, positive)
    return difference.is_one and not unshown(difference.conditions, order)


def conditions(*formulas: Expr) -> frozenset[Condition]:
    """The ranges ``(a, b)`` of the formulas for which b >= a-1 is to be shown."""
    return frozenset().union(*(normal(e).conditions for e in formulas))


def unshown(needed: Iterable[Condition], order: Order) -> list[Condition]:
    """The ranges ``(a, b)`` that could end before a-1: where a claim has to be split."""
    return sorted((c for c in needed if not leq(c[0] - 1, c[1], order)), key=str)


# -- reading a formula


def _read(
    e: Expr, times: Poly, powers: Powers, conditions: set[Condition], roots: set[Expr]
) -> None:
    if not times:
        return
    if isinstance(e, Mul):
        for a in e.args:
            _read(a, times, powers, conditions, roots)
    elif isinstance(e, Pow):
        _read(e.base, multiply(times, _power(e, roots)), powers, conditions, roots)
    elif isinstance(e, Product):
        _read_product(e, times, powers, conditions, roots)
    elif isinstance(e, ATOMS):
        _read_atom(e, times, powers)
    elif isinstance(e, Add):
        for part, count in factors(e):
            if isinstance(part, Add):
                _read_atom(part, multiply(times, {UNIT: count}), powers)
            else:
                _read(part, multiply(times, {UNIT: count}), powers, conditions, roots)
    elif isinstance(e, Rational):
        for base, count in _primes(e):
            _count(powers, (base, None), times, count)
    else:
        raise Outside("{} is not a product of symbols", e)


def _power(e: Pow, roots: set[Expr]) -> Poly:
    """The exponent; one that is no integer only over what is positive."""
    if not isinstance(e.exp, Rational) or e.exp.is_Integer:
        return exponent(e.exp)
    roots.add(e.base)
    return {UNIT: Fraction(int(e.exp.p), int(e.exp.q))}


def _read_atom(e: Expr, times: Poly, powers: Powers) -> None:
    family, place = layer(e)
    if place is None:
        _count(powers, (family, None), times)
    else:
        at, shift = place
        _count(powers, (family, (at, shift + 1)), times)
        _count(powers, (family, place), times, -1)


def _read_product(
    e: Product, times: Poly, powers: Powers, conditions: set[Condition], roots: set[Expr]
) -> None:
    k, lo, hi, but = e.range
    a, b = place_of(lo), place_of(hi)
    if but or a is None or b is None:
        raise Outside("the range of {} is not a plain range between integers", k)
    if a[0] == b[0] and b[1] < a[1]:
        return
    inside: Powers = {}
    needed: set[Condition] = set()
    _read(e.body, ONE, inside, needed, roots)
    if a[0] != b[0]:
        conditions.add((lo, hi))
    conditions.update(_at_worst(c, k, lo, hi) for c in needed)
    for family, power in _over(inside, k, a, b).items():
        _count(powers, family, multiply(times, power))


def _over(inside: Powers, k: Symbol, a: Place, b: Place) -> Powers:
    """The product over k = a … b of a formula that may have k in it."""
    powers: Powers = {}
    moving: dict[tuple[Expr, int, frozenset[tuple[Expr, int]]], dict[int, Poly]] = {}
    for (family, place), power in inside.items():
        if _hides(family, k) or any(_hides(x, k) for m in power for x, _ in m if x != k):
            raise Outside("{} stands in {} outside an index of a layer", k, family)
        if place and any(_hides(x, k) for x, _ in place[0] if x != k):
            raise Outside("{} is hidden in the index of {}", k, family)
        slope = dict(place[0]).get(k, 0) if place else 0
        if place is None or not slope:
            _count(powers, (family, place), sum_over(power, k, _number(a), _number(b)))
        elif slope not in (1, -1):
            why = "an index of {} has {} {}, only {} and -{} telescope"
            raise Outside(why, family, slope, k, k, k)
        elif any(x == k for m in power for x, _ in m):
            raise Outside("{} is in the index and in the power of {}", k, family)
        else:
            rest = frozenset(x for x in place[0] if x[0] != k)
            moving.setdefault((family, slope, rest), {})[place[1]] = power
    for (family, slope, rest), ends in moving.items():
        for first, stop, power in steps(ends, family):
            if stop - first > LONGEST_STEP:
                why = "an inner product of {} has more than {} factors"
                raise Outside(why, family, LONGEST_STEP)
            for shift in range(first, stop):
                at = (rest, shift)
                upper = shifted(at, b, 1, 1) if slope == 1 else shifted(at, a, -1, 1)
                lower = shifted(at, a, 1, 0) if slope == 1 else shifted(at, b, -1, 0)
                _count(powers, (family, upper), power)
                _count(powers, (family, lower), power, -1)
    return powers


def steps(ends: dict[int, Poly], family: Expr) -> list[tuple[int, int, Poly]]:
    """``Σ c [L+m]``, with m and c in ``ends``, as members ``first … stop-1`` with their power."""
    found = []
    power: Poly = {}
    at = sorted(ends)
    for first, stop in pairwise(at):
        power = plus(power, ends[first], -1)
        if power:
            found.append((first, stop, power))
    if power != ends[at[-1]]:
        raise Outside("products of {} of varying length are multiplied", family)
    return found


def _at_worst(needed: Condition, k: Symbol, lo: Expr, hi: Expr) -> Condition:
    """A condition that holds for k = lo … hi once it holds where its range is shortest."""
    a, b = needed
    room = affine(b - a)
    if room is None or any(_hides(x, k) for x in room[0] if x != k):
        raise Outside("the range from {} to {} is not between integers", a, b)
    worst = {k: lo if room[0].get(k, 0) > 0 else hi}
    return put(a, worst), put(b, worst)


@lru_cache(maxsize=4096)
def layer(atom: Expr) -> tuple[Expr, Place | None]:
    """The family of an atom, `LAYER` in place of its index, and the index.

    The index is the first one of its entries, where they have it in common.
    """
    if any(True for _ in occurrences(atom, BINDERS)):
        raise Outside("{} contains a sum or product", atom)
    entries = [e for e, _ in occurrences(atom, lambda e: isinstance(e, Entry) and len(e.args) > 1)]
    firsts = {e.indices[0] for e in entries}
    place = place_of(firsts.pop()) if len(firsts) == 1 else None
    return (atom, None) if place is None else (_marked(atom), place)


def _marked(e: Any) -> Any:
    if not e.args:
        return e
    args = [_marked(a) for a in e.args]
    if isinstance(e, Entry) and len(args) > 1:
        args[1] = LAYER
    return rebuild(e, tuple(args))


def _hides(e: Expr, k: Symbol) -> bool:
    return e == k if isinstance(e, Symbol) else k in _free(e)


@lru_cache(maxsize=4096)
def _free(e: Expr) -> frozenset[Any]:
    return frozenset(e.free_symbols)


@lru_cache(maxsize=1024)
def _primes(c: Rational) -> tuple[tuple[Expr, int], ...]:
    if c == 0:
        raise Outside("a factor is 0")
    if max(abs(c.p), c.q).bit_length() > 64:
        raise Outside("the constant {} is too long to be factored", c)
    counts = {Integer(p): m for p, m in factorint(abs(c.p)).items()}
    counts |= {Integer(p): -m for p, m in factorint(c.q).items()}
    return (*counts.items(), *([(SIGN, 1)] if c < 0 else []))


# -- places: sums of integer multiples of atoms and a number


@lru_cache(maxsize=4096)
def place_of(e: Expr) -> Place | None:
    found = affine(e)
    return None if found is None else (frozenset(found[0].items()), found[1])


def index_of(place: Place) -> Expr:
    """A place as an index again."""
    return Add(*(c * x for x, c in place[0]), place[1])


def shifted(at: Place, by: Place, sign: int, more: int) -> Place:
    """``at ± by + more``."""
    parts = dict(at[0])
    for atom, c in by[0]:
        parts[atom] = parts.get(atom, 0) + sign * c
    return frozenset(p for p in parts.items() if p[1]), at[1] + sign * by[1] + more


def _count(powers: Powers, family: Family, power: Poly, sign: int = 1) -> None:
    total = plus(powers.get(family, {}), power, sign)
    if total:
        powers[family] = total
    else:
        powers.pop(family, None)


def _number(place: Place) -> Poly:
    p: Poly = {frozenset({(x, 1)}): c for x, c in place[0]}
    return p | {UNIT: place[1]} if place[1] else p


def leq(low: Expr, high: Expr, order: Order) -> bool:
    """Whether low <= high is shown; a difference such as d - i counts as d against i."""
    if order.leq(low, high):
        return True
    found = affine(high - low)
    if found is not None and sorted(found[0].values()) in ([-1], [1], [-1, 1]):
        low = Add(*(x for x, c in found[0].items() if c < 0))
        high = Add(*(x for x, c in found[0].items() if c > 0), found[1])
    return order.leq(low, high)
