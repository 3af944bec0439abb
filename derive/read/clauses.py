"""A line of tokens -> its clauses: claims, premises, conditions, remarks. Trusted for meaning.

``a = b, \\quad c = d`` makes two claims, ``a = b \\Rightarrow c = d`` one with a premise,
``\\forall i``, ``i = 0, \\dots, d`` and ``for i \\ge 1`` say for which indices they hold.
What does not say which formulas it joins is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from derive.read.formula import SIGNS
from derive.read.names import HEADS, Names
from derive.read.remarks import said, within
from derive.read.rows import depth
from derive.read.tokens import Source, Token

ARROWS = {
    **dict.fromkeys([r"\Rightarrow", r"\implies", r"\Longrightarrow", r"\to", r"\rightarrow",
                     r"\longrightarrow", r"\leadsto"], "so"),
    **dict.fromkeys([r"\iff", r"\Leftrightarrow", r"\Longleftrightarrow", r"\leftrightarrow"], "iff"),
    **dict.fromkeys([r"\Leftarrow", r"\impliedby", r"\Longleftarrow"], "if"),
    **dict.fromkeys([r"\wedge", r"\land", r"\&"], "and"),
    r"\therefore": "then", r"\because": "and",
}  # fmt: skip
DOTS = frozenset({r"\dots", r"\ldots", r"\cdots", r"\dotsc"})
BINARY = frozenset({r"\cdot", r"\times", r"\odot", "*", "/"})
PLAIN = frozenset({"+", "-", "{", "}", "(", ")", "_", "^", "'", "..", r"\cdot", r"\hat", r"\ell"})
Run = list[Token]


class Atom(NamedTuple):
    """A run of formula (kind ``run``), or what stands between two of them."""

    kind: str
    items: Run


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


def is_index(items: Run, names: Names) -> bool:
    """Whether the tokens are one letter that nothing declares, with or without primes."""
    body = [t for t in items if t.text not in ("'", "{", "}")]
    known = names.all()
    return len(body) == 1 and (
        (body[0].kind in ("word", "letter") and len(body[0].text) == 1 and body[0].text not in known)
        or body[0].text == r"\ell"
    )


def sides(items: Run) -> list[Run]:
    """Cut at the relation signs outside brackets."""
    found: list[Run] = [[]]
    level = 0
    for t in items:
        level += depth(t)
        if level <= 0 and t.kind != "text" and t.text in SIGNS:
            found.append([])
        else:
            found[-1].append(t)
    return found


def named(items: Run, names: Names, source: Source) -> Run:
    """The same tokens where words that are names, as in ``\\text{Var}``, are names again."""
    known = {*names.all(), *HEADS}
    found: Run = []
    for a, t in enumerate(items):
        word = t.text.strip()
        below = a > 0 and items[a - 1].text in ("_", "^")
        inside = a > 1 and items[a - 1].text == "{" and items[a - 2].text in ("_", "^")
        if t.kind == "text" and word.isalnum() and (word in known or below or inside):
            at = source.text.find(word, t.at + 1)
            kind = "word" if word.isalpha() else "number" if word.isdigit() else "other"
            found += [Token("command", r"\text", t.at), Token("op", "{", at), Token(kind, word, at)]
            found.append(Token("op", "}", at + len(word)))
        else:
            found.append(t)
    return found


def atoms(items: Run) -> list[Atom]:
    """Cut outside brackets at commas, wide spaces, words, arrows and ``\\forall``."""
    found = [Atom("run", [])]
    level = 0
    for t in items:
        kind = _joint(t) if level <= 0 else ""
        level += depth(t)
        if kind:
            found += [Atom(kind, [t]), Atom("run", [])]
        else:
            found[-1].items.append(t)
    for a in found:
        while a.kind == "run" and a.items and a.items[-1].text in (".", ":"):
            a.items.pop()
    return _chained([a for a in found if a.kind != "run" or a.items])


def _joint(t: Token) -> str:
    if t.kind in ("quad", "row"):
        return t.kind
    if t.kind == "text":
        return "words"
    if t.kind == "op" and t.text in (",", ";"):
        return t.text
    if t.kind == "command":
        return "forall" if t.text == r"\forall" else ARROWS.get(t.text, "")
    return ""


def _chained(found: list[Atom]) -> list[Atom]:
    """Join a run to the one that it goes on: after a sign, in a new row, with an operator."""
    done: list[Atom] = []
    for a in found:
        to = _before(done, a.items) if a.kind == "run" else None
        if to is None:
            done.append(Atom(a.kind, list(a.items)))
        else:
            done[to].items.extend(a.items)
    return done


def _before(done: list[Atom], after: Run) -> int | None:
    """The run that this one goes on, if it does."""
    runs = [n for n, a in enumerate(done) if a.kind == "run"]
    if not runs:
        return None
    last = runs[-1]
    between = done[last + 1 :]
    row = any(b.kind == "row" for b in between)
    begins = after[0].text in SIGNS
    if row and begins:
        claims = [n for n in runs if len(sides(done[n].items)) > 1 and not _quantified(done, n)]
        return claims[-1] if claims else last
    if not all(b.kind in ("quad", "row") or _reason(b) for b in between):
        return None
    before = done[last].items
    ends = before[-1].text in SIGNS or before[-1].text in ("+", "-", *BINARY)
    starts = after[0].text in BINARY or (after[0].text in ("+", "-") and len(sides(after)) == 1)
    open = sum(depth(t) for t in before) > 0
    worded = any(b.kind == "words" for b in between)
    return last if begins or ends or open or starts or (row and not worded) else None


def _quantified(done: list[Atom], at: int) -> bool:
    return at > 0 and done[at - 1].kind == "forall"


def _reason(a: Atom) -> bool:
    return a.kind == "words" and within(a.items[0].text)


def clauses(items: Run, names: Names, source: Source) -> Line:
    """What a line says; raises Unreadable."""
    line = Line(tags=[t for t in items if t.kind in ("tag", "label")])
    rest = named([t for t in items if t.kind not in ("tag", "label")], names, source)
    Clauses(line, names, source).read(atoms(rest))
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
        while at < len(found):
            kind, items = found[at]
            at += 1
            if kind == "run":
                until = self._dotted(found, at - 1)
                if until:
                    at = until
                elif at > 1 and self._for_before(found[at - 2]):
                    self._quantifier(items)
                else:
                    self._run(items, found[at - 2].kind if at > 1 else "")
            elif kind in (",", ";", "quad", "row"):
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
        elif len(pieces) > 1 or any(t.text == r"\sim" for t in items):
            self.groups[-1].runs.append(items)
        elif (inner := _bracketed(items)) and self._conditions(inner):
            return
        elif _number(items):
            self.line.tags.append(Token("tag", items[1].text, items[0].at))
        else:
            self.line.formulas.append(items)

    def _limits(self, pieces: list[Run]) -> bool:
        """Whether a relation is about an index, and all else in it is made of indices and sizes."""
        plain = all(
            t.kind in ("word", "letter", "number") and t.text not in HEADS or t.text in PLAIN
            for piece in pieces
            for t in piece
        )
        return plain and any(is_index(piece, self.names) for piece in pieces)

    def _conditions(self, inner: Run) -> bool:
        """Take ``(1 \\le i < d)``, if that is all that stands in the parentheses."""
        line = Line()
        Clauses(line, self.names, self.source).read(atoms(inner))
        alone = bool(line.conditions) and not (line.claims or line.formulas or line.premises)
        if alone:
            self.line.conditions += line.conditions
        return alone

    def _quantifier(self, items: Run) -> None:
        """``i``, ``(i, i')``, ``i \\ge 1``, ``i \\in \\{…\\}``, and what comes directly after it."""
        if items[0].text == "(" and items[-1].text == ")":
            for part in _listed(_bracketed(items)):
                self._index(part)
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
            rest = items[size:]
            self._run(rest[1:] if rest[0].text == ":" else rest, "")

    def _index(self, items: Run) -> None:
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
                    raise self.source.error(token.at, f"expected a relation on each side of {token.text}")
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


def _bracketed(items: Run) -> Run:
    """What stands in the parentheses that are all there is; empty if there are none."""
    levels = list(accumulate(map(depth, items)))
    one = items[0].text == "(" and items[-1].text == ")" and 0 not in levels[:-1]
    return items[1:-1] if one else []


def _number(items: Run) -> bool:
    """Whether this is the number of an equation in parentheses."""
    return [t.kind for t in items] == ["op", "number", "op"] and items[0].text == "("


def _dots(items: Run) -> bool:
    return len(items) == 1 and items[0].text in DOTS or [t.text for t in items] == ["..", "."]


def _listed(items: Run) -> list[Run]:
    parts: list[Run] = [[]]
    for t in items:
        if t.text == ",":
            parts.append([])
        else:
            parts[-1].append(t)
    return parts
