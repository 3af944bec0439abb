"""Why a line follows, in words and formulas. Not trusted: repeats what replay returned.

Glossary: a hint is one reason as a reader sees it; bookkeeping, such as a sum of zeros, is
left to the line itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sympy import Add, Expr, Mul

from derive.boxes import Boxes
from derive.independence import Evidence
from derive.model import Independent, Members, Nonzero, Separate, Statement
from derive.polynomials import factors
from derive.proofs import HYPOTHESIS
from derive.proving.derivation import BY_LAW
from derive.report import Reason, Report, Row, Section
from derive.show.lines import tied
from derive.terms import BINDERS, HEADS, Delta, E, Entry, Partial, Range, Sum, Var


@dataclass(frozen=True)
class Block:
    """Whole families, or the derivatives at the top."""

    keys: tuple[str, ...]


Piece: TypeAlias = str | Expr | Statement | Block | Boxes | Members


@dataclass(frozen=True)
class Hint:
    """Words and formulas, and what they rest on: assumptions, or a command."""

    said: tuple[Piece, ...]
    note: str = ""


@dataclass(frozen=True)
class Made:
    """What a group of factors is made of."""

    of: Expr
    boxes: Boxes


@dataclass(frozen=True)
class Names:
    """Assumptions that something as a whole rests on."""

    names: tuple[str, ...]


Said: TypeAlias = Hint | Made | Names

# Laws that are said with their text: it is short and tells what happens to the line.
WITH_TEXT = (
    "variance", "second moment", "covariance", "empty product", "last factor", "first factor",
    "empty sum", "last term", "powers apart",
    "expectation by density", "expectation by counting",
    "variance as a covariance", "diagonal", "constants", "symmetry", "shifted product",
)  # fmt: skip

REFLECTION = "reflection"


class Hints:
    """The reasons of one report in words; what needs saying once is said once."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.sections = {s.name: s for s in report.sections}
        self.order = [a.name for a in report.model.assumptions]
        self.unnamed = {a.name for a in report.model.assumptions if a.name == a.text}
        self.told: set[str] = set()
        self.lines: dict[str, tuple[int, int]] = {}

    def of(self, row: Row) -> list[Said]:
        """The reasons that lead to a row, each said once."""
        found: list[Said] = []
        apart = [r for r in row.reasons if r.evidence and r.rule != REFLECTION]
        for reason in row.reasons:
            if reason.rule == REFLECTION:
                found.extend(self._reflected(reason))
            elif not reason.evidence:
                found.extend(self._plain(reason))
                if reason.rule == "independence":
                    found.extend(self._doubtful(reason.uses))
            elif reason is apart[0]:
                found.extend(self._independent(apart))
        return list(dict.fromkeys(found))

    # -- one reason

    def _plain(self, r: Reason) -> Iterable[Said]:
        equation = Statement(r.old, r.new)
        if r.rule == "definition":
            yield Hint(("definition of ", r.old))
        elif r.rule == "assumption":
            repeated = r.cited in self.unnamed and "=" in r.cited
            yield Hint((equation,), "assumed" if repeated else r.cited)
        elif r.rule == "lemma":
            yield from self._lemma(r, equation)
        elif r.rule == "fundamental theorem" and r.by is not None:
            yield Hint(("antiderivative ", r.by))
            if r.ends:
                ends = [p for end, value in r.ends for p in (", at ", end, ": ", value)]
                yield Hint(("at ", *ends[1:]))
        elif r.by is not None:
            section = self.sections.get(r.cited)
            said = f"{self._above(r.cited)}," if section and section.shown else r.cited
            yield Hint((said, " divided by ", r.by, ", which is positive"))
        elif r.rule == "chain rule":
            yield Hint(("chain rule: ", *_routes(r)))
        elif r.rule == "derivative" and isinstance(r.old, Partial):
            yield Hint(("definition of ", r.old.of, ", differentiated: ", r.new))
        elif r.rule in ("derivative of a known function", "one law for all entries"):
            yield Hint((equation,), ", ".join(r.uses))
        elif r.rule == "sum over a delta":
            yield Hint((*_picked(r),))
        elif r.rule == "sum of equal terms":
            whole, number = (r.old, r.new) if isinstance(r.old, Sum) else (r.new, r.old)
            if isinstance(whole, Sum) and whole.body != 0:
                yield Hint(("sum of ", number / whole.body, " equal terms"))
        elif r.rule == "fundamental theorem" and r.by is not None:
            yield Hint(("fundamental theorem: antiderivative ", r.by))
        else:
            law = f": {r.law}" if r.rule in WITH_TEXT else ""
            yield Hint((r.rule + law,), ", ".join(self._ordered(r.uses)))

    def _lemma(self, r: Reason, equation: Statement) -> Iterable[Said]:
        section = self.sections.get(r.cited)
        if r.cited == HYPOTHESIS:
            yield Hint((r.cited,))
        elif r.see:
            how = _how(section)
            yield Hint((r.see, *how) if how else (r.cited,), f"`derive {r.see}`")
        elif r.cited.endswith(BY_LAW):
            law = f"by the law: {', '.join(self._ordered(r.uses))}"
            yield Hint((equation,), self._lines(r.cited) if r.cited in self.lines else law)
        elif section is None or (isinstance(section.claim, Statement) and section.claim.over):
            yield Hint((self._law(r.cited),))
        elif r.cited in self.lines and isinstance(r.old, (E, Var)) and _plain(r.new):
            yield Hint((equation,), self._lines(r.cited))
        elif section.shown:
            yield Hint((self._above(r.cited),))
        elif r.by_case and _plain(r.new):
            general = any(not case for case, _ in r.by_case)
            yield Hint((equation,), _cases(r) if general else f"{r.cited}; {_cases(r)}")
        elif isinstance(r.old, HEADS) and _plain(r.new):
            yield Hint((equation,), r.cited)
        elif steps := self._written_out(r, section):
            yield from steps
        elif any(x.rule == "chain rule" for t in section.tracks for w in t.rows for x in w.reasons):
            yield Hint((f"{r.cited}, by the chain rule",), "`derive backprop`")
            if r.uses:
                yield Names(self._ordered(r.uses))
        else:
            yield Hint((r.cited, *_how(section)), ", ".join(self._ordered(r.uses)))

    def _above(self, name: str) -> str:
        """What was written out before, and in which lines, where they are known."""
        if name not in self.lines:
            return f"{name}, shown above"
        return f"{name}, {self._lines(name)}"

    def _law(self, name: str) -> str:
        """A law, with the lines in which it was derived if it was."""
        return self._above(name) if name in self.lines else name

    def _lines(self, name: str) -> str:
        first, last = self.lines[name]
        return tied(f"line {first}" if first == last else f"lines {first} to {last}")

    def _written_out(self, r: Reason, section: Section) -> list[Said]:
        """The reasons of a lemma of one line, if it is cited for the very thing it speaks of."""
        if len(section.tracks) != 1 or len(section.tracks[0].rows) != 2:
            return []
        start, end = section.tracks[0].rows
        if start.term != r.old:
            return []
        put_in = [x.old for x in end.reasons if x.rule == "definition"]
        definitions: list[Piece] = []
        for e in dict.fromkeys(put_in):
            definitions += [" and of " if definitions else "definition of ", e]
        others = [h for x in end.reasons if x.rule != "definition" for h in self._plain(x)]
        return [*([Hint(tuple(definitions))] if definitions else []), *others]

    def _ordered(self, names: Iterable[str]) -> tuple[str, ...]:
        found = set(names)
        return tuple(n for n in self.order if n in found)

    # -- independence

    def _independent(self, reasons: list[Reason]) -> Iterable[Said]:
        titles = dict.fromkeys(self._law(r.cited or r.rule) for r in reasons)
        yield Hint((" and ".join(titles),))
        groups = _largest(e for r in reasons for e in r.evidence)
        yield from (Made(e.of, e.made_of) for e in groups if not _primitive(e))
        alone = [e.of for e in groups if _primitive(e)]
        if alone:
            verb = (
                "are primitive random variables" if alone[1:] else "is a primitive random variable"
            )
            yield Hint((*[p for e in alone for p in (", ", e)][1:], f" {verb}"))
        yield Hint(("nothing in common",))
        names = self._ordered(n for r in reasons for n in r.uses)
        if names:
            yield Names(names)
        yield from self._doubtful(names)

    def _reflected(self, r: Reason) -> Iterable[Said]:
        """Which signs are changed, what that does, and what is left of the function."""
        (turned,) = r.evidence
        x, body = turned.of, r.old.args[0]
        yield Hint(
            (REFLECTION + ": changing the signs of ", turned.made_of, " makes ", -x, " of ", x)
        )
        even = (body + body.xreplace({x: -x})) / 2
        left = r.new.xreplace({e: e.args[0] for e in r.new.atoms(E)})
        yield Hint((Statement(even, left),), ", ".join(self._ordered(r.uses)))
        yield from self._doubtful(r.uses)

    def _doubtful(self, names: Iterable[str]) -> Iterable[Said]:
        """What holds in no real network is said to be an idealisation, once."""
        for a in self.report.model.assumptions:
            if a.name not in names or a.name in self.told:
                continue
            for fact in a.facts:
                if isinstance(fact, Separate) and a.name not in self.told:
                    self.told.add(a.name)
                    yield Hint((
                        f"{a.name} is an idealisation: in a real network ", fact.left, " and ",
                        fact.right, " depend on each other",
                    ))  # fmt: skip
                if isinstance(fact, Nonzero) and a.name not in self.told:
                    self.told.add(a.name)
                    yield Hint((
                        f"{a.name} is an idealisation: ", fact.of,
                        " is 0 when all units below are, as in a dead layer",
                    ))  # fmt: skip
                tops = [u for u in getattr(fact, "units", ()) if u.keys[0].startswith("∂")]
                if isinstance(fact, Independent) and tops:
                    self.told.add(a.name)
                    others = [k for u in fact.units if u not in tops for k in u.keys]
                    yield Hint((
                        f"{a.name} is an idealisation: in a real network ",
                        Block(tops[0].keys), " depends on ", Block(tuple(others)),
                    ))  # fmt: skip


