"""A network with numbers: widths, a variance for each layer of weights, of inputs and top.

Not trusted.  The variances come as numbers or from an initialisation scheme, which says them by
the number of units below and above a layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from itertools import pairwise

from derive.counting.shape import Key, Shape, index_of, shape
from derive.figures.amounts import BadNumbers, Given, exact, short, variances
from derive.figures.amounts import widths as read_widths
from derive.model import Model

SCHEMES: dict[str, Callable[[int, int], Fraction]] = {
    "uniform-1/√n": lambda below, above: Fraction(1, 3 * below),
    "lecun": lambda below, above: Fraction(1, below),
    "glorot-uniform": lambda below, above: Fraction(2, below + above),
    "glorot-normal": lambda below, above: Fraction(2, below + above),
    "he": lambda below, above: Fraction(2, below),
    "he-fan-out": lambda below, above: Fraction(2, above),
    "orthogonal": lambda below, above: Fraction(1, max(below, above)),
}
ALSO = {
    "uniform": "uniform-1/√n",
    "uniform-1/sqrt(n)": "uniform-1/√n",
    "uniform-1/sqrt-n": "uniform-1/√n",
    "torch-linear": "uniform-1/√n",
    "torch.nn.linear": "uniform-1/√n",
    "glorot": "glorot-uniform",
    "xavier": "glorot-uniform",
    "xavier-uniform": "glorot-uniform",
    "xavier-normal": "glorot-normal",
    "lecun-uniform": "lecun",
    "lecun-normal": "lecun",
    "he-uniform": "he",
    "he-normal": "he",
    "kaiming": "he",
    "kaiming-uniform": "he",
    "kaiming-normal": "he",
    "kaiming-fan-out": "he-fan-out",
}


@dataclass(frozen=True)
class Setting:
    """The numbers of one network; ``sizes`` has every size of the model that follows from them."""

    shape: Shape
    widths: tuple[int, ...]
    weights: tuple[Fraction, ...]
    inputs: Fraction
    top: Fraction
    sizes: dict[Key, int]

    @property
    def model(self) -> Model:
        return self.shape.model

    @property
    def start(self) -> int:
        """The index of the first layer of weights in this notation."""
        layer = self.shape.layer
        return index_of(layer.lo, self.sizes)({}) if layer else 0


def setting(
    model: Model,
    widths: str | Sequence[int | str],
    *,
    weight_var: Given | Sequence[Given] | None = None,
    init: str | None = None,
    input_var: Given = 1,
    top_var: Given = 1,
    layers: int | None = None,
) -> Setting:
    """Numbers for a model, each exact or as text; raises BadNumbers where they do not fit.

    ``widths`` has one number more than there are layers of weights; ``weight_var`` one for each
    of these, or one for all; ``layers`` is the value of the model's own depth, if it was given.
    """
    found = read_widths(widths)
    network = shape(model)
    if layers is not None:
        _fits(network, len(found), layers)
    sizes = network.sizes(found)
    return Setting(
        network,
        found,
        _weights(found, weight_var, init),
        _variance(input_var, "the input variance"),
        _variance(top_var, "the top variance"),
        sizes,
    )


def _fits(network: Shape, count: int, layers: int) -> None:
    symbol = network.depth
    if symbol is None:
        raise BadNumbers(f"layers: {network.model.name} has no size that says how many there are")
    least = network.model.sizes[symbol]
    if layers < least:
        has = f"{network.model.name} has {symbol} >= {least}"
        raise BadNumbers(f"layers: {symbol} = {layers}, and {has}")
    wanted = network.matrices(layers) + 1
    if count != wanted:
        raise BadNumbers(
            f"{count} widths, but {symbol} = {layers} makes {wanted - 1} weight matrices,"
            f" which takes {wanted}: one more"
        )


def _variance(value: Given, what: str) -> Fraction:
    found = exact(value, what)
    if found < 0:
        raise BadNumbers(f"{what}: {short(found)} is negative, and a variance is not")
    return found


def _weights(
    widths: Sequence[int], given: Given | Sequence[Given] | None, init: str | None
) -> tuple[Fraction, ...]:
    layers = len(widths) - 1
    if given is not None and init is not None:
        raise BadNumbers("the weight variances are given twice: as numbers, by an initialisation")
    if init is not None:
        scheme = SCHEMES[scheme_name(init)]
        return tuple(scheme(a, b) for a, b in pairwise(widths))
    if given is None:
        raise BadNumbers(
            "the weight variances are missing: give one for all layers, one for each,"
            f" or an initialisation ({', '.join(SCHEMES)})"
        )
    found = variances(given, "the weight variances")
    if len(found) == 1:
        return found * layers
    if len(found) != layers:
        raise BadNumbers(
            f"{len(found)} weight variances for {layers} weight matrices"
            f" ({len(widths)} widths): give {layers}, or one for all"
        )
    return found


def scheme_name(name: str) -> str:
    """The initialisation that is meant; raises BadNumbers with the nearest name."""
    known = {s: s for s in SCHEMES} | ALSO
    plain = name.strip().lower().replace("_", "-")
    if plain in known:
        return known[plain]
    near = get_close_matches(plain, known, 1)
    hint = f"; nearest: {near[0]}" if near else ""
    raise BadNumbers(f"no initialisation {name}{hint}; known: {', '.join(SCHEMES)}")
