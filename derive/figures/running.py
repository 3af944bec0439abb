"""A product formula at one layer after another, exactly, without starting anew. Not trusted.

From one layer to the next a product gains some factors at one end and loses some at the other;
only these are multiplied in and divided out.  An empty product is 1.

Glossary: at the values of the indices, a key the name and indices of one size or variance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import prod

from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from derive.counting.setting import Setting
from derive.counting.shape import At, index_of
from derive.figures.amounts import BadNumbers
from derive.model import key_of
from derive.proving.derivation import Line
from derive.proving.strategies import use_moments
from derive.scope import Scope
from derive.terms import E, Entry, Partial, Product, Sum, Var

Number = int | Fraction
Value = Callable[[At], Number]


class Running:
    """The value of a formula at one layer after another, each time from the value before."""

    def __init__(self, formula: Expr, layer: Symbol | None, numbers: Setting) -> None:
        self._layer = layer
        self._value, self._zeros = Fraction(1), 0
        self._parts: list[tuple[int, _Window | _Loose]] = []
        for factor in Mul.make_args(formula):
            whole = isinstance(factor, Pow) and factor.exp.is_Integer
            base, power = (factor.base, int(factor.exp)) if whole else (factor, 1)
            fixed = layer is None or layer not in base.free_symbols
            if isinstance(base, Product) and not fixed and not _meets(base, layer):
                self._parts.append((power, _Window(base, numbers)))
            elif fixed:
                self._take(value_of(base, numbers)({}), power)
            else:
                self._parts.append((power, _Loose(value_of(base, numbers))))

    def _take(self, factor: Number, power: int) -> None:
        if factor:
            self._value *= Fraction(factor) ** power
        else:
            self._zeros += power

    def at(self, layer: int | None) -> Fraction:
        """The value at a layer."""
        at = {} if self._layer is None or layer is None else {self._layer: layer}
        change = 1, 1
        for power, part in self._parts:
            over, under = 1, 1
            for a, b in part.move(at):
                if a and b:
                    over, under = over * a, under * b
                else:
                    self._zeros += power if b else -power
            if power < 0:
                over, under = under, over
            if abs(power) > 1:
                over, under = over ** abs(power), under ** abs(power)
            change = change[0] * over, change[1] * under
        self._value *= Fraction(*change)
        if self._zeros < 0:
            raise BadNumbers("the formula divides by a variance that is 0")
        return Fraction(0) if self._zeros else self._value


Change = tuple[int, int]
"""What to multiply by and what to divide by; 0 stands on the one side or the other."""


class _Window:
    """A product over a window of its index that moves with the layer."""

    def __init__(self, product: Product, numbers: Setting) -> None:
        index, lo, hi, but = product.range
        if but:
            raise BadNumbers(f"{product} leaves values out, which has no value here")
        self.product = product
        self.lo, self.hi = index_of(lo, numbers.sizes), index_of(hi, numbers.sizes)
        self.body = _ratio(product.body, index, numbers)
        self.first, self.last = 0, -1

    def move(self, at: At) -> list[Change]:
        """What comes in, and what goes out."""
        first, last = self.lo(at), self.hi(at)
        if last < first - 1:
            raise BadNumbers(f"{self.product} ends before its start - 1: it has no meaning")
        if self.last < self.first:
            self.first, self.last = first, first - 1
        entering = [
            *range(first, min(self.first, last + 1)),
            *range(max(self.last + 1, first), last + 1),
        ]
        leaving = [
            *range(self.first, min(first, self.last + 1)),
            *range(max(last + 1, self.first), self.last + 1),
        ]
        self.first, self.last = first, last
        return [self.body(k) for k in entering] + [self.body(k)[::-1] for k in leaving]


def _ratio(body: Expr, index: Symbol, numbers: Setting) -> Callable[[int], Change]:
    """A product's body at a value of its index, as numerator and denominator, computed once."""
    parts = [value_of(a, numbers) for a in Mul.make_args(body)]

    @cache
    def at(k: int) -> Change:
        here = {index: k}
        ratios = [f(here).as_integer_ratio() for f in parts]
        return prod(a for a, _ in ratios), prod(b for _, b in ratios)

    return at


