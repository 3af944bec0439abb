"""E, Var, Cov, Std (the root of Var) and Corr in all their dresses. Trusted for meaning.

Inside, a bare family is any one entry: the first one is taken, and it is noted that the moment
has to be the same for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Expr, Symbol, sqrt

from derive.errors import Undeclared, Unreadable
from derive.read.binders import Binders
from derive.read.laws import law_ends, meant, parsed
from derive.read.names import HEADS, Names
from derive.read.result import Asked, Bare
from derive.read.tokens import Source, Token
from derive.read.values import Mismatch, Value
from derive.read.words import OPENERS, Name
from derive.substitution import put
from derive.terms import Cov, E, Entry, Partial, Range, Var


def _deviation(x: Expr) -> Expr:
    return sqrt(Var(x))


def _correlation(x: Expr, y: Expr) -> Expr:
    return Cov(x, y) / _deviation(x) / _deviation(y)


HEAD: dict[str, tuple[Callable[..., Expr], int]] = {
    "E": (E, 1), "Var": (Var, 1), "Cov": (Cov, 2), "Std": (_deviation, 1), "Corr": (_correlation, 2)
}  # fmt: skip


UPRIGHT = frozenset(
    {r"\mathbb", r"\mathrm", r"\operatorname", r"\operatorname*", r"\text", r"\textrm", r"\mathop"}
)
TIMES = (r"\cdot", r"\times", "*", r"\odot", r"\circ")


class Moments(Binders):
    """Reads moments; with ``any_entry`` false a bare family keeps its open indices instead.

    ``unclosed`` is what is wrong with those without brackets that a + or - follows, if anything
    random comes after it.
    """

    def __init__(
        self, source: Source, items: list[Token], names: Names, any_entry: bool = True
    ) -> None:
        super().__init__(source, items, names)
        self.any_entry = any_entry
        self.unclosed: list[Unreadable] = []

    def expr(self) -> Value:
        raise NotImplementedError

    def exponent(self) -> Value:
        raise NotImplementedError

    def named(self, name: Name) -> Value:
        raise NotImplementedError

    def starts(self) -> bool:
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
        alone = opener.text not in OPENERS
        if alone and (exponent or not self._unmistakable(token)):
            raise self.fail(f"expected [ or ( after {head}, {self.before()}")
        doubled = None
        if not alone:
            self.take()
            doubled = opener.text == "{" and self.here.text in ("[", "(", r"\{") and self.take()
        outer = self.chosen, self.around
        self.chosen, self.around = {}, set(self.bound)
        own = set(self.own)
        with self.nested():
            args = [self._alone(head) if alone else self._of_a_law() or self.expr().term]
            while len(args) < count:
                self.expect(",", f"between the {count} arguments of {head}")
                args.append(self.expr().term)
        if doubled:
            self.close(doubled)
        if not alone:
            self.close(opener)
        over = tuple(r for rs in self.chosen.values() for r in rs)
        self.chosen, self.around = outer
        if head == "E" and opener.text == "(" and args[0].is_Add and self.here.text == "^":
            raise self.fail("E(…)^ can be read in two ways: write E[(…)^2] or E[…]^2")
        unseen = opener.text == "{" and not doubled and token.text[1:] not in HEADS
        if count == 1 and (
            (unseen and (args[0].is_Add or args[0].is_Mul or args[0].is_Pow))
            or (opener.text == self.here.text == "(")
        ):
            raise self._unclear(head, opener)
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

    # -- without brackets

    def _unmistakable(self, token: Token) -> bool:
        """Whether a head is no letter: ``\\mathbb{E}``, ``\\operatorname{Var}``, ``Var``."""
        if token.kind == "word":
            return token.text in HEADS and len(token.text) > 1
        return token.text[1:] in HEADS or token.text in UPRIGHT

    def _operator(self, ahead: int) -> bool:
        """Whether such a head stands some tokens ahead."""
        token, inner = self.ahead(ahead), self.ahead(ahead + 1)
        if token.text in UPRIGHT:
            inner = self.ahead(ahead + 2) if inner.text == "{" else inner
            return inner.text in HEADS or (token.text, inner.text) == (r"\mathbb", "V")
        return self._unmistakable(token)

    def _alone(self, head: str) -> Expr:
        """One symbol with its scripts, or a function of something in brackets, and no more."""
        token = self.here
        if HEAD[head][1] > 1 or not self.names_here() or self._operator(0):
            raise self.fail(f"expected [ or ( after {head}, {self.before()}")
        value = self.named(self.name())
        ends = self._operator(1) if self.here.text in TIMES else self._operator(0)
        plain = not (value.term.is_Pow or value.open or value.aligned)
        if not plain or not (ends or self._ended()):
            raise self._unclear(head, token)
        if self.here.text in ("+", "-"):
            self.unclosed.append(self._unclear(head, token, f" {self.here.text} …"))
        return value.term

    def _ended(self) -> bool:
        """Whether nothing stands here that a symbol could be multiplied with, or raised to."""
        return not self.starts() and self.here.text not in (*TIMES, "^", "_", "/", "'", "⊙")

    def _unclear(self, head: str, token: Token, after: str = " …") -> Unreadable:
        said = " ".join(self.source.text[token.at : self.here.at].split()) or "…"
        one, other = f"{head}[{said}]{after}", f"{head}[{said}{after}]"
        if "^" in said:
            one, other = f"{head}[{said}]", f"{head}[…]^…"
        return self.fail(f"how far does {head} reach? write {one} or {other}", token)

    def closed(self, parts: list[Value], since: int) -> None:
        """Refuse ``Var x + y``, if y is random: it is not certain that it stands outside."""
        if any(self._random(p.term) for p in parts):
            raise self.unclosed[since]
        del self.unclosed[since:]

    def _random(self, e: Expr) -> bool:
        """Whether something random stands outside of all moments."""
        if isinstance(e, Entry):
            family = self.names.model.families.get(e.name)
            return family is None or family.kind in ("random", "defined")
        inside = isinstance(e, (E, Var, Cov))
        return not inside and (isinstance(e, Partial) or any(map(self._random, e.args)))

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
