"""The derived formulas at numbers: the variance at every layer, exactly. Not trusted.

What is evaluated is what the derivation of a chain claims and `replay` has confirmed.

Glossary: a column is the values of one chain, a row those of one layer, i as in the notation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sympy import Expr

from derive.chains.backward import backward
from derive.chains.forward import forward
from derive.chains.product import product
from derive.chains.story import Story
from derive.chains.sum import sum_
from derive.chains.weight_grad import weight_grad
from derive.counting.setting import Setting, setting
from derive.counting.shape import index_of
from derive.errors import Refused
from derive.figures.amounts import BadNumbers, Given, written
from derive.figures.running import Running
from derive.kernel import replay
from derive.model import Model, Statement
from derive.substitution import put
from derive.terms import Range

CHAINS: dict[str, Callable[[Model], Story]] = {
    "forward": forward,
    "backward": backward,
    "weight-grad": weight_grad,
}
SINGLE: dict[str, Callable[[Model], Story]] = {"product": product, "sum": sum_}


@dataclass(frozen=True)
class Row:
    """One layer, None where the model has none; a value is None where it does not exist there."""

    layer: int | None
    forward: Fraction | None = None
    backward: Fraction | None = None
    weight_grad: Fraction | None = None

    def value(self, chain: str) -> Fraction | None:
        """The value of a chain by its name."""
        found: Fraction | None = getattr(self, chain.replace("-", "_"))
        return found


@dataclass(frozen=True)
class Table:
    """The variance of one entry at every layer.

    ``formulas`` are the statements evaluated, by chain; ``missing`` says of the other chains
    why they have no column.
    """

    setting: Setting
    formulas: Mapping[str, Statement]
    missing: Mapping[str, str]
    rows: tuple[Row, ...]

    @property
    def chains(self) -> tuple[str, ...]:
        """The columns, in order."""
        return tuple(self.formulas)

    def head(self, chain: str) -> Expr:
        """What a column shows: the variance of the first entry, which stands for any one."""
        claim = self.formulas[chain]
        layer = layer_of(claim, self.setting)
        firsts = {r.index: r.lo for r in claim.ranges if r != layer}
        return put(claim.left, firsts)

    def column(self, chain: str) -> list[tuple[int | None, Fraction]]:
        """The layers at which a quantity exists, with its values."""
        pairs = ((row.layer, row.value(chain)) for row in self.rows)
        return [(layer, value) for layer, value in pairs if value is not None]

    @property
    def values(self) -> list[dict[str, int | str | None]]:
        """The rows for JSON: each value that exists as text, exactly."""
        return [
            {"layer": row.layer}
            | {
                chain.replace("-", "_"): written(value)
                for chain in self.chains
                if (value := row.value(chain)) is not None
            }
            for row in self.rows
        ]


def derived(model: Model, chain: str) -> Statement:
    """What a chain shows for a model, replayed; raises Refused where the derivation stops."""
    tellers = CHAINS | SINGLE
    if chain not in tellers:
        raise Refused("{} derives no formula; these do: {}", chain, ", ".join(tellers))
    story = tellers[chain](model)
    if story.stopped is not None:
        raise story.stopped.why
    claim = replay(story.derivation, model).claim
    if not isinstance(claim, Statement):
        raise Refused("{} does not end in a formula", chain)
    return claim


def formulas(model: Model) -> tuple[dict[str, Statement], dict[str, str]]:
    """The statement of every chain that the model shows, and why others have none."""
    found: dict[str, Statement] = {}
    missing: dict[str, str] = {}
    for chain in CHAINS:
        if chain not in model.shows:
            missing[chain] = f"{model.name} does not say what {chain} shows"
            continue
        try:
            found[chain] = derived(model, chain)
        except Refused as why:
            missing[chain] = str(why)
    return found, missing


def numbers(
    model: Model,
    widths: str | Sequence[int | str],
    *,
    weight_var: Given | Sequence[Given] | None = None,
    init: str | None = None,
    input_var: Given = 1,
    top_var: Given = 1,
    layers: int | None = None,
    layer: int | None = None,
    claims: Mapping[str, Statement] | None = None,
) -> Table:
    """The table of a network, or its row at one ``layer``; raises BadNumbers.

    Numbers are exact or text, as for `setting`.  ``claims`` are statements derived already, by
    chain; otherwise each chain is derived and replayed here.
    """
    given = setting(
        model,
        widths,
        weight_var=weight_var,
        init=init,
        input_var=input_var,
        top_var=top_var,
        layers=layers,
    )
    found, missing = formulas(model) if claims is None else (dict(claims), {})
    return table(given, found, missing, layer)


def table(
    given: Setting,
    claims: Mapping[str, Statement],
    missing: Mapping[str, str] | None = None,
    layer: int | None = None,
) -> Table:
    """Statements at every layer where they hold, or at one.

    A statement that these numbers do not determine, such as one about ``E[x²]``, has no column.
    """
    columns: dict[str, dict[int | None, Fraction]] = {}
    without = dict(missing or {})
    for chain, claim in claims.items():
        try:
            columns[chain] = _column(claim, given, layer)
        except BadNumbers as why:
            without[chain] = str(why)
    claims = {chain: claims[chain] for chain in columns}
    layers = sorted({i for values in columns.values() for i in values}, key=lambda i: i or 0)
    if layer is not None and not layers:
        raise BadNumbers(f"layer {layer}: {_where(given, claims)}")
    rows = tuple(
        Row(i, **{c.replace("-", "_"): values.get(i) for c, values in columns.items()})
        for i in layers
    )
    return Table(given, claims, without, rows)


def layer_of(claim: Statement, given: Setting) -> Range | None:
    """The range of the layers in a statement; None where the model has no layers."""
    return claim.ranges[0] if claim.ranges and given.shape.layer is not None else None


def layers_of(claim: Statement, given: Setting) -> range | None:
    """The layers at which a statement holds."""
    r = layer_of(claim, given)
    if r is None:
        return None
    return range(index_of(r.lo, given.sizes)({}), index_of(r.hi, given.sizes)({}) + 1)


def _column(claim: Statement, given: Setting, layer: int | None) -> dict[int | None, Fraction]:
    r, layers = layer_of(claim, given), layers_of(claim, given)
    if r is None or layers is None:
        return {} if layer is not None else {None: Running(claim.right, None, given).at(None)}
    chosen = layers if layer is None else [layer] if layer in layers else []
    running = Running(claim.right, r.index, given)
    return {i: running.at(i) for i in chosen}


def _where(given: Setting, claims: Mapping[str, Statement]) -> str:
    """At which layers there is something."""
    parts = []
    for chain, claim in claims.items():
        layers = layers_of(claim, given)
        parts.append(
            f"{chain} has no layers"
            if layers is None
            else f"{chain} exists at {layers[0]} … {layers[-1]}"
            if layers
            else f"{chain} exists nowhere in this network"
        )
    return "outside the network; " + ", ".join(parts)
