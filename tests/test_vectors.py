"""Vectors in moments: norms, transposed vectors, sums that leave one index out; chains of facts."""

from __future__ import annotations

import pytest

from derive.judging.check import ClaimChecked, check
from derive.read.document import document

LAYER = r"""size n, d
random q_i, k_i for i = 1..d
random W_{a,i} for a = 1..n, i = 1..d
let h_a = \sum_i W_{a,i} q_i for a = 1..n
assume independent q_i, k_i, W_{a,i}; E[W_{a,i}] = E[q_i] = E[k_i] = 0
assume Var[k_i] = Var[q_i] = 1; Var[W_{a,i}] = \frac{1}{d}
"""


def checked(claim: str) -> ClaimChecked:
    return check(document(f"```derive\n{LAYER}```\n\n$${claim}$$\n")).claims[-1]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\mathbb{E}[\lVert q \rVert^2] = d", "holds"),
        (r"\mathbb{E}\left[\left\| q - k \right\|_2^2\right] = 2 d", "holds"),
        (r"\mathbb{E}[\|W q\|^2] = n", "holds"),
        (r"\mathbb{E}[\|W q\|^2] = d", "fails"),
        (r"\mathbb{E}[\|h\|^2] = \mathbb{E}[q^\top W^\top W q]", "holds"),
        (r"\mathbb{E}[\|W\|_F^2] = \mathbb{E}[\|W\|_{\mathrm{F}}^{2}] = n", "holds"),
        (r"\mathbb{E}[\|q\|^2 \|k\|^2] = d^2", "holds"),
        (r"\mathbb{E}[q_i^2 \|q\|^2] = \mathbb{E}[q_i^4] + d - 1", "holds"),
        (r"\mathbb{E}[2 \Vert q \Vert^4] = 2 d^2", "fails"),
        (r"\|q\|^2 = q^\top q = \sum_i q_i^2", "holds"),
        (r"\operatorname{Var}[q^\top k] = d", "holds"),
        (r"\operatorname{Var}\left[\frac{q^{\top} k}{\sqrt{d}}\right] = 1", "holds"),
        (r"\operatorname{Var}[q^T k + k^T q] = 4 d", "holds"),
        (r"\mathbb{E}[(q - k)^\top (q - k)] = 2 d", "holds"),
        (r"\mathbb{E}[q_1 - k^\top W^\top W q] = 0", "holds"),
        (r"\operatorname{Var}[q_i] = 1", "holds"),
        (r"Var[\sum_i q_i] = \sum_i Var[q_i] + \sum_i \sum_{j \ne i} Cov[q_i, q_j]", "holds"),
        (r"Var[\sum_i q_i] = d + \sum_{i \ne j} Cov[q_i, q_j]", "holds"),
        (r"q_i \sum_{j \neq i} q_j = q_i \sum_j q_j - q_i^2", "holds"),
        (r"\mathbb{E}[q_i \sum_{j \neq i} q_j] = 1", "fails"),
    ],
)
def test_verdicts(claim: str, verdict: str) -> None:
    assert checked(claim).verdict == verdict


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (r"\mathbb{E}[\|q\|_1] = d", "expected the Euclidean norm: write another one out"),
        (r"\mathbb{E}[\|q_1\|^2] = 1", "expected a vector in the norm"),
        (r"\mathbb{E}[\|W\|^2] = n", "expected a vector in the norm"),
        (r"\mathbb{E}[\|q_1\|_F^2] = 1", "expected a vector or a matrix in the norm"),
        (r"\mathbb{E}[\|q^2] = d", "only a number can be raised to a power"),
        (r"\mathbb{E}[\|q] = d", r"expected \| to close the \|, before ]"),
        (r"\mathbb{E}[q^\top] = 0", "expected a number: this product is a vector or a matrix"),
        (r"\mathbb{E}[q^\top q^\top k] = 0", "an uncertain product of vectors"),
        (
            r"Var[\sum_i q_i] = d + \sum_{i \ne j} E[q_i]",
            r"is it i that is summed over, or both? write \sum_{i, i \ne …}, or another",
        ),
        (r"\sum_i \sum_{i \ne j} q_i = 0", "is it i that is summed over, or both?"),
    ],
)
def test_what_is_not_certain_is_not_read(claim: str, reason: str) -> None:
    found = checked(claim)
    assert found.verdict == "unreadable"
    assert found.trouble is not None and reason in found.trouble.reason
