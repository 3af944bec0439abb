"""Lecture notes of all kinds: what asks for a variance, what follows, and what is right instead."""

from __future__ import annotations

from time import process_time

import pytest
from notes import checked, shown

NEURON = r"""size m
given \sigma > 0
random w_i, y_i for i = 1..m
let a = \sum_{i=1}^m w_i y_i
assume independent w_i; w independent of y; E[w_i] = 0
assume same Var[w_i] over i; same law y_i over i
"""
CENTRED = NEURON + "assume independent y_i; E[y_i] = 0; Var[y_i] = 1\n"
NAMED = CENTRED.replace("same Var[w_i] over i", r"Var[w_i] = \sigma^2")
BATCH = r"""size m >= 2
given \mu, \sigma > 0, q in (0, 1), \eta > 0
random x_i for i = 1..m
random k
assume k ~ Bernoulli(q)
assume independent x_i; same law x_i over i; E[x_i] = \mu; Var[x_i] = \sigma^2
let s = \frac{1}{m} \sum_{i=1}^m x_i
let v = \frac{1}{m} \sum_{i=1}^m (x_i - s)^2
let u = -\eta s
"""
RESIDUAL = r"""size L, d
random x_i for i = 1..d
random W^l_{ij} for l = 1..L, i = 1..d, j = 1..d
let h^0_i = x_i for i = 1..d
let h^l_i = h^{l-1}_i + \sum_{j=1}^d W^l_{ij} h^{l-1}_j for l = 1..L, i = 1..d
assume independent W^l_{ij}; x independent of W; E[W^l_{ij}] = 0; E[x_i] = 0
assume Var[W^l_{ij}] = \frac{1}{d}; same Var[x_i] over i
"""


@pytest.mark.parametrize(
    ("block", "claim"),
    [
        (CENTRED, r"Var[a] = 1 \iff Var[w] = \frac{1}{m}"),
        (CENTRED, r"Var[a] = 1 \Rightarrow m Var[w] = 1"),
        (CENTRED, r"Var[w] = \frac{1}{m} \Rightarrow Var[a] = 1"),
        (NAMED, r"Var[a] = 1 \iff \sigma = \frac{1}{\sqrt{m}}"),
        (NAMED, r"Var[a] = 1 \iff \sigma^2 = \frac{1}{m}"),
        (NEURON, r"Var[a] = 1 \iff Var[w] = \frac{1}{m E[y^2]}"),
        (NEURON, r"Var[a] = 1 \quad \text{if} \quad Var[w] = \frac{1}{m E[y^2]}"),
    ],
)
def test_what_a_variance_has_to_be_follows_from_what_it_makes(block: str, claim: str) -> None:
    assert {c.verdict for c in checked(block, claim).claims} == {"holds"}


@pytest.mark.parametrize(
    ("block", "claim"),
    [
        (CENTRED, r"Var[a] = 1 \Rightarrow Var[w] = \frac{2}{m}"),
        (NAMED, r"Var[a] = 1 \Rightarrow \sigma = \frac{1}{m}"),
        (NEURON, r"Var[a] = 1 \Rightarrow Var[w] = \frac{1}{m Var[y]}"),
    ],
)
def test_what_does_not_follow_is_not_said_to(block: str, claim: str) -> None:
    assert checked(block, claim).claims[-1].verdict in ("fails", "undecided", "needs")


def test_a_variance_may_be_chosen_by_moments_of_others() -> None:
    page = shown(NEURON, r"Var[w] = \frac{1}{m E[y^2]}", "m Var[w] E[y^2] = 1")
    assert page.count("a choice, not a consequence") == 2
    block = NEURON + "require Var[w] = \\frac{1}{m E[y^2]}\n"
    found = checked(block, "Var[a] = 1", "Var[a] = 2", r"Var[w] = \frac{1}{m E[y^2]}")
    assert [c.verdict for c in found.claims] == ["holds", "fails", "holds"]


