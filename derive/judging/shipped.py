"""The documents that come with the package: published derivations, as `check` reads them."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from derive.errors import Undeclared
from derive.read.document import load
from derive.read.links import Document

SOURCES = Path(__file__).parent.parent / "sources"


def sources() -> list[str]:
    """The names of the shipped documents."""
    return sorted(p.stem for p in SOURCES.glob("*.md"))


def path(name: str) -> Path:
    """Where a shipped document lies; raises Undeclared."""
    known = sources()
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"; nearest: {near[0]}" if near else ""
        raise Undeclared(f"no source {name}{hint}; shipped: {', '.join(known)}")
    return SOURCES / f"{name}.md"


def source(name: str) -> Document:
    """A shipped document by its name; raises Undeclared."""
    return load(path(name))
