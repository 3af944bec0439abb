"""Activation functions as declarations: how formulas are read, and cut into pieces."""

from __future__ import annotations

from collections.abc import Callable
from math import erf, exp, log, pi, sin, sqrt, tanh

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Expr, Rational, atanh, oo
from sympy import log as ln
from sympy import sqrt as root

from derive.activations import VARIABLE, Activation, activation, shipped
from derive.errors import Refused, Unreadable

s = VARIABLE
BY_HAND: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "relu": lambda x: max(0.0, x),
    "leaky-relu": lambda x: x if x > 0 else 0.01 * x,
    "prelu": lambda x: x if x > 0 else 0.25 * x,
    "relu6": lambda x: min(max(0.0, x), 6.0),
    "hardtanh": lambda x: min(max(-1.0, x), 1.0),
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "tanh": tanh,
    "softsign": lambda x: x / (1 + abs(x)),
    "erf": erf,
    "sine": sin,
    "softplus": lambda x: log(1 + exp(x)),
    "silu": lambda x: x / (1 + exp(-x)),
    "gelu": lambda x: x * (1 + erf(x / sqrt(2))) / 2,
    "gelu-tanh": lambda x: x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))),
    "elu": lambda x: x if x > 0 else exp(x) - 1,
    "selu": lambda x: 1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (exp(x) - 1)),
    "hard-sigmoid": lambda x: 0.0 if x <= -3 else 1.0 if x >= 3 else x / 6 + 0.5,
    "hard-swish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "step": lambda x: float(x > 0),
}  # fmt: skip


def value(e: Expr, at: float) -> float:
    return float(e.xreplace({s: Rational(at)}))


@pytest.mark.parametrize("name", shipped())
def test_shipped_formulas_against_the_libraries_in_plain_python(name: str) -> None:
    f = activation(name)
    for x in (-4.25, -1.5, -0.5, 0.0, 0.25, 1.75, 3.5):
        assert value(f.formula, x) == pytest.approx(BY_HAND[name](x), abs=1e-12), x


@pytest.mark.parametrize("name", shipped())
def test_pieces_are_the_function(name: str) -> None:
    f = activation(name)
    assert f.branches[0].lo == -oo and f.branches[-1].hi == oo
    for before, after in zip(f.branches, f.branches[1:], strict=False):
        assert before.hi == after.lo
    for x in (-7.5, -3.25, -1.25, -0.5, 0.5, 1.25, 3.25, 7.5):
        (piece,) = (p for p in f.branches if p.lo < x < p.hi)
        assert value(piece.formula, x) == pytest.approx(value(f.formula, x), abs=1e-12)


POLYNOMIAL = {"linear", "relu", "leaky-relu", "prelu", "relu6", "hardtanh",
              "hard-sigmoid", "hard-swish", "step"}  # fmt: skip


@pytest.mark.parametrize("name", shipped())
def test_which_are_piecewise_polynomial(name: str) -> None:
    assert (activation(name).pieces is not None) == (name in POLYNOMIAL)


def test_leaky_pieces() -> None:
    assert activation("leaky-relu(0.1)").pieces == ((-oo, 0, s / 10), (0, oo, s))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"\tanh(s)", "tanh"),
        (r"\tanh s", "tanh"),
        ("s/(1+|s|)", "softsign"),
        (r"\frac{x}{1 + \left|x\right|}", "softsign"),
        (r"\frac{x}{1 + \lvert x\rvert}", "softsign"),
        (r"\max(0, s)", "relu"),
        (r"\max\{0, z\}", "relu"),
        (r"s \sigma(s)", "silu"),
        ("s·σ(s)", "silu"),
        ("x sigmoid(x)", "silu"),
        ("x/(1 + exp(-x))", "silu"),
        (r"x\,\Phi(x)", "gelu"),
        (r"\mathrm{ReLU}(s)", "relu"),
        (r"f(t; c = 0.25) = \max(0, t) + c \min(t, 0)", "prelu"),
        ("leaky_relu(1/4)", "prelu"),
        ("PReLU", "prelu"),
        ("swish", "silu"),
        (r"\log(1 + e^s)", "softplus"),
        (r"\ln(1 + e^{s})", "softplus"),
    ],
)  # fmt: skip
def test_other_ways_to_say_it(text: str, same: str) -> None:
    assert activation(text).formula.expand() == activation(same).formula.expand()


