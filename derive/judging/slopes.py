"""Derivatives of what is defined: everything that lies between is followed. Not trusted.

    h_i = Σ_j U_{ij} x_j,  f = Σ_i v_i h_i        ∂f/∂U_{ij} = v_i x_j, and not 0

The rule of the kernel holds all other entries fixed, and so does counting.  A derivative in a claim
is therefore worked out first, from a definition that is written out down to where the variable
stands itself; every step is checked by the kernel.  What would take layer after layer is refused,
and so is what has the variable in it and leads to it besides: authors mean the one and the other.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from math import inf

from sympy import Add, Expr

from derive.claims import NOTHING, Uses
from derive.errors import Refused
from derive.kernel import check_step
from derive.model import Definition, Model, Statement
from derive.proving.derivation import Line
from derive.proving.network import tidy
from derive.proving.strategies import everywhere, repeat
from derive.scope import Scope
from derive.subterms import occurrences
from derive.subterms import replace as replace_term
from derive.terms import Apply, Delta, Entry, Partial, Range, Sum

Ends = tuple[float, float]
Far = dict[tuple[str, str], Ends]
MOST_STEPS = 30


def worked_out(claim: Statement, model: Model) -> tuple[Statement, Uses]:
    """The claim with derivatives of definitions worked out, and what that takes; raises Refused.

    One for which there is no law stays as it is, if there is nothing between.
    """
    sides, uses, passed = list[Expr](), NOTHING, set[str]()
    for side in (claim.left, claim.right):
        found = [(e, above) for e, above in occurrences(side, Partial) if _no_cost(e, model)]
        for slope, above in found:
            if not isinstance(slope.of, Entry):
                _plain(slope, model)
            elif model.family(slope.of).kind == "defined":
                slopes, used, between = _slope(slope, above, claim, model)
                side, uses = replace_term(side, slope, slopes, above), uses | used
                passed |= between
        sides.append(side)
    lines = [Line(side, Scope(model, claim.ranges)) for side in sides]
    if any(e.name in passed for side in sides for f in side.atoms(Apply) for e in f.atoms(Entry)):
        lines = [_written_out(line, passed) for line in lines]
    if sides != [claim.left, claim.right]:
        lines = [_picked(line) for line in lines]
    sides, uses = [line.now for line in lines], uses.union(*map(_checked, lines))
    return replace(claim, left=sides[0], right=sides[1]), uses


def _slope(
    slope: Partial, above: tuple[Range, ...], claim: Statement, model: Model
) -> tuple[Expr, Uses, set[str]]:
    """A derivative, what it takes to work it out, and the families between."""
    name, between = _way(slope, Scope(model, claim.ranges).within(above))
    if between:
        opened = [_opened(d, between, model) if d.name == name else d for d in model.definitions]
        model = replace(model, definitions=opened)
    line = Line(slope, Scope(model, claim.ranges).within(above))
    try:
        _picked(line.apply("derivative", slope))
    except Refused:
        if between:
            raise
        return slope, NOTHING, set()
    return line.now, _checked(line), between


def _picked(line: Line) -> Line:
    """The line in which every delta picks its term, also one among others under a sum."""
    everywhere(line, "linearity of sums", lambda e: isinstance(e, Sum) and _mixed(e.body))
    return tidy(line)


def _mixed(body: Expr) -> bool:
    return isinstance(body, Add) and body.has(Delta)


def _no_cost(e: Expr, model: Model) -> bool:
    return isinstance(e, Partial) and model.cost_of(e) is None


def _plain(slope: Partial, model: Model) -> None:
    """Raises Refused if what is differentiated, a formula, leads to the variable by definitions."""
    far = _far(model)
    for e in slope.of.atoms(Entry):
        if e != slope.by and _leads(e, slope.by, far):
            raise Refused("{} depends on {}: define what is differentiated", e, slope.by)


def _way(slope: Partial, scope: Scope) -> tuple[str, set[str]]:
    """The definition of what is differentiated, and the families that lead on to the variable.

    Raises Refused where other entries of the variable's family may depend on it.
    """
    by, far = slope.by, _far(scope.model)
    line = Line(slope.of, scope)
    _put(line, slope.of)
    name, between = line.steps[-1].args[0], set[str]()
    direct = any(e.name == by.name for e in line.where(Entry))

    def once(line: Line) -> bool:
        for e in line.where(lambda e: isinstance(e, Entry) and _leads(e, by, far)):
            if e.name == by.name:
                raise Refused("{} lies between, another layer than {}: that is not followed", e, by)
            between.add(e.name)
            _put(line, e)
            return True
        return False

    repeat(line, once, MOST_STEPS)
    if slope.of.name in between:
        raise Refused("{} is not followed from layer to layer", slope)
    if direct and between:
        other = Entry(min(between))
        raise Refused("is {} fixed in {}, which has {} in it besides?", other, slope, by)
    return name, between


def _leads(e: Entry, by: Entry, far: Far) -> bool:
    """Whether an entry, of a layer other than the variable's own, may be computed from it."""
    if e.name == by.name and e.indices[:1] == by.indices[:1]:
        return False
    low, high = far.get((e.name, by.name), (1, 0))
    gap = by.indices[0] - e.indices[0] if e.indices and by.indices else None
    return low <= high and (gap is None or not gap.is_Integer or low <= gap <= high)


def _far(model: Model) -> Far:
    """How far below and above its own first index a family uses that of another, on any way."""
    far: Far = {}
    for d in model.definitions:
        left = d.statement.left
        for e in d.statement.right.atoms(Entry):
            gap = e.indices[0] - left.indices[0] if e.indices and left.indices else None
            ends = (-inf, inf) if gap is None or not gap.is_Integer else (int(gap), int(gap))
            far[left.name, e.name] = _wider(far.get((left.name, e.name)), ends)
    names = list(dict.fromkeys(n for pair in far for n in pair))
    for via in names * 3:
        if (via, via) in far:
            low, high = far[via, via]
            far[via, via] = (-inf if low < 0 else low, inf if high > 0 else high)
        for a in names:
            for b in names:
                if (a, via) in far and (via, b) in far:
                    (low, high), (down, up) = far[a, via], far[via, b]
                    far[a, b] = _wider(far.get((a, b)), (low + down, high + up))
    return far


def _wider(ends: Ends | None, more: Ends) -> Ends:
    return more if ends is None else (min(ends[0], more[0]), max(ends[1], more[1]))


def _put(line: Line, old: Entry) -> None:
    for d in line.scope.model.definitions:
        with suppress(Refused):
            line.cite("definition", d.name, old)
            return
    raise Refused("no definition of {} was shown to apply", old)


def _opened(d: Definition, between: set[str], model: Model) -> Definition:
    """The definition with everything between put in."""
    s = d.statement
    line = _written_out(Line(s.right, Scope(model, s.ranges)), between)
    _checked(line)
    return replace(d, statement=replace(s, right=line.now))


def _written_out(line: Line, names: set[str]) -> Line:
    """The line with the definitions of some families put in everywhere."""

    def once(line: Line) -> bool:
        found = line.where(lambda e: isinstance(e, Entry) and e.name in names)
        for old in found[:1]:
            _put(line, old)
        return bool(found)

    repeat(line, once, MOST_STEPS)
    return line


def _checked(line: Line) -> Uses:
    before, uses = line.start, NOTHING
    for step in line.steps:
        more, _ = check_step(before, step, line.scope)
        before, uses = step.after, uses | more
    return uses
