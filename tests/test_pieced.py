"""Functions in pieces as people write them: cases, max, indicators; declared and claimed."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from sympy import Rational, Symbol

from derive.activations.pieces import pieces
from derive.activations.reading import VARIABLE, read
from derive.errors import Unreadable
from derive.judging.check import FileChecked, check
from derive.judging.documents import Checked
from derive.piecewise import Pieces
from derive.read.declare import declare
from derive.read.document import document
from derive.show.checked_json import as_json

DECLARED = r"""```derive
random S, x_j for j = 1..2
given a > 0, q > 0, f(s), g(u), h(t), \phi(s), \operatorname{ReLU}(s)
assume leaky: f(s) = \max(0, s) + a \min(0, s)
assume linear: g(u) = u
assume hard: \phi(s) = \max(-1, \min(1, s))
assume relu: \operatorname{ReLU}(s) = [s]_+
assume S ~ N(0, variance q)
```
"""
RECTIFIERS = [
    r"\begin{cases} s & s > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\begin{cases} s & \text{if } s \ge 0, \\[2pt] 0 & \text{if } s < 0. \end{cases}",
    r"\begin{dcases} 0 & s \leq 0 \\ s & \text{else} \end{dcases}",
    r"\max(0, s)", r"\max\{s, 0\}", r"[s]_+", r"(s)_+", r"s_+", r"(s)^+", r"s^{+}",
    r"\frac{s + |s|}{2}",
    r"s \mathbb{1}[s>0]", r"s\,\mathbb 1\{s \ge 0\}", r"s \mathbf 1_{s>0}", r"s 1_{\{s > 0\}}",
    r"s \mathbb{I}(s > 0)",
]  # fmt: skip


def judged(text: str, declared: str = DECLARED) -> FileChecked:
    return check(document(declared + text))


def verdict(claim: str) -> str:
    (one,) = judged(f"$${claim}$$").claims
    return one.verdict


def reason(claim: str) -> str:
    (one,) = judged(f"$${claim}$$").claims
    assert one.verdict == "unreadable"
    assert one.trouble is not None
    return one.trouble.reason


@pytest.mark.parametrize("written", RECTIFIERS)
def test_one_function_in_many_dresses(written: str) -> None:
    assert pieces(read(written)) == pieces(read(r"\max(0, s)"))
    assert verdict(rf"\operatorname{{ReLU}}(s) = {written}") == "holds"
    (declared,) = judged(
        r"$$E[f(S)] = \sqrt{\frac{q}{2 \pi}}$$",
        f"```derive\nrandom S\ngiven q > 0, f(s)\nassume f(s) = {written}\n"
        "assume S ~ N(0, variance q)\n```\n",
    ).claims
    assert declared.verdict == "holds"


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (r"f(s) = \begin{cases} s & s \ge 0 \\ a s & s < 0 \end{cases}", "holds"),
        (r"f(s) = \begin{cases} s & s \ge 0 \\ 2 a s & s < 0 \end{cases}", "fails"),
        (r"f(z) = \max(0, z) + a \min(0, z)", "holds"),
        (r"\max(0, z) + a \min(0, z) = f(z)", "holds"),
        (r"f'(s) = \begin{cases} 1 & s > 0 \\ a & s < 0 \end{cases}", "holds"),
        (r"f'(s) = \begin{cases} a & s > 0 \\ 1 & s < 0 \end{cases}", "fails"),
        (r"f''(s) = 0", "holds"),
        (r"f(s) = s", "fails"),
        (r"g(s) = s", "holds"),
        (r"g'(s) = 1", "holds"),
        (r"g(s) = |s|", "fails"),
        (r"\phi'(s) = \mathbb{1}[|s| < 1]", "holds"),
        (r"\phi'(s) = \mathbb{1}[|s| < 2]", "fails"),
        (r"\phi(s) = \max(-1, s)", "fails"),
        (r"\operatorname{ReLU}'(x) = \mathbf{1}_{x > 0}", "holds"),
        (r"\operatorname{ReLU}'(x) = \mathbf{1}_{x \ge 0}", "holds"),  # of 0 nothing is said
        (r"\operatorname{ReLU}(S) = \max(0, S)", "holds"),
        (r"\operatorname{ReLU}(S) = S", "undecided"),
        (r"\phi(S) = \max(-1, S)", "undecided"),
        (r"h(s) = \max(0, s)", "needs"),
        (r"h'(s) = \mathbb{1}[s > 0]", "undecided"),
    ],
)
def test_verdicts(claim: str, expected: str) -> None:
    assert verdict(claim) == expected


@pytest.mark.parametrize("name", [r"\hat f", r"\mathcal{R}", "relu", r"\varphi", r"\tanh"])
def test_functions_of_any_name(name: str) -> None:
    (claim,) = judged(f"$${name}(x) = [x]_+$$", f"```derive\ngiven {name}(s)\n```\n").claims
    assert claim.verdict == "needs"


def test_each_side_of_a_chain_has_its_verdict() -> None:
    (chain,) = judged(r"$$\operatorname{ReLU}(s) = \max(0, s) = \max(0, -s)$$").claims
    assert [link.verdict for link in chain.links] == ["holds", "fails"]
    assert chain.verdict == "fails"


def test_a_failure_has_numbers_and_says_what_the_function_is_there() -> None:
    (one,) = judged(r"$$f(s) = \begin{cases} s & s \ge 0 \\ 2 a s & s < 0 \end{cases}$$").claims
    (link,) = one.links
    assert link.judgement is not None
    example = link.judgement.equality.example
    assert example is not None
    assert example.at[Symbol("s")] < 0
    assert example.left == Fraction(-1)
    assert example.right == Fraction(-2)
    assert link.message == "for s < 0, f(s) is a s"


def test_what_is_used_is_said_and_what_is_missing_can_be_pasted() -> None:
    (used,) = judged(r"$$f'(s) = \begin{cases} 1 & s > 0 \\ a & s < 0 \end{cases}$$").claims
    assert used.links[0].judgement is not None
    assert used.links[0].judgement.uses == ("leaky",)
    (open,) = judged(r"$$h(s) = \max(0, s)$$").claims
    assert open.links[0].judgement is not None
    line = open.links[0].judgement.needs[0].line
    assert line == r"assume h(s) = \max(0, s)"
    (closed,) = judged(r"$$h(s) = \max(0, s)$$", f"{DECLARED}```derive\n{line}\n```\n").claims
    assert closed.verdict == "holds"


def test_a_lost_fact_is_no_reason_to_fail() -> None:
    lost = DECLARED.replace("assume linear: g(u) = u", "assume linear: g(u) = = u")
    (one,) = [c for c in judged(r"$$f(s) = s$$", lost).claims if not c.claim.broken]
    assert one.verdict == "undecided"
    assert "which could not be read" in one.links[0].message


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (r"E[\max(S, x_1)] = 1", "expected one number in it"),
        (r"x_1 = \begin{cases} 1 & S > 0 \\ 0 & \text{else} \end{cases}", "as in f(s) = "),
        (r"f(s) \le [s]_+", "unknown name s"),
        (r"E[S] = 0 \Rightarrow h(s) = \max(0, s)", "unknown name s"),
        (r"f(s) = \begin{cases} s & s > 1 \\ 0 & s < 0 \end{cases}", "no case says what"),
        (r"f(s) = \begin{cases} b s & s > 0 \\ 0 & s < 0 \end{cases}", "b is not declared"),
        (r"f(s) = \begin{cases} s & s > 0 \\ 0 & s < 0", r"expected \end{cases}"),
        (r"f(s) = \max(0, s^3 - e^s)", "it is not shown where"),
        (r"g(s) = s \quad \text{for } s > 0", r"expected the pieces in \begin{cases}, together"),
        (r"g(s) = s, \quad s > 0", r"expected the pieces in \begin{cases}, together"),
        (r"\operatorname{swish}(s) = s", ": 'given swish(s)' declares a function"),
        (r"g(s) = s g'(s)", "unknown name s"),
        (r"f(s) = \max(0 s)", "expected a comma between what max is of"),
        (r"E[|S|] = 1", "an absolute value is not read here: 'given f(s)'"),
        (r"E[S | x_1] = 1", "a moment given something is not read"),
        (r"E[\mathbb{1}[|S| > 1]] = 1", "an absolute value is not read here"),
        (r"E[\mathbb{1}[0 < S < 1]] = 1", r"in a formula \max(0, s), [s]_+ and \mathbb{1}[s > 0]"),
    ],
)
def test_what_is_not_certain_is_not_read(claim: str, said: str) -> None:
    assert said in reason(claim)


@pytest.mark.parametrize("written", ["s^+1", "1_{s}", r"\mathbb{1} s", r"\mathbf{I}_{s>0}", "s_-"])
def test_what_is_no_indicator_and_no_positive_part(written: str) -> None:
    with pytest.raises(Unreadable):
        read(written)


def test_json_has_the_pieces() -> None:
    text = "$$g(s) = s$$\n\n$$f(s) = [s]_+$$\n"
    (file,) = json.loads(as_json([Checked("x", DECLARED + text, found=judged(text))]))["files"]
    linear, leaky = file["claims"]
    assert linear["read_as"] == "g(s) = s"
    assert leaky["read_as"] == r"f(s) = \begin{cases} 0 & s < 0 \\ s & s > 0 \end{cases}"
    assert leaky["counterexample"]["at"] == {"s": "-1", "a": "1"}
    read_back = judged(f"$${leaky['read_as']}$$").claims[0].claim.shapes[0].says
    assert isinstance(read_back, Pieces)
    assert len(read_back.pieces) == 2


@pytest.mark.parametrize(
    "written",
    [
        r"\mathbb{1}[s \ge 0] \mathbb{1}[s \le 0]",
        r"\mathbb{1}[s > 0] + \mathbb{1}[s < 0]",
        r"\begin{cases} 1 & 0 \le s \le 0 \\ 0 & \text{otherwise} \end{cases}",
        r"\begin{cases} s & s > 0 \\ -s & s < 0 \\ 1 & \text{otherwise} \end{cases}",
        r"s + \mathbb{1}[s^2 \le 0]",
        r"\mathbb{1}[s^2 < 2] + \mathbb{1}[s^2 > 2]",
    ],
)
def test_a_value_at_one_place_alone_is_not_read(written: str) -> None:
    """Pieces say what a function is between breaks: a law with points may meet such a place."""
    assert "and not what it tends to there" in reason(f"h(s) = {written}")


@pytest.mark.parametrize(
    "written",
    [
        r"\begin{cases} s & s > 0 \\ 0 & s < 0 \end{cases}",
        r"\mathbb{1}[s > 0] + \mathbb{1}[s \le 0]",
        r"\begin{cases} s & s \ge 1 \\ 2 s - 1 & 0 \le s \le 1 \\ a s - 1 & s < 0 \end{cases}",
    ],
)
def test_a_value_at_a_break_that_is_tended_to_is_read(written: str) -> None:
    assert verdict(f"h(s) = {written}") == "needs"


@pytest.mark.parametrize(
    "written",
    [
        r"\begin{cases} (s)_+ & s \ge 2 \\ (s)_+ & s \ge 1 \\ s & \text{else} \end{cases}",
        r"\begin{cases} \max(0, s) & s \ge 1 \\ |s| & s \ge 3 \\ s & \text{else} \end{cases}",
        r"\begin{cases} (s)_+ & s \ge 2 \\ 2 & 1 \le s \le 2 \\ s & \text{else} \end{cases}",
    ],
)
def test_cases_that_say_the_same_on_a_part_of_the_line_are_not_mixed_up(written: str) -> None:
    """Where the first cases agree, either condition leads there, and nothing else does."""
    read_as = pieces(read(written))
    for at in (Fraction(-3), Fraction(1, 2), Fraction(5, 4), Fraction(5)):
        (p,) = [p for p in read_as if p.lo < at < p.hi]
        expected = 2 if "2 & 1" in written and 1 < at < 2 else at
        assert p.formula.subs(VARIABLE, Rational(at)) == Rational(expected)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (r"\begin{cases} s & \text{unless } s < 0 \\ 0 & \text{else} \end{cases}", "not “unless”"),
        (r"\begin{cases} s & \text{if not } s < 0 \\ 0 & \text{else} \end{cases}", "not “not”"),
        (r"\begin{cases} 0 & \text{otherwise} \\ s & s > 0 \end{cases}", "the last of the cases"),
        (
            r"\begin{cases} 0 & s < 0 \\ s & s < 1 \\ 1 & \text{else} \end{cases}",
            "two cases say what the value at s = -1 is",
        ),
        (
            r"\begin{cases} 3 & s \ge 0 \\ 5 & s \ge 1 \\ 1 & \text{else} \end{cases}",
            "two cases say what the value at s = 2 is",
        ),
    ],
)
def test_cases_of_which_it_is_not_certain_where_they_apply_are_not_read(
    written: str, said: str
) -> None:
    assert said in reason(f"h(s) = {written}")


@pytest.mark.parametrize(
    "written",
    [
        r"\begin{cases} s & \text{for all } s > 0 \\ 0 & \text{else if } s < 0 \end{cases}",
        r"\begin{cases} s & s \ge 0 \\ s & s \ge 1 \\ 0 & \text{otherwise} \end{cases}",
        r"\begin{cases} s &\text{, if } s > 0 \\ 0 &\text{, otherwise.} \end{cases}",
        r"\begin{cases} s \quad \text{if } s > 0 \\ 0 \quad \text{otherwise} \end{cases}",
        r"\begin{cases} s & \operatorname{abs}(s) + s > 0 \\ 0 & s < 0 \end{cases}",
    ],
)
def test_cases_that_are_certain_are_read(written: str) -> None:
    assert verdict(rf"\operatorname{{ReLU}}(s) = {written}") == "holds"


def test_what_a_line_of_pieces_lacks_is_no_bound() -> None:
    line = "given k(s)\n" r"assume k(s) = \begin{cases} s & s > 0 \\ 0 & s = 0 \end{cases}"
    with pytest.raises(Unreadable, match=r"such as s > 0, before =$"):
        declare(line)


@pytest.mark.parametrize("letter", ["x", "s", "u"])
@pytest.mark.parametrize("slope", ["s", "a", "x"])
def test_a_fixed_number_is_not_taken_for_the_variable(letter: str, slope: str) -> None:
    if letter == slope:
        return
    declared = (
        f"```derive\nrandom S\ngiven {slope} > 0, f({letter})\n"
        f"assume f({letter}) = \\max(0, {letter}) + {slope} \\min(0, {letter})\n"
        "assume S ~ points(-2: 1/2, 3: 1/2)\n```\n"
    )
    line = r"f(v) = \begin{{cases}} v & v > 0 \\ {} & v < 0 \end{{cases}}"
    for formula, expected in (
        (rf"E[f(S)] = \frac{{3}}{{2}} - {slope}", "holds"),
        (r"E[f(S)] = \frac{7}{2}", "fails"),
        (f"f(-1) = -{slope}", "holds"),
        (line.format(f"{slope} v"), "holds"),
        (line.format("v^2"), "fails"),
    ):
        (claim,) = judged(f"$${formula}$$", declared).claims
        assert claim.verdict == expected, formula
