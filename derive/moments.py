"""The normal form of moments: decides equality of claims about E, Var and Cov. Trusted.

An expression becomes a sum of terms: a coefficient in the sizes, times a sum over indices that
are all different, times moments that cannot be split further.

    heads away     Var[X] = E[X²] - E[X]², Cov[X, Y] = E[X Y] - E[X] E[Y], definitions put in
    indices        Σ_j Σ_k over one range = the part with j = k and the part with j ≠ k
    independence   E of a product splits into groups that share no source
    declared       zero means, equal moments and the like are used wherever they apply
    counting       an index that no moment uses is a factor: n, n-1, … values are left for it

The moments that occur are taken to be finite.  Two expressions with one normal form are equal.
Different normal forms prove nothing by themselves: moments that look different may be tied by
something that was not used.

Glossary: a an atom (an entry, a derivative, a function of an entry), p a power.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, fraction, together

from derive.claims import Uses
from derive.errors import Refused, Words
from derive.independence import independent
from derive.matching import match, unlike
from derive.meaning import definition_of
from derive.model import SameLaw, Statement, Symmetric
from derive.rules import RULES
from derive.scope import Scope
from derive.terms import (
    HEADS,
    Apply,
    Cov,
    Delta,
    E,
    Entry,
    Partial,
    Product,
    Range,
    Sum,
    Var,
    canonical,
    fresh,
    multiplied_out,
    occurrences,
    put,
    readable,
)

BOUND = "\x01"
MOST_INDICES = 5
MOST_TERMS = 4000
MOST_FACTORS = 12


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
Equation = tuple[str, int, Statement]


@dataclass(frozen=True)
class Form:
    """A normal form: coefficients of canonical terms, and the assumptions that led to it."""

    terms: tuple[tuple[Key, Expr], ...]
    uses: Uses
    free: tuple[Range, ...] = ()

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


def difference(left: Expr, right: Expr, scope: Scope) -> Form:
    """The normal form of left - right; it is zero only if they are equal.

    Free indices of one range that may be one or two are split first: then the form of the
    first case that is not zero is returned.  Raises Undecided outside the fragment.
    """
    forms = [normal(e, place) for e, place in cases(left - right, scope)]
    shown = next((f for f in forms if not f.is_zero), forms[-1])
    return Form(shown.terms, frozenset().union(*(f.uses for f in forms)), shown.free)


def cases(e: Expr, scope: Scope) -> Iterator[tuple[Expr, Scope]]:
    """The expression where free indices of one range differ, and where they are one."""
    for n, r in enumerate(scope.ranges):
        for q in scope.ranges[:n]:
            alike = (q.lo, q.hi) == (r.lo, r.hi)
            if alike and not scope.order.differ(q.index, r.index):
                others = [p for p in scope.ranges if p.index != r.index]
                used = any(r.index in x.free_symbols for p in others for x in (p.lo, p.hi, *p.but))
                if used:
                    raise Undecided("{} may be {}", r.index, q.index)
                apart = [*others[:n], r._replace(but=(*r.but, q.index)), *others[n:]]
                yield from cases(e, _scope(scope, apart))
                yield from cases(put(e, r.index, q.index), _scope(scope, others))
                return
    yield e, scope


def _scope(scope: Scope, ranges: Iterable[Range]) -> Scope:
    return Scope(scope.model, ranges, scope.proved, scope.over, scope.given)


def normal(e: Expr, scope: Scope) -> Form:
    """The normal form of one expression.

    Raises Undecided unless free indices of one range are shown to be all different.
    """
    for n, r in enumerate(scope.ranges):
        for q in scope.ranges[:n]:
            if (q.lo, q.hi) == (r.lo, r.hi) and not scope.order.differ(q.index, r.index):
                raise Undecided("{} may be {}", r.index, q.index)
    work = _Work(scope)
    found: dict[Key, list[Expr]] = {}
    for term in work.expand(e):
        for apart in work.split_indices(term):
            for t in work.finish(apart):
                found.setdefault(work.key(t), []).append(t.times)
    terms = [(k, _gathered(multiplied_out(Add(*c)))) for k, c in found.items()]
    kept = sorted(((k, c) for k, c in terms if c != 0), key=lambda t: str(t[0]))
    return Form(tuple(kept), frozenset(work.uses), scope.ranges)


class _Work:
    """One normalisation: its place, the assumptions used so far, and fresh names."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.uses: set[str] = set()
        self.names = 0
        self.of_atoms = _equations(scope, (Entry, Apply, Partial))
        self.of_moments = _equations(scope, HEADS)
        self.of_powers = _equations(scope, (Pow,))

    # -- heads away, sums outside

    def expand(self, e: Expr, scope: Scope | None = None) -> list[Term]:
        """An expression as a sum of terms."""
        scope = scope or self.scope
        if isinstance(e, Add):
            return self._few([t for a in e.args for t in self.expand(a, scope)])
        if isinstance(e, Mul):
            plain = [a for a in e.args if not _has_atoms(a, scope)]
            rest = [self.expand(a, scope) for a in e.args if a not in plain]
            return self._product([[Term(canonical(Mul(*plain)))], *rest])
        if isinstance(e, Pow) and e.exp.is_Integer and e.exp > 0 and _has_atoms(e.base, scope):
            if e.exp > MOST_FACTORS:
                raise Undecided("the power {} is too high", e)
            return self._product([self.expand(e.base, scope)] * int(e.exp))
        if isinstance(e, Sum):
            return self._sum(e, scope)
        if isinstance(e, HEADS):
            return self._head(e, scope)
        if isinstance(e, (Entry, Apply, Partial)):
            return self._atom(e, scope)
        if isinstance(e, Delta) or not _is_fixed(e, scope):
            raise Undecided("{} is outside what moments can decide", e)
        return [Term(canonical(e))]

    def _few(self, terms: list[Term]) -> list[Term]:
        if len(terms) > MOST_TERMS:
            raise Undecided("more than {} terms", MOST_TERMS)
        return terms

    def _product(self, factors: list[list[Term]]) -> list[Term]:
        found = [Term(Integer(1))]
        for terms in factors:
            apart = [self._fresh(t) for t in terms]
            found = self._few([_times(s, t) for s in found for t in apart])
        return found

    def _fresh(self, t: Term) -> Term:
        """The term with new names for its bound indices."""
        at: dict[Any, Expr] = {}
        for r in t.over:
            self.names += 1
            at[r.index] = Symbol(f"{BOUND}{self.names}")
        return _renamed(t, at) if at else t

    def _sum(self, e: Sum, scope: Scope) -> list[Term]:
        self.names += 1
        index = Symbol(f"{BOUND}{self.names}")
        over = e.range._replace(index=index)
        body = put(e.body, e.range.index, index)
        inner = self.expand(body, scope.within((over,)))
        return [replace(t, over=(over, *t.over)) for t in inner]

    def _head(self, e: Expr, scope: Scope) -> list[Term]:
        if isinstance(e, Var):
            x = e.args[0]
            return self.expand(E(x**2) - E(x) ** 2, scope)
        if isinstance(e, Cov):
            x, y = e.args
            return self.expand(E(x * y) - E(x) * E(y), scope)
        found = []
        for t in self.expand(e.args[0], scope):
            mean = (E(Mul(*t.open)),) if t.open else ()
            found.append(Term(t.times, t.over, (*t.moments, *mean)))
        return found

    def _atom(self, e: Expr, scope: Scope) -> list[Term]:
        simpler = self._declared(e, scope)
        if simpler is not None:
            return self.expand(simpler, scope)
        if isinstance(e, Entry) and not scope.is_random(e):
            return [Term(e)] if _is_fixed(e, scope) else [Term(Integer(1), (), (e,))]
        return [Term(Integer(1), (), (), (e,))]

    def _declared(self, e: Expr, scope: Scope) -> Expr | None:
        """What an atom is by an assumption about functions or fixed numbers, or by definition."""
        for equation in self.of_atoms:
            new = self._cite(equation, e, scope)
            if new is not None and new != e:
                return new
        if isinstance(e, Entry) and e.name not in scope.over:
            defined = definition_of(e, scope)
            if defined is not None and not recursive(e.name, scope):
                return defined
        return None

    def _cite(self, equation: Equation, e: Expr, scope: Scope) -> Expr | None:
        name, which, s = equation
        if not s.over and unlike(s.left, e):
            return None
        found = match(s.left, e, {r.index for r in s.ranges}, set(s.over))
        if found is None:
            return None
        at, families = found
        source = "lemma" if which < 0 else "assumption"
        args = (name, max(which, 0), tuple(at.items()), tuple(families.items()))
        try:
            outcome = RULES[source].rewrite(e, scope, args)
        except Refused:
            return None
        self.uses |= outcome.uses
        return outcome.new

    # -- indices of one range all different

    def split_indices(self, t: Term) -> Iterator[Term]:
        """The term as a sum of terms in which all indices of one range differ."""
        if len(t.over) > MOST_INDICES:
            raise Undecided("more than {} indices", MOST_INDICES)
        bound = {r.index for r in t.over}
        if any(bound & x.free_symbols for r in t.over for x in (r.lo, r.hi)):
            raise Undecided("a range depends on another index")
        yield from self._split(t, list(t.over), ())

    def _split(self, t: Term, left: list[Range], done: tuple[Range, ...]) -> Iterator[Term]:
        if not left:
            yield replace(t, over=done)
            return
        r, *rest = left
        others = [q.index for q in (*self.scope.ranges, *done) if (q.lo, q.hi) == (r.lo, r.hi)]
        for q in others:
            if q not in r.but:
                at = {r.index: q}
                again = [p._replace(but=tuple(put(b, at) for b in p.but)) for p in rest]
                if not any(p.index in p.but for p in again):
                    yield from self._split(_renamed(t, at), again, done)
        strange = [b for b in r.but if b not in others]
        if strange:
            raise Undecided("{} is left out of a sum", strange[0])
        yield from self._split(t, rest, (*done, r._replace(but=tuple(others))))

    # -- independence, declared moments, counting

    def finish(self, t: Term) -> Iterator[Term]:
        """Split the moments of a term, use what is declared of them, and count free indices."""
        scope = self.scope.within(t.over)
        factors: list[list[Term]] = []
        for m in t.moments:
            fixed = not isinstance(m, HEADS)
            factors.append([Term(Integer(1), (), (m,))] if fixed else self._moment(m, scope))
        for whole in self._combined(Term(t.times, t.over, (), t.open), factors):
            yield self._counted(whole)

    def _combined(self, start: Term, factors: list[list[Term]]) -> list[Term]:
        found = [start]
        for terms in factors:
            found = self._few([_times(s, t) for s in found for t in terms])
        return found

    def _moment(self, m: Expr, scope: Scope) -> list[Term]:
        """E of a product of atoms, as a sum of products of moments; once for each at a place."""
        if m not in scope.moments:
            used, self.uses = self.uses, set()
            terms = self._separated(m, scope)
            scope.moments[m] = terms, frozenset(self.uses)
            self.uses = used
        terms, uses = scope.moments[m]
        self.uses |= uses
        return terms

    def _separated(self, m: Expr, scope: Scope) -> list[Term]:
        atoms = Counter(_atoms(m))
        lower = self._lower(atoms, scope)
        if lower is not None:
            return self._moment(E(lower), scope) if _has_atoms(lower, scope) else [Term(lower)]
        fixed = [a for a in atoms.elements() if not scope.is_random(a)]
        moving = [a for a in atoms.elements() if scope.is_random(a)]
        if len(moving) > MOST_FACTORS:
            raise Undecided("a product of more than {} factors", MOST_FACTORS)
        found = [Term(Integer(1), (), tuple(fixed))]
        for group in self._groups(moving, scope):
            found = self._few([_times(s, t) for s in found for t in self._alone(group, scope)])
        return found

    def _lower(self, atoms: Counter[Expr], scope: Scope) -> Expr | None:
        """The product with a declared power put in, such as m² = m or s² = 1; None without one.

        What is put in is a number or one atom, so that the degree goes down.
        """
        for equation in self.of_powers:
            a, p = equation[2].left.as_base_exp()
            if isinstance(a, Entry) and p.is_Integer and p > 1:
                for b in atoms:
                    if atoms[b] >= p and isinstance(b, Entry) and b.name == a.name:
                        new = self._cite(equation, b**p, scope)
                        if isinstance(new, (Entry, Rational)):
                            return Mul(new, *(atoms - Counter({b: int(p)})).elements())
        return None

    def _groups(self, atoms: list[Expr], scope: Scope) -> list[list[Expr]]:
        groups: list[list[Expr]] = []
        for a in atoms:
            together = [g for g in groups if not self._independent([g, [a]], scope, False)]
            merged = [x for g in together for x in g] + [a]
            groups = [g for g in groups if g not in together] + [merged]
        if len(groups) > 1 and not self._independent(groups, scope, True):
            return [atoms]
        return groups

    def _independent(self, groups: list[list[Expr]], scope: Scope, keep: bool) -> bool:
        try:
            uses, _ = independent(groups, scope)
        except Refused:
            return False
        if keep:
            self.uses |= uses
        return True

    def _alone(self, group: list[Expr], scope: Scope) -> list[Term]:
        """One moment that does not split, by what is declared of it."""
        a, p = group[0], len(group)
        if p % 2 and all(b == a for b in group) and self._symmetric(a, scope):
            return []
        whole = E(Mul(*group))
        told = self._told(whole, scope)
        if told is None and p == 2:
            b = group[1]
            spread = self._known(Var(a), scope) if a == b else self._told(Cov(a, b), scope)
            if spread is not None:
                means = [self._alone([x], scope) for x in group]
                return [*spread, *self._combined(Term(Integer(1)), means)]
        return told if told is not None else self._known(whole, scope)

    def _known(self, moment: Expr, scope: Scope) -> list[Term]:
        """A moment by what is declared of it, of the first entry if that has the same law."""
        told = self._told(moment, scope)
        if told is not None:
            return told
        a = _single(moment)
        first = moment if a is None else self._first(moment, a, scope)
        if first != moment:
            return self._known(first, scope)
        return [Term(Integer(1), (), (moment,))]

    def _told(self, moment: Expr, scope: Scope) -> list[Term] | None:
        for equation in self.of_moments:
            new = self._cite(equation, moment, scope)
            if new is not None and new != moment:
                if new == 0:
                    return []
                if scope.is_random(new):
                    raise Undecided("{} is said to be {}, which is random", moment, new)
                moments, plain = tuple(_moments(new)), Mul(*_plain(new))
                given = self.expand(plain, scope) if _has_atoms(plain, scope) else [Term(plain)]
                if any(t.over for t in given):
                    raise Undecided("{} is said to be {}, which is a sum", moment, new)
                return [Term(t.times, (), (*moments, *t.moments, *t.open)) for t in given]
        return None

    def _first(self, moment: Expr, a: Expr, scope: Scope) -> Expr:
        """The same moment of the first entry, where the entries have one law."""
        if not isinstance(a, Entry) or a.name in scope.over:
            return moment
        for name, fact in scope.facts(SameLaw):
            if fact.key == a.name:
                family = scope.model.family(a)
                at = {r.index: x for r, x in zip(family.ranges, a.indices, strict=True)}
                indices = [
                    put(r.lo, at) if n in fact.slots else x
                    for n, (r, x) in enumerate(zip(family.ranges, a.indices, strict=True))
                ]
                self.uses.add(name)
                return put(moment, a, Entry(a.name, *indices))
        return moment

    def _symmetric(self, a: Expr, scope: Scope) -> bool:
        for name, fact in scope.facts(Symmetric):
            if isinstance(a, Entry) and fact.key == a.name:
                self.uses.add(name)
                return True
        return False

    def _counted(self, t: Term) -> Term:
        """Indices that nothing depends on become factors: how many values are left for them."""
        over, times = list(t.over), t.times
        for r in reversed(t.over):
            used = {s for e in (*t.moments, *t.open) for s in e.free_symbols}
            if r.index in used or r.index in times.free_symbols:
                continue
            if not self.scope.order.leq(r.lo - 1, r.hi):
                raise Undecided("{} ≤ {} + 1 was not shown", r.lo, r.hi)
            others = [
                q.index
                for q in (*self.scope.ranges, *over)
                if q.index != r.index and (q.lo, q.hi) == (r.lo, r.hi)
            ]
            times *= r.hi - r.lo + 1 - len(others)
            over.remove(r)
        return Term(times, tuple(over), t.moments, t.open)

    # -- one name for each term

    def key(self, t: Term) -> Key:
        """What tells terms apart: the moments, up to the names of the bound indices."""
        if any(r.index in t.times.free_symbols for r in t.over):
            raise Undecided("a coefficient depends on a bound index")
        keys = [_key(t, order) for order in permutations(t.over)]
        return min(keys, key=str) if len(keys) > 1 else keys[0]


