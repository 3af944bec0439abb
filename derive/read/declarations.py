"""A model in the declaration language, one statement a line. Not trusted: what is written is read
back, and `difference` says whether it is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sympy import Expr, Symbol, oo

from derive.errors import Refused
from derive.model import (
    Assumption,
    Cost,
    Distributed,
    Fact,
    Family,
    Independent,
    Model,
    Nonzero,
    SameLaw,
    Separate,
    Statement,
    Symmetric,
    Unit,
)
from derive.piecewise import Pieces
from derive.read.ranges import ranges_of
from derive.read.values import Mismatch
from derive.substitution import put
from derive.terms import Entry, Partial, Range
from derive.writing import formula
from derive.writing.formula import SOURCE
from derive.writing.laws import distributed
from derive.writing.layout import layout
from derive.writing.writer import Writer

NAMED = re.compile(r"[a-z][a-z0-9-]*")
ALL = Symbol(":")
LEFT_OUT = re.compile(r"_:|_\{:(?:,:)*\}|\^:|\^\{:(?:,:)*\}|\[:(?:,:)*\]")


def declarations(model: Model) -> list[str]:
    """The statements that declare a model; raises Refused for what the language cannot say."""
    return list(Declarations(model).statements())


class Declarations:
    """Writes the statements of one model."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def statements(self) -> Iterable[str]:
        m = self.model
        for size, at_least in m.sizes.items():
            if isinstance(size, Symbol):
                yield f"size {self.term(size)}{_least(at_least)}"
        for family in m.families.values():
            if family.kind != "defined":
                size = family.kind == "size"
                least = _least(m.sizes[family.name]) if size else self.bounds(family)
                yield f"{family.kind} {self.entry(family)}{least}{self.over(family.ranges)}"
        for name in m.functions:
            yield f"given {self.term(Entry(name))}(u)"
        for d in m.definitions:
            yield f"let {self.equation(d.statement)}{self.over(d.statement.ranges)}"
        for cost in m.costs.values():
            yield f"cost {self.term(Entry(cost.name))} of {self.bare(_open(cost))}"
        for a in m.assumptions:
            name = f"{a.name}: " if NAMED.fullmatch(a.name) else ""
            yield f"assume {name}{self.facts(a) if name else self.together(a)}"
        for chain, shown in m.shows.items():
            yield f"show {chain}: {self.term(shown)}"
        if m.product_index is not None:
            yield f"show products over {self.term(m.product_index)}"
        for p in m.printed:
            where = self.unless_plain(p.statement, (p.statement.left, p.statement.right))
            relation = f"{self.equation(p.statement)}{where}"
            yield f"printed {p.chain}: {relation} \\tag{{{p.tag}}} in {p.source}"

    def bounds(self, family: Family) -> str:
        """Between which numbers fixed ones lie."""
        above, below = (None if b is None else self.term(b) for b in (family.above, family.below))
        if above is not None and below is not None:
            return f" in ({above}, {below})"
        return f" > {above}" * (above is not None) + f" < {below}" * (below is not None)

    # -- facts

    def facts(self, a: Assumption) -> str:
        """What an assumption says."""
        return "; ".join(self.fact(f) for f in a.facts)

    def together(self, a: Assumption) -> str:
        """What an assumption without a name says, as one: moments alike over the same indices."""
        said = [self.fact(f).partition(" over ") for f in a.facts]
        ends = {(what.startswith("same ") and over, end) for what, over, end in said}
        if len(said) < 2 or len(ends) > 1 or not all(over for over, _ in ends):
            return self.facts(a)
        what = ", ".join(what.removeprefix("same ") for what, _, _ in said)
        return f"same {what} over {said[0][2]}"

    def fact(self, f: Fact) -> str:
        if isinstance(f, Independent):
            return self.independent(f)
        if isinstance(f, Symmetric):
            return f"symmetric {self.unit(Unit((f.key,)))}"
        if isinstance(f, SameLaw):
            over = ", ".join(self.term(self._entry(f.key).indices[n]) for n in f.slots)
            return f"same law {self.unit(Unit((f.key,), each=True))} over {over}"
        if isinstance(f, Distributed):
            said = Statement(f.entry, f.entry, f.ranges)
            where = self.unless_plain(said, (f.entry, *f.law.parameters))
            return distributed(f, Writer(self.model, SOURCE)) + where
        if isinstance(f, Pieces):
            return self.pieces(f)
        if isinstance(f, Nonzero):
            return f"P[{self.term(f.of)} = 0] = 0{self.unless_plain(f, (f.of,))}"
        if isinstance(f, Separate):
            return self.separate(f)
        return self.relation(f)

    def pieces(self, f: Pieces) -> str:
        """A function by cases, with nothing said of the values at the breaks."""
        at = self.term(f.at)
        head, cases = f"{self.term(Entry(f.function))}({at})", []
        for lo, hi, value in f.pieces:
            if (lo, hi) == (-oo, oo):
                return f"{head} = {self.term(put(value, f.at, Entry(f.at.name)))}"
            where = f"{at} < {self.term(hi)}" if lo == -oo else f"{at} > {self.term(lo)}"
            if -oo < lo and hi < oo:
                where = f"{self.term(lo)} < {at} < {self.term(hi)}"
            written = self.term(put(value, f.at, Entry(f.at.name)))
            cases.append(f"{written} & {where}")
        rows = r" \\ ".join(cases)
        return rf"{head} = \begin{{cases}} {rows} \end{{cases}}"

    def separate(self, f: Separate) -> str:
        """Two quantities, or all of a kind at once, that are independent."""
        sides = f.left, f.right
        firsts = [put(m.of, {r.index: r.lo for r in m.over}) for m in sides]
        left, right = (self.bare(put(m.of, {r.index: ALL for r in m.over})) for m in sides)
        return f"{left} independent of {right}{self.unless_plain(f, firsts)}"

    def independent(self, f: Independent) -> str:
        alone = all(len(u.keys) == 1 or u.each for u in f.units)
        if alone and (len(f.units) != 2 or _any_each(f)):
            return f"independent {', '.join(map(self.unit, f.units))}"
        if len(f.units) == 2 and not _any_each(f):
            ones, others = (
                ", ".join(self.unit(Unit((k,))) for k in u.keys)
                for u in sorted(f.units, key=lambda u: len(u.keys) > 1)
            )
            return f"{ones} independent of {others}"
        raise Refused("the declaration language has no words for {}", f)

    def unit(self, u: Unit) -> str:
        """A family or a derivative of the cost: as a whole, or each entry of it; tuples."""
        if len(u.keys) > 1:
            return f"({', '.join(self.unit(Unit((k,), True)) for k in u.keys)})"
        (key,) = u.keys
        entry = self._entry(key)
        if key in self.model.families:
            return self.term(entry) if u.each else self.term(Entry(entry.name))
        cost = self._cost(key)
        if cost.of.name == entry.name:
            by = cost.of if u.each else _open(cost)
        else:
            by = entry if u.each else Entry(entry.name)
        return self.bare(Partial(Entry(cost.name), by))

    def _entry(self, key: str) -> Entry:
        """An entry of the family that a key speaks of, with its own names for the indices."""
        family = self.model.families.get(key.rpartition("/∂")[2])
        if family is None:
            raise Refused("nothing is declared that has the sources {}", key)
        return Entry(family.name, *(r.index for r in family.ranges))

    def _cost(self, key: str) -> Cost:
        for cost in self.model.costs.values():
            if key.startswith(f"∂{cost.name}/∂"):
                return cost
        raise Refused("{} is no derivative of a cost", key)

    def relation(self, s: Statement) -> str:
        """An equation, or the moment that is the same for all entries."""
        if s.given or len(s.over) > 1:
            raise Refused("the declaration language has no words for {}", s)
        for n in reversed(range(len(s.ranges))):
            gone = s.ranges[n:]
            first = put(s.left, {r.index: r.lo for r in gone})
            if first == s.right != s.left:
                over = ", ".join(self.term(r.index) for r in gone)
                where = self.unless_plain(s, (s.left,), gone)
                return f"same {self.term(s.left)} over {over}{where}"
        where = self.unless_plain(s, (s.left, s.right))
        plain = {Entry(name): Entry(name.rstrip("'")) for name in s.over}
        return self.equation(Statement(put(s.left, plain), put(s.right, plain))) + where

    # -- formulas and ranges

    def equation(self, s: Statement) -> str:
        return formula.write(s, self.model, SOURCE)

    def term(self, e: Expr) -> str:
        return formula.write(e, self.model, SOURCE)

    def bare(self, e: Expr) -> str:
        """A term whose indices ``:`` are left out where that can be read."""
        return LEFT_OUT.sub("", self.term(e))

    def entry(self, family: Family) -> str:
        return self.term(Entry(family.name, *(r.index for r in family.ranges)))

    def over(self, ranges: Sequence[Range]) -> str:
        """The ``for`` of a statement."""
        return f" for {formula.ranges(ranges, self.model, SOURCE)}" if ranges else ""

    def unless_plain(
        self, s: Statement | Nonzero | Separate, read: Sequence[Expr], last: Sequence[Range] = ()
    ) -> str:
        """The ``for`` of a fact, unless a reader finds the same ranges without it."""
        try:
            found = ranges_of(read, self.model)
        except Mismatch:
            found = ()
        if (*(r for r in found if r not in last), *last) == s.ranges:
            return ""
        return self.over(s.ranges)


