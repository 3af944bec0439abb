"""Numbers at which an equality of moments fails, counted exactly. Not trusted: they are shown.

Small instances of a model are tried, with the laws that it declares, other ones where it leaves
them free.  An instance is a counterexample only if every declared fact holds in it: independence,
symmetry and declared laws by how it was made, equations by counting.

    >>> from derive.terms import Var
    >>> model = Model("two")
    >>> x, y = model.random("x")[()], model.random("y")[()]
    >>> found = counterexample(Var(x + y), Var(x) + Var(y), (), model)
    >>> found.left, found.right, found.moments[Cov(x, y)]
    (Fraction(4, 1), Fraction(2, 1), Fraction(1, 1))
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any

from sympy import Expr, Integer, Pow, Rational, Symbol

from derive.counting.drawn import laws_of
from derive.counting.exact import NoNumber, Number, sign
from derive.counting.functions import InPieces, is_zero
from derive.counting.instance import (
    Instance,
)
from derive.counting.oracle import Compared, compared, evaluate
from derive.counting.reached import reached
from derive.counting.setting import setting
from derive.counting.shape import Key
from derive.counting.small import At, instances
from derive.counting.trials import trials
from derive.counting.tries import Pair, entries, tries
from derive.counting.witness import Witness
from derive.errors import Refused
from derive.figures.amounts import BadNumbers
from derive.model import (
    Fact,
    Independent,
    Model,
    Nonzero,
    SameLaw,
    Separate,
    Statement,
    Symmetric,
    key_of,
)
from derive.order import ZERO
from derive.piecewise import Pieces, piecewise
from derive.powers import Outside
from derive.subterms import occurrences
from derive.terms import BINDERS, HEADS, Apply, Cov, E, Entry, Partial, Range, Var

PLAIN = (12, 150)
LAYERED = (24, 16)
MOST_PLACES = 40
NETWORKS = ((1, 1), (2, 1), (1, 2), (1, 1, 1), (2, 1, 1), (1, 2, 1), (1, 1, 1, 1))
MOST_CASES = 2**12
MOST_COUNTED = 2**18
MOST_UNFIT = 100
MOST_TOLD = 6
SIGNS = {"=": (-1, 1), "≤": (1,), "<": (0, 1), "≥": (-1,), ">": (-1, 0)}
NOT_COUNTED = (Refused, BadNumbers, Outside, ZeroDivisionError)


def counterexample(
    left: Expr,
    right: Expr,
    over: Iterable[Range],
    model: Model,
    most: int = sys.maxsize,
    said: str = "=",
) -> Witness | None:
    """The first instance in which the sides differ and all facts hold; None if none was found.

    They are to differ so that what is ``said`` of them is wrong: =, ≤, <, ≥ or >.

    As everywhere, a claim is about ranges that end at their start - 1 or later.  That a gradient is
    independent of something holds in no network but for a constant cost, so that claims without
    gradients alone are counted where it is declared.  That something is never 0 is of consequence
    at breaks alone, for derivatives and jumps: laws come as close to it as one likes.

    ``most`` is how many networks, and how many sizes and laws, are tried at most.
    """
    over = tuple(over)
    facts = [fact for a in model.assumptions for fact in a.facts]
    if _smooth((left, right), model):
        facts = [fact for fact in facts if not isinstance(fact, Nonzero)]
    ideal = [fact for fact in facts if isinstance(fact, Separate)]
    if ideal and not (all(_of_gradients(f, model) for f in ideal)
                      and not left.has(Partial) and not right.has(Partial)):  # fmt: skip
        return None
    layered = model.functions or model.costs or any(
        f.kind == "size" for f in model.families.values()
    )  # fmt: skip
    if layered:
        found = in_network(left, right, over, model, facts, most, said)
        if found is not None:
            return found
    places, laws = LAYERED if layered else PLAIN
    return _tried(left, right, over, model, facts, min(places, most), min(laws, most), said)


def _tried(
    left: Expr,
    right: Expr,
    over: tuple[Range, ...],
    model: Model,
    facts: Sequence[Fact],
    places: int,
    laws: int,
    said: str,
) -> Witness | None:
    signed = said != "=" or _rooted(left) or _rooted(right)
    about, above_0 = reached(model, left, right), {*_above_0(left), *_above_0(right)}
    spent = unfit = 0
    asked = list(facts)
    with suppress(*NOT_COUNTED):
        for at in islice(instances(model, over), places):
            with suppress(Refused):
                found_laws = tries(model, at, facts, about, signed, above_0)
                for instance, pair in islice(found_laws, laws):
                    if not (_ranged(left, instance, at) and _ranged(right, instance, at)):
                        break
                    try:
                        found = compared(left, right, instance, at)
                    except (NoNumber, ZeroDivisionError):
                        continue
                    spent += found.cases
                    if spent > MOST_COUNTED:
                        return None
                    if _refuted(found, said, (left, right), instance, at):
                        if _all_hold(asked, instance):
                            told = _told(instance, found, pair)
                            return Witness(at, told, found.left, found.right, instance)
                        unfit += 1
                        if unfit == MOST_UNFIT:
                            return None
    return None


def in_network(
    left: Expr,
    right: Expr,
    over: tuple[Range, ...],
    model: Model,
    facts: Sequence[Fact],
    most: int = sys.maxsize,
    said: str = "=",
) -> Witness | None:
    """The first small network in which the sides differ and all facts hold.

    The laws are as free as the model leaves them; functions have to be linear in it.
    """
    asked = list(facts)
    for widths in NETWORKS[:most]:
        with suppress(*NOT_COUNTED):
            given = setting(model, widths, weight_var=1)
            for trial in trials(given):
                instance = trial.instance
                for place in map(dict, islice(instance.points(over, {}), MOST_PLACES)):
                    if not (_ranged(left, instance, place) and _ranged(right, instance, place)):
                        continue
                    found = compared(left, right, instance, place, at_most=2 * MOST_CASES)
                    wrong = _refuted(found, said, (left, right), instance, place)
                    if wrong and _all_hold(asked, instance):
                        at = {**_sizes(given.sizes), **place}
                        network = (given.shape.weights.name, *given.shape.inputs)
                        told = _told(instance, found, (), network)
                        return Witness(at, told, found.left, found.right, instance)
    return None


def _smooth(sides: Iterable[Expr], model: Model) -> bool:
    """Whether only continuous functions stand in a claim and in what is defined."""
    used = [*sides, *(made.statement.right for made in model.definitions)]
    facts = (fact for a in model.assumptions for fact in a.facts)
    return not (
        any(e.has(Partial) or any(f.order for f, _ in occurrences(e, Apply)) for e in used)
        or any(piecewise(fact, 0).open for fact in facts if isinstance(fact, Pieces))
    )


def _of_gradients(fact: Separate, model: Model) -> bool:
    sides = (fact.left.of, fact.right.of)
    return any(isinstance(e, Partial) and model.cost_of(e) is not None for e in sides)


def _wrong(a: Number, said: str, b: Number) -> bool:
    return sign(a - b) in SIGNS[said]


def _refuted(
    found: Compared, said: str, sides: tuple[Expr, Expr], instance: Instance, at: Mapping[Any, int]
) -> bool:
    """Whether what is said is wrong, whatever a slope at a break is between those beside it.

    A law may have a point there, and then what the slope is was not said.
    """
    wrong = _wrong(found.left, said, found.right)
    bent = any(isinstance(f, InPieces) and f.breaks for f in instance.functions.values())
    if not (wrong and bent) or _smooth(sides, instance.model):
        return wrong
    turned = {name: replace(f, right=True) if isinstance(f, InPieces) else f
              for name, f in instance.functions.items()}  # fmt: skip
    other = compared(*sides, replace(instance, functions=turned), at, at_most=2 * MOST_CASES)
    between = sign(found.left - found.right) != sign(other.left - other.right)
    return _wrong(other.left, said, other.right) and (bool(found.random) or not between)


def _rooted(e: Expr) -> bool:
    """Whether a root is taken: then the signs of numbers count."""
    return any(isinstance(p.exp, Rational) and p.exp.q % 2 == 0 for p in e.atoms(Pow))


def _above_0(e: Expr) -> Iterator[str]:
    """The families of which an entry is divided by, or stands under a root, outside moments."""
    for power, _ in occurrences(e, Pow):
        if not (power.exp.is_Integer and power.exp > 0):
            yield from _outside_moments(power.base)


def _outside_moments(e: Expr) -> Iterator[str]:
    if isinstance(e, Entry):
        yield e.name
    elif not isinstance(e, HEADS):
        for a in e.args:
            yield from _outside_moments(a)


def fits(found: Witness, facts: Iterable[Fact]) -> bool:
    """Whether further facts hold where a claim was counted and fails: then they do not help it."""
    instance = found.instance
    try:
        return instance is not None and all(_fits(fact, instance) for fact in facts)
    except NOT_COUNTED:
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


def _all_hold(facts: list[Fact], instance: Instance) -> bool:
    """Whether all facts hold; one that does not is moved to the front, to be asked first again."""
    for n, fact in enumerate(facts):
        if not _allowed(fact, instance):
            facts.insert(0, facts.pop(n))
            return False
    return True


def _allowed(fact: Fact, instance: Instance) -> bool:
    """Whether a declared fact holds, as far as that was not seen to when the laws were chosen."""
    if isinstance(fact, Statement):
        return bool(fact.over) or _holds(fact, instance)
    if isinstance(fact, Nonzero):
        known = replace(instance, functions={**instance.functions, _ZERO: is_zero})
        zero = Statement(E(Apply(_ZERO, 0, fact.of)), ZERO, fact.ranges)
        return _holds(zero, known)
    if isinstance(fact, SameLaw) and fact.key in laws_of(instance.model):
        found: dict[Any, Any] = {}
        for e in entries(instance, fact.key):
            rest = tuple(a for n, a in enumerate(e.indices) if n not in fact.slots)
            law = instance.block(instance.key(e, {}))[1]
            if found.setdefault(rest, law) != law:
                return False
    return True


_ZERO = "1 at 0"


def _sizes(found: dict[Key, int]) -> dict[Expr, int]:
    return {
        Entry(name, *map(Integer, indices)) if indices else Symbol(name): value
        for (name, indices), value in found.items()
    }


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
    sides = (compared(s.left, s.right, instance, at) for at in instance.points(s.ranges, {}))
    return not any(_wrong(found.left, "=", found.right) for found in sides)


def _told(
    instance: Instance, found: Compared, pair: Pair, names: Sequence[str] = ()
) -> dict[Expr, Any]:
    """What tells the instance apart: fixed numbers, means, variances and the one covariance.

    Where random terms were compared, the values of what is random in them, and moments only if
    they have some.
    """
    model = instance.model
    letters: dict[Expr, Any] = {
        Entry(name): value
        for name, value in instance.given.items()
        if not (callable(value) or model.families[name].ranges) and name not in _set(model)
    }
    for name, value in instance.given.items():
        if callable(value):
            letters |= {e: value(*map(int, e.indices))
                        for e in islice(entries(instance, name), MOST_TOLD)}  # fmt: skip
    letters |= {_source(key, model): value for key, value in found.random.items()}
    if found.random and not found.moments:
        return letters
    drawn = laws_of(model)
    free = [name for name in names or instance.laws if name in model.families and name not in drawn]
    firsts = [e for name in free for e in islice(entries(instance, name), 1)]
    heads: list[Expr] = [head(e) for e in firsts for head in (E, Var)]
    heads += [Cov(*pair)] if pair else []
    return {**letters, **{moment: evaluate(moment, instance) for moment in heads}}


def _source(key: Key, model: Model) -> Expr:
    """The entry, or the derivative of a cost by one, that is random by itself."""
    name, indices = key
    for cost in model.costs.values():
        if key_of(Partial(Entry(cost.name), cost.of)) == name:
            return Partial(Entry(cost.name), Entry(cost.of.name, *indices))
    return Entry(name, *indices)


def _set(model: Model) -> set[str]:
    """The fixed numbers whose value is declared."""
    facts = (f for a in model.assumptions for f in a.facts)
    return {f.left.name for f in facts if isinstance(f, Statement) and isinstance(f.left, Entry)}
