"""Telescoping products: the normal form that decides equality of product formulas. Trusted.

A quantity g(L) with one integer index L, such as ``n[L]`` or ``Var(W[L, 1, 1])``, is a family;
``[L]`` stands for the product of all its members below L.  Then, with powers as coefficients,

    g(L)  is  [L+1] - [L]                 ∏_{k=a}^{b} g(k+L)  is  [b+1+L] - [a+L]
                                          ∏_{k=a}^{b} g(L-k)  is  [L-a+1] - [L-b]

and a factor without k gets the power b-a+1.  This is right wherever b >= a-1, so every range
leaves that condition behind.  Coefficients are polynomials in the parameters; a rational
constant has one for each prime and one for its sign.  Two formulas agree for all non-zero
values of their atoms when their combinations agree and the conditions hold; where parameters
are free to grow, only then.

Glossary: k a bound index, a b the limits of its range, times the power a subterm stands under.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise, product
from math import comb
from typing import Any

from sympy import Add, Dummy, Expr, Integer, Mul, Pow, Rational, Symbol, factorint

from derive.order import Order, affine
from derive.terms import (
    BINDERS,
    HEADS,
    Apply,
    Entry,
    Partial,
    Product,
    Range,
    occurrences,
    put,
    rebuild,
)

Monomial = frozenset[tuple[Expr, int]]
Poly = dict[Monomial, int | Fraction]
Place = tuple[frozenset[tuple[Expr, int]], int]
Family = tuple[Expr, Place | None]
Powers = dict[Family, Poly]
Condition = tuple[Expr, Expr]

ATOMS = (Symbol, Entry, Apply, Partial, *HEADS)
LAYER = Dummy("layer")
SIGN = Integer(-1)
UNIT: Monomial = frozenset()
ONE: Poly = {UNIT: 1}
HIGHEST_DEGREE = 8
LONGEST_STEP = 64
WRITTEN_OUT = 3


class Outside(Exception):
    """The formula is outside the fragment that telescoping decides; the message says why."""


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
        return all(f[0] == SIGN and _even(p) for f, p in self.powers.items())


def normal(e: Expr) -> Form:
    """The normal form of a product formula; raises Outside."""
    powers: Powers = {}
    conditions: set[Condition] = set()
    _read(e, ONE, powers, conditions)
    return Form(powers, frozenset(conditions))


def agree(left: Expr, right: Expr, order: Order) -> bool:
    """Whether two formulas are shown to be equal, each of their ranges being shown to be one."""
    difference = normal(left) - normal(right)
    return difference.is_one and not unshown(difference.conditions, order)


def conditions(*formulas: Expr) -> frozenset[Condition]:
    """The ranges ``(a, b)`` of the formulas for which b >= a-1 is to be shown."""
    return frozenset().union(*(normal(e).conditions for e in formulas))


def unshown(needed: Iterable[Condition], order: Order) -> list[Condition]:
    """The ranges ``(a, b)`` that could end before a-1: where a claim has to be split."""
    return sorted((c for c in needed if not _leq(c[0] - 1, c[1], order)), key=str)


def ratio(left: Expr, right: Expr, order: Order | None = None) -> Expr:
    """left / right, as short as the normal form allows; its conditions taken to hold."""
    above, below = quotient(left, right, order)
    return above / below


def quotient(left: Expr, right: Expr, order: Order | None = None) -> tuple[Expr, Expr]:
    """left / right as numerator and denominator; as they are, where no direction is known."""
    difference = normal(left) - normal(right)
    try:
        return express(difference, _bound_name(left, right), order)
    except Outside:
        return left, right


def _no_least(_: Expr) -> None:
    return None


# -- reading a formula


def _read(e: Expr, times: Poly, powers: Powers, conditions: set[Condition]) -> None:
    if not times:
        return
    if isinstance(e, Mul):
        for a in e.args:
            _read(a, times, powers, conditions)
    elif isinstance(e, Pow):
        _read(e.base, _times(times, _exponent(e.exp)), powers, conditions)
    elif isinstance(e, Product):
        _read_product(e, times, powers, conditions)
    elif isinstance(e, ATOMS):
        family, place = layer(e)
        if place is None:
            _count(powers, (family, None), times)
        else:
            at, shift = place
            _count(powers, (family, (at, shift + 1)), times)
            _count(powers, (family, place), times, -1)
    elif isinstance(e, Rational):
        for base, count in _primes(e):
            _count(powers, (base, None), times, count)
    else:
        raise Outside(f"{e} is not a product of symbols")


def _read_product(e: Product, times: Poly, powers: Powers, conditions: set[Condition]) -> None:
    k, lo, hi, but = e.range
    a, b = _place(lo), _place(hi)
    if but or a is None or b is None:
        raise Outside(f"the range of {k} is not a plain range between integers")
    if a[0] == b[0] and b[1] < a[1]:
        return
    inside: Powers = {}
    needed: set[Condition] = set()
    _read(e.body, ONE, inside, needed)
    if a[0] != b[0]:
        conditions.add((lo, hi))
    conditions.update(_at_worst(c, k, lo, hi) for c in needed)
    for family, power in _over(inside, k, a, b).items():
        _count(powers, family, _times(times, power))


def _over(inside: Powers, k: Symbol, a: Place, b: Place) -> Powers:
    """The product over k = a … b of a formula that may have k in it."""
    powers: Powers = {}
    moving: dict[tuple[Expr, int, frozenset[tuple[Expr, int]]], dict[int, Poly]] = {}
    for (family, place), power in inside.items():
        if _hides(family, k) or any(_hides(x, k) for m in power for x, _ in m if x != k):
            raise Outside(f"{k} stands in {family} outside an index of a layer")
        slope = dict(place[0]).get(k, 0) if place else 0
        if place is None or not slope:
            if place and any(_hides(x, k) for x, _ in place[0]):
                raise Outside(f"{k} is hidden in the index of {family}")
            _count(powers, (family, place), _sum_over(power, k, a, b))
        elif slope not in (1, -1):
            raise Outside(f"an index of {family} has {slope} {k}, only {k} and -{k} telescope")
        elif any(x == k for m in power for x, _ in m):
            raise Outside(f"{k} is in the index and in the power of {family}")
        else:
            rest = frozenset(x for x in place[0] if x[0] != k)
            moving.setdefault((family, slope, rest), {})[place[1]] = power
    for (family, slope, rest), ends in moving.items():
        for first, stop, power in _steps(ends, family):
            if stop - first > LONGEST_STEP:
                raise Outside(f"an inner product of {family} has more than {LONGEST_STEP} factors")
            for shift in range(first, stop):
                at = (rest, shift)
                upper = _shift(at, b, 1, 1) if slope == 1 else _shift(at, a, -1, 1)
                lower = _shift(at, a, 1, 0) if slope == 1 else _shift(at, b, -1, 0)
                _count(powers, (family, upper), power)
                _count(powers, (family, lower), power, -1)
    return powers


def _steps(ends: dict[int, Poly], family: Expr) -> list[tuple[int, int, Poly]]:
    """``Σ c [L+m]``, with m and c in ``ends``, as members ``first … stop-1`` with their power."""
    found = []
    power: Poly = {}
    at = sorted(ends)
    for first, stop in pairwise(at):
        power = _plus(power, ends[first], -1)
        if power:
            found.append((first, stop, power))
    if power != ends[at[-1]]:
        raise Outside(f"products of {family} of varying length are multiplied")
    return found


def _at_worst(needed: Condition, k: Symbol, lo: Expr, hi: Expr) -> Condition:
    """A condition that holds for k = lo … hi once it holds where its range is shortest."""
    a, b = needed
    room = affine(b - a)
    if room is None or any(_hides(x, k) for x in room[0] if x != k):
        raise Outside(f"the range from {a} to {b} is not between integers")
    worst = {k: lo if room[0].get(k, 0) > 0 else hi}
    return put(a, worst), put(b, worst)


@lru_cache(maxsize=4096)
def layer(atom: Expr) -> tuple[Expr, Place | None]:
    """The family of an atom, `LAYER` in place of its index, and the index.

    The index is the first one of its entries, where they have it in common.
    """
    if any(True for _ in occurrences(atom, lambda e: isinstance(e, BINDERS))):
        raise Outside(f"{atom} contains a sum or product")
    entries = [e for e, _ in occurrences(atom, lambda e: isinstance(e, Entry) and len(e.args) > 1)]
    firsts = {e.indices[0] for e in entries}
    place = _place(firsts.pop()) if len(firsts) == 1 else None
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
        raise Outside(f"the constant {c} is too long to be factored")
    counts = {Integer(p): m for p, m in factorint(abs(c.p)).items()}
    counts |= {Integer(p): -m for p, m in factorint(c.q).items()}
    return (*counts.items(), *([(SIGN, 1)] if c < 0 else []))


# -- integers: indices are sums of atoms and a number, powers are polynomials


@lru_cache(maxsize=4096)
def _place(e: Expr) -> Place | None:
    found = affine(e)
    return None if found is None else (frozenset(found[0].items()), found[1])


def _shift(at: Place, by: Place, sign: int, more: int) -> Place:
    """``at ± by + more``."""
    parts = dict(at[0])
    for atom, c in by[0]:
        parts[atom] = parts.get(atom, 0) + sign * c
    return frozenset(p for p in parts.items() if p[1]), at[1] + sign * by[1] + more


def _count(powers: Powers, family: Family, power: Poly, sign: int = 1) -> None:
    total = _plus(powers.get(family, {}), power, sign)
    if total:
        powers[family] = total
    else:
        powers.pop(family, None)


def _plus(p: Poly, q: Poly, sign: int = 1) -> Poly:
    total = dict(p)
    for m, c in q.items():
        total[m] = total.get(m, 0) + sign * c
        if not total[m]:
            del total[m]
    return total


def _times(p: Poly, q: Poly) -> Poly:
    if p == ONE or q == ONE:
        return q if p == ONE else p
    total: Poly = {}
    for m, c in p.items():
        total = _plus(total, {_join(m, n): c * e for n, e in q.items()})
    return total


def _join(m: Monomial, n: Monomial) -> Monomial:
    degrees = dict(m)
    for atom, degree in n:
        degrees[atom] = degrees.get(atom, 0) + degree
    if sum(degrees.values()) > HIGHEST_DEGREE:
        raise Outside(f"a power is of a degree above {HIGHEST_DEGREE}")
    return frozenset(degrees.items())


@lru_cache(maxsize=4096)
def _exponent(e: Expr) -> Poly:
    """An exponent as a polynomial that takes integer values at integers."""
    p = _poly(e)
    if not _integral(p):
        raise Outside(f"the power {e} is not an integer")
    return p


def _poly(e: Expr) -> Poly:
    if isinstance(e, Rational):
        c = int(e) if e.is_Integer else Fraction(int(e.p), int(e.q))
        return {UNIT: c} if c else {}
    if isinstance(e, (Symbol, Entry)):
        return {frozenset({(e, 1)}): 1}
    total: Poly = {}
    if isinstance(e, Add):
        for a in e.args:
            total = _plus(total, _poly(a))
    elif isinstance(e, Mul):
        total = ONE
        for a in e.args:
            total = _times(total, _poly(a))
    elif isinstance(e, Pow) and e.exp.is_Integer and 1 < e.exp <= HIGHEST_DEGREE:
        base = total = _poly(e.base)
        for _ in range(int(e.exp) - 1):
            total = _times(total, base)
    else:
        raise Outside(f"the power {e} is not a polynomial")
    return total


def _sum_over(p: Poly, k: Symbol, a: Place, b: Place) -> Poly:
    """The sum of p over k = a … b, as a polynomial; right for b >= a-1."""
    by_degree: dict[int, Poly] = {}
    for m, c in p.items():
        rest = frozenset(x for x in m if x[0] != k)
        by_degree.setdefault(dict(m).get(k, 0), {})[rest] = c
    low, high = _of_place(a), _plus(_of_place(b), ONE)
    low_power, high_power = ONE, ONE
    sums: list[Poly] = []
    for degree in range(max(by_degree) + 1):
        # (b+1)^(degree+1) - a^(degree+1) is the sum of (k+1)^(degree+1) - k^(degree+1) over k
        low_power, high_power = _times(low_power, low), _times(high_power, high)
        s = _plus(high_power, low_power, -1)
        for j, lower in enumerate(sums):
            s = _plus(s, lower, -comb(degree + 1, j))
        sums.append({m: _divided(c, degree + 1) for m, c in s.items()})
    total: Poly = {}
    for degree, part in by_degree.items():
        total = _plus(total, _times(part, sums[degree]))
    return total


def _divided(c: int | Fraction, by: int) -> int | Fraction:
    exact = Fraction(c) / by
    return int(exact) if exact.denominator == 1 else exact


def _of_place(place: Place) -> Poly:
    p: Poly = {frozenset({(x, 1)}): c for x, c in place[0]}
    return p | {UNIT: place[1]} if place[1] else p


def _even(p: Poly) -> bool:
    if any(not isinstance(x, Symbol) for m in p for x, _ in m):
        raise Outside("a negative number has a power whose parity is not known")
    return _integral({m: Fraction(c, 2) for m, c in p.items()})


def _integral(p: Poly) -> bool:
    """Whether a polynomial has integer values at all integers: it has them on a small grid."""
    if all(Fraction(c).denominator == 1 for c in p.values()):
        return True
    degree: dict[Expr, int] = {}
    for m in p:
        for x, n in m:
            degree[x] = max(n, degree.get(x, 0))
    grid = product(*(range(n + 1) for n in degree.values()))
    return all(_value(p, dict(zip(degree, at, strict=True))).denominator == 1 for at in grid)


def _value(p: Poly, at: dict[Expr, int]) -> Fraction:
    total = Fraction(0)
    for m, c in p.items():
        for x, n in m:
            c *= at[x] ** n
        total += c
    return total


# -- writing a form as a formula again


def express(form: Form, k: Symbol, order: Order | None = None) -> tuple[Expr, Expr]:
    """A numerator and a denominator with this normal form, its conditions taken to hold.

    In ranges over k the index of a moment is k itself.  Raises Outside where neither order nor
    conditions say which end of a range is the lower one.
    """
    known = [Order([Range(Dummy("between"), a, b + 1) for a, b in form.conditions], _no_least)]
    if order is not None:
        known.append(order)
    isolated: dict[Expr, Poly] = {}
    ranged: dict[tuple[Any, ...], list[tuple[Expr, int]]] = {}
    families: dict[Expr, dict[Place, Poly]] = {}
    for (family, place), power in form.powers.items():
        if place is not None:
            families.setdefault(family, {})[place] = power
        elif family != SIGN or not _even(power):
            isolated[family] = power
    for family, places in families.items():
        near, far = _pieces(places, known)
        for (at, shift), count, power in near:
            if count > WRITTEN_OUT:
                alike = (at, at, count, frozenset(power.items()))
                ranged.setdefault(alike, []).append((family, shift))
            for t in range(count if count <= WRITTEN_OUT else 0):
                isolated[put(family, LAYER, _index((at, shift + t)))] = power
        for low, high, power in far:
            alike = (low[0], high[0], high[1] - low[1], frozenset(power.items()))
            ranged.setdefault(alike, []).append((family, low[1]))
    grouped: dict[frozenset[Any], list[Expr]] = {}
    for atom, power in isolated.items():
        grouped.setdefault(frozenset(power.items()), []).append(atom)
    found = [(Mul(*atoms), dict(power)) for power, atoms in grouped.items()]
    for (low_at, high_at, length, powers_in), members in ranged.items():
        start = next((s for f, s in members if isinstance(f, HEADS)), members[0][1])
        body = Mul(*(put(f, LAYER, k + s - start) for f, s in members))
        over = (k, _index((low_at, start)), _index((high_at, start + length - 1)))
        found.append((Product(body, over), dict(powers_in)))
    return _above(found), _above([(base, {m: -c for m, c in p.items()}) for base, p in found])


def _above(found: list[tuple[Expr, Poly]]) -> Expr:
    """What belongs above the line: a power counts as negative when its first coefficient is."""
    parts = []
    for base, power in found:
        if _leading(power) > 0:
            parts.append(base ** _expression(power))
    return Mul(*parts)


def _by_degree(term: tuple[Monomial, Any]) -> tuple[int, str]:
    return -sum(n for _, n in term[0]), str(sorted(map(str, term[0])))


def _pieces(
    places: dict[Place, Poly], known: list[Order]
) -> tuple[list[tuple[Place, int, Poly]], list[tuple[Place, Place, Poly]]]:
    """Runs ``(first place, how many, power)`` and ranges ``(from, up to but not with, power)``."""
    lines: dict[Any, dict[int, Poly]] = {}
    for (at, shift), power in places.items():
        lines.setdefault(at, {})[shift] = power
    near: list[tuple[Place, int, Poly]] = []
    ends: list[tuple[Place, Poly]] = []
    for at, line in lines.items():
        total: Poly = {}
        for part in line.values():
            total = _plus(total, part)
        if total:
            end = max(line, key=lambda s: (line[s] == total, abs(_leading(line[s])), -s))
            ends.append(((at, end), total))
            line = line | {end: _plus(line[end], total, -1)}
        near.extend(
            ((at, s), stop - s, p) for s, stop, p in _steps(line, LAYER)
        )
    upwards = sorted(ends, key=lambda end: sum(_below(x[0], end[0], known) for x in ends))
    far = []
    carried: Poly = {}
    for (low, c), (high, _) in pairwise(upwards):
        carried = _plus(carried, c, -1)
        if carried and not _below(low, high, known):
            raise Outside(f"which of {_index(low)} and {_index(high)} is larger is not known")
        if carried:
            far.append((low, high, carried))
    return near, far


def _below(low: Place, high: Place, known: list[Order]) -> bool:
    return any(_leq(_index(low), _index(high), order) for order in known)


def _leq(low: Expr, high: Expr, order: Order) -> bool:
    """Whether low <= high is shown; a difference such as d - i counts as d against i."""
    found = affine(high - low)
    if found is not None and sorted(found[0].values()) in ([-1], [1], [-1, 1]):
        low = Add(*(x for x, c in found[0].items() if c < 0))
        high = Add(*(x for x, c in found[0].items() if c > 0), found[1])
    return order.leq(low, high)


def _leading(p: Poly) -> int | Fraction:
    """The coefficient that decides on which side of a fraction line a power is written."""
    return next(c for _, c in sorted(p.items(), key=_by_degree))


def _index(place: Place) -> Expr:
    return Add(*(c * x for x, c in place[0]), place[1])


def _expression(p: Poly) -> Expr:
    return Add(*(Rational(c) * Mul(*(x**n for x, n in m)) for m, c in p.items()))


def _bound_name(*formulas: Expr) -> Symbol:
    """A name for a bound index that is free in no formula, taken from them if one has any."""
    taken = set().union(*(e.free_symbols for e in formulas))
    for e in formulas:
        for found, _ in occurrences(e, lambda e: isinstance(e, Product)):
            if found.args[1] not in taken:
                return found.args[1]
    names = (Symbol("k" + "'" * n) for n in range(len(taken) + 1))
    return next(name for name in names if name not in taken)
