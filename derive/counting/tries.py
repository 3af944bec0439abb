"""Small instances of a model, plainest first: what it says of laws holds in them. Not trusted.

One law for each family, or the one declared, and all entries independent, or all but two that
are always equal, or those of which a covariance is declared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import chain, combinations, islice
from typing import Any

from sympy import Expr, Pow, Rational

from derive.counting.continuous import Continuous
from derive.counting.drawn import Drawn, declared, fixed_numbers, laws_of, overlaid
from derive.counting.exact import exactly, power
from derive.counting.instance import Instance, Joint, Law, equally, three_point, two_point
from derive.counting.oracle import evaluate
from derive.counting.small import At
from derive.counting.together import together
from derive.counting.trials import exact_functions
from derive.errors import Refused
from derive.model import Distributed, Fact, Independent, Model, Statement, Symmetric, key_of
from derive.piecewise import Pieces
from derive.subterms import names_in
from derive.terms import HEADS, E, Entry, Partial

SYMMETRIC = three_point(1, symmetric=True)
WIDE = three_point(4, symmetric=True)
HALF = Fraction(1, 2)
COINS = (((Fraction(0), HALF), (Fraction(1), HALF)), ((Fraction(1), HALF), (Fraction(-1), HALF)))
GIVEN = (2, HALF)
BELOW_0 = (-2,)
PLAINER = (1, 2, HALF)
CENTRED = (SYMMETRIC, three_point(1), two_point(2))
LAWS = (*CENTRED[:2], three_point(1, 1), two_point(2), two_point(2, 2))
BELOW = (three_point(1, -1),)
ABOVE_0 = (equally(1, 4), equally(1, 2))
MOST_FAMILIES = 40

Pair = tuple[Entry, ...]


def tries(
    model: Model,
    at: At,
    facts: Sequence[Fact],
    about: set[str],
    signed: bool = False,
    above_0: Collection[str] = (),
) -> Iterator[tuple[Instance, Pair]]:
    """Instances with these sizes, and the entries that are equal in them; raises Refused.

    What they are ``about`` has other laws first, and no other entries are made equal.  If
    ``signed``, means and fixed numbers may also be negative, and the two entries opposite.
    What is ``above_0``, being divided by or under a root, has positive values too.
    """
    tops = [key_of(Partial(Entry(c.name), c.of)) for c in model.costs.values()]
    named = [*(name for name, f in model.families.items() if f.kind == "random"), *tops]
    if len(named) > MOST_FAMILIES:
        return
    random = sorted(named, key=lambda name: name in about)
    sizes = _sizes(model, at)
    known = [*_numbers(model, sizes, BELOW_0 if signed else ())]
    if not known:
        return
    even = {f.key for f in facts if isinstance(f, Symmetric)} | {*laws_of(model)}
    of_power = {name for f in facts if (name := _with_power(f))}
    centred = {*_centred(facts)}
    squares = names_in(*(f.left for f in facts if isinstance(f, Statement) and _of_square(f.right)))
    of_each = [
        COINS if name in of_power
        else CENTRED[:1] if name in even
        else CENTRED if name in centred
        else (*(ABOVE_0 if name in above_0 else ()), *LAWS, *(BELOW if signed else ()))
        for name in random
    ]  # fmt: skip
    of_each = [
        (*laws, WIDE) if name in squares else laws
        for name, laws in zip(random, of_each, strict=True)
    ]
    plainest = (c for n in range(len(of_each) + 1) for c in _with_other_laws(of_each, n))
    pairs: list[Pair] | None = None
    for laws, (given, functions, drawn) in ((laws, g) for laws in plainest for g in known):
        chosen = dict(zip(random, laws, strict=True))
        law = overlaid({name: chosen[name] for name in named}, drawn)
        plain = _fitted(Instance(model, sizes, law, (), given, functions), facts)
        yield plain, ()
        if shared := (*together(facts, plain),):
            yield replace(plain, joints=shared), ()
        if pairs is None:
            pairs = _pairs(plain, [name for name in named if name in about], facts)
        for pair in pairs:
            for joint in (_equal(pair, plain), _opposite(pair, plain) if signed else None):
                if joint is not None:
                    yield replace(plain, joints=(joint,)), pair


def _fitted(instance: Instance, facts: Sequence[Fact]) -> Instance:
    """The instance with fixed numbers as what is said to be equal to them: ``Var[x_j] = σ²``.

    Those that a law or a function has are left alone.
    """
    made = names_in(*(p for f in facts for p in _parameters(f)))
    given = dict(instance.given)
    for s in (f for f in facts if isinstance(f, Statement)):
        root = _of_square(s.right)
        e = s.right.base if root else s.right
        first = next(instance.points(s.ranges, {}), None)
        if not isinstance(e, Entry) or e.indices or e.name not in given or first is None:
            continue
        fixed = names_in(s.left) & given.keys()
        if s.left.has(*HEADS) and not fixed and e.name not in made:
            value = exactly(evaluate(s.left, instance, first))
            value = power(value, Rational(1, 2)) if root else value
            if instance.between(e.name, value):
                given[e.name] = value
    return instance if given == instance.given else replace(instance, given=given)


def _parameters(fact: Fact) -> tuple[Expr, ...]:
    if isinstance(fact, Pieces):
        return tuple(e for piece in fact.pieces for e in piece)
    return fact.law.parameters if isinstance(fact, Distributed) else ()


def _of_square(e: Expr) -> bool:
    return isinstance(e, Pow) and e.exp == 2 and isinstance(e.base, Entry)


def _numbers(
    model: Model, sizes: dict[Any, Any], more: tuple[int, ...]
) -> Iterator[tuple[dict[str, Any], dict[str, Any], Drawn]]:
    """Fixed numbers, with the functions and the laws that they make; at last ``more`` of them."""
    fixed = [f for f in model.families.values() if f.kind == "given"]
    free = bool(laws_of(model)) or any(
        (f.above, f.below) not in ((None, None), (0, None)) for f in fixed
    )
    some = PLAINER if free else GIVEN
    told = {e.left.name for a in model.assumptions for e in model.equations(a)
            if isinstance(e.left, Entry)}  # fmt: skip
    other = {f.name: _by_index for f in fixed
             if f.ranges and f.above is f.below is None and f.name not in told}  # fmt: skip
    ways: list[tuple[Any, dict[str, Any]]] = [
        (number, {}) for number in ((*some, *more) if fixed else some[:1])
    ]
    for number, differing in [*ways, (some[0], other)] if other else ways:
        with suppress(Refused):
            given = {**fixed_numbers(model, number, sizes), **differing}
            drawn = declared(Instance(model, sizes, given=given))
            yield given, exact_functions(model, given), drawn


def _by_index(*indices: int) -> Fraction:
    """A fixed number that differs from entry to entry, also where two indices change places."""
    return Fraction(2 + sum(2**n * (index - 1) for n, index in enumerate(indices)))


def _sizes(model: Model, at: At) -> dict[Any, Any]:
    found: dict[Any, Any] = {e: value for e, value in at.items() if e in model.sizes}
    for e, value in at.items():
        if isinstance(e, Entry):
            indices = tuple(map(int, e.indices))
            found.setdefault(e.name, {})[indices[0] if len(indices) == 1 else indices] = value
    return found


def _pairs(instance: Instance, names: Sequence[str], facts: Sequence[Fact]) -> list[Pair]:
    firsts = chain.from_iterable(islice(entries(instance, name), 2) for name in names)
    return [p for p in combinations(firsts, 2) if not any(_parts(f, p) for f in facts)]


def _equal(pair: Pair, instance: Instance) -> Joint | None:
    """The two always equal, if they have one law."""
    (_, law), (_, other) = (instance.block(instance.key(e, {})) for e in pair)
    if law != other:
        return None
    if isinstance(law, Continuous):
        return Joint(pair, law)
    return Joint(pair, tuple((row * len(pair), p) for row, p in law))


def _opposite(pair: Pair, instance: Instance) -> Joint | None:
    """The one always the negative of the other, if that has its law."""
    (_, law), (_, other) = (instance.block(instance.key(e, {})) for e in pair)
    if isinstance(law, Continuous) or isinstance(other, Continuous):
        return None
    if dict(other) != {(-x,): p for (x,), p in law}:
        return None
    return Joint(pair, tuple(((x, -x), p) for (x,), p in law))


def _with_other_laws(kinds: Sequence[tuple[Law, ...]], number: int) -> Iterator[tuple[Law, ...]]:
    """A law of each kind, so that exactly that many are not the plain symmetric one."""
    if not kinds and number == 0:
        yield ()
    if not 0 <= number <= len(kinds) or not kinds:
        return
    for law in kinds[0]:
        for rest in _with_other_laws(kinds[1:], number - (law is not SYMMETRIC)):
            yield (law, *rest)


def _centred(facts: Sequence[Fact]) -> Iterator[str]:
    """What is said to have the mean 0."""
    for fact in (f for f in facts if isinstance(f, Statement)):
        of_mean = isinstance(fact.left, E) and fact.right == 0
        if of_mean and isinstance(fact.left.args[0], Entry | Partial):
            yield key_of(fact.left.args[0])


def _with_power(fact: Fact) -> str:
    """The family of which a fact says what a power is, such as m² = m or s² = 1; "" for none."""
    base = fact.left.base if isinstance(fact, Statement) and isinstance(fact.left, Pow) else None
    return base.name if isinstance(base, Entry) else ""


def _parts(fact: Fact, pair: Pair) -> bool:
    """Whether a fact forbids that two entries are equal."""
    names = {e.name for e in pair}
    if isinstance(fact, Independent):
        one = len(names) > 1 and pair[0].indices == pair[1].indices
        together = any(names <= set(u.keys) and (one or not u.each) for u in fact.units)
        return names <= fact.keys and not together
    return isinstance(fact, Symmetric) and fact.key in names


def entries(instance: Instance, name: str) -> Iterator[Entry]:
    """The entries of a family that exist."""
    over = instance.model.families[name].ranges
    for at in instance.points(over, {}):
        yield Entry(name, *(at[r.index] for r in over))
