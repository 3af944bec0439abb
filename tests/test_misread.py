"""Formulas that could be read in another way than TeX prints them: as printed, or not at all."""

from __future__ import annotations

import pytest

from derive.judging.check import ClaimChecked, check
from derive.read.document import document
from derive.writing.formula import TEXT, write

DECLARED = """```derive
size n
random x_j for j = 1..n
random a, b, c
given p > 0
```
"""
SQUARED = r"\newcommand{\sq}[1]{\operatorname{E}[#1^2]}"
WORDS = r"\newcommand{\words}[1]{\text{#1}}"


def claims(formula: str, before: str = "") -> tuple[ClaimChecked, ...]:
    return check(document(f"{DECLARED}\n{before}\n\n$${formula}$$\n")).claims


@pytest.mark.parametrize(
    ("before", "formula", "read"),
    [
        (SQUARED, r"\sq ab = 0", "E[a²] b"),
        (SQUARED, r"\sq{ab} = 0", "E[a b²]"),
        (r"\def\swap#1#2{#2 - #1}", r"\swap abc = 0", "b - a c"),
        (WORDS, r"a = b \words{(by hand)}", "a"),
        ("", r"a \overset{(1)}{=} b", "a"),
        ("", "c + {a + b} = 0", "a + b + c"),
        ("", r"\E{a + b} = 0", "E[a + b]"),
        ("", "p = 1/2 n", "p"),
        ("", r"\operatorname{E}(a)^2 = 0", "E[a]²"),
        ("", "E[x (a + 1)] = 0", "E[x_1 (a + 1)]"),
    ],
)
def test_what_is_printed_is_read(before: str, formula: str, read: str) -> None:
    (claim,) = claims(formula, before)
    assert claim.verdict != "unreadable", claim.trouble
    assert write(claim.links[0].link.left.term, claim.model, TEXT) == read


@pytest.mark.parametrize(
    ("before", "formula", "why"),
    [
        (r"\newcommand{\half}[1]{\frac{#1}{2}}", r"\half 12 = n", "an operator before a number"),
        (WORDS, r"a = b \words{is false}", "the words “is false”"),
        (r"\def\E[#1]{#1}", r"\E[a] = 0", r"\E is defined in a way that is not read"),
        (r"\let\E=c", r"\E[a] = 0", r"\E is defined in a way that is not read"),
        (r"\NewDocumentCommand{\E}{m}{#1}", r"\E{a} = 0", r"\E is defined in a way"),
        ("", r"\text{2} a = c", "the words “2”"),
        ("", r"\text{minus } a = c", "the words “minus”"),
        ("", r"x_1 = x_2 \text{ in distribution}", "the words “in distribution”"),
        ("", r"a = b \text{ up to a factor}", "the words “up to a factor”"),
        ("", r"x_1 \stackrel{d}{=} x_2", "equal in law is not read"),
        ("", r"\overset{*}{a} = b", "a relation sign under this"),
        ("", r"\underset{a}{\operatorname{E}}[a b] = 0", "E over some of the variables alone"),
        ("", "p^2^3 = 0", "a second superscript"),
        ("", "p = 1/2n", "two ways"),
        ("", r"\operatorname{E}(a + b)^2 = 0", r"E(…)^ can be read in two ways"),
        ("", "E[x(1)] = 0", "an index after x"),
        ("", r"a \underbrace{+ b}_{x} = c", "a sum in braces"),
        ("", "a {b + c} = 0", "a sum in braces"),
        ("", "{a + b}^2 = 0", "a sum in braces"),
        ("", "c - {a + b} = 0", "a sum in braces"),
        (r"\newcommand{\both}{{a + b}}", r"\both c = 0", "a sum in braces"),
        ("", "n = 1,000", "is 1,000 one number? write 1000, or 1, 000"),
        ("", "p + n = 1,500,000 n", "is 1,500 one number?"),
        ("", r"\operatorname{E}{a + b} = 0", "how far does E reach?"),
        ("", r"\operatorname{E}(a + b)(a - b) = 0", "how far does E reach?"),
    ],
)
def test_what_can_be_read_in_two_ways_is_not(before: str, formula: str, why: str) -> None:
    (claim,) = claims(formula, before)
    assert claim.verdict == "unreadable"
    assert claim.trouble is not None
    assert why in claim.trouble.reason


def test_a_row_without_a_relation_is_not_passed_over() -> None:
    first, second = claims(r"\begin{aligned} a &= b \\ c \end{aligned}")
    assert (first.verdict, second.verdict) == ("fails", "unreadable")
    assert second.trouble is not None
    assert "beside the others" in second.trouble.reason


def test_a_comma_before_a_space_ends_a_claim() -> None:
    assert len(claims("n = 1, 2 n = 200")) == 2
    assert len(claims("n = 1,n = 200")) == 2
