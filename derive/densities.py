"""Laws of one real variable, by their densities or their points. Trusted: what the names mean.

Glossary: x a value, a b ends, m the mean, v a variance, s a scale, p a probability.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from sympy import Expr, Integer, Rational, Symbol, erf, exp, expand, oo, pi, sqrt
from sympy.core.mul import _unevaluated_Mul

from derive.errors import Undeclared
from derive.polynomials import raised
from derive.substitution import canonical, fresh, put
from derive.terms import Integral, term

HALF = Rational(1, 2)


@dataclass(frozen=True)
class Density:
    """Pieces that follow one another, each the integral of the density over it."""

    pieces: tuple[Integral, ...]


@dataclass(frozen=True)
class Points:
    """Values with their probabilities."""

    pairs: tuple[tuple[Expr, Expr], ...]


Form: TypeAlias = Density | Points


@dataclass(frozen=True)
class Law:
    """A law by its name, with its parameters in the order that `LAWS` says."""

    name: str
    parameters: tuple[Expr, ...] = ()

    def at(self, values: dict[Symbol, Expr]) -> Law:
        """The law for given values of indices."""
        return Law(self.name, tuple(put(p, values) for p in self.parameters))

    @property
    def form(self) -> Form:
        """The density or the points; raises Undeclared for what is no law."""
        return _form(self)

    def check(self) -> None:
        """Raises Undeclared for what is no law; a density is not written out for that."""
        if not _kind(self).parameters:
            _ = self.form


def _kind(law: Law) -> Kind:
    if law.name not in LAWS:
        raise Undeclared(f"no law is named {law.name}")
    kind, given = LAWS[law.name], law.parameters
    if kind.parameters and len(given) != len(kind.parameters):
        said = ", ".join(kind.parameters)
        raise Undeclared(f"{law.name} has {len(kind.parameters)} parameters ({said}),"
                         f" not {len(given)}")  # fmt: skip
    return kind


@lru_cache(maxsize=1024)
def _form(law: Law) -> Form:
    taken = set[Any]().union(*(p.free_symbols for p in law.parameters))
    return _kind(law).form(fresh(Symbol("x"), taken), *map(term, law.parameters))


@lru_cache(maxsize=1024)
def is_even(law: Law) -> bool:
    """Whether what has the law is shown to have that of its negative."""
    form = law.form
    if isinstance(form, Points):
        opposite = [(-v, p) for v, p in form.pairs]
        return sorted(form.pairs, key=str) == sorted(opposite, key=str)
    pieces = {(i.body, i.variable, *i.limits) for i in form.pieces}
    turned = {(put(body, x, -x), x, -hi, -lo) for body, x, lo, hi in pieces}
    return pieces == turned or {_plain(*p) for p in pieces} == {_plain(*p) for p in turned}


def _plain(body: Expr, x: Symbol, lo: Expr, hi: Expr) -> Expr:
    return canonical(Integral(expand(body), (x, lo, hi)))


class Kind(NamedTuple):
    """What the parameters are called, none if their number is free, and what they make."""

    parameters: tuple[str, ...]
    form: Callable[..., Form]


def _uniform(x: Symbol, a: Expr, b: Expr) -> Form:
    return Density((Integral(1 / (b - a), (x, a, b)),))


def _bell(x: Symbol, m: Expr, v: Expr) -> Expr:
    """The Gaussian density; SymPy would look long for the signs of what stands in it."""
    number, rest = v.as_coeff_Mul()
    bell = exp(-((x - m) ** 2) / (2 * v))
    if number > 0 and not rest.is_Mul and rest.as_base_exp()[0].is_extended_real is None:
        return _unevaluated_Mul(bell, 1 / sqrt(2 * pi * number), raised(rest, -HALF))
    return _unevaluated_Mul(bell, 1 / sqrt(2 * pi * v))


def _normal(x: Symbol, m: Expr, v: Expr) -> Form:
    return Density((Integral(_bell(x, m, v), (x, -oo, oo)),))


def _truncated_normal(x: Symbol, m: Expr, v: Expr, c: Expr) -> Form:
    inside = erf(c / sqrt(2))
    far = c * sqrt(v)
    return Density((Integral(_bell(x, m, v) / inside, (x, m - far, m + far)),))


def _laplace(x: Symbol, m: Expr, s: Expr) -> Form:
    left, right = exp((x - m) / s) / (2 * s), exp(-(x - m) / s) / (2 * s)
    return Density((Integral(left, (x, -oo, m)), Integral(right, (x, m, oo))))


def _density(_: Symbol, *pieces: Expr) -> Form:
    if not pieces or not all(isinstance(piece, Integral) for piece in pieces):
        raise Undeclared("a density is given by its integrals over the pieces")
    return Density(tuple(piece for piece in pieces if isinstance(piece, Integral)))


def _points(_: Symbol, *given: Expr) -> Form:
    if not given or len(given) % 2:
        raise Undeclared("points are given by values, each with its probability")
    return Points(tuple(zip(given[::2], given[1::2], strict=True)))


def _two_point(_: Symbol, a: Expr, b: Expr, p: Expr) -> Form:
    return Points(((a, p), (b, 1 - p)))


def _bernoulli(_: Symbol, p: Expr) -> Form:
    return Points(((Integer(1), p), (Integer(0), 1 - p)))


def _rademacher(_: Symbol, *none: Expr) -> Form:
    if none:
        raise Undeclared(f"rademacher has no parameters, not {len(none)}")
    return Points(((Integer(1), HALF), (Integer(-1), HALF)))


LAWS = {
    "uniform": Kind(("lower end", "upper end"), _uniform),
    "normal": Kind(("mean", "variance"), _normal),
    "truncated-normal": Kind(
        ("mean before truncation", "variance before truncation", "bound in standard deviations"),
        _truncated_normal,
    ),
    "laplace": Kind(("mean", "scale"), _laplace),
    "bernoulli": Kind(("probability of 1",), _bernoulli),
    "rademacher": Kind((), _rademacher),
    "two-point": Kind(("value", "other value", "probability of the value"), _two_point),
    "points": Kind((), _points),
    "density": Kind((), _density),
}
