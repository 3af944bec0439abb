"""To and from `sympy.stats`: Expectation, Variance and Covariance of scalar variables. Not trusted.

    >>> from sympy.stats import Normal, Variance
    >>> X, Y = Normal("X", 0, 1), Normal("Y", 0, 2)
    >>> term, model = from_sympy_stats(Variance(X * Y))
    >>> term, [a.name for a in model.assumptions]
    (Var(X*Y), [])
    >>> to_sympy_stats(term, model)
    Variance(X*Y)

Only names cross over.  The distribution of a variable is left behind, and with it the
independence that SymPy takes for granted between variables that have one: X and Y may depend
on each other here until ``independent=(X, Y)`` says otherwise.

Indexed entries are refused in both directions: to SymPy ``IndexedBase("w")[i]`` is a fixed
number, so that its variance is evaluated to 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sympy import Add, Expr, Float, Function, Indexed, KroneckerDelta, Mul, Pow, Symbol
from sympy import Product as SymPyProduct
from sympy import Sum as SymPySum
from sympy.core.numbers import ImaginaryUnit
from sympy.stats import CentralMoment, Covariance, Expectation, Moment, Variance
from sympy.stats.rv import RandomIndexedSymbol, RandomSymbol

from derive.errors import Refused
from derive.model import Independent, Model, Unit
from derive.order import affine
from derive.terms import Apply, Cov, Delta, E, Entry, Product, Sum, Var

__all__ = ["from_sympy_stats", "to_sympy_stats"]

_THEIRS = {E: Expectation, Var: Variance, Cov: Covariance}
_OURS = {Expectation: E, Variance: Var, Covariance: Cov}
_BINDERS = {SymPySum: Sum, SymPyProduct: Product}
_INDEXED = (
    "{} cannot be carried over: to SymPy an indexed entry is a fixed number (its Variance is 0); "
    "declare a family with Model.random and write its entries"
)


def from_sympy_stats(
    expr: Expr,
    *,
    independent: Iterable[RandomSymbol | str] = (),
    model: Model | None = None,
) -> tuple[Expr, Model]:
    """The expression as a term, and the model that declares its names.

    Random symbols become random variables, other symbols fixed real numbers; a symbol in a
    limit of a sum or product becomes a size, an integer of at least 1.  Those in ``independent``
    are declared to be mutually independent.  The model returned has what ``model`` declares, and
    what was missing in it: so two sides come to share one.  Moments that occur are taken to be
    finite.

    Raises Refused for what cannot be carried over, saying why.
    """
    target = _copy(model) if model is not None else Model("sympy.stats")
    reader = _Reader(target)
    reader.sizes(expr)
    read = reader.read(expr, frozenset())
    names = tuple(dict.fromkeys(str(getattr(v, "name", v)) for v in independent))
    for name in names:
        reader.variable(name, "random")
    if names:
        text = f"{', '.join(names)} independent"
        target.assume(text, Independent(tuple(Unit((n,)) for n in names)), text=text)
    return read, target


def _copy(model: Model) -> Model:
    return replace(
        model,
        sizes=dict(model.sizes),
        families=dict(model.families),
        assumptions=list(model.assumptions),
    )


class _Reader:
    """Reads SymPy's expressions, declaring names as they come."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.seen: dict[str, Any] = {}

    def sizes(self, e: Expr) -> None:
        """Declare what stands in limits first: elsewhere it is the same integer."""
        for binder in e.atoms(SymPySum, SymPyProduct):
            bound = {limit[0] for limit in binder.limits}
            for limit in binder.limits:
                for s in {s for end in limit[1:] for s in end.free_symbols} - bound:
                    self._one_meaning(s)
                    if not any(str(known) == s.name for known in self.model.sizes):
                        self.model.size(s.name)

    def read(self, e: Any, bound: frozenset[Any]) -> Expr:
        """One expression; names in ``bound`` are indices of the sums and products around it."""
        if isinstance(e, (Indexed, RandomIndexedSymbol)):
            raise Refused(_INDEXED, e)
        if isinstance(e, RandomSymbol):
            return self._random(e)
        if isinstance(e, Symbol):
            return self._symbol(e, bound)
        if isinstance(e, (Add, Mul, Pow)):
            return e.func(*(self.read(a, bound) for a in e.args))
        if type(e) in _OURS:
            return self._head(e, bound)
        if isinstance(e, (Moment, CentralMoment)):
            return self._moment(e, bound)
        if type(e) in _BINDERS:
            return self._binder(e, bound)
        if isinstance(e, KroneckerDelta) and len(e.args) == 2:
            return Delta(*(self.read(a, bound) for a in e.args))
        if isinstance(e, Expr) and e.is_number and not e.args and not isinstance(e, ImaginaryUnit):
            if isinstance(e, Float):
                raise Refused("{} is not exact: write a rational number", e)
            if e.is_finite:
                return e
        raise Refused("{} cannot be carried over: no counterpart of {}", e, type(e).__name__)

    def variable(self, name: str, kind: str) -> Entry:
        """The scalar of a name, declared if it is new."""
        if name not in self.model.families:
            declare = self.model.random if kind == "random" else self.model.given
            return declare(name)[()]
        family = self.model.families[name]
        if family.ranges or (kind == "given") != (family.kind == "given"):
            raise Refused("{} is declared as something else in the model {}", name, self.model.name)
        return family[()]

    def _random(self, e: RandomSymbol) -> Expr:
        self._one_meaning(e)
        if not isinstance(e.symbol, Symbol) or getattr(e, "shape", ()) != ():
            raise Refused("{} cannot be carried over: it is not one scalar variable", e)
        return self.variable(e.symbol.name, "random")

    def _symbol(self, e: Symbol, bound: frozenset[Any]) -> Expr:
        if e in bound:
            return Symbol(e.name)
        self._one_meaning(e)
        if e.is_real is False or e.is_commutative is False:
            raise Refused("{} cannot be carried over: it is not a real number", e)
        plain = Symbol(e.name)
        return plain if plain in self.model.sizes else self.variable(e.name, "given")

    def _one_meaning(self, e: Any) -> None:
        known = self.seen.setdefault(str(e), e)
        if known != e:
            raise Refused("two different symbols are written {}", e)

    def _head(self, e: Any, bound: frozenset[Any]) -> Expr:
        arguments = 2 if isinstance(e, Covariance) else 1
        if len(e.args) != arguments:
            raise Refused("{} cannot be carried over: it has a condition", e)
        return _OURS[type(e)](*(self.read(a, bound) for a in e.args))

    def _moment(self, e: Any, bound: frozenset[Any]) -> Expr:
        central = isinstance(e, CentralMoment)
        if len(e.args) > (2 if central else 3):
            raise Refused("{} cannot be carried over: it has a condition", e)
        x, power = self.read(e.args[0], bound), e.args[1]
        if not power.is_Integer or power < 1:
            raise Refused("{} cannot be carried over: its order is not a positive integer", e)
        about = E(x) if central else self.read(e.args[2], bound)
        return E((x - about) ** power)

    def _binder(self, e: Any, bound: frozenset[Any]) -> Expr:
        inside = bound | {limit[0] for limit in e.limits}
        found = self.read(e.function, inside)
        for n, (index, lo, hi) in enumerate(e.limits):
            if (hi - lo).is_Integer and hi - lo < -1:
                raise Refused("{} cannot be carried over: it runs from {} down to {}", e, lo, hi)
            around = bound | {limit[0] for limit in e.limits[n + 1 :]}
            ends = (self.read(lo, around), self.read(hi, around))
            if any(affine(end) is None for end in ends):
                raise Refused("{} cannot be carried over: a limit is not a whole number", e)
            found = _BINDERS[type(e)](found, (Symbol(index.name), *ends))
        return found


