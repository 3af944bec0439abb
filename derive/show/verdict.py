"""What there is to say about one judged relation, row by row. Not trusted: computes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sympy import Expr, Integer

from derive.judging.check import ClaimChecked, LinkChecked
from derive.judging.coincidence import coincidence
from derive.judging.equality import Equality
from derive.judging.judge import Judgement
from derive.judging.lawful import LawJudgement
from derive.judging.search import steps
from derive.judging.telling import Outcomes, drawn, told
from derive.model import Distributed, Statement
from derive.real import shown
from derive.show.lines import tied
from derive.show.words import Voice
from derive.subterms import occurrences
from derive.terms import Entry, Partial, Product, Range, term
from derive.writing.spelling import ASCII, Spelling

MARKS = {"holds": "✓", "needs": "○", "fails": "✗", "undecided": "~", "unreadable": "?"}
PLAIN_MARKS = {"holds": "+", "needs": "o", "fails": "x", "undecided": "~", "unreadable": "?"}
STYLES = {
    "holds": "good", "needs": "warn", "fails": "bad", "undecided": "warn", "unreadable": "bad",
}  # fmt: skip
LAWS = {
    "moments": "normal form of moments",
    "pieces": "normal form of functions in pieces",
    "moments, telescoping products": "normal forms of moments and of telescoping products",
    "definitions, moments": "normal form of moments, with definitions put in",
    "telescoping products": "normal form of telescoping products",
    "definitions": "definitions, the chain rule, and algebra",
    "as required": "it was required",
    "induction": "induction on the layer; base and step by the normal form of moments",
    "squares": "normal form of the squares of both sides",
    "signs": "normal form of what is left over, which has that sign",
}


@dataclass(frozen=True)
class Row:
    """A label, then words, then a formula with the ranges it is about; a note comes last."""

    label: str
    words: str = ""
    formula: Expr | Statement | None = None
    sign: str = "="
    over: tuple[Range, ...] = ()
    note: str = ""


def mark(verdict: str, form: Spelling) -> str:
    """The verdict with its sign."""
    return f"{(PLAIN_MARKS if form is ASCII else MARKS)[verdict]} {verdict}"


def lacking(links: Iterable[LinkChecked], voice: Voice) -> str:
    """The facts that are missing, in words."""
    said: dict[str, None] = {}
    for c in links:
        if c.verdict == "needs" and c.judgement:
            facts = c.judgement.needs
            said |= dict.fromkeys(voice.assumption(f.assumption) for f in facts)
            said |= {} if facts else {"itself": None}
    return " and ".join(said)


def paste(found: LinkChecked) -> list[str]:
    """The declarations with which a claim would hold, each a line to paste."""
    j = found.judgement
    if j is None or found.verdict != "needs":
        return []
    return [fact.line for fact in j.needs] or [f"require {found.link.plain}"]


def names(uses: Iterable[str], found: LinkChecked, voice: Voice) -> list[str]:
    """Assumptions as a reader knows them: by their names, or by what they say."""
    known = {a.name: a for a in voice.model.assumptions}
    said: dict[str, None] = {}
    for name in uses:
        if name.startswith("premise ") and name not in known:
            said[found.link.given[int(name.split()[1]) - 1].text] = None
        elif "\\" not in name or name not in known:
            said[name] = None
        else:
            said[voice.assumption(known[name])] = None
    return list(said)


def rows(found: LinkChecked, voice: Voice, *, tex: bool = False) -> Iterator[Row]:
    """The rows of a relation: how it was read, then what was found out."""
    j = found.judgement
    if j is None:
        link = found.link
        plain = Statement(link.left.term, link.right.term, link.over)
        yield Row("read as", formula=plain, sign=link.sign, over=link.over)
        yield Row("why", voice.text(found.message))
        return
    if isinstance(j, LawJudgement) and j.fact is not None:
        over = j.fact.ranges if isinstance(j.fact, Distributed) else ()
        yield Row("read as", voice.fact(j.fact), over=over)
    else:
        yield from _read_as(found, j, voice)
    for given in found.link.given:
        yield Row("if", given.text)
    yield from _ACTS[found.verdict](found, j, voice)
    if found.verdict == "needs":
        prefix = "% derive: " if tex else ""
        for line in paste(found):
            if line.startswith(r"\quad"):
                yield Row("", "to say it, add to the formula:  " + tied(line))
            else:
                yield Row("", "to declare it, add:  " + tied(prefix + line))
    if found.message and found.message not in (j.equality.why, "as required"):
        yield Row("", voice.text(found.message))


def _read_as(found: LinkChecked, j: Judgement, voice: Voice) -> Iterator[Row]:
    yield Row(
        "read as", formula=j.read or j.statement, sign=found.link.sign, over=j.statement.ranges,
        note="; ".join(filter(None, (_least(j, voice), _any_entry(found, voice)))),
    )  # fmt: skip


def _holds(found: LinkChecked, j: Judgement, voice: Voice) -> Iterator[Row]:
    by = "; ".join(_ways(j))
    if by:
        yield Row("by", voice.text(by))
    used = names(j.uses, found, voice)
    if used:
        yield Row(" " if by else "by", "; ".join(map(tied, used)))


def _ways(j: Judgement) -> list[str]:
    """What a claim goes by, apart from what was assumed."""
    if j.laws:
        return [tied(f"{n}, by induction" if n in j.by_induction else n) for n in j.laws]
    if j.by == ("definitions",):
        return _of_values(j)
    if j.derivation is not None and j.by != ("arithmetic",):
        return [] if j.uses else ["algebra"]
    by = ", ".join(LAWS.get(b, b) for b in j.by if b)
    return [f"decided by the {by}" if by.startswith("normal form") else by] if by else []


def _of_values(j: Judgement) -> list[str]:
    """What an equality of values goes by, apart from what was assumed."""
    if j.derivation is None:
        return [LAWS["definitions"]]
    rules = {step.rule for step in steps(j.derivation)}
    said = ["definitions"] if rules & {"definition", "derivative"} else []
    said += ["the chain rule"] if "chain rule" in rules else []
    return [" and ".join(said)] if said else [] if j.uses else ["algebra"]


def _needs(found: LinkChecked, j: Judgement, voice: Voice) -> Iterator[Row]:
    if j.needs:
        yield from _difference(j.equality)


def _fails(found: LinkChecked, j: Judgement, voice: Voice) -> Iterator[Row]:
    closed = any(next(occurrences(e, Product), None) for e in (j.statement.left, j.statement.right))
    yield from _difference(j.equality, ratio_first=closed)
    yield from _numbers(j.equality, voice)
    yield from _nearest(j, voice)
    if (when := coincidence(j.equality)) is not None:
        yield Row("", "true as printed when ", when)


def _nearest(j: Judgement, voice: Voice) -> Iterator[Row]:
    for edit in j.nearest:
        changed = f"({voice.text(edit.changed)})"
        yield Row("", "nearest true:  ", edit.statement, note=changed)


def _unreadable(found: LinkChecked, j: Judgement, voice: Voice) -> Iterator[Row]:
    return iter(())


def _undecided(found: LinkChecked, j: Judgement, voice: Voice) -> Iterator[Row]:
    yield from _difference(j.equality)
    yield Row("why", voice.text(j.equality.why or "neither shown nor refuted by small numbers"))


_ACTS = {
    "holds": _holds, "needs": _needs, "fails": _fails, "undecided": _undecided,
    "unreadable": _unreadable,
}  # fmt: skip


def _difference(e: Equality, *, ratio_first: bool = False) -> Iterator[Row]:
    ratio = e.ratio and e.ratio[0] / e.ratio[1]
    if ratio is not None and e.statement.right != 0:
        ratio = None if ratio == e.statement.left / e.statement.right else ratio
    if ratio is not None and (ratio_first or e.remainder is None):
        yield Row("", "left / right = ", ratio)
    elif e.remainder is not None:
        yield Row("", "left - right = ", e.remainder)


def _numbers(e: Equality, voice: Voice) -> Iterator[Row]:
    if e.example is None:
        return
    w = e.example
    at = ", ".join(tied(f"{voice.formula(x)} = {_number(value, voice)}") for x, value in told(e))
    sides = ", ".join(
        f"{name} {value}" if isinstance(value, Fraction) else
        f"{name} {voice.formula(value)}, about {shown(value)}"
        for name, value in (("left", w.left), ("right", w.right))
    )  # fmt: skip
    yield Row("", f"{at}:  {sides}" if at else sides)
    for name, law in drawn(e):
        yield Row("", f"where {voice.form.letter(name)} is {_outcomes(law, voice)}")


def _outcomes(law: Outcomes, voice: Voice) -> str:
    """Values and their probabilities."""
    if len({p for _, p in law}) == 1:
        values = [_number(term(value), voice) for value, _ in law]
        each = f", each with probability {law[0][1]}" if len(values) > 1 else ""
        return f"{_or(values)}{each}"
    return _or([f"{_number(term(value), voice)} with probability {p}" for value, p in law])


def _or(said: Sequence[str]) -> str:
    return " or ".join([", ".join(said[:-1]), said[-1]]) if len(said) > 1 else said[0]


def _number(value: object, voice: Voice) -> str:
    return voice.formula(value) if isinstance(value, Expr) else str(value)


def _least(j: Judgement, voice: Voice) -> str:
    """How large sizes have to be for everything in the claim to exist, and what else that takes."""
    said = [*((size, "≥", Integer(least)) for size, least in j.least), *j.where]
    where = (f"{voice.formula(a)} {sign} {voice.formula(b)}" for a, sign, b in said)
    return ", ".join(map(voice.text, where))


def _any_entry(found: LinkChecked, voice: Voice) -> str:
    """The families that were written without indices."""
    said: dict[str, None] = {}
    for bare in found.link.bare:
        for e, _ in occurrences(bare.moment, (Entry, Partial)):
            free = {r.index for r in bare.over} & e.free_symbols
            if free and isinstance(e, Partial):
                said[f"{voice.form.partial}{e.of.name}/{voice.form.partial}{e.by.name}"] = None
                break
            if free and isinstance(e, Entry):
                said[voice.form.letter(e.name)] = None
    return f"{', '.join(said)}: any one entry" if said else ""


def reason(claim: ClaimChecked, form: Spelling) -> str:
    """Why a claim has its verdict, in one line."""
    if claim.trouble is not None:
        return claim.trouble.reason
    voice = Voice(claim.model, form)
    worst = next((c for c in claim.links if c.verdict == claim.verdict), None)
    if worst is None or worst.judgement is None:
        return voice.text(worst.message) if worst else ""
    if claim.verdict == "needs":
        said = voice.text(worst.message)
        return f"needs {lacking([worst], voice)}" if worst.judgement.needs else said
    if claim.verdict == "holds":
        used = names(worst.judgement.uses, worst, voice)
        return f"by {'; '.join(used)}" if used else ""
    told = [
        row.words.rstrip(" ") + " " * (row.formula is not None)
        + (voice.formula(row.formula) if row.formula is not None else "")
        for row in rows(worst, voice)
        if row.label not in ("read as", "if")
    ]  # fmt: skip
    nearest = [words for words in told[2:] if words.startswith("nearest true")]
    return "; ".join([*told[:2], *nearest[:1]])
