"""Declarations of which some lines cannot be read: the others count, and nothing gets untrue."""

from __future__ import annotations

import pytest

from derive.judging.check import FileChecked, check
from derive.read.document import document

BLOCK = """\
size n
random w_j, x_j for j = 1..n
let y = \\sum_{j=1}^{n} w_j x_j
let v = y + 1
assume independent w_j, x_j
assume E[w_j] = 0; E[x_j] = 0
assume same law w_j over j; same law x_j over j
"""
RIGHT = r"\operatorname{Var}[y] = n \operatorname{Var}[w] \operatorname{Var}[x]"
WRONG = r"\operatorname{Var}[y] = n^2 \operatorname{Var}[w] \operatorname{Var}[x]"


def checked(block: str, *claims: str) -> FileChecked:
    shown = "".join(f"\n$${claim}$$\n" for claim in claims)
    return check(document(f"```derive\n{block}```\n{shown}"))


def verdicts(found: FileChecked) -> list[tuple[str, str]]:
    return [(c.verdict, c.trouble.reason if c.trouble else "") for c in found.claims]


UNKNOWN = "declarations: unknown name q: 'size q' before this declares it"


def changed(old: str, new: str) -> str:
    assert old in BLOCK
    return BLOCK.replace(old, new)


def test_a_bad_line_is_left_out_and_the_others_count() -> None:
    found = checked(BLOCK + "random u_j for j = 1..q\n", RIGHT)
    assert verdicts(found) == [("unreadable", UNKNOWN), ("holds", "")]
    assert found.claims[0].claim.text == "random u_j for j = 1..q"
    assert found.claims[0].trouble is not None
    assert tuple(found.claims[0].trouble.where) == (9, 16)


def test_every_bad_line_is_said() -> None:
    found = checked(BLOCK + "random a_j for j = 1..q\nlet b = 2 c\n", RIGHT)
    assert [v for v, _ in verdicts(found)] == ["unreadable", "unreadable", "holds"]


def test_what_a_bad_line_was_to_declare_is_not_read_anywhere() -> None:
    block = changed("random w_j, x_j", "random u_j for j = 1..q\nrandom w_j, x_j")
    found = checked(block + "let z = \\sum_{j=1}^{n} u_j\n", r"E[z] = n E[u]", RIGHT)
    assert verdicts(found) == [
        ("unreadable", UNKNOWN),
        ("unreadable", "declarations: u has no meaning: line 3 could not be read"),
        ("unreadable", "z has no meaning: line 3 could not be read"),
        ("holds", ""),
    ]


def test_a_name_that_is_lost_is_no_index_and_no_product_of_others() -> None:
    letter = checked("size n, k of it\nrandom x_j for j = 1..n\n", "E[x_k] = E[x_k]")
    assert letter.claims[1].verdict == "unreadable"
    word = checked("random a, b\ngiven ab of it\n", "ab = a b")
    assert [c.verdict for c in word.claims] == ["unreadable", "unreadable"]


def test_what_is_made_of_a_lost_part_is_lost() -> None:
    block = """size T
random x, u_t for t = 1..T
let h_0 = x x x_
let h_t = u_t for t = 1..T
let g_t = 2 h_t for t = 1..T
"""
    found = checked(block, r"\operatorname{Var}[g_t] = 4 \operatorname{Var}[u_t]")
    assert verdicts(found)[1:] == [("unreadable", "g has no meaning: line 4 could not be read")]


def test_a_name_declared_twice_means_nothing() -> None:
    found = checked("size n\nrandom x, n\n", "E[n] = n")
    assert [v for v, _ in verdicts(found)] == ["unreadable", "unreadable"]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [("assume E[w_j] = O", "needs"), ("E[w_j] = 0", "needs"), ("assume independant w_j", "holds")],
)
def test_a_fact_that_is_not_read_makes_nothing_true(line: str, verdict: str) -> None:
    first = "assume E[w_j] = 0; E[x_j] = 0"
    block = changed(first, line) if "0" in line or "O" in line else BLOCK + line + "\n"
    assert [v for v, _ in verdicts(checked(block, RIGHT))] == ["unreadable", verdict]


def test_a_fact_that_is_not_read_makes_nothing_false() -> None:
    found = checked(BLOCK + "assume n = 1 of course\n", WRONG)
    assert [v for v, _ in verdicts(found)] == ["unreadable", "undecided"]
    assert found.claims[1].links[0].message == (
        "false without the fact in line 9, which could not be read"
    )
    law = "random W\nrequire Var[W] = 1/n/\n"
    found = checked("size n\n" + law, r"W \sim U[-1, 1]")
    assert "fails" not in [c.verdict for c in found.claims]


@pytest.mark.parametrize("line", ["nwe", "new topic", "use nothing", "forget it all", "read N"])
def test_where_everything_may_be_meant_nothing_is_read(line: str) -> None:
    found = checked(BLOCK + line + "\n", RIGHT)
    assert [v for v, _ in verdicts(found)] == ["unreadable", "unreadable"]
    assert "line 9" in verdicts(found)[1][1]


def test_new_forgets_what_was_lost() -> None:
    block = "random u for j\nassume E[u] = O\nnew\n"
    found = checked(block + BLOCK, RIGHT, WRONG)
    assert [v for v, _ in verdicts(found)] == ["unreadable", "unreadable", "holds", "fails"]


def test_what_is_lost_in_one_block_is_lost_in_the_next() -> None:
    text = "```derive\nrandom u for j\n```\n\n```derive\nrandom x\n```\n\n$$E[u] = E[u]$$\n"
    assert [c.verdict for c in check(document(text)).claims] == ["unreadable", "unreadable"]


def test_many_bad_lines_leave_nothing() -> None:
    found = checked(BLOCK + "random u for j\n" * 50, RIGHT)
    assert [v for v, _ in verdicts(found)] == ["unreadable", "unreadable"]


def test_an_expected_failure_does_not_count_as_met() -> None:
    text = f"```derive\n{BLOCK}assume E[w] = O\n```\n<!-- derive: expect fails -->\n$${WRONG}$$"
    assert not check(document(text)).claims[-1].met
