"""The back-propagation equations, by the chain rule from the definitions of the layers."""

from __future__ import annotations

from derive.chains.story import Story, tell
from derive.model import Model
from derive.proving.network import Book, back_propagate, quantity


def backprop(model: Model) -> Story:
    """Glorot & Bengio (2010), eq. (2) and (3), for any differentiable activation function."""
    g, w = quantity(model, "backward"), quantity(model, "weight-grad")

    def work(book: Book) -> tuple[str, tuple[str, ...]]:
        names = []
        for q, ranges, keep in ((g, g.step_ranges, g.family), (w, w.ranges, "")):
            line = book.line(q.entry, ranges)
            back_propagate(line, q.entry, keep)
            names.append(book.close(q.name, line, ranges))
        return names[-1], tuple(names)

    return tell("backprop", "the gradients by the chain rule", w.entry, Book(model), work)
