"""Confirmation: formulas against counts, also wrong ones, and what is too large to count."""

from __future__ import annotations

from fractions import Fraction as F
from functools import cache
from typing import Any

import pytest
from models import columns, glorot
from sympy import Symbol, symbols

from derive.chains.product import two_variables
from derive.chains.sum import one_neuron
from derive.counting.confirm import Confirmation, confirm, counted, small
from derive.counting.instance import Instance, Joint
from derive.counting.oracle import count
from derive.counting.setting import setting
from derive.counting.trials import trials
from derive.errors import Refused
from derive.figures.amounts import BadNumbers
from derive.figures.numbers import derived, formulas
from derive.figures.numbers import table as at_numbers
from derive.model import Model, SameLaw, Statement, Symmetric, ranges
from derive.proving.activated import with_activation
from derive.read.declare import declare, notation, notations
from derive.terms import Apply, Cov, E, Entry, Product, Var

i, k, l = symbols("i k l")
ip, d = Symbol("i'"), Symbol("d")


@cache
def model_and_claims(name: str) -> Any:
    model = notation(name).model
    model = with_activation(model, "linear") if name == "he" else model
    return model, formulas(model)[0]


def checked(name: str, chain: str, widths: Any = None, **more: Any) -> Confirmation:
    model, claims = model_and_claims(name)
    return confirm(model, chain, widths, claim=claims[chain], **more)


@pytest.mark.parametrize("name", [n for n in notations() if n != "residual"])
def test_every_chain_of_every_notation_agrees(name: str) -> None:
    model, claims = model_and_claims(name)
    assert set(claims) == set(model.shows)
    for chain in claims:
        found = checked(name, chain)
        assert found.agrees and found.cases > 50, found.text
        assert len({c.laws for c in found.counts}) >= 2
        assert "the formula agrees" in found.text


def test_product_and_sum() -> None:
    found = confirm(two_variables(), "product")
    assert found.agrees and found.setting is None
    assert [(c.formula, c.cases) for c in found.counts] == [(F(6), 4), (F(6), 9)]
    assert confirm(one_neuron(), "sum").agrees
    assert confirm(one_neuron(), "sum", "4,1", weight_var="1/4").agrees
    with pytest.raises(Refused, match="backprop derives no formula"):
        confirm(glorot(), "backprop")


def test_models_in_letters_of_their_own() -> None:
    assert confirm(columns(), "backward").agrees
    assert confirm(glorot(), "weight-grad").agrees


def test_the_formula_counted_is_the_one_of_the_table() -> None:
    model, claims = model_and_claims("ubc")
    given = setting(model, "2,1,2", weight_var="1/3,3", input_var=2, top_var="1/2")
    whole = at_numbers(given, claims)
    for chain, claim in claims.items():
        found = counted(chain, claim, given)
        expected = dict(whole.column(chain))
        assert {c.layer for c in found.counts} == expected.keys()
        assert all(c.counted == expected[c.layer] for c in found.counts)


def test_depth_zero_and_width_one() -> None:
    for chain in ("forward", "backward", "weight-grad"):
        assert checked("glorot", chain, "1,1", weight_var=1, input_var=1, top_var=1).agrees
        assert checked("glorot", chain, layers=0).agrees
        assert checked("d2l", chain, "2,2", init="uniform").agrees


def test_one_layer_and_the_edges() -> None:
    for layer in (0, 3):
        (first, *_) = checked("glorot", "forward", layer=layer).counts
        assert first.layer == layer and first.agrees
    with pytest.raises(BadNumbers, match="layer 3: backward exists at 0 … 2"):
        checked("glorot", "backward", layer=3)


# -- wrong formulas


def wrong(chain: str, lo: Any, hi: Any) -> Confirmation:
    """The product of n_{i'+1} Var[W^{i'}] over other limits than the derived i+1 … d."""
    model, claims = model_and_claims("glorot")
    right = claims[chain].right
    down = next(p for p in right.atoms(Product) if p.range.hi == d)
    other = Product(down.body, (ip, lo, hi))
    claim = Statement(claims[chain].left, right.xreplace({down: other}), claims[chain].ranges)
    return confirm(model, chain, claim=claim)


def test_a_product_that_is_one_off_is_caught() -> None:
    assert wrong("backward", i + 1, d).agrees
    misprints = [("backward", i, d), ("backward", i + 1, d - 1), ("weight-grad", i, d - 1)]
    for chain, lo, hi in misprints:
        found = wrong(chain, lo, hi)
        assert not found.agrees
        assert "the formula says" in found.text and "cases it is" in found.text


def test_the_printed_formulas_of_the_paper() -> None:
    model = notation("glorot").model
    chains = "forward", "backward", "weight-grad"
    agrees = {p.tag: confirm(model, p.chain, claim=p.statement).agrees for p in model.printed
              if p.chain in chains and p.tag in "567"}  # fmt: skip
    assert agrees == {"5": True, "6": False, "7": False}


# -- what the laws are


def laws(model: Model) -> list[Instance]:
    given = setting(model, "2,2", weight_var=1)
    return [t.instance for t in trials(given)]


def test_laws_are_lopsided_and_inputs_depend_on_each_other() -> None:
    model = glorot()
    x = model.families["x"]
    together, apart, _ = laws(model)
    assert count(Cov(x[1], x[2]), together).value == 1
    assert count(Cov(x[1], x[2]), apart).value == 0
    for instance in (together, apart):
        assert count(Var(x[1]), instance).value == 1
        assert count(E(x[1] ** 3), instance).value != 0
        assert count(E(x[1] ** 4), instance).value != 1


