"""A block of declarations in which some statements cannot be read. Trusted for meaning.

The others count.  What a statement that is left out was to declare has no meaning, nor has what
is defined from it: formulas with such names are not read.  A fact that is left out can make
nothing true, but without it nothing is known to be false.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from derive.errors import Unreadable
from derive.model import Model
from derive.read.declare import BARE_FACTS, declared
from derive.read.names import ACCENTS, DRESSES, GREEK, HEADS, Names, base, latex
from derive.read.reading import Reading
from derive.read.statements import Said, statements, without_comments
from derive.read.tokens import Place, Source, Token
from derive.subterms import names_in

MOST = 20
EVERYTHING = ""
FACTS = frozenset({"assume", "require", *BARE_FACTS})
RESULTS = frozenset({"show", "printed"})
NEW = ("size", "random", "given", "let", "cost", "also")
AFTER = re.compile(r"[=<>]|\\(?:ge|le)q?\b|\b(?:in|of)\b")
SCRIPT = re.compile(r"[_^]\s*(?:\{[^{}]*\}|\\?[A-Za-z]+|\d+|\S)|\[[^\[\]]*\]|\([^()]*\)|'")
SCRIPTS = frozenset("_^[(")
NAME = re.compile(r"(\\[A-Za-z]+|[^\W\d_]+)(_?)")


@dataclass(frozen=True)
class LeftOut:
    """A statement that was not read: where it is wrong, and what was expected there.

    ``because`` is the line that would have to be read first, if there is one.
    """

    text: str
    where: Place
    reason: str
    because: int = 0


class Lost(NamedTuple):
    """A name without a meaning: where it stands, why, and the line that could not be read."""

    token: Token
    reason: str
    line: int


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
            reason, because = no.reason, 0
            if cause := next((n for n in _names(said.text) if n in gone), ""):
                because = gone[cause]
                reason = _unsaid(latex(cause), because)
            bad[said.start] = LeftOut(said.text, where, reason, because)
            gone |= dict.fromkeys(map(base, _declared(said)), because or said.where.line)
    first = max((s.start for s in every if s.text == "new" and s.start not in bad), default=-1)
    for said in every:
        if said.start in bad and said.start > first:
            _lose(reading, said, bad[said.start].because or said.where.line)
    _spread(reading.names, reading.model)
    return reading, tuple(sorted(bad.values(), key=lambda b: b.where))


def _unsaid(name: str, line: int) -> str:
    return f"{name} has no meaning: line {line} could not be read"


def _lose(reading: Reading, said: Said, line: int) -> None:
    """Note what has no meaning, or is not known, without a statement, because of a line."""
    if said.keyword in FACTS:
        reading.doubtful = reading.doubtful or said.where.line
    elif said.keyword not in RESULTS:
        names = _declared(said) or [EVERYTHING]
        reading.names.lost |= dict.fromkeys(names, line)


def _declared(said: Said) -> list[str]:
    """The names that a statement may have been meant to declare; none if that is not clear.

    One that has something below, above or behind it ends in an underscore.
    """
    if said.keyword not in NEW:
        return []
    items = _bare(said.text[len(said.keyword) :]).partition(" for ")[0].split(",")
    firsts = (AFTER.split(item, maxsplit=1)[0] for item in items)
    return [name + mark for first in firsts for name, mark in _marked(first)]


def _bare(text: str) -> str:
    """The text with an underscore for what stands below, above and behind a name."""
    while (bare := SCRIPT.sub("_ ", text)) != text:
        text = bare
    return text


def _marked(text: str) -> list[tuple[str, str]]:
    words = ((m[1].removeprefix("\\"), m[2]) for m in NAME.finditer(text))
    dress = {*HEADS, *DRESSES, *ACCENTS}
    return [(GREEK.get(word, word), mark) for word, mark in words if word not in dress]


def _names(text: str) -> list[str]:
    """The names in a text; a word may be several."""
    return [name for name, _ in _marked(text)]


def _spread(names: Names, model: Model) -> None:
    """What is made of something without a meaning has none either."""
    lost = names.lost
    parts = [(name, s.term) for name, s in names.spellings.items()]
    parts += [(d.statement.left.name, d.statement.right) for d in model.definitions]
    changed = bool(lost)
    while changed:
        changed = False
        for name, term in parts:
            inside = names_in(term) | {str(s) for s in term.free_symbols}
            lines = (_line(n, names) for n in sorted(inside))
            line = next((line for line in lines if line), 0)
            if line and not _line(name, names):
                lost[name] = line
                changed = True


def _line(name: str, names: Names) -> int:
    """The line that left a name that stands in a term without a meaning; 0 if it has one.

    What was lost with indices is no number of the same name.
    """
    lost = names.lost
    line = lost.get(name, lost.get(base(name), 0))
    family = names.family(name)
    plain = family is not None and not family.ranges
    return line or (0 if plain else lost.get(base(name) + "_", 0))


def lost(items: list[Token], names: Names) -> Lost | None:
    """The first token that may speak of a name without a meaning, and why it has none."""
    if EVERYTHING in names.lost:
        line = names.lost[EVERYTHING]
        reason = f"line {line} could not be read, and what it says may matter here"
        return Lost(items[0], reason, line)
    known = names.all() if names.lost else set()
    for t, after in pairwise([*items, Token("end", "", 0)]) if names.lost else ():
        word = t.text if t.kind in ("word", "letter") else t.text[1:] if t.kind == "command" else ""
        word = GREEK.get(word, word)
        for name, line in names.lost.items():
            own = base(name)
            other = name.endswith("_") and own in known
            family = names.family(own) if other and after.text not in SCRIPTS else None
            if family is not None and not family.ranges:
                continue
            if word and word not in HEADS and own in (word if t.kind == "word" else [word]):
                return Lost(t, _unsaid(latex(own) + "_…" * other, line), line)
    return None
