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
    igcd,
    ilcm,
    together,
)
from sympy import fraction as numerator_and_denominator

from derive.powers import Outside
from derive.terms import HEADS, Apply, Entry, Partial

ATOMS = (Symbol, Entry, Apply, Partial, *HEADS)
MOST_TERMS = 12
MOST_ATOMS = 6
HIGHEST = 8


@lru_cache(maxsize=2048)
def factors(e: Expr) -> tuple[tuple[Expr, int], ...]:
    """``(factor, power)`` with e as their product; raises Outside for what is too large."""
    names: dict[Expr, Dummy] = {}
    plain = _polynomial(e, names)
    atoms = sorted(names, key=str)
    if len(atoms) > MOST_ATOMS:
        raise Outside(f"{e} has more than {MOST_ATOMS} quantities in a sum")
    divided = any(p.exp.is_negative for p in plain.atoms(Pow))
    above, below = numerator_and_denominator(together(plain) if divided else plain)
    found = [*_factored(above, names, atoms, 1), *_factored(below, names, atoms, -1)]
    return tuple((base, power) for base, power in found if base != 1)


def _factored(
    e: Expr, names: dict[Expr, Dummy], atoms: list[Expr], sign: int
) -> list[tuple[Expr, int]]:
    gens = [names[a] for a in atoms]
    if not e.free_symbols:
        return [(e, sign)]
    number, parts = irreducible(e, gens) or factor_list(e, *gens)
    if expand(number * Mul(*(base**power for base, power in parts)) - e) != 0:
        raise Outside("a sum that could not be factored")
    back = {d: a for a, d in names.items()}
    return [(number, sign), *((base.xreplace(back), sign * power) for base, power in parts)]


def irreducible(e: Expr, gens: list[Dummy]) -> tuple[Expr, list[tuple[Expr, int]]] | None:
    """A number times a sum in which one atom stands once, and alone: nothing else divides it."""
    terms = [t.as_coeff_Mul() for t in Add.make_args(e)]
    alone = (m for _, m in terms if m.is_Symbol)
    if len(terms) < 2 or not any(sum(m in t.free_symbols for _, t in terms) == 1 for m in alone):
        return None
    if not all(isinstance(c, Rational) for c, _ in terms):
        return None
    powers = [m.as_powers_dict() for _, m in terms]
    first = max(range(len(terms)), key=lambda n: [powers[n][g] for g in gens])
    number = Rational(igcd(*(c.p for c, _ in terms)), ilcm(*(c.q for c, _ in terms)))
    number = -number if terms[first][0] < 0 else number
    return number, [(Add(*(c / number * m for c, m in terms)), 1)]


def _polynomial(e: Expr, names: dict[Expr, Dummy]) -> Expr:
    """The same term with a symbol for each atom, and for each root of one."""
    if isinstance(e, Rational):
        return e
    if isinstance(e, ATOMS):
        return names.setdefault(e, Dummy())
    if isinstance(e, (Add, Mul)):
        if len(e.args) > MOST_TERMS:
            raise Outside(f"a sum or product of more than {MOST_TERMS} terms")
        return e.func(*(_polynomial(a, names) for a in e.args))
    if isinstance(e, Pow) and isinstance(e.exp, Rational) and abs(e.exp.p) <= HIGHEST:
        if e.exp.q == 1:
            return _polynomial(e.base, names) ** e.exp
        root = Pow(e.base, Rational(1, e.exp.q))
        return names.setdefault(root, Dummy()) ** Integer(e.exp.p)
    raise Outside(f"{e} is not a quotient of polynomials")
