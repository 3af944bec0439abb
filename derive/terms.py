"""Terms: entries of families, sums and products over symbolic ranges, E, Var and Cov. Trusted.

Every constructor builds a node and stops.  Names are bound by `Sum`, `Product` and `Integral`
alone; `same` compares up to the names of bound indices, `put` substitutes without capture, and
nothing else in the project compares or substitutes.

Glossary: e an expression, i j k indices, lo hi the limits of a range (both included).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from math import comb, prod
from operator import is_
from typing import Any, NamedTuple, TypeAlias

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, expand
from sympy.core.symbol import Str

from derive.errors import Refused

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


class _Node(Expr):
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


class Entry(_Node):
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


class Apply(_Node):
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
        return f"{self.name}{chr(39) * self.order}({printer._print(self.at)})"


class Partial(_Node):
    """A partial derivative, one symbol as a whole: what stands inside is no place to rewrite.

    ``Partial(C, v)``, C a declared cost: how C changes with the entry v, everything that is
    computed from v moving along.  ``Partial(u, v)``, u a defined entry: the derivative of the
    right side of its definition by v, all other entries held fixed.
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


class Delta(_Node):
    """Kronecker's delta of two indices."""

    def __new__(cls, i: Index, j: Index) -> Delta:
        return super().__new__(cls, *sorted((term(i), term(j)), key=lambda e: e.sort_key()))


class E(_Node):
    """The expectation of one random expression."""

    def __new__(cls, x: Index) -> E:
        return super().__new__(cls, term(x))


class Var(_Node):
    """The variance of one random expression."""

    def __new__(cls, x: Index) -> Var:
        return super().__new__(cls, term(x))


class Cov(_Node):
    """The covariance of two random expressions."""

    def __new__(cls, x: Index, y: Index) -> Cov:
        return super().__new__(cls, *sorted((term(x), term(y)), key=lambda e: e.sort_key()))


class _Binder(_Node):
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


class Integral(_Node):
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


def rebuild(e: Expr, args: tuple[Any, ...]) -> Expr:
    """The same kind of node over other arguments."""
    if len(args) == len(e.args) and all(map(is_, args, e.args)):
        return e
    return _made(Entry, *args) if type(e) is Entry else e.func(*args)


def same(a: Expr, b: Expr) -> bool:
    """Equal up to the names of bound indices."""
    return bool(a == b) or bool(canonical(a) == canonical(b))


@lru_cache(maxsize=2**12)
def canonical(e: Expr) -> Expr:
    """The same expression with bound names that depend only on how deep binders nest."""
    return _canonical(e)[0]


def _canonical(e: Any) -> tuple[Any, int]:
    if not e.args:
        return e, 0
    parts = [_canonical(a) for a in e.args]
    height = max(h for _, h in parts)
    args = tuple(a for a, _ in parts)
    if not isinstance(e, BINDING):
        return rebuild(e, args), height
    name = _bound(height)
    body = _put(args[0], {e.args[1]: name})
    return e.func(body, name, *args[2:]), height + 1


class _Bound(Symbol):
    """A bound name that no expression written down by anybody has in it."""


@cache
def _bound(height: int) -> Symbol:
    return _Bound(f"_{height}")


def readable(e: Any) -> Expr:
    """The same expression with names for the indices that `canonical` has named."""
    if not e.args:
        return e
    e = rebuild(e, tuple(map(readable, e.args)))
    if isinstance(e, BINDING) and isinstance(e.args[1], _Bound):
        index = fresh(Symbol("k"), {str(s) for s in e.args[0].free_symbols | e.free_symbols})
        e = e.func(_put(e.args[0], {e.args[1]: index}), index, *e.args[2:])
    return e


def put(e: Expr, old: Expr | Mapping[Expr, Expr], new: Index | None = None) -> Expr:
    """Substitute free occurrences, all at once; bound names give way so that nothing is captured.

    ``old`` is a term, or a mapping from terms to terms.
    """
    given = {old: term(new)} if isinstance(old, Expr) else old
    if not e.args:
        return given.get(e, e)
    changes = {a: b for a, b in given.items() if a is not b}
    if not all(isinstance(a, Symbol) for a in changes):
        return _put(e, changes)
    return e if e.free_symbols.isdisjoint(changes) else _put_names(e, changes)


def _put_names(e: Any, changes: Mapping[Any, Any]) -> Any:
    """`_put` for names alone, which is most of the work: no compound term is looked up."""
    if not e.args:
        return changes.get(e, e) if isinstance(e, Symbol) else e
    if isinstance(e, _Node) and e.free_symbols.isdisjoint(changes):
        return e
    if not isinstance(e, BINDING):
        return rebuild(e, tuple([_put_names(a, changes) for a in e.args]))
    body, index, *outer = e.args
    if any(index in b.free_symbols for b in changes.values()):
        return _put(e, changes)
    outer = [_put_names(a, changes) for a in outer]
    if index in changes:
        changes = {a: b for a, b in changes.items() if a != index}
    return rebuild(e, (_put_names(body, changes) if changes else body, index, *outer))


def _put(e: Any, changes: Mapping[Any, Any]) -> Any:
    if not changes:
        return e
    if e in changes:
        return changes[e]
    if not e.args:
        return e
    if not isinstance(e, BINDING):
        return rebuild(e, tuple(_put(a, changes) for a in e.args))
    body, index, *outer = e.args
    outer = [_put(a, changes) for a in outer]
    inner = {a: b for a, b in changes.items() if index not in a.free_symbols}
    if any(index in b.free_symbols for b in inner.values()):
        moving = (*inner, *inner.values())
        taken = set().union(body.free_symbols, *(a.free_symbols for a in moving))
        renamed = fresh(index, taken)
        body, index = _put(body, {index: renamed}), renamed
    return rebuild(e, (_put(body, inner), index, *outer))


