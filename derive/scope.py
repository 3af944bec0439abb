"""One place of a derivation: the ranges in force, and what was proved before. Trusted.

What can be shown at a place is worked out in the files that follow: `positive`, `meaning`,
`made_of`, `independence`, `finiteness`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from sympy import Expr, Symbol

from derive.boxes import Boxes
from derive.claims import Proved, Uses
from derive.errors import Refused, Words
from derive.model import Distributed, Independent, Model, SameLaw, Symmetric, implied
from derive.order import order_among, split
from derive.substitution import fresh, put
from derive.terms import HEADS, Entry, Integral, Partial, Product, Range, Sum

T = TypeVar("T")


class Scope:
    """A model at one place of a derivation.

    ``checked``, ``made_of``, ``apart``, ``moments``, ``forms`` and ``equations`` keep what was
    worked out here; ``found`` keeps what was looked for, and nothing trusted reads it.
    """

    def __init__(
        self,
        model: Model,
        ranges: Iterable[Range] = (),
        proved: Iterable[Proved] = (),
        over: Iterable[str] = (),
        given: Iterable[Independent] = (),
    ) -> None:
        self.model = model
        self.ranges = tuple(ranges)
        self.proved = tuple(proved)
        self.over = frozenset(over)
        self.given = tuple(given)
        self.order = order_among(self.ranges, tuple(model.sizes.items()))
        self.checked: set[tuple[Expr, tuple[Range, ...]]] = set()
        self.made_of: dict[Expr, tuple[Boxes, Uses]] = {}
        self.apart: dict[Hashable, Any] = {}
        self.found: dict[Hashable, Any] = {}
        self._inner: dict[tuple[Range, ...], Scope] = {}
        self.moments: dict[Expr, Any] = {}
        self.forms: dict[Expr, Any] = {}
        self.equations: dict[tuple[type, ...], Any] = {}

    def within(self, inner: tuple[Range, ...]) -> Scope:
        """The same place under more binders; raises Refused for a name that has a meaning here."""
        if not inner:
            return self
        if inner not in self._inner:
            names = set(self.names)
            for r in inner:
                if r.index in names:
                    raise Refused("{} is bound here and has a meaning outside", r.index)
                names.add(r.index)
            kept = (*self.ranges, *inner)
            self._inner[inner] = Scope(self.model, kept, self.proved, self.over, self.given)
        return self._inner[inner]

    def open(self, e: Sum | Product) -> tuple[Expr, Range, Scope]:
        """Body and range of a sum or product, its index renamed if in use, and the place inside."""
        body, over = e.body, e.range
        if over.index in self.names:
            index = fresh(over.index, self.names | body.free_symbols)
            body, over = put(body, over.index, index), over._replace(index=index)
        return body, over, self.within((over,))

    @cached_property
    def names(self) -> frozenset[Expr]:
        """The index names and sizes that have a meaning here."""
        sizes = (s for s in self.model.sizes if isinstance(s, Expr))
        return frozenset((*sizes, *(r.index for r in self.ranges)))

    def among(self, ranges: Iterable[Range]) -> Scope:
        """The same model and results where other ranges are in force."""
        return Scope(self.model, ranges, self.proved, self.over, self.given)

    def knowing(self, *more: Proved) -> Scope:
        """The same place with more proved."""
        return Scope(self.model, self.ranges, (*self.proved, *more), self.over, self.given)

    def find(self, name: str) -> Proved:
        """What was proved under a name; raises Refused."""
        for p in self.proved:
            if p.name == name:
                return p
        raise Refused("nothing named {} was proved before this step", name)

    # -- indices

    def in_ranges(self, ranges: Sequence[Range], at: dict[Symbol, Expr]) -> Words | None:
        """None if every index value lies in its range, else what could not be shown."""
        for index, lo, hi, but in ranges:
            value = at[index]
            low = lo if lo.is_Integer else put(lo, at)
            high = hi if hi.is_Integer else put(hi, at)
            if not (self.order.leq(low, value) and self.order.leq(value, high)):
                return Words("{} ≤ {} ≤ {}", low, value, high)
            for other in but:
                if not self.order.differ(value, put(other, at)):
                    return Words("{} ≠ {}", value, put(other, at))
        return None

    # -- what is declared

    def is_random(self, e: Expr) -> bool:
        """Whether the value of an expression may vary from outcome to outcome."""
        if isinstance(e, (*HEADS, Integral)) or not e.args:
            return False
        if isinstance(e, Entry):
            return e.name in self.over or self.model.family(e).kind in ("random", "defined")
        if isinstance(e, Partial):
            return True
        if isinstance(e, (Sum, Product)):
            return self.is_random(e.body)
        return any(self.is_random(a) for a in e.args if isinstance(a, Expr))

    def is_top(self, e: Partial) -> bool:
        """Whether a derivative of the cost is by an entry that the cost is a function of."""
        cost = self.model.cost_of(e)
        if cost is None or not isinstance(e.by, Entry) or e.by.name != cost.of.name:
            return False
        at = match_indices(cost.of.indices, e.by.indices, [r.index for r in cost.ranges], self)
        return at is not None and not self.in_ranges(cost.ranges, at)

    def instance_of(
        self, pattern: Expr, ranges: Sequence[Range], e: Expr
    ) -> dict[Symbol, Expr] | None:
        """The index values at which a pattern is the entry or derivative ``e``, within range."""
        if type(pattern) is not type(e):
            return None
        of: tuple[Expr, Expr] | None = None
        if isinstance(e, Partial):
            of, pattern, e = (pattern.of, e.of), pattern.by, e.by
        if not isinstance(e, Entry) or not isinstance(pattern, Entry) or pattern.name != e.name:
            return None
        at = match_indices(pattern.indices, e.indices, [r.index for r in ranges], self)
        if at is None or self.in_ranges(ranges, at) or (of and put(of[0], at) != of[1]):
            return None
        return at

    def facts(self, kind: type[T]) -> Iterable[tuple[str, T]]:
        """The facts of a kind that are declared, or said by a law, with the assumption's name."""
        for assumption in self.model.assumptions:
            for fact in assumption.facts:
                if isinstance(fact, kind):
                    yield assumption.name, fact
                elif isinstance(fact, Distributed) and kind in (Symmetric, SameLaw):
                    for said in implied(fact, self.model.family(fact.entry)):
                        if isinstance(said, kind):
                            yield assumption.name, said


def once(kept: dict[Hashable, Any], asked: Hashable, work: Callable[[], T]) -> T:
    """What the work comes to, or its refusal, worked out the first time that it is asked for."""
    found = kept.get(asked, once)
    if found is once:
        try:
            found = work()
        except Refused as no:
            found = no
        kept[asked] = found
    if isinstance(found, Refused):
        raise found.with_traceback(None)
    return found


def match_indices(
    pattern: Sequence[Expr], actual: Sequence[Expr], names: Sequence[Symbol], scope: Scope
) -> dict[Symbol, Expr] | None:
    """Values of the names at which ``pattern`` is ``actual``, each index a name plus a constant."""
    if len(pattern) != len(actual):
        return None
    at: dict[Symbol, Expr] = {}
    rest: list[tuple[Expr, Expr]] = []
    for p, a in zip(pattern, actual, strict=True):
        unknown = [n for n in names if n in p.free_symbols]
        name, more = split(p)
        if unknown == [name] and name not in at:
            at[unknown[0]] = a - more if more else a
        else:
            rest.append((p, a))
    if any(n not in at for n in names):
        return None
    return at if all(scope.order.equal(put(p, at), a) for p, a in rest) else None
