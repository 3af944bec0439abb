"""A document -> a verdict on every claim in it. Not trusted to prove: see `judge`.

Every link of a chain is judged by itself, so that two errors that cancel are both found, and
the chain as a whole too.  Claims are also held against each other, whatever the model says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sympy import Expr

from derive.errors import Refused, Undeclared
from derive.judging.choices import CHOICE, OTHERWISE, chosen
from derive.judging.conflicts import Conflict, Told, conflicts
from derive.judging.digits import of_numbers, rounding
from derive.judging.domain import Domain, domain
from derive.judging.equality import said
from derive.judging.inequality import SIGNS, compared
from derive.judging.judge import Judge, Judgement
from derive.judging.lawful import LawJudgement, judged
from derive.judging.required import alike, equations, possible, under
from derive.judging.shaped import judged as shaped
from derive.judging.slopes import worked_out
from derive.model import Assumption, Distributed, Fact, Family, Function, Model, Statement
from derive.powers import Outside
from derive.read.links import Claim, Document, Item, Link, Trouble
from derive.read.ranges import ranges_of
from derive.read.reading import Reading
from derive.read.result import Bare, Side
from derive.read.tokens import Place
from derive.read.values import Mismatch
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import HEADS, Apply, Entry, Partial, Range
from derive.writing.formula import LATEX, TEXT, write

ASKED = "asked for by the ! over the sign: a choice, not a consequence"
TWO_KINDS = "a number on one side, a random variable on the other: is E, Var or Cov missing?"
WORST = ("fails", "needs", "unreadable", "undecided", "holds")


@dataclass(frozen=True)
class LinkChecked:
    """One relation with its verdict; ``whole`` marks a chain from its first to its last side."""

    link: Link
    verdict: str
    judgement: Judgement | None
    message: str = ""
    whole: bool = False


@dataclass(frozen=True)
class ClaimChecked:
    """A claim, the verdicts on its links, and the worst of them."""

    claim: Claim
    model: Model
    links: tuple[LinkChecked, ...]
    verdict: str
    expected: str = ""
    trouble: Trouble | None = None

    @property
    def met(self) -> bool:
        """Whether the verdict is what the text said it expects."""
        return self.expected == self.verdict


@dataclass(frozen=True)
class FileChecked:
    """A document with the verdicts on its claims."""

    document: Document
    claims: tuple[ClaimChecked, ...]
    conflicts: tuple[Conflict, ...]

    def count(self, verdict: str) -> int:
        """How many claims have a verdict."""
        return sum(c.verdict == verdict for c in self.claims)


def check(document: Document, progress: Callable[[Claim], None] = lambda _: None) -> FileChecked:
    """Judge every claim of a document; the declarations in force at each are those before it."""
    judges: dict[int, Judge] = {}
    readings: dict[int, Reading] = {}
    found: list[ClaimChecked] = []
    for item in (*document.items, Item(Place(0, 0), "", (), document.reading)):
        judge = judges.setdefault(id(item.reading.model), Judge(item.reading.model))
        if id(item.reading) not in readings:
            readings[id(item.reading)], impossible = possible(item.reading, judge)
            found += (ClaimChecked(c, judge.model, (), "unreadable", "", c.trouble)
                      for c in impossible if c not in [f.claim for f in found])  # fmt: skip
        item = replace(item, reading=readings[id(item.reading)])
        for n, claim in enumerate(item.claims):
            progress(claim)
            if claim.kind == "distribution":
                before = [link for c in item.claims[:n] for link in c.links]
                found.append(_law(claim, item, before, judge))
            elif claim.kind == "shapes":
                found.append(_shapes(claim, item, judge))
            else:
                found.append(_checked(claim, item, judge))
    shown = tuple(c for c in found if c.links or c.verdict == "unreadable")
    return FileChecked(document, shown, tuple(conflicts(_told(shown))))


def _told(claims: Iterable[ClaimChecked]) -> Iterator[Told]:
    """What the claims say by themselves: no premises, no wholes of chains, no laws."""
    for c in claims:
        for j in c.links:
            if j.judgement is None or j.whole or j.link.given or j.link.sign not in ("=", "≈"):
                continue
            if not isinstance(j.judgement, LawJudgement):
                said, choice = j.judgement.statement, j.message in (CHOICE, ASKED)
                yield Told(c.claim, c.model, said, j.verdict, choice)


def _checked(claim: Claim, item: Item, judge: Judge) -> ClaimChecked:
    expected = item.mark.verdict if item.mark and item.mark.kind == "expect" else ""
    model = item.reading.model
    if claim.kind == "unreadable":
        return ClaimChecked(claim, model, (), "unreadable", expected, claim.trouble)
    if claim.kind != "relation":
        return ClaimChecked(claim, model, (), "", expected)
    links = [_link(link, item.reading, judge, claim.links) for link in claim.links]
    whole = claim.whole
    if whole is not None:
        links.append(replace(_link(whole, item.reading, judge), whole=True))
    links = [_doubted(_asked(link), item.reading) for link in links]
    verdict = min((c.verdict for c in links), key=WORST.index)
    return ClaimChecked(claim, model, tuple(links), verdict, expected)


def _law(claim: Claim, item: Item, before: Sequence[Link], judge: Judge) -> ClaimChecked:
    """The verdict on a claim that something has a law, as one link."""
    expected = item.mark.verdict if item.mark and item.mark.kind == "expect" else ""
    model, made = item.reading.model, claim.distribution
    if made is None:
        return ClaimChecked(claim, model, (), "", expected)
    try:
        found = judged(made, item.reading, before, judge)
    except (Undeclared, Mismatch, Refused, Outside) as why:
        words = said(why.reason, model) if isinstance(why, Refused) else str(why)
        trouble = Trouble(claim.where, words)
        return ClaimChecked(claim, model, (), "unreadable", expected, trouble)
    if found is None:
        return ClaimChecked(claim, model, (), "", expected)
    s = found.statement
    left, right = (Side(t, claim.where, write(t, model, LATEX)) for t in (s.left, s.right))
    link = LinkChecked(Link(left, "=", right), found.verdict, found, found.note)
    link = _doubted(link, item.reading)
    return ClaimChecked(claim, model, (link,), link.verdict, expected)


def _shapes(claim: Claim, item: Item, judge: Judge) -> ClaimChecked:
    """The verdicts on what a function is said to be in pieces, a link for each side."""
    expected = item.mark.verdict if item.mark and item.mark.kind == "expect" else ""
    model, requires = item.reading.model, item.reading.requires

    def decide(s: Statement) -> Judgement:
        found = judge.judge(s)
        holds = found.verdict == "holds" or not requires
        return found if holds else under(found, s, requires, judge)

    links = []
    for shape in claim.shapes:
        found = shaped(shape, judge, decide, _doubt(item.reading))
        note = found.note or found.equality.why
        links.append(LinkChecked(Link(shape.left, "=", shape.right), found.verdict, found, note))
    verdict = min((c.verdict for c in links), key=WORST.index)
    return ClaimChecked(claim, model, tuple(links), verdict, expected)


def _asked(link: LinkChecked) -> LinkChecked:
    """What shall be so and was not shown is a choice, unless nothing can make it so."""
    found = link.judgement
    if not link.link.asked or found is None or link.verdict == "holds":
        return link
    if link.link.sign != "=":
        return LinkChecked(link.link, "undecided", None, ASKED, link.whole)
    rest = found.equality.remainder
    never = link.verdict == "fails" and rest is not None and rest.is_number
    if never or link.message == OTHERWISE:
        return link
    found = replace(found, verdict="needs", needs=(), note=ASKED)
    return replace(link, verdict="needs", judgement=found, message=ASKED)


def _doubt(reading: Reading) -> str:
    """Why nothing can be said to fail: a fact that was declared and could not be read."""
    line = reading.doubtful
    return f"false without the fact in line {line}, which could not be read" if line else ""


def _doubted(link: LinkChecked, reading: Reading) -> LinkChecked:
    """Nothing is false for want of a fact that was declared and could not be read."""
    if link.verdict != "fails" or not reading.doubtful:
        return link
    return LinkChecked(link.link, "undecided", None, _doubt(reading), link.whole)


def _link(link: Link, reading: Reading, judge: Judge, chain: Sequence[Link] = ()) -> LinkChecked:
    """The verdict on one relation of a chain; one that is no equality is not decided."""
    model, judge = _drawn(link, reading, judge)
    try:
        over = _ranges(link, chain, model)
        statement = Statement(link.left.term, link.right.term, over)
        if _of_two_kinds(statement, model):
            return LinkChecked(link, "unreadable", None, TWO_KINDS)
        read = statement
        statement, slopes = worked_out(read, model)
        at = domain(link, statement, judge)
        judge = at.judge
        if at.never is not None:
            return LinkChecked(link, "undecided", None, said(at.never, model))
        same = [_same(b, over, model) for b in link.bare]
        given = _resolved([_premise(g, model) for g in link.given])
        asked = None
        if link.sign in ("=", "≈") and not given and model is reading.model:
            asked = chosen(statement, reading.requires, judge)
        found = asked or judge.judge(statement, same, given)
        if reading.requires and not (asked or given) and found.verdict != "holds":
            found = under(found, statement, reading.requires, judge)
        if reading.requires and not given:
            found = alike(found, same, equations(reading.requires), judge)
        if link.sign not in ("=", "≈"):
            other = _other_sign(link, found, at, equations(reading.requires), same)
            decided = other.judgement and _relied(other.judgement, link, reading, judge)
            return replace(other, judgement=decided)
        found = at.said(found)
        if statement != read:
            uses = judge.in_order({*slopes, *found.uses})
            read = replace(read, ranges=found.statement.ranges)
            found = replace(found, read=read, uses=uses)
        found = _relied(found, link, reading, judge)
    except (Mismatch, Refused, Undeclared, Outside) as why:
        words = said(why.reason, model) if isinstance(why, Refused) else str(why)
        return LinkChecked(link, "undecided", None, _of_a_cost(link, model) or words)
    if found.verdict == "holds":
        note = "≈ is = under what is declared" if link.sign == "≈" else found.note
        return LinkChecked(link, "holds", found, note)
    if found.verdict in ("fails", "undecided") and (note := _rounding(link, found, judge)):
        found = replace(found, verdict="holds", by=("arithmetic",))
        return LinkChecked(link, "holds", found, note)
    if link.sign == "≈" and of_numbers(link) and not (link.left.rounded or link.right.rounded):
        return LinkChecked(link, "undecided", None, "≈ without a decimal: how near is not said")
    return LinkChecked(link, found.verdict, found, found.note or found.equality.why)


def _of_a_cost(link: Link, model: Model) -> str:
    """Why nothing is known of a cost that stands in a relation by itself; "" if none does."""
    terms = [t for r in (link, *link.given) for t in (r.left.term, r.right.term)]
    for e in (e for t in terms for e, _ in occurrences(t, Entry)):
        if (cost := model.costs.get(e.name)) is not None:
            slope = write(Partial(e, cost.of), model, TEXT)
            return f"of the cost {e.name} only derivatives are known: say what {slope} is"
    return ""


def _ranges(link: Link, chain: Sequence[Link], model: Model) -> tuple[Range, ...]:
    """The ranges of a relation's indices, from the whole chain where they are not known here."""
    sides = [link.left.term, link.right.term]
    try:
        return ranges_of(sides, model, link.over)
    except Mismatch:
        if len(chain) < 2:
            raise
        free = {s for e in sides for s in e.free_symbols} - {r.index for r in link.over}
        everywhere = [e for one in chain for e in (one.left.term, one.right.term)]
        known = dict.fromkeys(r for one in chain for r in one.over)
        others = [r for r in ranges_of(everywhere, model, known) if r.index in free]
        return ranges_of(sides, model, (*link.over, *others))


