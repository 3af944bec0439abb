"""Numbers for tables, exactly and in short, and which rows of a long one to show. Not trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

from derive.counting.setting import Setting
from derive.figures.amounts import written
from derive.writing.spelling import Spelling

T = TypeVar("T")
DOTS = "…"
LARGEST_PRIME = 1000


@dataclass(frozen=True)
class Elided(Generic[T]):
    """The two ends of a sequence, and how many are left out between them."""

    first: Sequence[T]
    gap: int
    last: Sequence[T]


def elided(items: Sequence[T], ends: int, everything: bool) -> Elided[T]:
    """Both ends, so many of each; all of it if asked for, or if little would be saved."""
    if everything or len(items) <= 2 * ends + 2:
        return Elided(items, 0, ())
    return Elided(items[:ends], len(items) - 2 * ends, items[-ends:])


def spaced(n: int) -> str:
    """A count with its digits in groups: 9 996."""
    return f"{n:,}".replace(",", " ")


class Exact:
    """Writes the values of one network exactly, by their prime factors where that is shorter."""

    def __init__(self, given: Setting, form: Spelling) -> None:
        self.form = form
        numbers = [*given.widths]
        for v in (*given.weights, given.inputs, given.top):
            numbers += [v.numerator, v.denominator]
        self.primes = sorted({p for n in set(numbers) for p in _primes(n)})

    def text(self, value: Fraction, room: int) -> str:
        """The value in so many columns; dots where it takes more."""
        digits = max(value.numerator.bit_length(), value.denominator.bit_length()) * 0.3
        plain = written(value) if digits < 2 * room else ""
        if plain and len(plain) <= room:
            return plain
        powers = self.powers(value)
        return powers if powers and len(powers) <= room else DOTS

    def powers(self, value: Fraction) -> str:
        """By prime factors; "" where they are not those of widths and variances."""
        over, under = self._product(value.numerator), self._product(value.denominator)
        if not over or not under:
            return ""
        if value.denominator == 1:
            return over
        several = self.form.dot in under
        return f"{over}/{self.form.parentheses(under) if several else under}"

    def _product(self, n: int) -> str:
        found = []
        for p in self.primes:
            exponent = 0
            while n and n % p == 0:
                n, exponent = n // p, exponent + 1
            if exponent:
                found.append(f"{p}{self.form.power(str(exponent)) if exponent > 1 else ''}")
        if n != 1:
            return ""
        gap = " " if self.form.tex else ""
        return f"{gap}{self.form.dot}{gap}".join(found) or "1"


def _primes(n: int) -> list[int]:
    """The small prime factors of a number."""
    found = []
    for p in range(2, LARGEST_PRIME):
        if p * p > n:
            break
        while n and n % p == 0:
            found.append(p)
            n //= p
    return [*found, n] if 1 < n < LARGEST_PRIME**2 else found
