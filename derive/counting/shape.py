"""Which sizes of a model are the widths, which is the depth, which family is the weights.

Not trusted.  Told from the declarations alone, whatever the letters: the sum in the definition
that uses the weights runs over the units below them, their other index over the units above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, Integer, Symbol

from derive.figures.amounts import BadNumbers
from derive.model import Family, Independent, Model, Statement
from derive.order import affine, split
from derive.subterms import occurrences
from derive.terms import Entry, Partial, Range, Var

Key = tuple[str, tuple[int, ...]]
At = Mapping[Symbol, int]


@dataclass(frozen=True)
class Shape:
    """The network of a model.

    ``layer`` is the range of the layers of weights, None where there is one layer without an
    index.  ``inward`` and ``outward`` are the numbers of units below and above a layer of
    weights, in its index.  ``layer_slot`` says which index of the weights is the layer,
    ``below`` and ``above`` which ones are the units there.
    """

    model: Model
    weights: Family
    layer_slot: int | None
    inward: Expr
    outward: Expr
    below: int | None = None
    above: int | None = None

    @property
    def layer(self) -> Range | None:
        return None if self.layer_slot is None else self.weights.ranges[self.layer_slot]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The random families that are not weights."""
        families = self.model.families.values()
        return tuple(f.name for f in families if f.kind == "random" and f != self.weights)

    @property
    def depth(self) -> Symbol | None:
        """The size that says how many layers there are."""
        return self._count()[0]

    def matrices(self, depth: int) -> int:
        """How many layers of weights there are at a depth."""
        _, each, constant = self._count()
        return each * depth + constant

    def depth_for(self, matrices: int) -> int | None:
        """The depth at which there are so many layers of weights; raises BadNumbers."""
        symbol, each, constant = self._count()
        depth, rest = divmod(matrices - constant, each) if symbol else (0, matrices - constant)
        if symbol is None:
            if rest:
                raise BadNumbers(
                    f"number of widths: {matrices + 1}; {self.model.name} has {constant}"
                    f" weight matrices, which takes {constant + 1}, one more"
                )
            return None
        least = self.model.sizes[symbol]
        if rest or depth < least:
            raise BadNumbers(
                f"number of widths: {matrices + 1}; there is one more than weight matrices, and"
                f" {self.model.name} has {symbol} >= {least}: at least {self.matrices(least) + 1}"
            )
        return depth

    def _count(self) -> tuple[Symbol | None, int, int]:
        """The number of layers of weights, ``each * symbol + constant``."""
        if self.layer is None:
            return None, 0, 1
        number = affine(self.layer.hi - self.layer.lo + 1)
        symbols = list(number[0]) if number else []
        if number is None or len(symbols) > 1 or any(s not in self.model.sizes for s in symbols):
            raise BadNumbers(
                f"{self.model.name}: the number of layers, from {self.layer.lo} to {self.layer.hi},"
                " is not given by one size, so widths do not say it"
            )
        return (symbols[0], number[0][symbols[0]], number[1]) if symbols else (None, 0, number[1])

    def sizes(self, widths: Sequence[int]) -> dict[Key, int]:
        """Every size that follows from the widths; raises BadNumbers where they do not fit."""
        found: dict[Key, int] = {}
        depth = self.depth_for(len(widths) - 1)
        if self.depth is not None and depth is not None:
            found[str(self.depth), ()] = depth
        start = index_of(self.layer.lo, found)({}) if self.layer else 0
        below = widths[:-1] or widths
        for expression, values in ((self.inward, below), (self.outward, widths[1:])):
            place = _place(expression, found)
            for layer, width in enumerate(values, start=start):
                at = {self.layer.index: layer} if self.layer else {}
                self._assign(found, place(at), width)
        for name, key in self._related(found):
            self._assign(found, name, found[key])
        return found

    def _assign(self, found: dict[Key, int], key: Key, width: int) -> None:
        known = found.setdefault(key, width) if key[0] else key[1][0]
        least = self._least.get(key[0], 1)
        if known != width or width < least:
            name = f"{key[0]}[{', '.join(map(str, key[1]))}]" if key[1] else key[0]
            has = f"{known} units" if known != width else f"at least {least}"
            which = name if key[0] else "a layer"
            raise BadNumbers(f"the widths: {which} has {has} in {self.model.name}, not {width}")

    @cached_property
    def _least(self) -> dict[str, int]:
        return {str(s): n for s, n in self.model.sizes.items()}

    def _related(self, found: dict[Key, int]) -> Iterator[tuple[Key, Key]]:
        """Sizes that an assumption sets equal to a known one."""
        for fact in (f for a in self.model.assumptions for f in a.facts):
            if isinstance(fact, Statement) and all(map(self._is_size, (fact.left, fact.right))):
                left, right = _place(fact.left, found), _place(fact.right, found)
                for at in points(fact.ranges, found):
                    a, b = left(at), right(at)
                    if b in found:
                        yield a, b
                    elif a in found:
                        yield b, a

    def _is_size(self, e: Expr) -> bool:
        if isinstance(e, Entry):
            return self.model.family(e).kind == "size"
        return e in self.model.sizes


