"""Formulas of one variable as strings: exponentials, erf, max, cases. Not trusted: layout only."""

from __future__ import annotations

from typing import Any

from sympy import (
    Abs,
    And,
    Expr,
    Max,
    Min,
    Piecewise,
    S,
    asin,
    atan,
    cos,
    cosh,
    log,
    pi,
    sign,
    sin,
    sinh,
    tanh,
)

from derive.writing import breaking
from derive.writing.spelling import TEXT, Spelling
from derive.writing.writer import Writer

NAMES = {
    Max: "max", Min: "min", tanh: "tanh", sinh: "sinh", cosh: "cosh", sin: "sin", cos: "cos",
    log: "ln", asin: "arcsin", atan: "arctan", sign: "sign",
}  # fmt: skip
OPERATORS = frozenset({"sign"})
RELATIONS = {">=": ("≥", r"\ge"), "<=": ("≤", r"\le"), ">": (">", ">"), "<": ("<", "<")}


def write(e: Expr, form: Spelling = TEXT) -> str:
    """A formula in one line.

    >>> from derive.activations import activation
    >>> write(activation("elu").formula)
    'exp(min(0, s)) + max(0, s) - 1'
    """
    return breaking.plain(Functions(None, form).term(e))


class Functions(Writer):
    """A writer that knows functions of numbers."""

    def plain(self, e: Any, depth: int | None, alone: bool) -> str:
        tex = self.form.tex
        if e is S.Exp1:
            return "e"
        if isinstance(e, Abs):
            inner = self.term(e.args[0], self.deeper(depth))
            return rf"\lvert {inner} \rvert" if tex else f"|{inner}|"
        if isinstance(e, Piecewise):
            return self.cases(e)
        if e.func in NAMES:
            return self.called(e, depth)
        return super().plain(e, depth, alone)

    def called(self, e: Any, depth: int | None) -> str:
        name = NAMES[e.func]
        if self.form.tex:
            name = rf"\operatorname{{{name}}}" if name in OPERATORS else f"\\{name}"
        args = sorted(e.args, key=lambda a: (not a.is_number, str(a)))
        inner = ", ".join(self.term(a, self.deeper(depth)) for a in args)
        return name + self.form.parentheses(inner)

    def cases(self, e: Any) -> str:
        tex = self.form.tex
        rows = [
            (breaking.plain(self.term(value, 0)), self.condition(when)) for value, when in e.args
        ]
        if tex:
            body = r" \cr ".join(f"{value} & {when}" for value, when in rows)
            return rf"\begin{{cases}}{body}\end{{cases}}"
        return "{" + "; ".join(f"{value} for {when}" for value, when in rows) + "}"

    def condition(self, when: Any) -> str:
        tex = self.form.tex
        if when == True:  # noqa: E712  SymPy's true is not Python's
            return r"\text{otherwise}" if tex else "other s"
        if isinstance(when, And):
            return " and ".join(map(self.condition, when.args))
        text, command = RELATIONS[when.rel_op]
        mark = command if tex else text if self.form is TEXT else when.rel_op
        return f"{self.term(when.lhs, None)} {mark} {self.term(when.rhs, None)}"

    def root(self, base: Any, depth: int | None) -> str:
        if self.form is TEXT and (base.is_Symbol or base is pi):
            return self.form.root + self.atom(base, depth)
        return super().root(base, depth)
