"""The declaration language -> models. Trusted for meaning: every statement keeps its own text."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from derive.errors import Unreadable
from derive.read.advice import advice
from derive.read.block import Block
from derive.read.names import HEADS
from derive.read.reading import Reading
from derive.read.statements import Said, statements, without_comments
from derive.read.tokens import Source

NOTATIONS = Path(__file__).parent.parent / "notations"
KEYWORDS = (
    "use", "new", "size", "given", "random", "also", "let", "cost", "assume", "require", "read",
    "show", "printed",
)  # fmt: skip
BARE_FACTS = frozenset({"independent", "uncorrelated", "symmetric", "same", *HEADS})


def notation(name: str) -> Reading:
    """A shipped notation by name, or a file by its path; raises Unreadable, OSError."""
    shipped = NOTATIONS / f"{name}.derive"
    known = notations()
    if name in known:
        return declare(shipped.read_text(encoding="utf-8"), name=name)
    path = Path(name)
    if path.suffix or path.exists():
        return declare(path.read_text(encoding="utf-8"), name=path.stem)
    near = get_close_matches(name, known, 1)
    hint = f"; nearest: {near[0]}" if near else ""
    raise Unreadable(f"no notation {name}{hint}; shipped: {', '.join(known)}")


@lru_cache
def _shipped(name: str) -> Reading:
    return notation(name)


def notations() -> list[str]:
    """The names of the shipped notations."""
    return sorted(p.stem for p in NOTATIONS.glob("*.derive"))


def declare(
    text: str,
    line: int = 1,
    column: int = 1,
    *,
    onto: Reading | None = None,
    name: str = "declared",
) -> Reading:
    """Read declarations, after those of ``onto`` if given; raises Unreadable."""
    source = Source(without_comments(text), line, column)
    return declared(source, statements(source), onto or Reading.empty(name), name)


def declared(
    source: Source, every: Iterable[Said], onto: Reading, name: str = "declared"
) -> Reading:
    """What statements of a text declare, after ``onto``; raises Unreadable."""
    reading = onto.copy()
    block: list[Said] = []
    for said in every:
        if said.keyword in BARE_FACTS:
            raise source.error(said.start, "expected 'assume' before a fact")
        if said.keyword not in KEYWORDS:
            near = get_close_matches(said.keyword, KEYWORDS, 1)
            hint = f"; nearest: {near[0]}" if near else advice(said.text)
            raise source.error(said.start, f"expected a statement ({', '.join(KEYWORDS)}){hint}")
        if said.keyword in ("new", "use"):
            Block(source, reading, block).read()
            reading = _turn(source, said, reading, name)
            block = []
        else:
            block.append(said)
    Block(source, reading, block).read()
    return reading


def _turn(source: Source, said: Said, reading: Reading, name: str) -> Reading:
    """``new`` forgets everything, ``use NAME`` takes over a shipped notation."""
    words = said.text.split()
    if words[0] == "new":
        if len(words) > 1:
            raise source.error(said.start, "expected nothing after 'new'")
        return Reading.empty(name)
    if reading.statements:
        raise source.error(said.start, "expected 'use' before other statements; 'new' forgets them")
    if len(words) != 2 or words[1] not in notations():
        shipped = ", ".join(notations())
        raise source.error(
            said.start, f"expected 'use' and one of the shipped notations: {shipped}"
        )
    return _shipped(words[1]).copy()
