"""For which indices a claim holds: ``i \\ge 1``, ``i = 0, \\dots, d``. Trusted for meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sympy import Expr, Symbol

from derive.model import Model
from derive.order import Order
from derive.read.atoms import Run, is_index, sides
from derive.read.clauses import Condition
from derive.read.formula import SIGNS, Formula
from derive.read.names import Names
from derive.read.ranges import ranges_of
from derive.read.tokens import Source, Token
from derive.read.values import Mismatch
from derive.terms import Range

MIRRORED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "=": "=", "≠": "≠"}


@dataclass(frozen=True)
class Bound:
    """What is said of one index: limits that may be missing, and values that are left out."""

    index: Symbol
    at: int
    lo: Expr | None = None
    hi: Expr | None = None
    but: tuple[Expr, ...] = ()

    @property
    def open(self) -> bool:
        """Whether nothing is said but that there is such an index."""
        return self.lo is None and self.hi is None and not self.but


class Conditions:
    """Reads conditions over one set of names."""

    def __init__(self, source: Source, names: Names) -> None:
        self.source = source
        self.names = names

    def read(self, given: Sequence[Condition]) -> list[Bound]:
        """Everything said of each index, together; raises Unreadable."""
        found: dict[Symbol, Bound] = {}
        for condition in given:
            for new in self._bounds(condition):
                old = found.get(new.index)
                found[new.index] = self._both(old, new) if old else new
        return list(found.values())

    def _both(self, a: Bound, b: Bound) -> Bound:
        if (a.lo is not None and b.lo is not None) or (a.hi is not None and b.hi is not None):
            raise self.source.error(b.at, f"a second range of {b.index}")
        lo = b.lo if a.lo is None else a.lo
        hi = b.hi if a.hi is None else a.hi
        return replace(a, lo=lo, hi=hi, but=(*a.but, *b.but))

    def _bounds(self, c: Condition) -> list[Bound]:
        if c.lo is not None:
            lo, hi = self._expr(c.lo), self._expr(c.hi) if c.hi is not None else None
            return [Bound(self._name(c.items), c.items[0].at, lo, hi)]
        if any(t.text == r"\in" for t in c.items):
            return [self._member(c.items)]
        pieces = sides(c.items)
        signs = [SIGNS[t.text] for t in c.items if t.text in SIGNS]
        if len(pieces) == 1:
            return [Bound(self._name(c.items), c.items[0].at)]
        if len(pieces) == 2 and len(pieces[1]) > 2 and ".." in [t.text for t in pieces[1]]:
            return [self._two_dots(pieces[0], pieces[1])]
        if len(pieces) == 3:
            middle = pieces[1]
            return [
                self._both(
                    self._half(middle, MIRRORED.get(signs[0], ""), pieces[0]),
                    self._half(middle, signs[1], pieces[2]),
                )
            ]
        if len(pieces) != 2:
            raise self.source.error(c.items[0].at, "expected a range of an index")
        left, right = pieces
        if is_index(left, self.names):
            return [self._half(left, signs[0], right)]
        return [self._half(right, MIRRORED.get(signs[0], ""), left)]

    def _half(self, index: Run, sign: str, other: Run) -> Bound:
        name, value = self._name(index), self._expr(other)
        at = index[0].at
        if sign == "=":
            return Bound(name, at, value, value)
        if sign == "≠":
            return Bound(name, at, but=(value,))
        if sign in ("≤", "<"):
            return Bound(name, at, hi=value - int(sign == "<"))
        if sign in ("≥", ">"):
            return Bound(name, at, lo=value + int(sign == ">"))
        raise self.source.error(at, f"expected =, ≤, ≥, <, > or ≠ after the index {name}")

    def _member(self, items: Run) -> Bound:
        """``i \\in \\{1, \\dots, d\\}``."""
        cut = next(a for a, t in enumerate(items) if t.text == r"\in")
        index, body = items[:cut], items[cut + 1 :]
        if len(body) < 3 or (body[0].text, body[-1].text) != (r"\{", r"\}"):
            kind = any(t.text == r"\mathbb" for t in body)
            help = ": what a name stands for is declared" if kind else ""
            raise self.source.error(
                items[cut].at, f"expected \\in \\{{first, \\dots, last\\}}{help}"
            )
        texts = [t.text for t in body]
        if ".." in texts:
            return self._two_dots(index, body[1:-1])
        dots = [a for a, t in enumerate(texts) if t in (r"\dots", r"\ldots", r"\cdots")]
        commas = [a for a, t in enumerate(texts) if t == ","]
        if len(dots) != 1 or dots[0] + 1 not in commas or not commas:
            raise self.source.error(body[0].at, "expected \\{first, \\dots, last\\}")
        lo, hi = self._expr(body[1 : commas[0]]), self._expr(body[dots[0] + 2 : -1])
        return Bound(self._name(index), items[0].at, lo, hi)

    def _two_dots(self, index: Run, items: Run) -> Bound:
        cut = next(a for a, t in enumerate(items) if t.text == "..")
        lo, hi = self._expr(items[:cut]), self._expr(items[cut + 1 :])
        return Bound(self._name(index), index[0].at, lo, hi)

    def _formula(self, items: Run) -> Formula:
        end = items[-1].at + len(items[-1].text) if items else 0
        return Formula(self.source, [*items, Token("end", "", end)], self.names)

    def _expr(self, items: Run) -> Expr:
        f = self._formula(items)
        value = f.index()
        f.done()
        return value

    def _name(self, items: Run) -> Symbol:
        f = self._formula([t for t in items if t.text not in ("{", "}")])
        name = f.bound_name()
        f.done()
        return Symbol(name)


def stated(terms: Sequence[Expr], model: Model, bounds: Sequence[Bound]) -> tuple[Range, ...]:
    """The ranges of the indices that something is said of; raises Mismatch."""
    if not bounds:
        return ()
    free = {s for t in terms for s in t.free_symbols}
    found: list[Range] = []
    for b in bounds:
        if b.index not in free or (b.lo is None and b.hi is None and not b.but):
            continue
        if b.lo is not None and b.hi is not None:
            found.append(Range(b.index, b.lo, b.hi, b.but))
            continue
        every = ranges_of(terms, model, found)
        order = Order((r for r in every if r.index != b.index), model.least)
        whole = next(r for r in every if r.index == b.index)
        lo = whole.lo if b.lo is None else b.lo
        hi = whole.hi if b.hi is None else b.hi
        if b.lo is not None and not order.leq(whole.lo, lo):
            lo = _later(b.index, lo, whole.lo, order)
        if b.hi is not None and not order.leq(hi, whole.hi):
            hi = _later(b.index, hi, whole.hi, order, up=True)
        found.append(Range(b.index, lo, hi, b.but))
    return tuple(found)


def _later(index: Symbol, said: Expr, whole: Expr, order: Order, up: bool = False) -> Expr:
    """The narrower of two limits."""
    if order.leq(whole, said) if up else order.leq(said, whole):
        return whole
    raise Mismatch(f"cannot tell whether {said} or {whole} ends the range of {index}")
