"""Definitions put in for one layer of a claim about moments. Not trusted: steps are checked.

    Var[s^i_k] = Σ_l Var[z^i_l W^i_{l,k}]     is decided once s^i_k is written out

The moments of a recursively defined quantity stay as they are in the normal form, so a claim
that compares a layer with what it is computed from is looked at with that put in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from sympy import Expr

from derive.claims import NOTHING, Uses
from derive.differences import difference
from derive.errors import Refused
from derive.forms import Undecided
from derive.kernel import check_step
from derive.model import Statement
from derive.proving.derivation import Line
from derive.proving.strategies import repeat, unfold
from derive.scope import Scope
from derive.subterms import occurrences
from derive.terms import Entry

MOST_LAYERS = 12


def by_definitions(claim: Statement, scope: Scope) -> Uses | None:
    """What it takes to show the claim with definitions put in; None if that does not show it."""
    names = {**_defined(claim.left, scope), **_defined(claim.right, scope)}
    lefts, rights = ([(e, NOTHING), *_written(e, scope, names)] for e in (claim.left, claim.right))
    for left, used in lefts:
        for right, more in rights:
            if (left, right) != (claim.left, claim.right):
                with suppress(Undecided, Refused):
                    form = difference(left, right, scope)
                    if form.is_zero:
                        return used | more | form.uses
    return None


def numbered(claim: Statement, scope: Scope) -> tuple[Statement, Uses]:
    """The claim with definitions put in for layers that are numbers, and what that takes."""
    sides, uses = [], NOTHING
    for side in (claim.left, claim.right):
        after, more = _checked(side, _numbered(Line(side, scope)), scope)
        sides.append(after)
        uses |= more
    return replace(claim, left=sides[0], right=sides[1]), uses


def _checked(e: Expr, line: Line, scope: Scope) -> tuple[Expr, Uses]:
    """What the steps of a line make of a term, and what that takes."""
    uses = NOTHING
    for step in line.steps:
        more, _ = check_step(e, step, scope)
        e, uses = step.after, uses | more
    return e, uses


def _defined(e: Expr, scope: Scope) -> dict[str, None]:
    families = scope.model.families
    found = occurrences(e, lambda t: isinstance(t, Entry) and t.name in families)
    return {t.name: None for t, _ in found if families[t.name].kind == "defined"}


def _written(e: Expr, scope: Scope, names: dict[str, None]) -> Iterator[tuple[Expr, Uses]]:
    """The term in entries of each family in turn, one layer further down."""
    seen = {e}
    for name in names if _defined(e, scope) else ():
        with suppress(Refused):
            line = _numbered(unfold(Line(e, scope), name))
            if line.now not in seen:
                seen.add(line.now)
                yield _checked(e, line, scope)


def _numbered(line: Line) -> Line:
    """Definitions put in for the layers that are numbers, such as h^2, as long as there are few."""
    families = line.scope.model.families

    def once(line: Line) -> bool:
        for old in line.where(lambda t: isinstance(t, Entry) and bool(t.indices)):
            known = old.name in families and families[old.name].kind == "defined"
            if known and old.indices[0].is_Integer and _put(line, old):
                return True
        return False

    return repeat(line, once, MOST_LAYERS)


def _put(line: Line, old: Expr) -> bool:
    for d in line.scope.model.definitions:
        with suppress(Refused):
            line.cite("definition", d.name, old)
            return True
    return False
