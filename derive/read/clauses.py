"""A line of tokens -> its clauses: claims, premises, conditions, remarks. Trusted for meaning.

``a = b, \\quad c = d`` makes two claims, ``a = b \\Rightarrow c = d`` one with a premise,
``\\forall i``, ``i = 0, \\dots, d`` and ``for i \\ge 1`` say for which indices they hold.
What does not say which formulas it joins is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from derive.read.atoms import Atom, Run, atoms, bracketed, chained, draws, is_index, named, sides
from derive.read.formula import SIGNS
from derive.read.laws import is_law
from derive.read.names import HEADS, Names
from derive.read.remarks import said
from derive.read.tokens import Source, Token

DOTS = frozenset({r"\dots", r"\ldots", r"\cdots", r"\dotsc"})
LIMITING = frozenset({r"\to", r"\rightarrow", r"\longrightarrow"})
PARTS = 300
PLAIN = frozenset({"+", "-", "{", "}", "(", ")", "_", "^", "'", "..", r"\cdot", r"\hat", r"\ell"})


class Clause(NamedTuple):
    """One claim and its premises."""

    items: Run
    given: tuple[Run, ...] = ()


class Condition(NamedTuple):
    """What indices a line is about: ``items`` without limits; or from ``lo`` to ``hi``."""

    items: Run
    lo: Run | None = None
    hi: Run | None = None
    quantified: bool = False


@dataclass
class Line:
    """What a line says."""

    claims: list[Clause] = field(default_factory=list)
    premises: list[Run] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    formulas: list[Run] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    tags: list[Token] = field(default_factory=list)


def clauses(items: Run, names: Names, source: Source) -> Line:
    """What a line says; raises Unreadable."""
    line = Line(tags=[t for t in items if t.kind in ("tag", "label")])
    rest = named([t for t in items if t.kind not in ("tag", "label")], names, source)
    found = atoms(rest)
    if len(found) > PARTS or (len(rest) >= PARTS and len(sides(rest)) > PARTS):
        raise source.error(items[0].at, f"a line of more than {PARTS} parts")
    Clauses(line, names, source).read(chained(found))
    return line


class Group:
    """Relations that stand on one side of an arrow; ``apart`` where a comma is between them."""

    def __init__(self, role: str = "") -> None:
        self.role = role
        self.runs: list[Run] = []
        self.apart = False


class Clauses:
    """Sorts the atoms of one line."""

    def __init__(self, line: Line, names: Names, source: Source) -> None:
        self.line = line
        self.names = names
        self.source = source
        self.groups = [Group()]
        self.arrows: list[tuple[str, Token]] = []
        self.listing = False

    def read(self, found: list[Atom]) -> None:
        at = 0
        dotted = any(a.kind == "run" and _dots(a.items) for a in found)
        while at < len(found):
            kind, items = found[at]
            at += 1
            if kind == "run":
                until = self._dotted(found, at - 1) if dotted else 0
                if until:
                    at = until
                elif at > 1 and self._for_before(found[at - 2]):
                    self._quantifier(items)
                else:
                    self._run(items, found[at - 2].kind if at > 1 else "")
            elif kind in (",", ";", ":", "quad", "row"):
                self.groups[-1].apart |= bool(self.groups[-1].runs) and at < len(found)
            elif kind == "words":
                self._words(items[0])
            elif kind not in ("forall", "and"):
                self._arrow(kind, items[0])
        self._finish()

    def _for_before(self, a: Atom) -> bool:
        return a.kind == "forall" or (a.kind == "words" and said(a.items[0].text) == "for")

    def _words(self, token: Token) -> None:
        kind = said(token.text)
        if not kind:
            words = " ".join(token.text.split())
            raise self.source.error(
                token.at, f"cannot tell what the words “{words}” say about the formulas around them"
            )
        if kind == "note":
            self.line.remarks.append(" ".join(token.text.split()))
        elif kind == "if" and not self.groups[-1].runs:
            self.groups[-1].role = "if"
        elif kind == "then" and self.groups[-1].role == "if":
            self._arrow("so", token)
        elif kind == "so" and self.groups[-1].runs and self.groups[-1].role != "if":
            self._arrow("hence", token)
        elif kind == "only":
            self._arrow("so", token)
        elif kind in ("if", "iff") or (kind == "so" and self.groups[-1].runs):
            self._arrow(kind, token)

    def _arrow(self, kind: str, token: Token) -> None:
        if kind == "then":
            return
        self.arrows.append((kind, token))
        self.groups.append(Group())

    # -- runs

    def _run(self, items: Run, joint: str) -> None:
        pieces = sides(items)
        if self.listing and joint == "," and is_index(items, self.names):
            self.line.conditions.append(Condition(items))
            return
        self.listing = False
        member = any(t.text == r"\in" for t in items[1:3])
        if member or (len(pieces) > 1 and self._limits(pieces)):
            self.line.conditions.append(Condition(items))
        elif len(pieces) > 1 or draws(items) or self._law(items):
            self.groups[-1].runs.append(items)
        elif (inner := bracketed(items)) and self._conditions(inner):
            return
        elif _number(items):
            self.line.tags.append(Token("tag", items[1].text, items[0].at))
        else:
            self.line.formulas.append(items)

    def _law(self, items: Run) -> bool:
        """Whether a law without anything that has it is what an arrow leads to."""
        return bool(self.arrows) and is_law(items, self.names)

    def _limits(self, pieces: list[Run]) -> bool:
        """Whether a relation is about an index, and all else in it is made of indices and sizes."""
        plain = all(
            t.text in PLAIN
            or t.kind == "number"
            or (t.kind in ("word", "letter") and self._counts(t))
            for piece in pieces
            for t in piece
        )
        return plain and any(is_index(piece, self.names) for piece in pieces)

    def _counts(self, t: Token) -> bool:
        """Whether a word may stand in a limit: an index or a size."""
        return t.text not in HEADS and self.names.kind(t.text) == "a size"

    def _conditions(self, inner: Run) -> bool:
        """Take ``(1 \\le i < d)``, if that is all that stands in the parentheses."""
        line = Line()
        Clauses(line, self.names, self.source).read(chained(atoms(inner)))
        alone = bool(line.conditions) and not (line.claims or line.formulas or line.premises)
        if alone:
            self.line.conditions += line.conditions
        return alone

    def _quantifier(self, items: Run) -> None:
        """``i``, ``(i, i')``, ``i \\ge 1``, ``i \\in \\{…\\}``, and what comes right after."""
        if items[0].text == "(" and items[-1].text == ")":
            for part in _listed(bracketed(items)):
                self._index(part)
            return
        if not is_index(items[:1], self.names) and self._limits(sides(items)):
            self.line.conditions.append(Condition(items, quantified=True))
            return
        size = 1
        while size < len(items) and items[size].text == "'":
            size += 1
        self.listing = True
        if size == len(items):
            self._index(items)
        elif items[size].text in SIGNS or items[size].text == r"\in":
            self.line.conditions.append(Condition(items, quantified=True))
        else:
            self._index(items[:size])
            self._run(items[size:], "")

    def _index(self, items: Run) -> None:
        if len(items) == 1 and items[0].text in self.names.sizes():
            return
        if not items or not is_index(items, self.names):
            at = items[0].at if items else 0
            raise self.source.error(at, "expected an index after 'for all'")
        self.line.conditions.append(Condition(items))

    def _dotted(self, found: list[Atom], at: int) -> int:
        """``i = 0, 1, \\dots, d`` from here on: takes it and says where it ends, or 0."""
        run, first = found[at].items, at
        others: list[Run] = []
        while is_index(run, self.names) and first + 2 < len(found) and found[first + 1].kind == ",":
            others.append(run)
            first += 2
            run = found[first].items
        pieces = sides(run)
        if len(pieces) != 2 or not is_index(pieces[0], self.names) or not pieces[1]:
            return 0
        end = first + 1
        while end + 1 < len(found) and found[end].kind == "," and found[end + 1].kind == "run":
            if _dots(found[end + 1].items):
                more = end + 3 < len(found) and found[end + 2].kind == ","
                hi = found[end + 3].items if more else None
                for index in [*others, pieces[0]]:
                    self.line.conditions.append(Condition(index, pieces[1], hi))
                return end + 4 if more else end + 2
            if any(t.text in SIGNS for t in found[end + 1].items):
                return 0
            end += 2
        return 0

    # -- what follows from what

    def _finish(self) -> None:
        first = self.groups[0]
        if not self.arrows:
            if first.role == "if" and len(first.runs) == 2 and first.apart:
                self.line.claims = [Clause(first.runs[1], (first.runs[0],))]
            elif first.role == "if":
                self.line.premises = first.runs
            else:
                self.line.claims = [Clause(run) for run in first.runs]
            return
        for n, (kind, token) in enumerate(self.arrows):
            left, right = self.groups[n : n + 2]
            for group in (left, right):
                if not group.runs:
                    limit = ": a limit is not read" if token.text in LIMITING else ""
                    raise self.source.error(
                        token.at, f"expected a relation on each side of {token.text}{limit}"
                    )
                if group.apart and len(group.runs) > 1 and group.role != "if":
                    raise self.source.error(
                        token.at,
                        f"what does {token.text.strip()} join? put \\wedge between premises, "
                        "and each statement in a display of its own",
                    )
            if kind == "hence" and n == 0:
                self.line.claims += [Clause(run) for run in left.runs]
            if kind != "if":
                self.line.claims += [Clause(run, tuple(left.runs)) for run in right.runs]
            if kind in ("if", "iff"):
                self.line.claims += [Clause(run, tuple(right.runs)) for run in left.runs]


def _number(items: Run) -> bool:
    """Whether this is the number of an equation in parentheses."""
    return [t.kind for t in items] == ["op", "number", "op"] and items[0].text == "("


def _dots(items: Run) -> bool:
    return (len(items) == 1 and items[0].text in DOTS) or [t.text for t in items] == ["..", "."]


def _listed(items: Run) -> list[Run]:
    parts: list[Run] = [[]]
    for t in items:
        if t.text == ",":
            parts.append([])
        else:
            parts[-1].append(t)
    return parts
