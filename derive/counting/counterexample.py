"""Numbers at which an equality of moments fails, counted exactly. Not trusted: they are shown.

Small instances of a model are tried: one law for each family, and all entries independent, or
all but two that are always equal.  An instance is a counterexample only if every declared fact
holds in it: independence, symmetry and equal laws by how it was made, equations by counting.

    >>> from derive.terms import Var
    >>> model = Model("two")
    >>> x, y = model.random("x")[()], model.random("y")[()]
    >>> found = counterexample(Var(x + y), Var(x) + Var(y), (), model)
    >>> found.left, found.right, found.moments[Cov(x, y)]
    (Fraction(4, 1), Fraction(2, 1), Fraction(1, 1))
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations, islice
from math import isqrt
from typing import Any

from sympy import Expr, Integer, Pow, Symbol

from derive.counting.instance import Instance, Joint, Law, equal, three_point, two_point
from derive.counting.oracle import count, evaluate
from derive.counting.setting import Setting, setting
from derive.counting.shape import Key
from derive.counting.small import At, instances
from derive.counting.trials import trials
from derive.counting.witness import Witness
from derive.errors import Refused
from derive.figures.amounts import BadNumbers
from derive.model import Distributed, Fact, Independent, Model, SameLaw, Statement, Symmetric
from derive.order import ZERO
from derive.powers import Outside
from derive.subterms import occurrences
from derive.terms import BINDERS, HEADS, Cov, E, Entry, Range, Var

SYMMETRIC = three_point(1, symmetric=True)
WIDE = three_point(4, symmetric=True)
HALF = Fraction(1, 2)
COINS = (((Fraction(0), HALF), (Fraction(1), HALF)), ((Fraction(1), HALF), (Fraction(-1), HALF)))
GIVEN = (2, HALF)
LAWS = (SYMMETRIC, three_point(1), three_point(1, 1), two_point(2), two_point(2, 1))
MOST_SIZES = 12
MOST_TRIES = 150
NETWORKS = ((1, 1), (2, 1), (1, 2), (1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 1, 1))
MOST_PLACES = 40
MOST_CASES = 2**12
MOST_COUNTED = 2**18
MOST_FAMILIES = 40

Pair = tuple[Entry, ...]


def counterexample(left: Expr, right: Expr, over: Iterable[Range], model: Model) -> Witness | None:
    """The first instance in which the sides differ and all facts hold; None if none was found.

    As everywhere, a claim is about ranges that end at their start - 1 or later.
    """
    if not _as_free_as_tried(model):
        return None
    if model.functions or model.costs or any(f.kind == "size" for f in model.families.values()):
        return in_network(left, right, tuple(over), model)
    facts = [fact for a in model.assumptions for fact in a.facts]
    equations = [fact for fact in facts if isinstance(fact, Statement)]
    spent = 0
    try:
        for at in islice(instances(model, over), MOST_SIZES):
            for instance, pair in islice(_tries(model, at, facts), MOST_TRIES):
                instance = _fitted(instance, equations)
                if not (_ranged(left, instance, at) and _ranged(right, instance, at)):
                    break
                sides = [count(side, instance, at) for side in (left, right)]
                spent += sum(side.cases for side in sides)
                if spent > MOST_COUNTED:
                    return None
                a, b = (side.value for side in sides)
                if a != b and all(_holds(s, instance) for s in equations):
                    return Witness(at, _moments(instance, pair), a, b, instance)
    except (Outside, Refused, ZeroDivisionError):
        return None
    return None


def _as_free_as_tried(model: Model) -> bool:
    """Whether no law is declared, and no bound of a fixed number but that it is positive."""
    facts = (fact for a in model.assumptions for fact in a.facts)
    bounds = {(f.above, f.below) for f in model.families.values()}
    return bounds <= {(None, None), (0, None)} and not any(
        isinstance(fact, Distributed) for fact in facts
    )


def in_network(left: Expr, right: Expr, over: tuple[Range, ...], model: Model) -> Witness | None:
    """The first small network in which the sides differ and all equations hold.

    The laws are as free as the model leaves them; functions have to be linear in it.
    """
    equations = [f for a in model.assumptions for f in a.facts if isinstance(f, Statement)]
    equations = [s for s in equations if not s.over]
    for widths in NETWORKS:
        with suppress(Refused, BadNumbers, Outside, ZeroDivisionError):
            given = setting(model, widths, weight_var=1)
            for trial in trials(given):
                instance = trial.instance
                for place in map(dict, islice(instance.points(over, {}), MOST_PLACES)):
                    if not (_ranged(left, instance, place) and _ranged(right, instance, place)):
                        continue
                    a, b = (
                        count(side, instance, place, at_most=MOST_CASES).value
                        for side in (left, right)
                    )
                    if a != b and all(_holds(s, instance) for s in equations):
                        at = {**_sizes(given.sizes), **place}
                        return Witness(at, _first_moments(given, instance), a, b, instance)
    return None


def fits(found: Witness, facts: Iterable[Fact]) -> bool:
    """Whether further facts hold where a claim was counted and fails: then they do not help it."""
    instance = found.instance
    try:
        return instance is not None and all(_fits(fact, instance) for fact in facts)
    except (Refused, Outside, BadNumbers, ZeroDivisionError):
        return False


def _fits(fact: Fact, instance: Instance) -> bool:
    if isinstance(fact, Statement):
        return _holds(fact, instance)
    if isinstance(fact, Independent):
        return not instance.joints and not instance.costs
    if isinstance(fact, (SameLaw, Symmetric)):
        law = instance.laws.get(fact.key)
        if not isinstance(law, tuple) or instance.joints:
            return False
        return isinstance(fact, SameLaw) or dict(law) == {-x: p for x, p in law}
    return False


def _sizes(found: dict[Key, int]) -> dict[Expr, int]:
    return {
        Entry(name, *map(Integer, indices)) if indices else Symbol(name): value
        for (name, indices), value in found.items()
    }


def _first_moments(given: Setting, instance: Instance) -> dict[Expr, Any]:
    """Mean and variance of the first weight and the first input."""
    names = (given.shape.weights.name, *given.shape.inputs)
    firsts = [next(_entries(instance, name)) for name in names]
    return {head(e): evaluate(head(e), instance) for e in firsts for head in (E, Var)}


def _tries(model: Model, at: At, facts: Sequence[Fact]) -> Iterator[tuple[Instance, Pair]]:
    """Instances with these sizes and the entries that are equal in them, plainest first.

    What the facts say of independence and symmetry holds in all of them.
    """
    random = [name for name, f in model.families.items() if f.kind == "random"]
    if len(random) > MOST_FAMILIES:
        return
    fixed = [name for name, f in model.families.items() if f.kind == "given"]
    numbers = [dict.fromkeys(fixed, value) for value in (GIVEN if fixed else GIVEN[:1])]
    sizes = {name: value for name, value in at.items() if name in model.sizes}
    plain = Instance(model, sizes, given=numbers[0])
    entries = list(chain.from_iterable(islice(_entries(plain, name), 2) for name in random))
    pairs = [p for p in combinations(entries, 2) if not any(_parts(f, p) for f in facts)]
    even = {f.key for f in facts if isinstance(f, Symmetric)}
    of_power = {name for f in facts if (name := _with_power(f))}
    kinds = (COINS if name in of_power else LAWS[:1] if name in even else LAWS for name in random)
    squares = {
        e.name
        for f in facts
        if isinstance(f, Statement) and _of_square(f.right)
        for e in f.left.atoms(Entry)
    }
    of_each = [
        (*laws, WIDE) if n in squares else laws for n, laws in zip(random, kinds, strict=True)
    ]
    plainest = (c for n in range(len(of_each) + 1) for c in _with_other_laws(of_each, n))
    for laws, given in ((laws, given) for laws in plainest for given in numbers):
        law = dict(zip(random, laws, strict=True))
        yield Instance(model, sizes, law, (), given), ()
        for pair in pairs:
            if law[pair[0].name] is law[pair[1].name]:
                joint = Joint(pair, equal(law[pair[0].name], 2))
                yield Instance(model, sizes, law, (joint,), given), pair


def _fitted(instance: Instance, equations: Sequence[Statement]) -> Instance:
    """The instance with fixed numbers as what is said to be equal to them: ``Var[x_j] = σ²``."""
    given = dict(instance.given)
    for s in equations:
        root = _of_square(s.right)
        e = s.right.base if root else s.right
        first = next(instance.points(s.ranges, {}), None)
        if not isinstance(e, Entry) or e.indices or e.name not in given or first is None:
            continue
        if s.left.has(*HEADS) and not {x.name for x in s.left.atoms(Entry)} & given.keys():
            value = Fraction(evaluate(s.left, instance, first))
            value = _root(value) if root else value
            if value > 0 or instance.model.families[e.name].above is None:
                given[e.name] = value
    return instance if given == instance.given else replace(instance, given=given)


def _of_square(e: Expr) -> bool:
    return isinstance(e, Pow) and e.exp == 2 and isinstance(e.base, Entry)


def _root(value: Fraction) -> Fraction:
    """The square root of a square; of anything else its whole part, which no equation fits."""
    return Fraction(isqrt(value.numerator), isqrt(value.denominator))


def _with_other_laws(kinds: Sequence[tuple[Law, ...]], number: int) -> Iterator[tuple[Law, ...]]:
    """A law of each kind, so that exactly that many are not the plain symmetric one."""
    if not kinds and number == 0:
        yield ()
    if not 0 <= number <= len(kinds) or not kinds:
        return
    for law in kinds[0]:
        for rest in _with_other_laws(kinds[1:], number - (law is not SYMMETRIC)):
            yield (law, *rest)


def _with_power(fact: Fact) -> str:
    """The family of which a fact says what a power is, such as m² = m or s² = 1; "" for none."""
    base = fact.left.base if isinstance(fact, Statement) and isinstance(fact.left, Pow) else None
    return base.name if isinstance(base, Entry) else ""


def _parts(fact: Fact, pair: Pair) -> bool:
    """Whether a fact forbids that two entries are equal."""
    names = {e.name for e in pair}
    if isinstance(fact, Independent):
        together = any(names <= set(u.keys) and not u.each for u in fact.units)
        return names <= fact.keys and not together
    return isinstance(fact, Symmetric) and fact.key in names


def _entries(instance: Instance, name: str) -> Iterator[Entry]:
    over = instance.model.families[name].ranges
    for at in instance.points(over, {}):
        yield Entry(name, *(at[r.index] for r in over))


def _ranged(e: Expr, instance: Instance, at: At) -> bool:
    """Whether every range of sums and products ends at its start - 1 or later."""
    binders = occurrences(e, BINDERS)
    return all(
        instance.integer(b.range.hi - b.range.lo, point) >= -1
        for b, above in binders
        for point in instance.points(above, at)
    )


def _holds(s: Statement, instance: Instance) -> bool:
    """Whether a declared equation holds at all of its index values, and in every outcome."""
    if s.over:
        return False
    if isinstance(s.left, Pow):
        s = Statement(E((s.left - s.right) ** 2), ZERO, s.ranges)
    return all(
        evaluate(s.left, instance, at) == evaluate(s.right, instance, at)
        for at in instance.points(s.ranges, {})
    )


def _moments(instance: Instance, pair: Pair) -> dict[Expr, Any]:
    """What tells the instance apart: means, variances and the one covariance."""
    firsts = [next(_entries(instance, name)) for name in instance.laws]
    found: list[Expr] = [head(e) for e in firsts for head in (E, Var)]
    found += [Cov(*pair)] if pair else []
    families = instance.model.families
    fixed = {Entry(n, *(r.index for r in families[n].ranges)): v for n, v in instance.given.items()}
    return {**fixed, **{moment: evaluate(moment, instance) for moment in found}}
