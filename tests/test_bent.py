r"""``\max(0, s)``, ``[s]_+`` and indicators of any quantity, inside the formulas of a document."""

from __future__ import annotations

import json

import pytest

from derive.errors import Unreadable
from derive.judging.check import ClaimChecked, check
from derive.judging.documents import Checked
from derive.read.declare import declare
from derive.read.document import document
from derive.show.checked_json import as_json
from derive.terms import Apply, Delta
from derive.writing.formula import ASCII, LATEX, TEXT, write

DECLARED = r"""```derive
size n
random S, u, w_i, x_i for i = 1..n
given q > 0
let y = \sum_{i=1}^n w_i x_i
assume S ~ N(0, variance q)
assume u ~ U[0, 1]
```
"""
RECTIFIED = DECLARED.replace(
    "assume u", "given f(s), g(s)\nlet z = f(y)\nassume relu: f(s) = \\max(0, s)\n"
    "assume step: g(s) = \\mathbb{1}[s > 0]\nassume u", 1
)  # fmt: skip


def one(formula: str, declared: str = DECLARED) -> ClaimChecked:
    (claim,) = check(document(f"{declared}$${formula}$$")).claims
    return claim


@pytest.mark.parametrize("declared", [DECLARED, RECTIFIED])
@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"E[\max(0, S)] = \sqrt{\frac{q}{2\pi}}", "holds"),
        (r"E[\max(0, S)] = \sqrt{\frac{q}{\pi}}", "fails"),
        (r"E[\max\{S, 0\}^2] = \frac{q}{2}", "holds"),
        (r"E[[S]_+^2] = \frac{q}{2}", "holds"),
        (r"E[(S)_{+}^2] = q", "fails"),
        (r"\operatorname{Var}\left[(S)^+\right] = \frac{\pi - 1}{2\pi} q", "holds"),
        (r"E[\min(0, S)] = -\sqrt{\frac{q}{2\pi}}", "holds"),
        (r"E[\mathbb{1}[S > 0]] = \frac{1}{2}", "holds"),
        (r"E[\mathbf{1}_{S > 0}] = \frac{1}{3}", "fails"),
        (r"E[1_{\{S \le 0\}}] = \frac{1}{2}", "holds"),
        (r"E[S \mathbb{1}(S > 0)] = E[\max(0, S)]", "holds"),
        (r"E[\mathbb{1}_{u > 1/4}] = \frac{3}{4}", "holds"),
        (r"E[\mathbb{1}_{1/4 > u}] = \frac{1}{4}", "holds"),
        (r"E[\mathbb{1}_{u \ge 1/4}] = \frac{1}{4}", "fails"),
        (r"E[\max(u, \frac12)] = \frac{5}{8}", "holds"),
        (r"E[\min(u, 0.5)] = \frac{3}{8}", "holds"),
        (r"E[\max(0, S)] \ge 0", "holds"),
    ],
)
def test_moments(formula: str, verdict: str, declared: str) -> None:
    claim = one(formula, declared)
    assert claim.verdict == verdict
    for link in claim.links:
        assert link.judgement is not None
        assert not any("·" in name for name in link.judgement.uses)


def test_a_declared_function_is_recognised_and_its_assumption_said() -> None:
    claim = one(r"z = \max(0, y)", RECTIFIED)
    assert claim.verdict == "holds"
    assert claim.links[0].judgement is not None
    assert claim.links[0].judgement.uses == ("relu",)
    assert one(r"z = \max(0, y)", DECLARED.replace("let y", "let z")).verdict != "holds"
    other = RECTIFIED.replace(r"\max(0, s)", r"\max(0, s) + \frac{1}{2} \min(0, s)")
    assert one(r"z = \max(0, y)", other).verdict != "holds"


def test_a_function_that_jumps_is_not_recognised() -> None:
    """Of its value at the jump nothing is known, so that [S > 0] and [S >= 0] are not the same."""
    for sign in (">", r"\ge"):
        (link,) = one(rf"g(x_1) = \mathbb{{1}}[x_1 {sign} 0]", RECTIFIED).links
        assert link.verdict == "undecided"
    assert one(r"\mathbb{1}[S > 0] = \mathbb{1}[S \ge 0]").verdict == "undecided"


def test_nothing_is_said_of_a_value_at_the_jump() -> None:
    declared = "```derive\nsize n\nrandom x\nassume x ~ Bernoulli(1/2)\n```\n"
    for sign in (">", r"\ge", "<", r"\le"):
        for value in ("0", "1", r"\frac{1}{2}"):
            assert one(rf"E[\mathbb{{1}}[x {sign} 0]] = {value}", declared).verdict == "undecided"
    assert one(r"E[\mathbb{1}[x > 1/2]] = \frac{1}{2}", declared).verdict == "holds"
    assert one(r"\sum_{i=1}^n \mathbb{1}_{i > 1} = n", declared).verdict == "undecided"


def test_a_pseudo_inverse_is_no_positive_part() -> None:
    declared = "```derive\nsize n\nrandom W_{i,j} for i = 1..n, j = 1..n\n```\n"
    assert one("(W)^+ = W", declared).verdict == "unreadable"


