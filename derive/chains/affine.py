"""The activation function α s + β: keeping means and variances, both ways, leaves only ± s.

The argument of lectures on Glorot & Bengio (2010): means that stay 0 force β = 0; variances that
stay the same force α² n Var[W] = 1, in both directions, and with the condition that linear units
put on the weights, n Var[W] = 1, that is α² = 1.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sympy import Expr, Integer, Symbol

from derive.chains.story import Story, tell
from derive.errors import Undeclared
from derive.model import Assumption, Family, Model, Statement
from derive.proving.activated import with_activation
from derive.proving.conditions import assumed, premise
from derive.proving.derivation import Line
from derive.proving.network import Book, Quantity, quantity
from derive.proving.rectified import Bend, applied, prepare
from derive.proving.recursion import recursion, variance_at_end, zero_mean
from derive.proving.strategies import first_of, use_moments
from derive.substitution import put
from derive.terms import Apply, E, Entry, Range, Var

ONE = Integer(1)
MEANS, FORWARD, BACKWARD = "equal-means", "equal-forward", "equal-backward"
CHOICE_UP, CHOICE_DOWN = "forward-choice", "backward-choice"
NO_SHIFT = "the shift is 0"
NOTES = {
    "mean": "A pre-activation has the mean 0, so behind the function the mean is β:",
    "shift": "and where it is to be the mean of the inputs, 0, the function has no shift.",
    "forward": "Without a shift, one layer multiplies a variance by α² n Var[W]:",
    "equal": "If the variance is the same at every layer, that factor is 1.",
    "choice": "With the weights that linear units ask for, n Var[W] = 1, that leaves α² = 1: α is"
    " 1 or -1. Both will do, for the sign can be moved into the weights.",
    "backward": "Coming down the slope of the function does the same to gradients:",
    "other": "and asks for the same with the weights that linear units ask for there. Forward and"
    " backward then leave the function s, or -s, and equal widths.",
}


def affine(model: Model) -> Story:
    """f(s) = α s + β: what keeping means and variances leaves of it."""
    told = Telling(model)
    story = tell("init", "an affine activation function", told.function, told.book, told.all)
    return replace(story, premises=tuple(told.premises), notes=tuple(told.notes.items()),
                   results=tuple(n for n in told.shown if n in told.results))  # fmt: skip


def affine_model(model: Model) -> tuple[Model, Entry, Entry, Bend]:
    """The model with α s + β between its layers, and the two numbers; raises Undeclared."""
    made = with_activation(model, "sigmoid")
    found = applied(made)
    if found is None:
        raise Undeclared(f"{model.name} has no function between its layers")
    taken = {*made.families, *map(str, made.sizes), *made.functions, *made.costs}
    slope, shift = (Entry(next(n for n in names if n not in taken))
                    for names in (("α", "a", "α'"), ("β", "c", "β'")))  # fmt: skip
    families = {**made.families, **{e.name: Family(e.name, "given") for e in (slope, shift)}}

    def said(a: Assumption) -> Assumption:
        fact = a.facts[0]
        if isinstance(fact, Statement) and isinstance(fact.left, Apply):
            line = slope * fact.left.at + shift
            return Assumption("affine", (replace(fact, right=line),), f"{fact.left} = {line}")
        return a

    assumptions = [said(a) for a in made.assumptions]
    said_so = replace(made, name=model.name, families=families, assumptions=assumptions)
    return said_so, slope, shift, found


class Telling:
    """The derivation in the order in which it is told."""

    def __init__(self, model: Model) -> None:
        made, self.slope, self.shift, self.bend = affine_model(model)
        self.book = Book(made)
        self.function = Apply(self.bend.function, 0, self.bend.before)
        self.premises: list[str] = []
        self.shown: list[str] = []
        self.results: list[str] = []
        self.notes: dict[str, str] = {}

    def assume(self, *premises: Assumption) -> None:
        self.book.model = assumed(self.book.model, *premises)
        self.premises += [p.name for p in premises]

    def show(self, note: str, name: str, *, result: bool = True) -> None:
        self.notes[name] = NOTES[note]
        self.shown.append(name)
        if result:
            self.results.append(name)

    def all(self, book: Book) -> tuple[str, tuple[str, ...]]:
        """Means, variances going up, gradients coming down."""
        up, down = quantity(book.model, "forward"), quantity(book.model, "backward")
        for q in (up, down):
            prepare(book, q)
            recursion(book, q)
            variance_at_end(book, q)
        mean = self.mean(zero_mean(book, up))
        self.shift_is_zero(mean)
        self.way(up, FORWARD, CHOICE_UP, "forward")
        self.way(down, BACKWARD, CHOICE_DOWN, "backward")
        return self.shown[-1], tuple(self.shown)

    # -- means

    def mean(self, inside: str) -> str:
        """The mean behind the function."""
        bend = self.bend
        line = self.book.line(E(bend.after), bend.ranges)
        self._defined(line, bend.after).next()
        (made,) = line.where(Apply)
        line.cite("assumption", "affine", made)
        line.apply("linearity of expectation", line.now).next()
        line.cite("lemma", inside, E(bend.before))
        name = self.book.close("the mean behind the function", line, bend.ranges)
        self.show("mean", name)
        return name

    def shift_is_zero(self, mean: str) -> None:
        """Equal means behind the function and before it."""
        after, (layer, unit) = self.bend.after, self.bend.ranges
        above, family = put(after, unit.index, unit.lo), self.book.model.family(after)
        below = put(family[tuple(r.lo for r in family.ranges)],
                    {r.index: r.lo for r in family.ranges})  # fmt: skip
        self.assume(premise(MEANS, E(above), E(below), layer))
        line, here = self.book.line(self.shift, (layer,)), (layer.index, layer.index)
        at = here, (unit.index, unit.lo)
        line.reverse("lemma", self.shift, E(above), mean, 0, at, ()).next()
        line.apply("assumption", E(above), MEANS, 0, (here,), ()).next()
        use_moments(self._defined(line, below))
        self.show("shift", self.book.close(NO_SHIFT, line, (layer,)))

    def _defined(self, line: Line, e: Entry) -> Line:
        """The line with a definition of an entry put in."""
        names = [d.name for d in self.book.model.definitions if d.statement.left.name == e.name]
        return first_of(
            line, *(partial(Line.cite, source="definition", name=n, old=e) for n in names)
        )

    # -- variances

    def way(self, q: Quantity, equal: str, choice: str, note: str) -> None:
        """One layer without a shift, the factor that equal variances ask for, and what is left."""
        book, r = self.book, q.step_ranges[0]
        step, end = f"Var[{q.name}], one layer on", f"Var[{q.name}], at {q.index} = {q.end}"
        reached, before = Var(q.first(q.following)), Var(q.first(q.before))
        at = ((q.index, q.index), *((o.index, o.lo) for o in q.step_ranges[1:]))
        line = book.line(reached, (r,)).apply("lemma", reached, step, 0, at, ()).next()
        if line.now.has(self.shift):
            layer = self.bend.ranges[0].index
            line.apply("lemma", self.shift, NO_SHIFT, 0, ((layer, q.index),), ())
        plain = book.close(f"{note}, one layer on without a shift", line, (r,))
        self.show(note, plain)
        start = Var(q.first(q.end))
        every = Statement(Var(q.first(q.index)), start, (q.layer,))
        self.assume(Assumption(equal, (every,), f"{every.left} = {every.right}"))
        factor = book.equation(plain).right / before
        line = book.line(factor * start, (r,))
        line.reverse("assumption", start, before, equal, 0, ((q.index, q.before),), ()).next()
        line.reverse("lemma", line.now, reached, plain, 0, ((q.index, q.index),), ()).next()
        line.apply("assumption", reached, equal, 0, ((q.index, q.following),), ())
        times = book.close(f"{note}, if equal", line, (r,))
        line = book.line(factor, (r,))
        others = tuple((o.index, o.lo) for o in q.others(q.end))
        here = ((q.index, q.index),)
        line.apply("division", factor, "lemma", times, 0, here, start, ONE, end, others)
        one = book.close(f"{note}, the factor is 1", line, (r,))
        self.show("equal", times, result=False)
        self.shown.append(one)
        self.results.append(one)
        self.choose(factor, one, choice, here, r, note)

    def choose(self, factor: Expr, one: str, choice: str, here: tuple[tuple[Symbol, Expr], ...],
               r: Range, note: str) -> None:  # fmt: skip
        """The weights that linear units ask for, put in."""
        book, square = self.book, self.slope**2
        rest = factor / square
        (weight,) = (a for a in rest.args if isinstance(a, Var))
        self.assume(premise(choice, weight, weight / rest, r))
        line = book.line(square, (r,))
        line.apply("division", square, "lemma", one, 0, here, rest, 1 / rest).next()
        line.apply("assumption", weight, choice, 0, here, ())
        name = book.close(f"{note}, what is left of the slope", line, (r,))
        self.show("choice" if note == "forward" else "other", name)
