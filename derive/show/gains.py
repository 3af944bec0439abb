"""The page of `derive gain`, and the table of all. Not trusted: what it says was worked out."""

from __future__ import annotations

from collections.abc import Iterator

from mpmath import mp
from sympy import Expr, Integer
from sympy import erf as sympy_erf

from derive.activations.activation import activation, shipped
from derive.activations.gain import FIXED, Gain, Gains, Held
from derive.activations.gaussian import gathered, part
from derive.activations.maps import CLOSED, MEANS, QUADRATURE, SYMMETRY, Value
from derive.activations.meanfield import MeanField
from derive.activations.pieces import Piece
from derive.errors import Refused
from derive.show.blocks import Because, Block, Display, Grid, Heading, Paragraph, Row, Title
from derive.show.character import Character, Speaker, title
from derive.writing.breaking import TERM, place
from derive.writing.functions import write
from derive.writing.spelling import LATEX, Spelling

SHOWN = ("f", "f^2", "f'", "f'^2")
DIGITS = 10
LONGEST = 26
SHORT = 8
NONE = "–"
HOW = {
    CLOSED: "in closed form: on each piece powers times exponentials, by {moments} and the ends",
    SYMMETRY: "by symmetry: $f(s) + f(-s)$, or the same of its slope, is shown to be constant",
    QUADRATURE: "by quadrature at $q = 1$: two rules on every panel, and a bound beyond them",
}
STEIN = ", and {stein} for erf"


def blocks(gains: Gains, form: Spelling) -> Iterator[Block]:
    """Everything about one activation function."""
    yield from GainPage(gains, Speaker(form)).blocks()


class GainPage:
    def __init__(self, gains: Gains, speaker: Speaker) -> None:
        self.gains = gains
        self.say = speaker

    def blocks(self) -> Iterator[Block]:
        character = Character(self.gains.properties, self.say)
        yield Title(title(self.gains.of, self.say))
        yield Heading("Function")
        yield Paragraph("; ".join(character.sentences()))
        yield Heading("Linear")
        yield Paragraph("; ".join(character.linear()))
        yield Heading("Means")
        yield Paragraph(f"over {self.say.named('law')}, with density {self.say.named('density')}")
        yield from self.means()
        yield Heading("Gains")
        rows = tuple((g.meaning, self.say.named(g.meaning), self.value(g)) for g in self.gains.all)
        yield Grid(("meaning", "definition", f"at $q = 1$, {self.say.named('unit')}"), rows)
        yield from self.fixed()
        if self.gains.held:
            yield Heading("Libraries")
            yield Grid(("", "gain", "which is"), tuple(map(self.library, self.gains.held)))

    # -- means

    def means(self) -> Iterator[Block]:
        hows: dict[str, bool] = {}
        rows: list[Row | Because] = []
        for which in SHOWN:
            try:
                value = self.gains.mean(which)
            except Refused as no:
                rows.append(Row((f"{self.say.sign(which)}",)))
                rows.append(Because((f"none: {no.reason.say(self._spell)}",)))
                continue
            hows[value.how] = True
            rows.append(Row(tuple(self.lines(which, value))))
        yield Display(tuple(rows))
        erf = any(p.formula.has(sympy_erf) for p in self.gains.maps.general)
        said = "; ".join(HOW[how] + (STEIN if erf and how == CLOSED else "") for how in hows)
        if said:
            moments, stein = self.say.named("moments"), self.say.named("stein")
            yield Paragraph(said.format(moments=moments, stein=stein))

    def _spell(self, thing: object) -> str:
        return self.say.math(thing) if isinstance(thing, Expr) else str(thing)

    def lines(self, which: str, value: Value) -> Iterator[str]:
        """A mean, line by line."""
        head = self.say.sign(which)
        if value.how == QUADRATURE:
            about = "≈" if self.say.form is not LATEX else r"\approx"
            yield f"{head} {self.say.signs(about)} {self.known(value)}" + self._missed(value)
            return
        closed = self.gains.maps.closed(which)
        if value.how == SYMMETRY or closed is None:
            yield f"{head} = {self.say.broken(value.exact or Integer(0))}"
            return
        of = MEANS[which]
        parts = [(p, of(p.formula)) for p in self.gains.maps.general]
        parts = [(p, e) for p, e in parts if e != 0]
        if not parts:
            yield f"{head} = 0"
            return
        values = [gathered(part(p, of)) for p, _ in parts]
        plus = " + " if self.say.form is LATEX else f"{place(0, TERM)} + "
        written = [head, plus.join(self.integral(p, e) for p, e in parts)]
        if len(parts) > 1 and all(v != closed for v in values):
            written.append(plus.join(self.say.broken(v) if not v.is_Add else
                                     f"({self.say.plain(v)})" for v in values))  # fmt: skip
        yield f"{written[0]} = {written[1]}"
        indent = r"\quad " if self.say.form is LATEX else "    "
        for line in [*written[2:], self.say.broken(closed)]:
            yield f"{indent}= {line}"

    def integral(self, p: Piece, e: Expr) -> str:
        form = self.say.form
        limits = (self.say.plain(end) for end in (p.lo, p.hi))
        lo, hi = (end if len(end) == 1 else f"{{{end}}}" for end in limits)
        body = "" if e == 1 else (f"({self.say.broken(e)}) " if e.is_Add else
                                  f"{self.say.broken(e)} ")  # fmt: skip
        return f"{form.integral}_{lo}^{hi} {body}{self.say.sign('density')} ds"

    def known(self, value: Value) -> str:
        """Decimals with what they may be wrong by."""
        error = mp.nstr(value.error, 1) if value.error else "0"
        mantissa, _, power = error.partition("e")
        around = r"\pm" if self.say.form is LATEX else self.say.signs("±")
        if not power:
            return f"{value.shown(20)} {around} {mantissa}"
        mantissa = str(min(9, int(float(mantissa)) + 1))
        if self.say.form is LATEX:
            return rf"{value.shown(20)} {around} {mantissa} \cdot 10^{{{int(power)}}}"
        return f"{value.shown(20)} {around} {mantissa}e{int(power)}"

    def _missed(self, value: Value) -> str:
        if value.reached:
            return ""
        words = "the quadrature missed its tolerance"
        return rf" \quad\text{{({words})}}" if self.say.form is LATEX else f"  ({words})"

    # -- gains

    def value(self, g: Gain) -> str:
        """Exactly if it is short, and in decimals."""
        if g.value is None:
            return f"none: {g.why}" if not g.of else f"none: see {self.say.named(g.of)}"
        return self.number(g.value)

    def number(self, value: Value) -> str:
        digits = value.shown(DIGITS)
        exact = "" if value.exact is None else self.say.plain(value.exact)
        if value.exact is None or len(write(value.exact)) > LONGEST:
            return f"${digits}$" + ("" if value.reached else " (quadrature missed its tolerance)")
        return f"${exact}$" if exact == digits else f"${exact} = {digits}$"

    def cell(self, value: Value) -> str:
        """In the little room of a table of text; at length elsewhere."""
        if self.say.form is LATEX:
            return self.number(value)
        rational = value.exact is not None and value.exact.is_Rational
        return f"${self.say.plain(value.exact) if rational else value.shown(6)}$"

    def fixed(self) -> Iterator[Block]:
        g = next(g for g in self.gains.all if g.meaning == FIXED)
        if g.value is None:
            return
        name = self.say.named("σ_w")
        if self.gains.properties.degree == 1:
            yield Paragraph(f"fixed point: with this {name} every q stays as it is, since "
                            "$f(c s) = c f(s)$")  # fmt: skip
            return
        try:
            others = [f"${v.shown(6)}$ at $q = {self.say.plain(q)}$" for q, v in self.gains.others]
        except Refused:
            return
        said = f"fixed point: another {name} at every q, such as {' and '.join(others)}"
        slope = self.slope_at_one()
        way = "attracting" if slope < 1 else "repelling"
        yield Paragraph(f"{said}; at $q = 1$ it is {way}: the q-map has slope ${slope:.6g}$ there")

    def slope_at_one(self) -> float:
        """Of the q-map that has a fixed point there."""
        square, fourth = self.gains.mean("f^2"), self.gains.mean("s^2 f^2")
        return float((fourth.value / square.value - 1) / 2)

    # -- libraries

    def library(self, held: Held) -> tuple[str, str, str]:
        said = held.said
        where = said.library
        gain = self.say.math(said.gain) if len(write(said.gain)) < SHORT else self.cell(held.gain)
        if held.satisfies:
            return where, gain, ", ".join(held.satisfies)
        if not held.nearest:
            return where, gain, "no meaning has a value"
        way = "above" if held.off > 0 else "below"
        near = f"no meaning; nearest {held.nearest}, {abs(held.off) * 100:.2g} % {way}"
        return where, gain, near if said.any else f"{near}{self.settles(said.gain)}"

    def settles(self, gain: Expr) -> str:
        """Where the q-map goes with a gain that is no fixed point at q = 1."""
        try:
            fixed = MeanField(self.gains.maps, gain**2, Integer(0)).fixed
        except Refused:
            return ""
        stable = [f for f in fixed if f.attracting]
        if not stable:
            return ""
        f = stable[-1]
        chi = "" if f.chi is None else f", where {self.say.named('χ₁')} $= {f.chi.shown(5)}$"
        return f"; with it q settles at ${f.q.shown(5)}${chi}"


