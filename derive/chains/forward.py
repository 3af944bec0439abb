"""How the variance of the activations grows from layer to layer, and its unrolling."""

from __future__ import annotations

from derive.chains.story import Story, Teller, tell
from derive.chains.sum import one_sum
from derive.model import Model
from derive.network import Book, Quantity, quantity
from derive.recursion import recursion
from derive.terms import Entry, Var
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

    return tell(chain, title, Var(q.entry), Book(model), follow(q), follow(q.beyond_end))
