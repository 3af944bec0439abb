"""What is asked for: whether it can be, and what follows from it. Not trusted to prove.

    require n Var[w] = 1; m Var[w] = 2      implies m = 2 n, and n = m is wrong
    require n Var[w] = 1; n Var[w] = 2      cannot be: neither is asked for

What a document requires is no assumption, but no number that breaks it speaks against a claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sympy import factor_terms

from derive.claims import NOTHING, Uses
from derive.counting.counterexample import fits
from derive.judging.consequence import Premise, impossible, of_sizes, settled, without
from derive.judging.equality import Equality, said
from derive.judging.judge import Judge, Judgement
from derive.judging.rewriting import expanded
from derive.model import Assumption, Statement
from derive.read.links import Claim, Trouble
from derive.read.reading import Reading
from derive.read.tokens import Place
from derive.rivals import declared, rivals, said_of
from derive.subterms import names_in

AS_REQUIRED = "as required"
PUT_IN = "with what is required put in"
UNMET = "no numbers were found that what is required allows and the claim does not"


def equations(requires: Iterable[Assumption]) -> list[Statement]:
    """What is required, as equations."""
    return [f for a in requires for f in a.facts if isinstance(f, Statement)]


def alike(
    found: Judgement, same: Iterable[Statement], requires: Iterable[Statement], judge: Judge
) -> Judgement:
    """A claim that holds, if moments are the ``same`` for all indices, perhaps as required."""
    if found.verdict != "holds":
        return found
    premises = judge.premises(tuple(requires))
    left = (s for s in same if not judge.follows_from(judge.place(s).claim, premises))
    return judge.alike(found, left)


# -- whether it can be


def possible(reading: Reading, judge: Judge) -> tuple[Reading, list[Claim]]:
    """The reading without requirements that contradict each other or what is assumed, and those."""
    kept, gone = list(reading.requires), list[Claim]()
    while kept:
        named = [(frozenset({f"requirement {n}"}), s)
                 for n, a in enumerate(kept) for s in equations([a])]  # fmt: skip
        if len(named) == 1 and settled(Premise(named[0][1], judge.scope(named[0][1]))):
            break
        premises = [p for name, s in named for p in _premises(s, judge, name)]
        asked = [one for name, s in named for one in said_of(s, name)]
        two = next(rivals(declared(judge.model), asked, judge.model), None)
        uses = two.uses if two else impossible(premises)
        against = [a for n, a in enumerate(kept) if uses and f"requirement {n}" in uses]
        if not uses or not against:
            break
        assumed = [a for a in judge.model.assumptions if a.name in uses]
        how = f": {said(two.why, judge.model)}" if two else ""
        gone.append(_trouble(against, assumed, reading, how))
        kept = [a for a in kept if a not in against]
    return (replace(reading, requires=kept), gone) if gone else (reading, [])


def _trouble(
    against: Sequence[Assumption], assumed: Sequence[Assumption], r: Reading, how: str
) -> Claim:
    """A claim that stands for requirements that cannot be met, at the place of the last one."""
    places = [_place(a, r) for a in (*against, *assumed)]
    lines = [f"{a.text} (line {p.line})" for a, p in zip((*against, *assumed), places, strict=True)]
    where = max(places[: len(against)])
    why = "contradicts itself" if len(lines) == 1 else "contradict each other"
    reason = (
        f"declarations: {' and '.join(lines)} {why}{how},"
        " so claims are judged without what is required there: take one away,"
        " or begin another topic with 'new'"
    )
    return Claim("unreadable", where, against[-1].text, trouble=Trouble(where, reason))


def _place(a: Assumption, reading: Reading) -> Place:
    """Where something was declared."""
    for s in reversed(reading.statements):
        said = [" ".join(part.split()) for part in s.text.removeprefix(s.keyword).split(";")]
        said[0] = said[0].partition(":")[2].strip() if a.name != a.text else said[0]
        if s.keyword in ("require", "assume") and (a.text in said or a.text == "; ".join(said)):
            return s.where
    return Place(1, 1)


# -- what follows from it


def under(
    found: Judgement, s: Statement, requires: Sequence[Assumption], judge: Judge
) -> Judgement:
    """The verdict on a claim that was not shown, given what is required."""
    given = equations(requires)
    place = judge.place(s)
    here = judge.at(place)
    asked_for = [_premises(s, here) for s in given]
    premises = [p for both in asked_for for p in both]
    for claim in _premises(place.claim, here):
        met = here.implied(claim.statement, premises)
        if met is not None:
            names = here.in_order({*met.uses, *claim.uses})
            return Judgement("holds", place.claim, met, (AS_REQUIRED,), names,
                             least=place.least, note=AS_REQUIRED)  # fmt: skip
    if found.verdict != "fails":
        return found
    allowed = found.equality.example is not None and fits(found.equality.example, given)
    put_in = _put_in(claim.statement, [both[-1].statement for both in asked_for], here)
    if put_in is not None:
        asked, rest = put_in
        against = here.supposing(rest).judge(asked)
        if against.verdict == "needs" or (against.verdict == "fails" and not allowed):
            same = asked in (claim.statement, place.claim) and not rest
            shown = _without_moments(against.equality, _names(given) - _names([asked]))
            return replace(found, verdict=against.verdict, equality=shown, needs=against.needs,
                           note=found.note if same else PUT_IN)  # fmt: skip
    if allowed:
        return found
    unmet = replace(found.equality, verdict="undecided", example=None, why=UNMET)
    return replace(found, verdict="undecided", equality=unmet)


def _names(statements: Iterable[Statement]) -> frozenset[str]:
    """The families that statements are about."""
    return names_in(*(e for s in statements for e in (s.left, s.right)))


def _without_moments(found: Equality, names: frozenset[str]) -> Equality:
    """Without the numbers for what was put in: they stand for what is required there."""
    if found.example is None:
        return found
    kept = {m: v for m, v in found.example.moments.items()
            if not names & names_in(m)}  # fmt: skip
    return replace(found, example=replace(found.example, moments=kept))


def _premises(s: Statement, judge: Judge, by: Uses = NOTHING) -> list[Premise]:
    """A statement, and with its moments taken apart and what its terms share in front."""
    scope = judge.scope(s)
    (left, one), (right, other) = (expanded(e, scope) for e in (s.left, s.right))
    apart = replace(s, left=factor_terms(left), right=factor_terms(right))
    more = [] if apart == s else [Premise(apart, judge.scope(apart), by | one | other)]
    return [Premise(s, scope, by), *more]


def _put_in(
    claim: Statement, given: Sequence[Statement], judge: Judge
) -> tuple[Statement, list[Statement]] | None:
    """The claim with the variances that are required put in, and what else is required of sizes.

    None if that was not all of it.
    """
    todo, rest = list(given), list[Statement]()
    while todo:
        premise = Premise(todo[0], judge.scope(todo[0]))
        if not settled(premise):
            rest.append(todo.pop(0))
            continue
        others = [without(s, judge.scope(s), premise) for s in (claim, *rest, *todo[1:])]
        made = [s for s in others if s is not None]
        if len(made) < len(others):
            return None
        claim, rest, todo = made[0], made[1 : len(rest) + 1], made[len(rest) + 1 :]
    return (claim, rest) if all(of_sizes(s, judge.model) for s in rest) else None
