"""Documents that would take for ever: each is answered with little work, the rest is checked."""

from __future__ import annotations

import pytest

from derive.counting.instance import three_point, two_point
from derive.counting.tries import SYMMETRIC, _with_other_laws
from derive.errors import Refused
from derive.judging.check import check
from derive.polynomials import how_many, multiplied_out
from derive.read.document import document
from derive.terms import Entry

GLOROT = "```derive\nuse glorot\n```\n"
SINGLE = "```derive\nsize n\nrandom x_j, w_j for j = 1..n\nassume independent x_j, w_j\n```\n"
LETTERS = "ABCDFGHIJKLMNOPQRSTU"
MANY = "```derive\n" + "\n".join(f"random {c}" for c in LETTERS) + "\n```\n"

HARD = {
    "a product over a billion layers": (GLOROT, r"\prod_{k=0}^{999999999} n_k = 1", "undecided"),
    "a sum of a billion numbers": (GLOROT, r"\sum_{k=1}^{999999999} k = 1", "undecided"),
    "a power of a sum": (GLOROT, "(n_0+n_1)^{1000} = 1", "fails"),
    "a power of a longer sum": (GLOROT, "(n_0+n_1+1)^{300} = (n_1+n_0)^{300}", "fails"),
    "a power of a variance": (SINGLE, r"E[(\sum_{j=1}^n x_j w_j)^{12}] = 1", "fails"),
    "many factors": (GLOROT, "n_0 = " + " ".join(f"n_{{{k}}}" for k in range(400)), "undecided"),
    "many terms": (GLOROT, "n_0 = " + "+".join(f"n_{{{k}}}" for k in range(400)), "undecided"),
    "many families": (MANY, "E[A B C D] = 1", "fails"),
    "the mean of a product of many": (MANY, f"E[{' '.join(LETTERS)}] = 1", "undecided"),
}


@pytest.mark.parametrize(("declared", "formula", "verdict"), HARD.values(), ids=HARD)
def test_what_is_too_large_is_not_written_out(declared: str, formula: str, verdict: str) -> None:
    first, last = check(document(f"{declared}\n$${formula}$$\n\n$$1 + 1 = 2$$\n")).claims
    assert (first.verdict, last.verdict) == (verdict, "holds")
    for link in first.links:
        if link.judgement is not None:
            assert len(link.judgement.nearest) <= 3


def test_a_polynomial_is_counted_before_it_is_multiplied_out() -> None:
    a, b, c = (Entry(name) for name in "abc")
    assert how_many((a + b) ** 3 * (a + b + c)) == 4 * 3
    assert len(multiplied_out((a + b + c) ** 4).args) == how_many((a + b + c) ** 4) == 15
    for e in ((a + b + c) ** 100, (a + b) ** -3000, ((a + b) ** 1000 + c) ** 1000):
        with pytest.raises(Refused, match="more than 2000 terms"):
            multiplied_out(e)


def test_laws_are_tried_from_the_plainest_on_without_listing_all() -> None:
    plain = SYMMETRIC
    kinds = [(plain, three_point(1), two_point(2))] * 3
    counts = [len(list(_with_other_laws(kinds, n))) for n in range(5)]
    assert counts == [1, 6, 12, 8, 0]
    assert next(_with_other_laws(kinds * 100, 0)) == (plain,) * 300


def test_models_without_an_instance_do_not_list_all_laws() -> None:
    names = ", ".join(LETTERS)
    text = f"```derive\nrandom {names}\ngiven p > 0, q, f(s)\n```\n\n$$E[A] = 0$$\n"
    (claim,) = check(document(text)).claims
    assert claim.verdict == "needs"
