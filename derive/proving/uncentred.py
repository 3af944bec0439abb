"""What stays true of the layers where the inputs have a mean. Not trusted: the kernel checks it.

The weights have mean 0, so that one layer on the mean is 0 again; at the end itself it is that
of any entry, if they have one.  Each function enters one lemma and returns its name.
"""

from __future__ import annotations

from derive.errors import Refused
from derive.model import Statement
from derive.proofs import Cases, Chain, Part
from derive.proving.network import Book, Quantity, end_equation, step_equation
from derive.proving.recursion import (
    alike,
    beyond_the_end,
    finite,
    to_zero,
    variance_of_step,
    zero_mean,
)
from derive.proving.strategies import everywhere, use_moments
from derive.proving.unroll import product_formula
from derive.substitution import put
from derive.terms import E, Product, Sum, Var


def one_mean(book: Book, q: Quantity) -> str:
    """The mean is the same for every unit of a layer."""
    name = f"one E[{q.name}] for all units"
    if book.has(name):
        return name
    finite(book, q)
    end, step = end_equation(book, q), step_equation(book, q)
    there = []
    for x in (q.at(q.end), q.first(q.end)):
        line = book.line(E(x), q.others(q.end))
        if end:
            line.cite("lemma", end, x)
        there.append(use_moments(line))
    elsewhere = []
    for x in (q.entry, q.first(q.index)):
        line = book.line(E(x), beyond_the_end(q))
        line.cite("lemma", step, x)
        to_zero(line)
        elsewhere.append(line)
    if there[0].now != there[1].now:
        raise Refused("{} was not shown to be {}", there[0].now, there[1].now)
    proof = Cases(
        q.index,
        q.end,
        Chain(tuple(there[0].steps), tuple(there[1].steps)),
        Chain(tuple(elsewhere[0].steps), tuple(elsewhere[1].steps)),
    )
    return book.add(Part(name, Statement(E(q.entry), E(q.first(q.index)), q.ranges), proof))


def one_second_moment(book: Book, q: Quantity) -> str:
    """The second moment is the same for every unit of a layer."""
    name = f"one E[{q.name}²] for all units"
    if book.has(name):
        return name
    known = [alike(book, q), one_mean(book, q)]
    line = book.line(E(q.entry**2), q.ranges)
    use_moments(line.apply("second moment", line.now), known)
    first = q.first(q.index)
    line.reverse("second moment", line.now, E(first**2))
    return book.close(name, line, q.ranges)


def recursion_of_second_moments(book: Book, q: Quantity) -> str:
    """Var one layer on, as a multiple of the second moment at the layer before."""
    name = f"Var[{q.name}], one layer on, by second moments"
    if book.has(name):
        return name
    total, same = variance_of_step(book, q), one_second_moment(book, q)
    line = book.reread(total).next()
    use_moments(line, [same])
    everywhere(line.next(), "sum of equal terms", Sum)
    if line.now.has(Sum):
        raise Refused("{} is a sum of different terms", Var(q.reached))
    return book.close(name, line, q.step_ranges)


def second_moments(book: Book, q: Quantity) -> str:
    """The second moment at every layer: the variance, beyond the end where it is given."""
    name = f"E[{q.name}²]"
    if book.has(name):
        return name
    rest = q.beyond_end
    formula, mean, end = product_formula(book, rest), zero_mean(book, rest), end_equation(book, q)
    right = book.equation(formula).right
    target = book.line(put(right, q.index, q.end), q.others(q.end))
    everywhere(target, "empty product", Product)
    there = book.line(E(q.at(q.end) ** 2), q.others(q.end))
    if end:
        there.cite("lemma", end, q.at(q.end))
    use_moments(there.apply("second moment", there.now))
    there.reverse("second moment", there.now, target.now)
    elsewhere = book.line(E(q.entry**2), rest.ranges)
    use_moments(elsewhere.apply("second moment", elsewhere.now), [formula, mean], declared=False)
    proof = Cases(
        q.index,
        q.end,
        Chain(tuple(there.steps), tuple(target.steps)),
        Chain(tuple(elsewhere.steps)),
    )
    return book.add(Part(name, Statement(E(q.entry**2), right, q.ranges), proof))