@pytest.mark.parametrize(
    ("claim", "fact"),
    [
        ("Var[a] = m Var[w] E[y^2]", "E[w_i] = 0"),
        ("Var[w] = E[w^2]", "E[w_i] = 0"),
        ("Var[w_i y_i] = Var[w] E[y^2]", "E[w_i] = 0"),
        (r"Var[w] = \frac{Var[a]}{m E[y^2]}", "E[w_i] = 0"),
    ],
)
def test_what_a_variance_is_made_into_is_no_choice(claim: str, fact: str) -> None:
    block = NEURON.replace("; E[w_i] = 0", "")
    page = shown(block, claim)
    assert f"needs {fact}" in page and "a choice" not in page


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"Var[w] = \frac{1}{m}", "needs"),
        (r"\mathrm{std}(w) = m^{-1/2}", "needs"),
        (r"w \sim U\left[-\sqrt{\frac{3}{m}}, \sqrt{\frac{3}{m}}\right]", "needs"),
        (r"\sigma = \frac{1}{\sqrt{m}}", "needs"),
        (r"Var[w] = \sigma", "fails"),
        (r"Var[a] = 1", "fails"),
        (r"Var[w] = \sigma^2", "holds"),
    ],
)
def test_a_variance_that_has_a_name_may_be_chosen_by_either(claim: str, verdict: str) -> None:
    assert checked(NAMED, claim).claims[0].verdict == verdict


def test_what_cancels_is_no_choice() -> None:
    assert checked(NEURON, r"Var[a] = m Var[w] Var[a]").claims[0].verdict == "fails"


def test_a_choice_and_a_law_of_second_moments_are_no_conflict() -> None:
    block = NEURON.replace("; E[w_i] = 0", "")
    found = checked(block, r"Var[w] = \frac{1}{m E[y^2]}", "Var[w] = E[w^2]")
    assert not found.conflicts


@pytest.mark.parametrize(
    ("block", "claim", "right"),
    [
        (BATCH, "Var[k] = q^2", "Var[k] = q (1 - q)"),
        (BATCH, r"E[v] = \sigma^2", "E[v] = σ² (1 - 1/m)"),
        (BATCH, r"E[s^2] = \mu^2", "E[s²] = σ²/m + μ²"),
        (BATCH, r"Var[u] = -\eta \frac{\sigma^2}{m}", "Var[u] = σ² η² / m"),
        (CENTRED, r"Var[a] = \sqrt{m} Var[w]", "Var[a] = m Var[w]"),
        (RESIDUAL, "Var[h^L] = 2 L Var[x]", "Var[h^L] = 2^L Var[x]"),
        (RESIDUAL, "Var[h^L] = 2^{L-1} Var[x]", "Var[h^L] = 2^L Var[x]"),
        (RESIDUAL, "Cov[h^L_i, x_i] = Var[h^L_i]", "Cov[x_i, h^L_i] = Var[x]"),
    ],
)
def test_what_is_far_from_right_is_told_what_is(block: str, claim: str, right: str) -> None:
    page = shown(block, claim)
    assert "✗ fails" in page and f"nearest true: {right} (as derived)" in page


def test_what_is_close_to_right_is_not_told_more() -> None:
    page = shown(BATCH, r"Var[s] = \frac{\sigma^2}{m^2}")
    assert "(1/m² → 1/m)" in page and "as derived" not in page


@pytest.mark.parametrize(
    ("claim", "when"),
    [
        (r"Var[u] = -\eta \frac{\sigma^2}{m}", ""),
        (r"E[k^2] = q E[k]", ""),
        (r"E[k^2] = q^3", ""),
        (r"E[k^2] = 2 q^2", "true as printed when 2 q = 1"),
    ],
)
def test_what_is_declared_rules_out_when_a_claim_would_be_true(claim: str, when: str) -> None:
    page = shown(BATCH, claim)
    assert "✗ fails" in page
    assert (when in page) if when else ("true as printed" not in page)


def test_a_long_sum_in_a_rectifier_is_not_counted_for_minutes() -> None:
    block = r"""random x_i, w_i for i = 1..784
assume independent x_i, w_i; x_i ~ N(0, variance 1); w_i ~ N(0, variance 1)
let y = \sum_{i=1}^{784} w_i x_i
"""
    start = process_time()
    found = checked(block, r"E[\max(0, y / 28)] = \frac{1}{\sqrt{2 \pi}}", r"\mathrm{std}(y) = 28")
    assert [c.verdict for c in found.claims] == ["undecided", "holds"]
    assert process_time() - start < 10


def test_an_index_that_runs_too_far_is_said_as_it_is_written() -> None:
    block = r"""size L, n_l for l = 0..L
random W^l_{i,j} for l = 1..L, i = 1..n_l, j = 1..n_{l-1}
random u^l_j for l = 0..L, j = 1..n_l
"""
    page = shown(block, r"u^{l-1}_j = \sum_{i=1}^{n_l} W^l_{j,i} u^l_i")
    assert "j ends at n_{l-1} in one place and at n_l in another" in page


