"""Mean and variance of what has a law, derived. Not trusted: it finds steps, replay checks them.

A law becomes four parts of a derivation: that its density has the mass 1, and the mean, the
second moment and the variance.

Glossary: X an entry that has a law, x the variable of its integrals.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sympy import Add, Expr, Symbol

from derive.densities import Density
from derive.derivation import Line
from derive.distributions.antiderivatives import antiderivative
from derive.distributions.tidy import tidy
from derive.errors import Refused
from derive.model import Distributed, Model
from derive.network import Book
from derive.terms import E, Integral, Range, Var, fresh, put

LETTERS = "xuvyt"


def moment_parts(book: Book, fact: Distributed, name: str = "") -> tuple[str, ...]:
    """Enter what a law says of its entries; the names of the parts, the variance last.

    ``name`` is how X is called in them.  Raises Refused where a step cannot be done.
    """
    x, said = fact.entry, name or fact.entry.name
    found = []
    mass = ""
    if isinstance(fact.law.form, Density):
        mass = f"mass of the law of {said}"
        found.append(_mass(book, fact, mass))
    first, second, spread = f"E[{said}]", f"E[{said}^2]", f"Var[{said}]"
    found.append(_moment(book, fact, x, mass, first))
    found.append(_moment(book, fact, x**2, mass, second))
    line = book.line(Var(x), fact.ranges)
    line.apply("variance", Var(x)).next()
    for part, e in ((second, E(x**2)), (first, E(x))):
        line.cite("lemma", part, e)
    shorten(line.next(), fact)
    return (*found, book.close(spread, line, fact.ranges))


def _mass(book: Book, fact: Distributed, name: str) -> str:
    form = fact.law.form
    if not isinstance(form, Density):
        raise Refused("{} has no density", fact.law.name)
    x = variable(book.model, fact)
    pieces = [_named(piece, x) for piece in form.pieces]
    over = needed(fact.ranges, pieces)
    line = book.line(Add(*pieces), over)
    integrate(line)
    shorten(line, fact)
    if line.now != 1:
        raise Refused("the density has the mass {}, not 1", line.now)
    return book.close(name, line, over)


def _moment(book: Book, fact: Distributed, power: Expr, mass: str, name: str) -> str:
    line = book.line(E(power), fact.ranges)
    if mass:
        at = tuple((r.index, r.index) for r in book.equation(mass).ranges)
        line.apply("expectation by density", E(power), fact.entry,
                   variable(book.model, fact), mass, at)  # fmt: skip
        integrate(line.next())
    else:
        line.apply("expectation by counting", E(power), fact.entry)
    shorten(line.next(), fact)
    return book.close(name, line, fact.ranges)


def variable(model: Model, fact: Distributed) -> Symbol:
    """A letter for the values of X that means nothing else."""
    taken = {*model.families, *model.functions, *model.costs, *map(str, model.sizes)}
    taken |= {str(r.index) for r in fact.ranges}
    plain = [Symbol(c) for c in LETTERS if c not in taken]
    return plain[0] if plain else fresh(Symbol("x"), taken)


def _named(piece: Integral, x: Symbol) -> Integral:
    return Integral(put(piece.body, piece.variable, x), (x, *piece.limits))


def needed(ranges: Sequence[Range], terms: Sequence[Expr]) -> tuple[Range, ...]:
    """The ranges of the indices that some terms are about."""
    names = set().union(*(t.free_symbols for t in terms))
    kept: list[Range] = []
    for r in reversed(ranges):
        if r.index in names:
            kept.append(r)
            names |= set().union(*(e.free_symbols for e in (r.lo, r.hi, *r.but)))
    return tuple(reversed(kept))


def integrate(line: Line) -> Line:
    """Every integral by an antiderivative, found or refused."""
    for old in line.where(lambda e: isinstance(e, Integral)):
        if isinstance(old, Integral):
            H = antiderivative(old.body, old.variable)
            line.apply("fundamental theorem", old, old.variable, H)
    return line.next()


def shorten(line: Line, fact: Distributed) -> Line:
    """The number at the end of a line in its shortest form, if arithmetic shows that it is."""
    form = fact.law.form
    seen = (
        [piece.body for piece in form.pieces]
        if isinstance(form, Density)
        else [p for _, p in form.pairs]
    )
    short = tidy(line.now, seen)
    if short != line.now:
        with suppress(Refused):
            line.apply("arithmetic", line.now, short)
    return line
