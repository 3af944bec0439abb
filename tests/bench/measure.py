"""Times of two things side by side: alternating runs, medians, so that a busy machine hits both."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

ROOT = Path(__file__).parent.parent.parent


def processes(commands: Sequence[Sequence[str]], rounds: int = 9) -> list[float]:
    """Median seconds of whole Python processes, run in turn."""
    found: list[list[float]] = [[] for _ in commands]
    for at in range(rounds + 1):
        for command, times in zip(commands, found, strict=True):
            start = perf_counter()
            subprocess.run([sys.executable, *command], cwd=ROOT, check=True,
                           stdout=subprocess.DEVNULL)  # fmt: skip
            if at:
                times.append(perf_counter() - start)
    return [median(times) for times in found]


def alternating(works: Sequence[Callable[[], object]], rounds: int = 7) -> list[float]:
    """Median seconds of processor time of some functions, run in turn."""
    found: list[list[float]] = [[] for _ in works]
    for at in range(rounds + 1):
        for work, times in zip(works, found, strict=True):
            gc.collect()
            start = process_time()
            work()
            if at:
                times.append(process_time() - start)
    return [median(times) for times in found]
