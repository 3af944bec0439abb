"""Properties, gains, what libraries use, the mean-field recursion, and the commands."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from sympy import Expr, Integer, Rational, erf, exp, pi, sqrt

from derive.activations import activation, shipped
from derive.activations.algebra import shown_zero
from derive.activations.fields import term
from derive.activations.gain import BACKWARD, FIXED, SECOND, SLOPE, SPREAD, Gains, same
from derive.activations.maps import Maps, exactly
from derive.activations.meanfield import CHAOTIC, CRITICAL, ORDERED, MeanField
from derive.activations.properties import NO, YES, Properties
from derive.activations.wide import wide
from derive.cli import main
from derive.errors import Refused
from derive.writing.functions import write
from derive.writing.spelling import SOURCE

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "docs/activation.schema.json").read_text(encoding="utf-8"))
ONE = Integer(1)

# -- properties


def properties(text: str) -> Properties:
    return Properties(activation(text))


ODD = {"linear", "hardtanh", "tanh", "softsign", "erf", "sine"}
CORNERS: dict[str, list[Any]] = {
    "relu": [0], "leaky-relu": [0], "prelu": [0], "selu": [0], "relu6": [0, 6], "step": [0],
    "hardtanh": [-1, 1], "hard-sigmoid": [-3, 3], "hard-swish": [-3, 3],
}  # fmt: skip
HOMOGENEOUS = {"linear", "relu", "leaky-relu", "prelu"}
FALLING = {"sine", "silu", "gelu", "gelu-tanh", "hard-swish"}
BOUNDED = {"relu6": (0, 6), "hardtanh": (-1, 1), "sigmoid": (0, 1), "tanh": (-1, 1),
           "softsign": (-1, 1), "erf": (-1, 1), "sine": (-1, 1), "hard-sigmoid": (0, 1),
           "step": (0, 1)}  # fmt: skip
AT_ZERO: dict[str, tuple[Any, Any]] = {
    "linear": (0, 1), "tanh": (0, 1), "sigmoid": (Rational(1, 2), Rational(1, 4)),
    "softsign": (0, 1), "erf": (0, 2 / sqrt(pi)), "sine": (0, 1), "elu": (0, 1),
    "gelu": (0, Rational(1, 2)), "gelu-tanh": (0, Rational(1, 2)), "silu": (0, Rational(1, 2)),
    "hard-sigmoid": (Rational(1, 2), Rational(1, 6)), "hard-swish": (0, Rational(1, 2)),
    "hardtanh": (0, 1), "relu6": (0, None), "relu": (0, None), "selu": (0, None),
    "step": (None, None),
}  # fmt: skip


@pytest.mark.parametrize("name", shipped())
def test_properties_of_the_shipped(name: str) -> None:
    p = properties(name)
    assert (p.odd.verdict == YES) == (name in ODD)
    assert (p.odd.verdict == NO) == (name not in ODD)
    assert [b.at for b in p.breaks] == CORNERS.get(name, [])
    assert (p.degree == 1) == (name in HOMOGENEOUS)
    assert p.rising.verdict == (NO if name in FALLING else YES)
    found = None if p.bounds is None else tuple(round(float(x), 9) for x in p.bounds)
    assert found == BOUNDED.get(name)
    if name in AT_ZERO:
        assert (p.value, p.slope) == AT_ZERO[name]


def test_what_refutes_is_a_number() -> None:
    p = properties("sigmoid")
    assert p.odd.at == (1,) and p.odd.value is not None
    assert float(p.odd.value) == pytest.approx(1)
    assert p.odd_about_its_value
    assert properties("|s|").even.verdict == YES


@pytest.mark.parametrize(
    ("text", "taylor"),
    [
        ("tanh", (0, 1, 0, Rational(-1, 3))),
        ("4 sigmoid(s) - 2", (0, 1, 0, Rational(-1, 12))),
        ("sigmoid", (Rational(1, 2), Rational(1, 4), 0, Rational(-1, 48))),
        ("e^s", (1, 1, Rational(1, 2), Rational(1, 6))),
        ("relu", None),
        ("softsign", None),
        ("elu", None),
    ],
)
def test_expansion(text: str, taylor: Any) -> None:
    assert properties(text).taylor == taylor


def test_affine() -> None:
    assert properties("f(x; a = 2, b = 3) = a x + b").affine == (2, 3)
    assert properties("linear").affine == (1, 0)
    assert properties("relu").affine is None and properties("x^2").affine is None


@pytest.mark.parametrize(("text", "degree"), [("max(0,s)^2", 2), ("s^3", 3), ("step", 0),
                                              ("hardtanh", None), ("s + s^2", None)])  # fmt: skip
def test_homogeneity(text: str, degree: Any) -> None:
    assert properties(text).degree == degree


def test_a_mutated_formula_loses_its_property() -> None:
    assert properties(r"\tanh(s) + e^{-40} s^2").odd.verdict == NO
    assert properties(r"\max(0, s) + \min(0, s)/10 + \max(0, s - 1)").degree is None
    assert properties("4 sigmoid(s) - 2.001").odd.verdict == NO
    assert not properties("4 sigmoid(1.01 s) - 2 + s^2/10").odd_about_its_value
    assert properties("e^s").odd.verdict == NO


# -- gains


def gains(text: str) -> dict[str, Any]:
    return {g.meaning: g for g in Gains(activation(text)).all}


KNOWN: dict[tuple[str, str], Expr] = {
    ("relu", SECOND): sqrt(2),
    ("relu", BACKWARD): sqrt(2),
    ("relu", SPREAD): sqrt(2 * pi / (pi - 1)),
    ("leaky-relu(0.1)", SECOND): sqrt(2 / (1 + Rational(1, 100))),
    ("leaky-relu", BACKWARD): sqrt(2 / (1 + Rational(1, 10000))),
    ("selu", SECOND): ONE,
    ("selu", SPREAD): ONE,
    ("linear", SLOPE): ONE,
    ("sigmoid", SLOPE): Integer(4),
    ("erf", BACKWARD): sqrt(pi * sqrt(5) / 4),
    ("sine", SECOND): sqrt(2 / (1 - exp(-2))),
    ("hardtanh", BACKWARD): 1 / sqrt(erf(1 / sqrt(2))),
    ("x^2", SECOND): 1 / sqrt(3),
    ("x^2", BACKWARD): Rational(1, 2),
}


@pytest.mark.parametrize(("text", "meaning"), KNOWN)
def test_exact_gains(text: str, meaning: str) -> None:
    value = gains(text)[meaning].value
    assert value.exact is not None
    assert same(value, exactly(KNOWN[text, meaning]))


def test_digits_that_were_published() -> None:
    tanh = gains("tanh")
    assert tanh[SECOND].value.shown(5) == "1.5925"
    assert tanh[BACKWARD].value.exact is None
    assert gains("gelu")[SECOND].value.shown(5) == "1.5335"
    assert gains("silu")[SECOND].value.shown(5) == "1.6765"


@pytest.mark.parametrize(
    ("text", "meaning", "why"),
    [
        ("relu", SLOPE, "f has a corner at 0"),
        ("step", SLOPE, "f jumps at 0, from 0 to 1"),
        ("step", BACKWARD, "f jumps at s = 0"),
        ("x^2", SLOPE, "f'(0) = 0"),
        ("e^{x^2}", SECOND, "the mean is not shown to be finite"),
        ("f(x) = 3", SPREAD, "it is 0: no weights can make up for it"),
        ("f(x) = 3", BACKWARD, "it is 0: no weights can make up for it"),
    ],
)
def test_no_gain(text: str, meaning: str, why: str) -> None:
    g = gains(text)[meaning]
    assert g.value is None and why in g.why


HELD = {
    "relu": (sqrt(2), (SECOND, FIXED, BACKWARD)),
    "leaky-relu": (sqrt(Rational(20000, 10001)), (SECOND, FIXED, BACKWARD)),
    "tanh": (Rational(5, 3), ()),
    "selu": (Rational(3, 4), ()),
    "sigmoid": (ONE, ()),
    "linear": (ONE, (SLOPE, SECOND, SPREAD, FIXED, BACKWARD)),
}


@pytest.mark.parametrize("name", HELD)
def test_what_pytorch_uses(name: str) -> None:
    held = Gains(activation(name)).held[0]
    assert held.said.library.startswith("PyTorch")
    assert (held.said.gain, held.satisfies) == HELD[name]
    assert bool(held.nearest) == (not held.satisfies)


def test_the_slope_of_a_leaky_rectifier_is_followed() -> None:
    held = Gains(activation("leaky-relu(1/3)")).held[0]
    assert held.said.gain == sqrt(Rational(9, 5)) and BACKWARD in held.satisfies


def test_tanh_in_pytorch_is_nearest_to_the_second_moment_and_not_it() -> None:
    held = Gains(activation("tanh")).held[0]
    assert held.nearest == SECOND and held.off == pytest.approx(0.04655, abs=1e-4)


def test_equal_digits_are_not_equality() -> None:
    a = exactly(Rational(3, 2))
    b = Maps(activation("tanh")).at("f^2", ONE)
    assert not same(a, b) and not same(b, b)


# -- mean field


def field(text: str, weight: Any, bias: Any = 0) -> MeanField:
    return MeanField(Maps(activation(text)), Rational(weight), Rational(bias))


def test_relu_is_critical_at_two_and_nought() -> None:
    assert field("relu", 2).every and field("relu", 2).fixed[0].phase == CRITICAL
    ((weight, q),) = field("relu", 1).critical
    assert (weight.exact, q.exact) == (2, 0)
    assert not field("relu", 2, Rational(1, 2)).critical
    for weight in (Rational(1, 2), Rational(3, 2)):
        assert field("relu", weight).chi(Integer(7)).exact == weight / 2
    (point,) = field("relu", 1, 3).fixed
    assert point.q.exact == 6 and point.attracting and point.phase == ORDERED


@pytest.mark.parametrize("text", ["tanh", "erf", "sine", "softsign"])
def test_odd_functions_are_critical_at_one_over_the_slope(text: str) -> None:
    slope = Properties(activation(text)).slope
    assert slope is not None
    weight, q = field(text, 1).critical[0]
    assert weight.exact == 1 / slope**2 and q.exact == 0
    maps = Maps(activation(text))
    below, above = (MeanField(maps, weight.exact * r, Integer(0)).fixed
                    for r in (Rational(1, 2), 2))  # fmt: skip
    assert len(below) == 1 and below[0].attracting
    assert above[0].attracting is False and above[1].attracting


def test_the_critical_point_that_schoenholz_et_al_use() -> None:
    ((weight, q),) = field("tanh", 1, Rational(1, 20)).critical
    assert weight.shown(3) == "1.76"
    again = MeanField(Maps(activation("tanh")), Rational(weight.shown(18)), Rational(1, 20))
    assert again.fixed[0].chi is not None
    assert float(again.fixed[0].chi.value) == pytest.approx(1, abs=1e-12)
    assert float(again.fixed[0].q.value) == pytest.approx(float(q.value), abs=1e-12)


def test_selu() -> None:
    zero, one = field("selu", 1).fixed
    assert zero.attracting is False and one.attracting
    assert one.q.exact == 1 and one.phase == CHAOTIC
    assert one.chi is not None and one.chi.shown(5) == "1.0716"


@pytest.mark.parametrize(("text", "weight", "bias"), [
    ("tanh", Rational(25, 9), 0), ("sigmoid", 4, Rational(1, 10)),
    ("gelu", Rational(3, 2), Rational(1, 5)), ("elu", Rational(3, 2), 0), ("softplus", 1, 0),
])  # fmt: skip
def test_fixed_points_are_fixed_and_slopes_are_slopes(text: str, weight: Any, bias: Any) -> None:
    f = field(text, weight, bias)
    points = [p for p in f.fixed if p.q.value > 0]
    assert points
    for p in points:
        with mp.workdps(30):
            q = Rational(str(mp.nstr(p.q.value, 26)))
            there = f.step(q)
            assert abs(there.value - p.q.value) <= p.q.error * 3 + there.error
            h = Rational(1, 10**6)
            up, down = (f.step(q * (1 + sign * h)).value for sign in (1, -1))
            slope = (up - down) / (2 * mpf(float(q)) * mpf(10) ** -6)
            assert abs(slope - p.slope.value) < 1e-9


def test_iterating_the_map_goes_where_it_says() -> None:
    f = field("tanh", Rational(25, 9))
    q = 0.01
    for _ in range(200):
        q = 25 / 9 * f.maps.quick("f^2", q)
    assert q == pytest.approx(float(f.fixed[-1].q.value), abs=1e-9)


def test_where_no_mean_exists() -> None:
    assert field("step", 1).fixed[0].chi is None
    with pytest.raises(Refused, match="jumps"):
        _ = field("step", 1).critical
    with pytest.raises(Refused, match="not shown to be finite"):
        field("e^{s^2}", 1).step(ONE)


# -- printing and reading back


@pytest.mark.parametrize(
    "name", [*shipped(), r"\begin{cases} s & s > 0 \\ -1 & s \le 0 \end{cases}"]
)
def test_formulas_are_read_back(name: str) -> None:
    f = activation(name)
    again = activation(f"f(s) = {write(f.formula, SOURCE)}")
    for a, b in zip(f.branches, again.branches, strict=True):
        assert (a.lo, a.hi) == (b.lo, b.hi) and shown_zero(a.formula - b.formula)


def test_exact_values_are_read_back() -> None:
    for g in Gains(activation("gelu")).all:
        assert g.value is not None and g.value.exact is not None
        again = activation(f"f(s) = {term(g.value.exact)}").formula
        assert shown_zero(again - g.value.exact)


# -- the commands


@pytest.mark.parametrize("name", [*shipped(), "s/(1+|s|)", "e^{s^2}", "1/s"])
@pytest.mark.parametrize("columns", ["80", "120"])
def test_pages_fit(name: str, columns: str, monkeypatch: pytest.MonkeyPatch,
                   capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    status = main(["gain", name])
    out, err = capsys.readouterr()
    assert status == {"e^{s^2}": 1, "1/s": 2}.get(name, 0)
    assert max(map(len, (out or err).splitlines())) <= int(columns)


def test_gain_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gain", "relu"]) == 0
    out = capsys.readouterr().out
    assert "E[f(s)²] = ∫_0^∞ s² φ ds\n                = q/2" in out
    assert "second moment  1/√E[f(z)²]                √2 = 1.414213562" in out
    assert "PyTorch 2.13 calculate_gain  √2    second moment, fixed point" in out
    assert main(["gain", "tanh"]) == 0
    out = capsys.readouterr().out
    assert "no meaning; nearest second" in out and "1.592537420" in out


def test_the_table_is_current(tmp_path: Path) -> None:
    there = tmp_path / "gains.md"
    assert main(["gain", "--all", "--format", "markdown", "-o", str(there)]) == 0
    current = (ROOT / "docs/gains.md").read_text(encoding="utf-8")
    assert there.read_text(encoding="utf-8") == current, (
        "python -m derive gain --all --format markdown -o docs/gains.md"
    )


@pytest.mark.parametrize("args", [
    ("gain", "selu"), ("gain", "e^{s^2}"), ("gain", "step"),
    ("meanfield", "relu", "--weight-var", "2"), ("meanfield", "step"),
    ("meanfield", "tanh", "--weight-var", "1.76", "--bias-var", "0.05"),
])  # fmt: skip
def test_json(args: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    main([*args, "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, SCHEMA)
    assert activation(f"f(s) = {found['formula']}" if not found["parameters"] else args[1])


@pytest.mark.parametrize("form", ["markdown", "latex", "terminal", "text"])
def test_formats(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["gain", "elu"], ["meanfield", "elu", "--weight-var", "3/2"]):
        assert main([*args, "--format", form]) == 0
        out = capsys.readouterr().out
        assert out and "elu" in out
        if form in ("markdown", "latex"):
            assert "√" not in out and r"\sqrt" in out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["gain"], "name an activation function or write its formula"),
        (["gain", "relu", "--all"], "name an activation function"),
        (["gain", "reluu"], "no activation function reluu; nearest: relu"),
        (["gain", "s t"], "not a function of one variable: s and t"),
        (["gain", "s +"], "  s +\n     ^"),
        (["meanfield", "relu", "--weight-var", "-1"], "negative"),
        (["meanfield", "relu", "--weight-var", "x"], "is not a number"),
        (["meanfield", "relu", "--weight-var", "0"], "nothing of the layer below"),
        (["meanfield", "1/s"], "it is not shown that s is never 0"),
    ],
)
def test_bad_calls(args: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert words in err and not out


def test_gain_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "derive", "gain", "relu"], cwd=ROOT, capture_output=True, text=True,
        env={"PATH": "/usr/bin", "PYTHONIOENCODING": "ascii"}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0 and "sqrt(2)" in done.stdout
    assert done.stdout.isascii() and not done.stderr


def test_nothing_is_decided_where_quadrature_misses() -> None:
    with pytest.raises(Refused, match="the quadrature misses its tolerance at q = 1"):
        field(r"\sin(900 s^2)", 1)._balance(ONE)


ATOMS = st.sampled_from(["s", "1", "2", r"\pi"])
CALLS = [r"\max({0}, {1})", "|{0}|", "e^{{{0}}}", r"\tanh({0})", "({0})/({1})", r"\sqrt{{{0}}}",
         r"\ln({0})", "({0}) ({1})", "({0} - {1})", r"\operatorname{{sign}}({0})"]  # fmt: skip
ANY = st.recursive(
    ATOMS, lambda e: st.tuples(st.sampled_from(CALLS), e, e).map(lambda p: p[0].format(*p[1:])),
    max_leaves=4,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(ANY, st.sampled_from([["gain"], ["meanfield", "--bias-var", "0.1"]]))
def test_any_formula_gets_an_answer_or_a_reason(text: str, command: list[str]) -> None:
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main([command[0], text, *command[1:]])
    assert status in (0, 1, 2) and bool(err.getvalue()) == (status == 2)
    assert bool(out.getvalue()) == (status != 2)


# -- beside the linear regime


def test_forward_with_a_smooth_function_says_which_number_is_which(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["forward", "--activation", "tanh", "--widths", "100,100,50,100", "--weight-var",
                 "0.01,0.02,0.01"]) == 0  # fmt: skip
    out = " ".join(capsys.readouterr().out.split())
    assert "exact for the tangent of f at 0, the linear regime; these are of f itself" in out
    assert "0 1 0.394294 0.464403" in out and "2 0.175765 0.133322" in out
    assert main(["forward", "--activation", "tanh"]) == 0
    assert "derive meanfield 'tanh'" in capsys.readouterr().out
    assert main(["forward", "--activation", "relu", "--widths", "3,3,3", "--init", "he"]) == 0
    assert "linear regime" not in capsys.readouterr().out


def test_a_wide_layer_is_a_step_of_the_recursion() -> None:
    maps = Maps(activation("sigmoid"))
    first, second = wide(
        maps.of, [4, 3, 2], [Fraction(1, 2), Fraction(1, 3)], Fraction(1), 0
    ).layers
    assert first.before.exact == 2
    there = maps.at("f^2", Integer(2))
    assert abs(first.after.value - there.value) < mpf(10) ** -18
    assert abs(second.before.value - there.value) < mpf(10) ** -18
    assert first.back is not None and second.back is None
    slope = maps.at("f'^2", Integer(2)).value
    assert float(first.back.value) == pytest.approx(float(slope * 2 / 3), abs=1e-15)


def test_wide_layers_stop_with_a_reason() -> None:
    deep = wide(activation("tanh"), [1] * 67, [Fraction(1)] * 66, Fraction(1), 0)
    assert "more than 64" in deep.why
    found = wide(activation("e^{s^2/8}"), [1] * 9, [Fraction(1)] * 8, Fraction(1), 0)
    assert "not shown to be finite" in found.why and 0 < len(found.layers) < 8


def test_mean_field_in_the_json_of_a_derivation(capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads((ROOT / "docs/derivation.schema.json").read_text(encoding="utf-8"))
    assert main(["forward", "--activation", "tanh", "--widths", "2,2,2", "--weight-var", "1/2",
                 "--format", "json"]) == 0  # fmt: skip
    found = json.loads(capsys.readouterr().out)
    jsonschema.validate(found, schema)
    assert found["mean_field"]["layers"][0]["pre_activation"]["exact"] == "1"
