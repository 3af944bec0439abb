"""Values of functions where they jump: a claim is left open for want of one. It is told."""

from __future__ import annotations

from contextlib import suppress

from sympy import Expr

from derive.errors import Refused, Words
from derive.model import Model
from derive.piecewise import Pieces, piecewise
from derive.subterms import occurrences
from derive.terms import Apply


def jump(rest: Expr | None, model: Model) -> Words | None:
    """Which value of a function is not known, in what is left over of a claim."""
    known = {f.function: f for a in model.assumptions for f in a.facts if isinstance(f, Pieces)}
    for f, _ in occurrences(rest, Apply) if known and rest is not None else ():
        if f.name in known:
            with suppress(Refused):
                if f.at in piecewise(known[f.name], f.order).open:
                    return Words("{} is not known: the function jumps there", f)
    return None