def _key(t: Term, order: tuple[Range, ...]) -> Key:
    at: dict[Any, Expr] = {r.index: Symbol(f"\x02{m}") for m, r in enumerate(order)}
    s = _renamed(t, at) if at else t
    return tuple(Range(at[r.index], r.lo, r.hi) for r in order), _sorted(s.moments), _sorted(s.open)


def _gathered(c: Expr) -> Expr:
    """A coefficient, as one fraction where something is divided by a sum."""
    divided = any(p.exp.is_negative and p.base.is_Add for p in c.atoms(Pow))
    if not divided:
        return c
    above, below = fraction(together(c))
    return multiplied_out(above) / below


def _times(s: Term, t: Term) -> Term:
    return Term(s.times * t.times, (*s.over, *t.over), (*s.moments, *t.moments), (*s.open, *t.open))


def _renamed(t: Term, at: dict[Any, Expr]) -> Term:
    over = tuple(
        Range(
            at.get(r.index, r.index), put(r.lo, at), put(r.hi, at), tuple(put(b, at) for b in r.but)
        )
        for r in t.over
    )
    moments = tuple(put(m, at) for m in t.moments)
    return Term(put(t.times, at), over, moments, tuple(put(a, at) for a in t.open))


def _sorted(items: Iterable[Expr]) -> tuple[Expr, ...]:
    return tuple(sorted(items, key=_text))


