"""What an initialiser of a library draws: the variance of an entry, and what layers make of it.

The declarations say which law is sampled and with which numbers, one after the other; the
variance is an integral, with these numbers put in.  One layer of linear units multiplies the
variance by n Var[W] upward and m Var[W] downward; other factors come from their recursions.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace

from sympy import Expr, Integer

from derive.chains.story import Story
from derive.distributions.orthogonal import orthogonal
from derive.errors import Refused
from derive.model import Distributed, Model, Statement
from derive.proving.by_law import moment_parts
from derive.proving.derivation import Line
from derive.proving.network import Book
from derive.proving.tidy import tidy
from derive.terms import Entry, Var

ONE = Integer(1)
CONSTANT = "constant"


@dataclass(frozen=True)
class Scale:
    """A factor a layer: its name, the units that are counted, and the number before them."""

    way: str
    units: Expr
    number: Expr


def explain(model: Model, name: str, scales: tuple[Scale, ...] = ()) -> Story:
    """The variance of one entry, and each factor; raises Refused where a step cannot be done."""
    book = Book(model)
    told = Telling(book)
    spread = told.orthogonal() if told.fact is None else told.sampled(told.fact)
    results = [*told.means, spread]
    for scale in scales:
        results.append(told.factor(scale, spread))
    shown = tuple(dict.fromkeys([*told.shown, *results]))
    title = f"what {name} draws"
    made = Story("explain", title, Var(told.entry), book.derivation(*shown), results[-1], shown)
    return replace(made, results=tuple(results))


def shortest(line: Line) -> Line:
    """The number at the end of a line in a shorter form, if arithmetic shows that it is."""
    short = tidy(line.now)
    if short != line.now:
        with suppress(Refused):
            line.apply("arithmetic", line.now, short)
    return line


class Telling:
    """The derivation in the order in which it is told."""

    def __init__(self, book: Book) -> None:
        self.book = book
        facts = [f for a in book.model.assumptions for f in a.facts]
        self.fact = next((f for f in facts if isinstance(f, Distributed)), None)
        (family,) = (f for f in book.model.families.values() if f.kind == "random")
        self.entry = Entry(family.name, *(r.lo for r in family.ranges))
        self.shown: list[str] = []
        self.means: list[str] = []

    def numbers(self) -> list[tuple[str, Statement]]:
        """The numbers that are declared one after the other, the last one first."""
        found = [
            (a.name, s)
            for a in self.book.model.assumptions
            for s in self.book.model.equations(a)
            if isinstance(s.left, Entry) and self.book.model.family(s.left).kind == "given"
        ]
        return found[::-1]

    def put_in(self, line: Line) -> Line:
        """One number after the other, then the shortest form."""
        for name, s in self.numbers():
            if name != CONSTANT and line.now.has(s.left):
                line.cite("assumption", name, s.left).next()
        return shortest(line)

    # -- a law

    def sampled(self, fact: Distributed) -> str:
        """Var[W] from the law, the declared numbers put in."""
        book = self.book
        for parameter in dict.fromkeys(-p if p.could_extract_minus_sign() else p
                                       for p in fact.law.parameters):  # fmt: skip
            if isinstance(parameter, Entry) and self.numbers():
                line = self.put_in(book.line(parameter))
                self.shown.append(book.close(f"the number {parameter.name}", line, ()))
        parts = [book.add(p) for p in moment_parts(book.model, fact)]
        self.shown += parts
        mean = parts[-3]
        if book.equation(mean).right != 0:
            self.means.append(mean)
        line = book.line(Var(self.entry))
        line.cite("lemma", parts[-1], line.now).next()
        if self.put_in(line).now == book.equation(parts[-1]).right:
            return parts[-1]
        return book.close("the variance of an entry", line, ())

    def orthogonal(self) -> str:
        """Var[W] where the squares of a row add up to 1."""
        told = orthogonal(self.book.model)
        for part in told.derivation.parts:
            self.book.add(part)
        self.shown += told.shown
        return told.main

    # -- layers

    def factor(self, scale: Scale, spread: str) -> str:
        """What one layer multiplies a variance by."""
        line = self.book.line(scale.number * scale.units * Var(self.entry))
        shortest(line.cite("lemma", spread, Var(self.entry)).next())
        return self.book.close(scale.way, line, ())
