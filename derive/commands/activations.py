"""`gain` and `meanfield`: what an activation function does to variances."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import click

from derive import screen
from derive.screen import Stop, write

if TYPE_CHECKING:
    from derive.activations.activation import Activation
    from derive.show.blocks import Block
    from derive.writing.spelling import Spelling

FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "terminal", "markdown", "latex", "json"]),
    help="In colour on a terminal, else plain text, if not said.",
)  # fmt: skip
OUTPUT = click.option(
    "-o", "--output", default="", metavar="FILE", help="Write there, not to stdout."
)


@click.command(
    epilog="\b\nExamples:\n  derive gain relu\n  derive gain 'leaky-relu(0.2)'\n"
    "  derive gain 's/(1+|s|)'\n  derive gain 'f(s; a = 2) = a \\tanh(s)'\n"
    "  derive gain --all --format markdown -o docs/gains.md"
)
@click.argument("name", required=False, metavar="[NAME|FORMULA]")
@click.option("--all", "everything", is_flag=True, help="A table of the shipped ones.")
@FORMAT
@OUTPUT
def gain(name: str | None, everything: bool, form: str | None, output: str) -> None:
    """The gain of an activation function, by every definition, exactly where that can be done."""
    if everything == bool(name):
        raise Stop(2, "name an activation function or write its formula, or --all for a table")
    if name is None:
        from derive.activations.fields import all_gains
        from derive.show.gains import table

        write(_laid_out(table, all_gains, form, output), output)
        return
    from derive.activations.fields import gain_fields
    from derive.activations.gain import Gains
    from derive.show.gains import blocks

    gains = _found(lambda: Gains(_read(name)), name)
    write(_laid_out(lambda f: blocks(gains, f), lambda: gain_fields(gains), form, output), output)
    if not any(g.value for g in gains.all):
        raise Stop(1)


@click.command(
    epilog="\b\nExamples:\n  derive meanfield relu --weight-var 2\n"
    "  derive meanfield tanh --weight-var 1.76 --bias-var 0.05\n"
    "  derive meanfield 's/(1+|s|)' --weight-var 3/2 --format json"
)
@click.argument("name", metavar="NAME|FORMULA")
@click.option(
    "--weight-var",
    default="1",
    show_default=True,
    metavar="V",
    help="σ_w² = n Var[W]: the variance of a weight times the fan-in.",
)
@click.option("--bias-var", default="0", show_default=True, metavar="V", help="σ_b² = Var[b].")
@FORMAT
@OUTPUT
def meanfield(
    name: str, weight_var: str, bias_var: str, form: str | None, output: str
) -> None:  # fmt: skip
    """The variance of pre-activations in wide layers: fixed points, and order or chaos there."""
    from sympy import Rational

    from derive.activations.fields import field_fields
    from derive.activations.maps import Maps
    from derive.activations.meanfield import MeanField
    from derive.figures.amounts import BadNumbers, variances
    from derive.show.meanfield import blocks

    try:
        ((weight,), (bias,)) = (
            variances(weight_var, "--weight-var"),
            variances(bias_var, "--bias-var"),
        )
    except (BadNumbers, ValueError) as no:
        raise Stop(2, str(no)) from no
    if not weight:
        raise Stop(2, "--weight-var: 0: nothing of the layer below comes through")
    field = _found(lambda: MeanField(Maps(_read(name)), Rational(weight), Rational(bias)), name)
    write(_found(lambda: _laid_out(
        lambda f: blocks(field, f), lambda: field_fields(field), form, output
    ), name), output)  # fmt: skip


def _read(text: str) -> Activation:
    from derive.activations.activation import activation
    from derive.errors import Unreadable

    try:
        return activation(text)
    except Unreadable as no:
        mark = "" if no.column == 1 else f"\n  {text}\n  {' ' * (no.column - 1)}^"
        raise Stop(2, f"{no.reason}{mark}") from no


def _found(work: Callable[[], Any], name: str) -> Any:
    from derive.errors import Refused

    try:
        return work()
    except Refused as no:
        raise Stop(2, f"{name}: {no}") from no


def _laid_out(
    blocks: Callable[[Spelling], Iterable[Block]], fields: Callable[[], dict[str, Any]],
    form: str | None, output: str,
) -> str:  # fmt: skip
    """A page in one of the formats."""
    if form == "json":
        from derive.activations.fields import dumps

        return dumps(fields())
    if form == "latex":
        from derive.show.latex import document
        from derive.writing.spelling import LATEX

        return document(blocks(LATEX))
    if form == "markdown":
        from derive.show.markdown import document
        from derive.writing.spelling import LATEX

        return document(blocks(LATEX))
    from derive.show.lines import plain
    from derive.show.sheets import lines
    from derive.show.words import form_for

    spelling, columns = form_for(screen.encoding(output)), screen.width()
    page = lines(blocks(spelling), spelling, columns)
    if form == "terminal" or (form is None and not output and screen.on_terminal()):
        from derive.show.terminal import coloured

        return coloured(page, columns, colour=screen.colour())
    return plain(page)


COMMANDS = (gain, meanfield)
