"""Quotients that are products of powers of others. Not trusted: the normal form decides.

A premise a = b says that the quotient a / b is 1.  Its normal form has a power for each factor,
so quotients are vectors, and what follows from premises are their linear combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import partial
from itertools import islice, product
from typing import Any, NamedTuple, TypeVar

from sympy import Add, Expr, Mul, Pow, Symbol

from derive.claims import NOTHING, Uses
from derive.errors import Refused
from derive.model import Statement
from derive.positive import positive as shown_positive
from derive.powers import UNIT, Outside
from derive.products import Condition, Form, normal, unshown
from derive.scope import Scope
from derive.substitution import put
from derive.terms import E, Entry, Partial, Product, Range, Var

MOST_INSTANCES = 60
Key = TypeVar("Key")


def positive(e: Expr, scope: Scope) -> bool:
    """Whether a term is positive; as everywhere, variances of what has a name are."""
    if isinstance(e, (Add, Mul)) and all(positive(a, scope) for a in e.args):
        return True
    if isinstance(e, Pow):
        return positive(e.base, scope)
    if isinstance(e, Product):
        body, _, inner = scope.open(e)
        return positive(body, inner)
    if isinstance(e, (E, Var)):
        of, power = e.args[0].as_base_exp()
        named = isinstance(of, (Entry, Partial)) and scope.is_random(of)
        if named and power == (1 if isinstance(e, Var) else 2):
            return True
    return shown_positive(e, scope)


class Taken(NamedTuple):
    """What a conclusion takes: assumptions, and powers of premises at some of their places."""

    uses: Uses
    premises: tuple[tuple[Statement, Fraction], ...] = ()


class Quotients:
    """The quotients of premises at places of a claim."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._forms: dict[Form, tuple[Callable[[], Statement], Uses]] = {}

    def add(self, left: Expr, right: Expr, over: Sequence[Range], uses: Uses) -> None:
        """A premise, at every instance for index values next to those of the claim."""
        quotient = left / right
        for at in islice(self._instances(over), MOST_INSTANCES):
            if self.scope.in_ranges(over, at) is None:
                said = partial(_at, put, left, right, at)
                self._note(put(quotient, at), said, uses)

    def multiply(self, left: Expr, right: Expr, over: Sequence[Range], uses: Uses) -> None:
        """A premise for all values of one index, over those up to a value and from one on."""
        if len(over) != 1:
            return
        (r,), quotient, leq = over, left / right, self.scope.order.leq
        for at in islice(self._instances(over), MOST_INSTANCES):
            end = at[r.index]
            for lo, hi, inside in ((r.lo, end, leq(end, r.hi)), (end, r.hi, leq(r.lo, end))):
                with suppress(Outside):
                    if inside:
                        part = Range(r.index, lo, hi)
                        said = partial(_at, _multiplied, left, right, part)
                        self._note(Product(quotient, part), said, uses)

    def _note(self, quotient: Expr, said: Callable[[], Statement], uses: Uses) -> None:
        form = self._normal(quotient)
        if not form.is_one:
            self._forms.setdefault(form, (said, uses))

    def _instances(self, over: Sequence[Range]) -> Iterator[dict[Symbol, Expr]]:
        names = [r.index for r in self.scope.ranges]
        own = [[r.index] if r.index in names else [] for r in over]
        near = [[*o, *(n + c for c in (0, 1, -1) for n in names), r.lo, r.hi]
                for o, r in zip(own, over, strict=True)]  # fmt: skip
        for values in product(*near):
            at = {r.index: v for r, v in zip(over, values, strict=True)}
            if all(e.free_symbols <= self.scope.names for e in values):
                yield at

    def _normal(self, e: Expr) -> Form:
        return normal(e, lambda x: positive(x, self.scope))

    def give(self, left: Expr, right: Expr) -> Taken | None:
        """What it took that left / right is a product of rational powers of the quotients."""
        try:
            wanted = self._normal(left) - self._normal(right)
        except (Outside, Refused):
            return None
        return self._taken(combination(_vector(wanted), self._vectors), wanted.conditions)

    def contradiction(self) -> Uses | None:
        """What it took that a product of powers of the quotients is a number other than 1."""
        found = self._taken(number(self._vectors), frozenset())
        return None if found is None else found.uses

    @property
    def _vectors(self) -> list[Vector]:
        return [_vector(f) for f in self._forms]

    def _taken(self, chosen: Powers | None, needed: frozenset[Condition]) -> Taken | None:
        """What is behind the forms that were chosen, if all their ranges are shown."""
        if chosen is None:
            return None
        forms = [(f, chosen[n]) for n, f in enumerate(self._forms) if n in chosen]
        if unshown(needed.union(*(f.conditions for f, _ in forms)), self.scope.order):
            return None
        uses = NOTHING.union(*(self._forms[f][1] for f, _ in forms))
        return Taken(uses, tuple((self._forms[f][0](), power) for f, power in forms))


def _at(way: Callable[[Expr, Any], Expr], left: Expr, right: Expr, place: Any) -> Statement:
    return Statement(way(left, place), way(right, place))


def _multiplied(e: Expr, r: Range) -> Expr:
    """A side of a premise, multiplied over a range; a number is raised to a power."""
    return e ** (r.hi - r.lo + 1) if e.is_Integer else Product(e, r)


NONE = Fraction(0)
Vector = dict[Any, Fraction]
Powers = dict[int, Fraction]
Row = tuple[Any, Vector, Powers]


def _vector(form: Form) -> Vector:
    return {
        (family, monomial): Fraction(c)
        for family, power in form.powers.items()
        for monomial, c in power.items()
    }


def combination(wanted: Vector, known: Sequence[Vector]) -> Powers | None:
    """The vectors with their coefficients that make the one wanted; None if there are none."""
    rows: list[Row] = []
    for n, vector in enumerate([*known, wanted]):
        left, used = _reduced(vector, n, rows)
        if n == len(known):
            return {k: -c for k, c in used.items() if k != n} if not left else None
        if left:
            rows.append((next(iter(left)), left, used))
    return None


def number(known: Sequence[Vector]) -> Powers | None:
    """The vectors with their coefficients that make a number other than 1; None if none do."""
    rows: list[Row] = []
    for n, vector in enumerate(known):
        left, used = _reduced(vector, n, rows)
        symbols = [k for k in left if not _is_number(k)]
        if left and not symbols:
            return used
        if left:
            rows.append((symbols[0], left, used))
    return None


def _is_number(key: Any) -> bool:
    """Whether a coordinate counts a prime."""
    (family, _), monomial = key
    return bool(family.is_Integer and family > 1) and monomial == UNIT


def _reduced(vector: Vector, n: int, rows: Sequence[Row]) -> tuple[Vector, Powers]:
    left, used = dict(vector), {n: Fraction(1)}
    for pivot, row, made_of in rows:
        if c := left.get(pivot):
            times = c / row[pivot]
            left, used = _minus(left, row, times), _minus(used, made_of, times)
    return left, used


def _minus(a: dict[Key, Fraction], b: dict[Key, Fraction], times: Fraction) -> dict[Key, Fraction]:
    found = dict(a)
    for k, c in b.items():
        found[k] = found.get(k, NONE) - times * c
        if not found[k]:
            del found[k]
    return found
