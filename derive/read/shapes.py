"""Claims about what a function is: ``f'(s) = \\mathbb{1}[s > 0]``. Trusted for meaning."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sympy import Symbol

from derive.errors import Unreadable
from derive.read.atoms import Run, sides
from derive.read.conditions import Bound
from derive.read.formula import SIGNS
from derive.read.links import Shape
from derive.read.names import Names
from derive.read.pieced import head, pieced, switches
from derive.read.result import Side
from derive.read.tokens import Source
from derive.terms import Apply


class Shapes:
    """Reads them; ``ends`` are where tokens end, ``said`` how a run of tokens is written."""

    def __init__(
        self, source: Source, names: Names, ends: Mapping[int, int], said: Callable[[Run], str]
    ) -> None:
        self.source = source
        self.names = names
        self.ends = ends
        self.said = said

    def read(self, items: Run, bounds: Sequence[Bound]) -> tuple[Shape, ...]:
        """What ``f(s) = …`` says of f, if that is in pieces or about a letter of its own.

        Raises Unreadable for pieces that cannot be read.
        """
        first, *rest = sides(items)
        at = 0
        for run in [first, *rest][:-1]:
            at += len(run) + 1
            if SIGNS[items[at - 1].text] != "=":
                return ()
        said = head(self.source, first, self.names)
        if said is None and len(rest) == 1:
            (first, *rest), said = [rest[0], first], head(self.source, rest[0], self.names)
        if said is None or not all(rest):
            return ()
        name, order, letter = said
        switch, known = switches([t for run in rest for t in run]), letter in self.names.all()
        if not switch and known:
            return ()
        limited = next((b for b in bounds if b.index.name == letter and not b.open), None)
        if limited is not None:
            raise self.source.error(limited.at, r"expected the pieces in \begin{cases}, together")
        term, found = Apply(name, order, Symbol(letter)), list[Shape]()
        left = self._side(term, first)
        for run in rest:
            end = max(self.ends[t.at] for t in run)
            primed = name + "'" * order
            try:
                made = pieced(self.source, run[0].at, end, primed, letter, self.names)
            except Unreadable:
                if switch:
                    raise
                return ()
            found.append(Shape(name, order, made, left, self._side(term, run), known))
        return tuple(found)

    def _side(self, term: Apply, run: Run) -> Side:
        return Side(term, self.source.place(run[0].at), self.said(run))