def _rounding(link: Link, found: Judgement, judge: Judge) -> str:
    if link.left.rounded is None and link.right.rounded is None:
        return ""
    return rounding(link, *judge.written(found.statement))


def _drawn(link: Link, reading: Reading, judge: Judge) -> tuple[Model, Judge]:
    """The model with what the relation calls by its law or formula alone, and a judge of it."""
    m, drawn, bent = reading.model, reading.names.drawn, reading.names.bent
    if not drawn and not bent:
        return m, judge
    terms = [t for r in (link, *link.given) for t in (r.left.term, r.right.term)]
    names = {e.name for t in terms for e in t.atoms(Entry, Apply)}
    called = sorted(names & drawn.keys())
    shapes = sorted(names & bent.keys())
    if not called and not shapes:
        return m, judge
    families = {**m.families, **{n: Family(n, "random") for n in called}}
    functions = {**m.functions, **{n: Function(n) for n in shapes}}
    facts: list[Fact] = [Distributed(Entry(n), drawn[n]) for n in called]
    facts += [bent[n] for n in shapes]
    assumed = [Assumption(n, (f,), "") for n, f in zip([*called, *shapes], facts, strict=True)]
    assumptions = [*m.assumptions, *assumed]
    model = replace(m, families=families, functions=functions, assumptions=assumptions)
    return model, Judge(model)


