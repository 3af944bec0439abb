"""Claims against each other, whatever the model says. Not trusted: they are told, no verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product

from sympy import Expr

from derive.model import Model, Statement, key_of
from derive.order import Order
from derive.powers import Outside
from derive.products import agree
from derive.proving.network import quantity
from derive.read.links import Claim
from derive.terms import HEADS, Entry, Partial, Var, rebuild

MOST_TRIPLES = 16


@dataclass(frozen=True)
class Told:
    """One equation with its verdict; a ``choice`` is none of facts."""

    claim: Claim
    model: Model
    said: Statement
    verdict: str
    choice: bool


@dataclass(frozen=True)
class Conflict:
    """Claims that cannot all be right, whatever the model says."""

    claims: tuple[Claim, ...]
    why: str


def conflicts(told: Iterable[Told]) -> Iterator[Conflict]:
    """Claims about one quantity that differ, and products that do not multiply together.

    A claim is held against the first one that it differs from.  One that fails has been told, with
    what is right in its place; one that holds and one that needs a fact can both be right, and so
    can two of which something may vanish in a sum.
    """
    told = list(told)
    choices = {t.said for t in told if t.choice}
    met: dict[tuple[object, ...], dict[tuple[object, ...], Told]] = {}
    for c in told:
        s, choice = c.said, c.said in choices
        before = met.setdefault((id(c.model), s.left, s.ranges), {})
        for (right, _, other), d in before.items():
            # Two choices can both be made where sizes let them.
            open = choice and other and not (s.right / right).is_Rational
            if not open and not _both(c, d) and _differ(s, s.right, right, c.model):
                yield Conflict((d.claim, c.claim), "they say different things of one quantity")
                break
        before.setdefault((s.right, c.verdict, choice), c)
    facts = [t for t in told if t.said not in choices]
    for t in facts:
        yield from _triples(t, facts)


def _both(c: Told, d: Told) -> bool:
    """Whether there is nothing to be told of two claims that differ, beside their verdicts."""
    verdicts = {c.verdict, d.verdict}
    if verdicts == {"holds"} or "fails" in verdicts:
        return True
    if c.choice or d.choice:
        return False
    return verdicts == {"holds", "needs"} or any(_of_moments(t.said.right) for t in (c, d))


def _of_moments(e: Expr) -> bool:
    """Whether a term is a sum that has moments in it."""
    return e.has(*HEADS) and bool(e.expand().is_Add)


def _triples(c: Told, facts: list[Told]) -> Iterator[Conflict]:
    """The variance of a weight gradient is that of its two factors, by the chain rule."""
    model, s = c.model, c.said
    if not {"forward", "backward", "weight-grad"} <= set(model.shows):
        return
    w, z, g = (quantity(model, n) for n in ("weight-grad", "forward", "backward"))
    if s.left != Var(w.first(w.index)):
        return
    up, down = (
        {t.said.right: t for t in facts if t.model is model and t.said.left == Var(q)}
        for q in (z.first(w.index), g.first(w.index))
    )
    for (one, d), (two, e) in islice(product(up.items(), down.items()), MOST_TRIPLES):
        if _differ(s, s.right, one * two, model):
            yield Conflict(
                (d.claim, e.claim, c.claim),
                "a weight gradient is an activation times a back-propagated gradient, "
                "so the last should be the product of the first two",
            )


def _differ(s: Statement, a: Expr, b: Expr, model: Model) -> bool:
    """Whether two products of the same random quantities are different, in whichever units."""
    try:
        order = Order(s.ranges, model.least)
        differ = not agree(a, b, order) and not agree(_of_one_unit(a), _of_one_unit(b), order)
    except Outside:
        return False
    return differ and _speaks_of(a) == _speaks_of(b)


def _of_one_unit(e: Expr) -> Expr:
    """The term with the first unit of a layer for all of its units, since they may be alike."""
    if isinstance(e, Entry) and len(e.indices) > 1:
        return Entry(e.name, e.indices[0], *(1 for _ in e.indices[1:]))
    return rebuild(e, tuple(map(_of_one_unit, e.args))) if e.args else e


def _speaks_of(e: Expr) -> set[str]:
    inside = (x.as_base_exp()[0] for head in e.atoms(*HEADS) for x in head.args)
    return {key_of(x) for x in inside if isinstance(x, (Entry, Partial))}
