"""The command line: the only place that prints. Not trusted: it chooses, others compute.

SymPy takes longer to import than everything else together, so what needs it is imported by
the command that needs it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

import click

from derive import __version__

if TYPE_CHECKING:
    from derive.chains.story import Story
    from derive.model import Model
    from derive.particular import Particular
    from derive.read.reading import Reading
    from derive.report import Report
    from derive.show.page import Wanted

OVERVIEW = """\
derive: a checker of derivations about expectation and variance

  derive weight-grad    the variance of one weight gradient, with every reason
  derive forward        how the variance of the activations grows, layer by layer
  derive backward       how the variance of the gradients grows, from the top down
  derive backprop       the gradients, by the chain rule
  derive product        the variance of a product
  derive sum            the variance of a sum, and why its cross terms vanish

  derive check FILE     a verdict on every displayed formula of a Markdown or LaTeX file
  derive sources        published derivations, for derive check --source NAME

  derive replay         a derivation saved with --format json, checked from scratch
  derive notations      the shipped notations; derive notations NAME shows one
  derive assumptions    what is assumed, by name; take one away with --without NAME
  derive rules          the laws that a derivation may use

derive COMMAND --help says more, with examples; derive --help lists everything.
"""

CHAINS = {
    "product": "Var[x y] of independent x, y; then with zero means.",
    "sum": "Var[x + y], and Var[Σ w_j x_j] with its cross terms.",
    "backprop": "The gradients by the chain rule, layer by layer.",
    "forward": "The variance of the activations: one layer on, then unrolled.",
    "backward": "The variance of the gradients: from the top down.",
    "weight-grad": "The variance of one weight gradient.",
}
VERDICTS = ("holds", "needs", "fails", "undecided", "unreadable")
OWN_MODEL = ("product", "sum")
LEAST, MOST = 40, 120


class Stop(Exception):
    """An exit status, with a message for stderr if there is one."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def nearest(name: str, known: Iterable[str]) -> str:
    """The valid name that somebody probably meant, in words."""
    names = list(known)
    near = get_close_matches(name, names, 1, 0.4)
    return f"nearest: {near[0]}" if near else f"known: {', '.join(names) or 'none'}"


