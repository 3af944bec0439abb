"""Terms, ranges and equations in a saved derivation. Trusted for meaning: nothing is guessed.

They are in the formulas of the declaration language, with every index written out.  A name
has a meaning only if it is declared, bound inside the term, or in force where the term stands.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import lru_cache
from math import prod
from typing import Any, TypeVar

from sympy import Expr, Integer, Symbol

from derive.errors import Undeclared, Unreadable
from derive.model import Family, Model
from derive.read.formula import Formula
from derive.read.names import Names
from derive.read.tokens import Source, tokens
from derive.read.values import Mismatch
from derive.record.fields import Field
from derive.terms import BINDERS, Entry, Range

Known = frozenset[str]
NOTHING: Known = frozenset()
MOST_TERMS = 10_000
T = TypeVar("T")


class Terms:
    """Reads terms over one model and the schematic names of one part; notes how they are spelt."""

    def __init__(self, model: Model, spelt: dict[Expr, str], over: Iterable[Family] = ()) -> None:
        self.spelt = spelt
        families = model.families | {f.name: f for f in over}
        self.model = model
        self.names = Names(
            Model(
                model.name,
                sizes=model.sizes,
                families=families,
                functions=model.functions,
                costs=model.costs,
            )
        )
        self._found: dict[tuple[str, Known], Expr] = {}

    def term(self, field: Field, known: Known = NOTHING) -> Expr:
        key = field.text(), known
        if key not in self._found:
            self._found[key] = self._read(field, known, _term)
            self.spelt.setdefault(self._found[key], key[0])
        return self._found[key]

    def equation(self, field: Field, known: Known) -> tuple[Expr, Expr]:
        return self._read(field, known, _equation)

    def name(self, field: Field) -> Symbol:
        return Symbol(self._read(field, NOTHING, Formula.bound_name))

    def name_of(self, key: str, field: Field) -> Symbol:
        """A name that is the key of an object."""
        return self.name(Field(key, field.path))

    def ranges(self, field: Field) -> tuple[Range, ...]:
        """One string a range; limits may use the indices before and after it."""
        names = frozenset(str(self._read(f, NOTHING, _first_name)) for f in field.items())
        return tuple(self._read(f, names, _range) for f in field.items())

    def pattern(self, key: str, field: Field) -> tuple[str, tuple[Symbol, ...]]:
        """A schematic name with names for its indices, ``X_{j,k}``."""
        return self._read(Field(key, field.path), NOTHING, _pattern)

    def _read(self, field: Field, known: Known, how: Callable[[Formula], T]) -> T:
        source = Source(field.text())
        try:
            f = Formula(source, tokens(source), self.names, any_entry=False)
            f.bound = dict.fromkeys(known)
            found = how(f)
            f.done()
        except Unreadable as no:
            raise field.fail(f"column {no.column}: {no.reason}") from None
        except (Undeclared, Mismatch) as no:
            raise field.fail(str(no)) from None
        except RecursionError:
            raise field.fail("nested too deeply") from None
        stray = (f.indices | set(f.loose)) - known if how is not _pattern else set()
        if stray:
            raise field.fail(f"{', '.join(sorted(stray))} has no meaning here")
        return found


def _term(f: Formula) -> Expr:
    token, value = f.here, f.expr()
    if value.open or f.bare:
        raise f.fail("expected a number: indices are left out", token)
    return value.term


def _equation(f: Formula) -> tuple[Expr, Expr]:
    left = _term(f)
    f.expect("=", "between the two sides")
    return left, _term(f)


def _first_name(f: Formula) -> str:
    name = f.bound_name()
    f.move(len(f.items) - 1)
    return name


def _range(f: Formula) -> Range:
    index = f.bound_name()
    f.expect("=", f"after {index}")
    lo = f.index()
    f.expect("..", "between the limits")
    hi, but = f.index(), list[Expr]()
    while f.accept(","):
        if f.bound_name() != index or not f.accept(r"\ne", r"\neq", "!="):
            raise f.fail(f"expected {index} \\ne …")
        but.append(f.index())
    return Range(Symbol(index), lo, hi, tuple(but))


def _pattern(f: Formula) -> tuple[str, tuple[Symbol, ...]]:
    name = f.name(indexing=True)
    found: list[Symbol] = []
    if f.accept("_"):
        braces = f.accept("{")
        found.append(Symbol(f.bound_name()))
        while braces and f.accept(","):
            found.append(Symbol(f.bound_name()))
        if braces:
            f.expect("}", "to close the indices")
    if len(set(found)) < len(found):
        raise f.fail("an index stands twice")
    return name.text + "'" * name.primes, tuple(found)


@lru_cache(maxsize=4096)
def bound_names(e: Any) -> Known:
    """The names that are bound anywhere in a term."""
    own = frozenset({str(e.args[1])}) if isinstance(e, BINDERS) else NOTHING
    return own.union(*(bound_names(a) for a in e.args)) if e.args else own


def placeholders(count: int, model: Model) -> tuple[Range, ...]:
    """Letters for the indices of a schematic family."""
    taken = Names(model).all()
    letters = [c for c in "jklmabcdefghi" if c not in taken][:count]
    return tuple(Range(Symbol(c), Integer(1), Integer(1)) for c in letters)


def expanded(e: Any) -> int:
    """An upper bound on how many terms an expression has when it is multiplied out."""
    inner = [expanded(a) for a in e.args]
    if e.is_Add:
        return sum(inner)
    if e.is_Pow and e.exp.is_Integer:
        return int(min(inner[0] ** min(abs(int(e.exp)), 64), MOST_TERMS + 1))
    return min(prod(inner), MOST_TERMS + 1) if e.is_Mul else max(inner, default=1)


def schematic(e: Any, names: Collection[str]) -> dict[str, int]:
    """How many indices each schematic name has in a term."""
    found = {e.name: len(e.indices)} if isinstance(e, Entry) and e.name in names else {}
    for a in e.args:
        found |= schematic(a, names)
    return found
