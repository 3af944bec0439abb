"""The chain commands: a derivation from its first line to its last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from derive import screen
from derive.commands.models import NOTATION, activated, model_for
from derive.screen import Stop, nearest, write

if TYPE_CHECKING:
    from derive.chains.story import Story
    from derive.figures.particular import Particular
    from derive.model import Model
    from derive.report import Report
    from derive.show.page import Wanted

CHAINS = {
    "product": "Var[x y] of independent x, y; then with zero means.",
    "sum": "Var[x + y], and Var[Σ w_j x_j] with its cross terms.",
    "backprop": "The gradients by the chain rule, layer by layer.",
    "forward": "The variance of the activations: one layer on, then unrolled.",
    "backward": "The variance of the gradients: from the top down.",
    "weight-grad": "The variance of one weight gradient.",
    "init": "Which variance the weights should have, and what the choice costs.",
}
FUNCTIONS = {"sum": ("sum", "sum_"), "constant": ("alike", "alike")}
OWN_MODEL = ("product", "sum")
FORMATS = ("text", "terminal", "markdown", "latex", "json")
SCHEMES = "uniform-1/√n, lecun, glorot-uniform, glorot-normal, he, he-fan-out, orthogonal"
OPTIONS = (
    click.option("--show-induction", is_flag=True, help="Write out base and step of inductions."),
    click.option("--all", "everything", is_flag=True,
                 help="Write out every lemma, and every line of what is long."),
    click.option("--format", "form", type=click.Choice(FORMATS),
                 help="In colour on a terminal, else plain text, if not said."),
    click.option("-o", "--output", default="", metavar="FILE", help="Write there, not to stdout."),
)  # fmt: skip
WITHOUT = click.option(
    "--without", multiple=True, metavar="NAME",
    help="Take an assumption away; may be repeated. Exit status 1 if it was needed.",
)  # fmt: skip
NUMBERS = (
    click.option("--layers", type=int, metavar="D",
                 help="Unroll at this depth, one substitution a line."),
    click.option("--at", type=int, metavar="I", help="At this layer only."),
    click.option("--widths", metavar="N,N,…",
                 help="Widths of the layers from the inputs on: the variance at every layer."),
    click.option("--weight-var", metavar="V,V,…",
                 help="Variance of the weights of each layer, or one for all: 1/300 or 0.01."),
    click.option("--init", metavar="NAME", help=f"Or by an initialisation: {SCHEMES}."),
    click.option("--input-var", metavar="V", help="Variance of an input; 1 if not said."),
    click.option("--top-var", metavar="V",
                 help="Variance of a derivative at the top; 1 if not said."),
    click.option("--dtype", metavar="TYPE",
                 help="The layer at which this floating point type is left: float16, bfloat16, …"),
)  # fmt: skip
ACTIVATION = click.option(
    "--activation", default="", metavar="NAME|FORMULA",
    help="The function between the layers: relu, leaky-relu(0.1), '2 s + 1', …",
)  # fmt: skip
CONFIRM = click.option(
    "--confirm", type=click.Choice(["exact"]),
    help="Count the result over all outcomes of a small network.",
)  # fmt: skip
SCHEME = click.option(
    "--scheme", type=click.Choice(["constant", "zero", "affine"]),
    help="Equal weights; weights that are all zero; units α s + β that keep means and variances.",
)  # fmt: skip
LAYERED = ("forward", "backward", "weight-grad")
EXAMPLES = {
    "product": ("--all", "--without independent", "--confirm exact"),
    "sum": ("--all", "--without zero-mean-weights", "--confirm exact"),
    "backprop": ("--all", "--notation ubc", "--without zero-bias"),
    "forward": ("--layers 4", "--widths 300,300,300,10 --init he", "--without zero-mean-weights",
                "--format latex -o forward.tex"),
    "backward": ("--notation ubc --at 2", "--widths 300,100,10 --weight-var 1/300,0.01",
                 "--confirm exact"),
    "weight-grad": ("--layers 10000 --at 5000", "--without independent-top",
                    "--format json -o weight-grad.json"),
    "init": ("--notation ubc", "--scheme constant", "--without independent-top",
             "--format latex -o init.tex"),
}  # fmt: skip


def _chain(name: str, summary: str) -> click.Command:
    """One chain as a command."""

    def run(everything: bool, show_induction: bool, without: Sequence[str], form: str | None,
            output: str, confirm: str | None = None, notation: str = "",
            scheme: str | None = None, activation: str = "", **numbers: Any) -> None:  # fmt: skip
        full = activated(model_for(name, notation), activation)
        known = [a.name for a in full.assumptions]
        for gone in without:
            if gone not in known:
                raise Stop(2, f"{full.name} has no assumption {gone}; {nearest(gone, known)}")
        story = _tell(scheme or name, full.without(without))
        asked = {k: v for k, v in numbers.items() if v is not None}
        if confirm:
            asked["confirm"] = True
        if activation and name in LAYERED:
            asked["activation"] = activation
        status, text = laid_out(story, full, without, form, output, everything, show_induction,
                                 asked)  # fmt: skip
        write(text, output)
        if status:
            raise Stop(status)

    body: Callable[..., Any] = run
    for option in reversed(_options(name)):
        body = option(body)
    examples = "".join(f"\n  derive {name} {words}" for words in EXAMPLES[name])
    return click.command(name, help=summary, epilog=f"\b\nExamples:{examples}")(body)


def _options(name: str) -> list[Callable[[Any], Any]]:
    """The options of a chain; only what has a formula can be counted."""
    notation = [] if name in OWN_MODEL else [NOTATION]
    numbers = NUMBERS if name in LAYERED else ()
    counted = () if name in ("backprop", "init") else (CONFIRM,)
    scheme = [SCHEME] if name == "init" else []
    layered = (ACTIVATION,) if name in (*LAYERED, "init") else ()
    return [*notation, *layered, *numbers, *counted, *scheme, WITHOUT, *OPTIONS]


def _tell(name: str, model: Model) -> Story:
    from importlib import import_module

    from derive.errors import Undeclared
    from derive.figures.amounts import BadNumbers

    where, what = FUNCTIONS.get(name, (name.replace("-", "_"),) * 2)
    chain = getattr(import_module(f"derive.chains.{where}"), what)
    try:
        story: Story = chain(model)
    except (Undeclared, BadNumbers) as no:
        raise Stop(2, str(no)) from no
    return story


def laid_out(story: Story, full: Model, without: Sequence[str], form: str | None, output: str,
              everything: bool, show_induction: bool,
              asked: dict[str, Any]) -> tuple[int, str]:  # fmt: skip
    """The exit status, and what to write."""
    from derive.errors import Refused
    from derive.report import report
    from derive.show.page import Wanted

    taken = tuple(a for a in full.assumptions if a.name in without)
    try:
        replayed = report(story)
    except Refused as no:
        raise Stop(1, f"the derivation does not replay: {no}") from no
    answers = _answers(replayed, asked)
    wanted = Wanted(everything, show_induction, taken)
    status = 1 if story.stopped or (answers and answers.disagrees) else 0
    return status, written(replayed, form, output, wanted, answers)


def _answers(replayed: Report, asked: dict[str, Any]) -> Particular | None:
    """What was asked for beyond the derivation."""
    if not asked:
        return None
    from derive.errors import Refused
    from derive.figures.amounts import BadNumbers
    from derive.figures.particular import Asked, particular
    from derive.model import Statement

    claim = replayed.result
    if not isinstance(claim, Statement):
        raise Stop(2, "there is no equation to put numbers in")
    try:
        return particular(replayed.story, claim, Asked(**asked))
    except (BadNumbers, Refused) as no:
        raise Stop(2, str(no)) from no


def written(replayed: Report, form: str | None, output: str, wanted: Wanted,
            answers: Particular | None, more: dict[str, Any] | None = None) -> str:  # fmt: skip
    """A report in one of the formats; ``more`` goes into its JSON object."""
    if form == "json":
        from derive.record.writing import dumps, record

        return dumps(record(replayed.story) | (answers.fields if answers else {}) | (more or {}))
    if form == "latex":
        from derive.show.latex import latex

        return latex(replayed, wanted, answers)
    if form == "markdown":
        from derive.show.markdown import markdown

        return markdown(replayed, wanted, answers)
    from derive.show.lines import plain
    from derive.show.page import page
    from derive.show.words import form_for

    encoding, columns = screen.encoding(output), screen.width()
    lines = page(
        replayed, form=form_for(encoding), width=columns, wanted=wanted, particular=answers
    )
    if form == "terminal" or (form is None and not output and screen.on_terminal()):
        from derive.show.terminal import coloured

        return coloured(lines, columns, colour=screen.colour())
    return plain(lines)


COMMANDS = tuple(_chain(name, summary) for name, summary in CHAINS.items())
