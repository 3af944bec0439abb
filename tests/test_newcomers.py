"""What lecturers and students write, with the mistakes that they make, and what they are told."""

from __future__ import annotations

import pytest
from notes import checked, shown

from derive.judging.check import check
from derive.judging.documents import Checked
from derive.read.document import document
from derive.show.annotated import annotated
from derive.show.checked import Shown
from derive.show.checked_markdown import as_markdown
from derive.writing.spelling import TEXT

SECOND_MOMENTS = r"""size n
random w_j, x_j for j = 1..n
let y = \sum_{j=1}^{n} w_j x_j
assume independent w_j; w independent of x; E[w_j] = 0; same Var[w_j] over j
assume same E[x_j^2] over j
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("Var[y] = n Var[w] E[x^2]", "holds"),
        ("E[x_j^2] = Var[x_1] + E[x_1]^2", "holds"),
        ("Var[y] = n^2 Var[w] E[x^2]", "fails"),
        ("E[x_j^2] = Var[x_j] + E[x_1]^2", "needs"),
    ],
)
def test_second_moments_may_be_alike_where_variances_are_not(claim: str, verdict: str) -> None:
    assert checked(SECOND_MOMENTS, claim).claims[0].verdict == verdict


def test_what_needs_means_of_0_does_not_fail_for_second_moments_that_are_alike() -> None:
    page = shown(SECOND_MOMENTS, "Var[y] = n Var[w] Var[x]")
    assert "needs E[x_j] = 0" in page and "left - right = n Var[w] E[x]²" in page


CONTROL = r"""random f, g
given c
let h = f - c (g - E[g])
"""
WEIGHTED = r"""size n
random f_i, w_i for i = 1..n
let \mu = \frac{1}{n} \sum_{i=1}^n w_i f_i
assume independent (f_i, w_i)
"""


def test_claims_that_can_both_be_right_are_no_conflict() -> None:
    whole = "Var(h) = Var(f) - 2c Cov(f, g) + c^2 Var(g)"
    assert not checked(CONTROL, whole, "Var(h) = Var(f) + c^2 Var(g)").conflicts
    wrong = checked(CONTROL, whole, "Var(h) = Var(f) - c^2 Var(g)")
    assert [c.verdict for c in wrong.claims] == ["holds", "fails"]
    assert not wrong.conflicts  # the verdict has told it
    same = r"Var[\mu] = \frac{1}{n} (E[w^2 f^2] - E[w f]^2)"
    assert not checked(WEIGHTED, r"Var[\mu] = \frac{1}{n} Var[w f]", same).conflicts


SCORE = r"""size d_k, d_{model}
random q_i, k_i for i = 1..d_k
given \sigma_\epsilon > 0, m_l
let s = \sum_{i=1}^{d_k} q_i k_i
let \mu_B = \frac{1}{d_k} \sum_{i=1}^{d_k} q_i
assume independent q_i, k_i; E[q_i] = 0; E[k_i] = 0; Var[q_i] = \sigma_\epsilon^2; Var[k_i] = 1
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\operatorname{Var}[q^\top k] = d_k \sigma_{\epsilon}^2", "holds"),
        (r"\operatorname{Var}[\mu_B] = \frac{\sigma_\epsilon^2}{d_k}", "holds"),
        (r"\operatorname{Var}[\mu_B] = \sum_{B=1}^{d_k} E[\mu_B]", "unreadable"),
        (r"\operatorname{Var}[q_l] = m_l", "unreadable"),
        (r"\sum_{l=1}^{d_k} m_l = d_k m_l", "unreadable"),
    ],
)
def test_a_letter_below_a_name_without_a_range_is_part_of_the_name(
    claim: str, verdict: str
) -> None:
    found = checked(SCORE, claim).claims[0]
    assert found.verdict == verdict
    if found.trouble:
        assert "is an index here, but " in found.trouble.reason
        assert "was declared without 'for" in found.trouble.reason


def test_a_letter_that_has_a_range_is_an_index_also_when_it_is_greek() -> None:
    found = checked(
        "size L, n_\\ell for \\ell = 1..L\n", r"\sum_{k=1}^L n_k = \sum_{\ell=1}^L n_\ell"
    )
    assert [c.verdict for c in found.claims] == ["holds"]


