"""A chain at particular depths, layers and numbers, as somebody asked for. Not trusted.

What is shown here repeats the derived formula; whether it is right is decided by `replay`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from derive.chains.explicit import Walk, at_layer, depths_with, layered, walk
from derive.chains.story import Story
from derive.counting.confirm import Confirmation, confirm
from derive.figures.amounts import BadNumbers, written
from derive.figures.floats import float_type
from derive.figures.growth import Growth, growths
from derive.figures.numbers import Table, formulas, layers_of, numbers
from derive.figures.stability import Range, stability
from derive.model import Statement

if TYPE_CHECKING:
    from derive.activations.wide import Wide


@dataclass(frozen=True)
class Asked:
    """What was asked for beyond the derivation, as it was typed."""

    layers: int | None = None
    at: int | None = None
    widths: str | None = None
    weight_var: str | None = None
    init: str | None = None
    input_var: str | None = None
    top_var: str | None = None
    dtype: str | None = None
    activation: str | None = None
    confirm: bool = False

    @property
    def variances(self) -> dict[str, Any]:
        """The variances that were given."""
        names = "weight_var", "init", "input_var", "top_var"
        return {n: value for n in names if (value := getattr(self, n)) is not None}

    @property
    def anything(self) -> bool:
        """Whether anything was asked for."""
        return self != Asked()


@dataclass(frozen=True)
class Layer:
    """The result at one layer, for every depth that has it."""

    claim: Statement
    depth: Any
    least: int


@dataclass(frozen=True)
class Particular:
    """The answers, None where nothing was asked."""

    walk: Walk | None = None
    layer: Layer | None = None
    table: Table | None = None
    confirmed: Confirmation | None = None
    range: Range | None = None
    wide: Wide | None = None

    @property
    def disagrees(self) -> bool:
        """Whether a count contradicts the formula."""
        return self.confirmed is not None and not self.confirmed.agrees

    @cached_property
    def growths(self) -> tuple[Growth, ...]:
        """What each column of the table does; of the types, only what was not asked for apart."""
        found = growths(self.table) if self.table else ()
        return tuple(replace(g, crossings=()) for g in found) if self.range else found

    @property
    def fields(self) -> dict[str, Any]:
        """What goes into the JSON object of the derivation."""
        found: dict[str, Any] = {}
        if self.table:
            found["values"] = self.table.values
        if self.wide and self.wide.layers:
            from derive.activations.fields import wide_fields

            found["mean_field"] = wide_fields(self.wide)
        if self.range:
            found["range"] = self.range.fields
        if self.confirmed:
            found["confirmed"] = {
                "agrees": self.confirmed.agrees,
                "cases": self.confirmed.cases,
                "counts": [
                    {"layer": c.layer, "laws": c.laws, "formula": written(c.formula),
                     "counted": written(c.counted), "cases": c.cases}
                    for c in self.confirmed.counts
                ],
            }  # fmt: skip
        return found


def particular(story: Story, result: Statement, asked: Asked) -> Particular:
    """The answers; raises Refused and BadNumbers, saying what does not fit."""
    _consistent(asked)
    kind = None if asked.dtype is None else float_type(asked.dtype)
    table = _table(story, asked)
    within = stability(table, kind) if table and kind else None
    smooth = _wide(asked, table)
    if story.stopped is not None:
        return Particular(table=table, range=within, wide=smooth)
    deep = None if asked.layers is None else walk(story, asked.layers, asked.at)
    at = asked.at if deep is None else None
    return Particular(
        deep,
        None if at is None else _layer(story, result, at),
        table,
        _confirmed(story, result, asked, table) if asked.confirm else None,
        within,
        smooth,
    )


def _consistent(asked: Asked) -> None:
    """Numbers come with widths, except those that are only counted with."""
    if asked.widths is not None or asked.confirm:
        return
    for name in (*asked.variances, *(("dtype",) if asked.dtype is not None else ())):
        option = "--" + name.replace("_", "-")
        raise BadNumbers(f"{option} needs --widths: the widths of the layers, such as 3,4,2")


def _layer(story: Story, result: Statement, at: int) -> Layer:
    q = layered(story.model, story.chain)
    depth, least = depths_with(story.model, q, at)
    return Layer(at_layer(story.model, q, result, at), depth, least)


def _wide(asked: Asked, table: Table | None) -> Wide | None:
    """Of a function that is not made of polynomial pieces: what it does in wide layers."""
    if asked.activation is None:
        return None
    from derive.activations.activation import activation
    from derive.activations.wide import Wide, wide

    chosen = activation(asked.activation)
    if chosen.pieces is not None:
        return None
    if table is None:
        return Wide(chosen)
    given = table.setting
    return wide(chosen, given.widths, given.weights, given.inputs, given.start)


def _table(story: Story, asked: Asked) -> Table | None:
    """The table, unless the widths are only there to be counted with."""
    only_counted = asked.confirm and asked.weight_var is None and asked.init is None
    if asked.widths is None or only_counted:
        return None
    claims, missing = formulas(story.model)
    found = numbers(
        story.model, asked.widths, layers=asked.layers, layer=asked.at, claims=claims,
        **asked.variances,
    )  # fmt: skip
    if asked.at is not None and story.chain in claims and not found.column(story.chain):
        there = layers_of(claims[story.chain], found.setting)
        where = f"{story.chain} exists at {there[0]} … {there[-1]}" if there else "it has no layers"
        raise BadNumbers(f"layer {asked.at}: {where}")
    return Table(found.setting, found.formulas, missing | dict(found.missing), found.rows)


def _confirmed(story: Story, result: Statement, asked: Asked, table: Table | None) -> Confirmation:
    """Counted with the numbers of the table, if there is one."""
    given = asked.variances
    if table:
        given = {"input_var": table.setting.inputs, "top_var": table.setting.top} | given
    return confirm(
        story.model, story.chain, asked.widths, layers=asked.layers, layer=asked.at, claim=result,
        **given,
    )  # fmt: skip
