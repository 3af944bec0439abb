"""Formulas and ranges as text, ASCII, LaTeX and declarations. Not trusted: computes nothing.

A *representative entry* stands alone in E, Var or Cov, or with a power or as what the cost
is derived by, and the indices that say which entry it is are all the first value, 1.
It is written without them, ``Var[W^i]``, except in the form `SOURCE`, which is for reading back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeAlias

from sympy import Expr

from derive.model import Model, Statement
from derive.terms import Range
from derive.writing import breaking
from derive.writing.breaking import Span
from derive.writing.spelling import ASCII, LATEX, SOURCE, TEXT, Spelling
from derive.writing.writer import Writer

__all__ = ["ASCII", "LATEX", "SOURCE", "TEXT", "lines", "ranges", "spans", "write"]

Formula: TypeAlias = Expr | Statement


def write(e: Formula, model: Model | None = None, form: Spelling = TEXT) -> str:
    """A formula in one line."""
    return breaking.plain(_written(e, Writer(model, form)))


def spans(
    e: Formula, model: Model | None = None, form: Spelling = TEXT, *, marks: Collection[Expr] = ()
) -> list[Span]:
    """A formula in one line, as pieces of text with whether they are emphasised.

    Emphasised is every subterm in ``marks``, also one that is only some of the factors of a
    product or some of the terms of a sum.
    """
    return breaking.spans(_written(e, Writer(model, form, marks)))


def lines(
    e: Formula,
    model: Model | None = None,
    form: Spelling = TEXT,
    *,
    width: int,
    first: int | None = None,
    indent: int = 2,
    marks: Collection[Expr] = (),
) -> list[list[Span]]:
    """A formula in lines of at most ``width`` columns, ``first`` of them left on the first line.

    Later lines start with ``indent`` spaces.  A statement is broken before ``=`` unless
    that costs lines.
    """
    room = width if first is None else first
    writer = Writer(model, form, marks)
    if not isinstance(e, Statement):
        written = writer.term(e)
        return breaking.wrap(written, width, first=room, indent=indent, dot=form.dot)
    left, right = writer.term(e.left), writer.term(e.right)
    there = breaking.wrap(f"{left} = {right}", width, first=room, indent=indent, dot=form.dot)
    if len(there) == 1:
        return there
    above = breaking.wrap(left, width, first=room, indent=indent, dot=form.dot)
    lead = " " * indent + "= "
    below = breaking.wrap(right, width, first=width - len(lead), indent=indent + 4, dot=form.dot)
    apart = [*above, [(lead, False), *below[0]], *below[1:]]
    return there if _cost(there, width, room) < _cost(apart, width, room) else apart


def ranges(over: Iterable[Range], model: Model | None = None, form: Spelling = TEXT) -> str:
    """Ranges of indices: ``i = 0 … d, l = 1 … n_i``."""
    writer = Writer(model, form)
    return ", ".join(writer.range(r) for r in over)


def _written(e: Formula, writer: Writer) -> str:
    if isinstance(e, Statement):
        return f"{writer.term(e.left)} = {writer.term(e.right)}"
    return writer.term(e)


def _cost(rows: list[list[Span]], width: int, first: int) -> tuple[int, int]:
    """How many lines are too long, and how many there are."""
    lengths = [sum(len(text) for text, _ in row) for row in rows]
    return sum(a > b for a, b in zip(lengths, [first, *[width] * len(rows)], strict=False)), len(
        rows
    )
