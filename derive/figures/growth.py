"""What the variances of successive layers do, in a sentence. Not trusted: every figure is computed.

Layers are followed in the order in which the quantity is computed: upward for activations,
downward for gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import log10

from derive.figures.amounts import log_of, short
from derive.figures.floats import TYPES, FloatType
from derive.figures.numbers import Table

Column = Sequence[tuple[int | None, Fraction]]


@dataclass(frozen=True)
class Where:
    """Some layers in the order of computation; ``on``: all from the first of them on."""

    layers: tuple[int | None, ...]
    on: bool
    everywhere: bool
    upward: bool

    @property
    def text(self) -> str:
        """``from layer 18 on``, ``at every layer``; "" in a model without layers."""
        first = self.layers[0]
        if first is None:
            return ""
        if len(self.layers) == 1:
            return f"at layer {first}"
        if self.everywhere:
            return "at every layer"
        if self.on:
            return f"from layer {first} {'on' if self.upward else 'down'}"
        return f"at {len(self.layers)} layers, the first of them layer {first}"


@dataclass(frozen=True)
class Crossing:
    """Where the standard deviation leaves the range of a type, ``below`` it or above."""

    type: FloatType
    below: bool
    where: Where


@dataclass(frozen=True)
class Growth:
    """How a column changes from layer to layer, in the order of computation.

    ``factor`` multiplies the variance at every step, None where that is not one number;
    ``mean`` is the decimal logarithm of the geometric mean of the factors, None where there is
    no step or a variance is 0.  ``direction`` is the sign of the change from end to end.
    """

    chain: str
    upward: bool
    steps: int
    factor: Fraction | None
    mean: float | None
    direction: int
    zeros: Where | None
    crossings: tuple[Crossing, ...]

    @property
    def halving(self) -> float | None:
        """In how many layers the standard deviation halves or doubles, by a constant factor."""
        if not self.factor or self.factor == 1 or not self.mean:
            return None
        return log10(2) / (abs(self.mean) / 2)

    @property
    def text(self) -> str:
        """The sentence, without its subject."""
        return "; ".join([self._change(), *self._outside()])

    def _change(self) -> str:
        if self.zeros:
            return f"is 0 {self.zeros.text}".strip()
        if self.steps == 0 or self.mean is None:
            return "exists at one layer only"
        if self.factor == 1:
            return "stays the same at every layer"
        if self.factor is not None:
            times = self.factor if self.factor > 1 else 1 / self.factor
            verb, what = ("grows", "doubles") if self.factor > 1 else ("shrinks", "halves")
            every = f"; the standard deviation {what} every {_rounded(self.halving or 0)} layers"
            return f"{verb} by {_factor(times)} a layer{every}"
        if self.direction == 0:
            return "changes from layer to layer and ends as it began"
        verb = "grows" if self.direction > 0 else "shrinks"
        by = _power_of_ten(abs(self.mean))
        if by == "1":
            return f"{verb} by {_power_of_ten(abs(self.mean) * self.steps)} in all, unevenly"
        return f"{verb} by {by} a layer in the geometric mean, not by the same factor at each"

    def _outside(self) -> Iterator[str]:
        for below in (True, False):
            groups: dict[Where, list[str]] = {}
            for c in self.crossings:
                if c.below == below:
                    groups.setdefault(c.where, []).append(c.type.name)
            limit = "smallest normal number" if below else "largest number"
            for where, names in groups.items():
                *most, last = names
                several = f"the {limit} of {', '.join(most)} and {last}"
                what = several if most else f"{last}'s {limit}"
                yield f"{'below' if below else 'above'} {what} {where.text}".strip()


def _power_of_ten(exponent: float) -> str:
    """``10^exponent`` to three digits, also where a float does not hold it."""
    whole = int(exponent)
    return short(Fraction(10 ** (exponent - whole)) * 10**whole)


def _factor(by: Fraction) -> str:
    simple = by.denominator == 1 or (by.denominator < 100 and by.numerator < 1000)
    return f"{by}" if simple and by.numerator < 10**6 else short(by)


def _rounded(layers: float) -> str:
    """One decimal, more where that would hide everything."""
    return f"{layers:.1f}" if layers >= 1 else f"{layers:.2g}"


def growth(chain: str, column: Column, *, upward: bool) -> Growth:
    """What a column does; its pairs come with ascending layers."""
    path = list(column) if upward else list(column)[::-1]
    values = [v for _, v in path]
    zeros = where(path, lambda v: not v, upward)
    crossings = tuple(_crossings(path, upward))
    steps = max(len(path) - 1, 0)
    if zeros or not steps:
        return Growth(chain, upward, steps, None, None, 0, zeros, crossings)
    first, last = values[0], values[-1]
    ratio = values[1] / first
    factor = ratio if all(a * ratio == b for a, b in pairwise(values)) else None
    direction = (last > first) - (last < first)
    mean = log_of(factor) if factor else (log_of(last) - log_of(first)) / steps
    return Growth(chain, upward, steps, factor, mean, direction, zeros, crossings)


def _crossings(path: Column, upward: bool) -> Iterator[Crossing]:
    for kind in TYPES:
        for below, outside in ((True, kind.too_small), (False, kind.too_large)):
            place = where(path, outside, upward)
            if place:
                yield Crossing(kind, below, place)


def where(path: Column, outside: Callable[[Fraction], bool], upward: bool) -> Where | None:
    """At which layers of a path, in the order of computation, something holds of the value."""
    places = [n for n, (_, v) in enumerate(path) if outside(v)]
    if not places:
        return None
    on = len(places) == len(path) - places[0]
    return Where(tuple(path[n][0] for n in places), on, len(places) == len(path), upward)


def growths(table: Table) -> tuple[Growth, ...]:
    """What each column of a table does; gradients are followed from the top down."""
    return tuple(
        growth(chain, table.column(chain), upward=chain == "forward") for chain in table.chains
    )
