"""Exact functions of one number, with derivatives: polynomials between breaks. Not trusted."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

from derive.counting.exact import Number
from derive.errors import Refused

Exact = Callable[[int, Number], Number]


@dataclass(frozen=True)
class InPieces:
    """Polynomials, by their coefficients, one more than there are breaks between them.

    At a break the one on its left counts, for derivatives too, or that on its ``right``; but what
    jumps there has no known value, nor known derivatives, and is refused.
    """

    breaks: tuple[Number, ...]
    between: tuple[tuple[Number, ...], ...]
    right: bool = False

    def coefficients(self, order: int, piece: int) -> list[Number]:
        """Those of a derivative, by degree."""
        given = self.between[piece]
        return [
            c * prod(range(k - order + 1, k + 1)) for k, c in enumerate(given) if k >= order
        ]  # fmt: skip

    def __call__(self, order: int, at: Number) -> Number:
        first, last = bisect_left(self.breaks, at), bisect_right(self.breaks, at)
        found = self._in(last if self.right else first, order, at)
        below = range(max(order, 1)) if first < last else ()
        if any(self._in(first, k, at) != self._in(last, k, at) for k in below):
            raise Refused("the value at the jump at {} is not known", at)
        return found

    def _in(self, piece: int, order: int, at: Number) -> Number:
        return sum(c * at**k for k, c in enumerate(self.coefficients(order, piece)))


def polynomial(*coefficients: Number) -> InPieces:
    """``c_0 + c_1 u + c_2 u^2 + …``"""
    return InPieces((), (coefficients,))


identity = polynomial(0, 1)
square = polynomial(0, 0, 1)
relu = InPieces((0,), ((), (0, 1)))


def is_zero(order: int, at: Number) -> Number:
    """1 at 0, and 0 elsewhere."""
    return int(at == 0 and not order)


def half_square(values: Sequence[Number]) -> Sequence[Number]:
    """The gradient of ``½‖s‖²``, which is s."""
    return values
