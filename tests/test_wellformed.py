"""What is declared as a law and can be none is refused at its place; what may be one is not."""

from __future__ import annotations

import pytest

from derive.errors import Unreadable
from derive.read.declare import declare

GIVEN = "given a > 0, b, q in (0, 1)\nsize n\nrandom w\nassume "


@pytest.mark.parametrize(
    ("law", "why"),
    [
        ("U[1, -1]", "it ends at -1, which is not above 1"),
        ("U[1, 1]", "it ends at 1, which is not above 1"),
        ("U[a, -a]", "it ends at -a, which is not above a"),
        ("U[n + 1, n]", "it ends at n, which is not above n + 1"),
        ("N(0, variance -1)", "its variance -1 is not positive"),
        ("N(0, variance 0)", "its variance 0 is not positive"),
        ("N(0, variance -a)", "its variance -a is not positive"),
        ("N(0, std -1)", "its standard deviation -1 is not positive"),
        ("truncated N(0, variance 1) at -2", "its bound in standard deviations -2 is not positive"),
        ("Laplace(0, -1)", "its scale -1 is not positive"),
        ("Bernoulli(2)", "0 would have the probability -1"),
        ("Bernoulli(-q)", "1 would have the probability -q"),
        ("two-point(1, 0, 2)", "0 would have the probability -1"),
        ("points(1, 3/2, 0, -1/2)", "0 would have the probability -1/2"),
        ("points(1, 1/2, 0, 1/3)", "its probabilities add up to 5/6, not 1"),
        (r"density(\int_{t=0}^{1} (2))", "its probabilities add up to 2, not 1"),
        (r"density(\int_{t=-1}^{1} (t + 1/2))", "its density at -1 would be -1/2"),
    ],
)
def test_what_is_no_law(law: str, why: str) -> None:
    with pytest.raises(Unreadable) as no:
        declare(GIVEN + f"w ~ {law}")
    assert no.value.reason == f"no law: {why}" and no.value.line == 4
    assert no.value.column == len("assume w ~ x") + 10 * law.startswith("truncated")


def test_every_law_of_a_family_is_looked_at() -> None:
    layers = "size n\nrandom v_j for j = 1..n\ngiven s_j > 0 for j = 1..n\nassume v_j ~ "
    with pytest.raises(Unreadable, match=r"no law: it ends at -s\[j\], which"):
        declare(layers + "U[s_j, -s_j]")
    assert declare(layers + "U[-s_j, s_j]").model.assumptions


@pytest.mark.parametrize(
    "law",
    [
        "U[-a, a]", "U[b, -b]", "U[b, b + 1]", "N(b, variance b)", "N(0, std b)", "N(0, std a)",
        "N(-1, variance 1)", "truncated N(0, variance 1) at a", "Laplace(-a, a)", "Bernoulli(q)",
        "Bernoulli(b)", "points(1, q, 0, 1 - q)", "points(1, b, 0, b)", "two-point(-1, 1, 1/2)",
        "Rademacher", r"density(\\int_{t=0}^{1} (2 t))", r"density(\\int_{t=0}^{1} (b))",
    ],
)  # fmt: skip
def test_what_may_be_a_law(law: str) -> None:
    assert declare(GIVEN + f"w ~ {law}".replace(r"\\", "\\")).model.assumptions


def test_how_a_bell_is_read_is_minded() -> None:
    with pytest.raises(Unreadable, match="no law: its standard deviation -1 is not positive"):
        declare("read N by std\nrandom w\nassume w ~ N(0, -1)")
    with pytest.raises(Unreadable, match="no law: its variance -1 is not positive"):
        declare("read N by variance\nrandom w\nassume w ~ N(0, -1)")
