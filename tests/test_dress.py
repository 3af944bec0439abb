"""What people draw around formulas: notes over signs, braces, boxes, crossed out terms."""

from __future__ import annotations

import pytest

from derive.judging.check import ClaimChecked, check
from derive.read.document import document
from derive.show.verdict import paste

DECLARED = r"""```derive
size n
random w_i, x_i for i = 1..n
let y = \sum_{i=1}^n w_i x_i
assume independent w_i, x_i
assume E[w_i] = 0; E[x_i] = 0; same law w_i over i; same law x_i over i
```
"""
TRUE = r"n \operatorname{Var}[w] \operatorname{Var}[x]"
Y = r"\operatorname{Var}[y]"


def judged(text: str, declared: str = DECLARED) -> list[ClaimChecked]:
    return list(check(document(declared + text)).claims)


def one(formula: str, declared: str = DECLARED) -> ClaimChecked:
    (claim,) = judged(f"$${formula}$$", declared)
    return claim


@pytest.mark.parametrize(
    "sign",
    [
        r"\overset{(a)}{=}", r"\stackrel{(2)}{=}", r"\overset{\text{iid}}{=}", r"\overset{iid}{=}",
        r"\overset{\mathrm{i.i.d.}}{=}", r"\stackrel{\text{def}}{=}", r"\overset{?}{=}",
        r"\overset{E[w] = 0}{=}", r"\stackrel{w \perp x}{=}", r"\overset{\eqref{eq:1}}{=}",
        r"\overset{\mathclap{(a), (b)}}{=}", r"\mathrel{\overset{(a)}{=}}", r"\underset{(1)}{=}",
        r"\triangleq", r"\coloneqq",
    ],
)  # fmt: skip
def test_a_reason_over_a_sign_is_passed_over(sign: str) -> None:
    assert one(f"{Y} {sign} {TRUE}").verdict == "holds"
    assert one(f"{Y} {sign} n {TRUE}").verdict == "fails"


@pytest.mark.parametrize(
    ("sign", "what"),
    [
        (r"\overset{d}{=}", "d makes of ="),
        (r"\stackrel{(d)}{=}", "(d) makes of ="),
        (r"\overset{\mathcal{D}}{=}", r"\mathcal{D} makes of ="),
        (r"\overset{\mathrm{d}}{=}", r"\mathrm{d} makes of ="),
        (r"\overset{\text{in law}}{=}", r"\text{in law} makes of ="),
        (r"\underset{n \to \infty}{=}", r"n \to \infty makes of ="),
        (r"\overset{\text{approx.}}{=}", r"\text{approx.} makes of ="),
    ],
)
def test_a_note_that_may_change_the_sign_is_not_passed_over(sign: str, what: str) -> None:
    claim = one(f"{Y} {sign} {TRUE}")
    assert claim.verdict == "unreadable"
    assert claim.trouble is not None
    assert f"cannot tell what {what}" in claim.trouble.reason
    assert claim.trouble.where.line == 8


def test_d_is_a_label_after_c() -> None:
    assert one(rf"{Y} \overset{{(c)}}{{=}} {TRUE} \overset{{(d)}}{{=}} {TRUE}").verdict == "holds"


def test_only_the_row_with_the_note_is_lost() -> None:
    first, second = judged(
        "\\begin{align}\n" rf"{Y} &\overset{{d}}{{=}} 1 \\ E[w] &= 0" "\n\\end{align}"
    )
    assert (first.verdict, second.verdict) == ("unreadable", "holds")


# -- what shall be so


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (rf"{Y} \overset{{!}}{{=}} \operatorname{{Var}}[x]", "needs"),
        (r"n \operatorname{Var}[w] \stackrel{!}{=} 1", "needs"),
        (r"\operatorname{E}[w] \overset{!}{=} 0", "holds"),
        (r"\operatorname{E}[w] \overset{!}{=} 1", "fails"),
        (rf"{Y} = {TRUE} \overset{{!}}{{=}} \operatorname{{Var}}[x]", "needs"),
        (rf"{Y} = n {TRUE} \overset{{!}}{{=}} \operatorname{{Var}}[x]", "fails"),
        (rf"{Y} \overset{{!}}{{\le}} 1", "undecided"),
    ],
)
def test_what_shall_be_so_is_a_choice(formula: str, verdict: str) -> None:
    assert one(formula).verdict == verdict


def test_a_choice_can_be_pasted_and_is_then_met() -> None:
    claim = one(rf"{Y} \overset{{!}}{{=}} \operatorname{{Var}}[x]")
    (link,) = claim.links
    assert r"\overset{!}{=}" in claim.claim.text
    assert r"\overset{!}{=}" in link.link.text
    assert "asked for by the !" in link.message
    (line,) = paste(link)
    assert line == r"require \operatorname{Var}[y] = \operatorname{Var}[x]"
    required = f"{DECLARED}```derive\n{line}\n```\n"
    assert one(claim.claim.text, required).verdict == "holds"


