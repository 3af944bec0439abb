"""What is declared: sizes, random families, definitions, assumptions. Trusted.

A model is a list of declarations with names.  It proves nothing; what follows from it at one
place of a derivation is worked out there.  Conventions of notation live in models, never in
the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sympy import Expr, Symbol

from derive.densities import Law, is_even
from derive.errors import Undeclared
from derive.order import ZERO, Order
from derive.piecewise import Pieces
from derive.substitution import put
from derive.terms import Apply, E, Entry, Partial, Range, term


@dataclass(frozen=True)
class Family:
    """A family of symbols: one range an index; later limits may use earlier indices.

    ``raised`` says how many of the first indices are written as superscripts.  Fixed numbers may
    lie ``above`` a number and ``below`` one, both strictly.
    """

    name: str
    kind: str
    ranges: tuple[Range, ...] = ()
    raised: int = 0
    style: str = "scripts"
    above: Expr | None = None
    below: Expr | None = None

    def __getitem__(self, indices: Any) -> Entry:
        chosen = indices if isinstance(indices, tuple) else (indices,)
        if len(chosen) != len(self.ranges):
            raise Undeclared(f"{self.name} has {len(self.ranges)} indices, not {len(chosen)}")
        return Entry(self.name, *chosen)


@dataclass(frozen=True)
class Function:
    """A differentiable function of one real variable."""

    name: str

    def __call__(self, at: Expr) -> Apply:
        return Apply(self.name, 0, at)

    def prime(self, at: Expr) -> Apply:
        return Apply(self.name, 1, at)


@dataclass(frozen=True)
class Unit:
    """Part of an independence fact: one block of families, or each entry of one family.

    ``each`` of several families is each of their tuples, such as (x_i, y_i): entries with the same
    indices may depend on each other.
    """

    keys: tuple[str, ...]
    each: bool = False


@dataclass(frozen=True)
class Independent:
    """The units are mutually independent."""

    units: tuple[Unit, ...]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(k for u in self.units for k in u.keys)


@dataclass(frozen=True)
class Symmetric:
    """Every entry of the family has the law of its negative, whatever the other entries are."""

    key: str


@dataclass(frozen=True)
class SameLaw:
    """The entries of the family have one law over the slots named."""

    key: str
    slots: tuple[int, ...]


@dataclass(frozen=True)
class Nonzero:
    """``of`` is 0 with probability 0, for every index value in the ranges."""

    of: Expr
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Members:
    """An entry, a derivative or a function of an entry; all of them for the indices in ``over``."""

    of: Expr
    over: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Separate:
    """Two groups of quantities, each taken together, are independent of each other.

    It is said for every index value in the ranges, and of no other two quantities.
    """

    left: Members
    right: Members
    ranges: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Statement:
    """``left = right`` for every index value in the ranges.

    ``over`` names schematic families: the statement is about any expressions put in their
    place for which the facts in ``given`` hold.
    """

    left: Expr
    right: Expr
    ranges: tuple[Range, ...] = ()
    over: tuple[str, ...] = ()
    given: tuple[Independent, ...] = ()


@dataclass(frozen=True)
class Distributed:
    """``entry`` has the law, for every index value in the ranges; it says nothing of several."""

    entry: Entry
    law: Law
    ranges: tuple[Range, ...] = ()


Fact = Statement | Independent | Symmetric | SameLaw | Distributed | Pieces | Nonzero | Separate


@dataclass(frozen=True)
class Assumption:
    """Facts under one name; ``text`` says them to a reader."""

    name: str
    facts: tuple[Fact, ...]
    text: str


@dataclass(frozen=True)
class Definition:
    """What the entries of a family are; the right side may use the family at other indices."""

    name: str
    statement: Statement


@dataclass(frozen=True)
class Cost:
    """A differentiable function of the entries ``of``; its derivatives by them are random."""

    name: str
    of: Entry
    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class Printed:
    """What a source prints, to be compared with what is derived."""

    chain: str
    statement: Statement
    tag: str
    source: str


def ranges(*given: tuple[Any, ...]) -> tuple[Range, ...]:
    """Tuples ``(index, lo, hi)`` or ``(index, lo, hi, (but, …))`` as ranges."""
    return tuple(
        Range(r[0], term(r[1]), term(r[2]), tuple(map(term, r[3])) if len(r) > 3 else ())
        for r in given
    )


def key_of(e: Expr) -> str:
    """The name under which the sources of an entry, or of a derivative of the cost, are kept."""
    if isinstance(e, Entry):
        return e.name
    if isinstance(e, Partial) and isinstance(e.of, Entry) and isinstance(e.by, Entry):
        return f"∂{e.of.name}/∂{e.by.name}"
    raise Undeclared(f"not an entry of a family: {e}")


@dataclass
class Model:
    """Declarations, in order.  Raises Undeclared for a name that is used twice or not at all.

    ``moments`` is the standing assumption: every primitive random variable, and a declared
    function of any variable, has finite moments up to that order.
    """

    name: str
    moments: int = 2
    sizes: dict[Expr | str, int] = field(default_factory=dict)
    families: dict[str, Family] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    definitions: list[Definition] = field(default_factory=list)
    costs: dict[str, Cost] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    shows: dict[str, Expr] = field(default_factory=dict)
    printed: list[Printed] = field(default_factory=list)
    product_index: Symbol | None = None

    # -- declaring

    def _new(self, name: str) -> None:
        sizes = (s if isinstance(s, str) else s.name for s in self.sizes)
        taken = {*self.families, *self.functions, *self.costs, *sizes}
        if name in taken:
            raise Undeclared(f"{name} is declared already")

    def _family(self, family: Family) -> Family:
        self._new(family.name)
        self.families[family.name] = family
        return family

    def size(self, name: str, least: int = 1) -> Symbol:
        """An integer of at least ``least``."""
        self._new(name)
        symbol = Symbol(name)
        self.sizes[symbol] = least
        return symbol

    def size_family(self, name: str, *over: Any, least: int = 1, raised: int = 0) -> Family:
        """A family of integers of at least ``least``, such as the widths ``n_i``."""
        family = self._family(Family(name, "size", ranges(*over), raised))
        self.sizes[name] = least
        return family

    def random(self, name: str, *over: Any, raised: int = 0, style: str = "scripts") -> Family:
        """A primitive random family; nothing is assumed of its entries."""
        return self._family(Family(name, "random", ranges(*over), raised, style))

    def given(
        self,
        name: str,
        *over: Any,
        raised: int = 0,
        style: str = "scripts",
        above: Any = None,
        below: Any = None,
    ) -> Family:
        """Fixed real numbers, perhaps above a number and below one."""
        low, high = (None if b is None else term(b) for b in (above, below))
        return self._family(Family(name, "given", ranges(*over), raised, style, low, high))

    def function(self, name: str) -> Function:
        """A differentiable function of one real variable."""
        self._new(name)
        self.functions[name] = Function(name)
        return self.functions[name]

    def defined(self, name: str, *over: Any, raised: int = 0, style: str = "scripts") -> Family:
        """A family that `define` will say the entries of."""
        return self._family(Family(name, "defined", ranges(*over), raised, style))

    def define(self, left: Entry, right: object, *over: Any) -> Definition:
        """``left = right`` for the ranges given; several definitions may share a family."""
        family = self.families.get(left.name)
        if family is None or family.kind != "defined":
            raise Undeclared(f"{left.name} is not declared as a defined family")
        before = [d for d in self.definitions if d.statement.left.name == left.name]
        name = f"definition of {left.name}" + (f" ({len(before) + 1})" if before else "")
        made = Definition(name, Statement(left, term(right), ranges(*over)))
        if not _each_once(made.statement):
            raise Undeclared(f"{left} does not have each of its indices in one place")
        for other in before:
            if not apart(made.statement, other.statement, self.least):
                raise Undeclared(
                    f"{left} may be defined twice: {other.statement.left} stands already"
                )
        self.definitions.append(made)
        return made

    def cost(self, name: str, of: Entry, *over: Any) -> Entry:
        """A differentiable function of the entries ``of`` alone."""
        self._new(name)
        self.costs[name] = Cost(name, of, ranges(*over))
        return Entry(name)

    def assume(self, name: str, *facts: Fact, text: str) -> None:
        """Facts that may be used, under one name."""
        if any(a.name == name for a in self.assumptions):
            raise Undeclared(f"an assumption named {name} is declared already")
        self.assumptions.append(Assumption(name, facts, text))

    def show(self, chain: str, formula: Expr) -> None:
        """The quantity that a chain reports."""
        self.shows[chain] = formula

    def prints(
        self, chain: str, left: Expr, right: Expr, *over: Any, tag: str, source: str
    ) -> None:
        """What a source prints for the quantity of a chain."""
        self.printed.append(Printed(chain, Statement(left, right, ranges(*over)), tag, source))

    # -- asking

    def without(self, names: Iterable[str]) -> Model:
        """The same model with some assumptions taken away; raises Undeclared for an unknown one."""
        gone = set(names)
        for name in gone - {a.name for a in self.assumptions}:
            raise Undeclared(f"the model {self.name} has no assumption named {name}")
        return replace(self, assumptions=[a for a in self.assumptions if a.name not in gone])

    def family(self, e: Entry) -> Family:
        """The family of an entry; raises Undeclared."""
        if e.name not in self.families:
            raise Undeclared(f"{e.name} is not declared")
        return self.families[e.name]

    def cost_of(self, e: Partial) -> Cost | None:
        """The cost that a derivative is of, if it is the derivative of a cost."""
        return self.costs.get(e.of.name) if isinstance(e.of, Entry) else None

    def equations(self, assumption: Assumption) -> list[Statement]:
        """The equations among the facts of an assumption; what is symmetric has the mean 0."""
        found = [f for f in assumption.facts if isinstance(f, Statement)]
        for said in assumption.facts:
            if isinstance(said, Symmetric) and (f := self.families.get(said.key)) is not None:
                mean = E(f[tuple(r.index for r in f.ranges)])
                found.append(Statement(mean, ZERO, f.ranges))
        return found

    def least(self, atom: Expr) -> int | None:
        """The least value of a size."""
        return self.sizes.get(atom.name if isinstance(atom, Entry) else atom)


def _each_once(s: Statement) -> bool:
    """Whether the left side of a definition tells the indices: each is a name and a constant."""
    names = [r.index for r in s.ranges]
    places = [(a, [n for n in names if n in a.free_symbols]) for a in s.left.indices]
    found = [n for a, unknown in places for n in unknown if (a - n).is_Integer]
    return sorted(found, key=str) == sorted(names, key=str) and all(len(u) < 2 for _, u in places)


def apart(a: Statement, b: Statement, least: Callable[[Expr], int | None]) -> bool:
    """Whether two definitions are shown to speak of different entries."""
    names = {r.index: Symbol(f"{r.index} there") for r in b.ranges}
    there = (Range(names[r.index], put(r.lo, names), put(r.hi, names)) for r in b.ranges)
    order = Order((*a.ranges, *there), least)
    return any(
        order.differ(p, put(q, names)) for p, q in zip(a.left.indices, b.left.indices, strict=True)
    )


def implied(fact: Distributed, family: Family) -> tuple[Symmetric | SameLaw, ...]:
    """What a law of all entries of a family says: they may be alike, and symmetric."""
    names = tuple(r.index for r in family.ranges)
    at = dict(zip(names, fact.entry.indices, strict=True))
    own = tuple(Range(at[r.index], put(r.lo, at), put(r.hi, at), r.but) for r in family.ranges)
    whole = set(own) == set(fact.ranges) and len(own) == len(fact.ranges)
    if not whole or any(r.but for r in own):
        return ()
    moving = set().union(*(p.free_symbols for p in fact.law.parameters))
    slots = tuple(n for n, i in enumerate(fact.entry.indices) if i not in moving)
    alike = (SameLaw(family.name, slots),) if slots else ()
    return (*alike, Symmetric(family.name)) if is_even(fact.law) else alike


def identical(moment: Expr, *over: Any, at: tuple[Any, ...] = ()) -> Statement:
    """One value for all indices in ``over``: the moment equals that of the first entry.

    ``at`` ranges over the indices that stay, such as the layer; ``over`` may use them.  The
    first entry exists since sizes are at least 1.
    """
    collapsed = ranges(*over)
    first = {r.index: r.lo for r in collapsed}
    return Statement(moment, put(moment, first), (*ranges(*at), *collapsed))
