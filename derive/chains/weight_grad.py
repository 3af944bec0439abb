"""The variance of one weight gradient: an activation times a back-propagated gradient."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from sympy import Expr, Mul

from derive.chains.story import Story, tell
from derive.errors import Refused
from derive.model import Model
from derive.proving.derivation import Line
from derive.proving.laws import variance_of_a_product
from derive.proving.network import (
    Book,
    Quantity,
    apply_assumptions,
    back_propagate,
    quantity,
    quantity_of,
)
from derive.proving.rectified import bend
from derive.proving.recursion import finite, made_of, zero_mean
from derive.proving.squares import variance_of_bent_gradient
from derive.proving.strategies import first_of, use_moments
from derive.proving.unroll import product_formula
from derive.terms import Entry, Partial, Var


def weight_grad(model: Model) -> Story:
    """Glorot & Bengio (2010), eq. (7), from (3), (5) and (6)."""
    q = quantity(model, "weight-grad")

    def work(book: Book) -> tuple[str, tuple[str, ...]]:
        name = variance_of_gradient(book, q)
        return name, (name,)

    return tell(
        "weight-grad", "the variance of one weight gradient", Var(q.entry), Book(model), work
    )


def variance_of_gradient(book: Book, q: Quantity) -> str:
    """Var of a gradient by weights, from what is known of its two factors."""
    bent = bend(book.model)
    if bent is not None:
        return variance_of_bent_gradient(book, q, bent)
    line = book.line(Var(q.entry), q.ranges)
    apply_assumptions(back_propagate(line, q.entry).next())
    law = book.add(variance_of_a_product(book.model))
    factors = _factors(line)
    for v in factors:
        made_of(book, v)
        with suppress(Refused):
            finite(book, v)
    line = book.reopen(line.next(), q.ranges)
    line.cite("lemma", law, line.now).next()
    for v in factors:
        book.aim = line, q.ranges
        mean = zero_mean(book, v)
        line = use_moments(book.reopen(line, q.ranges), [mean], declared=False).next()
    for v in factors:
        book.aim = line, q.ranges
        formula = product_formula(book, v)
        line = book.reopen(line, q.ranges)
        variances = line.where(Var)
        first_of(line, *(_citing(formula, e) for e in variances)).next()
    return book.close(f"Var[{q.name}]", line, q.ranges)


def _factors(line: Line) -> list[Quantity]:
    """The random factors of the gradient, each followed through the layers."""
    product = line.now.args[0]
    found = [a for a in Mul.make_args(product) if isinstance(a, (Entry, Partial))]
    found.sort(key=lambda a: isinstance(a, Partial))
    return [quantity_of(line.scope.model, a) for a in found if line.scope.is_random(a)]


def _citing(formula: str, old: Expr) -> Callable[[Line], Line]:
    return lambda line: line.cite("lemma", formula, old)
