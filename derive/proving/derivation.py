"""Building derivations. Not trusted: it finds steps, `replay` alone makes them facts.

A `Line` is rewritten by rules; strategies say where and how often.  What cannot be done
raises Refused, and the line that was reached is kept for the reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sympy import Expr, Symbol

from derive.errors import Refused
from derive.matching import match
from derive.model import Statement
from derive.proofs import Step
from derive.rules import RULES, equation
from derive.scope import Scope, once
from derive.substitution import fresh, put
from derive.subterms import Wanted, above_first, occurrences, replace
from derive.terms import BINDERS, Partial, Range, rebuild

Place = tuple[Scope, tuple[Range, ...]]

BY_LAW = ", by its law"


class Line:
    """An expression on its way, with the steps that were taken."""

    def __init__(self, start: Expr, scope: Scope) -> None:
        self.start = start
        self.now = start
        self.scope = scope
        self.steps: list[Step] = []
        self.number = 1

    def next(self) -> Line:
        """What follows belongs to the next printed line."""
        if self.steps and self.steps[-1].line == self.number:
            self.number += 1
        return self

    def place(self, old: Expr) -> Place:
        """The scope in which a subterm stands, and the binders above it."""
        above = above_first(self.now, old)
        if above is None:
            raise Refused("{} does not stand in the line", old)
        return self.scope.within(above), above

    def apply(self, name: str, old: Expr, *args: Any) -> Line:
        """Rewrite a subterm by a rule."""
        inner, above = self.place(old)
        new = RULES[name].rewrite(old, inner, args).new
        return self.take(name, args, old, new, above)

    def algebra(self, old: Expr, new: Expr) -> Line:
        """Replace a subterm by an equal polynomial."""
        return self if old == new else self.apply("algebra", old, new)

    def reverse(self, name: str, old: Expr, new: Expr, *args: Any) -> Line:
        """Rewrite a subterm by a rule read from right to left."""
        _, above = self.place(old)
        return self.take(name, args, old, new, above, backward=True)

    def take(
        self,
        name: str,
        args: tuple[Any, ...],
        old: Expr,
        new: Expr,
        above: tuple[Range, ...],
        backward: bool = False,
    ) -> Line:
        """Take a step of which everything is known: what a rule makes of a subterm."""
        after = replace(self.now, old, new, above)
        self.steps.append(Step(name, args, old, new, after, self.number, backward))
        self.now = after
        return self

    def follow(self, steps: Sequence[Step]) -> Line:
        """Take steps that were found before from the same start."""
        self.steps.extend(steps)
        if steps:
            self.now, self.number = steps[-1].after, steps[-1].line
        return self

    def cite(self, source: str, name: str, old: Expr, which: int | None = None) -> Line:
        """Rewrite a subterm by a declared or proved equation, whichever instance fits."""
        inner, above = self.place(old)
        args, new = fitting(inner, source, name, old, which)
        return self.take(source, args, old, new, above)

    def where(self, wanted: Wanted) -> list[Any]:
        """Subterms that are wanted, outermost first, each once."""
        return list(dict.fromkeys(e for e, _ in occurrences(self.now, wanted)))


def fitting(
    scope: Scope, source: str, name: str, old: Expr, which: int | None = None
) -> tuple[tuple[Any, ...], Expr]:
    """The arguments with which an equation rewrites ``old``, and what it makes of it."""
    asked = source, name, old, which
    return once(scope.found, asked, lambda: _fitting(scope, *asked))


def _fitting(
    scope: Scope, source: str, name: str, old: Expr, which: int | None
) -> tuple[tuple[Any, ...], Expr]:
    refusals: list[Refused] = []
    numbers: Iterable[int] = (
        (which,) if which is not None else range(_how_many(scope, source, name))
    )
    for number in numbers:
        s, _ = equation(scope, source, name, number)
        found = match(s.left, old, {r.index for r in s.ranges}, set(s.over))
        if found is None:
            continue
        at, families = found
        args = (name, number, tuple(at.items()), tuple(families.items()))
        try:
            new = _renamed(s.left, old, RULES[source].rewrite(old, scope, args).new)
            return args, clear_of(new, {r.index for r in scope.ranges})
        except Refused as no:
            refusals.append(no)
    raise refusals[0] if len(refusals) == 1 else Refused("{} does not apply to {}", name, old)


def _renamed(pattern: Expr, old: Expr, new: Expr) -> Expr:
    """``new`` with the law's bound names replaced by the one that stood in the line."""
    theirs = [e.range.index for e, _ in occurrences(pattern, BINDERS)]
    ours = [e.range.index for e, _ in occurrences(old, BINDERS)]
    return rename(new, str(theirs[0]), str(ours[0])) if theirs and ours else new


def rename(e: Any, theirs: str, ours: str) -> Any:
    """Bound names ``theirs``, primes apart, become ``ours`` where that captures nothing."""
    if not e.args:
        return e
    if not isinstance(e, BINDERS):
        return rebuild(e, tuple(rename(a, theirs, ours) for a in e.args))
    body, index, *outer = e.args
    body = rename(body, theirs, ours)
    if str(index).rstrip("'") == theirs:
        wanted = Symbol(ours + str(index)[len(theirs) :])
        if wanted not in body.free_symbols:
            body, index = put(body, index, wanted), wanted
    return e.func(body, index, *(rename(a, theirs, ours) for a in outer))


def clear_of(e: Any, taken: set[Symbol]) -> Any:
    """The term with other names for bound indices that are taken."""
    if not e.args or isinstance(e, Partial):
        return e
    if not isinstance(e, BINDERS):
        return rebuild(e, tuple(clear_of(a, taken) for a in e.args))
    body, index, *outer = e.args
    if index in taken:
        other = fresh(index, taken | body.free_symbols)
        body, index = put(body, index, other), other
    return rebuild(e, (clear_of(body, taken), index, *(clear_of(a, taken) for a in outer)))


def _how_many(scope: Scope, source: str, name: str) -> int:
    if source == "assumption":
        for a in scope.model.assumptions:
            if a.name == name:
                return len(scope.model.equations(a))
    return 1


def statement(line: Line, ranges: tuple[Range, ...], **more: Any) -> Statement:
    """What a line has shown."""
    return Statement(line.start, line.now, ranges, **more)
