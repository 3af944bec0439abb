"""Short forms of numbers. Not trusted: a form is put in only where arithmetic shows it equal."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sympy import (
    Add,
    Expr,
    Mul,
    Pow,
    S,
    Symbol,
    cancel,
    exp,
    expand,
    factor,
    factor_terms,
)

from derive.terms import Entry, rebuild

MOST_FACTORED = 200


@lru_cache(maxsize=1024)
def tidy(e: Expr, seen: tuple[Expr, ...] = ()) -> Expr:
    """The same number, factors cancelled and taken out; differences as in the terms seen."""
    if not e.args:
        return e
    if not e.has(Add, exp):
        return _built(e)
    turned = {-a for t in (e, *seen) for a in t.atoms(Add)}
    if _irreducible(e):
        return _turned(_built(e), turned)
    ways = [e, expand(e)]
    if e.count_ops() <= MOST_FACTORED:
        ways.append(factor_terms(factor(cancel(e))))
    forms = (_turned(_built(form), turned) for form in ways)
    return min(forms, key=lambda form: (form.has(S.Exp1), int(form.count_ops())))


def _irreducible(e: Expr) -> bool:
    """Whether a term is a product of letters, divided by a sum that has no factors, such as n + m.

    A sum of positive parts, each a letter or a number, has none if one of them stands there once.
    """
    number, rest = e.as_coeff_Mul()
    sums = 0
    for f in Mul.make_args(rest):
        base, power = f.as_base_exp()
        if base.is_Add and power.is_Integer and power < 0:
            parts = [t.as_coeff_Mul() for t in base.args]
            sums += 1
            if not all(c.is_Integer and c > 0 and (t == 1 or _letter(t)) for c, t in parts):
                return False
            if all(c != 1 for c, _ in parts):
                return False
        elif not (_letter(base) and power.is_Integer):
            return False
    return sums == 1 and number.is_Rational


def _letter(e: Expr) -> bool:
    return isinstance(e, (Entry, Symbol))


def _built(e: Any) -> Any:
    """The form that SymPy gives a term when it is built: such a one is read back as itself."""
    return e.func(*map(_built, e.args)) if e.args else e


def _turned(e: Any, turned: set[Expr]) -> Any:
    """Factors a - b as b - a where that was seen, two signs or an even power at a time."""
    if not e.args:
        return e
    e = rebuild(e, tuple(_turned(a, turned) for a in e.args))
    if isinstance(e, Pow) and e.exp.is_Integer and e.exp % 2 == 0 and e.base in turned:
        return Pow(-e.base, e.exp)
    odd = next((a for a in e.args if a in turned), None) if isinstance(e, Mul) else None
    if odd is not None and e.could_extract_minus_sign():
        return Mul(-1, *(a for a in e.args if a is not odd), -odd)
    return e
