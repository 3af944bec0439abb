"""Which sums of fixed numbers are shown to be positive, and which are not."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, Symbol

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
