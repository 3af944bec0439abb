"""Sums and products over ranges: their limits, and how far the body reaches. Trusted for meaning.

The body is the factors that follow in the same product; another ``\\prod`` ends it, and after
``\\prod`` so does ``\\times`` before a factor without the index.
"""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr, Integer, Symbol

from derive.read.entries import Entries
from derive.read.names import Names, latex
from derive.read.ranges import summed
from derive.read.result import Asked, Bare
from derive.read.tokens import Source, Token
from derive.read.values import Mismatch, Value
from derive.terms import Product, Range, Sum

UNEQUAL = (r"\ne", r"\neq", "!=")
BIG: dict[str, type] = {r"\sum": Sum, r"\prod": Product, r"\Sigma": Sum, r"\Pi": Product}


class Factor(NamedTuple):
    """A factor and how it is joined to those before it: "", " ", "·", "/" or "⊙"."""

    value: Value
    joint: str
    big: bool
    token: Token


class Binders(Entries):
    """Reads ``\\sum`` and ``\\prod``."""

    def __init__(self, source: Source, items: list[Token], names: Names) -> None:
        super().__init__(source, items, names)
        self.bare: list[Bare] = []
        self.asks: list[Asked] = []

    def factors(self) -> list[Factor]:
        raise NotImplementedError

    def product(self, factors: list[Factor]) -> Value:
        raise NotImplementedError

    def big(self) -> bool:
        """Whether a sum or product begins here."""
        text = self.here.text
        return text in BIG and (text in (r"\sum", r"\prod") or self.ahead().text in ("_", "^"))

    def binder(self, joint: str) -> list[Factor]:
        """A sum or product over a range, and the factors after it that are outside its body."""
        token = self.take()
        kind = BIG[token.text]
        index, limits, but = self._limits(token)
        hidden = self.bound.get(index), index in self.bound
        self.bound[index] = limits
        with self.nested():
            inside = self.factors()
        del self.bound[index]
        if hidden[1]:
            self.bound[index] = hidden[0]
        symbol = Symbol(index)
        inside, outside = self._body(kind, inside, symbol, token)
        body = self.product(inside)
        if limits is None or limits.lo is None or limits.hi is None:
            limits = self._inferred(symbol, limits, body.term, token)
        made = kind(body.term, (symbol, limits.lo, limits.hi, but))
        return [Factor(Value(made, body.open, body.aligned), joint, True, token), *outside]

    def _limits(self, token: Token) -> tuple[str, Range | None, tuple[Expr, ...]]:
        index, lo, hi = "", None, None
        but: list[Expr] = []
        while self.here.text in ("_", "^"):
            if self.take().text == "^":
                if hi is not None:
                    raise self.fail("a second upper limit")
                hi = self._limit()
            elif index:
                raise self.fail("a second lower limit")
            elif self.accept("{"):
                known = {*self.bound, *self.indices}
                index = self.bound_name()
                if self.accept(*UNEQUAL):
                    but.append(self._other(index, known))
                lo = self.index() if self.accept("=") else None
                while self.accept(","):
                    self._same_name(index)
                    if not self.accept(*UNEQUAL):
                        raise self.fail(f"expected \\ne, {self.before()}")
                    but.append(self.index())
                self.expect("}", "to close the lower limit")
            else:
                index = self.cut(1).text if self.here.kind == "word" else self.bound_name()
        if not index:
            raise self.fail(f"expected _{{index = …}} after {token.text}")
        if lo is None and hi is None:
            return index, None, tuple(but)
        symbol = Symbol(index)
        return index, Range(symbol, lo, hi, tuple(but)), tuple(but)

    def _other(self, index: str, known: set[str]) -> Expr:
        """What ``\\sum_{j \\ne i}`` leaves out: it has to be clear that j is summed over alone."""
        token = self.here
        other = self.index()
        if index in known or not {str(s) for s in other.free_symbols} <= known | self.known:
            raise self.fail(
                f"is it {index} that is summed over, or both? write"
                f" \\sum_{{{index}, {index} \\ne …}}, or another \\sum before this one",
                token,
            )
        return other

    def _limit(self) -> Expr:
        if self.accept("{"):
            limit = self.index()
            self.expect("}", "to close the upper limit")
            return limit
        if self.here.kind == "word":
            return self._index_name(self.one_letter())
        if self.here.kind == "number":
            return Integer(int(self.one_digit().text))
        return self._index_name(self.name(indexing=True))

    def bound_name(self) -> str:
        if not self.names_here():
            raise self.fail(f"expected an index, {self.before()}")
        name = self.name(indexing=True)
        text = name.text + "'" * name.primes
        if len(text.rstrip("'")) > 1:
            raise self.fail(f"expected an index, not {latex(text)}", name.token)
        if text in self.known:
            raise self.fail(f"{latex(text)} is {self.names.kind(text)}, not an index", name.token)
        return text

    def _same_name(self, index: str) -> None:
        token = self.here
        if self.bound_name() != index:
            raise self.fail(f"expected {index} \\ne …", token)

    def _body(
        self, kind: type, factors: list[Factor], index: Symbol, token: Token
    ) -> tuple[list[Factor], list[Factor]]:
        """Split the factors after ``\\sum`` or ``\\prod`` into its body and what follows it."""
        uses = [a for a, f in enumerate(factors) if self._depends(f.value, index)]
        last = uses[-1] if uses else -1
        cut = len(factors)
        for a in range(len(factors) - 1, max(last, 0), -1):
            if factors[a].big or (kind is Product and factors[a].joint == "·"):
                cut = a
        loose = factors[last + 1 : cut] if kind is Product and uses else []
        if loose:
            raise self.fail(
                "inside \\prod or after it? put it before the \\prod, or use parentheses",
                loose[0].token,
            )
        if kind is Product and not uses and cut < len(factors) and factors[cut].joint == "·":
            raise self.fail("inside \\prod or after it? use parentheses", factors[cut].token)
        return factors[:cut], factors[cut:]

    def _depends(self, value: Value, index: Symbol) -> bool:
        return index in value.term.free_symbols or any(
            index in r.lo.free_symbols | r.hi.free_symbols for r in value.open
        )

    def _inferred(self, symbol: Symbol, limits: Range | None, body: Expr, token: Token) -> Range:
        """The limits of ``\\sum_j``: where every entry with that index exists."""
        try:
            found = summed(body, symbol, self.names.model)
        except Mismatch as no:
            raise self.fail(f"expected limits of {symbol}: {no}", token) from None
        if limits is not None and limits.lo is not None and limits.lo != found.lo:
            found = found._replace(lo=limits.lo)
        if limits is not None and limits.hi is not None and limits.hi != found.hi:
            found = found._replace(hi=limits.hi)
        known = {Range(symbol, None, None): found, limits: found}
        self.bare = [b._replace(under=tuple(known.get(r, r) for r in b.under)) for b in self.bare]
        self.asks = [a._replace(under=tuple(known.get(r, r) for r in a.under)) for a in self.asks]
        return found