@lru_cache(maxsize=2**12)
def _text(e: Expr) -> str:
    return str(e)


def _has_atoms(e: Expr, scope: Scope) -> bool:
    def atom(t: Any) -> bool:
        if isinstance(t, (*HEADS, Apply, Partial)):
            return True
        return isinstance(t, Entry) and (
            t.name in scope.over or scope.model.family(t).kind != "size"
        )

    return next(occurrences(e, atom), None) is not None


def _is_fixed(e: Expr, scope: Scope) -> bool:
    """Whether a term is made of sizes, and of fixed numbers that are the same in every sum."""

    def fixed(t: Expr) -> bool:
        if not isinstance(t, Entry) or t.name in scope.over:
            return False
        kind = scope.model.family(t).kind
        summed = any(s.name.startswith(BOUND) for s in t.free_symbols)
        return kind == "size" or (kind == "given" and not summed)

    return all(fixed(t) for t, _ in occurrences(e, (Entry, Apply, Partial, *HEADS)))


def _atoms(m: Expr) -> Iterator[Expr]:
    for f in Mul.make_args(m.args[0]):
        base, p = f.as_base_exp()
        yield from [base] * int(p)


def _equations(scope: Scope, kinds: tuple[type, ...]) -> list[Equation]:
    """The declared equations with such a left side, numbered, and the proved ones."""
    declared = [
        (a.name, which, s)
        for a in scope.model.assumptions
        for which, s in enumerate(scope.model.equations(a))
    ]
    proved = [
        (p.name, -1, p.claim)
        for p in scope.proved
        if isinstance(p.claim, Statement) and not p.claim.right.has(Product)
    ]
    return [found for found in (*declared, *proved) if isinstance(found[2].left, kinds)]


def recursive(name: str, scope: Scope) -> bool:
    """Whether the definition of a family comes back to it."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        current = todo.pop()
        for d in scope.model.definitions:
            if d.statement.left.name != current:
                continue
            for e, _ in occurrences(d.statement.right, Entry):
                if e.name == name:
                    return True
                if e.name not in seen:
                    seen.add(e.name)
                    todo.append(e.name)
    return False


def _single(moment: Expr) -> Expr | None:
    base = moment.args[0].as_base_exp()[0]
    return base if isinstance(base, (Entry, Partial)) else None


def _plain(e: Expr) -> list[Expr]:
    return [a for a in Mul.make_args(e) if not a.has(*HEADS)]


def _moments(e: Expr) -> list[Expr]:
    found = []
    for a in Mul.make_args(e):
        if a.has(*HEADS):
            base, p = a.as_base_exp()
            if not isinstance(base, HEADS) or not p.is_Integer or p < 1:
                raise Undecided("{} is not a product of moments", e)
            found.extend([base] * int(p))
    return found
