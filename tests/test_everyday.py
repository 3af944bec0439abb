"""Claims of the kind that lecture notes have outside networks, judged as one would want."""

from __future__ import annotations

from itertools import permutations

import pytest

from derive.judging.check import check
from derive.read.document import document

SAMPLE = r"""size n
random X_i for i = 1..n
let \bar{X} = \frac{1}{n} \sum_{i=1}^{n} X_i
assume independent X_i; same law X_i over i"""
DROPOUT = r"""size n
given p
random m_j, x_j, w_j for j = 1..n
let y = \sum_{j=1}^n w_j m_j x_j
assume independent m_j, x_j, w_j
assume mask: m_j^2 = m_j; E[m_j] = p
assume centred: E[w_j] = 0; same E[w_j], Var[w_j] over j; same E[x_j], Var[x_j] over j"""
SIGNS = r"""size n
random s_j, x_j for j = 1..n
assume signs: s_j^2 = 1
assume independent s_j, x_j; E[s_j] = 0"""
SHARED = r"""size T, n
random x_i for i = 1..n
random W_{i,j} for i = 1..n, j = 1..n
let h^0_i = x_i for i = 1..n
let h^t_i = \sum_{j=1}^n W_{i,j} h^{t-1}_j for t = 1..T, i = 1..n
assume independent W_{i,j}; x independent of W; E[W_{i,j}] = 0; E[x_i] = 0
assume same Var[W_{i,j}] over i, j; same Var[x_i] over i"""
ATTENTION = r"""size d
random q_j, k_j for j = 1..d
let s = \sum_{j=1}^{d} q_j k_j
assume independent q_j, k_j; E[q_j] = 0; E[k_j] = 0; Var[q_j] = 1; Var[k_j] = 1"""

ONE_MEAN = r"""size n
random z_i, v_i for i = 1..n
assume alike: same E[z_i] over i
assume first: E[z_1] = 0
assume E[v_i] = E[z_i]"""
LAYERS = "use glorot"
BIASES = r"""size T, m_t for t = 0..T
random v_i for i = 1..m_0
random A^t_{i,j} for t = 1..T, i = 1..m_t, j = 1..m_{t-1}
random b^t_i for t = 1..T, i = 1..m_t
let h^0_i = v_i for i = 1..m_0
let h^t_i = \sum_{j=1}^{m_{t-1}} A^t_{i,j} h^{t-1}_j + b^t_i for t = 1..T, i = 1..m_t
assume v independent of A; independent A, v, b^t_i
assume E[b^t_i] = 0; E[v_i] = 0; same Var[A^t_{i,j}] over i, j; same Var[v_i] over i"""
SYMMETRIC = r"""size T, m_t for t = 0..T
random v_i for i = 1..m_0
random A^t_{i,j} for t = 1..T, i = 1..m_t, j = 1..m_{t-1}
let h^0_i = v_i for i = 1..m_0
let h^t_i = \sum_{j=1}^{m_{t-1}} A^t_{i,j} h^{t-1}_j for t = 1..T, i = 1..m_t
assume independent A^t_{i,j}; v independent of A; symmetric A^t_{i,j}
assume E[v_i] = 0; same Var[v_i] over i; same Var[A^t_{i,j}] over i, j"""
LEANING = SYMMETRIC.replace("symmetric A^t_{i,j}", "same E[A^t_{i,j}] over i, j")
RESIDUAL = r"""size T, m
random v_i for i = 1..m
random A^t_{i,j} for t = 1..T, i = 1..m, j = 1..m
let h^0_i = v_i for i = 1..m
let h^t_i = h^{t-1}_i + \sum_{j=1}^{m} A^t_{i,j} h^{t-1}_j for t = 1..T, i = 1..m
assume independent A^t_{i,j}; v independent of A
assume E[v_i] = 0; same Var[v_i] over i; E[A^t_{i,j}] = 0; same Var[A^t_{i,j}] over i, j"""
WEIGHTS = r"n_{i'} \operatorname{Var}[W^{i'}]"


