"""What can be derived of the quantities in a claim before it is looked at. Not trusted: replayed.

Of a family followed through the layers: what it is made of, that its moments are finite, its
mean, that the units of a layer are alike, its product formula.  Of a gradient by weights: its
variance.  What was derived once in a model is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import suppress

from sympy import Expr

from derive.chains.weight_grad import variance_of_gradient
from derive.errors import Refused, Undeclared
from derive.kernel import Derivation, replay
from derive.model import Model
from derive.network import Book, Quantity, quantity_of
from derive.recursion import alike, finite, made_of, zero_mean
from derive.scope import Proved
from derive.terms import Entry, Partial, occurrences
from derive.unroll import product_formula

MOST_MODELS = 32

Known = dict[str, tuple[Proved, ...]]
_known: OrderedDict[Hashable, Known] = OrderedDict()


def lemmas(model: Model, sides: Iterable[Expr]) -> tuple[Proved, ...]:
    """What was derived of every quantity in the terms."""
    known = _of_model(model)
    found: dict[str, Proved] = {}
    for side in sides:
        for q in _quantities(side, model):
            if q.name not in known:
                known[q.name] = _derived(q, model)
            for p in known[q.name]:
                found.setdefault(p.name, p)
    return tuple(found.values())


def _of_model(model: Model) -> Known:
    """The lemmas of a model with the same declarations, whoever made it."""
    key = fingerprint(model)
    known = _known.setdefault(key, {})
    _known.move_to_end(key)
    if len(_known) > MOST_MODELS:
        _known.popitem(last=False)
    return known


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


def _quantities(e: Expr, model: Model) -> Iterator[Quantity]:
    for atom, _ in occurrences(e, lambda t: isinstance(t, (Entry, Partial))):
        if isinstance(atom, Entry) and (
            atom.name in model.costs or model.family(atom).kind != "defined"
        ):
            continue
        by = atom.by if isinstance(atom, Partial) else atom
        if isinstance(by, Entry) and by.name in model.families and model.family(by).ranges:
            with suppress(Undeclared):
                yield quantity_of(model, atom)


def _derived(q: Quantity, model: Model) -> tuple[Proved, ...]:
    book = Book(model)
    names = []
    ways: tuple[Callable[[Book, Quantity], str], ...]
    ways = (made_of, finite, zero_mean, alike, product_formula)
    if isinstance(q.entry, Partial) and model.families[q.family].kind == "random":
        ways = (variance_of_gradient,)
    for lemma in ways:
        with suppress(Refused, Undeclared):
            names.append(lemma(book, q))
    if not book.parts:
        return ()
    proved = replay(Derivation(model, tuple(book.parts))).proved
    return tuple(p for p in proved if p.name in names)
