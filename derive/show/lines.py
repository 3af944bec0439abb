"""Lines of styled text, and filling paragraphs with them. Not trusted: computes nothing.

A segment is text with the name of a style; what a style looks like is said in `terminal`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from unicodedata import combining

Segment = tuple[str, str]
Line = list[Segment]

TIE = "\N{NO-BREAK SPACE}"
_WORDS = re.compile(r"( +)")


def tied(text: str) -> str:
    """Text that is broken only where nothing else helps."""
    return text.replace(" ", TIE)


def length(line: Iterable[Segment]) -> int:
    """How many columns a line takes; the accent on a letter takes none."""
    return sum(
        len(text) if text.isascii() else sum(not combining(c) for c in text) for text, _ in line
    )


def text_of(line: Iterable[Segment]) -> str:
    """A line without its styles, and without spaces at its end."""
    return "".join(text for text, _ in line).rstrip().replace(TIE, " ")


def plain(lines: Iterable[Line]) -> str:
    """Lines as plain text."""
    return "".join(f"{text_of(line)}\n" for line in lines)


def padded(line: Line, columns: int) -> Line:
    """The line, filled up with spaces to a number of columns."""
    missing = columns - length(line)
    return [*line, (" " * missing, "")] if missing > 0 else line


def filled(pieces: Sequence[Segment], width: int, indent: int = 0) -> list[Line]:
    """Pieces as lines of at most ``width`` columns, all but the first indented.

    Spaces at the beginning are kept.  A word that fits nowhere is broken at its ties.
    """
    found: list[Line] = [[]]
    gap = ""
    for word in _words(pieces):
        if word[0][0].startswith(" "):
            gap = word[0][0]
        elif length(found[-1]) + len(gap) + length(word) <= width:
            style = word[0][1] if found[-1] and found[-1][-1][1] == word[0][1] else ""
            found[-1] += [(gap, style), *word] if gap else word
            gap = ""
        elif indent + length(word) > width and any(TIE in text for text, _ in word):
            loose = [(text.replace(TIE, " "), style) for text, style in word]
            first, *rest = filled([*found[-1], (gap, ""), *loose], width, indent)
            found[-1:] = [first, *rest]
            gap = ""
        else:
            found.append([(" " * indent, ""), *word] if indent else word)
            gap = ""
    return found


def _words(pieces: Iterable[Segment]) -> Iterable[list[Segment]]:
    """Words, which may change style within, and the spaces between them."""
    word: list[Segment] = []
    gap = ""
    for text, style in pieces:
        for part in _WORDS.split(text):
            if part.startswith(" "):
                if word:
                    yield word
                    word = []
                gap += part
            elif part:
                if gap:
                    yield [(gap, "")]
                    gap = ""
                word.append((part, style))
    if word:
        yield word


def joined(lines: Iterable[Sequence[Segment]], separator: str) -> list[Segment]:
    """Groups of segments one after the other, with a separator between them."""
    found: list[Segment] = []
    for line in lines:
        if found:
            found.append((separator, ""))
        found.extend(line)
    return found
