"""A block of declarations in which some statements cannot be read. Trusted for meaning.

The others count.  What a statement that is left out was to declare has no meaning, nor has what
is defined from it: formulas with such names are not read.  A fact that is left out can make
nothing true, but without it nothing is known to be false.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.errors import Unreadable
from derive.model import Model
from derive.read.declare import BARE_FACTS, declared
from derive.read.names import ACCENTS, DRESSES, GREEK, HEADS, Names, base, latex
from derive.read.reading import Reading
from derive.read.statements import Said, statements, without_comments
from derive.read.tokens import Place, Source, Token
from derive.terms import Entry

MOST = 20
EVERYTHING = ""
FACTS = frozenset({"assume", "require", *BARE_FACTS})
RESULTS = frozenset({"show", "printed"})
NEW = ("size", "random", "given", "let", "cost", "also")
AFTER = re.compile(r"[=<>]|\\(?:ge|le)q?\b|\b(?:in|of)\b")
SCRIPT = re.compile(r"[_^]\s*(?:\{[^{}]*\}|\\?[A-Za-z]+|\d+|\S)|\[[^\[\]]*\]|\([^()]*\)|'")
NAME = re.compile(r"\\[A-Za-z]+|[^\W\d_]+")


@dataclass(frozen=True)
class LeftOut:
    """A statement that was not read: where it is wrong, and what was expected there."""

    text: str
    where: Place
    reason: str


def salvaged(
    text: str, line: int = 1, column: int = 1, *, onto: Reading
) -> tuple[Reading, tuple[LeftOut, ...]]:
    """What can be read of a block, and the statements that cannot; never raises Unreadable."""
    source = Source(without_comments(text), line, column)
    every = statements(source)
    bad: dict[int, LeftOut] = {}
    gone: dict[str, int] = {}
    while True:
        try:
            reading = declared(source, (s for s in every if s.start not in bad), onto)
            break
        except Unreadable as no:
            where = Place(no.line, no.column)
            said = next((s for s in every if s.where <= where <= source.place(s.end)), None)
            if said is None or said.start in bad or len(bad) == MOST:
                reading = onto.copy()
                reading.names.lost[EVERYTHING] = where.line
                return reading, (LeftOut(" ".join(text.split()), where, no.reason),)
            reason = no.reason
            if cause := next((n for n in _names(said.text) if n in gone), ""):
                reason = _unsaid(cause, gone[cause])
            bad[said.start] = LeftOut(said.text, where, reason)
            gone |= dict.fromkeys(_declared(said), said.where.line)
    first = max((s.start for s in every if s.text == "new" and s.start not in bad), default=-1)
    for said in every:
        if said.start in bad and said.start > first:
            _lose(reading, said)
    _spread(reading.names, reading.model)
    return reading, tuple(sorted(bad.values(), key=lambda b: b.where))


def _unsaid(name: str, line: int) -> str:
    return f"{latex(name)} was to be declared in line {line}, which could not be read"


def _lose(reading: Reading, said: Said) -> None:
    """Note what has no meaning, or is not known, without a statement."""
    if said.keyword in FACTS:
        reading.doubtful = reading.doubtful or said.where.line
    elif said.keyword not in RESULTS:
        names = _declared(said) or [EVERYTHING]
        reading.names.lost |= dict.fromkeys(names, said.where.line)


def _declared(said: Said) -> list[str]:
    """The names that a statement may have been meant to declare; none if that is not clear."""
    if said.keyword not in NEW:
        return []
    items = _bare(said.text[len(said.keyword) :]).partition(" for ")[0].split(",")
    return [name for item in items for name in _names(AFTER.split(item, maxsplit=1)[0])]


def _bare(text: str) -> str:
    """The text without indices."""
    while (bare := SCRIPT.sub(" ", text)) != text:
        text = bare
    return text


def _names(text: str) -> list[str]:
    """The names in a text; a word may be several."""
    words = (m.group().removeprefix("\\") for m in NAME.finditer(text))
    return [GREEK.get(w, w) for w in words if w not in {*HEADS, *DRESSES, *ACCENTS}]


def _spread(names: Names, model: Model) -> None:
    """What is made of something without a meaning has none either."""
    lost = names.lost
    parts = [(name, s.term) for name, s in names.spellings.items()]
    parts += [(d.statement.left.name, d.statement.right) for d in model.definitions]
    changed = bool(lost)
    while changed:
        changed = False
        for name, term in parts:
            inside = {e.name for e in term.atoms(Entry)} | {str(s) for s in term.free_symbols}
            cause = next((n for n in sorted(inside) if n in lost or base(n) in lost), None)
            if cause is not None and name not in lost:
                lost[name] = lost.get(cause, lost.get(base(cause), 0))
                changed = True


def lost(items: list[Token], names: Names) -> tuple[Token, str] | None:
    """The first token that may speak of a name without a meaning, and why it has none."""
    if EVERYTHING in names.lost:
        line = names.lost[EVERYTHING]
        return items[0], f"line {line} could not be read, and what it says may matter here"
    for t in items if names.lost else ():
        word = t.text if t.kind in ("word", "letter") else t.text[1:] if t.kind == "command" else ""
        word = GREEK.get(word, word)
        for name, line in names.lost.items():
            if word and word not in HEADS and base(name) in (word if t.kind == "word" else [word]):
                return t, _unsaid(name, line)
    return None
