"""What "the same variance at every layer" asks of the weights, solved both ways. Not trusted.

A quantity is multiplied by a factor from each layer to the next.  Equal variances say that the
factor is 1, divided by the variance, which its product formula shows to be positive; a factor
of 1 says that all variances are equal.  Both are parts of a derivation that the kernel checks.

Glossary: k the layer of the weights, inward and outward the numbers of units below and above.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from sympy import Expr, Integer, Mul, Symbol

from derive.errors import Refused
from derive.model import Assumption, Model, Statement
from derive.order import Order
from derive.proving.derivation import Line
from derive.proving.network import Book, Quantity, quantity
from derive.proving.recursion import recursion, variance_at_end
from derive.proving.strategies import everywhere, first_of
from derive.proving.tidy import tidy
from derive.proving.unroll import product_formula
from derive.substitution import put
from derive.terms import HEADS, Entry, Product, Range, Var

ONE = Integer(1)
At = tuple[tuple[Symbol, Expr], ...]


@dataclass(frozen=True)
class Factor:
    """By what one layer of weights multiplies a variance, and where that was derived.

    ``value`` is written in the layer ``over.index`` of the weights, ``units`` are the sizes in it;
    ``shift`` leads from the
    layer that the step comes from to that one.  ``first`` is the part that says what it is where
    the quantity begins, and the factor there, if weights lead there.
    """

    chain: str
    q: Quantity
    step: str
    whole: str
    value: Expr
    units: Expr
    over: Range
    shift: Expr
    first: tuple[str, Expr] | None

    @property
    def scale(self) -> Expr:
        """What stands in it beside the units and the variance of the weights."""
        return self.rest / self.units

    @property
    def beyond(self) -> Expr:
        """The layer of weights before the first one that is stepped over."""
        return self.over.lo - 1 if self.q.upward else self.over.hi + 1

    @property
    def apart(self) -> bool:
        """Whether the factor where the quantity begins is another one."""
        return self.first is not None and self.first[1] != put(
            self.value, self.over.index, self.beyond
        )

    @property
    def reach(self) -> Range:
        """The layers of weights on the way, the one at the end included."""
        if self.first is None:
            return self.over
        end = {"lo": self.beyond} if self.q.upward else {"hi": self.beyond}
        return self.over._replace(**end)

    @property
    def all_layers(self) -> Range:
        """The layers of weights that have this factor."""
        return self.over if self.apart else self.reach

    @property
    def weight(self) -> Expr:
        """The variance of the weights in it."""
        return weight_variance(self.value)

    @property
    def rest(self) -> Expr:
        """The factor without the variance of the weights."""
        return self.value / self.weight

    def of_weights(self, e: Expr) -> bool:
        """Whether a term is the variance of weights."""
        x = e.args[0] if isinstance(e, Var) else None
        return isinstance(x, Entry) and x.name == self.weight.args[0].name


def weight_variance(e: Expr) -> Expr:
    """The one variance in a factor; raises Refused."""
    found = [a for a in Mul.make_args(e) if isinstance(a, Var)]
    if len(found) != 1:
        raise Refused("{} is not a number of units times one variance", e)
    return found[0]


def factor(book: Book, chain: str) -> Factor:
    """What one layer multiplies the variance of a chain's quantity by; raises Refused."""
    q = quantity(book.model, chain)
    whole = product_formula(book, q)
    step, end = recursion(book, q), variance_at_end(book, q)
    right = book.equation(step).right
    value = right / Var(q.first(q.before))
    index = weight_variance(value).args[0].indices[_layer_slot(value, q)]
    shift = index - q.index
    r = q.step_ranges[0]
    over = Range(r.index, r.lo + shift, r.hi + shift)
    value = put(value, q.index, q.index - shift)
    units = Mul(*(a for a in Mul.make_args(value) if _is_size(a, book.model)))
    found = Factor(chain, q, step, whole, value, units, over, shift, None)
    there = Mul.make_args(book.equation(end).right)
    if not any(map(found.of_weights, there)):
        return found
    first = Mul(*(a for a in there if not isinstance(a, HEADS) or found.of_weights(a)))
    return replace(found, first=(end, first))


