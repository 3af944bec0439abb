"""Sums and products over ranges: their limits, and how far the body reaches. Trusted for meaning.

The body is the factors that follow in the same product; another ``\\prod`` ends it, and after
``\\prod`` so does ``\\times`` before a factor without the index.
"""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr, Symbol

from derive.read.limits import Limits
from derive.read.names import Names
from derive.read.ranges import summed
from derive.read.result import Asked, Bare
from derive.read.tokens import Source, Token
from derive.read.values import Mismatch, Value
from derive.terms import Product, Range, Sum

BIG: dict[str, type] = {r"\sum": Sum, r"\prod": Product, r"\Sigma": Sum, r"\Pi": Product}


class Factor(NamedTuple):
    """A factor and how it is joined to those before it: "", " ", "·", "/" or "⊙"."""

    value: Value
    joint: str
    big: bool
    token: Token


class Binders(Limits):
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
        """A sum or product over ranges, and the factors after it that are outside its body."""
        token = self.take()
        kind = BIG[token.text]
        over = self.limits(token)
        hidden = {o.name: self.bound[o.name] for o in over if o.name in self.bound}
        self.bound |= {o.name: o.limits for o in over}
        with self.nested():
            inside = self.factors()
        for o in over:
            del self.bound[o.name]
        self.bound |= hidden
        inside, outside = self._body(kind, inside, {Symbol(o.name) for o in over}, token)
        body = self.product(inside)
        made = body.term
        for o in over:
            if o.name in self.paired and Symbol(o.name) not in made.free_symbols:
                raise self.unclear(*self.paired[o.name])
        ends = set()
        for o in reversed(over):
            symbol, limits = Symbol(o.name), o.limits
            if limits is None or limits.lo is None or limits.hi is None:
                limits = self._inferred(symbol, limits, made, token)
            made = kind(made, (symbol, limits.lo, limits.hi, o.but))
            ends.add(limits.hi)
        if len(ends) > 1 and over[0].name in self.paired:
            raise self.fail("expected one range for both indices", token)
        return [Factor(Value(made, body.open, body.aligned), joint, True, token), *outside]

    def _body(
        self, kind: type, factors: list[Factor], indices: set[Symbol], token: Token
    ) -> tuple[list[Factor], list[Factor]]:
        """Split the factors after ``\\sum`` or ``\\prod`` into its body and what follows it."""
        uses = [a for a, f in enumerate(factors) if self._depends(f.value, indices)]
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

    def _depends(self, value: Value, indices: set[Symbol]) -> bool:
        return bool(indices & value.term.free_symbols) or any(
            indices & (r.lo.free_symbols | r.hi.free_symbols) for r in value.open
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
