"""What was declared or proved, used at given indices; and plain algebra. Trusted."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sympy import Expr

from derive.claims import NOTHING, Uses
from derive.errors import Refused
from derive.finiteness import finite_order
from derive.independence import Evidence, independent
from derive.meaning import whole_number
from derive.model import Statement
from derive.polynomials import factors, multiplied_out
from derive.rules.law import Outcome, need, rule
from derive.scope import Scope
from derive.substitution import canonical, instantiate, put, same
from derive.subterms import names_in
from derive.terms import BINDERS, Delta, Entry, Product, Range, Sum


@rule("algebra", "equal as polynomials")
def algebra(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Rearrange: both sides are the same polynomial in the same atoms."""
    new = args[0]
    a, b = multiplied_out(canonical(e)), multiplied_out(canonical(new))
    need(a == b, "{} and {} are not the same polynomial", e, new)
    return Outcome(new)


SOURCES = ("definition", "assumption", "lemma")


def equation(scope: Scope, source: str, name: str, which: int = 0) -> tuple[Statement, Uses]:
    """A declared or proved equation, and the assumptions that it stands on; raises Refused."""
    need(source == "assumption" or which == 0, "{} is one equation, without number {}", name, which)
    if source == "definition":
        for d in scope.model.definitions:
            if d.name == name:
                return d.statement, NOTHING
        raise Refused("nothing is defined as {}", name)
    if source == "assumption":
        for a in scope.model.assumptions:
            if a.name == name:
                found = scope.model.equations(a)
                need(0 <= which < len(found), "{} has no equation number {}", name, which)
                return found[which], frozenset({name})
        raise Refused("{} is not assumed", name, needs=name)
    need(source == "lemma", "{} is no source of equations", source)
    proved = scope.find(name)
    if not isinstance(proved.claim, Statement):
        raise Refused("{} is not an equation", name)
    return proved.claim, proved.uses


def instance(
    s: Statement, at: dict[Any, Expr], families: dict[str, Any], scope: Scope
) -> tuple[Expr, Expr, Uses, tuple[Evidence, ...]]:
    """Both sides of an equation at given index values, for given expressions; raises Refused."""
    need(set(at) == {r.index for r in s.ranges}, "not every index was given a value")
    need(set(families) == set(s.over), "not every schematic variable was given an expression")
    for value in (*at.values(), *(_value(families, k) for k in whole_names(s))):
        whole_number(value, scope)
    missing = scope.in_ranges(s.ranges, at)
    need(not missing, "{} was not shown", missing)
    left, right = put(s.left, at), put(s.right, at)
    uses: Uses = NOTHING
    evidence: tuple[Evidence, ...] = ()
    for fact in s.given:
        groups = [[_value(families, k) for k in u.keys] for u in fact.units]
        more, found = independent([list(map_factors(g)) for g in groups], scope)
        uses, evidence = uses | more, (*evidence, *found)
        for g in groups:
            for x in g:
                order, finite_uses = finite_order(x, scope)
                need(
                    order >= scope.model.moments, "the second moment of {} was not shown finite", x
                )
                uses |= finite_uses
    return instantiate(left, families), instantiate(right, families), uses, evidence


def whole_names(s: Statement) -> frozenset[str]:
    """The schematic names that stand where a whole number is meant: in an index or a limit."""
    return _whole_names(s.left, s.right) & {*s.over} if s.over else frozenset()


@lru_cache(maxsize=2**10)
def _whole_names(left: Expr, right: Expr) -> frozenset[str]:
    places = (e for side in (left, right) for e in side.atoms(Entry, Delta, Sum, Product))
    numbers = (a for e in places for a in e.args if not (isinstance(e, BINDERS) and a is e.body))
    return names_in(*numbers)


def specialised(s: Statement, at: dict[Any, Expr], scope: Scope) -> Statement:
    """The equation at given values of some of its indices, for all values of the others."""
    fixed = tuple(r for r in s.ranges if r.index in at)
    others = {r.index for r in s.ranges} - set(at)
    mentioned = set().union(
        *(e.free_symbols for r in fixed for e in (r.lo, r.hi, *r.but, at[r.index]))
    )
    need(not others & mentioned, "the values depend on indices that are left open")
    missing = scope.in_ranges(fixed, at)
    need(not missing, "{} was not shown", missing)
    rest = tuple(
        Range(r.index, put(r.lo, at), put(r.hi, at), tuple(put(b, at) for b in r.but))
        for r in s.ranges
        if r.index not in at
    )
    return Statement(put(s.left, at), put(s.right, at), rest, s.over, s.given)


def right_sides(s: Statement, values: Iterable[Expr], scope: Scope) -> list[Expr]:
    """The right side of an equation with one index, at each of the values; raises Refused."""
    need(len(s.ranges) == 1 and not s.over, "this is for an equation with one index")
    (r,) = s.ranges
    found = []
    for value in values:
        missing = scope.in_ranges((r,), {r.index: value})
        need(not missing, "{} was not shown", missing)
        found.append(put(s.right, r.index, value))
    return found


def map_factors(group: list[Expr]) -> list[Expr]:
    """All factors of all members of a group."""
    return [f for x in group for f in factors(x)]


def _value(families: dict[str, Any], name: str) -> Expr:
    names, body = families[name]
    need(not names, "{} stands for a family where one variable is meant", name)
    return body


def _cite(e: Expr, scope: Scope, source: str, args: tuple[Any, ...]) -> Outcome:
    name, which, at, families = args
    s, uses = equation(scope, source, name, which)
    left, right, more, evidence = instance(s, dict(at), dict(families), scope)
    need(same(left, e), "{} speaks of {}, not of {}", name, left, e)
    return Outcome(right, uses | more, evidence)


@rule("definition", "what the symbol was declared to be")
def definition(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Put the defining expression for an entry, at indices within its range."""
    return _cite(e, scope, "definition", args)


@rule("assumption", "what was declared")
def assumption(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Use a declared equation, at indices within its range."""
    return _cite(e, scope, "assumption", args)


@rule("lemma", "what was proved before")
def lemma(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Use a proved equation, at indices within its range and where its conditions hold."""
    return _cite(e, scope, "lemma", args)
