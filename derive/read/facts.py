"""What is assumed: independence, symmetry, equal moments and laws, equations. Trusted for meaning.

A bare family in an equation between moments means every one of its entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from sympy import Expr, Symbol

from derive.model import (
    Distributed,
    Fact,
    Independent,
    SameLaw,
    Statement,
    Symmetric,
    Unit,
    identical,
    key_of,
)
from derive.read.declarations import Declarations
from derive.read.distributions import SIGNS
from derive.read.formula import Formula
from derive.read.laws import DEVIATION, meant, parsed
from derive.read.names import Names, latex, layout
from derive.read.properties import Properties
from derive.read.ranges import in_order, ranges_of, without
from derive.read.result import Read
from derive.read.statements import apart, cut, ranges, split
from derive.read.tokens import Source, Token
from derive.read.values import Mismatch
from derive.read.wellformed import ill_formed, meeting
from derive.substitution import put
from derive.terms import HEADS, Cov, Entry, Partial, Range

KNOWN = "U[-a, a], N(m, variance v), Laplace, Bernoulli, Rademacher, two-point, points or density"
PAIRS = "expected a range, or an equation before it: other facts are of all pairs as they stand"
BRACED = ["(", ")", ""]


class Item(NamedTuple):
    """A family, an entry, or a derivative of the cost, in a list of facts."""

    term: Expr
    key: str
    left_out: tuple[Range, ...]
    written: tuple[Expr, ...]
    token: Token

    @property
    def each(self) -> bool:
        return bool(self.written) and not self.left_out


class Facts:
    """Reads facts over one set of names."""

    def __init__(self, source: Source, names: Names) -> None:
        self.source = source
        self.names = names

    def read(self, items: list[Token]) -> list[Fact]:
        """One fact, with its own ``for``."""
        first = items[0]
        items, clause = cut(items, "for")
        if clause is not None and not any(t.text == ".." for t in clause):
            if not any(t.text == "=" for t in items):
                raise self.source.error(clause[0].at, PAIRS)
            return list(self.relation(items, (), apart(self.source, clause, self.names)))
        over = ranges(self.source, clause, self.names, but=True)
        if first.text == "independent":
            tuples = [self._tuple(part) for part in split(items[1:], ",")]
            self._different(self._whole([i for several in tuples for i in several], over))
            return [Independent(tuple(map(self._unit, tuples)))]
        if any(t.text in SIGNS for t in items):
            return [self._distributed(items, over)]
        left, right = cut(items, "independent")
        if right is not None:
            if right[0].text != "of":
                several = ": several are 'independent A, B, C'" if right[0].kind == "end" else ""
                raise self.source.error(right[0].at, f"expected 'of' after 'independent'{several}")
            ones, others = split(left, ","), split(right[1:], ",")
            if len(ones) == 1:
                separate = Properties(self.source, self.names).separate(left, others, over)
                if separate:
                    return [*separate]
            blocks = [self._whole([self.item(part) for part in b], over) for b in (ones, others)]
            self._different([i for b in blocks for i in b])
            return [Independent(tuple(map(self._block, blocks)))]
        if first.text == "uncorrelated":
            return self._uncorrelated(self._list(items[1:]), over)
        if first.text == "symmetric":
            return [Symmetric(i.key) for i in self._whole(self._list(items[1:]), over)]
        if first.text == "same":
            return self._same(items[1:], over)
        said = Properties(self.source, self.names).other(items, over)
        return [said] if said else list(self.relation(items, over))

    # -- independence

    def item(self, items: list[Token]) -> Item:
        f = Formula(self.source, items, self.names)
        token, f.chosen = f.here, {}
        term = f.factor().term
        f.done()
        f.settle()
        entry = term.by if isinstance(term, Partial) else term
        if not isinstance(entry, Entry) or (
            isinstance(term, Partial) and not isinstance(term.of, Entry)
        ):
            raise self.source.error(
                token.at, "expected a random family or a derivative of the cost"
            )
        family = self.names.model.families.get(entry.name)
        if family is None or family.kind not in ("random", "defined"):
            raise self.source.error(token.at, f"{latex(entry.name)} is not random")
        left_out = tuple(r for rs in f.chosen.values() for r in rs)
        cost = self.names.model.costs.get(term.of.name) if isinstance(term, Partial) else None
        fixed = [False] * len(entry.indices)
        if cost is not None and cost.of.name == entry.name:
            own = {r.index for r in cost.ranges}
            fixed = [index not in own for index in cost.of.indices]
            if any(
                c and a != b for c, a, b in zip(fixed, entry.indices, cost.of.indices, strict=True)
            ):
                raise self.source.error(token.at, f"expected the derivative by {cost.of}")
        gone = {r.index for r in left_out}
        written = tuple(
            i for c, i in zip(fixed, entry.indices, strict=True) if not c and i not in gone
        )
        return Item(term, key_of(term), left_out, written, token)

    def _list(self, items: list[Token]) -> list[Item]:
        return [self.item(part) for part in split(items, ",")]

    def _whole(self, items: list[Item], over: tuple[Range, ...]) -> list[Item]:
        """The items, if each speaks of all entries of its family: a model knows of no others."""
        model, spoken = self.names.model, set[Expr]()
        for i in items:
            plain = all(isinstance(s, Symbol) and s not in model.sizes for s in i.written)
            if len(set(i.written)) < len(i.written) or not plain:
                raise self.source.error(
                    i.token.at, "expected a different plain index in each place"
                )
            own = {r.index: r for r in ranges_of([i.term], model, i.left_out)}
            if any(own.get(r.index, r) != r for r in over):
                raise self.source.error(i.token.at, "this can be said of all entries only")
            spoken |= set(own)
        if any(r.index not in spoken for r in over):
            raise self.source.error(items[0].token.at, "this can be said of all entries only")
        return items

    def _different(self, items: list[Item]) -> None:
        """Raises Unreadable for what is said to be independent of itself: then it is fixed."""
        keys = [i.key for i in items]
        for n, i in enumerate(items):
            if i.key in keys[:n]:
                raise self.source.error(
                    i.token.at,
                    f"{latex(i.key)} stands twice: nothing random is independent of itself",
                )

    def _tuple(self, part: list[Token]) -> list[Item]:
        """One item, or several in parentheses: (x_i, y_i)."""
        inner = split(part[1:-2], ",") if [t.text for t in (part[0], *part[-2:])] == BRACED else []
        if len(inner) < 2:
            return [self.item(part)]
        items = [self.item([*p, part[-1]] if p[-1].kind != "end" else p) for p in inner]
        if not all(i.each and i.written == items[0].written for i in items):
            raise self.source.error(part[0].at, "expected entries with the same indices")
        return items

    def _unit(self, items: list[Item]) -> Unit:
        i = items[0]
        if len(items) > 1:
            return Unit(tuple(i.key for i in items), True)
        if i.written and i.left_out:
            raise self.source.error(
                i.token.at, "expected all indices, for each entry, or none, for a block"
            )
        return Unit((i.key,), i.each)

    def _block(self, items: list[Item]) -> Unit:
        for i in items:
            if i.written:
                whole = Declarations(self.names.model).unit(Unit((i.key,)))
                raise self.source.error(
                    i.token.at, f"expected a whole family, without indices: {whole}"
                )
        return Unit(tuple(i.key for i in items))

    def _uncorrelated(self, items: list[Item], over: tuple[Range, ...]) -> list[Fact]:
        """Entries of one family at the same superscripts, and all pairs of different families."""
        model, found = self.names.model, list[Fact]()
        if over:
            self._whole(items, over)
        for i in items:
            ranged = ranges_of([i.term], model, i.left_out)
            family = model.families[key_of(i.term.by if isinstance(i.term, Partial) else i.term)]
            marks = layout(family)
            inner = "[" if "[" in marks else "_" if "_" in marks else "^"
            entry = i.term.by if isinstance(i.term, Partial) else i.term
            own = {s for m, s in zip(marks, entry.indices, strict=True) if m == inner}
            found.extend(_pairs(i.term, [r for r in ranged if r.index in own], ranged))
        for a, b in combinations(items, 2):
            taken = {s for s in a.term.free_symbols}
            other, ranged = _renamed(b.term, ranges_of([b.term], model, b.left_out), taken)
            both = (*ranges_of([a.term], model, a.left_out), *ranged)
            found.append(Statement(Cov(a.term, other), Cov(a.term, other) * 0, in_order(both)))
        return found

    # -- laws

    def _distributed(self, items: list[Token], over: tuple[Range, ...]) -> Distributed:
        """``W^i_{l,k} ~ U[-a, a]``: the law of every entry."""
        cut = next(n for n, t in enumerate(items) if t.text in SIGNS)
        of = self.item([*items[:cut], Token("end", "", items[cut].at)])
        if not isinstance(of.term, Entry) or self.names.model.family(of.term).kind != "random":
            raise self.source.error(of.token.at, "expected a random family")
        written = parsed(self.source, items[cut + 1 :], self.names)
        if written is None:
            raise self.source.error(items[cut].at, f"expected a law: {KNOWN}")
        parameters = tuple(map(self._number, written.parameters))
        found = meant(written.name, parameters, written.words, self.names.normal)
        if len(found) > 1:
            second = written.parameters[1]
            text = self.source.text[second[0].at : second[-1].at + len(second[-1].text)]
            raise self.source.error(
                second[0].at,
                f"is {text} a variance or a standard deviation?"
                f" write 'variance {text}' or 'std {text}', or declare 'read N by variance'",
            )
        (law,) = found.values()
        ranged = ranges_of([of.term, *parameters], self.names.model, over)
        spread = parameters[1] if DEVIATION in (*written.words, self.names.normal) else None
        why = ill_formed(law, ranged, self.names.model, spread)
        if why is not None:
            raise self.source.error(written.first.at, f"no law: {why}")
        return Distributed(of.term, law, ranged)

    def _number(self, items: list[Token]) -> Expr:
        end = Token("end", "", items[-1].at + len(items[-1].text))
        f = Formula(self.source, [*items, end], self.names, any_entry=False)
        token, value = f.here, f.expr()
        f.done()
        f.settle()
        if value.open:
            raise f.fail("expected a number", token)
        return value.term

    # -- equal moments and laws

    def _same(self, items: list[Token], over: tuple[Range, ...]) -> list[Fact]:
        items, letters = cut(items, "over")
        if letters is None:
            reason = "expected 'over' and the indices, as in 'same law x_i over i'"
            raise self.source.error(items[-1].at, reason)
        chosen = []
        for part in split(letters, ","):
            f = Formula(self.source, part, self.names)
            chosen.append(Symbol(f.bound_name()))
            f.done()
        if items[0].text == "law":
            return [self._law(i, chosen) for i in self._whole(self._list(items[1:]), over)]
        return [self._moment(part, chosen, over) for part in split(items, ",")]

    def _law(self, i: Item, chosen: list[Symbol]) -> Fact:
        entry = i.term.by if isinstance(i.term, Partial) else i.term
        slots = tuple(a for a, index in enumerate(entry.indices) if index in chosen)
        if len(slots) != len(chosen):
            raise self.source.error(
                i.token.at, "expected an entry with each index after 'over' once"
            )
        return SameLaw(i.key, slots)

    def _moment(self, items: list[Token], chosen: list[Symbol], over: tuple[Range, ...]) -> Fact:
        read = Formula(self.source, items, self.names, any_entry=False).relation()
        if read.signs:
            raise self.source.error(items[0].at, "expected one formula, without a relation sign")
        said = {r.index for r in over}
        known = (*over, *(r for b in read.bare for r in b.over if r.index not in said))
        try:
            all_ranges = ranges_of([read.term], self.names.model, known)
        except Mismatch as no:
            raise self.source.error(items[0].at, str(no)) from None
        gone = [r for r in all_ranges if r.index in chosen or (r in known and r not in over)]
        for symbol in chosen:
            if symbol not in {r.index for r in gone}:
                raise self.source.error(items[0].at, f"expected an index {symbol} in the formula")
        kept = [r for r in all_ranges if r not in gone]
        if any((r.lo.free_symbols | r.hi.free_symbols) & {g.index for g in gone} for r in kept):
            raise self.source.error(
                items[0].at, "expected 'over' all indices whose ranges depend on those"
            )
        return identical(read.term, *gone, at=tuple(kept))

    # -- equations

    def relation(
        self,
        items: list[Token],
        over: tuple[Range, ...] = (),
        but: Sequence[tuple[Symbol, Symbol]] = (),
    ) -> list[Statement]:
        """Equations for every index value; a chain is several, each with the number at its end.

        The indices in ``but`` differ, pair by pair.
        """
        read = self.equation(items)
        if not read.signs or set(read.signs) != {"="}:
            raise self.source.error(items[0].at, "expected a fact, or an equation")
        bare = [r for b in read.bare for r in b.over]
        found = []
        spoken = {s for side in read.sides for s in side.term.free_symbols}
        for r in over:
            if r.index not in spoken:
                raise self.source.error(items[0].at, f"expected {r.index} in what is said for it")
        rest, last = read.sides[1:], read.sides[-1]
        if not last.term.has(*HEADS):
            rest = (last,) * len(rest)
        for left, right in zip(read.sides, rest, strict=False):
            own = left.term.free_symbols | right.term.free_symbols
            known = [r for r in (*bare, *read.open, *over) if r.index in own]
            try:
                ranged = ranges_of([left.term, right.term], self.names.model, known)
                for pair in but:
                    ranged = without(ranged, pair)
            except Mismatch as no:
                raise self.source.error(items[0].at, str(no)) from None
            found.append(Statement(left.term, right.term, ranged, read.over))
            if (square := meeting(found[-1])) is not None and (right.term == 0 or not over):
                value, said = map(Declarations(self.names.model).term, (right.term, square))
                instead = "'uncorrelated' instead" if right.term == 0 else r"'for i \ne j' after it"
                reason = f"with equal indices this says {said} = {value}: write {instead}"
                raise self.source.error(items[0].at, reason)
        return found

    def equation(self, items: list[Token]) -> Read:
        """A relation; in ``f(s) = s`` the name s stands for any variable."""
        f = Formula(self.source, items, self.names, any_entry=False)
        name = self._schematic(items)
        if name:
            mark = "u" if name in f.known else name
            while mark in f.known:
                mark += "'"
            f.given[name] = Entry(mark)
        read = f.relation()
        return read if not name else _over(read, str(f.given[name].name))

    def _schematic(self, items: list[Token]) -> str:
        """The one name in ``f(s)`` that has no indices anywhere in a relation, if it starts so."""
        functions = {t for f in self.names.model.functions for t in (latex(f), f"\\{f}")}
        texts = [t.text for t in items]
        for a, text in enumerate(texts):
            if text not in functions:
                continue
            at = a + 1
            while texts[at] in ("'", "}"):
                at += 1
            sign = texts[at : at + 2] == ["(", "-"]
            inner = items[min(at + 1 + sign, len(items) - 1)]
            if texts[at] == "(" and inner.kind == "word" and texts[at + 2 + sign] == ")":
                family = self.names.model.families.get(inner.text)
                alone = all(
                    after not in ("_", "[") for t, after in pairwise(texts) if t == inner.text
                )
                if alone and (family is None or family.ranges):
                    return inner.text
        return ""


def _over(read: Read, name: str) -> Read:
    return Read(read.sides, read.signs, read.bare, read.open, (name,), read.indices)


def _pairs(term: Expr, own: list[Range], ranged: tuple[Range, ...]) -> list[Fact]:
    """Two entries whose indices first differ at each of ``own`` in turn."""
    found: list[Fact] = []
    for a, split_at in enumerate(own):
        new = {r.index: Symbol(f"{r.index}'") for r in own[a:]}
        other = put(term, new)
        twins = [
            Range(new[r.index], put(r.lo, new), put(r.hi, new), (r.index,) if r is split_at else ())
            for r in own[a:]
        ]
        found.append(Statement(Cov(term, other), Cov(term, other) * 0, in_order((*ranged, *twins))))
    return found


def _renamed(
    term: Expr, ranged: tuple[Range, ...], taken: set[Expr]
) -> tuple[Expr, tuple[Range, ...]]:
    new = {r.index: Symbol(f"{r.index}'") for r in ranged if r.index in taken}
    moved = (
        Range(new.get(r.index, r.index), put(r.lo, new), put(r.hi, new), r.but) for r in ranged
    )
    return put(term, new), tuple(moved)
