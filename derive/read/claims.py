"""A displayed formula -> its claims. Trusted for meaning: what is not certain is unreadable."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Context, Decimal
from functools import cached_property, partial
from typing import TypeVar

from sympy import Expr

from derive.errors import Undeclared, Unreadable
from derive.read.atoms import Run, draws, is_index, sides, without_gaps
from derive.read.binders import BIG
from derive.read.clauses import Clause, Line, clauses
from derive.read.conditions import Bound, Conditions, stated
from derive.read.distributions import distribution
from derive.read.dress import WORN, undressed
from derive.read.formula import SIGNS, Formula
from derive.read.laws import is_law
from derive.read.lexing import Tokens, lexed
from derive.read.links import Claim, Link, Trouble
from derive.read.macros import Macros
from derive.read.names import Names, base, latex
from derive.read.pieced import CASES, collapsed
from derive.read.result import Read, Side
from derive.read.rows import lines
from derive.read.salvage import lost
from derive.read.shapes import Shapes
from derive.read.tokens import DIGITS, Place, Source, Token
from derive.read.unread import instead
from derive.read.values import Mismatch

T = TypeVar("T")
EXACT = Context(prec=2 * DIGITS)
FILLING = frozenset({"quad", "row", "amp", "tag", "label", "text"})
OPENING, CLOSING = frozenset({"(", "[", "{", r"\{"}), frozenset({")", "]", "}", r"\}"})
ODD = frozenset({"amp", "cases", "unclear", "begin", "end-of", "text", "argument"})


class Display:
    """Reads one display; ``tail`` is the side that a display beginning with ``=`` goes on."""

    def __init__(self, source: Source, names: Names, macros: Macros) -> None:
        self.source = source
        self.names = names
        self.macros = macros
        self.tail: Run = []
        self.ends: dict[int, int] = {}
        self.labels: list[Tokens] = []

    @cached_property
    def _functions(self) -> frozenset[str]:
        """How the declared functions are written, without what is around their names."""
        letters = map(base, self.names.model.functions)
        return frozenset(text for f in letters for text in (f, latex(f), f"\\{f}"))

    def read(self, start: int, end: int, env: str) -> tuple[Claim, ...]:
        """The claims between two places of the text; never raises Unreadable."""
        try:
            items = self.tokens(start, end)
            found = lines(items, env)
        except Unreadable as no:
            self.tail = []
            return (self._unreadable(no, start, self.source.text[start:end]),)
        claims: list[Claim] = []
        for line in found:
            claims.extend(self._line(line))
        if any(claim.links for claim in claims):
            claims = [self._beside(c) if c.kind == "formula" else c for c in claims]
        return tuple(claims)

    def _beside(self, claim: Claim) -> Claim:
        trouble = Trouble(claim.where, "expected a relation beside the others")
        return replace(claim, kind="unreadable", trouble=trouble)

    def tokens(self, start: int, end: int) -> Tokens:
        """The tokens of a display, macros replaced; raises Unreadable."""
        items, at = Tokens(), start
        definitions = self.macros.collect(self.source, start, end)
        for stop, after in [*definitions, (end, end)]:
            piece = lexed(self.source, at, stop)
            items.extend(piece)
            items.ends |= piece.ends
            at = after
        items, self.labels = self.macros.expanded(self.source, items), []
        texts = {t.text for t in items}
        if not texts.isdisjoint(WORN):
            items, self.labels = undressed(self.source, items)
        if not texts.isdisjoint(CASES):
            items = collapsed(self.source, items)
        self.ends |= items.ends
        if "," in texts:
            self._thousands(items)
        return items

    def _thousands(self, items: Tokens) -> None:
        """Raises Unreadable for 1,000: one number, or two claims."""
        depth = 0
        for a, comma, b in zip(items, items[1:], items[2:], strict=False):
            depth += (a.text in OPENING) - (a.text in CLOSING)
            numbers = depth == 0 and a.kind == b.kind == "number" and len(b.text) == 3
            text = f"{a.text},{b.text}"
            if numbers and comma.text == "," and self.source.text.startswith(text, a.at):
                one, two = f"{a.text}{b.text}", f"{a.text}, {b.text}"
                raise self.source.error(a.at, f"is {text} one number? write {one}, or {two}")

    # -- lines

    def _line(self, items: Run) -> list[Claim]:
        own = [t for t in items if t.kind not in FILLING]
        if own and own[0].text in SIGNS:
            if not self.tail:
                no = self.source.error(own[0].at, f"expected a left side before {own[0].text}")
                return [self._unreadable(no, own[0].at, self._text(items))]
            items, own = [*self.tail, *items], [*self.tail, *own]
        self.tail = []
        first = items[0].at
        if gone := lost(own, self.names):
            no = self.source.error(gone.token.at, gone.reason)
            return [self._unreadable(no, first, self._text(items), gone.line)]
        try:
            line = clauses(items, self.names, self.source)
            reader = Conditions(self.source, self.names)
            bounds = self._guarded(first, lambda: reader.read(line.conditions))
        except Unreadable as no:
            return [self._unreadable(no, first, self._text(items))]
        found = [self._clause(c, line, bounds) for c in line.claims]
        found += [self._clause(Clause(run), line, bounds, "assumption") for run in line.premises]
        found += [self._lonely(run, bool(found), line.remarks) for run in line.formulas]
        found += self._unused(line, found)
        if not found and (line.conditions or line.remarks):
            found = [Claim("condition", self.source.place(first), self._text(items))]
        alone = line.claims and len(found) == 1 and found[0].kind == "relation"
        if not line.premises and not any(c.given for c in line.claims):
            labels = (self._clause(Clause(run), line, bounds) for run in self._labels(items))
            found += [claim for claim in labels if claim.kind != "unreadable"]
        found = [self._tagged(claim, items, line.tags) for claim in found]
        if not found and own:
            odd = self.source.error(first, "expected a formula or a relation")
            return [self._unreadable(odd, first, self._text(items))]
        if alone:
            self.tail = sides(line.claims[0].items)[-1]
        return sorted(found, key=lambda claim: claim.where)

    def _labels(self, items: Run) -> list[Run]:
        """What the braces in a line are said to be, other than those in a sum or product."""
        if not self.labels:
            return []
        places = {t.at for t in items}
        first = min((t.at for t in items if t.text in BIG), default=len(self.source.text))
        return [run for run in self.labels if run[0].at in places and run[0].at < first]

    def _clause(
        self, clause: Clause, line: Line, bounds: Sequence[Bound], kind: str = "relation"
    ) -> Claim:
        first, text = clause.items[0].at, self._text(clause.items)
        items = without_gaps(clause.items)
        try:
            if not clause.given and not self._functions.isdisjoint([t.text for t in items]):
                reader = Shapes(self.source, self.names, self.ends, self._text)
                if shapes := reader.read(items, bounds):
                    return Claim("shapes", self.source.place(first), text, shapes=shapes)
            given = tuple(link for run in clause.given for link in self._links(run, (), bounds))
            if draws(items) or is_law(items, self.names):
                made = self._guarded(
                    first, lambda: distribution(self.source, items, self.names, self._side)
                )
                if made is not None:
                    made = replace(made, given=given, variance=self._variance(items))
                    where = self.source.place(first)
                    return Claim("distribution", where, text, distribution=made)
            links = self._links(items, given, bounds)
        except Unreadable as no:
            place = self.source.place(first)
            if UNKNOWN.match(no.reason) and (no.line, no.column) == place:
                defined = self._defined(items)
                reason = no.reason.partition(": '")[0] if defined else no.reason
                no = Unreadable(reason + defined, no.line, no.column)
            return self._unreadable(no, first, text)
        remarks = tuple(line.remarks)
        return Claim(kind, links[0].where, text, links, remarks=remarks)

    def _defined(self, items: Run) -> str:
        """What to declare if a relation says what its left side is, which is one new name."""
        left, *rest = sides(items)
        text = self._text(items)
        name = {"word", "letter", "command", "number"}
        plain = len(left) < 8 and all(t.kind in name or t.text in "_^{}'*" for t in left)
        if (
            len(rest) != 1
            or items[len(left)].text not in ("=", ":=")
            or not plain
            or len(text) > 60
        ):
            return ""
        return f"; if this defines it, declare 'let {text.replace(':=', '=', 1)}'"

    def _unused(self, line: Line, found: Sequence[Claim]) -> list[Claim]:
        """A relation about a letter that no claim has: no condition, but an unknown name."""
        if not line.conditions:
            return []
        links = [link for claim in found for link in claim.links]
        free = {
            s.name for link in links for t in (link.left, link.right) for s in t.term.free_symbols
        }
        readable = not found or any(claim.links for claim in found)
        odd: list[Claim] = []
        for c in line.conditions if readable else []:
            letters = [t for side in sides(c.items) for t in side[:1] if is_index(side, self.names)]
            if (
                len(sides(c.items)) > 1
                and not free & {t.text for t in letters}
                and not c.quantified
            ):
                no = self.source.error(letters[0].at, f"unknown name {letters[0].text}")
                odd.append(self._unreadable(no, c.items[0].at, self._text(c.items)))
        return odd

    def _lonely(self, items: Run, beside: bool, remarks: Sequence[str]) -> Claim:
        """A formula without a relation: nothing to judge if it stands alone."""
        first, text = items[0].at, self._text(items)
        try:
            made = self._guarded(
                first, lambda: distribution(self.source, items, self.names, self._side)
            )
            if made is not None:
                where = self.source.place(first)
                return Claim("distribution", where, text, distribution=made)
            self._relation(items)
            if remarks:
                raise self.source.error(first, f"expected a relation, not the words “{remarks[0]}”")
            if beside:
                raise self.source.error(first, "expected a relation beside the others")
        except Unreadable as no:
            return self._unreadable(no, first, text)
        return Claim("formula", self.source.place(first), text)

    # -- chains

    def _links(
        self, items: Run, given: tuple[Link, ...], bounds: Sequence[Bound]
    ) -> tuple[Link, ...]:
        read = self._relation(items)
        pieces = sides(items)
        named = list(read.sides)
        if len(pieces) == len(named):
            named = [
                s._replace(text=self._text(piece), rounded=self._rounded(piece, read.signs))
                for s, piece in zip(named, pieces, strict=True)
            ]
        every = tuple(b.index for b in bounds if b.lo is b.hi is None)
        model = self.names.model
        found = []
        for left, sign, right in zip(named, read.signs, named[1:], strict=False):
            terms = [left.term, right.term]
            over = self._guarded(items[0].at, partial(stated, terms, model, bounds))
            plain = sign.removeprefix("!")
            link = Link(left, plain, right, given, over, every, read.open, "", plain != sign)
            found.append(replace(link, relies=read.relies) if read.relies else link)
        return tuple(found)

    def _rounded(self, items: Run, signs: Sequence[str]) -> tuple[Expr, Expr] | None:
        """The ends between which a side lies that is written with one rounded number."""
        numbers = [n for n, t in enumerate(items) if t.kind == "number"]
        places = [n for n in numbers if "." in items[n].text]
        if not places and len(items) == 1 and "≈" in signs:
            places = [n for n in numbers if items[n].text[-1] != "0"]
        if len(places) != 1:
            return None
        at, token = places[0], items[places[0]]
        value, half = Decimal(token.text), Decimal(5).scaleb(-len(token.text.partition(".")[2]) - 1)
        ends = (max(EXACT.subtract(value, half), Decimal(0)), EXACT.add(value, half))
        try:
            low, high = (
                self._relation([*items[:at], token._replace(text=f"{e:f}"), *items[at + 1 :]])
                for e in ends
            )
        except Unreadable:
            return None
        return low.term, high.term

    def _relation(self, items: Run) -> Read:
        try:
            return self._guarded(items[0].at, lambda: self._formula(items).relation())
        except Unreadable as no:
            at = (t for t in enumerate(items) if self.source.place(t[1].at) >= (no.line, no.column))
            better = instead(items, next(at, (len(items) - 1, items[-1]))[0], no.reason)
            if better is None:
                raise
            raise self.source.error(better[0].at, better[1]) from None

    def _variance(self, items: Run) -> Side | None:
        """The variance of what stands before ``\\sim``, if it can be read."""
        cut = next((a for a, t in enumerate(items) if t.text == r"\sim"), 0)
        if not cut:
            return None
        at, end = items[0].at, items[cut - 1].at
        opened = [Token("word", "Var", at), Token("op", "[", at)]
        try:
            return self._relation([*opened, *items[:cut], Token("op", "]", end)]).sides[0]
        except Unreadable:
            return None

    def _side(self, items: Run) -> Side:
        return self._relation(items).sides[0]._replace(text=self._text(items))

    def _formula(self, items: Run) -> Formula:
        kept = [t for t in items if t.kind not in ("quad", "row")]
        odd = next((t for t in kept if t.kind in ODD), None)
        if odd is not None and odd.kind == "unclear":
            raise self.source.error(odd.at, odd.text)
        if odd is not None:
            raise self.source.error(odd.at, f"expected a formula, not {_shown(odd)}")
        places = [t.at for t in kept]
        end = max(map(self.ends.get, places, places))
        found = Formula(self.source, [*kept, Token("end", "", end)], self.names)
        found.bends = True
        return found

    def _guarded(self, at: int, act: Callable[[], T]) -> T:
        try:
            return act()
        except (Undeclared, Mismatch) as no:
            raise self.source.error(at, str(no)) from None
        except RecursionError:
            raise self.source.error(at, "nested too deeply") from None

    # -- texts, tags, troubles

    def _text(self, items: Run) -> str:
        """What is written from the first of these tokens to the last, on one line."""
        kept = [at for kind, _, at in items if kind not in ("quad", "row", "amp")]
        pieces, text = list[str](), self.source.text
        start = end = kept[0] if kept else 0
        for at in kept:
            if at < start or (at > end and text[end:at].strip() not in KEPT_GAPS):
                pieces.append(text[start:end])
                start = end = at
            end = max(end, self.ends.get(at, at))
        pieces.append(text[start:end])
        return " ".join(" ".join(pieces).split())

    def _tagged(self, claim: Claim, items: Run, tags: list[Token]) -> Claim:
        """The tag of the row in which a link ends, and the label."""
        if not tags:
            return claim
        starts = [items[0].at, *(t.at for t in items if t.kind == "row")]
        by_row = {starts[bisect_right(starts, t.at) - 1]: t.text for t in tags if t.kind == "tag"}
        rows = [(self.source.place(at), by_row.get(at, "")) for at in starts]
        links = tuple(
            replace(link, tag=[tag for where, tag in rows if where <= link.right.where][-1])
            for link in claim.links
        )
        tag = next((link.tag for link in links if link.tag), next(iter(by_row.values()), ""))
        label = next((t.text for t in tags if t.kind == "label"), "")
        return replace(claim, links=links, tag=tag, label=label)

    def _unreadable(self, no: Unreadable, at: int, text: str, because: int = 0) -> Claim:
        trouble = Trouble(Place(no.line, no.column), no.reason, because)
        shown = " ".join(text.split())
        return Claim("unreadable", self.source.place(at), shown, trouble=trouble)


UNKNOWN = re.compile("unknown name ")
KEPT_GAPS = frozenset({"", r"\left", r"\right", r"\,", r"\;", r"\!", r"\:", r"\ "})


def _shown(t: Token) -> str:
    if t.kind == "text":
        return f"the words “{' '.join(t.text.split())}”"
    return f"\\begin{{{t.text}}}" if t.kind == "begin" else t.text
