"""Text as tokens that know their line and column. Trusted for meaning: only space is dropped.

One regular expression, since declarations and formulas share a line and pylatexenc, at two
milliseconds a formula and with a RecursionError on deep nesting, misses the limits set here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from derive.errors import Unreadable

LONGEST = 20_000
DEEPEST = 40
DIGITS = 60

TOKEN = re.compile(
    r"(?P<space>[\s~]+)|(?P<command>\\(?:[A-Za-z]+\*?|.))|(?P<word>[A-Za-z]+)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<op>\.\.|>=|<=|!=|:=|[-+*/=<>^_{}()\[\],;:'|.!&])"
    r"|(?P<letter>[^\W\d_])|(?P<other>.)",
    re.DOTALL,
)
SILENT = {
    "\\ ", "\\\n", r"\,", r"\;", r"\:", r"\!", r"\>", r"\quad", r"\qquad", r"\left", r"\right",
    r"\middle", r"\limits", r"\nolimits", r"\displaystyle", r"\textstyle", r"\mathstrut", r"\strut",
    r"\notag", r"\nonumber",
    *(f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")),
}  # fmt: skip
UNICODE = {
    "·": r"\cdot", "×": r"\times", "∂": r"\partial", "∑": r"\sum", "∏": r"\prod", "−": "-",
    "≈": r"\approx", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "′": "'", "•": r"\bullet",
}  # fmt: skip


class Token(NamedTuple):
    """``kind`` is word, letter, number, command, op or end; ``at`` an offset in the source."""

    kind: str
    text: str
    at: int


class Place(NamedTuple):
    """A line and a column, from 1, in code points."""

    line: int
    column: int


class Source:
    """A text and where it stands in its file."""

    def __init__(self, text: str, line: int = 1, column: int = 1) -> None:
        self.text = text
        self._line = line
        self._column = column
        self._starts = [0, *(m.end() for m in re.finditer("\n", text))]

    def place(self, at: int) -> Place:
        row = bisect_right(self._starts, at) - 1
        column = at - self._starts[row] + (self._column if row == 0 else 1)
        return Place(self._line + row, column)

    def error(self, at: int, reason: str) -> Unreadable:
        return Unreadable(reason, *self.place(at))


def tokens(source: Source, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of a part of the source, closed by one of kind ``end``."""
    end = len(source.text) if end is None else end
    if end - start > LONGEST:
        raise source.error(start, f"longer than {LONGEST} characters: {end - start}")
    found: list[Token] = []
    for m in TOKEN.finditer(source.text, start, end):
        kind, text, at = str(m.lastgroup), m.group(), m.start()
        if kind == "space" or text in SILENT:
            continue
        if text in UNICODE:
            text = UNICODE[text]
            kind = "command" if text[0] == "\\" else "op"
        elif kind == "other":
            raise source.error(at, f"unexpected character {text!r}")
        elif kind == "number" and len(text) > DIGITS:
            raise source.error(at, f"a number of more than {DIGITS} digits")
        found.append(Token(kind, text, at))
    found.append(Token("end", "", end))
    return [t for t, _ in joined(found)] if underlined(source, start, end) else found


def underlined(source: Source, start: int, end: int) -> bool:
    r"""Whether there can be words to be joined: ``\_`` stands somewhere."""
    return source.text.find(r"\_", start, end) >= 0


def joined(items: Sequence[Token]) -> Iterator[tuple[Token, int]]:
    """The tokens, ``\\text{fan\\_in}`` and ``fan\\_in`` one word, and how many each is made of."""
    at = 0
    while at < len(items):
        dressed = at + 1 < len(items) and items[at].kind == "command" and items[at + 1].text == "{"
        first = at + 2 * dressed
        end = first + 1
        while end + 1 < len(items) and items[end].text == r"\_" and items[end + 1].kind == "word":
            end += 2
        word = first < len(items) and items[first].kind == "word" and end > first + 1
        if word and (not dressed or (end < len(items) and items[end].text == "}")):
            text = "_".join(t.text for t in items[first:end:2])
            yield Token("word", text, items[at].at), end + dressed - at
            at = end + dressed
        else:
            yield items[at], 1
            at += 1


class Cursor:
    """A place in a list of tokens that moves forward; ``here`` is the token there."""

    def __init__(self, source: Source, items: list[Token]) -> None:
        self.source = source
        self.items = items
        self._depth = 0
        self.move(0)

    def move(self, to: int) -> None:
        self.pos = to
        self.here = self.items[to]

    def skip(self, count: int) -> None:
        self.move(self.pos + count)

    def ahead(self, count: int = 1) -> Token:
        return self.items[min(self.pos + count, len(self.items) - 1)]

    def take(self) -> Token:
        token = self.here
        if token.kind != "end":
            self.move(self.pos + 1)
        return token

    def accept(self, *texts: str) -> Token | None:
        """Take the next token if it is one of these."""
        return self.take() if self.here.text in texts else None

    def expect(self, text: str, why: str = "") -> Token:
        if self.here.text != text:
            raise self.fail(f"expected {text}{' ' + why if why else ''}, {self.before()}")
        return self.take()

    def before(self) -> str:
        return "before the end" if self.here.kind == "end" else f"before {self.here.text}"

    def fail(self, reason: str, token: Token | None = None) -> Unreadable:
        return self.source.error((token or self.here).at, reason)

    def cut(self, length: int) -> Token:
        """Take the first characters of the next token and leave the rest."""
        token = self.here
        if len(token.text) > length:
            rest = Token(token.kind, token.text[length:], token.at + length)
            self.put([Token(token.kind, token.text[:length], token.at), rest])
        return self.take()

    def put(self, pieces: list[Token]) -> None:
        """Put some tokens in the place of the one that stands here."""
        self.items[self.pos : self.pos + 1] = pieces
        self.move(self.pos)

    def done(self) -> None:
        if self.here.kind != "end":
            raise self.fail(f"expected an operator or the end, {self.before()}")

    def nested(self) -> Cursor:
        """One level deeper, down to a limit, as long as ``with`` lasts."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.fail(f"nested more than {DEEPEST} deep")
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
