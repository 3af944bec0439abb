r"""He's derivation: rectifiers forward and backward, in every notation, and counted.

The oracle runs small networks over all outcomes.  Forward the formulas hold exactly.  Backward
they rest on assumptions that no network with rectifiers fulfils: where a layer is dead, slopes are
0 that the formula takes for 1/2 on average, and the last test counts how much that takes away.
"""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction as F
from functools import cache
from typing import Any

import pytest
from sympy import Integer, Symbol

from derive.chains.backward import backward
from derive.chains.forward import forward
from derive.chains.init import init
from derive.chains.story import Story
from derive.chains.weight_grad import weight_grad
from derive.cli import main
from derive.compare import compare
from derive.counting.confirm import confirm
from derive.counting.functions import identity, relu
from derive.counting.instance import (
    Instance,
    Law,
    two_point,
)
from derive.counting.oracle import evaluate
from derive.errors import Refused, Undeclared
from derive.figures.amounts import BadNumbers
from derive.figures.numbers import numbers
from derive.kernel import Replayed, replay
from derive.model import Model, Statement
from derive.proving.activated import with_activation
from derive.read.declarations import declarations, difference
from derive.read.declare import declare, notation
from derive.terms import E, Entry, Partial, Var
from derive.writing.formula import write

CHAINS = {"forward": forward, "backward": backward, "weight-grad": weight_grad}
LAYERED = ("glorot", "ubc", "he", "shifted")
IDEAL = {"no-zero", "independent-slopes", "independent-gradients"}


@cache
def model(name: str = "glorot", activation: str = "relu") -> Model:
    return with_activation(notation(name).model, activation)


@cache
def told(chain: str, name: str = "glorot", activation: str = "relu") -> tuple[Story, Replayed]:
    story = CHAINS[chain](model(name, activation))
    return story, replay(story.derivation)


def result(chain: str, name: str = "glorot", activation: str = "relu") -> str:
    story, replayed = told(chain, name, activation)
    assert story.stopped is None
    assert isinstance(replayed.claim, Statement)
    return write(replayed.claim, story.model)


RESULTS = {
    "glorot": (
        "Var[s^i_k] = n_0 Var[W^0] E[x²] ∏_{i'=1}^{i} (n_{i'} Var[W^{i'}] / 2)",
        "Var[∂C/∂s^i_k] = Var[∂C/∂s^d] ∏_{i'=i+1}^{d} (n_{i'+1} Var[W^{i'}] / 2)",
    ),
    "ubc": (
        "Var[z_l[i]] = N_0 Var[W_1] E[x²] ∏_{k=2}^{l} (N_{k-1} Var[W_k] / 2)",
        "Var[∂L/∂h_l[j]] = N_{M+1} Var[W_{M+1}] Var[∂L/∂y] ∏_{k=l+1}^{M} (N_k Var[W_k] / 2)",
    ),
    "he": (
        "Var[y_l[i]] = n_1 Var[W_1] E[u²] ∏_{k=2}^{l} (n_k Var[W_k] / 2)",
        "Var[∂C/∂x_l[j]] = Var[∂C/∂x_{L+1}] ∏_{k=l}^{L} (n_{k+1} Var[W_k] / 2)",
    ),
    "shifted": (
        "Var[s^i_k] = n_0 Var[W^1] E[x²] ∏_{i'=2}^{i} (n_{i'-1} Var[W^{i'}] / 2)",
        "Var[∂C/∂s^i_k] = Var[∂C/∂s^d] ∏_{i'=i+1}^{d} (n_{i'} Var[W^{i'}] / 2)",
    ),
}


@pytest.mark.parametrize("name", LAYERED)
def test_half_a_layer_in_every_notation(name: str) -> None:
    assert (result("forward", name), result("backward", name)) == RESULTS[name]
    assert result("weight-grad", name).startswith("Var[∂")


def test_he_as_printed() -> None:
    for chain, tags in (("forward", ["8", "9"]), ("backward", ["12", "13"])):
        story, replayed = told(chain, "he")
        assert [(c.printed.tag, c.verdict) for c in compare(story, replayed)] == [
            (tag, "holds") for tag in tags
        ]


