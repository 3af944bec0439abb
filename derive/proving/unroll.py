"""Unrolling a recursion to a product. Not trusted: it guesses, the kernel proves by induction."""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Integer, Mul, Symbol

from derive.claims import NOTHING, Proved
from derive.errors import Refused
from derive.model import Statement
from derive.proofs import HYPOTHESIS, Chain, Induction, Part
from derive.proving.derivation import Line
from derive.proving.network import Book, Quantity
from derive.proving.rectified import prepare
from derive.proving.recursion import alike, recursion, variance_at_end
from derive.proving.strategies import first_of, missing_mean
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Entry, Product, Range, Var


def product_formula(book: Book, q: Quantity) -> str:
    """Var of the quantity at every layer, as its value at the end times a product over layers."""
    name = f"Var[{q.name}]"
    if book.has(name):
        return name
    prepare(book, q)
    step, end = recursion(book, q), variance_at_end(book, q)
    k = book.model.product_index or Symbol(f"{q.index}'")
    whole = _closed(q, book.equation(end).right, _factor(book, q, step), k)
    claim = Statement(Var(q.entry), whole, q.ranges)
    return book.add(Part(name, claim, _induction(book, q, step, end, claim)))


def unrolled_part_way(book: Book, q: Quantity) -> str:
    """Var at one layer as Var at another one nearer the end, times the product between them."""
    name = f"Var[{q.name}], part of the way"
    if book.has(name):
        return name
    prepare(book, q)
    step, same_for_all = recursion(book, q), alike(book, q)
    factor = _factor(book, q, step)
    k = book.model.product_index or Symbol(f"{q.index}'")
    taken = {q.index, k, *(r.index for r in q.ranges)} | set(book.model.sizes)
    t = next(s for s in map(Symbol, ("t", "j", "r", "a", "t'")) if s not in taken)
    lo, hi = q.layer.lo, q.layer.hi
    between = Range(t, lo, q.index) if q.upward else Range(t, q.index, hi)
    product = _product(q, factor, k, q.index)
    _, first, last, _but = product.range
    shift = first - lo if q.upward else first - q.index
    limits = (k, t + shift, last) if q.upward else (k, first, t - 1 + shift)
    whole = Var(q.first(t)) * Product(product.body, limits)
    claim = Statement(Var(q.entry), whole, (q.layer, between, *q.ranges[1:]))
    start = book.line(Var(q.entry), q.ranges).cite("lemma", same_for_all, Var(q.entry))
    base_right = book.line(put(whole, t, q.index), q.ranges)
    base_right.apply("empty product", base_right.where(Product)[0])
    here, there = (t + 1, t) if q.upward else (t, t + 1)
    inside = (q.layer, between._replace(hi=between.hi - 1), *q.ranges[1:])
    known = Proved(HYPOTHESIS, Statement(Var(q.entry), put(whole, t, here), q.ranges[1:]), NOTHING)
    line = book.line(Var(q.entry), inside, known)
    line.cite("lemma", HYPOTHESIS, line.now).next()
    line.cite("lemma", step, Var(q.first(here)))
    right = book.line(put(whole, t, there), inside, known)
    split = "first factor" if q.upward else "last factor"
    right.apply(split, right.where(Product)[0])
    proof = Induction(
        t,
        not q.upward,
        Chain(tuple(start.steps), tuple(base_right.steps)),
        Chain(tuple(line.steps), tuple(right.steps)),
    )
    return book.add(Part(name, claim, proof))


def _closed(q: Quantity, start: Expr, factor: Expr, k: Symbol) -> Expr:
    """The value at the end times the product; a factor of the same form at the end joins it."""
    product = _product(q, factor, k, q.index)
    _, lo, hi, _but = product.range
    beyond = lo - 1 if q.upward else hi + 1
    more = put(product.body, k, beyond)
    rest = [a for a in Mul.make_args(start) if a not in Mul.make_args(more)]
    if len(rest) + len(Mul.make_args(more)) == len(Mul.make_args(start)):
        limits = (k, beyond, hi) if q.upward else (k, lo, beyond)
        return Mul(*rest, Product(product.body, limits))
    return start * product


def _factor(book: Book, q: Quantity, step: str) -> Expr:
    """What one step multiplies the variance by."""
    right = book.equation(step).right
    before = Var(q.first(q.before))
    others = [a for a in Mul.make_args(right) if a != before]
    if len(others) + 1 != len(Mul.make_args(right)):
        line = book.reread(step)
        raise Refused("{} is not a multiple of {}", right, before, needs=missing_mean(line))
    return Mul(*others)


def _product(q: Quantity, factor: Expr, k: Symbol, layer: Expr) -> Product:
    """The product of the factors from the end to a layer, its index that of a random entry."""
    lo, hi = (q.layer.lo, layer - 1) if q.upward else (layer, q.layer.hi - 1)
    shift = Integer(0)
    for e, _ in occurrences(factor, Var):
        index = e.args[0].indices[0] if isinstance(e.args[0], Entry) else None
        if index is not None and (index - q.index).is_Integer:
            shift = index - q.index
            break
    return Product(put(factor, q.index, k - shift), (k, lo + shift, hi + shift))


def _induction(book: Book, q: Quantity, step: str, end: str, claim: Statement) -> Induction:
    split = "last factor" if q.upward else "first factor"
    start = book.line(Var(q.at(q.end)), q.others(q.end)).cite("lemma", end, Var(q.at(q.end)))
    base_right = book.line(put(claim.right, q.index, q.end), q.others(q.end))
    for old in base_right.where(Product):
        first_of(base_right, *(_applying(name, old) for name in ("empty product", split)))
    for old in base_right.where(Product):
        base_right.apply("empty product", old)
    r = q.layer
    inside = (r._replace(hi=r.hi - 1), *q.others(q.following))
    known = Proved(
        HYPOTHESIS,
        Statement(Var(q.at(q.before)), put(claim.right, q.index, q.before), q.others(q.before)),
        NOTHING,
    )
    line = book.line(Var(q.at(q.following)), inside, known)
    line.cite("lemma", step, line.now).next()
    line.cite("lemma", HYPOTHESIS, Var(q.first(q.before)))
    right = book.line(put(claim.right, q.index, q.following), inside, known)
    for old in right.where(Product):
        right.apply(split, old)
    return Induction(
        q.index,
        q.upward,
        Chain(tuple(start.steps), tuple(base_right.steps)),
        Chain(tuple(line.steps), tuple(right.steps)),
    )


def _applying(name: str, old: Expr) -> Callable[[Line], Line]:
    return lambda line: line.apply(name, old)
