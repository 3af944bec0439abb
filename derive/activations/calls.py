"""What stands for a number by its name: letters, constants, functions. Trusted for meaning.

What would be infinite, not real, or enormous is not read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from sympy import (
    Abs,
    E,
    Expr,
    Max,
    Min,
    Rational,
    Symbol,
    asin,
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

from derive.read.names import GREEK, latex
from derive.read.tokens import Cursor, Source, Token, tokens

VARIABLE = Symbol("s", real=True)
MOST = 60
BITS = 5_000
LARGEST = 1_000

Function = Callable[[Expr], Expr]
FUNCTIONS: dict[str, Function] = {
    "exp": exp, "log": log, "ln": log, "sqrt": sqrt, "tanh": tanh, "sinh": sinh, "cosh": cosh,
    "sin": sin, "cos": cos, "arcsin": asin, "arctan": atan, "atan": atan, "erf": erf,
    "abs": Abs, "sign": sign, "sgn": sign,
    "erfc": lambda x: 1 - erf(x), "Φ": lambda x: (1 + erf(x / sqrt(2))) / 2,
}  # fmt: skip
EXTREMES = {"max": Max, "min": Min}
DRESSED = (r"\operatorname", r"\mathrm", r"\text", r"\mathop", r"\textrm", r"\mathit")
CLOSES = {"(": ")", "[": "]", "{": "}", r"\{": r"\}"}
BARS = ("|", r"\lvert", r"\rvert", r"\vert")


class Calls(Cursor, ABC):
    """Names and functions of a formula.

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
        self.bars = 0
        self._seen: dict[str, Token] = {}

    @property
    def variable(self) -> str:
        """The letter that is the variable."""
        return self.letter or next(iter(self._seen), "s")

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

    @abstractmethod
    def sum(self) -> Expr:
        """Terms with + and - between them."""

    @abstractmethod
    def atom(self) -> Expr:
        """A number, a name, a parenthesis."""

    @abstractmethod
    def group(self) -> Expr:
        """A sum in brackets."""

    @abstractmethod
    def absolute(self) -> Expr:
        """A sum between bars."""

    @abstractmethod
    def starts(self) -> bool:
        """Whether a factor begins here."""

    # -- names

    def named(self) -> Expr:
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
        exponent = self.exponent()
        if self.here.text in CLOSES or self.here.text in BARS:
            inner = self.group() if self.here.text in CLOSES else self.absolute()
        elif token.kind == "command" and self.starts() and self.here.kind != "command":
            inner = self.atom()
            if self.starts():
                raise self.fail(f"expected parentheses around what {token.text} is of", token)
        else:
            raise self.fail(f"expected ( after {name}, {self.before()}")
        made = self.applied(function, inner, token)
        return made if exponent is None else self.to(made, exponent, token)

    def applied(self, function: Function, inner: Expr, at: Token) -> Expr:
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
        bars, self.bars = self.bars, 0
        items = [self.sum()]
        while self.accept(",", ";"):
            items.append(self.sum())
        self.expect(CLOSES[opened.text], f"to close {opened.text}")
        self.bars = bars
        if len(items) < 2:
            raise self.fail(f"expected a comma between what {name} is of", opened)
        return EXTREMES[name](*items)

    def exponent(self) -> Expr | None:
        if self.here.text == "*" and self.ahead().text == "*":
            self.take(), self.take()
            return self.atom()
        if not self.accept("^"):
            return None
        if self.here.kind == "number":
            if len(self.here.text) > 1:
                raise self.fail("expected braces around an exponent of more than one digit")
            return Rational(self.take().text)
        if self.here.text == "{":
            return self.group()
        if mark := self.accept("-"):
            raise self.fail("expected braces around an exponent with a sign", mark)
        return self.atom()

    def to(self, base: Expr, exponent: Expr, at: Token) -> Expr:
        """A power; what would be infinite, or enormous, is not read."""
        if base == E:
            return self.applied(exp, exponent, at)
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
