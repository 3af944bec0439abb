"""The variance of a product of two independent variables: the general formula, then zero means."""

from __future__ import annotations

from derive.chains.story import Story, tell
from derive.model import Independent, Model, Statement, Unit
from derive.order import ZERO
from derive.proving.network import Book
from derive.proving.strategies import inseparable, repeat, separate, use_moments
from derive.terms import E, Entry, Var


def two_variables() -> Model:
    """x and y, independent, with mean 0."""
    model = Model("product")
    model.random("x")
    model.random("y")
    x, y = Entry("x"), Entry("y")
    model.assume(
        "independent", Independent((Unit(("x",)), Unit(("y",)))), text="x independent of y"
    )
    model.assume("zero-mean-x", Statement(E(x), ZERO), text="E[x] = 0")
    model.assume("zero-mean-y", Statement(E(y), ZERO), text="E[y] = 0")
    return model


def product(model: Model) -> Story:
    """Var[x y] = Var[x] Var[y] + E[x]² Var[y] + E[y]² Var[x], and what is left for mean 0."""
    x, y = Entry("x"), Entry("y")
    general = "in general"

    def work(book: Book) -> tuple[str, tuple[str, ...]]:
        line = book.line(Var(x * y))
        line.apply("variance", line.now).next()
        repeat(line, separate)
        stuck = inseparable(line)
        if stuck is not None:
            raise stuck
        line.next()
        line.apply("second moment", E(x**2)).apply("second moment", E(y**2)).next()
        line.algebra(line.now, Var(x) * Var(y) + E(x) ** 2 * Var(y) + E(y) ** 2 * Var(x))
        book.close(general, line, ())
        special = book.line(Var(x * y)).cite("lemma", general, Var(x * y))
        use_moments(special.next())
        return book.close("with zero means", special, ()), (general, "with zero means")

    return tell("product", "the variance of a product", Var(x * y), Book(model), work)