def _is_size(e: Expr, model: Model) -> bool:
    return e in model.sizes or (isinstance(e, Entry) and model.family(e).kind == "size")


def _layer_slot(value: Expr, q: Quantity) -> int:
    indices = weight_variance(value).args[0].indices
    return next(n for n, a in enumerate(indices) if q.index in a.free_symbols)


def assumed(model: Model, *premises: Assumption) -> Model:
    """The model with more assumed."""
    return replace(model, assumptions=[*model.assumptions, *premises])


def premise(name: str, left: Expr, right: Expr, *over: Range) -> Assumption:
    """An equation under a name."""
    return Assumption(name, (Statement(left, right, over),), f"{left} = {right}")


# -- equal variances ask for a factor of 1


def equal(f: Factor) -> Assumption:
    """The premise that the variance does not change from layer to layer."""
    q = f.q
    left, right = Var(q.first(q.following)), Var(q.first(q.before))
    return premise(f"equal-{f.chain}", left, right, q.step_ranges[0])


def equal_at_end(book: Book, f: Factor) -> Assumption | None:
    """The premise for the layer at the end, if weights lead there."""
    if f.first is None:
        return None
    end, value = f.first
    start = book.equation(end).right / value
    return premise(f"equal-{f.chain}-end", Var(f.q.first(f.q.end)), start)


def asked(book: Book, f: Factor) -> list[str]:
    """From equal variances: the factor is 1."""
    q, r = f.q, f.q.step_ranges[0]
    before = Var(q.first(q.before))
    at = ((q.index, q.index), *_firsts(q.step_ranges[1:]))
    line = book.line(put(f.value, q.index, q.index + f.shift) * before, (r,))
    reached = Var(q.first(q.following))
    line.reverse("lemma", line.now, reached, f.step, 0, at, ()).next()
    line.apply("assumption", reached, f"equal-{f.chain}", 0, ((q.index, q.index),), ())
    times = book.close(f"{f.chain}, one layer on, if equal", line, (r,))
    layer = q.index - f.shift
    line = book.line(f.value, (f.over,))
    there = put(before, q.index, layer)
    closed = (f.whole, _instance(book, f.whole, there))
    line.apply("division", f.value, "lemma", times, 0, ((q.index, layer),), there, ONE, *closed)
    found = [times, book.close(f"the {f.chain} condition", line, (f.over,))]
    return found + _asked_at_end(book, f)


def _asked_at_end(book: Book, f: Factor) -> list[str]:
    if f.first is None:
        return []
    end, value = f.first
    claim = book.equation(end)
    reached, start = Var(f.q.first(f.q.end)), claim.right / value
    line = book.line(claim.right)
    line.reverse("lemma", claim.right, reached, end, 0, _firsts(claim.ranges), ()).next()
    line.apply("assumption", reached, f"equal-{f.chain}-end", 0, (), ())
    times = book.close(f"{f.chain} at the end, if equal", line, ())
    line = book.line(value).apply("division", value, "lemma", times, 0, (), start, ONE)
    return [times, book.close(f"the {f.chain} condition at the end", line, ())]


def _firsts(ranges: Iterable[Range]) -> At:
    return tuple((r.index, r.lo) for r in ranges)


def _instance(book: Book, name: str, left: Expr) -> At:
    """The index values at which a part speaks of a term."""
    claim = book.equation(name)
    pattern, wanted = (e.args[0] for e in (claim.left, left))
    names = [r.index for r in claim.ranges]
    pairs = zip(_indices(pattern), _indices(wanted), strict=True)
    at = dict((p, a) for p, a in pairs if p in names)
    return tuple((n, at[n]) for n in names)


def _indices(e: Expr) -> tuple[Expr, ...]:
    return e.indices if isinstance(e, Entry) else e.by.indices


# -- a factor of 1 gives equal variances


def condition(f: Factor) -> list[Assumption]:
    """The premises that the factor is 1 at every layer on the way."""
    found = [premise(f"{f.chain}-condition", f.value, ONE, f.all_layers)]
    if f.first and f.apart:
        found.append(premise(f"{f.chain}-condition-end", f.first[1], ONE))
    return found


