"""`pytest --derive notes.md`: one test for each claim of a document. Not trusted: see `judge`.

One more for claims that cannot all be right.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from derive.judging.check import ClaimChecked
    from derive.judging.conflicts import Conflict
    from derive.judging.documents import Checked

SUFFIXES = (".md", ".markdown", ".qmd", ".rmd", ".tex", ".ipynb")


class Unmet(Exception):
    """A claim that does not have the verdict it should have; ``text`` is the report on it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--derive``."""
    group = parser.getgroup("derive")
    group.addoption(
        "--derive", action="store_true",
        help="check the displayed formulas of Markdown, LaTeX and notebooks, one test a claim",
    )  # fmt: skip


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Document | None:
    """Take Markdown and LaTeX files, if ``--derive`` was given."""
    if parent.config.getoption("derive") and file_path.suffix.lower() in SUFFIXES:
        return Document.from_parent(parent, path=file_path)
    return None


class Document(pytest.File):
    """A document whose claims are tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Check the document when its tests are collected."""
        from derive.judging.documents import Wanted, checked

        name = str(self.path)
        found = checked(name, self.path.read_bytes, Wanted())
        if found.problem:
            raise self.CollectError(found.problem)
        seen: dict[str, int] = {}
        for claim in found.claims:
            file, line, _ = found.at(claim.claim.where)
            called = f"{file.removeprefix(name)} line {line}".strip() + (
                f" ({claim.claim.tag})" if claim.claim.tag else ""
            )
            seen[called] = seen.get(called, 0) + 1
            if seen[called] > 1:
                called += f" claim {seen[called]}"
            yield Claim.from_parent(self, name=called, document=found, claim=claim)
        for conflict in found.conflicts:
            lines = " and ".join(str(found.at(c.where)[1]) for c in conflict.claims)
            called = f"lines {lines} together"
            yield Together.from_parent(self, name=called, document=found, conflict=conflict)


class _Reported(pytest.Item):
    """A test that fails with a report."""

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        """The report, without a traceback."""
        if isinstance(excinfo.value, Unmet):
            return excinfo.value.text
        return str(super().repr_failure(excinfo))


class Claim(_Reported):
    """A claim: it passes if it holds, or has the verdict that the text expects."""

    def __init__(self, *, document: Checked, claim: ClaimChecked, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.document = document
        self.claim = claim

    def runtest(self) -> None:
        """Fail with the report on the claim."""
        from derive.judging.documents import standing

        verdict = standing(self.claim)
        if verdict == "undecided":
            pytest.skip("undecided")
        if verdict != "holds":
            from derive.show.checked import about
            from derive.show.lines import plain

            raise Unmet(plain(about(self.document, self.claim)))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the claim is."""
        return self.path, self.claim.claim.where.line - 1, self.name


class Together(_Reported):
    """Claims that cannot all be right: this fails, whatever becomes of each of them."""

    def __init__(self, *, document: Checked, conflict: Conflict, **more: object) -> None:
        super().__init__(**more)  # type: ignore[arg-type]
        self.document = document
        self.conflict = conflict

    def runtest(self) -> None:
        """Fail with the report on the claims."""
        from derive.show.checked import against
        from derive.show.lines import plain

        raise Unmet(plain(against(self.document, self.conflict)))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the last of the claims is."""
        return self.path, self.conflict.claims[-1].where.line - 1, self.name
