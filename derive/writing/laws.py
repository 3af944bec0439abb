"""Laws of entries as they are declared: ``U[-a, a]``, ``N(0, variance v)``. Not trusted."""

from __future__ import annotations

from derive.densities import Law
from derive.model import Distributed
from derive.writing.breaking import plain
from derive.writing.writer import Writer


def law(made: Law, writer: Writer) -> str:
    """A law with its parameters, in words that are read back."""
    given = [plain(writer.term(p)) for p in made.parameters]
    if made.name == "uniform":
        return f"U[{given[0]}, {given[1]}]"
    if made.name == "normal":
        return f"N({given[0]}, {_word('variance', writer)} {given[1]})"
    if made.name == "truncated-normal":
        inner = f"N({given[0]}, {_word('variance', writer)} {given[1]})"
        words = [_word(word, writer) for word in ("truncated", "at")]
        return f"{words[0]} {inner} {words[1]} {given[2]}"
    if made.name == "points":
        pairs = zip(given[::2], given[1::2], strict=True)
        return f"{_word('points', writer)}({', '.join(f'{v}: {p}' for v, p in pairs)})"
    proper = made.name in ("laplace", "bernoulli", "rademacher")
    name = _word(made.name.capitalize() if proper else made.name, writer)
    return f"{name}({', '.join(given)})" if given else name


def distributed(fact: Distributed, writer: Writer) -> str:
    """``W ~ U[-a, a]``."""
    return f"{plain(writer.term(fact.entry))} {writer.form.tilde} {law(fact.law, writer)}"


def _word(word: str, writer: Writer) -> str:
    latex = writer.form.tex and writer.form.short
    return rf"\text{{{word}}}" if latex else word
