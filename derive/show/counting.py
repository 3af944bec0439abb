"""A formula and its count over all outcomes, side by side. Not trusted: layout only."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby

from sympy import Expr

from derive.counting.confirm import Confirmation
from derive.figures.amounts import short, written
from derive.real import shown
from derive.show.grid import spaced
from derive.show.lines import Line, filled, tied
from derive.show.sheet import Sheet
from derive.show.table import listed

ROOM = 16


def network(found: Confirmation) -> str:
    """The network that was counted, in words; "" where there are only random variables."""
    given = found.setting
    if given is None:
        return ""
    weights = listed([_brief(v) for v in given.weights])
    return (
        f"widths {listed(list(map(str, given.widths)))}; weight variances {weights};"
        f" input variance {shown(given.inputs, 3)}; top variance {short(given.top)}"
    )


class Counting:
    """The part of a page that says what was counted."""

    def __init__(self, sheet: Sheet, found: Confirmation) -> None:
        self.sheet = sheet
        self.found = found

    def lines(self) -> list[Line]:
        """The sentence, then every count under the laws that it was made with."""
        found, text = self.found, self.sheet.voice.text
        style = "good" if found.agrees else "bad"
        sign = text("✓ " if found.agrees else "✗ ")
        body = filled([(sign, style), (text(found.text), style)], self.sheet.room, 2)
        if said := network(found):
            body += filled([(text(said), "dim")], self.sheet.room, 2)
        lines = self.sheet.label("Counted", body)
        for laws, group in groupby(found.counts, key=lambda c: c.laws):
            lines += [[], *filled([("  ", ""), (text(laws), "dim")], self.sheet.width, 4)]
            for c in group:
                where = "" if c.layer is None else f"{c.layer:>5}  "
                sign, style = ("=", "good") if c.agrees else (text("≠"), "bad")
                row = [
                    (where or "     ", "dim"),
                    (tied(f"formula {_brief(c.formula)}"), ""), (f" {sign} ", style),
                    (tied(f"counted {_brief(c.counted)}"), ""),
                    ("   ", ""), (tied(f"{spaced(c.cases)} case{'s' * (c.cases != 1)}"), "dim"),
                ]  # fmt: skip
                lines += filled([("  ", ""), *row], self.sheet.width, 9)
        for words in found.left_out:
            said = text(f"  left out: {words}")
            lines += filled([(said, "dim")], self.sheet.width, 4)
        return lines


def _brief(value: Fraction | Expr) -> str:
    exact = written(value) if isinstance(value, Fraction) else ""
    return exact if 0 < len(exact) <= ROOM else shown(value)