def test_laws_keep_to_what_was_assumed() -> None:
    model = glorot()
    x = model.families["x"]
    model.assume("symmetric", Symmetric("x"), text="x symmetric")
    zero = Statement(Cov(x[l], x[k]), F(0), ranges((l, 1, 2), (k, 1, 2, (l,))))
    model.assume("uncorrelated", zero, text="Cov[x_l, x_k] = 0")
    for instance in laws(model):
        assert count(E(x[1] ** 3), instance).value == 0
        assert count(Cov(x[1], x[2]), instance).value == 0
        assert count(Var(x[2]), instance).value == 1


def test_what_was_not_assumed_is_not_given() -> None:
    model = glorot()
    x, b = model.families["x"], model.families["b"]
    gone = ["zero-mean-inputs", "identical-variances", "zero-bias"]
    free = model.without(gone)
    (first, *_) = laws(free)
    assert count(E(x[1]), first).value != 0
    assert count(Var(x[1]), first).value != count(Var(x[2]), first).value
    assert first.given[b.name] != 0
    free.assume("same law", SameLaw("x", (0,)), text="same law x_l over l")
    (first, *_) = laws(free)
    assert count(Var(x[1]), first).value == count(Var(x[2]), first).value


def test_formulas_that_need_less_are_counted_under_less() -> None:
    model = notation("glorot").model
    for gone in ("zero-mean-inputs", "zero-bias"):
        less = model.without([gone])
        assert confirm(less, "backward", claim=derived(less, "backward")).agrees


# -- refusals


def test_too_large_is_refused_with_the_size() -> None:
    with pytest.raises(Refused) as error:
        checked("glorot", "forward", "300,300,10", init="he")
    assert "93000 weights" in str(error.value) and "2^93000 cases" in str(error.value)
    with pytest.raises(Refused, match="counting takes 2097152 cases at layer 2"):
        checked("glorot", "forward", "4,4,4", init="he", at_most=2**10)


def test_what_is_left_out_is_said() -> None:
    found = checked("glorot", "backward")
    assert any(line.startswith("three-point laws") for line in found.left_out)


def test_activations_that_are_not_linear() -> None:
    model = notation("glorot").model
    claim = derived(model, "forward")
    with pytest.raises(Refused, match="the activation f is not assumed to be linear"):
        confirm(model.without(["linear-regime"]), "forward", claim=claim)
    square = model.without(["linear-regime"])
    u = Entry("u")
    square.assume("square", Statement(Apply("f", 0, u), u**2, over=("u",)), text="f(s) = s^2")
    with pytest.raises(Refused, match="is not linear"):
        confirm(square, "forward", claim=claim)


def test_a_slope_is_not_the_identity() -> None:
    model = notation("glorot").model
    claim = derived(model, "forward")
    steep = model.without(["linear-regime"])
    u = Entry("u")
    steep.assume("steep", Statement(Apply("f", 0, u), 2 * u + 1, over=("u",)), text="f(s) = 2s+1")
    found = confirm(steep, "forward", claim=claim, layer=1)
    assert {c.counted / c.formula for c in found.counts} == {F(4)}


def test_small_networks() -> None:
    model = notation("he").model
    assert small(model) == [2, 1, 3, 2]
    assert [len(small(model, n)) for n in range(1, 9)] == list(range(2, 10))
    assert small(notation("neuron").model) == [3, 1]
    assert isinstance(laws(glorot())[0].joints[0], Joint)


# -- with laws that are declared


def declaring(law: str, activation: str = "linear") -> Model:
    model = declare(f"use glorot\nassume law: W^i_{{l,k}} ~ {law}\n", name="drawn").model
    return model if activation == "linear" else with_activation(model, activation)


@pytest.mark.parametrize("chain", ["forward", "backward", "weight-grad"])
@pytest.mark.parametrize(
    "law",
    [
        r"U[-\frac{1}{\sqrt{n_i}}, \frac{1}{\sqrt{n_i}}]",
        r"N(0, variance \frac{2}{n_i + n_{i+1}})",
        r"points(2: 1/5, -1/2: 4/5)",
    ],
)
def test_declared_laws_are_counted_with(chain: str, law: str) -> None:
    found = confirm(declaring(law), chain)
    assert found.agrees and found.drawn == ("W",)
    assert "with the laws declared of W: the formula agrees" in found.text
    assert all("W as declared" in c.laws for c in found.counts)


def test_the_variances_shown_are_those_of_the_law() -> None:
    model = declaring(r"U[-\frac{1}{\sqrt{n_i}}, \frac{1}{\sqrt{n_i}}]")
    found = confirm(model, "forward", "2,3,1")
    assert found.setting is not None and found.setting.weights == (F(1, 6), F(1, 9))
    for more in ({"weight_var": 2}, {"init": "he"}):
        with pytest.raises(BadNumbers, match="declared, by the law of W"):
            confirm(model, "forward", "2,3,1", **more)


def test_a_wrong_formula_is_caught_with_a_declared_law() -> None:
    model = declaring(r"N(0, variance \frac{1}{n_i})")
    claim = derived(model, "forward")
    found = confirm(model, "forward", claim=Statement(claim.left, 2 * claim.right, claim.ranges))
    assert not found.agrees and "the formula says 6, counted" in found.text


def test_rectifiers_and_variances_that_are_no_fractions() -> None:
    bell = r"truncated N(0, variance 1) at 2"
    found = confirm(declaring(bell), "forward")
    assert found.agrees and any(not isinstance(c.counted, F) for c in found.counts)
    found = confirm(declaring(bell, "relu"), "forward")
    assert found.agrees and len({c.layer for c in found.counts}) == 3
    with pytest.raises(Refused, match="a sum of what has a density"):
        confirm(declaring(bell, "relu"), "forward", "1,2,2,1")