def _relied(found: Judgement, link: Link, reading: Reading, judge: Judge) -> Judgement:
    """What the relation rests on: with what it was read by, and no functions without a name."""
    bent = reading.names.bent.keys()
    if not link.relies and bent.isdisjoint(found.uses):
        return found
    return replace(found, uses=judge.in_order({*link.relies, *found.uses} - bent))


def _same(bare: Bare, over: tuple[Range, ...], model: Model) -> Statement:
    """That a moment of any one entry is the same for all of them."""
    moment, free, under = bare
    first = {r.index: r.lo for r in free}
    known = {r.index for r in (*under, *free)}
    rest = [r for r in over if r.index not in known]
    ranges = ranges_of([moment], model, (*rest, *under, *free))
    return Statement(moment, put(moment, first), ranges)


def _premise(link: Link, model: Model) -> Statement:
    over = ranges_of([link.left.term, link.right.term], model, link.over)
    return worked_out(Statement(link.left.term, link.right.term, over), model)[0]


def _other_sign(
    link: Link,
    found: Judgement,
    at: Domain,
    requires: Sequence[Statement],
    same: Sequence[Statement],
) -> LinkChecked:
    """The verdict on an inequality, given what was found of its sides as an equality.

    Any one entry in it may be any other one, if it is to hold: moments are the ``same`` for all.
    """
    decided = None
    if link.sign in SIGNS and not link.given:
        decided = compared(link.sign, found, at.judge, requires)
    if decided is None:
        factor = ": write = and the factor" if link.sign == "∝" else ""
        return LinkChecked(link, "undecided", None, f"{link.sign} is not decided{factor}")
    decided = at.said(alike(decided, same, requires, at.judge))
    return LinkChecked(link, decided.verdict, decided, decided.note)


