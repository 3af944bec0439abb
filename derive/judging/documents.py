"""The files that somebody named, each read and checked, and the exit status. Not trusted.

Only the files that are named are opened; those that a document names itself are opened only
if `follow` is wanted, and then only inside the folder of the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from derive.errors import Unreadable
from derive.judging.check import ClaimChecked, FileChecked, check
from derive.judging.conflicts import Conflict
from derive.read.document import TEX, VERDICTS, decoded, document
from derive.read.inputs import Origin, spliced
from derive.read.links import Claim
from derive.read.notebook import NOTEBOOK, notebook
from derive.read.reading import Reading
from derive.read.tokens import Place

TEXTS = (".md", ".markdown", ".qmd", ".rmd", ".tex", NOTEBOOK)
OTHERS = {
    ".rst": "reStructuredText", ".rest": "reStructuredText", ".html": "HTML", ".htm": "HTML",
    ".typ": "Typst", ".org": "Org", ".adoc": "AsciiDoc", ".asciidoc": "AsciiDoc", ".lyx": "LyX",
}  # fmt: skip
KINDS = " or ".join([", ".join(TEXTS[:-1]), TEXTS[-1]])
STDIN = "-"
OPENS_LATEX = re.compile(r"(?:\s*%[^\n]*\n)*\s*\\document(?:class|style)\b|\s*%\s*derive:")


@dataclass(frozen=True)
class Checked:
    """One file: its text and what was found in it, or the ``problem`` that made it unusable.

    ``origin`` says for each line of the text which file and line it comes from, if it comes
    from several files.
    """

    name: str
    text: str = ""
    data: bytes = b""
    tex: bool = False
    found: FileChecked | None = None
    problem: str = ""
    origin: tuple[Origin, ...] = ()

    def at(self, where: Place) -> tuple[str, int, int]:
        """The file, line and column of a place in the text."""
        if self.origin and where.line <= len(self.origin):
            return (*self.origin[where.line - 1], where.column)
        return self.name, where.line, where.column

    @property
    def claims(self) -> tuple[ClaimChecked, ...]:
        return self.found.claims if self.found else ()

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The conflicts between claims of which none was expected to be wrong."""
        if not self.found:
            return ()
        met = [c.claim for c in self.found.claims if c.met]
        return tuple(c for c in self.found.conflicts if not any(a in met for a in c.claims))


@dataclass(frozen=True)
class Wanted:
    """How files are to be read: the notation in force, LaTeX from standard input, and so on."""

    base: Reading | None = None
    tex: bool = False
    follow: bool = False
    consistency: bool = True


def named(names: Iterable[str]) -> Iterator[str]:
    """The files behind names: of a folder, all those of a kind that is read, at any depth.

    Yields the folder itself if it has none.
    """
    for name in names:
        path = Path(name)
        if name == STDIN or not path.is_dir():
            yield name
            continue
        inside = sorted(
            p for p in path.rglob("*")
            if p.suffix.lower() in TEXTS and p.is_file()
            and not any(part.startswith(".") for part in p.relative_to(path).parts)
        )  # fmt: skip
        yield from map(str, inside) if inside else [name]


def checked(
    name: str,
    read: Callable[[], bytes],
    wanted: Wanted,
    progress: Callable[[Claim], None] = lambda _: None,
) -> Checked:
    """Read and check one file; never raises for what is in it."""
    path = Path(name)
    origin: tuple[Origin, ...]
    tex = wanted.tex if name == STDIN else path.suffix.lower() in TEX
    said = "standard input" if name == STDIN else name
    try:
        if name != STDIN and path.is_dir():
            return Checked(name, problem=f"no {KINDS} file in {name}")
        if other := OTHERS.get(path.suffix.lower()):
            return Checked(
                name, problem=f"{name} is {other}: expected Markdown, LaTeX or a notebook"
            )
        data = read()
        text, origin = decoded(data), ()
        if path.suffix.lower() == NOTEBOOK:
            text, cells = notebook(text)
            origin = tuple((f"{name} cell {cell}", line) for cell, line in cells)
        tex = tex or (name == STDIN and OPENS_LATEX.match(text) is not None)
    except OSError as no:
        return Checked(said, problem=f"cannot read {said}: {no.strerror or no}")
    except Unreadable as no:
        return Checked(said, problem=f"{said}:{no.line}:{no.column}: {no.reason}")
    if wanted.follow and tex and name != STDIN:
        text, origin = spliced(text, path)
    found = check(document(text, wanted.base, tex=tex), progress)
    found.document.path = path if name != STDIN else None
    if not wanted.consistency:
        found = replace(found, conflicts=())
    return Checked(said, text, data, tex, found, "", origin)


# -- what it comes to


def counted(claims: Iterable[ClaimChecked]) -> dict[str, int]:
    """How many claims have each verdict."""
    claims = list(claims)
    return {v: sum(c.verdict == v for c in claims) for v in VERDICTS}


def standing(claim: ClaimChecked) -> str:
    """The verdict as the exit status counts it: ``holds`` if expected, ``fails`` if another was."""
    if not claim.expected:
        return claim.verdict
    return "holds" if claim.met else "fails"


def status(files: Iterable[Checked], strict: bool = False) -> int:
    """The exit status for a number of files."""
    files = list(files)
    verdicts = {standing(c) for f in files for c in f.claims}
    if any(f.problem for f in files):
        return 2
    if verdicts & {"fails", "needs"} or any(f.conflicts for f in files):
        return 1
    if "unreadable" in verdicts:
        return 2
    if "undecided" in verdicts:
        return 1 if strict else 3
    return 0
