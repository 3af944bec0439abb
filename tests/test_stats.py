"""`derive.stats`: SymPy's Expectation, Variance and Covariance, there and back."""

from __future__ import annotations

import pytest
import sympy
from sympy import Expr, Float, I, IndexedBase, KroneckerDelta, Symbol, exp, oo, pi, sqrt, symbols
from sympy.stats import (
    BernoulliProcess,
    CentralMoment,
    Covariance,
    Expectation,
    Moment,
    Normal,
    Probability,
    Variance,
)
from sympy.stats.rv import RandomSymbol

from derive import Cov, Delta, E, Entry, Independent, Model, Product, Refused, Sum, Unit, Var
from derive.stats import from_sympy_stats, to_sympy_stats
from derive.testing import assert_equal

X, Y = RandomSymbol("X"), RandomSymbol("Y")
x, y = Entry("X"), Entry("Y")
a, b = Symbol("a", real=True), Symbol("b", real=True)
i = Symbol("i", integer=True)
n = Symbol("n", integer=True, positive=True)
j, m, p, q = symbols("i n p q")


PAIRS = [
    (Variance(X), Var(x)),
    (Covariance(X, Y), Cov(x, y)),
    (Expectation(X**2) - Expectation(X) ** 2, E(x**2) - E(x) ** 2),
    (Variance(a * X + Y / 3 + 1), Var(Entry("a") * x + y / 3 + 1)),
    (Expectation(Expectation(X) * Y), E(E(x) * y)),
    (sqrt(2) * pi * Variance(X), sqrt(2) * pi * Var(x)),
    (sympy.Sum(i * Variance(X), (i, 1, n)), Sum(j * Var(x), (j, 1, m))),
    (sympy.Product(i + a, (i, 2, n + 1)), Product(j + Entry("a"), (j, 2, m + 1))),
    (KroneckerDelta(1, n) * Variance(X) + n, Delta(1, m) * Var(x) + m),
]


@pytest.mark.parametrize("theirs, ours", PAIRS, ids=[str(t) for t, _ in PAIRS])
def test_there_and_back(theirs: Expr, ours: Expr) -> None:
    model = Model("sizes")
    if theirs.has(n):
        model.size("n")
    term, model = from_sympy_stats(theirs, model=model)
    assert term == ours
    assert to_sympy_stats(term, model) == theirs


def test_names_are_declared_by_what_they_are() -> None:
    _, model = from_sympy_stats(Variance(a * X) + sympy.Sum(Variance(Y) / i, (i, 1, n)))
    assert {f.name: f.kind for f in model.families.values()} == {
        "X": "random", "Y": "random", "a": "given",
    }  # fmt: skip
    assert model.sizes == {Symbol("n"): 1}


def test_a_limit_is_the_same_size_elsewhere() -> None:
    term, model = from_sympy_stats(n * sympy.Sum(Variance(X), (i, 1, n)))
    assert_equal(term, Symbol("n") ** 2 * Var(x), model)


def test_moments_are_written_out() -> None:
    term, model = from_sympy_stats(Moment(X, 3, a) + CentralMoment(Y, 2))
    assert term == E((x - Entry("a")) ** 3) + E((y - E(y)) ** 2)
    assert_equal(from_sympy_stats(CentralMoment(Y, 2))[0], Var(y), model)


# -- independence is declared, never taken from a distribution


def product() -> tuple[Expr, Expr]:
    return Variance(X * Y), Variance(X) * Variance(Y) + (
        Expectation(X) ** 2 * Variance(Y) + Expectation(Y) ** 2 * Variance(X)
    )


def test_independence_that_was_declared_is_used() -> None:
    left, model = from_sympy_stats(product()[0], independent=(X, Y))
    right, model = from_sympy_stats(product()[1], model=model)
    assert_equal(left, right, model)
    assert model.assumptions[0].facts == (Independent((Unit(("X",)), Unit(("Y",)))),)