LOST = r"""size m
random x_i for i = 1..m
given \mu, \sigma > 0
let \mu_B = = 3
let v = \mu_B + x_1
assume E[x_i] = \mu
"""


def test_what_cannot_be_read_takes_nothing_else_with_it() -> None:
    page = shown(LOST, r"E[x_i] = \mu", r"E[\mu_B] = \mu", "v = v")
    assert page.count("could not be read") == 3 and "declared in line" not in page
    assert r"? unreadable declarations: \mu has no meaning: line 5 could not be read" in page
    assert r"? unreadable v has no meaning: line 5 could not be read" in page
    assert page.count("^") == 1 and "1 holds" in page


def test_a_number_that_a_definition_speaks_of_is_not_free_to_be_chosen() -> None:
    block = "random x\ngiven a\nlet y = a x\nassume Var[x] = 1\n"
    page = shown(block, "Var[y] = a")
    assert "✗ fails" in page and "nearest true: Var[y] = a² (a → a²)" in page


def test_an_unknown_name_is_shown_whole_with_what_would_define_it() -> None:
    block = "size k, c\nrandom w_{d,a} for d = 1..c, a = 1..k\n"
    page = shown(
        block, r"\sigma_w = \sqrt{\frac{2}{k c}}", "E[w] = 2 n_l", "Q + 1 = k", r"\max = k"
    )
    defined = (
        r"unknown name \sigma_w; if this defines it, declare 'let \sigma_w = \sqrt{\frac{2}{k c}}'"
    )
    assert defined in page
    assert "unknown name n_l: 'size n_l', 'given n_l' or 'random n_l' declares it" in page
    assert "unknown name Q: 'size Q', 'given Q' or 'random Q' declares it" in page
    near = shown(block + "given \\sigma_v\n", r"\sigma_w = 2 k")
    assert r"nearest: \sigma_{\mathrm{v}}; if this defines it, declare 'let \sigma_w = 2 k'" in near
    greek = r"unknown name \nu: 'given \nu', or 'given \nu > 0', declares a fixed number"
    assert greek in shown(block, r"k = \nu + 1")
    assert r"unknown name mean: a mean is written E[…]" in shown(block, r"\mathrm{mean}(w_1) = 0")
    again = checked(block + r"let \sigma_w = \sqrt{\frac{2}{k c}}" + "\n", r"\sigma_w^2 = 2/(k c)")
    assert [c.verdict for c in again.claims] == ["holds"]


MUP = r"""size d, n
random x_j for j = 1..d
random U_{ij} for i = 1..n, j = 1..d
random v_i for i = 1..n
let h_i = \sum_{j=1}^d U_{ij} x_j for i = 1..n
let f = \sum_{i=1}^n v_i h_i
let g = f + v_1
assume independent x, U, v
assume E[v_i] = 0; Var[v_i] = 1/n^2; E[x_j^2] = 1
"""
ON = r"\frac{\partial f}{\partial h_i} \frac{\partial h_i}{\partial U_{ij}}"
SLOPE = r"\frac{\partial f}{\partial U_{ij}}"


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (rf"{SLOPE} = v_i x_j", "holds"),
        (rf"{SLOPE} = 0", "fails"),
        (f"{SLOPE} = {ON}", "holds"),
        (r"\frac{\partial f}{\partial v_i} = h_i", "holds"),
        (rf"E[{SLOPE}] = 0", "holds"),
        (rf"E[({SLOPE})^2] = 1/n^2", "holds"),
        (rf"Var[{SLOPE}] = 1/n", "fails"),
        (rf"Var[{SLOPE}] = Var[x_j]/n^2", "needs"),
        (r"\frac{\partial g}{\partial v_1} = h_1 + 1", "undecided"),
        (r"\frac{\partial g}{\partial x_j} = \sum_{i=1}^n v_i U_{ij}", "holds"),
        (r"\frac{\partial (v_1 h_1)}{\partial U_{1,1}} = 0", "undecided"),
    ],
)  # fmt: skip
def test_a_derivative_follows_what_lies_between(claim: str, verdict: str) -> None:
    assert checked(MUP, claim).claims[0].verdict == verdict


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\frac{\partial s^i_k}{\partial z^i_l} = W^i_{l,k}", "holds"),
        (r"\frac{\partial z^{i+1}_k}{\partial z^i_l} = W^i_{l,k}", "holds"),
        (r"\frac{\partial z^{i+1}_k}{\partial W^i_{l,k}} = z^i_l", "holds"),
        (r"\frac{\partial z^{i+1}_k}{\partial W^i_{l,k}} = 0", "fails"),
        (r"\frac{\partial z^{i+2}_k}{\partial z^i_l} = 0", "undecided"),
        (r"\frac{\partial z^{i+2}_k}{\partial W^i_{l,k}} = 0", "undecided"),
        (r"E[\frac{\partial z^{i+2}_k}{\partial z^i_l}] = 1", "undecided"),
    ],
)
def test_layers_are_not_followed_to_a_derivative(claim: str, verdict: str) -> None:
    found = check(document(f"```derive\nuse glorot\n```\n\n$${claim}$$\n")).claims[0]
    assert found.verdict == verdict, found.links[0].message