def gives(book: Book, f: Factor) -> list[str]:
    """From a factor of 1: the variance at every layer is that at the end."""
    solved = solved_for(book, f)
    if f.first and f.apart:
        solved.append(_solved_at_end(book, f, f.first[1]))
    claim = book.equation(f.whole)
    line = book.line(claim.left, claim.ranges)
    line.apply("lemma", line.now, f.whole, 0, tuple((r.index, r.index) for r in claim.ranges), ())
    return [*solved, _with_one(book, line.next(), solved, f)]


def solved_for(book: Book, f: Factor) -> list[str]:
    """The variance of the weights that makes the factor 1."""
    name, rest = f"the {f.chain} condition, solved", f.rest
    line = book.line(f.weight, (f.all_layers,))
    here = ((f.over.index, f.over.index),)
    line.apply(
        "division", f.weight, "assumption", f"{f.chain}-condition", 0, here, rest, tidy(1 / rest)
    )
    return [book.close(name, line, (f.all_layers,))]


def _solved_at_end(book: Book, f: Factor, value: Expr) -> str:
    weight = weight_variance(value)
    rest = value / weight
    line = book.line(weight)
    line.apply("division", weight, "assumption", f"{f.chain}-condition-end", 0, (), rest, 1 / rest)
    return book.close(f"the {f.chain} condition at the end, solved", line, ())


def _with_one(book: Book, line: Line, solved: list[str], f: Factor) -> str:
    for old in line.where(Var):
        if f.of_weights(old):
            first_of(line, *(partial(Line.cite, source="lemma", name=s, old=old) for s in solved))
    ones_removed(line.next())
    return book.close(f"{f.chain} under its condition", line, book.equation(f.whole).ranges)


def ones_removed(line: Line) -> Line:
    """Products of equal factors become powers."""
    return everywhere(line, "product of equal factors", Product)


# -- a choice put in


def with_weights(book: Book, f: Factor, name: str, lemma: str = "") -> str:
    """One layer on, with the variance of the weights that a premise says, or a lemma."""
    q, r = f.q, f.q.step_ranges[0]
    line = book.line(Var(q.first(q.following)), (r,))
    at = ((q.index, q.index), *_firsts(q.step_ranges[1:]))
    line.apply("lemma", line.now, f.step, 0, at, ()).next()
    (weight,) = line.where(f.of_weights)
    line.cite("lemma" if lemma else "assumption", lemma or name, weight)
    return book.close(f"{f.chain} under the {name}", line, (r,))


# -- both ways


@dataclass(frozen=True)
class Both:
    """The two factors in one name for the layer of weights; ``where`` both of them exist."""

    forward: Factor
    backward: Factor
    where: Range
    anywhere: Range

    @property
    def scale(self) -> Expr:
        """What stands in both beside the units and the variance of the weights."""
        return self.forward.scale

    @property
    def inward(self) -> Expr:
        return self.forward.units

    @property
    def outward(self) -> Expr:
        return self.backward.units

    @property
    def weight(self) -> Expr:
        return self.forward.weight

    @property
    def here(self) -> tuple[tuple[Symbol, Expr], ...]:
        return ((self.where.index, self.where.index),)


def both_ways(order: Order, forward: Factor, backward: Factor) -> Both:
    """Both factors, with the layers of weights that both of them have and that either has.

    Raises Refused where they have different numbers in them.
    """
    if forward.scale != backward.scale:
        raise Refused("the factor is {} going up and {} coming down", forward.value, backward.value)
    index = forward.over.index
    at = {backward.over.index: index}
    over = backward.over._replace(index=index)
    renamed = replace(
        backward, value=put(backward.value, at), units=put(backward.units, at), over=over
    )
    a, b, c, d = forward.over, over, forward.reach, renamed.reach
    where = Range(index, _largest(order, a.lo, b.lo), _least(order, a.hi, b.hi))
    anywhere = Range(index, _least(order, c.lo, d.lo), _largest(order, c.hi, d.hi))
    return Both(forward, renamed, where, anywhere)


def _largest(order: Order, a: Expr, b: Expr) -> Expr:
    return a if order.leq(b, a) else b


def _least(order: Order, a: Expr, b: Expr) -> Expr:
    return a if order.leq(a, b) else b
