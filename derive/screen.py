"""Writing to the terminal or to a file: the only place that prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from difflib import get_close_matches

LEAST, MOST = 40, 120


class Stop(Exception):
    """An exit status, with a message for stderr if there is one."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def nearest(name: str, known: Iterable[str]) -> str:
    """The valid name that somebody probably meant, in words."""
    names = list(known)
    near = get_close_matches(name, names, 1, 0.4)
    return f"nearest: {near[0]}" if near else f"known: {', '.join(names) or 'none'}"


def write(text: str, to: str = "") -> None:
    """Print, or write to a file all at once; raises Stop if that cannot be done."""
    if to:
        from derive.saving import save

        try:
            save(text, to)
        except OSError as no:
            raise Stop(2, f"cannot write {to}: {no.strerror or no}") from no
        return
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(errors="replace")
    print(text, end="", flush=True)


def width() -> int:
    """The columns to fill."""
    from shutil import get_terminal_size

    return max(LEAST, min(MOST, get_terminal_size((80, 24)).columns))


def encoding(output: str = "") -> str:
    """How what is written will be encoded: files are UTF-8."""
    return "utf-8" if output else getattr(sys.stdout, "encoding", None) or "ascii"


def on_terminal() -> bool:
    """Whether stdout is a terminal."""
    return sys.stdout.isatty()


def colour() -> bool:
    """Whether colour is wanted where it can be shown."""
    return not os.environ.get("NO_COLOR")


def complain(status: int, message: str) -> int:
    """Say on stderr what went wrong, if there is something to say; the exit status."""
    if message:
        print(f"derive: {message}", file=sys.stderr)
    return status


def text_of(file: str) -> str:
    """The text of a file, or of stdin; raises Stop."""
    try:
        if file == "-":
            return sys.stdin.read()
        with open(file, encoding="utf-8") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError) as no:
        raise Stop(2, f"cannot read {file}: {getattr(no, 'strerror', '') or no}") from no
