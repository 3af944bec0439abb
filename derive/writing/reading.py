"""The order in which factors and terms are read. Not trusted: computes nothing.

SymPy keeps the arguments of sums and products in an order of its own.  Readers expect

* factors: numbers, sizes (first single ones, then families), given numbers; E, Var and Cov,
  of entries with more indices first (``n_i Var[W^i] Var[z^i]``), of derivatives of the cost
  last; functions, random entries, deltas, derivatives; sums in parentheses; ∏, then Σ;
* random entries: as declared, but a vector stands at the side of a matrix where its index
  is: ``z_l W_{l,k}`` and ``W_{k,m} h_m``;
* terms: positive before negative; what is random before what is fixed; Var before E before
  Cov; higher powers first; a plain number last.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import Expr, Mul, erf, exp, pi
from sympy.core.numbers import Exp1

from derive.model import Family, Model
from derive.terms import (
    BINDERS,
    HEADS,
    Apply,
    Cov,
    Delta,
    E,
    Entry,
    Integral,
    Partial,
    Product,
    Sum,
)
from derive.writing.layout import layout, within

Key = tuple[Any, ...]

NUMBER, SIZE, SIZES, GIVEN, HEAD, FUNCTION, RANDOM, DELTA, PARTIAL, ADDED, PROD, SUM = range(12)
LATE = 1 << 30


class ReadingOrder:
    """Sort keys for the factors and the terms of formulas over one model."""

    def __init__(self, model: Model | None) -> None:
        self.families: dict[str, Family] = model.families if model else {}
        self._declared = {name: at for at, name in enumerate(self.families)}
        sizes = model.sizes if model else {}
        self._sizes = {size: at for at, size in enumerate(sizes)}

    def own(self, e: Entry) -> tuple[Expr, ...]:
        """The indices that say which entry it is; a name that stands for any variable has none."""
        if not e.indices:
            return ()
        marks = layout(self.families.get(e.name), len(e.indices))
        return tuple(i for mark, i in zip(marks, e.indices, strict=True) if mark == within(marks))

    def factor(self, e: Any) -> Key:
        """Where a factor, without its exponent, stands in a product."""
        if e.is_Number:
            return (NUMBER,)
        if e == pi or isinstance(e, Exp1):
            return (NUMBER, 1)
        if e.is_Symbol:
            return (SIZE, self._sizes.get(e, LATE))
        if isinstance(e, Entry):
            return (self._rank(e), self._place(e))
        if isinstance(e, HEADS):
            return (HEAD, *self._head(e))
        if e.is_Add:
            return (GIVEN if self._fixed(e) else ADDED, LATE)
        if e.is_Pow:
            return (max(SIZE, self.factor(e.base)[0]), LATE)
        for kind, rank in _KINDS:
            if isinstance(e, kind):
                return (rank,)
        return (GIVEN, LATE)

    def sides(self, bases: Iterable[Expr]) -> dict[Expr, int]:
        """-1 for the entries that belong left of the matrices among them, 1 for right of them."""
        entries = [(e, self.own(e)) for e in bases if isinstance(e, Entry)]
        matrices = [indices for _, indices in entries if len(indices) > 1]
        if not matrices:
            return {}
        first, last = {m[0] for m in matrices}, {m[-1] for m in matrices}
        vectors = [(e, indices[0]) for e, indices in entries if len(indices) == 1]
        return {e: -1 if i in first else int(i in last) for e, i in vectors}

    def summand(self, e: Expr) -> Key:
        """Where a term stands in a sum."""
        if e.is_Number:
            return (bool(e.is_negative), 1)
        binders, body = 0, e
        while isinstance(body, BINDERS):
            binders, body = binders + 1, body.body
        means = covs = degree = 0
        keys = []
        for a in Mul.make_args(body):
            base, exponent = (a.base, a.exp) if a.is_Pow else (a, 1)
            if base.is_Number:
                continue
            times = abs(int(exponent)) if getattr(exponent, "is_Integer", True) else 1
            inner = base
            while isinstance(inner, BINDERS):
                binders, inner = binders + 1, inner.body
            for h in Mul.make_args(inner):
                head = h.base if h.is_Pow else h
                means += times * isinstance(head, E)
                covs += times * isinstance(head, Cov)
            degree += times
            keys.append(self.factor(base))
        fixed = all(k[0] <= GIVEN for k in keys)
        first = e.args[0] if e.is_Mul else e
        negative = bool(first.is_Number and first.is_negative)
        return (negative, 0, fixed, covs, means, binders, -degree, sorted(keys))

    def _rank(self, e: Entry) -> int:
        family = self.families.get(e.name)
        kind = family.kind if family else "random"
        return {"size": SIZES, "given": GIVEN}.get(kind, RANDOM)

    def _place(self, e: Entry) -> int:
        return self._declared.get(e.name, LATE)

    def _head(self, e: Expr) -> Key:
        inner = e.args[0]
        inner = inner.base if inner.is_Pow else inner
        entry = inner.by if isinstance(inner, Partial) else inner
        arity, at = 0, LATE
        if isinstance(entry, Entry):
            arity, at = len(entry.indices), self._place(entry)
        return (isinstance(inner, Partial), -arity, at, HEADS.index(type(e)))

    def _fixed(self, e: Any) -> bool:
        if isinstance(e, Entry):
            return self._rank(e) != RANDOM
        if isinstance(e, (*HEADS, Apply, Partial)):
            return False
        return all(self._fixed(a) for a in e.args if isinstance(a, Expr))


_KINDS = (
    (Apply, FUNCTION),
    (exp, FUNCTION),
    (erf, FUNCTION),
    (Integral, SUM),
    (Delta, DELTA),
    (Partial, PARTIAL),
    (Product, PROD),
    (Sum, SUM),
)
