"""Means where laws have densities: polynomials in the sources, and their exact moments.

Not trusted.  Everything on the tape is a polynomial in the sources as long as no function has
pieces; then the mean is a sum of moments of the laws.  Where a function has to know on which
side of a break its argument lies, the outcomes of one source are divided, at the point where
that changes, and each part is taken by itself.

Glossary: a source is a block of entries with one law; a cell is the part of its outcomes that
is looked at; a monomial has (source, place in its block, power) for every factor.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from sympy import oo

from derive.counting.continuous import Continuous, less
from derive.counting.exact import Number, exactly, plain, power, sign
from derive.counting.functions import Exact, InPieces, is_zero
from derive.counting.instance import (
    JointLaw,
)
from derive.errors import Refused
from derive.terms import term

Monomial = tuple[tuple[int, int, int], ...]
Polynomial = dict[Monomial, Number]
MOST_TERMS = 4000
MOST_CELLS = 2**10
MOST_WORK = 2**17


class Cell(NamedTuple):
    """Some outcomes of a source: rows of a joint law, or what lies between two ends."""

    law: JointLaw | Continuous
    lo: Number = -oo
    hi: Number = oo

    def moment(self, powers: Mapping[int, int]) -> Number:
        """The mean of a product of powers of places, the outcomes outside counting as 0."""
        if isinstance(self.law, Continuous):
            return self.law.moment(sum(powers.values()), self.lo, self.hi)
        return sum(p * prod(row[n] ** k for n, k in powers.items()) for row, p in self.law)

    def side(self, place: int, at: Number) -> int:
        """1 where all outcomes lie above a number, -1 where below, 0 where that varies."""
        if isinstance(self.law, Continuous):
            return 1 if not less(self.lo, at) else -1 if not less(at, self.hi) else 0
        found = {sign(exactly(row[place] - at)) for row, _ in self.law}
        return found.pop() if len(found) == 1 else 0


class _Divide(Exception):
    """A source whose cell has to be divided, at a number if it is continuous."""

    def __init__(self, source: int, at: Number = 0) -> None:
        super().__init__()
        self.source, self.at = source, at

    def parts(self, cell: Cell) -> Iterator[Cell]:
        if isinstance(cell.law, Continuous):
            yield cell._replace(hi=self.at)
            yield cell._replace(lo=self.at)
        else:
            yield from (Cell((row,)) for row in cell.law)


def means(
    nodes: Sequence[Any],
    live: Sequence[int],
    roots: Sequence[int],
    sources: Sequence[tuple[Sequence[int], JointLaw | Continuous]],
) -> tuple[list[Number], int]:
    """The mean of each root, and the number of cases that were told apart.

    ``sources`` has the nodes of each source in the order of its rows, with its law.  Raises
    Refused where something is no polynomial on any cell.
    """
    places = {
        node: (s, 0 if isinstance(law, Continuous) else n)
        for s, (entries, law) in enumerate(sources)
        for n, node in enumerate(entries)
    }
    todo = [[Cell(law) for _, law in sources]]
    totals: list[Number] = [0] * len(roots)
    done = work = 0
    while todo:
        cells = todo.pop()
        work += len(live)
        if work > max(MOST_WORK, len(live)):
            raise Refused(f"more than {MOST_WORK} values to be worked out")
        try:
            values = _Values(nodes, places, cells)
            for node in live:
                values.compute(node)
        except _Divide as here:
            s = here.source
            todo += [[*cells[:s], part, *cells[s + 1 :]] for part in here.parts(cells[s])]
            if len(todo) + done > MOST_CELLS:
                raise Refused(f"more than {MOST_CELLS} cases to be told apart") from None
            continue
        done += 1
        for k, root in enumerate(roots):
            totals[k] += _mean(values.of[root], cells)
    return [plain(total) for total in totals], done


def _mean(p: Polynomial, cells: Sequence[Cell]) -> Number:
    kept: dict[tuple[int, tuple[tuple[int, int], ...]], Number] = {}
    total: Number = 0
    for monomial, c in p.items():
        powers: dict[int, dict[int, int]] = {}
        for source, place, k in monomial:
            powers.setdefault(source, {})[place] = k
        for s, cell in enumerate(cells):
            of = powers.get(s, {})
            key = s, tuple(of.items())
            if key not in kept:
                kept[key] = cell.moment(of)
            c = c * kept[key]
        total += c
    return total


class _Values:
    """The value of each node on the tape, a polynomial on these cells."""

    def __init__(
        self, nodes: Sequence[Any], places: Mapping[int, tuple[int, int]], cells: Sequence[Cell]
    ) -> None:
        self.nodes, self.places, self.cells = nodes, places, cells
        self.of: dict[int, Polynomial] = {}

    def compute(self, node: int) -> None:
        """Needs the values of the arguments; raises Refused and _Divide."""
        kind, args, data = self.nodes[node]
        given = [self.of[a] for a in args]
        if kind == "source":
            found = self._source(*self.places[node])
        elif kind == "sum":
            found = _sum(given)
        elif kind == "product":
            found = _product(given)
        elif kind == "power":
            found = _power(given[0], data)
        elif kind == "apply":
            found = self._apply(data[0], data[1], given[0])
        elif kind == "function":
            found = _constant(exactly(data(term(self._number(given[0])))))
        elif kind == "gradient":
            numbers = [self._number(p) for p in given]
            found = _constant(exactly(data[0](tuple(numbers))[data[1]]))
        else:
            found = _constant(data.value if kind == "head" else data)
        if len(found) > MOST_TERMS:
            raise Refused(f"more than {MOST_TERMS} terms to be multiplied out")
        self.of[node] = found

    def _source(self, source: int, place: int) -> Polynomial:
        law = self.cells[source].law
        if not isinstance(law, Continuous) and len(law) == 1:
            return _constant(law[0][0][place])
        return {((source, place, 1),): 1}

    def _number(self, p: Polynomial) -> Number:
        """The value where all that it depends on has few outcomes, looked at one by one."""
        self._divide_discrete(p)
        if any(p):
            raise Refused("a function without pieces of what has a density")
        return p.get((), 0)

    def _divide_discrete(self, p: Polynomial) -> None:
        for source in sorted({s for monomial in p for s, _, _ in monomial}):
            if not isinstance(self.cells[source].law, Continuous):
                raise _Divide(source)

    def _apply(self, function: Exact, order: int, p: Polynomial) -> Polynomial:
        self._divide_discrete(p)
        if function is is_zero:
            return _constant(0 if any(p) else is_zero(order, p.get((), 0)))
        if not isinstance(function, InPieces) or not any(p):
            return _constant(exactly(function(order, self._number(p))))
        piece = bisect_left(function.breaks, 1, key=lambda b: 0 if self._above(p, b) else 1)
        return _composed(function.coefficients(order, piece), p)

    def _above(self, p: Polynomial, at: Number) -> bool:
        """Whether a polynomial in continuous sources lies above a number, or below."""
        rest = _sum([p, _constant(-at)])
        constant = rest.get((), 0)
        parts = [(m, c) for m, c in rest.items() if m]
        if len(parts) == 1 and len(parts[0][0]) == 1:
            ((source, place, k),), c = parts[0]
            if k == 1:
                point = exactly(-term(constant) / term(c))
                return self._side(source, place, point) * sign(c) > 0
        signs = {sign(constant)} - {0} if constant else set()
        for monomial, c in parts:
            odd = [self._side(s, n, 0) for s, n, k in monomial if k % 2]
            signs.add(sign(c) * prod(odd))
        if len(signs) > 1:
            raise Refused("on which side of a break a sum of what has a density lies is not told")
        return signs == {1}

    def _side(self, source: int, place: int, at: Number) -> int:
        found = self.cells[source].side(place, at)
        if found == 0:
            raise _Divide(source, at)
        return found


# -- polynomials


def _constant(c: Number) -> Polynomial:
    return {(): c} if c != 0 else {}


def _sum(parts: Iterable[Polynomial]) -> Polynomial:
    found: Polynomial = {}
    for p in parts:
        for monomial, c in p.items():
            found[monomial] = found[monomial] + c if monomial in found else c
    return _kept(found)


def _kept(p: Polynomial) -> Polynomial:
    made = {m: plain(c) for m, c in p.items()}
    return {m: c for m, c in made.items() if c != 0}


def _product(parts: Iterable[Polynomial]) -> Polynomial:
    found: Polynomial = {(): 1}
    for p in parts:
        found = _times(found, p)
    return found


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    found: Polynomial = {}
    if len(p) * len(q) > MOST_TERMS**2 // 64:
        raise Refused(f"more than {MOST_TERMS} terms to be multiplied out")
    for a, c in p.items():
        for b, d in q.items():
            monomial = _joined(a, b)
            found[monomial] = found[monomial] + c * d if monomial in found else c * d
    return _kept(found)


def _joined(a: Monomial, b: Monomial) -> Monomial:
    if not a or not b:
        return a or b
    powers: dict[tuple[int, int], int] = {(s, n): k for s, n, k in a}
    for s, n, k in b:
        powers[s, n] = powers.get((s, n), 0) + k
    return tuple((s, n, k) for (s, n), k in sorted(powers.items()))


def _power(p: Polynomial, exponent: Any) -> Polynomial:
    if not any(p):
        return _constant(power(p.get((), 0), exponent))
    if exponent != int(exponent) or exponent < 0:
        raise Refused("a power of what has a density that is no polynomial")
    return _product([p] * int(exponent))


def _composed(coefficients: Sequence[Number], p: Polynomial) -> Polynomial:
    found: Polynomial = {}
    for c in reversed(coefficients):
        found = _sum([_times(found, p), _constant(c)])
    return found
