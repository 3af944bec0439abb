"""A declaration text as statements, items and ranges, each with its place. Trusted for meaning."""

from __future__ import annotations

import re
from typing import NamedTuple

from sympy import Symbol

from derive.read.formula import Formula
from derive.read.limits import UNEQUAL
from derive.read.names import Names, latex
from derive.read.tokens import Place, Source, Token
from derive.read.words import depth
from derive.terms import Range

LINE = re.compile(r"^(?P<indent>[ \t]*)(?P<text>\S[^\n]*)", re.MULTILINE)
WORD = re.compile(r"[A-Za-z]+")
COMMENT = re.compile(r"(?<!\\)#[^\n]*")


class Said(NamedTuple):
    """One statement as it was written, without comments; ``keyword`` is its first word."""

    text: str
    where: Place
    start: int
    end: int
    keyword: str


def without_comments(text: str) -> str:
    """The same text with comments as spaces, so that every place stays."""
    return COMMENT.sub(lambda m: " " * len(m.group()), text)


def statements(source: Source) -> list[Said]:
    """One statement a line; a line indented more than the first one continues the line above."""
    found: list[Said] = []
    margin: int | None = None
    for m in LINE.finditer(source.text):
        start, end = m.start("text"), m.start("text") + len(m["text"].rstrip())
        indent = len(m["indent"])
        margin = indent if margin is None else min(margin, indent)
        if found and indent > margin:
            start = found.pop().start
        text = " ".join(source.text[start:end].split())
        keyword = WORD.match(text)
        found.append(Said(text, source.place(start), start, end, keyword[0] if keyword else ""))
    return found


def split(items: list[Token], at: str) -> list[list[Token]]:
    """Cut at a sign outside brackets; each part keeps an end."""
    parts: list[list[Token]] = [[]]
    level = 0
    for t in items:
        level += depth(t)
        if t.text == at and level <= 0:
            parts[-1].append(Token("end", "", t.at))
            parts.append([])
        else:
            parts[-1].append(t)
    return parts


def cut(items: list[Token], word: str) -> tuple[list[Token], list[Token] | None]:
    """What stands before and after a word outside brackets; None if it is not there."""
    level = 0
    for a, t in enumerate(items):
        level += depth(t)
        if t.text == word and t.kind == "word" and level <= 0:
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
        if but and again is not None and f.accept(*UNEQUAL):
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
            raise f.unknown(unknown, token, f": 'size {latex(unknown)}' before this declares it")
    return tuple(found)


def apart(source: Source, items: list[Token], names: Names) -> list[tuple[Symbol, Symbol]]:
    """``i \\ne j``: the indices that differ, of ranges that are said elsewhere."""
    found = []
    for part in split(items, ","):
        f = Formula(source, part, names)
        one = f.bound_name()
        if not f.accept(*UNEQUAL):
            raise f.fail(f"expected = after {one}, {f.before()}")
        found.append((Symbol(one), Symbol(f.bound_name())))
        f.done()
    return found