@pytest.mark.parametrize(
    "cases",
    [
        r"\begin{cases} s & s > 0 \\ e^s - 1 & s \le 0 \end{cases}",
        r"\begin{cases} s, & \text{if } s \ge 0 \\ e^s - 1, & \text{otherwise} \end{cases}",
        r"\begin{cases} e^s - 1 & s < 0 \\ s & 0 \le s \\ \end{cases}",
    ],
)
def test_cases(cases: str) -> None:
    assert activation(cases).branches == activation("elu").branches


def test_a_name_with_a_letter_is_the_name() -> None:
    assert activation("tanh(x)") == activation("tanh")
    assert activation("leaky-relu(s)") == activation("leaky-relu")


def test_breaks_are_found_exactly() -> None:
    assert [p.lo for p in activation("|s^2 - 2|").branches] == [-oo, -root(2), root(2)]
    assert [p.lo for p in activation("max(0, e^s - 2)").branches] == [-oo, ln(2)]
    assert [p.lo for p in activation(r"\max(0, \tanh(2s - 1))").branches] == [-oo, Rational(1, 2)]
    assert [p.lo for p in activation(r"\min(\tanh(s), 1/2)").branches] == [
        -oo,
        atanh(Rational(1, 2)),
    ]
    assert len(activation(r"\min(\tanh(s), 3)").branches) == 1
    with pytest.raises(Refused, match=r"it is not shown where s - tanh\(s\)"):
        _ = activation(r"\max(s, \tanh(s))").branches


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("s t", 3, "not a function of one variable: s and t"),
        (r"\alpha s", 8, "not a function of one variable: α and s"),
        ("f(x) = y", 8, "y is not declared: the variable is x"),
        ("7", 1, "expected a variable such as s in it"),
        ("s +", 4, "expected a number, a letter or a parenthesis, before the end"),
        ("2 3 s", 3, "expected an operator before a number"),
        (r"\max(0, s", 10, "expected ) to close (, before the end"),
        ("tan(s)", 1, "no function or letter tan; nearest: tanh"),
        ("s^100", 3, "expected braces around an exponent of more than one digit"),
        ("s^{100}", 1, "an exponent of more than 60 is too large to be read"),
        ("s/0", 2, "division by zero"),
        ("a/b/c", 4, "a/b/c can be read in two ways: use parentheses"),
        ("1/s s", 5, r"a/b c can be read in two ways: use parentheses or \frac"),
        ("s^2^3", 4, "a^b^c can be read in two ways: use braces"),
        ("|s", 3, "expected | to close |, before the end"),
        (r"\foo(s)", 1, r"expected a function or a letter, before \foo"),
        ("sigmoid s", 9, "expected ( after sigmoid, before s"),
        ("e^{e^{10000}} s", 4, "expected a number of at most 1000 in a function"),
        ("reluu", 1, "no activation function reluu; nearest: relu"),
        ("elu(1, 2)", 7, "elu has no such parameter; it has: a"),
        ("elu(b = 2)", 5, "elu has no such parameter; it has: a"),
        ("f(s; a) = a s", 5, "expected PARAMETER = VALUE"),
        ("f(x; s = 2) = s x", 5, "s stands for the variable: take another letter"),
        (r"\begin{cases} s & s \\ 0 & s < 0 \end{cases}", 21, "expected a condition such as s > 0"),
        ("s $ 2", 3, "unexpected character '$'"),
        ("", 1, "expected a number, a letter or a parenthesis, before the end"),
    ],
)
def test_what_is_not_read(text: str, column: int, reason: str) -> None:
    with pytest.raises(Unreadable) as no:
        activation(text)
    assert reason in no.value.reason
    assert (no.value.line, no.value.column) == (1, column)


def test_cases_that_leave_a_gap() -> None:
    f = activation(r"\begin{cases} s & s > 0 \\ 0 & s < -1 \end{cases}")
    with pytest.raises(Refused, match="no case says what the value at s = -1/2 is"):
        _ = f.branches
    assert f.pieces is None


@given(st.text(alphabet=r"s1+-*/^(){}|,;=e\ ", max_size=25))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    try:
        assert isinstance(activation(text), Activation)
    except Unreadable as no:
        assert no.line == 1 and 1 <= no.column <= len(text) + 1
