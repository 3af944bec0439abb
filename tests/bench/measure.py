"""Times of two things side by side: alternating runs, medians, so that a busy machine hits both."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from derive.terms import _made

ROOT = Path(__file__).parent.parent.parent


def processes(commands: Sequence[Sequence[str]], rounds: int = 9) -> list[float]:
    """Median seconds of whole Python processes, run in turn.

    Everything is compiled in the first round, which does not count, as it is once installed.
    """
    found: list[list[float]] = [[] for _ in commands]
    with TemporaryDirectory() as compiled:
        env = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        for at in range(rounds + 1):
            for command, times in zip(commands, found, strict=True):
                start = perf_counter()
                subprocess.run([sys.executable, *command], cwd=ROOT, check=True, env=env,
                               stdout=subprocess.DEVNULL)  # fmt: skip
                if at:
                    times.append(perf_counter() - start)
    return [median(times) for times in found]


def forget() -> None:
    """Empty every memo of the package, so that no round profits from the one before it.

    Terms stay the objects that they are: that is no work done before, and what is kept of a model
    is written in them.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "derive":
            for found in list(vars(module).values()):
                if hasattr(found, "cache_clear") and found is not _made:
                    found.cache_clear()


def alternating(works: Sequence[Callable[[], object]], rounds: int = 7) -> list[float]:
    """Median seconds of processor time of some functions, run in turn, with empty memos."""
    found: list[list[float]] = [[] for _ in works]
    before = gc.get_threshold()
    unhurried()
    try:
        for at in range(rounds + 1):
            for work, times in zip(works, found, strict=True):
                forget()
                gc.collect()
                start = process_time()
                work()
                if at:
                    times.append(process_time() - start)
    finally:
        gc.set_threshold(*before)
    return [median(times) for times in found]


def judged(explained: bool = False) -> int:
    """Read and judge every claim of the shipped sources; how many claims that are.

    ``explained``: with what the default report says besides, the laws of a short derivation for
    what holds and the nearest true statements for what fails.
    """
    from derive.judging.check import check
    from derive.judging.shipped import source, sources

    claims = [claim for name in sources() for claim in check(source(name)).claims]
    for claim in claims if explained else ():
        for link in claim.links:
            if link.judgement is not None:
                _ = link.judgement.laws, link.judgement.nearest
    return len(claims)


def unhurried() -> None:
    """Search memory for cycles as seldom as the command line does."""
    gc.set_threshold(2_000_000)


FIRST_SIGHT = """
from time import process_time
from measure import judged, unhurried
from derive.judging.check import check
from derive.read.document import document
unhurried()
check(document("$$1 + 1 = 2$$"))
began = process_time()
print(judged() / (process_time() - began))
"""


def first_sight(rounds: int = 5) -> float:
    """Claims judged a second in a fresh process, each model met for the first time.

    Only the modules are loaded before, by a document that says 1 + 1 = 2.
    """
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
    runs = (
        subprocess.run([sys.executable, "-c", FIRST_SIGHT], cwd=ROOT, check=True, env=env,
                       capture_output=True, text=True)
        for _ in range(rounds)
    )  # fmt: skip
    return median(float(run.stdout) for run in runs)


def models_known(rounds: int = 5) -> tuple[float, float]:
    """Claims a second once the shipped sources were checked before: judged, and explained too.

    What is derived of each model is kept and nothing else: all that is said of a claim is worked
    out again.
    """
    count = judged(explained=True)
    plain, explained = alternating([judged, partial(judged, explained=True)], rounds)
    return count / plain, count / explained
