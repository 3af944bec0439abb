"""False statements with derivations that were made up for them: each one must be refused.

Every test is a way in which a checker of this kind has gone wrong, or could.
"""

from __future__ import annotations

from typing import Any

import pytest
from sympy import Expr, Integer, Symbol, symbols

from derive.errors import Refused
from derive.kernel import HYPOTHESIS, Cases, Chain, Derivation, From, Induction, Part, Step, replay
from derive.model import Independent, Model, SameLaw, Statement, Unit, ranges
from derive.scope import Box, Claim, Sources
from derive.terms import Delta, E, Entry, Partial, Sum, put, same

a, b, i, j, k, l = symbols("a b i j k l")
ZERO, ONE = Integer(0), Integer(1)


def step(
    rule: str, old: Expr, new: Expr, *args: Any, after: Expr | None = None, backward: bool = False
) -> Step:
    """A forged step; the whole line is rewritten unless a line after is given."""
    return Step(rule, args, old, new, new if after is None else after, 1, backward)


def chain(name: str, claim: Claim, *steps: Step, right: tuple[Step, ...] = ()) -> Part:
    """A claim with the rewriting that is said to prove it."""
    return Part(name, claim, Chain(steps, right))


def refused(model: Model, *parts: Part) -> str:
    """The words with which a derivation is refused."""
    with pytest.raises(Refused) as why:
        replay(Derivation(model, parts))
    return str(why.value)


def row() -> tuple[Model, Symbol, Any]:
    """n random variables."""
    model = Model("row")
    n = model.size("n")
    return model, n, model.random("x", (j, 1, n))


def test_a_bound_name_that_gives_way_does_not_take_a_name_that_is_replaced() -> None:
    prime = Symbol("a'")
    e = Sum(Entry("x", a) * Entry("y", b), (a, 1, 3))
    assert same(put(e, {b: a, prime: Integer(5)}), put(e, b, a))


@pytest.mark.parametrize("name", ["\x000", "_0"])
def test_no_name_is_taken_for_a_bound_one(name: str) -> None:
    other = Symbol(name)
    x = [Entry("x", a, other), Entry("x", a, a)]
    assert not same(Sum(x[0], (a, 1, 3)), Sum(x[1], (a, 1, 3)))
