"""What can be derived of the quantities in a claim before it is looked at. Not trusted: checked.

Of a family followed through the layers: what it is made of, that its moments are finite, its
mean, that the units of a layer are alike, its product formula.  Of a gradient by weights: its
variance.  What was derived once in a model is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sympy import Expr, Pow

from derive.chains.weight_grad import variance_of_gradient
from derive.claims import Proved
from derive.errors import Refused, Undeclared
from derive.judging.drawn import functions_in
from derive.kernel import check_part
from derive.meaning import recursive
from derive.model import Distributed, Model
from derive.proofs import Part
from derive.proving.by_law import law_parts
from derive.proving.derivation import Line
from derive.proving.network import Book, Quantity, quantity_of
from derive.proving.rectified import Bend, bend
from derive.proving.recursion import alike, finite, made_of, zero_mean
from derive.proving.squares import second_moment
from derive.proving.uncentred import one_mean, recursion_of_second_moments, second_moments
from derive.proving.unroll import product_formula
from derive.scope import Scope
from derive.subterms import occurrences
from derive.terms import Entry, Partial

MOST_MODELS = 256
HIGHEST = 8
RESULTS = (
    "sources of {}", "finite second moments of {}", "mean of {}", "one Var[{}] for all units",
    "Var[{}]", "E[{}²]",
)  # fmt: skip


@dataclass
class Shown(Book):
    """A book in which every part is checked by the kernel when it is entered."""

    shown: dict[str, Proved] = field(default_factory=dict)

    def add(self, part: Part) -> str:
        """Enter a part, if it is right, unless one of that name stands there already."""
        if part.name not in self.shown:
            self.shown[part.name], _ = check_part(part, self.model, self.proved())
            self.parts.append(part)
        return part.name

    def proved(self) -> tuple[Proved, ...]:
        """What may be cited, with the assumptions that it stands on."""
        return tuple(self.shown.values())

    def reread(self, name: str) -> Line:
        """The right side of a part that stands in the book, cited: it is written out there."""
        claim = self.equation(name)
        return self.line(claim.left, claim.ranges).cite("lemma", name, claim.left)


@dataclass(frozen=True)
class Found:
    """Lemmas about a quantity, and whether none of those that there are was refused.

    ``parts`` are the lemmas with their proofs, and those that they rest on.
    """

    proved: tuple[Proved, ...]
    everything: bool
    parts: tuple[Part, ...] = ()


class Known:
    """What was found out in one model so far.

    ``weaker`` is the same model with smaller least sizes: what holds there for all sizes holds
    here for those that are left.
    """

    def __init__(self, model: Model, weaker: Known | None = None) -> None:
        self.model = model
        self.weaker = weaker
        self.drawn = any(isinstance(f, Distributed) for a in model.assumptions for f in a.facts)
        self.by_law = Shown(model)
        self.quantities: dict[tuple[str, bool], Quantity | None] = {}
        self.found: dict[Quantity, Found] = {}

    def quantity(self, atom: Entry | Partial) -> Quantity | None:
        """The quantity that an atom is an entry of, if it is followed through layers."""
        by = atom.by if isinstance(atom, Partial) else atom
        if not isinstance(by, Entry) or by.name not in self.model.families:
            return None
        key = by.name, isinstance(atom, Partial)
        if key not in self.quantities:
            self.quantities[key] = None
            with suppress(Undeclared, Refused):
                if self.model.family(by).ranges and self._followed(atom):
                    self.quantities[key] = quantity_of(self.model, atom)
        return self.quantities[key]

    def _followed(self, atom: Entry | Partial) -> bool:
        """Whether there is more to say of a quantity than its definition, put in."""
        return (
            isinstance(atom, Partial)
            or recursive(atom.name, Scope(self.model))
            or bend(self.model) is not None
        )

    def of_laws(self, sides: Iterable[Expr]) -> tuple[Proved, ...]:
        """What the declared laws say of means, variances, powers and functions in the terms."""
        sides = tuple(sides)
        powers = {
            int(e.exp)
            for side in sides
            for e, _ in occurrences(side, Pow)
            if e.exp.is_Integer and 2 < e.exp <= HIGHEST and isinstance(e.base, Entry)
        }
        parts = law_parts(self.model, tuple(sorted(powers)), functions_in(sides, self.model))
        for part in parts:
            with suppress(Refused, Undeclared):
                self.by_law.add(part)
        shown = self.by_law.shown
        return tuple(shown[part.name] for part in parts if part.name in shown)

    def lemmas(self, sides: Iterable[Expr]) -> tuple[Proved, ...]:
        """What was derived of every quantity in the terms."""
        sides = tuple(sides)
        found = {p.name: p for p in self.of_laws(sides)} if self.drawn else {}
        for side in sides:
            for q in self._quantities(side):
                for p in self.of(q).proved:
                    found.setdefault(p.name, p)
        return tuple(found.values())

    def books(self, sides: Iterable[Expr]) -> list[tuple[Part, ...]]:
        """The same with the proofs: of the laws, then of every quantity by itself."""
        sides = tuple(sides)
        own = {p.name for p in self.of_laws(sides)} if self.drawn else set()
        found = [tuple(p for p in self.by_law.parts if p.name in own)]
        for q in dict.fromkeys(q for side in sides for q in self._quantities(side)):
            found.append(self.of(q).parts)
        return [parts for parts in found if parts]

    def of(self, q: Quantity) -> Found:
        """What was derived of a quantity, in the weaker model if everything could be."""
        if q not in self.found:
            there = self.weaker.of(q) if self.weaker else Found((), False)
            self.found[q] = there if there.everything else _derived(q, self._new_book())
        return self.found[q]

    def _new_book(self) -> Shown:
        """A book for one quantity: what another one needed has no say in it.

        So it does not matter which claim comes first.
        """
        book = Shown(self.model)
        if self.drawn:
            book.shown = {p.name: p for p in self.of_laws(())}
            book.parts = [p for p in self.by_law.parts if p.name in book.shown]
        return book

    def _quantities(self, e: Expr) -> Iterator[Quantity]:
        for atom, _ in occurrences(e, (Entry, Partial)):
            if isinstance(atom, Entry) and (
                atom.name in self.model.costs or self.model.family(atom).kind != "defined"
            ):
                continue
            q = self.quantity(atom)
            if q is not None:
                yield q


_known: OrderedDict[Hashable, Known] = OrderedDict()


def known(model: Model, weaker: Known | None = None) -> Known:
    """What is known in a model with the same declarations, whoever made it."""
    key = fingerprint(model)
    if key not in _known:
        _known[key] = Known(_kept(model), weaker)
    found = _known[key]
    found.weaker = found.weaker or weaker
    _known.move_to_end(key)
    if len(_known) > MOST_MODELS:
        _known.popitem(last=False)
    return found


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


def _derived(q: Quantity, book: Shown) -> Found:
    """What the book comes to show of a quantity."""
    names = set()
    refused = False

    def enter(q: Quantity, *lemmas: Callable[[Book, Quantity], str]) -> None:
        """One lemma after the other, each resting on those before it."""
        nonlocal refused
        try:
            for lemma in lemmas:
                names.add(lemma(book, q))
        except (Refused, Undeclared):
            refused = True

    bent = bend(book.model)
    if isinstance(q.entry, Partial) and book.model.families[q.family].kind == "random":
        enter(q, variance_of_gradient)
    elif bent is not None:
        return _behind(bent, q, book)
    else:
        enter(q, made_of)
        enter(q, finite)
        enter(q, zero_mean)
        enter(q, alike, product_formula)
        if not book.has(f"mean of {q.name}"):
            enter(q.beyond_end, zero_mean)
            enter(q.beyond_end, alike, product_formula)
            enter(q, second_moments)
            enter(q, one_mean)
            enter(q, recursion_of_second_moments)
    proved = tuple(p for name, p in book.shown.items() if name in names)
    return Found(proved, not refused, tuple(book.parts))


def _behind(bent: Bend, q: Quantity, book: Shown) -> Found:
    """What comes to be shown of a layer before or behind a function that is not the identity."""
    refused = False
    try:
        if not isinstance(q.entry, Partial) and q.family == bent.after.name:
            second_moment(book, bent)
        else:
            product_formula(book, q)
    except (Refused, Undeclared):
        refused = True
    own = {text.format(q.name) for text in RESULTS}
    proved = tuple(p for name, p in book.shown.items() if name in own)
    return Found(proved, not refused, tuple(book.parts))