# -- the table of all

COLUMNS = ("slope", "second moment", "deviation", "backward")


def table(form: Spelling) -> Iterator[Block]:
    """One line for each shipped activation function."""
    say = Speaker(form)
    pages = [GainPage(Gains(activation(name)), say) for name in shipped()]
    yield Title("Gains of the shipped activation functions")
    yield Heading("Meaning")
    yield Grid(("", f"at $q = 1$, {say.named('unit')}"), (
        *((meaning, say.named(meaning)) for meaning in COLUMNS),
        ("PyTorch", "what PyTorch 2.13 returns: `torch.nn.init.calculate_gain`"),
    ))  # fmt: skip
    yield Paragraph(
        f"The second moment gives also the {say.named('σ_w')} that keeps $q = 1$ in the mean-field "
        f"recursion {say.named('map')}.  Where there is a dash, there is none.  `derive gain NAME` "
        "says how each number is found."
    )
    yield Heading("Values")
    yield Grid(("activation", *COLUMNS, "PyTorch"), tuple(map(_row, pages)))
    yield Heading("PyTorch")
    yield Grid(("activation", "gain", "which is"), tuple(
        (page.gains.of.name, *page.library(held)[1:])
        for page in pages for held in page.gains.held if not held.said.any
    ))  # fmt: skip


def _row(page: GainPage) -> tuple[str, ...]:
    values = {g.meaning: g.value for g in page.gains.all}
    theirs = [held.gain for held in page.gains.held if not held.said.any]
    found = [*(values[meaning] for meaning in COLUMNS), next(iter(theirs), None)]
    return (page.gains.of.name, *(NONE if v is None else page.cell(v) for v in found))
