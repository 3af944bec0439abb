"""True statements close to a printed one. Not trusted: the normal form decides each of them.

Every edit is one small mistake undone: a limit, an index, a symbol, a factor.

Glossary: k a bound index, a kind a quantity with `LAYER` for its index, or without an index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from sympy import Expr, Mul, Pow, fraction

from derive.errors import Words
from derive.factors import ATOMS
from derive.judging.quotient import quotient
from derive.model import Statement
from derive.order import Order
from derive.powers import Outside
from derive.products import LAYER, agree, index_of, layer
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Product

Say = Callable[[Expr], str]


@dataclass(frozen=True)
class Edit:
    """A true statement, what was changed to get it, and by how many symbols."""

    statement: Statement
    changed: str
    size: int


class _Change(NamedTuple):
    """A formula near another one, how many symbols were changed, and what was done to it."""

    size: int
    right: Expr
    changed: Words


def nearest(
    printed: Statement, truth: Statement, order: Order, say: Say = str, most: int = 3
) -> list[Edit]:
    """The statements closest to the printed one whose right side equals that of the truth."""
    found: list[Edit] = []
    kinds = _kinds(truth.right, printed.right)
    changes = [*_changes(printed.right, kinds), *_by_ratio(printed, truth, order)]
    for change in sorted(changes, key=lambda c: c.size):
        if len(found) < most and _true(change.right, truth.right, order):
            statement = replace(printed, right=change.right)
            if all(statement != e.statement for e in found):
                found.append(Edit(statement, _said(change, say), change.size))
    return found


def by_factors(
    claim: Statement, printed: Statement, truth: Statement, order: Order, say: Say = str
) -> list[Edit]:
    """The claim with factors added that make it right; ``printed`` is it with more put in."""
    changes = [c for c in _by_ratio(printed, truth, order) if _true(c.right, truth.right, order)]
    found = []
    for c in changes:
        right = claim.right * c.right / printed.right
        if fraction(right)[1] == fraction(claim.right)[1]:
            found.append(Edit(replace(claim, right=right), _said(c, say), c.size))
    return found


def _said(change: _Change, say: Say) -> str:
    return change.changed.say(lambda part: say(part) if isinstance(part, Expr) else str(part))


def true_when(printed: Expr, derived: Expr, order: Order | None = None) -> tuple[Expr, Expr]:
    """The sides of the equation under which the printed formula is right all the same."""
    return quotient(printed, derived, order)


def _true(right: Expr, truth: Expr, order: Order) -> bool:
    try:
        return agree(right, truth, order)
    except Outside:
        return False


def _kinds(*formulas: Expr) -> list[Expr]:
    """Every quantity that the formulas speak of, once."""
    found: dict[Expr, None] = {}
    for e in formulas:
        for atom in _atoms(e):
            family, place = layer(atom)
            found[family] = None
            if place is not None and not any(k in atom.free_symbols for k in _bound(e)):
                found[atom] = None
    return list(found)


def _bound(e: Expr) -> set[Expr]:
    return {p.args[1] for p, _ in occurrences(e, Product)}


def _atoms(e: Expr) -> Iterator[Expr]:
    if isinstance(e, Mul):
        for a in e.args:
            yield from _atoms(a)
    elif isinstance(e, Pow):
        yield from _atoms(e.base)
    elif isinstance(e, Product):
        yield from _atoms(e.body)
    elif isinstance(e, ATOMS):
        yield e


def _changes(e: Expr, kinds: list[Expr]) -> Iterator[_Change]:
    """Everything one small edit away from a formula."""
    if isinstance(e, Mul):
        for place, a in enumerate(e.args):
            rest = Mul(*e.args[:place], *e.args[place + 1 :])
            yield _Change(1, rest, Words("factor {} dropped", a))
            for c in _changes(a, kinds):
                yield c._replace(right=rest * c.right)
    elif isinstance(e, Pow):
        for c in _changes(e.base, kinds):
            yield c._replace(right=c.right**e.exp)
        for s in (1, -1):
            yield _Change(1, e.base ** (e.exp + s), Words("power {} → {}", e.exp, e.exp + s))
    elif isinstance(e, Product):
        yield from _ranges(e)
        yield from _bodies(e, kinds)
    elif isinstance(e, ATOMS):
        yield from _symbols(e, kinds)


def _ranges(e: Product) -> Iterator[_Change]:
    k, lo, hi, _ = e.range
    for s in (1, -1):
        yield _Change(1, Product(e.body, (k, lo + s, hi)), Words("lower limit {} → {}", lo, lo + s))
        yield _Change(1, Product(e.body, (k, lo, hi + s)), Words("upper limit {} → {}", hi, hi + s))
        words = f"both limits one {'higher' if s > 0 else 'lower'}: {{}} = {{}}, …, {{}}"
        over = Product(e.body, (k, lo + s, hi + s))
        yield _Change(2, over, Words(words, k, lo + s, hi + s))


def _bodies(e: Product, kinds: list[Expr]) -> Iterator[_Change]:
    k, lo, hi, _ = e.range
    inside = [*_changes(e.body, kinds)]
    for kind in kinds:
        for index in (k, k + 1, k - 1) if LAYER in kind.free_symbols else (k,):
            added = put(kind, LAYER, index)
            inside.append(_Change(1, e.body * added, Words("factor {} added", added)))
    for c in inside:
        yield _Change(c.size, Product(c.right, (k, lo, hi)), Words("{} in the product", c.changed))


def _symbols(e: Expr, kinds: list[Expr]) -> Iterator[_Change]:
    family, place = layer(e)
    others = [put(kind, LAYER, index_of(place)) for kind in kinds] if place else kinds
    if place:
        others = [put(family, LAYER, index_of(place) + s) for s in (1, -1)] + others
    for other in others:
        if other != e and LAYER not in other.free_symbols:
            yield _Change(1, other, Words("{} → {}", e, other))


def _by_ratio(printed: Statement, truth: Statement, order: Order) -> Iterator[_Change]:
    """The printed formula times the factors that it lacks, without those that it has too many."""
    try:
        above, below = quotient(printed.right, truth.right, order)
    except Outside:
        return
    many, few = [*_atoms(above)], [*_atoms(below)]
    if above != Mul(*many) or below != Mul(*few):
        return
    said = [Words("factor {} dropped", above)] * bool(many)
    said += [Words("factor {} added", below)] * bool(few)
    words = Words(", ".join(["{}"] * len(said)), *said)
    yield _Change(2 + len(many) + len(few), printed.right * below / above, words)