def test_the_first_layer_and_the_second_moment_are_told() -> None:
    story, replayed = told("forward")
    claims = {p.name: p.claim for p in replayed.proved}
    said = [write(claims[n], story.model) for n in story.results]
    assert said[:2] == ["Var[s^0_k] = n_0 Var[W^0] E[x²]", "E[(z^{i+1}_k)²] = Var[s^i_k] / 2"]
    assert "not the one of the others" in dict(story.notes)["Var[s], at i = 0"]


def test_each_assumption_only_where_it_is_needed() -> None:
    assert not told("forward")[1].uses & {*IDEAL, "independent-signals", "zero-mean-inputs"}
    assert told("backward")[1].uses >= IDEAL
    assert "independent-signals" not in told("backward")[1].uses
    assert "independent-signals" in told("weight-grad")[1].uses


@pytest.mark.parametrize("chain", CHAINS)
def test_without_any_assumption_that_was_used_it_stops(chain: str) -> None:
    for gone in told(chain)[1].uses:
        less = model().without([gone])
        assert CHAINS[chain](less).stopped is not None, gone
        with pytest.raises(Refused):
            replay(told(chain)[0].derivation, less)
    for gone in {a.name for a in model().assumptions} - told(chain)[1].uses:
        assert CHAINS[chain](model().without([gone])).stopped is None, gone


@pytest.mark.parametrize(
    ("activation", "factor"),
    [("leaky-relu(0.5)", "5"), ("leaky-relu(a)", "(a²/2 + 1/2)"), ("prelu", "(a²/2 + 1/2)"),
     ("|s|", ""), ("3 s", "9"), ("relu", "/ 2")],
)  # fmt: skip
def test_other_functions_in_pieces_and_lines(activation: str, factor: str) -> None:
    for chain in CHAINS:
        assert factor in result(chain, "glorot", activation)


@pytest.mark.parametrize("activation", ["3 s", "sigmoid", "leaky-relu(1/2)"])
def test_a_line_takes_no_ideal_assumption(activation: str) -> None:
    story, replayed = told("backward", "glorot", activation)
    assert story.stopped is None
    names = {a.name for a in story.model.assumptions}
    assert bool(names & IDEAL) == (activation == "leaky-relu(1/2)")
    assert bool(replayed.uses & IDEAL) == (activation == "leaky-relu(1/2)")


def test_a_line_that_does_not_go_through_0_has_no_product() -> None:
    story = forward(model("glorot", "2 s + 1"))
    assert story.stopped is not None
    assert str(story.stopped.why).endswith("is not a multiple of Var(s[i, 1])")
    assert write(story.stopped.line.now, story.model) == "n_{i+1} Var[W^{i+1}] (4 Var[s^i] + 1)"


def test_smooth_functions_by_their_tangent() -> None:
    linear = notation("glorot").model
    assert model("glorot", "tanh").assumptions == linear.assumptions
    (said, *_) = model("glorot", "sigmoid").assumptions
    assert said.name == "linear-regime" and said.text == "f(u) = \\frac{1}{4} u + \\frac{1}{2}"
    with pytest.raises(Refused, match=r"the number log\(2\) in it"):
        model("glorot", "softplus")


def test_a_model_without_a_function_has_no_place_for_one() -> None:
    with pytest.raises(Undeclared, match="d2l has no function between its layers"):
        model("d2l", "relu")


def test_there_and_back() -> None:
    assert difference(model("he", "relu"), notation("he").model) == ""
    back = with_activation(model(), "linear")
    assert {"relu", *IDEAL} & {a.name for a in back.assumptions} == set()
    assert forward(back).stopped is None


@pytest.mark.parametrize("name", LAYERED)
def test_the_declarations_say_all_of_it(name: str) -> None:
    for activation in ("relu", "leaky-relu(a)", "2 s + 1"):
        made = model(name, activation)
        again = declare("\n".join(declarations(made)), name=made.name).model
        assert difference(made, again) == ""


@pytest.mark.parametrize("name", LAYERED)
def test_which_variance_the_weights_should_have(name: str) -> None:
    story = init(model(name))
    assert story.stopped is None
    proved = {p.name: p.claim for p in replay(story.derivation).proved}
    claim = proved["the forward condition"]
    assert isinstance(claim, Statement) and claim.right == 1
    assert write(claim.left, story.model).endswith("/ 2")


