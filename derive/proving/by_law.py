"""Mean and variance of what has a law, derived. Not trusted: it finds steps, replay checks them.

A law becomes four parts of a derivation: that its density has the mass 1, and the mean, the
second moment and the variance.  Functions of what has a law may have parts of their own.

Glossary: X an entry that has a law, x the variable of its integrals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sympy import Add, Expr, Symbol, exp

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
_kept: dict[Hashable, _Deriving | None] = {}


def law_parts(
    model: Model, powers: tuple[int, ...] = (), functions: tuple[Expr, ...] = ()
) -> tuple[Part, ...]:
    """What the declared laws of a model say of means, variances and more powers.

    ``functions`` are moments of functions of one entry each, such as E[f(X)²] and Var[f(X)].
    What is refused is left out; a law whose mean or variance is refused says nothing.
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
        known = _remembered(model, fact, said, bool(own))
        if known is not None:
            found += known.parts((*(E(fact.entry**n) for n in powers), *own))
    return tuple(found)


def _remembered(model: Model, fact: Distributed, said: str, functions: bool) -> _Deriving | None:
    """What was derived of a law, in no model but those that say the same of what it depends on.

    A moment of a function may depend on all that is assumed; mean and variance do not.
    """
    families = tuple(f for f in model.families.values() if f.kind in ("size", "given"))
    names = frozenset(model.families) | set(model.functions) | set(model.costs)
    drawn = tuple(model.assumptions) if functions else ()
    key = fact, said, drawn, tuple(model.sizes.items()), families, names
    if key not in _kept:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        known = _remembered(model, fact, said, False) if functions else None
        if known is not None:
            known = replace(known, model=model, written=list(known.base), made={})
        elif not functions:
            with suppress(Refused, Undeclared):
                known = _Deriving(model, fact, said, BY_LAW).begun()
        _kept[key] = known
    return _kept[key]


def moment_parts(
    model: Model,
    fact: Distributed,
    said: str = "",
    suffix: str = "",
    functions: tuple[Expr, ...] = (),
) -> tuple[Part, ...]:
    """The parts that show what a law says of its entries, the variance before that of functions.

    ``said`` is how X is called in their names.  Raises Refused where a step cannot be done.
    """
    return _Deriving(model, fact, said or fact.entry.name, suffix).begun().parts(functions)


@dataclass
class _Deriving:
    """The parts on one law while they are written."""

    model: Model
    fact: Distributed
    said: str
    suffix: str
    written: list[Part] = field(default_factory=list)
    made: dict[Expr, tuple[Part, ...]] = field(default_factory=dict)
    base: tuple[Part, ...] = ()
    mass: Part | None = None

    def begun(self) -> _Deriving:
        """With the mass of the density, the mean, the second moment and the variance."""
        if isinstance(self.fact.law.form, Density):
            self.mass = self._mass()
        x = self.fact.entry
        means = [self._moment(e, self.said + mark) for e, mark in ((x, ""), (x**2, "^2"))]
        self._variance(x, means, self.said)
        self.base = tuple(self.written)
        return self

    def parts(self, moments: Iterable[Expr]) -> tuple[Part, ...]:
        """These parts, and those on more moments that are not refused."""
        more = (part for moment in moments for part in self._on(moment))
        return tuple(dict.fromkeys((*self.base, *more)))

    def _on(self, moment: Expr) -> tuple[Part, ...]:
        if moment not in self.made:
            self.made[moment] = ()
            with suppress(Refused):
                g = moment.args[0]
                if isinstance(moment, E):
                    self.made[moment] = (self._moment(g, self._called(g)),)
                else:
                    means = [self._moment(h, self._called(h)) for h in (g, g**2)]
                    self.made[moment] = (*means, self._variance(g, means, self._called(g)))
        return self.made[moment]

    def _called(self, g: Expr) -> str:
        return str(g).replace("**", "^").replace(str(self.fact.entry), self.said)

    def _variance(self, g: Expr, means: Sequence[Part], called: str) -> Part:
        line = self._line(Var(g), self.fact.ranges)
        line.apply("variance", Var(g)).next()
        for part, power in zip(reversed(means), (g**2, g), strict=True):
            line.cite("lemma", part.name, E(power))
        short = shortened(line.next(), self.fact.law)
        return self._close(f"Var[{called}]", short, self.fact.ranges)

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

    def _moment(self, g: Expr, called: str) -> Part:
        name, mass = f"E[{called}]", self.mass
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
    apart = roots(line.now, line.scope)
    ways = (apart,) if _length(apart) < _length(line.now) else dict.fromkeys((line.now, apart))
    seen = _seen(law) if any(e.has(Add, exp) for e in ways) else ()
    short = min((tidy(e, seen) for e in ways), key=_length)
    if short != line.now:
        with suppress(Refused):
            line.apply("arithmetic", line.now, short)
    return line


def _seen(law: Law) -> tuple[Expr, ...]:
    """The terms that a law is written in."""
    form = law.form
    return (
        tuple(p.body for p in form.pieces)
        if isinstance(form, Density)
        else tuple(p for _, p in form.pairs)
    )


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
