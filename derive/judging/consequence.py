"""What follows from premises between products, such as n_k Var[W_k] = 1. Not trusted to guess.

Each premise is written with what was derived of its moments and read in two ways.  With the
indices of the claim, or values next to them, sides are compared: a claim follows if left / right
is a product of rational powers of the quotients of premises.  With its indices free, a premise
says what one moment, number or size is, and that is put in where it occurs, in one place by one
premise and in another place by another.  The normal form of products decides in both cases.
Only what is positive may occur: sizes of at least 1, numbers declared so, variances and second
moments, and sums of these; so nothing is divided by 0, and a root is the only one there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import chain, islice, product
from typing import NamedTuple

from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from derive.claims import NOTHING, Uses
from derive.counting.leeway import free
from derive.errors import Refused
from derive.judging.equality import rewritten
from derive.matching import match
from derive.model import Model, Statement
from derive.positive import positive as shown_positive
from derive.powers import Outside
from derive.products import Form, normal, unshown
from derive.scope import Scope
from derive.substitution import put
from derive.subterms import occurrences, replace
from derive.terms import (
    HEADS,
    E,
    Entry,
    Partial,
    Product,
    Range,
    Var,
)

MOST_INSTANCES = 60
MOST_WAYS = 40


class Premise(NamedTuple):
    """What is supposed, its place, and the assumptions that say so."""

    statement: Statement
    scope: Scope
    uses: Uses = NOTHING


class Solved(NamedTuple):
    """``what`` is ``value`` for the indices ``over``."""

    what: Expr
    value: Expr
    over: tuple[Range, ...]
    uses: Uses


def follows(claim: Statement, scope: Scope, premises: Sequence[Premise]) -> Uses | None:
    """The assumptions used to conclude the claim from the premises; None if it was not."""
    try:
        left, right, used = _sides(claim, scope)
    except Outside:
        return None
    known, solved = _Known(scope), list[Solved]()
    for s, inner, by in premises:
        with suppress(Outside):
            a, b, uses = _sides(s, inner)
            solved += _solved(a, b, s.ranges, uses | by, scope)
            known.add(a, b, s.ranges, uses | by)
    ways = chain([((left, right), NOTHING)], _ways((left, right), solved, scope))
    for sides, uses in islice(ways, MOST_WAYS):
        more = known.give(*sides)
        if more is not None:
            return used | uses | more
    return None


def put_in(claim: Statement, scope: Scope, premise: Premise) -> Iterator[Sides]:
    """The sides of a claim with what a premise says of a free variance, if that is all of it.

    What the model leaves free may have the value that the premise gives it.
    """
    try:
        left, right, _ = _sides(claim, scope)
        a, b, uses = _sides(premise.statement, premise.scope)
        solved = [s for s in _solved(a, b, premise.statement.ranges, uses, scope)
                  if isinstance(s.what, Var) and free(s.what.args[0], scope.model)]  # fmt: skip
    except Outside:
        return
    names = {x.name for s in solved for x in s.what.atoms(Entry)}
    for sides, _ in islice(_ways((left, right), solved, scope), MOST_WAYS):
        if not names & {x.name for e in sides for x in e.atoms(Entry)}:
            yield sides


def _sides(s: Statement, scope: Scope) -> tuple[Expr, Expr, Uses]:
    """Both sides with what was derived of their moments; Outside if they may not be positive."""
    left, used_left = rewritten(s.left, scope)
    right, used_right = rewritten(s.right, scope)
    for e in (left, right):
        if not positive(e, scope):
            raise Outside(f"{e} may be 0")
    return left, right, used_left | used_right


def positive(e: Expr, scope: Scope) -> bool:
    """Whether a term is positive; as everywhere, variances of what has a name are."""
    if isinstance(e, (Add, Mul)):
        return all(positive(a, scope) for a in e.args)
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


class _Known:
    """The quotients of premises at places of a claim."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._forms: dict[Form, Uses] = {}

    def add(self, left: Expr, right: Expr, over: Sequence[Range], uses: Uses) -> None:
        """A premise, at every instance for index values next to those of the claim.

        A premise for all values of one index is also multiplied over the values up to one of
        these, and from one of them on.
        """
        quotient = left / right
        for at in islice(self._instances(over), MOST_INSTANCES):
            if self.scope.in_ranges(over, at) is None:
                self._note(put(quotient, at), uses)
            if len(over) == 1:
                (r,), end = over, at[over[0].index]
                leq = self.scope.order.leq
                for lo, hi, inside in ((r.lo, end, leq(end, r.hi)), (end, r.hi, leq(r.lo, end))):
                    with suppress(Outside):
                        if inside:
                            self._note(Product(quotient, (r.index, lo, hi)), uses)

    def _note(self, quotient: Expr, uses: Uses) -> None:
        form = self._normal(quotient)
        if not form.is_one:
            self._forms.setdefault(form, uses)

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

    def give(self, left: Expr, right: Expr) -> Uses | None:
        """What it took that left / right is a product of rational powers of the quotients."""
        try:
            wanted = self._normal(left) - self._normal(right)
        except (Outside, Refused):
            return None
        chosen = _combination(_vector(wanted), [_vector(f) for f in self._forms])
        if chosen is None:
            return None
        forms = [f for n, f in enumerate(self._forms) if n in chosen]
        needed = wanted.conditions.union(*(f.conditions for f in forms))
        shown = not unshown(needed, self.scope.order)
        return NOTHING.union(*(self._forms[f] for f in forms)) if shown else None


