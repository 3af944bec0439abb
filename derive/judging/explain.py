"""Between the two sides of a claim: results derived on the way, normal forms. Not trusted.

Each result was replayed when the claim was judged, and is derived and replayed again here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby

from sympy import Expr

from derive import moments
from derive.errors import Refused, Undeclared
from derive.forms import Undecided
from derive.judging.equality import rewritten
from derive.judging.judge import Judge, Judgement
from derive.model import Model, Statement
from derive.proofs import Chain, Part, Step
from derive.scope import Scope


@dataclass(frozen=True)
class Explanation:
    """Equations that were derived first, each with its assumptions; then how the sides meet.

    ``lines`` lead from the left side to the right one, each with what it goes by; without a
    derivation, ``left`` and ``right`` are the sides in normal form.
    """

    lines: tuple[tuple[Expr, tuple[str, ...]], ...] = ()
    lemmas: tuple[tuple[Statement, tuple[str, ...]], ...] = ()
    left: Expr | None = None
    right: Expr | None = None


def explained(found: Judgement, model: Model) -> Explanation:
    """The explanation of a judgement."""
    claim = found.statement
    sides = (claim.left, claim.right)
    try:
        proved = Judge(model).lemmas(sides)
    except (Refused, Undeclared):
        proved = ()
    scope = Scope(model, claim.ranges, proved)
    left, right = (_normal(side, scope) for side in sides)
    lemmas = tuple(
        (p.claim, tuple(a.name for a in model.assumptions if a.name in p.uses))
        for p in proved
        if isinstance(p.claim, Statement)
    )
    if found.derivation is not None:
        return Explanation(tuple(_lines(found.derivation)), lemmas)
    return Explanation((), lemmas, left, right)


def _lines(part: Part) -> Iterator[tuple[Expr, tuple[str, ...]]]:
    """From the left side down, then up again to the right side; each law is said once a line."""
    if not isinstance(part.claim, Statement) or not isinstance(part.proof, Chain):
        return
    yield part.claim.left, ()
    for _, group in groupby(part.proof.steps, key=lambda s: s.line):
        taken = list(group)
        yield taken[-1].after, _reasons(taken)
    back = [list(group) for _, group in groupby(part.proof.right, key=lambda s: s.line)]
    starts = [part.claim.right, *(taken[-1].after for taken in back)]
    for start, taken in reversed(list(zip(starts, back, strict=False))):
        yield start, _reasons(taken)


def _reasons(taken: list[Step]) -> tuple[str, ...]:
    named = ("lemma", "definition", "assumption")
    return tuple(dict.fromkeys(str(s.args[0]) if s.rule in named else s.rule for s in taken))


def _normal(side: Expr, scope: Scope) -> Expr | None:
    """A side with what is known of its moments put in, or expanded to moments that are free."""
    after, _ = rewritten(side, scope)
    if after != side:
        return after
    with suppress(Undecided, Refused):
        return moments.normal(side, scope).expression()
    return side
