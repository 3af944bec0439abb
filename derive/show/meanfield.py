"""The page of `derive meanfield`. Not trusted: what it says was worked out."""

from __future__ import annotations

from collections.abc import Iterator

from mpmath import mp

from derive.activations.maps import Value
from derive.activations.meanfield import (
    CHAOTIC,
    CRITICAL,
    HIGHEST,
    LOWEST,
    ORDERED,
    Fixed,
    MeanField,
)
from derive.errors import Refused
from derive.show.blocks import Block, Display, Grid, Heading, Paragraph, Row, Title
from derive.show.character import Speaker, title
from derive.writing.spelling import LATEX, Spelling

DIGITS = 10
MEANING = {
    ORDERED: "ordered: inputs that differ a little become alike, and gradients shrink, by",
    CHAOTIC: "chaotic: inputs that differ a little drift apart, and gradients grow, by",
}


def blocks(field: MeanField, form: Spelling) -> Iterator[Block]:
    """The recursion, its fixed points, and what they mean."""
    yield from Page(field, Speaker(form)).blocks()


class Page:
    def __init__(self, field: MeanField, speaker: Speaker) -> None:
        self.field = field
        self.say = speaker

    def blocks(self) -> Iterator[Block]:
        say, field = self.say, self.field
        yield Title(title(field.maps.of, say))
        yield Heading("Recursion")
        yield Display((Row(tuple(self.recursion())),))
        yield Paragraph(
            f"with {say.named('weight')} $= {say.plain(field.weight)}$ and {say.named('σ_b²')} "
            f"$= {say.plain(field.bias)}$: the variance q of a pre-activation from layer to layer, "
            "exactly in the limit of wide layers, where pre-activations are Gaussian (Poole et al. "
            "2016; Schoenholz et al. 2017).  It is not the linear regime, where $f(s) = s$ at any "
            f"width and each layer gives the factor {say.named('σ_w²')}."
        )
        yield Heading("Fixed")
        yield from self.fixed()
        yield Heading("Critical")
        yield Paragraph(self.critical())

    def recursion(self) -> Iterator[str]:
        yield self.say.sign("map")
        closed = self.field.maps.closed("f^2")
        if closed is not None:
            equal = r"\quad = " if self.say.form is LATEX else "  = "
            yield f"{equal}{self.say.broken(self.field.weight * closed + self.field.bias)}"

    # -- fixed points

    def fixed(self) -> Iterator[Block]:
        field, say = self.field, self.say
        if field.every:
            chi = field.fixed[0].chi
            yield Paragraph(
                "every q stays as it is"
                + ("" if chi is None else f", and {say.named('χ₁')} $= {self.number(chi)}$")
                + ": " + self.meaning(field.fixed[0])
            )  # fmt: skip
            return
        points = field.fixed
        if points:
            yield Grid(("q", "slope of the q-map", say.named("χ₁"), ""), tuple(
                (f"${self.number(f.q)}$", f"${self.number(f.slope)}$",
                 "–" if f.chi is None else f"${self.number(f.chi)}$", self.way(f)) for f in points
            ))  # fmt: skip
            for f in points:
                if f.attracting is not False:
                    yield Paragraph(f"at $q = {self.number(f.q, 6)}$ {self.meaning(f)}")
        if field.growth is not None and field.growth >= 1:
            yield Paragraph(self.grows())
        elif all(f.attracting is False for f in points):
            yield Paragraph("none that attracts was found" + self.searched())
        elif field.growth is None:
            yield Paragraph(f"found{self.searched()}")

    def searched(self) -> str:
        lo, hi = (
            f"$10^{{{n}}}$" if self.say.form is LATEX else f"1e{n}" for n in (LOWEST, HIGHEST)
        )
        return (
            f" by changes of sign between q = {lo} and {hi}, then by Newton's steps; a fixed point "
            "that the map only touches is not seen"
        )

    def number(self, value: Value, digits: int = DIGITS) -> str:
        exact = value.exact is not None and value.exact.is_Rational
        short = exact and len(str(value.exact)) < 8
        return self.say.plain(value.exact) if short and value.exact is not None else value.shown(
            digits
        )  # fmt: skip

    def way(self, f: Fixed) -> str:
        attracts = f.attracting
        return "neutral" if attracts is None else "attracts" if attracts else "repels"

    def meaning(self, f: Fixed) -> str:
        """What χ₁ says of a fixed point, and how deep it reaches."""
        chi = self.say.named("χ₁")
        if f.chi is None:
            return f"f has no derivative that {chi} could be made of"
        if f.phase == CRITICAL:
            known = "" if f.chi.exact is not None else " as far as is known"
            return (
                f"critical{known}: {chi} is 1, so that small differences and gradients neither "
                "shrink nor grow exponentially"
            )
        if f.chi.value == 0:
            return f"{MEANING[ORDERED]} {chi} $= 0$ a layer: nothing is left after one"
        layers = mp.nstr(1 / abs(mp.log(f.chi.value)), 4)
        spread = f.slope.value
        deep = "" if not 0 < spread < 1 else (
            f"; q itself is reached within a factor e every ${mp.nstr(-1 / mp.log(spread), 4)}$"
        )  # fmt: skip
        return (
            f"{MEANING[f.phase]} {chi} $= {self.number(f.chi, 6)}$ a layer: a factor e every "
            f"${layers}$ layers{deep}"
        )

    def grows(self) -> str:
        r = self.field.growth
        say = self.say
        if r == 1:
            return f"q grows by {say.named('σ_b²')} $= {say.plain(self.field.bias)}$ a layer"
        return f"q grows by the factor ${say.plain(r)}$ a layer, without end"

    # -- criticality

    def critical(self) -> str:
        say = self.say
        try:
            pairs = self.field.critical
        except Refused as no:
            return f"none: {no}"
        bias = f"with {say.named('σ_b²')} $= {say.plain(self.field.bias)}$"
        if not pairs:
            return f"{bias} no {say.named('σ_w²')} was found that makes {say.named('χ₁')} 1"
        found = " or ".join(
            f"{say.named('σ_w²')} $= {self.number(w)}$"
            + ("" if self.field.growth is not None else f" (at $q = {self.number(q, 6)}$)")
            for w, q in pairs
        )
        return f"{bias} {say.named('χ₁')} is 1 for {found}"
