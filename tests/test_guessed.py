"""Claims that follow from closed forms of recursions: these are guessed, and then proved."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sympy import Symbol

from derive.counting.instance import Instance, two_point
from derive.counting.oracle import evaluate
from derive.judging.check import LinkChecked, check
from derive.judging.judge import Judge
from derive.model import Statement
from derive.proving.guessed import closed_forms
from derive.read.declare import declare
from derive.read.document import document
from derive.terms import Cov, Entry, Var

WALK = r"""size L
given \sigma > 0
random x, e_l for l = 1..L
let h_0 = x
let h_l = h_{l-1} + e_l for l = 1..L
assume apart: independent e_l
assume start: x independent of e
assume centred: E[e_l] = 0
assume spread: Var[e_l] = \sigma^2
assume begin: Var[x] = \sigma^2"""
SHARED = WALK.replace(r"Var[e_l] = \sigma^2", r"Var[e_l] = \frac{\sigma^2}{L}")
STEADY = r"""size L
given \sigma > 0, b, \beta in (0, 1)
random x, e_l for l = 1..L
let h_0 = x
let h_l = \beta h_{l-1} + b + e_l for l = 1..L
assume independent e_l; x independent of e
assume E[e_l] = 0; Var[e_l] = \sigma^2
assume Var[x] = \frac{\sigma^2}{1-\beta^2}; E[x] = \frac{b}{1-\beta}"""
AVERAGE = r"""size T
given \beta in (0, 1)
random g_i for i = 1..T
assume independent g_i; same law g_i over i
let m_0 = 0
let m_t = \beta m_{t-1} + (1-\beta) g_t for t = 1..T"""
PRODUCT = r"""size L
given a
random x, w_l for l = 1..L
let h_0 = x
let h_l = w_l h_{l-1} for l = 1..L
assume independent w_l; x independent of w
assume E[w_l] = a; E[x] = 0"""
RESIDUAL = r"""size T, n
given \sigma > 0
random x_i for i = 1..n
random A^t_{i,j} for t = 1..T, i = 1..n, j = 1..n
let h^0_i = x_i for i = 1..n
let h^t_i = h^{t-1}_i + \sum_{j=1}^{n} A^t_{ij} h^{t-1}_j for t = 1..T, i = 1..n
assume independent A^t_{i,j}; x independent of A; E[A^t_{i,j}] = 0; E[x_i] = 0
assume Var[A^t_{i,j}] = \frac{\sigma^2}{n}; Var[x_i] = 1"""


def checked(declared: str, claim: str) -> LinkChecked:
    (found,) = check(document(f"```derive\n{declared}\n```\n$${claim}$$\n")).claims
    return found.links[0]


@pytest.mark.parametrize(
    ("declared", "claim"),
    [
        (WALK, r"Cov[h_l, x] = \sigma^2"),
        (WALK, r"Cov[h_L, h_0] = Var[x]"),
        (WALK, r"Corr[h_l, x] = \frac{1}{\sqrt{l+1}}"),
        (WALK, r"Var[h_L - x] = L \sigma^2"),
        (WALK, r"Var[h_l] - Var[h_{l-1}] = \sigma^2"),
        (WALK, r"\frac{Var[h_L]}{Var[x]} = L + 1"),
        (SHARED, r"Var[h_L] = 2 \sigma^2"),
        (SHARED, r"Cov[h_l, x] = \sigma^2"),
        (SHARED, r"Corr[h_L, x]^2 = \frac{1}{2}"),
        (STEADY, r"Var[h_L] = Var[x]"),
        (STEADY, r"Var[h_L] = Var[h_{L-1}]"),
        (STEADY, r"E[h_L^2] = \frac{\sigma^2}{1-\beta^2} + \frac{b^2}{(1-\beta)^2}"),
        (STEADY, r"Corr[h_l, x] = \beta^l"),
        (STEADY, r"Var[h_L - x] = 2 (1 - \beta^L) Var[x]"),
        (AVERAGE, r"E[\frac{m_t}{1-\beta^t}] = E[g]"),
        (AVERAGE, r"E[m_t^2] = Var[g] \frac{1-\beta}{1+\beta}(1-\beta^{2t}) + E[g]^2(1-\beta^t)^2"),
        (AVERAGE, r"\frac{Var[m_t]}{(1-\beta^t)^2}"
                  r" = Var[g] \frac{(1-\beta)(1+\beta^t)}{(1+\beta)(1-\beta^t)}"),
        (PRODUCT, r"Cov[h_l, x] = a^l Var[x]"),
        (RESIDUAL, r"Var[h^t_i - x_i] = (1 + \sigma^2)^t - 1"),
        (RESIDUAL, r"Cov[h^t_i, x_i] = Var[x_i]"),
        (RESIDUAL, r"Cov[h^t_i, h^0_i] = Var[x_i]"),
    ],
)  # fmt: skip
def test_follows(declared: str, claim: str) -> None:
    found = checked(declared, claim)
    assert found.verdict == "holds"
    assert found.judgement is not None and found.judgement.uses


@pytest.mark.parametrize(
    ("declared", "claim", "verdict"),
    [
        (WALK, r"Cov[h_l, x] = l \sigma^2", "fails"),
        (WALK, r"Cov[h_L, h_0] = Var[h_L]", "fails"),
        (WALK, r"Corr[h_l, x] = \frac{1}{\sqrt{l}}", "fails"),
        (WALK, r"Var[h_L - x] = (L + 1) \sigma^2", "fails"),
        (SHARED, r"Var[h_L] = 3 \sigma^2", "fails"),
        (SHARED, r"Var[h_L] = \sigma^2", "fails"),
        (STEADY, r"Var[h_L] = \sigma^2", "undecided"),
        (STEADY, r"Corr[h_l, x] = \beta^{l-1}", "undecided"),
        (AVERAGE, r"E[\frac{m_t}{1-\beta^{2t}}] = E[g]", "fails"),
        (AVERAGE, r"E[m_t^2] = Var[g] \frac{1-\beta}{1+\beta}(1-\beta^{2t})", "needs"),
        (PRODUCT, r"Cov[h_l, x] = a^{l-1} Var[x]", "fails"),
        (RESIDUAL, r"Var[h^t_i - x_i] = (1 + \sigma^2)^t", "fails"),
        (RESIDUAL, r"Cov[h^t_i, x_i] = \sigma^2", "fails"),
    ],
)
def test_does_not_follow(declared: str, claim: str, verdict: str) -> None:
    assert checked(declared, claim).verdict == verdict


@pytest.mark.parametrize("name", ["apart", "start", "spread", "begin"])
def test_what_is_used_is_needed(name: str) -> None:
    claim = r"Var[h_L] = (L + 1) \sigma^2 + 0 Cov[h_L, x]"
    less = "\n".join(line for line in WALK.splitlines() if f" {name}:" not in line)
    assert checked(WALK, claim).verdict == "holds"
    assert checked(less, claim).verdict in ("needs", "fails", "undecided")


L, T, n = map(Symbol, "LTn")


@pytest.mark.parametrize(
    ("declared", "sizes", "given"),
    [
        (WALK, {L: 3}, {"σ": 1}),
        (SHARED.replace(r"\sigma^2}{L}", r"\sigma^2}{3}"), {L: 3}, {"σ": 1}),
        (AVERAGE, {T: 3}, {"β": Fraction(1, 3)}),
        (PRODUCT, {L: 3}, {"a": 2}),
        (RESIDUAL, {T: 2, n: 1}, {"σ": 1}),
    ],
)
def test_what_is_guessed_is_what_is_counted(
    declared: str, sizes: dict[Any, int], given: dict[str, Any]
) -> None:
    model = declare(declared).model
    family = next(f for f in model.families.values() if f.kind == "defined")
    entry = family[tuple(r.index for r in family.ranges)]
    start = next(f for f in model.families.values() if f.kind == "random")
    other = start[tuple(r.index for r in start.ranges)] if start.name == "x" else Entry("x")
    claim = Statement(Var(entry), Cov(entry, other) if "x" in model.families else Var(entry),
                      family.ranges)  # fmt: skip
    there, scope = Judge(model).where(claim)
    found = closed_forms(there, None, scope)
    assert Var in {type(p.claim.left) for p in found if isinstance(p.claim, Statement)}
    laws = {name: two_point(Fraction(1, 3) if "3" in declared and name == "e" else 1,
                            2 if name in ("g", "w") else 0)
            for name, f in model.families.items() if f.kind == "random"}  # fmt: skip
    at = Instance(model, sizes, laws, given=given)
    for p in found:
        assert isinstance(p.claim, Statement)
        for place in at.points(p.claim.ranges, {}):
            assert evaluate(p.claim.left, at, place) == evaluate(p.claim.right, at, place), p.claim
