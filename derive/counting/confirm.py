"""A derived formula against a count over all outcomes of a small network. Not trusted.

Left and right side of the statement are both counted by the oracle, from the model alone: the
network is computed forward and backward for every outcome, so nothing of the derivation is used.

Glossary: a source is a random family, or the derivatives at the top; at the values of indices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import log10
from typing import Any

from sympy import Expr, Symbol

from derive.counting import oracle
from derive.counting.drawn import laws_of
from derive.counting.exact import sign
from derive.counting.setting import Setting, setting
from derive.counting.shape import index_of, shape
from derive.counting.trials import Trial, plain_trials, trials
from derive.counting.tries import entries
from derive.errors import Refused
from derive.figures.amounts import BadNumbers, Given, written
from derive.figures.numbers import derived, layer_of, layers_of
from derive.model import Model, Separate, Statement, Symmetric
from derive.piecewise import Pieces
from derive.terms import Entry, Partial, Var

AT_MOST = 2**14
MOST_WEIGHTS = 2000
SMALL = (2, 1, 3, 2)
Places = Mapping[int | None, dict[Symbol, int]]
VARIANCES = (Fraction(1, 2), Fraction(3), Fraction(2), Fraction(5))
SQUARES = (Fraction(1, 4), Fraction(4), Fraction(1), Fraction(9))


@dataclass(frozen=True)
class Counted:
    """One layer under one choice of laws: the formula's value, and the value counted."""

    layer: int | None
    laws: str
    formula: Fraction | Expr
    counted: Fraction | Expr
    cases: int

    @property
    def agrees(self) -> bool:
        """Whether the two are equal, exactly."""
        return sign(self.formula - self.counted) == 0


