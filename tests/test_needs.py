"""Each assumption of the paper dropped in turn: what was derived with it then needs it."""

from __future__ import annotations

from functools import cache

import pytest
from sympy import Expr, Rational, symbols

from derive.figures.numbers import derived
from derive.judging.check import check
from derive.judging.facts import candidates, of_values
from derive.judging.judge import Judge
from derive.model import Model, Statement, ranges
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


HE = notation("he").model
IDEAL = {
    "relu": r"f(s) = \max(0, s)",
    "symmetric-weights": "symmetric W_l[i,j]",
    "no-zero": "P[y_l[i] = 0] = 0",
    "independent-slopes": r"f'(y_l[i]) independent of \frac{\partial C}{\partial x_{l+1}[i]}",
    "independent-gradients": r"W_l independent of \frac{\partial C}{\partial y_l}",
    "independent-signals": r"x_l[j] independent of \frac{\partial C}{\partial y_l[i]}",
    "zero-bias": "b_l[i] = 0",
    "independent-inputs": "u independent of W",
}
OF_GRADIENTS = {"no-zero", "independent-slopes", "independent-gradients"}
UNUSED_BY_HE = {"8": {*OF_GRADIENTS, "independent-signals"}, "12": {"independent-signals"}}


@pytest.mark.parametrize("tag", ["8", "12"])
@pytest.mark.parametrize("name", IDEAL)
def test_what_is_missing_behind_a_rectifier_is_named(tag: str, name: str) -> None:
    said = next(p.statement for p in HE.printed if p.tag == tag)
    missing_is_named(HE, said, name, name in UNUSED_BY_HE[tag])


def test_what_weight_gradients_behind_a_rectifier_take_is_named() -> None:
    missing_is_named(HE, derived(HE, "weight-grad"), "independent-signals", False)


def missing_is_named(model: Model, said: Statement, name: str, unused: bool) -> None:
    less = model.without([name])
    found = Judge(less).judge(said)
    assert found.verdict == ("holds" if unused else "needs")
    if not unused:
        (fact,) = found.needs
        assert fact.line == f"assume {IDEAL[name]}"
        pasted = declare("\n".join([*declarations(less), fact.line])).model
        assert Judge(pasted).judge(said).verdict == "holds"


@pytest.mark.parametrize(
    ("share", "line"),
    [
        ((1 + Entry("a") ** 2) / 2, r"f(s) = \max(0, s) + a \min(0, s)"),
        (Rational(1, 2), r"f(s) = \max(0, s)"),
        (Rational(1), "f(u) = u"),
        (Rational(1, 3), ""),
    ],
)
def test_which_rectifier_is_missing(share: Expr, line: str) -> None:
    model = declare("\n".join(["given a", *declarations(HE.without(["relu"]))])).model
    layer = symbols("l")
    said = Statement(
        E(Entry("x", layer + 1, 1) ** 2),
        share * Var(Entry("y", layer, 1)),
        ranges((layer, 1, symbols("L"))),
    )
    found = Judge(model).judge(said)
    assert [fact.line for fact in found.needs] == ([f"assume {line}"] if line else [])


def test_what_follows_from_a_premise_may_need_a_fact() -> None:
    i, d = symbols("i d")
    claimed = Statement(Var(Entry("z", d, 1)), Var(Entry("x", 1)))
    premise = Statement(Entry("n", i) * Var(Entry("W", i, 1, 1)), Rational(1), ranges((i, 0, d)))
    assert Judge(MODEL).judge(claimed, given=[premise]).verdict == "holds"
    for name in ("zero-bias", "linear-regime"):
        found = Judge(MODEL.without([name])).judge(claimed, given=[premise])
        assert found.verdict == "needs"
        assert [fact.line for fact in found.needs] == [f"assume {NEEDED[name]}"]


def test_one_variance_for_all_layers_may_be_missing() -> None:
    """[n Var[W]]^(d-i) says that the weights of all layers are alike."""
    sizes = "size d >= 0, n\nrandom x_l for l = 1..n\n"
    text = sizes + (
        "random W^i_{l,k} for i = 0..d, l = 1..n, k = 1..n\n"
        "let z^0_l = x_l for l = 1..n\n"
        "let z^{i+1}_k = \\sum_{l=1}^{n} z^i_l W^i_{l,k} for i = 0..d, k = 1..n\n"
        "assume independent W^i_{l,k}; x independent of W; E[W^i_{l,k}] = 0; E[x_l] = 0\n"
        "assume same E[x_l], Var[x_l] over l\n"
    )
    (found,) = check(document(f"```derive\n{text}```\n$$Var[z^i] = (n Var[W])^i Var[x]$$\n")).claims
    (judged,) = (link.judgement for link in found.links)
    assert judged is not None and judged.verdict == "needs"
    assert [fact.line for fact in judged.needs] == [
        "assume same E[W^i_{l,k}], Var[W^i_{l,k}] over i, l, k"
    ]


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
