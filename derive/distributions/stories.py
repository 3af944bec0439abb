"""A law told to a reader: its moments, and the way back from a wanted variance. Not trusted."""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer, Rational, expand, factor_terms, sqrt

from derive.chains.story import Story
from derive.densities import Law
from derive.distributions.laws import check_parameters, draw, free_name, law, natural, numbers
from derive.errors import Refused
from derive.meaning import check_term
from derive.model import Distributed, Model, Statement
from derive.positive import positive
from derive.proving.by_law import moment_parts
from derive.proving.network import Book
from derive.rules.roots import roots
from derive.terms import Entry, Range, Var

CHAIN = "distribution"
WANTED, SOLUTION, SCALE = "wanted", "solution", "the scale"
ZERO, HALF, TWO = Integer(0), Rational(1, 2), Integer(2)


def story(made: Law, model: Model | None = None, *over: Range) -> Story:
    """Mean and variance of what has a law; raises Refused for parameters that are not possible."""
    book = Book(numbers(model, made.parameters, natural(made)))
    check_parameters(made, book.scope(over))
    fact = draw(book.model, made, *over)
    parts = _told(book, fact)
    title = f"mean and variance of the {made.name} law"
    results = (parts[-3], parts[-1])
    return Story(CHAIN, title, Var(fact.entry), book.derivation(parts[-1]), parts[-1], parts,
                 results=results)  # fmt: skip


def _told(book: Book, fact: Distributed) -> tuple[str, ...]:
    return tuple(map(book.add, moment_parts(book.model, fact)))


def scaled(name: str, s: Expr, bound: Expr = TWO) -> Law:
    """The law of mean 0 with one scale s: half-width, variance or scale."""
    parameters = {
        "uniform": (-s, s),
        "normal": (ZERO, s),
        "truncated-normal": (ZERO, s, bound),
        "laplace": (ZERO, s),
        "two-point": (-s, s, HALF),
    }
    wanted = law(name, *parameters.get(name, ())).name
    if wanted not in parameters:
        raise Refused("the {} law has no scale that could be chosen", wanted)
    return Law(wanted, parameters[wanted])


def scale(made: Law) -> Expr:
    """The scale of a law that is `scaled`, its bound a number; raises Refused for any other law."""
    if not 2 <= len(made.parameters) <= 3 or made != scaled(made.name, *made.parameters[1:]):
        raise Refused("the {} law is not of mean 0 with one scale", made.name)
    _, s, *bound = made.parameters
    if not all(b.is_Rational for b in bound):
        raise Refused("the bound {} is no number", *bound)
    return s


def of_scale(variance: Expr, s: Expr) -> tuple[Expr, int]:
    """A variance c sⁿ as (c, n), n being 1 or 2; raises Refused."""
    for n in (1, 2):
        times = expand(variance / s**n)
        if not times.has(s):
            return factor_terms(times), n
    raise Refused("the variance {} cannot be solved for {}", variance, s)


@dataclass(frozen=True)
class Solved:
    """The law that has a wanted variance, and the story that shows it in both directions."""

    law: Law
    story: Story


def solved(
    name: str, variance: Expr, model: Model | None = None, *over: Range, bound: Expr = TWO
) -> Solved:
    """The law of mean 0 that has a variance; raises Refused if the variance is not positive.

    With a letter for the scale, its variance is derived; if that is the wanted one, so is the
    scale; and with this scale put in, the variance is derived anew.
    """
    book = Book(numbers(model, (variance, bound)))
    s = Entry(free_name(book.model, "a", "s"))
    book.model.given(s.name, above=0)
    scope = book.scope(over)
    check_term(variance, scope)
    if not positive(variance, scope):
        said = "is not positive" if variance.is_number else "was not shown to be positive"
        raise Refused("the variance {} {}", variance, said)
    first = draw(book.model, scaled(name, s, bound), *over)
    asked = Statement(Var(first.entry), variance, over)
    book.model.assume(WANTED, asked, text="")
    parts = _told(book, first)
    back, value = _scale(book, first, s, parts[-1])
    made = scaled(name, value, bound)
    again = _told(book, draw(book.model, made, *over, assumption=SOLUTION))
    found = book.equation(again[-1])
    if found.right != variance:
        line = book.reread(again[-1]).next()
        line.apply("arithmetic", line.now, variance)
        again = (*again[:-1], book.close(f"{again[-1]}, as wanted", line, over))
    title = f"the {made.name} law of a wanted variance"
    told = (*parts, *back, *again)
    derivation = book.derivation(told[-1])
    return Solved(made, Story(CHAIN, title, found.left, derivation, told[-1], told,
                              premises=(WANTED,), results=(*back, told[-1])))  # fmt: skip


def _scale(book: Book, fact: Distributed, s: Entry, spread: str) -> tuple[tuple[str, ...], Expr]:
    """What the scale is if the variance is the wanted one: ``Var[X] = c s²``, so s = √(Var/c)."""
    x, over = fact.entry, fact.ranges
    shown = book.equation(spread).right
    times, degree = of_scale(shown, s)
    line = book.line(Var(x) / times, over).cite("lemma", spread, Var(x))
    if line.now != s**degree:
        line.apply("arithmetic", line.now, s**degree)
    turned = book.close(f"{spread}, turned round", line, over)
    line = book.line(s, over)
    at = tuple((r.index, r.index) for r in over)
    if degree == 2:
        line.apply("arithmetic", s, sqrt(s**2))
    line.reverse("lemma", s**degree, Var(x) / times, turned, 0, at, ()).next()
    line.cite("assumption", WANTED, Var(x)).next()
    value = roots(line.now, line.scope)
    if value != line.now:
        line.apply("arithmetic", line.now, value)
    return (book.close(SCALE, line, over),), value
