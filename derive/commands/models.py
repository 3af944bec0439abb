"""Which model a command speaks of: a shipped notation, a file with one, or a chain's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from derive.screen import Stop

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from derive.model import Model
    from derive.read.reading import Reading


def complete_notation(
    ctx: click.Context, param: click.Parameter, start: str
) -> list[str | CompletionItem]:
    """The shipped notations that begin so; files, if there is none."""
    from pathlib import Path

    from click.shell_completion import CompletionItem

    shipped = sorted(p.stem for p in (Path(__file__).parent.parent / "notations").glob("*.derive"))
    found = [name for name in shipped if name.startswith(start)]
    return [*found] or [CompletionItem(start, type="file")]


NOTATION = click.option(
    "--notation", default="glorot", show_default=True, metavar="NAME|FILE",
    shell_complete=complete_notation, help="Whose conventions: a shipped notation or a file.",
)  # fmt: skip


def model_for(name: str, notation: str) -> Model:
    """The model that a chain speaks of."""
    if name == "product":
        from derive.chains.product import two_variables

        return two_variables()
    if name == "sum":
        from derive.chains.sum import one_neuron

        return one_neuron()
    return reading_for(notation).model


def activated(model: Model, activation: str) -> Model:
    """The model with the function that was asked for between its layers."""
    if not activation:
        return model
    from derive.errors import Refused, Undeclared, Unreadable
    from derive.proving.activated import with_activation

    try:
        return with_activation(model, activation)
    except Unreadable as no:
        place = f"column {no.column}: " if no.column > 1 else ""
        raise Stop(2, f"--activation {activation}: {place}{no.reason}") from no
    except (Refused, Undeclared) as no:
        raise Stop(2, f"--activation {activation}: {no}") from no


def reading_for(notation: str) -> Reading:
    """A shipped notation or a file with one."""
    from derive.errors import Unreadable
    from derive.read.declare import notation as read

    try:
        return read(notation)
    except Unreadable as no:
        place = f"{notation}:{no.line}:{no.column}: " if no.line else ""
        raise Stop(2, f"{place}{no.reason}") from no
    except (OSError, UnicodeDecodeError) as no:
        raise Stop(2, f"cannot read {notation}: {getattr(no, 'strerror', '') or no}") from no
