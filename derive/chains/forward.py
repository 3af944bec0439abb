"""How the variance of the activations grows from layer to layer, and its unrolling."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from derive.chains.story import Story, Teller, tell
from derive.chains.sum import one_sum
from derive.derivation import unfold
from derive.errors import Refused
from derive.model import Model
from derive.network import Book, Quantity, quantity
from derive.recursion import finite_by_definitions, made_of, recursion, variance_of_sum
from derive.terms import Apply, Entry, Var
from derive.unroll import product_formula


def forward(model: Model) -> Story:
    """Glorot & Bengio (2010), eq. (5): Var[z^i] = Var[x] ∏_{i'<i} n_{i'} Var[W^{i'}]."""
    return layers(model, "forward", "the variance of one activation")


def layers(model: Model, chain: str, title: str) -> Story:
    """A quantity followed through the layers: one step, then all of them."""
    shown = model.shows.get(chain)
    if isinstance(shown, Var) and isinstance(shown.args[0], Entry) and not shown.args[0].indices:
        return one_sum(model, chain, title, shown.args[0])
    q = quantity(model, chain)

    def follow(q: Quantity) -> Teller:
        def work(book: Book) -> tuple[str, tuple[str, ...]]:
            main = product_formula(book, q)
            return main, (f"cross terms of {q.name}", recursion(book, q), main)

        return work

    inner = partial(pre_activation, q=q)
    return tell(chain, title, Var(q.entry), Book(model), follow(q), follow(q.beyond_end), inner)


def pre_activation(book: Book, q: Quantity) -> tuple[str, tuple[str, ...]]:
    """The variance inside the activation function, in second moments of the layer before."""
    line = book.line(q.reached, q.step_ranges)
    for d in book.model.definitions:
        with suppress(Refused):
            line.cite("definition", d.name, q.reached)
            break
    inside = line.now.at if isinstance(line.now, Apply) else None
    if not isinstance(inside, Entry):
        raise Refused("{} is not a function of one entry", q.reached)
    made_of(book, q)
    finite_by_definitions(book, q)
    name = f"{inside.name} written out"
    equation = book.close(
        name, unfold(book.line(inside, q.step_ranges), inside.name), q.step_ranges
    )
    line = variance_of_sum(book, f"cross terms of {inside.name}", equation)
    main = book.close(f"Var[{inside.name}]", line, q.step_ranges)
    return main, (main,)
