"""Formulas as text, ASCII, LaTeX and declarations; line breaks; emphasis."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, Rational, Symbol, sqrt, symbols

from derive.model import Model, Statement, ranges
from derive.terms import Apply, Cov, Delta, E, Entry, Partial, Product, Sum, Var
from derive.writing import formula
from derive.writing.formula import ASCII, LATEX, SOURCE, TEXT, lines, spans, write

i, k, l, m, n_ = symbols("i k l m n")
i1, l1 = Symbol("i'"), Symbol("l'")


def glorot() -> Model:
    model = Model("glorot")
    d = model.size("d", 0)
    n = model.size_family("n", (i, 0, d + 1))
    model.random("x", (l, 1, n[0]))
    model.random("W", (i, 0, d), (l, 1, n[i]), (k, 1, n[i + 1]), raised=1)
    model.function("f")
    model.given("b", (i, 0, d), (k, 1, n[i + 1]), raised=1)
    model.defined("z", (i, 0, d + 1), (l, 1, n[i]), raised=1)
    s = model.defined("s", (i, 0, d), (k, 1, n[i + 1]), raised=1)
    model.cost("C", s[d, k], (k, 1, n[d + 1]))
    return model


G = glorot()
n, x, W, b, z, s = (G.families[name] for name in "nxWbzs")
f, C, d = G.functions["f"], Entry("C"), Symbol("d")
top = Partial(C, s[d, 1])
change = Partial(C, s[i, k])
below = Product(n[i1] * Var(W[i1, 1, 1]), (i1, 0, i - 1))
above = Product(n[i1 + 1] * Var(W[i1, 1, 1]), (i1, i + 1, d))
square = Var(z[i, l]) * Var(change) + E(z[i, l]) ** 2 * Var(change) + E(change) ** 2 * Var(z[i, l])
closed = Var(x[1]) * Var(top) * below * above

TABLE = [
    (Var(z[i, l]), "Var[z^i_l]", "Var[z^i_l]", r"\operatorname{Var}[z^i_l]"),
    (
        Sum(z[i, l] * W[i, l, k], (l, 1, n[i])) + b[i, k],
        "Σ_{l=1}^{n_i} z^i_l W^i_{l,k} + b^i_k",
        "sum_{l=1}^{n_i} z^i_l W^i_{l,k} + b^i_k",
        r"\sum_{l=1}^{n_i} z^i_l W^i_{l,k} + b^i_k",
    ),
    (
        below,
        "∏_{i'=0}^{i-1} n_{i'} Var[W^{i'}]",
        "prod_{i'=0}^{i-1} n_{i'} Var[W^{i'}]",
        r"\prod_{i'=0}^{i-1} n_{i'} \operatorname{Var}[W^{i'}]",
    ),
    (change, "∂C/∂s^i_k", "dC/ds^i_k", r"\frac{\partial C}{\partial s^i_k}"),
    (f.prime(s[i, k]), "f'(s^i_k)", "f'(s^i_k)", "f'(s^i_k)"),
    (
        f.prime(s[i, k]) * Sum(W[i + 1, k, m] * Partial(C, s[i + 1, m]), (m, 1, n[i + 1])),
        "f'(s^i_k) Σ_{m=1}^{n_{i+1}} W^{i+1}_{k,m} · ∂C/∂s^{i+1}_m",
        "f'(s^i_k) sum_{m=1}^{n_{i+1}} W^{i+1}_{k,m} * dC/ds^{i+1}_m",
        r"f'(s^i_k) \sum_{m=1}^{n_{i+1}} W^{i+1}_{k,m} \frac{\partial C}{\partial s^{i+1}_m}",
    ),
    (E(z[i, l]) ** 2, "E[z^i_l]²", "E[z^i_l]^2", r"\mathbb{E}[z^i_l]^2"),
    (E(x[l] ** 2), "E[x_l²]", "E[x_l^2]", r"\mathbb{E}[x_l^2]"),
    (E(z[i, l] ** 2), "E[(z^i_l)²]", "E[(z^i_l)^2]", r"\mathbb{E}[(z^i_l)^2]"),
    (Delta(l1, l), "δ_{l,l'}", "delta_{l,l'}", r"\delta_{l,l'}"),
    (
        Var(change * Partial(s[i, k], W[i, l, k])),
        "Var[∂C/∂s^i_k · ∂s^i_k/∂W^i_{l,k}]",
        "Var[dC/ds^i_k * ds^i_k/dW^i_{l,k}]",
        r"\operatorname{Var}\left[\frac{\partial C}{\partial s^i_k} "
        r"\frac{\partial s^i_k}{\partial W^i_{l,k}}\right]",
    ),
    (
        n[i + 1] * Var(W[i, 1, 1]) / (n[d + 1] * Var(W[d, 1, 1])),
        "n_{i+1} Var[W^i] / (n_{d+1} Var[W^d])",
        "n_{i+1} Var[W^i] / (n_{d+1} Var[W^d])",
        r"\frac{n_{i+1} \operatorname{Var}[W^i]}{n_{d+1} \operatorname{Var}[W^d]}",
    ),
    (
        2 / (n[i] + n[i + 1]),
        "2 / (n_i + n_{i+1})",
        "2 / (n_i + n_{i+1})",
        r"\frac{2}{n_i + n_{i+1}}",
    ),
    (
        Sum(Cov(z[i, l], z[i, m]), (m, 1, n[i], (l,))),
        "Σ_{m=1, m≠l}^{n_i} Cov[z^i_l, z^i_m]",
        "sum_{m=1, m!=l}^{n_i} Cov[z^i_l, z^i_m]",
        r"\sum_{m=1, m \ne l}^{n_i} \operatorname{Cov}[z^i_l, z^i_m]",
    ),
]

TEXTS = [
    (closed, f"Var[x] Var[∂C/∂s^d] {write(below, G)} · {write(above, G)}"),
    (n[i] * Var(W[i, 1, 1]) * Var(z[i, 1]), "n_i Var[W^i] Var[z^i]"),
    (n[i] * Var(W[i, 1, 1]) * E(z[i, 1] ** 2), "n_i Var[W^i] E[(z^i)²]"),
    (E(x[1]) ** 2 * n[0] * (n[0] - 1) + n[0] * E(x[1] ** 2), "n_0 E[x²] + n_0 (n_0 - 1) E[x]²"),
    (E(x[1] * x[2]), "E[x_1 x_2]"),
    (Var(Partial(C, W[i, 1, 1])), "Var[∂C/∂W^i]"),
    (1 / n[0], "1/n_0"),
    (x[l] / 2 - 3, "x_l/2 - 3"),
    (-x[l] - x[k], "-x_k - x_l"),
    (x[l] - x[k], "x_l - x_k"),
    (Integer(-3), "-3"),
    (Rational(-2, 3), "-2/3"),
    (-((x[k] + x[l]) ** 2), "-(x_k + x_l)²"),
    ((-2) ** k * x[l], "(-2)^k x_l"),
    (2 * Symbol("c") ** k * 3**k, "2 · 3^k c^k"),
    ((x[l] ** 3) ** 2, "x_l⁶"),
    ((x[l] ** k) ** Rational(3), "x_l^{3k}"),
    ((Symbol("c") ** i) ** k, "(c^i)^k"),
    (z[i, l] ** 10, "(z^i_l)¹⁰"),
    (change**2, "(∂C/∂s^i_k)²"),
    (change * x[l] / 2, "x_l · (∂C/∂s^i_k) / 2"),
    (f(s[i, k]) ** 2, "f(s^i_k)²"),
    (Apply("f", 2, x[l]), "f''(x_l)"),
    (sqrt(n[i]), "√(n_i)"),
    (sqrt(6), "√6"),
    (1 / sqrt(n[i]), "1 / √(n_i)"),
    (Sum(x[l], (l, 1, d)) ** 2, "(Σ_{l=1}^{d} x_l)²"),
    (Sum(x[l], (l, 1, d)) * Sum(x[l], (l, 1, i)), "(Σ_{l=1}^{d} x_l) Σ_{l=1}^{i} x_l"),
    (Sum(x[l], (l, 1, d)) / n[0], "(Σ_{l=1}^{d} x_l) / n_0"),
    (Sum(x[l] - 1, (l, 1, d)), "Σ_{l=1}^{d} (x_l - 1)"),
    (Sum(-x[l], (l, 1, d)), "Σ_{l=1}^{d} (-x_l)"),
    (Product(n[k] / n[k + 1], (k, 0, d)), "∏_{k=0}^{d} (n_k/n_{k+1})"),
    (Sum(Sum(x[l] * x[m], (l, 1, d)), (m, 1, d)), "Σ_{m=1}^{d} Σ_{l=1}^{d} x_l x_m"),
    (n[2 * i + 1], "n_{2i+1}"),
    (n[d - i], "n_{d-i}"),
    (2 * i + 1, "2 i + 1"),
    (Var(x[l]) + Var(x[k]) + 2 * Cov(x[l], x[k]), "Var[x_k] + Var[x_l] + 2 Cov[x_k, x_l]"),
    (E(x[l] ** 2) - E(x[l]) ** 2, "E[x_l²] - E[x_l]²"),
    (E(x[l]) ** 2 + Var(x[l]), "Var[x_l] + E[x_l]²"),
    (E(z[i, l] * z[i, m] * W[i, l, k] * W[i, m, k]), "E[z^i_l z^i_m W^i_{l,k} W^i_{m,k}]"),
]


@pytest.mark.parametrize(("e", "text", "ascii_", "latex"), TABLE)
def test_forms(e: Expr, text: str, ascii_: str, latex: str) -> None:
    assert write(e, G) == text
    assert write(e, G, ASCII) == ascii_
    assert write(e, G, LATEX) == latex


@pytest.mark.parametrize(("e", "text"), TEXTS)
def test_text(e: Expr, text: str) -> None:
    assert write(e, G) == text


def test_source_keeps_every_index_and_closes_products() -> None:
    assert write(closed, G, SOURCE) == (
        r"\operatorname{Var}[x_1] \operatorname{Var}[\frac{\partial C}{\partial s^d_1}] "
        r"(\prod_{i'=0}^{i-1} n_{i'} \operatorname{Var}[W^{i'}_{1,1}]) "
        r"\prod_{i'=i+1}^{d} n_{i'+1} \operatorname{Var}[W^{i'}_{1,1}]"
    )


def test_other_letters_and_brackets() -> None:
    """The notation of other notes: layers below, entries in brackets, Greek names."""
    model = Model("other")
    M = model.size("M", 0)
    N = model.size_family("N", (k, 0, M + 1))
    x = model.random("x", (l, 1, N[0]), style="brackets")
    W = model.random("W", (k, 1, M + 1), (i, 1, N[k]), (l, 1, N[k - 1]), raised=1, style="brackets")
    model.random("q_out", (l, 1, M))
    model.random("ν", (l, 1, M))
    sigma = model.function("σ")
    h = model.defined("h", (k, 0, M), (l, 1, N[k]), raised=1, style="_[")
    model.cost("L", h[M, l], (l, 1, N[M]))
    line = Sum(W[k, i, l] * h[k - 1, l], (l, 1, N[k - 1]))
    assert write(line, model) == "Σ_{l=1}^{N_{k-1}} W_k[i,l] h_{k-1}[l]"
    assert write(sigma.prime(line), model, LATEX).startswith(r"\sigma'\left(\sum")
    assert write(sigma(x[l]), model, ASCII) == "sigma(x[l])"
    assert write(Var(x[1]) * Var(W[k, 1, 1]) * Var(h[k, 1]), model) == "Var[W_k] Var[h_k] Var[x]"
    assert write(Var(Partial(Entry("L"), h[k, 1])), model) == "Var[∂L/∂h_k]"
    assert write(Var(W[k, 1, 1]), model, SOURCE) == r"\operatorname{Var}[W_k[1,1]]"
    assert write(x[l] ** 2, model) == "x[l]²"
    assert write(Entry("ν", l), model, LATEX) == r"\nu_l"
    assert write(Entry("q_out", l), model, LATEX) == r"{q_{\mathrm{out}}}_l"
    assert write(Entry("n̂", l), None, LATEX) == r"\hat{n}_l"
    assert write(Entry("Δw", l), None, LATEX) == r"\Delta w_l"


def test_ranges() -> None:
    over = ranges((i, 0, d), (l, 1, n[i], (m,)))
    assert formula.ranges(over, G) == "i = 0 … d, l = 1 … n_i, l≠m"
    assert formula.ranges(over, G, ASCII) == "i = 0 .. d, l = 1 .. n_i, l!=m"
    assert formula.ranges(over, G, SOURCE) == r"i = 0..d, l = 1..n_i, l \ne m"


def joined(rows: list[list[tuple[str, bool]]]) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def test_a_sum_breaks_before_its_signs() -> None:
    assert joined(lines(square, G, width=71)) == [
        "Var[z^i_l] Var[∂C/∂s^i_k]",
        "  + E[z^i_l]² Var[∂C/∂s^i_k]",
        "  + Var[z^i_l] E[∂C/∂s^i_k]²",
    ]


def test_a_product_breaks_before_its_products() -> None:
    result = Statement(Var(Partial(C, W[i, 1, 1])), closed)
    assert joined(lines(result, G, width=60)) == [
        "Var[∂C/∂W^i] = Var[x] Var[∂C/∂s^d]",
        "  · ∏_{i'=0}^{i-1} n_{i'} Var[W^{i'}]",
        "  · ∏_{i'=i+1}^{d} n_{i'+1} Var[W^{i'}]",
    ]
    assert joined(lines(result, G, width=32))[:2] == [
        "Var[∂C/∂W^i]",
        "  = Var[x] Var[∂C/∂s^d]",
    ]
    left = Statement(closed, Var(x[l]))
    assert joined(lines(left, G, width=40))[-1] == "  = Var[x_l]"


def test_emphasis() -> None:
    old = Var(change)
    marked = [text for text, hot in spans(square, G, marks=[old]) if hot]
    assert marked == ["Var[∂C/∂s^i_k]"] * 2
    assert "".join(text for text, _ in spans(square, G, marks=[old])) == write(square, G)
    part = [text for text, hot in spans(closed, G, marks=[Var(x[1]) * below]) if hot]
    assert part == ["Var[x]", write(below, G)]
    broken = lines(square, G, width=20, marks=[square])
    assert all(hot for row in broken for text, hot in row if text.strip())


ATOMS = [x[l], z[i, l], W[i, l, k], b[i, k], n[i], n[i + 1], change, f(s[i, k]), i, d]
ATOMS += [Integer(2), Integer(-1), Rational(-3, 2), below]


def larger(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    few = st.lists(inner, min_size=2, max_size=4)
    return st.one_of(
        few.map(lambda es: sum(es[1:], es[0])),
        few.map(lambda es: es[0] * es[1] * es[-1]),
        inner.map(lambda e: e**2),
        inner.map(lambda e: e if e == 0 else 1 / e),
        inner.map(E),
        inner.map(Var),
        st.tuples(inner, inner).map(lambda es: Cov(*es)),
        inner.map(lambda e: Sum(e, (l, 1, n[i]))),
        inner.map(lambda e: Product(e, (i, 0, d))),
    )


TERMS = st.recursive(st.sampled_from(ATOMS), larger, max_leaves=20)


@settings(max_examples=150, deadline=None)
@given(TERMS, st.integers(20, 120))
def test_no_line_is_too_long(e: Expr, width: int) -> None:
    rows = joined(lines(e, G, width=width))
    smallest = {row.strip() for row in joined(lines(e, G, width=1))}
    for row in rows:
        assert len(row) <= width or row.strip() in smallest
    said = re.sub(r"[\s·]", "", "".join(rows))
    assert said == re.sub(r"[\s·]", "", write(e, G))


@settings(max_examples=150, deadline=None)
@given(TERMS)
def test_latex_is_balanced(e: Expr) -> None:
    for form in (LATEX, SOURCE):
        written = write(e, G, form)
        for left, right in ("{}", "[]", "()", (r"\left", r"\right")):
            assert written.count(left) == written.count(right)
        assert written.isascii()


@settings(max_examples=100, deadline=None)
@given(TERMS)
def test_ascii_is_ascii_and_marks_change_nothing(e: Expr) -> None:
    assert write(e, G, ASCII).isascii()
    assert "".join(text for text, _ in spans(e, G, TEXT, marks=[x[l], n[i]])) == write(e, G)
