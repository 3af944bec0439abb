"""Initialisers of libraries: what is declared, what follows, and what the libraries really draw."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction as F

import pytest
from sympy import Expr, Rational, cancel, erf, exp, pi, sqrt, symbols

from derive.cli import main
from derive.errors import Refused, Undeclared
from derive.initialisers.catalogue import Initialiser, catalogue, initialiser
from derive.initialisers.explained import Explained, explained
from derive.initialisers.sampling import Estimate, measure
from derive.kernel import replay
from derive.model import Statement
from derive.proving.activated import with_activation
from derive.read.declare import declare, notation
from derive.substitution import put
from derive.terms import Entry, Var

n, m, c, o, r, h, e = symbols("n m c o r h e")
CUT = 1 - 2 * sqrt(2) * exp(-2) / (sqrt(pi) * erf(sqrt(2)))
T = Rational("0.87962566103423978")
LAYERS = notation("glorot").model
EVERY = [i.name for i in catalogue()]
VARIANCES: dict[str, Expr] = {
    "torch.nn.Linear": 1 / (3 * n),
    "torch.nn.Conv2d": 1 / (3 * c * r),
    "torch.nn.ConvTranspose2d": 1 / (3 * o * r),
    "torch.nn.Bilinear": 1 / (3 * n),
    "torch.nn.Embedding": Rational(1),
    "torch.nn.LSTM": 1 / (3 * h),
    "torch.nn.MultiheadAttention": 1 / (2 * e),
    "torch.nn.init.xavier_uniform_": 2 / (n + m),
    "torch.nn.init.kaiming_normal_": 2 / n,
    "torch.nn.init.orthogonal_": 1 / n,
    "torch.nn.init.trunc_normal_": CUT,
    "torch.nn.init.uniform_": Rational(1, 12),
    "keras.layers.Dense": 2 / (n + m),
    "keras.layers.Conv2D": 2 / (c * r + o * r),
    "keras.layers.Embedding": Rational(1, 1200),
    "keras.initializers.HeNormal": 2 / n * CUT / T**2,
    "keras.initializers.GlorotNormal": 2 / (n + m) * CUT / T**2,
    "keras.initializers.RandomNormal": Rational(1, 400),
    "keras.initializers.TruncatedNormal": CUT / 400,
    "jax.nn.initializers.lecun_normal": CUT / T**2 / n,
    "jax.nn.initializers.he_uniform": 2 / n,
    "jax.nn.initializers.uniform": Rational(1, 120000),
    "flax.linen.Embed": 1 / m,
}


def told(name: str) -> Explained:
    return explained(initialiser(name), LAYERS)


def remark(name: str, label: str) -> str:
    return dict(told(name).story.remarks)[label]


def variance(found: Explained) -> Expr:
    """What was shown of Var[W], the constant of the library put in."""
    story = found.story
    proved = {p.name: p.claim for p in replay(story.derivation).proved}
    claims = [proved[name] for name in story.results]
    (right,) = [s.right for s in claims if isinstance(s, Statement) and isinstance(s.left, Var)]
    return put(right, Entry("t"), T)


@pytest.mark.parametrize("name", VARIANCES)
def test_variances_worked_out_by_hand(name: str) -> None:
    assert cancel(variance(told(name)) - VARIANCES[name]) == 0


@pytest.mark.parametrize("name", EVERY)
def test_each_is_derived_from_all_that_it_declares(name: str) -> None:
    found = told(name)
    used = {u for p in replay(found.story.derivation).proved for u in p.uses}
    declared = {a.name for a in found.story.model.assumptions}
    assert declared - used <= {"constant"}
    assert found.found.library.version and found.found.where and found.found.code


@pytest.mark.parametrize("name", ["torch.nn.Linear", "keras.initializers.HeNormal"])
def test_without_one_of_its_declarations_nothing_follows(name: str) -> None:
    found = told(name)
    for a in found.story.model.assumptions:
        if a.name != "constant":
            with pytest.raises(Refused):
                replay(found.story.derivation, found.story.model.without([a.name]))


def test_another_number_gives_another_variance() -> None:
    """Nothing is looked up: a = √3 in place of √5 makes it 1/(2n)."""
    linear = initialiser("torch.nn.Linear")
    other = replace(linear, declare=linear.declare.replace(r"\sqrt{5}", r"\sqrt{3}"))
    assert cancel(variance(explained(other, LAYERS)) - 1 / (2 * n)) == 0
    by_out = replace(linear, declare=linear.declare.replace(r"{\sqrt{n}}", r"{\sqrt{m}}"))
    assert cancel(variance(explained(by_out, LAYERS)) - 1 / (3 * m)) == 0


# -- what is said of it


def test_a_equal_root_5_is_one_over_root_n() -> None:
    """PyTorch's comment, derived: the bound is 1/√n."""
    story = told("torch.nn.Linear").story
    proved = {p.name: p.claim for p in replay(story.derivation).proved}
    claim = proved["the number b"]
    assert isinstance(claim, Statement)
    assert claim.left == Entry("b") and claim.right == 1 / sqrt(n)