def _least(least: int) -> str:
    return "" if least == 1 else f" >= {least}"


def _open(cost: Cost) -> Entry:
    """What a cost is of, each index over its range as ``:``."""
    own = {r.index for r in cost.ranges}
    return Entry(cost.of.name, *(ALL if i in own else i for i in cost.of.indices))


def _any_each(f: Independent) -> bool:
    return any(u.each for u in f.units)


# -- comparing models


def difference(a: Model, b: Model) -> str:
    """The first thing in which two models differ, names and order of families apart; or ""."""
    for what, x, y in (
        ("sizes", a.sizes, b.sizes),
        ("functions", a.functions, b.functions),
        ("families", _families(a), _families(b)),
        ("costs", _costs(a), _costs(b)),
        ("definitions", a.definitions, b.definitions),
        ("shows", a.shows, b.shows),
        ("product index", a.product_index, b.product_index),
        ("printed", _printed(a, b), _printed(b, a)),
        ("assumptions", len(a.assumptions), len(b.assumptions)),
        ("standing assumption", a.moments, b.moments),
    ):
        if x != y:
            return what
    for p, q in zip(a.assumptions, b.assumptions, strict=True):
        if p.name != q.name or list(map(_fact, p.facts)) != list(map(_fact, q.facts)):
            return f"assumption {p.name}"
    return ""


