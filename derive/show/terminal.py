"""Lines in colour, by rich. Not trusted: layout only. Imported when a terminal is wanted."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

from rich.console import Console
from rich.text import Text

from derive.show.lines import TIE, Line

STYLES = {
    "title": "bold",
    "label": "bold blue",
    "heading": "bold",
    "name": "yellow",
    "command": "magenta",
    "changed": "bold cyan",
    "result": "bold",
    "good": "green",
    "bad": "red",
    "warn": "yellow",
    "dim": "dim",
}


def coloured(lines: Iterable[Line], width: int, *, colour: bool = True) -> str:
    """Lines with the control sequences of the terminal at hand; without colour if so wanted."""
    out = StringIO()
    console = Console(
        file=out, force_terminal=True, no_color=not colour, width=width,
        highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for line in lines:
        parts = ((part.replace(TIE, " "), STYLES.get(style, "")) for part, style in line)
        text = Text.assemble(*parts)
        text.rstrip()
        console.print(text, soft_wrap=True)
    return out.getvalue()
