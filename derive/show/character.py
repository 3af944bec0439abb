"""An activation function in words: what it does at 0, its symmetry, whether it is linear there."""

from __future__ import annotations

from collections.abc import Iterator

from mpmath import mp
from sympy import Expr, Integer, Symbol

from derive.activations.activation import Activation
from derive.activations.properties import NO, YES, Break, Properties
from derive.writing import breaking
from derive.writing.functions import Functions
from derive.writing.spelling import LATEX, TEXT, Spelling

FORMULAS = {
    "f": ("E[f(s)]", r"\mathbb{E}[f(s)]"),
    "f^2": ("E[f(s)²]", r"\mathbb{E}[f(s)^2]"),
    "f'": ("E[f'(s)]", r"\mathbb{E}[f'(s)]"),
    "f'^2": ("E[f'(s)²]", r"\mathbb{E}[f'(s)^2]"),
    "Var f": ("Var[f(s)]", r"\operatorname{Var}[f(s)]"),
    "Var s": ("Var[s]", r"\operatorname{Var}[s]"),
    "back": ("n Var[W] E[f'(s)²]", r"n \operatorname{Var}[W] \mathbb{E}[f'(s)^2]"),
    "slope": ("1/f'(0)", r"1/f'(0)"),
    "second moment": ("1/√E[f(z)²]", r"1/\sqrt{\mathbb{E}[f(z)^2]}"),
    "deviation": ("1/√Var[f(z)]", r"1/\sqrt{\operatorname{Var}[f(z)]}"),
    "fixed point": ("σ_w: σ_w² E[f(√q z)²] = q",
                    r"\sigma_w: \sigma_w^2 \mathbb{E}[f(\sqrt{q} z)^2] = q"),
    "backward": ("1/√E[f'(z)²]", r"1/\sqrt{\mathbb{E}[f'(z)^2]}"),
    "law": ("s ~ N(0, q)", r"s \sim N(0, q)"),
    "unit": ("z ~ N(0, 1)", r"z \sim N(0, 1)"),
    "map": ("q ← σ_w² E[f(√q z)²] + σ_b²",
            r"q \leftarrow \sigma_w^2 \mathbb{E}[f(\sqrt{q} z)^2] + \sigma_b^2"),
    "chi": ("χ₁ = σ_w² E[f'(√q z)²]", r"\chi_1 = \sigma_w^2 \mathbb{E}[f'(\sqrt{q} z)^2]"),
    "χ₁": ("χ₁", r"\chi_1"),
    "σ_w": ("σ_w", r"\sigma_w"),
    "σ_w²": ("σ_w²", r"\sigma_w^2"),
    "σ_b²": ("σ_b²", r"\sigma_b^2"),
    "weight": ("σ_w² = n Var[W]", r"\sigma_w^2 = n \operatorname{Var}[W]"),
    "odd": ("f(-s) = -f(s)", "f(-s) = -f(s)"),
    "even": ("f(-s) = f(s)", "f(-s) = f(s)"),
    "affine": ("f(s) = α s + β", r"f(s) = \alpha s + \beta"),
    "factor": ("α²", r"\alpha^2"),
    "shift": ("β", r"\beta"),
    "identity": ("α = 1, β = 0", r"\alpha = 1, \beta = 0"),
    "stein": ("E[s g(s)] = q E[g'(s)]", r"\mathbb{E}[s g(s)] = q \mathbb{E}[g'(s)]"),
    "moments": ("∫ tⁿ φ(t) dt = (n-1) ∫ tⁿ⁻² φ(t) dt",
                r"\int t^n \varphi(t) dt = (n-1) \int t^{n-2} \varphi(t) dt"),
    "density": ("φ", r"\varphi"),
}  # fmt: skip
_ASCII = str.maketrans({
    "²": "^2", "√": "sqrt ", "σ": "sigma", "α": "alpha", "β": "beta", "χ": "chi", "₁": "_1",
    "←": "<-", "∫": "int", "φ": "phi", "≈": "~", "ⁿ": "^n", "±": "+-", "…": "..", "∞": "inf",
})  # fmt: skip


class Speaker:
    """Words and formulas in one form of output; mathematics stands between dollar signs."""

    def __init__(self, form: Spelling) -> None:
        self.form = form
        self.writer = Functions(None, form)

    def broken(self, e: Expr) -> str:
        """A formula with marks of where a line may end."""
        written = self.writer.term(e)
        return breaking.plain(written) if self.form is LATEX else written

    def math(self, e: Expr) -> str:
        return f"${self.plain(e)}$"

    def plain(self, e: Expr) -> str:
        return breaking.plain(self.writer.term(e))

    def named(self, name: str) -> str:
        """A formula by its name."""
        return f"${self.sign(name)}$"

    def sign(self, name: str) -> str:
        text, tex = FORMULAS[name]
        return tex if self.form is LATEX else self.signs(text)

    def signs(self, text: str) -> str:
        """Plain text in signs that the form has."""
        return text if self.form is TEXT else text.replace("ⁿ⁻²", "^(n-2)").translate(_ASCII)


def title(of: Activation, speaker: Speaker) -> str:
    """The name and the formula, with the parameters."""
    formula = of.formula if of.general is None else of.general
    written = speaker.plain(formula)
    name = "" if _is_formula(of) else f"{of.name}  "
    values = ", ".join(f"${k} = {_short(v, speaker)}$" for k, v in of.parameters)
    return f"{name}$f(s) = {written}$" + (f"  with {values}" if values else "")


