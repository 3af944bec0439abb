"""What a source prints, held against what was derived. Not trusted to prove: verdicts rest on
the normal form of telescoping products, numbers on exact evaluation and on counting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Expr

from derive.chains.story import Story
from derive.kernel import Replayed
from derive.model import Printed, Statement
from derive.oracle import Counted
from derive.order import Order
from derive.powers import Outside
from derive.products import agree
from derive.quotient import quotient


@dataclass(frozen=True)
class Example:
    """The smallest instance where both sides differ: its numbers, and the derived one counted."""

    at: tuple[tuple[str, str], ...]
    printed: Expr
    derived: Expr
    counted: Counted | None


@dataclass(frozen=True)
class Near:
    """A true statement close to the printed one, and what was changed in it."""

    statement: Statement
    changed: str


@dataclass(frozen=True)
class Comparison:
    """A printed formula and its verdict: ``holds``, ``fails`` or ``undecided``."""

    printed: Printed
    verdict: str
    why: str = ""
    ratio: tuple[Expr, Expr] | None = None
    example: Example | None = None
    nearest: tuple[Near, ...] = ()
    true_when: tuple[Expr, Expr] | None = None


def compare(story: Story, replayed: Replayed) -> Iterable[Comparison]:
    """Every formula that the model says is printed for this chain."""
    derived = replayed.claim
    if not isinstance(derived, Statement):
        return
    order = Order(derived.ranges, story.model.least)
    for printed in story.model.printed:
        if printed.chain == story.chain:
            yield _verdict(printed, derived, order)


def _verdict(printed: Printed, derived: Statement, order: Order) -> Comparison:
    try:
        if agree(printed.statement.right, derived.right, order):
            return Comparison(printed, "holds")
        above, below = quotient(printed.statement.right, derived.right, order)
    except Outside as why:
        return Comparison(printed, "undecided", str(why))
    return Comparison(printed, "fails", ratio=(above, below), true_when=(above, below))
