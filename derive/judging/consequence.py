"""What follows from premises between products, such as n_k Var[W_k] = 1. Not trusted to guess.

Each premise is written with what was derived of its moments and read in two ways.  With the
indices of the claim, or values next to them, sides are compared: a claim follows if left / right
is a product of rational powers of the quotients of premises.  With its indices free, a premise
says what one moment, number or size is, and that is put in where it occurs, in one place by one
premise and in another place by another.  The normal form of products decides in both cases.
Only what is positive may occur: sizes of at least 1, numbers declared so, variances and second
moments, and sums of these; so nothing is divided by 0, and a root is the only one there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace as replaced
from itertools import chain, islice, product
from typing import NamedTuple

from sympy import Expr, Rational, Symbol

from derive.claims import NOTHING, Uses
from derive.counting.leeway import free
from derive.errors import Refused
from derive.judging.combining import Quotients, Taken, positive
from derive.judging.rewriting import rewritten
from derive.matching import match
from derive.model import Distributed, Model, Statement
from derive.powers import Outside
from derive.scope import Scope, once
from derive.substitution import put
from derive.subterms import names_in, occurrences, replace
from derive.terms import HEADS, E, Entry, Partial, Range, Var

MOST_WAYS = 40
Write = Callable[[Expr, Scope], tuple[Expr, Uses]]


class Premise(NamedTuple):
    """What is supposed, its place, and the assumptions that say so."""

    statement: Statement
    scope: Scope
    uses: Uses = NOTHING


class Solved(NamedTuple):
    """``what`` is ``value`` for the indices ``over``."""

    what: Expr
    value: Expr
    over: tuple[Range, ...]
    uses: Uses


def follows(
    claim: Statement, scope: Scope, premises: Sequence[Premise], write: Write = rewritten
) -> Taken | None:
    """What it took to conclude the claim from the premises; None if it was not.

    ``write`` says how moments are written first: `rewritten`, or `expanded` before that.  The
    powers of premises are given if they make the quotient of the sides as they stand.
    """
    try:
        left, right, used = _sides(claim, scope, write)
    except Outside:
        return None
    known, solved = Quotients(scope), list[Solved]()
    for s, inner, by in premises:
        with suppress(Outside):
            a, b, uses = _sides(s, inner, write)
            solved += _solved(a, b, s.ranges, uses | by, scope)
            known.add(a, b, s.ranges, uses | by)
            known.multiply(a, b, s.ranges, uses | by)
    ways = chain([((left, right), NOTHING)], _ways((left, right), solved, scope))
    for sides, uses in islice(ways, MOST_WAYS):
        more = known.give(*sides)
        if more is not None:
            plain = sides == (left, right)
            return Taken(used | uses | more.uses, more.premises if plain else ())
    return None


def impossible(premises: Sequence[Premise], sizes: Sequence[Premise] = ()) -> Uses | None:
    """What it took that the premises hold for no values; None if that was not shown.

    ``sizes`` is what is declared of sizes alone: a variance that is left free goes with it.
    """
    if len(premises) == 1 and settled(premises[0]):
        return None
    for s, scope, by in premises:
        known = Quotients(scope)
        for other, inner, also in (*premises, *sizes):
            with suppress(Outside):
                a, b, uses = _sides(other, inner)
                known.add(a, b, other.ranges, uses | also)
        left, used = rewritten(s.left - s.right, scope)
        if positive(left, scope) or positive(-left, scope):
            return used | by
        with suppress(Outside):
            found = known.contradiction()
            if found is not None:
                return found
    return None


def put_in(claim: Statement, scope: Scope, premise: Premise) -> Iterator[Sides]:
    """The sides of a claim with what a premise says of a free variance, if that is all of it.

    What the model leaves free may have the value that the premise gives it.
    """
    try:
        left, right, _ = _sides(claim, scope)
    except Outside:
        return
    solved = settled(premise)
    names = names_in(*(s.what for s in solved))
    for sides, _ in islice(_ways((left, right), solved, scope), MOST_WAYS):
        if all(_without(names, e, scope) for e in sides):
            yield sides


def without(claim: Statement, scope: Scope, premise: Premise) -> Statement | None:
    """The claim without the variances that a premise says the value of; None if some are left."""
    try:
        left, right, _ = _sides(claim, scope)
    except Outside:
        left, right = claim.left, claim.right
    names = names_in(*(s.what for s in settled(premise)))
    own = [(left, right)] if all(_without(names, e, scope) for e in (left, right)) else []
    found = next(chain(own, put_in(claim, scope, premise)), None)
    return None if found is None else replaced(claim, left=found[0], right=found[1])


def settled(premise: Premise) -> list[Solved]:
    """The variances that a premise says the value of, and that nothing else does."""
    return once(premise.scope.found, (settled, premise.statement, premise.uses),
                lambda: _settled(premise))  # fmt: skip


def _settled(premise: Premise) -> list[Solved]:
    s, scope, by = premise
    try:
        a, b, uses = _sides(s, scope)
        return [one for one in _solved(a, b, s.ranges, uses | by, scope)
                if isinstance(one.what, Var) and free(one.what.args[0], scope.model)
                and not names_in(one.what) & names_in(one.value)]  # fmt: skip
    except Outside:
        return []


def is_choice(premise: Premise) -> bool:
    """Whether a premise says what a free variance is by what has nothing to do with it.

    It speaks of nothing that may be made of that, not even where it cancels.
    """
    s, scope, _ = premise
    if not all(_without(frozenset(), side, scope) for side in (s.left, s.right)):
        return False
    return any(_without(names_in(one.what), one.value, scope) for one in settled(premise))


def open_to(premise: Premise) -> bool:
    """Whether something that is left free can be as a premise says, whatever the sizes are."""
    s, scope, _ = premise
    model, left = scope.model, s.left
    if isinstance(left, E) and isinstance(left.args[0], Entry) and s.right == 0:
        return free(left.args[0], model)
    if isinstance(left, Entry) and model.family(left).kind == "given" and s.right.is_Rational:
        bounds = model.family(left).above, model.family(left).below
        facts = [f for a in model.assumptions for f in a.facts]
        said = [e for f in facts if isinstance(f, Statement) for e in (f.left, f.right)]
        said += [e for f in facts if isinstance(f, Distributed) for e in f.law.parameters]
        spoken = any(left.name in names_in(e) for e in said)
        return bounds == (None, None) and not spoken
    return bool(settled(premise))


def _without(names: frozenset[str], e: Expr, scope: Scope) -> bool:
    """Whether a term says nothing of some families, and has nothing that may be made of them."""
    for x, _ in occurrences(e, (Entry, Partial)):
        if isinstance(x, Partial) and not scope.is_top(x):
            return False
        if isinstance(x, Entry) and (x.name in names or scope.model.family(x).kind == "defined"):
            return False
    return True


def _sides(s: Statement, scope: Scope, write: Write = rewritten) -> tuple[Expr, Expr, Uses]:
    """Both sides with what was derived of their moments; Outside if they may not be positive."""
    left, used_left = write(s.left, scope)
    right, used_right = write(s.right, scope)
    for e in (left, right):
        if not positive(e, scope):
            raise Outside("{} may be 0", e)
    return left, right, used_left | used_right


# -- premises that say what something is


def _solved(
    left: Expr, right: Expr, over: Sequence[Range], uses: Uses, scope: Scope
) -> Iterator[Solved]:
    """Each moment, number or size that occurs once in a premise, with what it is equal to."""
    whole = left / right
    for what, power in whole.as_powers_dict().items():
        size = _is_size(what, scope)
        if not isinstance(what, (Entry, Symbol, *HEADS)) or not isinstance(power, Rational):
            continue
        rest = whole / what**power
        value = rest ** (-1 / power)
        names = what.free_symbols | scope.names
        if rest.has(what) or not value.free_symbols <= names:
            continue
        open_ = tuple(r for r in over if r.index in value.free_symbols - what.free_symbols)
        if scope.in_ranges(open_, {r.index: r.index for r in open_}):
            continue
        if not size or value.is_Integer or _is_size(value, scope):
            about = tuple(r for r in over if r.index in what.free_symbols)
            yield Solved(what, value, about, uses)


def _is_size(e: Expr, scope: Scope) -> bool:
    return isinstance(e, (Symbol, Entry)) and scope.model.least(e) is not None


Sides = tuple[Expr, Expr]


def _ways(sides: Sides, solved: Sequence[Solved], scope: Scope) -> Iterator[tuple[Sides, Uses]]:
    """The sides with values put in: one for all of a kind first, then a choice at each place."""
    for one in solved:
        left, right = (list(_choices(side, [one], scope))[-1] for side in sides)
        if (left, right) != sides:
            yield (left, right), one.uses
    if len(solved) > 1:
        used = NOTHING.union(*(s.uses for s in solved))
        for left, right in product(*(_choices(side, solved, scope) for side in sides)):
            if (left, right) != sides:
                yield (left, right), used


def _choices(e: Expr, solved: Sequence[Solved], scope: Scope) -> Iterator[Expr]:
    """The term itself, and with a value put in at each place where one fits, in every way."""
    yield e
    places = []
    for old, above in occurrences(e, lambda t: any(type(t) is type(s.what) for s in solved)):
        new = [n for s in solved if (n := _value(old, above, s, scope)) is not None]
        if new:
            places.append([(old, n, above) for n in new])
    for chosen in islice(product(*places), MOST_WAYS) if places else ():
        made = e
        for old, n, above in chosen:
            made = replace(made, old, n, above)
        yield made


def _value(old: Expr, above: tuple[Range, ...], s: Solved, scope: Scope) -> Expr | None:
    """What stands at a place, by a premise that speaks of it; None if it does not."""
    found = match(s.what, old, {r.index for r in s.over}, set())
    if found is None:
        return None
    try:
        inside = scope.within(above).in_ranges(s.over, found[0]) is None
    except Refused:
        return None
    return put(s.value, found[0]) if inside else None


def of_sizes(s: Statement, model: Model) -> bool:
    """Whether a statement speaks of nothing but sizes and numbers."""
    entries = [x for side in (s.left, s.right) for x in side.atoms(Entry, *HEADS)]
    return not s.over and all(isinstance(x, Entry) and model.least(x) is not None for x in entries)