DECLARED = r"""size n
random x_i, y_i for i = 1..n
random w_{ij} for i = 1..n, j = 1..n
random a, b
given c
"""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("random q, k for i = 1..n", "the index i: write q_i"),
        (r"random q \in \mathbb{R}^n", "a vector has an index: 'random x_i for i = 1..n'"),
        ("random q_i ~ N(0, 1) for i = 1..n", "a law is a fact: 'random x_i for …' first"),
        ("random q_i for i in 1..n", "a range is written 'for i = 1..n'"),
        ("random q_i i = 1..n", "write 'for' before the ranges"),
        ("size m = 3", "'assume n = 3' fixes one"),
        ("size m > 1", "a least size is written 'size n >= 2'"),
        ("given d = 2", "a number that is known is defined: 'let c = 2'"),
        ("assume x_i iid", "say both: 'independent x_i; same law x_i over i'"),
        ("assume same law x_i", "as in 'same law x_i over i'"),
        ("assume c > 0", "a bound is said where a name is declared: 'size n >= 2', 'given c > 0'"),
        ("assume E[x_i] = 0, Var[x_i] = 1", "put ; between facts"),
        ("assume x_i has mean 0", "write 'E[x_i] = 0'"),
        (r"assume x_i \perp y_i", "write 'x independent of y'"),
        (
            "assume Cov[x_i, x_j] = 0",
            "this says \\operatorname{Var}[x_i] = 0: write 'uncorrelated'",
        ),
        ("assume E[x_i x_j] = 0", "this says \\mathbb{E}[x_i^2] = 0"),
        (r"assume Cov[x_i, x_j] = 0, i \ne j", r"write 'Cov[x_i, x_j] = c for i \ne j', or"),
        ("cost L = x_1^2", "a cost is any function of what stands after 'of'"),
        ("let s = sum_{i=1}^n x_i", "commands of LaTeX begin with \\"),
        ("x_i ~ N(0, 1)", "a fact begins with 'assume', a definition with 'let'"),
        ("% comment", "a comment begins with #"),
        ("assume a ~ Exp(1)", "expected a law: U[-a, a], N(m, variance v), Laplace"),
    ],
)
def test_a_declaration_that_is_not_read_says_how_it_is_written(line: str, words: str) -> None:
    found = checked(DECLARED + line + "\n").claims
    assert [words in c.trouble.reason for c in found if c.trouble] == [True], found


@pytest.mark.parametrize(
    "line",
    [r"given p \in (0, 1)", r"let s := \sum_{i=1}^n x_i", "assume x, y independent of w, a",
     "assume Cov[x_i, y_j] = 0", "assume Cov[x_1, x_2] = 0"],
)  # fmt: skip
def test_what_is_meant_beyond_doubt_is_read(line: str) -> None:
    assert checked(DECLARED + line + "\n").claims == ()


def test_what_two_families_are_independent_of_together() -> None:
    block = DECLARED + "assume x, y independent of w; independent w_{ij}; E[w_{ij}] = 0\n"
    page = shown(block, "E[w_{1,1} x_1 y_1] = 0", "E[a b x_1] = E[a] E[b x_1]")
    assert "by independence x, y independent of w; E[w_{ij}] = 0" in page
    assert "needs a independent of" in page


