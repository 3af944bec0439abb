"""Numbers as a person writes them, exactly: ``1/300``, ``0.01``, ``300,300,10``. Not trusted.

Nothing is rounded on the way in; on the way out a number is written exactly or to a few digits,
also where it is too small or too large for a float.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor, log10
from typing import Any

Given = int | Fraction | Decimal | str

LONGEST = 1000
_WRITTEN = re.compile(r"[+-]?(\d+/\d+|(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?)", re.ASCII)
_CHUNK = 4000


class BadNumbers(ValueError):
    """Numbers that do not fit the model or each other: says which, why not, and what would."""


def exact(value: Given, what: str = "the value") -> Fraction:
    """A number from text or from a number that is exact; raises BadNumbers.

    >>> exact("1/300"), exact("0.01")
    (Fraction(1, 300), Fraction(1, 100))
    """
    if isinstance(value, str):
        text = value.strip()
        if len(text) > LONGEST:
            raise BadNumbers(f"{what}: {len(text)} characters; a number has at most {LONGEST}")
        if not _WRITTEN.fullmatch(text):
            raise BadNumbers(f"{what}: {text!r} is not a number; write 3, 1/300, 0.01 or 1e-3")
        try:
            return Fraction(text)
        except ZeroDivisionError:
            raise BadNumbers(f"{what}: {text} divides by zero") from None
    if isinstance(value, bool) or not isinstance(value, int | Fraction | Decimal):
        raise BadNumbers(f"{what}: {value!r} is not exact; give an int, a Fraction or '0.01'")
    try:
        return Fraction(value)
    except (ValueError, OverflowError):
        raise BadNumbers(f"{what}: {value} is not a number") from None


def exacts(values: Given | Sequence[Given], what: str = "the values") -> tuple[Fraction, ...]:
    """One number or several, text split at commas; raises BadNumbers."""
    if isinstance(values, str):
        values = values.split(",")
    if not isinstance(values, Sequence):
        return (exact(values, what),)
    places = range(1, len(values) + 1)
    names = [f"{what}, number {n}" for n in places] if len(values) > 1 else [what]
    return tuple(exact(v, name) for v, name in zip(values, names, strict=True))


def widths(values: str | Sequence[int | str]) -> tuple[int, ...]:
    """The widths of the layers, from the inputs on: positive integers; raises BadNumbers.

    >>> widths("300,300,10")
    (300, 300, 10)
    """
    found = exacts(values, "the widths")
    for place, n in enumerate(found, start=1):
        if n.denominator > 1 or n < 1:
            raise BadNumbers(f"the widths, number {place}: {short(n)} is not a positive integer")
    return tuple(map(int, found))


def variances(values: Given | Sequence[Given], what: str) -> tuple[Fraction, ...]:
    """Variances: exact and not negative; raises BadNumbers."""
    found = exacts(values, what)
    for place, v in enumerate(found, start=1):
        if v < 0:
            where = what if len(found) == 1 else f"{what}, number {place}"
            raise BadNumbers(f"{where}: {short(v)} is negative, and a variance is not")
    return found


# -- writing numbers


def written(value: Any) -> str:
    """A number exactly, however many digits that takes: ``1/300``, or ``sqrt(2)``."""
    if not isinstance(value, Fraction):
        return str(value)
    sign = "-" if value < 0 else ""
    top = sign + _digits(abs(value.numerator))
    return top if value.denominator == 1 else f"{top}/{_digits(value.denominator)}"


def _digits(n: int) -> str:
    """Decimal digits in pieces: Python refuses to write an integer of many digits in one."""
    pieces = []
    while n >= 10**_CHUNK:
        n, low = divmod(n, 10**_CHUNK)
        pieces.append(str(low).zfill(_CHUNK))
    return str(n) + "".join(reversed(pieces))


def short(value: Fraction, digits: int = 3) -> str:
    """A number to some significant digits, rounded exactly: ``0.333``, ``6.1e-4772``, ``300``."""
    if value == 0:
        return "0"
    sign, size = ("-", -value) if value < 0 else ("", value)
    exponent = floor(log_of(size))
    whole = _scaled(size, exponent, digits)
    if whole < 10 ** (digits - 1):
        exponent -= 1
        whole = _scaled(size, exponent, digits)
    elif whole >= 10**digits:
        exponent += 1
        whole = _scaled(size, exponent, digits)
    if value.denominator == 1 and exponent < 6:
        return f"{sign}{size.numerator}"
    shown = str(whole)
    if -4 <= exponent < digits:
        places = digits - 1 - exponent
        text = shown.zfill(places + 1)
        text = f"{text[:-places]}.{text[-places:]}" if places else text
        return sign + (text.rstrip("0").rstrip(".") if "." in text else text)
    rest = shown[1:].rstrip("0")
    return f"{sign}{shown[0]}{'.' if rest else ''}{rest}e{exponent:+03d}"


def _scaled(size: Fraction, exponent: int, digits: int) -> int:
    """The number as an integer of that many digits, rounded half to even."""
    shift = digits - 1 - exponent
    return round(size * 10**shift if shift >= 0 else size / 10**-shift)


def log_of(value: Fraction) -> float:
    """The decimal logarithm of a positive number of any size."""
    return log10(value.numerator) - log10(value.denominator)
