"""A file -> the claims in it. Trusted for meaning: everything is echoed as it was read.

Nothing that is read is evaluated, and no other file is opened.
"""

from __future__ import annotations

from pathlib import Path

from derive.errors import Unreadable
from derive.read.claims import Display
from derive.read.latex import latex
from derive.read.links import Claim, Document, Item, Mark, Trouble
from derive.read.macros import DEFINITION, Macros
from derive.read.markdown import markdown
from derive.read.notebook import NOTEBOOK, notebook
from derive.read.parts import Part, Parts
from derive.read.reading import Reading
from derive.read.salvage import salvaged
from derive.read.tokens import Place, Source

LARGEST = 8_000_000
TEX = frozenset({".tex", ".ltx", ".latex", ".sty", ".cls"})
VERDICTS = ("holds", "needs", "fails", "undecided", "unreadable")


def decoded(data: bytes) -> str:
    """The text of a file, in UTF-8; raises Unreadable."""
    if len(data) > LARGEST:
        raise Unreadable(f"a file of more than {LARGEST // 1_000_000} MB", 1, 1)
    if b"\0" in data[:4096] or data.startswith((b"%PDF", b"\x89PNG", b"PK\x03\x04")):
        raise Unreadable("not a text: expected Markdown or LaTeX in UTF-8", 1, 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as no:
        before = data[: no.start].decode("utf-8", "replace")
        column = len(before) - (before.rfind("\n") + 1) + 1
        raise Unreadable(
            f"expected UTF-8, not the byte 0x{data[no.start]:02x}: save the file as UTF-8",
            before.count("\n") + 1,
            column,
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def load(path: Path, base: Reading | None = None) -> Document:
    """Read a file, or the Markdown of a notebook; raises OSError, and Unreadable for no text."""
    suffix, text = path.suffix.lower(), decoded(path.read_bytes())
    found = document(notebook(text)[0] if suffix == NOTEBOOK else text, base, tex=suffix in TEX)
    found.path = path
    return found


def document(
    text: str, base: Reading | None = None, *, tex: bool = False, macros: Macros | None = None
) -> Document:
    """Read a text; ``base`` is a notation in force from the start. Never raises Unreadable."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parts = latex(text) if tex else markdown(text)
    return _Reader(text, parts, base, macros or Macros()).read()


class _Reader:
    """Goes through the parts of one text in order."""

    def __init__(self, text: str, parts: Parts, base: Reading | None, macros: Macros) -> None:
        self.text = text
        self.parts = parts
        self.source = Source(parts.text)
        self.macros = macros
        self.found = Document(None, inline=parts.inline)
        if base is not None:
            self.found.reading = base
        self.mark: Mark | None = None
        self.display: Display | None = None

    def read(self) -> Document:
        acts = {
            "display": self._display, "declare": self._declare, "mark": self._mark,
            "definition": self._define, "input": self._input, "broken": self._broken,
        }  # fmt: skip
        for part in self.parts.found:
            acts[part.kind](part)
        if self.mark is not None:
            self.found.notes.append(Trouble(self.mark.where, "no display follows this mark"))
        return self.found

    def _place(self, part: Part) -> Place:
        return self.source.place(part.at)

    def _add(self, part: Part, claims: tuple[Claim, ...]) -> None:
        text = self.text[part.start : part.end]
        mark, self.mark = self.mark, None
        self.found.items.append(Item(self._place(part), text, claims, self.found.reading, mark))

    def _trouble(
        self, part: Part, where: Place, reason: str, text: str = "", because: int = 0
    ) -> None:
        at = where if text else self._place(part)
        text = text or " ".join(self.text[part.at : part.end].split())
        claim = Claim("unreadable", at, text, trouble=Trouble(where, reason, because), broken=True)
        mark, self.mark = self.mark, None
        self._add(part, (claim,))
        self.mark = mark

    def _display(self, part: Part) -> None:
        if self.mark is not None and self.mark.kind == "skip":
            self.macros_only(part)
            self.display = None
            self._add(part, ())
            return
        if self.display is None or self.display.names is not self.found.reading.names:
            tail = self.display.tail if self.display else []
            ends = self.display.ends if self.display else {}
            self.display = Display(self.source, self.found.reading.names, self.macros)
            self.display.tail, self.display.ends = tail, ends
        claims = self.display.read(part.start, part.end, part.text)
        if claims:
            self._add(part, claims)

    def macros_only(self, part: Part) -> None:
        """A display that is skipped still defines its macros."""
        try:
            self.macros.collect(self.source, part.start, part.end)
        except Unreadable as no:
            self.found.notes.append(Trouble(Place(no.line, no.column), no.reason))

    def _declare(self, part: Part) -> None:
        text = part.text if part.text != "display" else self.parts.text[part.start : part.end]
        self.found.attempted = True
        place = self.source.place(part.start)
        line, column = (place.line, place.column) if part.text == "display" else (place.line, 1)
        self.found.reading, left_out = salvaged(text, line, column, onto=self.found.reading)
        for said in left_out:
            reason = f"declarations: {said.reason}"
            self._trouble(part, said.where, reason, said.text, said.because)

    def _mark(self, part: Part) -> None:
        words = part.text.split()
        where = self._place(part)
        if words == ["skip"]:
            self.mark = Mark("skip", "", where)
        elif len(words) == 2 and words[0] == "expect" and words[1] in VERDICTS:
            self.mark = Mark("expect", words[1], where)
        else:
            known = f"skip, or expect with one of {', '.join(VERDICTS)}"
            self._trouble(part, where, f"a mark that is not known: expected {known}")

    def _define(self, part: Part) -> None:
        m = DEFINITION.match(self.source.text, part.start)
        try:
            if m:
                self.macros.define(self.source, m, part.end)
        except Unreadable as no:
            self._trouble(part, Place(no.line, no.column), no.reason)

    def _input(self, part: Part) -> None:
        self.found.inputs.append((part.text, self._place(part)))

    def _broken(self, part: Part) -> None:
        self._trouble(part, self._place(part), part.text)
