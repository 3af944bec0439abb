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
from contextlib import suppress
from dataclasses import replace
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol

from derive.cuts import cut
from derive.equations import Equation, cite, equations
from derive.errors import Refused
from derive.forms import (
    Form,
    Key,
    Term,
    Undecided,
    counted,
    key,
    multiplied,
    renamed,
    split_indices,
)
from derive.independence import independent
from derive.meaning import definition_of, recursive
from derive.model import SameLaw, Symmetric
from derive.polynomials import multiplied_out, summands
from derive.rules.bends import at_numbers
from derive.scope import Scope
from derive.series import summed
from derive.substitution import canonical, put
from derive.subterms import kinds_in, occurrences
from derive.terms import HEADS, Apply, Cov, Delta, E, Entry, Partial, Range, Sum, Var

BOUND = "\x01"
MOST_TERMS = 4000
MOST_FACTORS = 12


def normal(e: Expr, scope: Scope) -> Form:
    """The normal form of one expression, worked out once at a place.

    Raises Undecided unless free indices of one range are shown to be all different.
    """
    if e not in scope.forms:
        scope.forms[e] = _normal(e, scope)
    return scope.forms[e]


def normal_of_parts(e: Expr, at: frozenset[Expr], scope: Scope) -> Form:
    """The normal form of an expression in which the ranges of sums are cut."""
    work = _Work(scope)
    parts = [part for t in work.expand(e) for part in cut(t, at, scope.order)]
    return work.form(work.few(parts))


def _normal(e: Expr, scope: Scope) -> Form:
    for n, r in enumerate(scope.ranges):
        for q in scope.ranges[:n]:
            if (q.lo, q.hi) == (r.lo, r.hi) and not scope.order.differ(q.index, r.index):
                raise Undecided("{} may be {}", r.index, q.index)
    product = _of_factors(e, scope) if isinstance(e, Mul) else None
    if product is not None:
        return product
    work = _Work(scope)
    return work.form(work.expand(e))


def _of_factors(e: Mul, scope: Scope) -> Form | None:
    """The product of the forms of the factors, where at most one of them has sums.

    Then no two indices can meet.  The factors are met again: in other claims, in repairs.
    """
    plain = [a for a in e.args if not _has_atoms(a, scope)]
    rest = [a for a in e.args if a not in plain]
    if not rest or (len(rest) == 1 and isinstance(rest[0], (Apply, Entry, Partial))):
        return None
    forms = [normal(a, scope) for a in rest]
    if sum(form.has_sums for form in forms) > 1:
        return None
    if plain:
        forms.append(normal(Mul(*plain), scope))
    found = forms[0]
    for form in forms[1:]:
        if len(found.terms) * len(form.terms) > MOST_TERMS:
            raise Undecided("more than {} terms", MOST_TERMS)
        found = found.times(form)
    return found


def _numbered(t: Term) -> Term:
    """The term with names for its bound indices by their number: moments are then met again."""
    return renamed(t, {r.index: Symbol(f"{BOUND}{BOUND}{n}") for n, r in enumerate(t.over)})


