"""Scalars, vectors and matrices while a formula is read. Trusted for meaning.

A value is a term whose open indices run over ranges: none for a number, one for a vector,
two for a matrix.  Each operation raises Mismatch where the meaning is not certain.
"""

from __future__ import annotations

from typing import NamedTuple

from sympy import Add, Expr, Mul

from derive.polynomials import raised
from derive.substitution import put
from derive.terms import Apply, Range, Sum


class Mismatch(Exception):
    """Shapes that do not go together; the message says why."""


class Value(NamedTuple):
    """``aligned`` is "row" or "column" where the source says so: ``W_{k,•}``, ``w^T``."""

    term: Expr
    open: tuple[Range, ...] = ()
    aligned: str = ""

    def shape(self) -> str:
        return ", ".join(f"{r.index} = {r.lo}..{r.hi}" for r in self.open)


def agree(a: Range, b: Range) -> bool:
    return bool(a.lo == b.lo and a.hi == b.hi)


def renamed(value: Value, like: tuple[Range, ...]) -> Value:
    """The same value with its open indices named as in ``like``."""
    if len(value.open) != len(like) or not all(map(agree, value.open, like)):
        raise Mismatch(f"({value.shape() or 'a number'}) and ({shape(like)}) do not go together")
    changes = {r.index: s.index for r, s in zip(value.open, like, strict=True)}
    return Value(put(value.term, changes), like, value.aligned)


def shape(open: tuple[Range, ...]) -> str:
    return ", ".join(f"{r.index} = {r.lo}..{r.hi}" for r in open) or "a number"


def add(values: list[Value]) -> Value:
    """The sum; all of one shape."""
    first = values[0]
    if len(values) == 1:
        return first
    if any(v.open for v in values):
        values = [first, *(renamed(v, first.open) for v in values[1:])]
    return Value(Add(*(v.term for v in values)), first.open, first.aligned)


def multiply(values: list[Value]) -> Value:
    """Numbers multiply; vectors and matrices are contracted over adjacent ranges, left to right."""
    if len(values) == 1:
        return values[0]
    numbers = [v.term for v in values if not v.open]
    opens = [v for v in values if v.open]
    if not opens:
        return Value(Mul(*numbers))
    product = opens[0]
    for value in opens[1:]:
        product = contract(product, value)
    return Value(Mul(*numbers, product.term), product.open, product.aligned)


def contract(a: Value, b: Value) -> Value:
    """The matrix product."""
    outer = len(a.open) == 1 and len(b.open) == 1 and a.aligned != "row"
    if outer and b.aligned == "row":
        return Value(Mul(a.term, b.term), (*a.open, *b.open))
    if outer or b.aligned == "row":
        raise Mismatch("an uncertain product of vectors: write the indices, \\odot or ^\\top")
    inner, other = a.open[-1], b.open[0]
    if not agree(inner, other):
        raise Mismatch(
            f"the product does not fit: {inner.index} = {inner.lo}..{inner.hi} "
            f"meets {other.index} = {other.lo}..{other.hi}"
        )
    body = Mul(a.term, put(b.term, other.index, inner.index))
    open = (*a.open[:-1], *b.open[1:])
    aligned = "row" if len(a.open) == 1 and len(open) == 1 else ""
    return Value(Sum(body, (inner.index, inner.lo, inner.hi)), open, aligned)


def elementwise(a: Value, b: Value) -> Value:
    return Value(Mul(a.term, renamed(b, a.open).term), a.open, a.aligned)


def transposed(value: Value) -> Value:
    """A vector as a row, a matrix with its two indices swapped."""
    if len(value.open) == 2:
        return Value(value.term, value.open[::-1])
    if len(value.open) != 1:
        raise Mismatch("only a vector or a matrix can be transposed")
    return Value(value.term, value.open, "column" if value.aligned == "row" else "row")


def power(value: Value, exponent: Value) -> Value:
    """A number to a power; what would be infinite, or enormous, is not read."""
    if value.open or exponent.open:
        raise Mismatch("only a number can be raised to a power")
    base, e = value.term, exponent.term
    zero = base.is_number and base.is_zero
    if e.is_Number:
        if not e.is_Rational or abs(e.p) > 1000 or e.q > 1000:
            raise Mismatch("an exponent of more than 1000 is too large to be read")
        if e.is_negative and zero:
            raise Mismatch("division by zero")
        size = sum(
            n.p.bit_length() + n.q.bit_length() for n in Mul.make_args(base) if n.is_Rational
        )
        if size * abs(e.p) > 20_000:
            raise Mismatch("a number of more than 20000 bits is too large to be read")
    elif zero:
        raise Mismatch("0 to a power that is not a number")
    made = raised(base, e)
    if any(p.is_Pow and p.exp.is_Integer and abs(p.exp) > 1000 for p in Mul.make_args(made)):
        raise Mismatch("an exponent of more than 1000 is too large to be read")
    return Value(made)


def applied(name: str, order: int, at: Value) -> Value:
    """A function of a number, or of every entry."""
    return Value(Apply(name, order, at.term), at.open, at.aligned)