# -- layers that add to what they get


def residual(activation: str = "relu") -> tuple[Story, dict[str, Any]]:
    story = forward(with_activation(notation("residual").model, activation))
    assert story.stopped is None
    return story, {p.name: p.claim for p in replay(story.derivation).proved}


@pytest.mark.parametrize(
    ("activation", "factor"),
    [("relu", "n m Var[V^{t'}] Var[W^{t'}] / 2 + 1"), ("linear", "n m Var[V^{t'}] Var[W^{t'}] + 1"),
     ("leaky-relu(a)", "(n m a² Var[V^{t'}] Var[W^{t'}])/2")],
)  # fmt: skip
def test_a_residual_network_grows_by_what_its_branch_adds(activation: str, factor: str) -> None:
    story, claims = residual(activation)
    square, variance = (write(claims[n], story.model) for n in ("E[h²]", "Var[h]"))
    assert square.startswith("E[(h^t_j)²] = E[x²] ∏_{t'=1}^{t} (")
    assert variance == square.replace("E[(h^t_j)²]", "Var[h^t_j]") + " - E[x]²"
    if activation != "leaky-relu(a)":
        assert factor in square


@pytest.mark.parametrize("activation", ["relu", "linear"])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 1), (1, 2)])
def test_a_residual_network_is_counted(n: int, m: int, activation: str) -> None:
    _, claims = residual(activation)
    bent = relu if activation == "relu" else identity
    where = Instance(
        notation("residual").model,
        {Symbol("d"): 2, Symbol("n"): n, Symbol("m"): m},
        {"x": ((F(3), F(1, 2)), (F(-1), F(1, 2))), "V": SIGNS, "W": two_point(2)},
        functions={"f": bent},
    )  # fmt: skip
    for name in ("E[h²]", "Var[h]"):
        for t in range(3):
            at = {Symbol("t"): t, Symbol("j"): n}
            assert evaluate(claims[name].left, where, at) == evaluate(claims[name].right, where, at)


def test_a_residual_network_has_no_one_family_of_weights_to_put_numbers_in() -> None:
    with pytest.raises(BadNumbers, match="which family is the weights is not said"):
        confirm(notation("residual").model, "forward")


def test_without_weights_of_mean_0_a_residual_network_stops() -> None:
    for gone in ("zero-mean-weights", "symmetric-weights", "independent-weights", "relu"):
        assert forward(notation("residual").model.without([gone])).stopped is not None, gone


# -- numbers


def test_he_s_weights_keep_the_variance() -> None:
    found = numbers(model(), "20,30,30,10", init="he")
    assert set(dict(found.column("forward")).values()) == {F(2)}
    assert dict(found.column("backward"))[0] == F(10, 30)


def test_numbers_need_inputs_of_mean_0() -> None:
    less = model().without(["zero-mean-inputs"])
    assert "was not assumed to have mean 0" in numbers(less, "2,3,2", init="he").missing["forward"]


