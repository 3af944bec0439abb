"""Terms: entries of families, sums and products over symbolic ranges, E, Var and Cov. Trusted.

Every constructor builds a node and stops.  Names are bound by `Sum`, `Product` and `Integral`
alone.

Glossary: e an expression, i j k indices, lo hi the limits of a range (both included).
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property, lru_cache
from operator import is_
from typing import Any, NamedTuple, TypeAlias

from sympy import Expr, Integer, Rational, Symbol
from sympy.core.symbol import Str

Index: TypeAlias = Any  # an expression or an integer


class Range(NamedTuple):
    """``index = lo … hi``, without the values in ``but``; ``hi = lo - 1`` is the empty range."""

    index: Symbol
    lo: Expr
    hi: Expr
    but: tuple[Expr, ...] = ()


def term(e: object) -> Expr:
    """A number or an expression as an expression; text is never evaluated.

    Raises TypeError for anything else.
    """
    if isinstance(e, Expr):
        return e
    if isinstance(e, int) and not isinstance(e, bool):
        return Integer(e)
    if isinstance(e, Fraction):
        return Rational(e.numerator, e.denominator)
    raise TypeError(f"not a term: {e!r}")


class Node(Expr):
    """A term that is built and nothing more: all that is known of it is that it commutes.

    SymPy would look for the rest at length, and at every node, if it were not said to be unknown.
    """

    vars().update({f"is_{fact}": None for fact in Expr.default_assumptions.rules.defined_facts})
    is_commutative = True

    def __new__(cls: Any, *args: Any) -> Any:
        return _made(cls, *args)

    @cached_property
    def free_symbols(self) -> frozenset[Any]:
        return frozenset().union(*(a.free_symbols for a in self.args))


@lru_cache(maxsize=2**16)
def _made(cls: Any, *args: Any) -> Any:
    """One object for equal terms, as long as it is remembered: then they compare at a glance."""
    return Expr.__new__(cls, *args)


class Entry(Node):
    """One entry of a family, ``Entry("W", i, l, k)``; without indices, one variable."""

    def __new__(cls, name: str | Str, *indices: Index) -> Entry:
        return super().__new__(
            cls, name if isinstance(name, Str) else Str(name), *map(term, indices)
        )

    @cached_property
    def name(self) -> str:
        return str(self.args[0].name)

    @property
    def indices(self) -> tuple[Expr, ...]:
        return self.args[1:]

    def _sympystr(self, printer: Any) -> str:
        inner = ", ".join(printer._print(a) for a in self.indices)
        return f"{self.name}[{inner}]" if inner else self.name


class Apply(Node):
    """A declared function of one variable, or its derivative of the given order, at a point."""

    def __new__(cls, name: str | Str, order: int | Expr, at: Index) -> Apply:
        return super().__new__(cls, Str(str(name)), term(order), term(at))

    @cached_property
    def name(self) -> str:
        return str(self.args[0].name)

    @property
    def order(self) -> int:
        return int(self.args[1])

    @property
    def at(self) -> Expr:
        return self.args[2]

    def _sympystr(self, printer: Any) -> str:
        at = printer._print(self.at)
        if "·" in self.name and not self.order:
            return self.name.replace("·", at)
        return f"{self.name}{chr(39) * self.order}({at})"


class Partial(Node):
    """A partial derivative, one symbol as a whole: what stands inside is no place to rewrite.

    ``Partial(C, v)``, C a declared cost: how C changes with the entry v, everything that is
    computed from v moving along.  ``Partial(u, v)``, u a defined entry: the derivative of the
    right side of its definition by v, all other entries held fixed; 1 if v is u itself.
    """

    def __new__(cls, of: Expr, by: Expr) -> Partial:
        return super().__new__(cls, term(of), term(by))

    @property
    def of(self) -> Expr:
        return self.args[0]

    @property
    def by(self) -> Expr:
        return self.args[1]

    def _sympystr(self, printer: Any) -> str:
        return f"d({printer._print(self.of)})/d({printer._print(self.by)})"


class Delta(Node):
    """Kronecker's delta of two indices."""

    def __new__(cls, i: Index, j: Index) -> Delta:
        return super().__new__(cls, *sorted((term(i), term(j)), key=lambda e: e.sort_key()))