def to_sympy_stats(term: Expr, model: Model) -> Expr:
    """The term with SymPy's Expectation, Variance, Covariance, Sum and Product.

    Random and defined variables become random symbols without a distribution, fixed numbers
    real symbols and sizes positive integers; an index that leaves out values becomes a factor,
    for products a power, ``1 - KroneckerDelta``.  SymPy drops heads of what is fixed: E of a
    constant is the constant.  Raises Refused for entries with indices and for derivatives.
    """
    if not term.args or term.is_Rational:
        return _size(term, model) if isinstance(term, Symbol) else term
    if isinstance(term, Entry):
        return _variable(term, model)
    if isinstance(term, (Add, Mul, Pow)):
        return term.func(*(to_sympy_stats(a, model) for a in term.args))
    if type(term) in _THEIRS:
        return _THEIRS[type(term)](*(to_sympy_stats(a, model) for a in term.args))
    if isinstance(term, Delta):
        return KroneckerDelta(*(to_sympy_stats(a, model) for a in term.args))
    if isinstance(term, Apply) and term.order == 0:
        return Function(term.name)(to_sympy_stats(term.at, model))
    if isinstance(term, (Sum, Product)):
        return _theirs(term, model)
    raise Refused("{} has no counterpart in sympy.stats", term)


def _size(name: Symbol, model: Model) -> Symbol:
    """A size as a positive integer where it is one; an index as an integer."""
    if name in model.sizes:
        least = model.sizes[name]
        return Symbol(name.name, integer=True, positive=True if least > 0 else None)
    return Symbol(name.name, integer=True)


def _variable(e: Entry, model: Model) -> Expr:
    if e.indices:
        raise Refused(_INDEXED, e)
    if model.family(e).kind in ("random", "defined"):
        return RandomSymbol(e.name)
    return Symbol(e.name, real=True)


def _theirs(term: Sum | Product, model: Model) -> Expr:
    index, lo, hi, but = term.range
    name = _size(index, model)
    body = to_sympy_stats(term.body, model)
    kept = Mul(*(1 - KroneckerDelta(name, to_sympy_stats(b, model)) for b in but))
    limits = (name, to_sympy_stats(lo, model), to_sympy_stats(hi, model))
    if isinstance(term, Product):
        return SymPyProduct(body**kept, limits)
    return SymPySum(body * kept, limits)
