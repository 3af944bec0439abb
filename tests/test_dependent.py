"""What a definition shows to be dependent is not declared independent."""

from __future__ import annotations

import pytest

from derive.errors import Unreadable
from derive.read.declare import declare, notation

NAMES = (
    "size n\nrandom x, w, v\nrandom u_j, q_j for j = 1..n\ngiven c\ngiven a > 0\nlet y = {}\n"
    "let s = 3 x\nlet b_j = {} for j = 1..n\n"
)
DEPENDENT = [
    ("2 x", "independent x, y", "Cov[x, y] is 2 Var[x]|tell each other's value"),
    ("2 x", "independent y, x", "tell each other's value"),
    ("2 x", "y independent of x", "tell each other's value"),
    ("2 x", "x independent of y", "tell each other's value"),
    ("x^3 + c", "y independent of x", "x and y tell each other's value"),
    ("s", "y independent of x", "tell each other's value"),
    ("2 x", "y independent of s", "tell each other's value"),
    ("x - a x^3", "independent x, w", ""),
    ("x + w", "independent x, w\nassume y independent of x", "Cov[x, y] is Var[x]"),
    ("x + w", "y independent of x\nassume independent x, w", "Cov[x, y] is Var[x]"),
    ("x - a w", "independent x, w\nassume y independent of w", "Cov[w, y] is -a Var[w]"),
    ("w x", "independent x, w\nassume E[w] = 2; y independent of x", "Cov[x, y] is 2 Var[x]"),
    (
        "w x",
        "independent x, w\nassume E[x] = 0; E[w] = 0\nassume independent y, x, w",
        "y is made of w, x alone, and not fixed",
    ),
    (
        r"\sum_{j=1}^n u_j",
        "independent u_j\nassume y independent of u",
        "Cov[u_j, y] is Var[u_j] by definition",
    ),
    (
        r"\sum_{j=1}^n u_j q_j",
        "independent u_j, q_j; E[q_j] = 1\nassume independent y, u_j",
        "Cov[u_j, y] is Var[u_j] by definition",
    ),
]
FAMILIES = [
    (
        "u_j + q_j",
        "independent u_j, q_j; b_j independent of u_j",
        "Cov[u_1, b_1] is Var[u] by definition",
    ),
    (
        "u_j + q_j",
        "independent u_j, q_j; b independent of u",
        "Cov[u_1, b_1] is Var[u] by definition",
    ),
    ("u_j + x", "independent u_j, x; independent b_j", "is Var[x]"),
    ("c u_j + 1", "independent u_j", ""),
    ("a u_j", "independent b_j, u_j", "tell each other's value"),
    ("w u_j", "independent w, u_j; independent w, b_j", ""),
]
POSSIBLE = [
    ("w x", "independent x, w\nassume y independent of x; y independent of w"),
    ("w x", "independent x, w; E[w] = 0\nassume y independent of x"),
    ("x^2", "y independent of x"),
    ("c x", "y independent of x"),
    ("x + w", "y independent of x"),
    ("x + w", "independent x, w\nassume y independent of v"),
    (r"\sum_{j=1}^n u_j q_j", "independent u_j, q_j; E[q_j] = 0\nassume y independent of u"),
    (r"\sum_{j=1}^n u_j q_j", "independent u_j, q_j; E[q_j] = 0\nassume independent y, u_j"),
    ("x - w", "y independent of s"),
]


@pytest.mark.parametrize(("y", "facts", "why"), DEPENDENT)
def test_what_is_dependent_by_definition_is_not_independent(y: str, facts: str, why: str) -> None:
    said(NAMES.format(y, "u_j"), facts, why)


@pytest.mark.parametrize(("b", "facts", "why"), FAMILIES)
def test_entries_that_are_dependent_by_definition(b: str, facts: str, why: str) -> None:
    said(NAMES.format("w", b), facts, why)


def said(names: str, facts: str, why: str) -> None:
    text = f"{names}assume {facts}"
    if not why:
        assert declare(text).model.assumptions
        return
    with pytest.raises(Unreadable) as no:
        declare(text)
    assert any(part in no.value.reason for part in why.split("|")), no.value.reason
    assert "contradict" in no.value.reason and "take one away" in no.value.reason
    assert no.value.line >= 9


@pytest.mark.parametrize(("y", "facts"), POSSIBLE)
def test_what_may_be_independent_by_luck_is_taken(y: str, facts: str) -> None:
    assert declare(f"{NAMES.format(y, 'u_j')}assume {facts}").model.assumptions


def test_notations_say_nothing_of_the_kind() -> None:
    for name in ("he", "glorot", "residual", "ubc"):
        assert notation(name).model.assumptions


def test_the_error_stands_at_the_line_that_says_independent() -> None:
    text = "random x, w\nlet y = x + w\nassume apart: y independent of x\nassume independent x, w"
    with pytest.raises(Unreadable) as no:
        declare(text)
    assert (no.value.line, no.value.column) == (3, 15)
    assert no.value.reason == (
        "apart, independent x, w contradict each other: Cov[x, y] is Var[x] by definition: "
        "take one away"
    )
