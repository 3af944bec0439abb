"""Which sums of fixed numbers are shown to be positive, and which are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, Symbol

from derive.meaning import at_least_0
from derive.model import ranges
from derive.positive import positive
from derive.read.declare import declare
from derive.scope import Scope
from derive.terms import Entry

MODEL = declare(
    "size n, d >= 0\n"
    r"given \beta in (0, 1), \gamma in (0, 1), b in (0, 2), c in (-1, 1), a, s > 0"
).model
beta, gamma, b, c, a, s = map(Entry, ("β", "γ", "b", "c", "a", "s"))
n, d = Symbol("n"), Symbol("d")
ONE = Integer(1)


@pytest.mark.parametrize(
    "e",
    [
        1 - beta, 1 - beta**2, 1 - beta**n, 1 - beta ** (2 * n), 1 - beta ** (d + 1),
        1 - beta * gamma, 1 - beta**n * gamma**2, 1 - beta / 2, ONE - (1 - beta) ** 2,
        d * s**2 + s**2, d + s, d * beta + 1,
    ],
    ids=str,
)  # fmt: skip
def test_is_positive(e: Expr) -> None:
    assert positive(e, Scope(MODEL))


@pytest.mark.parametrize(
    "e",
    [
        1 - beta**d, 1 - beta ** (-n), 1 - b**2, 1 - b * beta, 1 - a**2, 1 - c**3, 1 - s**n,
        1 - 2 * beta, 1 + c * beta, beta**2 - 1, d * s, d * a + s, d * s - s, 2 - 3 * beta**2,
    ],
    ids=str,
)  # fmt: skip
def test_is_not_shown_to_be_positive(e: Expr) -> None:
    assert not positive(e, Scope(MODEL))


# -- whole numbers


M, K, J = Symbol("n"), Symbol("d"), Symbol("j")
PLACE = Scope(MODEL, ranges((J, K, M + K)))  # n >= 1, d >= 0, j = d .. n + d


@settings(max_examples=300, deadline=None)
@given(*[st.integers(-3, 3)] * 4)
def test_what_is_shown_to_be_at_least_0_is(times: int, other: int, third: int, more: int) -> None:
    e = times * M + other * K + third * J + more
    places = ((m, k, at) for m in range(1, 5) for k in range(5) for at in range(k, m + k + 1))
    values = (times * m + other * k + third * at + more for m, k, at in places)
    if at_least_0(e, PLACE):
        assert all(value >= 0 for value in values), e


@pytest.mark.parametrize(
    ("e", "shown"),
    [
        (2 * K + 1, True), (2 * M - 1, True), (2 * M - 2, True), (2 * M - 3, False),
        (2 * J - 2 * K, True), (2 * J - 2 * K + 1, True), (2 * J - 2 * K - 1, False),
        (3 * K + 2 * M, True), (3 * K - 1, False), (J - 2 * K, False), (3 * J - 3 * K - 2, False),
    ],
    ids=str,
)  # fmt: skip
def test_multiples_of_a_whole_number(e: Expr, shown: bool) -> None:
    assert at_least_0(e, PLACE) is shown
