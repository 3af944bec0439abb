"""The variance of a sum: of two variables, then of one neuron's n products."""

from __future__ import annotations

from sympy import Symbol

from derive.chains.story import Story, tell
from derive.model import Independent, Model, Statement, Unit, identical, ranges
from derive.order import ZERO
from derive.proving.laws import variance_of_two
from derive.proving.network import Book
from derive.proving.recursion import variance_of_sum
from derive.proving.strategies import everywhere, unfold
from derive.terms import E, Entry, Sum, Var

j = Symbol("j")


def one_neuron() -> Model:
    """y = Σ_j w_j x_j with n weights, independent of each other and of the inputs."""
    model = Model("sum")
    n = model.size("n")
    over = (j, 1, n)
    w, x = model.random("w", over), model.random("x", over)
    y = model.defined("y")
    model.define(Entry(y.name), Sum(w[j] * x[j], over))
    model.assume(
        "independent-weights",
        Independent((Unit(("w",), each=True),)),
        text="the w_j independent of each other",
    )
    model.assume(
        "independent-inputs", Independent((Unit(("x",)), Unit(("w",)))), text="x independent of w"
    )
    model.assume("zero-mean-weights", Statement(E(w[j]), ZERO, ranges(over)), text="E[w_j] = 0")
    model.assume("zero-mean-inputs", Statement(E(x[j]), ZERO, ranges(over)), text="E[x_j] = 0")
    model.assume(
        "identical-variances",
        *(identical(head(v[j]), over) for v in (w, x) for head in (E, Var)),
        text="one mean and variance for the w_j, and for the x_j",
    )
    return model


def sum_(model: Model) -> Story:
    """Var[x + y] with its covariance, and Var[Σ_j w_j x_j] = n Var[w] Var[x]."""

    def work(book: Book) -> tuple[str, tuple[str, ...]]:
        two = book.add(variance_of_two(model))
        main, shown = written_out(book, Entry("y"))
        return main, (two, *shown)

    return tell("sum", "the variance of a sum", Var(Entry("y")), Book(model), work)


def one_sum(model: Model, chain: str, title: str, entry: Entry) -> Story:
    """A quantity without layers: its definition is one sum."""
    return tell(chain, title, Var(entry), Book(model), lambda book: written_out(book, entry))


def written_out(book: Book, entry: Entry) -> tuple[str, tuple[str, ...]]:
    """The variance of an entry that is defined as a sum of products."""
    equation = book.close(f"{entry.name} written out", unfold(book.line(entry), entry.name), ())
    line = variance_of_sum(book, "cross terms", equation)
    everywhere(line.next(), "sum of equal terms", Sum)
    main = book.close(f"Var[{entry.name}]", line, ())
    return main, ("cross terms", main)
