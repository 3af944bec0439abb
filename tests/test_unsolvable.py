"""Sizes that cannot be: equations between them are held against each other and against bounds."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, Rational, symbols

from derive.judging.check import check
from derive.model import Model, Statement, ranges
from derive.read.document import document
from derive.rivals import declared, rivals
from derive.unsolvable import of_sizes, unsolvable

n, m, k, i = symbols("n m k i")


def model() -> Model:
    made = Model("sizes")
    made.size("n")
    made.size("m", 0)
    made.size("k", 3)
    return made


def none(*equations: tuple[Expr | int, Expr | int]) -> list[tuple[set[str], Expr]]:
    said = [Statement(a + Integer(0), b + Integer(0)) for a, b in equations]
    found = unsolvable(((s, frozenset({f"{at}"})) for at, s in enumerate(said)), model())
    return [(set(uses), rest) for uses, rest in found]


@pytest.mark.parametrize(
    ("equations", "uses", "rest"),
    [
        ([(n, 4), (n, 5)], {"0", "1"}, -1),
        ([(n, m), (n, m + 1)], {"0", "1"}, -1),
        ([(n, m), (m, k), (n, k + 1)], {"0", "1", "2"}, -1),
        ([(m, 7), (n, 2 * k), (2 * k, n + 2)], {"1", "2"}, -2),
        ([(k, 2)], {"0"}, k - 2),
        ([(n, 0)], {"0"}, n),
        ([(n + k, 3)], {"0"}, n + k - 3),
        ([(2 * n, 3)], {"0"}, n - Rational(3, 2)),
        ([(2 * n + 4 * m, 5)], {"0"}, n + 2 * m - Rational(5, 2)),
        ([(n, k), (k + n, 5)], {"0", "1"}, n - Rational(5, 2)),
        ([(n, m + 1), (m, k), (n, 3)], {"0", "1", "2"}, k - 2),
    ],
)
def test_what_no_sizes_solve(
    equations: list[tuple[Expr, Expr]], uses: set[str], rest: Expr
) -> None:
    (found,) = none(*equations)
    assert found[0] == uses
    assert (found[1] - rest) == 0 or found[1] + rest == 0


@pytest.mark.parametrize(
    "equations",
    [
        [(n, 4)], [(n, m), (m, n)], [(k, 3)], [(m, 0)], [(n, m + 1), (m, k)], [(2 * n, 3 * m)],
        [(n, 2 * m), (3 * m, n + k), (k, 4)], [(n + k, 4)], [(n, n)],
    ],
)  # fmt: skip
def test_what_some_sizes_solve(equations: list[tuple[Expr, Expr]]) -> None:
    assert none(*equations) == []


def test_of_sizes() -> None:
    assert of_sizes(Statement(n, m + 2))
    assert not of_sizes(Statement(n * m, k))
    assert not of_sizes(Statement(Integer(1), Integer(2)))
    assert not of_sizes(Statement(n, i, ranges((i, 1, n))))


SIDES = st.builds(
    lambda a, b, c, d: a * n + b * m + c * k + d, *[st.integers(-2, 2)] * 3, st.integers(-4, 4)
)


@settings(max_examples=200, deadline=None)
@given(st.lists(SIDES, min_size=1, max_size=3))
def test_what_has_small_sizes_is_not_refused(rows: list[Expr]) -> None:
    small = product(range(1, 6), range(6), range(3, 8))
    solved = any(
        all((e + Integer(0)).subs({n: a, m: b, k: c}) == 0 for e in rows) for a, b, c in small
    )
    assert not (solved and none(*((e, 0) for e in rows)))


@pytest.mark.parametrize(
    ("said", "line", "message"),
    [
        ("assume n = 4\nassume n = 5", 4, "n = 4, n = 5 contradict each other: 1 = 0 would follow"),
        ("assume n = m\nassume n = m + 1", 4,
         "n = m, n = m + 1 contradict each other: 1 = 0 would follow"),
        ("assume n = m; m = k\nassume k = n + 2", 4,
         "k = n + 2, m = k, n = m contradict each other: 2 = 0 would follow"),
        ("assume n = m\nassume k = 1", 4, "k = 1 contradicts itself: no sizes have k - 1 = 0"),
        ("require n = m\nrequire n = m + 1", 4,
         "n = m (line 3) and n = m + 1 (line 4) contradict each other"),
        ("assume n = m\nrequire n = m + 1", 4,
         "n = m + 1 (line 4) and n = m (line 3) contradict each other"),
    ],
)  # fmt: skip
def test_a_contradiction_is_said_at_its_line(said: str, line: int, message: str) -> None:
    text = f"```derive\nsize n, m, k >= 2\n{said}\nrandom x\n```\n$$Var[x] \\ge 0$$\n"
    first, claim = check(document(text)).claims
    assert claim.verdict == "holds"
    assert first.verdict == "unreadable" and first.trouble is not None
    assert first.trouble.where.line == line
    assert message in first.trouble.reason


def test_alternatives_are_held_against_each_other_by_twos() -> None:
    made = model()
    facts = [Statement(n, m), Statement(n, m + 1), Statement(n, m + 2), Statement(k, n)]
    for at, fact in enumerate(facts):
        made.assume(f"{at}", fact, text="")
    found = [set(r.uses) for r in rivals((), declared(made), made)]
    assert found == [{"0", "1"}, {"0", "2"}, {"1", "2"}]
