"""A first block of declarations for a file in which nothing is declared. Not trusted.

It names the symbols found in the displays, with the shape of their indices; what would be a
guess stands in a comment for the author to finish.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from derive.errors import Unreadable
from derive.read.atoms import Run, sides
from derive.read.claims import Display
from derive.read.links import Document
from derive.read.macros import Macros
from derive.read.names import ACCENTS, DRESSES, GREEK, HEADS, Names
from derive.read.reading import Reading
from derive.read.tokens import Source, Token
from derive.read.words import OPENERS, depth

SIZES = ("n", "d", "N", "L", "M")
INDICES = frozenset("ijkl")
BIG = frozenset({r"\sum", r"\prod"})
MOMENTS = frozenset({*HEADS, "V"})


@dataclass
class Symbol:
    """A name, how its indices were written, and whether it stood inside E, Var or Cov."""

    name: str
    scripts: dict[str, str] = field(default_factory=dict)
    random: bool = False
    applied: bool = False
    derived: bool = False


class Found:
    """The symbols of one document, and the ranges of its sums."""

    def __init__(self) -> None:
        self.symbols: dict[str, Symbol] = {}
        self.ranges: dict[str, tuple[str, str]] = {}
        self.indices: set[str] = set()
        self.lets: dict[str, str] = {}

    def definition(self, items: Run, text: str) -> None:
        """``y = …``, a name alone on the left, is perhaps what it is defined as."""
        left = sides(items)
        if len(left) != 2 or not left[0]:
            return
        name, at = _name(left[0], 0)
        scripted = at < len(left[0]) and left[0][at].text in ("_", "^")
        if name and name not in MOMENTS and (at == len(left[0]) or scripted):
            words = " ".join(text.split()).rstrip(".,; ")
            mark = "# " if scripted or "\\\\" in words or "&" in words else ""
            below = [t.text for t in left[0][at:] if t.kind == "word"] if scripted else []
            clause = f" for {below[0]} = …" if len(below) == 1 and len(below[0]) == 1 else ""
            self.lets.setdefault(name, f"{mark}let {words}{clause}")

    def formula(self, items: Run) -> None:
        inside: list[int] = []
        level = at = 0
        while at < len(items):
            t = items[at]
            if t.text in BIG:
                at = self._range(items, at + 1)
                continue
            level += depth(t)
            while inside and level < inside[-1]:
                inside.pop()
            name, after = _name(items, at)
            if name in MOMENTS and after < len(items) and items[after].text in OPENERS:
                inside.append(level + 1)
                at = after
            elif name:
                at = self._symbol(name, items, after, bool(inside))
            else:
                at += 1

    def _symbol(self, name: str, items: Run, at: int, random: bool) -> int:
        symbol = self.symbols.setdefault(name, Symbol(name))
        symbol.random |= random
        while at < len(items) and items[at].text in ("_", "^", "'"):
            mark = items[at].text
            if mark == "'":
                symbol.derived = True
                at += 1
                continue
            body, at = _group(items, at + 1)
            body = [one for t in body for one in self._apart(t)]
            letters = [t.text for t in body if t.kind == "word" and len(t.text) == 1]
            if letters and (mark == "_" or not all(t.kind == "number" for t in body)):
                self.indices |= set(letters[:1]) | {t for t in letters if "," in _texts(body)}
                symbol.scripts.setdefault(mark, "".join(_texts(body)))
        symbol.applied |= at < len(items) and items[at].text == "(" and not symbol.scripts
        return at

    def _apart(self, t: Token) -> Run:
        """``ij`` below a name as two indices with a comma between them."""
        indices = self.indices | INDICES
        if t.kind != "word" or len(t.text) == 1 or not set(t.text) <= indices:
            return [t]
        return [Token("op" if c == "," else "word", c, t.at) for c in ",".join(t.text)]

    def _range(self, items: Run, at: int) -> int:
        limits: dict[str, Run] = {}
        while at < len(items) and items[at].text in ("_", "^"):
            mark = items[at].text
            body, at = _group(items, at + 1)
            limits[mark] = body
        below, above = _texts(limits.get("_", [])), _texts(limits.get("^", []))
        if "=" in below and below.index("=") > 0:
            cut = below.index("=")
            index = "".join(below[:cut])
            self.indices.add(index.rstrip("'"))
            limit = "".join(below[cut + 1 :]), "".join(above)
            if all(part.isalnum() for part in limit):
                self.ranges.setdefault(index, limit)
            self.formula([t for t in limits.get("^", []) if t.kind in ("word", "command")])
        return at

    def block(self) -> str:
        """The declarations, one a line."""
        sizes = {hi for _, hi in self.ranges.values() if hi.isalpha() and len(hi) == 1}
        names = {n: s for n, s in self.symbols.items() if n not in self.indices or s.scripts}
        lines = ["# A first block: finish the lines that begin with #."]
        plain = sorted(
            sizes | {n for n in names if n in ("n", "d", "N", "L", "M") and not names[n].scripts}
        )
        if plain:
            lines.append(f"size {', '.join(plain)}")
        for symbol in names.values():
            if symbol.name not in plain and symbol.name not in self.lets:
                lines.append(self._line(symbol))
        lines += self.lets.values()
        left = {*plain, *self.lets}
        randoms = [s for s in names.values() if s.random and s.name not in left]
        if randoms:
            shown = ", ".join(map(_shown, randoms))
            lines.append(f"# assume independent {shown}; E[{_shown(randoms[0])}] = 0")
        return "\n".join(lines) + "\n"

    def _line(self, symbol: Symbol) -> str:
        shown = _shown(symbol)
        used = [i for s in symbol.scripts.values() for i in sorted(self.indices) if i in s]
        ends = {i: self.ranges.get(i) for i in dict.fromkeys(used)}
        clause = ", ".join(f"{i} = {'..'.join(e) if e else '…'}" for i, e in ends.items())
        clause = f" for {clause}" if clause else ""
        certain = all(ends.values()) and all(_simple(s) for s in symbol.scripts.values())
        if symbol.applied or symbol.derived:
            return f"# given {symbol.name}({'s' if symbol.name != 's' else 'x'})"
        if symbol.random:
            return f"{'' if certain else '# '}random {shown}{clause}"
        return f"# given, size, cost or let: {shown}{clause}"


def starter(document: Document) -> str:
    """A block of declarations with the symbols of the document's displays."""
    found = Found()
    macros = Macros()
    for item in document.items:
        for items in _tokens(item.text, macros):
            found.formula(items)
            found.definition(items, item.text)
    return found.block()


