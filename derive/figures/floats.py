"""What floating point types hold, exactly. Not trusted.

A standard deviation is compared with a limit of a type by comparing the exact variance with the
square of the limit.  The limits are those of IEEE 754 and, for the types of eight bits, of the
Open Compute Project's OFP8 specification (2023).
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction

from derive.figures.amounts import BadNumbers


@dataclass(frozen=True)
class FloatType:
    """A binary floating point type: bits of the significand, the hidden one included, and of range.

    The least normal number is ``2^(1 - bias)``, the least of all ``2^(2 - bias - bits)``, the
    largest ``(2 - 2^(1 - bits)) 2^bias`` unless the type keeps its last exponent for numbers:
    then ``most`` is the largest.
    """

    name: str
    bits: int
    bias: int
    most: int | None = None

    @property
    def tiny(self) -> Fraction:
        """The smallest normal number."""
        return Fraction(2) ** (1 - self.bias)

    @property
    def least(self) -> Fraction:
        """The smallest subnormal number."""
        return Fraction(2) ** (2 - self.bias - self.bits)

    @property
    def largest(self) -> Fraction:
        """The largest finite number."""
        if self.most is not None:
            return Fraction(self.most)
        return (2 - Fraction(2) ** (1 - self.bits)) * 2**self.bias

    def too_small(self, variance: Fraction) -> bool:
        """Whether the standard deviation is below the smallest normal number, and not 0."""
        return variance > 0 and _below(variance, self.tiny)

    def vanishing(self, variance: Fraction) -> bool:
        """Whether the standard deviation is below the smallest subnormal number, and not 0."""
        return variance > 0 and _below(variance, self.least)

    def too_large(self, variance: Fraction) -> bool:
        """Whether the standard deviation is above the largest number."""
        return variance > 0 and _below(1 / variance, 1 / self.largest)


def _below(variance: Fraction, limit: Fraction) -> bool:
    """Whether a variance is below the square of a limit; digit by digit only where it is close."""
    square = limit**2
    difference = _bits(variance) - _bits(square)
    return difference < 2 and (difference < -1 or variance < square)


def _bits(value: Fraction) -> int:
    """b with ``2^(b-1) < value < 2^(b+1)``: large numbers are rarely compared digit by digit."""
    return value.numerator.bit_length() - value.denominator.bit_length()


TYPES = (
    FloatType("float16", 11, 15),
    FloatType("bfloat16", 8, 127),
    FloatType("float32", 24, 127),
    FloatType("float64", 53, 1023),
)
EIGHT = (FloatType("float8_e4m3fn", 4, 7, 448), FloatType("float8_e5m2", 3, 15))
ALSO = {
    "half": "float16", "fp16": "float16", "bf16": "bfloat16", "fp32": "float32",
    "single": "float32", "float": "float32", "fp64": "float64", "double": "float64",
    "float8_e4m3": "float8_e4m3fn", "float8": "float8_e4m3fn", "fp8": "float8_e4m3fn",
}  # fmt: skip


def float_type(name: str) -> FloatType:
    """The type that is meant, also as ``torch.float16`` or ``bf16``; raises BadNumbers."""
    known = {t.name: t for t in (*TYPES, *EIGHT)}
    plain = name.strip().lower().rpartition(".")[2]
    found = known.get(ALSO.get(plain, plain))
    if found is None:
        near = get_close_matches(plain, [*known, *ALSO], 1)
        hint = f"; nearest: {near[0]}" if near else ""
        raise BadNumbers(f"no floating point type {name}{hint}; known: {', '.join(known)}")
    return found
