"""Equalities between random variables, outcome by outcome. Not trusted: the normal forms decide.

The sides are written out by definitions and by the chain rule, each step of it checked by the
kernel, and compared as they are and in every form that the other side took.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import zip_longest

from sympy import Expr

from derive.claims import NOTHING, Uses
from derive.differences import difference
from derive.errors import Refused, Undeclared
from derive.forms import Undecided
from derive.kernel import check_part
from derive.model import Model, Statement
from derive.proofs import Chain, Part
from derive.proving.derivation import Line
from derive.proving.network import apply_assumptions, back_propagate
from derive.proving.strategies import unfold
from derive.scope import Scope
from derive.substitution import same
from derive.subterms import occurrences
from derive.terms import Entry, Partial


def outcome_by_outcome(claim: Statement, model: Model) -> tuple[str, Uses, Part] | None:
    """By what an equality between random variables is shown, what that takes, and its proof."""
    scope = Scope(model, claim.ranges)
    keep = {
        p.by.name
        for side in (claim.left, claim.right)
        for p, _ in occurrences(side, lambda e: _of_cost(e, scope))
    }
    lefts: list[tuple[Line, Uses]] = []
    rights: list[tuple[Line, Uses]] = []
    ways = zip_longest(*(_written_out(side, scope, keep) for side in (claim.left, claim.right)))
    for left, right in ways:
        lefts += [left] if left else []
        rights += [right] if right else []
        new = [(left, r) for r in rights] if left else []
        new += [(x, right) for x in lefts[: -1 if left else None]] if right else []
        for (a, used_left), (b, used_right) in new:
            with suppress(Undecided, Refused):
                form = difference(a.now, b.now, scope)
                if form.is_zero:
                    by = "definitions" if claim.left.has(Entry) else "arithmetic"
                    proof = Chain(tuple(a.steps), tuple(b.steps), not same(a.now, b.now))
                    part = Part("derivation", claim, proof)
                    return by, form.uses | used_left | used_right, part
    return None


def _written_out(e: Expr, scope: Scope, keep: set[str]) -> Iterator[tuple[Line, Uses]]:
    """The term as it is, with one definition put in, and with the chain rule applied.

    The chain rule goes one step, or to the derivatives by one of the families ``keep``.
    """
    yield Line(e, scope), NOTHING
    ways: list[Callable[[Line], Line]]
    ways = [partial(_to_the_family, keep=name) for name in sorted(keep)]
    ways += [_once, _defined]
    seen = {e}
    for way in ways:
        for after in (_as_it_is, apply_assumptions):
            with suppress(Refused, Undeclared):
                line = after(way(Line(e, scope)))
                if line.now not in seen:
                    seen.add(line.now)
                    claim = Statement(e, line.now, scope.ranges)
                    part = Part("written out", claim, Chain(tuple(line.steps)))
                    yield line, check_part(part, scope.model, ())[0].uses


def _as_it_is(line: Line) -> Line:
    return line


def _defined(line: Line) -> Line:
    model = line.scope.model
    names = [e.name for e in line.where(Entry)]
    defined = [n for n in names if n in model.families and model.families[n].kind == "defined"]
    return unfold(line, defined[0]) if defined else line


def _once(line: Line) -> Line:
    for old in line.where(lambda e: _of_cost(e, line.scope)):
        back_propagate(line, old)
    return line


def _to_the_family(line: Line, keep: str) -> Line:
    for old in line.where(lambda e: _of_cost(e, line.scope)):
        back_propagate(line, old, keep)
    return line


def _of_cost(e: Expr, scope: Scope) -> bool:
    return (
        isinstance(e, Partial)
        and isinstance(e.by, Entry)
        and scope.model.cost_of(e) is not None
        and not scope.is_top(e)
    )
