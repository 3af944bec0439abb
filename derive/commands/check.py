"""`check` and `sources`: what other people wrote, judged formula by formula."""

from __future__ import annotations

from collections.abc import Sequence

import click

from derive import screen
from derive.commands.models import complete_notation, reading_for
from derive.screen import Stop, complain, write


def complete_source(ctx: click.Context, param: click.Parameter, start: str) -> list[str]:
    """The shipped documents that begin so."""
    from derive.judging.shipped import sources as shipped

    return [name for name in shipped() if name.startswith(start)]


VERDICTS = ("holds", "needs", "fails", "undecided", "unreadable")


@click.command(
    epilog="\b\nExamples:\n  derive check notes.md\n  derive check paper.tex --follow\n"
    "  derive check --only fails --strict notes/\n  derive check --tex - < paper.tex\n"
    "  derive check notes.md --annotate -o seen.md"
)
@click.argument("files", nargs=-1, type=click.Path(), metavar="FILE…")
@click.option(
    "--source",
    multiple=True,
    metavar="NAME",
    shell_complete=complete_source,
    help="A document that is shipped.",
)
@click.option(
    "--notation",
    default="",
    metavar="NAME|FILE",
    shell_complete=complete_notation,
    help="What the symbols mean, if the files do not say.",
)
@click.option("--tex", is_flag=True, help="What comes from standard input (-) is LaTeX.")
@click.option("--follow", is_flag=True, help="Read what \\input names, in the file's own folder.")
@click.option("--only", multiple=True, type=click.Choice(VERDICTS), help="Show these only.")
@click.option("--strict", is_flag=True, help="Exit status 1 if anything is undecided.")
@click.option("--explain", is_flag=True, help="Show what lies between the two sides.")
@click.option(
    "--consistency/--no-consistency",
    default=True,
    show_default=True,
    help="Hold the claims of a file against each other.",
)
@click.option(
    "--annotate", is_flag=True, help="Write NAME.checked.md, a copy with the verdicts; or -o FILE."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", "text", "markdown", "json"]),
    help="In colour on a terminal, else plain text, if not said.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    default="",
    metavar="FILE",
    help="Write there, not to stdout.",
)
def check(files: Sequence[str], source: Sequence[str], notation: str, tex: bool, follow: bool,
          only: Sequence[str], strict: bool, explain: bool, consistency: bool, annotate: bool,
          form: str | None, output: str) -> None:  # fmt: skip
    """Judge every displayed formula of Markdown and LaTeX files and notebooks, or of a folder.

    Exit status: 0 all hold, 1 some fail or need more, 2 unreadable or a bad call, 3 undecided.
    """
    from derive.commands.checkfiles import Asked, answer
    from derive.judging.documents import Wanted
    from derive.show.checked import Shown

    if source:
        files = [*files, *map(_shipped, source)]
    if not files:
        raise Stop(2, "no file to check; name one, or --source NAME")
    if annotate and output and len(files) > 1:
        raise Stop(2, "--annotate with -o takes one file")
    if annotate and any(name.endswith(".ipynb") for name in files):
        raise Stop(2, "--annotate writes Markdown and LaTeX, no notebooks")
    plain = output and not annotate
    terminal = "terminal" if not plain and screen.on_terminal() else "text"
    encoding = screen.encoding("" if annotate else output)
    found = answer(files, Asked(
        Wanted(reading_for(notation) if notation else None, tex, follow, consistency),
        Shown(only, explain), form or terminal, strict, screen.width(), encoding,
        screen.colour(),
    ), annotate=annotate)  # fmt: skip
    for complaint in found.complaints:
        complain(2, complaint)
    if annotate and list(files) == ["-"] and not output:
        write("".join(text for _, text in found.copies))
    else:
        write(found.text, "" if annotate else output)
        for name, text in found.copies if annotate else ():
            write(text, output or name)
    if found.status:
        raise Stop(found.status)


def _shipped(name: str) -> str:
    from derive.errors import Undeclared
    from derive.judging.shipped import path

    try:
        return str(path(name))
    except Undeclared as no:
        raise Stop(2, str(no)) from no


@click.command(epilog="\b\nExamples:\n  derive sources\n  derive check --source glorot")
def sources() -> None:
    """List the shipped documents: published derivations, for `check --source NAME`."""
    from textwrap import wrap

    from derive.judging.shipped import path
    from derive.judging.shipped import sources as shipped

    names = shipped()
    gap = max(map(len, names)) + 2
    for name in names:
        title = path(name).read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")
        first, *rest = wrap(title.replace("*", ""), screen.width() - gap)
        click.echo("\n".join([name.ljust(gap) + first, *(" " * gap + row for row in rest)]))


COMMANDS = (check, sources)
