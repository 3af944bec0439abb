"""What can be shown at one place: order of indices, sources, independence, finiteness. Trusted.

A scope is a model, the ranges of the index names in force, and what has been proven so far.
Independence is worked out from sources: a quantity is *made of* the primitive random
entries that its definition reaches, and two quantities are independent when what they are
made of is.  Having something in common proves nothing, and is refused with the overlap.

Glossary: a box is a set of entries of one family, an interval for each index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, erf, exp, oo, pi
from sympy.core.numbers import Exp1

from derive.enclosure import is_positive
from derive.errors import Refused, Words
from derive.members import spoken_of
from derive.model import (
    Distributed,
    Independent,
    Model,
    Nonzero,
    SameLaw,
    Separate,
    Statement,
    Symmetric,
    implied,
    key_of,
)
from derive.order import ZERO, affine, order_among, split
from derive.terms import (
    HEADS,
    Apply,
    Delta,
    E,
    Entry,
    Integral,
    Partial,
    Product,
    Range,
    Sum,
    Var,
    factors,
    fresh,
    occurrences,
    put,
)

Uses = frozenset[str]
NOTHING: Uses = frozenset()
Slot = tuple[Expr, Expr] | None
T = TypeVar("T")


@dataclass(frozen=True)
class Box:
    """Entries of one primitive family; a slot without an interval runs over all its values."""

    key: str
    slots: tuple[Slot, ...]


Boxes = tuple[Box, ...]


@dataclass(frozen=True)
class Sources:
    """Claim: ``subject`` is a function of the primitive entries in ``boxes`` alone."""

    subject: Expr
    boxes: Boxes
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class Finite:
    """Claim: ``subject`` has finite moments up to ``order``."""

    subject: Expr
    order: int
    ranges: tuple[Range, ...]


Claim = Statement | Sources | Finite


@dataclass(frozen=True)
class Proved:
    """A claim that was shown, with the names of the assumptions that this took."""

    name: str
    claim: Claim
    uses: Uses


@dataclass(frozen=True)
class Evidence:
    """Why a group of factors could be separated: what each is made of."""

    of: Expr
    made_of: Boxes


class Scope:
    """A model at one place of a derivation."""

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
        self._checked: set[Expr] = set()
        self._sources: dict[Expr, tuple[Boxes, Uses]] = {}
        self._inner: dict[tuple[Range, ...], Scope] = {}
        self.moments: dict[Expr, Any] = {}

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

    # -- what has a meaning

    def check(self, e: Expr) -> None:
        """Refuse what has no meaning here.

        That is a name that nothing declares, an index that is not a whole number, a division
        by what was not shown to be positive, and every node that is not one of `terms`.
        """
        if e not in self._checked:
            self._check(e, ())
            self._checked.add(e)

    def _check(self, e: Expr, above: tuple[Range, ...]) -> None:
        kind = type(e)
        if kind in (Add, Mul, exp, erf, *HEADS):
            for a in e.args:
                self._check(a, above)
        elif kind is Symbol:
            if e not in self.names and all(e != r.index for r in above):
                raise Refused("{} has no meaning in this place", e)
        elif kind is Entry:
            self._check_entry(e, above)
        elif kind in (Sum, Product):
            index, *limits = e.args[1:]
            plain_name(index)
            self._check_whole(limits, above)
            self._check(e.body, (*above, e.range))
        elif kind is Pow:
            self._check_power(e, above)
        elif kind is Apply:
            if e.name not in self.model.functions or not (e.args[1].is_Integer and e.order >= 0):
                raise Refused("{} is not a declared function", e.name)
            self._check(e.at, above)
        elif kind is Partial:
            self._check_partial(e, above)
        elif kind is Delta:
            self._check_whole(e.args, above)
        elif kind is Integral:
            self._check_integral(e, above)
        elif not isinstance(e, (Rational, Exp1)) and e != pi:
            raise Refused("{} is not a term", e)

    def _check_integral(self, e: Integral, above: tuple[Range, ...]) -> None:
        """Fixed limits, and a body that is a smooth function of the variable on the whole line."""
        plain_name(e.variable)
        if e.variable in self.names or any(e.variable == r.index for r in above):
            raise Refused("{} is bound here and has a meaning outside", e.variable)
        for limit in e.limits:
            if limit not in (oo, -oo):
                self._check(limit, above)
        self._check_smooth(e.body, e.variable, above)
        if any(self.is_random(a) for a in (e.body, *e.limits) if a not in (oo, -oo)):
            raise Refused("{} has something random in it", e)

    def _check_smooth(self, e: Expr, x: Symbol, above: tuple[Range, ...]) -> None:
        if x not in e.free_symbols:
            self._check(e, above)
        elif isinstance(e, (Add, Mul, exp, erf)):
            for a in e.args:
                self._check_smooth(a, x, above)
        elif isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0:
            self._check_smooth(e.base, x, above)
        elif e != x:
            raise Refused("{} is not made of {} by sums, products, exp and erf", e, x)

    def _check_entry(self, e: Entry, above: tuple[Range, ...]) -> None:
        if e.name not in self.over and len(e.indices) != len(self.model.family(e).ranges):
            raise Refused("{} has not the number of indices that was declared", e)
        self._check_whole(e.indices, above)

    def _check_partial(self, e: Partial, above: tuple[Range, ...]) -> None:
        places = [e.by] if self.model.cost_of(e) else [e.of, e.by]
        for place in places:
            kind = self.model.family(place).kind if type(place) is Entry else ""
            if kind not in ("random", "given", "defined"):
                raise Refused("{} is not a derivative of declared things", e)
            self._check_entry(place, above)

    def _check_power(self, e: Pow, above: tuple[Range, ...]) -> None:
        base, exponent = e.args
        self._check(base, above)
        if exponent.is_Integer and exponent > 0:
            return
        inner = self.within(above)
        if not isinstance(exponent, Rational):
            self._check_whole((exponent,), above)
            if inner.order.leq(ZERO, exponent):
                return
        if not inner.positive(base):
            raise Refused("{} was not shown to be positive, so {} may have no value", base, e)

    def _check_whole(self, numbers: Sequence[Expr], above: tuple[Range, ...]) -> None:
        for e in numbers:
            kind = type(e)
            if kind is Symbol:
                self._check(e, above)
            elif kind is Entry and (e.name in self.over or self.model.family(e).kind == "size"):
                self._check_entry(e, above)
            elif kind in (Add, Mul):
                self._check_whole(e.args, above)
            elif kind is Pow and e.exp.is_Integer and e.exp > 0:
                self._check_whole((e.base,), above)
            elif not e.is_Integer:
                raise Refused("{} is no whole number that is fixed", e)

    def exists(self, e: Expr) -> None:
        """Refuse an expression with an entry outside the ranges declared for its family."""
        for a, above in occurrences(e, (Entry, Partial)):
            place = a.by if isinstance(a, Partial) else a
            if place.name not in self.over:
                over = self.model.family(place).ranges
                at = {r.index: value for r, value in zip(over, place.indices, strict=True)}
                missing = self.within(above).in_ranges(over, at)
                if missing:
                    raise Refused("{} may not exist: {} was not shown", place, missing)

    def whole(self, e: Expr) -> Expr:
        """The expression, if it is a fixed whole number here; raises Refused."""
        self._check_whole((e,), ())
        return e

    def positive(self, e: Expr) -> bool:
        """Whether a number is shown to be positive.

        Variances of primitive variables are, and so are their even moments.
        """
        if isinstance(e, Rational):
            return bool(e > 0)
        if isinstance(e, (exp, Exp1)) or e == pi:
            return True
        if isinstance(e, (Add, Mul)) and all(map(self.positive, e.args)):
            return True
        if isinstance(e, Add) and self._above(e):
            return True
        if isinstance(e, Pow):
            return self.positive(e.base)
        if isinstance(e, erf):
            return self.positive(e.args[0])
        if isinstance(e, (Add, Mul, Entry)) and self._bounded(e):
            return True
        if not e.free_symbols and not e.atoms(Entry):
            return is_positive(e)
        if isinstance(e, Product):
            body, _, inner = self.open(e)
            return inner.positive(body)
        if isinstance(e, Var):
            x = e.args[0]
            if isinstance(x, Entry):
                return x.name not in self.over and self.model.family(x).kind == "random"
            return isinstance(x, Partial) and self.is_top(x)
        if isinstance(e, E):
            base, power = e.args[0].as_base_exp()
            return bool(power.is_Integer and power % 2 == 0) and self.positive(Var(base))
        return self.order.leq(Integer(1), e)

    def _above(self, e: Add) -> bool:
        """Whether one term of a sum is positive and no other one is negative."""
        others = [a for a in e.args if not _even(a)]
        return any(map(self.positive, e.args)) and all(map(self.positive, others))

    def _bounded(self, e: Expr) -> bool:
        """Whether the bounds that were declared for a fixed number make the sum positive."""
        for t in Add.make_args(e):
            c, x = t.as_coeff_Mul()
            if isinstance(x, Entry) and x.name not in self.over:
                family = self.model.family(x)
                bound = family.above if c.is_positive else family.below
                if bound is not None and len(x.indices) == len(family.ranges):
                    names = (r.index for r in family.ranges)
                    least = e - t + c * put(bound, dict(zip(names, x.indices, strict=True)))
                    if least == 0 or self.positive(least):
                        return True
        return False

    # -- what is random, and what it is made of

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

    def sources(self, e: Expr) -> tuple[Boxes, Uses]:
        """The primitive entries that an expression is made of, and the assumptions behind it.

        Raises Refused for a recursively defined entry of which no sources were proved.
        """
        if e not in self._sources:
            boxes, uses = self._sources_of(e)
            self._sources[e] = tuple(dict.fromkeys(boxes)), uses
        return self._sources[e]

    def _sources_of(self, e: Expr) -> tuple[Boxes, Uses]:
        if not e.args or isinstance(e, (*HEADS, Delta, Integral)):
            return (), NOTHING
        if isinstance(e, (Sum, Product)):
            body, over, inner = self.open(e)
            boxes, uses = inner.sources(body)
            return tuple(widen(b, over, self) for b in boxes), uses
        if isinstance(e, Entry):
            return self._sources_of_entry(e)
        if isinstance(e, Partial):
            if self.is_top(e):
                return (point(key_of(e), e.by.indices),), NOTHING
            return self._proved_sources(e)
        if isinstance(e, Apply):
            return self.sources(e.at)
        if isinstance(e, (Add, Mul, Pow, exp, erf)):
            found = [self.sources(a) for a in e.args]
            return tuple(b for bs, _ in found for b in bs), NOTHING.union(*(u for _, u in found))
        raise Refused("the sources of {} are not known", e)

    def _sources_of_entry(self, e: Entry) -> tuple[Boxes, Uses]:
        if e.name in self.over:
            return (point(e.name, e.indices),), NOTHING
        kind = self.model.family(e).kind
        if kind in ("size", "given"):
            return (), NOTHING
        if kind == "random":
            return (point(e.name, e.indices),), NOTHING
        try:
            return self._proved_sources(e)
        except Refused:
            defined = self.definition_of(e)
            if defined is None or _mentions_family(defined, e.name):
                raise
            return self.sources(defined)

    def _proved_sources(self, e: Expr) -> tuple[Boxes, Uses]:
        for p in self.proved:
            if isinstance(p.claim, Sources):
                at = self.instance_of(p.claim.subject, p.claim.ranges, e)
                if at is not None:
                    return tuple(put_box(b, at) for b in p.claim.boxes), p.uses
        for right, uses in self._equal_to(e):
            boxes, more = self.sources(right)
            return boxes, uses | more
        raise Refused("what {} is made of was not proved", e)

    def definition_of(self, e: Entry) -> Expr | None:
        """The right side of the one definition that covers an entry here, if one is shown to."""
        for d in self.model.definitions:
            s = d.statement
            at = self.instance_of(s.left, s.ranges, e)
            if at is not None:
                right = put(s.right, at)
                self.check(right)
                return right
        return None

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

    # -- independence

    def independent(self, groups: Sequence[Sequence[Expr]]) -> tuple[Uses, tuple[Evidence, ...]]:
        """The assumptions that make the groups mutually independent; raises Refused.

        It is enough that, one after another, each group is independent of all that are left
        together.  What a group is made of is evidence only where that was the reason.
        """
        uses, told = NOTHING, set[int]()
        left = list(range(len(groups)))
        while len(left) > 1:
            refusals: list[Refused] = []
            for n in left if len(left) > 2 else left[:1]:
                rest = [m for m in left if m != n]
                try:
                    more, because = self._group_apart(groups[n], [groups[m] for m in rest])
                except Refused as no:
                    refusals.append(no)
                    continue
                uses, told = uses | more, told | ({n, *rest} if because else set())
                left = rest
                break
            else:
                raise refusals[0]
        evidence = tuple(Evidence(Mul(*groups[n]), self._joint(groups[n])[0]) for n in sorted(told))
        return uses, evidence

    def _group_apart(
        self, group: Sequence[Expr], rest: Sequence[Sequence[Expr]]
    ) -> tuple[Uses, bool]:
        """Independence of one group from others together, and whether by what they are made of."""
        others = [e for g in rest for e in g]
        try:
            (a, uses), (b, more) = self._joint(group), self._joint(others)
            return uses | more | self.apart(a, b), True
        except Refused:
            for name, fact in self.facts(Separate):
                if self._said(fact, group, others):
                    return frozenset({name}), False
            raise

    def _joint(self, group: Sequence[Expr]) -> tuple[Boxes, Uses]:
        found = [self.sources(e) for e in group]
        boxes = tuple(dict.fromkeys(b for bs, _ in found for b in bs))
        return boxes, NOTHING.union(*(u for _, u in found))

    def apart(self, a: Boxes, b: Boxes) -> Uses:
        """Independence of everything in ``a``, jointly, from everything in ``b``.

        A fact that covers all families involved splits the question into one for each of its
        units: if unit U is independent of unit V, then A is independent of B as soon as the
        parts of A and B in U are, and the parts in V are.
        """
        if not a or not b:
            return NOTHING
        keys = frozenset(x.key for x in (*a, *b))
        for name, fact in self._independence_facts():
            if not keys <= fact.keys:
                continue
            parts = [(u, _part(a, u.keys), _part(b, u.keys)) for u in fact.units]
            touched = [u for u, p, q in parts if p or q]
            if len(touched) == 1 and not touched[0].each:
                continue
            try:
                uses: Uses = frozenset({name} if name else ())
                for unit, p, q in parts:
                    if unit.each:
                        self._disjoint(p, q)
                    else:
                        uses |= self.apart(p, q)
                return uses
            except Refused:
                continue
        raise self._overlap(a, b)

    def _independence_facts(self) -> Iterable[tuple[str, Independent]]:
        for fact in self.given:
            yield "", fact
        yield from self.facts(Independent)

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

    def each_apart(self, key: str) -> Uses:
        """The assumption that makes a family's entries mutually independent; raises Refused."""
        for name, fact in self._independence_facts():
            if any(u.each and key in u.keys for u in fact.units):
                return frozenset({name} if name else ())
        raise Refused("the entries of {} were not declared independent of each other", key)

    def never_zero(self, e: Expr) -> Uses | None:
        """The assumption that an expression is 0 with probability 0, if there is one."""
        for name, fact in self.facts(Nonzero):
            if self.instance_of(fact.of, fact.ranges, e) is not None:
                return frozenset({name})
        return None

    def _said(self, fact: Separate, a: Sequence[Expr], b: Sequence[Expr]) -> bool:
        """Whether a fact was declared of just these quantities, at index values in range."""
        one, two = ([e for e in group if self.is_random(e)] for group in (a, b))
        return any(
            not any(self.in_ranges(ranges, at) for ranges, at in needed)
            for needed in spoken_of(fact, one, two, self.order)
        )

    def _disjoint(self, a: Boxes, b: Boxes) -> None:
        for p in a:
            for q in b:
                if p.key == q.key and not self._boxes_disjoint(p, q):
                    raise Refused("{} and {} may share an entry", p, q)

    def _boxes_disjoint(self, p: Box, q: Box) -> bool:
        for s, t in zip(p.slots, q.slots, strict=True):
            if s is None or t is None:
                continue
            if self.order.less(s[1], t[0]) or self.order.less(t[1], s[0]):
                return True
            if s[0] == s[1] and t[0] == t[1] and self.order.differ(s[0], t[0]):
                return True
        return False

    def _overlap(self, a: Boxes, b: Boxes) -> Refused:
        for p in a:
            for q in b:
                if p.key == q.key and not self._boxes_disjoint(p, q):
                    return NotIndependent(a, b, (p, q))
        return NotIndependent(a, b, None)

    # -- finiteness

    def finite(self, e: Expr) -> tuple[Expr, Uses]:
        """An order up to which the moments of an expression are shown to be finite.

        Independent factors keep the least order among them; otherwise the reciprocals of the
        orders add up (Hölder).
        """
        if not self.is_random(e):
            return oo, NOTHING
        standing = Integer(self.model.moments)
        if isinstance(e, Entry) and (e.name in self.over or self.model.family(e).kind == "random"):
            return standing, NOTHING
        if isinstance(e, Apply) or (isinstance(e, Partial) and self.is_top(e)):
            return standing, NOTHING
        if isinstance(e, (Entry, Partial)):
            return self._proved_finite(e)
        if isinstance(e, Sum):
            body, _, inner = self.open(e)
            return inner.finite(body)
        if isinstance(e, Add):
            found = [self.finite(a) for a in e.args]
            return min(o for o, _ in found), NOTHING.union(*(u for _, u in found))
        if isinstance(e, (Mul, Pow)):
            parts = [p for p in factors(e) if self.is_random(p)]
            if any(isinstance(p, Pow) for p in parts):
                return Integer(0), NOTHING
            found = [self.finite(p) for p in parts]
            uses = NOTHING.union(*(u for _, u in found))
            try:
                apart, _ = self.independent([[p] for p in parts])
                return min(o for o, _ in found), uses | apart
            except Refused:
                if any(o == 0 for o, _ in found):
                    return Integer(0), NOTHING
                return 1 / sum((Rational(1) / o for o, _ in found), Integer(0)), uses
        return Integer(0), NOTHING

    def _proved_finite(self, e: Expr) -> tuple[Expr, Uses]:
        for p in self.proved:
            if isinstance(p.claim, Finite) and self.instance_of(p.claim.subject, p.claim.ranges, e):
                return Integer(p.claim.order), p.uses
        for right, uses in self._equal_to(e):
            order, more = self.finite(right)
            return order, uses | more
        defined = self.definition_of(e) if isinstance(e, Entry) else None
        if defined is not None and isinstance(e, Entry) and not _mentions_family(defined, e.name):
            return self.finite(defined)
        return Integer(0), NOTHING

    def _equal_to(self, e: Expr) -> Iterable[tuple[Expr, Uses]]:
        """What a derivative was proved to be equal to."""
        for p in self.proved if isinstance(e, Partial) else ():
            if isinstance(p.claim, Statement) and not p.claim.over:
                at = self.instance_of(p.claim.left, p.claim.ranges, e)
                if at is not None:
                    yield put(p.claim.right, at), p.uses

    # -- inclusion of sources

    def includes(self, outer: Boxes, inner: Boxes) -> bool:
        """Whether every box of ``inner`` lies in a box of ``outer``."""
        return all(any(self._inside(p, q) for q in outer) for p in inner)

    def _inside(self, p: Box, q: Box) -> bool:
        if p.key != q.key:
            return False
        for s, t in zip(p.slots, q.slots, strict=True):
            if t is None:
                continue
            if s is None or not (self.order.leq(t[0], s[0]) and self.order.leq(s[1], t[1])):
                return False
        return True


