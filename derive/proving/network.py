"""Layers as recursions: what a quantity is one layer on, by definitions and the chain rule.

Not trusted: it finds the equations, the kernel checks them.

Glossary: a quantity is a family followed through the layers, such as z^i_l or ∂C/∂s^i_k;
its end is the layer where it is given, its step leads from one layer to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sympy import Expr, Mul, Symbol

from derive.claims import NOTHING, Proved
from derive.errors import Refused, Undeclared
from derive.kernel import check_part
from derive.model import Model, Statement
from derive.proofs import Chain, Derivation, Part
from derive.proving.by_law import law_parts
from derive.proving.derivation import Line, statement
from derive.proving.strategies import everywhere, repeat, simplify_by_assumptions, unfold
from derive.scope import Scope
from derive.substitution import put
from derive.terms import Delta, E, Entry, Partial, Range, Sum, Var


@dataclass
class Book:
    """The parts of a derivation while it is being written; what stands in it may be cited.

    ``open`` is the line begun last, ``aim`` the one that a chain works on.
    """

    model: Model
    parts: list[Part] = field(default_factory=list)
    open: tuple[Line, tuple[Range, ...]] | None = None
    aim: tuple[Line, tuple[Range, ...]] | None = None

    def laws(self) -> Book:
        """The book, with what the declared laws say of means and variances entered."""
        for part in law_parts(self.model):
            self.add(part)
        return self

    def add(self, part: Part) -> str:
        """Enter a part, unless one of that name stands there already.

        Steps were computed by their rules; what was guessed, such as what to prove by
        induction, is checked here, so that a derivation stops where it went wrong.
        """
        if not self.has(part.name):
            if not isinstance(part.proof, Chain):
                check_part(part, self.model, self.proved())
            self.parts.append(part)
        return part.name

    def proved(self) -> tuple[Proved, ...]:
        """What may be cited, its assumptions left out."""
        return tuple(Proved(p.name, p.claim, NOTHING) for p in self.parts)

    def has(self, name: str) -> bool:
        """Whether a part of that name stands in the book."""
        return any(p.name == name for p in self.parts)

    def part(self, name: str) -> Part:
        """The part of a name."""
        return next(p for p in self.parts if p.name == name)

    def scope(self, ranges: Sequence[Range] = (), *more: Proved) -> Scope:
        """A place where everything in the book may be cited."""
        return Scope(self.model, ranges, (*self.proved(), *more))

    def line(self, start: Expr, ranges: Sequence[Range] = (), *more: Proved) -> Line:
        """A line that begins with an expression, in such a place; it is now the open one."""
        line = Line(start, self.scope(ranges, *more))
        self.open = line, tuple(ranges)
        return line

    def reopen(self, line: Line, ranges: Sequence[Range] = ()) -> Line:
        """Go on with a line where all that was entered meanwhile may be cited too."""
        again = self.line(line.start, ranges).follow(line.steps)
        again.number = line.number
        return again

    def equation(self, name: str) -> Statement:
        """What the part of a name says, if that is an equation; raises Refused."""
        claim = self.part(name).claim
        if not isinstance(claim, Statement):
            raise Refused("{} is not an equation", name)
        return claim

    def reread(self, name: str) -> Line:
        """The line of a part that stands in the book, open again."""
        claim, proof = self.equation(name), self.part(name).proof
        steps = proof.steps if isinstance(proof, Chain) else ()
        return self.line(claim.left, claim.ranges).follow(steps)

    def close(self, name: str, line: Line, ranges: tuple[Range, ...]) -> str:
        """Enter what a line has shown."""
        return self.add(Part(name, statement(line, ranges), Chain(tuple(line.steps))))

    def derivation(self, *names: str) -> Derivation:
        """The parts of some names with all that was entered before the last of them."""
        last = max(n for n, p in enumerate(self.parts) if p.name in names)
        return Derivation(self.model, tuple(self.parts[: last + 1]))


@dataclass(frozen=True)
class Quantity:
    """A family followed through the layers.

    ``entry`` has a name for each index, the layer first; ``end`` is the layer at which it is
    given; ``upward`` says that the layers are reached by going up from there.
    """

    name: str
    entry: Entry | Partial
    ranges: tuple[Range, ...]
    upward: bool
    step_names: tuple[Symbol, ...] = ()

    @property
    def layer(self) -> Range:
        return self.ranges[0]

    @property
    def index(self) -> Symbol:
        return self.layer.index

    @property
    def end(self) -> Expr:
        return self.layer.lo if self.upward else self.layer.hi

    @property
    def family(self) -> str:
        by = self.entry.by if isinstance(self.entry, Partial) else self.entry
        return str(by.name)

    def at(self, layer: Expr) -> Expr:
        """The entry at another layer."""
        return put(self.entry, self.index, layer)

    def others(self, layer: Expr) -> tuple[Range, ...]:
        """The ranges of the other indices at a layer."""
        at = {self.index: layer}
        return tuple(Range(r.index, put(r.lo, at), put(r.hi, at)) for r in self.ranges[1:])

    @property
    def following(self) -> Expr:
        """The layer that a step leads to, written with the name of the layer it comes from."""
        return self.index + 1 if self.upward else self.index

    @property
    def before(self) -> Expr:
        """The layer that a step comes from."""
        return self.index if self.upward else self.index + 1

    @property
    def reached(self) -> Expr:
        """The entry that a step leads to, in the names of its definition."""
        names = [r.index for r in self.ranges[1:]]
        at = dict(zip(names, self.step_names, strict=True)) if self.step_names else {}
        return put(self.at(self.following), at)

    @property
    def step_ranges(self) -> tuple[Range, ...]:
        """Where a step exists, and the other indices at the layer that it leads to."""
        r, others = self.layer, self.others(self.following)
        if self.step_names:
            at = {o.index: new for o, new in zip(others, self.step_names, strict=True)}
            others = tuple(Range(at[o.index], put(o.lo, at), put(o.hi, at)) for o in others)
        return (r._replace(hi=r.hi - 1), *others)

    @property
    def following_ranges(self) -> tuple[Range, ...]:
        """Where a step exists, in the quantity's own names."""
        r = self.layer
        return (r._replace(hi=r.hi - 1), *self.others(self.following))

    @property
    def beyond_end(self) -> Quantity:
        """The same quantity from the layer next to its end on."""
        r = self.layer
        if self.upward:
            rest, where = r._replace(lo=r.lo + 1), f"{r.index} ≥ {r.lo + 1}"
        else:
            rest, where = r._replace(hi=r.hi - 1), f"{r.index} ≤ {r.hi - 1}"
        return replace(self, name=f"{self.name} for {where}", ranges=(rest, *self.ranges[1:]))

    def first(self, layer: Expr) -> Expr:
        """The first entry of a layer, which stands for any one where all are alike."""
        others = self.others(layer)
        return put(self.at(layer), {r.index: r.lo for r in others})


