"""Entries of families: ``z^i_l``, ``W_2[i,j]``, ``n_{i'+1}``, ``\\hat n_l``. Trusted for meaning.

A superscript on a family that is declared with one is an index, everywhere else a power.
Indices left out are open outside E, Var and Cov; inside, the family is any one entry.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from sympy import Expr, Integer, Symbol

from derive.model import Family
from derive.read.names import GREEK, Names, latex, layout, symbol, written
from derive.read.tokens import Source, Token
from derive.read.values import Mismatch, Value, power, transposed
from derive.read.words import OPENERS, Name, Words
from derive.substitution import put
from derive.terms import Entry, Range

ANY_ONE = (
    "here {} is any one entry, no vector: write a product of vectors with ^\\top"
    " or as a sum over an index"
)
ALL = frozenset({r"\cdot", r"\bullet", ":", "*"})


class Entries(Words):
    """Reads index lists and entries of families.

    ``indices`` are the free indices met, ``loose`` unknown letters that have to be indices,
    ``met`` all entries with their places; ``chosen`` the entries that bare families stand for,
    inside E, Var and Cov, which stand in sums over ``around``, and ``any_one`` these entries;
    ``own`` are the names of indices that were left out.
    """

    def __init__(self, source: Source, items: list[Token], names: Names) -> None:
        super().__init__(source, items, names)
        self.indices: set[str] = set()
        self.loose: dict[str, Token] = {}
        self.met: list[tuple[Expr, Token]] = []
        self.chosen: dict[tuple[object, ...], list[Range]] | None = None
        self.around: set[str] = set()
        self.any_one: set[Expr] = set()
        self.own: set[str] = set()

    # -- indices

    @cached_property
    def possible(self) -> set[str]:
        """Every name of one letter, with primes, that the text can mention, and those declared."""
        letters = {c for t in self.items if t.kind in ("word", "letter") for c in t.text}
        letters |= {GREEK[t.text[1:]] for t in self.items if t.text[1:] in GREEK}
        primes = sum(t.text in ("'", r"\prime") for t in self.items)
        return self.known | {c + "'" * p for c in letters for p in range(min(primes, 3) + 1)}

    def fresh(self, name: str) -> Symbol:
        """A symbol that no name of the formula hides; it is taken from now on."""
        tries = (name + "'" * primes for primes in range(4))
        free = (t for t in tries if t not in self.possible and t not in self.own)
        new = next(free, f"{name}{len(self.possible) + len(self.own)}")
        self.own.add(new)
        return symbol(new)

    def index(self) -> Expr:
        """An integer expression: sizes, indices, numbers, sums and differences."""
        with self.nested():
            total = -self._index_product() if self.accept("-") else self._index_product()
            while sign_token := self.accept("+", "-"):
                part = self._index_product()
                total = total + part if sign_token.text == "+" else total - part
            return total

    def _index_product(self) -> Expr:
        total = self._index_atom()
        while self.accept(r"\cdot", "*", r"\times") or self.names_here():
            if not total.is_Integer:
                raise self.fail("expected , between two indices, or an operator")
            total = total * self._index_atom()
        return total

    def _index_atom(self) -> Expr:
        token = self.here
        if token.kind == "number":
            if "." in self.take().text:
                raise self.fail("expected an integer", token)
            return Integer(int(token.text))
        if token.text in ("(", "{", "["):
            close = OPENERS[self.take().text]
            inner = self.index()
            self.expect(close, f"to close the {token.text}")
            return inner
        if not self.names_here():
            raise self.fail(f"expected an index, {self.before()}")
        return self._index_name(self.name(indexing=True))

    def _index_name(self, name: Name) -> Expr:
        text = name.text + "'" * name.primes
        if text in self.bound:
            return symbol(text)
        family = self.names.family(text)
        if family is not None and family.kind == "size":
            term = self.entry(family, name).term
            if not isinstance(term, Entry):
                raise self.fail(f"expected an index, not a power of {latex(text)}", name.token)
            return term
        if text in self.known:
            if symbol(text) in self.names.model.sizes:
                return symbol(text)
            raise self.fail(f"{latex(text)} is {self.names.kind(text)}, not an index", name.token)
        if len(name.text.rstrip("'")) > 1:
            hint = "; write commas between indices" if len(name.text) < 4 else ""
            raise self.fail(f"expected an index, not {latex(text)}{hint}", name.token)
        self.indices.add(text)
        return symbol(text)

    def index_list(self, count: int, family: Family, closing: str) -> list[Expr | None]:
        """Indices up to a closing bracket; None for one that is left open: a dot, a colon."""
        word = self.here
        found: list[Expr | None] = []
        run = word.kind == "word" and word.text not in self.known and word.text not in self.bound
        if run and len(word.text) == count > 1 and self.ahead().text == closing:
            found = [self._index_name(Name(self.cut(1).text, 0, word)) for _ in range(count)]
        while not found or self.accept(","):
            found.append(None if self.accept(*ALL) else self.index())
        if self.here.text != closing or self.here.kind == "end":
            of = latex(family.name)
            raise self.fail(f"expected {closing} to close the indices of {of}, {self.before()}")
        self.take()
        if len(found) != count:
            many = "index" if count == 1 else f"{count} indices"
            raise self.fail(
                f"expected {many} here, as in {written(family)}, not {len(found)}", word
            )
        return found

    def script(self, count: int, family: Family) -> list[Expr | None]:
        """The indices after ``^`` or ``_``."""
        token = self.here
        if self.accept("{"):
            return self.index_list(count, family, "}")
        if count != 1:
            like = written(family)
            raise self.fail(f"expected {{ and {count} indices, as in {like}, {self.before()}")
        if self.accept(*ALL):
            return [None]
        if token.kind == "number":
            self.one_digit()
            return [Integer(int(token.text))]
        if token.kind == "word":
            return [self._index_name(self.one_letter())]
        if not self.names_here():
            raise self.fail(f"expected an index, {self.before()}")
        return [self._index_name(self.name(indexing=True))]

    def one_digit(self) -> Token:
        token = self.here
        if len(token.text) > 1:
            raise self.fail(f"expected {{{token.text}}} in braces: TeX takes one digit only")
        return self.take()

    # -- entries

    def entry(
        self, family: Family, name: Name, exponent: Callable[[], Value] | None = None
    ) -> Value:
        """An entry, a vector or matrix of them, or a power of one, after its name was read."""
        marks = layout(family)
        lists: dict[str, list[Expr | None]] = {}
        raised: Value | None = None
        flipped = False
        while self.here.text in ("^", "_", "["):
            mark = self.here.text
            if mark in lists or (mark == "^" and (raised is not None or flipped)):
                break
            if mark in marks:
                self.take()
                count = marks.count(mark)
                bracket = mark == "["
                lists[mark] = (
                    self.index_list(count, family, "]") if bracket else self.script(count, family)
                )
            elif mark == "_":
                raise self.fail(f"{latex(family.name)} has no subscript: {written(family)}")
            elif mark == "[":
                if marks and not lists:
                    raise self.fail(f"expected the indices as in {written(family)}, before [")
                break
            elif self.transposes():
                flipped = True
            elif exponent is None:
                break
            else:
                self.take()
                raised = exponent()
        if self.here.text == "^" and ("^" in lists or raised is not None):
            raise self.fail("a second superscript: put the entry in parentheses before a power")
        indices = [i for mark in "^_[" for i in lists.get(mark, [None] * marks.count(mark))]
        dots = any(index is None for given in lists.values() for index in given)
        value = self._value(family, indices, name, dots)
        try:
            value = transposed(value) if flipped else value
            return self.powered(value, raised) if raised is not None else value
        except Mismatch as no:
            raise self.fail(str(no), name.token) from None

    def powered(self, value: Value, exponent: Value) -> Value:
        return power(value, exponent)

    def transposition(self, at: int = 0) -> int:
        """How many tokens the transposition sign has that stands there; 0 if there is none."""
        caret, first, second, third = (self.ahead(at + n).text for n in range(4))
        signs = {r"\top", r"\intercal", *({"T"} - self.known - set(self.bound))}
        if caret != "^":
            return 0
        if first in signs:
            return 2
        if first == "{" and second in signs and third == "}":
            return 4
        return 1 if "T" in signs and first.startswith("T") and first not in self.known else 0

    def transposes(self) -> bool:
        """Take a transposition sign, if there is one here."""
        length = self.transposition()
        if length == 1:
            self.take(), self.cut(1)
        else:
            self.skip(length)
        return length > 0

    def _value(self, family: Family, given: list[Expr | None], name: Name, dots: bool) -> Value:
        open = [a for a, index in enumerate(given) if index is None]
        if not open:
            term = self.names.build(family, given)
            self.met.append((term, name.token))
            return Value(term)
        if self.chosen is None:
            layers = [m in "^" or (m == "_" and "[" in layout(family)) for m in layout(family)]
            if family.kind == "size" or any(layers[a] for a in open) or len(open) > 2:
                raise self.fail(
                    f"expected the indices of {latex(name.text)}, as in {written(family)}",
                    name.token,
                )
        key = (family.name, *given)
        ranges = self.chosen.get(key) if self.chosen is not None else None
        if ranges is None:
            ranges = self._open_ranges(family, given)
            if self.chosen is not None:
                self._same_for_all(ranges, name)
                self.chosen[key] = ranges
        rest = iter(ranges)
        indices = [next(rest).index if index is None else index for index in given]
        term = self.names.build(family, indices)
        self.met.append((term, name.token))
        if self.chosen is not None:
            self.any_one.add(term)
            return Value(term)
        aligned = "row" if dots and open == [len(given) - 1] and len(given) > 1 else ""
        return Value(term, tuple(ranges), aligned)

    def _same_for_all(self, ranges: list[Range], name: Name) -> None:
        """Refuse one entry for all terms of a sum inside the moment: it may not exist for some."""
        inner = {Symbol(b) for b in set(self.bound) - self.around}
        if any((r.lo.free_symbols | r.hi.free_symbols) & inner for r in ranges):
            reason = f"expected the indices of {latex(name.text)} inside a sum"
            raise self.fail(reason, name.token)

    def _open_ranges(self, family: Family, given: list[Expr | None]) -> list[Range]:
        """Ranges, under new names, of the indices that are left out."""
        put_in: dict[Expr, Expr] = {}
        found = []
        for index, r in zip(given, family.ranges, strict=True):
            if index is None:
                index = self.fresh(r.index.name)
                found.append(Range(index, put(r.lo, put_in), put(r.hi, put_in)))
            put_in[r.index] = index
        return found
