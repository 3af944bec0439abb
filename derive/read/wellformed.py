"""Whether what is declared as a law can be one, and as an equation is meant. Trusted for meaning.

Only what is shown to be wrong is refused: whether a given number is positive may not be known.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sympy import Add, Expr, Mul, Symbol, oo

from derive.densities import LAWS, Density, Law, Points
from derive.errors import Refused, Words
from derive.model import Model, Statement
from derive.positive import positive
from derive.proving.by_law import integrated
from derive.proving.derivation import Line
from derive.scope import Scope
from derive.substitution import put
from derive.terms import Cov, E, Entry, Integral, Range, Var

BELLS = ("normal", "truncated-normal")
POSITIVE = ("variance", "scale", "bound")


def ill_formed(
    law: Law, ranges: Sequence[Range], model: Model, deviation: Expr | None = None
) -> Words | None:
    """Why a law is none, if that is shown; raises Undeclared for one that is not known.

    ``deviation`` is its standard deviation, if that is how it is written.
    """
    scope, form, kind = Scope(model, ranges), law.form, LAWS[law.name]
    if deviation is not None and law.name in BELLS and _at_most_0(deviation, scope):
        return Words("its standard deviation {} is not positive", deviation)
    for name, value in zip(kind.parameters, law.parameters, strict=False):
        if name.startswith(POSITIVE) and _at_most_0(value, scope):
            return Words("its {} {} is not positive", name, value)
    return _points(form, scope) if isinstance(form, Points) else _density(law, form, scope)


def _points(form: Points, scope: Scope) -> Words | None:
    for value, p in form.pairs:
        if positive(-p, scope):
            return Words("{} would have the probability {}", value, p)
    return _not_one(Add(*(p for _, p in form.pairs)), scope)


def _density(law: Law, form: Density, scope: Scope) -> Words | None:
    for piece in form.pieces:
        lo, hi = piece.limits
        inside = lo != -oo and hi != oo
        if inside and _at_most_0(hi - lo, scope):
            return Words("it ends at {}, which is not above {}", hi, lo)
        for at in (lo, hi, (lo + hi) / 2) if inside and law.name == "density" else ():
            value = put(piece.body, piece.variable, at)
            if positive(-value, scope):
                return Words("its density at {} would be {}", at, value)
    return _mass(form.pieces, scope) if law.name == "density" else None


def _mass(pieces: Sequence[Integral], scope: Scope) -> Words | None:
    with suppress(Refused):
        return _not_one(integrated(Line(Add(*pieces), scope)).now, scope)
    return None


def _not_one(total: Expr, scope: Scope) -> Words | None:
    apart = positive(total - 1, scope) or positive(1 - total, scope)
    return Words("its probabilities add up to {}, not 1", total) if apart else None


def _at_most_0(e: Expr, scope: Scope) -> bool:
    return e == 0 or positive(-e, scope)


def meeting(s: Statement) -> Expr | None:
    """The second moment that is spoken of where two indices of one family meet, as in
    ``Cov[x_i, x_j] = 0``.
    """
    pair = s.left.args if isinstance(s.left, Cov) else ()
    if isinstance(s.left, E) and isinstance(s.left.args[0], Mul):
        pair = s.left.args[0].args
    entries = [e for e in pair if isinstance(e, Entry)]
    if len(entries) != 2 or len(pair) != 2 or any(r.but for r in s.ranges):
        return None
    a, b = entries
    apart = [q for p, q in zip(a.indices, b.indices, strict=False) if p != q]
    if a.name != b.name or not apart or not all(isinstance(q, Symbol) for q in apart):
        return None
    return Var(a) if isinstance(s.left, Cov) else E(a**2)
