"""The parts of a text that mean something: displays, marks, definitions. Trusted for meaning.

Only their places are found here.  Every search stops where an earlier one has failed, so that
the time is linear in the text, whatever it is.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from derive.errors import Unreadable
from derive.read.lexing import closing
from derive.read.macros import DEFINITION
from derive.read.tokens import Source

DISPLAYS = (
    r"(?:equation|align|gather|multline|eqnarray|alignat|flalign|displaymath|dmath|xalignat"
    r"|IEEEeqnarray|empheq)\*?"
)
OPTIONS = r"(?:\s*\[[^\[\]\n]*\])?"
ARGUMENTS = {
    "alignat": re.compile(r"\s*\{\d+\}"), "xalignat": re.compile(r"\s*\{\d+\}"),
    "IEEEeqnarray": re.compile(rf"{OPTIONS}\s*\{{[^{{}}\n]*\}}"), "dmath": re.compile(OPTIONS),
    "empheq": re.compile(rf"{OPTIONS}\s*\{{(?P<inner>{DISPLAYS})\s*(?:=\d+\s*)?\}}"),
}  # fmt: skip
LABELLED = r"(?:[ \t]*:[\w-]+:[^\n]*\n)*"
MARK = re.compile(r"\s*derive:\s*(?P<said>.*?)\s*", re.DOTALL)
OPEN = re.compile(
    rf"(?P<code>`+)|(?P<comment><!--)|(?P<definition>{DEFINITION.pattern})"
    rf"|\\begin\s*\{{(?P<env>{DISPLAYS})\}}|(?P<twice>\\\\\[)(?!\s*-?[\d.])"
    r"|(?P<bracket>\\\[)|(?P<paren>\\\()|\\(?P<input>input|include|subfile)\s*\{(?P<file>[^}\n]*)\}"
    rf"|(?P<colons>:::+[ \t]*\{{math\}}[^\n]*\n{LABELLED})"
    r"|(?P<stop>\\end\s*\{document\})|(?P<escaped>\\.)|(?P<dollars>\$\$)|(?P<dollar>\$)",
    re.DOTALL,
)
CLOSE = {"dollars": "$$", "bracket": r"\]", "twice": r"\\]", "paren": r"\)"}
BLANK = re.compile(r"\n[ \t]*\n")
STOPS = re.compile(r"\\.|\$\$|(?P<blank>\n[ \t]*\n)", re.DOTALL)
LONGEST_DEFINITION = 4_000
SHORT = re.compile(rf"\{{\s*\\(?P<end>begin|end)\s*\{{(?P<env>{DISPLAYS})\}}\s*\}}")
COMMAND = re.compile(r"\\[A-Za-z]+")
INLINE = re.compile(r"\$(?=\S)(?:\\.|[^$\\])*?(?<=\S)\$(?!\d)", re.DOTALL)
DOLLARS = re.compile(r"\$(?:\\.|[^$\\])*\$", re.DOTALL)
TICKS = re.compile("`+")
SPACE = re.compile(r"\s*")


class Part(NamedTuple):
    """``at`` is where it begins, ``start`` to ``end`` what is inside; ``text`` goes with the kind.

    Kinds: display (``text`` its environment), declare, mark, definition, input, broken.
    """

    kind: str
    at: int
    start: int
    end: int
    text: str = ""


def blanked(text: str, gaps: Iterable[tuple[int, int]]) -> str:
    """The same text with spaces for the parts between two places; lines stay."""
    pieces, at = [], 0
    for start, end in gaps:
        if end > at:
            pieces += [text[at:start], re.sub(r"[^\n]", " ", text[max(start, at) : end])]
            at = end
    return "".join([*pieces, text[at:]])


class Parts:
    """What was found, and how many inline formulas; what is no text is blank in ``text``.

    Commands that stand for the begin or the end of a display are taken for what they stand for.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.source = Source(text)
        self.found: list[Part] = []
        self.inline = 0
        self._missing: dict[str, int] = {}
        self._begins: dict[str, str] = {}
        self._ends: dict[str, list[str]] = {}

    def scan(self, start: int, end: int, markdown: bool) -> None:
        """Find the parts between two places, in order."""
        text, at = self.text, start
        ticks: dict[int, list[int]] = {}
        for run in TICKS.finditer(text, start, end) if markdown else ():
            ticks.setdefault(len(run.group()), []).append(run.start())
        while m := OPEN.search(text, at, end):
            kind = str(m.lastgroup)
            if m["definition"]:
                at = self._definition(m, end)
            elif m["env"]:
                at = self._environment(m["env"], m.start(), m.end(), end)
            elif kind == "escaped" and (begun := self._begun(m.start(), end)):
                at = self._environment(begun[0], m.start(), begun[1], end)
            elif kind in ("dollars", "bracket") or (kind == "twice" and markdown):
                close = CLOSE[kind]
                ends = self._closed(close, m.end(), end)
                at = self._display(m.start(), m.end(), "display", close, ends)
            elif kind == "colons" and markdown:
                until = text.find(":::", m.end(), end)
                at = self._display(m.start(), m.end(), "display", ":::", (until, until + 3))
            elif kind in ("paren", "dollar"):
                at = self._inline(m, end, markdown)
            elif m["file"] is not None and not markdown:
                self.found.append(
                    Part("input", m.start(), m.start("file"), m.end("file"), m["file"])
                )
                at = m.end()
            elif kind == "code" and markdown:
                runs = ticks.get(len(m["code"]), [])
                after = bisect_right(runs, m.start())
                at = (runs[after] if after < len(runs) else m.start()) + len(m["code"])
            elif kind == "comment" and markdown:
                at = self._comment(m, end)
            elif kind == "stop" and not markdown:
                return
            else:
                at = m.end()

    def _display(self, at: int, start: int, env: str, close: str, ends: tuple[int, int]) -> int:
        until, after = ends
        if until < 0:
            message = f"expected {close} to close this display"
            self.found.append(Part("broken", at, at, start, message))
            return start
        self.found.append(Part("display", at, start, until, env))
        return after

    def _closed(self, close: str, start: int, end: int) -> tuple[int, int]:
        """Where a delimiter is; (-1, -1) if a blank line or the end comes before it."""
        if start < self._missing.get(close, 0):
            return -1, -1
        stop = end
        for m in STOPS.finditer(self.text, start, end):
            if self.text.startswith(close, m.start()) and (m.group() != r"\\" or len(close) > 2):
                return m.start(), m.start() + len(close)
            if m["blank"] and self.text[start : m.start()].strip():
                after = SPACE.match(self.text, m.end(), end)
                if after and self.text.startswith(close, after.end()):
                    return after.end(), after.end() + len(close)
                stop = m.start()
                break
        self._missing[close] = stop
        return -1, -1

    def _begun(self, at: int, end: int) -> tuple[str, int] | None:
        """The display that a command here stands for the begin of, and where the command ends."""
        command = COMMAND.match(self.text, at, end) if self._begins else None
        env = self._begins.get(command.group()) if command else None
        return (env, command.end()) if command and env else None

    def _environment(self, env: str, at: int, start: int, end: int) -> int:
        closes, plain = [f"\\end{{{env}}}", *self._ends.get(env, ())], env.rstrip("*")
        short = "".join(rf"|{re.escape(name)}(?![A-Za-z])" for name in closes[1:])
        pattern = re.compile(rf"\\end\s*\{{\s*{re.escape(env)}\s*\}}{short}")
        m = None
        if start >= self._missing.get(env, 0):
            m = pattern.search(self.text, start, end)
            if m is None:
                self._missing[env] = end
        given = ARGUMENTS[plain].match(self.text, start, end) if plain in ARGUMENTS else None
        inner = given["inner"] if given and plain == "empheq" else env
        start = given.end() if given else start
        return self._display(at, start, inner, " or ".join(closes), m.span() if m else (-1, -1))

    def _inline(self, m: re.Match[str], end: int, markdown: bool) -> int:
        if m["dollar"]:
            pattern = (
                r"\$(?=\S)(?:\\.|[^$\\])*?(?<=\S)\$(?!\d)" if markdown else r"\$(?:\\.|[^$\\])*\$"
            )
            whole = re.compile(pattern, re.DOTALL).match(self.text, m.start(), end)
            until = whole.end() if whole else -1
        else:
            until = self._closed(r"\)", m.end(), end)[1]
        if until < 0 or BLANK.search(self.text, m.start(), until):
            return m.end()
        self.inline += 1
        return until

    def _definition(self, m: re.Match[str], end: int) -> int:
        if m["let"] or m["odd"]:
            until = m.end()
        else:
            try:
                until = closing(self.source, m.end(), min(end, m.end() + LONGEST_DEFINITION)) + 1
            except Unreadable as no:
                self.found.append(Part("broken", m.start(), m.start(), m.end(), no.reason))
                return m.end()
        name = m["name"] or m["bare"] or m["def"]
        if name and (short := SHORT.fullmatch(self.text, m.end(), until)):
            if short["end"] == "begin":
                self._begins[name] = short["env"]
            else:
                self._ends.setdefault(short["env"], []).append(name)
            return until
        self.found.append(Part("definition", m.start(), m.start(), until))
        return until

    def _comment(self, m: re.Match[str], end: int) -> int:
        until = self.text.find("-->", m.end(), end)
        until = end if until < 0 else until
        self.mark(m.start(), m.end(), until)
        return min(until + 3, end)

    def mark(self, at: int, start: int, end: int) -> None:
        """Note a comment that speaks to derive."""
        if said := MARK.fullmatch(self.text, start, end):
            self.found.append(Part("mark", at, said.start("said"), said.end("said"), said["said"]))


def lines_of(text: str) -> Iterator[tuple[int, int]]:
    """Where each line begins and ends, without its line break."""
    at = 0
    for line in text.split("\n"):
        yield at, at + len(line)
        at += len(line) + 1
