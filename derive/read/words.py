"""Names as people write them: bold, accented, primed, run together. Trusted for meaning.

A word is one name if it is declared, a product of names if there is exactly one way to cut it.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from sympy import Expr

from derive.errors import Unreadable
from derive.read.names import (
    ACCENTS,
    CALLIGRAPHIC,
    DRESSES,
    FUNCTIONS,
    GREEK,
    HEADS,
    LETTERS,
    Names,
    latex,
)
from derive.read.tokens import Cursor, Source, Token
from derive.terms import Range

OPENERS = {"(": ")", "[": "]", r"\{": r"\}", r"\lbrack": r"\rbrack", "{": "}"}
DEPTHS = {**dict.fromkeys(OPENERS, 1), **dict.fromkeys(OPENERS.values(), -1)}
NAMING = frozenset(f"\\{command}" for command in (*GREEK, *ACCENTS, *DRESSES, *HEADS, *FUNCTIONS))

MATRIX = frozenset({"tr", "Tr", "trace", "diag", "rank", "vec"})
LONGEST_WORD = 200
PRIME = ["{", r"\prime", "}"]
STARS = frozenset(["*", r"\ast", r"\star"])
SHAPES = {"word": "w", "number": "w", "command": "c", "end": ""}
BELOW = ("{c{w}}", "c{w}", "{w}", "w")


def depth(t: Token) -> int:
    """1 for an opening bracket, -1 for a closing one, else 0."""
    return 0 if t.kind == "text" else DEPTHS.get(t.text, 0)


class Name(NamedTuple):
    """A name as it stands in the text; primes that are part of it are in ``text``."""

    text: str
    primes: int
    token: Token


def below(inner: list[Token]) -> tuple[str, str, int]:
    """The word that follows an underscore, how it is written, and how many tokens that takes."""
    greek = [GREEK.get(t.text[1:], "") if t.kind == "command" else "" for t in inner]
    shape = "".join(
        "w" if g else SHAPES.get(t.kind, t.text) for g, t in zip(greek, inner, strict=True)
    )
    for fits in BELOW:
        if shape.startswith(fits):
            at = fits.index("w")
            return greek[at] or inner[at].text, fits, len(fits)
    return "", "", 0


class Words(Cursor):
    """Reads names.

    ``bound`` are the indices of sums around the cursor, ``given`` names that stand for a term,
    ``below`` the letters that were met below a name as a part of it.
    """

    def __init__(self, source: Source, items: list[Token], names: Names) -> None:
        super().__init__(source, items)
        self.names = names
        self.known = names.all()
        self.bound: dict[str, Range | None] = {}
        self.given: dict[str, Expr] = {}
        self.below: dict[str, tuple[str, Token]] = {}

    @cached_property
    def described(self) -> set[str]:
        """What stands before an underscore in a declared name."""
        return {k[:a] for k in self.known for a, c in enumerate(k) if c == "_"}

    def names_here(self) -> bool:
        t = self.here
        return t.kind in ("word", "letter") or (t.kind == "command" and t.text in NAMING)

    def name(self, indexing: bool = False) -> Name:
        """Read one name; a word of several names is cut where that is certain."""
        token = self.here
        text, dressed = self._letters(indexing)
        if text == "Δ" and text not in self.known and self.names_here():
            text += self._letters(indexing)[0]
        if self.here.text == "_" and (whole := self._described(text)):
            text = whole
        if (length := self.starred()) and not indexing:
            text += "*"
            if text not in self.known:
                raise self.unknown(text, token)
            self.skip(length)
        primes = self._primes()
        if text + "'" * primes in self.known or text + "'" * primes in self.bound:
            return Name(text + "'" * primes, 0, token)
        if dressed and not indexing and len(text) > 1 and text not in {*self.known, *HEADS}:
            raise self.unknown(text, token)
        return Name(text, primes, token)

    def _letters(self, indexing: bool) -> tuple[str, bool]:
        token = self.here
        if token.kind == "letter":
            return self.take().text, False
        if token.kind == "word":
            if not indexing:
                self._split(token)
            return self.take().text, False
        command = self.take().text[1:]
        if command in GREEK:
            return GREEK[command], False
        if command in HEADS:
            return HEADS[command], True
        if command in FUNCTIONS:
            return command, True
        if command not in ACCENTS and command not in DRESSES:
            raise self.fail(f"expected a name, not {token.text}", token)
        if self.accept("{"):
            with self.nested():
                inner, _ = self._letters(True)
            self.expect("}", f"to close {token.text}")
        elif self.here.kind == "word":
            inner = self.cut(1).text
        else:
            inner, _ = self._letters(True)
        if command in ACCENTS:
            return inner + ACCENTS[command], True
        if command == "mathbb" and inner == "V":
            return "Var", True
        if command in ("mathcal", "mathscr") and len(inner) == 1 and inner.isupper():
            return chr(CALLIGRAPHIC + ord(inner) - 65), True
        return inner, True

    def starred(self) -> int:
        """How many tokens the star has that is raised here, as in ``c^*``; 0 without one."""
        if self.here.text != "^":
            return 0
        first, second, third = (self.ahead(n).text for n in (1, 2, 3))
        if first in STARS:
            return 2
        return 4 if (first, third) == ("{", "}") and second in STARS else 0

    def _primes(self) -> int:
        count = 0
        while count < 4 and self.here.text in ("'", "^"):
            if self.accept("'"):
                count += 1
            elif self.ahead().text == r"\prime":
                self.skip(2)
                count += 1
            elif [self.ahead(n).text for n in (1, 2, 3)] == PRIME:
                self.skip(4)
                count += 1
            else:
                break
        if count > 3:
            raise self.fail("more than 3 primes")
        return count

    def one_letter(self) -> Name:
        """The one letter that TeX takes without braces."""
        token = self.cut(1)
        if self.here.text == "'":
            raise self.fail(
                f"expected {{{token.text}'}} in braces: the prime belongs to what is before"
            )
        return Name(token.text, 0, token)

    def _described(self, text: str) -> str:
        """A declared name with a subscript that is part of it, such as ``n_{in}``."""
        if text not in self.described:
            return ""
        token = self.here
        word, fits, length = self.word_below()
        whole = f"{text}_{word}"
        if whole not in self.known:
            return ""
        if "c" not in fits:
            self.below[word] = whole, token
            if word in self.bound:
                raise self.two_meanings(word)
        self.skip(1 + length)
        return whole

    def word_below(self) -> tuple[str, str, int]:
        """The word after the underscore that stands here."""
        return below([self.ahead(n) for n in range(1, 7)])

    def two_meanings(self, letter: str) -> Unreadable:
        """An index that is part of a name as well, which was declared without a range for it."""
        name, token = self.below[letter]
        text = latex(letter)
        whole = f"{latex(name.partition('_')[0])}_{text}"
        reason = f"{text} is an index here, but {whole} was declared without 'for {text} = …'"
        return self.fail(reason, token)

    def _split(self, token: Token) -> None:
        """Cut a word into declared names, if there is exactly one way."""
        word = token.text
        if len(word) > LONGEST_WORD:
            raise self.fail(f"a word of more than {LONGEST_WORD} letters", token)
        if len(word) == 1:
            return
        known = {*self.known, *self.bound, *self.given}
        after = self.ahead()
        heads = set(HEADS) if after.text in OPENERS or after.text == "^" else set()
        if word in HEADS and (after.kind in ("word", "letter") or after.text in NAMING):
            heads = {word}
        if word in heads and not self._cuts(word, known)[0]:
            return
        ways, first = self._cuts(word, known | heads)
        if ways == 0:
            if word in HEADS:
                raise self.fail(f"expected [ or ( after {word}", self.ahead())
            raise self.unknown(word, token)
        if ways > 1:
            raise self.fail(f"{word} can be read as one name and as a product of names", token)
        pieces, at = [], 0
        while at < len(word):
            pieces.append(Token("word", word[at : at + first[at]], token.at + at))
            at += first[at]
        self.put(pieces)

    def _cuts(self, word: str, known: set[str]) -> tuple[int, dict[int, int]]:
        """In how many ways (0, 1, 2 or more) a word is made of names, and the lengths of one."""
        ways = [0] * len(word) + [1]
        first: dict[int, int] = {}
        for at in range(len(word) - 1, -1, -1):
            for end in range(at + 1, len(word) + 1):
                name = word[at:end]
                whole = end == len(word)
                if ways[end] and name in known and (whole or name not in HEADS):
                    ways[at] = min(2, ways[at] + ways[end])
                    first[at] = len(name)
        return ways[0], first

    def _declaring(self, text: str, shown: str) -> str:
        """What would declare a name, as far as its looks say."""
        if text == "mean" and self.here.text in OPENERS:
            return ": a mean is written E[…]"
        if len(text) > 1 and self.here.text == "(" and text.isalpha():
            return f": 'given {text}(s)' declares a function"
        if text in LETTERS:
            return f": 'given {shown}', or 'given {shown} > 0', declares a fixed number"
        if len(text) == 1 and text.isalpha():
            return f": 'size {shown}', 'given {shown}' or 'random {shown}' declares it"
        return ""

    def unknown(self, text: str, token: Token, help: str = "") -> Unreadable:
        shown = latex(text)
        if self.here.text == "_" and (word := self.word_below()[0]):
            text = f"{text}_{word}" if text in self.described else text
            shown += f"_{latex(word)}" if len(word) == 1 else f"_{{{word}}}"
        if text in FUNCTIONS:
            help = rf": 'given \{text}(s)' declares a function"
        near = self.names.nearest(text)
        if text in MATRIX:
            help = ": of a matrix, entries, sums, products and norms are read"
        elif not near and not help:
            help = self._declaring(text, shown)
        return self.fail(f"unknown name {shown}{near}{help}", token)
