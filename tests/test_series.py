"""Sums of powers, and of powers of an index, in closed form: they keep their values."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, symbols

from derive.counting.exact import NoNumber
from derive.counting.instance import Instance, two_point
from derive.counting.oracle import evaluate
from derive.differences import difference
from derive.errors import Refused
from derive.forms import Undecided
from derive.judging.check import check
from derive.model import Independent, Model, Unit, ranges
from derive.moments import normal
from derive.read.document import document
from derive.scope import Scope
from derive.series import summed
from derive.terms import Cov, E, Entry, Range, Sum, Var

i, j, k, t, L, n = symbols("i j k t L n")
b, c = Entry("b"), Entry("c")


def g(index: Any) -> Entry:
    return Entry("g", index)


def model() -> Model:
    made = Model("powers")
    made.size("L")
    made.size("n")
    made.given("b")
    made.given("c")
    made.random("g", (i, 1, L))
    made.assume("apart", Independent((Unit(("g",), each=True),)), text="")
    return made


def instance(size: int, base: Any, other: Any) -> Instance:
    laws = {"g": lambda at: two_point(at + 1, mean=at)}
    return Instance(model(), {L: size, n: 2}, laws=laws, given={"b": base, "c": other})


BODIES: list[Expr] = [
    b**i, b ** (2 * i), b ** (L - i), c**i * b ** (L - i), i * (Integer(1) + 0), i**2, i**3,
    (b**2) ** i, (1 + n * c**2) ** i, Integer(2) ** i, Integer(2) ** (-i), b**i - c**i,
    Integer(6) ** i / Integer(3) ** i, (b + c) ** (i + 1), (-b) ** i, 3 * i - b**i, b ** (i - 1),
]  # fmt: skip
OVER = [(i, 0, L - 1), (i, 1, L), (i, 0, L), (i, 2, L), (i, 1, L - 1), (i, 0, n)]
NUMBERS = [(2, Fraction(1, 2)), (Fraction(-1, 3), 3), (3, Fraction(2, 5)), (Fraction(1, 2), -2)]


@pytest.mark.parametrize("body", BODIES, ids=str)
@pytest.mark.parametrize("over", OVER, ids=str)
def test_a_closed_form_has_the_value_of_the_sum(body: Expr, over: tuple[Any, ...]) -> None:
    r = Range(over[0], *map(lambda e: e + Integer(0), over[1:]))
    found = summed(body, r)
    assert not found.has(Sum)
    for size in (1, 2, 3, 4):
        for numbers in NUMBERS:
            at = instance(size, *numbers)
            with suppress(NoNumber):
                assert evaluate(found, at) == evaluate(Sum(body, over), at)


@pytest.mark.parametrize("body", [i * b**i, 1 / i, b ** (i**2), g(i), i**9])
def test_what_is_no_sum_of_powers_is_refused(body: Expr) -> None:
    with pytest.raises(Refused, match=r"is summed over i|is no power of a fixed number"):
        summed(body, Range(i, Integer(1), L))


def test_values_that_are_left_out_are_taken_off() -> None:
    r = Range(i, Integer(1), L)
    for size in (2, 3):
        at = instance(size, 2, 3)
        for body in (b**i, i**2):
            left = evaluate(summed(body, r, (Integer(1), Integer(2))), at)
            assert left == evaluate(Sum(body, (i, 3, L)), at)


SUMS = st.builds(
    lambda body, over: Sum(body, over),
    st.sampled_from([*BODIES, *(p * g(i) for p in (b**i, c ** (L - i), 1 + b**i))]),
    st.sampled_from([(i, 1, L)]),
)
PLAIN: list[Expr] = [b, 1 - b, b**L, 1 - c ** (2 * L), L + Integer(0), 1 / (1 - b), g(1), 2 - 1 / b]
TERMS = st.recursive(
    st.one_of(SUMS, st.sampled_from(PLAIN)),
    lambda inner: st.one_of(
        st.builds(lambda p, q: p + q, inner, inner),
        st.builds(lambda p, q: p - q, inner, inner),
        st.builds(lambda p, q: p * q, inner, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=80, deadline=None)
@given(TERMS, TERMS, st.sampled_from([E, Var, Cov]), st.integers(1, 3), st.sampled_from(NUMBERS))
def test_the_normal_form_keeps_the_value(
    p: Expr, q: Expr, head: type, size: int, numbers: tuple[Any, Any]
) -> None:
    e = head(p, q) if head is Cov else head(p)
    at = instance(size, *numbers)
    with suppress(Undecided, NoNumber):
        form = normal(e, Scope(model())).expression()
        assert evaluate(form, at) == evaluate(e, at), f"{e} became {form}"


def test_a_coefficient_of_too_many_terms_is_undecided() -> None:
    many = (Sum(i, (i, 1, L)) + Sum(b**i, (i, 1, L))) * Sum(i**2, (i, 1, L))
    with pytest.raises(Undecided, match="a polynomial of more than 2000 terms"):
        normal(Var(many), Scope(model()))


TRUE: list[tuple[Expr, Expr]] = [
    (Sum(b**i, (i, 0, L - 1)), (1 - b**L) / (1 - b)),
    (Sum(b ** (L - i), (i, 1, L)), (b**L - 1) / (b - 1)),
    (Sum(b ** (2 * i), (i, 1, L)), b**2 * (1 - b ** (2 * L)) / (1 - b**2)),
    ((1 - b) * Sum(b**i, (i, 0, L - 1)), 1 - b**L),
    ((1 - b**2) * Sum((b**2) ** i, (i, 0, L - 1)), 1 - b ** (2 * L)),
    (Sum(b**i * c ** (L - i), (i, 0, L)) * (c - b), c ** (L + 1) - b ** (L + 1)),
    ((n - 1) * Sum(n**i, (i, 0, L - 1)), n**L - 1),
    ((1 + 3 * Sum(Integer(4) ** i, (i, 0, L - 1))) * b, Integer(4) ** L * b),
    (1 + (b - 1) * (b + Sum(b**i, (i, 0, L - 1))), b**L + b * (b - 1)),
    (Sum(Sum(b ** (j - i), (i, 1, j)), (j, 1, L)), Sum(Sum(b ** (j - i), (j, i, L)), (i, 1, L))),
    (Sum(i, (i, 1, L)), L * (L + 1) / 2),
    (Sum(Sum(Integer(1), (i, 1, j)), (j, 1, L)), L * (L + 1) / 2),
    (Sum(i**2, (i, 0, L)), L * (L + 1) * (2 * L + 1) / 6),
    (Var(Sum(b**i * g(i), (i, 1, L))), Sum(b ** (2 * i) * Var(g(i)), (i, 1, L))),
    (E(Sum(b ** (L - i) * g(i), (i, 1, L))), b**L * Sum(b ** (-i) * E(g(i)), (i, 1, L))),
    (Cov(Sum(b**i * g(i), (i, 1, L)), g(1)), b * Var(g(1))),
]  # fmt: skip


@pytest.mark.parametrize("left, right", TRUE, ids=str)
def test_what_is_equal_is_equal_where_the_ratio_is_1_too(left: Expr, right: Expr) -> None:
    assert difference(left, right, Scope(model())).is_zero
    for size in (1, 2, 3):
        for numbers in (*NUMBERS, (1, 1), (1, 2), (-1, -1), (2, 2)):
            at = instance(size, *numbers)
            with suppress(NoNumber):
                assert evaluate(left, at) == evaluate(right, at)


CHANGES: list[dict[Expr, Expr]] = [
    {L: L + 1}, {L: L - 1}, {b: c}, {b: b**2}, {b: 1 / b}, {b: -b}, {b: 2 * b}, {n: n + 1},
]  # fmt: skip


@pytest.mark.parametrize("left, right", TRUE, ids=str)
@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_one_mistake_is_not_equal(left: Expr, right: Expr, change: dict[Expr, Expr]) -> None:
    wrong = right.xreplace(change)
    with suppress(Undecided):
        if difference(left, wrong, Scope(model())).is_zero:
            for size in (1, 2, 3):
                for numbers in NUMBERS:
                    at = instance(size, *numbers)
                    with suppress(NoNumber):
                        assert evaluate(left, at) == evaluate(wrong, at)


def test_an_index_that_is_left_out_is_left_out_of_powers() -> None:
    free = Scope(model(), ranges((k, 1, L)))
    without = Sum(b**i, (i, 1, L, (k,)))
    assert difference(without, b * (1 - b**L) / (1 - b) - b**k, free).is_zero
    assert not difference(without, b * (1 - b**L) / (1 - b), free).is_zero


AVERAGE = r"""```derive
size T
given \beta in (0, 1)
random g_i for i = 1..T
assume independent g_i; same law g_i over i
let m_t = (1-\beta) \sum_{i=1}^{t} \beta^{t-i} g_i for t = 0..T
let a_0 = 0
let a_t = \beta a_{t-1} + (1-\beta) g_t for t = 1..T
```
"""


@pytest.mark.parametrize("name", ["m", "a"])
@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"E[m_t] = E[g] (1 - \beta^t)", "holds"),
        (r"Var[m_t] = Var[g] \frac{1-\beta}{1+\beta} (1 - \beta^{2t})", "holds"),
        (r"E[m_t] = E[g] (1 - \beta^{t-1})", "fails"),
        (r"E[m_t] = E[g]", "fails"),
        (r"Var[m_t] = Var[g] \frac{1-\beta}{1+\beta} (1 - \beta^{t})", "fails"),
        (r"Var[m_t] = Var[g] \frac{1-\beta}{1+\beta}", "fails"),
        (r"Var[m_t] = Var[g] (1-\beta) (1 - \beta^{2t})", "fails"),
    ],
)
def test_moving_averages(name: str, formula: str, verdict: str) -> None:
    (found,) = check(document(f"{AVERAGE}$${formula.replace('m_t', name + '_t')}$$\n")).claims
    assert found.verdict == verdict
