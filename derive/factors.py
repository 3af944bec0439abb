r"""A sum as a product of irreducible sums: what product formulas need of sums. Trusted.

Equal quotients of polynomials get equal factors, whatever form they were written in:

    >>> a, b = Entry("a"), Entry("b")
    >>> factors(a / b + 1), factors(2 * a + 2 * b)
    (((a + b, 1), (b, -1)), ((2, 1), (a + b, 1)))
    >>> factors(1 / a + 1 / b) == factors((a + b) / (a * b))
    True

A root in a sum is a symbol like any other here, its powers being powers of that symbol.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import gcd, lcm

from sympy import (
    Add,
    Dummy,
    Expr,
    Integer,
    Mul,
    Pow,
    Rational,
    Symbol,
    expand,
    factor_list,
    together,
)
from sympy import fraction as numerator_and_denominator

from derive.polynomials import MOST_TERMS as MOST_WRITTEN_OUT
from derive.polynomials import how_many
from derive.powers import Outside
from derive.subterms import occurrences
from derive.terms import HEADS, Apply, Entry, Partial, text

ATOMS = (Symbol, Entry, Apply, Partial, *HEADS)
MOST_TERMS = 12
MOST_ATOMS = 6
HIGHEST = 8


Factors = tuple[tuple[Expr, int], ...]
Monomial = tuple[Rational, dict[Expr, int]]


@lru_cache(maxsize=2048)
def factors(e: Expr) -> Factors:
    """``(factor, power)`` with e as their product; raises Outside for what is too large."""
    seen = at_a_glance(e)
    if seen is not None:
        return tuple((base, power) for base, power in seen if base != 1)
    names: dict[Expr, Dummy] = {}
    plain = _polynomial(e, names)
    back = {d: a for a, d in sorted(names.items(), key=lambda x: text(x[0]))}
    if len(back) > MOST_ATOMS:
        raise Outside("{} has more than {} quantities in a sum", e, MOST_ATOMS)
    divided = any(p.exp.is_negative for p, _ in occurrences(plain, Pow))
    above, below = numerator_and_denominator(together(plain) if divided else plain)
    found = [*_factored(above, back), *((base, -power) for base, power in _factored(below, back))]
    return tuple((base, power) for base, power in found if base != 1)


def _factored(e: Expr, back: dict[Dummy, Expr]) -> Factors:
    """The factors of a polynomial in the symbols of atoms, the atoms put back."""
    if how_many(e) > MOST_WRITTEN_OUT:
        raise Outside("a sum that has more than {} terms, multiplied out", MOST_WRITTEN_OUT)
    written = expand(e)
    seen = at_a_glance(written, list(back))
    if seen is None:
        number, parts = factor_list(written, *back)
        seen = ((number, 1), *parts)
        if expand(Mul(*(base**power for base, power in seen))) != written:
            raise Outside("a sum that could not be factored")
    return tuple((base.xreplace(back), power) for base, power in seen)


def at_a_glance(e: Expr, gens: Sequence[Expr] = ()) -> Factors | None:
    """A number, powers of atoms, and one sum that nothing divides; None if that is not seen.

    The sum is linear in some atom, A x + B, and A or B is a single term.  As no atom divides all
    of its terms, A and B have no factor in common, so by Gauss's lemma it is irreducible.
    """
    if isinstance(e, Rational):
        return ((e, 1),)
    terms = [_monomial(t) for t in Add.make_args(e)]
    if None in terms or len(terms) > MOST_TERMS:
        return None
    found = [t for t in terms if t is not None]
    atoms = list(gens) or sorted({a for _, powers in found for a in powers}, key=text)
    if len(atoms) > MOST_ATOMS:
        return None
    content = {a: min(powers.get(a, 0) for _, powers in found) for a in atoms}
    rest = [(c, {a: powers.get(a, 0) - content[a] for a in atoms}) for c, powers in found]
    if len(rest) > 1 and not any(_linear([powers[a] for _, powers in rest]) for a in atoms):
        return None
    number = Rational(gcd(*(int(c.p) for c, _ in rest)), lcm(*(int(c.q) for c, _ in rest)))
    first, _ = max(rest, key=lambda t: [t[1][a] for a in atoms])
    number = -number if first < 0 else number
    parts = [Mul(c / number, *(a**n for a, n in powers.items() if n)) for c, powers in rest]
    common = Mul(number, *(a**n for a, n in content.items() if n))
    if Add(*(common * part for part in parts)) != e:
        raise Outside("a sum that could not be factored")
    above = [(a, n) for a, n in content.items() if n > 0]
    below = [(a, n) for a, n in content.items() if n < 0]
    return (number, 1), *above, (Add(*parts), 1), *below


def _linear(powers: Sequence[int]) -> bool:
    """Whether one of the terms alone has the first power of an atom, or one alone has none."""
    return {*powers} == {0, 1} and 1 in (powers.count(0), powers.count(1))


def _monomial(e: Expr) -> Monomial | None:
    """A rational coefficient, and powers of atoms; None if it is not of that form."""
    c, rest = e.as_coeff_Mul()
    powers: dict[Expr, int] = {}
    for f in Mul.make_args(rest):
        base, power = f.as_base_exp()
        if isinstance(base, ATOMS) and power.is_Integer and abs(power) <= HIGHEST:
            powers[base] = int(power)
        elif f != 1:
            return None
    return (c, powers) if isinstance(c, Rational) else None


def _polynomial(e: Expr, names: dict[Expr, Dummy]) -> Expr:
    """The same term with a symbol for each atom, and for each root of one."""
    if isinstance(e, Rational):
        return e
    if isinstance(e, ATOMS):
        return names.setdefault(e, Dummy())
    if isinstance(e, (Add, Mul)):
        if len(e.args) > MOST_TERMS:
            raise Outside("a sum or product of more than {} terms", MOST_TERMS)
        return e.func(*(_polynomial(a, names) for a in e.args))
    if isinstance(e, Pow) and isinstance(e.exp, Rational) and abs(e.exp.p) <= HIGHEST:
        if e.exp.q == 1:
            return _polynomial(e.base, names) ** e.exp
        root = Pow(e.base, Rational(1, e.exp.q))
        return names.setdefault(root, Dummy()) ** Integer(e.exp.p)
    raise Outside("{} is not a quotient of polynomials", e)
