"""Moments that nothing random has together, such as E[x²] = 1 and E[x] = 2. Trusted.

The matrix of the E[X_a X_b] has no negative principal minor, whatever the X are:

    E[x]² ≤ E[x²]        E[x²]² ≤ E[x⁴]        Cov[x, y]² ≤ Var[x] Var[y]

1 is one of the X, and so is everything of which E[X²] or Var[X] is said.  What is not found here
is not therefore possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import combinations, product
from typing import NamedTuple

from sympy import Add, Dummy, Expr, Integer, Mul, Rational, sqrt

from derive.claims import NOTHING, Uses
from derive.errors import Refused, Words
from derive.matching import match
from derive.model import Model, Statement
from derive.order import ZERO
from derive.polynomials import multiplied_out
from derive.positive import positive
from derive.scope import Scope
from derive.substitution import put
from derive.subterms import kinds_in, names_in
from derive.terms import HEADS, Cov, E, Entry, Range, Var

ONE, HALF = Integer(1), Rational(1, 2)
MOST_ROWS = 5
LARGEST = 4
HIGHEST = 8
NOT_BELOW_0 = "{} would be {}, and it is never negative"


class Given(NamedTuple):
    """A moment and its value, for every index value in the ranges, and by which assumptions."""

    moment: Expr
    value: Expr
    ranges: tuple[Range, ...]
    uses: Uses


Found = tuple[Expr, Uses]


def impossible(
    new: Iterable[tuple[Statement, Uses]], before: Iterable[tuple[Statement, Uses]], model: Model
) -> Iterator[tuple[Uses, Words]]:
    """Which assumptions give moments that nothing has, if one at least is new, and why not."""
    more = [g for s, uses in new if (g := given(s, uses)) is not None]
    if not more:
        return
    old = (given(s, uses) for s, uses in before)
    known = [*(g for g in old if g is not None), *more]
    names = names_in(*(g.moment for g in more))
    for _ in range(2):
        near = [g for g in known if names & names_in(g.moment)]
        names |= names_in(*(g.moment for g in near))
    near = list(dict.fromkeys(near))
    if all(g.value == 0 or alike(g.moment, g.value) for g in near):
        return
    told = set[Uses]()
    for anchor in near:
        for uses, why in _Place(anchor, near, model).contradictions():
            if uses not in told and any(g.uses <= uses for g in more):
                told.add(uses)
                yield uses, why


def given(s: Statement, uses: Uses) -> Given | None:
    """A statement as the value of one moment, if it is one: n Var[x] = 1, Std[x] = 2."""
    found = _value(s)
    return None if found is None else Given(*found, s.ranges, uses)


@lru_cache(maxsize=2**10)
def _value(s: Statement) -> tuple[Expr, Expr] | None:
    if s.over:
        return None
    if isinstance(s.left, HEADS):
        same = match(s.left, s.right, {r.index for r in s.ranges}, set())
        return (s.left, s.right) if same is None else None
    powers = [f.as_base_exp() for f in Mul.make_args(s.left)]
    heads = [(h, p) for h, p in powers if isinstance(h, HEADS)]
    if len(heads) > 1:
        heads = [(h, p) for h, p in heads if isinstance(h, Cov)]
    if len(heads) != 1 or heads[0][1] not in (1, HALF):
        return None
    (moment, power), whole = heads[0], s.right * heads[0][0] ** heads[0][1] / s.left
    same = match(moment, whole, {r.index for r in s.ranges}, set())
    return None if same is not None else (moment, whole ** (1 / power))


def alike(a: Expr, b: Expr) -> bool:
    """Whether two terms are the same moment of entries, such as Var[x_i] and Var[x_1]."""
    entries = all(isinstance(x, Entry) for x in (*a.args, *b.args))
    return type(a) is type(b) and isinstance(a, HEADS) and entries


class _Place:
    """What is said of the moments of what one equation speaks of, in the ranges of that one."""

    def __init__(self, anchor: Given, said: Sequence[Given], model: Model) -> None:
        self.anchor = anchor
        self.said = said
        self.scope = Scope(model, anchor.ranges)
        self.kept: dict[Expr, Found | None] = {}

    def contradictions(self) -> Iterator[tuple[Uses, Words]]:
        """Values that differ, a negative variance, and minors that are negative."""
        order = self.scope.order
        if not all(order.leq(r.lo, r.hi) for r in self.anchor.ranges):
            return
        yield from self._alone()
        rows = self._rows()
        for a, b in ((a, b) for n, a in enumerate(rows) for b in rows[: n + 1]):
            ways = self._ways(a, b)
            for (one, uses), (other, more) in combinations(ways, 2):
                apart = self._settled(one - other)
                if self._positive(apart) or self._positive(-apart):
                    yield uses | more, Words("{} would be {} and {}", E(a * b), one, other)
        for many in range(2, LARGEST + 1):
            for chosen in combinations(rows, many):
                yield from self._minor(chosen)

    def _alone(self) -> Iterator[tuple[Uses, Words]]:
        """A mean of a square below 0, or a correlation above 1."""
        moment, value, _, uses = self.anchor
        square = isinstance(moment, Var) or (
            isinstance(moment, E) and _root(moment.args[0]) is not None
        )
        if square and self._positive(-value):
            yield uses, Words(NOT_BELOW_0, moment, value)
        if isinstance(moment, Cov):
            share = value / sqrt(Var(moment.args[0])) / sqrt(Var(moment.args[1]))
            if kinds_in(share).isdisjoint(HEADS) and self._positive(share**2 - 1):
                why = "a correlation would be {}, and it is never above 1 or below -1"
                yield uses, Words(why, share)

    def _rows(self) -> list[Expr]:
        """1, and everything of which the mean of the square is said."""
        found: list[Expr] = [ONE]
        for g in self.said:
            if g.ranges in ((), self.anchor.ranges):
                for x in _parts(g.moment):
                    if x not in found and (self._said(E(x**2)) or self._said(Var(x))):
                        found.append(x)
        return found[:MOST_ROWS]

    def _said(self, moment: Expr) -> Found | None:
        """The value that is said of a moment here."""
        if moment not in self.kept:
            self.kept[moment] = next(self._values(moment), None)
        return self.kept[moment]

    def _values(self, moment: Expr) -> Iterator[Found]:
        for g in self.said:
            found = match(g.moment, moment, {r.index for r in g.ranges}, set())
            if found is not None and self.scope.in_ranges(g.ranges, found[0]) is None:
                yield put(g.value, found[0]), g.uses

    def _mean(self, x: Expr) -> Found:
        ways = self._ways(x, ONE)
        return ways[0] if ways else (E(x), NOTHING)

    def _ways(self, a: Expr, b: Expr) -> list[Found]:
        """E[a b] as it is said, and by what is said of a covariance."""
        if a == b == ONE:
            return [(ONE, NOTHING)]
        said = self._said(E(a * b))
        found = [] if said is None else [said]
        root = _root(a * b)
        a, b = (root, root) if root is not None else (a, b)
        if ONE not in (a, b):
            of = (Var(a),) if a == b else (Cov(a, b), Cov(b, a))
            known = next((f for f in map(self._said, of) if f is not None), None)
            if known is not None:
                means = [self._mean(x) for x in (a, b)]
                uses = known[1].union(*(by for _, by in means))
                found.append((known[0] + Mul(*(e for e, _ in means)), uses))
        return found

    def _minor(self, rows: Sequence[Expr]) -> Iterator[tuple[Uses, Words]]:
        """The determinant of what is said of some rows, if it is negative."""
        matrix: dict[tuple[int, int], Expr] = {}
        uses: Uses = NOTHING
        for (n, a), (m, b) in product(enumerate(rows), repeat=2):
            ways = self._ways(a, b)
            if not ways and ONE not in (a, b):
                return
            matrix[n, m], by = ways[0] if ways else (E(a * b), NOTHING)
            uses |= by
        with suppress(Refused):
            minor = self._settled(_determinant(matrix, range(len(rows)), range(len(rows))))
            fixed = rows[0] == ONE and len(rows) == 2 and positive(Var(rows[1]), self.scope)
            if self._positive(-minor):
                yield uses, Words(NOT_BELOW_0, _named(rows), minor)
            elif fixed and self._positive(-minor, zero=True):
                why = "Var[{}] would be {}, and what is random is not fixed"
                yield uses, Words(why, rows[1], minor)

    def _settled(self, e: Expr) -> Expr:
        """With the moments that are left in it as they are said."""
        for moment in [h for h in e.atoms(*HEADS) if self._said(h) is not None]:
            e = put(e, moment, (self._said(moment) or (moment, NOTHING))[0])
        return multiplied_out(e)

    def _positive(self, e: Expr, zero: bool = False) -> bool:
        """Whether a number is shown to be positive, or at least 0, whatever sizes are."""
        if positive(e, self.scope) or (zero and e == 0):
            return True
        below = {f.base: -f.exp for t in Add.make_args(e) for f in Mul.make_args(t)
                 if f.is_Pow and f.exp.is_Rational and f.exp < 0}  # fmt: skip
        for base, power in below.items():
            if power % 2 != 0 and not positive(base, self.scope):
                return False
            e = Add(*(t * base**power for t in Add.make_args(e)))
        letters = [*e.free_symbols, *e.atoms(Entry)]
        more = {x: Dummy() for x in letters if self.scope.order.leq(ONE, x)}
        with suppress(Refused):
            terms = Add.make_args(multiplied_out(put(e, {x: 1 + d for x, d in more.items()})))
            rest = {*more.values()}
            some = any(_shown(t, set(), self.scope) for t in terms)
            return (zero or some) and all(_shown(t, rest, self.scope, True) for t in terms)
        return False


def _shown(t: Expr, rest: set[Dummy], scope: Scope, zero: bool = False) -> bool:
    """Whether a product is shown to be positive, or at least 0 if the rest is."""
    for f in Mul.make_args(t):
        base, power = f.as_base_exp()
        even = zero and power.is_Integer and power % 2 == 0 and power > 0
        if not (even or (zero and base in rest)) and (base.is_Dummy or not positive(f, scope)):
            return False
    return True


def _root(e: Expr) -> Expr | None:
    """What a term is the square of, if it is a product of even powers."""
    powers = [f.as_base_exp() for f in Mul.make_args(e)]
    even = all(p.is_Integer and p % 2 == 0 and p > 0 for _, p in powers)
    return Mul(*(b ** (p / 2) for b, p in powers)) if even else None


def _parts(moment: Expr) -> list[Expr]:
    """What a moment may say something of: the X in Var[X], Cov[X, Y], the factors in E[X Y]."""
    if not isinstance(moment, E):
        return list(moment.args)
    powers = [f.as_base_exp() for f in Mul.make_args(moment.args[0])]
    if not all(p.is_Integer and p > 0 for _, p in powers) or sum(p for _, p in powers) > HIGHEST:
        return list(moment.args)
    chosen = product(*(range(int(p) + 1) for _, p in powers))
    made = (Mul(*(b**n for (b, _), n in zip(powers, ns, strict=True))) for ns in chosen)
    return [e for e in made if e != 1]


def _determinant(m: dict[tuple[int, int], Expr], rows: Sequence[int], over: Sequence[int]) -> Expr:
    """By its first row."""
    if not rows:
        return ONE
    total: Expr = ZERO
    for n, c in enumerate(over):
        minor = _determinant(m, rows[1:], [d for d in over if d != c])
        total += (-1) ** n * m[rows[0], c] * minor
    return multiplied_out(total)


def _named(rows: Sequence[Expr]) -> Expr | Words:
    """What a minor is called: a variance, or a difference of products of moments."""
    one = rows[0] == ONE
    if one and len(rows) == 2:
        return Var(rows[1])
    a, b, *more = rows[one:]
    if more:
        said = "the determinant of the {} of {}"
        names = Words(", ".join(["{}"] * len(rows[one:])), *rows[one:])
        return Words(said, "covariances" if one else "second moments", names)
    both = (Var(a), Var(b), Cov(a, b)) if one else (E(a**2), E(b**2), E(a * b))
    return Words("{} {} - {}²", *both)