def fresh(like: Symbol, taken: set[Any]) -> Symbol:
    """A symbol that is not taken, named after another one: a, a', a''."""
    names = {str(t) for t in taken}
    name = str(like)
    while name in names:
        name += "'"
    return Symbol(name)


def instantiate(e: Expr, families: Mapping[str, tuple[tuple[Symbol, ...], Expr]]) -> Expr:
    """Replace whole families: ``{"X": ((j,), body)}`` turns ``X[t]`` into ``body`` with t for j.

    Bound names of ``e`` give way to the free names of the bodies.
    """
    if not families:
        return e
    free = set().union(*(b.free_symbols - set(js) for js, b in families.values()))
    return _instantiate(e, families, free)


def _instantiate(e: Any, families: Mapping[str, Any], free: set[Any]) -> Any:
    if isinstance(e, Entry) and e.name in families:
        names, body = families[e.name]
        indices = [_instantiate(a, families, free) for a in e.indices]
        if len(indices) != len(names):
            raise TypeError(f"{e.name} has {len(indices)} indices here and {len(names)} there")
        return put(body, dict(zip(names, indices, strict=True)))
    if not e.args:
        return e
    if isinstance(e, BINDING) and e.args[1] in free:
        renamed = fresh(e.args[1], free | e.body.free_symbols)
        e = e.func(_put(e.body, {e.args[1]: renamed}), renamed, *e.args[2:])
    return rebuild(e, tuple(_instantiate(a, families, free) for a in e.args))


Wanted: TypeAlias = Callable[[Any], bool] | type | tuple[type, ...]


def occurrences(e: Expr, wanted: Wanted) -> Iterator[tuple[Any, tuple[Range, ...]]]:
    """Every subterm that is wanted, outermost first, with the ranges of the binders above it.

    What is wanted is said by a condition, or as the kinds of node.  Nothing is looked for
    inside a `Partial` or an `Integral`.
    """
    if isinstance(wanted, type):
        wanted = (wanted,)
    kinds = frozenset(wanted) if isinstance(wanted, tuple) else None
    todo: list[tuple[Any, tuple[Range, ...]]] = [(e, ())]
    while todo:
        e, above = todo.pop()
        if kinds is None:
            found = wanted(e)  # type: ignore[operator]
        elif kinds.isdisjoint(kinds_in(e)):
            continue
        else:
            found = type(e) in kinds
        if found:
            yield e, above
        parts = e.args
        if not parts or isinstance(e, WHOLE):
            continue
        if isinstance(e, BINDERS):
            todo.append((e.body, (*above, e.range)))
            parts = parts[2:]
        todo.extend([(a, above) for a in reversed(parts)])


@lru_cache(maxsize=2**14)
def kinds_in(e: Any) -> frozenset[type]:
    """The kinds of all nodes in a term."""
    return frozenset((type(e),)).union(*map(kinds_in, e.args))


def above_first(e: Expr, old: Expr) -> tuple[Range, ...] | None:
    """The ranges of the binders above the first occurrence of a subterm; None if there is none."""
    kind = type(old)
    found = occurrences(e, lambda t: type(t) is kind and t == old)
    return next((above for _, above in found), None)


def replace(e: Expr, old: Expr, new: Expr, under: tuple[Range, ...]) -> Expr:
    """Replace ``old`` where exactly the binders ``under`` stand above it; their names are shared.

    Unlike `put`, this reaches under binders on purpose: it is how one step rewrites a subterm.
    """
    return _replace(e, old, new, under, ())


def _replace(e: Any, old: Any, new: Any, under: tuple[Range, ...], above: tuple[Range, ...]) -> Any:
    if type(e) is type(old) and e == old and above == under:
        return new
    if not e.args or isinstance(e, WHOLE):
        return e
    if isinstance(e, BINDERS):
        outer = (_replace(a, old, new, under, above) for a in e.args[2:])
        body = _replace(e.body, old, new, under, (*above, e.range))
        return rebuild(e, (body, e.args[1], *outer))
    return rebuild(e, tuple([_replace(a, old, new, under, above) for a in e.args]))


MOST_TERMS = 2000


def multiplied_out(e: Expr) -> Expr:
    """The polynomial as a sum of products; raises Refused if that takes too many terms."""
    if how_many(e) > MOST_TERMS:
        raise Refused("{}", f"a polynomial of more than {MOST_TERMS} terms is not multiplied out")
    return expand(e)


def how_many(e: Expr) -> int:
    """At most how many terms a polynomial has when it is multiplied out; too many count alike."""
    if isinstance(e, Add):
        found = sum(map(how_many, e.args))
    elif isinstance(e, Mul):
        found = prod(map(how_many, e.args))
    elif isinstance(e, Pow) and e.exp.is_Integer:
        terms, power = how_many(e.base), abs(int(e.exp))
        found = comb(terms + power - 1, power) if terms > 1 else 1
    else:
        found = max(map(how_many, e.args), default=1)
        found = found if found > MOST_TERMS else 1
    return min(found, MOST_TERMS + 1)


def factors(e: Expr) -> tuple[Expr, ...]:
    """The factors of a product; a positive integer power counts as that many equal factors."""
    found: list[Expr] = []
    for a in Mul.make_args(e):
        if isinstance(a, Pow) and a.exp.is_Integer and 1 < a.exp <= 8:
            found.extend([a.base] * int(a.exp))
        else:
            found.append(a)
    return tuple(found)


def summands(e: Expr) -> tuple[Expr, ...]:
    """The terms of a sum that is written out."""
    return Add.make_args(e)
