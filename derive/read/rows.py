"""Rows and cells of a displayed formula -> lines, each a run of tokens. Trusted for meaning.

A row that goes on with the row above is joined to it: one that begins with a relation sign,
with nothing before its ``&``, or with an operator, or that follows an open bracket.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from derive.read.formula import SIGNS
from derive.read.tokens import Token
from derive.read.words import depth

ALIGNED = frozenset(
    {"aligned", "alignedat", "split", "gathered", "multlined", "align", "alignat", "flalign"}
    | {"gather", "equation", "multline", "eqnarray", "displaymath", "dmath", "xalignat"}
    | {"IEEEeqnarray"}
)
COLUMNS = frozenset({"rcl", "lcl"})
SIGN_BETWEEN = frozenset({"eqnarray", "IEEEeqnarray", "array"})
WITH_ARGUMENT = frozenset({"alignat", "alignedat", "array"})
LAYOUT = frozenset({"row", "amp", "begin", "end-of"})
WHOLE = frozenset({"multline", "multlined", "dmath", "equation", "displaymath"})
GOES_ON = frozenset({"+", r"\cdot", r"\times", r"\cdots", "*", "/", r"\pm", r"\odot"})


class Cell(NamedTuple):
    """One equation of a row; ``bare`` where nothing stands before its ``&``."""

    items: list[Token]
    bare: bool


def lines(items: list[Token], env: str) -> list[list[Token]]:
    """Runs of tokens that can be read by themselves, in the order of their first token."""
    if LAYOUT.isdisjoint([t.kind for t in items]):
        return [items] if items else []
    around = {t.text.rstrip("*") for t in items if t.kind == "begin"} | {env.rstrip("*")}
    whole = around & WHOLE and not around & (ALIGNED - WHOLE | {"array"})
    plain = bool(around & SIGN_BETWEEN)
    columns: list[list[list[Token]]] = []
    for row in _rows(items):
        for column, cell in enumerate(_cells(row, plain)):
            while len(columns) <= column:
                columns.append([])
            above = columns[column]
            if not cell.items:
                continue
            if above and (whole or _goes_on(cell, above[-1])):
                above[-1].append(Token("row", "", cell.items[0].at))
                above[-1].extend(cell.items)
            else:
                above.append(list(cell.items))
    return sorted((line for column in columns for line in column), key=lambda line: line[0].at)


def _rows(items: list[Token]) -> Iterator[list[Token]]:
    """Rows outside braces; environments that only align are taken away."""
    row: list[Token] = []
    level = at = arrays = 0
    while at < len(items):
        t = items[at]
        name = t.text.rstrip("*") if t.kind in ("begin", "end-of") else ""
        at += 1
        between = name == "array" and (arrays > 0 if t.kind == "end-of" else _columns(items, at))
        if name in ALIGNED or between:
            arrays += between * _nesting(t)
            at += 3 * (t.kind == "begin" and name in WITH_ARGUMENT)
            continue
        level += _nesting(t)
        if t.kind == "row" and level <= 0:
            yield row
            row = []
        else:
            row.append(t)
    yield row


def _columns(items: list[Token], at: int) -> bool:
    """Whether an array has a column for the signs."""
    texts = [t.text for t in items[at : at + 3]]
    return texts[:1] + texts[2:] == ["{", "}"] and texts[1] in COLUMNS


def _nesting(t: Token) -> int:
    return (t.kind == "begin" or t.text == "{") - (t.kind == "end-of" or t.text == "}")


def _cells(row: list[Token], plain: bool) -> list[Cell]:
    """The equations of a row; every second ``&`` begins a new one, except for a remark."""
    parts: list[list[Token]] = [[]]
    level = 0
    for t in row:
        level += _nesting(t)
        if t.kind == "amp" and level <= 0:
            parts.append([])
        else:
            parts[-1].append(t)
    if plain or len(parts) == 1:
        bare = len(parts) > 1 and not parts[0]
        return [Cell([t for part in parts for t in part], bare)]
    cells: list[Cell] = []
    for a in range(0, len(parts), 2):
        left, right = parts[a], parts[a + 1] if a + 1 < len(parts) else []
        both = left + right
        if cells and both and (not claims(both) or not claims(cells[-1].items)):
            joint = Token("quad", "", both[0].at)
            cells[-1] = Cell([*cells[-1].items, joint, *both], cells[-1].bare)
        else:
            cells.append(Cell(both, not left))
    return cells


def claims(items: list[Token]) -> bool:
    """Whether there is a relation outside brackets, other than after ``\\forall``."""
    level = 0
    for t in items:
        if t.text == r"\forall" or (t.kind == "text" and "for" in t.text.split()):
            return False
        level += depth(t)
        if level <= 0 and t.kind != "text" and (t.text in SIGNS or t.text == r"\sim"):
            return True
    return False


def _goes_on(cell: Cell, above: list[Token]) -> bool:
    first = next((t for t in cell.items if t.kind not in ("quad", "tag", "label")), None)
    if first is None:
        return True
    if first.kind == "text":
        return not claims(cell.items)
    if first.text in SIGNS or first.text in GOES_ON:
        return True
    if cell.bare and (first.text == "-" or not claims(cell.items)):
        return True
    last = next((t for t in reversed(above) if t.kind not in ("quad", "tag", "label", "row")), None)
    level = sum(map(depth, above))
    ends = last is not None and (last.text in SIGNS or last.text in GOES_ON or last.text == "-")
    return ends or level > 0 or (first.text == "-" and not claims(cell.items))