def test_what_is_required_otherwise_fails() -> None:
    required = f"{DECLARED}```derive\nrequire n Var[w] = 2\n```\n"
    assert one(r"n \operatorname{Var}[w] \overset{!}{=} 1", required).verdict == "fails"


# -- braces


def test_what_a_brace_is_said_to_be_is_a_claim() -> None:
    text = (
        r"$$\operatorname{E}[w_i x_i] = \underbrace{\operatorname{E}[w_i]}_{= 0}"
        r" \overbrace{\operatorname{E}[x_i]}^{= 1} = 0 \quad \text{for } i > 1$$"
    )
    chain, zero, wrong = judged(text)
    assert chain.verdict == "holds"
    assert (zero.claim.text, zero.verdict) == (r"\operatorname{E}[w_i] = 0", "holds")
    assert (wrong.claim.text, wrong.verdict) == (r"\operatorname{E}[x_i] = 1", "fails")
    assert [str(r.lo) for r in zero.links[0].link.over] == ["2"]


def test_a_label_may_have_words_and_may_give_a_name() -> None:
    label = rf"$${Y} = \underbrace{{n \operatorname{{Var}}[w]}}_{{LABEL}} \operatorname{{Var}}[x]$$"
    for said, verdicts in (
        (r"= 1 \text{ by choice}", ["holds", "needs"]),
        (r"=:\, g", ["holds"]),
        (r"= g", ["holds"]),
        (r"\approx 1", ["holds"]),
        (r"\text{gain} = 1", ["holds"]),
    ):
        found = judged(label.replace("LABEL", said))
        assert [c.verdict for c in found] == verdicts, said


@pytest.mark.parametrize(
    "formula",
    [
        rf"{Y} = \underbrace{{n}}_{{\text{{in}}}} \operatorname{{Var}} w \operatorname{{Var}} x",
        rf"{Y} = \sum_i \underbrace{{\operatorname{{Var}}[w_i]}}_{{= c}} \operatorname{{Var}}[x_i]",
        rf"\boxed{{{Y} = {TRUE}}}",
        rf"{Y} = \boxed{{n \operatorname{{Var}}[w]}} \operatorname{{Var}}[x]",
        rf"{Y} \textcolor{{red}}{{=}} {TRUE}",
        rf"\textcolor{{red}}{{{Y} = {TRUE}}}",
        rf"\nicefrac{{1}}{{n}} {Y} = \operatorname{{Var}}[w] \operatorname{{Var}}[x]",
        rf"\sfrac1n {Y} = \operatorname{{Var}}[w] \operatorname{{Var}}[x]",
        rf"{Y} = \underset{{i=1}}{{\overset{{n}}{{\sum}}}} \operatorname{{Var}}[w_i x_i]",
        rf"{Y} = \underset{{i}}{{\sum}} \operatorname{{Var}}[w_i x_i]",
    ],
)  # fmt: skip
def test_what_is_around_a_formula_changes_nothing(formula: str) -> None:
    assert one(formula).verdict == "holds"


def test_a_sum_in_a_box_is_not_taken_apart() -> None:
    assert one(r"\boxed{E[w] + 1} = 1").verdict == "holds"
    assert one(r"\boxed{E[w] + 1} \cdot 2 = 2").verdict in ("holds", "unreadable")
    assert one(r"\boxed{E[w] + 1} \cdot 2 = 3").verdict != "holds"


def test_a_frame_brackets_a_sum() -> None:
    assert one(r"\boxed{E[w] + 1} \cdot 2 = 2").verdict == "holds"
    assert one(r"\boxed{E[w] + 1} \cdot 2 = 1").verdict == "fails"


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (rf"{Y} = {TRUE} + \cancel{{E[x]}}", "a term that is crossed out is not read"),
        (rf"{Y} = {TRUE} + \cancelto{{0}}{{E[x]}}", "a term that is crossed out is not read"),
        (r"\overset{\circ}{y} = 0", r"cannot tell what \overset does here"),
        (r"\overset{2}{y} = 0", r"cannot tell what \overset does here"),
        (
            r"\underset{w}{\operatorname{E}}[y] = 0",
            "E over some of the variables alone",
        ),
        (
            rf"{Y} = \underset{{j \ne i}}{{\sum}} \operatorname{{Var}}[w_j]",
            "is it j that is",
        ),
    ],
)
def test_what_is_not_certain_is_said(formula: str, said: str) -> None:
    claim = one(formula)
    assert claim.trouble is not None
    assert said in claim.trouble.reason
