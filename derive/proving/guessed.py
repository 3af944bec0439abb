"""Closed forms of moments of recursions, guessed and proved by induction. Not trusted.

    Var[h^{t+1}] = c Var[h^t] + d     gives     Var[h^t] = c^t Var[h^0] + d Σ_{s=0}^{t-1} c^s

A claim that takes such a form for granted, Var[h^L] = 2 σ² or Corr[h^L, x] = 1/√2, is decided with
it in hand.  The factor c may differ from layer to layer where nothing is added.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from sympy import Add, Expr, Integer, Mul, Symbol

from derive.claims import Proved
from derive.differences import difference
from derive.errors import Refused
from derive.forms import Undecided
from derive.meaning import recursive
from derive.model import Statement
from derive.order import split
from derive.polynomials import multiplied_out
from derive.proving.closed import LIMIT, Recursion, known, subject
from derive.scope import Scope
from derive.substitution import fresh, put
from derive.subterms import names_in, occurrences
from derive.terms import HEADS, Cov, E, Entry, Product, Sum, Var

MOST_MOMENTS = 6


def closed_forms(claim: Statement, rest: Expr | None, scope: Scope) -> tuple[Proved, ...]:
    """What the moments of recursions in a claim are at every layer, as far as that was found.

    ``rest`` is left - right in normal form, if that was worked out.
    """
    found: tuple[Proved, ...] = ()
    for n, (moment, entry) in enumerate(_moments(claim, rest, scope)):
        if n == MOST_MOMENTS:
            break
        here = Scope(scope.model, claim.ranges, (*scope.proved, *found))
        with suppress(*LIMIT):
            found = (*found, _closed_form(moment, entry, here, f" ({n + 1})"))
    return found


def _moments(claim: Statement, rest: Expr | None, scope: Scope) -> Iterator[tuple[Expr, Entry]]:
    """Means, variances and covariances of entries of recursions, one of each family."""
    sides = (claim.left, claim.right, rest if rest is not None else _rest(claim, scope))
    heads = dict.fromkeys(h for side in sides for h, _ in occurrences(side, HEADS))
    entries = dict.fromkeys(
        e for h in heads for e, _ in occurrences(h, Entry) if recursive(e.name, scope) and e.indices
    )
    first = {e.name: e for e in reversed(entries) if isinstance(split(e.indices[0])[0], Symbol)}
    asked = [(head(e), e) for e in first.values() for head in (E, Var)]
    pairs = dict.fromkeys(c for h in heads if (c := _covariance(h)) is not None)
    asked += [(c, e) for c in pairs if (e := subject(c, scope)) is not None]
    for moment, entry in asked:
        if not known(moment, entry, scope):
            yield moment, entry


def _rest(claim: Statement, scope: Scope) -> Expr:
    """What is left over of a claim, in normal form where that can be."""
    with suppress(Undecided, Refused):
        return difference(claim.left, claim.right, scope).expression()
    return claim.left - claim.right


def _covariance(moment: Expr) -> Expr | None:
    """The covariance that is told by a covariance, or by the mean of a product of two entries."""
    if isinstance(moment, E) and moment.args[0].is_Mul:
        pair = moment.args[0].args
        return Cov(*pair) if len(pair) == 2 else None
    return moment if isinstance(moment, Cov) else None


def _closed_form(moment: Expr, entry: Entry, scope: Scope, label: str) -> Proved:
    taken = {str(s) for s in {*scope.names, *moment.free_symbols}}
    t = fresh(Symbol("t"), taken)
    one = Statement(moment, moment, scope.ranges)
    recursion = Recursion(one, entry, t, scope, label)
    recursion.all_alike()
    after, every = recursion.one_layer_on(), recursion.every
    before = every if isinstance(every, Cov) else recursion.first(every)
    terms = Add.make_args(multiplied_out(after))
    with_it = [a for a in terms if before in Mul.make_args(a)]
    times = Add(*(a / before for a in with_it))
    more = Add(*(a for a in terms if a not in with_it))
    if entry.name in names_in(times, more):
        raise Refused("{} is not made of {}", after, before)
    s = fresh(Symbol("s"), {*taken, str(t)})
    right = _unrolled(recursion.at_first(), times, more, (t, s, recursion.over[0].lo))
    return recursion.close(right)


def _unrolled(start: Expr, times: Expr, more: Expr, at: tuple[Symbol, Symbol, Expr]) -> Expr:
    """The value at the layer t of what is ``start`` at the layer lo, then times c plus d."""
    t, s, lo = at
    before = put(times, t, s), put(more, t, s)
    if more == 0:
        steady = t not in times.free_symbols
        return start * (times ** (t - lo) if steady else Product(before[0], (s, lo, t - 1)))
    if t in times.free_symbols:
        raise Refused("{} differs from layer to layer", times)
    if t not in more.free_symbols:
        count = t - lo if times == 1 else Sum(times**s, (s, Integer(0), t - lo - 1))
        return times ** (t - lo) * start + more * count
    return times ** (t - lo) * start + Sum(times ** (t - 1 - s) * before[1], (s, lo, t - 1))
