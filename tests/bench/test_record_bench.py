"""A saved derivation: writing it, and reading and replaying it, against building it."""

from __future__ import annotations

import gc
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

import pytest

from derive.chains.story import Story
from derive.chains.weight_grad import weight_grad
from derive.kernel import replay
from derive.read.declare import notation
from derive.record.checking import replay_record
from derive.record.fields import fields
from derive.record.reading import read
from derive.record.writing import dumps, record

MODEL = notation("glorot").model


@pytest.fixture(scope="module")
def story() -> Story:
    return weight_grad(MODEL)


@pytest.fixture(scope="module")
def text(story: Story) -> str:
    return dumps(record(story))


def typical(act: Callable[[], object]) -> float:
    found = []
    for _ in range(7):
        gc.collect()
        start = process_time()
        act()
        found.append(process_time() - start)
    return median(found)


def test_build(benchmark: Any) -> None:
    benchmark(weight_grad, MODEL)


def test_write(benchmark: Any, story: Story) -> None:
    benchmark(lambda: dumps(record(story)))


def test_read(benchmark: Any, text: str) -> None:
    benchmark(lambda: read(fields(text)))


def test_replay_record(benchmark: Any, text: str) -> None:
    benchmark(replay_record, text)


def test_within_a_few_times_building(story: Story, text: str) -> None:
    build = typical(lambda: weight_grad(MODEL))
    assert typical(lambda: replay(story.derivation)) <= 1.5 * build
    assert typical(lambda: dumps(record(story))) <= 4 * build
    assert typical(lambda: replay_record(text)) <= 6 * build
