"""Sums over parts of ranges: what the parts make up is counted, and random walks are judged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Symbol, symbols

from derive.cuts import cut, cuts
from derive.forms import Term
from derive.judging.check import check
from derive.model import Model
from derive.read.document import document
from derive.scope import Scope
from derive.substitution import put
from derive.terms import E, Entry, Range

j, k, l, n = symbols("j k l n")
ENDS = [Integer(1), Integer(2), Integer(3), k - 1, k, k + 1, l, l + 1, n - 1, n, n + 1]


def place(least: int) -> Scope:
    model = Model("walk")
    size = model.size("n", least)
    model.random("x", (j, 1, size))
    return Scope(model, (Range(k, Integer(1), n), Range(l, k, n)))


@given(st.data(), st.integers(0, 3), st.lists(st.sampled_from(ENDS), max_size=4))
def test_the_parts_make_up_the_range(data: Any, least: int, at: list[Any]) -> None:
    lo, end = data.draw(st.sampled_from(ENDS)), data.draw(st.sampled_from(ENDS))
    scope = place(least)
    whole = Term(Integer(1), (Range(j, lo, end - 1),), (), (Entry("x", j),))
    parts = list(cut(whole, frozenset(at), scope.order))
    for size in range(least, 5):
        for one in range(1, size + 1):
            for two in range(one, size + 1):
                now = {n: Integer(size), k: Integer(one), l: Integer(two)}
                first, after = put(lo, now), put(end, now)
                if after >= first:
                    found = sorted(v for t in parts for v in values(t, now))
                    assert found == list(range(first, after)), (parts, now)


def values(t: Term, now: dict[Symbol, Integer]) -> list[int]:
    """The index values of x that a term is a sum over."""
    (entry,) = t.open
    if not t.over:
        return [int(put(entry.indices[0], now))]
    (r,) = t.over
    first, last = put(r.lo, now), put(r.hi, now)
    assert last >= first - 1
    return [int(put(entry.indices[0], {**now, r.index: v})) for v in range(first, last + 1)]


def test_what_leaves_an_index_out_is_not_cut() -> None:
    over = (Range(j, Integer(1), n), Range(l, Integer(1), n, (j,)))
    whole = Term(Integer(1), over, (), (Entry("x", j), Entry("x", l)))
    assert list(cut(whole, frozenset({k}), place(1).order)) == [whole]


def test_ranges_are_cut_where_others_end_and_beside_an_index_alone() -> None:
    order, moment = place(1).order, E(Entry("x", j) * Entry("x", k))
    all_of_them, some = Range(j, Integer(1), n), Range(j, Integer(1), k - 1)
    assert cuts([((all_of_them,), (E(Entry("x", j)),), ())], order) == frozenset()
    ends = [((r,), (E(Entry("x", j)),), ()) for r in (all_of_them, some)]
    assert cuts(ends, order) == {k}
    assert cuts([((all_of_them,), (moment,), ())], order) == {k, k + 1}
    assert cuts([((all_of_them,), (E(Entry("x", j)), E(Entry("x", k))), ())], order) == frozenset()


WALK = r"""size n
random X_j, Y_j for j = 1..n
given \sigma > 0
let S_k = \sum_{j=1}^{k} X_j for k = 0..n
assume independent X_j, Y_j; E[X_j] = 0; Var[X_j] = \sigma^2
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"S_k = S_{k-1} + X_k", "holds"),
        (r"S_{k+1} = S_{k-1} + X_k + X_{k+1}", "holds"),
        (r"S_k = S_{k-1} + X_{k-1}", "fails"),
        (r"S_n = S_k + \sum_{j=k+1}^n X_j", "holds"),
        (r"\operatorname{Cov}[S_k, S_n] = k \sigma^2", "holds"),
        (r"\operatorname{Cov}[S_k, S_n] = n \sigma^2", "fails"),
        (r"\operatorname{Cov}[S_k, X_k] = \sigma^2", "holds"),
        (r"\operatorname{Cov}[X_1, S_k] = \sigma^2", "needs"),
        (r"\operatorname{Var}[S_n - S_k] = (n - k) \sigma^2", "holds"),
        (r"\operatorname{Cov}[S_k, S_n - S_k] = 0", "holds"),
        (r"E[S_k^4] = E[S_{k-1}^4] + 6 (k - 1) \sigma^4 + E[X_k^4]", "holds"),
        (r"E[S_k^4] = E[S_{k-1}^4] + 6 k \sigma^4 + E[X_k^4]", "fails"),
        (r"E[S_2 Y_1] = E[(S_1 + X_2) Y_1]", "holds"),
        (r"\sum_{j=1}^n E[Y_j] = E[Y_1] + \sum_{j=2}^n E[Y_j]", "holds"),
        (r"\sum_{j=1}^n E[Y_j] = E[Y_n] + \sum_{j=1}^{n-1} E[Y_j]", "holds"),
        (r"\sum_{j=1}^n E[Y_j] = E[Y_n] + \sum_{j=2}^n E[Y_j]", "needs"),
        (r"\sum_{j=1}^n E[Y_j] = 2 E[Y_n] + \sum_{j=2}^n E[Y_j]", "fails"),
        (r"\sum_{j=1}^n E[Y_j] = \sum_{j=1}^k E[Y_j] + \sum_{j=k}^n E[Y_j] - E[Y_k]", "holds"),
    ],
)  # fmt: skip
def test_random_walks(claim: str, verdict: str) -> None:
    found = check(document(f"```derive\n{WALK}```\n\n$${claim}$$\n")).claims[-1]
    assert found.verdict == verdict
