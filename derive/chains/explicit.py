"""Unrolling at a given depth, one substitution a line. Not trusted: every line is an instance.

The lemma "part of the way" says Var at one layer as Var at another times the product between;
the kernel proves it once, and each line is that lemma at the numbers of the line.  So a line
is as short as the closed formula, whatever the depth.
"""

from __future__ import annotations

from dataclasses import dataclass

from sympy import Expr, Integer, Symbol

from derive.errors import Refused
from derive.kernel import Replayed, replay
from derive.model import Model, Statement
from derive.network import Book, Quantity, quantity
from derive.rules import right_sides, specialised
from derive.scope import Scope
from derive.terms import Range, put
from derive.unroll import product_formula, unrolled_part_way


@dataclass(frozen=True)
class Unrolled:
    """``left`` is each of the ``lines`` in turn, and ``closed`` at the end.

    ``layers`` are the layers that the lines have reached, the first being that of ``left``.
    """

    left: Expr
    layers: tuple[int, ...]
    lines: tuple[Expr, ...]
    closed: Expr
    replayed: Replayed


def depth_symbol(model: Model, q: Quantity) -> Symbol:
    """The size that says how deep the network is; raises Refused if there is no one such size."""
    names = q.layer.lo.free_symbols | q.layer.hi.free_symbols
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
    q = quantity(model, chain)
    d, span = depth_symbol(model, q), layers_at(model, q, depth)
    far = at if at is not None else (span[-1] if q.upward else span[0])
    if far not in span:
        raise Refused("{} is not a layer: {} = {} … {}", far, q.index, span[0], span[-1])
    book = Book(model)
    way, whole = unrolled_part_way(book, q), product_formula(book, q)
    replayed = replay(book.derivation(whole))
    proved = {p.name: p.claim for p in replayed.proved if isinstance(p.claim, Statement)}
    scope = Scope(model, (Range(d, Integer(depth), Integer(depth)),))
    lemma, formula = (_at_first_unit(proved[n], q, far, d, depth, scope) for n in (way, whole))
    path = range(far, span[0] - 1, -1) if q.upward else range(far, span[-1] + 1)
    lines = right_sides(lemma, map(Integer, path), scope)
    return Unrolled(lemma.left, tuple(path), tuple(lines), formula.right, replayed)


def _at_first_unit(
    s: Statement, q: Quantity, layer: int, d: Symbol, depth: int, scope: Scope
) -> Statement:
    """The statement at a numeric layer, for the first unit of it, the depth being a number."""
    first = {r.index: r.lo for r in q.ranges[1:]}
    fixed = specialised(s, {q.index: Integer(layer), **first}, scope)
    at = {d: Integer(depth)}
    rest = tuple(Range(r.index, put(r.lo, at), put(r.hi, at)) for r in fixed.ranges)
    return Statement(put(fixed.left, at), put(fixed.right, at), rest)
