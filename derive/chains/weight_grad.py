"""The variance of one weight gradient: an activation times a back-propagated gradient."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sympy import Expr

from derive.chains.story import Story, tell
from derive.derivation import Line, first_of, use_moments
from derive.errors import Refused
from derive.laws import variance_of_a_product
from derive.model import Model
from derive.network import Book, back_propagate, quantity, simplify
from derive.recursion import finite, made_of, zero_mean
from derive.terms import Var
from derive.unroll import product_formula


def weight_grad(model: Model) -> Story:
    """Glorot & Bengio (2010), eq. (7), from (3), (5) and (6)."""
    q = quantity(model, "weight-grad")
    z, g = quantity(model, "forward"), quantity(model, "backward")

    def work(book: Book) -> tuple[str, tuple[str, ...]]:
        line = book.line(Var(q.entry), q.ranges)
        back_propagate(line, q.entry, g.family)
        simplify(line.next())
        law = book.add(variance_of_a_product(model))
        for v in (z, g):
            made_of(book, v)
            with suppress(Refused):
                finite(book, v)
        line = book.reopen(line.next(), q.ranges)
        line.cite("lemma", law, line.now).next()
        for v in (z, g):
            mean = zero_mean(book, v)
            line = use_moments(book.reopen(line, q.ranges), [mean], declared=False).next()
        for v in (z, g):
            formula = product_formula(book, v)
            line = book.reopen(line, q.ranges)
            factors = line.where(lambda e: isinstance(e, Var))
            first_of(line, *(_citing(formula, e) for e in factors)).next()
        name = f"Var[{q.name}]"
        return book.close(name, line, q.ranges), (name,)

    return tell("weight-grad", "the variance of one weight gradient", Var(q.entry), Book(model), work)


def _citing(formula: str, old: Expr) -> Callable[[Line], Line]:
    return lambda line: line.cite("lemma", formula, old)