class _Work:
    """One normalisation: its place, the assumptions used so far, and fresh names."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.uses: set[str] = set()
        self.names = 0
        self.of_atoms = equations(scope, (Entry, Apply, Partial))
        self.of_moments = equations(scope, HEADS)
        self.of_powers = equations(scope, (Pow,))

    def form(self, terms: Iterable[Term]) -> Form:
        """The normal form of open terms."""
        found: dict[Key, list[Expr]] = {}
        for open_term in terms:
            for apart in split_indices(_numbered(open_term), self.scope):
                for t in self.finish(apart):
                    found.setdefault(key(t), []).append(t.times)
        return Form.of(found, frozenset(self.uses), self.scope.ranges)

    # -- heads away, sums outside

    def expand(self, e: Expr, scope: Scope | None = None) -> list[Term]:
        """An expression as a sum of terms."""
        scope = scope or self.scope
        if isinstance(e, Add):
            return self.few([t for a in e.args for t in self.expand(a, scope)])
        if isinstance(e, Mul):
            plain = [a for a in e.args if self._is_plain(a, scope)]
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
        if not isinstance(e, Delta) and _is_fixed(e, scope):
            return [Term(canonical(e))]
        if isinstance(e, Pow) and isinstance(e.exp, Rational) and not scope.is_random(e):
            return [Term(Integer(1), (), (self._opaque(e, scope),))]
        raise Undecided("{} is outside what moments can decide", e)

    def _is_plain(self, e: Expr, scope: Scope) -> bool:
        """Whether a factor has no atoms, and no sum in it that can be worked out."""
        if Sum in kinds_in(e) and not _has_atoms(e, scope):
            with suppress(Undecided):
                return any(t.over for t in self.expand(e, scope))
        return not _has_atoms(e, scope)

    def _opaque(self, e: Pow, scope: Scope) -> Expr:
        """A root of a fixed number, or 1 over one, as one symbol; its base in normal form."""
        needed, ranges = {*e.free_symbols}, list[Range]()
        for r in reversed(scope.ranges):
            if r.index in needed:
                ranges.insert(0, r)
                needed |= r.lo.free_symbols | r.hi.free_symbols
        form = normal(e.base, scope.among(ranges))
        if form.is_zero:
            raise Undecided("{} is 0", e.base)
        self.uses |= form.uses
        return canonical(form.expression()) ** e.exp

    def few(self, terms: list[Term]) -> list[Term]:
        """The terms, if they are not too many."""
        if len(terms) > MOST_TERMS:
            raise Undecided("more than {} terms", MOST_TERMS)
        return terms

    def _product(self, factors: list[list[Term]]) -> list[Term]:
        found = [Term(Integer(1))]
        for terms in factors:
            apart = [self._fresh(t) for t in terms]
            found = self.few([multiplied(s, t) for s in found for t in apart])
        return found

    def _fresh(self, t: Term) -> Term:
        """The term with new names for its bound indices."""
        at: dict[Any, Expr] = {r.index: self._name() for r in t.over}
        return renamed(t, at) if at else t

    def _name(self) -> Symbol:
        """A name for a bound index that nothing has."""
        self.names += 1
        name = Symbol(f"{BOUND}{self.names}")
        return self._name() if name in self.scope.names else name

    def _sum(self, e: Sum, scope: Scope) -> list[Term]:
        index = self._name()
        over = e.range._replace(index=index)
        body = put(e.body, e.range.index, index)
        inner = self.expand(body, scope.within((over,)))
        return [self._over(over, t, scope) for t in inner]

    def _over(self, r: Range, t: Term, scope: Scope) -> Term:
        """A sum of terms; that of numbers is worked out where the index or its limits move."""
        moving = r.index in t.times.free_symbols or any(map(_is_bound, (r.hi - r.lo).free_symbols))
        if moving and t == Term(t.times) and not r.but and scope.order.leq(r.lo - 1, r.hi):
            with suppress(Refused):
                return Term(summed(t.times, r))
        return replace(t, over=(r, *t.over))

    def _less(self, e: Expr, other: Expr, scope: Scope) -> list[Term]:
        less = (Term(-t.times, t.over, t.moments, t.open) for t in self.expand(other, scope))
        return self.few([*self.expand(e, scope), *less])

    def _head(self, e: Expr, scope: Scope) -> list[Term]:
        if isinstance(e, Var):
            x = e.args[0]
            return self._less(E(x**2), E(x) ** 2, scope)
        if isinstance(e, Cov):
            x, y = e.args
            return self._less(E(x * y), E(x) * E(y), scope)
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
        if isinstance(e, Apply) and isinstance(e.at, Rational):
            value, uses = at_numbers(e, scope)
            self.uses |= uses
            return value if value != e else None
        if isinstance(e, Entry) and e.name not in scope.over:
            defined = definition_of(e, scope)
            if defined is not None and not recursive(e.name, scope):
                return defined
        return None

    def _cite(self, equation: Equation, e: Expr, scope: Scope) -> Expr | None:
        found = cite(equation, e, scope)
        if found is None:
            return None
        new, uses = found
        self.uses |= uses
        return new

    # -- independence, declared moments, counting

    def finish(self, t: Term) -> Iterator[Term]:
        """Split the moments of a term, use what is declared of them, and count free indices."""
        scope = self.scope.within(t.over)
        factors: list[list[Term]] = []
        for m in t.moments:
            fixed = not isinstance(m, HEADS)
            factors.append([Term(Integer(1), (), (m,))] if fixed else self._moment(m, scope))
        for whole in self._combined(Term(t.times, t.over, (), t.open), factors):
            yield from counted(whole, self.scope)

    def _combined(self, start: Term, factors: list[list[Term]]) -> list[Term]:
        found = [start]
        for terms in factors:
            found = self.few([multiplied(s, t) for s in found for t in terms])
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
            found = self.few([multiplied(s, t) for s in found for t in self._alone(group, scope)])
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

    def _told(self, moment: Expr, scope: Scope, met: tuple[Expr, ...] = ()) -> list[Term] | None:
        """What is declared of a moment, and of the moments that it is said to be.

        Those that were ``met`` on the way are left: E[x] = 2 E[x²] says nothing of E[x] alone.
        """
        if moment in met:
            return None
        for equation in self.of_moments:
            found = cite(equation, moment, scope)
            if found is None or found[0] in (moment, *met):
                continue
            new, uses = found
            self.uses |= uses
            if new == 0:
                return []
            if scope.is_random(new):
                raise Undecided("{} is said to be {}, which is random", moment, new)
            if isinstance(new, HEADS) or Add not in kinds_in(new):
                return self._said(new, moment, scope, met)
            terms = (self._said(p, moment, scope, met) for p in summands(multiplied_out(new)))
            return self.few([t for found in terms for t in found])
        return None

    def _said(self, new: Expr, moment: Expr, scope: Scope, met: tuple[Expr, ...]) -> list[Term]:
        """A product of moments that one is said to be, by what is declared of them."""
        plain = Mul(*_plain(new))
        given = self.expand(plain, scope) if _has_atoms(plain, scope) else [Term(plain)]
        if any(t.over for t in given):
            raise Undecided("{} is said to be {}, which is a sum", moment, new)
        factors = [[Term(t.times, (), (*t.moments, *t.open)) for t in given]]
        for m in _moments(new):
            known = self._told(m, scope, (*met, moment))
            factors.append(self._apart(m, scope, (*met, moment)) if known is None else known)
        return self._combined(Term(Integer(1)), factors)

    def _apart(self, moment: Expr, scope: Scope, met: tuple[Expr, ...]) -> list[Term]:
        """A moment of which nothing is declared: a second one is written by variance and mean."""
        a = _single(moment)
        if a is None or moment != E(a**2) or not scope.is_random(a):
            return [Term(Integer(1), (), (moment,))]
        spread, mean = (self._told(m, scope, met) for m in (Var(a), E(a)))
        if spread is None:
            spread = [Term(Integer(1), (), (self._first(Var(a), a, scope),))]
        if mean is None:
            mean = [Term(Integer(1), (), (self._first(E(a), a, scope),))]
        return [*spread, *self._combined(Term(Integer(1)), [mean, mean])]

    def _first(self, moment: Expr, a: Expr, scope: Scope) -> Expr:
        """The same moment of the first entry, where the entries have one law."""
        if not isinstance(a, Entry) or a.name in scope.over:
            return moment
        for name, fact in scope.facts(SameLaw):
            if fact.key == a.name:
                family = scope.model.family(a)
                at = {r.index: x for r, x in zip(family.ranges, a.indices, strict=True)}
                if scope.in_ranges(family.ranges, at):
                    continue
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
        return kind == "size" or (kind == "given" and not any(map(_is_bound, t.free_symbols)))

    return all(fixed(t) for t, _ in occurrences(e, (Entry, Apply, Partial, *HEADS)))


def _is_bound(s: Any) -> bool:
    return bool(s.name.startswith(BOUND))


def _atoms(m: Expr) -> Iterator[Expr]:
    for f in Mul.make_args(m.args[0]):
        base, p = f.as_base_exp()
        yield from [base] * int(p)


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
