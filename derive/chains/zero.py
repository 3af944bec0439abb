"""All weights zero: no gradient comes down, no data comes up, and what is left."""

from __future__ import annotations

from sympy import Integer

from derive.chains.scheme import GRADIENT, Telling, definition
from derive.chains.story import Story
from derive.model import Assumption, Model, Statement
from derive.proving.conditions import premise
from derive.proving.derivation import Line
from derive.proving.strategies import everywhere
from derive.proving.units import of, put_range
from derive.substitution import put
from derive.terms import Apply, Partial, Range, Sum

ZERO = Integer(0)
ZEROS, AT_ZERO = "all-zero", "zero-at-zero"
TOLD_NOTHING = "hidden units are told nothing"
ZEROS_NOTE = "Where all weights are zero, nothing that is told at the top comes down …"
BIAS_NOTE = "What is left are the last biases, which never see the data."
ALONE_NOTE = (
    "The exception: without a hidden layer the first weights are the last ones. They read the "
    "data and are told the error, so logistic regression may start at zero."
)
READ_NOTE = "… and nothing of the data comes up: a hidden unit hands on f(0)."
NO_DATA_NOTE = "… and nothing of the data comes up."
NOT_ABOVE_NOTE = "So the weights above a hidden layer do not move either."
UPPER_NOTE = "So the weights above a hidden layer all read the same, and move only if f(0) ≠ 0."
AT_ZERO_NOTE = "Where f(0) = 0, as for tanh, they do not move either."


def zero(model: Model) -> Story:
    """Zero weights: no gradient comes down, and no data comes up."""
    return Zero(model).story()


class Zero(Telling):
    """Nothing comes down, nothing comes up, and what is left."""

    title = "all weights zero"

    def tell(self) -> None:
        step, at = self.equations(), self.at
        facts = [Statement(at.weight, ZERO, at.over(at.layers))]
        if at.bias:
            facts.append(Statement(at.bias, ZERO, (at.layers, at.units)))
        self.assume(Assumption(ZEROS, tuple(facts), ""))
        told = self.gradient_by(at.made)
        line = self.line(told, (at.hidden, at.units)).cite("lemma", step, told).next()
        self.show(ZEROS_NOTE, self.to_zero(TOLD_NOTHING, line, (at.hidden, at.units)))
        slope = self.gradient_by(at.weight)
        line = self.line(slope, at.over(at.hidden)).cite("lemma", GRADIENT, slope).next()
        line.cite("lemma", TOLD_NOTHING, told)
        self.shown.append(self.book.close("weights below do not move", line, at.over(at.hidden)))
        self.data_lost(slope)
        if at.bias:
            bias, over = put(at.bias, at.top), (put_range(at.units, at.top),)
            self.show(BIAS_NOTE, self.by("the gradient of a last bias", bias, over))
        self.first(ALONE_NOTE)

    def to_zero(self, name: str, line: Line, over: tuple[Range, ...]) -> str:
        """A line with zeros put in for weights and biases, and their sums taken."""
        for e in (self.at.weight, self.at.bias):
            for old in line.where(of(e.name)) if e else ():
                line.cite("assumption", ZEROS, old)
        everywhere(line, "sum of equal terms", lambda e: isinstance(e, Sum))
        return self.book.close(name, line, over)

    def data_lost(self, slope: Partial) -> None:
        """What a hidden unit hands on, and what that makes of the weights above it."""
        at, over = self.at, (self.at.upper, self.at.below)
        line = self.line(at.read, over)
        line.cite("definition", self.definition(at.read, over), at.read).next()
        for old in line.where(of(at.made.name)) if at.made.name != at.read.name else ():
            inner, _ = line.place(old)
            line.cite("definition", definition(inner, old), old).next()
        handed = self.to_zero("what a hidden unit hands on", line, over)
        self.show(READ_NOTE if line.now.has(Apply) else NO_DATA_NOTE, handed)
        line = self.line(slope, at.over(at.upper)).cite("lemma", GRADIENT, slope).next()
        line.cite("lemma", handed, at.read)
        above = self.book.close("the gradient of a weight above", line, at.over(at.upper))
        found = line.where(lambda e: isinstance(e, Apply))
        self.show(UPPER_NOTE if found else NOT_ABOVE_NOTE, above)
        if found:
            (f,) = found
            self.assume(premise(AT_ZERO, f, ZERO))
            line = self.line(slope, at.over(at.upper)).cite("lemma", above, slope).next()
            line.cite("assumption", AT_ZERO, f)
            name = "weights above do not move"
            self.show(AT_ZERO_NOTE, self.book.close(name, line, at.over(at.upper)))