@dataclass
class _Loose:
    """Any other factor: the new value comes in, the one before goes out."""

    value: Value
    before: Number | None = None

    def move(self, at: At) -> list[Change]:
        new, before = self.value(at), self.before
        self.before = new
        there = new.as_integer_ratio()
        return [there] if before is None else [there, before.as_integer_ratio()[::-1]]


def _meets(product: Product, layer: Symbol | None) -> bool:
    return layer in product.body.free_symbols and layer != product.range.index


def value_of(e: Expr, numbers: Setting) -> Value:
    """A formula in sizes and variances as a function of its indices; raises BadNumbers."""
    if isinstance(e, Rational):
        constant = Fraction(int(e.p), int(e.q))
        return lambda at: constant
    if isinstance(e, Symbol):
        return index_of(e, numbers.sizes)
    if isinstance(e, Entry):
        return _size(e, numbers)
    if isinstance(e, Var):
        return _variance(e.args[0], numbers)
    if isinstance(e, E):
        return _second_moment(e, numbers)
    if isinstance(e, Add | Mul):
        parts = [value_of(a, numbers) for a in e.args]
        if isinstance(e, Add):
            return lambda at: sum(f(at) for f in parts)
        return lambda at: prod(f(at) for f in parts)
    if isinstance(e, Pow):
        base, power = value_of(e.base, numbers), index_of(e.exp, numbers.sizes)
        return lambda at: Fraction(base(at)) ** power(at)
    if isinstance(e, Product | Sum) and not e.range.but:
        index, lo, hi, _ = e.range
        first, last = index_of(lo, numbers.sizes), index_of(hi, numbers.sizes)
        body = value_of(e.body, numbers)
        total = sum if isinstance(e, Sum) else prod
        return lambda at: total(body({**at, index: k}) for k in range(first(at), last(at) + 1))
    raise BadNumbers(f"{e} has no value in widths and variances")


def _size(e: Entry, numbers: Setting) -> Value:
    if numbers.model.family(e).kind != "size":
        raise BadNumbers(f"{e} is not a size or a variance, and no number was given for it")
    indices = [index_of(a, numbers.sizes) for a in e.indices]
    sizes, name = numbers.sizes, e.name

    def value(at: At) -> int:
        key = name, tuple(f(at) for f in indices)
        if key not in sizes:
            which = ", ".join(map(str, key[1]))
            raise BadNumbers(f"{name}[{which}] does not follow from the widths")
        return sizes[key]

    return value


def _second_moment(e: E, numbers: Setting) -> Value:
    """The mean square of what has mean 0: its variance."""
    root, two = e.args[0].as_base_exp()
    scope = Scope(numbers.model)
    line = use_moments(Line(E(root), scope)) if two == 2 else None
    if line is None or line.now != 0:
        raise BadNumbers(f"{e} is not a variance: what is squared was not assumed to have mean 0")
    return _variance(root, numbers)


def _variance(u: Expr, numbers: Setting) -> Value:
    """The variance of a weight, an input or a derivative at the top."""
    network = numbers.shape
    if isinstance(u, Partial) and isinstance(u.by, Entry):
        cost = numbers.model.cost_of(u)
        if cost is not None and cost.of.name == u.by.name:
            return lambda at: numbers.top
    elif isinstance(u, Entry) and u.name in network.inputs:
        if len(network.inputs) > 1:
            names = ", ".join(network.inputs)
            raise BadNumbers(f"one input variance cannot stand for several families: {names}")
        return lambda at: numbers.inputs
    elif isinstance(u, Entry) and u.name == network.weights.name:
        if network.layer_slot is None:
            return lambda at: numbers.weights[0]
        layer, start = index_of(u.indices[network.layer_slot], numbers.sizes), numbers.start
        count = len(numbers.weights)

        def value(at: At) -> Fraction:
            place = layer(at) - start
            if not 0 <= place < count:
                raise BadNumbers(f"{key_of(u)} has no layer {layer(at)}")
            return numbers.weights[place]

        return value
    raise BadNumbers(f"Var[{u}] is not a variance that was given (weights, inputs, top)")
