"""Files that were checked as JSON, for other programs. Not trusted: it repeats what was found.

Terms are in the declaration language, which `derive` reads back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from sympy import Expr

from derive import __version__
from derive.judging.check import ClaimChecked, LinkChecked
from derive.judging.conflicts import Conflict
from derive.judging.documents import Checked, counted
from derive.judging.judge import Judgement
from derive.judging.lawful import LawJudgement
from derive.judging.telling import told
from derive.model import Model, Statement
from derive.read.declarations import Declarations
from derive.read.tokens import Place
from derive.show.verdict import names, paste
from derive.show.words import Voice
from derive.terms import Range
from derive.writing.formula import SOURCE, write
from derive.writing.spelling import TEXT

SCHEMA = 1
Object = dict[str, Any]
Recorded = Callable[[LinkChecked, Model], Object]


def as_json(
    files: Sequence[Checked], only: Collection[str] = (), derivation: Recorded | None = None
) -> str:
    """The JSON text of files that were checked; ``only`` are the verdicts to list.

    ``derivation`` makes of what holds a record that `derive replay` reads.
    """
    whole = {
        "schema": SCHEMA,
        "version": __version__,
        "files": [_file(f, only, derivation) for f in files],
        "summary": counted(c for f in files for c in f.claims),
    }
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _file(file: Checked, only: Collection[str], derivation: Recorded | None) -> Object:
    said: Object = {"file": file.name}
    if file.problem or file.found is None:
        return {**said, "problem": file.problem, "claims": [], "conflicts": []}
    claims = [
        link
        for n, claim in enumerate(file.claims, start=1)
        if not only or claim.verdict in only
        for link in _claim(file, claim, n, derivation)
    ]
    said |= {"claims": claims, "conflicts": [_conflict(file, c) for c in file.conflicts]}
    return said | {"inline": file.found.document.inline}


def _place(file: Checked, where: Place) -> Object:
    name, line, column = file.at(where)
    said: Object = {"line": line, "column": column}
    return said if name == file.name else {**said, "file": name}


def _claim(
    file: Checked, claim: ClaimChecked, number: int, derivation: Recorded | None
) -> Iterator[Object]:
    """One object for each link, and one for the chain as a whole."""
    common = {"chain": number, "expected": claim.expected or None}
    if claim.trouble is not None:
        yield {
            **_place(file, claim.trouble.where), "latex": claim.claim.text,
            "tag": claim.claim.tag or None, **common, "link": 1, "verdict": claim.verdict,
            "message": claim.trouble.reason,
        }  # fmt: skip
        return
    for n, found in enumerate(claim.links, start=1):
        yield {
            **_place(file, found.link.where), "latex": found.link.text,
            "tag": found.link.tag or claim.claim.tag or None, **common,
            "link": None if found.whole else n, **_link(found, claim.model),
            **(derivation(found, claim.model) if derivation else {}),
        }  # fmt: skip


def _link(found: LinkChecked, model: Model) -> Object:
    j = found.judgement
    said: Object = {"verdict": found.verdict, "message": found.message}
    if j is None:
        plain = Statement(found.link.left.term, found.link.right.term)
        return {"read_as": _relation(plain, found.link.sign, model), **said}
    e = j.equality
    example = e.example and {
        "at": {write(what, model, SOURCE): str(value) for what, value in told(e)},
        "left": str(e.example.left),
        "right": str(e.example.right),
    }
    wrong = found.verdict == "fails"
    return {
        "read_as": _read_as(j, found.link.sign, model),
        "for": [
            *(_range(r, model) for r in j.statement.ranges),
            *(f"{write(size, model, SOURCE)} >= {least}" for size, least in j.least),
            *(_relation(Statement(a, b), sign, model) for a, sign, b in j.where),
        ],
        **said,
        "by": list(j.laws or j.by),
        "uses": names(j.uses, found, Voice(model, TEXT)),
        "needs": paste(found),
        "remainder": _term(e.remainder, model),
        "ratio": _term(e.ratio[0] / e.ratio[1], model) if e.ratio and wrong else None,
        "counterexample": example if wrong else None,
        "nearest": [
            {"latex": write(n.statement, model, SOURCE), "changed": n.changed} for n in j.nearest
        ],
    }


def _read_as(j: Judgement, sign: str, model: Model) -> str:
    if isinstance(j, LawJudgement) and j.fact is not None:
        return Declarations(model).fact(j.fact)
    return _relation(j.read or j.statement, sign, model)


def _relation(s: Statement, sign: str, model: Model) -> str:
    return f"{write(s.left, model, SOURCE)} {SIGNS.get(sign, sign)} {write(s.right, model, SOURCE)}"


SIGNS = {"≈": r"\approx", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "∝": r"\propto"}


def _term(e: Expr | None, model: Model) -> str | None:
    return None if e is None else write(e, model, SOURCE)


def _range(r: Range, model: Model) -> str:
    index, lo, hi, but = r
    said = f"{write(index, model, SOURCE)} = {write(lo, model, SOURCE)}..{write(hi, model, SOURCE)}"
    return said + "".join(rf", {index} \ne {write(b, model, SOURCE)}" for b in but)


def _conflict(file: Checked, c: Conflict) -> Object:
    claims = [{**_place(file, a.where), "latex": a.text, "tag": a.tag or None} for a in c.claims]
    return {"claims": claims, "message": c.why}