class Commands(click.Group):
    """Commands in the order of the overview; an unknown one is met with the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            raise Stop(2, f"no command {name}; {nearest(name, self.commands)}")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, invoke_without_command=True, context_settings={
    "help_option_names": ["-h", "--help"], "max_content_width": 100,
})  # fmt: skip
@click.version_option(__version__, prog_name="derive", message="%(prog)s %(version)s")
@click.pass_context
def derive(ctx: click.Context) -> None:
    """Derive statements about expectation and variance, with a reason at every line.

    \b
    Examples:
      derive weight-grad
      derive forward --show-induction
      derive weight-grad --without zero-mean-weights
      derive backward --all -o backward.txt

    Tab completion: eval "$(_DERIVE_COMPLETE=bash_source derive)", or zsh_source, fish_source.
    """
    if ctx.invoked_subcommand is None:
        write(OVERVIEW)


# -- writing


def write(text: str, to: str = "") -> None:
    """Print, or write to a file all at once; raises Stop if that cannot be done."""
    if to:
        from derive.saving import save

        try:
            save(text, to)
        except OSError as no:
            raise Stop(2, f"cannot write {to}: {no.strerror or no}") from no
        return
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")
    print(text, end="", flush=True)


def width() -> int:
    """The columns to fill."""
    from shutil import get_terminal_size

    return max(LEAST, min(MOST, get_terminal_size((80, 24)).columns))


# -- chains


def complete_notation(ctx: click.Context, param: click.Parameter, start: str) -> list[str]:
    """The shipped notations that begin so."""
    from pathlib import Path

    shipped = sorted(p.stem for p in (Path(__file__).parent / "notations").glob("*.derive"))
    return [name for name in shipped if name.startswith(start)]


NOTATION = click.option(
    "--notation", default="glorot", show_default=True, metavar="NAME|FILE",
    shell_complete=complete_notation, help="Whose conventions: a shipped notation or a file.",
)  # fmt: skip
FORMATS = ("text", "terminal", "markdown", "latex", "json")
SCHEMES = "uniform-1/√n, lecun, glorot-uniform, glorot-normal, he"
OPTIONS = (
    click.option("--show-induction", is_flag=True, help="Write out base and step of inductions."),
    click.option("--all", "everything", is_flag=True,
                 help="Write out every lemma, and every line of what is long."),
    click.option("--without", multiple=True, metavar="NAME",
                 help="Take an assumption away; may be repeated. Exit status 1 if it was needed."),
    click.option("--format", "form", type=click.Choice(FORMATS),
                 help="In colour on a terminal, else plain text, if not said."),
    click.option("-o", "--output", default="", metavar="FILE", help="Write there, not to stdout."),
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
)  # fmt: skip
CONFIRM = click.option(
    "--confirm", type=click.Choice(["exact"]),
    help="Count the result over all outcomes of a small network.",
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
}  # fmt: skip


def _chain(name: str, summary: str) -> click.Command:
    """One chain as a command."""

    def run(everything: bool, show_induction: bool, without: Sequence[str], form: str | None,
            output: str, confirm: str | None = None, notation: str = "",
            **numbers: Any) -> None:  # fmt: skip
        full = model_for(name, notation)
        known = [a.name for a in full.assumptions]
        for gone in without:
            if gone not in known:
                raise Stop(2, f"{full.name} has no assumption {gone}; {nearest(gone, known)}")
        story = _tell(name, full.without(without))
        asked = {k: v for k, v in numbers.items() if v is not None}
        if confirm:
            asked["confirm"] = True
        status, text = _laid_out(story, full, without, form, output, everything, show_induction,
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
    counted = () if name == "backprop" else (CONFIRM,)
    return [*notation, *numbers, *counted, *OPTIONS]


def model_for(name: str, notation: str) -> Model:
    """The model that a chain speaks of."""
    if name == "product":
        from derive.chains.product import two_variables

        return two_variables()
    if name == "sum":
        from derive.chains.sum import one_neuron

        return one_neuron()
    return reading_for(notation).model


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


def _tell(name: str, model: Model) -> Story:
    from importlib import import_module

    from derive.errors import Undeclared

    module = import_module(f"derive.chains.{name.replace('-', '_')}")
    chain = getattr(module, "sum_" if name == "sum" else name.replace("-", "_"))
    try:
        story: Story = chain(model)
    except Undeclared as no:
        raise Stop(2, str(no)) from no
    return story


def _laid_out(story: Story, full: Model, without: Sequence[str], form: str | None, output: str,
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
    return status, _written(replayed, form, output, wanted, answers)


def _answers(replayed: Report, asked: dict[str, Any]) -> Particular | None:
    """What was asked for beyond the derivation."""
    if not asked:
        return None
    from derive.amounts import BadNumbers
    from derive.errors import Refused
    from derive.model import Statement
    from derive.particular import Asked, particular

    claim = replayed.result
    if not isinstance(claim, Statement):
        raise Stop(2, "there is no equation to put numbers in")
    try:
        return particular(replayed.story, claim, Asked(**asked))
    except (BadNumbers, Refused) as no:
        raise Stop(2, str(no)) from no


def _written(replayed: Report, form: str | None, output: str, wanted: Wanted,
             answers: Particular | None) -> str:  # fmt: skip
    """A report in one of the formats."""
    if form == "json":
        from derive.record.writing import dumps, record

        return dumps(record(replayed.story) | (answers.fields if answers else {}))
    if form == "latex":
        from derive.show.latex import latex

        return latex(replayed, wanted, answers)
    if form == "markdown":
        from derive.show.markdown import markdown

        return markdown(replayed, wanted, answers)
    from derive.show.lines import plain
    from derive.show.page import page
    from derive.show.words import form_for

    encoding = "utf-8" if output else getattr(sys.stdout, "encoding", None) or "ascii"
    columns = width()
    lines = page(
        replayed, form=form_for(encoding), width=columns, wanted=wanted, particular=answers
    )
    if form == "terminal" or (form is None and not output and sys.stdout.isatty()):
        from derive.show.terminal import coloured

        return coloured(lines, columns, colour=not os.environ.get("NO_COLOR"))
    return plain(lines)


for _name, _summary in CHAINS.items():
    derive.add_command(_chain(_name, _summary))


# -- checking


@derive.command(
    epilog="\b\nExamples:\n  derive check notes.md\n  derive check paper.tex --follow\n"
    "  derive check --only fails --strict notes/\n  derive check --tex - < paper.tex\n"
    "  derive check notes.md --annotate -o seen.md"
)
@click.argument("files", nargs=-1, metavar="FILE…")
@click.option("--source", multiple=True, metavar="NAME", help="A document that is shipped.")
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
@click.option("-o", "--output", default="", metavar="FILE", help="Write there, not to stdout.")
def check(files: Sequence[str], source: Sequence[str], notation: str, tex: bool, follow: bool,
          only: Sequence[str], strict: bool, explain: bool, consistency: bool, annotate: bool,
          form: str | None, output: str) -> None:  # fmt: skip
    """Judge every displayed formula of Markdown and LaTeX files, or of all those in a folder.

    Exit status: 0 all hold, 1 some fail or need more, 2 unreadable or a bad call, 3 undecided.
    """
    from derive.checkfiles import Asked, answer
    from derive.documents import Wanted
    from derive.show.checked import Shown

    if source:
        files = [*files, *map(_shipped, source)]
    if not files:
        raise Stop(2, "no file to check; name one, or --source NAME")
    if annotate and output and len(files) > 1:
        raise Stop(2, "--annotate with -o takes one file")
    plain = output and not annotate
    terminal = "terminal" if not plain and sys.stdout.isatty() else "text"
    encoding = "utf-8" if plain else getattr(sys.stdout, "encoding", None) or "ascii"
    found = answer(files, Asked(
        Wanted(reading_for(notation) if notation else None, tex, follow, consistency),
        Shown(only, explain), form or terminal, strict, width(), encoding,
        not os.environ.get("NO_COLOR"),
    ), annotate=annotate)  # fmt: skip
    for complaint in found.complaints:
        _complain(2, complaint)
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
    from derive.shipped import path

    try:
        return str(path(name))
    except Undeclared as no:
        raise Stop(2, str(no)) from no


@derive.command(epilog="\b\nExamples:\n  derive sources\n  derive check --source glorot")
def sources() -> None:
    """List the shipped documents: published derivations, for `check --source NAME`."""
    from derive.shipped import path
    from derive.shipped import sources as shipped

    for name in shipped():
        title = path(name).read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")
        click.echo(f"{name:16}{title}")


# -- saved derivations


@derive.command(epilog="\b\nExamples:\n  derive forward --format json -o forward.json\n"
                       "  derive replay forward.json\n"
                       "  derive weight-grad --format json | derive replay -")  # fmt: skip
@click.argument("file", metavar="FILE.json")
@click.option("-o", "--output", default="", metavar="FILE", help="Write there, not to stdout.")
def replay(file: str, output: str) -> None:
    """Check a saved derivation from scratch: what it proves, under which assumptions.

    FILE.json is what --format json wrote; - is stdin. Exit status 1 if it does not hold, 2 if it
    cannot be read.
    """
    text = _text_of(file)
    from derive.errors import Refused, Unreadable
    from derive.record.checking import replay_record
    from derive.show.lines import plain
    from derive.show.saved import saved_page
    from derive.show.words import form_for

    try:
        found = replay_record(text)
    except Unreadable as no:
        place = f":{no.line}:{no.column}" if no.line else ""
        raise Stop(2, f"{file}{place}: {no.reason}") from no
    except Refused as no:
        raise Stop(1, f"{file}: refused: {no}") from no
    encoding = "utf-8" if output else getattr(sys.stdout, "encoding", None) or "ascii"
    write(plain(saved_page(found, form_for(encoding), width())), output)


def _text_of(file: str) -> str:
    """The text of a file, or of stdin."""
    try:
        if file == "-":
            return sys.stdin.read()
        with open(file, encoding="utf-8") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as no:
        raise Stop(2, f"cannot read {file}: {getattr(no, 'strerror', '') or no}") from no


# -- reference


@derive.command(epilog="\b\nExamples:\n  derive notations\n  derive notations ubc\n"
                       "  derive notations my-paper.derive")  # fmt: skip
@click.argument("name", required=False, shell_complete=complete_notation, metavar="[NAME|FILE]")
def notations(name: str | None) -> None:
    """List the shipped notations, or show one: its declaration, and how it was read."""
    from pathlib import Path

    from derive.read import declare
    from derive.show.lines import plain
    from derive.show.notation import about, notation_page
    from derive.show.words import form_for, spelled

    form = form_for(getattr(sys.stdout, "encoding", None) or "ascii")
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
    write(plain(notation_page(model, text, form, width())))


@derive.command(epilog="\b\nExamples:\n  derive assumptions\n  derive assumptions --notation ubc")
@NOTATION
def assumptions(notation: str) -> None:
    """List the assumptions by name, with what each says."""
    model = model_for("forward", notation)
    from derive.show.lines import TIE
    from derive.show.words import Voice, form_for

    voice = Voice(model, form_for(getattr(sys.stdout, "encoding", None) or "ascii"))
    column = max((len(a.name) for a in model.assumptions), default=0) + 2
    said = ((a.name, voice.assumption(a).replace(TIE, " ")) for a in model.assumptions)
    write("".join(f"{name.ljust(column)}{text}\n" for name, text in said))


@derive.command()
def rules() -> None:
    """Write the laws that a derivation may use, as Markdown."""
    from derive.show.rulebook import rulebook

    write(rulebook())


# -- the program


def main(args: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    given = list(sys.argv[1:] if args is None else args)
    try:
        return _run(given)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(args: list[str]) -> int:
    if "_DERIVE_COMPLETE" in os.environ:
        derive.main(args, prog_name="derive")
    try:
        with derive.make_context("derive", args) as context:
            derive.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.UsageError as no:
        return _complain(2, _in_words(no))
    except Stop as stop:
        return _complain(stop.status, stop.message)
    return 0


def _in_words(no: click.UsageError) -> str:
    """What is wrong with a call, with what was probably meant."""
    if isinstance(no, click.NoSuchOption):
        known = [o for p in no.ctx.command.params for o in p.opts] if no.ctx else []
        return f"no option {no.option_name}; {nearest(no.option_name, [*known, '--help'])}"
    if isinstance(no, click.BadParameter) and no.param and isinstance(no.param.type, click.Choice):
        return f"{no.param.opts[0]}: {no.message.rstrip('.')}"
    message = no.format_message().rstrip(".")
    return message[0].lower() + message[1:]


def _complain(status: int, message: str) -> int:
    if message:
        print(f"derive: {message}", file=sys.stderr)
    return status


def entry() -> NoReturn:
    """The program: `main`, then out at once.

    The process lives for one command, so memory is not searched for cycles early, nor given
    back piece by piece in the end: with SymPy loaded that takes longer than a derivation.
    """
    gc.set_threshold(2_000_000)
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
