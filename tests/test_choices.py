"""Conditions, premises and rounded numbers: what is asked for, what follows, what is printed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from sympy import Expr, Integer, Rational, Symbol, exp, log, pi, sqrt

from derive.enclosure import enclosed
from derive.errors import Refused
from derive.factors import factors
from derive.judging.check import ClaimChecked, check
from derive.judging.combining import combination, number
from derive.powers import UNIT, Outside
from derive.read.document import document
from derive.read.names import latex
from derive.real import compare, shown
from derive.terms import Entry, Sum

GLOROT = "use glorot"
NEURON = "size n, m\nrandom w_i for i = 1..n\nassume same law w_i over i"
a, b, c = Entry("a"), Entry("b"), Entry("c")


def claims(declared: str, *formulas: str) -> list[ClaimChecked]:
    displays = "".join(f"\n$${f}$$\n" for f in formulas)
    return list(check(document(f"```derive\n{declared}\n```\n{displays}")).claims)


def verdict(declared: str, formula: str) -> str:
    """The verdict on the last claim that a display makes."""
    return claims(declared, formula)[-1].verdict


# -- what asks for something


CHOICES = [
    r"\forall (i, i'), \quad Var[z^i] = Var[z^{i'}]",
    r"Var\left[\frac{\partial C}{\partial s^i}\right] "
    r"= Var\left[\frac{\partial C}{\partial s^{i'}}\right]",
    r"Var[W^i] = \frac{2}{n_i + n_{i+1}}",
    r"\sqrt{Var[W^i]} = \frac{1}{\sqrt{n_i}}",
    r"\frac{1}{2} (n_i + n_{i+1}) Var[W^i] = 1",
]
NO_CHOICES = [
    r"n_i Var[W^i] = 3 n_i Var[W^i]",
    r"n_i Var[W^i] = n_{i+1} Var[W^i]",
    r"Var[z^i] = 2 Var[z^i]",
]


def test_a_choice_is_no_consequence() -> None:
    for found in claims(GLOROT, *CHOICES):
        said = (found.verdict, found.links[0].message)
        assert said == ("needs", "a choice, not a consequence"), found.claim.text


def test_what_fixes_nothing_is_no_choice() -> None:
    for found in claims(GLOROT, *NO_CHOICES):
        assert found.verdict == "fails", found.claim.text


def test_the_name_of_a_number_is_a_choice_until_something_is_said_of_it() -> None:
    asked = r"Var\left[\frac{\partial C}{\partial s^i}\right] = c"
    assert verdict(GLOROT + "\ngiven c", asked) == "needs"
    assert verdict("random x\ngiven c", "E[x^2] = c") == "needs"
    assert verdict("random x\ngiven c\nassume Var[x] = 2; c = 1", "Var[x] = c") != "needs"


def test_what_is_declared_of_a_variance_decides_a_condition() -> None:
    assert verdict(NEURON + "\nassume Var[w_i] = 1/n", r"n Var[w_i] = 1") == "holds"
    assert verdict(NEURON + "\nassume Var[w_i] = 1/n", r"n Var[w_i] = 2") == "fails"


REQUIRED = NEURON + "\nrequire xavier: Var[w_i] = \\frac{2}{n + m}"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"(n + m) Var[w_i] = 2", "holds"),
        (r"\sqrt{Var[w_i]} = \sqrt{\frac{2}{n + m}}", "holds"),
        (r"Var[w_i] = \frac{2}{\frac{1}{1/n} + \frac{1}{1/m}}", "holds"),
        (r"Var[w_i] = \frac{1}{n}", "fails"),
        (r"\sqrt{Var[w_i]} = \frac{2}{\sqrt{n + m}}", "fails"),
    ],
)
def test_what_is_required_decides_what_it_speaks_of(formula: str, expected: str) -> None:
    (found,) = claims(REQUIRED, formula)
    assert found.verdict == expected
    message = "as required" if expected == "holds" else "what is required says otherwise"
    assert found.links[0].message == message


# -- what follows from what


CONSEQUENCES = [
    r"n_i Var[W^i] = 1 \Rightarrow Var[z^i] = Var[z^{i'}]",
    r"Var[z^i] = Var[z^{i'}] \Rightarrow n_i Var[W^i] = 1",
    r"n_i Var[W^i] = 1 \wedge n_{i+1} Var[W^i] = 1 \Rightarrow n_i = n_{i+1}",
    r"n_i = n_{i+1} \Rightarrow \frac{2}{n_i + n_{i+1}} = \frac{1}{n_i}",
    r"n_i^2 Var[W^i]^2 = 4 \Rightarrow n_i Var[W^i] = 2",
    r"n_i Var[W^i] = 1 \wedge n_{i+1} Var[W^i] = 1 \Rightarrow "
    r"Var\left[\frac{\partial C}{\partial W^i}\right] = "
    r"Var[x] Var\left[\frac{\partial C}{\partial s^d}\right]",
]
NO_CONSEQUENCES = [
    r"n_i Var[W^i] = 1 \Rightarrow n_{i+1} Var[W^i] = 1",
    r"n_i Var[W^i] = \frac{1}{3} \Rightarrow Var[z^{i+1}] = Var[z^i]",
    r"Var[W^i] = \frac{2}{n_i + n_{i+1}} \Rightarrow n_i Var[W^i] = 1",
    r"Var[W^i] = \frac{2}{n_i + n_{i+1}} \Rightarrow \sqrt{Var[W^i]} = \frac{1}{\sqrt{n_i}}",
]


def test_consequences() -> None:
    for found in claims(GLOROT, *CONSEQUENCES):
        assert found.verdict == "holds", found.claim.text


def test_what_does_not_follow_fails_with_numbers() -> None:
    for found in claims(GLOROT, *NO_CONSEQUENCES):
        judgement = found.links[0].judgement
        assert found.verdict == "fails" and judgement is not None, found.claim.text
        assert judgement.equality.example is not None


def test_numbers_against_a_claim_are_numbers_that_its_premises_allow() -> None:
    """The premise speaks of something defined: small numbers of the weights may break it."""
    formula = r"Var[z^i] = Var[z^{i'}] \Rightarrow n_0 Var[W^0] = 1"
    assert verdict(GLOROT, formula) != "fails"
    assert verdict(GLOROT + "\nassume unit: Var[z^i] = 1", r"n_0 Var[W^0] Var[x] = 1") != "fails"


def test_numbers_are_as_is_declared_of_the_sizes() -> None:
    assert verdict("size n, m\nassume equal: n = m", "n = m") == "holds"
    assert verdict("size n, m, k\nassume equal: n = m", "n k = m k") == "holds"
    assert verdict("size n, m, k\nassume equal: n = m", "n = k") == "fails"
    assert verdict("size n, m\nassume equal: n = m", r"n = 2 \Rightarrow m = 2") == "holds"
    assert verdict("size n\nrandom x", r"n = 2 \Rightarrow n Var[x] = 3 Var[x]") == "fails"


def test_premises_that_contradict_each_other_refute_nothing() -> None:
    formula = r"n Var[w_i] = 1 \wedge m Var[w_i] = 1 \Rightarrow m n Var[w_i]^2 = 1"
    assert verdict(NEURON, formula) == "holds"
    formula = (
        r"n Var[w_i] = 1 \wedge m Var[w_i] = 1 \Rightarrow \frac{1}{n} + \frac{1}{m} = \frac{2}{n}"
    )
    assert verdict(NEURON, formula) != "fails"


def test_claims_under_different_premises_do_not_contradict_each_other() -> None:
    text = r"$$n = 2 \Rightarrow n m = 2 m$$ $$n = 3 \Rightarrow n m = 3 m$$"
    assert check(document(f"```derive\nsize n, m\n```\n{text}")).conflicts == ()


def test_combinations_are_the_ones_that_linear_algebra_finds() -> None:
    def vector(x: Any = 0, y: Any = 0, z: Any = 0) -> dict[object, Fraction]:
        return {name: Fraction(c) for name, c in (("x", x), ("y", y), ("z", z)) if c}

    vectors = [vector(1, 2), vector(y=3, z=1), vector(2, 7, 1)]
    assert combination(vector(1, 5, 1), vectors[:2]) == {0: 1, 1: 1}
    assert combination(vector(Fraction(1, 2), 1), vectors) == {0: Fraction(1, 2)}
    assert combination(vector(1), vectors) is None
    assert combination({}, vectors) == {}


GROWTH = "size L\nrandom x_l for l = 0..L"


def test_a_premise_for_all_layers_is_multiplied_over_them() -> None:
    step = r"Var[x_l] = 2 Var[x_{l-1}] \Rightarrow "
    assert verdict(GROWTH, step + r"Var[x_L] = 2^L Var[x_0]") == "holds"
    assert verdict(GROWTH, step + r"Var[x_l] = 2^l Var[x_0]") == "holds"
    assert verdict(GROWTH, step + r"Var[x_L] = 2^{L-l} Var[x_l]") == "holds"
    assert verdict(GROWTH, step + r"Var[x_L] = 2^{L-1} Var[x_0]") != "holds"
    assert verdict(GROWTH, step + r"Var[x_L] = L^2 Var[x_0]") != "holds"


def test_a_tie_is_rounded_either_way_and_says_so() -> None:
    tie = "to the digits printed: 0.125, a tie, which is rounded either way"
    for rounded in ("0.12", "0.13"):
        assert said("size n", rf"\frac{{1}}{{8}} \approx {rounded}") == ("holds", tie)
    assert said("size n", r"\frac{1}{8} \approx 0.14")[0] == "fails"
    assert said("size n", r"\frac{1}{3} \approx 0.33") == (
        "holds",
        "to the digits printed: 0.333333",
    )


# -- what is required


SUM = r"""size n, m
random w_j for j = 1..n
random x_j for j = 1..n
assume independent w_j; independent x_j; w independent of x
assume same law w over j; same law x over j; E[w_j] = 0
let y = \sum_{j=1}^n w_j x_j
require """
TWO = "n Var[w] = 1; m Var[w] = 2"


def said(declared: str, formula: str) -> tuple[str, str]:
    """The verdict on a claim, and its message."""
    found = claims(declared, formula)[-1]
    return found.verdict, found.links[0].message


@pytest.mark.parametrize(
    ("required", "formula", "expected"),
    [
        (TWO, "m = 2 n", ("holds", "as required")),
        (TWO, "m^2 = 4 n^2", ("holds", "as required")),
        (TWO, "m = n", ("fails", "with what is required put in")),
        (TWO, "Var[y] = E[x^2]", ("holds", "as required")),
        (TWO, "Var[y] = n Var[w] E[x^2]", ("holds", "")),
        (TWO, "n Var[x] = 1", ("needs", "a choice, not a consequence")),
        ("n Var[w] = 1", "n = 1", ("fails", "")),
        ("n Var[w] = 1", "Var[y] = n E[x^2]", ("fails", "with what is required put in")),
        ("n Var[w] = 1", "Var[y] = n^2 Var[w] E[x^2]", ("fails", "with what is required put in")),
        ("n Var[w] = 1", "Var[y] = Var[x]", ("needs", "with what is required put in")),
        ("n = m", "n = 2 m", ("fails", "with what is required put in")),
        ("n = m", "n^2 = n m", ("holds", "as required")),
        ("Var[y] = 1", "n Var[w] E[x^2] = 1", ("holds", "as required")),
        ("Var[w_1] = n - 1", "Var[w_1] = n - 1", ("holds", "as required")),
    ],
)
def test_what_is_required_is_put_in(required: str, formula: str, expected: tuple[str, str]) -> None:
    assert said(SUM + required, formula) == expected


def test_numbers_that_what_is_required_rules_out_refute_nothing() -> None:
    """With n = 1 and n = 2 alone there is no m = 2 n among the small sizes."""
    assert said(SUM + TWO, "n = 1")[0] == "undecided"
    assert said(SUM + "E[w^4] = Var[w]^2 / 2", "n = 1")[0] == "undecided"


def test_numbers_are_not_those_of_what_was_put_in() -> None:
    (found,) = claims(SUM + "n Var[w] = 1", "Var[y] = n E[x^2]")
    judgement = found.links[0].judgement
    assert judgement is not None and judgement.equality.example is not None
    example = judgement.equality.example
    assert (example.left, example.right, example.at[Symbol("n")]) == (1, 2, 2)
    assert not [m for m in example.moments if m.has(Entry("w", 1))]


AGAINST = [
    ("n Var[w] = 1; n Var[w] = 2", "n Var[w] = 1 (line 8) and n Var[w] = 2 (line 8)"),
    ("n Var[w] = 1\nrequire m = 3 n; m Var[w] = 6", "n Var[w] = 1 (line 8) and m = 3 n (line 9)"),
    ("one: n Var[w] = 1; n Var[w] = 2", "n Var[w] = 1; n Var[w] = 2 (line 8) contradicts itself"),
    ("Var[w] = 2 Var[w]", "Var[w] = 2 Var[w] (line 8) contradicts itself"),
    ("E[w_1] = 1", "E[w_1] = 1 (line 8) and E[w_j] = 0 (line 6) contradict each other"),
    ("Var[y] = E[x^2]; n Var[w] = 2", "contradict each other"),
    ("Var[w_1] + Var[x_1] = Var[x_1]", "contradicts itself"),
    ("n = 2; n = 3", "contradict each other"),
    ("n = 2\nrequire n = 25", "n = 2 (line 8) and n = 25 (line 9) contradict each other"),
    ("one:n = 2\nrequire n = 25", "n = 2 (line 8) and n = 25 (line 9)"),
    ("Var[w_j] = 1; Var[w_2] = 2", "contradict each other"),
]


@pytest.mark.parametrize(("required", "words"), AGAINST)
def test_requirements_that_cannot_be_met_are_not_judged_by(required: str, words: str) -> None:
    trouble, found = claims(SUM + required, "n Var[w] = 7")
    assert trouble.verdict == "unreadable" and trouble.trouble is not None
    where, reason, _ = trouble.trouble
    assert words in reason and "take one away" in reason and where.line in (8, 9)
    assert (found.verdict, found.links[0].message)[0] in ("needs", "undecided")


def test_requirements_that_can_be_met() -> None:
    for required in (TWO, "n Var[w] = 1; m Var[x] = 2", "n Var[w] = m Var[x]; n = m", "n = 3"):
        (found,) = claims(SUM + required, "Var[y] = n Var[w] E[x^2]")
        assert found.verdict == "holds"


def test_a_law_and_what_is_required() -> None:
    trouble, found = claims("random w\nassume w ~ U[-1, 1]\nrequire Var[w] = 2", "Var[w] = 1/3")
    assert trouble.trouble is not None and "w ~ U[-1, 1] (line 3)" in trouble.trouble.reason
    assert found.verdict == "holds"


def test_contradictions_are_said_without_a_claim_and_once() -> None:
    text = "```derive\nsize n\nrequire n = 2; n = 3\n```\n"
    (only,) = check(document(text)).claims
    assert only.verdict == "unreadable"
    again = check(document(text + "$$n = 2$$\n\n```derive\nsize m\n```\n$$n = m$$")).claims
    assert [c.verdict for c in again].count("unreadable") == 1


@pytest.mark.parametrize(
    "premise",
    [
        "Var[y] = 2 Var[y]", "Var[w] = 0", "Var[w] = 2 Var[w]", "n = 2 n", "n = 0", "1 = 2",
        "E[w] = 1", r"n Var[w] = 1 \wedge n Var[w] = 2", "Var[w] + Var[x] = Var[x]", "Var[x] = -1",
        r"n = 2 \wedge n = 3", r"Var[w] = n \wedge Var[w] = 2 n", "Var[w]^2 + 1 = 0",
    ],
)  # fmt: skip
def test_a_premise_that_holds_for_no_values(premise: str) -> None:
    declared = SUM.removesuffix("require ")
    for formula in ("m = 5", "Var[y] = 5", "Var[w] = 3 Var[w]"):
        found = said(declared, rf"{premise} \Rightarrow {formula}")
        assert found == ("undecided", "the premise holds for no values")


@pytest.mark.parametrize("premise", ["Var[w]^2 = 3 Var[w] - 5", "E[w^4] = Var[w]^2 / 2"])
def test_a_premise_of_which_no_values_were_found_refutes_nothing(premise: str) -> None:
    declared = SUM.removesuffix("require ")
    assert said(declared, rf"{premise} \Rightarrow m = 5")[0] == "undecided"


def test_a_premise_that_can_be_met_refutes() -> None:
    declared = SUM.removesuffix("require ")
    for premise in ("n = 2", "n Var[w] = 1", "Var[x] = n"):
        assert said(declared, rf"{premise} \Rightarrow m = 5")[0] != "holds"
    for premise in ("n = 2", "E[x_1] = 0", "b = 1", "b = -2"):
        assert said("given b\n" + declared, rf"{premise} \Rightarrow m = 5")[0] == "fails"
    for fixed in ("assume b = 1", "random v\nassume v ~ U[-b, b]"):
        found = said(f"given b\n{fixed}\n{declared}", r"b = -2 \Rightarrow m = 5")
        assert found[0] == "undecided"


def test_a_number_made_of_premises() -> None:
    n, two, grown = "n", ((Integer(2), None), UNIT), ((Integer(2), None), frozenset({(a, 1)}))
    n_power = ((Symbol(n), None), UNIT)
    assert number([{n_power: Fraction(1)}, {n_power: Fraction(2), two: Fraction(1)}]) == {
        0: -2,
        1: 1,
    }
    assert number([{n_power: Fraction(1)}, {n_power: Fraction(2)}]) is None
    assert number([{grown: Fraction(1)}]) is None
    assert number([{grown: Fraction(1)}, {grown: Fraction(1), two: Fraction(1)}]) == {0: -1, 1: 1}


# -- names of several words


@pytest.mark.parametrize(
    "name", [r"\text{fan\_in}", r"\mathrm{fan\_in}", r"fan\_in", r"\operatorname{fan\_in}"]
)
def test_names_of_several_words(name: str) -> None:
    declared = r"size \text{fan\_in}, n" + "\nrandom w"
    (found,) = claims(declared, rf"\frac{{2}}{{{name}}} Var[w] = \frac{{2 Var[w]}}{{{name}}}")
    assert found.verdict == "holds", found.trouble
    assert latex("fan_in") == r"\text{fan\_in}"
    assert verdict(r"size \text{fan\_in}", rf"{name} = \text{{fan\_out}}") == "unreadable"


# -- sums and roots in product formulas


def test_equal_quotients_have_equal_factors() -> None:
    assert factors(1 / a + 1 / b) == factors((a + b) / (a * b))
    assert factors(a**2 - b**2) == factors((a - b) * (a + b) + c - c)
    assert factors(sqrt(a) + sqrt(b)) != factors(a + b)
    with pytest.raises(Outside, match="not a quotient"):
        factors(a + Sum(b, (Symbol("k"), 1, 3)))


SIZES = "size n, m\ngiven g"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\frac{\sqrt{6}}{\sqrt{n + m}} = \sqrt{\frac{6}{n + m}}", "holds"),
        (r"(4n)^{-1/4} \sqrt{2} = n^{-1/4}", "holds"),
        (r"\frac{(\frac{1}{\sqrt{n}} + \frac{1}{\sqrt{n}})^2}{12} = \frac{1}{3n}", "holds"),
        (r"\frac{2}{1/n + 1/m} = \frac{2nm}{n + m}", "holds"),
        (r"\sqrt{n^2 + 2nm + m^2} = n + m", "holds"),
        (r"\frac{6}{\sqrt{n + m}} = \sqrt{\frac{6}{n + m}}", "fails"),
        (r"(4n)^{-1/4} = 0.67 n^{-1/4}", "fails"),
        (r"\sqrt{n + m} = \sqrt{n} + \sqrt{m}", "fails"),
        (r"\sqrt{g^2} = g", "fails"),
    ],
)
def test_roots(formula: str, expected: str) -> None:
    assert verdict(SIZES, formula) == expected


# -- numbers


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\sqrt{\frac{2}{9 \cdot 64}} \approx 0.059", "holds"),
        (r"\sqrt{\frac{2}{9 \cdot 64}} = 0.059", "holds"),
        (r"\sqrt{\frac{2}{9 \cdot 64}} \approx 0.058", "fails"),
        (r"\frac{1}{5.9 \cdot 4.2^2 \cdot 2.9^2 \cdot 2.1^4} = \frac{1}{1.7 \cdot 10^4}", "holds"),
        (r"\frac{1}{5.9 \cdot 4.2^2 \cdot 2.9^2 \cdot 2.1^4} = \frac{1}{1.8 \cdot 10^4}", "fails"),
        (r"4^{-1/4} n^2 = 0.71 n^2", "holds"),
        (r"0.01 - 0.1 \cdot 0.126 \cdot 0.5 = -0.0037", "fails"),
        (r"0.01 - 0.1 \cdot 0.126 \cdot 0.5 = 0.0037", "holds"),
        (r"-\frac{1}{3} = -0.33", "holds"),
        (r"-\frac{1}{3} = -0.34", "fails"),
        (r"0.3 = 0.33", "fails"),
        (r"\frac{22}{7} \approx \frac{355}{113}", "undecided"),
        (r"\sqrt{80} \approx 9", "holds"),
        (r"\sqrt{50} \approx 9", "fails"),
        (r"0.5 \approx 0.25", "fails"),
    ],
)  # fmt: skip
def test_rounded_numbers(formula: str, expected: str) -> None:
    assert verdict(SIZES, formula) == expected


def test_the_note_says_what_was_rounded() -> None:
    (found,) = claims(SIZES, r"\sqrt{2} = 1.41")
    assert found.links[0].message == "to the digits printed: 1.41421"


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (sqrt(2) + sqrt(3), Rational(314626436994, 10**11), 1),
        (sqrt(2), Rational(14142135623730950488, 10**19), 1),
        (sqrt(2), Rational(14142135623730950489, 10**19), -1),
        (exp(1), Rational(2718281828459045, 10**15), 1),
        (pi, Rational(22, 7), -1),
        (log(2), Rational(69314718056, 10**11), -1),
        (sqrt(2) + sqrt(3), sqrt(5 + 2 * sqrt(6)), None),
    ],
)
def test_numbers_are_told_apart_with_proof(x: Expr, y: Expr, expected: int | None) -> None:
    assert compare(x, y) == expected


def test_digits_are_those_of_the_number() -> None:
    assert shown(-1 / log(Rational(894, 1000)), 4) == "8.925"
    low, high = enclosed(sqrt(2))
    assert low**2 < 2 < high**2 and high - low < Fraction(1, 10**50)
    low, high = enclosed(-pi * log(2) - exp(1))
    assert low < high < 0
    for odd in (log(Integer(-1)), sqrt(Integer(-1)), Symbol("n"), exp(Integer(10) ** 9)):
        with pytest.raises(Refused):
            shown(odd)


# -- what has a law

XAVIER = "size n, m\ngiven g > 0\nrandom W\nassume E[W] = 0\nrequire Var[W] = \\frac{2}{n + m}"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"W \sim U[-\frac{\sqrt{6}}{\sqrt{n + m}}, \frac{\sqrt{6}}{\sqrt{n + m}}]", "holds"),
        (r"W \sim \mathcal{U}(-\sqrt{\tfrac{6}{n + m}}, \sqrt{\tfrac{6}{n + m}})", "holds"),
        (r"W \sim U\left[-\frac{6}{\sqrt{n + m}}, \frac{6}{\sqrt{n + m}}\right]", "fails"),
        (r"W \sim U\left[0, \frac{2 \sqrt{6}}{\sqrt{n + m}}\right]", "fails"),
        (r"W \sim \mathcal{N}\left(0, \frac{2}{n + m}\right)", "needs"),
        (r"W \sim \mathcal{N}\left(0, \text{std } \sqrt{\frac{2}{n + m}}\right)", "holds"),
        (r"W \sim \mathcal{N}\left(0, \text{variance } \sqrt{\frac{2}{n + m}}\right)", "fails"),
        (r"W \sim \mathcal{N}(0, 1)", "fails"),
        (r"W \sim U(1, 0)", "unreadable"),
        (r"V \sim U(0, 1)", "unreadable"),
    ],
)  # fmt: skip
def test_a_law_is_judged_by_its_mean_and_variance(formula: str, expected: str) -> None:
    assert verdict(XAVIER, formula) == expected


def test_how_the_normal_law_is_read_is_declared_or_asked() -> None:
    formula = r"W \sim N\left(0, \sqrt{\frac{2}{n + m}}\right)"
    (found,) = claims(XAVIER, formula)
    judgement = found.links[0].judgement
    assert judgement is not None
    assert [fact.line for fact in judgement.needs] == ["read N by standard deviation"]
    assert verdict(XAVIER + "\nread N by standard deviation", formula) == "holds"
    assert verdict(XAVIER + "\nread N by variance", formula) == "fails"


def test_a_law_that_nothing_asks_for_is_a_choice() -> None:
    assert verdict("random W\nassume E[W] = 0", r"W \sim U[-1, 1]") == "needs"
    assert verdict("random W\nassume W ~ U[-1, 1]", r"W \sim U[-1, 1]") == "holds"
    assert verdict("random W\nassume W ~ U[-2, 2]", r"W \sim U[-1, 1]") == "fails"


def test_what_a_declared_law_says_is_used_to_the_digits_printed() -> None:
    declared = "given s > 0\nrandom t\nassume t ~ truncated N(0, std s) at 2"
    for digits, expected in (("0.88", "holds"), ("0.8796256610342398", "holds"),
                             ("0.87962566103423978", "fails"), ("0.89", "fails")):  # fmt: skip
        assert verdict(declared, rf"\sqrt{{Var[t]}} = {digits} s") == expected
    assert verdict(declared, r"\sqrt{Var[t]} = s") == "fails"


def test_numbers_for_fixed_numbers_lie_between_their_bounds() -> None:
    declared = "given p in (0, 1)\nrandom x\nassume x ~ U[0, p]"
    (found,) = claims(declared, r"Var[x] = p^2")
    judgement = found.links[0].judgement
    assert judgement is not None and judgement.equality.example is not None
    assert judgement.equality.example.moments[Entry("p")] < 1


def test_claims_that_both_hold_do_not_contradict_each_other() -> None:
    """In the linear regime two ways to write a gradient come to the same."""
    gradient = r"$$\frac{\partial C}{\partial W^i_{l,k}} = z^i_l \frac{\partial C}{\partial "
    text = f"```derive\nuse glorot\n```\n{gradient}s^i_k}}$$ {gradient}z^{{i+1}}_k}}$$"
    found = check(document(text))
    assert [c.verdict for c in found.claims] == ["holds", "holds"]
    assert found.conflicts == ()


# -- premises and what they may be used for


def test_a_premise_about_some_indices_says_nothing_of_the_others() -> None:
    declared = "size n >= 3\nsize m_j for j = 1..n\nrandom x\nrequire m_j Var[x] = 1 for j = 1..2"
    assert verdict(declared, "m_j Var[x] = 1") == "needs"
    assert verdict(declared, "m_2 Var[x] = 1") == "holds"
    assert verdict(declared, "m_3 Var[x] = 1") == "needs"


@pytest.mark.parametrize("factor", ["Var[2]", "E[(x - x)^2]", "Var[c x]", "Var[x^2]"])
def test_no_premise_is_divided_by_a_moment_that_may_be_0(factor: str) -> None:
    declared = "size n, m\ngiven c\nrandom x"
    assert verdict(declared, rf"n {factor} = m {factor} \Rightarrow n = m") != "holds"


def test_a_premise_is_divided_by_the_variance_of_what_has_a_name() -> None:
    assert verdict("size n, m\nrandom x", r"n Var[x] = m Var[x] \Rightarrow n = m") == "holds"
