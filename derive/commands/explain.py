"""`explain`: what an initialiser of PyTorch, Keras or JAX draws, and what layers make of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from derive.commands.chains import ACTIVATION, OPTIONS, written
from derive.commands.models import NOTATION, activated, model_for
from derive.screen import Stop, write


def complete_name(ctx: click.Context, param: click.Parameter, start: str) -> list[str]:
    """The initialisers that begin so."""
    from derive.initialisers.catalogue import catalogue

    return [i.name for i in catalogue() if i.name.startswith(start)]


def explain(name: str | None, notation: str, activation: str, confirm: bool, everything: bool,
            show_induction: bool, form: str | None, output: str) -> None:  # fmt: skip
    """Derive what an initialiser of PyTorch, Keras or JAX draws; without NAME, list them.

    What is sampled is declared, version and source noted; the variance of an entry is derived
    from it, and what one layer makes of a variance. --confirm draws from the library itself, if
    it is installed; exit status 1 if that disagrees.
    """
    from derive.errors import Refused, Undeclared
    from derive.initialisers.catalogue import initialiser
    from derive.initialisers.explained import explained
    from derive.report import report
    from derive.show.page import Wanted

    if name is None:
        write(_listed(), output)
        return
    try:
        layers = activated(model_for("init", notation), activation)
        found = explained(initialiser(name), layers, between=activation, confirm=confirm)
        replayed = report(found.story)
    except Undeclared as no:
        raise Stop(2, str(no)) from no
    except Refused as no:
        raise Stop(1, str(no)) from no
    wanted = Wanted(everything, show_induction)
    write(written(replayed, form, output, wanted, None, found.fields), output)
    if found.measured and not found.measured.agrees:
        raise Stop(1)


def _listed() -> str:
    """Every name, library by library."""
    from itertools import groupby

    from derive.initialisers.catalogue import catalogue
    from derive.show.lines import Line, filled, plain

    lines: list[Line] = []
    for library, group in groupby(catalogue(), key=lambda i: i.library):
        lines += [*([[]] if lines else []), [(f"{library.name} {library.version}", "heading")]]
        for each in group:
            lines += [[(f"  {each.name}", "name")], *filled([(f"    {each.about}", "")], 80, 4)]
    return plain(lines)


def _command() -> click.Command:
    name = click.argument("name", required=False, metavar="[NAME]", shell_complete=complete_name)
    said = "Draw from the library and compare, with a standard error."
    confirm = click.option("--confirm", is_flag=True, help=said)
    body: Callable[..., Any] = explain
    for option in reversed((name, NOTATION, ACTIVATION, confirm, *OPTIONS)):
        body = option(body)
    examples = ("", " torch.nn.Linear", " torch.nn.Linear --activation relu",
                " keras.initializers.HeNormal --confirm")  # fmt: skip
    epilog = "\b\nExamples:" + "".join(f"\n  derive explain{words}" for words in examples)
    return click.command("explain", epilog=epilog)(body)


COMMANDS = (_command(),)
