"""The names that a formula may use, and how each is written. Trusted for meaning.

A name is kept as it is shown in plain text: ``\\sigma`` is "σ", ``\\hat n`` is "n̂", a calligraphic
letter is its own letter; bold, roman and sans-serif letters are the plain ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

from sympy import Expr, Symbol

from derive.densities import Law
from derive.model import Family, Model
from derive.piecewise import Pieces
from derive.substitution import put
from derive.terms import Entry

HEADS = {"E": "E", "Var": "Var", "var": "Var", "Cov": "Cov", "cov": "Cov",
         "Std": "Std", "SD": "Std", "std": "Std", "sd": "Std",
         "Corr": "Corr", "corr": "Corr"}  # fmt: skip
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "zeta": "ζ", "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ",
    "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ",
    "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ",
}  # fmt: skip
LETTERS = {letter: command for command, letter in GREEK.items()}
ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304",
}  # fmt: skip
DRESSES = frozenset(
    [
        "mathbf",
        "mathrm",
        "mathit",
        "mathsf",
        "mathnormal",
        "mathbb",
        "boldsymbol",
        "bm",
        "pmb",
        "bold",
        "text",
        "textrm",
        "textbf",
        "textit",
        "textnormal",
        "operatorname",
        "operatorname*",
        "mathop",
        "vec",
        "mathcal",
        "mathscr",
    ]
)
FUNCTIONS = frozenset(["sin", "cos", "tan", "sinh", "cosh", "tanh", "coth", "arcsin", "arccos",
                       "arctan"])  # fmt: skip
KINDS = {"size": "a size", "given": "fixed numbers"}
CALLIGRAPHIC = 0x1D4D0


@dataclass(frozen=True)
class Spelling:
    """Another way to write a term: the family says how, its index symbols stand in the term."""

    family: Family
    term: Expr


@dataclass
class Names:
    """What has a meaning so far; ``normal`` is how the second parameter of N is read, if said.

    ``drawn`` are variables without a name, called by their laws, as in ``Var(U[-a, a])``, and
    ``bent`` functions without one, as in ``E[\\max(0, x)]``.
    ``lost`` are names whose declaration, in the line given, could not be read; "" is all of them.
    """

    model: Model
    spellings: dict[str, Spelling] = field(default_factory=dict)
    normal: str = ""
    drawn: dict[str, Law] = field(default_factory=dict)
    bent: dict[str, Pieces] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)

    def all(self) -> set[str]:
        m = self.model
        sizes = (s if isinstance(s, str) else s.name for s in m.sizes)
        return {*m.families, *m.functions, *m.costs, *sizes, *self.spellings}

    def sizes(self) -> set[str]:
        """The sizes without indices, of which every formula is for all values."""
        return {s.name for s in self.model.sizes if not isinstance(s, str)}

    def family(self, name: str) -> Family | None:
        spelling = self.spellings.get(name)
        return spelling.family if spelling else self.model.families.get(name)

    def build(self, family: Family, indices: list[Expr]) -> Expr:
        """The entry, or what the spelling stands for."""
        spelling = self.spellings.get(family.name)
        if spelling is None:
            return Entry(family.name, *indices)
        places = (r.index for r in family.ranges)
        return put(spelling.term, dict(zip(places, indices, strict=True)))

    def nearest(self, name: str) -> str:
        """A hint that names the declared name most like this one; empty if there is none."""
        known = sorted(self.all())
        near = get_close_matches(name, [k for k in known if len(k) > 1], 1, 0.5)
        plain = (name.casefold(), latex(name).removeprefix("\\").casefold())
        near = near or [k for k in known if k.casefold() in plain]
        return f"; nearest: {latex(near[0])}" if near else ""

    def kind(self, name: str) -> str:
        """What a name is, in words."""
        if name in self.model.functions:
            return "a function"
        if name in self.model.costs:
            return "a cost"
        family = self.family(name)
        if family is None:
            return "a size"
        return KINDS.get(family.kind, family.kind)


@lru_cache(maxsize=2**12)
def symbol(name: str) -> Symbol:
    """The plain symbol of a name; SymPy takes longer to find the one that it has made."""
    return Symbol(name)


def layout(family: Family) -> str:
    """One character an index, in this order: ``^`` superscript, ``_`` subscript, ``[`` brackets."""
    if family.style == "brackets":
        return "_" * family.raised + "[" * (len(family.ranges) - family.raised)
    if family.style != "scripts":
        return family.style
    return "^" * family.raised + "_" * (len(family.ranges) - family.raised)


def written(family: Family) -> str:
    """How the family is written with all its indices."""
    scripts: dict[str, list[str]] = {"^": [], "_": [], "[": []}
    for mark, r in zip(layout(family), family.ranges, strict=True):
        scripts[mark].append(r.index.name)
    text = latex(family.name)
    for mark in "^_":
        if scripts[mark]:
            inner = ",".join(scripts[mark])
            text += mark + (inner if len(inner) == 1 else f"{{{inner}}}")
    return text + (f"[{','.join(scripts['['])}]" if scripts["["] else "")


def base(name: str) -> str:
    """The letter or the word of a name, without primes, accents and what belongs to it below."""
    plain = re.split(r"[_^'*]", name)[0].rstrip("".join(ACCENTS.values()))
    if len(plain) == 1 and CALLIGRAPHIC <= ord(plain) < CALLIGRAPHIC + 26:
        return chr(ord(plain) - CALLIGRAPHIC + 65)
    return plain


def latex(name: str) -> str:
    """A name as LaTeX that is read back as the same name."""
    base, primes = name.rstrip("'"), name[len(name.rstrip("'")) :]
    if base.endswith("*"):
        return f"{latex(base[:-1])}^{{*}}{primes}"
    head, mark, below = base.partition("_")
    if mark and len(head) > 1 and head.isalpha():
        inner = base.replace("_", r"\_")
        return f"\\text{{{inner}}}{primes}"
    if mark:
        return f"{latex(head)}_{{\\mathrm{{{below}}}}}{primes}"
    for command, accent in ACCENTS.items():
        if base.endswith(accent):
            return f"\\{command}{{{latex(base[:-1])}}}{primes}"
    if len(base) > 1 and base[0] == "Δ":
        return f"\\Delta {latex(base[1:])}{primes}"
    if len(base) == 1 and CALLIGRAPHIC <= ord(base) < CALLIGRAPHIC + 26:
        return f"\\mathcal{{{chr(ord(base) - CALLIGRAPHIC + 65)}}}{primes}"
    return (f"\\{LETTERS[base]}" if base in LETTERS else base) + primes
