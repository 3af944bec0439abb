"""Markdown -> the parts that mean something. Trusted for meaning: code is no formula.

`markdown_it` says what is code, a quotation, a list or HTML; a rule of ours keeps a display
together whatever its lines look like (``- b`` in a formula begins no list).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from derive.read.parts import DISPLAYS, Part, Parts, blanked, lines_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

OPENS = re.compile(
    rf"\$\$|\\\\?\[|\\begin\s*\{{(?P<env>{DISPLAYS})\}}|(?P<colons>:::):*[ \t]*\{{math\}}"
)
RAW = re.compile(r"\s*<(?:script|pre|style|textarea)\b", re.IGNORECASE)
NESTING = 50
DEEP = f"quotations or lists nested {NESTING} deep: what is inside is not read"
FENCES = {"math": "display", "{math}": "display", "derive": "declare"}
LABEL = re.compile(r"[ \t]*:[\w-]+:")


def markdown(text: str) -> Parts:
    """The displays, declarations and marks of a Markdown text."""
    rows = list(lines_of(text))
    chunks: list[tuple[int, int]] = []
    blocks: list[Part] = []
    gaps: list[tuple[int, int]] = []
    unread = 0
    for token in _parser().parse(text):
        if token.map is None:
            continue
        first, last = token.map
        if token.level >= NESTING - 2 and first >= unread:
            unread, (start, end) = last, rows[first]
            blocks.append(Part("broken", start, start, end, DEEP))
        if token.type == "fence":
            words = token.info.split()
            kind = FENCES.get(words[0].lower() if words else "")
            lines = token.content.split("\n")[:-1]
            if kind and len(words) > 1 and words[0] == "{math}":
                start = text.index(words[1], rows[first][0])
                blocks.append(Part(kind, rows[first][0], start, rows[first][1], "display"))
            elif kind:
                gaps += _before(text, rows, lines, first + 1)
                labels = next((n for n, row in enumerate(lines) if not LABEL.match(row)), 0)
                labels = labels if words[0] == "{math}" else 0
                start = rows[min(first + 1 + labels, len(rows) - 1)][0]
                end = rows[first + len(lines)][1] if lines else start
                blocks.append(Part(kind, rows[first][0], start, max(start, end), "display"))
        elif token.type in ("inline", "display", "html_block") and not RAW.match(token.content):
            gaps += _before(text, rows, token.content.split("\n")[: last - first], first)
            chunks.append((rows[first][0], rows[min(last, len(rows)) - 1][1]))
    parts = Parts(blanked(text, gaps))
    for start, end in chunks:
        parts.scan(start, end, markdown=True)
    parts.found = sorted([*parts.found, *blocks], key=lambda p: p.at)
    return parts


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    made = MarkdownIt("commonmark", {"maxNesting": NESTING})
    made.disable(["inline", "text_join"], True)
    made.block.ruler.before("code", "display", _display, {"alt": ["paragraph", "reference"]})
    return made


def _before(
    text: str, rows: list[tuple[int, int]], content: list[str], first: int
) -> Iterator[tuple[int, int]]:
    """What stands before the content of each line: ``>``, the sign of a list."""
    for (start, end), line in zip(rows[first : first + len(content)], content, strict=False):
        kept = line.strip()
        at = text.rfind(kept, start, end) if kept else end
        if at > start:
            yield start, at


def _display(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A display that begins a line, up to the line where it ends."""
    if state.is_code_block(first):
        return False
    m = OPENS.match(state.src, state.bMarks[first] + state.tShift[first], state.eMarks[first])
    if m is None:
        return False
    if silent:
        return True
    named = ":::" if m["colons"] else f"\\end{{{m['env']}}}"
    close = {"$$": "$$", "\\[": "\\]", "\\\\[": "\\\\]"}.get(m.group(), named)
    missing: dict[str, int] = state.env.setdefault("missing", {})
    at, row, filled = m.end(), first, False
    while close not in state.src[at : state.eMarks[row]]:
        filled |= bool(state.src[at : state.eMarks[row]].strip())
        row += 1
        ends = row >= last or state.sCount[row] < state.blkIndent or row < missing.get(close, 0)
        if ends or (filled and not m.lastgroup and _gap(state, row, last, close)):
            missing[close] = max(row, missing.get(close, 0))
            return False
        at = state.bMarks[row]
    token = state.push("display", "", 0)
    token.map = [first, row + 1]
    token.content = state.getLines(first, row + 1, state.blkIndent, False)
    state.line = row + 1
    return True


def _gap(state: StateBlock, row: int, last: int, close: str) -> bool:
    """Whether a blank line is here, with more than the end of the display after it."""
    if not state.isEmpty(row):
        return False
    rest = next((r for r in range(row, last) if not state.isEmpty(r)), last)
    at = state.bMarks[rest] + state.tShift[rest] if rest < last else len(state.src)
    return not state.src.startswith(close, at)
