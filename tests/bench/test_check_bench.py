"""How fast the shipped sources are checked, and product claims against SymPy's `simplify`."""

from __future__ import annotations

import sys
from statistics import median
from time import perf_counter
from typing import Any

from measure import first_sight, models_known
from sympy import Integer, Symbol, simplify, symbols
from sympy import Product as SymPyProduct
from sympy.tensor.indexed import IndexedBase

from derive.judging.lemmas import known
from derive.order import Order
from derive.products import agree
from derive.read.declare import notation
from derive.terms import Entry, Product, Range, Var

i, k, d = symbols("i k d", integer=True, positive=True)


def report(figure: str) -> None:
    """Shown with `-s`."""
    sys.stdout.write(f"\n{figure}\n")


def test_claims_a_second() -> None:
    """Reading and judging, with and without what is known of models, and explaining too."""
    first, (judged, explained) = first_sight(), models_known()
    report(f"{judged:.0f} claims a second, {explained:.0f} explained, {first:.0f} at first sight")
    assert first > 40
    assert explained > 80
    assert judged > 100


def test_products_against_simplify() -> None:
    """Claims that SymPy can decide: products split, and products with one factor more."""
    ours, theirs = [], []
    g = IndexedBase("g")
    plain_i, plain_k, depth = symbols("i k d")
    order = Order((Range(plain_i, Integer(0), depth),), lambda e: 0 if e == depth else None)
    for more in range(1, 6):

        def entry(at: Any) -> Entry:
            return Entry("g", at)

        left = Product(entry(plain_k), (plain_k, 1, plain_i + more))
        right = Product(entry(plain_k), (plain_k, 1, plain_i))
        for s in range(1, more + 1):
            right = right * entry(plain_i + s)
        a = SymPyProduct(g[k], (k, 1, i + more))
        b = SymPyProduct(g[k], (k, 1, i))
        for s in range(1, more + 1):
            b = b * g[i + s]
        began = perf_counter()
        assert agree(left, right, order)
        ours.append(perf_counter() - began)
        began = perf_counter()
        simplify(a - b)
        theirs.append(perf_counter() - began)
    ratio = median(t / o for t, o in zip(theirs, ours, strict=True))
    report(f"simplify takes {ratio:.0f} times as long")
    assert ratio > 50


def test_independent_of_depth() -> None:
    """A claim about depth 10 and one about depth 100 000 take the same time."""
    model = notation("glorot").model
    proved = known(model).lemmas([Var(Entry("z", Symbol("i"), 1))])
    assert proved
    times = []
    for depth in (10, 100_000):
        over = Product(Entry("n", Symbol("k")), (Symbol("k"), 0, depth))
        rest = Product(Entry("n", Symbol("k")), (Symbol("k"), 0, depth - 1)) * Entry("n", depth)
        order = Order((), model.least)
        began = perf_counter()
        assert agree(over, rest, order)
        times.append(perf_counter() - began)
    report(f"{times[1] / times[0]:.2f} times as long at depth 100 000")
    assert times[1] < 20 * times[0]
