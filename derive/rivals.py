"""Two things said of one: laws, formulas or values of which not both can be right. Trusted.

A saved derivation may hold alternatives, each for parts of its own.  What is used together may
hold none: from two laws of one entry everything follows.  This notices contradictions in plain
sight; others show in what a derivation says it assumes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, combinations
from typing import Any, NamedTuple

from sympy import Expr, Symbol, oo

from derive.claims import Proved, Uses
from derive.errors import Undeclared, Words
from derive.impossible import alike, impossible
from derive.matching import match
from derive.model import Assumption, Distributed, Fact, Model, Statement, apart
from derive.piecewise import Pieces
from derive.positive import positive
from derive.scope import Scope
from derive.substitution import instantiate, put
from derive.subterms import kinds_in, names_in
from derive.terms import BINDERS, HEADS, Apply, E, Entry, Integral, Partial, Range
from derive.unsolvable import of_sizes, unsolvable

SIZES = "sizes"


class Rivals(NamedTuple):
    """``why`` says what two things are said, ``uses`` by which assumptions."""

    uses: Uses
    why: Words

    @property
    def words(self) -> Words:
        """Which assumptions contradict each other, and how."""
        how = "contradict each other" if len(self.uses) > 1 else "contradicts itself"
        return Words("{} {}: {}", ", ".join(sorted(self.uses)), how, self.why)


class Said(NamedTuple):
    """A fact, the assumptions under which it was declared or proved, and what it is about."""

    fact: Fact
    uses: Uses
    about: Any


def declared(model: Model) -> list[Said]:
    """The facts that are declared."""
    return [s for a in model.assumptions for s in said_by(a, model)]


def said_by(a: Assumption, model: Model) -> list[Said]:
    """The facts of an assumption, and that what is symmetric has the mean 0."""
    means = (f for f in model.equations(a) if f not in a.facts)
    return [s for f in chain(a.facts, means) for s in said_of(f, frozenset({a.name}))]


def equation_of(p: Proved) -> list[Said]:
    """The equation that was proved, if it is one and about the families themselves."""
    plain = isinstance(p.claim, Statement) and not p.claim.over
    return said_of(p.claim, p.uses) if plain and isinstance(p.claim, Statement) else []


def said_of(fact: Fact, uses: Uses) -> list[Said]:
    """What a fact says that something else may contradict in plain sight."""
    if isinstance(fact, Distributed):
        return [Said(fact, uses, (Distributed, fact.entry.name))]
    formula = formula_of(fact)
    if formula is not None:
        return [Said(fact, uses, (Pieces, formula[0]))]
    if isinstance(fact, Statement) and of_sizes(fact):
        return [Said(fact, uses, SIZES)]
    if isinstance(fact, Statement) and not fact.over:
        fact = _turned(fact)
        number = kinds_in(fact.right).isdisjoint((*HEADS, *BINDERS))
        if not number and isinstance(fact.left, HEADS) and type(fact.left) is not type(fact.right):
            number = names_in(fact.right) <= names_in(fact.left)
        return [Said(fact, uses, (Statement, *_kinds(fact.left)))] if number else []
    return []


def _kinds(e: Expr) -> tuple[object, ...]:
    """What two terms have in common of which one is an instance of the other."""
    inner = _kinds(e.args[-1]) if isinstance(e, (Partial, *HEADS)) else ()
    return type(e), getattr(e, "name", ""), *inner


def rivals(before: Iterable[Said], more: Iterable[Said], model: Model) -> Iterator[Rivals]:
    """What contradicts each other, of which one at least is among ``more``.

    These are pairs, equations between sizes, and moments that nothing has together.
    """
    before, new = list(before), list(more)
    yield from _without_sizes(before, new, model)
    for b in new:
        moments = isinstance(b.fact, Statement) and kinds_in(b.fact.left).intersection(HEADS)
        why = _never(b.fact, model) if moments else None
        if why is not None:
            yield Rivals(b.uses, why)
    pairs = ((a, b) for b in new for a in before)
    for a, b in chain(pairs, combinations(new, 2)):
        if a.about != b.about or a.about == SIZES:
            continue
        why = _contradiction(a.fact, b.fact, model)
        if why is not None:
            yield Rivals(a.uses | b.uses, why)
    apart = impossible(_equations(new), _equations(before), model)
    yield from (Rivals(uses, why) for uses, why in apart)


def _equations(said: Iterable[Said]) -> list[tuple[Statement, Uses]]:
    return [(s.fact, s.uses) for s in said if isinstance(s.fact, Statement)]


def _without_sizes(before: list[Said], new: list[Said], model: Model) -> Iterator[Rivals]:
    """Equations that no sizes solve: each alone, two of them, and all together."""
    old, more = ([s for s in part if s.about == SIZES] for part in (before, new))
    pairs = chain(((a, b) for b in more for a in old), combinations(more, 2))
    together = [(*old, *more)] if more else []
    found = set[Uses]()
    for group in chain(((b,) for b in more), pairs, together):
        for by, rest in unsolvable(_equations(group), model):
            if not any(known <= by for known in found):
                found.add(by)
                words = "{} = 0 would follow" if rest.is_number else "no sizes have {} = 0"
                yield Rivals(by, Words(words, abs(rest) if rest.is_number else rest))


def absurd(p: Proved, model: Model) -> Rivals | None:
    """What was proved, if it says of two different numbers that they are one."""
    s = p.claim
    plain = isinstance(s, Statement) and _plain(s.left) and _plain(s.right)
    why = _never(p.claim, model) if plain else None
    return Rivals(p.uses, why) if why is not None else None


def _never(s: object, model: Model) -> Words | None:
    """What an equation says that is shown to be wrong, for indices that there are."""
    if not isinstance(s, Statement) or s.over or _is_usual(s):
        return None
    scope, more = Scope(model, s.ranges), s.left - s.right
    above = (Scope(model, s.ranges[:n]).order for n in range(len(s.ranges)))
    some = all(
        order.leq(r.lo, r.hi) and not r.but for order, r in zip(above, s.ranges, strict=True)
    )
    if not some or not (positive(more, scope) or positive(-more, scope)):
        return None
    because = "" if _plain(s.left) else ", and what is random is not fixed"
    return Words(f"{{}} is {{}}{because}", s.left, s.right)


def _is_usual(s: Statement) -> bool:
    """Whether it says that a mean is 0, or that moments of several entries are the same."""
    centred = isinstance(s.left, E) and isinstance(s.left.args[0], Entry) and s.right == 0
    return centred or alike(s.left, s.right)


def _plain(e: Expr) -> bool:
    return kinds_in(e).isdisjoint((*HEADS, *BINDERS, Integral, Apply, Partial))


def one_law(model: Model, facts: Iterable[Fact]) -> None:
    """Raises Undeclared if facts give an entry a law beside one that it has already."""
    laws = [f for a in model.assumptions for f in a.facts if isinstance(f, Distributed)]
    for fact in facts:
        if isinstance(fact, Distributed):
            if any(_two_laws(fact, other, model) for other in laws):
                raise Undeclared(f"{fact.entry} may have two laws: one is declared already")
            laws.append(fact)


def _contradiction(a: Fact, b: Fact, model: Model) -> Words | None:
    if isinstance(a, Distributed) and isinstance(b, Distributed):
        return Words("two laws of {}", b.entry) if _two_laws(a, b, model) else None
    one, other = formula_of(a), formula_of(b)
    if one is not None and other is not None:
        return Words("two formulas of {}", one[0]) if one != other else None
    if isinstance(a, Statement) and isinstance(b, Statement):
        return _two_values(a, b, model)
    return None


def _two_laws(a: Distributed, b: Distributed, model: Model) -> bool:
    """Whether two laws are not shown to be of different entries."""
    one, other = (Statement(f.entry, f.entry, f.ranges) for f in (a, b))
    same = a.entry.name == b.entry.name and (a.law, a.ranges, a.entry) != (b.law, b.ranges, b.entry)
    return same and not (apart(one, other, model.least) or apart(other, one, model.least))


def formula_of(fact: Fact) -> tuple[str, tuple[tuple[Expr, Expr, Expr], ...]] | None:
    """The function that a fact says the formula of, and its pieces in one variable."""
    if isinstance(fact, Pieces):
        x = Symbol("x")
        return fact.function, tuple((lo, hi, put(e, fact.at, x)) for lo, hi, e in fact.pieces)
    if isinstance(fact, Statement) and len(fact.over) == 1 and isinstance(fact.left, Apply):
        (u,), x = fact.over, Symbol("x")
        if fact.left == Apply(fact.left.name, 0, Entry(u)):
            return fact.left.name, ((-oo, oo, instantiate(fact.right, {u: ((), x)})),)
    return None


def _two_values(a: Statement, b: Statement, model: Model) -> Words | None:
    """Where one thing is said to be one number and another one, for some of its indices."""
    if a.right == b.right:
        return None
    for s, t in ((a, b), (b, a)):
        found = match(s.left, t.left, {r.index for r in s.ranges}, set())
        if found is not None:
            at, scope = found[0], Scope(model, t.ranges)
            right = put(s.right, at)
            more = right - t.right
            meet = not any(_outside(r, at, scope) for r in s.ranges)
            if meet and (positive(more, scope) or positive(-more, scope)):
                return Words("{} is {} and {}", t.left, right, t.right)
    return None


def _turned(s: Statement) -> Statement:
    """The statement with a plain number on its right side."""
    plain = kinds_in(s.left).isdisjoint((Entry, *HEADS))
    return replace(s, left=s.right, right=s.left) if plain else s


def _outside(r: Range, at: dict[Symbol, Expr], scope: Scope) -> bool:
    """Whether an index value is shown to lie outside of a range."""
    value, less = at[r.index], scope.order.less
    beyond = less(value, put(r.lo, at)) or less(put(r.hi, at), value)
    return beyond or any(scope.order.equal(value, put(b, at)) for b in r.but)
