"""LaTeX -> terms: the dresses people write, and what is refused, at its line and column."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sympy import Integer, Rational, Symbol, erf, pi, symbols

from derive.errors import Unreadable
from derive.model import Model
from derive.polynomials import raised
from derive.read.declare import declare, notation
from derive.read.formula import read
from derive.substitution import same
from derive.terms import Apply, Cov, Delta, E, Entry, Partial, Product, Sum, Var

i, j, k, l, m, t, d, M = symbols("i j k l m t d M")
ip, lp, kp = Symbol("i'"), Symbol("l'"), Symbol("k'")
GLOROT = notation("glorot").names
UBC = notation("ubc").names
SCALARS = declare(
    "size n, n_{in}\nrandom x, y\nrandom w_j, u_j for j = 1..n\ngiven \\mu, f(s), \\hat y"
).names


def n(at: Any) -> Entry:
    return Entry("n", at)


def x(at: Any) -> Entry:
    return Entry("x", at)


def z(*at: Any) -> Entry:
    return Entry("z", *at)


def s(*at: Any) -> Entry:
    return Entry("s", *at)


def W(*at: Any) -> Entry:
    return Entry("W", *at)


C, X, Y = Entry("C"), Entry("x"), Entry("y")
w = Entry("w", j)

TERMS = [
    # scripts, in either order, in all spellings
    ("z^i_l", z(i, l)),
    ("z_l^i", z(i, l)),
    ("s_{k}^{i}", s(i, k)),
    ("W^{i+1}_{k,m}", W(i + 1, k, m)),
    ("W_{k, m}^{ i + 1 }", W(i + 1, k, m)),
    ("W^{(i)}_{l,k}", W(i, l, k)),
    ("W^{[i]}_{l,k}", W(i, l, k)),
    ("W^i_{lk}", W(i, l, k)),
    ("w^i_{l,k}", W(i, l, k)),
    ("n_{i'+1}", n(ip + 1)),
    ("n_{i^{\\prime}+1}", n(ip + 1)),
    ("n_{i^\\prime}", n(ip)),
    ("n_0", n(0)),
    ("W^0_{1,2}", W(0, 1, 2)),
    ("\\mathbf{z}^i_l", z(i, l)),
    ("\\boldsymbol z^i_l", z(i, l)),
    ("\\mathrm{Cost}", C),
    ("Cost", C),
    # superscripts that are indices, and powers
    ("(z^2_l)^2", z(2, l) ** 2),
    ("{z^i_l}^2", z(i, l) ** 2),
    ("x_l^2", x(l) ** 2),
    ("x^2_l", x(l) ** 2),
    ("x_l^{d-i} z^i_l", x(l) ** (d - i) * z(i, l)),
    # numbers and arithmetic
    ("\\frac{1}{2} n_0", n(0) / 2),
    ("\\tfrac12 n_0", n(0) / 2),
    ("\\dfrac 1 2", Rational(1, 2)),
    ("0.25", Rational(1, 4)),
    ("1/2 n_0", n(0) / 2),
    ("2/(n_i + n_{i+1})", 2 / (n(i) + n(i + 1))),
    ("n_0 \\cdot n_1 \\times n_2", n(0) * n(1) * n(2)),
    ("-n_0 + 2n_1 - - n_2", -n(0) + 2 * n(1) + n(2)),
    ("\\left( n_0 \\right) \\bigl[ n_1 \\bigr] \\{ n_2 \\}", n(0) * n(1) * n(2)),
    ("\\sqrt{n_0}", n(0) ** Rational(1, 2)),
    # functions
    ("f(s^i_k)", Apply("f", 0, s(i, k))),
    ("f'(s_k^i)", Apply("f", 1, s(i, k))),
    ("f''\\left(s^i_k\\right)", Apply("f", 2, s(i, k))),
    # derivatives
    ("\\partial C/\\partial s^i_k", Partial(C, s(i, k))),
    ("\\frac{\\partial C}{\\partial s^i_k}", Partial(C, s(i, k))),
    ("\\dfrac{\\partial Cost}{\\partial w^i_{l,k}}", Partial(C, W(i, l, k))),
    ("z^i_l \\partial C/\\partial s^i_k", z(i, l) * Partial(C, s(i, k))),
    ("\\frac{\\partial s^{i}_k}{\\partial z^i_l}", Partial(s(i, k), z(i, l))),
    # sums and products
    ("\\sum_{l=1}^{n_i} z^i_l W^i_{l,k}", Sum(z(i, l) * W(i, l, k), (l, 1, n(i)))),
    ("\\sum^{n_i}_{l=1} z^i_l + x_1", Sum(z(i, l), (l, 1, n(i))) + x(1)),
    ("2\\sum_l z^i_l W^i_{l,k}", 2 * Sum(z(i, l) * W(i, l, k), (l, 1, n(i)))),
    ("\\sum_{l=1, l \\ne k}^{n_0} x_l", Sum(x(l), (l, 1, n(0), (k,)))),
    ("\\prod_{i'=0}^{i-1} n_{i'}", Product(n(ip), (ip, 0, i - 1))),
    ("(\\prod_{k=0}^i n_k) x_1", Product(n(k), (k, 0, i)) * x(1)),
    (
        "\\prod_{k=0}^{i-1} n_k \\prod_{k=i}^{d} n_{k+1} \\times x_1",
        Product(n(k), (k, 0, i - 1)) * Product(n(k + 1), (k, i, d)) * x(1),
    ),
    ("\\sum_l x_l \\sum_k x_k", Sum(x(l), (l, 1, n(0))) * Sum(x(k), (k, 1, n(0)))),
    # moments
    *[
        (f"{head}{o}x_l{c}", E(x(l)))
        for head in (
            "E",
            "\\mathbb{E}",
            "\\mathbb E",
            "\\operatorname{E}",
            "\\mathrm{E}",
            "\\mathbf{E}",
            "\\E",
        )
        for o, c in (("[", "]"), ("(", ")"), ("\\{", "\\}"), ("\\left[", "\\right]"))
    ],
    *[
        (f"{head}{o}x_l{c}", Var(x(l)))
        for head in (
            "Var",
            "var",
            "\\operatorname{Var}",
            "\\mathrm{Var}",
            "\\text{Var}",
            "\\mathbb{V}",
            "\\mathbb V",
            "\\Var",
        )
        for o, c in (("[", "]"), ("(", ")"), ("{", "}"), ("\\Bigl(", "\\Bigr)"))
    ],
    ("Cov[x_l, x_k]", Cov(x(l), x(k))),
    ("\\operatorname{Cov}(x_l,x_{l'})", Cov(x(l), x(lp))),
    ("\\mathbb{E}[x_l]^2", E(x(l)) ** 2),
    ("(\\mathbb{E}[x_l])^2", E(x(l)) ** 2),
    ("\\mathbb{E}^2[x_l]", E(x(l)) ** 2),
    ("\\mathbb{E}[x_l^2]", E(x(l) ** 2)),
    ("\\mathbb{E}\\left[(x_l - \\mathbb{E}[x_l])^2\\right]", E((x(l) - E(x(l))) ** 2)),
    ("n_iVar[W^i_{l,k}]", n(i) * Var(W(i, l, k))),
    ("z^i_l \\mathbb{1}_{l=l'}", z(i, l) * Delta(l, lp)),
    ("2 \\mathbb{1}_{i+1=1}", 2 * Delta(i + 1, 1)),
    # bare families inside moments: the first entry
    ("Var[z^i]", Var(z(i, 1))),
    ("Var[x]", Var(x(1))),
    ("Var[W]", Var(W(0, 1, 1))),
    ("Var[\\partial Cost/\\partial w^i]", Var(Partial(C, W(i, 1, 1)))),
]


@pytest.mark.parametrize(("text", "expected"), TERMS, ids=[text for text, _ in TERMS])
def test_terms(text: str, expected: Any) -> None:
    assert same(read(text, GLOROT).term, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W_2[i,j] \\mathbf{h}_1[j]", Entry("W", 2, i, j) * Entry("h", 1, j)),
        ("\\sigma'(z_2[i])", Apply("σ", 1, Entry("z", 2, i))),
        ("h_{k-1}[j]", Entry("h", k - 1, j)),
        ("x[j]^2", Entry("x", j) ** 2),
        ("\\partial L/\\partial h_l[j]", Partial(Entry("L"), Entry("h", l, j))),
        ("\\frac{\\partial L}{\\partial \\mathbf{y}[i]}", Partial(Entry("L"), Entry("y", i))),
        ("\\sum_{j} W_{M+1}[i,j]", Sum(Entry("W", M + 1, i, j), (j, 1, Entry("N", M)))),
        (
            "\\sum_j W_2[i,j]\\mathbf{h}_1[j]",
            Sum(Entry("W", 2, i, j) * Entry("h", 1, j), (j, 1, Entry("N", 1))),
        ),
    ],
)
def test_entries_in_brackets(text: str, expected: Any) -> None:
    assert same(read(text, UBC).term, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("E[xy]", E(X * Y)),
        ("E[x]E[y]", E(X) * E(Y)),
        ("E[x^2y^2]", E(X**2 * Y**2)),
        ("nVar[w_j]", Symbol("n") * Var(w)),
        ("w_ju_j", w * Entry("u", j)),
        ("n_{in}", Symbol("n_in")),
        ("\\frac{1}{n_\\mathrm{in}}", 1 / Symbol("n_in")),
        ("n_{\\text{in}} \\mu", Symbol("n_in") * Entry("μ")),
        ("\\hat{y} x", Entry("y\u0302") * X),
        ("Var[wu]", Var(Entry("w", 1) * Entry("u", 1))),
        ("\\sum_{i=1}^{n} w_i u_i", Sum(Entry("w", i) * Entry("u", i), (i, 1, Symbol("n")))),
        ("(n Var[w])^{n}", (Symbol("n") * Var(Entry("w", 1))) ** Symbol("n")),
        ("w^\\top u", Sum(w * Entry("u", j), (j, 1, Symbol("n")))),
        ("w^Tu", Sum(w * Entry("u", j), (j, 1, Symbol("n")))),
    ],
)
def test_scalars_and_words(text: str, expected: Any) -> None:
    assert same(read(text, SCALARS).term, expected)


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("s^i = z^i W^i + b^i", s(i, k), None),
        ("s^i_k = \\sum_l z^i_l W^i_{l,k} + b_k^i", s(i, k), None),
        ("z^0 = x", z(0, l), x(l)),
        ("z^{i+1} = f(s^i)", z(i + 1, l), Apply("f", 0, s(i, l))),
    ],
)
def test_vectors(text: str, left: Any, right: Any) -> None:
    sides = read(text, GLOROT).sides
    if right is None:
        right = Sum(z(i, l) * W(i, l, k), (l, 1, n(i))) + Entry("b", i, k)
    assert same(sides[0].term, left)
    assert same(sides[1].term, right)


@pytest.mark.parametrize(
    "text",
    [
        "\\frac{\\partial Cost}{\\partial s^i_k} = f'(s_k^i) W_{k, \\cdot}^{i+1}"
        " \\frac{\\partial Cost}{\\partial \\mathbf{s}^{i+1}}",
        "\\frac{\\partial Cost}{\\partial s^i_k} = f'(s^i_k)W^{i+1}_{k,\\bullet}"
        " \\frac{\\partial Cost}{\\partial s^{i+1}}",
        "\\partial C/\\partial s^i_k = f'(s^i_k) W^{i+1}_{k, :} \\partial C/\\partial s^{i+1}",
        "\\partial C/\\partial s^i_k = f'(s^i_k) \\sum_m W^{i+1}_{k,m}"
        " \\partial C/\\partial s^{i+1}_m",
    ],
)
def test_backward_equation(text: str) -> None:
    below = Sum(W(i + 1, k, m) * Partial(C, s(i + 1, m)), (m, 1, n(i + 2)))
    found = read(text, GLOROT).sides
    assert same(found[0].term, Partial(C, s(i, k)))
    assert same(found[1].term, Apply("f", 1, s(i, k)) * below)


def test_elementwise_product_binds_less_than_the_matrix_product() -> None:
    text = "\\partial C/\\partial s^i = f'(s^i) \\odot W^{i+1} \\partial C/\\partial s^{i+1}"
    below = Sum(W(i + 1, k, m) * Partial(C, s(i + 1, m)), (m, 1, n(i + 2)))
    assert same(read(text, GLOROT).sides[1].term, Apply("f", 1, s(i, k)) * below)


def test_printed_weight_gradient_is_two_products() -> None:
    text = (
        "Var\\left[\\frac{\\partial Cost}{\\partial w^i}\\right] = "
        "\\prod^{i-1}_{i'=0} n_{i'} Var[W^{i'}] \\prod^{d-1}_{i'=i} n_{i'+1}Var[W^{i'}] "
        "\\times Var[x]\\,Var\\left[\\frac{\\partial Cost}{\\partial s^d}\\right]"
    )
    variance = Var(W(ip, 1, 1))
    expected = (
        Product(n(ip) * variance, (ip, 0, i - 1))
        * Product(n(ip + 1) * variance, (ip, i, d - 1))
        * Var(x(1))
        * Var(Partial(C, s(d, 1)))
    )
    found = read(text, GLOROT)
    assert same(found.sides[1].term, expected)
    assert [str(b.moment) for b in found.bare[1:]] == [
        "Var(W[i', l, k])",
        "Var(W[i', l, k])",
        "Var(x[l])",
        "Var(d(C)/d(s[d, k]))",
    ]
    assert [str(r.index) for r in found.bare[1].under] == ["i'"]


def test_index_that_only_says_any_entry() -> None:
    text = (
        "\\mathbb{V}[\\mathbf{h}_{l}[i]] \\approx"
        " \\mathbb{V}[x[j]] \\prod_{k=1}^{l} N_{k-1} \\mathbb{V}[W_{k}[i,j]]"
    )
    found = read(text, UBC)
    product = Product(Entry("N", k - 1) * Var(Entry("W", k, 1, 1)), (k, 1, l))
    assert found.signs == ("≈",)
    assert same(found.sides[1].term, Var(x(1)) * product)
    assert len(found.bare) == 4


def test_chain_keeps_every_side_and_its_place() -> None:
    found = read("Var[x_l]\n  = E[x_l^2] - E[x_l]^2\n  \\le 1", GLOROT, line=7, column=3)
    assert found.signs == ("=", "≤")
    assert [tuple(side.where) for side in found.sides] == [(7, 3), (8, 5), (9, 7)]
    assert found.sides[1].text == "E[x_l^2] - E[x_l]^2"
    assert found.sides[2].term == Integer(1)
    assert found.indices == {"l"}


REFUSED = [
    ("Var[q]", 5, "unknown name q"),
    ("Var[Z^i]", 5, "unknown name Z; nearest: z"),
    (r"Var[\nu]", 5, r"unknown name \nu"),
    ("Vax[x]", 1, "unknown name Vax"),
    ("Cst", 1, "nearest: Cost"),
    ("Var[y = n_0", 7, "expected ] to close the [ at column 4, before ="),
    ("Var[x = n_0", 7, "expected ] to close the [ at column 4, before ="),
    ("E[x_l", 6, "expected ] to close the [ at column 2, before the end"),
    ("E[x_l)", 6, "expected ] to close the [ at column 2, before )"),
    ("E x_l", 3, "expected [ or ( after E"),
    ("\\mathbb{E}_{x}[x]", 11, "E over some of the variables alone is not read"),
    ("E[x_1 | x_2]", 7, "expected ] to close"),
    ("\\frac{n_0}{n_1", 15, "expected } to close the { at column 11"),
    ("\\frac{n_0}", 11, "expected {"),
    ("n_0}", 4, "expected an operator or the end, before }"),
    ("n_0 +", 6, "expected a formula, before the end"),
    ("x_", 3, "expected an index"),
    ("x_{l", 5, "expected } to close the indices of x"),
    ("W^i_k", 5, "expected { and 2 indices, as in W^i_{l,k}"),
    ("W^i_{l,k,m}", 6, "expected 2 indices here, as in W^i_{l,k}, not 3"),
    ("x_{l,k}", 4, "expected index here, as in x_l, not 2"),
    ("x_l^10", 5, "expected {10} in braces"),
    ("z^i_l^2", 6, "a second superscript"),
    ("n", 1, "expected the indices of n, as in n_i"),
    ("W_{l,k}", 1, "expected the indices of W"),
    ("x[l]", 2, "expected the indices as in x_l, before ["),
    ("\\frac0.5", 6, "expected { around a decimal number"),
    ("n_i'", 4, "expected {i'} in braces"),
    ("f s", 3, "expected ( after f"),
    ("f^2(x_l)", 2, "expected ( after f"),
    ("n_x", 3, "x is random, not an index"),
    ("z^{x}_1", 4, "x is random, not an index"),
    ("\\sum_{d=1}^{n_0} x_d", 7, "d is a size, not an index"),
    ("\\sum_{k}^{n_0} n_0", 1, "expected limits of k"),
    ("\\sum x_l", 6, "expected _{index = …} after \\sum"),
    ("1/n_0 n_1", 7, "a/b c can be read in two ways"),
    ("2 3", 3, "expected \\cdot"),
    ("x_l 3", 5, "expected \\cdot"),
    ("\\prod_{k=0}^{i} n_k Var[x]", 21, "inside \\prod or after it?"),
    ("x_l / 0", 7, "division by zero"),
    ("\\frac{1}{n_0 - n_0}", 1, "division by zero"),
    ("s^i x", 1, "uncertain product of vectors"),
    ("s^i W^i", 1, "the product does not fit"),
    ("s^i + x", 1, "do not go together"),
    ("s^i = 1 + x_l", 7, "do not go together"),
    ("j n_i", 1, "unknown name j"),
    ("\\partial C", 11, "expected / and \\partial"),
    ("\\partial C/\\partial n_i", 21, "expected a variable"),
    ("\\partial C/\\partial x_l^2", 21, "expected a variable"),
    ("\\sgn(x_l)", 1, "cannot read \\sgn here"),
    ("x_l @ 2", 5, "unexpected character '@'"),
    ("x_{l}^{10^{9}}", 1, "an exponent of more than 1000"),
    ("10^{10^{9}}", 1, "an exponent of more than 1000"),
    ("9^{9^{9}}", 1, "an exponent of more than 1000"),
    ("((9^{999})^{999})^{999}", 2, "too large"),
    ("(x_l^{999})^{999}", 1, "too large"),
    ("", 1, "expected a formula, before the end"),
    ("= n_0", 1, "expected a formula, before ="),
    ("E[E]", 4, "expected [ or ( after E"),
    ("Var[\\sum_{i=0}^{d} z^i]", 20, "expected the indices of z inside a sum"),
]


@pytest.mark.parametrize(("text", "column", "message"), REFUSED, ids=lambda v: str(v)[:40])
def test_refused(text: str, column: int, message: str) -> None:
    with pytest.raises(Unreadable) as no:
        read(text, GLOROT)
    assert message in no.value.reason
    assert (no.value.line, no.value.column) == (1, column)


def test_place_in_later_lines_counts_code_points() -> None:
    with pytest.raises(Unreadable) as no:
        read("n_0\n  · n_1\n  · q_2", GLOROT, line=10, column=5)
    assert (no.value.line, no.value.column) == (12, 5)


@pytest.mark.parametrize("number", [1, 8, Rational(39, 20), Rational(8, 27), 720, -1, -2])
@pytest.mark.parametrize("power", [-1, 2, -2, 3])
def test_root_of_a_quotient_is_the_term_that_sympy_makes(number: Any, power: int) -> None:
    bases = [i, w, d + 1, i**2 + 1, i - l, n(i) + n(i + 1), 2 * i + 2 * l, E(w**2), Var(x(l)),
             i * l, erf(i), pi * i, Sum(w, (j, 1, d)), Apply("f", 0, Y), Partial(C, w)]  # fmt: skip
    for base in (number * b**power for b in bases):
        for e in (Rational(1, 2), Rational(-1, 2), Rational(2, 3), Rational(-5, 4)):
            assert raised(base, e) == base**e
            assert raised(base, e).args == (base**e).args


def test_word_that_can_be_cut_in_two_ways() -> None:
    model = Model("words")
    for name in ("ab", "a", "b"):
        model.random(name)
    with pytest.raises(Unreadable, match="ab can be read as one name and as a product of names"):
        read("ab", model)
    assert read("a b", model).term == Entry("a") * Entry("b")


def test_letters_of_a_head_are_never_cut() -> None:
    model = Model("letters")
    for name in ("V", "a", "r"):
        model.random(name)
    with pytest.raises(Unreadable, match="Var can be read as one name and as a product"):
        read("Var[a]", model)
    assert read("\\operatorname{Var}[a]", model).term == Var(Entry("a"))


@pytest.mark.parametrize(
    "text",
    [
        "{" * 10_000 + "x_1" + "}" * 10_000,
        "(" * 9_000 + "n_0" + ")" * 9_000,
        "\\frac{" * 2_000 + "n_0",
        "n_{" * 3_000,
        "x_1^{" * 2_000,
        "E[" * 3_000,
        "n_0+" * 25_000,
        "x" * 100_000,
        "x" * 19_000,
        "\\prod_{k=0}^{i} " * 1_000 + "n_k",
        "f" + "'" * 10_000 + "(x_1)",
        "7" * 10_000,
        "\\hat{" * 3_000,
        "\\mathbf " * 2_000,
        "n_0 " * 4_000 + "@",
    ],
    ids=lambda text: text[:12],
)
def test_hostile_text_is_refused_quickly(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(Unreadable):
        read(text, GLOROT)
    assert time.perf_counter() - start < 2


def test_long_formula_is_read_quickly() -> None:
    start = time.perf_counter()
    found = read(" + ".join(f"n_{{{a % 90}}} Var[x_{{{a}}}]" for a in range(700)), GLOROT)
    assert len(found.term.args) == 700
    assert time.perf_counter() - start < 2
