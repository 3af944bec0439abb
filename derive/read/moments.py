"""E, Var, Cov, Std (the root of Var) and Corr in all their dresses. Trusted for meaning.

Inside, a bare family is any one entry: the first one is taken, and it is noted that the moment
has to be the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr, Symbol, sqrt

from derive.errors import Undeclared
from derive.read.binders import Binders
from derive.read.laws import law_ends, meant, parsed
from derive.read.names import Names
from derive.read.result import Asked, Bare
from derive.read.tokens import Source, Token
from derive.read.values import Mismatch, Value
from derive.read.words import OPENERS
from derive.substitution import put
from derive.terms import Cov, E, Entry, Range, Var


def _deviation(x: Expr) -> Expr:
    return sqrt(Var(x))


def _correlation(x: Expr, y: Expr) -> Expr:
    return Cov(x, y) / _deviation(x) / _deviation(y)


HEAD: dict[str, tuple[Callable[..., Expr], int]] = {
    "E": (E, 1), "Var": (Var, 1), "Cov": (Cov, 2), "Std": (_deviation, 1), "Corr": (_correlation, 2)
}  # fmt: skip


class Moments(Binders):
    """Reads moments; with ``any_entry`` false a bare family keeps its open indices instead."""

    def __init__(
        self, source: Source, items: list[Token], names: Names, any_entry: bool = True
    ) -> None:
        super().__init__(source, items, names)
        self.any_entry = any_entry

    def expr(self) -> Value:
        raise NotImplementedError

    def exponent(self) -> Value:
        raise NotImplementedError

    def settle(self) -> None:
        raise NotImplementedError

    def shaped(self, token: Token, make: Callable[..., Value], *args: Any) -> Value:
        try:
            return make(*args)
        except Mismatch as no:
            raise self.fail(str(no), token) from None

    def close(self, token: Token) -> None:
        close = OPENERS[token.text]
        if self.here.kind == "end" or self.here.text != close:
            column = self.source.place(token.at).column
            raise self.fail(
                f"expected {close} to close the {token.text} at column {column}, {self.before()}"
            )
        self.take()

    def moment(self, head: str, token: Token) -> Value:
        """What follows the head: a power of it, and its arguments in any kind of brackets."""
        make, count = HEAD[head]
        exponent = self.exponent() if self.accept("^") else None
        opener = self.here
        if opener.text == "_":
            raise self.fail(f"{head} over some of the variables alone is not read: write {head}[…]")
        if opener.text not in OPENERS:
            raise self.fail(f"expected [ or ( after {head}, {self.before()}")
        self.take()
        doubled = opener.text == "{" and self.here.text in ("[", "(", r"\{") and self.take()
        outer = self.chosen, self.around
        self.chosen, self.around = {}, set(self.bound)
        own = set(self.own)
        with self.nested():
            args = [self._of_a_law() or self.expr().term]
            while len(args) < count:
                self.expect(",", f"between the {count} arguments of {head}")
                args.append(self.expr().term)
        if doubled:
            self.close(doubled)
        self.close(opener)
        over = tuple(r for rs in self.chosen.values() for r in rs)
        self.chosen, self.around = outer
        moment = make(*args)
        if over:
            self.bare.append(Bare(moment, over, self._under()))
            if self.any_entry:
                self.own = own
                moment = _first(moment, over)
        if head == "Corr":
            spreads = [_first(Var(a), over) if self.any_entry else Var(a) for a in args]
            self.asks.extend(Asked("≠", spread, self._under()) for spread in spreads)
        return (
            self.shaped(token, self.powered, Value(moment), exponent) if exponent else Value(moment)
        )

    def _of_a_law(self) -> Expr | None:
        """``U[-a, a]`` as the variable of a moment: one without a name that has this law."""
        items = self.items[self.pos :]
        end = law_ends(items, self.names)
        if not end:
            return None
        token, items = self.here, items[:end]
        written = parsed(self.source, items, self.names)
        if written is None:
            return None
        parameters = tuple(map(self._parameter, written.parameters))
        try:
            found = meant(written.name, parameters, written.words, self.names.normal)
        except Undeclared as no:
            raise self.fail(str(no), token) from None
        if len(found) > 1:
            raise self.fail(
                "is the second parameter a variance or a standard deviation?"
                " declare 'read N by variance' or 'read N by std'",
                token,
            )
        self.skip(end)
        last = items[-1]
        name = " ".join(self.source.text[token.at : last.at + len(last.text)].split())
        (self.names.drawn[name],) = found.values()
        return Entry(name)

    def _parameter(self, items: list[Token]) -> Expr:
        """A number, in the names that are in force here."""
        end = Token("end", "", items[-1].at + len(items[-1].text))
        inner = type(self)(self.source, [*items, end], self.names, self.any_entry)
        token, value = inner.here, inner.expr()
        inner.done()
        inner.settle()
        if value.open or inner.indices:
            raise self.fail("expected a number that is declared", token)
        return value.term

    def _under(self) -> tuple[Range, ...]:
        """The ranges of the sums around; one without limits is filled in when it is known."""
        unknown = (Range(Symbol(b), None, None) for b in self.bound)
        return tuple(r or u for r, u in zip(self.bound.values(), unknown, strict=True))


def _first(moment: Expr, over: tuple[Range, ...]) -> Expr:
    first: dict[Expr, Expr] = {}
    for r in over:
        first[r.index] = put(r.lo, first)
    return put(moment, first)
