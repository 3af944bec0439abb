"""``W \\sim \\mathcal{N}(0, \\sigma^2)``: laws by name, with their parameters. Trusted for meaning.

What the parameters mean (a variance or a standard deviation) is not decided here.
"""

from __future__ import annotations

from collections.abc import Callable

from derive.errors import Unreadable
from derive.read.atoms import Run
from derive.read.links import Distribution
from derive.read.names import Names
from derive.read.result import Side
from derive.read.rows import depth
from derive.read.tokens import Source
from derive.read.words import OPENERS

LAWS = {
    "N": "normal", "Normal": "normal", "U": "uniform", "Uniform": "uniform", "Unif": "uniform",
    "Bernoulli": "Bernoulli", "Bern": "Bernoulli", "Rademacher": "Rademacher",
}  # fmt: skip
DRESSED = frozenset({r"\mathcal", r"\mathrm", r"\text", r"\operatorname", r"\mathscr", r"\mathbf"})


def distribution(
    source: Source, items: Run, names: Names, side: Callable[[Run], Side]
) -> Distribution | None:
    """What ``X \\sim LAW(…)`` or ``LAW(…)`` says; None without ``\\sim`` and a known law."""
    cut = next((a for a, t in enumerate(items) if t.text == r"\sim"), -1)
    law = items[cut + 1 :]
    name, opened = _law(law, names)
    if cut < 0 and not name:
        return None
    if not law:
        raise source.error(items[cut].at, r"expected a distribution after \sim")
    if not name:
        raise source.error(law[0].at, "expected a distribution: \\mathcal{N}(…) or U[…]")
    parameters: list[Run] = [[]]
    level = 0
    for t in law[opened:]:
        level += depth(t)
        if t.text == "," and level == 1:
            parameters.append([])
        elif level > 1 or (level == 1 and depth(t) != 1):
            parameters[-1].append(t)
        if level <= 0:
            break
    if level > 0:
        raise source.error(law[opened].at, f"expected {OPENERS[law[opened].text]} to close this")
    if not all(parameters):
        raise source.error(law[opened].at, "expected parameters between the commas")
    of = _of(items[:cut], side) if cut > 0 else None
    text = source.text[law[0].at : law[-1].at + len(law[-1].text)]
    return Distribution(of, name, tuple(map(side, parameters)), text)


def _law(items: Run, names: Names) -> tuple[str, int]:
    """The name of the law that begins here, and where its parameters open."""
    if not items:
        return "", 0
    if items[0].kind == "word" and items[0].text not in names.all():
        word, after = items[0].text, 1
    elif items[0].text in DRESSED and len(items) > 3 and items[1].text == "{":
        word, after = items[2].text, 4
    elif items[0].text in DRESSED and len(items) > 1:
        word, after = items[1].text, 2
    else:
        return "", 0
    if after < len(items) and items[after].text in ("(", "["):
        return LAWS.get(word, ""), after
    return "", 0


def _of(items: Run, side: Callable[[Run], Side]) -> Side | None:
    """What is distributed, if it can be read: a family without its indices has no single term."""
    try:
        return side(items)
    except Unreadable:
        return None
