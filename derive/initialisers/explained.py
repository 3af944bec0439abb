"""An initialiser explained: its derivation, what layers make of it, its digits, a measurement.

Not trusted: it puts together what the chain derives, what the recursions say, and what was
measured; the sentences repeat it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Integer, cancel, expand, sqrt

from derive.chains.explain import CONSTANT, Scale, explain
from derive.chains.story import Story
from derive.errors import Refused, Undeclared
from derive.initialisers.catalogue import Initialiser
from derive.initialisers.sampling import DEVIATIONS, Measured, measure
from derive.kernel import replay
from derive.model import Model, Statement
from derive.piecewise import Pieces
from derive.proving.conditions import factor
from derive.proving.network import Book
from derive.read.declare import declare
from derive.real import compare, shown
from derive.record.fields import Field
from derive.record.terms import Terms
from derive.substitution import put
from derive.terms import E, Entry, Var
from derive.writing.formula import TEXT, write

WAYS = (("forward", "activations", "below"), ("backward", "gradients", "above"))
DIGITS, NEAR = 16, 1e-12


@dataclass(frozen=True)
class Explained:
    """The story with its remarks, and what was measured."""

    found: Initialiser
    story: Story
    measured: Measured | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """What goes into the JSON object of the derivation."""
        f = self.found
        said: dict[str, Any] = {
            "name": f.name, "library": f.library.name, "version": f.library.version,
            "where": f.where, "code": f.code, "remarks": dict(self.story.remarks),
        }  # fmt: skip
        if m := self.measured:
            said["measured"] = {
                "version": m.version, "draws": m.draws, "entries": m.entries, "agrees": m.agrees,
                **{what: {"value": e.value, "error": e.error, "derived": e.derived}
                   for what, e in (("mean", m.mean), ("variance", m.variance))},
            }  # fmt: skip
        return {"initialiser": said}


def explained(
    found: Initialiser, layers: Model, *, between: str = "", confirm: bool = False
) -> Explained:
    """What an initialiser draws, for the layers of a model; raises Refused and Undeclared.

    ``between`` is what the function between the layers is called, if it was chosen.
    """
    told = _Telling(found, layers, between)
    remarks = [
        ("Draws", found.about),
        ("Source", f"{found.library.name} {found.library.version}, {found.where}: {found.code}"),
        *told.remarks(),
    ]
    measured = told.measured() if confirm else None
    if measured:
        remarks.append(("Measured", _verdict(measured)))
    return Explained(found, replace(told.story, remarks=tuple(remarks)), measured)


class _Telling:
    """What was derived of one initialiser, and what is said of it."""

    def __init__(self, found: Initialiser, layers: Model, between: str) -> None:
        self.found = found
        self.between = _function(layers, between)
        self.without: list[str] = []
        self.model = declare(found.declare, name=found.name).model
        self.scales = tuple(self._scales(layers))
        self.story = explain(self.model, found.name, self.scales)
        proved = replay(self.story.derivation).proved
        claims = [p.claim for p in proved if isinstance(p.claim, Statement)]
        self.shown = {c.left: c.right for c in claims}
        self.factors = {p.name: p.claim for p in proved if isinstance(p.claim, Statement)}
        self.mean = next(r for e, r in self.shown.items()
                         if isinstance(e, E) and isinstance(e.args[0], Entry))  # fmt: skip
        self.variance = next(r for e, r in self.shown.items() if isinstance(e, Var))
        self.constant = {
            s.left: s.right
            for a in self.model.assumptions
            if a.name == CONSTANT
            for s in self.model.equations(a)
        }

    def _scales(self, layers: Model) -> Iterator[Scale]:
        """The factor of each direction, with the number that the derived recursion has in it."""
        for chain, _, units in WAYS:
            said = getattr(self.found, units)
            if said:
                try:
                    number = factor(Book(layers), chain).scale
                except Refused:
                    self.without.append(chain)
                    continue
                if number.atoms(Entry):
                    raise Undeclared(f"the factor {number} is no number: give the slope one")
                term = Terms(self.model, {}).term(Field(said, f"{self.found.name}, {units}"))
                yield Scale(f"{chain}, one layer on", term, number)

    # -- sentences

    def remarks(self) -> Iterator[tuple[str, str]]:
        """The digits of what is irrational, and what layers do."""
        digits = list(self._digits())
        if digits:
            yield "Digits", "; ".join(digits)
        if self.mean != 0:
            yield (
                "Layers",
                (
                    "the mean is not 0, so zero-mean-weights does not hold, and the recursions of"
                    " the layers do not speak of such weights"
                ),
            )
        elif self.scales or self.without:
            yield "Layers", "; ".join([*self._layers(), *self._left_out()])

    def _digits(self) -> Iterator[str]:
        """What is irrational in the variance, and how far a library's constant makes up for it."""
        size = next((s.right for a in self.model.assumptions for s in self.model.equations(a)
                     if a.name in ("scale", "variance")), Integer(1))  # fmt: skip
        ratio = cancel(self.variance / size)
        if ratio.has(*self.constant) if self.constant else not ratio.free_symbols:
            if not self.constant and ratio.is_Rational:
                return
            for letter in self.constant:
                square = expand(ratio * letter**2)
                name, exact = (write(e, self.model, TEXT) for e in (letter, square))
                yield f"{name} makes up for the ends that are cut off, {exact}" \
                      f" = {shown(square, DIGITS)} = {shown(sqrt(square), DIGITS)}²"  # fmt: skip
            head = "Var[W]" if size == 1 else f"Var[W] / ({write(size, self.model, TEXT)})"
            yield f"{head} = {_about(put(ratio, self.constant))}"

    def _left_out(self) -> Iterator[str]:
        for chain, what, _ in WAYS:
            if chain in self.without:
                yield f"{self.between}the variance of the {what} does not change by one factor" \
                      f" a layer, see `derive {chain}`"  # fmt: skip

    def _layers(self) -> Iterator[str]:
        kinds = {chain: what for chain, what, _ in WAYS}
        for scale in self.scales:
            chain = scale.way.partition(",")[0]
            what, claim = kinds[chain], self.factors[scale.way]
            value = self._number(claim.right)
            said = f"{self.between}{chain} {write(claim.left, self.model, TEXT)}"
            if value is not None:
                yield f"{said} is {_about(value)}: the variance of the {what} {_does(value)}"
                continue
            square = self._number(self._square(claim.right))
            if square is not None:
                yield (f"{said} is {_about(square)} where there are as many units above as below:"
                       f" the variance of the {what} {_does(square)}")  # fmt: skip

    def _number(self, e: Expr) -> Expr | None:
        """The value, if no size is left in it."""
        value = cancel(put(e, self.constant))
        return value if not value.free_symbols and not value.atoms(Entry) else None

    def _square(self, e: Expr) -> Expr:
        """With as many units above as below."""
        below, above = (s.units for s in self.scales) if len(self.scales) == 2 else (None, None)
        if below is None or above is None:
            return e
        ours, theirs = (sorted(u.free_symbols, key=str) for u in (below, above))
        pairs = dict(zip([t for t in theirs if t not in ours], [s for s in ours if s not in theirs],
                         strict=False))  # fmt: skip
        longer = {s: ours[0] for s in e.free_symbols if s not in ours and s not in theirs}
        return put(put(e, pairs), longer)

    # -- measuring

    def measured(self) -> Measured:
        """What the library draws, at the sizes that its file says."""
        sizes = {str(s): s for s in self.model.sizes}
        at = {sizes[k]: Integer(v) for k, v in self.found.sample.get("at", {}).items()}
        mean, variance = (float(put(put(e, self.constant), at)) for e in (self.mean, self.variance))
        return measure(self.found, mean, variance)


