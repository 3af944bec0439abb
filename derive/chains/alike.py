"""All weights of a layer equal: hidden units that nothing tells apart stay alike.

The weights into a unit have its index, and so have those out of it.  Where neither depends on
it, the unit's value, its gradient and the change of its weights are those of its neighbour;
that is the step of an induction over the steps of training.  Nothing is assumed of the
activation function, the data or the cost.
"""

from __future__ import annotations

from derive.chains.scheme import BIAS, GRADIENT, RATE, Telling, is_, is_gradient_by
from derive.chains.story import Story
from derive.model import Assumption, Model, Statement
from derive.proving.conditions import premise
from derive.proving.units import First, of
from derive.substitution import put
from derive.terms import Entry, Range

EQUAL, INTO, OUT_OF, BIASES = "all-equal", "alike-into", "alike-out-of", "alike-biases"
UNITS, HANDED = "hidden units are alike", "what they hand on is alike"
TOLD = "what they are told is alike"
EQUAL_NOTE = (
    "Equal weights and biases are alike for all units of a hidden layer, the weights into "
    "them and those out of them. Nothing else is used from here on."
)
UNITS_NOTE = "Alike weights into the units of a hidden layer make alike units …"
TOLD_NOTE = "… and alike weights out of them give alike gradients."
EXCEPTION_NOTE = (
    "The exception: the first weights read the data, and the last ones are told the error of "
    "their own output. Without a hidden layer these are the same weights and nothing keeps "
    "them alike, so logistic regression may start from equal weights."
)
GRADIENT_NOTE = "A weight changes by what it reads times what it is told."
UPDATE_NOTE = (
    "So a step of gradient descent, at any rate η, leaves the weights alike, and by induction "
    "so does every number of steps: the layer never does more than one unit could."
)


def alike(model: Model) -> Story:
    """Equal weights: hidden units compute the same, are told the same, and stay alike."""
    return Equal(model).story()


class Equal(Telling):
    """Units that start alike stay alike."""

    title = "all weights of a layer equal"

    def tell(self) -> None:
        step, at = self.equations(), self.at
        self.premises_of_equality()
        weight, told = of(at.weight.name), self.gradient_by
        base = [
            self.same(f"equal weights {way} are alike", at.weight, first, at.over(over),
                      (weight, "assumption", EQUAL))
            for way, first, over in self.ways()
        ]  # fmt: skip
        self.show(EQUAL_NOTE, *base)
        makes = at.hidden, at.units
        known = [(of(at.made.name), "definition", self.definition(at.made, makes)),
                 (weight, "assumption", INTO)]  # fmt: skip
        if at.bias:
            known.append((of(at.bias.name), "assumption", BIASES))
        handed = self.same(UNITS, at.made, at.one, makes, *known)
        self.show(UNITS_NOTE, handed)
        if at.read.name != at.made.name:
            reads = at.upper, at.below
            made = of(at.made.name)
            handed = self.same(HANDED, at.read, at.row, reads,
                               (of(at.read.name), "definition", self.definition(at.read, reads)),
                               (made, "lemma", UNITS))  # fmt: skip
            self.shown.append(handed)
        self.show(TOLD_NOTE, self.same(
            TOLD, told(at.made), at.one, makes, (is_gradient_by(at.made), "lemma", step),
            (of(at.made.name), "lemma", UNITS), (weight, "assumption", OUT_OF)))  # fmt: skip
        self.change(handed)
        self.first(EXCEPTION_NOTE)

    def premises_of_equality(self) -> None:
        at = self.at
        every = [Statement(at.weight, put(at.weight, {**at.one, **at.row}), at.over(at.layers))]
        alike = []
        if at.bias:
            first = put(at.bias, at.one)
            every.append(Statement(at.bias, first, (at.layers, at.units)))
            alike.append(premise(BIASES, at.bias, first, at.hidden, at.units))
        self.assume(Assumption(EQUAL, tuple(every), ""), *(
            premise(name, at.weight, put(at.weight, first), *at.over(over))
            for name, (_, first, over) in zip((INTO, OUT_OF), self.ways(), strict=True)
        ), *alike)  # fmt: skip

    def ways(self) -> tuple[tuple[str, First, Range], tuple[str, First, Range]]:
        """Into hidden units and out of them."""
        return ("into units", self.at.one, self.at.hidden), (
            "out of units",
            self.at.row,
            self.at.upper,
        )

    def change(self, handed: str) -> None:
        """The gradients of the weights, and one step down."""
        at = self.at
        slope = self.gradient_by(at.weight)
        found, steps = [], []
        into = (is_(self.gradient_by(at.made)), "lemma", TOLD)
        out_of = (is_(at.read), "lemma", handed)
        for (way, first, over), lemma, name in zip(
            self.ways(), (into, out_of), (INTO, OUT_OF), strict=True
        ):
            gradients = f"gradients of weights {way} are alike"
            reads = is_gradient_by(at.weight), "lemma", GRADIENT
            found.append(self.same(gradients, slope, first, at.over(over), reads, lemma))
            after = at.weight - Entry(RATE) * slope
            steps.append(self.same(f"weights {way} stay alike", after, first, at.over(over),
                                   (of(at.weight.name), "assumption", name),
                                   (is_gradient_by(at.weight), "lemma", gradients)))  # fmt: skip
        if at.bias:
            found.append(self.by(BIAS, at.bias, (at.layers, at.units)))
            steps.append(self.biases(at.bias))
        self.show(GRADIENT_NOTE, GRADIENT, *found)
        self.show(UPDATE_NOTE, *steps)

    def biases(self, bias: Entry) -> str:
        """One step down for the biases of hidden units."""
        at, over = self.at, (self.at.hidden, self.at.units)
        after = bias - Entry(RATE) * self.gradient_by(bias)
        return self.same("their biases stay alike", after, at.one, over,
                         (of(bias.name), "assumption", BIASES),
                         (is_gradient_by(bias), "lemma", BIAS),
                         (is_gradient_by(at.made), "lemma", TOLD))  # fmt: skip