def _plain(e: Expr) -> bool:
    """Whether a moment was found to be a number, or another moment."""
    return bool(e.is_Number) or isinstance(e, HEADS)


def _how(section: Section | None) -> tuple[Piece, ...]:
    if section is None or section.layer is None:
        return ()
    first = section.layer
    end = first.lo if section.how.endswith("upward") else first.hi
    return (", proved by induction from ", Statement(first.index, end))


def _cases(r: Reason) -> str:
    """The assumptions behind a moment: in general, then at the ends."""
    cases = sorted(r.by_case, key=lambda c: bool(c[0]))
    return "; ".join(f"at {where} {', '.join(names)}" if where else ", ".join(names)
                     for where, names in cases)  # fmt: skip


def _routes(r: Reason) -> Iterable[Piece]:
    """Through which quantities a change reaches the cost."""
    if not isinstance(r.old, Partial):
        return
    through: list[Piece] = []
    for t in Add.make_args(r.new):
        over: list[Range] = []
        while isinstance(t, BINDERS):
            over.append(t.range)
            t = t.body
        found = [p.by for p in Mul.make_args(t) if isinstance(p, Partial) and p.of == r.old.of]
        if found:
            through += [" and " if through else "", "the " if over else "", found[0]]
    yield from (r.old.by, " reaches ", r.old.of, " through ", *through, " only")


def _picked(r: Reason) -> Iterable[Piece]:
    """Which term a delta picks."""
    if isinstance(r.old, Sum):
        index = r.old.range.index
        for a in Mul.make_args(r.old.body):
            if isinstance(a, Delta) and index in a.args:
                other = a.args[0] if a.args[1] == index else a.args[1]
                yield from ("sum over a delta: ", a, " picks ", Statement(index, other))
                return
    yield r.rule


def _largest(evidence: Iterable[Evidence]) -> list[Evidence]:
    """The groups that are not part of another one."""
    groups = {frozenset(factors(e.of)): e for e in reversed(list(evidence))}
    return [
        e for names, e in reversed(groups.items())
        if not any(names < other for other in groups)
    ]  # fmt: skip


def _primitive(e: Evidence) -> bool:
    """Whether a group is one source, made of itself."""
    if not isinstance(e.of, Entry) or len(e.made_of) != 1:
        return False
    box = e.made_of[0]
    slots = [s and s[0] for s in box.slots]
    return box.key == e.of.name and slots == list(e.of.indices)
