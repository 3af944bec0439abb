r"""Formulas of one variable, in LaTeX or plainly, as SymPy terms. Trusted for meaning.

Nothing is evaluated and nothing guessed: each token is taken by the grammar below, or Unreadable
says where, and what was expected.

    >>> read(r"\frac{s}{2} (1 + \operatorname{erf}(s/\sqrt 2))")
    s*(erf(sqrt(2)*s/2) + 1)/2
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sympy import (
    Abs,
    And,
    E,
    Expr,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    atan,
    cos,
    cosh,
    erf,
    exp,
    log,
    pi,
    sign,
    sin,
    sinh,
    sqrt,
    tanh,
)
from sympy.core.relational import Ge, Gt, Le, Lt

from derive.read.names import GREEK, latex
from derive.read.tokens import Cursor, Source, Token, tokens

VARIABLE = Symbol("s", real=True)
MOST = 60
BITS = 5_000
LARGEST = 1_000

Function = Callable[[Expr], Expr]
FUNCTIONS: dict[str, Function] = {
    "exp": exp, "log": log, "ln": log, "sqrt": sqrt, "tanh": tanh, "sinh": sinh, "cosh": cosh,
    "sin": sin, "cos": cos, "arctan": atan, "atan": atan, "erf": erf, "abs": Abs, "sign": sign,
    "sgn": sign, "erfc": lambda x: 1 - erf(x), "Φ": lambda x: (1 + erf(x / sqrt(2))) / 2,
}  # fmt: skip
EXTREMES = {"max": Max, "min": Min}
RELATIONS = {
    "<": Lt, ">": Gt, "<=": Le, ">=": Ge, r"\le": Le, r"\leq": Le, r"\ge": Ge, r"\geq": Ge,
    r"\leqslant": Le, r"\geqslant": Ge, r"\lt": Lt, r"\gt": Gt,
}  # fmt: skip
FRACTIONS = (r"\frac", r"\dfrac", r"\tfrac")
DRESSED = (r"\operatorname", r"\mathrm", r"\text", r"\mathop", r"\textrm", r"\mathit")
CLOSES = {"(": ")", "[": "]", "{": "}", r"\{": r"\}"}
BARS = ("|", r"\lvert", r"\rvert", r"\vert")
ELSE = ("otherwise", "else")
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


class Reader(Cursor):
    """The grammar: sum, product, power, atom.

    ``letter`` is the variable; without one it is the only letter that means nothing else.
    """

    def __init__(
        self,
        source: Source,
        functions: Mapping[str, Function],
        parameters: Mapping[str, Expr],
        letter: str = "",
        start: int = 0,
        end: int | None = None,
    ) -> None:
        super().__init__(source, tokens(source, start, end))
        self.functions = {**FUNCTIONS, **functions}
        self.parameters = parameters
        self.letter = letter
        self._bars = 0
        self._seen: dict[str, Token] = {}

    @property
    def variable(self) -> str:
        """The letter that is the variable."""
        return self.letter or next(iter(self._seen), "s")

    def whole(self) -> Expr:
        """All of it."""
        found = self.sum()
        self.done()
        return found

    def closed(self, e: Expr) -> Expr:
        """The formula, if it is one of a single variable."""
        extra = list(self._seen)
        if not extra and not self.letter:
            raise self.source.error(self.items[0].at, "expected a variable such as s in it")
        if len(extra) > 1:
            raise self.fail(
                f"not a function of one variable: {' and '.join(extra)}; give parameters a value,"
                f" as in  f({extra[0]}; {extra[1]} = 0.1) = …",
                self._seen[extra[1]],
            )
        return e

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
            elif self._starts():
                if divided and not found.is_Number:
                    raise self.fail(r"a/b c can be read in two ways: use parentheses or \frac")
                if at.kind == "number":
                    raise self.fail("expected an operator before a number")
                found, divided = found * self._power(), False
            else:
                return found

    def _quotient(self, above: Expr, below: Expr, at: Token) -> Expr:
        if below.is_zero:
            raise self.fail("division by zero", at)
        return above / below

    def _starts(self) -> bool:
        t = self.here
        if t.text in BARS:
            return not self._bars
        return (
            t.kind in ("word", "letter", "number")
            or t.text in CLOSES
            or (
                t.kind == "command"
                and t.text not in (*RELATIONS, *TIMES, *BARS, r"\end", r"\\", r"\}")
            )
        )

    # -- powers and atoms

    def _power(self) -> Expr:
        at = self.here
        base = self._atom()
        return self._raised(base, at)

    def _raised(self, base: Expr, at: Token) -> Expr:
        exponent = self._exponent()
        if exponent is None:
            return base
        if self.here.text == "^":
            raise self.fail("a^b^c can be read in two ways: use braces")
        return self._to(base, exponent, at)

    def _exponent(self) -> Expr | None:
        if self.here.text == "*" and self.ahead().text == "*":
            self.take(), self.take()
            return self._atom()
        if not self.accept("^"):
            return None
        if self.here.kind == "number":
            if len(self.here.text) > 1:
                raise self.fail("expected braces around an exponent of more than one digit")
            return Rational(self.take().text)
        if self.here.text == "{":
            return self._group()
        if mark := self.accept("-"):
            raise self.fail("expected braces around an exponent with a sign", mark)
        return self._atom()

    def _to(self, base: Expr, exponent: Expr, at: Token) -> Expr:
        """A power; what would be infinite, or enormous, is not read."""
        if base == E:
            return self._applied(exp, exponent, at)
        if exponent.is_Rational:
            if abs(exponent.p) > MOST or exponent.q > MOST:
                raise self.fail(f"an exponent of more than {MOST} is too large to be read", at)
            if exponent.is_negative and base.is_zero:
                raise self.fail("division by zero", at)
            bits = sum(n.p.bit_length() + n.q.bit_length() for n in base.atoms(Rational))
            if bits * abs(exponent.p) > BITS:
                raise self.fail("too large a number", at)
        elif not base.is_positive:
            raise self.fail("expected a number as the exponent of what can be negative", at)
        made = base**exponent
        if made.is_Pow and made.exp.is_Rational and abs(made.exp) > MOST:
            raise self.fail(f"an exponent of more than {MOST} is too large to be read", at)
        return made

    def _atom(self) -> Expr:
        with self.nested():
            t = self.here
            if t.kind == "number":
                return Rational(self.take().text)
            if t.text in CLOSES:
                return self._group()
            if t.text in BARS:
                return self._absolute()
            if t.text in FRACTIONS:
                self.take()
                return self._quotient(self._argument(), self._argument(), t)
            if t.text == r"\sqrt":
                self.take()
                if self.here.text == "[":
                    raise self.fail("expected a square root")
                return self._applied(sqrt, self._argument(), t)
            if t.text == r"\begin":
                return self._cases()
            if t.kind in ("word", "letter", "command"):
                return self._named()
            raise self.fail(f"expected a number, a letter or a parenthesis, {self.before()}")

    def _group(self) -> Expr:
        opened = self.take()
        bars, self._bars = self._bars, 0
        found = self.sum()
        self.expect(CLOSES[opened.text], f"to close {opened.text}")
        self._bars = bars
        return found

    def _absolute(self) -> Expr:
        self.take()
        self._bars += 1
        found = self.sum()
        if not self.accept(*BARS):
            raise self.fail(f"expected | to close |, {self.before()}")
        self._bars -= 1
        return Abs(found)

    def _argument(self) -> Expr:
        """What a command takes: braces, or one character."""
        if self.here.text == "{":
            return self._group()
        if self.here.kind == "number":
            return Rational(self.cut(1).text)
        if self.here.kind == "word":
            self.cut(1)
            self.pos -= 1
        return self._atom()

    # -- names

    def _named(self) -> Expr:
        token = self.here
        name = self._name()
        if name in EXTREMES:
            return self._extreme(name)
        called = self.here.text in ("(", "[", "^") or self.here.text in BARS
        if name == "σ" and name != self.letter and self.here.text == "(":
            name = "sigmoid"
        if name in self.functions and (called or name not in (*self.parameters, self.letter)):
            return self._call(self.functions[name], token, name)
        if name in self.parameters:
            return self.parameters[name]
        if name in ("e", "π") and name != self.letter:
            return E if name == "e" else pi
        if len(name) > 1:
            raise self.fail(self._unknown(name), token)
        if self.letter and name != self.letter:
            raise self.fail(f"{latex(name)} is not declared: the variable is {self.letter}", token)
        self._seen.setdefault(name, token)
        return VARIABLE

    def _name(self) -> str:
        token = self.take()
        if token.text in DRESSED:
            self.expect("{", f"after {token.text}")
            name = self.take().text
            self.expect("}", f"to close {token.text}")
            return self._known(name)
        if token.kind == "command":
            name = token.text[1:]
            if name in GREEK or name in EXTREMES or name in self.functions:
                return GREEK.get(name, name)
            raise self.fail(f"expected a function or a letter, before {token.text}", token)
        return self._known(token.text)

    def _known(self, name: str) -> str:
        if name in self.functions or len(name) == 1:
            return name
        return name.lower() if name.lower() in (*self.functions, *EXTREMES) else name

    def _unknown(self, name: str) -> str:
        from difflib import get_close_matches

        known = [*self.functions, *EXTREMES]
        near = get_close_matches(name, known, 1)
        hint = f"; nearest: {near[0]}" if near else "; products are written with a space: a s"
        return f"no function or letter {name}{hint}"

    def _call(self, function: Function, token: Token, name: str) -> Expr:
        exponent = self._exponent()
        if self.here.text in CLOSES or self.here.text in BARS:
            inner = self._group() if self.here.text in CLOSES else self._absolute()
        elif token.kind == "command" and self._starts() and self.here.kind != "command":
            inner = self._atom()
            if self._starts():
                raise self.fail(f"expected parentheses around what {token.text} is of", token)
        else:
            raise self.fail(f"expected ( after {name}, {self.before()}")
        made = self._applied(function, inner, token)
        return made if exponent is None else self._to(made, exponent, token)

    def _applied(self, function: Function, inner: Expr, at: Token) -> Expr:
        """A function at a value; refused where it has none, or an enormous one."""
        if not inner.free_symbols:
            size = abs(inner.evalf(5))
            if not size.is_Float or size > LARGEST:
                raise self.fail(f"expected a number of at most {LARGEST} in a function", at)
        made = function(inner)
        if made.is_finite is False or made.is_real is False:
            raise self.fail("expected a real number", at)
        return made

    def _extreme(self, name: str) -> Expr:
        if self.here.text not in ("(", r"\{", "["):
            raise self.fail(f"expected ( after {name}, {self.before()}")
        opened = self.take()
        bars, self._bars = self._bars, 0
        items = [self.sum()]
        while self.accept(",", ";"):
            items.append(self.sum())
        self.expect(CLOSES[opened.text], f"to close {opened.text}")
        self._bars = bars
        return EXTREMES[name](*items)

    # -- cases

    def _cases(self) -> Expr:
        opened = self.take()
        for text in ("{", "cases", "}"):
            self.expect(text, r"in \begin{cases}")
        rows: list[tuple[Expr, object]] = []
        while True:
            value = self.sum()
            self.accept(",")
            self.accept("&")
            rows.append((value, self._condition()))
            self.accept(",", ".", ";")
            if not self.accept(r"\\"):
                break
            if self.here.text == r"\end":
                break
        for text in (r"\end", "{", "cases", "}"):
            self.expect(text, r"to close \begin{cases}")
        if not any(value.free_symbols for value, _ in rows) and len(rows) == 1:
            raise self.fail("expected more than one case", opened)
        return Piecewise(*rows, evaluate=False)

    def _condition(self) -> object:
        if self.here.text in DRESSED or self.here.text in (r"\mbox", r"\textnormal"):
            self.take()
            self.expect("{")
            words = []
            while self.here.kind == "word":
                words.append(self.take().text.lower())
            self.expect("}")
        else:
            words = [self.take().text] if self.here.text in ("if", "for", *ELSE) else []
        if words and words[-1] in ELSE:
            return True
        left, found = self.sum(), []
        while relation := RELATIONS.get(self.here.text):
            self.take()
            right = self.sum()
            found.append(relation(left, right))
            left = right
        if not found:
            raise self.fail(f"expected a condition such as s > 0, {self.before()}")
        return And(*found)