@dataclass(frozen=True)
class Confirmation:
    """A statement counted; ``left_out`` says what was too large to count as well.

    ``setting`` has the network, None where there are only random variables; ``drawn`` are the
    families whose declared laws it was counted with.
    """

    chain: str
    claim: Statement
    setting: Setting | None
    counts: tuple[Counted, ...]
    left_out: tuple[str, ...]
    drawn: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether formula and count are equal everywhere."""
        return all(c.agrees for c in self.counts)

    @property
    def cases(self) -> int:
        """Over how many outcomes was counted in all."""
        return sum(c.cases for c in self.counts)

    @property
    def text(self) -> str:
        """One sentence."""
        wrong = [c for c in self.counts if not c.agrees]
        if not wrong:
            everywhere = " at every layer" if len({c.layer for c in self.counts}) > 1 else ""
            by = f", with the laws declared of {' and '.join(self.drawn)}" if self.drawn else ""
            return f"counted over {self.cases} cases{by}: the formula agrees{everywhere}"
        c = wrong[0]
        where = "" if c.layer is None else f"at layer {c.layer} "
        return (
            f"{where}the formula says {written(c.formula)}, counted over {c.cases} cases"
            f" it is {written(c.counted)} ({c.laws})"
        )


def confirm(
    model: Model,
    chain: str,
    widths: str | Sequence[int | str] | None = None,
    *,
    weight_var: Given | Sequence[Given] | None = None,
    init: str | None = None,
    input_var: Given = 3,
    top_var: Given = 2,
    layers: int | None = None,
    layer: int | None = None,
    claim: Statement | None = None,
    at_most: int = AT_MOST,
) -> Confirmation:
    """Count what a chain shows, at every layer or at one; raises Refused and BadNumbers.

    Without ``widths``, on a small network whose widths and variances differ, of three layers of
    weights unless ``layers`` gives the depth.  ``claim`` is the statement to count, by default
    what the chain derives.  What has a declared law is counted with it: with its exact moments if
    it has a density.  Refused where it takes more than ``at_most`` cases, or the model does not
    make the activation linear.
    """
    claim = derived(model, chain) if claim is None else claim
    if claim.left.has(Partial):
        _in_real_networks(model)
    if not model.definitions:
        return _counted(chain, claim, None, plain_trials(model), {None: {}}, at_most)
    if widths is None:
        widths = small(model, layers)
    count = len(widths.split(",")) if isinstance(widths, str) else len(widths)
    drawn = laws_of(model)
    if shape(model).weights.name in drawn and (weight_var is not None or init is not None):
        raise BadNumbers(
            f"the weight variances are declared, by the law of {shape(model).weights.name}"
        )
    if weight_var is None and init is None:
        facts = [f for a in model.assumptions for f in a.facts]
        some = SQUARES if any(isinstance(f, Symmetric) for f in facts) else VARIANCES
        weight_var = [some[n % len(some)] for n in range(max(count - 1, 1))]
    given = setting(
        model,
        widths,
        weight_var=weight_var,
        init=init,
        input_var=input_var,
        top_var=top_var,
        layers=layers,
    )
    if drawn:
        given = _as_drawn(given)
    return counted(chain, claim, given, layer=layer, at_most=at_most)


def _as_drawn(given: Setting) -> Setting:
    """With the variances that the declared laws have; entries of one layer have one."""
    instance = next(trials(given)).instance
    slot, inputs = given.shape.layer_slot, given.inputs
    weights: dict[Any, Entry] = {}
    for e in entries(instance, given.shape.weights.name):
        weights.setdefault(0 if slot is None else e.indices[slot], e)
    drawn = [e for name in given.shape.inputs for e in entries(instance, name)]
    found = [oracle.evaluate(Var(e), instance) for e in (*weights.values(), *drawn[:1])]
    layers = len(weights)
    return replace(given, weights=tuple(found[:layers]), inputs=(*found[layers:], inputs)[0])


def _in_real_networks(model: Model) -> None:
    """Refuse what no network fulfils: gradients that do not depend on what they pass through."""
    ideal = [a.name for a in model.assumptions if any(isinstance(f, Separate) for f in a.facts)]
    if ideal:
        raise Refused(
            "a count runs a real network, where gradients depend on what they pass through, against"
            " {}",
            ", ".join(ideal),
        )


def small(model: Model, layers: int | None = None) -> list[int]:
    """Widths of a small network of the shape of a model, neighbours different.

    Where laws have densities, a function in pieces is counted of single products alone.
    """
    network = shape(model)
    if network.layer is None:
        return [3, 1]
    matrices = 3 if layers is None else network.matrices(layers)
    if network.depth is None:
        matrices = network.matrices(0)
    if laws_of(model) and any(isinstance(f, Pieces) for a in model.assumptions for f in a.facts):
        return [1] * max(matrices, 0) + [2]
    pattern = list(SMALL) if matrices < len(SMALL) else [2, 1] * matrices
    return pattern[: max(matrices, 0) + 1]


def counted(
    chain: str,
    claim: Statement,
    given: Setting,
    *,
    layer: int | None = None,
    at_most: int = AT_MOST,
) -> Confirmation:
    """A statement counted in a setting, under every choice of laws that is small enough."""
    span = layers_of(claim, given)
    chosen: list[int | None] = [None] if span is None else [*span]
    if layer is not None:
        if layer not in chosen:
            where = f"{span[0]} … {span[-1]}" if span else "no layers"
            raise BadNumbers(f"layer {layer}: {chain} exists at {where}")
        chosen = [layer]
    _writable(given)
    places = {i: _place(claim, given, i) for i in chosen}
    return _counted(chain, claim, given, trials(given), places, at_most)


def _counted(
    chain: str,
    claim: Statement,
    given: Setting | None,
    choices: Iterable[Trial],
    places: Places,
    at_most: int,
) -> Confirmation:
    found: list[Counted] = []
    left_out: list[str] = []
    drawn: list[str] = []
    for number, trial in enumerate(choices):
        drawn = laws_of(trial.instance.model)
        for i, at in places.items():
            size = oracle.cases(claim.left, trial.instance, at)
            if size <= at_most:
                continue
            where = "" if i is None else f" at layer {i}"
            large = f"{size} cases{where}, and at most {at_most} are counted"
            if number == 0:
                raise Refused("{}", f"counting takes {large}; take smaller widths or fewer layers")
            left_out.append(f"{trial.name}: {large}")
        found += _all(claim, trial, places, at_most)
    return Confirmation(chain, claim, given, tuple(found), tuple(left_out), tuple(drawn))


def _writable(given: Setting) -> None:
    """Refuse at once what could not even be written out."""
    weights = sum(a * b for a, b in pairwise(given.widths))
    if weights > MOST_WEIGHTS:
        digits = round(weights * log10(2))
        raise Refused(
            "{}",
            f"the widths {', '.join(map(str, given.widths))} make {weights} weights, each of at"
            f" least two values: up to 2^{weights} cases, a number of {digits} digits;"
            " give smaller widths, or none",
        )


def _all(claim: Statement, trial: Trial, places: Places, at_most: int) -> Iterator[Counted]:
    """Every place that is small enough, under one choice of laws."""
    instance = trial.instance
    for layer, at in places.items():
        if oracle.cases(claim.left, instance, at) <= at_most:
            value, cases = oracle.count(claim.left, instance, at, at_most=at_most)
            formula = oracle.evaluate(claim.right, instance, at)
            yield Counted(layer, trial.name, formula, value, cases)


def _place(claim: Statement, given: Setting, layer: int | None) -> dict[Symbol, int]:
    """The indices of the last entry of a layer: it stands for any one, and is not the first."""
    r = layer_of(claim, given)
    at: dict[Symbol, int] = {} if r is None or layer is None else {r.index: layer}
    for other in claim.ranges:
        if other.index not in at:
            at[other.index] = index_of(other.hi, given.sizes)(at)
    return at