def test_what_layers_make_of_it() -> None:
    assert remark("torch.nn.Linear", "Layers").startswith(
        "forward n Var[W] is 1/3: the variance of the activations shrinks by 3 a layer"
    )
    assert "stays the same at every layer" in remark("keras.layers.Dense", "Layers")
    assert "where there are as many units above as below" in remark("keras.layers.Dense", "Layers")
    assert "c r Var[W] is 1/3" in remark("torch.nn.Conv2d", "Layers")
    assert "zero-mean-weights does not hold" in remark("jax.nn.initializers.uniform", "Layers")
    assert "Layers" not in dict(told("torch.nn.Embedding").story.remarks)
    assert "forward n Var[W] is 1: " in remark("torch.nn.init.orthogonal_", "Layers")


@pytest.mark.parametrize(
    ("activation", "said"),
    [("relu", "with relu forward n Var[W] / 2 is 1/6: the variance of the activations shrinks"),
     ("leaky-relu(1/2)", "with leaky-relu(1/2) forward 5 n Var[W] / 8 is 5/24"),
     ("tanh", "with the tangent of tanh at 0 forward n Var[W] is 1/3"),
     ("sigmoid", "the variance of the activations does not change by one factor a layer")],
)  # fmt: skip
def test_behind_a_function(activation: str, said: str) -> None:
    layers = with_activation(LAYERS, activation)
    found = explained(initialiser("torch.nn.Linear"), layers, between=activation)
    assert said in dict(found.story.remarks)["Layers"]


def test_a_slope_without_a_number_is_asked_for() -> None:
    with pytest.raises(Undeclared, match="give the slope one"):
        explained(initialiser("nn.Linear"), with_activation(LAYERS, "prelu"), between="prelu")


def test_the_constant_of_a_truncated_normal() -> None:
    """0.8796… is the deviation that is left of 1; the libraries are right to 16 digits of it."""
    said = remark("keras.initializers.HeNormal", "Digits")
    assert "= 0.7737413035499232 = 0.8796256610342398²" in said
    assert said.endswith("Var[W] / (2/n) = 1 - 7e-17")
    assert remark("torch.nn.init.trunc_normal_", "Digits") == "Var[W] = 0.7737413035499232"


# -- names


@pytest.mark.parametrize(
    ("said", "meant"),
    [("nn.Linear", "torch.nn.Linear"), ("LSTM", "torch.nn.RNN"),
     ("HENORMAL", "keras.initializers.HeNormal"),
     ("tf.keras.initializers.HeNormal", "keras.initializers.HeNormal"),
     ("nn.initializers.lecun_normal", "jax.nn.initializers.lecun_normal")],
)  # fmt: skip
def test_ends_of_names_and_other_names(said: str, meant: str) -> None:
    assert initialiser(said).name == meant


