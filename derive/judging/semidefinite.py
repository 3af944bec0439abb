"""Covariances of what depends on each other, in inequalities. Not trusted to prove.

    Cov[x, y]² ≤ Var[x] Var[y]             a covariance matrix has no negative minor
    Var[x + y] ≤ 2 Var[x] + 2 Var[y]       what is left over is Var[x - y]
    Std[x + y] ≤ Std[x] + Std[y]           since that is so of the squares of both sides

A sum Σ m_ab Cov[a, b] is not negative where the matrix of the m_ab has no negative principal
minor: it is the trace of a product of two such matrices.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import combinations

from sympy import Add, Dummy, Expr, Integer, Matrix, Mul, Pow, Rational

from derive.errors import Refused
from derive.judging.signs import at_least_0, not_negative
from derive.polynomials import how_many, multiplied_out
from derive.scope import Scope
from derive.substitution import put
from derive.terms import Cov, E, Var

MOST_VARIABLES = 4
MOST_PRODUCTS = 60
HIGHEST = 8
MOST_SQUARES = 2
MOST_FACTORED = 8


def semidefinite(e: Expr, scope: Scope, squares: int = MOST_SQUARES) -> bool:
    """Whether a sum of products of moments is shown to be at least 0, wherever it is a number."""
    if not_negative(e, scope):
        return True
    with suppress(Refused):
        e = cleared(e, scope)
        for highest in (2, HIGHEST):
            whole = covariances(e, highest) if how_many(e) <= MOST_PRODUCTS else e
            if len(Add.make_args(whole)) <= MOST_PRODUCTS:
                if _not_negative(whole, scope) or _with_minors(whole, scope):
                    return True
                if squares > 0 and _squared(whole, scope, squares - 1):
                    return True
    return False


def _not_negative(e: Expr, scope: Scope) -> bool:
    """As it stands, or as a product if it is short."""
    return at_least_0(e, scope) or (
        len(Add.make_args(e)) <= MOST_FACTORED and not_negative(e, scope)
    )


def cleared(e: Expr, scope: Scope) -> Expr:
    """The sum times what it is divided by, as far as that is not negative: then it is positive."""
    powers: dict[Expr, Rational] = {}
    for f in (f for t in Add.make_args(e) for f in Mul.make_args(t)):
        base, power = f.as_base_exp()
        if power.is_Rational and power < 0 and (_root(f) or at_least_0(base**power, scope)):
            powers[base] = min(power, powers.get(base, power))
    whole = Mul(*(base**-power for base, power in powers.items()))
    return Add(*(t * whole for t in Add.make_args(e)))


def covariances(e: Expr, highest: int = 2) -> Expr:
    """A sum with E[x²] as Var[x] + E[x]² and E[x y] as Cov[x, y] + E[x] E[y], multiplied out.

    So are even moments up to the ``highest``: E[x⁴] is Var[x²] + E[x²]².
    """
    for degree in range(highest, 1, -1):
        for moment in sorted(e.atoms(E), key=str):
            parts = [f.as_base_exp() for f in Mul.make_args(moment.args[0])]
            if sum(power for _, power in parts) != degree:
                continue
            if all(power % 2 == 0 for _, power in parts):
                half = Mul(*(base ** (power / 2) for base, power in parts))
                e = put(e, moment, Var(half) + E(half) ** 2)
            elif degree == 2:
                (x, _), (y, _) = parts
                e = put(e, moment, Cov(x, y) + E(x) * E(y))
    return multiplied_out(e)


def _with_minors(e: Expr, scope: Scope) -> bool:
    """Whether a sum is a trace of two semidefinite matrices, minors of them, and no less than 0."""
    pairs = [c.args for c in sorted(e.atoms(Cov), key=str)]
    for x, y in pairs[:MOST_VARIABLES]:
        e = _with_minor(e, x, y)
    return _not_negative(_without_trace(e, scope), scope)


def _with_minor(e: Expr, x: Expr, y: Expr) -> Expr:
    """Var[x] Var[y] as Cov[x, y]² and a number that is not negative, in positive terms."""
    both, minor = Var(x) * Var(y), Cov(x, y) ** 2 + Dummy() ** 2
    terms = Add.make_args(e)
    has = [{Var(x), Var(y)} <= {*Mul.make_args(t)} for t in terms]
    return multiplied_out(
        Add(*(t / both * minor if h else t for t, h in zip(terms, has, strict=True)))
    )


def _without_trace(e: Expr, scope: Scope) -> Expr:
    """The sum with Σ m_ab Cov[a, b] as a square, where that is shown to be no less than 0."""
    pairs = [c.args for c in e.atoms(Cov)]
    entries = sorted({x for pair in pairs for x in pair}, key=str)
    if not 0 < len(entries) <= MOST_VARIABLES:
        return e
    rows = [[_coefficient(e, x, y) for y in entries] for x in entries]
    matrix = Matrix(rows)
    for n in range(1, len(entries) + 1):
        for chosen in combinations(range(len(entries)), n):
            minor = matrix.extract(list(chosen), list(chosen)).det(method="berkowitz")
            if how_many(minor) > MOST_PRODUCTS or not _not_negative(multiplied_out(minor), scope):
                return e
    trace = sum(
        (rows[a][b] * _moment(x, y) for a, x in enumerate(entries) for b, y in enumerate(entries)),
        Integer(0),
    )
    return multiplied_out(e - trace) + Dummy() ** 2


def _coefficient(e: Expr, x: Expr, y: Expr) -> Expr:
    """What a variance or covariance is multiplied by, where it stands once in a term."""
    moment = _moment(x, y)
    found = (t / moment for t in Add.make_args(e) if moment in Mul.make_args(t))
    return Add(*found) / (1 if x == y else 2)


def _moment(x: Expr, y: Expr) -> Expr:
    return Var(x) if x == y else Cov(x, y)


def _squared(e: Expr, scope: Scope, squares: int) -> bool:
    """Whether terms that are not negative have a larger square than the others, if roots stand."""
    terms = Add.make_args(e)
    if not any(_root(f) for t in terms for f in Mul.make_args(t)):
        return False
    more = [t for t in terms if all(_root(f) or at_least_0(f, scope) for f in Mul.make_args(t))]
    less = [t for t in terms if t not in more]
    rest = Add(*more) ** 2 - Add(*less) ** 2
    return bool(more) and semidefinite(multiplied_out(rest), scope, squares)


def _root(f: Expr) -> bool:
    return isinstance(f, Pow) and isinstance(f.exp, Rational) and f.exp.q % 2 == 0