@pytest.mark.parametrize(
    "declared, claim, verdict",
    [
        (SAMPLE, r"\operatorname{Var}[\bar X] = \operatorname{Var}[X] / n", "holds"),
        (SAMPLE, r"E\left[\frac{1}{n-1}\sum_{i=1}^n (X_i - \bar X)^2\right] = Var[X]", "holds"),
        (SAMPLE, r"E\left[\frac{1}{n}\sum_{i=1}^n (X_i - \bar X)^2\right] = Var[X]", "fails"),
        (DROPOUT, r"Var[m_j] = p (1 - p)", "holds"),
        (DROPOUT, r"Var[y] = p n Var[w] E[x^2]", "holds"),
        (DROPOUT, r"Var[y] = p^2 n Var[w] E[x^2]", "fails"),
        (SIGNS, r"Var[s_j x_j] = E[x_j^2]", "holds"),
        (SIGNS, r"E[s_j^3 x_j] = 0", "holds"),
        (SHARED, r"Var[h^1] = n Var[W] Var[x]", "holds"),
        (SHARED, r"Var[h^2] = (n Var[W])^2 Var[x]", "fails"),
        (SHARED, r"Var[h^t] = (n Var[W])^t Var[x]", "fails"),
        (ATTENTION, r"Var[s] = d", "holds"),
        (ATTENTION, r"Var[s/\sqrt{d}] = 1", "holds"),
        (ATTENTION, r"Var[s/d] = 1", "fails"),
        (ATTENTION, r"\operatorname{Std}[s] = \sqrt{d}", "holds"),
        (ATTENTION, r"\mathrm{SD}(s / \sqrt{d})^2 = 1", "holds"),
        (ATTENTION, r"\operatorname{Std}[s] = d", "fails"),
        (SAMPLE, r"\operatorname{Std}[\bar X] = \frac{Std[X]}{\sqrt{n}}", "holds"),
        (SAMPLE, r"\operatorname{Std}[\bar X] = \frac{Std[X]}{n}", "fails"),
        (SAMPLE, r"\operatorname{Std}[-2 X_i] = 2 Std[X]", "holds"),
        (SAMPLE, r"\operatorname{Std}[-2 X_i] = -2 Std[X]", "fails"),
        (SAMPLE, r"\sqrt{E[X]^2} = E[X]", "fails"),
        (ONE_MEAN, r"E[z_i] = 0", "holds"),
        (ONE_MEAN, r"\sum_{i=1}^n E[z_i] = E[z_1]", "holds"),
        (ONE_MEAN, r"E[\sum_{i=1}^n v_i] = 0", "holds"),
        (ONE_MEAN, r"E[z_i^2] = 0", "fails"),
        (BIASES, r"Var[h^t_i] = Var[v] \prod_{s=1}^t m_{s-1} Var[A^s_{1,1}]", "fails"),
        (SYMMETRIC, r"E[h^t_i] = 0", "holds"),
        (SYMMETRIC, r"Var[h^t] = Var[v] \prod_{s=1}^t m_{s-1} Var[A^s]", "holds"),
        (SYMMETRIC, r"Var[h^t] = Var[v] \prod_{s=1}^{t-1} m_{s-1} Var[A^s]", "fails"),
        (LEANING, r"E[h^t_i] = 0", "holds"),
        (LEANING, r"Var[A^t_{i,j} h^{t-1}_j] = E[(A^t_{i,j})^2] Var[h^{t-1}_j]", "holds"),
        (LEANING, r"Var[h^t] = Var[v] \prod_{s=1}^t m_{s-1} E[(A^s)^2]", "fails"),
        (LEANING.replace("E[v_i] = 0", "same E[v_i] over i"), r"E[h^t_i] = 0", "needs"),
        (RESIDUAL, r"E[h^t_i] = 0", "holds"),
        (RESIDUAL, r"Var[A^t_{i,j} h^{t-1}_j] = Var[A^t_{i,j}] Var[h^{t-1}_j]", "holds"),
        (LAYERS, rf"E[(z^i_k)^2] = E[x^2] \prod_{{i'=0}}^{{i-1}} {WEIGHTS}", "holds"),
        (LAYERS, rf"E[(z^i_k)^2] = E[x^2] \prod_{{i'=0}}^{{i}} {WEIGHTS}", "fails"),
    ],
)
def test_verdicts(declared: str, claim: str, verdict: str) -> None:
    (found,) = check(document(f"```derive\n{declared}\n```\n$${claim}$$\n")).claims
    assert found.verdict == verdict


def test_facts_may_come_in_any_order() -> None:
    *declared, one, two, three = ONE_MEAN.splitlines()
    for facts in permutations((one, two, three)):
        block = "\n".join((*declared, *facts))
        (found,) = check(document(f"```derive\n{block}\n```\n$$n E[v_i] = E[z_1]$$\n")).claims
        assert found.verdict == "holds"


@pytest.mark.parametrize(
    ("notation", "claim", "slope"),
    [
        (
            "glorot",
            r"C = \frac{1}{2} \lVert s^d \rVert^2 \Rightarrow Var[z^i] = Var[x]",
            "∂C/∂s^d_k",
        ),
        ("glorot", r"C = \frac{1}{2} \sum_k (s^d_k)^2", "∂C/∂s^d_k"),
        ("ubc", r"L = 0", "∂L/∂y[i]"),
    ],
)
def test_of_a_cost_only_derivatives_are_known(notation: str, claim: str, slope: str) -> None:
    (one,) = check(document(f"```derive\nuse {notation}\n```\n\n$${claim}$$\n")).claims
    assert one.verdict == "undecided"
    assert one.links[0].message.endswith(f"only derivatives are known: say what {slope} is")
