"""The terms of a normal form: a coefficient, indices that are all different, moments. Trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations, product
from math import prod
from typing import Any

from sympy import Add, Dummy, Expr, Mul, Pow, Symbol, fraction, together

from derive.claims import Uses
from derive.errors import Refused, Words
from derive.polynomials import multiplied_out
from derive.scope import Scope
from derive.series import apart, lettered, parts, summed
from derive.substitution import Bound, fresh, put, readable
from derive.subterms import occurrences
from derive.terms import Entry, Range, Sum, text
from derive.triangles import Triangle, triangle

MOST_INDICES = 5
MOST_PARTS = 200
DEPENDS = "a range depends on another index"
PARTITIONS = (1, 1, 2, 5, 15, 52)


class Undecided(Exception):
    """An expression outside what the normal form can decide; says why."""

    def __init__(self, template: str, *parts: object) -> None:
        super().__init__()
        self.reason = Words(template, *parts)

    def __str__(self) -> str:
        return str(self.reason)


@dataclass(frozen=True)
class Term:
    """``times`` · Σ over indices · moments · open: the open atoms still stand under no head."""

    times: Expr
    over: tuple[Range, ...] = ()
    moments: tuple[Expr, ...] = ()
    open: tuple[Expr, ...] = ()


Key = tuple[tuple[Range, ...], tuple[Expr, ...], tuple[Expr, ...]]


@dataclass(frozen=True)
class Form:
    """A normal form: coefficients of canonical terms, and the assumptions that led to it."""

    terms: tuple[tuple[Key, Expr], ...]
    uses: Uses
    free: tuple[Range, ...] = ()

    @classmethod
    def of(cls, found: Mapping[Key, Sequence[Expr]], uses: Uses, free: tuple[Range, ...]) -> Form:
        """The form in which each canonical term has the sum of some coefficients."""
        terms = ((k, coefficient(Add(*c))) for k, c in found.items())
        kept = sorted(((k, c) for k, c in terms if c != 0), key=lambda t: text(t[0]))
        return cls(tuple(kept), uses, free)

    def minus(self, other: Form) -> Form:
        """The normal form of the difference of two expressions at one place."""
        found = {k: [c] for k, c in self.terms}
        for k, c in other.terms:
            found.setdefault(k, []).append(-c)
        return Form.of(found, self.uses | other.uses, self.free)

    def times(self, other: Form) -> Form:
        """The normal form of a product, of which one factor at most has sums."""
        found: dict[Key, list[Expr]] = {}
        for one, c in self.terms:
            for two, d in other.terms:
                over, known, atoms = (a + b for a, b in zip(one, two, strict=True))
                found.setdefault(key(Term(c * d, over, known, atoms)), []).append(c * d)
        return Form.of(found, self.uses | other.uses, self.free)

    @property
    def has_sums(self) -> bool:
        """Whether a term is a sum over indices."""
        return any(over for (over, _, _), _ in self.terms)

    @property
    def is_zero(self) -> bool:
        """Whether the expression is shown to be 0."""
        return not self.terms

    def expression(self) -> Expr:
        """The normal form written out: every sum leaves out the other indices of its range."""
        whole: list[Expr] = []
        for (over, moments, atoms), times in self.terms:
            inner = Mul(*moments, *atoms)
            names = self._names(len(over), times * inner)
            at = {r.index: name for r, name in zip(over, names, strict=True)}
            inner = put(inner, at)
            for n in reversed(range(len(over))):
                r = over[n]
                earlier = [names[m] for m in range(n) if over[m][1:3] == r[1:3]]
                free = [q.index for q in self.free if (q.lo, q.hi) == (r.lo, r.hi)]
                inner = Sum(inner, Range(names[n], r.lo, r.hi, (*free, *earlier)))
            whole.append(readable(times) * inner)
        return Add(*whole)

    def _names(self, count: int, e: Expr) -> list[Symbol]:
        """Names for bound indices, none of which has a meaning here."""
        taken = {*e.free_symbols, *(x for r in self.free for x in (r.index, *r.hi.free_symbols))}
        names: list[Symbol] = []
        for _ in range(count):
            names.append(fresh(Symbol("j"), {*taken, *names}))
        return names


def multiplied(s: Term, t: Term) -> Term:
    """The product of two terms whose indices have different names."""
    return Term(s.times * t.times, (*s.over, *t.over), (*s.moments, *t.moments), (*s.open, *t.open))


def renamed(t: Term, at: dict[Any, Expr]) -> Term:
    """The term with other names for indices."""
    over = tuple(
        Range(
            at.get(r.index, r.index), put(r.lo, at), put(r.hi, at), tuple(put(b, at) for b in r.but)
        )
        for r in t.over
    )
    moments = tuple(put(m, at) for m in t.moments)
    return Term(put(t.times, at), over, moments, tuple(put(a, at) for a in t.open))


def split_indices(t: Term, scope: Scope) -> Iterator[Term]:
    """The term as a sum of terms in which all indices of one range differ."""
    shaped = triangle(t.over, scope.order)
    if shaped is not None:
        for part in _squared(t, shaped):
            yield from split_indices(part, scope)
        return
    together = Counter((r.lo, r.hi) for r in t.over).values()
    if any(n > MOST_INDICES for n in together):
        raise Undecided("more than {} indices of one range", MOST_INDICES)
    if prod(PARTITIONS[n] for n in together) > MOST_PARTS:
        raise Undecided("more than {} ways in which indices may be equal", MOST_PARTS)
    bound = {r.index for r in t.over}
    if any(bound & x.free_symbols for r in t.over for x in (r.lo, r.hi)):
        raise Undecided(DEPENDS)
    yield from _split(t, list(t.over), (), scope)


def _squared(t: Term, shaped: Triangle) -> Iterator[Term]:
    """The sum over i < j of what is the same with i and j exchanged, as one over all i ≠ j."""
    (i, *_), (j, *_), diagonal, rest = shaped
    other = renamed(replace(t, over=()), {i: j, j: i})
    same = (other.times == t.times, _sorted(other.moments) == _sorted(t.moments),
            _sorted(other.open) == _sorted(t.open))  # fmt: skip
    if not all(same):
        raise Undecided(DEPENDS)
    apart = shaped.second._replace(but=(i,))
    yield replace(t, times=t.times / 2, over=(*rest, shaped.first, apart))
    if diagonal:
        yield renamed(replace(t, over=(*rest, shaped.first)), {j: i})


def _split(t: Term, left: list[Range], done: tuple[Range, ...], scope: Scope) -> Iterator[Term]:
    if not left:
        yield replace(t, over=done)
        return
    r, *rest = left
    others = [q.index for q in (*scope.ranges, *done) if (q.lo, q.hi) == (r.lo, r.hi)]
    for q in others:
        if q not in r.but:
            at = {r.index: q}
            again = [p._replace(but=tuple(put(b, at) for b in p.but)) for p in rest]
            if not any(p.index in p.but for p in again):
                yield from _split(renamed(t, at), again, done, scope)
    strange = [b for b in r.but if b not in others]
    if strange:
        raise Undecided("{} is left out of a sum", strange[0])
    yield from _split(t, rest, (*done, r._replace(but=tuple(others))), scope)


def counted(t: Term, scope: Scope) -> Iterator[Term]:
    """Indices that nothing depends on become factors: how many values are left for them.

    Over powers of fixed numbers they are summed; those that a moment depends on stay beside it.
    """
    over, number = list(t.over), t.times
    for r in reversed(t.over):
        if r.index in _symbols(t):
            continue
        if not scope.order.leq(r.lo - 1, r.hi):
            raise Undecided("{} ≤ {} + 1 was not shown", r.lo, r.hi)
        others = [
            q.index
            for q in (*scope.ranges, *over)
            if q.index != r.index and (q.lo, q.hi) == (r.lo, r.hi)
        ]
        if r.index in number.free_symbols:
            number = _known(summed, number, r, others)
        else:
            number *= r.hi - r.lo + 1 - len(others)
        over.remove(r)
    yield from _beside(Term(number, tuple(over), t.moments, t.open))


def _symbols(t: Term) -> set[Any]:
    return {s for e in (*t.moments, *t.open) for s in e.free_symbols}


def _beside(t: Term) -> Iterator[Term]:
    """The term with powers that depend on its bound indices among what is fixed under the sums."""
    bound = [r.index for r in t.over if r.index in t.times.free_symbols]
    if not bound:
        yield t
        return
    for part in _known(parts, t.times, *bound):
        powers = []
        for index in bound:
            power, part = _known(apart, part, index)
            powers += [power] if power != 1 else []
        yield Term(part, t.over, (*t.moments, *powers), t.open)


def _known(law: Callable[..., Any], *args: Any) -> Any:
    try:
        return law(*args)
    except Refused as why:
        raise Undecided("a coefficient depends on a bound index") from why


def key(t: Term) -> Key:
    """What tells terms apart: the moments, up to the names of the bound indices."""
    if any(r.index in t.times.free_symbols for r in t.over):
        raise Undecided("a coefficient depends on a bound index")
    keys = [_key(t, order) for order in _orders(t.over)]
    return min(keys, key=_texts) if len(keys) > 1 else keys[0]


def _orders(over: tuple[Range, ...]) -> Iterator[tuple[Range, ...]]:
    """All orders of the indices of each range, range after range."""
    if len(over) < 2:
        yield over
        return
    groups: dict[str, list[Range]] = {}
    for r in over:
        groups.setdefault(f"{r.lo} {r.hi}", []).append(r)
    for chosen in product(*(permutations(groups[name]) for name in sorted(groups))):
        yield tuple(r for group in chosen for r in group)


def _key(t: Term, order: tuple[Range, ...]) -> Key:
    at: dict[Any, Expr] = {r.index: Bound(f"\x02{m}") for m, r in enumerate(order)}
    s = renamed(t, at) if at else t
    return tuple(Range(at[r.index], r.lo, r.hi) for r in order), _sorted(s.moments), _sorted(s.open)


def _sorted(items: Iterable[Expr]) -> tuple[Expr, ...]:
    return tuple(sorted(items, key=text))


def _texts(k: Key) -> tuple[list[str], ...]:
    """The text of a key in its parts: other orders of the indices have them too."""
    over, moments, atoms = k
    ends = (e for r in over for e in (r.lo, r.hi))
    return [*map(text, ends)], [*map(text, moments)], [*map(text, atoms)]


@lru_cache(maxsize=2**11)
def coefficient(c: Expr) -> Expr:
    """A coefficient in its normal form: multiplied out, as one fraction if divided by a sum.

    Raises Undecided if that takes too many terms.
    """
    letters: dict[Expr, Dummy] = {}
    try:
        c = multiplied_out(lettered(c, letters))
        if any(p.exp.is_negative and p.base.is_Add for p, _ in occurrences(c, Pow)):
            above, below = fraction(c if _is_one_fraction(c) else together(c))
            c = multiplied_out(above) / below
    except Refused as why:
        raise Undecided("{}", why.reason) from why
    return c.xreplace({letter: power for power, letter in letters.items()}) if letters else c


def _is_one_fraction(c: Expr) -> bool:
    """Whether a product of letters is divided by one sum of letters, which no number divides."""
    others = [f for f in Mul.make_args(c) if not _is_plain(f)]
    if len(others) != 1 or not others[0].is_Pow or others[0].exp != -1:
        return False
    below = others[0].base
    return all(_is_plain(t.as_coeff_Mul()[1]) for t in below.args) and below.primitive()[0] == 1


def _is_plain(e: Expr) -> bool:
    return e.is_Atom or isinstance(e, Entry)