def test_the_page_at_a_depth(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forward", "--activation", "relu", "--layers", "2"]) == 0
    out = capsys.readouterr().out
    assert "Var[s^2] = n_0 Var[W^0] E[x²] ∏_{i'=1}^{2} (n_{i'} Var[W^{i'}] / 2)" in out
    assert "changing the signs of W^i_{1,k} … W^i_{n_i,k}" in out


def test_the_page_says_what_is_an_idealisation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backward", "--activation", "relu"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "independent-slopes is an idealisation: in a real network f'(s^i_k) and" in out
    assert "no-zero is an idealisation: s^i_k is 0 when all units below are" in out


@pytest.mark.parametrize("form", ["json", "latex", "markdown", "text"])
def test_every_format(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weight-grad", "--notation", "he", "--format", form]) == 0
    out = capsys.readouterr().out
    if form == "json":
        assert json.loads(out)["replayed"] is True


def test_a_saved_derivation_is_replayed_and_one_that_was_changed_is_not(tmp_path: Any) -> None:
    path = tmp_path / "relu.json"
    assert main(["forward", "--activation", "relu", "--format", "json", "-o", str(path)]) == 0
    assert main(["replay", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    for old, new in (
        ("f(s) = \\\\begin{cases} 0 &", "f(s) = \\\\begin{cases} -s &"),
        ('"assume symmetric-weights: symmetric W",\n', ""),
    ):
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        assert main(["replay", str(path)]) != 0


def test_bad_calls(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forward", "--activation", "rleu"]) == 2
    assert "nearest: relu" in capsys.readouterr().err
    assert main(["forward", "--activation", "s t"]) == 2
    assert main(["forward", "--notation", "d2l", "--activation", "relu"]) == 2
    assert main(["forward", "--activation", "softplus"]) == 2
    assert "the number log(2) in it" in capsys.readouterr().err


# -- counted


@pytest.mark.parametrize("activation", ["relu", "leaky-relu(a)", "|s|", "2 s"])
@pytest.mark.parametrize("name", LAYERED)
def test_forward_is_what_is_counted(name: str, activation: str) -> None:
    found = confirm(model(name, activation), "forward")
    assert found.agrees and found.cases > 50, found.text


def test_a_line_is_counted_backward_too() -> None:
    assert confirm(model("glorot", "2 s"), "backward").agrees
    assert confirm(model("glorot", "2 s"), "weight-grad").agrees


def test_without_the_half_it_is_counted_wrong() -> None:
    claim = told("forward")[1].claim
    assert isinstance(claim, Statement)
    linear = told("forward", "glorot", "|s|")[1].claim
    assert isinstance(linear, Statement)
    assert not confirm(model(), "forward", claim=replace(claim, right=linear.right)).agrees


def test_what_no_network_fulfils_is_not_counted() -> None:
    with pytest.raises(Refused, match="against independent-slopes, independent-gradients"):
        confirm(model(), "backward")


DEEP = {Symbol("d"): 2}
SIGNS: Law = ((F(1), F(1, 2)), (F(-1), F(1, 2)))


def narrow(width: int, slope: F = F(0)) -> Instance:
    """d = 2, widths 1, width, 1, 1; weights ±1, at the bottom ±3^k, so that no sum is 0 by chance.

    ``slope`` is that of the rectifier below 0, where a dead layer has 0.
    """

    def bent(order: int, at: Any) -> Any:
        return relu(order, at) + slope * (0 if at > 0 else (at, 1)[order])

    def weights(layer: int, _: int, k: int) -> Law:
        return tuple((v * (3**k if layer == 0 else 1), p) for v, p in SIGNS)

    return Instance(
        model(), {**DEEP, "n": lambda i: (1, width, 1, 1)[i]},
        {"x": ((F(1), F(1)),), "W": weights, "∂C/∂s": SIGNS}, functions={"f": bent},
    )  # fmt: skip


def gradient(layer: int) -> Var:
    return Var(Partial(Entry("C"), Entry("s", Integer(layer), Integer(1))))


@pytest.mark.parametrize(("width", "left"), [(1, F(1, 2)), (2, F(3, 4)), (3, F(7, 8))])
def test_dead_narrow_layers_break_the_backward_formula(width: int, left: F) -> None:
    """Var[∂C/∂s^1] = ½ n_3 Var[W^2] Var[∂C/∂s^2] holds but for the cases of a dead first layer.

    That is when all units of the first hidden layer are 0: with probability 2^(-width), and then
    s^1 = 0.  One layer below, a unit that is not dead itself keeps the layer alive.
    """
    where, formula = narrow(width), F(1, 2)
    assert evaluate(gradient(2), where) == 1
    assert evaluate(gradient(1), where) == left * formula
    assert left == 1 - F(1, 2**width)
    assert evaluate(gradient(0), where) == formula**2
    slopes = E(model().functions["f"].prime(Entry("s", Integer(1), Integer(1))) ** 2)
    assert evaluate(slopes, where) == left * formula


@pytest.mark.parametrize("width", [1, 2, 3])
def test_a_leaky_layer_is_never_dead(width: int) -> None:
    half = F(1, 2) * (1 + F(1, 49))
    assert evaluate(gradient(1), narrow(width, F(1, 7))) == half
    assert evaluate(gradient(0), narrow(width, F(1, 7))) == half**2
