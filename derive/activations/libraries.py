"""What libraries use as gain: read from `libraries.derive`, and not worked out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sympy import Expr, Symbol

from derive.activations.activation import Activation, statements
from derive.activations.reading import Reader
from derive.read.tokens import Source

FILE = Path(__file__).with_name("libraries.derive")


@dataclass(frozen=True)
class Said:
    """The library with its version and function, and the gain; ``any`` if for every activation."""

    library: str
    gain: Expr
    any: bool


def libraries(of: Activation) -> tuple[Said, ...]:
    """What libraries use for an activation function."""
    return tuple(_said(of))


def _said(of: Activation) -> Iterator[Said]:
    name = of.name.partition("(")[0]
    letters = {k: Symbol(k, real=True) for k, _ in of.parameters}
    values = {letters[k]: v for k, v in of.parameters}
    for line in statements(FILE):
        library, _, pairs = line.partition(": ")
        for pair in pairs.split(", "):
            known, _, formula = pair.partition(" = ")
            if known in (name, "any"):
                gain = Reader(Source(formula), {}, letters).whole().xreplace(values)
                yield Said(library, gain, known == "any")
