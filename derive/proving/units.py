"""A layer of units in the letters of its definition: what it reads, its weights, what it makes.

Not trusted: it reads the declarations, the kernel checks what is derived from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol

from derive.counting.shape import shape
from derive.errors import Undeclared
from derive.model import Model, Statement
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Entry, Range

First = Mapping[Symbol, Expr]


@dataclass(frozen=True)
class Layer:
    """``made = Σ read weight + bias`` over the units below; ``made`` may be handed on by f."""

    read: Entry
    weight: Entry
    made: Entry
    layers: Range
    below: Range
    units: Range
    bias: Entry | None

    @property
    def hidden(self) -> Range:
        """The layers of weights that lead into hidden units."""
        return self.layers._replace(hi=self.layers.hi - 1)

    @property
    def upper(self) -> Range:
        """The layers of weights that lead out of hidden units."""
        return self.layers._replace(lo=self.layers.lo + 1)

    @property
    def one(self) -> First:
        """The first of the units that the weights lead into."""
        return {self.units.index: self.units.lo}

    @property
    def row(self) -> First:
        """The first of the units that the weights lead out of."""
        return {self.below.index: self.below.lo}

    def over(self, layers: Range) -> tuple[Range, ...]:
        """The ranges of a weight."""
        place = self.weight.indices.index
        return layers, *sorted((self.below, self.units), key=lambda r: place(r.index))

    @property
    def bottom(self) -> First:
        """The first layer of weights."""
        return {self.layers.index: self.layers.lo}

    @property
    def top(self) -> First:
        """The last layer of weights."""
        return {self.layers.index: self.layers.hi}


def layer(model: Model) -> Layer:
    """The layers of a model; raises Undeclared and BadNumbers where it does not have such."""
    weights = shape(model).weights.name
    for d in model.definitions:
        for e, above in occurrences(d.statement.right, of(weights)):
            if above and len(d.statement.ranges) == 2 and len(e.indices) == 3:
                return _layer(model, d.statement, e, above[0])
    raise Undeclared(f"{model.name}: no definition makes the units of a layer from the one below")


def _layer(model: Model, s: Statement, weight: Any, below: Range) -> Layer:
    layers, units = s.ranges
    entries = [e for e, _ in occurrences(s.right, lambda t: isinstance(t, Entry))]
    read = [e for e in entries if e.name != weight.name and below.index in e.free_symbols]
    fixed = [e for e in entries if model.family(e).kind == "given"]
    if len(read) != 1 or len(fixed) > 1 or not isinstance(s.left, Entry):
        raise Undeclared(f"{model.name}: {s.left} is not one sum over the units below")
    return Layer(read[0], weight, s.left, layers, below, units, fixed[0] if fixed else None)


def put_range(r: Range, at: First) -> Range:
    """The range with a value put in for the layer."""
    return Range(r.index, put(r.lo, at), put(r.hi, at))


def of(name: str) -> Callable[[Any], bool]:
    """Whether a term is an entry of a family."""
    return lambda t: isinstance(t, Entry) and t.name == name
