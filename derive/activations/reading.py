r"""Formulas of one variable, in LaTeX or plainly, as SymPy terms. Trusted for meaning.

Nothing is evaluated and nothing guessed: each token is taken by the grammar below, or Unreadable
says where, and what was expected.

    >>> read(r"\frac{s}{2} (1 + \operatorname{erf}(s/\sqrt 2))")
    s*(erf(sqrt(2)*s/2) + 1)/2
"""

from __future__ import annotations

from collections.abc import Mapping

from sympy import Abs, And, Expr, Integer, Max, Piecewise, Rational, sqrt
from sympy.core.relational import Ge, Gt, Le, Lt

from derive.activations.calls import BARS, CLOSES, DRESSED, VARIABLE, Calls, Function
from derive.read.tokens import Cursor, Source, Token

__all__ = ["VARIABLE", "Function", "Reader", "read"]

RELATIONS = {
    "<": Lt, ">": Gt, "<=": Le, ">=": Ge, r"\le": Le, r"\leq": Le, r"\ge": Ge, r"\geq": Ge,
    r"\leqslant": Le, r"\geqslant": Ge, r"\lt": Lt, r"\gt": Gt,
}  # fmt: skip
FRACTIONS = (r"\frac", r"\dfrac", r"\tfrac")
ELSE = ("otherwise", "else")
LEADS = ("if", "for", "all", "when", "where", "whenever", *ELSE)
WORDY = (r"\text", r"\textrm", r"\mbox", r"\textnormal")
CASES = ("cases", "dcases")
ONES = (r"\mathbb", r"\mathbf", r"\mathds", r"\mathbbm", r"\boldsymbol")
TIMES = ("*", r"\cdot", r"\times")


def read(
    text: str,
    functions: Mapping[str, Function] | None = None,
    parameters: Mapping[str, Expr] | None = None,
    letter: str = "",
) -> Expr:
    """A formula in which one letter is the variable; raises Unreadable."""
    reader = Reader(Source(text), functions or {}, parameters or {}, letter)
    return reader.closed(reader.whole())


