"""Breaking a formula into lines, and emphasis within lines. Not trusted: computes nothing.

A formula is written as one string in which private-use characters stand at the places where
a line may end, and around what is emphasised.  The earlier such a place in `BREAKS`, the
better it is: three for each depth of brackets, namely before + and -, before · ∏ Σ, and
between factors that merely stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

Span = tuple[str, bool]

TERM, SIGN, SIDE = range(3)
DEEPEST = 15
BREAKS = "".join(map(chr, range(0xE000, 0xE000 + 3 * (DEEPEST + 1))))
ON, OFF = "\uf000", "\uf001"
MANY = 6
# Inside the body of a ∏ a dot would look like its end.
_LED = {BREAKS[SIDE], *(b for at, b in enumerate(BREAKS) if at % 3 == SIGN)}

_BREAK = re.compile(f"[{BREAKS}]")
_SPECIAL = re.compile(f"[{BREAKS}{ON}{OFF}]")
_EMPHASIS = re.compile(f"([{ON}{OFF}])")
_OPERATORS = ("+", "-", "·", "*", "/", "=", "\\cdot")


def place(depth: int, kind: int) -> str:
    """A place where a line may end."""
    return BREAKS[3 * min(depth, DEEPEST) + kind]


def emphasised(written: str) -> str:
    """A part of a formula that is to stand out."""
    return f"{ON}{written}{OFF}"


def plain(written: str) -> str:
    """The bare text of a formula."""
    return _SPECIAL.sub("", written)


def spans(written: str) -> list[Span]:
    """The text of a formula in pieces, each with whether it is emphasised."""
    return _spans([written])[0]


def wrap(written: str, width: int, *, first: int, indent: int, dot: str) -> list[list[Span]]:
    """Lines of at most ``width`` columns, the first with only ``first`` columns left for it.

    Later lines start with ``indent`` spaces, and more where the break is deeper.  Only a piece
    without a place to break is ever longer.
    """
    return _spans(_wrap(written, first, width, indent, dot))


def _wrap(written: str, room: int, width: int, indent: int, dot: str) -> list[str]:
    if len(plain(written)) <= room:
        return [written]
    places = _BREAK.findall(written)
    if not places:
        return [written]
    best = min(places)
    lead = dot if best in _LED else ""
    pieces = written.split(best)
    found = _wrap(pieces[0].rstrip(" "), room, width, indent + 2, dot)
    packed = len(pieces) > MANY or BREAKS.index(best) % 3 == SIDE
    for piece in pieces[1:]:
        joined = f"{found[-1]} {piece.lstrip(' ')}"
        space = room if len(found) == 1 else width
        if packed and len(plain(joined)) <= space:
            found[-1] = joined
        else:
            head, *tail = _wrap(_led(piece, lead), width - indent, width, indent + 2, dot)
            found += [" " * indent + head, *tail]
    return found


def _led(piece: str, dot: str) -> str:
    """A piece as the beginning of a line: led by an operator, where that cannot mislead."""
    piece = piece.lstrip(" ")
    return piece if not dot or plain(piece).startswith(_OPERATORS) else f"{dot} {piece}"


def _spans(lines: Iterable[str]) -> list[list[Span]]:
    found = []
    depth = 0
    for line in lines:
        row: list[Span] = []
        text = ""
        for part in _EMPHASIS.split(_BREAK.sub("", line)):
            if part not in (ON, OFF):
                text += part
                continue
            before = depth
            depth += 1 if part == ON else -1
            if text and (depth > 0) != (before > 0):
                row.append((text, before > 0))
                text = ""
        if text or not row:
            row.append((text, depth > 0))
        found.append(row)
    return found
