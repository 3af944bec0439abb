"""The Markdown cells of a Jupyter notebook as one text. Trusted for meaning: text is only copied.

It is kept in which cell every line stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from derive.errors import Unreadable

NOTEBOOK = ".ipynb"
Placed = tuple[int, int]


def notebook(text: str) -> tuple[str, tuple[Placed, ...]]:
    """The text, and for each of its lines the cell and the line in it, both from 1.

    All cells are counted, whatever they are.  Raises Unreadable for what is no notebook.
    """
    lines: list[str] = []
    places: list[Placed] = []
    for number, cell in enumerate(_cells(text), start=1):
        if cell.get("cell_type") == "markdown":
            own = _source(cell).replace("\r\n", "\n").replace("\r", "\n").split("\n")
            lines += [*own, ""]
            places += [(number, n) for n in range(1, len(own) + 2)]
    return "\n".join(lines), tuple(places)


def _cells(text: str) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(text)
    except RecursionError:
        raise Unreadable("no notebook: nested too deeply", 1, 1) from None
    except ValueError as no:
        line, column = getattr(no, "lineno", 1), getattr(no, "colno", 1)
        raise Unreadable(f"no notebook: {getattr(no, 'msg', no)}", line, column) from None
    sheets = found.get("worksheets", [found]) if isinstance(found, dict) else []
    for sheet in sheets if isinstance(sheets, list) else []:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        if not isinstance(cells, list) or not all(isinstance(c, dict) for c in cells):
            raise Unreadable("no notebook: expected cells in it", 1, 1)
        yield from cells
    if not sheets:
        raise Unreadable("no notebook: expected cells in it", 1, 1)


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    parts = source if isinstance(source, list) else [source]
    if not all(isinstance(p, str) for p in parts):
        raise Unreadable("no notebook: the source of a cell is no text", 1, 1)
    return "".join(parts)
