"""What a document says, link by link: plain data, each part with its place.

Nothing here judges; `claims` makes it and a checker goes through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sympy import Symbol

from derive.piecewise import Pieces
from derive.read.reading import Reading
from derive.read.result import Bare, Side
from derive.read.tokens import Place
from derive.terms import Range


class Trouble(NamedTuple):
    """What could not be read: where, what was expected, and because of which line, if of one."""

    where: Place
    reason: str
    because: int = 0


@dataclass(frozen=True)
class Link:
    """``left sign right`` for the indices ``over``, if the premises ``given`` hold.

    ``over`` has a range only for an index of which the text says one; ``every`` are the
    indices after "for all".  ``open`` are the indices of vectors and matrices; ``asked`` marks
    what shall be so, with a ! over the sign; ``relies`` are assumptions by which it was read.
    """

    left: Side
    sign: str
    right: Side
    given: tuple[Link, ...] = ()
    over: tuple[Range, ...] = ()
    every: tuple[Symbol, ...] = ()
    open: tuple[Range, ...] = ()
    tag: str = ""
    asked: bool = False
    relies: tuple[str, ...] = ()

    @property
    def where(self) -> Place:
        return self.left.where

    @property
    def bare(self) -> tuple[Bare, ...]:
        """The moments of any one entry on both sides: each is to be the same for all."""
        return (*self.left.bare, *self.right.bare)

    @property
    def text(self) -> str:
        sign = SPELT.get(self.sign, self.sign)
        return self._with(rf"\overset{{!}}{{{sign}}}" if self.asked else sign)

    @property
    def plain(self) -> str:
        """The text without a ! over the sign."""
        return self._with(SPELT.get(self.sign, self.sign))

    def _with(self, sign: str) -> str:
        return f"{self.left.text} {sign} {self.right.text}"


SPELT = {"≈": r"\approx", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "∝": r"\propto"}
STRENGTH = {"=": {"="}, "≈": {"=", "≈"}, "∝": {"=", "∝"}}
ORDERS = {"≤": {"=", "≤", "<"}, "≥": {"=", "≥", ">"}}


@dataclass(frozen=True)
class Distribution:
    """``W \\sim U[-a, a]``: a law with its parameters, and what has it.

    ``words`` say of each parameter what it is, a variance or a standard deviation, if it is said.
    ``left`` is what has the law, as it is written, ``about`` its random family, ``variance`` its
    variance, if that can be read; ``given`` are premises.
    """

    name: str
    parameters: tuple[Side, ...]
    text: str
    words: tuple[str, ...] = ()
    left: str = ""
    about: str = ""
    variance: Side | None = None
    given: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Shape:
    """``f'(s) = \\max(0, s)``: what a function, derived ``order`` times, is said to be in pieces.

    ``says`` is that of ``f'`` as a function of its own; ``left`` is how it is written, and
    ``bound`` says that the letter is a variable of the text, which may not take every value.
    """

    function: str
    order: int
    says: Pieces
    left: Side
    right: Side
    bound: bool = False


@dataclass(frozen=True)
class Claim:
    """One chain of relations, or something else that a display says.

    Kinds: relation, assumption (a premise without a conclusion), distribution, shapes (what a
    function is in pieces), formula (no relation, so nothing to judge), condition (a range or
    words alone), unreadable; ``broken`` if that is no formula but what is around formulas.
    """

    kind: str
    where: Place
    text: str
    links: tuple[Link, ...] = ()
    tag: str = ""
    label: str = ""
    remarks: tuple[str, ...] = ()
    trouble: Trouble | None = None
    distribution: Distribution | None = None
    shapes: tuple[Shape, ...] = ()
    broken: bool = False

    @property
    def whole(self) -> Link | None:
        """From the first side to the last, where the signs between allow one; else None."""
        if len(self.links) < 2:
            return None
        first, last = self.links[0], self.links[-1]
        signs = {link.sign for link in self.links}
        fits = (s for s, below in (STRENGTH | ORDERS).items() if signs <= below)
        sign = next(fits, "")
        if sign in ORDERS and signs & {"<", ">"}:
            sign = "<" if sign == "≤" else ">"
        over = tuple(dict.fromkeys(r for link in self.links for r in link.over))
        if not sign or len({r.index for r in over}) < len(over):
            return None
        asked = any(link.asked for link in self.links)
        return Link(
            first.left,
            sign,
            last.right,
            first.given,
            over,
            first.every,
            first.open,
            last.tag,
            asked,
        )


class Mark(NamedTuple):
    """``skip``, or ``expect`` with a verdict; it speaks of the display that follows."""

    kind: str
    verdict: str
    where: Place


@dataclass(frozen=True)
class Item:
    """One display: its claims in order, and the declarations in force there."""

    where: Place
    text: str
    claims: tuple[Claim, ...]
    reading: Reading
    mark: Mark | None = None


@dataclass
class Document:
    """A file as it was read.

    ``inline`` counts the formulas in the text, which are not read; ``notes`` are remarks on
    what was passed over, ``inputs`` the files that it names, ``reading`` what is declared in the
    end; ``declared`` tells whether anything is, or was meant to be.
    """

    path: Path | None
    items: list[Item] = field(default_factory=list)
    inline: int = 0
    notes: list[Trouble] = field(default_factory=list)
    inputs: list[tuple[str, Place]] = field(default_factory=list)
    reading: Reading = field(default_factory=lambda: Reading.empty("declared"))
    attempted: bool = False

    @property
    def declared(self) -> bool:
        return self.attempted or bool(self.reading.statements)

    @property
    def claims(self) -> list[Claim]:
        return [claim for item in self.items for claim in item.claims]
