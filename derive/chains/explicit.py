"""Unrolling at a given depth, one substitution a line. Not trusted: every line is an instance.

The lemma "part of the way" says Var at one layer as Var at another times the product between;
the kernel proves it once, and each line is that lemma at the numbers of the line.  So a line
is as short as the closed formula, whatever the depth.

Glossary: a way leads from a layer to the end where the quantity is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sympy import Expr, Integer, Symbol

from derive.chains.story import Story
from derive.errors import Refused
from derive.kernel import Replayed, replay
from derive.model import Model, Statement
from derive.proving.network import Book, Quantity, quantity, quantity_of
from derive.proving.recursion import recursion, variance_at_end
from derive.proving.residual import branch_of
from derive.proving.unroll import product_formula, unrolled_part_way
from derive.rules import right_sides, specialised
from derive.scope import Scope
from derive.substitution import put
from derive.terms import Entry, Partial, Range, Var


@dataclass(frozen=True)
class Unrolled:
    """``left`` is each line in turn, and ``closed`` at the end.

    ``law`` is the lemma for this depth and ``left``, the layer reached left open; ``layers`` are
    the layers that the lines reach, the first being that of ``left``.  ``step`` is the
    recursion, its layer left open; ``end`` is the equation that closes.
    """

    left: Expr
    layers: tuple[int, ...]
    law: Statement
    closed: Expr
    step: Statement
    end: Statement
    replayed: Replayed

    def __len__(self) -> int:
        """How many substitutions there are."""
        return len(self.layers) - (self.end.left == self.end.right)

    def why(self, n: int) -> Statement:
        """The equation that is put in to reach line ``n``, and behind the last one the closing."""
        if n == len(self.layers):
            return self.end
        at = {self.step.ranges[0].index: Integer(min(self.layers[n - 1 : n + 1]))}
        return Statement(put(self.step.left, at), put(self.step.right, at))

    def line(self, n: int) -> Expr:
        """What is reached by ``n`` substitutions."""
        if n == len(self.layers):
            return self.closed
        return put(self.law.right, self.law.ranges[0].index, Integer(self.layers[n]))

    @property
    def lines(self) -> tuple[Expr, ...]:
        """All of them, one for each layer."""
        return tuple(map(self.line, range(len(self.layers))))


@dataclass(frozen=True)
class Walk:
    """One line of equations from ``start`` to ``closed``, along one way or two.

    ``opening`` is what is put in first: the factors that the ways start from, if they are two.
    """

    layer: int
    depth: int
    symbol: Symbol
    start: Expr
    opening: Statement | None
    ways: tuple[Unrolled, ...]

    @property
    def closed(self) -> Expr:
        """The product at the end."""
        if self.opening is None:
            return self.ways[0].closed
        return put(self.opening.right, {way.left: way.closed for way in self.ways})

    @property
    def claim(self) -> Statement:
        """What was shown at this depth and layer."""
        return Statement(self.start, self.closed)

    def __len__(self) -> int:
        """How many substitutions there are in all."""
        return (self.opening is not None) + sum(map(len, self.ways))

    def part(self, first: int, last: int) -> Iterator[tuple[Statement, Expr]]:
        """Substitutions number ``first`` to ``last``: the equation put in, and the line reached."""
        number, before = 0, self.start
        if self.opening is not None:
            number, before = 1, self.opening.right
            if first <= 1 <= last:
                yield self.opening, before
        for way in self.ways:
            for n in range(max(1, first - number), min(len(way), last - number) + 1):
                yield way.why(n), put(before, way.left, way.line(n))
            number, before = number + len(way), put(before, way.left, way.closed)


def depth_symbol(model: Model, q: Quantity) -> Symbol:
    """The size that says how deep the network is; raises Refused if there is no one such size."""
    names = q.layer.lo.free_symbols | q.layer.hi.free_symbols if q.ranges else set()
    found = [s for s in names if s in model.sizes]
    if len(found) != 1:
        raise Refused("the model {} has no one size for its depth", model.name)
    return found[0]


def layers_at(model: Model, q: Quantity, depth: int) -> range:
    """The layers at which a quantity exists in a network of a given depth; raises Refused."""
    d = depth_symbol(model, q)
    if depth < model.sizes[d]:
        raise Refused("{} is at least {}, not {}", d, model.sizes[d], depth)
    at = {d: Integer(depth)}
    lo, hi = put(q.layer.lo, at), put(q.layer.hi, at)
    return range(int(lo), int(hi) + 1)


def explicit(model: Model, chain: str, depth: int, at: int | None = None) -> Unrolled:
    """Unroll the recursion of a chain at a depth, from layer ``at`` (the farthest one) to the end.

    Raises Refused where the depth or the layer does not exist, or the derivation stops.
    """
    return unrolled(model, layered(model, chain), depth, at)


def layered(model: Model, chain: str) -> Quantity:
    """The quantity of a chain, which has to have a layer; raises Refused, Undeclared."""
    shown = model.shows.get(chain)
    if isinstance(shown, Var) and isinstance(shown.args[0], Entry) and not shown.args[0].indices:
        raise Refused("{} has no layers in the model {}", chain, model.name)
    return quantity(model, chain)


def unrolled(model: Model, q: Quantity, depth: int, at: int | None = None) -> Unrolled:
    """The same for a quantity."""
    if branch_of(model, q):
        raise Refused(
            "layers that add to what they get are not unrolled line by line; --at shows one layer"
        )
    d, span = depth_symbol(model, q), layers_at(model, q, depth)
    far = at if at is not None else (span.stop - 1 if q.upward else span.start)
    _among(far, span, q, d, depth)
    book = Book(model)
    way, whole = unrolled_part_way(book, q), product_formula(book, q)
    names = way, whole, recursion(book, q), variance_at_end(book, q)
    replayed = replay(book.derivation(whole))
    proved = {p.name: p.claim for p in replayed.proved if isinstance(p.claim, Statement)}
    scope = Scope(model, (Range(d, Integer(depth), Integer(depth)),))
    lemma, formula = (_at_first_unit(proved[n], q, far, d, depth, scope) for n in names[:2])
    step, end = (_first_units(proved[n], d, depth) for n in names[2:])
    path = range(far, span[0] - 1, -1) if q.upward else range(far, span[-1] + 1)
    right_sides(lemma, (Integer(path[0]), Integer(path[-1])), scope)  # so all between exist
    return Unrolled(lemma.left, tuple(path), lemma, formula.right, step, end, replayed)


def walk(story: Story, depth: int, at: int | None = None) -> Walk:
    """The equations of a chain at a depth, from layer ``at`` to the end; raises Refused.

    Of a weight gradient both factors are followed, if not said otherwise from the middle layer.
    """
    model, q = story.model, layered(story.model, story.chain)
    d = depth_symbol(model, q)
    if story.chain != "weight-grad":
        way = unrolled(model, q, depth, at)
        return Walk(way.layers[0], depth, d, way.left, None, (way,))
    span = layers_at(model, q, depth)
    layer = at if at is not None else span[len(span) // 2] if span else 0
    _among(layer, span, q, d, depth)
    scope = Scope(model, (Range(d, Integer(depth), Integer(depth)),))
    replayed = replay(story.derivation)
    cited = [c for c in replayed.checked if c.part == story.main and _is_formula(c.step.args)]
    factors = Statement(Var(q.entry), cited[0].before, q.ranges)
    opening = _at_first_unit(factors, q, layer, d, depth, scope)
    ways = []
    for c in cited:
        inner = c.step.old.args[0]
        there = put(_layer(inner), {q.index: Integer(layer), d: Integer(depth)})
        ways.append(unrolled(model, quantity_of(model, inner), depth, int(there)))
    return Walk(layer, depth, d, opening.left, opening, tuple(ways))


def depths_with(model: Model, q: Quantity, layer: int) -> tuple[Symbol, int]:
    """The size for the depth, and the least one at which a layer exists; raises Refused."""
    d = depth_symbol(model, q)
    least = model.sizes[d]
    shallow = layers_at(model, q, least)
    lo, deeper = shallow.start, q.layer.hi.free_symbols
    depth = least if layer in shallow or d not in deeper else least + layer - shallow.stop + 1
    if depth < least or layer not in layers_at(model, q, depth):
        raise Refused("{} is not a layer: {} starts at {}", layer, q.index, lo)
    return d, depth


def at_layer(model: Model, q: Quantity, claim: Statement, layer: int) -> Statement:
    """What a chain shows at a numeric layer, for every depth at which that exists."""
    d, least = depths_with(model, q, layer)
    deep = replace(model, sizes={**model.sizes, d: least})
    firsts = {r.index: r.lo for r in q.ranges[1:]}
    return specialised(claim, {q.index: Integer(layer), **firsts}, Scope(deep))


def _among(layer: int, span: range, q: Quantity, d: Symbol, depth: int) -> None:
    if layer not in span:
        where = f"{q.name} has {span[0]} … {span[-1]}" if span else f"{q.name} has none"
        raise Refused("{} is not a layer at {} = {}: {}", layer, d, depth, where)


def _is_formula(args: tuple[object, ...]) -> bool:
    """Whether a step cites the formula of another chain."""
    name = str(args[0]) if args else ""
    return name.startswith("Var[") and name.endswith("]")


def _layer(inner: Expr) -> Expr:
    """The layer of an entry, or of a derivative by one."""
    by = inner.by if isinstance(inner, Partial) else inner
    return by.indices[0]


def _first_units(s: Statement, d: Symbol, depth: int) -> Statement:
    """An equation for the first units, the depth being a number; the layer stays open."""
    layer = [r for r in s.ranges if r.index in _layer(s.left.args[0]).free_symbols]
    at = {r.index: r.lo for r in s.ranges if r not in layer} | {d: Integer(depth)}
    return Statement(put(s.left, at), put(s.right, at), tuple(layer))


def _at_first_unit(
    s: Statement, q: Quantity, layer: int, d: Symbol, depth: int, scope: Scope
) -> Statement:
    """The statement at a numeric layer, for the first unit of it, the depth being a number."""
    first = {r.index: r.lo for r in q.ranges[1:]}
    fixed = specialised(s, {q.index: Integer(layer), **first}, scope)
    at = {d: Integer(depth)}
    rest = tuple(Range(r.index, put(r.lo, at), put(r.hi, at)) for r in fixed.ranges)
    return Statement(put(fixed.left, at), put(fixed.right, at), rest)
