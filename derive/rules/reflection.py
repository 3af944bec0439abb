"""Changing the signs of symmetric variables, and what that leaves of a moment. Trusted.

Glossary: a block is a set of entries of one family whose signs are all changed together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sympy import Add, Expr, Mul

from derive.boxes import Boxes, point, widen
from derive.claims import NOTHING, Uses
from derive.errors import Refused, Words
from derive.finiteness import finite_order
from derive.independence import Evidence, each_apart, independent_boxes, never_zero
from derive.made_of import sources_of
from derive.model import Symmetric
from derive.order import ZERO
from derive.piecewise import IDENTITY, Piecewise, even_part, piecewise, written
from derive.polynomials import factors
from derive.rules.bends import declared
from derive.rules.citing import equation, instance
from derive.rules.law import Outcome, apart, head, need, rule
from derive.scope import Scope
from derive.substitution import same
from derive.subterms import names_in
from derive.terms import Apply, E, Entry, Sum


@rule(
    "reflection",
    "E[g(X) Y] = E[(g(X) + g(-X))/2 · Y]",
    "changing the signs of independent symmetric entries makes -X of X and leaves Y; "
    "g a product of X, f(X), f'(X) whose even part is one polynomial",
)
def reflection(e: Expr, scope: Scope, args: tuple[Any, ...]) -> Outcome:
    """Only the even part of a function of X counts, if X and -X come with the same Y alike.

    Between its breaks the even part has to be one polynomial; where its value is not known, the
    probability of being there has to be 0.
    """
    x, name, at = args
    body = head(e, E).args[0]
    fixed, varying = apart(body, scope)
    parts = factors(varying)
    inner = [f for f in parts if f == x or (isinstance(f, Apply) and f.at == x)]
    others = [f for f in parts if f not in inner]
    need(bool(inner), "{} is no product with a function of {}", body, x)
    order, uses = finite_order(varying, scope)
    need(order >= 1, "the mean of {} was not shown to be finite", varying)
    more, block = _turned(x, name, at, others, scope)
    evidence = (Evidence(x, block),)
    of, known = _functions(inner, scope)
    even, unknown = even_part(of)
    uses = uses | more | known | _never_at(unknown, x, scope)
    if len(even) == 1:
        ((n, c),) = even.items()
        whole = Mul(x**n, *others)
        return Outcome(fixed * c * (E(whole) if scope.is_random(whole) else whole), uses, evidence)
    new = E(Mul(written(even, x), *others)) if even else ZERO
    return Outcome(fixed * new, uses, evidence)


def _turned(
    x: Expr, name: str, at: Any, others: Sequence[Expr], scope: Scope
) -> tuple[Uses, Boxes]:
    """The block whose signs make -x of x and leave the others; raises Refused.

    ``name`` is the equation that says what x is, "" if it stands there.
    """
    right, uses = x, NOTHING
    if name:
        s, uses = equation(scope, "lemma", name)
        left, right, more, _ = instance(s, dict(at), {}, scope)
        need(same(left, x), "{} speaks of {}, not of {}", name, left, x)
        uses |= more
    refusals: list[Refused] = []
    for said, fact in scope.facts(Symmetric):
        try:
            more, block = _block(right, fact.key, others, scope)
            return uses | more | {said}, block
        except Refused as no:
            refusals.append(no)
    if refusals:
        raise refusals[0]
    raise Refused("{} was not shown to be symmetric", x, needs=_symmetric(right, scope))


def _symmetric(right: Expr, scope: Scope) -> Words | str:
    """The assumption that could help."""
    names = names_in(right) - scope.over
    random = sorted(n for n in names if scope.model.family(Entry(n)).kind == "random")
    return Words("symmetric {}", Entry(random[0])) if random else ""


def _block(right: Expr, key: str, others: Sequence[Expr], scope: Scope) -> tuple[Uses, Boxes]:
    """The entries of a family in x, shown to be independent of each other and of all else."""
    entries, rest = _odd(right, key, scope)
    made = [sources_of(f, scope) for f in others]
    block = tuple(dict.fromkeys(entries))
    boxes = tuple(dict.fromkeys((*rest[0], *(b for found, _ in made for b in found))))
    one = len(block) == 1 and all(s is not None and s[0] == s[1] for s in block[0].slots)
    uses = rest[1].union(*(u for _, u in made)) | independent_boxes(block, boxes, scope)
    return uses | (NOTHING if one else each_apart(key, scope)), block


def _odd(e: Expr, key: str, scope: Scope) -> tuple[Boxes, tuple[Boxes, Uses]]:
    """The entries of a family in a sum, and what the rest of it is made of.

    Raises Refused unless every term is one such entry times something else.
    """
    if isinstance(e, Sum):
        body, over, inner = scope.open(e)
        entries, (rest, uses) = _odd(body, key, inner)
        wide = (tuple(widen(b, over) for b in boxes) for boxes in (entries, rest))
        return next(wide), (next(wide), uses)
    if isinstance(e, Add):
        found = [_odd(t, key, scope) for t in e.args]
        uses = NOTHING.union(*(u for _, (_, u) in found))
        rest = tuple(b for _, (boxes, _) in found for b in boxes)
        return tuple(b for boxes, _ in found for b in boxes), (rest, uses)
    fixed, varying = apart(e, scope)
    if fixed != 1 and isinstance(varying, (Sum, Add)):
        return _odd(varying, key, scope)
    own = [f for f in factors(varying) if isinstance(f, Entry) and f.name == key]
    need(len(own) == 1, "{} is not one entry of {} times something else", e, Entry(key))
    made = [sources_of(f, scope) for f in factors(varying) if f is not own[0]]
    rest = tuple(b for boxes, _ in made for b in boxes)
    return (point(key, own[0].indices),), (rest, NOTHING.union(*(u for _, u in made)))


def _functions(inner: Sequence[Expr], scope: Scope) -> tuple[list[Piecewise], Uses]:
    """Each factor as a function of x, by what is declared of it."""
    found, uses = [], NOTHING
    for f in inner:
        if isinstance(f, Apply):
            fact, name = declared(f, scope)
            found.append(piecewise(fact, f.order))
            uses |= {name}
        else:
            found.append(IDENTITY)
    return found, uses


def _never_at(unknown: frozenset[Any], x: Expr, scope: Scope) -> Uses:
    """The assumption that x is never where the even part is not known."""
    uses = never_zero(x, scope) if unknown == {ZERO} else None
    if unknown and uses is None:
        value = next((v for v in unknown if v != 0), ZERO)
        chance = Words("P[{} = {}] = 0", x, value)
        raise Refused("the even part has no known value at {} = {}", x, value, needs=chance)
    return uses or NOTHING
