"""Vectors inside moments: ``E[\\lVert x \\rVert^2]``, ``Var[q^\\top k]``. Trusted for meaning.

There a bare family is any one entry, unless a norm or a transposition says that it is a vector.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Expr, Integer, Rational

from derive.read.moments import Moments
from derive.read.names import Names
from derive.read.tokens import Source, Token
from derive.read.values import Value, power
from derive.read.words import depth
from derive.terms import Sum

NORMS = {r"\|": r"\|", r"\Vert": r"\Vert", r"\lVert": r"\rVert"}
EUCLIDEAN = frozenset({"2", "F"})
BETWEEN = frozenset({"+", "-", "=", ",", ";"})


class Vectors(Moments):
    """Reads norms, and products in which a vector is transposed."""

    def __init__(
        self, source: Source, items: list[Token], names: Names, any_entry: bool = True
    ) -> None:
        super().__init__(source, items, names, any_entry)
        self._norms: list[str] = []

    def as_vectors(self, read: Callable[[], Value]) -> Value:
        """What is read with bare families as vectors and matrices, summed over to be a number."""
        outer, own = (self.chosen, self.any_one), set(self.own)
        self.chosen, self.any_one = None, set()
        value = read()
        self.chosen, self.any_one = outer
        if not value.open:
            self.own = own
        return value

    # -- norms

    def norm_here(self) -> bool:
        """Whether a norm begins here; where one is open, its sign ends it."""
        return self.here.text in NORMS and self.here.text not in self._norms

    def norm(self) -> Value:
        """``\\lVert x \\rVert`` and a power of it: the sum of the squares of all entries."""
        token = self.here
        squares = self.as_vectors(self._squares)
        exponent = self.exponent() if self.accept("^") else Value(Integer(1))
        half = Value(exponent.term * Rational(1, 2), exponent.open)
        return self.shaped(token, power, squares, half)

    def _squares(self) -> Value:
        token = self.take()
        self._norms.append(NORMS[token.text])
        with self.nested():
            inside = self.expr()
        self.expect(self._norms.pop(), f"to close the {token.text}")
        kind = self._kind_of_norm()
        if len(inside.open) not in ((1, 2) if kind == "F" else (1,)):
            what = "a vector or a matrix" if kind == "F" else "a vector"
            raise self.fail(f"expected {what} in the norm", token)
        total: Expr = inside.term**2
        for r in reversed(inside.open):
            total = Sum(total, (r.index, r.lo, r.hi))
        return Value(total)

    def _kind_of_norm(self) -> str:
        if not self.accept("_"):
            return ""
        token, braces = self.here, self.accept("{")
        if self.names_here():
            kind = self.name(indexing=True).text if braces else self.cut(1).text
        else:
            kind = self.take().text
        if braces:
            self.expect("}", "to close the subscript of the norm")
        if kind not in EUCLIDEAN:
            raise self.fail("expected the Euclidean norm: write another one out", token)
        return kind

    # -- transposed vectors

    def transposed_ahead(self) -> bool:
        """Whether a vector is transposed in the product that begins here."""
        deep = 0
        for n, t in enumerate(self.items[self.pos :]):
            deep += depth(t)
            if deep < 0 or (deep == 0 and t.text in BETWEEN) or t.kind == "end":
                return False
            if t.text == "^" and deep == 0 and self.transposition(n):
                return True
        return False