class E(Node):
    """The expectation of one random expression."""

    def __new__(cls, x: Index) -> E:
        return super().__new__(cls, term(x))


class Var(Node):
    """The variance of one random expression."""

    def __new__(cls, x: Index) -> Var:
        return super().__new__(cls, term(x))


class Cov(Node):
    """The covariance of two random expressions."""

    def __new__(cls, x: Index, y: Index) -> Cov:
        return super().__new__(cls, *sorted((term(x), term(y)), key=lambda e: e.sort_key()))


class _Binder(Node):
    def __new__(cls, body: Index, over: tuple[Any, ...] | Symbol, *rest: Any) -> Any:
        if isinstance(over, tuple):
            index, lo, hi, *more = over
            but = more[0] if more else ()
        else:
            index, (lo, hi, *but) = over, rest
        if not isinstance(index, Symbol):
            raise TypeError(f"a bound index is a symbol, not {index!r}")
        excluded = sorted(map(term, but), key=lambda e: e.sort_key())
        return super().__new__(cls, term(body), index, term(lo), term(hi), *excluded)

    @property
    def body(self) -> Expr:
        return self.args[0]

    @cached_property
    def range(self) -> Range:
        return Range(self.args[1], self.args[2], self.args[3], self.args[4:])

    @cached_property
    def free_symbols(self) -> frozenset[Any]:
        outer = (a.free_symbols for a in self.args[2:])
        return frozenset(self.body.free_symbols - {self.args[1]}).union(*outer)

    @property
    def bound_symbols(self) -> list[Symbol]:
        return [self.args[1]]

    def _sympystr(self, printer: Any) -> str:
        index, lo, hi, but = self.range
        left_out = "".join(f", {index} != {printer._print(a)}" for a in but)
        over = f"{index} = {printer._print(lo)}..{printer._print(hi)}{left_out}"
        return f"{type(self).__name__}({printer._print(self.body)}, {over})"


class Sum(_Binder):
    """``Sum(body, (j, lo, hi))`` or ``Sum(body, (j, lo, hi, (l,)))``, which leaves out j = l."""


class Product(_Binder):
    """``Product(body, (k, lo, hi))``; an empty product is 1."""


class Integral(Node):
    """``Integral(body, (x, lo, hi))`` over a real variable: a fixed number, one symbol as a whole.

    The limits may be infinite, and ``hi`` below ``lo`` turns the sign.  What has no value counts
    as 0.  The variable is no index, and what stands inside is no place to rewrite.
    """

    def __new__(cls, body: Index, over: tuple[Any, ...] | Symbol, *rest: Any) -> Integral:
        x, lo, hi = over if isinstance(over, tuple) else (over, *rest)
        if not isinstance(x, Symbol):
            raise TypeError(f"a variable is a symbol, not {x!r}")
        return super().__new__(cls, term(body), x, term(lo), term(hi))

    @property
    def body(self) -> Expr:
        return self.args[0]

    @property
    def variable(self) -> Symbol:
        return self.args[1]

    @property
    def limits(self) -> tuple[Expr, Expr]:
        return self.args[2], self.args[3]

    @cached_property
    def free_symbols(self) -> frozenset[Any]:
        outer = (limit.free_symbols for limit in self.limits)
        return frozenset(self.body.free_symbols - {self.variable}).union(*outer)

    @property
    def bound_symbols(self) -> list[Symbol]:
        return [self.variable]

    def _sympystr(self, printer: Any) -> str:
        body, x, lo, hi = map(printer._print, self.args)
        return f"Integral({body}, {x} = {lo}..{hi})"


BINDERS = (Sum, Product)
BINDING = (*BINDERS, Integral)
WHOLE = (Partial, Integral)
HEADS = (E, Var, Cov)


@lru_cache(maxsize=2**12)
def text(e: Any) -> str:
    """The term as plain text, by which terms are put in order."""
    return str(e)


def rebuild(e: Expr, args: tuple[Any, ...]) -> Expr:
    """The same kind of node over other arguments."""
    if len(args) == len(e.args) and all(map(is_, args, e.args)):
        return e
    return _made(Entry, *args) if type(e) is Entry else e.func(*args)