class NotIndependent(Refused):
    """Independence that was not shown; keeps what both sides are made of and what they share."""

    def __init__(self, a: Boxes, b: Boxes, shared: tuple[Box, Box] | None) -> None:
        self.a, self.b, self.shared = a, b, shared
        if shared is None:
            keys = ", ".join(sorted({x.key for x in a})), ", ".join(sorted({x.key for x in b}))
            reason = f"no declared independence covers {keys[0]} and {keys[1]}"
            needs = f"{keys[0]} independent of {keys[1]}"
        else:
            reason = f"both sides are made of {shared[0].key}"
            needs = f"the two parts of {shared[0].key} to be disjoint and its entries independent"
        super().__init__("{}", reason, needs=needs)


def plain_name(index: Expr) -> None:
    """Names are plain: SymPy simplifies by what is said of a name, which nothing here shows."""
    if type(index) is not Symbol or index != Symbol(index.name):
        raise Refused("{} is no plain name", index)


def point(key: str, indices: Sequence[Expr]) -> Box:
    """One entry as a box."""
    return Box(key, tuple((i, i) for i in indices))


def put_box(box: Box, at: dict[Symbol, Expr]) -> Box:
    """The box with values put in for index names."""
    slots = tuple(s and (put(s[0], at), put(s[1], at)) for s in box.slots)
    return replace(box, slots=slots)


