"""Formulas with small mistakes: nothing false holds, nothing true fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from mutants import GLOROT, MODEL, Mutant, moments, products

from derive.judging.judge import Judge
from derive.model import Model


def verdicts(mutants: Iterable[Mutant], model: Model) -> Counter[tuple[bool, str]]:
    """How often each verdict was given to true and to false claims."""
    judge = Judge(model)
    return Counter((m.true, judge.judge(m.claim).verdict) for m in mutants)


@pytest.mark.parametrize("seed", range(3))
def test_products(seed: int) -> None:
    found = verdicts(products(60, seed), GLOROT)
    assert found[False, "holds"] == found[True, "fails"] == 0
    assert found[True, "holds"] > 5 and found[False, "fails"] > 5


@pytest.mark.parametrize("seed", range(3))
def test_moments(seed: int) -> None:
    found = verdicts(moments(20, seed), MODEL)
    assert found[False, "holds"] == found[True, "fails"] == 0
    assert found[True, "holds"] > 3