def _is_formula(of: Activation) -> bool:
    return not of.name.replace("-", "").partition("(")[0].isalnum()


def _short(e: Expr, speaker: Speaker) -> str:
    if e.is_Rational:
        return speaker.plain(e)
    with mp.workdps(20):
        return f"{float(e.evalf(20)):.6f}…"


class Character:
    """Sentences about one function."""

    def __init__(self, properties: Properties, speaker: Speaker) -> None:
        self.of = properties
        self.say = speaker

    def sentences(self) -> Iterator[str]:
        """In the order in which they are told."""
        yield from self.at_zero()
        yield from self.symmetry()
        if self.of.degree == 1:
            yield "$f(c s) = c f(s)$ for $c > 0$: a variance is only multiplied"
        yield from self.size()

    def at_zero(self) -> Iterator[str]:
        p = self.of
        if p.value is not None:
            slope = "" if p.slope is None else f", $f'(0) = {self.say.plain(p.slope)}$"
            yield f"$f(0) = {self.say.plain(p.value)}${slope}"
        for b in p.breaks:
            yield self._break(b)

    def _break(self, b: Break) -> str:
        kind, (left, right) = ("jumps", b.values) if b.jumps else ("has a corner", b.slopes)
        what = "" if b.jumps else "slope "
        return (
            f"it {kind} at ${self.say.plain(b.at)}$: {what}{self._near(left)} on the left, "
            f"{self._near(right)} on the right"
        )

    def _near(self, e: Expr) -> str:
        written = self.say.plain(e)
        return f"${written}$" if len(written) < 12 else f"{float(e.evalf(12)):.6g}"

    def symmetry(self) -> Iterator[str]:
        p = self.of
        if p.odd.verdict == YES:
            yield f"odd: {self.say.named('odd')}"
        elif p.even.verdict == YES:
            yield f"even: {self.say.named('even')}"
        elif p.odd_about_its_value and p.value != 0:
            yield f"odd but for its value at 0: $f(s) - {self.say.plain(p.value)}$ is odd"
        elif p.odd.verdict == NO and p.even.verdict == NO:
            yield "neither odd nor even"

    def size(self) -> Iterator[str]:
        p = self.of
        if p.rising.verdict == YES:
            yield "never falls"
        elif p.rising.verdict == NO and p.rising.at:
            yield f"falls at $s = {self.say.plain(p.rising.at[0])}$"
        if p.bounds is not None:
            lo, hi = (f"{float(x):.6g}" for x in p.bounds)
            yield f"stays between ${lo}$ and ${hi}$"
        elif p.unbounded:
            yield "not bounded"

    # -- the linear regime

    def linear(self) -> Iterator[str]:
        """Whether it is the identity near 0, and up to what."""
        p = self.of
        if p.affine is not None:
            alpha, beta = p.affine
            yield from self._affine(alpha, beta)
        elif p.slope is None:
            why = "jumps" if p.value is None else "has a corner"
            yield f"no: f {why} at 0, so that it is not close to any line there"
        elif p.slope == 0:
            yield "no: $f'(0) = 0$"
        elif p.slope == 1 and p.value == 0:
            yield f"{self._expansion(p.taylor, Integer(1))}: {self._left_out(p.taylor)}"
        else:
            yield from self._rescaled(p.value, p.slope)

    def _affine(self, alpha: Expr, beta: Expr) -> Iterator[str]:
        """What the derivation with a linear activation finds."""
        kept = "yes" if (alpha, beta) == (1, 0) else "no"
        yield (
            f"{kept}: {self.say.named('affine')} everywhere, which multiplies variances by "
            f"{self.say.named('factor')} forward and backward and moves the mean by "
            f"{self.say.named('shift')}: both are kept, and means stay 0, exactly with "
            f"{self.say.named('identity')}"
        )

    def _expansion(self, taylor: tuple[Expr, ...] | None, scale: Expr) -> str:
        """In rising powers, without the constant."""
        if taylor is None:
            return "near 0 $s$ and terms of second order"
        terms = (self.say.plain(c * scale * Symbol("s") ** n) for n, c in enumerate(taylor) if n)
        written = " + ".join(term for term in terms if term != "0").replace("+ -", "- ")
        dots = r"\dots" if self.say.form is LATEX else self.say.signs("…")
        return f"near 0 ${written} + {dots}$"

    def _left_out(self, taylor: tuple[Expr, ...] | None) -> str:
        if self.of.odd_about_its_value:
            return "slope 1, and no even terms since it is odd: it qualifies, up to third order"
        if taylor is not None and taylor[2] == 0:
            return "slope 1: it qualifies, up to third order"
        return "slope 1, but only to first order"

    def _rescaled(self, value: Expr | None, slope: Expr) -> Iterator[str]:
        p, say = self.of, self.say
        shift = "f(s)" if value == 0 else f"(f(s) - {self._number(value)})"
        yield f"not itself: the slope at 0 is ${say.plain(slope)}$" + (
            "" if value == 0 else f" and the value ${self._number(value)}$"
        )
        taylor = None if p.taylor is None else p.taylor
        yield (
            f"${self._number(1 / slope)} {shift}$ does: {self._expansion(taylor, 1 / slope)}: "
            f"{self._left_out(taylor)}"
        )

    def _number(self, e: Expr | None) -> str:
        return "" if e is None else self.say.plain(e)
