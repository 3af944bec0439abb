"""`derive.testing.assert_equal`: what passes, and what a failure tells."""

from __future__ import annotations

from typing import Any

import pytest
from models import glorot
from sympy import Integer, symbols

import derive
from derive import Cov, E, Entry, Independent, Model, Product, Statement, Sum, Unit, Var, ranges
from derive.testing import assert_equal

i, l, p, d = symbols("i l p d")
ip = symbols("i'")


def attention() -> Model:
    """One score: Σ_p q_p k_p over d entries; letters and names of another field."""
    model = Model("attention")
    size = model.size("d")
    over = (p, 1, size)
    q, k = model.random("q", over), model.random("κ", over)
    model.defined("score")
    model.define(Entry("score"), Sum(q[p] * k[p], over))
    model.assume("keys", Independent((Unit(("κ",), each=True),)), text="the κ_p independent")
    model.assume("apart", Independent((Unit(("q",)), Unit(("κ",)))), text="q independent of κ")
    for name in ("q", "κ"):
        mean = Statement(E(Entry(name, p)), Integer(0), ranges(over))
        unit = Statement(Var(Entry(name, p)), Integer(1), ranges(over))
        model.assume(f"centred-{name}", mean, text=f"E[{name}] = 0")
        model.assume(f"unit-{name}", unit, text=f"Var[{name}] = 1")
    return model


def failure(*args: Any, **more: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        assert_equal(*args, **more)
    return str(caught.value)


# -- what passes


def test_the_variance_of_a_score_is_its_number_of_terms() -> None:
    assert_equal(Var(Entry("score")), d, attention())


def test_an_assumption_that_is_not_needed_may_go() -> None:
    model = attention()
    model.assume("more", Independent((Unit(("q",), each=True),)), text="the q_p independent")
    assert_equal(Var(Entry("score")), d, model.without(["more"]))


def test_indices_may_be_given_a_smaller_range() -> None:
    q = attention().families["q"]
    assert_equal(Cov(q[p], Entry("κ", p)), 0, attention(), (p, 2, d))


def test_a_result_of_a_derivation_is_put_in() -> None:
    model = glorot()
    n, W = model.families["n"], model.families["W"]
    right = Var(Entry("x", 1)) * Product(n[ip] * Var(W[ip, 1, 1]), (ip, 0, i - 1))
    assert_equal(Var(Entry("z", i, l)), right, model, using=[derive.forward(model)])


def test_a_sum_with_its_covariance() -> None:
    model = Model("free")
    a, b = model.random("a")[()], model.random("b")[()]
    assert_equal(Var(a - b), Var(a) + Var(b) - 2 * Cov(a, b), model)


# -- what fails


def test_the_remainder_of_an_assumption_that_was_dropped() -> None:
    text = failure(Var(Entry("score")), d, attention().without(["centred-q", "unit-q"]))
    assert text == (
        "not equal in the model attention\n"
        "  left   Var[score]\n"
        "  right  d\n"
        "  left - right = Σ_{j=1}^{d} Var[q_j] + Σ_{j=1}^{d} E[q_j]² - d\n"
        "  left = 2, right = 1  at d = 1, E[q] = 1, Var[q] = 1, E[κ] = 0, Var[κ] = 1\n"
        "  used: keys, apart, centred-κ, unit-κ; all that is declared"
    )


@pytest.mark.parametrize("name", ["keys", "apart", "centred-κ"])
def test_every_assumption_that_is_needed_is_missed(name: str) -> None:
    text = failure(Var(Entry("score")), d, attention().without([name]))
    assert "left - right = " in text
    assert f"{name}" not in text.splitlines()[-1].split(";")[0]


def test_numbers_for_a_product_that_is_one_factor_too_long() -> None:
    model = glorot()
    n, W = model.families["n"], model.families["W"]
    right = Var(Entry("x", 1)) * Product(n[ip] * Var(W[ip, 1, 1]), (ip, 0, i))
    text = failure(
        Var(Entry("z", i, l)), right, model, (i, 0, d), (l, 1, n[i]), using=[derive.forward(model)]
    )
    lines = text.splitlines()
    assert lines[0] == "not equal in the model glorot"
    assert lines[1:4] == [
        "  left   Var[z^i_l]",
        "  right  Var[x] ∏_{i'=0}^{i} n_{i'} Var[W^{i'}]",
        "  for    i = 0 … d, l = 1 … n_i",
    ]
    assert lines[4] == "  left / right = 1 / (n_i Var[W^i])"
    assert lines[5].startswith("  left = ")
    assert ", right = " in lines[5]
    assert "declared and not used: independent-top, zero-mean-top" in lines[6]


def test_undecided_has_a_message_of_its_own() -> None:
    model = Model("free")
    a = model.random("a")[()]
    text = failure(Cov(a, 1 / a), 1 - E(a) * E(1 / a), model)
    assert text.splitlines()[0] == "not decided in the model free: neither shown nor refuted"
    assert "  1/a is outside what moments can decide" in text.splitlines()


def test_a_range_that_may_be_no_range_is_not_decided() -> None:
    model = Model("free")
    v, size = Var(model.random("a")[()]), model.size("N")
    split = Product(v, (p, 1, i)) * Product(v, (p, i + 1, size))
    assert_equal(split, v**size, model, (i, 0, size))
    text = failure(split, v**size, model, (i, 0, size + 5))
    assert text.splitlines()[0] == "not decided in the model free: neither shown nor refuted"
    assert "  needs i + 1 ≤ N + 1" in text.splitlines()


def test_an_entry_that_may_not_exist_is_not_decided() -> None:
    text = failure(Var(Entry("q", p)), 1, attention(), (p, 0, d))
    assert "q_p may not exist: 1 ≤ p ≤ d was not shown" in text


def test_what_is_only_true_of_numbers_is_not_simplified_away() -> None:
    model = Model("free")
    a = model.random("a")[()]
    text = failure(E(a) ** 2, E(a**2), model)
    assert "  left - right = -Var[a]" in text.splitlines()
    assert "  left = 0, right = 1  at E[a] = 0, Var[a] = 1" in text.splitlines()


def test_a_name_without_meaning_is_an_error_not_a_failure() -> None:
    with pytest.raises(derive.Undeclared, match="b is not declared"):
        assert_equal(Var(Entry("b")), 1, Model("free"))