NETWORK = r"""size L, n_l for l = 0..L
random x_i for i = 1..n_0
random W^l_{i,j} for l = 1..L, i = 1..n_l, j = 1..n_{l-1}
given f(z)
let a^0_i = x_i for i = 1..n_0
let z^l_i = \sum_{j=1}^{n_{l-1}} W^l_{i,j} a^{l-1}_j for l = 1..L, i = 1..n_l
let a^l_i = f(z^l_i) for l = 1..L, i = 1..n_l
cost J of z^L
"""
BACK = r"\delta^l_i = f'(z^l_i) \sum_{k=1}^{n_{l+1}} W^{l+1}_{k,i} \delta^{l+1}_k"


@pytest.mark.parametrize(
    "slope", [r"\frac{\partial J}{\partial z^l_i}", r"\partial J/\partial z^l_i"]
)
def test_let_may_name_a_derivative_of_the_cost(slope: str) -> None:
    over = "l = 1..L, i = 1..n_l"
    found = checked(NETWORK + rf"let \delta^l_i = {slope} for {over}" + "\n", BACK)
    assert [c.verdict for c in found.claims] == ["holds"]
    less = checked(NETWORK + rf"let \delta^l_i = {slope} for l = 2..L, i = 1..n_l" + "\n", BACK)
    assert less.claims[0].trouble is not None
    assert f"expected the ranges of the derivative: {over}" in less.claims[
        0
    ].trouble.reason.replace("n[l]", "n_l")
    twice = checked(NETWORK + rf"let \delta^l_i = 2 {slope} for {over}" + "\n", BACK)
    assert [c.verdict for c in twice.claims] == ["undecided"]


def test_dots_in_a_chain_leave_nothing_out_but_the_steps() -> None:
    block = "use glorot\n"
    right = "n_0 n_1 Var[W^0] Var[W^1] Var[x]"
    for dots in (r"\cdots", r"\ldots", r"\dots"):
        good = checked(block, rf"Var[z^2] = n_1 Var[W^1] Var[z^1] = {dots} = {right}")
        assert [c.verdict for c in good.claims[0].links] == ["holds"] * 3
    bad = checked(block, r"Var[z^2] = n_1 Var[W^1] Var[z^1] = \cdots = n_0 Var[W^0] Var[x]")
    assert [c.verdict for c in bad.claims[0].links] == ["holds", "fails", "fails"]
    assert checked(block, r"Var[z^2] = n_1 Var[W^1] Var[z^1] = \cdots").claims[0].verdict == "holds"
    assert checked(block, r"Var[z^2] \le \cdots = 1").claims[0].verdict == "unreadable"


@pytest.mark.parametrize(
    ("claim", "when"),
    [
        ("Var[X Y] = Var[X] Var[Y]", r"true as printed when μ = 0"),
        ("Var[c X + b Y] = (c + b)^2 v", "true as printed when c b = 0"),
        ("Var[c X] = c v", "true as printed when c = 1"),
        ("E[X^2] = E[X]^2", ""),
        ("Var[X + c] = v + c", "true as printed when c = 0"),
        ("Var[X + p] = v + p", ""),
    ],
)
def test_a_false_claim_is_true_when_what_is_left_over_is_0(claim: str, when: str) -> None:
    block = r"""random X, Y
given \mu, c, b, p > 0, v > 0
assume independent X, Y; E[X] = E[Y] = \mu; Var[X] = Var[Y] = v
"""
    page = shown(block, claim)
    assert "✗ fails" in page
    assert (when in page) if when else ("true as printed" not in page)


def test_what_says_the_claim_again_is_no_answer() -> None:
    block = NETWORK + "assume independent W^l_{i,j}; x independent of W\n"
    page = shown(block, "Var[z^l] = n_l Var[W^l] E[(a^{l-1})^2]")
    assert "true as printed" not in page


