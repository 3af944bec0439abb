"""What lecturers and students write, with the mistakes that they make, and what they are told."""

from __future__ import annotations

import pytest

from derive.judging.check import FileChecked, check
from derive.judging.documents import Checked
from derive.read.document import document
from derive.show.checked import report
from derive.show.lines import plain

SECOND_MOMENTS = r"""size n
random w_j, x_j for j = 1..n
let y = \sum_{j=1}^{n} w_j x_j
assume independent w_j; w independent of x; E[w_j] = 0; same Var[w_j] over j
assume same E[x_j^2] over j
"""


def checked(block: str, *claims: str) -> FileChecked:
    formulas = "".join(f"$${claim}$$\n\n" for claim in claims)
    return check(document(f"```derive\n{block}```\n\n{formulas}"))


def shown(block: str, *claims: str) -> str:
    """The report on a document, as a line."""
    found = checked(block, *claims)
    page = plain(report([Checked("a.md", "", found=found)]))
    return " ".join(page.split())


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
    assert checked(CONTROL, whole, "Var(h) = Var(f) - c^2 Var(g)").conflicts
    same = r"Var[\mu] = \frac{1}{n} (E[w^2 f^2] - E[w f]^2)"
    assert not checked(WEIGHTED, r"Var[\mu] = \frac{1}{n} Var[w f]", same).conflicts
