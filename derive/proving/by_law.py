"""Mean and variance of what has a law, derived. Not trusted: it finds steps, replay checks them.

A law becomes four parts of a derivation: that its density has the mass 1, and the mean, the
second moment and the variance.  Functions of what has a law may have parts of their own.

Glossary: X an entry that has a law, x the variable of its integrals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sympy import Add, Expr, Symbol

from derive.claims import NOTHING, Proved
from derive.densities import Density, Law
from derive.errors import Refused, Undeclared
from derive.model import Distributed, Model
from derive.proofs import Chain, Part
from derive.proving.antiderivatives import antiderivative
from derive.proving.derivation import BY_LAW, Line, statement
from derive.proving.tidy import tidy
from derive.rules.integrals import at_end
from derive.rules.roots import roots
from derive.scope import Scope
from derive.substitution import fresh, put
from derive.terms import E, Entry, Integral, Range, Var

LETTERS = "xuvyt"
MOST_KEPT = 512
_kept: dict[Hashable, tuple[Part, ...]] = {}


def law_parts(
    model: Model, powers: tuple[int, ...] = (), functions: tuple[Expr, ...] = ()
) -> tuple[Part, ...]:
    """What the declared laws of a model say of means, variances and more powers.

    ``functions`` are moments of functions of one entry each, such as E[f(X)²] and Var[f(X)].  A
    law of which something is refused says nothing of it.
    """
    facts = [f for a in model.assumptions for f in a.facts if isinstance(f, Distributed)]
    total = Counter(f.entry.name for f in facts)
    seen: Counter[str] = Counter()
    found: list[Part] = []
    for fact in facts:
        name = fact.entry.name
        seen[name] += 1
        said = f"{name} ({seen[name]})" if total[name] > 1 else name
        own = tuple(m for m in functions if m.atoms(Entry) >= {fact.entry})
        found += _remembered(model, fact, said, powers, own)
    return tuple(found)


def _remembered(
    model: Model,
    fact: Distributed,
    said: str,
    powers: tuple[int, ...],
    functions: tuple[Expr, ...],
) -> tuple[Part, ...]:
    families = tuple(f for f in model.families.values() if f.kind in ("size", "given"))
    names = frozenset(model.families) | set(model.functions) | set(model.costs)
    drawn = tuple(model.assumptions) if functions else ()
    key = fact, said, powers, functions, drawn, tuple(model.sizes.items()), families, names
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = ()
        with suppress(Refused, Undeclared):
            _kept[key] = moment_parts(model, fact, said, BY_LAW, powers, functions)
    return _kept[key]


def moment_parts(
    model: Model,
    fact: Distributed,
    said: str = "",
    suffix: str = "",
    powers: tuple[int, ...] = (),
    functions: tuple[Expr, ...] = (),
) -> tuple[Part, ...]:
    """The parts that show what a law says of its entries, the variance before that of functions.

    ``said`` is how X is called in their names.  Raises Refused where a step cannot be done.
    """
    return _Deriving(model, fact, said or fact.entry.name, suffix).parts(powers, functions)


@dataclass
class _Deriving:
    """The parts on one law while they are written."""

    model: Model
    fact: Distributed
    said: str
    suffix: str
    written: list[Part] = field(default_factory=list)

    def parts(self, powers: tuple[int, ...], functions: tuple[Expr, ...]) -> tuple[Part, ...]:
        x = self.fact.entry
        mass = self._mass() if isinstance(self.fact.law.form, Density) else None
        means = [self._moment(e, mass, self.said + mark) for e, mark in ((x, ""), (x**2, "^2"))]
        for n in powers:
            self._moment(x**n, mass, f"{self.said}^{n}")
        self._variance(x, means, self.said)
        for moment in functions:
            with suppress(Refused):
                self._of_function(moment, mass)
        return tuple(self.written)

    def _of_function(self, moment: Expr, mass: Part | None) -> None:
        g = moment.args[0]
        if isinstance(moment, E):
            self._moment(g, mass, self._called(g))
        else:
            means = [self._moment(h, mass, self._called(h)) for h in (g, g**2)]
            self._variance(g, means, self._called(g))

    def _called(self, g: Expr) -> str:
        return str(g).replace("**", "^").replace(str(self.fact.entry), self.said)

    def _variance(self, g: Expr, means: Sequence[Part], called: str) -> None:
        line = self._line(Var(g), self.fact.ranges)
        line.apply("variance", Var(g)).next()
        for part, power in zip(reversed(means), (g**2, g), strict=True):
            line.cite("lemma", part.name, E(power))
        self._close(f"Var[{called}]", shortened(line.next(), self.fact.law), self.fact.ranges)

    def _line(self, start: Expr, ranges: Sequence[Range]) -> Line:
        proved = [Proved(p.name, p.claim, NOTHING) for p in self.written]
        return Line(start, Scope(self.model, ranges, proved))

    def _close(self, name: str, line: Line, ranges: tuple[Range, ...]) -> Part:
        part = Part(name + self.suffix, statement(line, ranges), Chain(tuple(line.steps)))
        self.written.append(part)
        return part

    def _mass(self) -> Part:
        form, x = self.fact.law.form, self.variable
        if not isinstance(form, Density):
            raise Refused("{} has no density", self.fact.law.name)
        pieces = [_named(piece, x) for piece in form.pieces]
        over = needed(self.fact.ranges, pieces)
        line = shortened(integrated(self._line(Add(*pieces), over)), self.fact.law)
        if line.now != 1:
            raise Refused("the density has the mass {}, not 1", line.now)
        return self._close(f"mass of the law of {self.said}", line, over)

    def _moment(self, g: Expr, mass: Part | None, called: str) -> Part:
        name = f"E[{called}]"
        for part in self.written:
            if part.name == name + self.suffix:
                return part
        x, line = self.fact.entry, self._line(E(g), self.fact.ranges)
        if mass is None:
            line.apply("expectation by counting", E(g), x)
        else:
            at = tuple((r.index, r.index) for r in mass.claim.ranges)
            line.apply("expectation by density", E(g), x, self.variable, mass.name, at)
            integrated(line.next())
        return self._close(name, shortened(line.next(), self.fact.law), self.fact.ranges)

    @property
    def variable(self) -> Symbol:
        """A letter for the values of X that means nothing else."""
        model = self.model
        taken = {*model.families, *model.functions, *model.costs, *map(str, model.sizes)}
        taken |= {str(r.index) for r in self.fact.ranges}
        plain = [Symbol(c) for c in LETTERS if c not in taken]
        return plain[0] if plain else fresh(Symbol("x"), taken)


def shortened(line: Line, law: Law) -> Line:
    """The number at the end of a line in its shortest form, if arithmetic shows that it is."""
    form = law.form
    seen = (
        tuple(piece.body for piece in form.pieces)
        if isinstance(form, Density)
        else tuple(p for _, p in form.pairs)
    )
    apart = roots(line.now, line.scope)
    ways = (apart,) if _length(apart) < _length(line.now) else dict.fromkeys((line.now, apart))
    short = min((tidy(e, seen) for e in ways), key=_length)
    if short != line.now:
        with suppress(Refused):
            line.apply("arithmetic", line.now, short)
    return line


def _length(e: Expr) -> int:
    return int(e.count_ops())


def _named(piece: Integral, x: Symbol) -> Integral:
    return Integral(put(piece.body, piece.variable, x), (x, *piece.limits))


def needed(ranges: Sequence[Range], terms: Sequence[Expr]) -> tuple[Range, ...]:
    """The ranges of the indices that some terms are about."""
    names = set().union(*(t.free_symbols for t in terms))
    kept: list[Range] = []
    for r in reversed(ranges):
        if r.index in names:
            kept.append(r)
            names |= set().union(*(e.free_symbols for e in (r.lo, r.hi, *r.but)))
    return tuple(reversed(kept))


def integrated(line: Line) -> Line:
    """Every integral by an antiderivative, found or refused."""
    for old in line.where(lambda e: isinstance(e, Integral)):
        if isinstance(old, Integral):
            H = antiderivative(old.body, old.variable)
            lo, hi = (at_end(H, old.variable, end, line.scope) for end in old.limits)
            line.apply("fundamental theorem", old, old.variable, H, hi - lo)
    return line.next()
