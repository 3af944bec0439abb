"""`derive distribution`: what a law says of mean and variance, and which law has a variance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from derive.commands.chains import FORMATS, laid_out
from derive.screen import Stop, write

if TYPE_CHECKING:
    from derive.chains.story import Story

EXAMPLES = (
    "", "uniform", "'U[-a, a]'", "'N(0, std s)'", "truncated-normal", "orthogonal",
    "uniform --variance '2/(n+m)'", "truncated-normal --variance 1/n --bound 3",
)  # fmt: skip
GENERIC = {
    "uniform": "U[a, b]", "normal": "N(m, variance v)", "laplace": "Laplace(m, scale s)",
    "truncated-normal": "truncated N(m, variance v) at c", "bernoulli": "Bernoulli(p)",
    "rademacher": "Rademacher", "two-point": "two-point(a, b, p)",
}  # fmt: skip
ORTHOGONAL = "orthogonal"
NEEDS = {"points": "points(1: 1/2, 0: 1/4, -1: 1/4)", "density": "density(\\int_{x=0}^{1} (2 x))"}


@click.command(
    epilog="\b\nExamples:" + "".join(f"\n  derive distribution {e}".rstrip() for e in EXAMPLES)
)
@click.argument("law", required=False, metavar="[LAW]")
@click.option("--variance", metavar="V", help="The law of mean 0 that has this variance.")
@click.option("--bound", metavar="C", help="Where a normal law is cut off, in deviations; 2.")
@click.option("--format", "form", type=click.Choice(FORMATS),
              help="In colour on a terminal, else plain text, if not said.")  # fmt: skip
@click.option("-o", "--output", default="", metavar="FILE", help="Write there, not to stdout.")
def distribution(
    law: str | None, variance: str | None, bound: str | None, form: str | None, output: str
) -> None:
    """Mean and variance of a law, by its integral or sum; and back from a variance.

    LAW is a name, or a law with its parameters, such as 'U[-a, a]'. Letters stand for positive
    numbers. Without LAW, all laws are listed.
    """
    if law is None:
        if variance or bound or form:
            raise Stop(2, "of which law? derive distribution lists them")
        write(_table())
        return
    told = _story(law, variance, bound)
    status, text = laid_out(told, told.model, (), form, output, False, False, {})
    write(text, output)
    if status:
        raise Stop(status)


def _story(law: str, variance: str | None, bound: str | None) -> Story:
    from derive.distributions import solved, story
    from derive.distributions.laws import full_name
    from derive.distributions.orthogonal import orthogonal
    from derive.distributions.reading import read_law, read_number, said
    from derive.errors import Refused, Undeclared, Unreadable

    try:
        if law == ORTHOGONAL:
            if variance or bound:
                raise Stop(2, "the entries of an orthogonal matrix have one variance, 1/n")
            return orthogonal()
        if variance:
            cut = {"bound": read_number(bound)} if bound else {}
            return solved(law, read_number(variance), **cut).story
        if bound:
            raise Stop(2, "--bound goes with --variance; or 'truncated N(0, variance v) at c'")
        if law.replace("-", "").replace("_", "").isalpha():
            name = full_name(law)
            if name not in GENERIC:
                raise Stop(2, f"the {name} law needs its parameters: '{NEEDS[name]}'")
            return story(read_law(GENERIC[name]))
        return story(read_law(law))
    except Unreadable as no:
        raise Stop(2, f"{law}: {no.reason}") from no
    except (Undeclared, Refused) as no:
        raise Stop(2, said(no)) from no


def _table() -> str:
    """Every law with its mean and variance, derived."""
    from derive.distributions.reading import moments_of
    from derive.screen import encoding, width
    from derive.show.words import form_for

    form = form_for(encoding())
    rows = [(name, text, *moments_of(text, form)) for name, text in GENERIC.items()]
    rows.append((ORTHOGONAL, "rows of length 1, n columns", "0", "1/n"))
    heads = ("name", "law", "mean", "variance")
    wide = [max(map(len, column)) + 2 for column in zip(heads, *rows, strict=True)]
    found = []
    for row in (heads, *rows):
        lead = "".join(cell.ljust(w) for cell, w in zip(row[:3], wide, strict=False))
        fits = len(lead) + len(row[3]) <= width()
        found.append(f"{lead}{row[3]}" if fits else f"{lead.rstrip()}\n{'':{wide[0]}}{row[3]}")
    return "\n".join(line.rstrip() for line in found) + "\n"


COMMANDS = (distribution,)