class Reader(Calls):
    """The grammar: sum, product, power, atom."""

    def whole(self) -> Expr:
        """All of it."""
        found = self.sum()
        self.done()
        return found

    # -- sums and products

    def sum(self) -> Expr:
        """Terms with + and - between them."""
        with self.nested():
            found = self._signed()
            while self.here.text in ("+", "-"):
                found += self._signed()
            return found

    def _signed(self) -> Expr:
        negative = False
        while mark := self.accept("+", "-"):
            negative ^= mark.text == "-"
        found = self._product()
        return -found if negative else found

    def _product(self) -> Expr:
        found = self._power()
        divided = False
        while True:
            at = self.here
            if self.accept("/"):
                if divided:
                    raise self.fail("a/b/c can be read in two ways: use parentheses", at)
                found, divided = self._quotient(found, self._power(), at), True
            elif self.accept(*TIMES):
                found *= self._power()
            elif self.starts():
                if divided and not found.is_Number:
                    raise self.fail(r"a/b c can be read in two ways: use parentheses or \frac")
                if at.kind == "number" and not indicator(self):
                    raise self.fail("expected an operator before a number")
                found, divided = found * self._power(), False
            else:
                return found

    def _quotient(self, above: Expr, below: Expr, at: Token) -> Expr:
        if below.is_zero:
            raise self.fail("division by zero", at)
        return above / below

    def starts(self) -> bool:
        t = self.here
        if t.text in BARS:
            return not self.bars
        if t.text in (*DRESSED, *WORDY) and self.ahead(2).text.lower() in LEADS:
            return False
        return (
            t.kind in ("word", "letter", "number")
            or t.text in CLOSES
            or (
                t.kind == "command"
                and t.text not in (*RELATIONS, *TIMES, *BARS, r"\end", r"\\", r"\cr", r"\}")
            )
        )

    # -- powers and atoms

    def _power(self) -> Expr:
        at = self.here
        base = self.atom()
        return self._raised(base, at)

    def _raised(self, base: Expr, at: Token) -> Expr:
        exponent = self.exponent()
        if exponent is None:
            return base
        if self.here.text == "^":
            raise self.fail("a^b^c can be read in two ways: use braces")
        return self.to(base, exponent, at)

    def atom(self) -> Expr:
        found = self._atom()
        if positive := positive_part(self):
            self.skip(positive)
            return Max(Integer(0), found)
        return found

    def _atom(self) -> Expr:
        with self.nested():
            t = self.here
            if size := indicator(self):
                self.skip(size)
                return self._indicated()
            if t.kind == "number":
                return Rational(self.take().text)
            if t.text in CLOSES:
                return self.group()
            if t.text in BARS:
                return self.absolute()
            if t.text in FRACTIONS:
                self.take()
                return self._quotient(self._argument(), self._argument(), t)
            if t.text == r"\sqrt":
                self.take()
                if self.here.text == "[":
                    raise self.fail("expected a square root")
                return self.applied(sqrt, self._argument(), t)
            if t.text == r"\begin":
                return self._cases()
            if t.kind in ("word", "letter", "command"):
                return self.named()
            raise self.fail(f"expected a number, a letter or a parenthesis, {self.before()}")

    def group(self) -> Expr:
        opened = self.take()
        bars, self.bars = self.bars, 0
        found = self.sum()
        self.expect(CLOSES[opened.text], f"to close {opened.text}")
        self.bars = bars
        return found

    def absolute(self) -> Expr:
        self.take()
        self.bars += 1
        found = self.sum()
        if not self.accept(*BARS):
            raise self.fail(f"expected | to close |, {self.before()}")
        self.bars -= 1
        return Abs(found)

    def _argument(self) -> Expr:
        """What a command takes: braces, or one character."""
        if self.here.text == "{":
            return self.group()
        if self.here.kind == "number":
            return Rational(self.cut(1).text)
        if self.here.kind == "word":
            self.cut(1)
            self.skip(-1)
        return self.atom()

    # -- cases

    def _cases(self) -> Expr:
        opened, name = self.take(), self.ahead().text
        for text in ("{", name if name in CASES else "cases", "}"):
            self.expect(text, r"in \begin{cases}")
        rows: list[tuple[Expr, object]] = []
        while True:
            value = self.sum()
            self.accept(",")
            self.accept("&")
            at = self.here
            rows.append((value, self._condition()))
            self.accept(",", ".", ";")
            if not self.accept(r"\\", r"\cr"):
                break
            if self.here.text == "[" and self.ahead(3).text == "]":
                self.skip(4)  # the height of a row: \\\\[2pt]
            if self.here.text == r"\end":
                break
            if rows[-1][1] is True:
                raise self.fail("expected “otherwise” in the last of the cases", at)
        for text in (r"\end", "{", name, "}"):
            self.expect(text, r"to close \begin{cases}")
        if not any(value.free_symbols for value, _ in rows) and len(rows) == 1:
            raise self.fail("expected more than one case", opened)
        return Piecewise(*rows, evaluate=False)

    def _condition(self) -> object:
        at, words = self.here, list[str]()
        if at.text in WORDY or (at.text in DRESSED and self.ahead(2).text.lower() in LEADS):
            self.take()
            self.expect("{")
            while self.here.kind == "word" or self.here.text in (",", ".", ";"):
                words.append(self.take().text.lower())
            words = [w for w in words if w not in (",", ".", ";")]
            self.expect("}")
            if odd := [w for w in words if w not in LEADS]:
                raise self.fail(f"expected “if” and a condition, not “{odd[0]}”", at)
        elif at.text in LEADS:
            words = [self.take().text]
        if words and words[-1] in ELSE:
            return True
        return self._relation()

    def _relation(self) -> Expr:
        left, found = self.sum(), []
        while relation := RELATIONS.get(self.here.text):
            self.take()
            right = self.sum()
            found.append(relation(left, right))
            left = right
        if not found:
            raise self.fail(f"expected a condition such as s > 0, {self.before()}")
        return And(*found)

    def _indicated(self) -> Expr:
        """1 where a condition holds, which stands below or in brackets; 0 elsewhere."""
        self.accept("_")
        opened = self.here
        if opened.text not in CLOSES:
            raise self.fail(f"expected a condition such as [s > 0], {self.before()}")
        self.take()
        inner = self.accept(r"\{") if opened.text == "{" else None
        when = self._relation()
        if inner:
            self.expect(r"\}", r"to close \{")
        self.expect(CLOSES[opened.text], f"to close {opened.text}")
        return Piecewise((Integer(1), when), (Integer(0), True), evaluate=False)


def indicator(at: Cursor) -> int:
    r"""How many tokens the 1 of an indicator has that stands here: \mathbb{1}, 1 before _."""
    if at.here.text in ONES:
        texts = [at.ahead(n).text for n in (1, 2, 3)]
        braced = texts[0] == "{" and texts[2] == "}"
        inside = ("1", "I") if at.here.text == r"\mathbb" else ("1",)
        return 2 + 2 * braced if texts[braced] in inside else 0
    return int(at.here.text == "1" and at.ahead().text == "_")


def positive_part(at: Cursor) -> int:
    """How many tokens the + of a positive part has that stands here: [s]_+, (s)^+."""
    if at.here.text not in ("_", "^"):
        return 0
    if [at.ahead(n).text for n in (1, 2, 3)] == ["{", "+", "}"]:
        return 4
    return 2 * (at.ahead().text == "+")
