"""Where and how often a line is rewritten. Not trusted: what it finds, `replay` checks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from sympy import Add, Expr, Mul

from derive.errors import Refused, Words
from derive.independence import independent
from derive.matching import unlike
from derive.model import Statement
from derive.polynomials import factors
from derive.proving.derivation import BY_LAW, Line, Place, fitting
from derive.scope import Scope, once
from derive.subterms import Wanted, occurrences
from derive.terms import HEADS, Apply, E, Entry, Partial, Range, Var


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