def widen(box: Box, over: Range, scope: Scope) -> Box:
    """A box that contains the given one for every value of an index in its range."""
    return replace(box, slots=tuple(_widen(s, over, scope) for s in box.slots))


def _widen(slot: Slot, over: Range, scope: Scope) -> Slot:
    if slot is None:
        return None
    low, high = (_extreme(e, over, least) for e, least in zip(slot, (True, False), strict=True))
    return None if low is None or high is None else (low, high)


def _extreme(e: Expr, over: Range, least: bool) -> Expr | None:
    if over.index not in e.free_symbols:
        return e
    linear = affine(e)
    if linear is None:
        return None
    slope = linear[0].get(over.index, 0)
    if any(over.index in a.free_symbols for a in linear[0] if a != over.index):
        return None
    return put(e, over.index, over.lo if (slope > 0) == least else over.hi)


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


def _part(boxes: Boxes, keys: tuple[str, ...]) -> Boxes:
    return tuple(b for b in boxes if b.key in keys)


def _even(e: Expr) -> bool:
    """Whether a term is an even power times a positive number: not negative, whatever its sign."""
    number, power = e.as_coeff_Mul()
    exponent = power.as_base_exp()[1]
    return bool(number > 0 and exponent.is_Integer and exponent % 2 == 0 and exponent > 0)


def _mentions_family(e: Expr, name: str) -> bool:
    if isinstance(e, Entry) and e.name == name:
        return True
    return any(_mentions_family(a, name) for a in e.args if isinstance(a, Expr))