def test_indices_that_are_equal_have_their_own_indicator() -> None:
    (link,) = one(r"\sum_{i=1}^n \sum_{j=1}^n \mathbb{1}_{i=j} = n").links
    assert link.link.left.term.atoms(Delta)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (r"\max(S, u) = 0", "expected one number in it"),
        (r"\max(1, 2) = 2", "expected one number in it"),
        (r"\mathbb{1}[S > u] = 0", "expected one number in it"),
        (r"\max(0) = 0", "cannot read"),
        (r"\mathbb{1}[S] = 0", "cannot read"),
        (r"\max_i x_i = 0", "what is least or greatest over something is not read"),
    ],
)
def test_what_is_not_certain_is_not_read(formula: str, said: str) -> None:
    claim = one(formula)
    assert claim.trouble is not None
    assert said in claim.trouble.reason


def test_in_declarations_a_function_is_declared() -> None:
    for line in (r"let y = \max(0, x)", r"assume E[\max(0, x)] = 1"):
        with pytest.raises(Unreadable, match=r"assume f\(s\) = .*declare a function"):
            declare(f"random x\n{line}")


def test_how_it_is_written() -> None:
    (claim,) = check(document(rf"{DECLARED}$$E[\max(0, S)] = E[\mathbb{{1}}[u \ge 1/4]]$$")).claims
    s = claim.links[0].link
    assert write(s.left.term, claim.model, TEXT) == "E[max(0, S)]"
    assert write(s.right.term, claim.model, TEXT) == "E[1[u ≥ 1/4]]"
    assert write(s.right.term, claim.model, ASCII) == "E[1[u >= 1/4]]"
    latex = write(s.right.term, claim.model, LATEX)
    assert r"\mathbb{1}[u \ge 1/4]" in latex
    assert str(next(iter(s.left.term.atoms(Apply)))) == "max(0, S)"


def test_what_json_says_is_read_back() -> None:
    text = rf"{DECLARED}$$E[\max(S, 0)] = E[\mathbb{{1}}_{{u > 1/4}}]$$"
    checked = Checked("x", text, found=check(document(text)))
    (said,) = json.loads(as_json([checked]))["files"][0]["claims"]
    again, before = one(said["read_as"]).links[0].link, checked.claims[0].links[0].link
    assert (again.left.term, again.right.term) == (before.left.term, before.right.term)


def test_a_declared_step_has_no_known_value_where_it_jumps() -> None:
    declared = (
        "```derive\nrandom x\ngiven g(s)\nassume x ~ Bernoulli(1/2)\n"
        "assume g(s) = \\begin{cases} 1 & s \\ge 0 \\\\ 0 & s < 0 \\end{cases}\n```\n"
    )
    for claim in ("g(0) = 1", "g(0) = 0", "E[g(x)] = 1"):
        assert one(claim, declared).verdict == "undecided"
    assert one("g(1) = 0", declared).verdict == "fails"


PIECES = r"""```derive
random x
given f(s), g(s), h(s), a
assume h(s) = \max(0, s)
assume x ~ points(-1: 1/4, 0: 1/2, 2: 1/4)
assume f(s) = \max(0, s) + a \min(0, s)
assume g(s) = \mathbb{1}[s > 0]
```
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("f(2) = 2", "holds"),
        ("f(-3) = -3 a", "holds"),
        ("f(-3) = -3", "fails"),
        ("f(0) = 0", "holds"),
        ("f'(2) = 1", "holds"),
        ("g(-1) + g(1) = 1", "holds"),
        (r"E[\max(0, \max(0, x))] = \frac{1}{2}", "holds"),
        (r"E[\min(1, \max(0, x))] = \frac{1}{4}", "holds"),
        (r"E[\min(1, \max(0, x))] = \frac{1}{2}", "fails"),
    ],
)
def test_values_at_numbers(claim: str, verdict: str) -> None:
    assert one(claim, PIECES).verdict == verdict


@pytest.mark.parametrize(
    "claim",
    [
        "g(0) = 1", "g'(0) = 1", "f'(0) = 1", "h'(0) = 1", "h'(0) = 0", "h''(0) = 1",
        r"E[h'(x)] = \frac{3}{4}", r"E[h'(x)] = \frac{1}{4}", r"E[\mathbb{1}[x > 0]] = \frac{1}{4}",
    ],
)  # fmt: skip
def test_a_value_that_is_not_known_is_told(claim: str) -> None:
    (link,) = one(claim, PIECES).links
    assert link.verdict == "undecided"
    assert link.message.endswith("is not known: the function jumps there")


SYMMETRIC = r"""```derive
random w
given f(s)
assume symmetric w
assume f(s) = \max(0, s)
```
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"E[f'(w)] = \frac{1}{2}", "undecided"),
        (r"E[f'(w)^2] = E[f'(w)]", "undecided"),
        (r"E[f'(w)] = 2", "fails"),
        (r"E[f'(w)] < 0", "fails"),
        (r"E[f'(w)] \le 1", "undecided"),
        (r"E[f(w)] = \frac{1}{2} E[w]", "fails"),
    ],
)
def test_a_law_may_have_a_point_where_a_function_bends(claim: str, verdict: str) -> None:
    """With P[w = 0] = p, E[f'(w)] is (1 - p)/2 + p f'(0), and that is 1/2 for f'(0) = 1/2."""
    assert one(claim, SYMMETRIC).verdict == verdict