def points(over: Sequence[Range], sizes: Mapping[Key, int]) -> Iterator[At]:
    """All values of some indices whose limits are sizes."""
    if not over:
        yield {}
        return
    index, lo, hi, _ = over[-1]
    for before in points(over[:-1], sizes):
        for value in range(index_of(lo, sizes)(before), index_of(hi, sizes)(before) + 1):
            yield {**before, index: value}


def index_of(e: Expr, sizes: Mapping[Key, int]) -> Callable[[At], int]:
    """An index or limit, ``symbol + c``, as a function of the indices; sizes are put in."""
    atom, c = split(e)
    key = (str(atom), ())
    if atom == 0:
        return lambda at: c
    if isinstance(atom, Symbol):
        if key in sizes:
            known = sizes[key] + c
            return lambda at: known
        return lambda at: at[atom] + c
    if isinstance(atom, Entry):
        place = _place(atom, sizes)
        return lambda at: _known(place(at), sizes) + c
    raise BadNumbers(f"{e} is not an index plus a number")


def _known(key: Key, sizes: Mapping[Key, int]) -> int:
    if key not in sizes:
        raise BadNumbers(f"widths do not say {key[0]}{list(key[1])}")
    return sizes[key]


def _place(e: Expr, sizes: Mapping[Key, int]) -> Callable[[At], Key]:
    """Which size is meant at the values of the indices; a number has no name."""
    if isinstance(e, Entry):
        name, indices = e.name, [index_of(a, sizes) for a in e.indices]
        return lambda at: (name, tuple(f(at) for f in indices))
    if isinstance(e, Symbol):
        return lambda at: (str(e), ())
    if e.is_Integer:
        return lambda at: ("", (int(e),))
    raise BadNumbers(f"{e} is not one size, so widths do not say it")


def shape(model: Model) -> Shape:
    """Work out the network of a model; raises BadNumbers where the declarations do not say."""
    weights = _weights(model)
    inside = _summed(model, weights)
    rest = [n for n in range(len(weights.ranges)) if n not in inside]
    layer = rest.pop(0) if len(rest) == 2 or (len(rest) == 1 and _recursive(model)) else None
    if len(inside) > 1 or len(rest) > 1:
        raise BadNumbers(f"{model.name}: {weights.name} is not a layer, a row and a column")
    below, above = (slots[0] if slots else None for slots in (inside, rest))
    inward, outward = _units(weights, inside), _units(weights, rest)
    return Shape(model, weights, layer, inward, outward, below, above)


def _units(weights: Family, slots: Sequence[int]) -> Expr:
    if not slots:
        return Integer(1)
    r = weights.ranges[slots[0]]
    return r.hi - r.lo + 1


def _weights(model: Model) -> Family:
    """The family by which weight-grad derives, else the one whose entries are all independent."""
    shown = model.shows.get("weight-grad")
    inner = shown.args[0] if isinstance(shown, Var) else shown
    if isinstance(inner, Partial) and isinstance(inner.by, Entry):
        return model.family(inner.by)
    facts = (f for a in model.assumptions for f in a.facts if isinstance(f, Independent))
    each = {k for f in facts for u in f.units if u.each for k in u.keys}
    found = [f for f in model.families.values() if f.kind == "random" and f.name in each]
    if len(found) != 1:
        names = ", ".join(f.name for f in found) or "no family"
        raise BadNumbers(
            f"{model.name}: which family is the weights is not said ({names} is declared with all"
            " entries independent); declare `show weight-grad: …`"
        )
    return found[0]


def _summed(model: Model, weights: Family) -> list[int]:
    """The indices of the weights over which a definition sums them."""
    used = False
    for made in model.definitions:
        for e, above in occurrences(
            made.statement.right, lambda e: isinstance(e, Entry) and e.name == weights.name
        ):
            used = True
            bound = {r.index for r in above}
            slots = [n for n, a in enumerate(e.indices) if a in bound]
            if slots:
                return slots
    if not used:
        raise BadNumbers(f"{model.name}: no definition uses the weights {weights.name}")
    return []


def _recursive(model: Model) -> bool:
    """Whether some family is defined by way of itself."""
    uses: dict[str, set[str]] = {}
    for made in model.definitions:
        inner = occurrences(made.statement.right, Entry)
        uses.setdefault(made.statement.left.name, set()).update(e.name for e, _ in inner)
    reached = {name: set(direct) for name, direct in uses.items()}
    for _ in uses:
        for name in reached:
            reached[name] |= {b for a in reached[name] for b in uses.get(a, ())}
    return any(name in found for name, found in reached.items())
