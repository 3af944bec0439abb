"""What is not read says so in one line, at its place, with what to write instead."""

from __future__ import annotations

import pytest

from derive.judging.check import ClaimChecked, check
from derive.read.document import document

DECLARED = r"""```derive
size n
given c, \sigma
random w_i, x_i for i = 1..n
let y = \sum_{i=1}^n w_i x_i
```
"""
LIMIT = "a limit is not read"
LEAST = "what is least or greatest over something is not read"
GROWTH = "how large a term is, as in O(n), is not read"
ORDER = "an order of magnitude is not read"


def one(formula: str) -> ClaimChecked:
    return check(document(f"{DECLARED}$${formula}$$")).claims[0]


@pytest.mark.parametrize(
    ("formula", "at", "said"),
    [
        ("Var[y] = O(n)", "O", GROWTH),
        (r"Var[y] = n + \mathcal{O}(1)", r"\mathcal", GROWTH),
        (r"Var[y] = \Theta(n)", r"\Theta", GROWTH),
        ("Var[y] = o(1)", "o", GROWTH),
        (r"Var[y] \gg 1", r"\gg", ORDER),
        (r"Var[y] \lesssim n", r"\lesssim", ORDER),
        (r"\lim_{n \to \infty} Var[y] = 0", r"\lim", LIMIT),
        (r"Var[y] \to \infty", r"\to", LIMIT),
        (r"y \xrightarrow{p} 0", r"\xrightarrow", LIMIT),
        (r"c = \arg\min_c Var[y - c]", r"\arg", LEAST),
        (r"c = \operatorname*{arg\,min}_c Var[y - c]", "min", LEAST),
        (r"\min_c Var[y - c] = Var[y]", r"\min", LEAST),
        (r"\sup_c Var[y] = c", r"\sup", LEAST),
        (r"E[y \mid x] = 0", r"\mid", "a moment given something is not read"),
        (r"E[y | x] = 0", "|", "a moment given something is not read"),
        (r"\nabla_w y = x", r"\nabla", "a gradient is written entry by entry"),
        (r"\mathbb{P}(y > 0) = c", r"\mathbb", "a probability is not read here"),
        (r"Var[y] \pm 1 = 0", r"\pm", "± says two things"),
        (r"w \perp x", r"\perp", "independence is declared"),
        (r"Var[y] = \int y^2 p(y) dy", r"\int", r"\int_{x=a}^{b} (…)"),
        (r"\int_{0}^{1} c = 1", r"\int", r"\int_{x=a}^{b} (…)"),
        (r"\frac{d y}{d x_1} = w_1", "d", r"a derivative is written with \partial"),
        (r"\frac{\mathrm{d} y}{\mathrm{d} x_1} = w_1", r"\mathrm", r"written with \partial"),
        ("e^{n} = 1", "e", r"a power of e is written \exp(…)"),
        (r"\ln(n) = 1", r"\ln", "a logarithm is not read here"),
        (r"Var[y] < \infty", r"\infty", "∞ is no number here"),
        (r"\sum_{i=1}^\infty c = 1", r"\infty", "∞ is no number here"),
        (r"w \in \mathbb{R}^n", r"\in", "what a name stands for is declared"),
        (r"Var[y] \in \mathcal{O}(n)", r"\in", r"\in is read of an index"),
        (r"\operatorname{tr}(x) = 1", r"\operatorname", "of a matrix, entries, sums"),
        ("n! = 1", "!", "a factorial is not read"),
    ],
)
def test_what_is_not_read_says_so(formula: str, at: str, said: str) -> None:
    claim = one(formula)
    assert claim.trouble is not None
    assert said in claim.trouble.reason
    assert "\n" not in claim.trouble.reason
    assert len(claim.trouble.reason) < 100
    assert claim.trouble.where.column == formula.index(at) + 3


def test_other_mistakes_keep_their_reasons() -> None:
    for formula, said in (
        (r"E[y = c | n", "expected ] to close the [ at column 4, before ="),
        (r"c = O", "unknown name O"),
        (r"\lim_{n \to \infty} q = c", LIMIT),
    ):
        trouble = one(formula).trouble
        assert trouble is not None
        assert said in trouble.reason


def test_names_that_are_declared_are_not_taken_for_anything_else() -> None:
    text = "```derive\ngiven O(s), P(s), e, d\n```\n\n$$O(d) + P(d) + e^2 = e^{2} + P(d) + O(d)$$"
    (claim,) = check(document(text)).claims
    assert claim.verdict == "holds"


def test_signs_that_are_not_decided() -> None:
    for formula, said in (
        (r"Var[y] \propto n", "∝ is not decided: write = and the factor"),
        (r"Var[y] \not= n", "≠ is not decided"),
    ):
        claim = one(formula)
        assert (claim.verdict, claim.links[0].message) == ("undecided", said)
