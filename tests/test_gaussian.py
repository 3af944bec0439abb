"""Means of activation functions over a Gaussian: closed forms, quadrature, what has none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from sympy import Expr, Integer, Rational

from derive.activations import VARIABLE, Piece, activation, shipped
from derive.activations.algebra import shown_zero
from derive.activations.bounds import growth, interval
from derive.activations.gaussian import Q, mean
from derive.activations.maps import CLOSED, MEANS, QUADRATURE, SYMMETRY, Maps, exactly
from derive.activations.numeric import function, number
from derive.activations.pieces import pieces
from derive.activations.quadrature import expectation
from derive.activations.reading import read
from derive.errors import Refused, Unreadable

s = VARIABLE
ONE = Integer(1)
BREAKS = {"relu6": [0, 6], "hardtanh": [-1, 1], "hard-sigmoid": [-3, 3], "hard-swish": [-3, 3]}
CONTINUOUS = [name for name in shipped() if name != "step"]


def by_hand() -> dict[str, Callable[[Any], Any]]:
    """The functions again, in mpmath and from nothing of the project."""
    a = mp.sqrt(2 / mp.pi) / (1 - mp.sqrt(mp.e) * mp.erfc(1 / mp.sqrt(2)))
    length = mp.findroot(
        lambda x: x**2 * (mpf(1) / 2 + a**2 * (mp.exp(2) * mp.ncdf(-2) - 2 * mp.sqrt(mp.e)
                                              * mp.ncdf(-1) + mpf(1) / 2)) - 1, 1.05
    )  # fmt: skip
    return {
        "linear": lambda x: x,
        "relu": lambda x: max(x, 0),
        "leaky-relu": lambda x: x if x > 0 else x / 100,
        "prelu": lambda x: x if x > 0 else x / 4,
        "relu6": lambda x: min(max(x, 0), 6),
        "hardtanh": lambda x: min(max(x, -1), 1),
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
        "tanh": mp.tanh,
        "softsign": lambda x: x / (1 + abs(x)),
        "erf": mp.erf,
        "sine": mp.sin,
        "softplus": lambda x: mp.log(1 + mp.exp(x)),
        "silu": lambda x: x / (1 + mp.exp(-x)),
        "gelu": lambda x: x * mp.ncdf(x),
        "gelu-tanh": lambda x: x / 2 * (1 + mp.tanh(mp.sqrt(2 / mp.pi)
                                                    * (x + mpf("0.044715") * x**3))),
        "elu": lambda x: x if x > 0 else mp.expm1(x),
        "selu": lambda x: length * (x if x > 0 else a * mp.expm1(x)),
        "hard-sigmoid": lambda x: min(max(x / 6 + mpf(1) / 2, 0), 1),
        "hard-swish": lambda x: x * min(max(x / 6 + mpf(1) / 2, 0), 1),
        "step": lambda x: mpf(x > 0),
    }  # fmt: skip


def integrated(f: Callable[[Any], Any], q: Any, breaks: list[int]) -> Any:
    """mpmath's own quadrature, in the units of q."""
    width = mp.sqrt(q)
    edges = sorted({*(k * width for k in (-14, -8, -4, -2, 0, 2, 4, 8, 14)), *map(mpf, breaks)})
    return mp.quad(lambda x: f(x) * mp.npdf(x, 0, width), edges)


@pytest.mark.parametrize("name", shipped())
def test_shipped_moments_against_quadrature_of_the_function_written_again(name: str) -> None:
    q = Rational(7, 4)
    with mp.workdps(34):
        f = by_hand()[name]
        maps = Maps(activation(name))
        for which, of in (("f", f), ("f^2", lambda x: f(x) ** 2)):
            there = integrated(of, number(q), BREAKS.get(name, []))
            here = maps.at(which, q, 30)
            assert abs(here.value - there) < mpf(10) ** -29, (which, here.value, there)
            assert here.reached and here.error < mpf(10) ** -29


