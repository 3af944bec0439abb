"""A model with numbers: sizes, exact laws, exact functions. Not trusted.

Numbers are ints and Fractions, or exact terms such as √2 and 1/π where a law or a formula has
them; nothing is shared with the rules.  `oracle` counts over an `Instance`.

Glossary: e an expression, at the values of the indices in force, a key the name and indices
of one entry, a source a key that is random by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

from sympy import Add, Expr, Mul, Pow, Rational, Symbol, erf, exp, pi

from derive.counting.continuous import Continuous
from derive.counting.exact import Number, exactly, power, sign
from derive.counting.functions import Exact
from derive.errors import Refused
from derive.model import Model, key_of
from derive.terms import Delta, Entry, Partial, Range, term

Law = tuple[tuple[Number, Number], ...]
JointLaw = tuple[tuple[tuple[Number, ...], Number], ...]
Indices = Mapping[Symbol, int]
Key = tuple[str, tuple[int, ...]]

MOST_VALUES = 10_000


# -- laws: values with their probabilities


def two_point(variance: Number, mean: Number = 0) -> Law:
    """``v`` with probability ``1/(1+v)``, else ``-1``, shifted by the mean; ``v = 0`` is constant.

    For variance 1 and mean 0 the square is constant and the third moment 0.
    """
    v = Fraction(variance)
    return _possible((mean + v, 1 / (1 + v)), (mean - 1, v / (1 + v)))


def three_point(variance: Number, mean: Number = 0, *, symmetric: bool = False) -> Law:
    """``±(1+v)`` when symmetric, else ``2(1+v)`` and ``-(1+v)``, but mostly 0; shifted."""
    v = Fraction(variance)
    far, rare = 1 + v, v / (1 + v) ** 2
    up, p, q = (far, rare / 2, rare / 2) if symmetric else (2 * far, rare / 6, rare / 3)
    return _possible((mean + up, p), (mean - far, q), (Fraction(mean), 1 - p - q))


def equally(*values: Number) -> Law:
    """Each of the values with the same probability."""
    return _possible(*((Fraction(v), Fraction(1, len(values))) for v in values))


def gauss_hermite(step: Number = 1) -> Law:
    """``±3a`` and 0: the moments of the normal law of variance ``3a²``, up to the fifth."""
    a = Fraction(step)
    return _possible(
        (3 * a, Fraction(1, 6)), (-3 * a, Fraction(1, 6)), (Fraction(), Fraction(2, 3))
    )


def equal(law: Law, count: int) -> JointLaw:
    """Entries that are always equal to each other."""
    return tuple(((value,) * count, p) for value, p in law)


def one_at_a_time(law: Law, count: int) -> JointLaw:
    """All entries 0 but one, a random one: uncorrelated if the mean is 0, not independent."""
    return tuple(
        (tuple(value if j == k else 0 for j in range(count)), Fraction(p) / count)
        for value, p in law
        for k in range(count)
    )


def pairwise() -> JointLaw:
    """Signs a and b and their product ab: any two independent, the three not."""
    return tuple(((a, b, a * b), Fraction(1, 4)) for a in (1, -1) for b in (1, -1))


def _possible(*outcomes: tuple[Number, Fraction]) -> Law:
    return tuple((value, p) for value, p in outcomes if p)


class Joint(NamedTuple):
    """The law of several sources together: random entries, or derivatives of a cost.

    A continuous law is that of each, and all are equal.
    """

    entries: tuple[Expr, ...]
    law: JointLaw | Continuous


# -- a model with numbers


@dataclass(frozen=True)
class Instance:
    """A model with numbers.

    What is given for a family, by its name, is one thing for all entries, or a mapping or a
    function of their indices.  ``laws`` makes the entries independent; ``joints`` comes first.
    The derivatives of a cost C by its own entries s are random, with the law named ``∂C/∂s``,
    unless ``costs`` gives the gradient as a function of the values of s.
    ``given`` numbers are 0 unless said.
    """

    model: Model
    sizes: Mapping[Any, Any]
    laws: Mapping[str, Any] = field(default_factory=dict)
    joints: Sequence[Joint] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Exact] = field(default_factory=dict)
    costs: Mapping[str, Callable[[Sequence[Number]], Sequence[Number]]] = field(
        default_factory=dict
    )

    # -- indices and sizes

    def number(self, e: Expr, at: Indices) -> Number:
        """The value of an expression in sizes and indices."""
        if isinstance(e, Rational):
            return exactly(Fraction(int(e.p), int(e.q)))
        if isinstance(e, Symbol):
            return at[e] if e in at else self._size((e.name, ()))
        if isinstance(e, Entry) and self.kind(e.name) == "size":
            return self._size(self.key(e, at))
        if isinstance(e, Entry) and self.kind(e.name) == "given":
            return self.given_number(self.key(e, at))
        if isinstance(e, Add):
            return sum(self.number(a, at) for a in e.args)
        if isinstance(e, Mul):
            return prod(self.number(a, at) for a in e.args)
        if isinstance(e, Pow):
            return power(self.number(e.base, at), self.exponent(e.exp, at))
        if e == pi:
            return e
        if isinstance(e, exp | erf):
            return exactly(e.func(term(self.number(e.args[0], at))))
        if isinstance(e, Delta):
            return int(self.integer(e.args[0], at) == self.integer(e.args[1], at))
        raise Refused(f"{e} has no exact value in sizes and indices")

    def _size(self, key: Key) -> int:
        value = _chosen(self._sizes, key, "value")
        least = self._least.get(key[0])
        if not isinstance(value, int) or (least is not None and value < least):
            raise Refused(f"{text(key)} = {value}: not an integer of at least {least}")
        return value

    @cached_property
    def _sizes(self) -> dict[str, Any]:
        return {str(size): value for size, value in self.sizes.items()}

    @cached_property
    def _least(self) -> dict[str, int]:
        return {str(size): least for size, least in self.model.sizes.items()}

    def integer(self, e: Expr, at: Indices) -> int:
        """The value of an index or a limit."""
        value = self.number(e, at)
        if isinstance(value, Expr) or value.denominator != 1:
            raise Refused(f"{e} = {value} is not an integer")
        return int(value)

    def exponent(self, e: Expr, at: Indices) -> int | Rational:
        """The value of an exponent: an integer, or a fraction for a root."""
        return e if isinstance(e, Rational) and not e.is_Integer else self.integer(e, at)

    def points(self, over: Sequence[Range], at: Indices) -> Iterator[Indices]:
        """All values of some indices; later limits may use earlier indices."""
        if not over:
            yield at
            return
        index, lo, hi, but = over[0]
        left_out = {self.integer(b, at) for b in but}
        values = range(self.integer(lo, at), self.integer(hi, at) + 1)
        if len(values) > MOST_VALUES:
            raise Refused(f"{index} has {len(values)} values, more than {MOST_VALUES}")
        for value in values:
            if value not in left_out:
                yield from self.points(over[1:], {**at, index: value})

    # -- entries

    def kind(self, name: str) -> str:
        """What the entries of a family are: size, random, given or defined."""
        return self.model.family(Entry(name)).kind

    def key(self, e: Expr, at: Indices) -> Key:
        """The entry that is meant, which has to exist."""
        if not isinstance(e, Entry):
            raise Refused(f"{e} is not an entry of a family")
        key = e.name, tuple(self.integer(a, at) for a in e.indices)
        over = self.model.family(e).ranges
        inside = {r.index: value for r, value in zip(over, key[1], strict=False)}
        if len(over) != len(key[1]) or not all(self._inside(r, inside) for r in over):
            raise Refused(f"{text(key)} does not exist in this instance")
        return key

    def _inside(self, over: Range, at: Indices) -> bool:
        value = at[over.index]
        lo, hi = self.integer(over.lo, at), self.integer(over.hi, at)
        return lo <= value <= hi and all(value != self.integer(b, at) for b in over.but)

    def definition(self, key: Key) -> tuple[Expr, Indices]:
        """The right side that says what an entry is, and the values of its indices."""
        name = key[0]
        if name not in self._definitions:
            self._definitions[name] = dict(self._written_out(name))
        if key not in self._definitions[name]:
            raise Refused(f"{text(key)} is not defined in this instance")
        return self._definitions[name][key]

    @cached_property
    def _definitions(self) -> dict[str, dict[Key, tuple[Expr, Indices]]]:
        return {}

    def _written_out(self, name: str) -> Iterator[tuple[Key, tuple[Expr, Indices]]]:
        seen: set[Key] = set()
        for statement in (made.statement for made in self.model.definitions):
            if statement.left.name == name:
                for at in self.points(statement.ranges, {}):
                    key = self.key(statement.left, at)
                    if key in seen:
                        raise Refused(f"{text(key)} is defined twice")
                    seen.add(key)
                    yield key, (statement.right, at)

    def given_number(self, key: Key) -> Number:
        """A fixed number."""
        return exactly(_chosen({key[0]: 0, **self.given}, key, "number"))

    def between(self, name: str, value: Number) -> bool:
        """Whether a number lies strictly between the bounds of fixed numbers without indices."""
        family = self.model.families[name]
        bounds = [b if b is None else self.number(b, {}) for b in (family.above, family.below)]
        gaps = (value - bounds[0] if bounds[0] is not None else 1,
                bounds[1] - value if bounds[1] is not None else 1)  # fmt: skip
        return all(sign(gap) > 0 for gap in gaps)

    def function(self, name: str) -> Exact:
        """A declared function with its derivatives."""
        if name not in self.functions:
            raise Refused(f"the instance has no function {name}")
        return self.functions[name]

    # -- sources

    def block(self, source: Key) -> tuple[tuple[Key, ...], JointLaw | Continuous]:
        """All the sources whose law is given together with that of one, and this law."""
        if source in self._joint:
            return self._joint[source]
        law = _chosen(self.laws, source, "law")
        if isinstance(law, Continuous):
            return (source,), law
        return (source,), _checked((((value,), p) for value, p in law), (source,))

    @cached_property
    def _joint(self) -> dict[Key, tuple[tuple[Key, ...], JointLaw | Continuous]]:
        found: dict[Key, tuple[tuple[Key, ...], JointLaw | Continuous]] = {}
        for entries, law in self.joints:
            keys = tuple(self._source(e) for e in entries)
            for key in keys:
                if key in found or keys.count(key) > 1:
                    raise Refused(f"{text(key)} has two joint laws")
            checked = law if isinstance(law, Continuous) else _checked(law, keys)
            found.update(dict.fromkeys(keys, (keys, checked)))
        return found

    def _source(self, e: Expr) -> Key:
        if isinstance(e, Partial) and self.model.cost_of(e) is not None:
            return key_of(e), self.key(e.by, {})[1]
        key = self.key(e, {})
        if self.kind(key[0]) != "random":
            raise Refused(f"{text(key)} cannot have a law: it is {self.kind(key[0])}")
        return key


def _chosen(table: Mapping[str, Any], key: Key, what: str) -> Any:
    """What is given for one entry."""
    name, indices = key
    chosen = table.get(name)
    if callable(chosen):
        chosen = chosen(*indices)
    elif isinstance(chosen, Mapping):
        chosen = chosen.get(indices[0] if len(indices) == 1 else indices)
    if chosen is None:
        raise Refused(f"the instance has no {what} for {text(key)}")
    return chosen


def _checked(law: Iterable[tuple[tuple[Number, ...], Number]], keys: tuple[Key, ...]) -> JointLaw:
    exact = tuple((tuple(map(exactly, values)), exactly(p)) for values, p in law)
    fits = all(sign(p) >= 0 and len(values) == len(keys) for values, p in exact)
    if not fits or sum(p for _, p in exact) != 1:
        names = ", ".join(map(text, keys))
        raise Refused(f"not a law of {names}: needs that many values and probabilities of sum 1")
    return exact


def text(key: Key) -> str:
    """An entry as a reader knows it."""
    name, indices = key
    return f"{name}[{', '.join(map(str, indices))}]" if indices else name
