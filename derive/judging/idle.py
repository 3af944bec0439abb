"""Laws that are declared and say nothing yet: why a claim about them is left open.

given a;  w ~ U[-a, a]        is a law for a > 0 alone, which is not said
"""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Expr, oo

from derive.counting.reached import reached
from derive.densities import LAWS, Density, Law
from derive.errors import Words
from derive.model import Distributed, Model, Statement
from derive.positive import positive
from derive.scope import Scope
from derive.terms import Entry
from derive.writing.formula import SOURCE, write

POSITIVE = ("variance", "scale", "bound")


def idle(claim: Statement, model: Model) -> Words | None:
    """What has to be known before the law of something in a claim says anything."""
    names = reached(model, claim.left, claim.right)
    facts = (f for a in model.assumptions for f in a.facts if isinstance(f, Distributed))
    for fact in facts:
        if fact.entry.name not in names:
            continue
        scope = Scope(model, fact.ranges)
        for e in _asked(fact.law):
            if not positive(e, scope):
                said = Words("the law of {} says nothing before {} is known to be positive",
                             fact.entry, e)  # fmt: skip
                line = _line(e, scope)
                return Words("{}: declare '{}'", said, line) if line else said
    return None


def _asked(law: Law) -> Iterator[Expr]:
    """What has to be positive for a law to be one."""
    for name, value in zip(LAWS[law.name].parameters, law.parameters, strict=False):
        if name.startswith(POSITIVE):
            yield value
    if isinstance(law.form, Density):
        for piece in law.form.pieces:
            lo, hi = piece.limits
            if lo != -oo and hi != oo:
                yield hi - lo


def _line(e: Expr, scope: Scope) -> str:
    """The declaration of the one fixed number in a term as positive."""
    found = [x for x in e.atoms(Entry) if scope.model.family(x).kind == "given"]
    open_ = [x for x in found if not positive(x, scope)]
    return f"given {write(open_[0], scope.model, SOURCE)} > 0" if len(open_) == 1 else ""
