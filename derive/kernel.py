"""The one door through which steps and proofs become facts: `replay`. Trusted.

Nothing that is written down is believed until `replay` has recomputed it from the model: each
step by the rule it names, each induction from its base and its step, each end against the
statement claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol

from derive.boxes import includes
from derive.claims import (
    NOTHING,
    Claim,
    Finite,
    Proved,
    Sources,
    Uses,
    at_value,
    drop_ranges,
    put_claim,
    with_range,
)
from derive.ends import one_product, one_sum
from derive.errors import Refused, Undeclared
from derive.finiteness import finite_order
from derive.independence import Evidence
from derive.made_of import sources_of
from derive.meaning import check_term, plain_name, whole_number
from derive.model import Model, Statement
from derive.proofs import HYPOTHESIS, Cases, Chain, Derivation, From, Induction, Part, Proof, Step
from derive.rivals import absurd, declared, equation_of, rivals
from derive.rules import RULES, equation, instance
from derive.scope import Scope
from derive.substitution import same
from derive.subterms import above_first, replace
from derive.terms import Range

# What Python raises where forged data does not have the form that a rule or a proof reads.
MALFORMED = (
    TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError, Undeclared
)  # fmt: skip


@dataclass(frozen=True)
class Checked:
    """What one step took: assumptions, and what the separated factors are made of."""

    part: str
    where: str
    before: Expr
    step: Step
    uses: Uses
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Replayed:
    """A derivation that was replayed: all that it shows, and what that took."""

    proved: tuple[Proved, ...]
    checked: tuple[Checked, ...]

    @property
    def claim(self) -> Claim:
        """What was shown."""
        return self.proved[-1].claim

    @property
    def uses(self) -> Uses:
        """The assumptions used for it."""
        return self.proved[-1].uses


def replay(derivation: Derivation, model: Model | None = None) -> Replayed:
    """Check a derivation from scratch; raises Refused, naming part, step and reason.

    With a ``model``, the derivation is checked against that one instead of its own.
    """
    against = model or derivation.model
    if not derivation.parts:
        raise Refused("a derivation without parts shows nothing")
    proved: tuple[Proved, ...] = ()
    checked: list[Checked] = []
    known = [*declared(against)]
    apart = [*rivals((), known, against)]
    for part in derivation.parts:
        if part.name == HYPOTHESIS or any(p.name == part.name for p in proved):
            raise Refused("two parts are named {}", part.name)
        shown, trail = check_part(part, against, proved)
        apart += rivals(known, equation_of(shown), against)
        known += equation_of(shown)
        against_itself = absurd(shown, against)
        for one in (*apart, *([against_itself] if against_itself else [])):
            if one.uses <= shown.uses:
                raise Refused("{}: {}", part.name, one.words)
        proved = (*proved, shown)
        checked.extend(trail)
    return Replayed(proved, tuple(checked))


def check_part(
    part: Part, model: Model, proved: tuple[Proved, ...]
) -> tuple[Proved, tuple[Checked, ...]]:
    """One part, given those before it."""
    checked: list[Checked] = []
    claim = part.claim
    try:
        over, given = (claim.over, claim.given) if isinstance(claim, Statement) else ((), ())
        scope = Scope(model, claim.ranges, proved, over, given)
        try:
            _well_formed(part, model, scope)
        except Refused as no:
            raise Refused("{}: {}", part.name, no.reason, needs=no.needs) from no
        uses = _prove(part.name, "", claim, part.proof, scope, checked)
    except MALFORMED as odd:
        raise Refused("{}: {}", part.name, _in_words(odd)) from odd
    return Proved(part.name, claim, uses), tuple(checked)


def _in_words(odd: Exception) -> str:
    if isinstance(odd, RecursionError):
        return "definitions lead in a circle, or too deep to be followed"
    return str(odd) if isinstance(odd, Undeclared) else f"malformed ({type(odd).__name__}: {odd})"


def _well_formed(part: Part, model: Model, scope: Scope) -> None:
    """Every index has one range, no range uses its own index, and every free name has a meaning."""
    claim = part.claim
    names = [r.index for r in claim.ranges]
    if len(set(names)) < len(names) or any(n in model.sizes for n in names):
        raise Refused("an index of the claim has two meanings")
    for n, r in enumerate(claim.ranges):
        later = set(names[n:])
        if any(later & e.free_symbols for e in (r.lo, r.hi, *r.but)):
            raise Refused("the range of {} uses an index that comes later", r.index)
        plain_name(r.index)
    boxes = claim.boxes if isinstance(claim, Sources) else ()
    limits = (e for r in claim.ranges for e in (r.lo, r.hi, *r.but))
    ends = (e for b in boxes for slot in b.slots if slot is not None for e in slot)
    for e in (*limits, *ends):
        whole_number(e, scope)
    if isinstance(claim, Statement):
        for name in claim.over:
            if name in model.families or name in model.functions or name in model.costs:
                raise Refused("the schematic name {} is declared in the model", name)
        for name in frozenset().union(*(fact.keys for fact in claim.given)) - {*claim.over}:
            raise Refused("a condition on {}, which is not schematic", name)
    sides = (claim.left, claim.right) if isinstance(claim, Statement) else (claim.subject,)
    for e in sides:
        check_term(e, scope)


def _prove(
    part: str, where: str, claim: Any, proof: Proof, scope: Scope, out: list[Checked]
) -> Uses:
    if isinstance(proof, Cases):
        return _check_cases(part, where, claim, proof, scope, out)
    if isinstance(proof, Induction):
        return check_induction(part, where, claim, proof, scope, out)
    if isinstance(proof, Chain) and isinstance(claim, Statement):
        return _check_chain(part, where, claim, proof, scope, out)
    if isinstance(proof, From) and isinstance(claim, (Sources, Finite)):
        try:
            return _check_property(claim, proof, scope)
        except Refused as no:
            raise Refused("{}: {}", part, no.reason, needs=no.needs) from no
    raise Refused("{}: a {} does not prove a {}", part, type(proof).__name__, type(claim).__name__)


# -- rewriting


def _check_chain(
    part: str, where: str, claim: Statement, proof: Chain, scope: Scope, out: list[Checked]
) -> Uses:
    left, uses = _rewrite(part, where, claim.left, proof.steps, scope, out)
    right, more = _rewrite(
        part, f"{where} right side".strip(), claim.right, proof.right, scope, out
    )
    for way, wanted in ((one_sum, proof.moments), (one_product, proof.products)):
        if wanted is True:
            try:
                return uses | more | way(left, right, scope)
            except Refused as no:
                raise Refused("{}: {}", part, no.reason) from no
    if not same(left, right):
        raise Refused("{}: the last line is {}, the claim says {}", part, left, right)
    return uses | more


def _rewrite(
    part: str, where: str, line: Expr, steps: tuple[Step, ...], scope: Scope, out: list[Checked]
) -> tuple[Expr, Uses]:
    uses: Uses = NOTHING
    for number, step in enumerate(steps, start=1):
        try:
            more, evidence = check_step(line, step, scope)
        except Refused as no:
            raise Refused(
                "{}: {}", _place(part, where, number, step), no.reason, needs=no.needs
            ) from no
        except MALFORMED as odd:
            raise Refused("{}: {}", _place(part, where, number, step), _in_words(odd)) from odd
        uses |= more
        out.append(Checked(part, where, line, step, more, evidence))
        line = step.after
    return line, uses


def _place(part: str, where: str, number: int, step: Step) -> str:
    return f"{part}{f', {where}' if where else ''}, step {number} ({step.rule})"


def check_step(before: Expr, step: Step, scope: Scope) -> tuple[Uses, tuple[Evidence, ...]]:
    """One step, from the line before it; raises Refused.

    The rule is applied where ``old`` stands, under the binders above it; the line after is
    the line before with every occurrence under those same binders replaced.
    """
    if step.rule not in RULES:
        raise Refused("there is no rule named {}", step.rule)
    above = above_first(before, step.old)
    if above is None:
        raise Refused("{} does not stand in the line", step.old)
    inner = scope.within(above)
    source, target = (step.new, step.old) if step.backward else (step.old, step.new)
    outcome = RULES[step.rule].rewrite(source, inner, step.args)
    if not same(outcome.new, target):
        raise Refused("{} makes {} of {}, the step says {}", step.rule, outcome.new, source, target)
    check_term(step.new, inner)
    if not same(replace(before, step.old, step.new, above), step.after):
        raise Refused("the line after does not follow from the step")
    return outcome.uses, outcome.evidence


# -- cases and induction


def _check_cases(
    part: str, where: str, claim: Any, proof: Cases, scope: Scope, out: list[Checked]
) -> Uses:
    r = _range(part, claim, proof.index)
    if r.but:
        raise Refused(
            "{}: {} leaves out values, so its range has no end to split off", part, proof.index
        )
    if proof.at == r.lo:
        end, rest = r.lo, r._replace(lo=r.lo + 1)
    elif proof.at == r.hi:
        end, rest = r.hi, r._replace(hi=r.hi - 1)
    else:
        raise Refused("{}: {} is no end of the range of {}", part, proof.at, proof.index)
    there = at_value(claim, r, end)
    elsewhere = with_range(claim, rest)
    case = f"{proof.index} = {proof.at}"
    uses = _prove(part, case, there, proof.there, _scope_at(there, r, end, scope), out)
    return uses | _prove(part, where, elsewhere, proof.elsewhere, _scope_for(elsewhere, scope), out)


def check_induction(
    part: str, where: str, claim: Any, proof: Induction, scope: Scope, out: list[Checked]
) -> Uses:
    """``P(lo)``, and ``P(i) ⇒ P(i + 1)`` for ``lo ≤ i < hi``; downward the mirror image.

    The step knows P at the one value i and nothing else of i than its range; so it is with
    the indices that come before i, on which its range may depend.  The indices after i run
    over their whole ranges in the hypothesis and in the goal.
    """
    i = proof.index
    r = _range(part, claim, i)
    if r.but:
        raise Refused("{}: {} leaves out values, so there is no induction on it", part, i)
    end = r.lo if proof.upward else r.hi
    base = at_value(claim, r, end)
    uses = _prove(part, "base", base, proof.base, _scope_at(base, r, end, scope), out)
    rest, following = r._replace(hi=r.hi - 1), put_claim(claim, i, i + 1)
    hypothesis, goal = (claim, following) if proof.upward else (following, claim)
    held = [q.index for q in claim.ranges]
    known = Proved(HYPOTHESIS, drop_ranges(hypothesis, held[: held.index(i) + 1]), NOTHING)
    inside = Scope(
        scope.model,
        with_range(goal, rest).ranges,
        (*(p for p in scope.proved if p.name != HYPOTHESIS), known),
        scope.over,
        scope.given,
    )
    return uses | _prove(part, "step", with_range(goal, rest), proof.step, inside, out)


def _range(part: str, claim: Any, index: Symbol) -> Range:
    for r in claim.ranges:
        if r.index == index:
            return r
    raise Refused("{}: {} is not an index of the claim", part, index)


def _scope_at(claim: Any, r: Range, value: Expr, scope: Scope) -> Scope:
    """The place of a claim at one value of an index: the hypothesis in hand is about that value."""
    proved = tuple(
        Proved(p.name, put_claim(p.claim, r.index, value), p.uses) if p.name == HYPOTHESIS else p
        for p in scope.proved
    )
    return Scope(scope.model, claim.ranges, proved, scope.over, scope.given)


def _scope_for(claim: Any, scope: Scope) -> Scope:
    return Scope(scope.model, claim.ranges, scope.proved, scope.over, scope.given)


# -- what a subject is made of, and how many moments it has


def _check_property(claim: Any, proof: From, scope: Scope) -> Uses:
    uses: Uses = NOTHING
    subject = claim.subject
    if proof != From("", ""):
        s, uses = equation(scope, proof.source, proof.name, proof.which)
        left, right, more, _ = instance(s, dict(proof.at), {}, scope)
        if not same(left, subject):
            raise Refused("{} speaks of {}, not of {}", proof.name, left, subject)
        check_term(right, scope)
        subject, uses = right, uses | more
    if isinstance(claim, Sources):
        boxes, more = sources_of(subject, scope)
        if not includes(claim.boxes, boxes, scope.order):
            raise Refused("{} is made of more than is claimed", claim.subject)
        return uses | more
    order, more = finite_order(subject, scope)
    if not order >= claim.order:
        raise Refused("moments of {} up to {} were not shown finite", claim.subject, claim.order)
    return uses | more


def ledger(replayed: Replayed, model: Model) -> tuple[list[str], list[str]]:
    """The declared assumptions that were used, and those that were not needed."""
    names = [a.name for a in model.assumptions]
    return [n for n in names if n in replayed.uses], [n for n in names if n not in replayed.uses]
