"""Networks whose layers add to what they get, ``h + b``: second moment and variance, kept apart.

Not trusted: the kernel checks it.  The mean of h stays that of the inputs; its second moment is
multiplied, layer by layer, by 1 and what the branch b makes of it.

Glossary: the branch is the family b, a sum of weights times h, or times a function of such a sum.
"""

from __future__ import annotations

from contextlib import suppress

from sympy import Add, Expr, Integer, Mul, Symbol

from derive.claims import NOTHING, Proved
from derive.errors import Refused
from derive.model import Model, Statement
from derive.proofs import HYPOTHESIS, Chain, Induction, Part
from derive.proving.laws import variance_of_two
from derive.proving.network import Book, Quantity, quantity_of
from derive.proving.rectified import applied, by_reflection, means_of_inputs, written_out
from derive.proving.recursion import finite_by_definitions, made_of, to_zero, variance_of_sum
from derive.proving.squares import defined, put_in
from derive.proving.strategies import (
    everywhere,
    gather_second_moments,
    repeat,
    separate,
    use_moments,
)
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Cov, E, Entry, Partial, Product, Range, Sum, Var


def branch_of(model: Model, q: Quantity) -> str:
    """The family that is added to the quantity at every layer; "" if there is none."""
    for d in model.definitions:
        left, right = d.statement.left, d.statement.right
        if left.name == q.family and isinstance(right, Add) and not isinstance(q.entry, Partial):
            names = [a.name for a in right.args if isinstance(a, Entry)]
            if len(names) == len(right.args) == 2 and q.family in names:
                return next(n for n in names if n != q.family)
    return ""


def second_moment_and_variance(book: Book, q: Quantity) -> tuple[str, tuple[str, ...]]:
    """E[h²] as a product over layers, then Var[h] = E[h²] - E[h]²; raises Refused."""
    made_of(book, q)
    finite_by_definitions(book, q)
    step = book.close(
        f"{q.name}, one layer on", defined(book, q.reached, q.reached, q.step_ranges), q.step_ranges
    )
    before, branch = _two(book, step, q)
    variance = _variance_of(book, branch, q.step_ranges)
    covariance = _covariance(book, q, before, branch)
    mean = _mean_step(book, q, step, branch)
    on = _variance_step(book, q, step, variance, covariance)
    same = _mean(book, q, mean)
    square = _second_moment(book, q, on, mean, before)
    line = book.line(Var(q.entry), q.ranges).apply("variance", Var(q.entry)).next()
    use_moments(line, [square, same], declared=False)
    main = book.close(f"Var[{q.name}]", line, q.ranges)
    return main, (covariance, variance, on, square, main)


def _two(book: Book, step: str, q: Quantity) -> tuple[Entry, Entry]:
    one, two = book.equation(step).right.args
    return (one, two) if one.name == q.family else (two, one)


# -- the branch


def _variance_of(book: Book, branch: Entry, ranges: tuple[Range, ...]) -> str:
    """Var of the branch in second moments of what goes into it."""
    name, leave = f"Var[{branch.name}]", means_of_inputs(book.model)
    written = f"{branch.name} written out"
    book.close(written, defined(book, branch, branch, ranges), ranges)
    line = variance_of_sum(book, f"cross terms of {branch.name}", written, leave=leave).next()
    bent = applied(book.model)
    if bent is None:
        return book.close(name, line, ranges)
    for old in line.where(lambda e: isinstance(e, Entry) and e.name == bent.after.name):
        put_in(line, old)
    inner = quantity_of(book.model, bent.before)
    below = written_out(book, inner)
    mean = book.line(E(inner.entry), inner.ranges).cite("lemma", below, inner.entry).next()
    to_zero(mean, leave=leave)
    zero = book.close(f"mean of {inner.name}", mean, inner.ranges)
    total = variance_of_sum(book, f"cross terms of {inner.name}", below, leave=leave)
    inside = book.close(f"Var[{inner.name}]", total, inner.ranges)
    line = book.reopen(line, ranges)
    by_reflection(book, line, bent, below)
    for old in line.where(lambda e: isinstance(e, E) and e.args[0].as_base_exp()[1] == 2):
        line.apply("second moment", old)
    use_moments(line, [zero], declared=False).next()
    use_moments(line, [inside], declared=False)
    return book.close(name, line, ranges)


def _covariance(book: Book, q: Quantity, before: Entry, branch: Entry) -> str:
    """The branch has weights of its own, of mean 0: it is uncorrelated with what it is added to."""
    line = book.line(Cov(before, branch), q.step_ranges)
    line.cite("lemma", f"{branch.name} written out", branch).next()
    line.apply("bilinearity of covariance", line.now)
    for old in line.where(Cov):
        line.apply("covariance", old)
    repeat(line.next(), separate)
    use_moments(line.next(), leave=means_of_inputs(book.model))
    everywhere(line, "sum of equal terms", Sum)
    if line.now != 0:
        raise Refused("the covariance of {} and {} was not shown to be 0", before, branch)
    return book.close(f"covariance of {q.name} and {branch.name}", line, q.step_ranges)


