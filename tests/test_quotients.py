"""Quotients of moments: cleared, and what is divided by is said not to be 0."""

from __future__ import annotations

import pytest
from sympy import Add, Expr, Integer, Rational, Symbol

from derive.judging.check import LinkChecked, check
from derive.judging.clearing import _may_be_zero, cleared
from derive.judging.equality import check_equal
from derive.model import Model, Statement
from derive.read.document import document
from derive.terms import E, Entry, Var
from derive.writing.formula import write

NEURON = r"""size n
random w_j, x_j for j = 1..n
let y = \sum_{j=1}^{n} w_j x_j
assume independent w_j, x_j
assume E[w_j] = 0
assume same law w_j over j; same law x_j over j"""
CENTRED = NEURON + "\nassume E[x_j] = 0"
SAMPLE = r"""size n
random X_i for i = 1..n
let M = \frac{1}{n} \sum_{i=1}^{n} X_i
let U_i = \frac{X_i - E[X_i]}{\sqrt{Var[X_i]}} for i = 1..n
assume independent X_i; same law X_i over i"""
ZERO = r"""random x, u
let y = x - x
let v = u - x
assume Var[v] = 0"""


def link(declared: str, formula: str) -> LinkChecked:
    (found,) = check(document(f"```derive\n{declared}\n```\n$${formula}$$")).claims
    assert found.trouble is None, found.trouble
    return found.links[-1]


def where(found: LinkChecked) -> str:
    assert found.judgement is not None
    j, model = found.judgement, found.judgement.equality.model
    return ", ".join(f"{write(a, model)} {sign} {write(b, model)}" for a, sign, b in j.where)


@pytest.mark.parametrize(
    ("declared", "formula", "takes"),
    [
        (CENTRED, r"\frac{Var[y]}{Var[x]} = n Var[w]", "Var[x] ≠ 0"),
        (CENTRED, r"\frac{Var[y]}{n Var[x]} = Var[w]", "Var[x] ≠ 0"),
        (CENTRED, r"\frac{Var[x]}{Var[y]} = \frac{1}{n Var[w]}", "Var[y] ≠ 0, Var[w] ≠ 0"),
        (CENTRED, r"\frac{Var[y] + Var[x]}{Var[x]} = 1 + n Var[w]", "Var[x] ≠ 0"),
        (
            CENTRED,
            r"\frac{Var[x]}{Var[y] + Var[x]} = \frac{1}{1 + n Var[w]}",
            "Var[x] + Var[y] ≠ 0",
        ),
        (CENTRED, r"\frac{Var[y] - n Var[w] Var[x]}{Var[w]} = 0", "Var[w] ≠ 0"),
        (NEURON, r"\frac{Var[y]}{E[x^2]} = n Var[w]", "E[x²] ≠ 0"),
        (NEURON, r"\frac{Var[y]}{Var[x]} = n Var[w] (1 + \frac{E[x]^2}{Var[x]})", "Var[x] ≠ 0"),
        (NEURON, r"\sqrt{\frac{Var[y]}{Var[w] E[x^2]}} = \sqrt{n}", "E[x²] ≠ 0, Var[w] ≠ 0"),
        (NEURON, r"\sum_{j=1}^n \frac{Var[w_j x_j]}{E[x_j^2]} = n Var[w]", "E[x_j²] ≠ 0"),
        (SAMPLE, r"\frac{Var[M]}{Var[X]} = \frac{1}{n}", "Var[X] ≠ 0"),
        (SAMPLE, r"\frac{E[M^2]}{E[M]^2} = 1 + \frac{Var[X]}{n E[X]^2}", "E[M] ≠ 0, E[X] ≠ 0"),
        (SAMPLE, r"Var[U_i] = 1", "Var[X_i] ≠ 0"),
        (SAMPLE, r"\frac{Var[X]}{1 + Var[X]} = 1 - \frac{1}{1 + Var[X]}", ""),
        (ZERO, r"\frac{Var[x]}{Var[x] + Var[v]} = 1", "Var[x] + Var[v] ≠ 0"),
    ],
)
def test_a_quotient_holds_where_nothing_is_divided_by_0(
    declared: str, formula: str, takes: str
) -> None:
    found = link(declared, formula)
    assert (found.verdict, where(found)) == ("holds", takes)


@pytest.mark.parametrize(
    ("declared", "formula", "nearest"),
    [
        (CENTRED, r"\frac{Var[y]}{Var[x]} = n^2 Var[w]", "Var[y] / Var[x] = n Var[w]"),
        (CENTRED, r"\frac{Var[y] + Var[x]}{Var[x]} = n Var[w]", None),
        (CENTRED, r"\frac{Var[x]}{Var[y] + Var[x]} = \frac{1}{1 + Var[w]}", None),
        (NEURON, r"\frac{Var[y]}{E[x^2]} = n E[w^2] E[x^2]", "Var[y] / E[x²] = n E[w²]"),
        (SAMPLE, r"\frac{Var[M]}{Var[X]} = \frac{1}{n^2}", "Var[M] / Var[X] = 1/n"),
        (SAMPLE, r"\frac{Var[M]}{E[X]} = 3", None),
        (SAMPLE, r"Var[U_i] = 2", None),
    ],
)
def test_a_false_quotient_has_numbers(declared: str, formula: str, nearest: str | None) -> None:
    found = link(declared, formula)
    assert found.verdict == "fails" and found.judgement is not None
    example, model = found.judgement.equality.example, found.judgement.equality.model
    assert example is not None and example.left != example.right
    if nearest is not None:
        assert nearest in [write(e.statement, model) for e in found.judgement.nearest]