@pytest.mark.parametrize("name", shipped())
def test_closed_forms_against_quadrature_of_thirty_digits(name: str) -> None:
    maps = Maps(activation(name))
    for which, of in MEANS.items():
        if "'" in which and name == "step":
            continue
        if maps.closed(which) is None:
            continue
        for q in (Rational(1, 5), Integer(3)):
            estimate = expectation(activation(name).branches, q, of, 30)
            assert estimate.reached and estimate.error < mpf(10) ** -29
            with mp.workdps(38):
                value = maps.at(which, q).value
                assert abs(value - estimate.value) < mpf(10) ** -29, (which, q)


HOWS = {
    CLOSED: {"linear", "relu", "leaky-relu", "prelu", "relu6", "hardtanh", "erf", "sine", "gelu",
             "elu", "selu", "hard-sigmoid", "hard-swish", "step"},
    QUADRATURE: {"sigmoid", "tanh", "softsign", "softplus", "silu", "gelu-tanh"},
}  # fmt: skip


def test_which_second_moments_have_a_closed_form() -> None:
    for how, names in HOWS.items():
        assert {n for n in shipped() if Maps(activation(n)).at("f^2", ONE).how == how} == names


@pytest.mark.parametrize(
    ("text", "which", "closed"),
    [
        ("relu", "f", r"\sqrt{s/(2 \pi)}"),
        ("relu", "f^2", "s/2"),
        ("leaky-relu(0.5)", "f^2", "s/2 + s/8"),
        ("gelu", "f", r"s/\sqrt{2 \pi (1 + s)}"),
        ("erf", "f^2", r"\frac{2}{\pi} \arcsin(\frac{2s}{1 + 2s})"),
        ("sine", "f^2", "(1 - e^{-2s})/2"),
        ("elu", "f", r"\sqrt{s/(2\pi)} + e^{s/2} \Phi(-\sqrt{s}) - 1/2"),
        ("hardtanh", "f'^2", r"\operatorname{erf}(1/\sqrt{2s})"),
        ("step", "f", "1/2 + 0 s"),
        ("x^4 + x", "f^2", "105 s^4 + s"),
        ("e^{-x^2}", "f", r"1/\sqrt{1 + 2s}"),
        ("x^2 e^x", "f", "(s + s^2) e^{s/2}"),
        (r"\cos(2x)", "f", "e^{-2s}"),
    ],
)
def test_closed_forms_of_the_textbooks(text: str, which: str, closed: str) -> None:
    found = Maps(activation(text))
    for q in (Rational(1, 3), Integer(2)):
        there = exactly(read(closed).xreplace({VARIABLE: q}))
        assert abs(found.at(which, q).value - there.value) < mpf(10) ** -28
        assert found.at(which, q).how == CLOSED


def test_gelu_variance_of_deepscalelm() -> None:
    q = Rational(49, 100)
    maps = Maps(activation("gelu"))
    published = read(
        r"\frac{s}{2\pi}(\frac{\pi}{2} - \frac{s}{1+s} + \arcsin(\frac{s}{1+s})"
        r" + \frac{2s}{(1+s)\sqrt{1+2s}})"
    )
    second, first = maps.at("f^2", q).exact, maps.at("f", q).exact
    assert second is not None and first is not None
    variance = second - first**2
    assert shown_zero(variance - published.xreplace({VARIABLE: q}))
    assert float(variance) == pytest.approx(0.159439, abs=1e-6)


def test_selu_is_the_fixed_point_that_its_constants_are_for() -> None:
    maps = Maps(activation("selu"))
    assert maps.at("f", ONE).exact == 0 and maps.at("f^2", ONE).exact == 1
    a, l = (value for _, value in activation("selu").parameters)
    assert str(a.evalf(16)) == "1.673263242354377" and str(l.evalf(16)) == "1.050700987355480"
    rounded = Maps(activation("selu(1.6732632423543772, 1.0507009873554805)"))
    assert rounded.at("f^2", ONE).exact != 1 and rounded.at("f^2", ONE).shown(16)[:6] in (
        "1.0000", "0.9999",
    )  # fmt: skip


# -- mutated formulas are noticed


