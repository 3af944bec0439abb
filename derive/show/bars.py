"""Bars and sparklines on a logarithmic scale, in Unicode or ASCII. Not trusted.

The smallest positive value is the shortest bar, the largest the longest; a value that does not
exist or is 0 has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derive.figures.amounts import log_of

Values = Sequence[Fraction | None]

LEVELS = "▁▂▃▄▅▆▇█"
EIGHTHS = " ▏▎▍▌▋▊▉█"
ASCII_LEVELS = "_.-:=+*#"


def sparkline(values: Values, *, width: int = 60, ascii: bool = False) -> str:
    """One character a value; of more than ``width`` values, so many at even distances."""
    if len(values) > width:
        step = (len(values) - 1) / max(width - 1, 1)
        values = [values[round(n * step)] for n in range(width)]
    levels = ASCII_LEVELS if ascii else LEVELS
    heights = _heights(values)
    return "".join(" " if h is None else levels[round(h * (len(levels) - 1))] for h in heights)


def bars(values: Values, *, width: int = 12, ascii: bool = False) -> list[str]:
    """One bar a value, each padded to ``width`` columns."""
    found = []
    for h in _heights(values):
        eighths = 0 if h is None else 8 + round(h * 8 * (width - 1))
        if ascii:
            text = "#" * round(eighths / 8)
        else:
            text = EIGHTHS[-1] * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")
        found.append(text.ljust(width))
    return found


def _heights(values: Values) -> list[float | None]:
    """Each value between 0 and 1 by its logarithm; where all are equal, in the middle."""
    logs = [log_of(v) if v else None for v in values]
    known = [x for x in logs if x is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    return [None if x is None else (x - low) / (high - low) if high > low else 0.5 for x in logs]
