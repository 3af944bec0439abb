"""What the derivations about equal and about zero weights are told with. Not trusted.

Nothing is assumed but the premises that a scheme makes: no independence, no linear regime.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sympy import Expr

from derive.chains.story import Story, tell
from derive.errors import Refused, Undeclared
from derive.model import Assumption, Model, Statement
from derive.proofs import Chain, Part
from derive.proving.conditions import assumed
from derive.proving.derivation import Line, fitting
from derive.proving.network import Book, back_propagate, quantity_of, step_equation
from derive.proving.units import First, Layer, layer, of, put_range
from derive.scope import Scope
from derive.substitution import put
from derive.terms import Entry, Partial, Range

Find = Callable[[Any], bool]
Known = tuple[Find, str, str]

GRADIENT, BIAS = "the gradient of a weight", "the gradient of a bias"
FIRST, RATE = "the gradient of a first weight", "η"


class Telling:
    """A derivation in the order in which it is told, from a model without its assumptions."""

    title = ""

    def __init__(self, model: Model) -> None:
        self.book = Book(model.without(a.name for a in model.assumptions))
        self.at: Layer = layer(model)
        if not model.costs:
            raise Undeclared(f"{model.name} declares no cost: its weights have no gradient")
        self.cost = Entry(next(iter(model.costs)))
        self.shown: list[str] = []
        self.premises: list[str] = []
        self.notes: dict[str, str] = {}

    def assume(self, *premises: Assumption) -> None:
        self.book.model = assumed(self.book.model, *premises)
        self.premises += [p.name for p in premises]

    def show(self, note: str, *names: str) -> None:
        """Parts to write out, with words before the first."""
        self.notes[names[0]] = note
        self.shown += names

    def tell(self) -> None:
        """Derive and show the parts."""

    def story(self) -> Story:
        """What was told."""

        def work(_: Book) -> tuple[str, tuple[str, ...]]:
            self.tell()
            return self.shown[-1], tuple(self.shown)

        found = tell("init", self.title, self.at.weight, self.book, work)
        results = tuple(n for n in self.shown if n not in (GRADIENT, BIAS))
        return replace(found, premises=tuple(self.premises), results=results,
                       notes=tuple(self.notes.items()))  # fmt: skip

    def gradient_by(self, e: Entry) -> Partial:
        return Partial(self.cost, e)

    def equations(self) -> str:
        """Gradients one layer on, and those of the weights, before anything is assumed."""
        book, at = self.book, self.at
        step = step_equation(book, quantity_of(book.model, self.gradient_by(at.made)))
        self.by(GRADIENT, at.weight, at.over(at.layers))
        return step

    def by(self, name: str, e: Entry, over: tuple[Range, ...]) -> str:
        """The gradient by a fixed number or a weight, by the chain rule."""
        line = self.book.line(self.gradient_by(e), over)
        return self.book.close(name, back_propagate(line, line.now), over)

    def line(self, e: Expr, over: tuple[Range, ...]) -> Line:
        """A line about any rate η, where everything so far may be cited."""
        book = self.book
        rate = (RATE,) if e.has(Entry(RATE)) else ()
        return Line(e, Scope(book.model, over, book.proved(), over=rate))

    def same(self, name: str, e: Expr, first: First, over: tuple[Range, ...], *known: Known) -> str:
        """An expression is what it is for the first unit: both sides by what is known."""
        sides = [self.line(e, over), self.line(put(e, first), over)]
        for line in sides:
            for find, source, cited in known:
                for old in line.where(find):
                    inner, _ = line.place(old)
                    if fitting(inner, source, cited, old)[1] != old:
                        line.cite(source, cited, old)
                line.next()
        left, right = sides
        schematic = (RATE,) if e.has(Entry(RATE)) else ()
        claim = Statement(left.start, right.start, over, schematic)
        return self.book.add(Part(name, claim, Chain(tuple(left.steps), tuple(right.steps))))

    def definition(self, e: Entry, over: tuple[Range, ...]) -> str:
        return definition(self.book.scope(over), e)

    def first(self, note: str) -> None:
        """The gradient of the first weights, which read the data, if there are any weights."""
        at = self.at
        slope, read = (put(e, at.bottom) for e in (self.gradient_by(at.weight), at.read))
        over = tuple(put_range(r, at.bottom) for r in (at.below, at.units))
        with suppress(Refused):
            line = self.line(slope, over).cite("lemma", GRADIENT, slope).next()
            line.cite("definition", self.definition(read, over), read)
            self.show(note, self.book.close(FIRST, line, over))


def definition(scope: Scope, e: Entry) -> str:
    """The name of the definition of an entry at a place."""
    for d in scope.model.definitions:
        if d.statement.left.name == e.name:
            with suppress(Refused):
                fitting(scope, "definition", d.name, e)
                return d.name
    raise Undeclared(f"no definition of {e} was shown to apply")


def is_(e: Expr) -> Find:
    return lambda t: bool(t == e)


def is_gradient_by(e: Entry) -> Find:
    return lambda t: isinstance(t, Partial) and of(e.name)(t.by)
