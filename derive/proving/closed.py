"""A claimed closed form of a moment of a recursion, by induction. Not trusted: it is checked.

    Var[h^l] = Var[x] + l σ²      for h^{l+1} = h^l + ε^l

Nothing is guessed: the claim is the hypothesis.  What one layer makes of the moment is read off
its normal form; the base and the step are left to the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from sympy import Add, Expr, Integer, Pow, Symbol

from derive import moments
from derive.claims import NOTHING, Proved, Uses
from derive.errors import Refused, Undeclared
from derive.forms import Undecided
from derive.kernel import check_part
from derive.matching import match
from derive.meaning import recursive
from derive.model import Statement
from derive.order import split
from derive.polynomials import multiplied_out
from derive.proofs import HYPOTHESIS, Chain, Induction, Part, Proof
from derive.proving.derivation import Line
from derive.proving.strategies import repeat, unfold
from derive.scope import Scope
from derive.substitution import canonical, fresh, put
from derive.subterms import names_in, occurrences
from derive.terms import BINDERS, HEADS, Cov, E, Entry, Product, Range, Sum, Var, rebuild

SPLIT = {Sum: ("empty sum", "last term"), Product: ("empty product", "last factor")}
MOST_SPLIT = 3
ALIKE, NEXT, CLOSED = "one for all units", "one layer on", "closed form"
LIMIT = (Refused, Undeclared, Undecided)


class Shown(NamedTuple):
    """What a claim takes, and the parts of its proof; the claim is the last one."""

    uses: Uses
    parts: tuple[Part, ...]


def by_induction(claim: Statement, scope: Scope) -> Shown | None:
    """A proof of a claim about a recursive family or a moment of it; None if it was not shown."""
    for moment, entry, value in _solved(claim, scope):
        one = Statement(moment, value, claim.ranges)
        for t, right in _forms(one, entry, scope):
            with suppress(*LIMIT):
                recursion = Recursion(one, entry, t, scope)
                return Shown(recursion.shown(right), tuple(recursion.parts))
    return None


def _solved(claim: Statement, scope: Scope) -> Iterator[tuple[Expr, Entry, Expr]]:
    """Moments of recursive families that stand alone in a claim, and what it says that they are."""
    sides = ((claim.left, claim.right), (claim.right, claim.left))
    rest = claim.left - claim.right
    for term in dict.fromkeys((claim.left, claim.right, *Add.make_args(rest))):
        number, moment = term.as_coeff_Mul()
        entry = moment if isinstance(moment, Entry) else subject(moment, scope)
        if entry is None or not entry.indices or not recursive(entry.name, scope):
            continue
        if known(moment, entry, scope):
            continue
        value = next((b for a, b in sides if a == moment), moment - rest / number)
        if not any(e == moment for e, _ in occurrences(value, type(moment))):
            yield moment, entry, value


def subject(moment: Expr, scope: Scope) -> Entry | None:
    """The entry of a recursion that it is a mean, a second moment or a variance of.

    A covariance is that of the one entry of a recursion in it.
    """
    if not isinstance(moment, HEADS):
        return None
    if isinstance(moment, Cov):
        found = [e for e in moment.args if isinstance(e, Entry) and recursive(e.name, scope)]
        return found[0] if len(found) == 1 and found[0].indices else None
    base, power = moment.args[0].as_base_exp()
    plain = power == 1 or (power == 2 and isinstance(moment, E))
    return base if plain and isinstance(base, Entry) and base.indices else None


def known(moment: Expr, entry: Entry, scope: Scope) -> bool:
    """Whether it was derived before what the moment is at every layer."""
    return any(
        isinstance(p.claim, Statement)
        and type(p.claim.left) is type(moment)
        and (known := subject(p.claim.left, scope)) is not None
        and known.name == entry.name
        and put(p.claim.left, known, entry) == moment
        and entry.name not in names_in(p.claim.right)
        for p in scope.proved
    )


def _forms(claim: Statement, entry: Entry, scope: Scope) -> Iterator[tuple[Symbol, Expr]]:
    """An index for the layer, and the right side at that layer, in two ways.

    With a depth such as L for the layer, L is the layer everywhere, or only where a layer is
    counted: in indices, limits and exponents.
    """
    layer, shift = split(entry.indices[0])
    if not isinstance(layer, Symbol):
        return
    taken = {*scope.names, *claim.left.free_symbols, *claim.right.free_symbols}
    names = {e.range.index for e, _ in occurrences(claim.right, BINDERS)}
    t = fresh(Symbol("t"), {str(s) for s in taken | names})
    at = t - shift
    whole = put(claim.right, layer, at)
    yield t, whole
    counted = _counted(claim.right, layer, at)
    if counted != whole and layer in scope.model.sizes:
        yield t, counted


def _counted(e: Expr, layer: Symbol, at: Expr) -> Expr:
    """The term with the layer put in where a layer is counted."""
    if not e.args or layer not in e.free_symbols:
        return e
    if isinstance(e, Entry):
        return put(e, layer, at)
    if isinstance(e, BINDERS):
        limits = (put(a, layer, at) for a in e.args[2:])
        return rebuild(e, (_counted(e.body, layer, at), e.args[1], *limits))
    if isinstance(e, Pow):
        return _counted(e.base, layer, at) ** put(e.exp, layer, at)
    return rebuild(e, tuple(_counted(a, layer, at) for a in e.args))


class Recursion:
    """The parts of one proof by induction: of an entry or a moment, ``every``, at the layer t.

    A ``label`` tells their names from those of other proofs.
    """

    def __init__(
        self, claim: Statement, entry: Entry, t: Symbol, scope: Scope, label: str = ""
    ) -> None:
        self.claim, self.t, self.scope, self._label = claim, t, scope, label
        self.model, self.name = scope.model, entry.name
        self.proved = list(scope.proved)
        self.parts: list[Part] = []
        layer, *units = scope.model.family(entry).ranges
        taken = {str(s) for s in {*scope.names, *claim.right.free_symbols, t}}
        at: dict[Expr, Expr] = {layer.index: t}
        over = [layer._replace(index=t)]
        for r, index in zip(units, entry.indices[1:], strict=True):
            own = isinstance(index, Symbol) and any(q.index == index for q in claim.ranges)
            name = index if own else fresh(r.index, taken)
            taken.add(str(name))
            over.append(Range(name, put(r.lo, at), put(r.hi, at)))
            at[r.index] = name
        self.over = tuple(over)
        self.claimed = _layers(entry, t, layer, claim, scope)
        self.outer: tuple[Range, ...] = ()
        for r in (r for r in claim.ranges if r.index in _other_layers(entry, claim)):
            at = {split(entry.indices[0])[0]: self.claimed.hi}
            self.outer = (Range(r.index, put(r.lo, at), put(r.hi, at)),)
            self.claimed = self.claimed._replace(lo=r.index)
        self.entry = Entry(entry.name, *(r.index for r in over))
        self.every = put(claim.left, entry, self.entry)

    def shown(self, right: Expr) -> Uses:
        """What the claim takes, its right side given at the layer t; raises Refused and the like.

        It may follow from what is shown on the way.
        """
        if (uses := self.all_alike()) is not None or (uses := self._at_once()) is not None:
            return uses
        self.one_layer_on()
        if (uses := self._follows(NEXT)) is not None:
            return uses
        self.over = (self.claimed, *self.over[1:])
        self.close(right)
        uses = self._follows(CLOSED)
        if uses is None:
            raise Refused("{} does not follow", self.claim.left)
        return uses

    def close(self, right: Expr) -> Proved:
        """Prove by induction what the moment is at every layer; raises Refused and the like."""
        self._enter(CLOSED, self.every, right, self._closed, self.outer)
        return self.proved[-1]

    def first(self, e: Expr) -> Expr:
        """The same of the first unit of a layer."""
        for r in reversed(self.over[1:]):
            e = put(e, r.index, r.lo)
        return e

    def _follows(self, name: str) -> Uses | None:
        """What the claim takes, if it is an instance of what was proved."""
        with suppress(*LIMIT):
            line = Line(self.claim.left, self._scope(self.claim.ranges))
            self._cite(line, name)
            return self._show(_meeting(line, Line(self.claim.right, line.scope)))
        return None

    def _cite(self, line: Line, name: str) -> None:
        """Put in what was proved, at the outer indices that the claim has."""
        if name != CLOSED or not self.outer:
            line.cite("lemma", name + self._label, self.claim.left)
            return
        found = match(self.every, self.claim.left, {r.index for r in self.over}, set())
        if found is None:
            raise Refused("{} does not apply to {}", name, self.claim.left)
        at = (*found[0].items(), *((r.index, r.index) for r in self.outer))
        line.apply("lemma", self.claim.left, name + self._label, 0, at, ())

    def _scope(self, ranges: Sequence[Range], *more: Proved) -> Scope:
        return Scope(self.model, ranges, (*self.proved, *more))

    def _show(self, proof: Proof) -> Uses:
        part = Part("derivation", self.claim, proof)
        uses = check_part(part, self.model, tuple(self.proved))[0].uses
        self.parts.append(part)
        return uses

    def _prove(self, name: str, claim: Statement, proof: Proof) -> None:
        part = Part(name + self._label, claim, proof)
        self.proved.append(check_part(part, self.model, tuple(self.proved))[0])
        self.parts.append(part)

    def _enter(
        self,
        name: str,
        left: Expr,
        right: Expr,
        prove: Callable[[Expr, Expr, Scope], Chain],
        outer: tuple[Range, ...] = (),
    ) -> None:
        """Prove what something is by induction on the layer, whatever the ``outer`` indices are."""
        r, *rest = self.over
        known = Proved(HYPOTHESIS, Statement(left, right, tuple(rest)), NOTHING)
        scopes = (
            self._scope((*outer, *self._others(r.lo))),
            self._scope((*outer, *self._inside), known),
        )
        base, step = (
            prove(put(left, self.t, layer), put(right, self.t, layer), scope)
            for layer, scope in zip((r.lo, self.t + 1), scopes, strict=True)
        )
        claim = Statement(left, right, (*outer, *self.over))
        self._prove(name, claim, Induction(self.t, True, base, step))

    def _others(self, layer: Expr) -> tuple[Range, ...]:
        """The ranges of the units of a layer."""
        at = {self.t: layer}
        return tuple(Range(r.index, put(r.lo, at), put(r.hi, at)) for r in self.over[1:])

    @property
    def _inside(self) -> tuple[Range, ...]:
        """All layers that have a next one, and the units of that."""
        r = self.over[0]
        return (r._replace(hi=r.hi - 1), *self._others(self.t + 1))

    def _unfolded(self, line: Line) -> Line:
        """One layer further down; at a layer that is a number, down to the inputs."""
        known = self.t in line.start.free_symbols
        return unfold(line, self.name if known else "")

    def all_alike(self) -> Uses | None:
        """Mean and variance are the same for all units; what the claim takes, if that is all."""
        if self.every == self.entry:
            return None
        mean, spread = E(self.entry), Var(self.entry)
        for name, moment in ((f"{ALIKE}: mean", mean), (f"{ALIKE}: variance", spread)):
            first = self.first(moment)
            if first == moment or (moment == spread and self.every == mean):
                continue
            with suppress(*LIMIT):
                self._enter(name, moment, first, self._alike)
                if moment == self.every and (uses := self._follows(name)) is not None:
                    return uses
        return None

    def _at_once(self) -> Uses | None:
        """What the claim takes, if it is shown by the normal form."""
        with suppress(*LIMIT):
            return self._show(Chain((), moments=True))
        return None

    def _alike(self, left: Expr, right: Expr, scope: Scope) -> Chain:
        one, other = (tuple(self._unfolded(Line(e, scope)).steps) for e in (left, right))
        return Chain(one, other, moments=True)

    def one_layer_on(self) -> Expr:
        """What the moment is one layer on, as the normal form has it."""
        start, scope = put(self.every, self.t, self.t + 1), self._scope(self._inside)
        line = unfold(Line(start, scope), self.name)
        after = moments.normal(line.now, scope).expression()
        if self.every == E(self.entry**2):
            before = self.first(self.entry)
            after = put(after, Var(before), self.first(self.every) - E(before) ** 2)
            after = multiplied_out(after)
        if isinstance(self.every, Cov):
            a, b = self.every.args
            means = moments.normal(E(a) * E(b), scope).expression()
            after = multiplied_out(put(after, E(a * b), Cov(a, b) + means))
        claim = Statement(start, after, self._inside)
        self._prove(NEXT, claim, Chain(tuple(line.steps), moments=True))
        return after

    def at_first(self) -> Expr:
        """What the moment is at the first layer, as the normal form has it."""
        lo = self.over[0].lo
        scope = self._scope(self._others(lo))
        line = self._unfolded(Line(put(self.every, self.t, lo), scope))
        return moments.normal(line.now, scope).expression()

    def _closed(self, left: Expr, right: Expr, scope: Scope) -> Chain:
        """Both sides with sums and products split, and what is known put in."""
        lines = Line(left, scope), Line(right, scope)
        step = self.t in left.free_symbols
        if step:
            lines[0].cite("lemma", NEXT + self._label, left)
        else:
            self._unfolded(lines[0])
        for line in lines:
            for _ in range(1 if step else MOST_SPLIT):
                for old in [e for e, above in occurrences(line.now, BINDERS) if not above]:
                    _first_that_fits(line, SPLIT[type(old)], old)
            if step and line is lines[1]:
                _powers_apart(line, self.t)
            repeat(line, self._by_hypothesis) if step else self._unfolded(line)
            for old in line.where(Sum):
                _first_that_fits(line, ("linearity of sums",), old)
        return _meeting(*lines)

    def _by_hypothesis(self, line: Line) -> bool:
        """Put in what is supposed of the layer before, where it stands outside of sums."""
        for old, above in occurrences(line.now, type(self.every)):
            if not above:
                with suppress(Refused):
                    line.cite("lemma", HYPOTHESIS, old)
                    return True
        return False


def _layers(entry: Entry, t: Symbol, layer: Range, claim: Statement, scope: Scope) -> Range:
    """From the first layer that the claim speaks of to the last one."""
    name, shift = split(entry.indices[0])
    for r in claim.ranges:
        if r.index == name:
            return Range(t, r.lo + shift, r.hi + shift)
    least = scope.model.least(name)
    return Range(t, layer.lo if least is None else Integer(least + shift), name + shift)


def _other_layers(entry: Entry, claim: Statement) -> set[Expr]:
    """The index of another layer that a claim leads back to: h^l in h^L = h^l + …"""
    layers = (e.indices[0] for e, above in occurrences(claim.right, Entry)
              if e.name == entry.name and not above)  # fmt: skip
    return {at for at in layers if isinstance(at, Symbol) and at != split(entry.indices[0])[0]}


def _powers_apart(line: Line, t: Symbol) -> None:
    """c^{t+1} as c^t c, and the like: the exponent one layer before, and the rest."""
    for old in line.where(Pow):
        if t in old.exp.free_symbols:
            with suppress(Refused):
                line.apply("powers apart", old, put(old.exp, t, t - 1))


def _first_that_fits(line: Line, names: Sequence[str], old: Expr) -> None:
    for name in names:
        with suppress(Refused):
            line.apply(name, old)
            return


def _meeting(left: Line, right: Line) -> Chain:
    """The two lines brought together: by algebra, else in their normal form."""
    if left.now != right.now:
        a, b = (multiplied_out(canonical(line.now)) for line in (left, right))
        if a != b:
            return Chain(tuple(left.steps), tuple(right.steps), moments=True)
        left.algebra(left.now, right.now)
    return Chain(tuple(left.steps), tuple(right.steps))
