"""Sums of powers: Σ_{i=a}^{b} r^i = (r^a - r^{b+1})/(1 - r), Σ_{i=1}^{b} i = b(b+1)/2. Trusted.

The quotient is that of polynomials in r and its powers.  Where r is 1 it has no value; but two
sides that agree for all other r, and have a value there, agree there too: they are continuous.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb

from sympy import (
    Add,
    Dummy,
    Expr,
    Integer,
    Mul,
    Pow,
    Rational,
    Symbol,
    factorrat,
    fraction,
    together,
)

from derive.errors import Refused
from derive.polynomials import multiplied_out, summands
from derive.substitution import put
from derive.terms import Range

HIGHEST = 8


def summed(e: Expr, r: Range, left_out: Iterable[Expr] = ()) -> Expr:
    """The sum of a coefficient over a range, b ≥ a - 1, without some of its values.

    Raises Refused unless it is a polynomial in the index, or one of powers c^i without i beside.
    """
    found = Integer(0)
    for t in parts(e, r.index):
        degree = Add(*(p for b, p in _factors(t) if b == r.index))
        power, rest = apart(t / r.index**degree, r.index)
        if power == 1 and degree.is_Integer and 0 <= degree <= HIGHEST:
            power, whole = r.index**degree, _of_powers(int(degree), r)
        elif degree == 0:
            whole = _geometric(power, r)
        else:
            raise Refused("{} is summed over {}", t, r.index)
        found += rest * (whole - Add(*(put(power, r.index, q) for q in left_out)))
    return found


def parts(e: Expr, *indices: Symbol) -> list[Expr]:
    """A coefficient as a sum of products; sums without the indices that it is divided by stay."""
    divisors = (p for p in e.atoms(Pow) if p.base.is_Add and p.exp.is_negative)
    letters = {p: Dummy() for p in divisors if p.free_symbols.isdisjoint(indices)}
    back = {letter: p for p, letter in letters.items()}
    return [t.xreplace(back) for t in summands(multiplied_out(e.xreplace(letters)))]


def apart(t: Expr, index: Symbol) -> tuple[Expr, Expr]:
    """A product as powers c^{a i}, c and a without the index i, and the rest; raises Refused."""
    powers, rest = Integer(1), Integer(1)
    for base, exponent in _factors(t):
        times = multiplied_out(exponent).coeff(index)
        beside = multiplied_out(exponent - times * index)
        moved = index in base.free_symbols | times.free_symbols | beside.free_symbols
        if moved or (times != 0 and _is_nothing(base)):
            raise Refused("{} is no power of a fixed number", base**exponent)
        powers *= base ** (times * index)
        rest *= base**beside
    return powers, rest


def _factors(t: Expr) -> list[tuple[Expr, Expr]]:
    return [f.as_base_exp() for f in Mul.make_args(t)]


def _geometric(power: Expr, r: Range) -> Expr:
    """The sum of c^{a i} over a range."""
    first, ratio = (put(power, r.index, value) for value in (r.lo, Integer(1)))
    if multiplied_out(fraction(together(1 - ratio))[0]) == 0:
        raise Refused("{} is summed over {}", power, r.index)
    return (first - put(power, r.index, r.hi + 1)) / (1 - ratio)


def _of_powers(degree: int, r: Range) -> Expr:
    """The sum of i^p over a range: (b+1)^{p+1} - a^{p+1} is that of (i+1)^{p+1} - i^{p+1}."""
    sums: list[Expr] = []
    for p in range(degree + 1):
        lower = Add(*(comb(p + 1, q) * s for q, s in enumerate(sums)))
        sums.append(((r.hi + 1) ** (p + 1) - r.lo ** (p + 1) - lower) / (p + 1))
    return sums[degree]


def lettered(e: Expr, letters: dict[Expr, Dummy]) -> Expr:
    """A term with a letter for each power c^L, so that c^{2L+1} is c times the square of one.

    Symbols are integers; under an integer a power of a product is the product of the powers.
    What is 0 is no such factor, since 0^0 is 1: its power has one letter as a whole.
    """
    if isinstance(e, Pow) and e.exp.free_symbols:
        if _is_nothing(e.base):
            return letters.setdefault(Integer(0) ** e.exp, Dummy())
        exponents = [a.as_coeff_Mul() for a in summands(multiplied_out(e.exp))]
        if all(times.is_Integer and _is_integer(what) for times, what in exponents):
            powers = ((base, times * power, what) for base, power in _bases(e.base)
                      for times, what in exponents)  # fmt: skip
            return Mul(*(_letter(base, power, what, letters) for base, power, what in powers))
    if isinstance(e, (Add, Mul, Pow)):
        return e.func(*(lettered(a, letters) for a in e.args))
    return e


def _is_nothing(e: Expr) -> bool:
    """Whether a base is 0, as its powers are understood here."""
    return bool(multiplied_out(lettered(e, {})) == 0)


def _is_integer(e: Expr) -> bool:
    powers = _factors(e) if e != 1 else []
    return all(x.is_Symbol and p.is_Integer and p > 0 for x, p in powers)


def _bases(e: Expr) -> Iterable[tuple[Expr, Integer]]:
    """A product as powers of what is no product, integers as powers of primes."""
    if isinstance(e, Rational) and e > 0:
        return [(Integer(p), Integer(n)) for p, n in factorrat(e).items()]
    if e.is_Mul:
        return [found for a in e.args for found in _bases(a)]
    if isinstance(e, Pow) and e.exp.is_Integer:
        return [(base, power * e.exp) for base, power in _bases(e.base)]
    return [(e, Integer(1))]


def _letter(base: Expr, times: Expr, what: Expr, letters: dict[Expr, Dummy]) -> Expr:
    if what == 1:
        return lettered(base, letters) ** times
    return letters.setdefault(base**what, Dummy()) ** times
