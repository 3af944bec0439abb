"""Derivatives, integrals, exponentials and indicators in formulas. Trusted for meaning."""

from __future__ import annotations

from sympy import Expr, Integer, Symbol, erf, exp, oo

from derive.read.bent import Bent
from derive.read.tokens import Token
from derive.read.values import Value
from derive.read.words import OPENERS, Name
from derive.terms import Delta, Entry, Integral, Partial

FUNCTIONS = {"exp": exp, "erf": erf}
CALLED = frozenset({*FUNCTIONS, *(f"\\{name}" for name in FUNCTIONS), r"\operatorname"})


class Calculus(Bent):
    """What stands in one place of a formula and takes groups with it."""

    def primary(self) -> Value:
        raise NotImplementedError

    # -- groups

    def group(self) -> Value:
        token = self.take()
        with self.nested():
            value = self.expr()
        self.close(token)
        return value

    def argument(self) -> Value:
        """The argument of a LaTeX command: a group, or one character."""
        with self.nested():
            if self.here.text == "{":
                return self.group()
            if self.here.kind == "number":
                if "." in self.here.text:
                    raise self.fail("expected { around a decimal number")
                return Value(Integer(int(self.cut(1).text)))
            if self.here.kind == "word":
                token = self.cut(1)
                return self.named(Name(token.text, 0, token))
            raise self.fail(f"expected {{, {self.before()}")

    # -- derivatives

    def derivative_below(self) -> Value:
        """``{\\partial u}{\\partial x}``, below each other."""
        opened = self.take()
        self.take()
        above = self.here
        of = self.expr()
        self.close(opened)
        opened = self.here
        self.expect("{", "and the denominator")
        self.expect(r"\partial", "in the denominator too")
        below = self.here
        by = self.expr()
        self.close(opened)
        return self._derivative(of, by, above, below)

    def slashed_derivative(self) -> Value:
        self.take()
        above, of = self.here, self.primary()
        self.expect("/", "and \\partial")
        self.expect(r"\partial", "after the /")
        below = self.here
        return self._derivative(of, self.primary(), above, below)

    def _derivative(self, of: Value, by: Value, above: Token, below: Token) -> Value:
        if not isinstance(by.term, Entry) or by.term.name in self.names.model.costs:
            raise self.fail("expected a variable after \\partial", below)
        family = self.names.model.families.get(by.term.name)
        if family is None or family.kind == "size":
            raise self.fail("expected a variable after \\partial", below)
        if of.open and by.open:
            raise self.fail("expected indices: the derivative of one vector by another", above)
        return Value(Partial(of.term, by.term), of.open or by.open)

    # -- functions and integrals

    def known_function(self) -> str:
        """exp or erf, if it stands here and is not declared as something else."""
        if self.here.text not in CALLED:
            return ""
        texts = [self.ahead(n).text for n in range(5)]
        if texts[0] == r"\operatorname" and texts[1] == "{" and texts[3] == "}":
            name, opens = texts[2], texts[4]
        else:
            name, opens = texts[0].removeprefix("\\"), texts[1]
        plain = name in FUNCTIONS and name not in self.known and opens in OPENERS
        return name if plain else ""

    def function(self) -> Value:
        name, token = self.known_function(), self.here
        while self.here.text not in OPENERS or self.here.text == "{":
            self.take()
        at = self.group()
        if at.open:
            raise self.fail(f"expected a number in {name}", token)
        return Value(FUNCTIONS[name](at.term))

    def integral(self) -> Value:
        """``\\int_{x=a}^{b} (…)``: the body in parentheses, the limits may be infinite."""
        token = self.take()
        self.expect("_", "and a lower limit")
        self.expect("{", "and a lower limit")
        name = self.bound_name()
        if name in self.known or name in self.bound:
            raise self.fail(f"{name} has a meaning here", token)
        self.expect("=", f"after {name}")
        lo = self._end_of_integral("}")
        self.expect("^", "and an upper limit")
        if self.here.text == "{":
            self.take()
            hi = self._end_of_integral("}")
        else:
            hi = oo if self.accept(r"\infty") else self.argument().term
        if self.here.text != "(":
            raise self.fail("expected ( and what is integrated")
        self.bound[name] = None
        body = self.group()
        del self.bound[name]
        if body.open:
            raise self.fail("expected a number to be integrated", token)
        return Value(Integral(body.term, (Symbol(name), lo, hi)))

    def _end_of_integral(self, close: str) -> Expr:
        negative = self.here.text == "-" and self.ahead().text == r"\infty"
        if negative:
            self.take()
        if self.accept(r"\infty"):
            end: Expr = -oo if negative else oo
        else:
            end = self.expr().term
        self.expect(close, "to close a limit")
        return end

    def indicates(self) -> bool:
        return self.here.text == r"\mathbb" and [self.ahead(n).text for n in (1, 2)] == ["{", "1"]

    def indicator(self) -> Value:
        """``\\mathbb{1}_{i=j}``: 1 where the indices are equal, 0 elsewhere."""
        self.take(), self.take(), self.take()
        self.expect("}", r"to close \mathbb")
        self.expect("_", "and a condition")
        self.expect("{", "and a condition")
        i = self.index()
        self.expect("=", "between two indices")
        j = self.index()
        self.expect("}", "to close the condition")
        return Value(Delta(i, j))
