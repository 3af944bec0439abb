"""Functions that were declared in pieces: what they are on an interval. Trusted.

Glossary: x the variable, lo hi the ends, a break is a place where a formula may change.
"""

from __future__ import annotations

from itertools import pairwise

from sympy import Expr, Rational, Symbol, oo

from derive.claims import Uses
from derive.errors import Refused
from derive.meaning import check_term
from derive.order import ZERO
from derive.piecewise import Pieces, piecewise, written
from derive.positive import positive
from derive.rules.law import need
from derive.rules.roots import equal
from derive.scope import Scope
from derive.substitution import put
from derive.terms import Apply, Range


def declared(f: Apply, scope: Scope) -> tuple[Pieces, str]:
    """The pieces of a function and the assumption that says them; raises Refused."""
    for name, fact in scope.facts(Pieces):
        if fact.function == f.name:
            for _, _, formula in fact.pieces:
                _fixed(formula, fact, Scope(scope.model))
            return fact, name
    raise Refused("what {} is between its breaks was not declared", f.name)


def _fixed(formula: Expr, fact: Pieces, scope: Scope) -> None:
    """Refuse a formula in anything but the variable and fixed numbers."""
    there = scope.within((Range(fact.at, ZERO, ZERO),))
    check_term(formula, there)
    need(not scope.is_random(formula), "{} is random", formula)


def between_breaks(
    g: Expr, x: Symbol, lo: Expr, hi: Expr, scope: Scope
) -> tuple[list[tuple[Expr, Expr, Expr]], Uses]:
    """What g is from lo to hi, which is above lo: parts ``(lo, hi, formula)`` that meet.

    g may have functions f(x), f'(x) in it.  At the breaks themselves nothing is said.
    """
    applied = sorted((f for f in g.atoms(Apply) if x in f.free_symbols), key=str)
    for f in applied:
        need(f.at == x, "{} is not a function of {} itself", f, x)
    known = {f: declared(f, scope) for f in applied}
    drawn = {f: piecewise(fact, f.order) for f, (fact, _) in known.items()}
    breaks = sorted({b for d in drawn.values() for b in d.breaks})
    sides = {b: _side(b, lo, hi, scope) for b in breaks}
    passed = {b for b in breaks if sides[b] < 0}
    parts = []
    ends = [lo, *(b for b in breaks if sides[b] == 0), hi]
    for a, b in pairwise(ends):
        passed.add(a)
        here = {
            f: written(d.between[sum(c in passed for c in d.breaks)], x) for f, d in drawn.items()
        }
        parts.append((a, b, put(g, here) if here else g))
    return parts, frozenset(name for _, name in known.values())


def at_numbers(g: Expr, scope: Scope) -> tuple[Expr, Uses]:
    """g with the values of functions in pieces at numbers put in, where they are known."""
    values, uses = dict[Expr, Expr](), set[str]()
    for f in g.atoms(Apply):
        if isinstance(f.at, Rational) and any(p.function == f.name for _, p in scope.facts(Pieces)):
            fact, name = declared(f, scope)
            drawn = piecewise(fact, f.order)
            if f.at not in drawn.open:
                values[f] = written(drawn.at(f.at), f.at)
                uses.add(name)
    return put(g, values) if values else g, frozenset(uses)


def _side(b: Rational, lo: Expr, hi: Expr, scope: Scope) -> int:
    """-1 for a break up to lo, 1 for one from hi on, 0 for one between them; raises Refused."""
    below = lo != -oo and (equal(b, lo, scope) or positive(lo - b, scope))
    above = hi != oo and (equal(b, hi, scope) or positive(b - hi, scope))
    if below or above:
        return -1 if below else 1
    after = lo == -oo or positive(b - lo, scope)
    inside = after and (hi == oo or positive(hi - b, scope))
    end = hi if after else lo
    need(inside, "whether the break at {} comes before {} was not shown", b, end)
    return 0
