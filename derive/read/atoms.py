"""A line of tokens cut into runs of formula and what stands between them. Trusted for meaning.

Cuts are at commas, wide spaces, words, arrows and ``\\forall`` outside brackets.  A run that
goes on the one before, after a line break or a remark, is joined to it again.
"""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from derive.read.formula import DOTS, SIGNS
from derive.read.names import HEADS, Names
from derive.read.remarks import within
from derive.read.tokens import Source, Token
from derive.read.words import depth

JOINTS = {
    ",": ",", ";": ";", ":": ":", r"\forall": "forall",
    **dict.fromkeys([r"\Rightarrow", r"\implies", r"\Longrightarrow", r"\to", r"\rightarrow",
                     r"\longrightarrow", r"\leadsto"], "so"),
    **dict.fromkeys([r"\iff", r"\Leftrightarrow", r"\Longleftrightarrow"], "iff"),
    **dict.fromkeys([r"\Leftarrow", r"\impliedby", r"\Longleftarrow"], "if"),
    **dict.fromkeys([r"\wedge", r"\land", r"\&"], "and"),
    r"\therefore": "then", r"\because": "and",
}  # fmt: skip
BINARY = frozenset({r"\cdot", r"\times", r"\odot", "*", "/"})
Run = list[Token]


class Atom(NamedTuple):
    """A run of formula (kind ``run``), or what stands between two of them."""

    kind: str
    items: Run


def is_index(items: Run, names: Names) -> bool:
    """Whether the tokens are one letter that nothing declares, with or without primes."""
    body = [t for t in items if t.text not in ("'", "{", "}")]
    if len(body) != 1:
        return False
    kind, text, _ = body[0]
    letter = kind in ("word", "letter") and len(text) == 1
    return text == r"\ell" or (letter and text not in names.all())


def sides(items: Run) -> list[Run]:
    """Cut at the relation signs outside brackets."""
    found: list[Run] = [[]]
    level = 0
    for t in items:
        level += depth(t)
        if t.text in SIGNS and level <= 0 and t.kind != "text":
            found.append([])
        else:
            found[-1].append(t)
    return found


def without_gaps(items: Run) -> Run:
    """A chain without the sides that are dots alone: in ``a = b = \\cdots = c``, b is c."""
    found: Run = []
    for n, t in enumerate(items):
        sign, after = items[n - 1].text if n else "", items[n + 1 : n + 2]
        if t.text in DOTS and sign in SIGNS and (not after or after[0].text == sign):
            found.pop()
        else:
            found.append(t)
    return found


def draws(items: Run) -> bool:
    """Whether something is said to have a law: ``\\sim`` outside brackets."""
    signs = [a for a, t in enumerate(items) if t.text == r"\sim"]
    return any(sum(map(depth, items[:a])) <= 0 for a in signs)


def named(items: Run, names: Names, source: Source) -> Run:
    """The same tokens where words that are names, as in ``\\text{Var}``, are names again."""
    known = {*names.all(), *HEADS}
    found: Run = []
    for a, t in enumerate(items):
        if t.kind != "text":
            found.append(t)
            continue
        word = t.text.strip()
        if (plain := word.replace(r"\_", "_")) in known and "_" in plain:
            found.append(Token("word", plain, t.at))
            continue
        below = a > 0 and items[a - 1].text in ("_", "^")
        inside = a > 1 and items[a - 1].text == "{" and items[a - 2].text in ("_", "^")
        if word.isalnum() and (word in known or below or inside):
            at = source.text.find(word, t.at + 1)
            kind = "word" if word.isalpha() else "number" if word.isdigit() else "other"
            found += [Token("command", r"\text", t.at), Token("op", "{", at), Token(kind, word, at)]
            found.append(Token("op", "}", at + len(word)))
        else:
            found.append(t)
    return found


def atoms(items: Run) -> list[Atom]:
    """Cut outside brackets at commas, wide spaces, words, arrows and ``\\forall``."""
    found = [Atom("run", [])]
    level = 0
    for t in items:
        kind = _joint(t) if level <= 0 else ""
        level += depth(t)
        if kind:
            found += [Atom(kind, [t]), Atom("run", [])]
        else:
            found[-1].items.append(t)
    for a in found:
        while a.kind == "run" and a.items and a.items[-1].text in (".", ":"):
            a.items.pop()
    return [a for a in found if a.kind != "run" or a.items]


def _joint(t: Token) -> str:
    if t.kind == "text":
        return "words"
    return t.kind if t.kind in ("quad", "row") else JOINTS.get(t.text, "")


def chained(found: list[Atom]) -> list[Atom]:
    """Join a run to the one that it goes on: after a sign, in a new row, with an operator."""
    done: list[Atom] = []
    for a in found:
        to = _before(done, a.items) if a.kind == "run" else None
        if to is None:
            done.append(Atom(a.kind, list(a.items)))
        else:
            done[to].items.extend(a.items)
    return done


def _before(done: list[Atom], after: Run) -> int | None:
    """The run that this one goes on, if it does."""
    runs = [n for n, a in enumerate(done) if a.kind == "run"]
    if not runs:
        return None
    last = runs[-1]
    between = done[last + 1 :]
    row = any(b.kind == "row" for b in between)
    begins = after[0].text in SIGNS
    if row and begins:
        claims = [n for n in runs if len(sides(done[n].items)) > 1 and not _quantified(done, n)]
        return claims[-1] if claims else last
    if not all(b.kind in ("quad", "row") or _reason(b) for b in between):
        return None
    before = done[last].items
    ends = before[-1].text in SIGNS or before[-1].text in ("+", "-", *BINARY)
    starts = after[0].text in BINARY or (after[0].text in ("+", "-") and len(sides(after)) == 1)
    open = sum(depth(t) for t in before) > 0
    worded = any(b.kind == "words" for b in between)
    return last if begins or ends or open or starts or (row and not worded) else None


def _quantified(done: list[Atom], at: int) -> bool:
    return at > 0 and done[at - 1].kind == "forall"


def _reason(a: Atom) -> bool:
    return a.kind == "words" and within(a.items[0].text)


def bracketed(items: Run) -> Run:
    """What stands in the parentheses that are all there is; empty if there are none."""
    if items[0].text != "(" or items[-1].text != ")":
        return []
    levels = accumulate(map(depth, items[:-1]))
    return items[1:-1] if 0 not in levels else []
