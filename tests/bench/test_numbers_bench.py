"""Tables of deep networks: linear in the depth, 10 000 layers in under a second."""

from __future__ import annotations

import gc
from statistics import median
from time import process_time
from typing import Any

import pytest

from derive.figures.growth import growths
from derive.figures.numbers import formulas, numbers
from derive.model import Model, Statement
from derive.read.declare import notation

DEEP = 10_000
UNEVEN = [300, 100, 100, 50]


@pytest.fixture(scope="module")
def glorot() -> tuple[Model, dict[str, Statement]]:
    model = notation("glorot").model
    return model, formulas(model)[0]


def deep_table(glorot: Any, layers: int, widths: list[int]) -> Any:
    model, claims = glorot
    all_widths = (widths * (layers // len(widths) + 1))[: layers + 1]
    return numbers(model, all_widths, init="uniform", claims=claims)


@pytest.mark.parametrize("widths", [[300], UNEVEN], ids=["equal widths", "unequal widths"])
def test_table_of_10000_layers(benchmark: Any, glorot: Any, widths: list[int]) -> None:
    found = benchmark.pedantic(deep_table, (glorot, DEEP, widths), rounds=5)
    assert len(found.rows) == DEEP + 1


def test_sentences_of_10000_layers(benchmark: Any, glorot: Any) -> None:
    table = deep_table(glorot, DEEP, UNEVEN)
    assert len(benchmark.pedantic(growths, (table,), rounds=5)) == 3


@pytest.mark.parametrize("widths", [[300], UNEVEN], ids=["equal widths", "unequal widths"])
def test_twice_the_depth_takes_about_twice_the_time(glorot: Any, widths: list[int]) -> None:
    ratios = [_time(glorot, DEEP, widths) / _time(glorot, DEEP // 2, widths) for _ in range(7)]
    assert median(ratios) <= 2.6, ratios


def _time(glorot: Any, layers: int, widths: list[int]) -> float:
    gc.collect()
    start = process_time()
    deep_table(glorot, layers, widths)
    return process_time() - start
