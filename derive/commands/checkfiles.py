"""What `derive check` does, apart from printing. Not trusted: it chooses, others compute."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

from derive.errors import Refused, Undeclared, Unreadable
from derive.judging.check import LinkChecked
from derive.judging.documents import STDIN, Checked, Wanted, checked, named, status
from derive.judging.explain import explained
from derive.model import Model
from derive.read.links import Claim
from derive.show.annotated import annotated
from derive.show.checked import Shown, report
from derive.show.checked_json import Object, as_json
from derive.show.checked_markdown import as_markdown
from derive.show.lines import Line, plain
from derive.show.words import form_for

Progress = Callable[[Claim], None]


@dataclass(frozen=True)
class Asked:
    """What a call asks for, apart from the files."""

    wanted: Wanted
    shown: Shown = field(default_factory=Shown)
    form: str = "text"
    strict: bool = False
    columns: int = 80
    encoding: str = "utf-8"
    colour: bool = True


@dataclass(frozen=True)
class Answer:
    """The exit status, the report, complaints for stderr, and the annotated copies."""

    status: int
    text: str
    complaints: tuple[str, ...] = ()
    copies: tuple[tuple[str, str], ...] = ()


def answer(names: Sequence[str], asked: Asked, *, annotate: bool = False) -> Answer:
    """Check files and lay out what was found; ``annotate`` makes copies with the verdicts."""
    wanted = list(named(names))
    files: list[Checked] = []
    with _progress(len(wanted)) as tell:
        for name in wanted:
            files.append(checked(name, _reader(name), asked.wanted, tell))
    copies: list[tuple[str, str]] = []
    if annotate:
        form = form_for("utf-8")
        copies = [(_copy(f.name), annotated(f, form)) for f in files if f.found is not None]
    complaints = tuple(f.problem for f in files if f.problem)
    return Answer(status(files, asked.strict), _laid_out(files, asked), complaints, tuple(copies))


def _reader(name: str) -> Callable[[], bytes]:
    return sys.stdin.buffer.read if name == STDIN else Path(name).read_bytes


def _copy(name: str) -> str:
    path = Path(name)
    return str(path.with_name(f"{path.stem}.checked{path.suffix}"))


def _laid_out(files: Sequence[Checked], asked: Asked) -> str:
    if asked.form == "json":
        return as_json(files, asked.shown.only, _recorded if asked.shown.explain else None)
    form = form_for(asked.encoding)
    if asked.form == "markdown":
        return as_markdown(files, form, asked.shown)
    lines: list[Line] = report(files, form=form, width=asked.columns, shown=asked.shown)
    if asked.form == "terminal":
        from derive.show.terminal import coloured

        return coloured(lines, asked.columns, colour=asked.colour)
    return plain(lines)


def _recorded(found: LinkChecked, model: Model) -> Object:
    """The derivation of what holds as `derive replay` reads it, where there is one."""
    from derive.record.writing import record

    if found.judgement is not None and found.verdict == "holds":
        e = explained(found.judgement, model)
        if e.shown and e.story is not None:
            with suppress(Refused, Undeclared, Unreadable):
                return {"derivation": record(e.story)}
    return {"derivation": None}


def _progress(files: int) -> AbstractContextManager[Progress]:
    """A line on stderr that says how far it is, if there is somebody to read it."""
    if not sys.stderr.isatty():
        return nullcontext(lambda _: None)
    from derive.show.progress import progress

    return progress(files)