def quantity(model: Model, chain: str) -> Quantity:
    """The quantity whose variance a chain reports, as the model declares it; raises Undeclared."""
    if chain not in model.shows:
        raise Undeclared(f"the model {model.name} does not say what {chain} shows")
    shown = model.shows[chain]
    inner = shown.args[0] if isinstance(shown, (Var, E)) else shown
    by = inner.by if isinstance(inner, Partial) else inner
    if not isinstance(by, Entry):
        raise Undeclared(f"{chain} does not show the variance of one entry")
    if any(not isinstance(a, Symbol) for a in by.indices):
        raise Undeclared(f"{chain} shows {by}: every index must be a name")
    return _followed(model, inner, by)


def quantity_of(model: Model, e: Entry | Partial) -> Quantity:
    """The family of an entry, or of a derivative by one, followed through the layers."""
    by = e.by if isinstance(e, Partial) else e
    for chain in ("forward", "backward"):
        if chain in model.shows:
            q = quantity(model, chain)
            if q.family == by.name and isinstance(q.entry, Partial) == isinstance(e, Partial):
                return q
    family = model.family(by)
    entry = family[tuple(r.index for r in family.ranges)]
    inner = Partial(e.of, entry) if isinstance(e, Partial) else entry
    q = _followed(model, inner, entry)
    return q if q.upward or not _never_reaches(model, q) else replace(q.beyond_end, name=q.name)


