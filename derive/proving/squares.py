"""Second moments of activations, layer by layer. Not trusted: the kernel checks it.

Behind a rectifier activations have a mean, so that the second moment is not the variance; and it
is the second moment that the next layer sees.
"""

from __future__ import annotations

from sympy import Expr, Mul

from derive.errors import Refused
from derive.model import Statement
from derive.positive import positive
from derive.proofs import Cases, Chain, Part
from derive.proving.derivation import Line, fitting
from derive.proving.laws import variance_of_a_product
from derive.proving.network import Book, Quantity, apply_assumptions, back_propagate, quantity_of
from derive.proving.rectified import Bend, in_variances, means_of_inputs
from derive.proving.recursion import beyond_the_end, finite_by_definitions
from derive.proving.strategies import gather_second_moments, use_moments
from derive.proving.unroll import product_formula
from derive.substitution import put
from derive.terms import E, Entry, Partial, Product, Range, Var


def second_moment(book: Book, bent: Bend) -> str:
    """E[z²] as the one of the inputs times a product over layers; raises Refused."""
    pre, q = (quantity_of(book.model, e) for e in (bent.before, bent.after))
    name = f"E[{q.name}²]"
    if book.has(name):
        return name
    formula = product_formula(book, pre)
    line = defined(book, E(q.entry**2), q.entry, beyond_the_end(q))
    in_variances(book, line.next(), pre, bent, f"mean of {pre.name}").next()
    for old in line.where(Var):
        if not positive(old, line.scope):
            line.cite("lemma", formula, old)
    right = _joined(line.now)
    ends = [_at_end(book, q, e) for e in (q.at(q.end), q.first(q.end))]
    there, first = ends
    if there.now != first.now:
        raise Refused("{} was not shown to be {}", there.now, first.now)
    claim = Statement(E(q.entry**2), right, q.ranges)
    empty = book.line(put(right, q.index, q.end), q.others(q.end))
    full = book.line(right, beyond_the_end(q))
    for other, law in (
        (empty, "empty product"),
        (full, "first factor" if right != line.now else ""),
    ):
        for old in other.where(Product) if law else ():
            other.apply(law, old)
    proof = Cases(
        q.index,
        q.end,
        Chain(tuple(there.steps), tuple(empty.steps)),
        Chain(tuple(line.steps), tuple(full.steps)),
    )
    return book.add(Part(name, claim, proof))


def variance_of_bent_gradient(book: Book, q: Quantity, bent: Bend) -> str:
    """Var of a gradient by weights: the second moment of an activation times Var of a gradient."""
    line = book.line(Var(q.entry), q.ranges)
    apply_assumptions(back_propagate(line, q.entry).next())
    before, above = (quantity_of(book.model, e) for e in _two_factors(line))
    square, formula = second_moment(book, bent), product_formula(book, above)
    finite_by_definitions(book, before)
    law, mean = book.add(variance_of_a_product(book.model)), f"mean of {above.name}"
    line = book.reopen(line.next(), q.ranges)
    line.cite("lemma", law, line.now).next()
    gather_second_moments(use_moments(line, [mean], declared=False)).next()
    use_moments(line, [square], declared=False).next()
    for old in line.where(Var):
        if not positive(old, line.scope):
            line.cite("lemma", formula, old).next()
    return book.close(f"Var[{q.name}]", line, q.ranges)


def _two_factors(line: Line) -> list[Entry | Partial]:
    """What the gradient is the product of: an activation, and a gradient of what it goes into."""
    factors = Mul.make_args(line.now.args[0])
    found = [a for a in factors if isinstance(a, (Entry, Partial)) and line.scope.is_random(a)]
    if len(found) != 2 or isinstance(found[0], Partial) == isinstance(found[1], Partial):
        raise Refused("{} is not an activation times a gradient", line.now)
    return sorted(found, key=lambda a: isinstance(a, Partial))


def defined(book: Book, start: Expr, of: Expr, ranges: tuple[Range, ...]) -> Line:
    """A line in which a definition was put in for an entry; raises Refused."""
    return put_in(book.line(start, ranges), of)


def put_in(line: Line, of: Expr) -> Line:
    """The definition of an entry in its place; raises Refused."""
    place, _ = line.place(of)
    for d in line.scope.model.definitions:
        try:
            fitting(place, "definition", d.name, of)
        except Refused:
            continue
        return line.cite("definition", d.name, of)
    raise Refused("no definition of {} was shown to apply", of)


def _at_end(book: Book, q: Quantity, e: Expr) -> Line:
    """The second moment of an input: one for all units."""
    line = defined(book, E(e**2), e, q.others(q.end))
    line.apply("second moment", line.now)
    use_moments(line, leave=means_of_inputs(book.model))
    return gather_second_moments(line)


def _joined(e: Expr) -> Expr:
    """Factors beside a product that are its own for the layer before, taken into it if they are."""
    (product,) = (a for a in Mul.make_args(e) if isinstance(a, Product))
    k, lo, hi, _ = product.range
    rest = e / product / put(product.body, k, lo - 1)
    if any(b.is_negative for _, b in (a.as_base_exp() for a in Mul.make_args(rest))):
        return e
    return rest * Product(product.body, (k, lo - 1, hi))
