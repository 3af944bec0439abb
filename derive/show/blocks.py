"""What a page in Markdown or LaTeX consists of. Not trusted: computes nothing.

Words have mathematics between dollar signs and names between backticks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Title:
    said: str


@dataclass(frozen=True)
class Heading:
    said: str


@dataclass(frozen=True)
class Paragraph:
    said: str


@dataclass(frozen=True)
class Items:
    """Names with what each says."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Row:
    """A formula in one line or several, with its number in the margin."""

    rows: tuple[str, ...]
    number: int | None = None


@dataclass(frozen=True)
class Because:
    """The reasons that lead from one formula to the next."""

    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Omitted:
    """Words that stand for lines left out."""

    said: str


@dataclass(frozen=True)
class Display:
    """Formulas and reasons in turn."""

    body: tuple[Row | Because | Omitted, ...]


@dataclass(frozen=True)
class Grid:
    """A table."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block: TypeAlias = Title | Heading | Paragraph | Items | Display | Grid
