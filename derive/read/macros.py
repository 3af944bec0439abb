"""The macros of a document: found, and put into formulas. Trusted for meaning.

What a macro stands for keeps the place where it is used.  Nothing but replacement happens,
and only so often: a macro that grows without end is refused where it is used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from derive.read.lexing import Tokens, closing, lexed
from derive.read.tokens import Source, Token

USES = 2_000
TOKENS = 20_000
PLACE = re.compile(r"#(\d)")
OTHERS = (
    r"[gex]?def|let|newcommandx|renewcommandx|(?:New|Renew|Provide|Declare)(?:Expandable)?"
    r"DocumentCommand|DeclarePairedDelimiter(?:X|XPP)?"
)
DEFINITION = re.compile(
    r"\\(?:(?P<new>(?:re)?newcommand|providecommand|DeclareRobustCommand|newrobustcmd)\*?\s*"
    r"(?:\{\s*(?P<name>\\(?:[A-Za-z]+|.))\s*\}|(?P<bare>\\(?:[A-Za-z]+|.)))\s*"
    r"(?:\[\s*(?P<count>\d)\s*\]\s*(?:\[(?P<default>[^\]]*)\]\s*)?)?(?=\{)"
    r"|(?P<operator>DeclareMathOperator)\*?\s*\{?\s*(?P<op>\\[A-Za-z]+)\s*\}?\s*(?=\{)"
    r"|def\s*(?P<def>\\(?:[A-Za-z]+|[^A-Za-z\s]))\s*(?P<parameters>(?:#\d\s*)*)(?=\{)"
    r"|let\s*(?P<let>\\[A-Za-z]+)\s*=?\s*(?P<same>\\[A-Za-z]+)"
    rf"|(?:{OTHERS})\*?\s*\{{?\s*(?P<odd>\\[A-Za-z]+))"
)


class Macro(NamedTuple):
    """How many arguments it takes, -1 if it is defined in a way that is not read.

    ``default`` is the first argument where that is left out.
    """

    takes: int
    body: Tokens
    default: Tokens | None = None


class Found(NamedTuple):
    """A definition in the text, from ``start`` to ``end``."""

    start: int
    end: int


@dataclass
class Macros:
    """What has been defined so far; later definitions replace earlier ones."""

    known: dict[str, Macro] = field(default_factory=dict)

    def define(self, source: Source, m: re.Match[str], end: int) -> int:
        """Take a definition over; returns where it ends; raises Unreadable."""
        if m["odd"]:
            self.known[m["odd"]] = Macro(-1, Tokens())
            return m.end()
        if m["let"]:
            body = Tokens()
            body.add("command", m["same"], m.start(), m.end())
            self.known[m["let"]] = self.known.get(m["same"], Macro(0, body))
            return m.end()
        closed = closing(source, m.end(), end)
        body = lexed(source, m.end() + 1, closed)
        if m["operator"]:
            named = Tokens()
            named.add("command", r"\operatorname", m.start(), m.end())
            named.add("op", "{", m.start(), m.end())
            named.extend(body)
            named.add("op", "}", closed, closed)
            self.known[m["op"]] = Macro(0, named)
        elif m["def"]:
            self.known[m["def"]] = Macro(m["parameters"].count("#"), body)
        else:
            default = None
            if m["default"] is not None:
                default = lexed(source, m.start("default"), m.end("default"))
            name = m["name"] or m["bare"]
            if m["new"] != "providecommand" or name not in self.known:
                self.known[name] = Macro(int(m["count"] or 0), body, default)
        return closed + 1

    def collect(self, source: Source, start: int, end: int) -> list[Found]:
        """Take over all definitions in a part of the text; raises Unreadable."""
        found, at = [], start
        while m := DEFINITION.search(source.text, at, end):
            at = self.define(source, m, end)
            found.append(Found(m.start(), at))
        return found

    def expanded(self, source: Source, items: Tokens) -> Tokens:
        """The same tokens with every macro replaced; raises Unreadable."""
        if not self.known:
            return items
        done = Tokens()
        done.ends = items.ends
        waiting = items[::-1]
        uses = 0
        while waiting:
            token = waiting.pop()
            macro = self._macro(token, waiting)
            if macro is None:
                done.append(token)
                continue
            uses += 1
            if uses > USES or len(waiting) + len(done) > TOKENS:
                raise source.error(token.at, f"the macro {token.text} grows without end")
            waiting += _put(source, macro, token, waiting, done.ends)[::-1]
        return done

    def _macro(self, token: Token, waiting: list[Token]) -> Macro | None:
        if token.kind != "command":
            return None
        macro = self.known.get(token.text)
        if macro is None and token.text.endswith("*"):
            macro = self.known.get(token.text[:-1])
            if macro is not None:
                waiting.append(Token("op", "*", token.at + len(token.text) - 1))
        return macro


def _put(
    source: Source, macro: Macro, use: Token, waiting: list[Token], ends: dict[int, int]
) -> list[Token]:
    """What the macro stands for here; its arguments are taken from ``waiting``."""
    if macro.takes < 0:
        raise source.error(use.at, f"{use.text} is defined in a way that is not read")
    given: list[list[Token]] = []
    if macro.default is not None:
        there = waiting and waiting[-1].text == "["
        given.append(_taken(source, use, waiting, ends, "[", "]") if there else [*macro.default])
    while len(given) < macro.takes:
        if not waiting:
            raise source.error(use.at, f"expected {macro.takes} arguments after {use.text}")
        given.append(_taken(source, use, waiting, ends, "{", "}"))

    def argument(number: str) -> list[Token]:
        if not 1 <= int(number) <= len(given):
            raise source.error(use.at, f"{use.text} uses #{number}, which it does not have")
        return given[int(number) - 1]

    made: list[Token] = []
    for t in macro.body:
        if t.kind == "argument":
            made.extend(argument(t.text))
        else:
            words = PLACE.sub(lambda m: " ".join(a.text for a in argument(m[1])), t.text)
            made.append(Token(t.kind, words, use.at))
        if len(made) > TOKENS:
            raise source.error(use.at, f"the macro {use.text} grows without end")
    return made


def _taken(
    source: Source, use: Token, waiting: list[Token], ends: dict[int, int], open: str, close: str
) -> list[Token]:
    """One argument: what stands between brackets, or one token."""
    first = waiting.pop()
    if first.kind in ("word", "number") and len(first.text) > 1:
        waiting.append(Token(first.kind, first.text[1:], first.at + 1))
        first = Token(first.kind, first.text[0], first.at)
        ends[first.at + 1] = ends.get(first.at, 0)
        return [first]
    found = [first]
    depth = int(first.text == open)
    while depth:
        if not waiting:
            raise source.error(use.at, f"expected {close} to close an argument of {use.text}")
        found.append(waiting.pop())
        depth += (found[-1].text == open) - (found[-1].text == close)
    last = max(ends.get(t.at, 0) for t in found)
    ends[use.at] = max(ends.get(use.at, 0), last)
    return found[1:-1] if len(found) > 1 else found
