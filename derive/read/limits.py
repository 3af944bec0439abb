"""What stands below a sum: ``i = 1``, ``j \\ne i``, ``i < j``, ``i, j``. Trusted for meaning.

A letter that has a meaning already is no index of this sum: ``\\sum_i \\sum_{j < i}`` is over j.
Where neither has one, the sum is over both.
"""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr, Integer, Symbol

from derive.errors import Unreadable
from derive.read.entries import Entries
from derive.read.names import Names, latex, symbol
from derive.read.tokens import Source, Token
from derive.terms import Range

SIGNS = {
    "<": "<", r"\lt": "<", ">": ">", r"\gt": ">",
    **dict.fromkeys([r"\le", r"\leq", r"\leqslant", "<="], "≤"),
    **dict.fromkeys([r"\ge", r"\geq", r"\geqslant", ">="], "≥"),
    **dict.fromkeys([r"\ne", r"\neq", "!="], "≠"),
}  # fmt: skip
TURNED = {"<": ">", "≤": "≥", ">": "<", "≥": "≤", "≠": "≠"}
UNEQUAL = tuple(text for text, sign in SIGNS.items() if sign == "≠")
AFTER = frozenset({"}", ",", "=", *SIGNS})


class Over(NamedTuple):
    """An index that is summed over; None is a limit that the entries with that index say."""

    name: str
    lo: Expr | None = None
    hi: Expr | None = None
    but: tuple[Expr, ...] = ()

    @property
    def limits(self) -> Range | None:
        """The range, as far as it is said; None if nothing is."""
        if self.lo is None and self.hi is None:
            return None
        return Range(Symbol(self.name), self.lo, self.hi, self.but)


