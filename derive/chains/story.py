"""What a chain hands on: the parts, which of them to write out, and where it had to stop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from sympy import Expr

from derive.errors import Refused
from derive.model import Model
from derive.proofs import Chain, Derivation, Part
from derive.proving.derivation import Line, statement
from derive.proving.network import Book
from derive.terms import Range


@dataclass(frozen=True)
class Stop:
    """Where a derivation came to an end early, and why."""

    line: Line
    ranges: tuple[Range, ...]
    why: Refused


@dataclass(frozen=True)
class Story:
    """A derivation for a reader: ``shown`` are the parts to write out, ``main`` is the result.

    ``premises`` are assumptions that only some parts take, which name them; ``results`` are the
    parts that say what came of it, if that is not told by which part cites which; ``notes`` are
    words before some of the parts, ``remarks`` words behind the results, each with a label.
    """

    chain: str
    title: str
    subject: Expr
    derivation: Derivation
    main: str
    shown: tuple[str, ...]
    stopped: Stop | None = None
    premises: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    remarks: tuple[tuple[str, str], ...] = ()

    @property
    def model(self) -> Model:
        return self.derivation.model


CLAIM = "claim"
AS_FAR, HERE = "as far as it goes", "where it stopped"

Teller = Callable[[Book], tuple[str, tuple[str, ...]]]


def tell(
    chain: str, title: str, subject: Expr, book: Book, work: Teller, *otherwise: Teller
) -> Story:
    """Do the work; where it is refused, keep the open line, and add what can be shown otherwise."""
    try:
        main, shown = work(book.laws())
    except Refused as why:
        line, over = book.open or (Line(subject, book.scope()), ())
        stop = Stop(line, over, why)
        main = _so_far(book, AS_FAR, *(book.aim or (line, over)))
        shown = (main,)
        if book.aim and book.aim[0] is not line:
            shown = (main, _so_far(book, HERE, line, over))
        for attempt in otherwise:
            with suppress(Refused):
                main, more = attempt(book)
                shown = (*shown, *more)
                break
        last = book.derivation(*shown)
        return Story(chain, title, subject, last, main, shown, stop)
    return Story(chain, title, subject, book.derivation(main), main, shown)


def _so_far(book: Book, name: str, line: Line, over: tuple[Range, ...]) -> str:
    return book.add(Part(name, statement(line, over), Chain(tuple(line.steps))))
