r"""Rectified values and indicators in formulas: ``\max(0, s)``, ``[s]_+``, ``\mathbb{1}[s > 0]``.

Each is a function of one quantity that has a name of its own; where a declared function is the same
everywhere, it is that.  Trusted for meaning.
"""

from __future__ import annotations

from sympy import Expr, Integer, Rational, Symbol, oo

from derive.errors import Refused
from derive.piecewise import Pieces, piecewise
from derive.read.names import Names
from derive.read.pieced import ONES
from derive.read.tokens import Source, Token
from derive.read.values import Value, applied
from derive.read.vectors import Vectors
from derive.read.words import OPENERS, depth
from derive.rivals import formula_of

EXTREMES = frozenset({r"\max", r"\min"})
BENDING = frozenset({*EXTREMES, *ONES})
ORDERS = {
    "<": "<", r"\lt": "<", ">": ">", r"\gt": ">", "<=": "≤", r"\le": "≤", r"\leq": "≤",
    r"\leqslant": "≤", ">=": "≥", r"\ge": "≥", r"\geq": "≥", r"\geqslant": "≥",
}  # fmt: skip
MIRRORED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}
RISES = frozenset({">", "≥"})
ONE_NUMBER = r"expected one number in it, as in \max(0, s), and something that is none"
ZERO, ONE, X = Integer(0), Integer(1), Symbol("x")


class Bent(Vectors):
    """Reads them, if ``bends`` is set: what they are has to go with the formula, in the names.

    ``relies`` are the assumptions that say what a declared function is that was met so.
    """

    def __init__(
        self, source: Source, items: list[Token], names: Names, any_entry: bool = True
    ) -> None:
        super().__init__(source, items, names, any_entry)
        self.bends = False
        self.relies: dict[str, None] = {}

    def bent_here(self) -> bool:
        """Whether a maximum, a minimum or an indicator of an inequality begins here."""
        text = self.here.text
        if not self.bends:
            return False
        if text in EXTREMES:
            return self.ahead().text in OPENERS
        size = self._one()
        opener = self.ahead(size + (self.ahead(size).text == "_")).text
        return size > 0 and opener in OPENERS and not self._equates(size)

    def bent(self) -> Value:
        """The value of what begins here."""
        return self._extreme() if self.here.text in EXTREMES else self._inequality()

    def rectified(self, value: Value) -> Value:
        """``[s]_+``, after the bracket was read."""
        braced = self.ahead().text == "{"
        plus = [self.ahead(n).text for n in ((2, 3) if braced else (1,))]
        pseudo_inverse = self.here.text == "^" and bool(value.open)
        if not self.bends or pseudo_inverse or plus not in (["+"], ["+", "}"]):
            return value
        self.skip(4 if braced else 2)
        return self._applied("max(0, ·)", ((-oo, ZERO, ZERO), (ZERO, oo, X)), value)

    def _one(self) -> int:
        """How many tokens the 1 of an indicator has."""
        if self.here.text == "1":
            return int(self.ahead().text == "_")
        braced = [self.ahead(n).text for n in (1, 2, 3)] == ["{", "1", "}"]
        return 4 if braced else 2 * (self.ahead().text == "1")

    def _equates(self, size: int) -> bool:
        """Whether what stands below is an equation between indices."""
        level = 0
        for t in self.items[self.pos + size :]:
            level += depth(t)
            if t.text in ORDERS or t.kind == "end" or (level == 0 and depth(t) < 0):
                return False
            if t.text == "=":
                return True
        return False

    def _extreme(self) -> Value:
        token, opened = self.take(), self.take()
        with self.nested():
            first = self.expr()
            self.expect(",", f"between the two arguments of {token.text}")
            second = self.expr()
        self.close(opened)
        limit, of = self._limit_and_rest(first, second, token)
        name = token.text[1:]
        low, high = (limit, X) if name == "max" else (X, limit)
        return self._applied(f"{name}({limit}, ·)", ((-oo, limit, low), (limit, oo, high)), of)

    def _inequality(self) -> Value:
        token = self.here
        self.skip(self._one())
        self.accept("_")
        opened = self.take()
        inner = self.accept(r"\{") if opened.text == "{" else None
        with self.nested():
            left = self.expr()
            sign = ORDERS.get(self.take().text, "")
            if not sign:
                raise self.fail("expected a condition such as s > 0", token)
            right = self.expr()
        for t in (inner, opened):
            if t is not None:
                self.close(t)
        limit, of = self._limit_and_rest(left, right, token)
        sign = MIRRORED[sign] if of is right else sign
        low, high = (ZERO, ONE) if sign in RISES else (ONE, ZERO)
        name = f"1[· {sign} {limit}]"
        return self._applied(name, ((-oo, limit, low), (limit, oo, high)), of)

    def _limit_and_rest(self, one: Value, other: Value, token: Token) -> tuple[Rational, Value]:
        for a, b in ((one, other), (other, one)):
            if isinstance(a.term, Rational) and not isinstance(b.term, Rational):
                return a.term, b
        raise self.fail(ONE_NUMBER, token)

    def _applied(self, name: str, pieces: tuple[tuple[Expr, Expr, Expr], ...], of: Value) -> Value:
        fact = Pieces(name, X, pieces)
        line = piecewise(fact, 0)
        for a in self.names.model.assumptions if not line.open else ():
            for said in filter(None, map(formula_of, a.facts)):
                try:
                    same = piecewise(Pieces(said[0], X, said[1]), 0) == line
                except Refused:
                    continue
                if same:
                    self.relies[a.name] = None
                    return applied(said[0], 0, of)
        self.names.bent[name] = fact
        return applied(name, 0, of)
