"""Relations that ask for something: a choice of a variance or a number. Not trusted to prove.

    n Var[w] = 1              fixes a free variance
    Var[z^i] = Var[z^{i'}]    asks that the layers be alike
    Var[z^i] = b              names the number that they are to share

Such a relation holds if it is shown, or if what is required implies it; it fails if what is
required says otherwise, or if nothing can be so; else it is a choice and no consequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from sympy import Add, Expr

from derive.claims import NOTHING
from derive.counting.leeway import free
from derive.judging.consequence import Premise, is_choice
from derive.judging.equality import Equality
from derive.judging.judge import Judge, Judgement
from derive.model import Assumption, Distributed, Model, Statement
from derive.positive import positive
from derive.powers import Outside
from derive.products import normal
from derive.rivals import declared, rivals, said_of
from derive.scope import Scope
from derive.substitution import put
from derive.subterms import names_in, occurrences
from derive.terms import HEADS, Apply, Entry, Var

CHOICE = "a choice, not a consequence"
OTHERWISE = "what is required says otherwise"


def chosen(s: Statement, requires: Iterable[Assumption], judge: Judge) -> Judgement | None:
    """The verdict on a relation that asks for something, with its reason; None for another."""
    place = judge.place(s)
    claim, here = place.claim, judge.at(place)
    if _fixes(claim, here.model) or _fixes(_by_name(claim, here.model), here.model):
        shown = here.decide(claim, refute=False)
        found = Judgement(shown.verdict, claim, shown, (shown.by,), shown.uses)
    elif _one_for_all(claim) or _names(claim, here.model):
        found = here.judge(claim)
    else:
        return None
    if found.verdict in ("holds", "needs"):
        return replace(found, least=(*place.least, *found.least))
    names = names_in(*(v for side in (claim.left, claim.right) for v, _ in occurrences(side, Var)))
    required = [f for a in requires for f in a.facts if isinstance(f, Statement)]
    met = here.implied(claim, here.premises(required)) if required else None
    if met is None and claim in required:
        met = Equality(claim, here.model, "holds")
    if met is not None:
        by = ("as required",)
        return Judgement("holds", claim, met, by, met.uses, least=place.least, note="as required")
    same = [f for f in required if names & names_in(f.left, f.right)]
    against = here.against(claim, same)
    if against is not None:
        return Judgement("fails", claim, against, least=place.least, note=OTHERWISE)
    if any(rivals(declared(here.model), said_of(claim, NOTHING), here.model)):
        return None
    free = Equality(claim, here.model, "undecided")
    return Judgement("needs", claim, free, least=place.least, note=CHOICE)


def _fixes(s: Statement, model: Model) -> bool:
    """One free variance is a factor that can be solved for; the rest has nothing to do with it."""
    sides = (s.left, s.right)
    if not all(_free(e, model) for e in sides):
        return is_choice(Premise(s, Scope(model, s.ranges)))
    known = partial(positive, scope=Scope(model, s.ranges))
    try:
        form = normal(s.left, known) - normal(s.right, known)
    except Outside:
        return any(e.has(Var) for e in sides)
    families = {family for family, _ in form.powers}
    sums = [f for f in families if isinstance(f, Add)]
    return any(
        (isinstance(f, Var) or _given(f, model)) and not any(a.has(f) for a in sums)
        for f in families
    )


def _by_name(s: Statement, model: Model) -> Statement:
    """The claim with the names of variances, ``Var[w_i] = \\sigma^2``, where it has them not."""
    names = {}
    for fact in (f for a in model.assumptions for f in a.facts if isinstance(f, Statement)):
        number = fact.right.as_base_exp()[0]
        of = fact.left.args[0] if isinstance(fact.left, Var) else None
        named = _given(number, model) and not number.free_symbols and not s.left.has(number)
        named = named and not s.right.has(number) and fact.right in (number, number**2)
        if named and isinstance(of, Entry) and model.family(of).kind == "random":
            names[of.name] = fact.right
    found = (v for side in (s.left, s.right) for v in side.atoms(Var))
    at = {v: names[v.args[0].name] for v in found
          if isinstance(v.args[0], Entry) and v.args[0].name in names}  # fmt: skip
    return replace(s, left=put(s.left, at), right=put(s.right, at)) if at else s


def _free(e: Expr, model: Model) -> bool:
    if isinstance(e, Var):
        return free(e.args[0], model)
    if isinstance(e, Entry):
        return e.name in model.families and model.family(e).kind in ("size", "given")
    if isinstance(e, (Apply, *HEADS)):
        return False
    return all(_free(a, model) for a in e.args)


def _given(e: Expr, model: Model) -> bool:
    return isinstance(e, Entry) and e.name in model.families and model.family(e).kind == "given"


def _one_for_all(s: Statement) -> bool:
    """``g(i) = g(i')`` for all i and i'."""
    if not any(True for _ in occurrences(s.left, HEADS)):
        return False
    names = [r.index for r in s.ranges]
    mine = [n for n in names if n in s.left.free_symbols - s.right.free_symbols]
    other = [n for n in names if n in s.right.free_symbols - s.left.free_symbols]
    return len(mine) == len(other) == 1 and put(s.left, mine[0], other[0]) == s.right


def _names(s: Statement, model: Model) -> bool:
    """A moment on one side, on the other a number of which nothing is known."""
    sides = ((s.left, s.right), (s.right, s.left))
    numbers = {a.name for a, b in sides if _given(a, model) and b.has(*HEADS) and not b.has(a)}
    if not numbers:
        return False
    facts = [f for a in model.assumptions for f in a.facts]
    said = (e for f in facts if isinstance(f, Statement) for e in (f.left, f.right))
    laws = (p for f in facts if isinstance(f, Distributed) for p in f.law.parameters)
    return not numbers <= names_in(*said, *laws, *(d.statement.right for d in model.definitions))