def test_a_distribution_declares_nothing() -> None:
    _, model = from_sympy_stats(Variance(Normal("X", 0, 1) + Normal("Y", 0, 1)))
    assert model.assumptions == []
    with pytest.raises(AssertionError, match=r"left - right = 2 E\[X Y\] - 2 E\[X\] E\[Y\]"):
        assert_equal(Var(x + y), Var(x) + Var(y), model)


def test_variables_may_be_named_to_be_independent() -> None:
    _, model = from_sympy_stats(Variance(X + Y), independent=("X", "Y"))
    assert_equal(Var(x + y), Var(x) + Var(y), model)


def test_the_model_given_is_not_changed() -> None:
    model = Model("mine")
    _, more = from_sympy_stats(Variance(X), model=model)
    assert model.families == {}
    assert set(more.families) == {"X"}


# -- what is refused


w = IndexedBase("w")
REFUSED = [
    (Variance(w[i]), r"w\[i\] cannot be carried over: to SymPy an indexed entry is a fixed number"),
    (BernoulliProcess("B", 1)[1], r"B\[1\] cannot be carried over: to SymPy an indexed entry"),
    (Variance(X, X > 1), "it has a condition"),
    (Expectation(X, X > 1), "it has a condition"),
    (Moment(X, a), "its order is not a positive integer"),
    (Probability(X > 1), "no counterpart of Probability"),
    (Variance(exp(X)), "no counterpart of exp"),
    (Float("0.5") * Variance(X), "is not exact: write a rational number"),
    (I * Variance(X), "no counterpart of ImaginaryUnit"),
    (oo + X, "no counterpart of Infinity"),
    (Variance(X) + Variance(Normal("X", 0, 1)), "two different symbols are written X"),
    (Variance(X) + Symbol("X"), "two different symbols are written X"),
    (Symbol("c") + Symbol("c", positive=True), "two different symbols are written c"),
    (Variance(X) * Symbol("J", imaginary=True), "it is not a real number"),
    (sympy.Product(i + a, (i, 1, -1)), "it runs from 1 down to -1"),
    (sympy.Sum(Variance(X), (i, 1, n / 2)), "a limit is not a whole number"),
]


@pytest.mark.parametrize("theirs, message", REFUSED, ids=[str(t) for t, _ in REFUSED])
def test_what_cannot_be_carried_over_is_refused(theirs: Expr, message: str) -> None:
    with pytest.raises(Refused, match=message):
        from_sympy_stats(theirs)


def test_a_name_that_the_model_has_for_something_else_is_refused() -> None:
    model = Model("mine")
    model.random("X", (p, 1, 3))
    with pytest.raises(Refused, match="X is declared as something else in the model mine"):
        from_sympy_stats(Variance(X), model=model)


# -- outward only


def family() -> Model:
    model = Model("family")
    model.random("w", (p, 1, 3))
    model.random("X")
    model.size("n")
    return model


def test_what_an_index_leaves_out_becomes_a_factor() -> None:
    p_, q_ = Symbol("p", integer=True), Symbol("q", integer=True)
    size = Symbol("n", integer=True, positive=True)
    over = (p, 1, Symbol("n"), (q,))
    factor = 1 - KroneckerDelta(p_, q_)
    found = to_sympy_stats(Sum(p * Var(x), over), family())
    assert found == sympy.Sum(p_ * Variance(X) * factor, (p_, 1, size))
    found = to_sympy_stats(Product(p * Var(x), over), family())
    assert found == sympy.Product((p_ * Variance(X)) ** factor, (p_, 1, size))


def test_entries_with_indices_are_refused() -> None:
    with pytest.raises(Refused, match="to SymPy an indexed entry is a fixed number"):
        to_sympy_stats(Var(Entry("w", 1)), family())


def test_sympy_does_evaluate_the_variance_of_an_indexed_entry_to_zero() -> None:
    assert Variance(w[i]).expand() == 0
