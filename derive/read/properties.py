r"""What is assumed of functions and of quantities in between. Trusted for meaning.

``f(s) = \max(0, s)``, ``P[s^i_k = 0] = 0``,
``f'(s^i_k) independent of \partial C/\partial z^{i+1}_k``.
"""

from __future__ import annotations

from sympy import Expr

from derive.model import Members, Nonzero, Separate
from derive.piecewise import Pieces
from derive.read.formula import Formula
from derive.read.names import Names
from derive.read.pieced import head, pieced, switches
from derive.read.ranges import ranges_of
from derive.read.tokens import Source, Token
from derive.read.values import Mismatch
from derive.substitution import put
from derive.terms import Apply, Entry, Partial, Range

CHANCE = ("P", "Pr", r"\Pr")


class Properties:
    """Reads such facts over one set of names; each says None of what is not of its kind."""

    def __init__(self, source: Source, names: Names) -> None:
        self.source = source
        self.names = names

    def other(self, items: list[Token], over: tuple[Range, ...]) -> Pieces | Nonzero | None:
        """What is no equation between moments."""
        return self.pieces(items) or self.nonzero(items, over)

    # -- a function in pieces

    def pieces(self, items: list[Token]) -> Pieces | None:
        """``f(s) = …`` with a maximum, a minimum, an absolute value or cases in it."""
        cut = next((n for n, t in enumerate(items) if t.text == "="), 0)
        said = head(self.source, items[:cut], self.names) if switches(items[cut:]) else None
        if said is None or said[1]:
            return None
        at = items[cut + 1].at
        return pieced(self.source, at, items[-1].at, said[0], said[2], self.names)

    # -- a probability that is 0

    def nonzero(self, items: list[Token], over: tuple[Range, ...]) -> Nonzero | None:
        """``P[x = 0] = 0``."""
        texts = [t.text for t in items]
        first = 4 if texts[:4] == [r"\mathbb", "{", "P", "}"] else 1
        named = first == 4 or (texts[0] in CHANCE and texts[0] not in self.names.all())
        if not named or texts[first : first + 1] not in (["["], ["("]):
            return None
        close = "]" if texts[first] == "[" else ")"
        if texts[-6:-1] != ["=", "0", close, "=", "0"]:
            raise self.source.error(items[0].at, "expected a probability such as P[s = 0] = 0")
        of, left_out = self._quantity([*items[first + 1 : -6], Token("end", "", items[-6].at)])
        return Nonzero(of, self._ranges([of], (*left_out, *over), items[0]))

    # -- independence of quantities in between

    def separate(
        self, left: list[Token], rights: list[list[Token]], over: tuple[Range, ...]
    ) -> list[Separate]:
        """One fact for each right side; none if only primitive families are spoken of."""
        one, others = self._quantity(left), [self._quantity(r) for r in rights]
        if all(self._primitive(of) for of, _ in (one, *others)):
            return []
        return [self._pair(one, other, over, left[0]) for other in others]

    def _pair(
        self,
        one: tuple[Expr, tuple[Range, ...]],
        other: tuple[Expr, tuple[Range, ...]],
        over: tuple[Range, ...],
        token: Token,
    ) -> Separate:
        firsts = [put(of, {r.index: r.lo for r in rs}) for of, rs in (one, other)]
        return Separate(Members(*one), Members(*other), self._ranges(firsts, over, token))

    def _quantity(self, items: list[Token]) -> tuple[Expr, tuple[Range, ...]]:
        """An entry, a derivative or a function of an entry, and the indices that are left out."""
        f = Formula(self.source, items, self.names)
        token, f.chosen = f.here, {}
        of = f.factor().term
        f.done()
        f.settle()
        entry = of
        while isinstance(entry, (Apply, Partial)):
            entry = entry.args[-1]
        if not isinstance(entry, Entry) or entry.name not in self.names.model.families:
            raise self.source.error(token.at, "expected a variable, f'(…) of one, or a derivative")
        return of, tuple(r for rs in f.chosen.values() for r in rs)

    def _primitive(self, of: Expr) -> bool:
        """Whether it is random by itself: a random family, or derivatives at the top."""
        model = self.names.model
        if isinstance(of, Entry):
            return model.family(of).kind != "defined"
        cost = model.cost_of(of) if isinstance(of, Partial) else None
        if cost is None or not isinstance(of.by, Entry) or of.by.name != cost.of.name:
            return False
        own = {r.index for r in cost.ranges}
        pairs = zip(of.by.indices, cost.of.indices, strict=True)
        return all(a == b or b in own for a, b in pairs)

    def _ranges(
        self, terms: list[Expr], known: tuple[Range, ...], token: Token
    ) -> tuple[Range, ...]:
        try:
            return ranges_of(terms, self.names.model, known)
        except Mismatch as no:
            raise self.source.error(token.at, str(no)) from None
