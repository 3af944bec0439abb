"""What an assumption contradicts, the moments of declared laws included. Not trusted to prove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from sympy import Integer

from derive.model import Assumption, Distributed, Model, Statement
from derive.proving.by_law import law_parts
from derive.rivals import Rivals, Said, declared, rivals, said_by, said_of
from derive.subterms import names_in
from derive.terms import HEADS, E, Entry

HIGHEST = 8


def clashes(a: Assumption, model: Model) -> Iterator[Rivals]:
    """What contradicts itself once more is assumed, if nothing did before."""
    new = said_by(a, model)
    if not new:
        return
    before = declared(model)
    moments = [f for s in (*before, *new) if (f := _of_moments(s.fact)) is not None]
    names = names_in(*(f.left for f in moments))
    told = names if any(_of_moments(s.fact) for s in new) else ()
    powers = {n for f in moments for n in _powers(f)}
    new += [s for f in a.facts for s in _by_law(f, a, names, powers, model)]
    more = (_by_law(f, b, told, powers, model) for b in model.assumptions for f in b.facts)
    yield from rivals([*before, *(s for said in more for s in said)], new, model)


def _of_moments(fact: object) -> Statement | None:
    """A fact, if it is an equation of moments."""
    return fact if isinstance(fact, Statement) and fact.left.has(*HEADS) else None


def _powers(s: Statement) -> Iterator[int]:
    """The powers of entries whose means a statement is about."""
    for mean in s.left.atoms(E):
        base, power = mean.args[0].as_base_exp()
        if isinstance(base, Entry) and isinstance(power, Integer) and 2 < power <= HIGHEST:
            yield int(power)


def _by_law(
    fact: object, a: Assumption, names: Iterable[str], powers: Iterable[int], model: Model
) -> list[Said]:
    """The moments of a law of which something else is said, too."""
    if not isinstance(fact, Distributed) or fact.entry.name not in names:
        return []
    alone = replace(model, assumptions=[replace(a, facts=(fact,))])
    claims = (p.claim for p in law_parts(alone, tuple(sorted(powers))))
    return [s for c in claims if isinstance(c, Statement) and isinstance(c.left, HEADS)
            for s in said_of(c, frozenset({a.name}))]  # fmt: skip
