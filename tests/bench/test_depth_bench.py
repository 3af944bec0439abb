"""Explicit unrolling, every line of it: linear in the depth."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from measure import alternating
from sympy import Expr

from derive.chains.explicit import explicit
from derive.model import Model
from derive.read.declare import notation

DEEP = 10_000
MOST = 2.3


def lines(model: Model, chain: str, depth: int) -> tuple[Expr, ...]:
    """Every line, though a page shows only both ends."""
    return explicit(model, chain, depth).lines


@pytest.mark.parametrize("chain", ["forward", "backward"])
def test_unrolling_10000_layers(benchmark: Any, chain: str) -> None:
    model = notation("glorot").model
    assert len(benchmark.pedantic(lines, (model, chain, DEEP), rounds=5)) >= DEEP


def test_twice_the_depth_takes_about_twice_the_time() -> None:
    model = notation("glorot").model
    half, whole = alternating([partial(lines, model, "forward", d) for d in (DEEP, 2 * DEEP)])
    assert whole / half <= MOST, (half, whole)
