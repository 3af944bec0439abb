"""The figures of the design, measured here and now: `python tests/bench/table.py`.

Redirect it to `docs/benchmarks.md`.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from functools import partial

import sympy
from measure import alternating, first_sight, models_known, processes
from sympy import Symbol

from derive.chains.explicit import explicit
from derive.chains.weight_grad import weight_grad
from derive.figures.numbers import formulas, numbers
from derive.kernel import replay
from derive.model import ranges
from derive.order import Order
from derive.products import agree
from derive.read.declare import notation
from derive.record.checking import replay_record
from derive.record.writing import dumps, record
from derive.terms import Product, Var

DEEP = 10_000


def rows() -> Iterator[tuple[str, str, str, str]]:
    """What is measured, the figure, the target, and against what."""
    imported, chain, gain, helped = processes(
        [("-c", "import sympy"), ("-m", "derive", "weight-grad"), ("-m", "derive", "gain", "relu"),
         ("-m", "derive", "--help")]
    )  # fmt: skip
    yield ("`derive weight-grad`, whole process", f"{chain / imported:.2f} ×", "≤ 1.5 ×",
           f"`import sympy`, {imported:.2f} s")  # fmt: skip
    yield "`derive gain relu`, whole process", f"{gain / imported:.2f} ×", "≤ 2 ×", "the same"
    yield "`derive --help`, whole process", f"{helped / imported:.2f} ×", "≤ 0.3 ×", "the same"
    model = notation("glorot").model
    ends, once, twice = alternating([
        lambda: explicit(model, "forward", DEEP),
        lambda: explicit(model, "forward", DEEP).lines,
        lambda: explicit(model, "forward", 2 * DEEP).lines,
    ])  # fmt: skip
    yield f"unrolling {DEEP} layers", f"{ends:.2f} s", "< 1 s", "both ends, as it is printed"
    yield f"all {DEEP} lines", f"{once:.2f} s", "< 1 s", "`--all`"
    yield "twice as deep", f"{twice / once:.2f} ×", "≤ 2.3 ×", f"{DEEP} layers"
    claims = formulas(model)[0]
    one, two = alternating([
        partial(numbers, model, [300] * (n + 1), init="uniform", claims=claims)
        for n in (DEEP, 2 * DEEP)
    ])  # fmt: skip
    yield f"table of {DEEP} layers, three chains", f"{one:.2f} s", "< 1 s", ""
    yield "twice as deep", f"{two / one:.2f} ×", "≤ 2.6 ×", f"{DEEP} layers"
    judged, explained = models_known()
    yield ("checking the shipped sources, models known", f"{judged:.0f} claims/s",
           "≥ 200 claims/s", "read and judged, all memos empty")  # fmt: skip
    yield ("the same, explained too", f"{explained:.0f} claims/s", "",
           "short derivations and nearest true statements")  # fmt: skip
    yield ("judged at first sight", f"{first_sight():.0f} claims/s", "",
           "a fresh process, its modules loaded; models derived")  # fmt: skip
    yield from _replay()
    yield from _deciding()


def _replay() -> Iterator[tuple[str, str, str, str]]:
    model = notation("glorot").model
    story = weight_grad(model)
    text = dumps(record(story))
    built, again, saved = alternating([
        lambda: weight_grad(notation("glorot").model),
        lambda: replay(story.derivation),
        lambda: replay_record(text),
    ])  # fmt: skip
    yield "replaying `weight-grad`", f"{again / built:.2f} ×", "≤ 1 ×", f"building, {built:.2f} s"
    yield "`derive replay`, read from JSON", f"{saved / built:.2f} ×", "", "building"


def _deciding() -> Iterator[tuple[str, str, str, str]]:
    """A product against the same with its last factor apart, here and in SymPy."""
    model = notation("glorot").model
    n, W, i = model.families["n"], model.families["W"], Symbol("i")
    k = Symbol("i'")
    whole = Product(n[k] * Var(W[k, 1, 1]), (k, 0, i))
    apart = n[i] * Var(W[i, 1, 1]) * Product(n[k] * Var(W[k, 1, 1]), (k, 0, i - 1))
    order = Order(ranges((i, 0, Symbol("d"))), model.least)
    size, variance = sympy.Function("n"), sympy.Function("v")
    j, last = Symbol("j", integer=True), Symbol("i", integer=True, nonnegative=True)
    there = sympy.Product(size(j) * variance(j), (j, 0, last))
    split = size(last) * variance(last) * sympy.Product(size(j) * variance(j), (j, 0, last - 1))
    known, ours = alternating([
        lambda: sympy.simplify(there - split),
        lambda: [agree(whole, apart, order) for _ in range(100)],
    ])  # fmt: skip
    yield ("deciding that a product has a last factor", f"{100 * known / ours:.0f} × faster",
           "≥ 50 ×", "`sympy.simplify` of the difference")  # fmt: skip


def table() -> str:
    """The whole page."""
    about = f"Python {platform.python_version()}, SymPy {sympy.__version__}, {sys.platform}"
    lines = [
        "# Benchmarks", "",
        "Written by `python tests/bench/table.py > docs/benchmarks.md`: medians of runs in turn,",
        f"on one machine, {about}.  `python -m pytest tests/bench` checks the targets.", "",
        "| what | measured | target | against |", "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows()), "",
    ]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table())
