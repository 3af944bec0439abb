"""Quotients and roots: what they take for granted is said, also where it was cancelled."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Integer, Symbol, exp

from derive.cli import main
from derive.judging.check import LinkChecked, check
from derive.read.document import document
from derive.writing.formula import write

DECLARED = r"""size n, m, d
size N >= 2
given b, c > 0
random x_j for j = 1..n
random u
assume E[u] = 0
assume independent x_j; same law x over j
let y = \sum_{j=1}^n x_j
let v = \frac{1}{n-1} \sum_{j=1}^n x_j
let r = b v"""


def link(formula: str, declared: str = DECLARED) -> LinkChecked:
    (found,) = check(document(f"```derive\n{declared}\n```\n$${formula}$$")).claims
    assert found.trouble is None, found.trouble
    return found.links[-1]


def where(formula: str) -> str:
    """What a claim that holds takes for granted."""
    found = link(formula)
    assert found.verdict == "holds" and found.judgement is not None, (formula, found.message)
    j, model = found.judgement, found.judgement.equality.model
    said = [*((s, "≥", Integer(n)) for s, n in j.least), *j.where]
    return ", ".join(f"{write(a, model)} {sign} {write(b, model)}" for a, sign, b in said)


@pytest.mark.parametrize(
    ("formula", "takes"),
    [
        (r"\frac{n-1}{n-1} = 1", "n ≥ 2"),
        (r"(n-1)/(n-1) = 1", "n ≥ 2"),
        (r"(n-1)^{-1}(n-1) = 1", "n ≥ 2"),
        (r"\frac{n^2-n}{n-1} = n", "n ≥ 2"),
        (r"\frac{1}{1/n - 1} = \frac{n}{1-n}", "n ≥ 2"),
        (r"\frac{N-1}{N-1} = 1", ""),
        (r"\frac{n-3}{n-3} = 1", "n ≠ 3"),
        (r"(n-m)/(n-m) = 1", "m ≠ n"),
        (r"\frac{b}{b} = 1", "b ≠ 0"),
        (r"\frac{c}{c} = 1", ""),
        (r"\frac{b^2 - 1}{b-1} = b + 1", "b ≠ 1"),
        (r"\frac{b^2 + 1}{b^2 + 1} = 1", ""),
        (r"\sqrt{b}\sqrt{b} = b", "b ≥ 0"),
        (r"b^{1/2} b^{1/2} = b", "b ≥ 0"),
        (r"\frac{1}{\sqrt{b}}\frac{1}{\sqrt{b}} = 1/b", "b ≥ 0, b ≠ 0"),
        (r"\sqrt{c}\sqrt{c} = c", ""),
        (r"b^{-1} b = 1", "b ≠ 0"),
        (r"b^{-n} b^n = 1", "b ≠ 0"),
        (r"c^{-n} c^n = 1", ""),
        (r"2^{-n} 2^n = 1", ""),
        (r"b^{n-1} b = b^n", ""),
        (r"\sqrt{n-1}\sqrt{n-1} = n-1", ""),
        (r"\sqrt{Var[y]}\sqrt{Var[y]} = Var[y]", ""),
        (r"\frac{E[x_1]}{E[x_1]} = 1", "E[x] ≠ 0"),
        (r"\frac{Var[y]}{Var[y]} = 1", "Var[y] ≠ 0"),
        (r"\frac{x_1}{x_1} = 1", "x_1 ≠ 0"),
        (r"E[\frac{u}{u}] = 1", "u ≠ 0"),
        (r"\sum_{k=2}^{n} \frac{k-1}{k-1} = n-1", ""),
        (r"\frac{2}{n+m} = \frac{4}{2n+2m}", ""),
        (r"E[v] = \frac{n}{n-1} E[x]", "n ≥ 2"),
        (r"(n - 1) E[v] = n E[x]", "n ≥ 2"),
        (r"E[r] = b E[v]", "n ≥ 2"),
    ],
)
def test_what_a_formula_takes_for_granted(formula: str, takes: str) -> None:
    assert where(formula) == takes


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        (r"\frac{E[u]}{E[u]} = 1", "E[u] is 0, and nothing is divided by 0"),
        (r"\frac{Var[u]}{E[u]} = \frac{Var[u]}{E[u]}", "E[u] is 0, and nothing is divided by 0"),
        (r"\sqrt{-1}\sqrt{-1} = -1", "-1 is negative, and no root is taken of that"),
        (r"\sqrt{-c}\sqrt{-c} = -c", "-c is negative, and no root is taken of that"),
        (r"\sum_{k=1}^{n} \frac{k-1}{k-1} = n", "k - 1 may be 0, and nothing is divided by 0"),
    ],
)
def test_what_is_no_number_is_not_decided(formula: str, why: str) -> None:
    found = link(formula)
    assert (found.verdict, found.message) == ("undecided", why)


def test_numbers_where_a_side_is_no_number_refute_nothing() -> None:
    assert link(r"\frac{n-1}{n-1} = 2").verdict == "fails"
    assert link(r"\frac{n-3}{n-3} = 2").verdict == "undecided"
    found = link(r"\frac{(n-1)(n-1)}{n-1} = 2n").judgement
    assert found is not None and found.equality.example is not None
    assert found.equality.example.at[Symbol("n")] == 2


@given(st.integers(1, 4), st.integers(1, 4))
def test_a_size_is_raised_where_only_its_least_value_is_out(least: int, root: int) -> None:
    found = link(rf"\frac{{n-{root}}}{{n-{root}}} = 1", f"size n >= {least}").judgement
    assert found is not None
    n = Symbol("n")
    if root < least:
        assert not found.least and not found.where
    elif root == least:
        assert found.least == ((n, least + 1),) and not found.where
    else:
        assert not found.least and found.where == ((n, "≠", Integer(root)),)


def test_it_is_said_beside_the_claim(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "quotients.md"
    file.write_text("```derive\nsize n\ngiven b\n```\n$$\\frac{n-1}{n-1} = 1$$\n$$b/b = 1$$\n")
    assert main(["check", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "n ≥ 2" in shown and "b ≠ 0" in shown
    assert main(["check", str(file), "--format", "json"]) == 0
    claims = json.loads(capsys.readouterr().out)["files"][0]["claims"]
    assert [c["for"] for c in claims] == [["n >= 2"], [r"b \ne 0"]]


def test_numbers_with_a_negative_one_under_a_root_refute_nothing() -> None:
    declared = "random x, y\ngiven g"
    roots = r"\sqrt{E[x]} \cdot \sqrt{E[x - y + y]} = \sqrt{E[x] \cdot E[x - y + y]}"
    said = "no numbers against it were found for which both sides have a meaning"
    for formula in (roots, r"\sqrt{g}^2 = \sqrt{g^2}", r"\sqrt{E[x]}^2 = \sqrt{E[x]^2}"):
        found = link(formula, declared)
        assert (found.verdict, found.message) == ("undecided", said)
    assert link(r"\sqrt{E[x]^2} = E[x]", declared).verdict == "fails"
    assert link(r"\sqrt{g}^2 = 2 \sqrt{g^2}", declared).verdict == "fails"


RATIOS = r"""random x, y
random u
assume independent x, y, u; E[u] = 0"""


@pytest.mark.parametrize(
    ("formula", "left", "right"),
    [
        (r"E[\frac{1}{x}] = \frac{1}{E[x]}", "5/8", "2/5"),
        (r"E[\frac{x}{y}] = \frac{E[x]}{E[y]}", "5/8", "2/5"),
        (r"E[\frac{x}{y}] = E[x] E[y]", "5/8", "5/2"),
        (r"E[\sqrt{x}] = \sqrt{E[x]}", "3/2", "sqrt(10)/2"),
        (r"Var[\frac{1}{x}] = \frac{1}{Var[x]}", "9/64", "4/9"),
        (r"\frac{1}{E[x]} = E[x]", "1/2", "2"),
        (r"E[\frac{1}{1 + u^2}] = \frac{1}{1 + Var[u]}", "4/5", "1/2"),
        (r"E[\sqrt{x^2}] = E[x]", "1/2", "0"),
    ],
)
def test_a_mean_of_a_quotient_or_a_root_is_counted_where_it_exists(
    formula: str, left: str, right: str
) -> None:
    """What is divided by, or stands under a root, has positive values too, if it is left free."""
    found = link(formula, RATIOS)
    assert found.verdict == "fails" and found.judgement is not None, found.message
    example = found.judgement.equality.example
    assert example is not None
    assert (str(example.left), str(example.right)) == (left, right)


def test_numbers_at_which_an_outcome_has_no_value_refute_nothing() -> None:
    """Of what has the mean 0 some values are below 0, so its root is in no law that is tried."""
    assert link(r"E[\sqrt{u}] = 1", RATIOS).verdict == "undecided"
    assert link(r"E[\frac{1}{u}] = 1", RATIOS).verdict == "fails"


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"E[\exp(x)] = \exp(E[x])", "fails"),
        (r"E[\exp(x)] \le \exp(E[x])", "fails"),
        (r"Var[\exp(x)] = \exp(Var[x])", "fails"),
        (r"\exp(x + y) = \exp(x) + \exp(y)", "fails"),
        (r"\exp(x + y) = \exp(x) \exp(y)", "holds"),
        (r"\exp(2 x) = \exp(x)^2", "holds"),
        (r"\exp(x) = \exp(-x)", "fails"),
    ],
)
def test_exponentials_are_counted_and_multiplied_out(formula: str, verdict: str) -> None:
    assert link(formula, RATIOS).verdict == verdict


def test_the_number_e_is_written_as_a_value_of_exp() -> None:
    assert write(exp(1)) == "exp(1)"
    found = link(r"Var[\exp(x)] = \exp(Var[x])", RATIOS).judgement
    assert found is not None and found.equality.example is not None
    assert found.equality.example.right == exp(1)


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        (r"E[\frac{1}{x}] = \frac{1}{E[x]}", ["where x is 1 or 4, each with probability 1/2"]),
        (r"E[\frac{x}{y}] = E[x] E[y]", ["where y is 1 or 4, each with probability 1/2"]),
        (r"Var[u^2] = Var[u]^2",
         ["where u is -2 with probability 1/8, 0 with probability 3/4 or 2 with probability 1/8"]),
        (r"Var[x y] = Var[x] Var[y]", []),
        (r"Var[n x] = n Var[x]", []),
        (r"E[\frac{x}{n}] = E[x]", []),
    ],
)  # fmt: skip
def test_values_are_told_where_means_and_variances_do_not_tell_enough(
    formula: str, said: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "notes.md"
    path.write_text(f"```derive\n{RATIOS}\nsize n\n```\n$${formula}$$\n", encoding="utf-8")
    main(["check", str(path)])
    out = capsys.readouterr().out
    assert "fails" in out
    where = [" ".join(part.split()) for part in re.findall(r"where .+(?:\n {6}.+)?", out)]
    assert where == said
