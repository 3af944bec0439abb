"""Pairs such as (x_i, y_i): independent of each other, dependent in themselves; counted."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sympy import Integer, symbols

from derive import declare
from derive.counting.instance import Instance, Joint
from derive.counting.oracle import evaluate
from derive.errors import Refused, Unreadable
from derive.independence import independent
from derive.judging.check import check
from derive.model import Independent, Unit
from derive.moments import normal
from derive.read.declarations import declarations
from derive.read.document import document
from derive.scope import Scope
from derive.terms import Cov, E, Entry, Range, Sum, Var

BLOCK = r"""size N >= 2
random w_i, h_i for i = 1..N
random u
given \mu
let \hat{I} = \frac{1}{N} \sum_{i=1}^{N} w_i h_i
assume pairs: independent (w_i, h_i), u
assume mean: E[w_i h_i] = \mu
assume alike: same E[w_i^2 h_i^2] over i
"""
i, j, N = symbols("i j N")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\operatorname{Var}[\hat I] = \frac{1}{N} (E[w_1^2 h_1^2] - \mu^2)", "holds"),
        (r"\operatorname{Var}[\hat I] = \frac{1}{N} E[w_1^2 h_1^2]", "fails"),
        (r"\operatorname{Cov}[w_1, h_2] = 0", "holds"),
        (r"\operatorname{Cov}[w_1, w_2] = 0", "holds"),
        (r"\operatorname{Cov}[w_i h_i, u] = 0", "holds"),
        (r"\operatorname{Cov}[w_1, h_1] = 0", "needs"),
        (r"\operatorname{Cov}[w_i, h_j] = 0", "needs"),
        (r"Var[w_i h_i] = Var[w_i] Var[h_i]", "fails"),
        (r"Var[\sum_i (w_i + h_i)] = \sum_i (Var[w_i] + Var[h_i] + 2 Cov[w_i, h_i])", "holds"),
        (r"Var[\sum_i (w_i + h_i)] = \sum_i (Var[w_i] + Var[h_i])", "needs"),
    ],
)
def test_verdicts(claim: str, verdict: str) -> None:
    assert check(document(f"```derive\n{BLOCK}```\n\n$${claim}$$\n")).claims[-1].verdict == verdict


def test_what_was_declared_is_written_and_read_back() -> None:
    model = declare(BLOCK)
    fact = Independent((Unit(("w", "h"), True), Unit(("u",))))
    assert model.assumptions[0].facts == (fact,)
    said = declarations(model)
    assert r"assume pairs: independent (w_i, h_i), u" in said
    assert declare("\n".join(said)).assumptions[0].facts == (fact,)


def test_only_indices_that_differ_make_entries_independent() -> None:
    scope = Scope(declare(BLOCK), (Range(i, Integer(1), N), Range(j, Integer(1), N, (i,))))
    (w, h), (v, g) = ((Entry("w", k), Entry("h", k)) for k in (i, j))
    assert independent([[w, h], [v, g]], scope)[0] == {"pairs"}
    assert independent([[w], [g], [Entry("u")]], scope)[0] == {"pairs"}
    for groups in ([[w], [h]], [[w, g], [h, v]]):
        with pytest.raises(Refused):
            independent(groups, scope)


def test_families_of_other_indices_are_no_tuples() -> None:
    model = declare("size n\nrandom a_i for i = 1..n\nrandom b_{i,j} for i = 1..n, j = 1..n")
    model.assume("pairs", Independent((Unit(("a", "b"), True),)), text="")
    with pytest.raises(Refused):
        independent([[Entry("a", 1)], [Entry("b", 2, 1)]], Scope(model))


@pytest.mark.parametrize("fact", ["(w, h)", "(w_i, h_j)", "(w_i, h)"])
def test_entries_of_a_tuple_have_the_same_indices(fact: str) -> None:
    with pytest.raises(Unreadable, match="expected entries with the same indices"):
        declare(f"size n\nrandom w_i, h_i for i = 1..n\nassume independent {fact}")


def test_moments_of_pairs_are_counted() -> None:
    """Each pair is on one of three points, so that w_i and h_i depend on each other."""
    model = declare(BLOCK)
    third = Fraction(1, 3)
    pairs = [
        Joint(
            (Entry("w", k), Entry("h", k)),
            tuple(((Fraction(a), Fraction(b)), third) for a, b in ((k, 1), (-1, k), (2, 3))),
        )
        for k in (1, 2, 3)
    ]
    two = ((Fraction(1), Fraction(1, 2)), (Fraction(3), Fraction(1, 2)))
    instance = Instance(model, {N: 3}, {"u": two}, pairs, {"μ": Fraction(1)})
    plain = model.without(["mean", "alike"])
    w, h, over = Entry("w", i), Entry("h", i), (i, 1, N)
    for e in (
        Var(Sum(w * h, over)), Cov(Sum(w, over), Sum(h, over)), E(Sum(w, over) ** 2 * Entry("u")),
        Var(Sum(w + h, over)), E(Sum(w * Entry("h", 1), over)),
    ):  # fmt: skip
        form = normal(e, Scope(plain)).expression()
        assert evaluate(e, instance) == evaluate(form, instance)
