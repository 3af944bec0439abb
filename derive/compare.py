"""What a source prints, held against what was derived. Not trusted to prove: verdicts rest on
the normal form of telescoping products, numbers on exact evaluation and on counting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sympy import Expr, Mul, Pow, Symbol

from derive.chains.story import Story
from derive.counting.functions import identity
from derive.counting.instance import (
    Instance,
    two_point,
)
from derive.counting.oracle import Counted, count
from derive.counting.witness import Witness, witness
from derive.errors import Refused, Undeclared
from derive.judging.nearest import Edit, nearest, true_when
from derive.judging.quotient import quotient
from derive.kernel import Replayed
from derive.matching import match
from derive.model import Model, Printed, Statement, key_of
from derive.order import Order
from derive.powers import Outside
from derive.products import agree
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Apply, Entry, Partial, term
from derive.writing.formula import write

MOST_CASES = 2**12


@dataclass(frozen=True)
class Example:
    """The smallest instance where both sides differ: its numbers, and the derived one counted."""

    at: tuple[tuple[str, str], ...]
    printed: Expr
    derived: Expr
    counted: Counted | None


@dataclass(frozen=True)
class Near:
    """A true statement close to the printed one, and what was changed in it."""

    statement: Statement
    changed: str


@dataclass(frozen=True)
class Comparison:
    """A printed formula and its verdict: ``holds``, ``fails`` or ``undecided``."""

    printed: Printed
    derived: Statement
    verdict: str
    why: str = ""
    ratio: tuple[Expr, Expr] | None = None
    example: Example | None = None
    nearest: tuple[Near, ...] = ()
    true_when: tuple[Expr, Expr] | None = None


def compare(story: Story, replayed: Replayed) -> Iterable[Comparison]:
    """Every formula that the model says is printed for this chain."""
    for printed in story.model.printed:
        if printed.chain == story.chain:
            derived = _about(printed, story, replayed)
            if derived is not None:
                model = story.model.without(story.premises)
                yield _verdict(printed, derived, model, alone=not story.premises)


def _about(printed: Printed, story: Story, replayed: Replayed) -> Statement | None:
    """What was derived of the quantity that is printed: of several results, the last."""
    results = story.results or (replayed.proved[-1].name,)
    found = [p.claim for p in replayed.proved if p.name in results]
    for claim in reversed(found):
        if isinstance(claim, Statement) and (
            not story.results or match(claim.left, printed.statement.left, _names(claim), set())
        ):
            return claim
    return None


def _names(claim: Statement) -> set[Symbol]:
    return {r.index for r in claim.ranges}


def _verdict(printed: Printed, derived: Statement, model: Model, *, alone: bool) -> Comparison:
    """Both sides with the derived formula put in for every variance that it speaks of.

    A derived formula that does not stand ``alone`` has premises, under which nothing is counted.
    """
    over = printed.statement.ranges or derived.ranges
    order = Order(over, model.least)
    left, right = (_closed(e, derived) for e in (printed.statement.left, printed.statement.right))
    try:
        if agree(right, left, order):
            return Comparison(printed, derived, "holds")
        ratio = quotient(right, left, order)
        truth = Statement(printed.statement.left, left, over)
        near = nearest(printed.statement, truth, order, lambda e: write(e, model))
    except Outside as no:
        return Comparison(printed, derived, "undecided", str(no))
    found = witness(right, left, over, model)
    if found is None or isinstance(found.left, Expr) or isinstance(found.right, Expr):
        why = "no numbers tell the two apart"
        return Comparison(printed, derived, "undecided", why, ratio)
    return Comparison(
        printed,
        derived,
        "fails",
        ratio=ratio,
        example=_example(found, printed.statement.left if alone else None, model),
        nearest=tuple(Near(e.statement, e.changed) for e in near if e is near[0] or _plain(e)),
        true_when=true_when(right, left, order),
    )


def _plain(e: Edit) -> bool:
    """Whether an edit leaves a formula without quotients."""
    return not any(isinstance(a, Pow) and a.exp < 0 for a in Mul.make_args(e.statement.right))


def _closed(e: Expr, derived: Statement) -> Expr:
    names = _names(derived)
    for atom, _ in list(occurrences(e, lambda t: isinstance(t, type(derived.left)))):
        found = match(derived.left, atom, names, set())
        if found is not None:
            e = put(e, atom, put(derived.right, found[0]))
    return e


def _example(found: Witness, left: Expr | None, model: Model) -> Example:
    """The numbers of a witness, said in the model's own names, and the left side counted."""
    sizes: dict[Expr | str, Any] = {s: n for s, n in found.at.items() if s in model.sizes}
    widths: dict[str, dict[Any, int]] = {}
    for e, n in found.at.items():
        if isinstance(e, Entry):
            at = tuple(int(a) for a in e.indices)
            widths.setdefault(e.name, {})[at[0] if len(at) == 1 else at] = n
    indices = {s: n for s, n in found.at.items() if isinstance(s, Symbol) and s not in sizes}
    said = [(str(s), str(n)) for s, n in (*sizes.items(), *indices.items())]
    for name, values in widths.items():
        said.append((name, f"({', '.join(str(v) for _, v in sorted(values.items()))})"))
    if all(v == 1 for v in found.moments.values()):
        said.append(("every variance", "1"))
    else:
        said += [(write(e, model), str(v)) for e, v in found.moments.items()]
    counted = left and _counted(left, model, {**sizes, **widths}, found.moments, indices)
    return Example(tuple(said), term(found.left), term(found.right), counted)


def _counted(
    e: Expr, model: Model, sizes: Any, moments: dict[Expr, Fraction], indices: Any
) -> Counted | None:
    """The quantity counted over all outcomes, if the oracle can carry the model."""

    def law(key: str) -> Any:
        def of_entry(*at: int) -> Any:
            for moment, value in moments.items():
                if key_of(moment.args[0]) == key and _layer(moment.args[0]) in (None, *at[:1]):
                    return two_point(value)
            return two_point(1)

        return of_entry

    keys = [n for n, f in model.families.items() if f.kind == "random"]
    keys += [key_of(Partial(Entry(c.name), c.of)) for c in model.costs.values()]
    linear = {
        s.left.name: identity
        for a in model.assumptions
        for s in model.equations(a)
        if isinstance(s.left, Apply) and s.left.at == s.right
    }
    try:
        instance = Instance(model, sizes, {k: law(k) for k in keys}, functions=linear)
        return count(e, instance, indices, at_most=MOST_CASES)
    except (Refused, Undeclared):
        return None


def _layer(e: Expr) -> int | None:
    """The layer of a moment's entry; None where the family has none."""
    by = e.by if isinstance(e, Partial) else e
    return int(by.indices[0]) if isinstance(by, Entry) and len(by.indices) > 1 else None
