"""What was read: terms with their places, and how bare families were taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sympy import Expr

from derive.read.tokens import Place
from derive.terms import Range


class Bare(NamedTuple):
    """A moment of "any one entry": it has to be the same over all of ``over``.

    ``under`` are the ranges of the sums and products around it.
    """

    moment: Expr
    over: tuple[Range, ...]
    under: tuple[Range, ...]


class Asked(NamedTuple):
    """A denominator, which has to be ``≠`` 0, or what stands under a root, ``≥`` 0.

    ``under`` are the ranges of the sums and products around it.
    """

    sign: str
    term: Expr
    under: tuple[Range, ...] = ()


class Side(NamedTuple):
    """One side of a relation: its term, where it starts, its text, its bare families.

    ``rounded`` are two terms, the lowest and the highest of which the side may be a rounding;
    ``asks`` is what has to be for it to be a number, also where it was cancelled.
    """

    term: Expr
    where: Place
    text: str
    bare: tuple[Bare, ...] = ()
    rounded: tuple[Expr, Expr] | None = None
    asks: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Read:
    """What a formula says: one side, or several with a sign between each two.

    ``open`` are the row and column indices of vectors and matrices that were written bare,
    ``over`` the schematic names, ``indices`` the free indices, ``relies`` the assumptions by which
    a function was recognised.
    """

    sides: tuple[Side, ...]
    signs: tuple[str, ...] = ()
    bare: tuple[Bare, ...] = ()
    open: tuple[Range, ...] = ()
    over: tuple[str, ...] = ()
    indices: frozenset[str] = frozenset()
    relies: tuple[str, ...] = ()

    @property
    def term(self) -> Expr:
        return self.sides[0].term

    @property
    def where(self) -> Place:
        return self.sides[0].where
