"""Small documents: declarations and claims below them, and the report on these."""

from __future__ import annotations

from derive.judging.check import FileChecked, check
from derive.judging.documents import Checked
from derive.read.document import document
from derive.show.checked import report
from derive.show.lines import plain


def checked(block: str, *claims: str) -> FileChecked:
    formulas = "".join(f"$${claim}$$\n\n" for claim in claims)
    return check(document(f"```derive\n{block}```\n\n{formulas}"))


def shown(block: str, *claims: str) -> str:
    """The report on a document, as a line."""
    found = checked(block, *claims)
    page = plain(report([Checked("a.md", "", found=found)]))
    return " ".join(page.split())
