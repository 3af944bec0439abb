"""From one layer to the next: sources, finiteness, means, covariances, and the recursion.

Not trusted: it finds the lemmas in the order in which they can be proved, the kernel checks
them.  Each function enters one lemma about a quantity and returns its name.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress

from sympy import Expr, Symbol

from derive.boxes import Box, Boxes, widen
from derive.claims import NOTHING, Finite, Proved, Sources
from derive.errors import Refused
from derive.made_of import sources_of
from derive.matching import match
from derive.model import Statement
from derive.order import ZERO
from derive.proofs import HYPOTHESIS, Cases, Chain, From, Induction, Part, Proof
from derive.proving.derivation import Line, fitting
from derive.proving.laws import variance_of_a_product, variance_of_a_sum
from derive.proving.network import Book, Quantity, end_equation, step_equation
from derive.proving.strategies import (
    everywhere,
    gather_second_moments,
    inseparable,
    missing_mean,
    repeat,
    separate,
    use_moments,
)
from derive.rules import equation
from derive.scope import Scope
from derive.substitution import fresh, put
from derive.terms import Cov, E, Partial, Range, Sum, Var


def made_of(book: Book, q: Quantity) -> str:
    """The primitive entries that the quantity is made of, proved by induction on the layer."""
    name = f"sources of {q.name}"
    if book.has(name):
        return name
    base, step = _reasons(book, q)
    claim = Sources(q.entry, _guess(book, q, base, step), q.ranges)
    return book.add(Part(name, claim, Induction(q.index, q.upward, base, step)))


def _reasons(book: Book, q: Quantity) -> tuple[From, From]:
    """By what the quantity is known at its end and one layer on: definitions if they suffice."""
    scope = book.scope(q.following_ranges)
    if not isinstance(q.entry, Partial):
        return (
            by_definition(book.scope(q.others(q.end)), q.at(q.end)),
            by_definition(scope, q.at(q.following)),
        )
    end, step = end_equation(book, q), step_equation(book, q)
    return (by_lemma(book, end, q.at(q.end)) if end else From("", "")), by_lemma(
        book, step, q.at(q.following)
    )


def by_definition(scope: Scope, subject: Expr) -> From:
    """The definition that says what a subject is; raises Refused."""
    for d in scope.model.definitions:
        try:
            args, _ = fitting(scope, "definition", d.name, subject)
        except Refused:
            continue
        return From("definition", d.name, 0, args[2])
    raise Refused("no definition of {} was shown to apply", subject)


def by_lemma(book: Book, name: str, subject: Expr) -> From:
    """The instance of a proved equation that says what a subject is; raises Refused."""
    s = book.equation(name)
    found = match(s.left, subject, {r.index for r in s.ranges}, set())
    if found is None:
        raise Refused("{} does not speak of {}", name, subject)
    return From("lemma", name, 0, tuple(found[0].items()))


def _right_side(book: Book, reason: From, subject: Expr) -> Expr:
    if not reason.source:
        return subject
    s, _ = equation(book.scope(), reason.source, reason.name)
    return put(s.right, dict(reason.at))


def _guess(book: Book, q: Quantity, base: From, step: From) -> Boxes:
    """The union of what each step adds, from the end to the layer in question."""
    first, _ = sources_of(_right_side(book, base, q.at(q.end)), book.scope(q.others(q.end)))
    nothing = Sources(q.at(q.before), (), q.others(q.before))
    scope = book.scope(q.following_ranges, Proved("so far", nothing, NOTHING))
    added, _ = sources_of(_right_side(book, step, q.at(q.following)), scope)
    layer = fresh(q.index, {q.index})
    span = (
        Range(layer, q.layer.lo, q.index - 1) if q.upward else Range(layer, q.index, q.layer.hi - 1)
    )
    found = [_all_units(b, q.index) for b in first]
    for b in added:
        slots = tuple(s and (put(s[0], q.index, layer), put(s[1], q.index, layer)) for s in b.slots)
        found.append(widen(_all_units(Box(b.key, slots), layer), span))
    return tuple(dict.fromkeys(found))


def _all_units(b: Box, layer: Symbol) -> Box:
    """The box over all units: of each index only its dependence on the layer is kept."""
    slots = []
    for n, s in enumerate(b.slots):
        names = set() if s is None else s[0].free_symbols | s[1].free_symbols
        keep = s is not None and n == 0 and (layer in names or len(b.slots) > 1)
        slots.append(s if keep else None)
    return Box(b.key, tuple(slots))


def finite(book: Book, q: Quantity) -> str:
    """Finite second moments, by induction on the layer."""
    name = f"finite second moments of {q.name}"
    if book.has(name):
        return name
    made_of(book, q)
    end, step = end_equation(book, q), step_equation(book, q)
    base = by_lemma(book, end, q.at(q.end)) if end else From("", "")
    proof = Induction(q.index, q.upward, base, by_lemma(book, step, q.at(q.following)))
    return book.add(Part(name, Finite(q.entry, 2, q.ranges), proof))


def finite_by_definitions(book: Book, q: Quantity) -> str:
    """Finite second moments straight from the definitions, where a function stands in the way."""
    name = f"finite second moments of {q.name}"
    if book.has(name):
        return name
    base, step = _reasons(book, q)
    proof = Induction(q.index, q.upward, base, step)
    return book.add(Part(name, Finite(q.entry, 2, q.ranges), proof))


def zero_mean(book: Book, q: Quantity, leave: Collection[str] = ()) -> str:
    """E = 0: away from the end by the weights, at the end by what is declared.

    Where the weights have a mean, E = 0 is handed on from the end, layer by layer.
    """
    name = f"mean of {q.name}"
    if book.has(name):
        return name
    made_of(book, q)
    with suppress(Refused):
        finite(book, q)
    end, step = end_equation(book, q), step_equation(book, q)
    there = book.line(E(q.at(q.end)), q.others(q.end))
    if end:
        there.cite("lemma", end, q.at(q.end)).next()
    to_zero(there, leave=leave)
    rest = beyond_the_end(q)
    elsewhere = book.line(E(q.entry), rest)
    elsewhere.cite("lemma", step, q.entry).next()
    proof: Proof
    try:
        to_zero(elsewhere, leave=leave)
        proof = Cases(q.index, q.end, Chain(tuple(there.steps)), Chain(tuple(elsewhere.steps)))
    except Refused as no:
        onward = _zero_handed_on(book, q, step, leave)
        if onward is None:
            raise no
        proof = Induction(q.index, q.upward, Chain(tuple(there.steps)), onward)
    return book.add(Part(name, Statement(E(q.entry), ZERO, q.ranges), proof))


def _zero_handed_on(book: Book, q: Quantity, step: str, leave: Collection[str]) -> Chain | None:
    """One layer on the mean is 0 if it is 0 here; None if that was not shown."""
    zero = Statement(E(q.at(q.before)), ZERO, q.others(q.before))
    reached = q.at(q.following)
    line = Line(E(reached), book.scope(q.following_ranges, Proved(HYPOTHESIS, zero, NOTHING)))
    with suppress(Refused):
        line.cite("lemma", step, reached).next()
        to_zero(line, [HYPOTHESIS], leave)
        return Chain(tuple(line.steps))
    return None


def beyond_the_end(q: Quantity) -> tuple[Range, ...]:
    """All layers but the one where the quantity is given."""
    r = q.layer
    rest = r._replace(lo=r.lo + 1) if q.upward else r._replace(hi=r.hi - 1)
    return (rest, *q.ranges[1:])


def to_zero(line: Line, means: Sequence[str] = (), leave: Collection[str] = ()) -> None:
    """Rewrite a mean by linearity, independence and what is known of means until it is 0."""
    everywhere(line, "linearity of expectation", E)
    line.next()
    repeat(line, separate)
    line.next()
    use_moments(line, means, leave=leave)
    everywhere(line, "sum of equal terms", Sum)
    if line.now != 0:
        raise inseparable(line) or Refused(
            "the mean was not shown to be 0", needs=missing_mean(line)
        )


def cross_terms(book: Book, name: str, equation: str, leave: Collection[str] = ()) -> str:
    """The covariances between the terms of a sum vanish: ``equation`` says what the sum is."""
    if book.has(name):
        return name
    claim = book.equation(equation)
    total = claim.right
    if not isinstance(total, Sum):
        raise Refused("{} is {}: not one sum", claim.left, total)
    a = total.range
    taken = {r.index for r in claim.ranges} | total.free_symbols | {a.index}
    b = Range(fresh(a.index, taken), a.lo, a.hi, (a.index,))
    ranges = (*claim.ranges, a, b)
    line = book.line(Cov(total.body, put(total.body, a.index, b.index)), ranges)
    line.apply("covariance", line.now).next()
    repeat(line, separate)
    line.next()
    use_moments(line, leave=leave)
    if line.now != 0:
        raise inseparable(line) or Refused(
            "the covariance was not shown to be 0", needs=missing_mean(line)
        )
    return book.close(name, line, ranges)


def variance_of_sum(
    book: Book,
    cross: str,
    equation: str,
    means: Sequence[str] = (),
    leave: Collection[str] = (),
) -> Line:
    """Var of the left side of an equation whose right side is a sum, term by term.

    The assumptions to ``leave`` are not used of moments.
    """
    of_sum = book.add(variance_of_a_sum(book.model))
    of_product = book.add(variance_of_a_product(book.model))
    claim = book.equation(equation)
    line = book.line(Var(claim.left), claim.ranges)
    line.cite("lemma", equation, claim.left).next()
    line.cite("lemma", of_sum, line.now).next()
    cross = cross_terms(book, cross, equation, leave)
    line = book.reopen(line, claim.ranges)
    for old in line.where(Cov):
        line.cite("lemma", cross, old)
    everywhere(line, "sum of equal terms", lambda e: isinstance(e, Sum) and e.body == 0)
    everywhere(line, "sum of equal terms", lambda e: isinstance(e, Sum) and e.body == 0)
    line.next()
    for old in line.where(Var):
        line.cite("lemma", of_product, old)
    return gather_second_moments(use_moments(line.next(), means, leave=leave).next())


def variance_of_step(book: Book, q: Quantity) -> str:
    """Var one layer on, as a sum over the units of the layer before."""
    name = f"Var[{q.name}] as a sum"
    if book.has(name):
        return name
    with suppress(Refused):
        zero_mean(book, q)
    means = [n for n in (f"mean of {q.name}",) if book.has(n)]
    line = variance_of_sum(book, f"cross terms of {q.name}", step_equation(book, q), means)
    return book.close(name, line, q.step_ranges)


def variance_at_end(book: Book, q: Quantity) -> str:
    """Var of the quantity where it is given."""
    name = f"Var[{q.name}], at {q.index} = {q.end}"
    if book.has(name):
        return name
    end, over = end_equation(book, q), q.others(q.end)
    if end and isinstance(book.equation(end).right, Sum):
        line = variance_of_sum(book, f"cross terms of {end}", end).next()
        everywhere(line, "sum of equal terms", Sum)
        return book.close(name, line, over)
    line = book.line(Var(q.at(q.end)), over)
    if end:
        line.cite("lemma", end, q.at(q.end)).next()
    return book.close(name, use_moments(line), over)


def alike(book: Book, q: Quantity) -> str:
    """The variance is the same for every unit of a layer."""
    name = f"one Var[{q.name}] for all units"
    if book.has(name):
        return name
    total, end = variance_of_step(book, q), variance_at_end(book, q)
    there = book.line(Var(q.at(q.end)), q.others(q.end))
    there.cite("lemma", end, there.now)
    first = book.line(Var(q.first(q.end)), q.others(q.end))
    first.cite("lemma", end, first.now)
    rest = beyond_the_end(q)
    elsewhere = book.line(Var(q.entry), rest)
    elsewhere.cite("lemma", total, elsewhere.now).next()
    target = book.line(Var(q.first(q.index)), rest)
    target.cite("lemma", total, target.now)
    proof = Cases(
        q.index,
        q.end,
        Chain(tuple(there.steps), tuple(first.steps)),
        Chain(tuple(elsewhere.steps), tuple(target.steps)),
    )
    claim = Statement(Var(q.entry), Var(q.first(q.index)), q.ranges)
    return book.add(Part(name, claim, proof))


def recursion(book: Book, q: Quantity) -> str:
    """Var one layer on, as a multiple of the variance at the layer before."""
    name = f"Var[{q.name}], one layer on"
    if book.has(name):
        return name
    total, same_for_all = variance_of_step(book, q), alike(book, q)
    line = book.line(Var(q.reached), q.step_ranges)
    line = book.reread(total).next()
    use_moments(line, [same_for_all])
    line.next()
    everywhere(line, "sum of equal terms", Sum)
    return book.close(name, line, q.step_ranges)