@pytest.mark.parametrize("name", ["relu", "elu", "gelu", "erf", "hardtanh", "sine"])
def test_a_wrong_closed_form_would_be_noticed(name: str) -> None:
    maps = Maps(activation(name))
    right = maps.closed("f^2")
    assert right is not None
    q = Integer(2)
    there = expectation(activation(name).branches, q, MEANS["f^2"], 30)
    letters = maps.letters
    for wrong in (right * 2, right + Q / 1000, right.subs(Q, 2 * Q), right.subs(Q, Q + 1)):
        with mp.workdps(38):
            value = number(wrong.xreplace(letters).xreplace({Q: q}))
            assert abs(value - there.value) > 10**-6


# -- any piecewise polynomial


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(-3, 3), min_size=1, max_size=4),
    st.lists(st.integers(-3, 3), min_size=1, max_size=4),
    st.fractions(-2, 2, max_denominator=4),
    st.fractions(0, 1, max_denominator=4),
    st.fractions(Rational(1, 4), 3, max_denominator=4),
)
def test_piecewise_exponential_polynomials(
    left: list[int], right: list[int], cut: Any, rate: Any, q: Any
) -> None:
    from sympy import exp, oo

    lower = sum((Integer(c) * s**n for n, c in enumerate(left)), Integer(0))
    upper = sum((Integer(c) * s**n for n, c in enumerate(right)), Integer(0))
    at = Rational(cut)
    whole = [Piece(-oo, at, lower * exp(Rational(rate) * s)), Piece(at, oo, upper)]
    q = Rational(q)
    closed = mean(whole, lambda f: f**2).xreplace({Q: q})
    there = expectation(whole, q, lambda f: f**2, 20)
    with mp.workdps(30):
        assert abs(number(closed) - there.value) <= there.error + abs(there.value) * mpf(10) ** -18


# -- quadrature says what it knows


def test_the_error_is_honest_where_the_value_is_known() -> None:
    for text, known in (("tanh", None), ("x^2", 3), ("|x|", 1), (r"\cos(9x)", None)):
        few = expectation(activation(text).branches, ONE, MEANS["f^2"], 10)
        many = expectation(activation(text).branches, ONE, MEANS["f^2"], 30)
        assert few.reached and abs(few.value - many.value) <= few.error
        if known is not None:
            assert abs(many.value - known) <= many.error


def test_quadrature_that_misses_its_tolerance_says_so() -> None:
    value = Maps(activation(r"\sin(900 x^2)")).at("f'^2", ONE, 12)
    assert not value.reached and value.digits < 12
    root = expectation(activation(r"\sqrt{|x|}").branches, ONE, digits=25)
    assert not root.reached
    with mp.workdps(30):
        exact = 2 ** mpf("0.25") * mp.gamma(mpf("0.75")) / mp.sqrt(mp.pi)
        assert abs(root.value - exact) <= root.error


def test_no_more_digits_than_are_known() -> None:
    value = Maps(activation("tanh")).at("f^2", ONE, 9)
    assert 8 <= value.digits <= 12
    assert len(value.shown(30)) <= value.digits + 2
    assert "0.39429449" in value.shown(30)


# -- what has no mean


@pytest.mark.parametrize(
    ("text", "which", "why"),
    [
        ("e^{x^2}", "f^2", "the mean is not shown to be finite: exp(2 s²) may be reached"),
        ("e^{x^2/3}", "f^2", "the mean is not shown to be finite"),
        ("1/x", "f^2", "it is not shown that s is never 0"),
        ("1/x", "f", "it is not shown that s is never 0"),
        ("ln(x)", "f", "it is not shown that s is positive"),
        (r"\sqrt{x}", "f^2 ", "it is not shown that s is not negative"),
        ("e^{e^x}", "f^2", "grows faster than any Gaussian falls"),
        ("step", "f'^2", "f jumps at s = 0"),
        (r"\begin{cases} x & x > 0 \\ 1 & x < -1 \end{cases}", "f", "no case says"),
    ],
)
def test_no_mean(text: str, which: str, why: str) -> None:
    with pytest.raises(Refused) as no:
        Maps(activation(text)).at(which.strip() if which != "f^2 " else "f", ONE)
    assert why in str(no.value)


