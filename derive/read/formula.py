"""LaTeX formulas -> terms, given the declarations so far. Trusted for meaning: echoed as read.

Nothing is guessed: what is not certain raises Unreadable with its place and what was expected.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, pairwise

from sympy import Add, Expr, Integer, Rational, Symbol, pi

from derive.errors import Unreadable
from derive.model import Model
from derive.read.bent import BENDING
from derive.read.binders import Factor
from derive.read.calculus import Calculus
from derive.read.entries import ANY_ONE
from derive.read.loose import loosened
from derive.read.names import CALLIGRAPHIC, HEADS, Names, latex
from derive.read.result import Asked, Read, Side
from derive.read.series import series
from derive.read.tokens import Source, Token, tokens
from derive.read.values import (
    Mismatch,
    Value,
    add,
    applied,
    elementwise,
    multiply,
    renamed,
    transposed,
)
from derive.read.words import OPENERS, Name, depth
from derive.terms import Entry

SIGNS = {
    "=": "=", r"\approx": "≈", r"\simeq": "≈", r"\equiv": "=", ":=": "=", "<": "<", ">": ">",
    r"\le": "≤", r"\leq": "≤", "<=": "≤", r"\ge": "≥", r"\geq": "≥", ">=": "≥", r"\ne": "≠",
    r"\neq": "≠", r"\propto": "∝", r"\leqslant": "≤", r"\geqslant": "≥", r"\triangleq": "=",
    r"\coloneqq": "=",
}  # fmt: skip
ASKED = {rf"\overset{{!}}{{{text}}}": f"!{sign}" for text, sign in SIGNS.items()}
SIGNS |= ASKED
FRACTIONS = frozenset(
    {r"\frac", r"\dfrac", r"\tfrac", r"\cfrac", r"\nicefrac", r"\sfrac", r"\flatfrac"}
)
DOTS = frozenset({r"\cdots", r"\dots", r"\ldots", r"\dotsb"})
INSTEAD = {
    **dict.fromkeys([r"\langle", r"\overline"], "; write a mean as E[…]"),
    **dict.fromkeys(
        [r"\max", r"\min"], r": 'given f(s)' and 'assume f(s) = \max(0, s)' declare a function"
    ),
}
GROWTH = "how large a term is, as in O(n), is not read: write the term, or an inequality"
ASIDE = {
    **dict.fromkeys(["O", "o", "Θ", "Ω", chr(CALLIGRAPHIC + ord("O") - 65)], GROWTH),
    **dict.fromkeys(["P", "Pr"], "a probability is not read here: P[s = 0] = 0 can be assumed"),
}  # fmt: skip
BESIDE = frozenset({*OPENERS.values(), ",", "+", "-"})
JOINTS = {
    **dict.fromkeys([r"\cdot", r"\times", "*"], "·"), "/": "/",
    **dict.fromkeys([r"\odot", r"\circ"], "⊙"),
}  # fmt: skip
STARTS = frozenset(
    [*OPENERS, *FRACTIONS, r"\partial", r"\sqrt", r"\exp", r"\int", r"\max", r"\min"]
)


class Formula(Calculus):
    """The grammar: relation, sum, product, factor, moment, derivative."""

    def powered(self, value: Value, exponent: Value) -> Value:
        """A power, and what it takes for granted: noted before anything is cancelled."""
        base, e = value.term, exponent.term
        below = any(t.as_coeff_Mul()[0].is_negative for t in Add.make_args(e) if e == t or t.args)
        signs = [*(["≥"] if e.is_Rational and e.q > 1 else []), *(["≠"] if below else [])]
        self.asks.extend(Asked(sign, base, self._under()) for sign in signs)
        return super().powered(value, exponent)

    # -- sums and products

    def expr(self) -> Value:
        """Terms with + and - between them."""
        with self.nested():
            before = len(self.unclosed)
            token, parts = self.here, [self._signed()]
            while self.here.text in ("+", "-"):
                if self.here.text == "+" and self.ahead().text in DOTS:
                    parts = self._series(token, parts)
                else:
                    parts.append(self._signed())
            if len(self.unclosed) > before:
                self.closed(parts, before)
            return self.shaped(token, add, parts) if len(parts) > 1 else parts[0]

    def _series(self, token: Token, parts: list[Value]) -> list[Value]:
        """``+ \\cdots`` and the last term: with the terms before them, a sum over a range."""
        self.take(), self.take()
        last = self._signed()
        try:
            return series(parts, last, self.fresh("j"))
        except Mismatch as no:
            raise self.fail(str(no), token) from None

    def _signed(self) -> Value:
        negative = False
        while sign := self.accept("+", "-"):
            negative ^= sign.text == "-"
        value = self._product_here()
        return Value(-value.term, value.open, value.aligned) if negative else value

    def _product_here(self) -> Value:
        if self.chosen is None or not self.transposed_ahead():
            return self.product(self.factors())
        token = self.here
        value = self.as_vectors(lambda: self.product(self.factors()))
        if value.open:
            raise self.fail("expected a number: this product is a vector or a matrix", token)
        return value

    def factors(self) -> list[Factor]:
        found: list[Factor] = []
        while True:
            joint = JOINTS.get(self.here.text, " ") if found else ""
            if joint == " " and not self.starts():
                return found
            if joint.strip():
                self.take()
            if self.big():
                if joint in ("/", "⊙"):
                    raise self.fail("expected parentheses around the sum or product")
                return found + self.binder(joint)
            token = self.here
            found.append(self._checked(found, Factor(self.factor(), joint, False, token)))

    def _checked(self, before: list[Factor], new: Factor) -> Factor:
        """Refuse what can be read in two ways: ``a/b c``, ``2 3``, ``x 2``, ``Var[q \\cdot k]``."""
        if new.joint == "·" and {before[-1].value.term, new.value.term} <= self.any_one:
            raise self.fail(ANY_ONE.format("each of these families"), before[-1].token)
        if new.joint == " " and new.token.kind == "number" and new.value.term.is_Number:
            raise self.fail("expected \\cdot or an operator before a number", new.token)
        if new.joint == " " and new.token.text == "(" and new.value.term.is_Integer:
            last = before[-1]
            if last.value.open or last.value.term in self.any_one:
                raise self.fail(f"expected an index after {last.token.text}, or \\cdot", new.token)
        if new.joint == " " and before[-1].joint == "/":
            plain = len(before) == 2 and all(f.value.term.is_Number for f in before)
            if not plain or self.source.text[: new.token.at][-1:].isdigit():
                raise self.fail(
                    "a/b c can be read in two ways: use \\frac or parentheses", new.token
                )
        return new

    def product(self, factors: list[Factor]) -> Value:
        """Elementwise products bind less than matrix products."""
        if len(factors) == 1:
            return factors[0].value
        groups: list[list[Value]] = [[]]
        for f in factors:
            if f.joint == "⊙":
                groups.append([])
            groups[-1].append(Value(self._shaped_inverse(f)) if f.joint == "/" else f.value)
        token, value = factors[0].token, self.shaped(factors[0].token, multiply, groups[0])
        for group in groups[1:]:
            value = self.shaped(token, elementwise, value, self.shaped(token, multiply, group))
        return value

    def _shaped_inverse(self, f: Factor) -> Expr:
        return self.shaped(f.token, self.powered, f.value, Value(Integer(-1))).term

    # -- factors

    def starts(self) -> bool:
        t = self.here
        starts = t.kind in ("word", "letter", "number") or t.text in STARTS
        return starts or self.big() or self.indicates() or self.norm_here() or self.names_here()

    def factor(self) -> Value:
        token = self.here
        value = self.primary()
        while self.here.text == "^" and self.here.kind == "op":
            if self.transposes():
                value = self.shaped(token, transposed, value)
                continue
            self.take()
            value = self.shaped(token, self.powered, value, self.exponent())
            if self.here.text == "^":
                raise self.fail("a second superscript: use braces or parentheses")
        return value

    def exponent(self) -> Value:
        with self.nested():
            if self.accept("{"):
                value = self.expr()
                self.expect("}", "to close the exponent")
                return value
            if self.here.kind == "number":
                return Value(Integer(int(self.one_digit().text)))
            if self.here.kind == "word":
                return self.named(self.one_letter())
            return self.named(self.name())

    def primary(self) -> Value:
        token = self.here
        if token.kind == "number":
            if token.text == "1" and self.bent_here():
                return self.bent()
            return Value(_number(self.take().text))
        if token.text in OPENERS:
            start, value = self.pos, self.group()
            if token.text == "{":
                self._seen_as_one(start)
            return self.rectified(value) if self.here.text in ("_", "^") else value
        if token.text in FRACTIONS:
            return self._fraction()
        if token.text == r"\sqrt":
            self.take()
            root = self.argument()
            return self.shaped(token, self.powered, root, Value(Rational(1, 2)))
        if token.text == r"\int":
            return self.integral()
        if self.known_function():
            return self.function()
        if token.text == r"\partial":
            return self.slashed_derivative()
        if token.text in BENDING and self.bent_here():
            return self.bent()
        if self.indicates():
            return self.indicator()
        if self.norm_here():
            return self.norm()
        if self.names_here():
            return self.named(self.name())
        if token.kind == "command":
            hint = INSTEAD.get(token.text) or self.names.nearest(token.text[1:])
            raise self.fail(f"cannot read {token.text} here{hint}")
        raise self.fail(f"expected a formula, {self.before()}")

    def _seen_as_one(self, start: int) -> None:
        """Refuse ``a {b + c}``: TeX shows no braces."""
        inside = self.items[start + 1 : self.pos - 1]
        levels = accumulate(map(depth, inside))
        if any(not n and t.text in ("+", "-") for n, t in zip(levels, inside, strict=True)):
            alone = self.here.kind == "end" or self.here.text in (*SIGNS, *BESIDE)
            first = not start or self.items[start - 1].text in (*SIGNS, *OPENERS, ",", "+")
            if not (alone and first):
                why = "a sum in braces, which are not seen: use parentheses"
                raise self.fail(why, self.items[start])

    def _fraction(self) -> Value:
        token = self.take()
        if self.here.text == "{" and self.ahead().text == r"\partial":
            return self.derivative_below()
        over = self.argument()
        f = Factor(self.argument(), "/", False, token)
        return self.shaped(token, multiply, [over, Value(self._shaped_inverse(f))])

    # -- names

    def named(self, name: Name) -> Value:
        text = name.text
        if text in HEADS and not name.primes:
            return self.moment(HEADS[text], name.token)
        if text in self.names.model.functions:
            return self._application(name)
        if name.primes:
            text += "'" * name.primes
        if text in self.given:
            return Value(self.given[text])
        if text in self.bound:
            return Value(Symbol(text))
        family = self.names.family(text)
        if family is not None:
            return self.entry(family, name, self.exponent)
        if text in self.names.model.costs:
            return Value(Entry(text))
        if text in self.known:
            if self.here.text == "_":
                word = self.word_below()[0]
                whole = f", and no {latex(f'{text}_{word}')} was declared" if word else ""
                raise self.fail(f"{latex(text)} has no indices{whole}", name.token)
            return Value(Symbol(text))
        if text == "π" and self.here.text != "_":
            return Value(pi)
        if text in ASIDE and self.here.text in ("(", "["):
            raise self.fail(ASIDE[text], name.token)
        if text == "e" and self.here.text == "^":
            raise self.fail(r"e is not declared: a power of e is written \exp(…)", name.token)
        if len(name.text) == 1 and self.here.text != "_":
            self.loose.setdefault(text, name.token)
            return Value(Symbol(text))
        raise self.unknown(text, name.token)

    def _application(self, name: Name) -> Value:
        token = self.here
        if token.text not in ("(", "[", r"\{"):
            raise self.fail(f"expected ( after {latex(name.text)}, {self.before()}")
        at = self.group()
        return applied(name.text, name.primes, at)

    # -- whole formulas

    def relation(self) -> Read:
        """A formula, or a chain of relations between formulas, up to the end."""
        values, signs, texts, ends, asked = [], [], [], [], [0]
        while True:
            token = self.here
            value = self.expr()
            values.append((value, token))
            ends.append(len(self.bare))
            asked.append(len(self.asks))
            texts.append(self.source.text[token.at : self.here.at].strip())
            if self.here.kind == "end" or self.here.text not in SIGNS:
                break
            signs.append(SIGNS[self.take().text])
        self.done()
        self.settle()
        like = next((v.open for v, _ in values if v.open), ())
        terms = []
        for value, token in values:
            if value.open != like and not (not value.open and value.term.is_Number):
                value = self.shaped(token, renamed, value, like)
            terms.append(value.term)
        bare = [self.bare[a:b] for a, b in pairwise([0, *ends])]
        asks = [self.asks[a:b] for a, b in pairwise(asked)]
        if self.any_entry:
            terms, loose = loosened(terms, self.names.model)
            bare = [a + b for a, b in zip(bare, loose, strict=True)]
        sides = tuple(
            Side(term, self.source.place(token.at), text, tuple(own), asks=tuple(asks))
            for term, (_, token), text, own, asks in zip(
                terms, values, texts, bare, asks, strict=True
            )
        )
        free = frozenset(self.indices | set(self.loose))
        every = tuple(b for own in bare for b in own)
        relies = tuple(self.relies)
        return Read(sides, tuple(signs), every, like, tuple(map(str, self.given)), free, relies)

    def settle(self) -> None:
        """An unknown letter in a formula is an index only if it is used as one."""
        for text, token in self.loose.items():
            if text not in self.indices:
                raise self.unknown(text, token)
        for letter, (index, token) in self.paired.items():
            if letter in self.indices:
                raise self.unclear(index, token)
        for letter in self.below:
            if letter in self.indices:
                raise self.two_meanings(letter)


def _number(text: str) -> Rational:
    return Rational(*Fraction(text).as_integer_ratio()) if "." in text else Integer(int(text))


def read(text: str, names: Names | Model, line: int = 1, column: int = 1) -> Read:
    """Read a LaTeX formula without dollars; raises Unreadable."""
    source = Source(text, line, column)
    known = Names(names) if isinstance(names, Model) else names
    try:
        return Formula(source, tokens(source), known).relation()
    except RecursionError:
        raise Unreadable("nested too deeply", line, column) from None
