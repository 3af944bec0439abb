"""Sums over pairs: how they are written, and what is decided of them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sympy import Expr, symbols

from derive.counting.instance import Instance, Joint
from derive.counting.oracle import evaluate
from derive.forms import Undecided
from derive.judging.check import ClaimChecked, check
from derive.model import Model
from derive.moments import normal
from derive.read.document import document
from derive.scope import Scope
from derive.terms import Cov, E, Entry, Range, Sum
from derive.triangles import triangle

i, j, k, n = symbols("i j k n")
PLAIN = r"""size m
given c_i for i = 1..m
random y_i for i = 1..m
random A_{i,j} for i = 1..m, j = 1..m
"""
LEFT = r"\operatorname{Var}\left(\sum_i y_i\right) = "
ALONE = r"\sum_{i=1}^m \operatorname{Var}(y_i) + "


def checked(claim: str, more: str = "") -> ClaimChecked:
    return check(document(f"```derive\n{PLAIN}{more}```\n\n$${claim}$$\n")).claims[-1]


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (LEFT + r"\sum_{i,j} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + r"\sum_{i, j = 1}^{m} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + r"\sum_{1 \le i, j \le m} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"2 \sum_{i<j} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"2 \sum_{j > i} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"2 \sum_{1 \leq i < j \leq m} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"2 \sum_{i<j}^m \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"\sum_{i \ne j} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"\sum_{i \ne i'} \operatorname{Cov}(y_i, y_{i'})", "holds"),
        (LEFT + ALONE + r"\sum_{i, j, i \ne j} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"\sum_{i,j=1, i \ne j}^m \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"2 \sum_i \sum_{j < i} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"2 \sum_i \sum_{i < j} \operatorname{Cov}(y_i, y_j)", "holds"),
        (LEFT + ALONE + r"2 \sum_{i=1}^{m-1} \sum_{j=i+1}^{m} \operatorname{Cov}(y_i, y_j)",
         "holds"),
        (LEFT + ALONE + r"2 \sum_{j=2}^{m} \sum_{i=1}^{j-1} \operatorname{Cov}(y_i, y_j)",
         "holds"),
        (LEFT + r"2 \sum_{i \le j} \operatorname{Cov}(y_i, y_j) - \sum_i \operatorname{Var}(y_i)",
         "holds"),
        (LEFT + ALONE + r"\sum_{i<j} \operatorname{Cov}(y_i, y_j)", "needs"),
        (LEFT + ALONE + r"2 \sum_{i \ne j} \operatorname{Cov}(y_i, y_j)", "needs"),
        (r"\Bigl(\sum_i c_i\Bigr)^2 = \sum_i c_i^2 + 2 \sum_{i<j} c_i c_j", "holds"),
        (r"\Bigl(\sum_i c_i\Bigr)^2 = \sum_i c_i^2 + \sum_{i<j} c_i c_j", "fails"),
        (r"\operatorname{E}\Bigl[\sum_{ij} A_{ij}\Bigr] = \sum_i \sum_j \operatorname{E}[A_{ij}]",
         "holds"),
        (r"\sum_{i,j,k} c_i c_j c_k = \Bigl(\sum_i c_i\Bigr)^3", "holds"),
        (r"\sum_{i<j} \operatorname{E}[A_{ij}] = \sum_{i<j} \operatorname{E}[A_{ji}]", "needs"),
    ],
)  # fmt: skip
def test_sums_over_pairs(claim: str, verdict: str) -> None:
    found = checked(claim)
    assert found.verdict == verdict, found.trouble


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (r"\sum_{i \ne j} c_i = 0", "is it i that is summed over, or both?"),
        (r"\sum_{i < j} c_i = 0", "is it i that is summed over, or both?"),
        (r"\sum_i \sum_{i \ne j} c_i = 0", "is it i that is summed over, or both?"),
        (r"\sum_{i \ne j} c_i c_j = c_j", "is it i that is summed over, or both?"),
        (r"c_i = \sum_{i < j} c_i c_j", "is it i that is summed over, or both?"),
        (r"\sum_{i < j \ne m} c_i c_j = 0", r"expected \le and the upper limit"),
        (r"\sum_{i, j, k} c_i c_j = 0", "expected limits of k: no entry has it"),
        (r"\sum_{i, j, i \ne i} c_i c_j = 0", "expected what i and j are to each other"),
        (r"\sum_{1 \ge i} c_i = 0", "expected an index, before i"),
    ],
)
def test_what_is_not_certain_of_pairs_is_not_read(claim: str, reason: str) -> None:
    found = checked(claim)
    assert found.verdict == "unreadable" and found.trouble is not None
    assert reason in found.trouble.reason


def test_an_index_with_a_meaning_is_summed_over_no_second_time() -> None:
    found = checked(r"\sum_{j < i} c_j = \sum_{j=1}^{i-1} c_j")
    assert found.verdict == "unreadable", "j or both: i has no meaning before"
    assert checked(r"c_i \sum_{j < i} c_j = c_i \sum_{j=1}^{i-1} c_j").verdict == "holds"


def test_the_ranges_of_a_triangle() -> None:
    model = Model("pairs")
    model.size("n")
    order = Scope(model).order

    def found(*over: Range) -> tuple[Expr, ...] | None:
        made = triangle(over, order)
        return None if made is None else (*made.first[:3], *made.second[:3], made.diagonal)

    one = n**0
    assert found(Range(i, one, n), Range(j, i + 1, n)) == (i, one, n, j, one, n, False)
    assert found(Range(i, one, n - 1), Range(j, i + 1, n)) == (i, one, n, j, one, n, False)
    assert found(Range(j, one, n), Range(i, one, j)) == (j, one, n, i, one, n, True)
    assert found(Range(j, 2 * one, n), Range(i, one, j - 1)) == (j, one, n, i, one, n, False)
    for wrong in [
        (Range(i, one, n), Range(j, i + 2, n)),
        (Range(i, one, n - 1), Range(j, i, n)),
        (Range(i, one, n - 2), Range(j, i + 1, n)),
        (Range(i, 2 * one, n), Range(j, one, i)),
        (Range(i, one, n, (k,)), Range(j, i + 1, n)),
        (Range(i, one, n), Range(j, i + 1, n, (k,))),
        (Range(i, one, n), Range(j, i + 1, n), Range(k, i, n)),
        (Range(i, one, n), Range(j, i + 1, n), Range(k, one, n, (j,))),
        (Range(i, n, one), Range(j, i + 1, one)),
        (Range(i, one, n), Range(j, one, n)),
    ]:
        assert found(*wrong) is None


def x(index: Expr | int) -> Entry:
    return Entry("x", index)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_the_value_is_kept(size: int) -> None:
    model = Model("pairs")
    model.size("n")
    model.random("x", (j, 1, n))
    cells = [(Fraction(a), Fraction(1, 3)) for a in (-1, 2, 5)]
    joint = Joint(
        tuple(x(a) for a in range(1, size + 1)),
        tuple((tuple(a + b * (a > 0) + b * b for b in range(size)), p) for a, p in cells),
    )
    counted = Instance(model, {n: size}, joints=[joint])
    for body in (Cov(x(i), x(j)), E(x(i) * x(j)) * E(x(i)) * E(x(j)), E(x(i) ** 2 * x(j) ** 2)):
        for inner in ((j, i + 1, n), (j, i, n)):
            e = Sum(Sum(body, inner), (i, 1, n))
            form = normal(e, Scope(model)).expression()
            assert evaluate(form, counted) == evaluate(e, counted)
    lopsided = Sum(Sum(E(x(i) ** 2 * x(j)), (j, i + 1, n)), (i, 1, n))
    with pytest.raises(Undecided, match="a range depends on another index"):
        normal(lopsided, Scope(model))


def test_what_is_not_shown_to_be_a_range_is_no_triangle() -> None:
    model = Model("pairs")
    model.size("n")
    model.size("k")
    over = Range(i, k, n), Range(j, i + 1, n)
    assert triangle(over, Scope(model).order) is None
