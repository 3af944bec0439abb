"""LaTeX files put in the places where others name them. Trusted for meaning: text is only copied.

It is kept where every line is from.  No file outside the folder of the first one is opened.
"""

from __future__ import annotations

from pathlib import Path

from derive.errors import Unreadable
from derive.read.document import decoded
from derive.read.latex import latex

Origin = tuple[str, int]
DEEPEST = 20
MOST = 500


def spliced(text: str, path: Path) -> tuple[str, tuple[Origin, ...]]:
    r"""The text with the files of its ``\input`` put in, and the file and line of every line.

    An ``\input`` that cannot be followed stays as it is.
    """
    folder = path.parent.resolve()
    return _Splice(folder).text(text, path, (path.resolve(),))


class _Splice:
    """Puts files together, at most ``MOST`` of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def text(
        self, text: str, path: Path, above: tuple[Path, ...]
    ) -> tuple[str, tuple[Origin, ...]]:
        pieces: list[str] = []
        origin: list[Origin] = []
        at, line = 0, 1

        def keep(until: int) -> None:
            nonlocal at, line
            piece = text[at:until]
            rows = piece.count("\n") + 1
            pieces.append(piece)
            origin.extend((str(path), line + n) for n in range(rows))
            at, line = until, line + rows - 1

        for part in (p for p in latex(text).found if p.kind == "input"):
            inner = self._read(part.text, path.parent, above)
            if inner is None:
                continue
            keep(part.at)
            body, lines = inner
            pieces.append(f"\n{body}\n")
            origin.extend(lines)
            at = part.end + 1
            pieces.append(" " * (at - text.rfind("\n", 0, at) - 1))
        keep(len(text))
        return "".join(pieces), tuple(origin)

    def _read(
        self, name: str, beside: Path, above: tuple[Path, ...]
    ) -> tuple[str, tuple[Origin, ...]] | None:
        wanted = name.strip()
        for path in (beside / wanted, beside / f"{wanted}.tex"):
            real = path.resolve()
            inside = real.is_relative_to(self.folder) and real.is_file()
            if not inside or real in above or len(above) > DEEPEST or self.count >= MOST:
                continue
            self.count += 1
            try:
                return self.text(decoded(real.read_bytes()), path, (*above, real))
            except (OSError, Unreadable):
                return None
        return None
