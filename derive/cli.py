"""The command line: the program and its commands. Not trusted: it chooses, others compute.

SymPy takes longer to import than everything else together, so what needs it is imported by
the command that needs it.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from derive import __version__
from derive.commands import activations, chains, check, distribution, explain, reference, saved
from derive.screen import Stop, complain, nearest, write

OVERVIEW = """\
derive: a checker of derivations about expectation and variance

  derive weight-grad    the variance of one weight gradient, with every reason
  derive forward        how the variance of the activations grows, layer by layer
  derive backward       how the variance of the gradients grows, from the top down
  derive backprop       the gradients, by the chain rule
  derive init           which variance the weights should have, and what it costs
  derive distribution   the mean and variance of a law, and the law of a variance
  derive gain           the gain of an activation function, by every definition
  derive meanfield      wide layers: fixed points of the variance, order and chaos
  derive explain        what an initialiser of PyTorch, Keras or JAX draws, and why
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


for _file in (chains, activations, distribution, explain, check, saved, reference):
    for _command in _file.COMMANDS:
        derive.add_command(_command)


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
        return complain(2, _in_words(no))
    except Stop as stop:
        return complain(stop.status, stop.message)
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
