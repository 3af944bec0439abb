"""Inequalities hold where what is left over has their sign, and fail where numbers say so."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, Rational, Symbol

from derive.judging.check import ClaimChecked, check
from derive.judging.signs import not_negative
from derive.model import Model
from derive.read.document import document
from derive.scope import Scope
from derive.terms import E, Entry, Var

DECLARED = r"""```derive
size n
given a, \alpha > 0
random x, y, z
random w_j, v_j for j = 1..n
let s = \sum_{j=1}^{n} w_j v_j
assume uncorrelated x, y
assume independent w_j, v_j; E[w_j] = 0; same E[v_j], Var[v_j] over j; same Var[w_j] over j
```
"""


def checked(formula: str) -> ClaimChecked:
    (found,) = check(document(f"{DECLARED}$${formula}$$\n")).claims
    return found


@pytest.mark.parametrize(
    "formula",
    [
        r"Var[x] \ge 0", r"0 \le Var[x]", r"Var[x] > 0", r"E[x^2] \ge E[x]^2",
        r"E[x^2] \geq Var[x]", r"Var[x + a] \le E[(x + a)^2]", r"E[(x - a)^2] \ge Var[x]",
        r"x^2 \ge 0",
        r"Var[s] \ge n Var[w] Var[v]", r"n Var[w] Var[v] \le Var[s]", r"n Var[x] \ge Var[x]",
        r"n^2 \ge 1", r"Var[x + y] \le Var[x] + Var[y]", r"Var[x] + \alpha > Var[x]",
        r"\sum_{j=1}^n E[v_j^2] \ge n E[v_1]^2", r"Var[x + y] \ge Var[x]", r"E[x^4] \ge 0",
    ],
)  # fmt: skip
def test_holds(formula: str) -> None:
    assert checked(formula).verdict == "holds"


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"Var[x + z] \le Var[x] + Var[z]", "fails"),
        (r"Var[x + z] \ge Var[x] + Var[z]", "undecided"),
        (r"Var[x] \ge E[x^2]", "undecided"),
        (r"Var[x] \le 0", "fails"),
        (r"Var[x] < 0", "fails"),
        (r"n Var[x] > Var[x]", "undecided"),
        (r"n Var[x] \le Var[x]", "fails"),
        (r"E[x]^2 > 0", "undecided"),
        (r"Cov[x, z] \ge 0", "undecided"),
        (r"E[x] \ge 0", "undecided"),
        (r"E[x^3] \ge 0", "undecided"),
        (r"a \ge 0", "undecided"),
        (r"Var[s] \le n Var[w] Var[v]", "fails"),
        (r"Var[x + y] < Var[x] + Var[y]", "undecided"),
        (r"\sqrt{E[z]} \ge 0 \Rightarrow Var[x] \ge 0", "undecided"),
    ],
)
def test_does_not_hold(formula: str, verdict: str) -> None:
    assert checked(formula).verdict == verdict


def test_what_is_said() -> None:
    found = checked(r"E[(x - a)^2] \ge Var[x]")
    assert found.links[0].message == "left - right = (E[x] - a)²"
    found = checked(r"Var[v_j + x] \le Var[v_j] + Var[x] + 2 Cov[v_j, x] + E[v_j]^2")
    assert found.links[0].message == "left - right = -E[v]²"
    assert found.links[0].judgement is not None
    found = checked(r"Var[s] \ge n Var[w] Var[v]")
    judgement = found.links[0].judgement
    assert judgement is not None and "uncorrelated x, y" not in judgement.uses
    assert judgement.uses and judgement.nearest == () and judgement.derivation is None


def test_a_false_one_comes_with_numbers_that_lie_the_other_way() -> None:
    for formula in (r"Var[x + z] \le Var[x] + Var[z]", r"Var[s] \le n Var[w] Var[v]"):
        judgement = checked(formula).links[0].judgement
        assert judgement is not None and judgement.equality.example is not None
        w = judgement.equality.example
        assert isinstance(w.left, Fraction) and w.left > w.right


X, A, N = Entry("x"), Entry("a"), Symbol("n")
ATOMS: list[Expr] = [E(X), Var(X), E(X**2), A, N, Integer(2), Rational(-1, 3)]
TERMS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, n: a**n, inner, st.sampled_from([2, 3])),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(TERMS, st.integers(-3, 3), st.integers(0, 3), st.integers(-3, 3), st.integers(1, 4))
def test_what_is_not_negative_is_not(e: Expr, mean: int, var: int, a: int, n: int) -> None:
    model = Model("plain")
    model.size("n")
    model.random("x")
    model.given("a")
    values: dict[Any, Any] = {Var(X): var, E(X**2): var + mean**2, E(X): mean, A: a, N: n}
    if not_negative(e, Scope(model)):
        assert e.xreplace({k: Integer(v) for k, v in values.items()}) >= 0
