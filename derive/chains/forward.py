"""How the variance of the activations grows from layer to layer, and its unrolling."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from derive.chains.story import Story, Teller, tell
from derive.chains.sum import one_sum
from derive.errors import Refused
from derive.model import Model
from derive.proving.network import Book, Quantity, quantity
from derive.proving.rectified import Bend, bend, between_layers
from derive.proving.recursion import finite_by_definitions, made_of, recursion, variance_of_sum
from derive.proving.residual import branch_of, second_moment_and_variance
from derive.proving.strategies import unfold
from derive.proving.unroll import product_formula
from derive.terms import Apply, Entry, Var


def forward(model: Model) -> Story:
    """Glorot & Bengio (2010), eq. (5): Var[z^i] = Var[x] ∏_{i'<i} n_{i'} Var[W^{i'}]."""
    return layers(model, "forward", "the variance of one activation")


def layers(model: Model, chain: str, title: str) -> Story:
    """A quantity followed through the layers: one step, then all of them."""
    shown = model.shows.get(chain)
    if isinstance(shown, Var) and isinstance(shown.args[0], Entry) and not shown.args[0].indices:
        return one_sum(model, chain, title, shown.args[0])
    q = quantity(model, chain)
    if branch_of(model, q):
        return adding(model, chain, q)
    bent = bend(model)
    if bent is not None:
        return through(model, chain, title, q, bent)

    def follow(q: Quantity) -> Teller:
        def work(book: Book) -> tuple[str, tuple[str, ...]]:
            main = product_formula(book, q)
            return main, (f"cross terms of {q.name}", recursion(book, q), main)

        return work

    inner = partial(pre_activation, q=q)
    return tell(chain, title, Var(q.entry), Book(model), follow(q), follow(q.beyond_end), inner)


def adding(model: Model, chain: str, q: Quantity) -> Story:
    """Layers that add to what they get."""
    title = "the variance of one unit of a residual network"
    story = tell(
        chain, title, Var(q.entry), Book(model), lambda book: second_moment_and_variance(book, q)
    )
    if story.stopped:
        return story
    return replace(story, results=(f"E[{q.name}²]", story.main))


FIRST = "No function stands before the first layer, so its factor is not the one of the others."
SECOND = (
    "What the next layer sees of an activation is its second moment. Behind a function that does"
    " not keep a mean of 0, that is not its variance."
)


def through(model: Model, chain: str, title: str, q: Quantity, bent: Bend) -> Story:
    """The same where a function other than the identity stands between the layers."""
    end, between = f"Var[{q.name}], at {q.index} = {q.end}", between_layers(q, bent)
    cross = f"cross terms of {q.name}"

    def work(book: Book) -> tuple[str, tuple[str, ...]]:
        main, step = product_formula(book, q), recursion(book, q)
        shown = (end, between, cross, step) if q.upward else (cross, between, step)
        return main, (*shown, main)

    if q.upward:
        title = "the variance of one pre-activation"
    story = tell(chain, title, Var(q.entry), Book(model), work)
    if story.stopped:
        return story
    if not q.upward:
        return replace(story, results=(story.main,))
    notes = (end, FIRST), (between, SECOND)
    return replace(story, results=(end, between, story.main), notes=notes)


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
