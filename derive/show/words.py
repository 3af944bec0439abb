"""Declarations and sources in words: assumptions, what a thing is made of. Not trusted.

A `Voice` speaks one form of output over one model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from sympy import Expr, Integer, Symbol, oo

from derive.boxes import Box, Slot
from derive.model import (
    Assumption,
    Distributed,
    Fact,
    Independent,
    Members,
    Model,
    Nonzero,
    SameLaw,
    Separate,
    Statement,
    Symmetric,
    Unit,
    key_of,
)
from derive.piecewise import Pieces
from derive.show.lines import tied
from derive.substitution import put
from derive.terms import HEADS, Apply, Entry, Partial, Range
from derive.writing.formula import ASCII, TEXT, ranges, write
from derive.writing.laws import distributed
from derive.writing.layout import layout, within
from derive.writing.spelling import Spelling, script
from derive.writing.writer import Writer

SIGNS = "∂Σ∏…·²≠≥≤✓✗δ∫∞π"
_ASCII = str.maketrans({
    "∂": "d", "Σ": "sum", "∏": "prod", "…": "..", "·": "*", "²": "^2", "≠": "!=", "≥": ">=",
    "≤": "<=", "✓": "+", "✗": "x", "δ": "delta", "–": "-", "—": "-", "√": "sqrt", "×": "x",
    "→": "->", "≈": "~", "∝": "~", "∫": "int", "∞": "inf", "π": "pi",
})  # fmt: skip


def form_for(encoding: str) -> Spelling:
    """The form of output that an encoding can carry."""
    try:
        SIGNS.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return TEXT


def spelled(words: str, form: Spelling) -> str:
    """Plain words, which may have mathematical signs in them."""
    return words.translate(_ASCII) if form is ASCII else words


def in_pieces(model: Model, function: str) -> bool:
    """Whether a function is assumed to be one thing here and another there."""
    facts = (f for a in model.assumptions for f in a.facts)
    return any(isinstance(f, Pieces) and f.function == function for f in facts)


class Voice:
    """Says formulas, ranges, sources and assumptions in one form of output."""

    def __init__(self, model: Model, form: Spelling = TEXT) -> None:
        self.model = model
        self.form = form

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self.model, self.form)

    def text(self, words: str) -> str:
        """Plain words, which may have mathematical signs in them."""
        return spelled(words, self.form)

    def title(self, name: str) -> str:
        """The name of a part of a derivation."""
        return self.text(re.sub(r"\[(\S+) (for [^]]+)\](.*)", r"[\1]\3, \2", name))

    def formula(self, e: Expr | Statement) -> str:
        """A formula in one line."""
        return self.math(write(e, self.model, self.form))

    def ranges(self, over: Iterable[Range]) -> str:
        """Index ranges in one line."""
        return self.math(ranges(over, self.model, self.form))

    def math(self, written: str) -> str:
        """What is written in signs, among words."""
        return written

    def spell(self, thing: object) -> str:
        """Whatever stands in the gaps of a refusal."""
        if isinstance(thing, Box):
            return self.boxes((thing,))
        if isinstance(thing, (Expr, Statement)):
            return self.formula(thing)
        if isinstance(thing, Members):
            return self.members(thing)
        if isinstance(thing, tuple):
            return self.boxes(b for b in thing if isinstance(b, Box))
        return self.text(str(thing))

    def index(self, e: Expr) -> str:
        """A value of an index, without spaces."""
        return self._writer.index(e)

    # -- entries and families

    def member(self, name: str) -> str:
        """A member of a family, with a name for every index: W^i_{l,k}."""
        over = self.model.families[name].ranges
        return self.formula(Entry(name, *(r.index for r in over)))

    def entry(self, name: str, indices: Sequence[Expr | None]) -> str:
        """An entry of which some indices are left out."""
        marks = layout(self.model.families.get(name), len(indices))
        places: dict[str, list[str]] = {"^": [], "_": [], "[": []}
        for mark, i in zip(marks, indices, strict=True):
            places[mark].append(self.form.dot if i is None else self._writer.index(i))
        unit = within(marks)
        own = [i for mark, i in zip(marks, indices, strict=True) if mark == unit]
        if all(i is None for i in own) or all(i is None for i in indices[1:]):
            places[unit] = [self._writer.index(i) for i in own if i is not None]
        above, below, inside = (",".join(places[mark]) for mark in "^_[")
        written = self.form.letter(name)
        written += f"^{script(above)}" if above else ""
        written += f"_{script(below)}" if below else ""
        return written + (f"[{inside}]" if inside else "")

    def block(self, key: str) -> str:
        """All entries that are kept under a key: a family, or the derivatives at the top."""
        for cost in self.model.costs.values():
            if key == f"∂{cost.name}/∂{cost.of.name}":
                names = {r.index for r in cost.ranges}
                return self.math(
                    self._by(key, [None if i in names else i for i in cost.of.indices])
                )
        return self.math(self.form.letter(key))

    def _by(self, key: str, indices: Sequence[Expr | None]) -> str:
        """An entry of a family, or a derivative of the cost by one."""
        if key.startswith("∂"):
            of, _, by = key[1:].partition("/∂")
            sign = self.form.partial
            return f"{sign}{self.form.letter(of)}/{sign}{self.entry(by, indices)}"
        return self.entry(key, indices)

    # -- sources

    def boxes(self, boxes: Iterable[Box]) -> str:
        """Sets of sources: x, W^0 … W^{i-1}."""
        return self.math(", ".join(self._box(b.key, b.slots) for b in boxes))

    def _box(self, key: str, slots: Sequence[Slot]) -> str:
        low = [s and s[0] for s in slots]
        high = [s and s[1] for s in slots]
        first = self._by(key, low)
        return first if low == high else f"{first}{self.form.to}{self._by(key, high)}"

    # -- assumptions

    def named(self, names: str) -> str:
        """Names of assumptions; where one is LaTeX, what it says."""
        latex = (a for a in self.model.assumptions if "\\" in a.name and a.name in names)
        for a in sorted(latex, key=lambda a: len(a.name), reverse=True):
            names = names.replace(a.name, self.assumption(a))
        return names

    def assumption(self, a: Assumption) -> str:
        """What an assumption says."""
        alike: dict[Expr, list[Statement]] = {}
        said: list[str] = []
        for fact in a.facts:
            if isinstance(fact, Statement) and fact.over:
                said.append(self.formula(_as_declared(fact, a.text)))
            elif isinstance(fact, Statement) and _says_alike(fact):
                alike.setdefault(fact.left.args[0], []).append(fact)
            else:
                said.append(self.fact(fact))
        said += [self._alike(facts) for facts in alike.values()]
        return "; ".join(said) or self.text(a.text)

    def _alike(self, facts: list[Statement]) -> str:
        heads = " and ".join(tied(self.formula(s.left)) for s in facts)
        over = facts[0]
        names = [r.index for r in over.ranges if put(over.left, r.index, r.lo) != over.left]
        kept = [n for n in names if n in over.right.free_symbols]
        all_of = self.math(", ".join(self._writer.letter(n) for n in names if n not in kept))
        return f"same {heads} {tied(f'for all {all_of}')}"

    def fact(self, fact: Fact) -> str:
        """What a fact says."""
        if isinstance(fact, Independent):
            return self._independent(fact.units)
        if isinstance(fact, Symmetric):
            return f"the {self.member(fact.key)} symmetric about 0"
        if isinstance(fact, SameLaw):
            over = self.model.families[fact.key].ranges
            names = self.math(", ".join(self._writer.letter(over[n].index) for n in fact.slots))
            return f"the {self.member(fact.key)} of one law for all {names}"
        if isinstance(fact, Distributed):
            return self.math(distributed(fact, self._writer))
        if isinstance(fact, Pieces):
            return self._pieces(fact)
        if isinstance(fact, Nonzero):
            return f"P[{self.formula(fact.of)} = 0] = 0"
        if isinstance(fact, Separate):
            return f"{self.members(fact.left)} independent of {self.members(fact.right)}"
        limits = f"   for {self.ranges(fact.ranges)}" if self._narrowed(fact) else ""
        return self.formula(fact) + limits

    def _pieces(self, fact: Pieces) -> str:
        """A function from left to right: 0 for s < 0, s for s > 0."""
        said = []
        for lo, hi, formula in fact.pieces:
            left, right = ("" if abs(e) == oo else self.formula(e) for e in (lo, hi))
            at = self.formula(fact.at)
            value = self.formula(put(formula, fact.at, Entry(fact.at.name)))
            where = f"{left} < {at} < {right}" if left and right else ""
            where = where or (f"{at} > {left}" if left else f"{at} < {right}" if right else "")
            said.append(f"{value} for {where}" if where else value)
        head = self.formula(Apply(fact.function, 0, fact.at))
        return f"{head} = {', '.join(map(tied, said))}"

    def members(self, side: Members) -> str:
        """A quantity; of a whole layer where its other indices are left out."""
        if isinstance(side.of, Apply):
            return self.formula(side.of)
        entry = side.of.by if isinstance(side.of, Partial) else side.of
        gone = {r.index for r in side.over}
        indices = [None if i in gone else i for i in entry.indices]
        return self.math(self._by(key_of(side.of), indices))

    def _members(self, u: Unit) -> str:
        """An entry of a family, or a tuple of entries of several."""
        found = ", ".join(map(self.member, u.keys))
        return f"({found})" if len(u.keys) > 1 else found

    def _independent(self, units: tuple[Unit, ...]) -> str:
        if all(u.each for u in units):
            members = " and ".join(f"the {self._members(u)}" for u in units)
            return f"{members} independent of each other"
        names = [
            f"every {self._members(u)}" if u.each else " and ".join(map(self.block, u.keys))
            for u in units
        ]
        if len(names) == 2:
            return f"{names[0]} independent of {names[1]}"
        return f"{', '.join(names)} mutually independent"

    def _narrowed(self, s: Statement) -> bool:
        """Whether an equation is said of fewer entries than there are."""
        inner = s.left.args[0] if isinstance(s.left, HEADS) else s.left
        inner = inner.by if isinstance(inner, Partial) else inner
        if not isinstance(inner, Entry) or inner.name not in self.model.families:
            return False
        over = {r.index: r for r in s.ranges}
        at: dict[Symbol, Expr] = {}
        for r, i in zip(self.model.families[inner.name].ranges, inner.indices, strict=True):
            if i in over:
                mine = over[i]
                if (mine.lo, mine.hi, mine.but) != (put(r.lo, at), put(r.hi, at), r.but):
                    return True
            elif over.keys() & i.free_symbols:
                return True
            at[r.index] = i
        return False

    # -- what a statement says of any one entry

    def representative(self, e: Expr) -> Expr:
        """A moment of one entry, as the moment of any entry: its own indices are the first."""
        inner = e.args[0] if isinstance(e, HEADS) else None
        by = inner.by if isinstance(inner, Partial) else inner
        if not isinstance(by, Entry) or by.name not in self.model.families:
            return e
        marks = layout(self.model.families[by.name], len(by.indices))
        unit = within(marks)
        if len(set(marks)) < 2:
            return e
        own = [i for mark, i in zip(marks, by.indices, strict=True) if mark == unit]
        return put(e, {i: Integer(1) for i in own if isinstance(i, Symbol)})

    def any_entry(self, s: Statement) -> Statement:
        """The same about any one entry, where the right side does not say which one."""
        left = self.representative(s.left)
        gone = s.left.free_symbols - left.free_symbols
        if gone & s.right.free_symbols:
            return s
        return Statement(left, s.right, tuple(r for r in s.ranges if r.index not in gone))


def _as_declared(s: Statement, text: str) -> Statement:
    """An equation about any argument, with the letter that the declaration has for it."""
    if not isinstance(s.left, Apply) or len(s.over) != 1:
        return s
    said = re.search(rf"{re.escape(s.left.name)}'*\((\w+)\)", text)
    letter = {Entry(s.over[0]): Entry(said[1])} if said else {}
    return Statement(put(s.left, letter), put(s.right, letter), s.ranges)


def _says_alike(s: Statement) -> bool:
    """Whether an equation says that a moment is the same for several entries."""
    if not isinstance(s.left, HEADS) or type(s.left) is not type(s.right):
        return False
    if all(r.index in s.right.free_symbols for r in s.ranges):
        return False
    a, b = s.left.args[0], s.right.args[0]
    if isinstance(a, Partial) and isinstance(b, Partial) and a.of == b.of:
        a, b = a.by, b.by
    return isinstance(a, Entry) and isinstance(b, Entry) and a.name == b.name
