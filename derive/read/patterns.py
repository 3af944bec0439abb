"""What stands on the left of a declaration: a new name with its indices. Trusted for meaning."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from sympy import Expr, Integer, Symbol

from derive.model import Family
from derive.read.formula import Formula
from derive.read.names import DRESSES, GREEK, HEADS, Names, latex
from derive.read.tokens import Source, Token
from derive.read.words import Name, below
from derive.terms import Range

WORD = re.compile(r"[A-Za-z]+")


class Pattern(NamedTuple):
    """``marks`` says of each index whether it is a superscript, a subscript or in brackets."""

    name: str
    marks: str
    indices: tuple[Expr, ...]
    token: Token

    def family(self, kind: str, ranges: tuple[Range, ...]) -> Family:
        if "[" not in self.marks:
            return Family(self.name, kind, ranges, self.marks.count("^"))
        if "^" not in self.marks:
            return Family(self.name, kind, ranges, self.marks.count("_"), "brackets")
        return Family(self.name, kind, ranges, self.marks.count("^"), self.marks)


class Patterns(Formula):
    """Reads new names.

    Letters that the clause behind ``for`` gives ranges are indices, also those of ``ij``.
    """

    def __init__(
        self, source: Source, items: list[Token], names: Names, clause: list[Token] | None = None
    ) -> None:
        super().__init__(source, items, names)
        ends = (clause[0].at, clause[-1].at) if clause else (0, 0)
        self.clause = " ".join(source.text[slice(*ends)].split())
        ranged = (t.text for t, after in pairwise(clause or ()) if after.text == "=")
        self.over = {GREEK.get(text.removeprefix("\\"), text) for text in ranged}

    def pattern(self, numbered: bool = True, indexed: bool = False) -> Pattern:
        """A name with indices; a word as subscript belongs to it, and if ``numbered`` so does a
        number, and unless it is ``indexed`` a letter without a range.
        """
        token = self.here
        if not self.names_here():
            raise self.fail(f"expected a name, {self.before()}")
        name = self.name(indexing=True)
        text = name.text + "'" * name.primes
        if text in HEADS:
            raise self.fail(f"{text} is kept for E, Var and Cov", token)
        scripts: dict[str, list[Expr]] = {}
        while self.here.text in ("^", "_", "["):
            if length := self.starred():
                self.skip(length)
                text += "*"
                continue
            mark = self.take().text
            if mark in scripts:
                raise self.fail(f"a second {mark}")
            if mark == "_" and (word := self._description(text, numbered, indexed)):
                text += "_" + word
                continue
            scripts[mark] = self._indices(mark)
        marks = "".join(mark * len(scripts.get(mark, ())) for mark in "^_[")
        return Pattern(text, marks, tuple(i for m in "^_[" for i in scripts.get(m, ())), token)

    def _description(self, name: str, numbered: bool, indexed: bool) -> str:
        """A subscript that is no index: ``_2``, ``_{in}``, ``_w`` if w has a meaning or no range.

        A size is no index of a name that has none.
        """
        family = self.names.family(name)
        open = family is None or bool(family.ranges)
        known = self.known - self.names.sizes() if open else self.known
        inner = [self.ahead(n) for n in range(6)]
        word, fits, length = below(inner)
        if not word:
            return ""
        token = inner[fits.index("w")]
        long = len(word) > 1 and fits != "w" and not self._run(token)
        dressed = "c" in fits and inner[fits.index("c")].text[1:] in DRESSES
        part = numbered if token.kind == "number" else long or dressed
        letter = token.kind != "number" and len(word) == 1
        meant = self.over | self.known - known  # as indices
        part = part or (letter and (word in known or not (indexed or word in meant)))
        if not part or ("c" in fits and not dressed):
            return ""
        self.skip(length)
        return word

    def _indices(self, mark: str) -> list[Expr]:
        close = "]" if mark == "[" else "}"
        if mark != "[" and not self.accept("{"):
            if self.here.kind == "number":
                return [Integer(int(self.one_digit().text))]
            if self.here.kind == "word":
                return [self._index_name(self.one_letter())]
            return [self._index_name(self.name(indexing=True))]
        if self._run(self.here):
            run = self.take()
            found = [self._index_name(Name(letter, 0, run)) for letter in run.text]
        else:
            found = [self.index()]
        while self.accept(","):
            found.append(self.index())
        self.expect(close, "to close the indices")
        return found

    def _run(self, word: Token) -> bool:
        """Whether a word is made of indices, as in ``W_{ij}``."""
        letters = set(word.text)
        each = word.kind == "word" and 1 < len(word.text) == len(letters)
        return each and word.text not in self.over and letters <= self.over

    def ranged(self, pattern: Pattern, ranges: tuple[Range, ...]) -> tuple[Range, ...]:
        """The range of each index; every index has to be a name of its own."""
        by_index = {r.index: r for r in ranges}
        found = []
        for index in pattern.indices:
            if not isinstance(index, Symbol):
                reason = f"expected a plain index of {latex(pattern.name)}, not {index}"
                if index.is_Integer:
                    reason += self._by_another_name(pattern)
                raise self.fail(reason, pattern.token)
            if index not in by_index:
                below = f"_{{\\mathrm{{{index}}}}}"
                reason = f"the range of {index} is missing: add 'for {index} = …'"
                if len(pattern.indices) == 1:
                    name = latex(pattern.name)
                    reason += f", or write {name}{below} if {index} is part of the name"
                raise self.fail(reason, pattern.token)
            found.append(by_index.pop(index))
        return tuple(found)

    def _by_another_name(self, pattern: Pattern) -> str:
        """The two lines that declare what is meant by ``random h^0_i``: a name of its own first."""
        text = self.source.text
        taken = {m.group() for m in WORD.finditer(text)} | self.known
        new = next(letter for letter in ("x", "u", "v", "z", "inputs") if letter not in taken)
        written = text[pattern.token.at : self.here.at].strip()
        below = ",".join(str(i) for i in pattern.indices if isinstance(i, Symbol))
        name = f"{new}_{{{below}}}" if len(below) > 1 else f"{new}_{below}" if below else new
        over = f" for {self.clause}" if self.clause else ""
        lines = f"'random {name}{over}' and 'let {written} = {name}{over}'"
        return f"; give it a name of its own, and say what it is: {lines}"
