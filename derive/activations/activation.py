r"""An activation function: a name, a formula, its parameters; how one is declared.

>>> activation("leaky-relu(0.1)").formula
Max(0, s) + Min(0, s)/10
>>> activation(r"f(x; c = 2) = c \tanh(x)").pieces is None
True
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path

from sympy import Expr, Symbol

from derive.activations.pieces import Piece, pieces
from derive.activations.reading import VARIABLE, Function, Reader
from derive.errors import Refused, Unreadable
from derive.read.names import GREEK
from derive.read.tokens import Source

SHIPPED = Path(__file__).with_name("shipped.derive")
NAMED = re.compile(r"\s*(?P<name>[A-Za-z][A-Za-z0-9_-]*)\s*(?:\((?P<given>[^()]*)\))?\s*")
HEAD = re.compile(
    r"\s*(?P<name>[A-Za-z][\w-]*|\\[A-Za-z]+|\w)\s*\(\s*(?P<letter>\\?\w+)\s*(?=[;)])"
)


@dataclass(frozen=True)
class Activation:
    """``formula`` is in the real symbol `VARIABLE`; ``general`` has the parameters as letters."""

    name: str
    formula: Expr
    parameters: tuple[tuple[str, Expr], ...] = ()
    general: Expr | None = None
    letter: str = "s"

    @cached_property
    def branches(self) -> tuple[Piece, ...]:
        """Smooth formulas on intervals, from left to right; raises Refused."""
        return pieces(self.formula)

    @cached_property
    def pieces(self) -> tuple[Piece, ...] | None:
        """(lo, hi, polynomial) from left to right, None if it is not piecewise polynomial."""
        try:
            found = self.branches
        except Refused:
            return None
        return found if all(p.formula.is_polynomial(VARIABLE) for p in found) else None


def activation(text: str) -> Activation:
    """A shipped one by its name, with values of its parameters, or one by its formula.

    ``relu``, ``leaky-relu(0.1)``, ``\\tanh(s)``, ``f(s; a = 2) = a s``.  Raises Unreadable.
    """
    shown = NAMED.fullmatch(text)
    known = names()
    if shown and (name := known.get(_plain(shown["name"]))):
        if shown["given"] is None or re.fullmatch(r"\s*[A-Za-z]\s*", shown["given"]):
            return _shipped(name)
        if "=" in shown["given"] or not _varies(shown["given"]):
            return _with_values(name, Source(text), shown.span("given"))
    if shown and shown["given"] is None and len(shown["name"]) > 1:
        near = get_close_matches(_plain(shown["name"]), known, 1)
        hint = f"; nearest: {near[0]}" if near else f"; shipped: {', '.join(shipped())}"
        raise Unreadable(f"no activation function {shown['name']}{hint}", 1, 1)
    return _declared(Source(text), 0, len(text), _functions())


def _varies(text: str) -> bool:
    """Whether it has a variable in it."""
    try:
        return VARIABLE in Reader(Source(text), {}, {}).whole().free_symbols
    except Unreadable:
        return False


def shipped() -> list[str]:
    """The names of the shipped ones, in the order of the file."""
    return list(_declarations())


@cache
def names() -> Mapping[str, str]:
    """Every spelling of a shipped name, and the name."""
    found = {name: name for name in shipped()}
    for line in statements(SHIPPED):
        if line.startswith("also "):
            for pair in line[5:].split(","):
                other, name = (side.strip() for side in pair.split("="))
                found[other] = name
    return found


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


@cache
def statements(file: Path) -> list[str]:
    """The statements of a file, one a line, continued by indentation; # starts a comment."""
    text = re.sub(r"^#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [" ".join(line.split()) for line in re.split(r"\n(?!\s)", text) if line.strip()]


@cache
def _declarations() -> Mapping[str, str]:
    lines = [line for line in statements(SHIPPED) if not line.startswith("also ")]
    return {line.partition("(")[0]: line for line in lines}


@cache
def _shipped(name: str) -> Activation:
    line = _declarations()[name]
    order = shipped()
    return _declared(Source(line), 0, len(line), _functions(order[: order.index(name)]))


def _functions(allowed: list[str] | None = None) -> dict[str, Function]:
    """Shipped ones that a formula may use; each is read when it is used."""

    def function(name: str) -> Function:
        return lambda x: _shipped(name).formula.xreplace({VARIABLE: x})

    spelled = names().items()
    return {
        other: function(name)
        for other, name in spelled
        if other.isalpha() and (allowed is None or name in allowed)
    }


def _with_values(name: str, source: Source, span: tuple[int, int]) -> Activation:
    """A shipped one with its parameters at other values, which stand in parentheses."""
    base = _shipped(name)
    declared = dict(base.parameters)
    order = iter(declared)
    values = {}
    for start, end in _split(source.text, *span, ","):
        letter, at = _assigned(source, start, end)
        letter = letter or next(order, "")
        if letter not in declared:
            takes = ", ".join(declared) or "none"
            raise source.error(start, f"{name} has no such parameter; it has: {takes}")
        values[letter] = _constant(source, at, end)
    parameters = tuple((k, values.get(k, v)) for k, v in declared.items())
    shown = ", ".join(source.text[slice(*span)].split(","))
    return _made(f"{name}({shown})", base.general or base.formula, parameters, base.letter)


def _declared(source: Source, start: int, end: int, functions: dict[str, Function]) -> Activation:
    """``NAME(LETTER; PARAMETER = VALUE, …) = FORMULA``, or the formula alone."""
    text = source.text
    head = HEAD.match(text, start, end)
    sides = list(_split(text, start, end, "="))
    if len(sides) == 1 or head is None or text[sides[0][0] : sides[0][1]].rstrip()[-1:] != ")":
        reader = Reader(source, functions, {}, "", start, end)
        formula = reader.closed(reader.whole())
        return Activation(text[start:end].strip(), formula, (), formula, reader.variable)
    letter = head["letter"].lstrip("\\")
    letter = GREEK.get(letter, letter)
    parameters: list[tuple[str, Expr]] = []
    inner = text.rindex(")", start, sides[0][1])
    if text[head.end()] == ";":
        for lo, hi in _split(text, head.end() + 1, inner, ","):
            name, at = _assigned(source, lo, hi)
            if not name:
                raise source.error(lo, "expected PARAMETER = VALUE")
            if name == VARIABLE.name:
                raise source.error(lo, f"{name} stands for the variable: take another letter")
            parameters.append((name, _constant(source, at, hi)))
    symbols = {name: Symbol(name, real=True) for name, _ in parameters}
    reader = Reader(source, functions, symbols, letter, sides[1][0], end)
    formula = reader.closed(reader.whole())
    return _made(head["name"], formula, tuple(parameters), letter)


def _made(
    name: str, general: Expr, parameters: tuple[tuple[str, Expr], ...], letter: str
) -> Activation:
    values = {Symbol(k, real=True): v for k, v in parameters}
    return Activation(name, general.xreplace(values), parameters, general, letter)


def _assigned(source: Source, start: int, end: int) -> tuple[str, int]:
    """The letter before an equals sign, if there is one, and where the value begins."""
    m = re.compile(r"\s*\\?(?P<name>\w+)\s*=").match(source.text, start, end)
    return (GREEK.get(m["name"], m["name"]), m.end()) if m else ("", start)


def _constant(source: Source, start: int, end: int) -> Expr:
    reader = Reader(source, {}, {}, "", start, end)
    found = reader.whole()
    if found.free_symbols:
        raise source.error(start, "expected a number")
    return found


def _split(text: str, start: int, end: int, mark: str) -> Iterator[tuple[int, int]]:
    """The parts between marks that stand in no brackets."""
    depth, begin = 0, start
    for at in range(start, end):
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if text[at] == mark and depth == 0:
            yield begin, at
            begin = at + 1
    yield begin, end