def _of_two_kinds(s: Statement, model: Model) -> bool:
    """Whether one side is a moment and the other random: nobody means that."""
    made: dict[str, list[Expr]] = {}
    for d in model.definitions:
        made.setdefault(d.statement.left.name, []).append(d.statement.right)

    def random(e: Expr, met: set[str]) -> bool:
        if isinstance(e, HEADS):
            return False
        if isinstance(e, Entry) and e.name in model.families:
            if model.families[e.name].kind != "defined":
                return model.families[e.name].kind == "random"
            new = e.name not in met
            met.add(e.name)
            return new and any(random(part, met) for part in made.get(e.name, ()))
        return isinstance(e, Partial) or any(random(a, met) for a in e.args)

    sides = (s.left, s.right)
    return any(
        e.has(*HEADS) and not random(e, set()) and random(other, set())
        for e, other in (sides, sides[::-1])
    )


def _resolved(given: list[Statement]) -> list[Statement]:
    """Premises with the last side of a chain on the right: a = b = 0 is a = 0, b = 0."""
    ends = {(s.left, s.ranges): s.right for s in given}
    found = []
    for s in given:
        seen = {s.left}
        while (s.right, s.ranges) in ends and s.right not in seen:
            seen.add(s.right)
            s = replace(s, right=ends[s.right, s.ranges])
        found.append(s)
    return found
