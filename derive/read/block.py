"""One block of declarations, read together. Trusted for meaning.

Sizes and families are declared first, whatever the order of the lines; definitions may refer
to each other; everything else is read in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sympy import Expr, Symbol

from derive.errors import Undeclared, Unreadable
from derive.model import Assumption, Fact
from derive.proving.clashes import clashes
from derive.proving.dependent import dependent
from derive.read.advice import advice
from derive.read.definitions import Let, circular, family_of, missing
from derive.read.facts import Facts
from derive.read.formula import Formula
from derive.read.laws import DEVIATION, MEANS, VARIANCE
from derive.read.names import Spelling, latex
from derive.read.patterns import Pattern, Patterns
from derive.read.ranges import ranges_of
from derive.read.reading import Reading
from derive.read.statements import Said, cut, ranges, split
from derive.read.tokens import Source, Token, tokens
from derive.read.values import Mismatch
from derive.rivals import Rivals, one_law
from derive.terms import Entry, Range
from derive.writing.formula import TEXT, write

NAMED = re.compile(r"\s*([a-z][a-z0-9-]*)\s*:(?!=)")
DERIVATIVE = re.compile(
    r"\\[dtc]?frac\{\s*\\partial (?P<above>[^/]+?)\}\s*\{\s*\\partial[^{}]*(\{[^{}]*\}[^{}]*)*\}"
    r"|\\partial (?P<before>[^/]+)/\s*\\partial\s*[^{}\s]*(\{[^{}]*\}[^{}\s]*)*"
)
PRINTED = re.compile(
    r"\s*(?P<relation>.*?)\\tag\{(?P<tag>[^{}]*)\}\s+in\s+(?P<source>.*?)\s*", re.DOTALL
)


class Block:
    """Statements that are read together."""

    def __init__(self, source: Source, reading: Reading, said: list[Said]) -> None:
        self.source = source
        self.reading = reading
        self.model = reading.model
        self.names = reading.names
        self.said = said
        self.facts = Facts(source, self.names)
        self.lets: dict[int, Let] = {}
        self.items: dict[int, list[Token]] = {}
        self.places: dict[str, Token] = {}

    def read(self) -> None:
        for said in self.said:
            if said.keyword in ("size", "random", "given"):
                self._guarded(said, self._declare)
        self._families()
        actions: dict[str, Callable[[Said, list[Token]], None]] = {
            "let": self._let, "cost": self._cost, "also": self._also, "read": self._reading,
        }  # fmt: skip
        for said in self.said:
            if said.keyword in actions:
                self._guarded(said, actions[said.keyword])
        for said in self.said:
            if said.keyword in ("assume", "require"):
                self._guarded(said, self._assume)
            elif said.keyword == "show":
                self._guarded(said, self._show)
            elif said.keyword == "printed":
                self._printed(said)
        name = circular(self.model) if self.lets else ""
        if name:
            where = next(let.left.token for let in self.lets.values() if let.left.name == name)
            raise self.source.error(where.at, f"a circular definition: {latex(name)} needs itself")
        if not self.reading.alternatives:
            self._apart()
        self.reading.statements.extend(self.said)

    def _guarded(self, said: Said, act: Callable[[Said, list[Token]], None]) -> None:
        items = self.items.get(said.start) or self._tokens(said)
        try:
            act(said, items)
        except (Undeclared, Mismatch) as no:
            raise self.source.error(items[0].at, str(no)) from None
        except Unreadable as no:
            raise Unreadable(no.reason + advice(said.text), no.line, no.column) from None
        except RecursionError:
            raise self.source.error(said.start, "nested too deeply") from None

    def _tokens(self, said: Said) -> list[Token]:
        """The tokens of a statement; a tilde is a sign in what is assumed, else a space."""
        start = said.start + len(said.keyword)
        found = tokens(self.source, start, said.end)
        if said.keyword == "assume":
            text = self.source.text
            signs = [Token("op", "~", a) for a in range(start, said.end) if text[a] == "~"]
            found = sorted([*found[:-1], *signs], key=lambda t: t.at) + found[-1:]
        return self.items.setdefault(said.start, found)

    # -- sizes and families

    def _declare(self, said: Said, items: list[Token]) -> None:
        """Names without indices come first: the ranges of the others may need them."""
        items, clause = cut(items, "for")
        readers = [Patterns(self.source, part, self.names, clause) for part in split(items, ",")]
        patterns = [p.pattern(indexed=said.keyword == "random") for p in readers]
        for p, pattern in zip(readers, patterns, strict=True):
            if not pattern.indices:
                self._new(said.keyword, p, pattern, ())
        over = ranges(self.source, clause, self.names)
        used: set[Expr] = set()
        for p, pattern in zip(readers, patterns, strict=True):
            used |= set(pattern.indices)
            if pattern.indices:
                self._new(said.keyword, p, pattern, p.ranged(pattern, over))
        limits = {s for r in over if r.index in used for s in r.lo.free_symbols | r.hi.free_symbols}
        for r in over:
            if r.index not in used | limits:
                reason = f"no name before 'for' has the index {r.index}"
                run = next((p.name for p in patterns if r.index.name in p.name.split("_")[-1]), "")
                if "_" in run:
                    reason += f": {latex(run)} is one name, so write its indices with commas"
                elif plain := next((p.name for p in patterns if not p.indices), ""):
                    reason += f": write {latex(plain)}_{latex(r.index.name)}"
                raise self.source.error(items[-1].at, reason)

    def _new(self, kind: str, p: Patterns, pattern: Pattern, over: tuple[Range, ...]) -> None:
        self._fresh(pattern.name, pattern.token)
        family = pattern.family(kind, over)
        if kind == "given" and p.accept("("):
            p.name(indexing=True)
            p.expect(")", "after the name of the variable")
            self.model.function(family.name)
        elif kind == "size":
            least = self._least(p)
            if over:
                self.model.size_family(family.name, *over, least=least, raised=family.raised)
            else:
                self.model.size(family.name, least)
        else:
            shape: dict[str, Any] = {"raised": family.raised, "style": family.style}
            if kind == "random":
                self.model.random(family.name, *over, **shape)
            else:
                self.model.given(family.name, *over, **shape, **self._bounds(p))
        p.done()

    def _bounds(self, p: Patterns) -> dict[str, Expr]:
        """Between which numbers fixed ones lie: ``> 0``, ``< c``, ``in (0, 1)``."""
        if p.accept("in", r"\in"):
            p.expect("(", "and two numbers")
            low = self._bound(p)
            p.expect(",", "between two numbers")
            high = self._bound(p)
            p.expect(")", "after two numbers")
            return {"above": low, "below": high}
        sign = p.accept("<", ">")
        return {("above" if sign.text == ">" else "below"): self._bound(p)} if sign else {}

    def _bound(self, p: Patterns) -> Expr:
        token, value = p.here, p.expr()
        if value.open:
            raise p.fail("expected a number", token)
        return value.term

    def _least(self, p: Patterns) -> int:
        if not p.accept(">=", r"\ge", r"\geq"):
            return 1
        token, bound = p.here, p.index()
        if not bound.is_Integer or bound < 0:
            raise p.fail("expected a least value of 0 or more", token)
        return int(bound)

    def _fresh(self, name: str, token: Token) -> None:
        if name in self.names.all():
            kind = self.names.kind(name)
            raise self.source.error(token.at, f"{latex(name)} is declared already: {kind}")

    # -- definitions

    def _families(self) -> None:
        """Declare what ``let`` lines define, before their right sides are read."""
        groups: dict[str, list[Let]] = {}
        for said in self.said:
            if said.keyword == "let":
                self._guarded(said, self._left)
                let = self.lets[said.start]
                if not self._derivative(let):
                    groups.setdefault(let.left.name, []).append(let)
        for lets in groups.values():
            try:
                family = family_of(lets)
            except Mismatch as no:
                raise self.source.error(lets[-1].left.token.at, str(no)) from None
            self._fresh(family.name, lets[0].left.token)
            self.model.defined(
                family.name, *family.ranges, raised=family.raised, style=family.style
            )

    def _left(self, said: Said, items: list[Token]) -> None:
        items, clause = cut(items, "for")
        over = ranges(self.source, clause, self.names)
        p = Patterns(self.source, items, self.names, clause)
        pattern = p.pattern(numbered=False)
        if not p.accept(":="):
            p.expect("=", "after the name that is defined")
        for index in sorted(
            {s for i in pattern.indices for s in i.free_symbols}, key=lambda s: s.name
        ):
            if index not in self.model.sizes and index not in {r.index for r in over}:
                raise p.fail(
                    f"the range of {index} is missing: add 'for {index} = …'", pattern.token
                )
        self.lets[said.start] = Let(pattern, over, p.items[p.pos :])

    def _derivative(self, let: Let) -> bool:
        """Whether a line gives a name to a derivative of the cost: another spelling."""
        text = self.source.text[let.right[0].at : let.right[-1].at]
        found = DERIVATIVE.fullmatch(text.strip())
        costs = [w[1] for s in self.said if (w := s.text.split())[0] == "cost" and w[1:]]
        costs += map(latex, self.model.costs)
        return found is not None and (found["above"] or found["before"]).strip() in costs

    def _let(self, said: Said, items: list[Token]) -> None:
        let = self.lets[said.start]
        if self._derivative(let):
            return self._spelling(let.left, let.right, let.ranges)
        f = Formula(self.source, let.right, self.names)
        token, value = f.here, f.expr()
        f.done()
        f.settle()
        if value.open:
            raise f.fail(f"expected a number: {value.shape()} is left open", token)
        left = Entry(let.left.name, *let.left.indices)
        free = {s for s in value.term.free_symbols if s not in self.model.sizes}
        for index in sorted(free - {r.index for r in let.ranges}, key=lambda s: s.name):
            raise f.fail(f"the range of {index} is missing: add 'for {index} = …'", token)
        definition = self.model.define(left, value.term, *let.ranges)
        if (gap := missing(definition, self.model)) is not None:
            where = next((t for e, t in f.met if e.name == gap[0].name), token)
            where = next((t for e, t in f.met if e == gap[0]), where)
            raise f.fail(gap[1], where)

    def _cost(self, said: Said, items: list[Token]) -> None:
        name, of = cut(items, "of")
        p = Patterns(self.source, name, self.names)
        pattern = p.pattern()
        p.done()
        if pattern.indices or of is None:
            raise p.fail("expected 'cost NAME of FAMILY'", items[0])
        self._fresh(pattern.name, pattern.token)
        f = Formula(self.source, of, self.names)
        value = f.factor()
        f.done()
        f.settle()
        if not isinstance(value.term, Entry) or f.indices:
            raise f.fail("expected a family, without its last indices", of[0])
        self.model.cost(pattern.name, value.term, *value.open)

    def _also(self, said: Said, items: list[Token]) -> None:
        for part in split(items, ","):
            p = Patterns(self.source, part, self.names)
            pattern = p.pattern(indexed=True)
            p.expect("=", "and what is spelled in another way")
            self._spelling(pattern, p.items[p.pos :])

    def _spelling(
        self, pattern: Pattern, right: list[Token], ranges: tuple[Range, ...] | None = None
    ) -> None:
        """Another way to write a term, where it exists: that is for the ``ranges``, if given."""
        self._fresh(pattern.name, pattern.token)
        f = Formula(self.source, right, self.names)
        read = f.relation()
        if read.signs or read.open:
            raise f.fail("expected one formula with all its indices", pattern.token)
        for r in pattern.indices:
            if not isinstance(r, Symbol):
                raise f.fail("expected plain indices on the left", pattern.token)
        found = {r.index: r for r in ranges_of([read.term], self.model)}
        if set(found) != set(pattern.indices):
            raise f.fail("expected the same indices on both sides", pattern.token)
        own = tuple(found[i] for i in pattern.indices)
        if ranges is not None and set(own) != set(ranges):
            ends = [[write(e, self.model, TEXT) for e in (r.lo, r.hi)] for r in own]
            wanted = ", ".join(
                f"{r.index} = {lo}..{hi}" for r, (lo, hi) in zip(own, ends, strict=True)
            )
            raise f.fail(f"expected the ranges of the derivative: {wanted}", pattern.token)
        self.names.spellings[pattern.name] = Spelling(pattern.family("spelling", own), read.term)

    def _reading(self, said: Said, items: list[Token]) -> None:
        words = [t.text for t in items if t.kind != "end"]
        how = MEANS.get(" ".join(words[2:]), " ".join(words[2:]))
        if words[:2] != ["N", "by"] or how not in (VARIANCE, DEVIATION):
            raise self.source.error(items[0].at, "expected 'read N by variance' or 'read N by std'")
        self.names.normal = how

    # -- assumptions and results

    def _assume(self, said: Said, items: list[Token]) -> None:
        start = said.start + len(said.keyword)
        named = NAMED.match(self.source.text, start, said.end)
        if named:
            items = [t for t in items if t.at >= named.end()]
        parts = split(items, ";")
        texts = [" ".join(self.source.text[p[0].at : p[-1].at].split()) for p in parts]
        if not all(texts):
            raise self.source.error(start, "expected a fact")
        read = self._required if said.keyword == "require" else self.facts.read
        facts = [read(part) for part in parts]
        made = (
            [Assumption(named[1], tuple(f for fs in facts for f in fs), "; ".join(texts))]
            if named
            else [Assumption(t, tuple(fs), t) for t, fs in zip(texts, facts, strict=True)]
        )
        if said.keyword == "require":
            self.reading.requires.extend(made)
            return
        for a in made:
            if not self.reading.alternatives:
                one_law(self.model, a.facts)
                self._agrees(a, items[0])
            self.model.assume(a.name, *a.facts, text=a.text)
            self.places[a.name] = items[0]

    def _agrees(self, a: Assumption, token: Token) -> None:
        """Raises Unreadable if an assumption contradicts itself or one that is declared already."""
        for one in clashes(a, self.model):
            raise self._contradiction(one, token)

    def _contradiction(self, one: Rivals, token: Token) -> Unreadable:
        words = one.words.say(
            lambda e: write(e, self.model, TEXT) if isinstance(e, Expr) else str(e)
        )
        return self.source.error(token.at, f"{words}: take one away")

    def _apart(self) -> None:
        """Raises Unreadable if what is said to be independent is not, by its definition."""
        for a, why in dependent(self.model):
            if a.name in self.places:
                raise self._contradiction(why, self.places[a.name])

    def _required(self, items: list[Token]) -> list[Fact]:
        items, clause = cut(items, "for")
        return list(self.facts.relation(items, ranges(self.source, clause, self.names)))

    def _show(self, said: Said, items: list[Token]) -> None:
        for part in split(items, ";"):
            if part[0].text == "products":
                self._product_index(part)
                continue
            named = NAMED.match(self.source.text, part[0].at, part[-1].at)
            if not named:
                raise self.source.error(part[0].at, "expected a chain and ':', such as 'forward:'")
            rest = [t for t in part if t.at >= named.end()]
            read = Formula(self.source, rest, self.names, any_entry=False).relation()
            if read.signs:
                raise self.source.error(rest[0].at, "expected one formula")
            self.model.show(named[1], read.term)

    def _product_index(self, items: list[Token]) -> None:
        if items[1].text != "over":
            raise self.source.error(items[1].at, "expected 'over' after 'products'")
        f = Formula(self.source, items[2:], self.names)
        self.model.product_index = Symbol(f.bound_name())
        f.done()

    def _printed(self, said: Said) -> None:
        start = said.start + len(said.keyword)
        named = NAMED.match(self.source.text, start, said.end)
        m = PRINTED.fullmatch(self.source.text, named.end() if named else start, said.end)
        if not named or not m:
            raise self.source.error(
                said.start, "expected 'printed CHAIN: RELATION \\tag{…} in SOURCE'"
            )
        items = tokens(self.source, m.start("relation"), m.end("relation"))
        self._guarded(said, lambda *_: self._print(named[1], items, m["tag"], m["source"]))

    def _print(self, chain: str, items: list[Token], tag: str, source: str) -> None:
        items, clause = cut(items, "for")
        over = ranges(self.source, clause, self.names, but=True)
        read = Formula(self.source, items, self.names).relation()
        if len(read.sides) != 2 or read.signs[0] not in ("=", "≈"):
            raise self.source.error(items[0].at, "expected an equation")
        left, right = (s.term for s in read.sides)
        ranged = ranges_of([left, right], self.model, over)
        self.model.prints(chain, left, right, *ranged, tag=tag, source=" ".join(source.split()))
