"""How far a long check is, on stderr, by rich. Not trusted. Imported when there is a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

from derive.read.links import Claim


@contextmanager
def progress(files: int) -> Iterator[Callable[[Claim], None]]:
    """A line that is gone in the end; the function given is called before each claim."""
    seen = 0
    among = f" in {files} files" if files > 1 else ""
    with Status("reading", console=Console(stderr=True)) as line:

        def tell(claim: Claim) -> None:
            nonlocal seen
            seen += 1
            line.update(f"claim {seen}{among}, line {claim.where.line}")

        yield tell