def test_finite_only_for_small_q() -> None:
    maps = Maps(activation("e^{x^2/8}"))
    assert float(maps.at("f^2", ONE).value) == pytest.approx(2**0.5)
    with pytest.raises(Refused, match="not shown to be finite"):
        maps.at("f^2", Integer(2))


# -- symmetry


@pytest.mark.parametrize(
    ("text", "which", "value"),
    [("sigmoid", "f", Rational(1, 2)), ("tanh", "f", 0), ("softsign", "f", 0),
     ("silu", "f'", Rational(1, 2)), ("softplus", "f'", Rational(1, 2)),
     ("gelu-tanh", "f'", Rational(1, 2))],
)  # fmt: skip
def test_means_by_symmetry(text: str, which: str, value: Any) -> None:
    found = Maps(activation(text)).at(which, Integer(2))
    assert found.how == SYMMETRY and found.exact == value


# -- algebra and bounds


@pytest.mark.parametrize(
    ("formula", "zero"),
    [
        (r"\tanh(s) + 1 - 2/(1 + e^{-2s})", True),
        (r"\ln(1 + e^s) - \ln(1 + e^{-s}) - s", True),
        (r"\sin(s)^2 + \cos(s)^2 - 1", True),
        (r"\cosh(s)^2 - \sinh(s)^2 - 1", True),
        (r"e^{s/2} e^{s/3} - e^{5s/6}", True),
        (r"\tanh(s) - s", False),
        (r"\tanh(s) + 1 - 2/(1 + e^{-s})", False),
        (r"\ln(1 + e^s) - \ln(1 + e^{-s}) + s", False),
        (r"\sin(s)^2 + \cos(s)^2 - 2", False),
        (r"\operatorname{erf}(s) - \tanh(s)", False),
    ],
)
def test_zero_by_algebra(formula: str, zero: bool) -> None:
    assert shown_zero(read(formula)) == zero


def readable(text: str) -> bool:
    """Whether no constant in a formula is too large to be read."""
    with suppress(Unreadable):
        return bool(read(text, letter="s") is not None)
    return False


FORMULAS = st.recursive(
    st.sampled_from(["s", "1", "2", "(-3)", "1/2"]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]}) ({p[1]})"),
        inner.map(lambda e: f"({e})^2"),
        inner.map(lambda e: rf"\tanh({e})"),
        inner.map(lambda e: f"1/(1 + ({e})^2)"),
        inner.map(lambda e: rf"\ln(1 + ({e})^2)"),
        inner.map(lambda e: rf"\sin({e})"),
        inner.map(lambda e: rf"\sqrt{{1 + ({e})^2}}"),
    ),
    max_leaves=5,
).filter(readable)


@settings(max_examples=60, deadline=None)
@given(FORMULAS, st.fractions(-6, 6, max_denominator=8))
def test_bounds_hold_wherever_one_looks(text: str, at: Any) -> None:
    e = read(text, letter="s")
    lo, hi = Rational(at) - 1, Rational(at) + 1
    value: Any = mp.mpf(number(e.xreplace({s: Rational(at)})))
    try:
        low, high = interval(e, lo, hi)
        grown = growth(e, *(pieces(e)[0][:2]))
    except Refused:
        return
    x = abs(number(Rational(at)))
    assert low <= value <= high
    limit = grown.size * (1 + x) ** grown.degree * mp.exp(grown.rate * x + grown.spread * x**2)
    assert abs(value) <= limit * (1 + mpf(10) ** -10)


@settings(max_examples=40, deadline=None)
@given(FORMULAS, st.floats(-5, 5))
def test_functions_on_numbers(text: str, at: float) -> None:
    e: Expr = read(text, letter="s")
    exact = function(e, exact=True)(mpf(at))
    assert function(e, exact=False)(at) == pytest.approx(float(exact), rel=1e-7, abs=1e-7)
    assert abs(float(e.evalf(20, subs={s: at})) - float(exact)) <= 1e-6 * (1 + abs(float(exact)))