def _function(layers: Model, name: str) -> str:
    """How the function between the layers is spoken of."""
    if not name:
        return ""
    known = any(isinstance(f, Pieces) for a in layers.assumptions for f in a.facts)
    return f"with {name} " if known else f"with the tangent of {name} at 0 "


def _about(value: Expr) -> str:
    """A number as it is if it is rational, to some digits otherwise: ``2 - 1e-16``."""
    if value.is_Rational:
        return str(value)
    whole = round(float(value))
    rest = value - whole
    if whole and abs(float(rest)) < NEAR:
        sign = compare(rest, Integer(0)) or 0
        return f"{whole} {'-' if sign < 0 else '+'} {shown(abs(rest), 1)}"
    return shown(value, DIGITS)


def _does(value: Expr) -> str:
    """What becomes of a variance that is multiplied by this at every layer."""
    size = float(value)
    if abs(size - 1) < NEAR:
        return "stays the same at every layer"
    by = value if size > 1 else 1 / value
    said = str(by) if by.is_Rational else f"{float(by):.4g}"
    return f"{'grows' if size > 1 else 'shrinks'} by {said} a layer"


def _verdict(m: Measured) -> str:
    parts = [f"{m.draws} draws of {m.entries} entries by version {m.version}"]
    for what, e in (("mean", m.mean), ("variance", m.variance)):
        parts.append(f"{what} {e.value:.5g} ± {e.error:.1g}, derived {e.derived:.5g}")
    verdict = "✓ agrees" if m.agrees else f"✗ differs by more than {DEVIATIONS} standard errors"
    return f"{'; '.join(parts)}: {verdict}"
