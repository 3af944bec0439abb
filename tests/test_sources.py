"""The shipped sources: our verdict on each claim against the one that was worked out by hand."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from derive.errors import Undeclared
from derive.judging.check import WORST, FileChecked, check
from derive.judging.shipped import source, sources
from derive.read.document import document

DATA = Path(__file__).parent / "data"
EXPECTED = json.loads((DATA / "expected_verdicts.json").read_text(encoding="utf-8"))
RIGHT = {
    "holds": {"holds"},
    "holds-under-convention": {"holds", "needs"},
    "approximate": {"holds", "undecided"},
    "fails": {"fails"},
}
DECIDED = ("holds", "needs", "fails")
# A choice of weights holds only as what it is: "needs", a choice and no consequence.
CHOSEN = ("init-condition", "definition", "distribution")
# "Does not follow": with the facts that are missing it does, and they are named.
DOES_NOT_FOLLOW = ("S004-06", "DA-03")
DAMAGED = ("S001-37", "S001-50")
# A number on one side and a vector or something random on the other.
OF_TWO_KINDS = ("GBW-01", "GBW-30")


@cache
def checked(name: str) -> FileChecked:
    return check(source(name))


def verdict(row: dict[str, Any]) -> str:
    """The worst verdict on the claims with the tag, or whether a conflict was found."""
    found = checked(row["source"])
    if row["tag"] == "conflict":
        return "fails" if found.conflicts else "undecided"
    verdicts = [c.verdict for c in found.claims if c.claim.tag == row["tag"]]
    return min(verdicts, key=WORST.index)


def allowed(row: dict[str, Any]) -> set[str]:
    if row["id"] in DAMAGED + OF_TWO_KINDS:
        return {"unreadable", "fails"}
    if row["id"] in DOES_NOT_FOLLOW:
        return {"needs", "fails"}
    more = {"needs"} if row["kind"] in CHOSEN else set()
    return RIGHT[row["expected"]] | more


@pytest.mark.parametrize("row", EXPECTED, ids=[r["id"] for r in EXPECTED])
def test_verdict_is_the_one_worked_out_by_hand(row: dict[str, Any]) -> None:
    assert verdict(row) in allowed(row)


def test_nothing_wrong_holds_and_nothing_right_fails() -> None:
    for row in EXPECTED:
        found = verdict(row)
        assert not (row["expected"] == "fails" and found == "holds"), row
        assert not (row["expected"] != "fails" and found == "fails"), row


def test_nearly_everything_is_decided() -> None:
    undecided = [r["id"] for r in EXPECTED if verdict(r) not in DECIDED]
    assert len(undecided) <= 0.05 * len(EXPECTED), undecided


def test_damaged_lines_are_never_said_to_hold() -> None:
    """Neither as they are shipped nor as the text was extracted, without what was read into it."""
    damaged = {r["id"]: verdict(r) for r in EXPECTED if r["id"] in DAMAGED}
    assert damaged == dict(zip(DAMAGED, ("fails", "unreadable"), strict=True))
    assert all(verdict(r) != "holds" for r in EXPECTED if r["id"] in OF_TWO_KINDS)
    declared = "```derive\nrandom x, y\nassume x independent of y\n```\n"
    for end in (r"\mathbb{E}[x]\mathbb{E}[y]", r"\mathbb{E}[xy]", "x + y", "[x + y]"):
        for link in ("", r"= \cdots ", r"= \mathbb{V}[y] + \mathbb{V}[x] "):
            text = rf"$$\mathbb{{V}}[x+y] {link}= \mathbb{{V}}[x] + \mathbb{{V}}[y] = {end}$$"
            (found,) = check(document(declared + text)).claims
            assert found.verdict in ("fails", "unreadable"), text


@pytest.mark.parametrize("name", sources())
def test_every_claim_has_a_tag_and_no_declaration_is_unreadable(name: str) -> None:
    found = checked(name)
    tags = {r["tag"] for r in EXPECTED if r["source"] == name}
    assert tags - {"conflict"} <= {c.claim.tag for c in found.claims}
    assert [c.claim.text for c in found.claims if not c.claim.tag] == []


def test_printed_products_get_their_nearest_true_statements() -> None:
    found = {c.claim.tag: c.links[0].judgement for c in checked("glorot").claims}
    for tag, changed in (
        ("6", ["lower limit i → i + 1", "left side ∂C/∂z^i instead of ∂C/∂s^i"]),
        ("7", ["both limits one higher: i' = i + 1, …, d"]),
        ("13", ["Var[x] → Var[∂C/∂s^d]"]),
    ):
        judgement = found[tag]
        assert judgement is not None
        assert [e.changed for e in judgement.nearest][: len(changed)] == changed


def test_printed_6_and_7_contradict_each_other() -> None:
    for name in ("glorot", "question"):
        conflicts = [[c.tag for c in f.claims] for f in checked(name).conflicts]
        assert conflicts == [["5", "6", "7"]]
    assert checked("reading-note").conflicts == ()


def test_a_source_that_is_not_shipped() -> None:
    with pytest.raises(Undeclared, match="nearest: glorot"):
        source("gloro")
