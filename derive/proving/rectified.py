"""A function between the layers: what it does to second moments, and its slope to gradients.

Not trusted: it enters, under their usual names, the lemmas that rest on a rectifier or another
function that is not the identity; the recursion and its unrolling then go on as ever.

Glossary: a pre-activation is what the function is applied to, an activation what it makes of it;
a link is one use of the chain rule between them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from sympy import Expr

from derive.boxes import Box, Boxes, Slot
from derive.claims import Finite, Sources
from derive.errors import Refused
from derive.made_of import sources_of
from derive.matching import match
from derive.model import Model, Statement
from derive.piecewise import Pieces
from derive.proofs import Cases, Chain, Induction, Part
from derive.proofs import From as By
from derive.proving.derivation import Line
from derive.proving.network import (
    Book,
    Quantity,
    apply_assumptions,
    back_propagate,
    end_equation,
    quantity_of,
)
from derive.proving.recursion import (
    beyond_the_end,
    by_definition,
    by_lemma,
    made_of,
    to_zero,
    variance_of_sum,
    zero_mean,
)
from derive.proving.strategies import everywhere, repeat, separate, unfold, use_moments
from derive.rules import equation
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Apply, E, Entry, Partial, Range, Sum, Var


@dataclass(frozen=True)
class Bend:
    """``after = function(before)`` for the indices in the ranges."""

    function: str
    before: Entry
    after: Entry
    ranges: tuple[Range, ...]


def applied(model: Model) -> Bend | None:
    """The function between the layers, whatever is known of it; None if there is none."""
    for d in model.definitions:
        right = d.statement.right
        if isinstance(right, Apply) and not right.order and isinstance(right.at, Entry):
            left = d.statement.left
            return Bend(right.name, right.at, Entry(left.name, *left.indices), d.statement.ranges)
    return None


def bend(model: Model) -> Bend | None:
    """The function between the layers, if it is known and not the identity."""
    found = applied(model)
    return found if found is not None and _bends(model, found.function) else None


def _bends(model: Model, function: str) -> bool:
    facts = [f for a in model.assumptions for f in a.facts]
    said = [f for f in facts if isinstance(f, Statement) and isinstance(f.left, Apply)]
    known = [f for f in said if f.left.name == function and f.left.order == 0]
    if known:
        return known[0].right != known[0].left.at
    return any(isinstance(f, Pieces) and f.function == function for f in facts)


def prepare(book: Book, q: Quantity) -> None:
    """Enter what the recursion of a quantity rests on, if a function bends it; raises Refused."""
    found = bend(book.model)
    if found is None or book.has(f"Var[{q.name}] as a sum"):
        return
    if isinstance(q.entry, Partial):
        _gradients(book, q, found)
    elif q.family == found.before.name:
        _pre_activations(book, q, found)


def between_layers(q: Quantity, bent: Bend) -> str:
    """The lemma on what the function does between one layer and the next."""
    if not isinstance(q.entry, Partial):
        return f"E[{bent.after.name}²] from Var[{q.name}]"
    if q.family == bent.before.name:
        return f"Var[∂{q.entry.of}/∂{bent.after.name}] from Var[{q.name}]"
    return f"E[∂{q.entry.of}/∂{bent.before.name}²] from Var[{q.name}]"


# -- upward: second moments of what the function makes of a sum


def _pre_activations(book: Book, q: Quantity, bent: Bend) -> None:
    written_out(book, q)
    step = f"{q.name}, one layer on"
    line = unfold(book.line(q.reached, q.step_ranges), q.family, (Entry,))
    book.close(step, line, q.step_ranges)
    leave = means_of_inputs(book.model)
    mean = zero_mean(book, q, leave)
    end = end_equation(book, q)
    first = variance_of_sum(book, f"cross terms of {end}", end, leave=leave).next()
    everywhere(first, "sum of equal terms", lambda e: isinstance(e, Sum))
    book.close(f"Var[{q.name}], at {q.index} = {q.end}", first, q.others(q.end))
    line = book.line(E(bent.after**2), bent.ranges)
    for d in book.model.definitions:
        with suppress(Refused):
            line.cite("definition", d.name, bent.after).next()
            break
    in_variances(book, line, q, bent, mean)
    book.close(between_layers(q, bent), line, bent.ranges)
    line = variance_of_sum(book, f"cross terms of {q.name}", step, leave=leave).next()
    in_variances(book, line, q, bent, mean)
    book.close(f"Var[{q.name}] as a sum", line, q.step_ranges)


def written_out(book: Book, q: Quantity) -> str:
    """A pre-activation as the sum that it is, with what that is made of."""
    name = f"{q.name} written out"
    if not book.has(name):
        line = unfold(book.line(q.entry, q.ranges), q.family, (Entry,))
        book.close(name, line, q.ranges)
        for e in dict.fromkeys(e for e, _ in occurrences(line.now, Entry)):
            if book.model.family(e).kind == "defined":
                made_of(book, quantity_of(book.model, e))
        _made_of(book, q)
    return name


def _made_of(book: Book, q: Quantity) -> None:
    """What a pre-activation is made of: what the sum is made of, by its definition."""
    proof = by_definition(book.scope(q.ranges), q.entry)
    s, _ = equation(book.scope(), proof.source, proof.name)
    boxes, _ = sources_of(put(s.right, dict(proof.at)), book.scope(q.ranges))
    book.add(Part(f"sources of {q.name}", Sources(q.entry, _joined(boxes), q.ranges), proof))


def _joined(boxes: Boxes) -> Boxes:
    """The boxes, those of the layer i put to those of the layers up to i - 1."""
    found: list[Box] = []
    for b in boxes:
        ends = [_ends(b, c) for c in found]
        n = next((n for n, e in enumerate(ends) if e is not None), None)
        if n is None:
            found.append(b)
        else:
            found[n] = Box(b.key, (ends[n], *(None for _ in b.slots[1:])))
    return tuple(found)


def _ends(b: Box, before: Box) -> Slot:
    """First and last layer, if the one box goes on where the other ends."""
    one, two = (box.slots[0] if box.slots else None for box in (before, b))
    if b.key != before.key or one is None or two is None or one[1] + 1 != two[0]:
        return None
    return one[0], two[1]


def means_of_inputs(model: Model) -> frozenset[str]:
    """The assumptions that say E[x] = 0 of what is not declared independent entry by entry."""
    units = [u for a in model.assumptions for f in a.facts for u in getattr(f, "units", ())]
    each = {key for u in units if u.each for key in u.keys}

    def only_inputs(fact: object) -> bool:
        if not isinstance(fact, Statement) or not isinstance(fact.left, E) or fact.right != 0:
            return False
        x = fact.left.args[0]
        return isinstance(x, Entry) and x.name not in each

    return frozenset(a.name for a in model.assumptions if all(map(only_inputs, a.facts)))


def in_variances(book: Book, line: Line, q: Quantity, bent: Bend, mean: str) -> Line:
    """Second moments of the function of a pre-activation, by the variance of this."""
    written = written_out(book, q)
    line.scope = book.scope(line.scope.ranges)
    by_reflection(book, line, bent, written)
    squares = line.where(lambda e: isinstance(e, E) and e != E(e.args[0].as_base_exp()[0]))
    for old in squares:
        line.apply("second moment", old)
    return use_moments(line, [mean], declared=False)


def by_reflection(book: Book, line: Line, bent: Bend, written: str) -> Line:
    """Moments of the function and its slope, by what is declared of it."""

    def once(line: Line) -> bool:
        for old in line.where(E):
            applied = [f for f in old.atoms(Apply) if f.name == bent.function]
            if applied:
                _one(book, line, old, applied[0], written)
                return True
        return False

    repeat(line, once)
    return everywhere(line, "linearity of expectation", lambda e: isinstance(e, E))


def _one(book: Book, line: Line, old: Expr, f: Apply, written: str) -> None:
    for a in book.model.assumptions:
        for which, s in enumerate(book.model.equations(a)):
            if isinstance(s.left, Apply) and s.left.name == f.name:
                if f.order:
                    line.apply("derivative of a known function", f, a.name, which)
                else:
                    line.cite("assumption", a.name, f, which)
                    whole = old.args[0].xreplace({f: line.steps[-1].new})
                    line.algebra(whole, whole.expand())
                return
    claim = book.equation(written)
    found = match(claim.left, f.at, {r.index for r in claim.ranges}, set())
    if found is None:
        raise Refused("{} does not speak of {}", written, f.at)
    line.apply("reflection", old, f.at, written, tuple(found[0].items()))


# -- downward: gradients through the function, one link at a time


@dataclass(frozen=True)
class Links:
    """Two uses of the chain rule: from the quantity to ``between``, and from there one layer on.

    ``bent`` says that the first of them is the one with the slope of the function.
    """

    first: str
    second: str
    between: Partial
    ranges: tuple[Range, ...]
    bent: bool

    @property
    def mean(self) -> str:
        """The lemma on the mean of what is between."""
        return f"mean of ∂{self.between.of}/∂{self.between.by.name} one layer on"


def links(book: Book, q: Quantity, bent: Bend) -> Links:
    """Enter both; raises Refused where a layer is not of that form."""
    line = book.line(q.reached, q.step_ranges)
    apply_assumptions(back_propagate(line, line.now).next())
    found = [(e, above) for e, above in occurrences(line.now, Partial)]
    if len(found) != 1:
        raise Refused("{} comes from {} gradients, not from one", q.entry, len(found))
    between, above = found[0]
    ranges = tuple(r for r in (*q.step_ranges, *above) if r.index in between.free_symbols)
    of = f"∂{between.of}/∂{between.by.name}"
    first = book.close(f"{q.name} from {of}", line, q.step_ranges)
    line = book.line(between, ranges)
    apply_assumptions(back_propagate(line, between).next())
    second = book.close(f"{of} one layer on, from {q.name}", line, ranges)
    return Links(first, second, between, ranges, q.family == bent.before.name)


def _gradients(book: Book, q: Quantity, bent: Bend) -> None:
    pre = quantity_of(book.model, bent.before)
    written = written_out(book, pre)
    with suppress(Refused):
        made_of(book, q)
    found = links(book, q, bent)
    end = end_equation(book, q)
    base = by_lemma(book, end, q.at(q.end)) if end else By("", "")
    on = by_lemma(book, found.first, q.at(q.following))
    finite = Part(
        f"finite second moments of {q.name}",
        Finite(q.entry, 2, q.ranges),
        Induction(q.index, q.upward, base, on),
    )
    book.add(finite)
    mean = _mean(book, q, found, end)
    if end and book.equation(end).right.has(Apply):
        line = _of_product(book, Var(q.at(q.end)), q.others(q.end), end, mean, bent, written)
        for old in line.where(E):
            line.apply("second moment", old)
        use_moments(line).next()
        book.close(f"Var[{q.name}], at {q.index} = {q.end}", line, q.others(q.end))
    if found.bent:
        _through_function_first(book, q, bent, found, mean, written)
    else:
        _through_weights_first(book, q, bent, found, mean, written)


def _mean(book: Book, q: Quantity, found: Links, end: str) -> str:
    """E = 0 of the quantity, and of what is between if that is in the way."""
    means = [_mean_between(book, found)] if found.bent else []
    there = book.line(E(q.at(q.end)), q.others(q.end))
    if end:
        there.cite("lemma", end, q.at(q.end)).next()
    to_zero(there)
    elsewhere = book.line(E(q.entry), beyond_the_end(q))
    elsewhere.cite("lemma", found.first, q.entry).next()
    to_zero(elsewhere, means)
    proof = Cases(q.index, q.end, Chain(tuple(there.steps)), Chain(tuple(elsewhere.steps)))
    claim = Statement(E(q.entry), elsewhere.now, q.ranges)
    return book.add(Part(f"mean of {q.name}", claim, proof))


def _mean_between(book: Book, found: Links) -> str:
    line = book.line(E(found.between), found.ranges)
    line.cite("lemma", found.second, found.between).next()
    to_zero(line)
    return book.close(found.mean, line, found.ranges)


def _through_function_first(
    book: Book, q: Quantity, bent: Bend, found: Links, mean: str, written: str
) -> None:
    """Var[f' P] = E[f'²] Var[P], and Var[P] of the sum P over the units above."""
    line = variance_of_sum(book, f"cross terms of {q.name}", found.second, [mean])
    between = book.close(between_layers(q, bent), line, found.ranges)
    line = _of_product(book, Var(q.reached), q.step_ranges, found.first, mean, bent, written)
    line.apply("second moment", E(found.between**2))
    use_moments(line, [found.mean], declared=False).next()
    line.cite("lemma", between, Var(found.between)).next()
    book.close(f"Var[{q.name}] as a sum", line, q.step_ranges)


def _of_product(
    book: Book,
    start: Expr,
    ranges: tuple[Range, ...],
    equation: str,
    mean: str,
    bent: Bend,
    written: str,
) -> Line:
    """Var of a slope times a gradient, of mean 0: the product of their second moments."""
    line = book.line(start, ranges)
    line.apply("variance", line.now)
    use_moments(line, [mean], declared=False).next()
    line.cite("lemma", equation, start.args[0]).next()
    return _split_off(book, line, bent, written)


def _through_weights_first(
    book: Book, q: Quantity, bent: Bend, found: Links, mean: str, written: str
) -> None:
    """Var[Σ W P] = Σ Var[W] E[P²], and E[P²] = E[f'²] Var of the quantity above."""
    line = book.line(E(found.between**2), found.ranges)
    line.cite("lemma", found.second, found.between).next()
    _split_off(book, line, bent, written)
    for old in line.where(E):
        line.apply("second moment", old)
    use_moments(line, [mean], declared=False).next()
    square = book.close(between_layers(q, bent), line, found.ranges)
    line = variance_of_sum(book, f"cross terms of {q.name}", found.first).next()
    use_moments(line, [square], declared=False).next()
    book.close(f"Var[{q.name}] as a sum", line, q.step_ranges)


def _split_off(book: Book, line: Line, bent: Bend, written: str) -> Line:
    """The second moment of the slope, apart from that of the gradient."""
    repeat(line, separate)
    line.next()
    return by_reflection(book, line, bent, written).next()
