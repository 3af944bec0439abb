"""Inequalities, by the sign of what is left over. Not trusted: the normal forms decide.

    Var[y] ≥ n Var[w] Var[x]      since what is left over is n Var[w] E[x]²
    E[x²] ≥ E[x]²                 since what is left over is Var[x]

Numbers that make the sides differ refute an inequality if they lie the other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from operator import ge, gt, le, lt

from sympy import Add, Expr, Mul

from derive import moments
from derive.claims import NOTHING, Uses
from derive.counting.counterexample import counterexample, fits
from derive.counting.witness import Witness
from derive.differences import cases
from derive.errors import Refused, Words
from derive.factors import factors
from derive.forms import Undecided
from derive.judging.equality import said
from derive.judging.judge import Judge, Judgement
from derive.judging.nearest import Edit
from derive.judging.semidefinite import covariances, semidefinite
from derive.model import Statement
from derive.positive import positive
from derive.powers import Outside
from derive.proofs import Part
from derive.scope import Scope

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


def compared(
    sign: str, found: Judgement, judge: Judge, requires: Sequence[Statement]
) -> Judgement | None:
    """The verdict on an inequality, given what was found of its sides as an equality.

    Numbers that break what is required do not speak against it.
    """
    if sign in ("≤", "≥") and found.verdict == "holds":
        return replace(found, note=EQUAL)
    of_another = found.verdict == "needs" and found.equality.statement != found.statement
    if sign in ("≤", "≥") and of_another:
        return found
    kept = {name: getattr(found, name) for name in ("statement", "equality", "least", "where")}
    claim, scope = judge.where(found.statement)
    way = ordered(claim, sign, scope)
    if way is not None:
        rest, uses = way
        words = Words("left - right = {}", rest if sign in "≥>" else -rest)
        named = judge.in_order(set(uses))
        note = said(words, scope.model)
        return Compared("holds", **kept, by=("signs",), uses=named, note=note)
    w = None if of_another else found.equality.example
    if w is None or not _against(w, sign):
        w = counterexample(claim.left, claim.right, claim.ranges, scope.model, said=sign)
        if w is None or not fits(w, requires):
            return None
    kept["equality"] = replace(found.equality, verdict="fails", ratio=None, example=w, why="")
    return Compared("fails", **kept)


def _against(w: Witness, sign: str) -> bool:
    """Whether numbers that make the sides differ lie the other way."""
    exact = isinstance(w.left, Fraction) and isinstance(w.right, Fraction)
    return exact and not SIGNS[sign](w.left, w.right)


def ordered(claim: Statement, sign: str, scope: Scope) -> tuple[Expr, Uses] | None:
    """What is left over, greater side less smaller side, and what it takes that it has its sign."""
    low, high = (claim.left, claim.right) if sign in "≤<" else (claim.right, claim.left)
    uses, rest = NOTHING, high - low
    with suppress(Undecided, Refused):
        for (more, less), place in cases([high, low], scope):
            form = moments.normal(more - less, place)
            rest = covariances(form.expression())
            if not (positive if sign in "<>" else semidefinite)(rest, place):
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
