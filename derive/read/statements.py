"""A declaration text as statements, items and ranges, each with its place. Trusted for meaning."""

from __future__ import annotations

import re
from typing import NamedTuple

from sympy import Symbol

from derive.read.formula import Formula
from derive.read.names import Names
from derive.read.tokens import Place, Source, Token
from derive.read.words import OPENERS
from derive.terms import Range


class Said(NamedTuple):
    """One statement as it was written, without comments."""

    text: str
    where: Place
    start: int
    end: int

    @property
    def keyword(self) -> str:
        m = re.match(r"[A-Za-z]+", self.text)
        return m.group() if m else ""


def without_comments(text: str) -> str:
    """The same text with comments as spaces, so that every place stays."""
    return re.sub(r"(?<!\\)#[^\n]*", lambda m: " " * len(m.group()), text)


def statements(source: Source) -> list[Said]:
    """One statement a line; a line indented more than the first one continues the line above."""
    found: list[Said] = []
    margin: int | None = None
    for m in re.finditer(r"^(?P<indent>[ \t]*)(?P<text>\S[^\n]*)", source.text, re.MULTILINE):
        start, end = m.start("text"), m.start("text") + len(m["text"].rstrip())
        depth = len(m["indent"])
        margin = depth if margin is None else min(margin, depth)
        if found and depth > margin:
            start = found.pop().start
        text = " ".join(source.text[start:end].split())
        found.append(Said(text, source.place(start), start, end))
    return found


def split(items: list[Token], at: str) -> list[list[Token]]:
    """Cut at a sign outside brackets; each part keeps an end."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for t in items:
        depth += (t.text in OPENERS) - (t.text in OPENERS.values())
        if t.kind != "end" and t.text == at and depth <= 0:
            parts[-1].append(Token("end", "", t.at))
            parts.append([])
        else:
            parts[-1].append(t)
    return parts


def cut(items: list[Token], word: str) -> tuple[list[Token], list[Token] | None]:
    """What stands before and after a word outside brackets; None if it is not there."""
    depth = 0
    for a, t in enumerate(items):
        depth += (t.text in OPENERS) - (t.text in OPENERS.values())
        if t.kind == "word" and t.text == word and depth <= 0:
            return [*items[:a], Token("end", "", t.at)], items[a + 1 :]
    return items, None


def ranges(
    source: Source, items: list[Token] | None, names: Names, but: bool = False
) -> tuple[Range, ...]:
    """``i = A..B, k = C..D``; later limits may use earlier indices.

    With ``but``, values may be left out: ``k = C..D, k \\ne i``.
    """
    found: list[Range] = []
    for part in split(items, ",") if items is not None else []:
        f = Formula(source, part, names)
        token = f.here
        index = f.bound_name()
        known = {r.index.name for r in found}
        again = next((n for n, r in enumerate(found) if r.index.name == index), None)
        if but and again is not None and f.accept(r"\ne", r"\neq", "!="):
            found[again] = found[again]._replace(but=(*found[again].but, f.index()))
        else:
            if f.here.kind == "end" and found:
                raise f.fail(
                    f"expected the range of {index}; another name goes on a line of its own"
                )
            f.expect("=", f"after {index}")
            lo = f.index()
            f.expect("..", "between the limits")
            found.append(Range(Symbol(index), lo, f.index()))
            if again is not None:
                raise f.fail(f"a second range of {index}", token)
        f.done()
        for unknown in sorted(f.indices - known):
            raise f.unknown(unknown, token)
    return tuple(found)
