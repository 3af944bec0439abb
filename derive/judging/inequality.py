"""Inequalities, by the sign of what is left over. Not trusted: the normal forms decide.

    Var[y] ≥ n Var[w] Var[x]      since what is left over is n Var[w] E[x]²
    E[x²] ≥ E[x]²                 since what is left over is Var[x]

Numbers that make the sides differ refute an inequality if they lie the other way.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from operator import ge, gt, le, lt

from sympy import Add, Expr, Mul

from derive import moments
from derive.claims import NOTHING, Uses
from derive.differences import cases
from derive.errors import Refused, Words
from derive.factors import factors
from derive.forms import Undecided
from derive.judging.equality import said
from derive.judging.judge import Judge, Judgement
from derive.judging.nearest import Edit
from derive.judging.signs import not_negative
from derive.model import Statement
from derive.polynomials import multiplied_out
from derive.positive import positive
from derive.powers import Outside
from derive.proofs import Part
from derive.scope import Scope
from derive.substitution import put
from derive.terms import E, Var

SIGNS = {"≤": le, "≥": ge, "<": lt, ">": gt}
EQUAL = "the two sides are equal"


@dataclass(frozen=True)
class Compared(Judgement):
    """A verdict on an inequality: no equality is near it, and no chain of steps derives it."""

    @cached_property
    def nearest(self) -> tuple[Edit, ...]:
        """None: true statements near an inequality are not looked for."""
        return ()

    @cached_property
    def derivation(self) -> Part | None:
        """None: the normal form decides."""
        return None


def compared(sign: str, found: Judgement, judge: Judge) -> Judgement | None:
    """The verdict on an inequality, given what was found of its sides as an equality."""
    if sign in ("≤", "≥") and found.verdict == "holds":
        return replace(found, note=EQUAL)
    kept = {name: getattr(found, name) for name in ("statement", "equality", "least", "where")}
    claim, scope = judge.where(found.statement)
    way = ordered(claim, sign, scope)
    if way is not None:
        rest, uses = way
        words = Words("left - right = {}", rest if sign in "≥>" else -rest)
        named = judge.in_order(set(uses))
        note = said(words, scope.model)
        return Compared("holds", **kept, by=("signs",), uses=named, note=note)
    w = found.equality.example
    if w is None or not isinstance(w.left, Fraction) or not isinstance(w.right, Fraction):
        return None
    if SIGNS[sign](w.left, w.right):
        return None
    kept["equality"] = replace(found.equality, ratio=None)
    return Compared("fails", **kept)


def ordered(claim: Statement, sign: str, scope: Scope) -> tuple[Expr, Uses] | None:
    """What is left over, greater side less smaller side, and what it takes that it has its sign."""
    low, high = (claim.left, claim.right) if sign in "≤<" else (claim.right, claim.left)
    uses, rest = NOTHING, high - low
    with suppress(Undecided, Refused):
        for (more, less), place in cases([high, low], scope):
            form = moments.normal(more - less, place)
            rest = multiplied_out(_gathered(form.expression()))
            if not (positive if sign in "<>" else not_negative)(rest, place):
                return None
            uses |= form.uses
        return _with_squares(rest), uses
    return None


def _with_squares(e: Expr) -> Expr:
    """A sum as its factors, if one of them is squared."""
    with suppress(Outside):
        found = factors(e) if isinstance(e, Add) else ()
        if any(n > 1 and base.is_Add for base, n in found):
            return Mul(*(base**n for base, n in found))
    return e


def _gathered(e: Expr) -> Expr:
    """Second moments as variances and squares of means."""
    for moment in sorted(e.atoms(E), key=str):
        base, power = moment.args[0].as_base_exp()
        if power == 2:
            e = put(e, moment, Var(base) + E(base) ** 2)
    return e
