"""Order between integers, by difference constraints ``a - b <= c``. Trusted.

Proves or says nothing: a False answer never means "false".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import permutations

from sympy import Add, Expr, Integer

from derive.terms import Entry, Range

ZERO = Integer(0)
MOST_PAIRS = 3


def split(e: Expr) -> tuple[Expr, int]:
    """``atom + c`` as (atom, c); a plain number has the atom 0."""
    if e.is_Integer:
        return ZERO, int(e)
    if not e.is_Add:
        return e, 0
    constant, rest = e.as_coeff_Add()
    return (rest, int(constant)) if constant.is_Integer else (e, 0)


class Order:
    """What follows from ``lo <= index <= hi`` for each range, and from the least value of sizes."""

    def __init__(self, ranges: Iterable[Range], least: Callable[[Expr], int | None]) -> None:
        self._least = least
        self._at_most: list[tuple[Expr, Expr, int]] = []
        self._apart: list[Expr] = []
        self._sums: dict[Expr, tuple[Expr, Expr]] = {}
        for index, lo, hi, but in ranges:
            self._bound(lo, index)
            self._bound(index, hi)
            if lo.is_Add or hi.is_Add:
                self._sums[index] = lo, hi
            self._apart.extend(index - b for b in but)
        self._known: dict[Expr, dict[Expr, int]] = {}
        self._shown: dict[tuple[Expr, Expr, int], bool] = {}

    def _bound(self, low: Expr, high: Expr) -> None:
        (a, c), (b, e) = split(low), split(high)
        self._at_most.append((a, b, e - c))

    def leq(self, a: Expr, b: Expr) -> bool:
        """Whether a <= b is shown."""
        return self._at_most_by(a, b, 0)

    def _at_most_by(self, a: Expr, b: Expr, more: int) -> bool:
        """Whether a <= b + more is shown; worked out once."""
        asked = a, b, more
        found = self._shown.get(asked)
        if found is None:
            found = self._shown[asked] = self._is_at_most_by(a, b, more)
        return found

    def _is_at_most_by(self, a: Expr, b: Expr, more: int) -> bool:
        (p, c), (q, e) = split(a), split(b)
        if p == q:
            return c <= e + more
        most = self._difference(p, q)
        if most is not None and most + c <= e + more:
            return True
        if not (p.is_Add or q.is_Add):
            return bool(p.args and q.args and (a - b).is_Integer) and int(a - b) <= more
        return self._sum_at_most(a - b, more)

    def _sum_at_most(self, e: Expr, more: int) -> bool:
        """Whether a sum is at most a number: in pairs, or with the end of a range for its index."""
        found = affine(e)
        if found is None:
            return False
        if self._in_pairs(*found, more):
            return True
        for x, c in found[0].items():
            end = self._sums.get(x, (x, x))[c > 0]
            if end.is_Add and self._sum_at_most(e + c * (end - x), more):
                return True
        return False

    def _in_pairs(self, parts: dict[Expr, int], constant: int, more: int) -> bool:
        """Whether ``x + y - u - v + c <= more`` is shown by bounds of x - u and y - v."""
        ups = [x for x, c in parts.items() if c == 1]
        downs = [x for x, c in parts.items() if c == -1]
        if len(ups) + len(downs) < len([c for c in parts.values() if c]):
            return False
        many = max(len(ups), len(downs))
        if many > MOST_PAIRS:
            return False
        ups += [ZERO] * (many - len(ups))
        downs += [ZERO] * (many - len(downs))
        for chosen in permutations(downs):
            bounds = [self._difference(x, u) for x, u in zip(ups, chosen, strict=True)]
            known = [bound for bound in bounds if bound is not None]
            if len(known) == many and sum(known) + constant <= more:
                return True
        return False

    def less(self, a: Expr, b: Expr) -> bool:
        """Whether a < b is shown."""
        return self._at_most_by(a, b, -1)

    def differ(self, a: Expr, b: Expr) -> bool:
        """Whether a != b is shown."""
        (p, c), (q, e) = split(a), split(b)
        if p == q:
            return c != e
        difference = a - b
        if difference.is_Integer:
            return int(difference) != 0
        if any(difference in (d, -d) for d in self._apart):
            return True
        return self.less(a, b) or self.less(b, a)

    def equal(self, a: Expr, b: Expr) -> bool:
        """Whether a = b is shown."""
        (p, c), (q, e) = split(a), split(b)
        return c == e if p == q else self.leq(a, b) and self.leq(b, a)

    def _difference(self, p: Expr, q: Expr) -> int | None:
        """The least shown upper bound of p - q."""
        if p not in self._known:
            self._known[p] = self._from(p)
        best = self._known[p]
        if q in best or ZERO not in best:
            return best.get(q)
        least = self._least(q)
        return None if least is None else best[ZERO] - least

    def _from(self, p: Expr) -> dict[Expr, int]:
        """Shortest paths from p to the atoms that are bounded (Bellman and Ford)."""
        edges = list(self._at_most)
        atoms = {p, ZERO, *(a for a, _, _ in edges), *(b for _, b, _ in edges)}
        for atom in atoms:
            least = self._least(atom)
            if least is not None:
                edges.append((ZERO, atom, -least))
        best: dict[Expr, int] = {p: 0}
        for _ in atoms:
            for a, b, c in edges:
                if a in best and best[a] + c < best.get(b, best[a] + c + 1):
                    best[b] = best[a] + c
        return best


@lru_cache(maxsize=1024)
def order_among(ranges: tuple[Range, ...], sizes: tuple[tuple[Expr | str, int], ...]) -> Order:
    """What follows from ranges and the least values of sizes; families of sizes go by name."""
    least = dict(sizes)
    return Order(ranges, lambda atom: least.get(atom.name if isinstance(atom, Entry) else atom))


def affine(e: Expr) -> tuple[dict[Expr, int], int] | None:
    """``e`` as integer coefficients of atoms and a constant; None if it is not of that form."""
    coefficients: dict[Expr, int] = {}
    constant = 0
    for part in Add.make_args(e):
        c, atom = part.as_coeff_Mul()
        if not c.is_Integer:
            return None
        if atom == 1:
            constant += int(c)
        elif atom.is_Mul or atom.is_Pow:
            return None
        else:
            coefficients[atom] = coefficients.get(atom, 0) + int(c)
    return coefficients, constant
