"""Building derivations. Not trusted: it finds steps, `replay` alone makes them facts.

A `Line` is rewritten by rules; strategies say where and how often.  What cannot be done
raises Refused, and the line that was reached is kept for the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from sympy import Add, Expr, Mul, Symbol

from derive.errors import Refused, Words
from derive.independence import independent
from derive.matching import match, unlike
from derive.model import Statement
from derive.polynomials import factors
from derive.proofs import Step
from derive.rules import RULES, equation
from derive.scope import Scope, once
from derive.substitution import fresh, put
from derive.subterms import Wanted, above_first, occurrences, replace
from derive.terms import BINDERS, HEADS, Apply, E, Entry, Partial, Range, Var, rebuild

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


# -- strategies


def repeat(line: Line, once: Callable[[Line], bool], at_most: int = 200) -> Line:
    """Do something until it says that it did nothing."""
    for _ in range(at_most):
        if not once(line):
            return line
    raise Refused("this goes on without end")


def first_of(line: Line, *ways: Callable[[Line], Any]) -> Line:
    """The first way that is not refused; the last refusal otherwise."""
    for number, way in enumerate(ways):
        try:
            way(line)
            return line
        except Refused:
            if number == len(ways) - 1:
                raise
    return line


def everywhere(line: Line, name: str, wanted: Wanted, *args: Any) -> Line:
    """Apply a rule wherever it applies among the subterms that are wanted."""

    def once(line: Line) -> bool:
        for old in line.where(wanted):
            try:
                line.apply(name, old, *args)
                return True
            except Refused:
                continue
        return False

    return repeat(line, once)


BOTH: tuple[type, ...] = (Apply, Entry)


def simplify_by_assumptions(line: Line, kinds: tuple[type, ...] = BOTH) -> bool:
    """Use one declared equation about functions or fixed numbers, such as f(s) = s or b = 0."""
    model = line.scope.model
    known = [
        (a.name, which, s)
        for a in model.assumptions
        for which, s in enumerate(model.equations(a))
        if isinstance(s.left, kinds)
    ]
    atoms = line.where(kinds)
    return any(_by_assumption(line, old, *k) for old in atoms for k in known)


def _by_assumption(line: Line, old: Any, name: str, which: int, s: Statement) -> bool:
    if type(old) is not type(s.left) or old.name != s.left.name:
        return False
    if isinstance(old, Apply) and old.order == s.left.order + 1:
        with suppress(Refused):
            line.apply("derivative of a known function", old, name, which)
            return True
        return False
    return _cited(line, "assumption", name, old, which)


def _cited(line: Line, source: str, name: str, old: Expr, which: int | None = None) -> bool:
    try:
        line.cite(source, name, old, which)
        return True
    except Refused:
        return False


def unfold(line: Line, keep: str, kinds: tuple[type, ...] = BOTH) -> Line:
    """Put definitions until only primitive entries and entries of the family ``keep`` are left.

    Each entry of ``keep`` that stands in the line has its definition put once, if one applies.
    What is declared of the ``kinds`` is used, of functions, of fixed numbers or of both.
    """
    model = line.scope.model

    def once(line: Line) -> bool:
        if simplify_by_assumptions(line, kinds):
            return True
        for old in line.where(Entry):
            if model.family(old).kind == "defined" and old.name != keep:
                return any(_cited(line, "definition", d.name, old) for d in model.definitions)
        return False

    for old in line.where(lambda e: isinstance(e, Entry) and e.name == keep):
        any(_cited(line, "definition", d.name, old) for d in model.definitions)
    return repeat(line, once)


def use_moments(
    line: Line, names: Sequence[str] = (), declared: bool = True, leave: Collection[str] = ()
) -> Line:
    """Use every declared or listed equation about a moment: zero means, identical variances.

    The assumptions to ``leave`` are not used.
    """
    of_laws = [p.name for p in line.scope.proved if p.name.endswith(BY_LAW)] if declared else []
    equations = [
        *(k for k in _declared_moments(line.scope) if declared and k[1] not in leave),
        *_proved_moments(line.scope, [*names, *of_laws]),
    ]
    settled: set[tuple[Expr, tuple[Range, ...]]] = set()

    def once(line: Line) -> bool:
        places: dict[Expr, tuple[Range, ...]] = {}
        for old, above in occurrences(line.now, HEADS):
            places.setdefault(old, above)
        for old, above in places.items():
            if (old, above) not in settled:
                place = line.scope.within(above), above
                for source, name, which, s in equations:
                    fits = s.over or not unlike(s.left, old)
                    if fits and _changes(line, place, source, name, old, which):
                        return True
                settled.add((old, above))
        return False

    return repeat(line, once)


Known = tuple[str, str, int, Statement]


def _declared_moments(scope: Scope) -> Iterable[Known]:
    return once(
        scope.found,
        _declared_moments,
        lambda: [
            ("assumption", a.name, which, s)
            for a in scope.model.assumptions
            for which, s in enumerate(scope.model.equations(a))
            if isinstance(s.left, HEADS)
        ],
    )


def _proved_moments(scope: Scope, names: Sequence[str]) -> Iterator[Known]:
    for name in names:
        claim = scope.find(name).claim
        if isinstance(claim, Statement) and isinstance(claim.left, HEADS):
            yield "lemma", name, 0, claim


def _changes(line: Line, place: Place, source: str, name: str, old: Expr, which: int) -> bool:
    inner, above = place
    try:
        args, new = fitting(inner, source, name, old, which)
    except Refused:
        return False
    if new == old or new.has(old):
        return False
    line.take(source, args, old, new, above)
    return True


def groups(body: Expr, scope: Scope) -> list[Expr]:
    """The factors of a product, those together that are not shown to be independent."""
    parts: list[list[Expr]] = []
    for f in factors(body):
        together = [p for p in parts if _dependence(p, [f], scope)]
        merged = [x for p in together for x in p] + [f]
        parts = [p for p in parts if p not in together] + [merged]
    return [Mul(*p) for p in parts]


def _dependence(a: Sequence[Expr], b: Sequence[Expr], scope: Scope) -> Refused | None:
    """Why two groups of factors were not shown to be independent; None if they were."""
    try:
        independent([a, b], scope)
    except Refused as why:
        return why
    return None


def separate(line: Line) -> bool:
    """Split one mean of a product into independent groups."""
    for old in line.where(E):
        inner, _ = line.place(old)
        parts = groups(old.args[0], inner)
        if len(parts) > 1:
            line.apply("independence", old, *parts)
            return True
    return False


def inseparable(line: Line) -> Refused | None:
    """Why some mean of a product of different families was not separated, if one was not."""
    for old in line.where(E):
        inner, _ = line.place(old)
        parts = factors(old.args[0])
        for n, a in enumerate(parts):
            for b in parts[n + 1 :]:
                if type(a) is not type(b) or getattr(a, "name", "") != getattr(b, "name", ""):
                    why = _dependence([a], [b], inner)
                    if why is not None:
                        return why
    return None


def gather_second_moments(line: Line) -> Line:
    """Var[X] R + E[X]² R becomes E[X²] R."""

    def once(line: Line) -> bool:
        for old in line.where(Add):
            for t in old.args:
                for a in Mul.make_args(t):
                    if isinstance(a, Var):
                        rest, square = t / a, E(a.args[0]) ** 2
                        if rest * square in old.args:
                            whole = a + square
                            others = [u for u in old.args if u not in (t, rest * square)]
                            line.algebra(old, Add(rest * whole, *others))
                            line.reverse("second moment", whole, E(a.args[0] ** 2))
                            return True
        return False

    return repeat(line, once)


def missing_mean(line: Line) -> Words | str:
    """The zero mean that would let a term of the line vanish: of a primitive variable, if any."""
    bases = [e.args[0].as_base_exp()[0] for e in line.where(E)]
    found = [a for a in bases if isinstance(a, (Entry, Partial))]
    found.sort(key=lambda a: not _primitive(a, line.scope))
    return Words("{} = 0", E(found[0])) if found else ""


def _primitive(e: Any, scope: Scope) -> bool:
    if isinstance(e, Partial):
        return scope.is_top(e)
    return e.name not in scope.over and scope.model.family(e).kind == "random"


def statement(line: Line, ranges: tuple[Range, ...], **more: Any) -> Statement:
    """What a line has shown."""
    return Statement(line.start, line.now, ranges, **more)
