"""The smallest counterexample of a printed formula, and the true statements closest to it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from models import glorot
from sympy import Expr, Integer, Mul, Symbol, symbols

from derive.counting.small import instances
from derive.counting.witness import witness
from derive.judging.nearest import Edit, nearest, true_when
from derive.model import Model, Statement, identical, ranges
from derive.order import Order
from derive.substitution import put
from derive.terms import E, Entry, Partial, Product, Var

d, i = symbols("d i")
k = Symbol("i'")
MODEL = glorot()
OVER = ranges((i, 0, d))
ORDER = Order(OVER, MODEL.least)


def n(at: Any) -> Entry:
    return Entry("n", at)


def V(at: Any) -> Expr:
    return Var(Entry("W", at, 1, 1))


X, TOP = Var(Entry("x", 1)), Var(Partial(Entry("C"), Entry("s", d, 1)))


def forward(lo: Any, hi: Any) -> Expr:
    return Product(n(k) * V(k), (k, lo, hi))


def backward(lo: Any, hi: Any) -> Expr:
    return Product(n(k + 1) * V(k), (k, lo, hi))


P6, T6 = TOP * backward(i, d), TOP * backward(i + 1, d)
P7 = X * TOP * forward(0, i - 1) * backward(i, d - 1)
T7 = X * TOP * forward(0, i - 1) * backward(i + 1, d)


def near(printed: Expr, truth: Expr, **options: Any) -> list[Edit]:
    return nearest(Statement(X, printed, OVER), Statement(X, truth, OVER), ORDER, **options)


def value(e: Any, at: dict[Any, Fraction | int]) -> Any:
    """Plain evaluation at given sizes, indices and variances."""
    if isinstance(e, Product):
        k, lo, hi, _ = e.range
        total = 1
        for a in range(int(value(lo, at)), int(value(hi, at)) + 1):
            total *= value(e.body, {**at, k: a})
        return total
    if isinstance(e, (Entry, Var, Partial)):
        return at[put(e, {key: Integer(x) for key, x in at.items() if key.is_Symbol})]
    if e.is_Symbol:
        return at[e]
    if not e.args:
        return Fraction(int(e.p), int(e.q))
    if e.is_Pow:
        return Fraction(value(e.base, at)) ** int(value(e.exp, at))
    parts = [value(a, at) for a in e.args]
    total = parts[0]
    for p in parts[1:]:
        total = total * p if e.is_Mul else total + p
    return total


# -- witnesses


def test_the_smallest_counterexamples_of_glorot() -> None:
    six, seven = witness(P6, T6, OVER, MODEL), witness(P7, T7, OVER, MODEL)
    assert six is not None and seven is not None
    assert six.at == {d: 0, i: 0, n(0): 1, n(1): 2}
    assert (six.left, six.right) == (2, 1)
    assert seven.at == {d: 1, i: 0, n(0): 1, n(1): 1, n(2): 2}
    assert (seven.left, seven.right) == (1, 2)
    assert set(seven.moments.values()) == {1}
    assert put(TOP, d, 1) in seven.moments


def test_variances_that_matter_are_distinct_primes() -> None:
    found = witness(X * forward(0, i - 1), X * Product(n(k) * V(k + 1), (k, 0, i - 1)), OVER, MODEL)
    assert found is not None
    assert found.at == {d: 1, i: 1, n(0): 1, n(1): 1, n(2): 1}
    assert found.moments == {X: 3, V(0): 2, V(1): 5}
    assert (found.left, found.right) == (6, 15)


def mistakes() -> Iterator[tuple[Expr, Expr]]:
    for a in (0, 1):
        for b in (-1, 0):
            yield TOP * backward(i + 1 + a, d + b), T6
            yield X * forward(a, i - 1 + b), X * forward(0, i - 1)
            yield X * TOP * forward(0, i - 1 + b) * backward(i + 1 + a, d), T7
            yield X * n(i + a) / n(-b), X * n(i) / n(0)
    for body in (n(k), n(k) ** 2 * V(k), n(k) * V(k - 1), n(k + 2) * V(k), 2 * n(k) * V(k), -n(k)):
        yield X * Product(body, (k, 1, i)), X * forward(1, i)


@pytest.mark.parametrize(("printed", "truth"), list(mistakes()), ids=str)
def test_a_witness_is_what_plain_evaluation_gives(printed: Expr, truth: Expr) -> None:
    found = witness(printed, truth, OVER, MODEL)
    if found is None:
        assert printed == truth
        return
    assert found.left != found.right
    at: dict[Any, Any] = {**found.at, **found.moments}
    assert (value(printed, at), value(truth, at)) == (found.left, found.right)


@pytest.mark.parametrize(
    ("printed", "truth"),
    [(TOP * backward(i, d + 1), T6), (X * forward(-1, i), X * forward(0, i)), (X / n(-1), X)],
    ids=str,
)
def test_a_formula_about_symbols_that_never_exist_has_no_witness(
    printed: Expr, truth: Expr
) -> None:
    assert witness(printed, truth, OVER, MODEL) is None


def test_instances_come_by_depth_then_widths_then_index() -> None:
    found = instances(MODEL, OVER)
    listed = [(at[d], *(at[n(a)] for a in range(at[d] + 2)), at[i]) for at in found]
    assert listed[:4] == [(0, 1, 1, 0), (0, 1, 2, 0), (0, 2, 1, 0), (0, 1, 3, 0)]
    keys = [(row[0], sum(row[1:-1]), row[1:-1], row[-1]) for row in listed]
    assert keys == sorted(keys) and len(set(keys)) == len(keys)


def test_instances_of_indices_that_depend_on_widths() -> None:
    j = Symbol("j")
    over = ranges((i, 0, d), (j, 1, n(i), (1,)))
    found = next(instances(MODEL, over))
    assert found == {d: 0, i: 0, n(0): 2, n(1): 1, j: 2}


def test_a_model_without_layers() -> None:
    model = Model("neuron")
    width, j = model.size("n"), Symbol("j")
    w = model.random("w", (j, 1, width))
    found = witness(width * Var(w[1]), width**2 * Var(w[1]), (), model)
    assert found is not None and found.at == {width: 2}
    assert (found.left, found.right) == (2, 4)


def test_equal_widths_are_told_apart_by_depth_first() -> None:
    model = Model("equal")
    depth, width = model.size("d", 0), model.size("n")
    w = model.random("W", (i, 0, depth), (k, 1, width))
    found = witness((2 * width) ** depth, width**depth, (), model)
    assert found is not None and found.at == {depth: 1, width: 1}
    assert witness(Var(w[0, 1]), Var(w[depth, 1]), (), model) is not None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (Var(Entry("z", 1, 1)), X),
        (Var(Partial(Entry("C"), Entry("s", 0, 1))), 2 * TOP),
        (E(Entry("x", 1)), X),
        (E(Entry("x", 1) ** 4), X),
        (Var(Entry("b", 0, 1)), X),
        (Var(Entry("x", 1) * Entry("W", 0, 1, 1)), X),
        (Symbol("c"), X),
    ],
    ids=str,
)
def test_nothing_is_said_of_what_is_not_free(left: Expr, right: Expr) -> None:
    assert witness(left, right, ranges((i, 0, d)), MODEL) is None or "s[" in str(left)


def test_the_top_is_free_only_where_the_cost_is_taken() -> None:
    lower = Var(Partial(Entry("C"), Entry("s", i, 1)))
    found = witness(lower, 2 * TOP, OVER, MODEL)
    assert found is not None and found.at[i] == found.at[d] == 0


def test_variances_that_the_model_fixes_are_not_free() -> None:
    model = glorot()
    he = Statement(V(i), 2 / n(i), OVER)
    model.assume("he", he, text="Var[W^i] = 2/n_i")
    assert witness(P6, T6, OVER, MODEL) is not None
    assert witness(P6, T6, OVER, model) is None


def test_entries_with_one_variance_are_not_told_apart() -> None:
    second = Var(Entry("x", n(0)))
    assert witness(X, second, OVER, MODEL) is None
    model = glorot().without({"identical-variances"})
    assert witness(X, second, OVER, model) is not None
    model.assume("same", identical(Var(Entry("x", i)), (i, 1, n(0))), text="same Var[x_l] over l")
    assert witness(X, second, OVER, model) is None


def test_a_second_moment_is_the_variance_of_a_variable_of_mean_zero() -> None:
    square = E(Entry("x", 1) ** 2)
    assert witness(square, X, OVER, MODEL) is None
    found = witness(square, n(0) * X, OVER, MODEL)
    assert found is not None and (found.left, found.right) == (1, 2)


# -- the nearest true statement


def test_the_nearest_statements_of_glorot() -> None:
    (six, *_), (seven, *_) = near(P6, T6), near(P7, T7)
    assert six.changed == "lower limit i → i + 1"
    assert six.statement == Statement(X, T6, OVER)
    assert seven.changed == "both limits one higher: i' = i + 1, …, d"
    assert seven.statement == Statement(X, T7, OVER)


@pytest.mark.parametrize(
    ("printed", "truth", "changed"),
    [
        (X * forward(0, i), X * forward(0, i - 1), "upper limit i → i - 1"),
        (X * forward(1, i), X * forward(0, i - 1), "both limits one lower: i' = 0, …, i - 1"),
        (
            X * Product(n(k + 1) * V(k), (k, 0, i - 1)),
            X * forward(0, i - 1),
            "n[i' + 1] → n[i'] in the product",
        ),
        (
            X * Product(n(k), (k, 0, i - 1)),
            X * forward(0, i - 1),
            "factor Var(W[i', 1, 1]) added in the product",
        ),
        (X * TOP * T6, X * T6, "power 2 → 1"),
        (X * T6, T6, "factor Var(x[1]) dropped"),
        (T6 / TOP * X, T6, "Var(x[1]) → Var(d(C)/d(s[d, 1]))"),
        (T6 / TOP, T6, "factor Var(d(C)/d(s[d, 1])) added"),
        (X * (n(0) * V(0)) ** (d - i), X * (n(0) * V(0)) ** (d - i + 1), "power d - i → d - i + 1"),
        (
            X * TOP * forward(0, i - 1) * backward(i, d),
            T7,
            "lower limit i → i + 1",
        ),
    ],
    ids=str,
)
def test_what_was_changed_is_said(printed: Expr, truth: Expr, changed: str) -> None:
    assert near(printed, truth)[0].changed == changed


def test_words_come_from_the_caller() -> None:
    assert near(P6, T6, say=lambda e: f"<{e}>")[0].changed == "lower limit <i> → <i + 1>"


@pytest.mark.parametrize(("printed", "truth"), list(mistakes()), ids=str)
def test_every_nearest_statement_is_true_by_evaluation(printed: Expr, truth: Expr) -> None:
    for edit in near(printed, truth):
        for depth in (2, 3):
            for a in range(depth + 1):
                at: dict[Any, Any] = {d: depth, i: a, X: 3, put(TOP, d, depth): 5}
                at |= {n(b): Fraction(7 + b, 2 + b * b) for b in range(-3, 9)}
                at |= {V(b): Fraction(5 + b * b, 9 + b) for b in range(-3, 9)}
                right = edit.statement.right
                assert value(right, at) == value(truth, at), f"{edit.changed} at {depth}, {a}"


def test_nearest_statements_are_in_the_order_of_their_size() -> None:
    found = near(P7, T7, most=9)
    assert [e.size for e in found] == sorted(e.size for e in found)
    assert len({e.statement for e in found}) == len(found) > 1
    assert near(P7, T7, most=1) == found[:1]


def test_nothing_is_near_a_formula_that_is_outside() -> None:
    assert near(P6, T6 + 1) == []


def test_true_when() -> None:
    assert true_when(P6, T6) == (Mul(n(i + 1), V(i)), 1)
    assert true_when(P7, T7) == (n(i + 1) * V(i), n(d + 1) * V(d))
