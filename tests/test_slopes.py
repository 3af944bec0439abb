r"""Derivatives in documents: by coinciding indices, of squares and double sums, by the quantity."""

from __future__ import annotations

import pytest

from derive.judging.check import LinkChecked, check
from derive.read.document import document

DECLARED = r"""size n, m
random x_j for j = 1..n
random U_{i,j} for i = 1..m, j = 1..n
let h_i = \sum_{j=1}^n U_{i,j} x_j for i = 1..m
"""
ACTIVATED = rf"""{DECLARED}random v_i for i = 1..m
given f(s)
let z_i = f(h_i) for i = 1..m
let y = \sum_{{i=1}}^m v_i z_i
"""
QUADRATIC = rf"""{DECLARED}random A_{{i,j}} for i = 1..n, j = 1..n
let q = \sum_{{i=1}}^n \sum_{{j=1}}^n x_i A_{{i,j}} x_j
let e_i = x_i + x_1 for i = 1..n
let S = \sum_{{j=1}}^n x_j
let r = S^2
"""


def slope(of: str, by: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


def one(formula: str, declared: str) -> LinkChecked:
    (claim,) = check(document(f"```derive\n{declared}```\n\n$${formula}$$")).claims
    (link,) = claim.links
    return link


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (rf"\sum_{{j=1}}^m {slope('h_i', 'h_j')} = 1", "holds"),
        (rf"\sum_{{j=1}}^m {slope('h_i', 'h_j')} = m", "fails"),
        (f"{slope('e_1', 'x_1')} = 2", "holds"),
        (f"{slope('e_i', 'x_i')} = 1", "fails"),
        (f"{slope('e_i', 'x_j')} = 0", "fails"),
        (f"{slope('h_i', 'U_{k,j}')} = 0", "fails"),
        (rf"{slope('q', 'x_i')} = \sum_{{j=1}}^n (A_{{i,j}} + A_{{j,i}}) x_j", "holds"),
        (rf"{slope('q', 'x_i')} = 2 \sum_{{j=1}}^n A_{{i,j}} x_j", "fails"),
        (f"{slope('r', 'x_j')} = 2 S", "holds"),
        (rf"\sum_{{j=1}}^n {slope('r', 'x_j')} = 2 n S", "holds"),
        (rf"\sum_{{j=1}}^n {slope('r', 'x_j')} = 2 S", "fails"),
        (rf"\sum_{{k=1}}^m {slope('h_k', 'U_{i,j}')} = x_j", "holds"),
        (rf"\sum_{{k=1}}^m {slope('h_k', 'U_{i,j}')} = m x_j", "fails"),
    ],
)
def test_verdicts(formula: str, verdict: str) -> None:
    assert one(formula, QUADRATIC).verdict == verdict


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (f"{slope('y', 'y')} = 1", "holds"),
        (f"{slope('y', 'y')} = 0", "fails"),
        (f"{slope('z_i', 'z_i')} = 1", "holds"),
        (f"{slope('z_i', 'z_j')} = 0", "undecided"),
        (f"{slope('z_i', 'z_j')} = 1", "undecided"),
        (f"{slope('y', 'U_{i,j}')} = v_i f'(h_i) x_j", "holds"),
        (f"{slope('y', 'U_{i,j}')} = v_i f'(h_i)", "undecided"),
        (rf"{slope('y', 'x_j')} = \sum_{{i=1}}^m v_i f'(h_i) U_{{i,j}}", "holds"),
    ],
)
def test_with_an_activation(formula: str, verdict: str) -> None:
    assert one(formula, ACTIVATED).verdict == verdict