@pytest.mark.parametrize(
    ("said", "which"),
    [("linear", "torch.nn.Linear, flax"), ("he_normal", "keras.initializers.HeNormal, jax"),
     ("Dense", "keras.layers.Dense, flax.linen.Dense")],
)  # fmt: skip
def test_a_name_of_several_is_asked_about(said: str, which: str) -> None:
    with pytest.raises(Undeclared, match=re.escape(f"several initialisers: {which}")):
        initialiser(said)


def test_a_misspelt_name_gets_the_nearest() -> None:
    with pytest.raises(Undeclared, match=r"torch\.nn\.Linaer is known; nearest: torch\.nn\.Linear"):
        initialiser("torch.nn.Linaer")
    with pytest.raises(Undeclared, match="derive explain` lists them"):
        initialiser("qqq")


def test_names_are_of_one_initialiser_each() -> None:
    names = [name for i in catalogue() for name in i.names]
    assert len(set(names)) == len(names) and len(EVERY) >= 40


# -- the command


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in EVERY)
    assert max(map(len, out.splitlines())) <= 80


def test_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "torch.nn.Linear"]) == 0
    out = capsys.readouterr().out
    assert "Result    Var[W] = 1 / (3 n)" in out
    assert "PyTorch 2.13.0, torch/nn/modules/linear.py" in out
    assert max(map(len, out.splitlines())) <= 80
    assert main(["explain", "torch.nn.Linear", "--format", "latex"]) == 0
    assert r"\documentclass" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["torch.nn.Linear", "HeNormal", "torch.nn.init.orthogonal_"])
def test_json_is_replayed(name: str, capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    file = f"{tmp_path}/explained.json"
    assert main(["explain", name, "--format", "json", "-o", file]) == 0
    with open(file, encoding="utf-8") as opened:
        said = json.load(opened)["initialiser"]
    assert said["name"] == initialiser(name).name and said["version"]
    assert main(["replay", file]) == 0
    assert "Var[W]" in capsys.readouterr().out


def test_unknown_names_are_a_bad_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "torch.nn.Linaer"]) == 2
    assert "nearest: torch.nn.Linear" in capsys.readouterr().err


# -- what is really drawn


def test_an_estimate_says_when_it_disagrees() -> None:
    assert Estimate(1.01, 0.01, 1.0).agrees
    assert not Estimate(1.1, 0.01, 1.0).agrees
    assert Estimate(1 + 1e-8, 1e-12, 1.0).agrees, "float32 rounds"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("each", catalogue(), ids=EVERY)
def test_the_library_draws_what_was_derived(each: Initialiser) -> None:
    """Where a library is installed: torch in CI; the others where somebody has them."""
    pytest.importorskip(each.library.package)
    if each.name.startswith("flax"):
        pytest.importorskip("flax")
    found = explained(each, LAYERS, confirm=True)
    assert found.measured is not None
    assert found.measured.agrees, found.measured


@pytest.mark.filterwarnings("ignore")
def test_a_wrong_declaration_is_found_out() -> None:
    pytest.importorskip("torch")
    linear = initialiser("torch.nn.Linear")
    other = replace(linear, declare=linear.declare.replace(r"{\sqrt{n}}", r"{\sqrt{m}}"))
    found = explained(other, LAYERS, confirm=True)
    assert found.measured is not None and not found.measured.agrees
    assert "differs by more than 4 standard errors" in dict(found.story.remarks)["Measured"]


def test_a_library_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    each = initialiser("torch.nn.Linear")
    missing = replace(each, library=replace(each.library, package="no_such_package"))
    with pytest.raises(Undeclared, match="PyTorch is not installed: pip install"):
        measure(missing, 0.0, float(F(1, 900)))


def test_the_files_declare_and_hold_no_results() -> None:
    """Every model can be read, and has no law of a variance in it."""
    for each in catalogue():
        model = declare(each.declare, name=each.name).model
        for a in model.assumptions:
            assert not any(isinstance(f, Statement) and f.left.has(Var) for f in a.facts)
