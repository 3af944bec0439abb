"""`notations`, `assumptions` and `rules`: what there is to look up."""

from __future__ import annotations

import click

from derive import screen
from derive.commands.models import NOTATION, complete_notation, model_for
from derive.screen import write


@click.command(epilog="\b\nExamples:\n  derive notations\n  derive notations ubc\n"
                       "  derive notations my-paper.derive")  # fmt: skip
@click.argument("name", required=False, shell_complete=complete_notation, metavar="[NAME|FILE]")
def notations(name: str | None) -> None:
    """List the shipped notations, or show one: its declaration, and how it was read."""
    from pathlib import Path

    from derive.read import declare
    from derive.show.lines import plain
    from derive.show.notation import about, notation_page
    from derive.show.words import form_for, spelled

    form = form_for(screen.encoding())
    if name is None:
        known = declare.notations()
        column = max(map(len, known)) + 2
        texts = {n: (declare.NOTATIONS / f"{n}.derive").read_text(encoding="utf-8") for n in known}
        write("".join(f"{n.ljust(column)}{spelled(about(texts[n]), form)}\n" for n in known))
        return
    model = model_for("forward", name)
    shipped = name in declare.notations()
    path = declare.NOTATIONS / f"{name}.derive" if shipped else Path(name)
    text = path.read_text(encoding="utf-8")
    write(plain(notation_page(model, text, form, screen.width())))


@click.command(epilog="\b\nExamples:\n  derive assumptions\n  derive assumptions --notation ubc")
@NOTATION
def assumptions(notation: str) -> None:
    """List the assumptions by name, with what each says."""
    model = model_for("forward", notation)
    from derive.show.lines import TIE
    from derive.show.words import Voice, form_for

    voice = Voice(model, form_for(screen.encoding()))
    column = max((len(a.name) for a in model.assumptions), default=0) + 2
    said = ((a.name, voice.assumption(a).replace(TIE, " ")) for a in model.assumptions)
    write("".join(f"{name.ljust(column)}{text}\n" for name, text in said))


@click.command()
def rules() -> None:
    """Write the laws that a derivation may use, as Markdown."""
    from derive.show.rulebook import rulebook

    write(rulebook())


COMMANDS = (notations, assumptions, rules)
