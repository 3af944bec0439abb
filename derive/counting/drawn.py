"""Laws and fixed numbers as a model declares them, at the numbers of an instance. Not trusted.

Glossary: drawn has, by family, the law of each entry that is declared to have one.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sympy import Expr, Rational

from derive.counting.continuous import Continuous, continuous
from derive.counting.exact import Number, exactly
from derive.counting.instance import Indices, Instance, Law
from derive.densities import Form, Points
from derive.errors import Refused
from derive.model import Distributed, Family, Model, Statement
from derive.terms import Entry

Drawn = dict[str, dict[tuple[int, ...], Law | Continuous]]
NUMBER = Fraction(1, 2)


def laws_of(model: Model) -> list[str]:
    """The families of which a law is declared."""
    facts = (f for a in model.assumptions for f in a.facts)
    return list(dict.fromkeys(f.entry.name for f in facts if isinstance(f, Distributed)))


def declared(instance: Instance) -> Drawn:
    """The laws that the model of an instance declares, with its sizes and fixed numbers put in.

    Raises Refused where one is no law at these numbers, or cannot be counted exactly.
    """
    found: Drawn = {}
    made: dict[Any, Law | Continuous] = {}
    for fact in (f for a in instance.model.assumptions for f in a.facts):
        if isinstance(fact, Distributed):
            form = fact.law.form
            free = set().union(*(p.free_symbols for p in fact.law.parameters))
            for at in instance.points(fact.ranges, {}):
                name, indices = instance.key(fact.entry, at)
                known = fact.law, tuple((s, n) for s, n in at.items() if s in free)
                if known not in made:
                    made[known] = _law(form, instance, at)
                found.setdefault(name, {})[indices] = made[known]
    return found


def _law(form: Form, instance: Instance, at: Indices) -> Law | Continuous:
    def value(e: Expr) -> Number:
        return instance.number(e, at)

    if not isinstance(form, Points):
        return continuous(form, value)
    return tuple((value(v), value(p)) for v, p in form.pairs)


def overlaid(laws: Mapping[str, Any], drawn: Drawn) -> dict[str, Any]:
    """Laws by family, but those of the entries that are drawn."""

    def of_family(name: str) -> Any:
        other, own = laws.get(name), drawn[name]
        return lambda *indices: own.get(indices) or (
            other(*indices) if callable(other) else other
        )  # fmt: skip

    return {**laws, **{name: of_family(name) for name in drawn}}


def fixed_numbers(
    model: Model, number: Number = NUMBER, sizes: Mapping[Any, Any] | None = None
) -> dict[str, Any]:
    """A value for each family of fixed numbers: the one declared, or one as near as may be.

    Raises Refused where what is declared gives no number.
    """
    known: dict[str, Number] = {}
    for fact in (f for a in model.assumptions for f in a.facts if isinstance(f, Statement)):
        if isinstance(fact.left, Entry) and model.family(fact.left).kind == "given":
            if not isinstance(fact.right, Rational):
                raise Refused("{} = {} gives no number to count with", fact.left, fact.right)
            known[fact.left.name] = exactly(fact.right)
    found: dict[str, Any] = {}
    for family in model.families.values():
        if family.kind == "given":
            so_far = Instance(model, sizes or {}, given=dict(found))
            bounded = family.above is not None or family.below is not None
            found[family.name] = known.get(
                family.name, _of_entry(family, so_far, abs(number)) if bounded else number
            )
    return found


def _of_entry(family: Family, so_far: Instance, number: Number) -> Any:
    """A number between the bounds of an entry, by its indices."""

    def between(*indices: int) -> Number:
        at = dict(zip((r.index for r in family.ranges), indices, strict=True))
        low, high = (
            None if bound is None else so_far.number(bound, at)
            for bound in (family.above, family.below)
        )
        if low is not None and high is not None:
            return exactly(low + (high - low) * (1 / (1 + Fraction(number))))
        if low is not None:
            return exactly(low + number)
        return exactly(number if high is None else high - number)

    return between if family.ranges else between()
