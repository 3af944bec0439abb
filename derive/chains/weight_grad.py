"""The variance of one weight gradient: an activation times a back-propagated gradient."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr

from derive.chains.story import Story, tell
from derive.derivation import Line, first_of, use_moments
from derive.laws import variance_of_a_product
from derive.model import Model
from derive.network import Book, back_propagate, quantity, simplify
from derive.recursion import made_of, zero_mean
from derive.terms import Var
from derive.unroll import product_formula


def _citing(formula: str, old: Expr) -> Callable[[Line], Line]:
    return lambda line: line.cite("lemma", formula, old)


def weight_grad(model: Model) -> Story:
    """Glorot & Bengio (2010), eq. (7), from (3), (5) and (6)."""
    q = quantity(model, "weight-grad")
    z, g = quantity(model, "forward"), quantity(model, "backward")

    def work(book: Book) -> tuple[str, tuple[str, ...]]:
        made_of(book, z)
        made_of(book, g)
        law = book.add(variance_of_a_product(model))
        means = [zero_mean(book, z), zero_mean(book, g)]
        formulas = [product_formula(book, v) for v in (z, g)]
        line = book.line(Var(q.entry), q.ranges)
        back_propagate(line, q.entry, g.family)
        simplify(line.next())
        line.next().cite("lemma", law, line.now)
        for mean in means:
            use_moments(line.next(), [mean], declared=False)
        factors = line.where(lambda e: isinstance(e, Var))
        for formula in formulas:
            first_of(line.next(), *(_citing(formula, v) for v in factors))
        return book.close("Var[∂C/∂W]", line, q.ranges), ("Var[∂C/∂W]",)

    return tell("weight-grad", "the variance of one weight gradient", Var(q.entry), Book(model), work)
