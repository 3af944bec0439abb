"""Moments that nothing random has together are refused where they are declared."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import Refused, Unreadable
from derive.judging.check import check
from derive.kernel import replay
from derive.model import Model, Statement
from derive.proofs import Chain, Derivation, Part, Step
from derive.read.declare import declare
from derive.read.document import document
from derive.terms import E, Entry, Var, term

NAMES = (
    "size n\nsize m >= 2\nrandom x, y, z\nrandom u_j, v_j for j = 1..n\ngiven c\ngiven a > 0\n"
    "let t = x + y\n"
)

TOGETHER = [
    ("E[x^2] = 1; E[x] = 2", "Var[x] would be -3, and it is never negative"),
    ("E[x] = 2; E[x^2] = 1", "Var[x] would be -3"),
    ("E[x] = 1; E[x^2] = 1", "Var[x] would be 0, and what is random is not fixed"),
    ("E[x] = c; E[x^2] = c^2 / 2", "Var[x] would be -c²/2"),
    ("E[x] = a; E[x^2] = a^2 - 1", "Var[x] would be -1"),
    ("E[x] = 2; n E[x^2] = 1", "Var[x] would be"),
    ("E[x] = n; E[x^2] = n", "Var[x] would be"),
    ("E[x^2] = E[x]^2 / 2", "Var[x] would be"),
    ("Var[x] = 2; E[x^2] = 1", "E[x²] would be"),
    ("Var[x] = 1; E[x^2] = 2; E[x] = 2", "E[x²] would be 2 and 5"),
    ("E[x^2] = 2; E[x^4] = 3", "Var[x²] would be -1"),
    ("Var[x] = 2; E[x] = 0; E[x^4] = 3", "Var[x²] would be -1"),
    ("Var[x] = a; E[x] = 0; E[x^4] = a^2 / 2", "Var[x²] would be -a²/2"),
    ("E[x^2] = 1; E[x^3] = 3; E[x^4] = 2", "E[x²] E[x⁴] - E[x³]² would be -7"),
    ("Cov[x, y] = 2; Var[x] = 1; Var[y] = 3", "Var[x] Var[y] - Cov[x, y]² would be -1"),
    ("Cov[y, x] = 2; Var[x] = 1; Var[y] = 3", "would be -1, and it is never negative"),
    ("Cov[x, y] = 2 a; Var[x] = a; Var[y] = a", "would be -3 a²"),
    ("E[x y] = 2; E[x^2] = 1; E[y^2] = 1", "- E[x y]² would be -3"),
    (
        "Var[x] = 1; Var[y] = 1; Var[z] = 1; Cov[x, y] = 1; Cov[y, z] = 1; Cov[x, z] = -1",
        "the determinant of the covariances of x, y, z would be -4",
    ),
    ("E[x^2 y^2] = 1; E[x y] = 2", "Var[x y] would be -3"),
    (r"\operatorname{Corr}[x, y] = 2", "a correlation would be 2"),
    ("E[u_j] = 2; E[u_j^2] = 1", "Var[u_j] would be -3"),
    ("E[u_1] = 2; E[u_j^2] = 1", "Var[u] would be -3"),
    ("E[u_j] = 2; E[u_1^2] = 1", "Var[u] would be -3"),
    ("Var[u_j] = 1/n; E[u_j^2] = 1/(n + 1)", "would be"),
    ("Cov[u_j, v_j] = 2; Var[u_j] = 1; Var[v_j] = 1", "Cov[u_j, v_j]² would be -3"),
    (r"Cov[u_j, u_k] = 2 for j = 1..n, k = 1..n, k \ne j; Var[u_j] = 1", "would be -3"),
    ("Var[t] = -1", "Var[t] would be -1, and it is never negative"),
    ("E[t^2] = -a", "E[t²] would be -a"),
    ("Var[x y] = -1", "Var[x y] would be -1"),
    ("symmetric x; E[x] = 2", "E[x] is"),
    ("x ~ U[0, 1]; E[x] = 2", "E[x] is"),
    ("E[x] = 2; x ~ U[0, 1]", "E[x] is 2 and 1/2"),
    ("x ~ U[0, 1]; Var[x] = 2", "Var[x] is"),
    ("x ~ U[0, 1]; E[x^3] = 2", "E[x³] is"),
    ("u_j ~ N(0, variance 1/n); Var[u_j] = 2/n", "Var[u_j] is"),
    ("x ~ U[0, 1]; Cov[x, y] = 1; Var[y] = 1", "would be -11/12"),
]

APART = [
    "E[x^2] = 5; E[x] = 2",
    "E[x] = c; E[x^2] = c^2 + 1",
    "E[x] = c; E[x^2] = 1",
    "E[x] = 1; E[x^2] = n",
    "E[x] = c; E[x^2] = a",
    "E[t] = 1; E[t^2] = 1",
    "E[x^2] = 2; E[x^4] = 4",
    "Cov[x, y] = 2; Var[x] = 1; Var[y] = 4",
    "E[x y] = 3; Var[x] = 1; Var[y] = 1",
    "Cov[x, y] = 1; Var[x] = c; Var[y] = 1",
    "Var[x] = 1; E[x^2] = 1",
    "Var[x] = 1; Var[y] = 1; Var[z] = 1; Cov[x, y] = 1/2; Cov[y, z] = 1/2; Cov[x, z] = -1/2",
    "E[u_1] = 2; E[u_j^2] = 1 for j = 2..n",
    "E[u_j] = 2 for j = 1..m; E[u_j^2] = 1 for j = m + 1..n",
    "same E[u_j], Var[u_j] over j; E[u_1] = 2",
    "x ~ U[-a, a]; Var[x] = 1",
    "x ~ U[0, 1]; E[x] = 1/2; Var[x] = 1/12; E[x^4] = 1/5",
    "symmetric x; E[x^2] = 3",
    "E[x^3] = 5; E[x] = 0; E[x^2] = 1",
]


@pytest.mark.parametrize(("facts", "why"), TOGETHER)
def test_what_no_law_has_is_refused_where_it_is_declared(facts: str, why: str) -> None:
    for text in (f"assume {facts}", f"assume one: {facts}", facts_on_lines(facts)):
        with pytest.raises(Unreadable) as no:
            declare(NAMES + text)
        assert why in no.value.reason and "take one away" in no.value.reason
        assert "contradict" in no.value.reason


@pytest.mark.parametrize("facts", APART)
def test_what_some_law_has_is_taken(facts: str) -> None:
    assert declare(NAMES + facts_on_lines(facts)).model.assumptions


def facts_on_lines(facts: str) -> str:
    return "\n".join(f"assume {fact.strip()}" for fact in facts.split(";"))


def test_the_message_names_the_lines_and_stands_at_the_later_one() -> None:
    with pytest.raises(Unreadable) as no:
        declare(NAMES + "assume E[y] = 0\nassume mean: E[x] = 2\nassume E[x^2] = 1")
    assert (no.value.line, no.value.column) == (10, 8)
    assert no.value.reason == (
        "E[x^2] = 1, mean contradict each other: Var[x] would be -3, and it is never negative: "
        "take one away"
    )


VALUES = st.fractions(min_value=-3, max_value=3, max_denominator=3)


@given(
    st.lists(st.tuples(st.integers(1, 4), VALUES, VALUES, VALUES), min_size=2, max_size=4),
    st.data(),
)
def test_moments_of_a_law_are_never_refused(
    outcomes: list[tuple[int, Fraction, Fraction, Fraction]], choose: st.DataObject
) -> None:
    """Counted here, of any law of three variables, whatever of them is fixed."""
    total = sum(p for p, *_ in outcomes)

    def mean(*powers: int) -> Fraction:
        parts = (p * x ** powers[0] * y ** powers[1] * z ** powers[2] for p, x, y, z in outcomes)
        return sum(parts, Fraction(0)) / total

    facts = []
    for powers in product(range(5), repeat=3):
        if 0 < sum(powers) <= 4:
            word = " ".join(f"{c}^{n}" for c, n in zip("rst", powers, strict=True) if n)
            facts.append(f"E[{word}] = {mean(*powers)}")
    for (n, a), (m, b) in product(enumerate("rst"), repeat=2):
        at = [[int(k == q) for k in range(3)] for q in (n, m)]
        cov = mean(*map(sum, zip(*at, strict=True))) - mean(*at[0]) * mean(*at[1])
        facts.append(f"Cov[{a}, {b}] = {cov}" if a != b else f"Var[{a}] = {cov}")
    own = "random x, y, z\nlet r = x\nlet s = y\nlet t = z\n"
    chosen = choose.draw(st.lists(st.sampled_from(facts), min_size=2, max_size=8, unique=True))
    assert declare(own + "\n".join(f"assume {fact}" for fact in chosen)).model.assumptions


def test_a_proof_from_moments_that_nothing_has() -> None:
    """Through the kernel: each step is right, and what they rest on is impossible together."""
    model, x = Model("none"), Entry("x")
    model.random("x")
    model.assume("mean", Statement(E(x), term(2)), text="")
    model.assume("square", Statement(E(x**2), term(1)), text="")
    start = Var(x)
    lines = [E(x**2) - E(x) ** 2, 1 - E(x) ** 2, term(-3)]
    steps = (
        Step("variance", (), start, lines[0], lines[0], 1),
        Step("assumption", ("square", 0, (), ()), E(x**2), term(1), lines[1], 1),
        Step("assumption", ("mean", 0, (), ()), E(x), term(2), lines[2], 1),
    )
    part = Part("below 0", Statement(start, term(-3)), Chain(steps))
    why = r"mean, square contradict each other: Var\(x\) would be -3, and it is never negative"
    with pytest.raises(Refused, match=why):
        replay(Derivation(model, (part,)))


def test_what_is_required_against_what_is_assumed() -> None:
    text = "```derive\nrandom x\nassume E[x] = 2\nrequire E[x^2] = 1\n```\n$$E[x] = 2$$\n"
    trouble, found = check(document(text)).claims
    assert found.verdict == "holds" and trouble.trouble is not None
    assert (
        "E[x^2] = 1 (line 4) and E[x] = 2 (line 3) contradict each other"
        ": Var[x] would be -3, and it is never negative" in trouble.trouble.reason
    )


@pytest.mark.parametrize("claim", ["Var[x y] = Var[x] Var[y]", "E[x] = 0", "E[x^2] = Var[x]"])
def test_no_fact_is_asked_for_that_contradicts_what_is_declared(claim: str) -> None:
    """E[x]² is 1, so E[x] = 0 is no fact to add, though it alone would do."""
    text = "random x, y\nassume E[x^2] = 2; Var[x] = 1; independent x, y; E[y] = 0; Var[y] = 3"
    (found,) = check(document(f"```derive\n{text}\n```\n$${claim}$$\n")).claims
    assert found.verdict in ("fails", "undecided")


@pytest.mark.parametrize("claim", ["Var[x] = -3", "n Var[x] = -1", "Var[x] = 0"])
def test_what_cannot_be_is_no_choice(claim: str) -> None:
    (found,) = check(document(f"```derive\nsize n\nrandom x\n```\n$${claim}$$\n")).claims
    assert found.verdict == "fails"
