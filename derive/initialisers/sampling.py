"""What a library really draws, measured. Not trusted: nothing rests on it.

A variance is estimated from several independent draws of the whole weight, and its standard
error from how much they differ: entries of one draw may depend on each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from derive.errors import Undeclared
from derive.initialisers.catalogue import Initialiser

DRAWS, DEVIATIONS = 20, 4


@dataclass(frozen=True)
class Estimate:
    """A measured value with its standard error, and what was derived."""

    value: float
    error: float
    derived: float

    @property
    def agrees(self) -> bool:
        """Whether they differ by no more than chance would explain, with float32 rounding."""
        rounding = 1e-6 * abs(self.derived)
        return abs(self.value - self.derived) <= DEVIATIONS * self.error + rounding


@dataclass(frozen=True)
class Measured:
    """Mean and variance of an entry as a library draws it."""

    version: str
    draws: int
    entries: int
    mean: Estimate
    variance: Estimate

    @property
    def agrees(self) -> bool:
        return self.mean.agrees and self.variance.agrees


def measure(found: Initialiser, mean: float, variance: float) -> Measured:
    """Draw and compare; raises Undeclared if the library is not installed."""
    library = found.library
    if find_spec(library.package) is None:
        raise Undeclared(f"{library.name} is not installed: {library.install}")
    try:
        draw = _drawing(found.sample)
    except ImportError as no:
        raise Undeclared(f"{library.name} cannot be used: {no}; {library.install}") from no
    means, variances, entries = [], [], 0
    for seed in range(DRAWS):
        values = draw(seed)
        entries = len(values)
        centre = fmean(values)
        means.append(centre)
        variances.append(sum((v - mean) ** 2 for v in values) / entries)
    return Measured(
        str(import_module(library.package).__version__), DRAWS, entries,
        _estimate(means, mean), _estimate(variances, variance),
    )  # fmt: skip


def _estimate(values: list[float], derived: float) -> Estimate:
    return Estimate(fmean(values), stdev(values) / sqrt(len(values)), derived)


def _named(path: str) -> Any:
    """What a library has under a dotted name, as the shipped files say it."""
    parts = path.split(".")
    for n in range(len(parts) - 1, 0, -1):
        if _module_exists(".".join(parts[:n])):
            found = import_module(".".join(parts[:n]))
            for part in parts[n:]:
                found = getattr(found, part)
            return found
    raise Undeclared(f"{path} was not found")


def _module_exists(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _drawing(how: Mapping[str, Any]) -> Callable[[int], list[float]]:
    """A function that draws the weight anew for a seed, as a flat list."""
    kind = (how.get("make") or how["fill"]).split(".")[0]
    return {"torch": _torch, "keras": _keras, "jax": _jax, "flax": _flax}[kind](how)


def _torch(how: Mapping[str, Any]) -> Callable[[int], list[float]]:
    torch = import_module("torch")

    def draw(seed: int) -> list[float]:
        torch.manual_seed(seed)
        if "fill" in how:
            weight = _named(how["fill"])(torch.empty(*how["shape"]))
        else:
            weight = getattr(_named(how["make"])(*how["with"]), how["take"])
        flat: list[float] = weight.detach().double().flatten().tolist()
        return flat

    return draw


def _keras(how: Mapping[str, Any]) -> Callable[[int], list[float]]:
    keras = import_module("keras")

    def draw(seed: int) -> list[float]:
        keras.utils.set_random_seed(seed)
        made = _named(how["make"])(*how.get("with", ()))
        if "take" in how:
            made.build((None, *how["build"]))
            weight = getattr(made, how["take"])
        else:
            weight = made(tuple(how["shape"]))
        return _flat(keras.ops.convert_to_numpy(weight))

    return draw


def _jax(how: Mapping[str, Any]) -> Callable[[int], list[float]]:
    random = import_module("jax.random")
    initialise = _named(how["make"])(*how.get("with", ()))
    return lambda seed: _flat(initialise(random.key(seed), tuple(how["shape"])))


def _flax(how: Mapping[str, Any]) -> Callable[[int], list[float]]:
    random, numpy = import_module("jax.random"), import_module("jax.numpy")
    arguments = [tuple(a) if isinstance(a, list) else a for a in how["with"]]
    module = _named(how["make"])(*arguments)
    index = "init_index" in how
    given = numpy.zeros(
        how["init_index"] if index else how["init"], "int32" if index else "float32"
    )
    return lambda seed: _flat(module.init(random.key(seed), given)["params"][how["take"]])


def _flat(weight: Any) -> list[float]:
    numpy = import_module("numpy")
    flat: list[float] = numpy.asarray(weight, dtype="float64").ravel().tolist()
    return flat
