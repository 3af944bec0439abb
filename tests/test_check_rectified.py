"""Claims about layers behind a rectifier: what is shown of them, and what each of them takes."""

from __future__ import annotations

import pytest

from derive.judging.check import check
from derive.judging.judge import Judge
from derive.judging.shipped import source
from derive.model import Model, Statement
from derive.read.ranges import ranges_of
from derive.terms import Range

HE = source("he")
CLAIMS = {c.tag: (c, item.reading.model) for item in HE.items for c in item.claims}


def shown(tag: str, model: Model, times: int = 1) -> bool:
    """Whether the first link of a claim, its right side multiplied, is shown in a model."""
    link = CLAIMS[tag][0].links[0]
    over: tuple[Range, ...] = ranges_of([link.left.term, link.right.term], model, link.over)
    claim = Statement(link.left.term, link.right.term * times, over)
    judge = Judge(model)
    place = judge.place(claim)
    return judge.at(place).decide(place.claim, refute=False).verdict == "holds"


NEEDED = {
    "8": ("relu", "zero-bias", "independent-weights", "symmetric-weights", "independent-inputs"),
    "half": ("relu", "zero-bias", "independent-weights", "symmetric-weights"),
    "12": ("independent-weights", "independent-gradients", "identical-variances"),
    "13": ("relu", "no-zero", "independent-slopes", "independent-gradients"),
    "15, one layer": ("leaky", "symmetric-weights", "zero-bias"),
}


@pytest.mark.parametrize(("tag", "name"), [(t, n) for t, ns in NEEDED.items() for n in ns])
def test_without_an_assumption_it_does_not_hold(tag: str, name: str) -> None:
    model = CLAIMS[tag][1]
    assert shown(tag, model)
    assert not shown(tag, model.without([name]))


def test_what_is_symmetric_has_the_mean_0() -> None:
    model = CLAIMS["13"][1]
    assert shown("13", model.without(["zero-mean-weights"]))
    assert not shown("13", model.without(["zero-mean-weights", "symmetric-weights"]))


@pytest.mark.parametrize("tag", ["8", "9", "13", "15, one layer"])
def test_without_the_factor_of_the_rectifier_it_does_not_hold(tag: str) -> None:
    assert not shown(tag, CLAIMS[tag][1], times=2)


def test_what_a_claim_rests_on_is_said() -> None:
    (nine,) = [c for c in check(HE).claims if c.claim.tag == "9"]
    judgement = nine.links[0].judgement
    assert judgement is not None
    assert {"relu", "symmetric-weights", "zero-bias"} <= {*judgement.uses}
    assert "no-zero" not in judgement.uses
