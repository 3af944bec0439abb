"""Times of two things side by side: alternating runs, medians, so that a busy machine hits both."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
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
    for at in range(rounds + 1):
        for work, times in zip(works, found, strict=True):
            forget()
            gc.collect()
            start = process_time()
            work()
            if at:
                times.append(process_time() - start)
    return [median(times) for times in found]


def checked() -> int:
    """Read and check every shipped source as a report shows it; the number of verdicts.

    That is each verdict, what it used, the short derivation behind the laws that are named,
    and the nearest true statements of what fails.
    """
    from derive.judging.check import check
    from derive.judging.shipped import source, sources

    count = 0
    for name in sources():
        for claim in check(source(name)).claims:
            count += len(claim.links) or 1
            for link in claim.links:
                if link.judgement is not None:
                    _ = link.judgement.laws, link.judgement.nearest
    return count


FIRST_SIGHT = """
from time import process_time
from measure import checked
from derive.judging.check import check
from derive.read.document import document
check(document("$$1 + 1 = 2$$"))
began = process_time()
print(checked() / (process_time() - began))
"""


def first_sight(rounds: int = 5) -> float:
    """Verdicts a second in a fresh process, each model met for the first time.

    Only the modules are loaded before, by a document that says 1 + 1 = 2.
    """
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{Path(__file__).parent}"}
    runs = (
        subprocess.run([sys.executable, "-c", FIRST_SIGHT], cwd=ROOT, check=True, env=env,
                       capture_output=True, text=True)
        for _ in range(rounds)
    )  # fmt: skip
    return median(float(run.stdout) for run in runs)


def models_known(rounds: int = 5) -> float:
    """Verdicts a second once the shipped sources were checked before.

    What is derived of each model is kept and nothing else: all that is said of a claim is worked
    out again.
    """
    count = checked()
    return count / alternating([checked], rounds)[0]