def test_only_the_numbers_that_matter_are_told() -> None:
    block = r"""size n, m
random X, Y
random w_i, u_i for i = 1..n
given \mu, \sigma > 0, a, b, q
let s = a \sum_{i=1}^n w_i
assume independent X, Y; E[X] = E[Y] = \mu; Var[X] = Var[Y] = \sigma^2
assume independent w_i; Var[w_i] = q^2
"""
    assert "left - right = 2 σ² μ = 0, σ = 1: left 2, right 0" in shown(block, "Var(X - Y) = 0")
    assert "n = 1, a = 2, q = 1, E[w] = 0: left 4, right 1" in shown(block, "Var(s) = n")
    assert "n = 1, i = 1, Var[u] = 1: left 1, right 2" in shown(block, "Var(u_i) = 2 Var(u_i)")
    block = "size n\ngiven A_{ij} for i = 1..n, j = 1..n\nrandom x, y\n"
    assert "n = 1: left 2, right 1" in shown(block, r"\sum_{i=1}^n A_{ii} = 1")
    assert "left" in shown(block + "assume Cov[x, y] = 1\n", "Cov[x, y] = Cov[x, 2 y]")


STARRED = r"""random f, g
given \sigma^*
let c^* = \frac{Cov[f, g]}{Var[g]}
let h^{\star} = f - c^* g
"""


def test_a_star_above_is_part_of_a_name() -> None:
    best = r"Var(h^*) = (1 - Corr(f, g)^2) Var(f)"
    found = checked(
        STARRED, best, r"c^\ast = Cov[f, g] / Var[g]", r"(\sigma^*)^2 = \sigma^* \sigma^{*}"
    )
    assert [c.verdict for c in found.claims] == ["holds"] * 3
    page = shown("random f, g\n", r"c^* = \frac{Cov(f, g)}{Var(g)}", "E[f^*] = 0")
    assert (
        r"unknown name c^{*}; if this defines it, declare 'let c^* = \frac{Cov(f, g)}{Var(g)}'"
        in page
    )
    assert "unknown name f^{*} 2 claims" in page


def test_a_root_of_a_square_says_what_has_to_be_positive() -> None:
    block = r"""random X, Y
given \sigma, b
assume independent X, Y; Var[X] = Var[Y] = \sigma^2
"""
    page = shown(block, r"SD(X + Y) = \sqrt{2} \sigma")
    assert r"why shown for σ > 0 alone: declare 'given \sigma > 0'" in page
    again = checked(block.replace(r"\sigma, b", r"\sigma > 0, b"), r"SD(X + Y) = \sqrt{2} \sigma")
    assert again.claims[0].verdict == "holds"


def test_what_a_recursion_begins_with_gets_a_name_of_its_own() -> None:
    block = r"""size T, n
random h^0_i for i = 1..n
let h^t_i = 2 h^{t-1}_i for t = 1..T, i = 1..n
"""
    found = checked(block, "Var[h^t_i] = 4 Var[h^{t-1}_i]").claims
    assert found[0].trouble is not None and found[0].trouble.reason.endswith(
        "say what it is: 'random x_i for i = 1..n' and 'let h^0_i = x_i for i = 1..n'"
    )
    lines = "random x_i for i = 1..n\nlet h^0_i = x_i for i = 1..n"
    pasted = block.replace("random h^0_i for i = 1..n", lines)
    assert checked(pasted, "Var[h^t_i] = 4 Var[h^{t-1}_i]").claims[0].verdict == "holds"
    start = checked("size T\nlet m_t = 2 m_{t-1} for t = 1..T\n").claims[0].trouble
    assert start is not None and "add 'let m_0 = …' for the first one" in start.reason


def test_an_annotated_document_names_the_declaration_and_what_is_nearest() -> None:
    text = "```derive\nrandom x\ngiven a\nlet y = = x\nassume Var[x] = 1\n```\n\n$$Var[a x] = a$$\n"
    file = Checked("a.md", text, data=text.encode(), found=check(document(text)))
    page = annotated(file, TEXT)
    assert "*`let y = = x   ? unreadable: declarations: expected a formula, before =`*" in page
    assert "a = 2:  left 4, right 2; nearest true: Var[a x] = a²" in page


@pytest.mark.parametrize("kind", ["markdown", "annotated"])
def test_what_is_to_be_pasted_has_plain_spaces(kind: str) -> None:
    text = "```derive\nrandom x, y\n```\n\n$$Var[x y] = Var[x] Var[y]$$\n"
    file = Checked("a.md", text, data=text.encode(), found=check(document(text)))
    page = annotated(file, TEXT) if kind == "annotated" else as_markdown([file], TEXT, Shown())
    assert "x, y" in page and "\N{NO-BREAK SPACE}" not in page
