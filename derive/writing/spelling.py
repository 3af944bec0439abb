"""How signs and letters are spelled in each form of output. Not trusted: computes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

GREEK = dict(
    alpha="α", beta="β", gamma="γ", delta="δ", epsilon="ϵ", varepsilon="ε", zeta="ζ", eta="η",
    theta="θ", vartheta="ϑ", iota="ι", kappa="κ", lambda_="λ", mu="μ", nu="ν", xi="ξ", pi="π",
    rho="ρ", sigma="σ", tau="τ", upsilon="υ", phi="ϕ", varphi="φ", chi="χ", psi="ψ", omega="ω",
    Gamma="Γ", Delta="Δ", Theta="Θ", Lambda="Λ", Xi="Ξ", Pi="Π", Sigma="Σ", Upsilon="Υ",
    Phi="Φ", Psi="Ψ", Omega="Ω", ell="ℓ",
)  # fmt: skip
GREEK["lambda"] = GREEK.pop("lambda_")
NAMED = {letter: name for name, letter in GREEK.items()}
ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar"}
CALLIGRAPHIC = 0x1D4D0
TALL = (r"\frac", r"\sum", r"\prod", r"\int", r"\left")
RAISED_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Spelling:
    """One form of output.

    ``tex`` forms write quotients and roots with commands; ``short`` forms leave out the
    indices of a representative entry; ``enclosing`` forms put a product sign that is not the
    last factor in parentheses, the others end it with ``dot``.
    """

    name: str
    sum: str
    product: str
    dot: str
    mean: str
    variance: str
    covariance: str
    partial: str
    root: str
    delta: str
    unequal: str
    to: str
    integral: str
    infinity: str
    function: str
    tilde: str
    tex: bool = False
    short: bool = True
    enclosing: bool = False

    def brackets(self, inner: str) -> str:
        """What E, Var and Cov are of."""
        return f"\\left[{inner}\\right]" if self._tall(inner) else f"[{inner}]"

    def parentheses(self, inner: str) -> str:
        """What belongs together."""
        return f"\\left({inner}\\right)" if self._tall(inner) else f"({inner})"

    def _tall(self, inner: str) -> bool:
        return self is LATEX and any(sign in inner for sign in TALL)

    def power(self, exponent: str) -> str:
        """An exponent, to be put behind its base."""
        if self is TEXT and exponent.isdigit():
            return exponent.translate(RAISED_DIGITS)
        return "^" + script(exponent)

    def unnamed(self, name: str) -> str:
        """A function that is called by its formula, such as ``max(0, ·)``."""
        for plain, written in TEX_PIECES if self.tex else ASCII_PIECES if self is ASCII else ():
            name = name.replace(plain, written)
        return name

    def letter(self, name: str) -> str:
        """A declared name; Greek letters may be declared as σ, sigma or \\sigma."""
        return _letter(self, name)


def script(inner: str) -> str:
    """A subscript or superscript: in braces unless it is one character."""
    return inner if len(inner) == 1 else f"{{{inner}}}"


@cache
def _letter(spelling: Spelling, name: str) -> str:
    base = name.rstrip("'′")
    primes = "'" * (len(name) - len(base))
    head, mark, below = base.partition("_")
    if mark and spelling.tex:
        inner = f"{_letter(spelling, head)}_{{\\mathrm{{{below}}}}}"
        return (f"{{{inner}}}" if spelling is LATEX else inner) + primes
    for accent, command in ACCENTS.items():
        if base.endswith(accent) and spelling is not TEXT:
            under = _letter(spelling, base[:-1])
            return (f"\\{command}{{{under}}}" if spelling.tex else under + command) + primes
    if len(base) > 1 and base[0] == "Δ":
        gap = " " if spelling.tex else ""
        return _letter(spelling, "Δ") + gap + _letter(spelling, base[1:]) + primes
    plain = base.removeprefix("\\")
    plain = NAMED.get(plain, plain)
    if plain in GREEK:
        if spelling.tex:
            return f"\\{plain}{primes}"
        return (GREEK[plain] if spelling is TEXT else plain) + primes
    if len(base) == 1 and 0 <= ord(base) - CALLIGRAPHIC < 26 and spelling is not TEXT:
        plain = chr(ord(base) - CALLIGRAPHIC + ord("A"))
        return (f"\\mathcal{{{plain}}}" if spelling.tex else plain) + primes
    if not spelling.tex:
        return plain + primes
    if spelling is LATEX and len(base) > 1 and base.isalnum():
        return f"\\mathrm{{{base}}}{primes}"
    return base + primes


ASCII_PIECES = (("≥", ">="), ("≤", "<="))
TEX_PIECES = (
    ("max", r"\max"),
    ("min", r"\min"),
    ("1[", r"\mathbb{1}["),
    ("≥", r"\ge"),
    ("≤", r"\le"),
)
TEXT = Spelling(
    "text", sum="Σ", product="∏", dot="·",
    mean="E", variance="Var", covariance="Cov", partial="∂", root="√", delta="δ_{{{},{}}}",
    unequal="≠", to=" … ", integral="∫", infinity="∞", function="{}", tilde="~",
)  # fmt: skip
ASCII = Spelling(
    "ascii", sum="sum", product="prod", dot="*",
    mean="E", variance="Var", covariance="Cov", partial="d", root="sqrt", delta="delta_{{{},{}}}",
    unequal="!=", to=" .. ", integral="int", infinity="inf", function="{}", tilde="~",
)  # fmt: skip
LATEX = Spelling(
    "latex", sum=r"\sum", product=r"\prod", dot=r"\cdot", mean=r"\mathbb{E}",
    variance=r"\operatorname{Var}", covariance=r"\operatorname{Cov}",
    partial=r"\partial ", root=r"\sqrt", delta=r"\delta_{{{},{}}}",
    unequal=r" \ne ", to=r", \dots, ", integral=r"\int", infinity=r"\infty",
    function=r"\operatorname{{{}}}", tilde=r"\sim", tex=True,
)  # fmt: skip
SOURCE = Spelling(
    "source", sum=r"\sum", product=r"\prod", dot=r"\cdot", mean=r"\mathbb{E}",
    variance=r"\operatorname{Var}", covariance=r"\operatorname{Cov}",
    partial=r"\partial ", root=r"\sqrt", delta=r"\mathbb{{1}}_{{{}={}}}",
    unequal=r" \ne ", to="..", integral=r"\int", infinity=r"\infty",
    function=r"\operatorname{{{}}}", tilde="~", tex=True, short=False, enclosing=True,
)  # fmt: skip
