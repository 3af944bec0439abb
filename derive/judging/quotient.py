"""The quotient of two product formulas, written shortly. Not trusted: it is multiplied back.

Glossary: k a bound index, an end a place at which a range of some family starts or stops.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from sympy import Add, Dummy, Expr, Mul, Rational, Symbol

from derive.order import Order
from derive.powers import Monomial, Outside, Poly, even, plus
from derive.products import LAYER, SIGN, Form, Place, index_of, leq, normal, steps
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import HEADS, Product, Range

WRITTEN_OUT = 3


def ratio(left: Expr, right: Expr, order: Order | None = None) -> Expr:
    """left / right, as short as the normal form allows; its conditions taken to hold."""
    above, below = quotient(left, right, order)
    return above / below


def quotient(left: Expr, right: Expr, order: Order | None = None) -> tuple[Expr, Expr]:
    """left / right as numerator and denominator; as they are, where no direction is known."""
    difference = normal(left) - normal(right)
    try:
        above, below = express(difference, _bound_name(left, right), order)
    except Outside:
        return left, right
    return (above, below) if (normal(above) - normal(below) - difference).is_one else (left, right)


def _no_least(_: Expr) -> None:
    return None


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
        elif family != SIGN or not even(power):
            isolated[family] = power
    for family, places in families.items():
        near, far = _pieces(places, known)
        for (at, shift), count, power in near:
            if count > WRITTEN_OUT:
                alike = (at, at, count, frozenset(power.items()))
                ranged.setdefault(alike, []).append((family, shift))
            for t in range(count if count <= WRITTEN_OUT else 0):
                isolated[put(family, LAYER, index_of((at, shift + t)))] = power
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
        over = (k, index_of((low_at, start)), index_of((high_at, start + length - 1)))
        found.append((Product(body, over), dict(powers_in)))
    return _above(found), _above([(base, {m: -c for m, c in p.items()}) for base, p in found])


def _above(found: list[tuple[Expr, Poly]]) -> Expr:
    """What belongs above the line: a power counts as negative when its first coefficient is."""
    return Mul(*(base ** _expression(p) for base, p in found if _leading(p) > 0))


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
            total = plus(total, part)
        if total:
            end = max(line, key=lambda s: (line[s] == total, abs(_leading(line[s])), -s))
            ends.append(((at, end), total))
            line = line | {end: plus(line[end], total, -1)}
        near.extend(((at, s), stop - s, p) for s, stop, p in steps(line, LAYER))
    upwards = sorted(ends, key=lambda end: sum(_below(x[0], end[0], known) for x in ends))
    far = []
    carried: Poly = {}
    for (low, c), (high, _) in pairwise(upwards):
        carried = plus(carried, c, -1)
        if carried and not _below(low, high, known):
            why = "which of {} and {} is larger is not known"
            raise Outside(why, index_of(low), index_of(high))
        if carried:
            far.append((low, high, carried))
    return near, far


def _below(low: Place, high: Place, known: list[Order]) -> bool:
    return any(leq(index_of(low), index_of(high), order) for order in known)


def _leading(p: Poly) -> int | Fraction:
    """The coefficient that decides on which side of a fraction line a power is written."""
    return next(c for _, c in sorted(p.items(), key=_by_degree))


def _expression(p: Poly) -> Expr:
    return Add(*(Rational(c) * Mul(*(x**n for x, n in m)) for m, c in p.items()))


def _bound_name(*formulas: Expr) -> Symbol:
    """A name for a bound index that is free in no formula, taken from them if one has any."""
    taken = set().union(*(e.free_symbols for e in formulas))
    for e in formulas:
        for found, _ in occurrences(e, Product):
            if found.args[1] not in taken:
                return found.args[1]
    names = (Symbol("k" + "'" * n) for n in range(len(taken) + 1))
    return next(name for name in names if name not in taken)
