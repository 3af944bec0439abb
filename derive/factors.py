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


@lru_cache(maxsize=2048)
def factors(e: Expr) -> tuple[tuple[Expr, int], ...]:
    """``(factor, power)`` with e as their product; raises Outside for what is too large."""
    names: dict[Expr, Dummy] = {}
    plain = _polynomial(e, names)
    atoms = sorted(names, key=text)
    if len(atoms) > MOST_ATOMS:
        raise Outside("{} has more than {} quantities in a sum", e, MOST_ATOMS)
    divided = any(p.exp.is_negative for p, _ in occurrences(plain, Pow))
    above, below = numerator_and_denominator(together(plain) if divided else plain)
    found = [*_factored(above, names, atoms, 1), *_factored(below, names, atoms, -1)]
    return tuple((base, power) for base, power in found if base != 1)


def _factored(
    e: Expr, names: dict[Expr, Dummy], atoms: list[Expr], sign: int
) -> list[tuple[Expr, int]]:
    gens = [names[a] for a in atoms]
    if not e.free_symbols:
        return [(e, sign)]
    number, parts = at_a_glance(e, gens) or factor_list(e, *gens)
    if expand(number * Mul(*(base**power for base, power in parts)) - e) != 0:
        raise Outside("a sum that could not be factored")
    back = {d: a for a, d in names.items()}
    return [(number, sign), *((base.xreplace(back), sign * power) for base, power in parts)]


Factors = tuple[Expr, list[tuple[Expr, int]]]


def at_a_glance(e: Expr, gens: list[Dummy]) -> Factors | None:
    """A number, powers of atoms, and a sum in which one atom stands once, as a factor of one term.

    Such a sum is linear in that atom, and its two coefficients have no factor in common once the
    powers of atoms are taken out of it: by Gauss's lemma nothing else divides it.
    """
    if how_many(e) > MOST_WRITTEN_OUT:
        raise Outside("a sum that has more than {} terms, multiplied out", MOST_WRITTEN_OUT)
    terms = [_monomial(t) for t in Add.make_args(expand(e))]
    if None in terms:
        return None
    found = [t for t in terms if t is not None]
    common = {g: min(powers.get(g, 0) for _, powers in found) for g in gens}
    rest = [(c, {g: powers.get(g, 0) - common[g] for g in gens}) for c, powers in found]
    if len(rest) > 1 and not any(sorted(p[g] for _, p in rest)[-2:] == [0, 1] for g in gens):
        return None
    number = Rational(gcd(*(int(c.p) for c, _ in rest)), lcm(*(int(c.q) for c, _ in rest)))
    first, _ = max(rest, key=lambda t: [t[1][g] for g in gens])
    number = -number if first < 0 else number
    parts = [(g, n) for g, n in common.items() if n]
    if len(rest) > 1:
        parts.append((Add(*(Mul(c / number, *_powers(p)) for c, p in rest)), 1))
    return number, parts


def _powers(of: dict[Dummy, int]) -> list[Expr]:
    return [g**n for g, n in of.items() if n]


def _monomial(e: Expr) -> tuple[Rational, dict[Expr, int]] | None:
    """A rational coefficient, and positive powers of symbols; None if it is not of that form."""
    c, rest = e.as_coeff_Mul()
    if not isinstance(c, Rational):
        return None
    powers: dict[Expr, int] = {}
    for f in Mul.make_args(rest):
        base, power = f.as_base_exp()
        if base.is_Symbol and power.is_Integer and power > 0:
            powers[base] = int(power)
        elif f != 1:
            return None
    return c, powers


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
