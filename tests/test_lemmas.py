"""What is derived of one quantity does not depend on what was derived before."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sympy import Symbol

from derive.judging.lemmas import Known
from derive.model import Model
from derive.read.declare import notation
from derive.terms import Entry, Partial

NOTATIONS = ("glorot", "ubc", "d2l")


def atoms(model: Model) -> list[Entry | Partial]:
    """An entry of each layered family, and the derivative of each cost by it."""
    found: list[Entry | Partial] = []
    for family in model.families.values():
        if family.kind in ("defined", "random") and len(family.ranges) > 1:
            entry = family[tuple(r.index for r in family.ranges)]
            found += [entry] if family.kind == "defined" else []
            found += [Partial(Entry(cost), entry) for cost in model.costs]
    return found


@pytest.mark.parametrize("name", NOTATIONS)
def test_the_order_of_claims_does_not_matter(name: str) -> None:
    model = notation(name).model
    forth, back = Known(model), Known(model)
    those = atoms(model)
    there = {a: forth.lemmas([a]) for a in those}
    assert there == {a: back.lemmas([a]) for a in reversed(those)}
    assert sum(map(len, there.values())) >= 10


@pytest.mark.parametrize("name", NOTATIONS)
def test_what_holds_for_all_depths_holds_for_deeper_networks(name: str) -> None:
    model = notation(name).model
    deeper = {s: least + isinstance(s, Symbol) for s, least in model.sizes.items()}
    raised = replace(model, sizes=deeper)
    base = Known(model)
    inherited, own = Known(raised, base), Known(raised)
    for atom in atoms(model):
        assert {p.name for p in own.lemmas([atom])} <= {p.name for p in inherited.lemmas([atom])}
        q = base.quantity(atom)
        if q is not None and base.of(q).everything:
            assert inherited.of(q) is base.of(q)
            for p in base.of(q).proved:
                assert p.claim in [o.claim for o in own.lemmas([atom])], p.name