def _never_reaches(model: Model, q: Quantity) -> bool:
    """Whether nothing leads from the last layer of a family to the cost."""
    line = Line(q.at(q.end), Scope(model, q.others(q.end)))
    try:
        return not line.scope.is_top(line.now) and back_propagate(line, line.now).now == 0
    except Refused:
        return False


def _followed(model: Model, inner: Entry | Partial, by: Entry) -> Quantity:
    family = model.family(by)
    names = {r.index: a for r, a in zip(family.ranges, by.indices, strict=True)}
    ranges = tuple(Range(names[r.index], put(r.lo, names), put(r.hi, names)) for r in family.ranges)
    if isinstance(inner, Partial):
        return Quantity(f"∂{inner.of}/∂{by.name}", inner, ranges, upward=False)
    return Quantity(by.name, inner, ranges, True, _defined_names(model, by, ranges))


def _defined_names(model: Model, by: Entry, over: tuple[Range, ...]) -> tuple[Symbol, ...]:
    """The names that the definition of the next layer gives to the other indices."""
    for d in model.definitions:
        left = d.statement.left
        if left.name == by.name and left.indices[0] == over[0].index + 1:
            names = left.indices[1:]
            if all(isinstance(a, Symbol) and a != over[0].index for a in names):
                return tuple(names)
    return ()


def step_equation(book: Book, q: Quantity) -> str:
    """What the quantity is one layer on: one line of definitions, or of the chain rule."""
    name = f"{q.name}, one layer on"
    if not book.has(name):
        line = book.line(q.reached, q.step_ranges)
        if isinstance(q.entry, Partial):
            back_propagate(line, line.now, q.family)
            apply_assumptions(line.next())
        else:
            unfold(line, q.family)
        book.close(name, line, q.step_ranges)
    return name


def end_equation(book: Book, q: Quantity) -> str:
    """What the quantity is at its end; "" where it is primitive."""
    name = f"{q.name}, at {q.index} = {q.end}"
    if not book.has(name):
        others = q.others(q.end)
        line = book.line(q.at(q.end), others)
        if isinstance(q.entry, Partial):
            if line.scope.is_top(line.now):
                return ""
            back_propagate(line, line.now, q.family)
            apply_assumptions(line.next())
        else:
            unfold(line, "")
        book.close(name, line, others)
    return name


def apply_assumptions(line: Line) -> Line:
    """Use what is declared of functions and fixed numbers, as far as it goes."""
    return repeat(line, simplify_by_assumptions)


def back_propagate(line: Line, v: Expr, keep: str = "") -> Line:
    """The chain rule on ``v``, until what is left is by the family ``keep`` or at the top.

    Without ``keep``, one use of the chain rule.
    """
    scope = line.scope
    line.apply("chain rule", v).next()

    def once(line: Line) -> bool:
        for old in line.where(Partial):
            if scope.model.cost_of(old) is None:
                line.apply("derivative", old)
                tidy(line)
                line.next()
                return True
        for old in line.where(Partial):
            inner, _ = line.place(old)
            if keep and old.by.name != keep and not inner.is_top(old):
                line.apply("chain rule", old).next()
                return True
        return False

    return repeat(line, once)


def tidy(line: Line) -> Line:
    """Let every delta pick its term."""

    def has_delta(e: Expr) -> bool:
        return isinstance(e, Sum) and any(isinstance(a, Delta) for a in Mul.make_args(e.body))

    everywhere(line, "sum over a delta", has_delta)
    return everywhere(line, "delta", Delta)