BAGGED = r"""size n
given \rho in (0, 1), \sigma > 0, \mu
random X_i for i = 1..n
assume E[X_i] = \mu; Var[X_i] = \sigma^2; Cov[X_i, X_j] = \rho \sigma^2 for i \ne j
let A = \frac{1}{n} \sum_{i=1}^n X_i
let S = \sum_{i=1}^n X_i
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"Var[A] = \rho \sigma^2 + \frac{1 - \rho}{n} \sigma^2", "holds"),
        (r"Var[A] = \frac{1}{n^2} (n \sigma^2 + n (n-1) \rho \sigma^2)", "holds"),
        (r"Var[S] = \sum_{i=1}^n Var[X_i] + 2 \sum_{i < j} Cov[X_i, X_j]", "holds"),
        (r"Corr[X_i, X_j] = \rho, \quad i \ne j", "holds"),
        (r"Cov[X_i, X_j] = \rho \sigma^2", "needs"),
        (r"Var[A] \ge \rho \sigma^2", "holds"),
        (r"Var[A] \le \sigma^2", "holds"),
        (r"Var[A] \le \rho \sigma^2", "fails"),
        (r"Var[A] = \frac{\sigma^2}{n}", "fails"),
        (r"Var[A] = \rho \sigma^2 + \frac{\rho - 1}{n} \sigma^2", "fails"),
        (r"Var[S] = \sum_{i=1}^n Var[X_i] + \sum_{i < j} Cov[X_i, X_j]", "fails"),
    ],
)
def test_what_is_correlated(claim: str, verdict: str) -> None:
    assert checked(BAGGED, claim).claims[-1].verdict == verdict


def test_what_is_correlated_is_counted_with_a_covariance_and_not_said_to_be_independent() -> None:
    page = shown(BAGGED, r"Var[A] = \frac{\sigma^2}{n}")
    assert "n = 2, ρ = 1/2, σ = 1, μ = 0: left 3/4, right 1/2" in page
    assert "nearest true: Var[A] = σ² (1/n + ρ - ρ/n) (as derived)" in page
    assert "true as printed when n = 1" in page
    page = shown(BAGGED, r"Var[S] = \sum_{i=1}^n Var[X_i] + \sum_{i < j} Cov[X_i, X_j]")
    assert page.count("nearest true") == 1 and "(factor 2 added)" in page


@pytest.mark.parametrize(
    ("fact", "reason"),
    [
        (r"Cov[X_i, X_j] = 1 for i \ne k", "expected k in what is said for it"),
        (r"Cov[X_i, X_j] = 1 for i \ne i", "expected i in what is said for it, and another index"),
        (r"Cov[X_i, X_j] = 1 for i < j", "expected = after i, before <"),
        (r"independent X_i for i \ne j", "other facts are of all pairs as they stand"),
        ("Cov[X_i, X_j] = 3", r"Var}[X_i] = 3: write 'for i \ne j' after it"),
        ("E[X_i X_j] = 3", r"[X_i^2] = 3: write 'for i \ne j' after it"),
    ],
)
def test_indices_that_differ_are_those_of_an_equation(fact: str, reason: str) -> None:
    page = shown(f"size n\nrandom X_i for i = 1..n\nassume {fact}\n", "E[X_i] = 0")
    assert "unreadable" in page and reason in page


LINE = r"""size n
given \beta, \sigma > 0
given x_i for i = 1..n
random e_i for i = 1..n
assume E[e_i] = 0; Var[e_i] = \sigma^2; uncorrelated e_i
let y_i = \beta x_i + e_i for i = 1..n
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (
            r"\frac{\sum_i x_i y_i}{\sum_i x_i^2} = \beta + \frac{\sum_i x_i e_i}{\sum_i x_i^2}",
            "holds",
        ),
        (
            r"\frac{\sum_i x_i^2 Var[y_i]}{(\sum_i x_i^2)^2} = \frac{\sigma^2}{\sum_i x_i^2}",
            "holds",
        ),
        (r"\frac{\sum_i x_i^2 Var[y_i]}{(\sum_i x_i^2)^2} = \frac{\sigma}{\sum_i x_i^2}", "fails"),
    ],
)
def test_what_is_divided_by_a_sum_is_cancelled_where_that_is_not_0(
    claim: str, verdict: str
) -> None:
    page = shown(LINE, claim)
    assert verdict in page and "Σ_{i=1}^{n} x_i² ≠ 0" in page