# -- one layer on


def _mean_step(book: Book, q: Quantity, step: str, branch: Entry) -> str:
    line = book.line(E(q.reached), q.step_ranges).cite("lemma", step, q.reached)
    line.cite("lemma", f"{branch.name} written out", branch).next()
    everywhere(line, "linearity of expectation", E)
    repeat(line, separate)
    use_moments(line.next(), leave=means_of_inputs(book.model))
    everywhere(line, "sum of equal terms", Sum)
    return book.close(f"E[{q.name}], one layer on", line, q.step_ranges)


def _variance_step(book: Book, q: Quantity, step: str, variance: str, covariance: str) -> str:
    of_two = book.add(variance_of_two(book.model))
    line = book.line(Var(q.reached), q.step_ranges).cite("lemma", step, q.reached).next()
    line.cite("lemma", of_two, line.now).next()
    use_moments(line, [covariance, variance], declared=False)
    return book.close(f"Var[{q.name}], one layer on", line, q.step_ranges)


# -- all layers


def _mean(book: Book, q: Quantity, step: str) -> str:
    """The mean is that of any input, at every layer."""
    leave = means_of_inputs(book.model)
    base = defined(book, E(q.at(q.end)), q.at(q.end), q.others(q.end))
    use_moments(base, leave=leave)
    known = _hypothesis(E(q.entry), base.now, q)
    line = book.line(E(q.reached), q.step_ranges, known).cite("lemma", step, E(q.reached))
    for old in line.where(E):
        line.cite("lemma", HYPOTHESIS, old)
    proof = Induction(q.index, True, Chain(tuple(base.steps)), Chain(tuple(line.steps)))
    return book.add(Part(f"mean of {q.name}", Statement(E(q.entry), base.now, q.ranges), proof))


def _hypothesis(left: Expr, right: Expr, q: Quantity) -> Proved:
    return Proved(HYPOTHESIS, Statement(left, right, q.others(q.index)), NOTHING)


def _second_moment(book: Book, q: Quantity, on: str, mean: str, before: Entry) -> str:
    """E[h²] by induction: E[x²] times a product of 1 and what the branch adds."""
    k = book.model.product_index or Symbol(f"{q.index}'")
    base = defined(book, E(q.at(q.end) ** 2), q.at(q.end), q.others(q.end))
    base.apply("second moment", base.now)
    gather_second_moments(use_moments(base, leave=means_of_inputs(book.model)))
    added = _added(book.equation(on).right, before)
    shift = _layer(added, q.index)
    body = put(1 + added, q.index, k - shift)
    product = Product(body, (k, q.layer.lo + shift, q.index - 1 + shift))
    whole = base.now * product
    empty = book.line(put(whole, q.index, q.end), q.others(q.end))
    empty.apply("empty product", empty.where(Product)[0])
    line = book.line(E(q.reached**2), q.step_ranges, _hypothesis(E(q.entry**2), whole, q))
    line.apply("second moment", line.now).next()
    use_moments(line, [on, mean], declared=False)
    line.next().apply("variance", Var(before)).next()
    for old in line.where(lambda e: isinstance(e, E) and e.args[0].as_base_exp()[1] == 2):
        with suppress(Refused):
            line.cite("lemma", HYPOTHESIS, old)
    everywhere(line.next(), "sum of equal terms", Sum)
    line.algebra(line.now, whole * (1 + added))
    full = book.line(put(whole, q.index, q.following), q.step_ranges)
    full.apply("last factor", full.where(Product)[0])
    proof = Induction(
        q.index,
        True,
        Chain(tuple(base.steps), tuple(empty.steps)),
        Chain(tuple(line.steps), tuple(full.steps)),
    )
    return book.add(Part(f"E[{q.name}²]", Statement(E(q.entry**2), whole, q.ranges), proof))


def _added(e: Expr, before: Entry) -> Expr:
    """What the branch adds, for a second moment of 1, its equal terms counted."""
    return Add(*(_counted(a) for a in Add.make_args(e) if a != Var(before)))


def _counted(e: Expr) -> Expr:
    if isinstance(e, Sum):
        return (e.range.hi - e.range.lo + 1) * _counted(e.body)
    if isinstance(e, Mul):
        return Mul(*map(_counted, e.args))
    return Integer(1) if isinstance(e, E) else e


def _layer(e: Expr, index: Symbol) -> Expr:
    """How much higher than the layer the index of the weights is."""
    for v, _ in occurrences(e, Var):
        if isinstance(v.args[0], Entry) and (v.args[0].indices[0] - index).is_Integer:
            return v.args[0].indices[0] - index
    return Integer(0)
