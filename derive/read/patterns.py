"""What stands on the left of a declaration: a new name with its indices. Trusted for meaning."""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr, Integer, Symbol

from derive.model import Family
from derive.read.formula import Formula
from derive.read.names import DRESSES, HEADS, latex
from derive.read.tokens import Token
from derive.read.words import Name
from derive.terms import Range


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
    """Reads new names."""

    def pattern(self, described: bool = True) -> Pattern:
        """A name with indices; a number or a word as subscript belongs to the name."""
        token = self.here
        if not self.names_here():
            raise self.fail(f"expected a name, {self.before()}")
        name = self.name(indexing=True)
        text = name.text + "'" * name.primes
        if text in HEADS:
            raise self.fail(f"{text} is kept for E, Var and Cov", token)
        scripts: dict[str, list[Expr]] = {}
        while self.here.text in ("^", "_", "["):
            mark = self.take().text
            if mark in scripts:
                raise self.fail(f"a second {mark}")
            if mark == "_" and described and (below := self._description()):
                text += "_" + below
                continue
            scripts[mark] = self._indices(mark)
        marks = "".join(mark * len(scripts.get(mark, ())) for mark in "^_[")
        return Pattern(text, marks, tuple(i for m in "^_[" for i in scripts.get(m, ())), token)

    def _description(self) -> str:
        braced = self.here.text == "{"
        first = self.ahead() if braced else self.here
        if first.kind == "number" or (first.kind == "word" and len(first.text) > 1 and braced):
            texts, end = first.text, 1
        elif first.kind == "command" and first.text[1:] in DRESSES:
            texts, end = self.ahead(braced + 2).text, 4
        else:
            return ""
        if braced and self.ahead(1 + end).text != "}":
            return ""
        self.pos += end + 2 * braced
        return texts

    def _indices(self, mark: str) -> list[Expr]:
        close = "]" if mark == "[" else "}"
        if mark != "[" and not self.accept("{"):
            if self.here.kind == "number":
                return [Integer(int(self.one_digit().text))]
            if self.here.kind == "word":
                token = self.cut(1)
                return [self._index_name(Name(token.text, self._primes(), token))]
            return [self._index_name(self.name(indexing=True))]
        found = [self.index()]
        while self.accept(","):
            found.append(self.index())
        self.expect(close, "to close the indices")
        return found

    def ranged(self, pattern: Pattern, ranges: tuple[Range, ...]) -> tuple[Range, ...]:
        """The range of each index; every index has to be a name of its own."""
        by_index = {r.index: r for r in ranges}
        found = []
        for index in pattern.indices:
            if not isinstance(index, Symbol):
                raise self.fail(
                    f"expected a plain index of {latex(pattern.name)}, not {index}", pattern.token
                )
            if index not in by_index:
                raise self.fail(
                    f"the range of {index} is missing: add 'for {index} = …'", pattern.token
                )
            found.append(by_index.pop(index))
        return tuple(found)
