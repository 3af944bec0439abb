"""Each assumption of the paper dropped in turn: what was derived with it then needs it."""

from __future__ import annotations

from functools import cache

import pytest
from sympy import symbols

from derive.figures.numbers import derived
from derive.judging.check import check
from derive.judging.facts import candidates, of_values
from derive.judging.judge import Judge
from derive.model import Statement, ranges
from derive.read.declarations import declarations
from derive.read.declare import declare, notation
from derive.read.document import document
from derive.terms import E, Entry, Var

MODEL = notation("glorot").model
NEEDED = {
    "linear-regime": "f(u) = u",
    "zero-bias": "b^i_k = 0",
    "independent-weights": "independent W^i_{l,k}",
    "independent-inputs": "x independent of W",
    "independent-top": r"\frac{\partial C}{\partial s^d} independent of x, W",
    "zero-mean-weights": "E[W^i_{l,k}] = 0",
    "zero-mean-inputs": "E[x_l] = 0",
    "zero-mean-top": r"E[\frac{\partial C}{\partial s^d_k}] = 0",
    "identical-variances": "same E[x_l], Var[x_l] over l; same E[W^i_{l,k}], Var[W^i_{l,k}] over"
    r" l, k; same E[\frac{\partial C}{\partial s^d_k}], Var[\frac{\partial C}{\partial s^d_k}] over k",  # noqa: E501
}
UNUSED = {
    "forward": {"independent-top", "zero-mean-top"},
    "backward": {"zero-bias", "independent-inputs", "zero-mean-inputs"},
    "weight-grad": set[str](),
}


@cache
def claim(chain: str) -> Statement:
    return derived(MODEL, chain)


@pytest.mark.parametrize("chain", UNUSED)
@pytest.mark.parametrize("name", NEEDED)
def test_what_is_missing_is_named(chain: str, name: str) -> None:
    found = Judge(MODEL.without([name])).judge(claim(chain))
    if name in UNUSED[chain]:
        assert found.verdict == "holds"
        return
    assert found.verdict == "needs"
    said = "; ".join(fact.line.removeprefix("assume ") for fact in found.needs)
    if name == "independent-top" and chain == "backward":
        assert said == r"W independent of \frac{\partial C}{\partial s^d}"
    elif name == "identical-variances" and chain == "forward":
        assert said == NEEDED[name].split("; same E[\\frac")[0]
    else:
        assert said == NEEDED[name]
    pasted = "\n".join([*declarations(MODEL.without([name])), *(f.line for f in found.needs)])
    assert Judge(declare(pasted).model).judge(claim(chain)).verdict == "holds", said


WHITE = """```derive
size n
given g > 0, h
random x_j for j = 1..n
let y_j = x_j - E[x_j] for j = 1..n
```
$$y_j = x_j$$
"""


def test_what_stands_beside_a_mean_may_need_one() -> None:
    (found,) = check(document(WHITE)).claims
    assert [link.judgement.needs[0].line for link in found.links if link.judgement] == [
        "assume E[x_j] = 0"
    ]


def test_of_values_only_facts_about_values_are_tried() -> None:
    i = symbols("i")
    over = ranges((i, 0, symbols("d")))
    z, s, b = Entry("z", i + 1, 1), Entry("s", i, 1), Entry("b", i, 1)
    model = MODEL.without(["linear-regime", "zero-bias"])
    assert of_values(Statement(z, s, over), model)
    kinds = {c.kind for c in candidates(model, Statement(z, s, over))}
    assert kinds == {"linear-regime", "zero-bias"}
    assert Judge(model).judge(Statement(z, s, over)).needs[0].kind == "linear-regime"
    spread = Statement(Var(z), Var(s), over)
    assert kinds < {c.kind for c in candidates(model, spread)}
    model.assume("shift", Statement(b, E(s), over), text="b^i_1 = E[s^i_1]")
    assert not of_values(Statement(z, s, over), model)


def test_a_positive_number_is_not_proposed_to_be_0() -> None:
    g, h = Entry("g"), Entry("h")
    model = document(WHITE).reading.model
    said = [c.line for c in candidates(model, Statement(E(Entry("x", 1)) + g + h, g, ()))]
    assert "assume h = 0" in said
    assert "assume g = 0" not in said


def test_no_fact_is_tried_where_numbers_speak_against_the_claim_with_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    i = symbols("i")
    z = Entry("z", i, 1)
    claim = Statement(E(z**4), E(z**2) ** 2, ranges((i, 0, symbols("d") + 1)))
    model = MODEL.without(["independent-top"])
    monkeypatch.setattr(Judge, "knowing", None)
    assert Judge(model).judge(claim).verdict == "fails"
