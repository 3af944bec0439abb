"""Tokens of a displayed formula: words in it, tags, rows and cells too. Trusted for meaning.

Beyond the kinds of `tokens`: ``text`` (words between formulas), ``tag``, ``label``, ``quad``,
``row``, ``amp``, ``begin`` and ``end-of`` (environments), ``argument`` (``#1`` in a macro).
"""

from __future__ import annotations

import re

from derive.read.tokens import (
    DIGITS,
    LONGEST,
    SILENT,
    TOKEN,
    UNICODE,
    Source,
    Token,
    joined,
    underlined,
)

WORDS = r"text|textrm|textit|textbf|textsf|textnormal|mbox|hbox|intertext|shortintertext"
SPECIAL = re.compile(
    r"(?P<row>\\\\\*?(?:\s*\[\s*-?[\d.]+\s*[a-z]{2}\s*\])?|\\(?:newline|cr)(?![A-Za-z]))"
    r"|\\(?P<edge>begin|end)\s*\{\s*(?P<env>[A-Za-z]+\*?)\s*\}(?:\s*\[[tbc]\])?"
    r"|(?P<quad>\\q?quad(?![A-Za-z]))|(?P<amp>&)|\#(?P<argument>\d)"
    r"|\\(?:(?P<unequal>not\s*=)|l?eqno(?![A-Za-z])(?P<eqno>[^\\$&%]*)"
    r"|(?P<multicolumn>IEEEeqnarraymulticol\s*\{\d+\}\s*\{\w\}))"
    rf"|\\(?P<braced>{WORDS}|tag\*?|label|(?:eq|c|auto)?ref|[hv]space\*?|mspace|[hv]?phantom|color)"
    rf"\s*(?=\{{)|(?P<remark>%[^\n]*)|{TOKEN.pattern}",
    re.DOTALL,
)
DROPPED = frozenset(
    {r"\relax", r"\allowbreak", r"\nobreak", r"\noindent", r"\scriptstyle"}
    | {r"\hfill", r"\centering", r"\IEEEyesnumber", r"\IEEEnonumber", r"\IEEEyessubnumber"}
    | {r"\IEEEeqnarraynumspace", r"\qedhere", r"\qed", r"\blacksquare"}
)
BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
KEPT = frozenset({"tag", "tag*", "label"})
SKIPPED = frozenset({"color", "phantom", "vphantom", "hphantom", "mspace"})


class Tokens(list[Token]):
    """Tokens, and for the place of each where the text that it comes from ends."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: dict[int, int] = {}

    def add(self, kind: str, text: str, at: int, end: int) -> None:
        self.append(Token(kind, text, at))
        self.ends[at] = end


def closing(source: Source, opened: int, end: int) -> int:
    """The place of the brace that closes the one at ``opened``; raises Unreadable."""
    depth = 0
    for m in BRACE.finditer(source.text, opened, end):
        depth += (m.group() == "{") - (m.group() == "}")
        if depth == 0:
            return m.start()
    raise source.error(opened, "expected } to close this {")


def lexed(source: Source, start: int, end: int) -> Tokens:
    """The tokens of a displayed formula; raises Unreadable."""
    if end - start > LONGEST:
        raise source.error(start, f"a formula longer than {LONGEST} characters: {end - start}")
    found = Tokens()
    at = start
    while m := SPECIAL.match(source.text, at, end):
        at = m.end()
        if m.lastgroup == "braced":
            at = _braced(source, m, end, found)
        elif m.lastgroup not in ("space", "remark", "multicolumn"):
            _plain(source, m, found)
    return _joined(found) if underlined(source, start, end) else found


def _joined(items: Tokens) -> Tokens:
    """The same tokens with words joined; a joined word ends where its last part does."""
    found, at = Tokens(), 0
    found.ends = items.ends
    for token, size in joined(items):
        found.append(token)
        found.ends[token.at] = max(items.ends[t.at] for t in items[at : at + size])
        at += size
    return found


def _plain(source: Source, m: re.Match[str], found: Tokens) -> None:
    kind, text, at = str(m.lastgroup), m.group(), m.start()
    if kind == "env":
        found.add("begin" if m["edge"] == "begin" else "end-of", m["env"], at, m.end())
    elif kind == "unequal":
        found.add("command", r"\ne", at, m.end())
    elif kind == "eqno":
        found.add("tag", text.partition("eqno")[2].strip("(){} \n\t"), at, m.end())
    elif kind == "argument":
        found.add(kind, m["argument"], at, m.end())
    elif kind in ("row", "quad", "amp"):
        found.add(kind, text, at, m.end())
    elif text in SILENT or text in DROPPED:
        return
    elif kind == "number" and len(text) > DIGITS:
        raise source.error(at, f"a number of more than {DIGITS} digits")
    elif text in UNICODE:
        text = UNICODE[text]
        found.add("command" if text[0] == "\\" else "op", text, at, m.end())
    else:
        found.add(kind, text, at, m.end())


def _braced(source: Source, m: re.Match[str], end: int, found: Tokens) -> int:
    """A command with an argument that is no formula; returns where it ends."""
    name, at, opened = m["braced"], m.start(), m.end()
    closed = closing(source, opened, end)
    inner = source.text[opened + 1 : closed]
    if name in KEPT:
        said = " ".join(inner.split())
        bare = name == "tag*" and said[:1] + said[-1:] == "()"
        found.add(name.rstrip("*"), said[1:-1] if bare else said, at, closed + 1)
    elif name.endswith("ref"):
        found.add("text", f"({inner})", at, closed + 1)
    elif name.rstrip("*") in ("hspace", "vspace"):
        found.add("quad", name, at, closed + 1)
    elif name not in SKIPPED:
        _words(source, at, opened + 1, closed, found)
    return closed + 1


def _words(source: Source, at: int, start: int, end: int, found: Tokens) -> None:
    """Words, and the formulas between dollars among them."""
    inside = False
    for part in re.finditer(r"(?:\\.|[^$\\])+|\$", source.text[start:end], re.DOTALL):
        first, last = start + part.start(), start + part.end()
        if part.group() == "$":
            inside = not inside
        elif inside:
            formula = lexed(source, first, last)
            found.extend(formula)
            found.ends |= formula.ends
        else:
            found.add("text", part.group(), at if first == start else first, last)
    if found and found[-1].at == at:
        found.ends[at] = end + 1
