"""Each assumption of the paper dropped in turn: what was derived with it then needs it."""

from __future__ import annotations

from functools import cache

import pytest

from derive.figures.numbers import derived
from derive.judging.judge import Judge
from derive.model import Statement
from derive.read.declare import notation

MODEL = notation("glorot").model
NEEDED = {
    "linear-regime": "f(u) = u",
    "zero-bias": "b^i_k = 0",
    "independent-weights": "independent W^i_{l,k}",
    "independent-inputs": "x independent of W",
    "independent-top": r"\frac{\partial C}{\partial s^d_k} independent of x, W",
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
        assert said == r"W independent of \frac{\partial C}{\partial s^d_k}"
    elif name == "identical-variances" and chain == "forward":
        assert said == NEEDED[name].split("; same E[\\frac")[0]
    else:
        assert said == NEEDED[name]
