"""``W \\sim \\mathcal{N}(0, \\sigma^2)``: claims that something has a law. Trusted for meaning."""

from __future__ import annotations

from collections.abc import Callable

from derive.read.laws import Run, parsed
from derive.read.links import Distribution
from derive.read.names import Names
from derive.read.result import Side
from derive.read.tokens import Source, Token
from derive.terms import Entry

SIGNS = (r"\sim", "~")


def distribution(
    source: Source, items: Run, names: Names, side: Callable[[Run], Side]
) -> Distribution | None:
    """What ``X \\sim LAW(…)`` or ``LAW(…)`` says; None without ``\\sim`` and a known law."""
    cut = next((a for a, t in enumerate(items) if t.text in SIGNS), -1)
    law = items[cut + 1 :]
    written = parsed(source, law, names)
    if written is None:
        if cut < 0:
            return None
        at = law[0].at if law else items[cut].at
        raise source.error(at, "expected a distribution: \\mathcal{N}(…) or U[…]")
    end = written.last.at + len(written.last.text)
    text = source.text[written.first.at : end]
    sides = tuple(map(side, written.parameters))
    about = next(filter(None, (_random(t, names) for t in items[: max(cut, 0)])), "")
    left = source.text[items[0].at : items[cut].at].strip() if cut > 0 else ""
    return Distribution(written.name, sides, text, written.words, left, about)


def _random(token: Token, names: Names) -> str:
    """The random family that a token names, perhaps in another spelling."""
    spelling = names.spellings.get(token.text)
    name = spelling.term.name if spelling and isinstance(spelling.term, Entry) else token.text
    family = names.model.families.get(name)
    return name if family is not None and family.kind == "random" else ""
