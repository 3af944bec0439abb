"""What can be derived of the quantities in a claim before it is looked at. Not trusted: replayed.

Of a family followed through the layers: what it is made of, that its moments are finite, its
mean, that the units of a layer are alike, its product formula.  Of a gradient by weights: its
variance.  What was derived once in a model is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sympy import Expr

from derive.chains.weight_grad import variance_of_gradient
from derive.errors import Refused, Undeclared
from derive.kernel import Derivation, replay
from derive.model import Model
from derive.network import Book, Quantity, quantity_of
from derive.recursion import alike, finite, made_of, zero_mean
from derive.scope import Proved
from derive.terms import Entry, Partial, occurrences
from derive.uncentred import one_mean, recursion_of_second_moments
from derive.unroll import product_formula

MOST_MODELS = 256


@dataclass
class Known:
    """What was found out in one model so far."""

    model: Model
    quantities: dict[tuple[str, bool], Quantity | None] = field(default_factory=dict)
    proved: dict[str, tuple[Proved, ...]] = field(default_factory=dict)

    def quantity(self, atom: Entry | Partial) -> Quantity | None:
        """The quantity that an atom is an entry of, if it is followed through layers."""
        by = atom.by if isinstance(atom, Partial) else atom
        if not isinstance(by, Entry) or by.name not in self.model.families:
            return None
        key = by.name, isinstance(atom, Partial)
        if key not in self.quantities:
            self.quantities[key] = None
            with suppress(Undeclared, Refused):
                if self.model.family(by).ranges:
                    self.quantities[key] = quantity_of(self.model, atom)
        return self.quantities[key]

    def lemmas(self, sides: Iterable[Expr]) -> tuple[Proved, ...]:
        """What was derived of every quantity in the terms."""
        found: dict[str, Proved] = {}
        for side in sides:
            for q in self._quantities(side):
                if q.name not in self.proved:
                    self.proved[q.name] = _derived(q, self.model)
                for p in self.proved[q.name]:
                    found.setdefault(p.name, p)
        return tuple(found.values())

    def _quantities(self, e: Expr) -> Iterator[Quantity]:
        for atom, _ in occurrences(e, lambda t: isinstance(t, (Entry, Partial))):
            if isinstance(atom, Entry) and (
                atom.name in self.model.costs or self.model.family(atom).kind != "defined"
            ):
                continue
            q = self.quantity(atom)
            if q is not None:
                yield q


_known: OrderedDict[Hashable, Known] = OrderedDict()


def known(model: Model) -> Known:
    """What is known in a model with the same declarations, whoever made it."""
    key = fingerprint(model)
    if key not in _known:
        _known[key] = Known(_kept(model))
    found = _known[key]
    _known.move_to_end(key)
    if len(_known) > MOST_MODELS:
        _known.popitem(last=False)
    return found


def lemmas(model: Model, sides: Iterable[Expr]) -> tuple[Proved, ...]:
    """What can be derived in a model of every quantity in the terms."""
    return known(model).lemmas(sides)


def _kept(model: Model) -> Model:
    """A copy that later declarations do not change."""
    parts = {n: type(v)(v) for n, v in vars(model).items() if isinstance(v, dict | list)}
    return replace(model, **parts)  # type: ignore[arg-type]


def fingerprint(model: Model) -> Hashable:
    """Everything in a model on which a derivation may depend."""
    return (
        model.moments,
        tuple(model.sizes.items()),
        tuple(model.families.values()),
        tuple(model.functions.values()),
        tuple(model.definitions),
        tuple(model.costs.values()),
        tuple(model.assumptions),
        tuple(model.shows.items()),
        model.product_index,
    )


def _derived(q: Quantity, model: Model) -> tuple[Proved, ...]:
    book = Book(model)
    names: list[str] = []

    def enter(q: Quantity, *ways: Callable[[Book, Quantity], str]) -> None:
        for lemma in ways:
            with suppress(Refused, Undeclared):
                names.append(lemma(book, q))

    if isinstance(q.entry, Partial) and model.families[q.family].kind == "random":
        enter(q, variance_of_gradient)
    else:
        enter(q, made_of, finite, zero_mean, alike, product_formula)
        if not book.has(f"mean of {q.name}"):
            enter(q.beyond_end, zero_mean, alike, product_formula)
            enter(q, one_mean, recursion_of_second_moments)
    if not book.parts:
        return ()
    proved = replay(Derivation(model, tuple(book.parts))).proved
    return tuple(p for p in proved if p.name in names)
