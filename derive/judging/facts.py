"""Facts of structure that a claim may lack. Not trusted: each is tried, nothing is believed.

A condition on the values of sizes or variances is not among them: under some such condition
every false formula is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain

from sympy import Add, Expr, Symbol, oo

from derive.counting.reached import reached
from derive.errors import Refused, Undeclared
from derive.model import (
    Assumption,
    Fact,
    Family,
    Independent,
    Model,
    Statement,
    Symmetric,
    Unit,
    identical,
    key_of,
)
from derive.order import ZERO
from derive.piecewise import Pieces
from derive.proving.ideal import SYMMETRIC, taken, variable
from derive.proving.rectified import Bend, applied
from derive.read.declarations import Declarations
from derive.scope import Scope
from derive.substitution import fresh, put
from derive.subterms import names_in
from derive.terms import HEADS, Apply, Cov, E, Entry, Partial, Range, Var
from derive.writing.formula import SOURCE, TEXT, write

OF_VALUES = ("linear-regime", "zero-bias")
RECTIFIER = "rectifier"
SIGNS = {r"\ge": "≥", r"\le": "≤", r"\ne": "≠"}


@dataclass(frozen=True)
class Candidate:
    """A fact, its kind, and how it is declared: a line to paste.

    A fact of the kind ``range`` is about the indices of the claim, and is said in the claim.
    """

    kind: str
    says: str
    assumption: Assumption

    @property
    def line(self) -> str:
        """The statement that declares it, or what the claim should say of its indices."""
        if self.kind == "range":
            return rf"\quad \text{{for }} {self.says}"
        if self.kind == "reading":
            return f"read {self.says}"
        plain = self.says.replace(r"\mathbb{E}", "E").replace(r"\operatorname{Var}", "Var")
        return f"assume {plain}"

    @property
    def about(self) -> frozenset[str]:
        """The families that an equation speaks of."""
        return names_in(*(f.left for f in self.assumption.facts if isinstance(f, Statement)))

    @staticmethod
    def same(s: Statement, model: Model) -> Candidate:
        """That a moment is the same for all indices."""
        gone = s.left.free_symbols - s.right.free_symbols
        names = ", ".join(str(r.index) for r in s.ranges if r.index in gone)
        return _made("same", f"same {write(s.left, model, SOURCE)} over {names}", s)


def narrower(
    claim: Statement, model: Model, remainder: Expr | None
) -> Iterator[tuple[Candidate, Statement]]:
    """The claim without one end of a range, or for indices of one range that differ.

    The end of a range is of no use where what is left over does not depend on the index.
    """

    def within(r: Range, sign: str, value: Expr, new: Range) -> tuple[Candidate, Statement]:
        says = f"{write(r.index, model, SOURCE)} {sign} {write(value, model, SOURCE)}"
        text = f"{write(r.index, model, TEXT)} {SIGNS[sign]} {write(value, model, TEXT)}"
        ranges = tuple(new if q is r else q for q in claim.ranges)
        return Candidate("range", says, Assumption(says, (), text)), replace(claim, ranges=ranges)

    spans = [r[1:3] for r in claim.ranges]
    for n, r in enumerate(claim.ranges):
        length = r.hi - r.lo
        idle = remainder is not None and r.index not in remainder.free_symbols
        if r.but or (idle and spans.count(r[1:3]) == 1):
            continue
        if not (length.is_Integer and length < 1):
            yield within(r, r"\ge", r.lo + 1, r._replace(lo=r.lo + 1))
            yield within(r, r"\le", r.hi - 1, r._replace(hi=r.hi - 1))
        for q in claim.ranges[:n]:
            if (q.lo, q.hi, q.but) == (r.lo, r.hi, ()):
                yield within(r, r"\ne", q.index, r._replace(but=(q.index,)))


def of_values(claim: Statement, model: Model) -> bool:
    """Whether no moment stands in a claim, nor in what a model says of values of variables."""
    equations = (s for s in _equations(model) if not s.left.has(*HEADS))
    said = (s.right for s in (*(d.statement for d in model.definitions), *equations))
    return not any(e.has(*HEADS) for e in (claim.left, claim.right, *said))


def candidates(model: Model, claim: Statement) -> Iterator[Candidate]:
    """Facts about what the claim speaks of, the likeliest first.

    Where no moment is spoken of, only facts about values can help.
    """
    found = _candidates(model, claim)
    return (c for c in found if c.kind in OF_VALUES) if of_values(claim, model) else found


def _candidates(model: Model, claim: Statement) -> Iterator[Candidate]:
    touched = reached(model, claim.left, claim.right)
    families = [f for f in model.families.values() if f.kind == "random" and f.name in touched]
    entries = [(f[tuple(r.index for r in f.ranges)], f.ranges) for f in families]
    costs = [c for c in model.costs.values() if c.name in touched]
    tops = [(Partial(Entry(c.name), c.of), c.ranges) for c in costs]
    sources: list[tuple[Expr, tuple[Range, ...]]] = [*entries, *tops]
    for x, over in sources:
        if not _declared(model, E(x)):
            yield _equation("zero mean", f"{write(E(x), model, SOURCE)} = 0", E(x), over)
    here = applied(model)
    if here is not None and here.function in touched:
        yield from _ideal(here, model)
    for f in families:
        if f.ranges:
            yield _uncorrelated(f, model)
    for f in families:
        if f.ranges:
            x = f[tuple(r.index for r in f.ranges)]
            fact = Independent((Unit((f.name,), each=True),))
            yield _made("independent", f"independent {write(x, model, SOURCE)}", fact)
    # The more sources there are, the fewer of their pairs are tried.
    groups: list[Iterable[Candidate]] = [
        (c for n, (x, _) in enumerate(sources) for y, _ in sources[:n] for c in _pair(x, y, model))
    ]
    if len(sources) > 2:
        others = (_of_all_others(x, [y for y, _ in sources if y != x], model) for x, _ in sources)
        groups = [*groups, others]
        groups.insert({3: 2, 4: 1}.get(len(sources), 0), [_together(sources, model)])
    yield from chain.from_iterable(groups)
    for layers in (False, True) if any(f.raised for f in families) else (False,):
        alike = [c for f in families for c in _all_alike(f, layers, model)]
        alike += [_alike(x, over, (), model) for x, over in tops if over]
        yield from alike
        if len(alike) > 1:
            facts = (fact for c in alike for fact in c.assumption.facts)
            yield _made("same", "; ".join(c.says for c in alike), *facts)
    for g in model.functions.values():
        if g.name in touched and not any(_speaks_of(a, g.name) for a in model.assumptions):
            u = Entry("u")
            says = f"{write(Apply(g.name, 0, Symbol('u')), model, SOURCE)} = u"
            yield _made("linear-regime", says, Statement(g(u), u, over=("u",)))
            yield from _rectifiers(g.name, model, claim)
    for f in (f for f in model.families.values() if f.kind == "given" and f.name in touched):
        known = any(_is_zero(s, f.name) for s in _equations(model))
        if _may_be_zero(f) and _is_added(f, model, claim) and not known:
            b = f[tuple(r.index for r in f.ranges)]
            yield _equation("zero-bias", f"{write(b, model, SOURCE)} = 0", b, f.ranges)
    for f in families:
        x = f[tuple(r.index for r in f.ranges)]
        yield _made("symmetric", f"symmetric {write(x, model, SOURCE)}", Symmetric(f.name))


def _ideal(here: Bend, model: Model) -> Iterator[Candidate]:
    """What is supposed of a network beside the formula of the function between its layers."""
    facts = (f for a in model.assumptions for f in a.facts)
    pieces = next((f for f in facts if isinstance(f, Pieces) and f.function == here.function), None)
    if pieces is not None:
        with suppress(Refused, Undeclared):
            for a in taken(model, here, pieces):
                if a.name != SYMMETRIC:
                    yield _made(a.name, a.text, *a.facts)


def _rectifiers(function: str, model: Model, claim: Statement) -> Iterator[Candidate]:
    """That a function is a rectifier, perhaps with a number of the claim for its other slope."""
    s = Symbol(str(variable(model).name))
    given = (f.name for f in model.families.values() if f.kind == "given" and not f.ranges)
    slopes = sorted({*given} & names_in(claim.left, claim.right))
    for below in (ZERO, *map(Entry, slopes)):
        said = [write(e, model, SOURCE) for e in (Apply(function, 0, s), s, below)]
        more = rf" + {said[2]} \min(0, {said[1]})" if below != 0 else ""
        pieces = Pieces(function, s, ((-oo, ZERO, below * s), (ZERO, oo, s)))
        yield _made(RECTIFIER, rf"{said[0]} = \max(0, {said[1]}){more}", pieces)


def _made(kind: str, says: str, *facts: Fact) -> Candidate:
    return Candidate(kind, says, Assumption(says, facts, says))


def _equation(kind: str, says: str, left: Expr, over: tuple[Range, ...]) -> Candidate:
    return _made(kind, says, Statement(left, ZERO, over))


def _pair(x: Expr, y: Expr, model: Model) -> Iterator[Candidate]:
    a, b = key_of(x), key_of(y)
    said = [write(e, model, SOURCE) for e in (y, x)]
    if isinstance(x, Entry) and isinstance(y, Entry) and not x.indices and not y.indices:
        yield _equation("uncorrelated", f"uncorrelated {said[0]}, {said[1]}", Cov(x, y), ())
    fact = Independent((Unit((b,)), Unit((a,))))
    yield _made("independent", f"{_bare(y, model)} independent of {_bare(x, model)}", fact)
    each = Independent(tuple(Unit((k,), each=True) for k in (b, a)))
    yield _made("all independent", f"independent {said[0]}, {said[1]}", each)


def _of_all_others(x: Expr, others: list[Expr], model: Model) -> Candidate:
    """That one source is independent of all the others together."""
    fact = Independent((Unit((key_of(x),)), Unit(tuple(map(key_of, others)))))
    said = ", ".join(_bare(y, model) for y in others)
    return _made("independent", f"{_bare(x, model)} independent of {said}", fact)


def _together(sources: list[tuple[Expr, tuple[Range, ...]]], model: Model) -> Candidate:
    """That all sources are independent together, and all their entries."""
    each = ((key_of(x), bool(over) and isinstance(x, Entry)) for x, over in sources)
    fact = Independent(tuple(Unit((key,), each=apart) for key, apart in each))
    said = (
        write(x, model, SOURCE) if over and isinstance(x, Entry) else _bare(x, model)
        for x, over in sources
    )
    return _made("all independent", f"independent {', '.join(said)}", fact)


def _bare(e: Expr, model: Model) -> str:
    return Declarations(model).unit(Unit((key_of(e),)))


def _uncorrelated(f: Family, model: Model) -> Candidate:
    names = [r.index for r in f.ranges]
    last = f.ranges[-1]
    other = fresh(last.index, set(names))
    x = f[tuple(names)]
    y = put(x, last.index, other)
    over = (*f.ranges, Range(other, last.lo, last.hi, (last.index,)))
    says = f"uncorrelated {write(x, model, SOURCE)}"
    return _made("uncorrelated", says, Statement(Cov(x, y), ZERO, over))


def _all_alike(f: Family, layers: bool, model: Model) -> Iterator[Candidate]:
    """Mean and variance of all entries of a layer, or of all layers."""
    over = f.ranges[f.raised :] if len(f.ranges) > 1 and not layers else f.ranges
    if over:
        x = f[tuple(r.index for r in f.ranges)]
        yield _alike(x, over, f.ranges[: len(f.ranges) - len(over)], model)


def _alike(x: Expr, over: tuple[Range, ...], at: tuple[Range, ...], model: Model) -> Candidate:
    """That mean and variance are the same over some indices."""
    names = ", ".join(str(r.index) for r in over)
    both = [identical(head(x), *over, at=at) for head in (E, Var)]
    said = ", ".join(write(head(x), model, SOURCE) for head in (E, Var))
    return _made("same", f"same {said} over {names}", *both)


def _equations(model: Model) -> Iterator[Statement]:
    for a in model.assumptions:
        yield from model.equations(a)


def _declared(model: Model, moment: Expr) -> bool:
    inner = moment.args[0]
    return any(
        type(s.left) is type(moment) and s.right == 0 and _same_family(s.left.args[0], inner)
        for s in _equations(model)
    )


def _same_family(a: Expr, b: Expr) -> bool:
    try:
        return key_of(a) == key_of(b)
    except Undeclared:
        return False


def _speaks_of(a: Assumption, name: str) -> bool:
    return any(
        (isinstance(f, Statement) and isinstance(f.left, Apply) and f.left.name == name)
        or (isinstance(f, Pieces) and f.function == name)
        for f in a.facts
    )


def _may_be_zero(f: Family) -> bool:
    """Whether 0 lies between the bounds of a fixed number."""
    return not (
        (f.above is not None and f.above.is_Rational and f.above >= 0)
        or (f.below is not None and f.below.is_Rational and f.below <= 0)
    )


def _is_added(f: Family, model: Model, claim: Statement) -> bool:
    """Whether it is added to something random or a moment, as a bias is; a factor is no bias."""
    terms = [claim.left, claim.right, *(d.statement.right for d in model.definitions)]
    scope = Scope(model)
    return any(
        isinstance(x, Entry) and x.name == f.name
        for e in terms
        for added in e.atoms(Add)
        if added.has(*HEADS) or scope.is_random(added)
        for x in (a.as_coeff_Mul()[1] for a in added.args)
    )


def _is_zero(s: Statement, name: str) -> bool:
    return isinstance(s.left, Entry) and s.left.name == name and s.right == 0
