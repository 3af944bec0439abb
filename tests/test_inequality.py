"""Inequalities hold where what is left over has their sign, and fail where numbers say so."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sympy import Add, Expr, Integer, Rational, Symbol

from derive.judging.check import ClaimChecked, check
from derive.judging.semidefinite import semidefinite
from derive.judging.signs import not_negative
from derive.model import Model
from derive.read.document import document
from derive.scope import Scope
from derive.terms import Cov, E, Entry, Var

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
        r"Cov[x, z]^2 \le Var[x] Var[z]", r"E[x z]^2 \le E[x^2] E[z^2]", r"E[x^2]^2 \le E[x^4]",
        r"E[x z]^2 \le E[x^2 z^2]", r"Cov[x, z] \ge -Std[x] Std[z]", r"Corr[x, z]^2 \le 1",
        r"-1 \le Corr[x, z] \le 1", r"Std[x + z] \le Std[x] + Std[z]",
        r"Var[x + z] \le 2 Var[x] + 2 Var[z]", r"Var[x + y + z] \le 3(Var[x] + Var[y] + Var[z])",
        r"2 Cov[x, z] \le Var[x] + Var[z]", r"Var[x - z] \ge (Std[x] - Std[z])^2",
        r"\alpha Cov[x, z] \le \alpha \sqrt{Var[x] Var[z]}", r"Cov[x, z] \le Std[x] Std[z]",
        r"2 a Cov[x, z] \le Var[x] + a^2 Var[z]", r"E[x] \le \sqrt{E[x^2]}",
    ],
)  # fmt: skip
def test_holds(formula: str) -> None:
    assert checked(formula).verdict == "holds"


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"Var[x + z] \le Var[x] + Var[z]", "fails"),
        (r"Var[x + z] \ge Var[x] + Var[z]", "fails"),
        (r"Var[x] \ge E[x^2]", "fails"),
        (r"Var[x] \le 0", "fails"),
        (r"Var[x] < 0", "fails"),
        (r"n Var[x] > Var[x]", "fails"),
        (r"n Var[x] \le Var[x]", "fails"),
        (r"E[x]^2 > 0", "fails"),
        (r"Cov[x, z] \ge 0", "fails"),
        (r"Cov[x, z] \le 0", "fails"),
        (r"E[x] \ge 0", "fails"),
        (r"E[x^3] \ge 0", "fails"),
        (r"a \ge 0", "fails"),
        (r"Var[s] \le n Var[w] Var[v]", "fails"),
        (r"Var[x + y] < Var[x] + Var[y]", "fails"),
        (r"2 Cov[x, z]^2 \le Var[x] Var[z]", "fails"),
        (r"Cov[x, z]^2 < Var[x] Var[z]", "fails"),
        (r"Cov[x, z]^2 \ge Var[x] Var[z]", "fails"),
        (r"2 Corr[x, z] \le 1", "fails"),
        (r"Var[x + z] \le \frac{3}{2} Var[x] + \frac{3}{2} Var[z]", "fails"),
        (r"Std[x + z] \ge Std[x] + Std[z]", "fails"),
        (r"E[x] \ge \sqrt{E[x^2]}", "fails"),
        (r"E[x] \le \sqrt{Var[x]}", "fails"),
        (r"E[x]^4 \ge E[x^2]^2", "fails"),
        (r"3 Cov[x, z] \le Var[x] + Var[z]", "fails"),
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


def test_a_requirement_is_no_reason_to_fail() -> None:
    asked = DECLARED.replace("size n\n", "size n\nrequire Var[x] = \\frac{1}{n}\n")
    for formula, verdict in (
        (r"n Var[x] \le 2", "undecided"),
        (r"n Var[x] + 2 E[x] \le 2", "fails"),
    ):
        (found,) = check(document(f"{asked}$${formula}$$\n")).claims
        assert found.verdict == verdict


def test_roots_of_squares_are_counted_where_numbers_are_negative() -> None:
    for formula in (r"\sqrt{E[x]^2} = E[x]", r"\sqrt{a^2} = a", r"\sqrt{E[x^2] - Var[x]} = E[x]",
                    r"\sqrt{E[x]^2 Var[x]} = E[x] Std[x]", r"\sqrt{E[s]^2} = -E[x]"):  # fmt: skip
        assert checked(formula).verdict == "fails"
    for formula in (r"\sqrt{\alpha^2} = \alpha", r"\sqrt{Var[x]^2} = Var[x]",
                    r"\sqrt{E[x]^4} = E[x]^2", r"\sqrt{E[x^2]^2} = E[x^2]"):  # fmt: skip
        assert checked(formula).verdict == "holds"


X, A, N = Entry("x"), Entry("a"), Symbol("n")
ATOMS: list[Expr] = [E(X), Var(X), E(X**2), A, N, Integer(2), Rational(-1, 3)]
HALF = Rational(1, 2)
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


Y, Z = Entry("y"), Entry("z")
DEPENDENT: list[Expr] = [
    Var(X), Var(Y), Var(Z), Cov(X, Y), Cov(Y, Z), Cov(X, Z), E(X), E(Y), E(X**2), E(X * Y),
    Var(X) ** HALF, Var(Y) ** HALF, Var(X + Y) ** HALF, Integer(2), Integer(-1), HALF,
]  # fmt: skip
OF_DEPENDENT = st.recursive(
    st.sampled_from(DEPENDENT),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a - b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, n: a**n, inner, st.sampled_from([2, 3, -1, HALF])),
    ),
    max_leaves=8,
)
VALUES = st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=2, max_size=3)


@settings(max_examples=100, deadline=None)
@given(OF_DEPENDENT, VALUES)
@example(Var(X) * Var(Y) - Cov(X, Y) ** 2, [(0, 0, 0), (1, -1, 0)])
@example(Var(X) + Var(Y) - Cov(X, Y), [(0, 0, 0), (1, 1, 0)])
def test_what_is_semidefinite_is_not_negative(e: Expr, outcomes: list[tuple[int, ...]]) -> None:
    model = Model("dependent")
    for name in "xyz":
        model.random(name)
    if semidefinite(e, Scope(model)):

        def mean(f: Expr) -> Expr:
            at = (dict(zip((X, Y, Z), values, strict=True)) for values in outcomes)
            return Add(*(f.xreplace({x: Integer(n) for x, n in a.items()}) for a in at)) / len(
                outcomes
            )

        values: dict[Any, Any] = {}
        for m in e.atoms(E, Var, Cov):
            a, b = m.args * 2 if isinstance(m, Var) else m.args if isinstance(m, Cov) else (m, 0)
            values[m] = mean(m.args[0]) if a is m else mean(a * b) - mean(a) * mean(b)
        number = e.xreplace(values)
        assert not number.is_extended_real or not number.is_finite or number >= 0


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


ROW = "size n >= 2\nrandom x_j for j = 1..n\nassume independent x_j"
WEIGHTS = ROW + "\nrequire n Var[x_1] = 1"


@pytest.mark.parametrize(
    ("declared", "formula", "expected"),
    [
        (ROW, r"E[x_1^2] \ge Var[x]", "needs"),
        (ROW, r"Var[x] < E[x_1^2] + 1", "needs"),
        (ROW, r"E[x_j^2] \ge Var[x_j]", "holds"),
        (ROW + "\nassume same law x_j over j", r"E[x_1^2] \ge Var[x]", "holds"),
        (WEIGHTS, r"Var[x] \ge 1/n", "needs"),
        (WEIGHTS, r"Var[x] = 1/n", "needs"),
        (WEIGHTS, r"n Var[x] E[x_1^2] = E[x_1^2]", "needs"),
        (WEIGHTS, r"Var[x_1] \ge 1/n", "holds"),
        (ROW + "\nrequire n Var[x_j] = 1", r"Var[x] = 1/n", "holds"),
        (ROW + "\nrequire n Var[x] = 1", r"Var[x] \ge 1/n", "holds"),
    ],
)
def test_any_one_entry_may_be_another(declared: str, formula: str, expected: str) -> None:
    text = f"```derive\n{declared}\n```\n\n$${formula}$$\n"
    (claim,) = check(document(text)).claims
    found = claim.links[0].judgement
    assert found is not None
    assert (claim.verdict, [f.kind for f in found.needs]) == (
        expected,
        ["same"] if expected == "needs" else [],
    )
