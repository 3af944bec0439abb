"""At which layer activations or gradients leave what a floating point type holds. Not trusted.

What is compared is the exact standard deviation, from the derived product formula; nothing is
rounded.  Beyond the last layer a constant factor is followed further.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log
from typing import Any

from derive.figures.amounts import log_of, short, written
from derive.figures.floats import FloatType
from derive.figures.growth import Growth, Where, growths, where
from derive.figures.numbers import Table

FURTHEST = 10**6
LARGEST, NORMAL, SUBNORMAL = "largest", "normal", "subnormal"
PASSED = {
    LARGEST: "above the largest number",
    NORMAL: "below the smallest normal number",
    SUBNORMAL: "below the smallest subnormal number",
}
MEANS = {LARGEST: "overflow", NORMAL: "digits are lost", SUBNORMAL: "rounded to zero"}


@dataclass(frozen=True)
class Leaves:
    """Which limit a standard deviation passes, and where; ``after`` so many layers beyond."""

    limit: str
    where: Where | None
    after: int | None = None


@dataclass(frozen=True)
class Stability:
    """One column against a type."""

    chain: str
    growth: Growth
    leaves: tuple[Leaves, ...]
    zero: bool

    @property
    def further(self) -> bool:
        """Whether more layers go on where these end; a weight gradient has layers on both sides."""
        return self.chain in ("forward", "backward")

    @property
    def text(self) -> str:
        """The sentence, without its subject."""
        if self.zero:
            return "is 0, which every type holds"
        here = [
            f"{x.where.text} {PASSED[x.limit]} ({MEANS[x.limit]})".strip()
            for x in self.leaves
            if x.where
        ]
        depth = " at any depth" if self.growth.factor == 1 and self.further else ""
        said = ", ".join(here) or f"within the range{depth}"
        later = [f"{PASSED[x.limit]} after {_layers(x.after)}" for x in self.leaves if x.after]
        return "; at this rate ".join([said, *([", ".join(later)] if later else [])])


@dataclass(frozen=True)
class Range:
    """Every column of a table against one type."""

    type: FloatType
    columns: tuple[Stability, ...]

    @property
    def limits(self) -> str:
        """The numbers that are compared with."""
        t = self.type
        return (f"largest {short(t.largest, 4)}, smallest normal {short(t.tiny)},"
                f" smallest subnormal {short(t.least)}")  # fmt: skip

    @property
    def fields(self) -> dict[str, Any]:
        """What goes into the JSON object of the derivation."""
        t = self.type
        return {
            "type": t.name,
            "largest": written(t.largest),
            "normal": written(t.tiny),
            "subnormal": written(t.least),
            "leaves": [
                {"chain": c.chain.replace("-", "_"), "limit": x.limit}
                | ({"layers": list(x.where.layers)} if x.where else {"after": x.after})
                for c in self.columns
                for x in c.leaves
            ],
        }


def stability(table: Table, kind: FloatType) -> Range:
    """Where each column of a table leaves the range of a type."""
    found = []
    for g in growths(table):
        column = table.column(g.chain)
        path = column if g.upward else column[::-1]
        limits: dict[str, Callable[[Fraction], bool]] = {
            LARGEST: kind.too_large, NORMAL: kind.too_small, SUBNORMAL: kind.vanishing,
        }  # fmt: skip
        leaves = []
        for limit, outside in limits.items():
            place = where(path, outside, g.upward)
            goes_on = g.chain != "weight-grad" and g.steps > 1 and not place
            onward = g.factor if goes_on else None
            after = _after(path[-1][1], onward, outside, _size(kind, limit))
            if place or after:
                leaves.append(Leaves(limit, place, after))
        found.append(Stability(g.chain, g, tuple(leaves), all(not v for _, v in path)))
    return Range(kind, tuple(found))


def _layers(count: int) -> str:
    return f"{count} more layer" if count == 1 else f"{count} more layers"


def _size(kind: FloatType, limit: str) -> Fraction:
    return {LARGEST: kind.largest, NORMAL: kind.tiny, SUBNORMAL: kind.least}[limit]


def _after(
    last: Fraction, factor: Fraction | None, outside: Callable[[Fraction], bool], limit: Fraction
) -> int | None:
    """After how many more layers by a constant factor a limit is passed; None if it is not."""
    if not factor or factor == 1 or not last or (factor > 1) != (limit > 1):
        return None
    guess = (2 * log_of(limit) - log_of(last)) * log(10) / _logarithm(factor)
    if guess > FURTHEST:
        return None
    n = max(1, ceil(guess) - 1)
    while not outside(last * factor**n):
        n += 1
    return n


def _logarithm(factor: Fraction) -> float:
    return log_of(factor) * log(10)