def _families(model: Model) -> dict[str, object]:
    """Families without the names of their indices."""
    return {
        f.name: (f.kind, layout(f, len(f.ranges)), _unnamed(f.ranges), *_bounds(f))
        for f in model.families.values()
    }


def _bounds(f: Family) -> tuple[object, object]:
    names = {r.index: Symbol(f"_{n}") for n, r in enumerate(f.ranges)}
    above, below = (None if b is None else put(b, names) for b in (f.above, f.below))
    return above, below


def _costs(model: Model) -> dict[str, object]:
    found: dict[str, object] = {}
    for c in model.costs.values():
        names = {r.index: Symbol(f"_{n}") for n, r in enumerate(c.ranges)}
        found[c.name] = put(c.of, names), _unnamed(c.ranges)
    return found


def _unnamed(ranges: Sequence[Range]) -> list[tuple[Expr, ...]]:
    names = {r.index: Symbol(f"_{n}") for n, r in enumerate(ranges)}
    return [tuple(put(e, names) for e in (r.lo, r.hi, *r.but)) for r in ranges]


def _printed(model: Model, other: Model) -> list[object]:
    """What is printed; ranges only where both models say them."""
    said = len(model.printed) == len(other.printed) and [
        bool(p.statement.ranges and q.statement.ranges)
        for p, q in zip(model.printed, other.printed, strict=True)
    ]
    return [
        (p.chain, p.statement.left, p.statement.right, p.tag, " ".join(p.source.split()))
        + (p.statement.ranges if said and said[n] else ())
        for n, p in enumerate(model.printed)
    ]


def _fact(f: Fact) -> object:
    """A fact; in an independence, the order of units does not matter."""
    if isinstance(f, Independent):
        return frozenset((frozenset(u.keys), u.each) for u in f.units)
    return f
