"""Order between integers against all small values: what is shown is so."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, Symbol, symbols

from derive.model import Model, ranges
from derive.order import Order, affine, split
from derive.terms import Entry

i, j, k = symbols("i j k")
d, n = symbols("d n")


def order(*over: Any) -> Order:
    model = Model("sizes")
    model.size("d", 0)
    model.size("n")
    model.size_family("w", (i, 0, d))
    return Order(ranges(*over), model.least)


LAYERS = order((i, 0, d - 1), (j, i + 1, d), (k, 1, n, (i,)))


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (i, d - 1, True),
        (i, d, True),
        (Integer(0), i, True),
        (Integer(1), d, True),
        (i, j - 1, True),
        (i + 1, j, True),
        (Integer(1), j, True),
        (i + 2, j, False),
        (j, i, False),
        (i, Integer(5), False),
        (Integer(1), Entry("w", i), True),
        (Integer(2), Entry("w", i), False),
        (Entry("w", i), Entry("w", j), False),
        (Integer(0), d, True),
        (d, n, False),
        (2 * i, 2 * d, False),
        (2 * i, 2 * i + 1, True),
    ],
)
def test_what_follows_from_ranges(low: Expr, high: Expr, shown: bool) -> None:
    assert LAYERS.leq(low, high) is shown
    assert LAYERS.less(low - 1, high) is shown


def test_equal_and_different() -> None:
    assert order((i, d, d)).equal(i, d)
    assert not order((i, 0, d)).equal(i, d)
    assert LAYERS.differ(i, j) and LAYERS.differ(j, i)
    assert LAYERS.differ(k, i) and LAYERS.differ(i, k), "left out"
    assert not LAYERS.differ(k, j), "other names, perhaps one value"
    assert not LAYERS.differ(k + 1, i)
    assert LAYERS.differ(k + 1, i + 1)
    assert LAYERS.differ(i, i + 3)
    assert not LAYERS.differ(i, i)


def test_split_and_affine() -> None:
    assert split(i + 3) == (i, 3)
    assert split(Integer(-2)) == (0, -2)
    assert split(2 * i - 1) == (2 * i, -1)
    assert affine(2 * i - 3 * j + 4) == ({i: 2, j: -3}, 4)
    assert affine(i * j) is None
    assert affine(i / 2) is None
    assert affine(i**2) is None


NAMES = (i, j, k)
ends = st.sampled_from([Integer(0), Integer(1), Integer(2), d, d - 1, n, n + 1])
later = st.one_of(ends, st.sampled_from([i, i + 1, i - 1]))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(ends, ends, later, later, st.booleans(), st.data())
def test_what_is_shown_holds_for_all_small_values(
    lo: Expr, hi: Expr, lo2: Expr, hi2: Expr, apart: bool, data: Any
) -> None:
    but = (i,) if apart else ()
    known = order((i, lo, hi), (j, lo2, hi2, but))
    terms = [i, j, d, n, i + 1, j - 1, Integer(0), Integer(1)]
    a, b = data.draw(st.sampled_from(terms)), data.draw(st.sampled_from(terms))
    shown = [known.leq(a, b), known.less(a, b), known.differ(a, b), known.equal(a, b)]

    def value(e: Expr, at: dict[Symbol, int]) -> int:
        return int(e.xreplace({name: Integer(number) for name, number in at.items()}))

    for depth, size, one, two in product(range(4), range(1, 4), range(-1, 5), range(-1, 5)):
        at = {d: depth, n: size, i: one, j: two}
        if not value(lo, at) <= one <= value(hi, at):
            continue
        if not value(lo2, at) <= two <= value(hi2, at) or (apart and one == two):
            continue
        p, q = value(a, at), value(b, at)
        for claimed, fact in zip(shown, [p <= q, p < q, p != q, p == q], strict=True):
            assert fact or not claimed, (a, b, at)


WINDOW = order((i, 1, n - d + 1), (j, 1, d), (k, 0, n))
SUMS = st.tuples(
    st.lists(st.integers(-1, 1), min_size=5, max_size=5), st.integers(-3, 3)
)  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (i + j, n + 1, True),
        (i + j - 1, n, True),
        (i + j, n, False),
        (Integer(2), i + j, True),
        (Integer(3), i + j, False),
        (k + j, n + d, True),
        (k + j + 1, n + d, False),
        (i + j + k, 2 * n + 1, True),
        (i, n - d + 1, True),
    ],
)
def test_sums_of_two_indices(low: Expr, high: Expr, shown: bool) -> None:
    assert WINDOW.leq(low, high) is shown


@given(SUMS, SUMS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_what_is_shown_of_sums_holds_for_all_small_values(
    low: tuple[list[int], int], high: tuple[list[int], int]
) -> None:
    names = (i, j, k, n, d)
    sides = [sum((c * x for c, x in zip(cs, names, strict=True)), Integer(more))
             for cs, more in (low, high)]  # fmt: skip
    if not WINDOW.leq(*sides):
        return
    for size, depth in product(range(1, 4), range(4)):
        inner = product(range(1, size - depth + 2), range(1, depth + 1), range(size + 1))
        for values in inner:
            at = dict(zip(names, (*values, size, depth), strict=True))
            assert sides[0].subs(at) <= sides[1].subs(at)