Vector = dict[object, Fraction]


def _vector(form: Form) -> Vector:
    return {
        (family, monomial): Fraction(c)
        for family, power in form.powers.items()
        for monomial, c in power.items()
    }


def _combination(wanted: Vector, known: Sequence[Vector]) -> set[int] | None:
    """Which of the vectors a linear combination that is the one wanted needs; None without one."""
    rows: list[tuple[object, Vector, set[int]]] = []
    for n, vector in enumerate([*known, wanted]):
        left, used = dict(vector), {n}
        for pivot, row, made_of in rows:
            if c := left.get(pivot, Fraction(0)):
                left = _minus(left, row, c / row[pivot])
                used |= made_of
        if n == len(known):
            return used - {n} if not left else None
        if left:
            rows.append((next(iter(left)), left, used))
    return None


def _minus(a: Vector, b: Vector, times: Fraction) -> Vector:
    found = {k: a.get(k, Fraction(0)) - times * b.get(k, Fraction(0)) for k in {*a, *b}}
    return {k: c for k, c in found.items() if c}


# -- premises that say what something is


def _solved(
    left: Expr, right: Expr, over: Sequence[Range], uses: Uses, scope: Scope
) -> Iterator[Solved]:
    """Each moment, number or size that occurs once in a premise, with what it is equal to."""
    whole = left / right
    for what, power in whole.as_powers_dict().items():
        size = _is_size(what, scope)
        if not isinstance(what, (Entry, Symbol, *HEADS)) or not isinstance(power, Rational):
            continue
        rest = whole / what**power
        value = rest ** (-1 / power)
        names = what.free_symbols | scope.names
        if rest.has(what) or not value.free_symbols <= names:
            continue
        open_ = tuple(r for r in over if r.index in value.free_symbols - what.free_symbols)
        if scope.in_ranges(open_, {r.index: r.index for r in open_}):
            continue
        if not size or value.is_Integer or _is_size(value, scope):
            about = tuple(r for r in over if r.index in what.free_symbols)
            yield Solved(what, value, about, uses)


def _is_size(e: Expr, scope: Scope) -> bool:
    return isinstance(e, (Symbol, Entry)) and scope.model.least(e) is not None


Sides = tuple[Expr, Expr]


def _ways(sides: Sides, solved: Sequence[Solved], scope: Scope) -> Iterator[tuple[Sides, Uses]]:
    """The sides with values put in: one for all of a kind first, then a choice at each place."""
    for one in solved:
        left, right = (list(_choices(side, [one], scope))[-1] for side in sides)
        if (left, right) != sides:
            yield (left, right), one.uses
    if len(solved) > 1:
        used = NOTHING.union(*(s.uses for s in solved))
        for left, right in product(*(_choices(side, solved, scope) for side in sides)):
            if (left, right) != sides:
                yield (left, right), used


def _choices(e: Expr, solved: Sequence[Solved], scope: Scope) -> Iterator[Expr]:
    """The term itself, and with a value put in at each place where one fits, in every way."""
    yield e
    places = []
    for old, above in occurrences(e, lambda t: any(type(t) is type(s.what) for s in solved)):
        new = [n for s in solved if (n := _value(old, above, s, scope)) is not None]
        if new:
            places.append([(old, n, above) for n in new])
    for chosen in islice(product(*places), MOST_WAYS) if places else ():
        made = e
        for old, n, above in chosen:
            made = replace(made, old, n, above)
        yield made


def _value(old: Expr, above: tuple[Range, ...], s: Solved, scope: Scope) -> Expr | None:
    """What stands at a place, by a premise that speaks of it; None if it does not."""
    found = match(s.what, old, {r.index for r in s.over}, set())
    if found is None:
        return None
    try:
        inside = scope.within(above).in_ranges(s.over, found[0]) is None
    except Refused:
        return None
    return put(s.value, found[0]) if inside else None


def of_sizes(s: Statement, model: Model) -> bool:
    """Whether a statement speaks of nothing but sizes and numbers."""
    entries = [x for side in (s.left, s.right) for x in side.atoms(Entry, *HEADS)]
    return not s.over and all(isinstance(x, Entry) and model.least(x) is not None for x in entries)