def test_a_dropped_assumption_is_named_with_what_it_makes_vanish() -> None:
    found = link(NEURON, r"\frac{Var[y]}{Var[x]} = n Var[w]")
    assert found.verdict == "needs" and found.judgement is not None
    (fact,) = found.judgement.needs
    assert fact.kind == "zero mean" and fact.line == "assume E[x_j] = 0"
    remainder = found.judgement.equality.remainder
    assert remainder is not None
    assert write(remainder, found.judgement.equality.model) == "n Var[w] E[x]² / Var[x]"


@pytest.mark.parametrize(
    "formula",
    [r"\frac{Var[y]}{Var[y]} = 1", r"\frac{Var[x]}{Var[y]} = 1", r"\frac{Var[v]}{Var[v]} = 1",
     r"\frac{Var[x]}{Var[v]} = \frac{2 Var[x]}{Var[v]}", r"\frac{Var[x]}{2 Var[y] + Var[y]} = 1",
     r"\frac{Var[x]}{Var[x] - E[x^2] + E[x]^2} = 1"],
)  # fmt: skip
def test_nothing_is_divided_by_what_is_declared_or_shown_to_be_0(formula: str) -> None:
    found = link(ZERO, formula)
    assert found.verdict == "undecided"
    assert found.message.endswith("is 0, and nothing is divided by 0")


def test_no_fact_is_asked_for_that_makes_a_denominator_0() -> None:
    declared = "random x, w\nassume independent x, w\nassume E[w] = 0"
    found = link(declared, r"\frac{Var[w x]}{E[x]} = 3 Var[w] E[x]")
    assert found.verdict == "fails"


def test_layers() -> None:
    glorot = "use glorot"
    holds = [
        r"\frac{Var[z^{i+1}] - Var[z^i]}{Var[z^i]} = n_i Var[W^i] - 1",
        r"\frac{Var[z^{i+1}]}{Var[z^{i+1}] + Var[z^i]} = \frac{n_i Var[W^i]}{1 + n_i Var[W^i]}",
        r"\frac{Var[z^d]}{Var[x]} = \prod_{i=0}^{d-1} n_i Var[W^i]",
    ]
    fails = [
        r"\frac{Var[z^{i+1}] - Var[z^i]}{Var[z^i]} = n_i Var[W^i]",
        r"\frac{Var[z^{i+1}]}{Var[z^i]} = n_i Var[W^{i+1}]",
        r"\frac{Var[z^d]}{Var[x]} = \prod_{i=0}^{d} n_i Var[W^i]",
    ]
    assert {link(glorot, f).verdict for f in holds} == {"holds"}
    assert {link(glorot, f).verdict for f in fails} == {"fails"}


def test_from_python_what_is_0_is_not_divided_by() -> None:
    model = Model("two")
    v = model.random("v")[()]
    model.assume("no spread", Statement(Var(v), Integer(0)), text="Var[v] = 0")
    found = check_equal((E(v**2) - E(v) ** 2) / Var(v), Integer(5), model)
    assert not found and "nothing is divided by 0" in found.why


def _value(e: Expr, at: dict[Expr, Rational]) -> Rational:
    return e.xreplace(at)


def test_a_quotient_with_a_product_over_layers_is_compared_by_layers() -> None:
    he = "use he"
    gain = r"\frac{\sqrt{Var[y_l]}}{\sqrt{E[(x_{l+1})^2]}}"
    assert link(he, rf"{gain} = \sqrt{{2}}").verdict == "holds"
    assert link(he, rf"{gain} = 2 \sqrt{{2}}").verdict == "fails"


@pytest.mark.parametrize("power", [1, 2, -1])
def test_clearing_multiplies_both_sides_by_the_same(power: int) -> None:
    n, a, b = Symbol("n"), Var(Entry("a")), E(Entry("b"))
    left = (a + 1) / (b + n / a) + b**-power / (2 * a)
    right = n / (b * (a + b)) - Rational(1, 3)
    without = cleared(left, right)
    assert without is not None
    sides, by = without
    at: dict[Expr, Rational] = {n: Integer(3), a: Rational(5, 7), b: Rational(-2, 11)}
    factor = _value(by, at)
    assert factor != 0
    for side, original in zip(sides, (left, right), strict=True):
        assert Add(_value(side, at), -_value(original, at) * factor) == 0


def test_what_has_no_denominator_is_not_cleared() -> None:
    a = Var(Entry("a"))
    assert cleared(a + 1, a / 2) is None
    assert cleared(E(Entry("a") / a), Integer(1)) is None


def test_what_may_be_multiplied_out_inside_a_moment_is_not_told_apart_by_a_number() -> None:
    x, y, z = (Entry(name) for name in "xyz")
    assert _may_be_zero(E((x + y) * z) - E(x * z + y * z))
    assert _may_be_zero(1 / (x + y) - 1 / (y + x))
    assert not _may_be_zero(1 / (x + y) - 1 / (x + z))
