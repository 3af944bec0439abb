"""Steps, proofs and derivations: frozen data that anyone may write down. Trusted.

They claim; only `kernel.replay` makes facts of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol

from derive.claims import Claim
from derive.model import Model

HYPOTHESIS = "induction hypothesis"


@dataclass(frozen=True)
class Step:
    """One rewriting: ``old`` in the line before becomes ``new`` by the rule, giving ``after``.

    ``backward`` reads the law from right to left: it makes ``old`` of ``new``.
    ``line`` numbers the printed line that the step belongs to.
    """

    rule: str
    args: tuple[Any, ...]
    old: Expr
    new: Expr
    after: Expr
    line: int = 0
    backward: bool = False


@dataclass(frozen=True)
class Chain:
    """A proof by rewriting the left side, and perhaps the right side, until they meet.

    With ``moments`` they meet in the normal form of moments, with ``products`` in that of
    telescoping products.
    """

    steps: tuple[Step, ...]
    right: tuple[Step, ...] = ()
    moments: bool = False
    products: bool = False


@dataclass(frozen=True)
class Cases:
    """A proof for ``index = at``, an end of its range, and one for the rest of the range."""

    index: Symbol
    at: Expr
    there: Proof
    elsewhere: Proof


@dataclass(frozen=True)
class Induction:
    """A proof by induction on an index, upward from the low end or downward from the high end.

    ``step`` proves the next case from the one in hand, which it may cite as a lemma.
    """

    index: Symbol
    upward: bool
    base: Proof
    step: Proof


@dataclass(frozen=True)
class From:
    """A proof of a property by the equation that says what the subject is; "" if primitive."""

    source: str
    name: str
    which: int = 0
    at: tuple[tuple[Symbol, Expr], ...] = ()


Proof = Chain | Cases | Induction | From


@dataclass(frozen=True)
class Part:
    """A claim under a name, with its proof, which may cite the parts before it."""

    name: str
    claim: Claim
    proof: Proof


@dataclass(frozen=True)
class Derivation:
    """Claims with proofs; the last one is what the derivation is for."""

    model: Model
    parts: tuple[Part, ...]

    @property
    def claim(self) -> Claim:
        """What is claimed."""
        return self.parts[-1].claim
