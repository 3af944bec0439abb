"""Laws for the sources of a small network, as free as its model leaves them. Not trusted.

What is assumed is given, and as little else as possible: laws are lopsided unless symmetry was
assumed, their squares are not constant, entries of one block are equal to each other where that
is allowed, means are not 0 and variances differ where nothing was said.

Glossary: a key is the name of a random family, or of the derivatives at the top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

from sympy import Add, Expr, Rational

from derive.counting.drawn import NUMBER, declared, fixed_numbers, overlaid
from derive.counting.functions import Exact, InPieces, polynomial
from derive.counting.instance import (
    Instance,
    Joint,
    Law,
    equal,
    one_at_a_time,
    three_point,
    two_point,
)
from derive.counting.setting import Setting
from derive.counting.shape import index_of, points
from derive.errors import Refused
from derive.model import Independent, Model, SameLaw, Statement, Symmetric, key_of
from derive.order import ZERO
from derive.piecewise import Pieces, piecewise
from derive.terms import Apply, Cov, E, Entry, Partial, Var


@dataclass(frozen=True)
class Trial:
    """A network with laws; ``name`` says which."""

    name: str
    instance: Instance


def trials(given: Setting) -> Iterator[Trial]:
    """Networks with laws that the model allows, the one with the fewest outcomes first."""
    facts = _Facts(given.model)
    sizes = _sizes(given)
    numbers = fixed_numbers(given.model, NUMBER, sizes)
    functions = exact_functions(given.model, numbers)
    drawn = declared(Instance(given.model, sizes, given=numbers))
    blocks = [b for b in _blocks(given) if len(b) > 1 and key_of(b[0]) not in facts.each]
    choices = ((2, True), (2, False), (3, True)) if blocks else ((2, False), (3, False))
    for points_, joint in choices:
        joints = [_joint(b, facts, given) for b in blocks if key_of(b[0]) not in drawn]
        laws = {key: facts.laws(key, variance, points_) for key, variance in _variances(given)}
        laws = overlaid(laws, drawn)
        how = "two-point laws" if points_ == 2 else "three-point laws"
        alike = " and ".join(dict.fromkeys(key_of(b[0]) for b in blocks))
        rest = f"the entries of {alike} depending on each other" if joint else "all independent"
        as_told = f"{' and '.join(drawn)} as declared, " if drawn else ""
        yield Trial(
            f"{how}, {as_told}{rest}",
            Instance(given.model, sizes, laws, joints if joint else [], numbers, functions),
        )


def plain_trials(model: Model) -> Iterator[Trial]:
    """The random variables of a model without a network, each with a variance of its own."""
    facts = _Facts(model)
    names = [f.name for f in model.families.values() if f.kind == "random"]
    for points_, how in ((2, "two-point laws"), (3, "three-point laws")):
        laws = {key: facts.law(key, Fraction(n), points_) for n, key in enumerate(names, start=2)}
        numbers = fixed_numbers(model)
        drawn = declared(Instance(model, {}, given=numbers))
        instance = Instance(model, {}, overlaid(laws, drawn), given=numbers)
        yield Trial(f"{how}, all independent", instance)


class _Facts:
    """What a model says of the law of each source."""

    def __init__(self, model: Model) -> None:
        self.each: set[str] = set()
        self.symmetric: set[str] = set()
        self.uncorrelated: set[str] = set()
        self.centred: set[str] = set()
        self.alike: set[str] = set()
        for fact in (f for a in model.assumptions for f in a.facts):
            if isinstance(fact, Independent):
                self.each |= {k for u in fact.units if u.each for k in u.keys}
            elif isinstance(fact, Symmetric):
                self.symmetric.add(fact.key)
                self.centred.add(fact.key)
            elif isinstance(fact, SameLaw):
                self.alike.add(fact.key)
            elif isinstance(fact, Statement):
                self._take(fact)

    def _take(self, fact: Statement) -> None:
        head = fact.left
        if not isinstance(head, E | Var | Cov) or not isinstance(head.args[0], Entry | Partial):
            return
        key = key_of(head.args[0])
        if isinstance(head, E) and fact.right == 0:
            self.centred.add(key)
        elif isinstance(head, Cov) and fact.right == 0:
            self.uncorrelated.add(key)
        elif isinstance(head, Var) and isinstance(fact.right, Var):
            self.alike.add(key)

    def law(self, key: str, variance: Fraction, points: int = 2) -> Law:
        """The law of one entry."""
        mean = Fraction(0) if key in self.centred else NUMBER
        if key in self.symmetric:
            root = square_root(variance)
            if points == 2 and root:
                return (mean + root, Fraction(1, 2)), (mean - root, Fraction(1, 2))
            return three_point(variance, mean, symmetric=True)
        if points == 3:
            return three_point(variance, mean)
        if variance == 1:
            return (mean + 2, Fraction(1, 5)), (mean - Fraction(1, 2), Fraction(4, 5))
        return two_point(variance, mean)

    def laws(self, key: str, variance: Callable[..., Fraction], points: int) -> Callable[..., Law]:
        """The law of each entry by its indices."""

        def of_entry(*indices: int) -> Law:
            scale = self.scale(key, indices)
            law = self.law(key, variance(*indices), points)
            return tuple((value * scale, p) for value, p in law)

        return of_entry

    def scale(self, key: str, indices: tuple[int, ...]) -> int:
        """1, or differing numbers where one variance for all was not assumed."""
        return 1 if key in self.alike or not indices else 1 + indices[-1] % 3


def _joint(block: tuple[Expr, ...], facts: _Facts, given: Setting) -> Joint:
    """Entries equal to each other up to scale; uncorrelated ones where that was assumed."""
    key = key_of(block[0])
    variance = given.top if isinstance(block[0], Partial) else given.inputs
    count = len(block)
    if key in facts.uncorrelated and key in facts.centred:
        law = one_at_a_time(facts.law(key, variance * count), count)
    else:
        law = equal(facts.law(key, variance), count)
    entries = (e.by if isinstance(e, Partial) else e for e in block)
    scales = [facts.scale(key, tuple(map(int, e.indices))) for e in entries]
    rows = ((tuple(v * c for v, c in zip(row, scales, strict=True)), p) for row, p in law)
    return Joint(block, tuple(rows))


def _variances(given: Setting) -> Iterator[tuple[str, Callable[..., Fraction]]]:
    """The variance of an entry of each source, by its indices."""
    network = given.shape
    slot, start = network.layer_slot, given.start

    def of_weights(*indices: int) -> Fraction:
        return given.weights[0 if slot is None else indices[slot] - start]

    yield network.weights.name, of_weights
    for name in network.inputs:
        yield name, lambda *indices: given.inputs
    for cost in given.model.costs.values():
        yield key_of(Partial(Entry(cost.name), cost.of)), lambda *indices: given.top


def _blocks(given: Setting) -> Iterator[tuple[Expr, ...]]:
    """The entries of each source but the weights."""
    for name in given.shape.inputs:
        family = given.model.families[name]
        indices = [r.index for r in family.ranges]
        all_of_them = points(family.ranges, given.sizes)
        yield tuple(Entry(name, *(at[i] for i in indices)) for at in all_of_them)
    for cost in given.model.costs.values():
        places = [index_of(a, given.sizes) for a in cost.of.indices]
        yield tuple(
            Partial(Entry(cost.name), Entry(cost.of.name, *(f(at) for f in places)))
            for at in points(cost.ranges, given.sizes)
        )


def _sizes(given: Setting) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for (name, indices), value in given.sizes.items():
        if indices:
            found.setdefault(name, {})[indices[0] if len(indices) == 1 else indices] = value
        else:
            found[name] = value
    return found


def square_root(v: Fraction) -> Fraction | None:
    """The root of a number, if that is a rational number."""
    over, under = isqrt(v.numerator), isqrt(v.denominator)
    return Fraction(over, under) if over**2 == v.numerator and under**2 == v.denominator else None


def exact_functions(model: Model, numbers: Mapping[str, Any]) -> dict[str, Exact]:
    """Each declared function as the model makes it linear, or in pieces; raises Refused."""
    return {name: _pieces(model, name, numbers) or _linear(model, name) for name in model.functions}


def _pieces(model: Model, name: str, numbers: Mapping[str, Any]) -> Exact | None:
    """A function in pieces; where it jumps it has no value, and its slope is that on the left."""
    facts = (f for a in model.assumptions for f in a.facts)
    fact = next((f for f in facts if isinstance(f, Pieces) and f.function == name), None)
    if fact is None:
        return None
    found, known = piecewise(fact, 0), Instance(model, {}, given=numbers)
    between = (
        tuple(known.number(p.get(n, ZERO), {}) for n in range(max(p, default=-1) + 1))
        for p in found.between
    )
    return InPieces(tuple(known.number(b, {}) for b in found.breaks), tuple(between))


def _linear(model: Model, name: str) -> Exact:
    for fact in (f for a in model.assumptions for f in a.facts if isinstance(f, Statement)):
        left = fact.left
        if isinstance(left, Apply) and left.name == name and left.order == 0:
            found = _coefficients(left.at, fact.right) if fact.over else None
            if found is None:
                raise Refused("{} = {} is not linear: not counted exactly", left, fact.right)
            return polynomial(*found)
    raise Refused(
        "the activation {} is not assumed to be linear or in pieces, and only these are counted",
        name,
        needs=f"{name}(s) = s",
    )


def _coefficients(u: Expr, e: Expr) -> tuple[Fraction, Fraction] | None:
    """``a + c u`` as (a, c)."""
    found = {1: Fraction(0), u: Fraction(0)}
    for part in Add.make_args(e):
        c, rest = part.as_coeff_Mul()
        if rest not in found or not isinstance(c, Rational):
            return None
        found[rest] += Fraction(int(c.p), int(c.q))
    return found[1], found[u]
