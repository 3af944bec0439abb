"""LaTeX -> the parts that mean something. Trusted for meaning: comments and listings are blank.

Lines ``% derive: …`` that follow each other make one block of declarations, or are marks.
"""

from __future__ import annotations

import re

from derive.read.parts import Part, Parts, blanked

LISTINGS = "verbatim|Verbatim|lstlisting|minted|comment|alltt|filecontents|tikzpicture|algorithmic"
ASIDE = re.compile(
    rf"\\begin\s*\{{(?P<listing>(?:{LISTINGS})\*?)\}}|\\(?:verb|lstinline)\*?(?P<verb>[^A-Za-z\s*{{])"
    r"|(?P<false>\\iffalse(?![A-Za-z]))|(?P<escaped>\\.)|%(?P<comment>[^\n]*)",
    re.DOTALL,
)
SAID = re.compile(r"%*\s*derive:(?P<said>.*)")
MARKS = ("skip", "expect")


def latex(text: str) -> Parts:
    """The displays, declarations, marks and definitions of a LaTeX text."""
    said: list[tuple[int, int]] = []
    gaps: list[tuple[int, int]] = []
    at = 0
    while m := ASIDE.search(text, at):
        at = m.end()
        if m["comment"] is not None:
            gaps.append(m.span())
            if words := SAID.fullmatch(text, m.start() + 1, m.end()):
                said.append((m.start(), words.start("said")))
        elif m["listing"] or m["verb"] or m["false"]:
            close = m["verb"] or (f"\\end{{{m['listing']}}}" if m["listing"] else "\\fi")
            found = text.find(close, at)
            at = len(text) if found < 0 else found + len(close)
            gaps.append((m.start(), at))
    parts = Parts(blanked(text, gaps))
    parts.scan(0, len(text), markdown=False)
    parts.found += _said(text, said)
    parts.found.sort(key=lambda p: p.at)
    return parts


def _said(text: str, said: list[tuple[int, int]]) -> list[Part]:
    """Marks, and declarations that stand in consecutive lines taken together."""
    found: list[Part] = []
    for at, start in said:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        words = text[start:end].strip()
        if words.split(None, 1)[:1] and words.split(None, 1)[0] in MARKS:
            found.append(Part("mark", at, start, end, words))
        elif (
            found
            and found[-1].kind == "declare"
            and text[found[-1].end : at].strip() == ""
            and (text.count("\n", found[-1].end, at) == 1)
        ):
            gap = re.sub(r"[^\n]", " ", text[found[-1].end : start])
            found[-1] = found[-1]._replace(end=end, text=found[-1].text + gap + text[start:end])
        else:
            margin = " " * (start - text.rfind("\n", 0, start) - 1)
            found.append(Part("declare", at, start, end, margin + text[start:end]))
    return found