def _tokens(text: str, macros: Macros) -> Iterator[Run]:
    names: Names = Reading.empty("none").names
    try:
        display = Display(Source(text), names, macros)
        yield [t for t in display.tokens(0, len(text)) if t.kind != "text"]
    except Unreadable:
        return


def _name(items: Run, at: int) -> tuple[str, int]:
    """The name that begins here, and where it ends; empty if none does."""
    t = items[at]
    if t.kind in ("word", "letter"):
        return t.text, at + 1
    if t.kind != "command":
        return "", at + 1
    bare = t.text[1:]
    if bare in GREEK:
        return t.text, at + 1
    if bare in HEADS:
        return HEADS[bare], at + 1
    if bare in DRESSES or bare in ACCENTS:
        body, after = _group(items, at + 1)
        inner = "".join(_texts(body))
        return (inner if bare in DRESSES else f"{t.text}{{{inner}}}"), after
    return "", at + 1


def _group(items: Run, at: int) -> tuple[Run, int]:
    """What a script or a command takes, and where it ends."""
    if at >= len(items):
        return [], at
    if items[at].text != "{":
        first: Token = items[at]
        if first.kind == "word" and len(first.text) > 1:
            first = Token("word", first.text[0], first.at)
        return [first], at + 1
    level = 0
    for end in range(at, len(items)):
        level += (items[end].text == "{") - (items[end].text == "}")
        if level == 0:
            return items[at + 1 : end], end + 1
    return items[at + 1 :], len(items)


def _texts(items: Run) -> list[str]:
    return [t.text for t in items]


def _shown(symbol: Symbol) -> str:
    scripts = (
        f"{mark}{s if len(s) == 1 else '{' + s + '}'}"
        for mark, s in sorted(symbol.scripts.items(), reverse=True)
    )
    return symbol.name + "".join(scripts)


def _simple(script: str) -> bool:
    return all(part.isalpha() and len(part) == 1 for part in script.split(","))