class Limits(Entries):
    """Reads what a sum is over; ``paired`` are letters taken for its index that may be others."""

    def __init__(self, source: Source, items: list[Token], names: Names) -> None:
        super().__init__(source, items, names)
        self.paired: dict[str, tuple[str, Token]] = {}

    def limits(self, token: Token) -> list[Over]:
        """The indices of a sum or product, outer ones first."""
        over: list[Over] = []
        hi = None
        while self.here.text in ("_", "^"):
            if self.take().text == "^":
                if hi is not None:
                    raise self.fail("a second upper limit")
                hi = self._limit()
            elif over:
                raise self.fail("a second lower limit")
            elif self.accept("{"):
                over = self._lower()
                self.expect("}", "to close the lower limit")
            else:
                one = self.cut(1).text if self.here.kind == "word" else self.bound_name()
                over = [Over(one)]
        if not over:
            raise self.fail(f"expected _{{index = …}} after {token.text}")
        return [o if hi is None or o.hi is not None else o._replace(hi=hi) for o in over]

    def _lower(self) -> list[Over]:
        known, least = {*self.bound, *self.indices}, self._least()
        token, word = self.here, self.here.text
        if token.kind == "word" and len(word) == 2 and word not in self.known:
            return self._several([self.cut(1).text, self.bound_name()], "", least)
        first = self.bound_name()
        if least is None and self.accept("="):
            return [self._without(Over(first, self.index()))]
        names = self._listed(first)
        if len(names) > 1:
            return self._several(names, "", least)
        sign, token = self._sign(), self.here
        if not sign:
            return [self._without(Over(first, least))]
        lone = self._lone()
        if lone and not {first, lone} & known:
            self.paired |= dict.fromkeys((first, lone), (first, token))
            return self._several([first, lone], sign, least)
        if lone and lone not in known and first in self.bound:
            self.paired[lone] = first, token
            return [self._placed(lone, TURNED[sign], symbol(first), least)]
        end = symbol(lone) if lone else self.index()
        if first in known or not {str(s) for s in end.free_symbols} <= known | self.known:
            raise self.unclear(first, token)
        return [self._without(self._placed(first, sign, end, least))]

    def _least(self) -> Expr | None:
        """The number before ``\\le i``."""
        if self.here.kind != "number":
            return None
        least = self.index()
        sign = self._sign()
        if sign not in ("<", "≤"):
            raise self.fail(f"expected an index, {self.before()}")
        return least + 1 if sign == "<" else least

    def _sign(self) -> str:
        return SIGNS[self.take().text] if self.here.text in SIGNS else ""

    def _listed(self, first: str) -> list[str]:
        """The names with commas between them, up to one that was there already."""
        names = [first]
        while self.here.text == ",":
            before = self.pos
            self.take()
            name = self.bound_name()
            if name in names:
                self.move(before)
                return names
            names.append(name)
        return names

    def _lone(self) -> str:
        """The letter that stands here alone, if it is no declared name; '' for anything else."""
        before = self.pos
        if self.names_here():
            name = self.name(indexing=True)
            text = name.text + "'" * name.primes
            if len(name.text) == 1 and text not in self.known and self.here.text in AFTER:
                return text
        self.move(before)
        return ""

    def _placed(self, index: str, sign: str, end: Expr, least: Expr | None) -> Over:
        """The index that lies so to ``end``."""
        if sign == "≠":
            return Over(index, least, None, (end,))
        if sign in ("<", "≤"):
            return Over(index, least, end - 1 if sign == "<" else end)
        return Over(index, end + 1 if sign == ">" else end)

    def _several(self, names: list[str], sign: str, lo: Expr | None) -> list[Over]:
        """Indices over one range, and what two of them are to each other."""
        hi = None
        if lo is None and self.accept("="):
            lo = self.index()
        elif (end := self._sign()) in ("<", "≤"):
            hi = self.index() - int(end == "<")
        elif end:
            raise self.fail("expected \\le and the upper limit")
        if not sign and self.accept(","):
            one, sign, other = self.bound_name(), self._sign(), self.bound_name()
            if not sign or sorted([one, other]) != sorted(names):
                raise self.fail(f"expected what {' and '.join(names)} are to each other")
            names = [one, other]
        if sign in (">", "≥"):
            names, sign = names[::-1], TURNED[sign]
        first, *others = names
        i = symbol(first)
        start, but = {"<": i + 1, "≤": i}.get(sign, lo), (i,) if sign == "≠" else ()
        return [Over(first, lo, hi), *(Over(j, start, hi, but) for j in others)]

    def _without(self, over: Over) -> Over:
        """The index with the values that it is said not to have."""
        but = [*over.but]
        while self.accept(","):
            token = self.here
            if self.bound_name() != over.name:
                raise self.fail(f"expected {over.name} \\ne …", token)
            if self._sign() != "≠":
                raise self.fail(f"expected \\ne, {self.before()}")
            but.append(self.index())
        return over._replace(but=tuple(but))

    def unclear(self, index: str, token: Token) -> Unreadable:
        """That one or two indices may be meant."""
        return self.fail(
            f"is it {index} that is summed over, or both? write"
            f" \\sum_{{{index}, {index} \\ne …}}, or another \\sum before this one",
            token,
        )

    def _limit(self) -> Expr:
        if self.accept("{"):
            limit = self.index()
            self.expect("}", "to close the upper limit")
            return limit
        if self.here.kind == "word":
            return self._index_name(self.one_letter())
        if self.here.kind == "number":
            return Integer(int(self.one_digit().text))
        return self._index_name(self.name(indexing=True))

    def bound_name(self) -> str:
        """The name of an index."""
        if not self.names_here():
            raise self.fail(f"expected an index, {self.before()}")
        name = self.name(indexing=True)
        text = name.text + "'" * name.primes
        if len(text.rstrip("'")) > 1:
            raise self.fail(f"expected an index, not {latex(text)}", name.token)
        if text in self.known:
            raise self.fail(f"{latex(text)} is {self.names.kind(text)}, not an index", name.token)
        return text
