"""A report as lines: what has to stand there is worked out from the report itself."""

import re
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from models import columns, glorot, with_printed
from sympy import Integer, Symbol

from derive.boxes import Box
from derive.chains.backprop import backprop
from derive.chains.backward import backward
from derive.chains.forward import forward
from derive.chains.product import product, two_variables
from derive.chains.sum import one_neuron, sum_
from derive.chains.weight_grad import weight_grad
from derive.claims import Sources
from derive.compare import Comparison, Example, Near
from derive.counting.oracle import Counted
from derive.model import Independent, Model, SameLaw, Statement, Symmetric, Unit, ranges
from derive.report import Report, report
from derive.show.lines import Line, filled, length, plain, text_of, tied
from derive.show.page import Wanted, page
from derive.show.terminal import coloured
from derive.show.words import Voice, form_for
from derive.writing.formula import ASCII, TEXT, write

CHAINS = {
    "product": (product, two_variables),
    "sum": (sum_, one_neuron),
    "backprop": (backprop, glorot),
    "forward": (forward, glorot),
    "backward": (backward, glorot),
    "weight-grad": (weight_grad, glorot),
    "forward in columns": (forward, columns),
    "backward in columns": (backward, columns),
    "weight-grad in columns": (weight_grad, columns),
}


@cache
def made(name: str, *without: str) -> Report:
    chain, model = CHAINS[name]
    return report(chain(model().without(without)))


def text(r: Report, **options: Any) -> str:
    return plain(page(r, **options))


def squeezed(s: str) -> str:
    """Without line breaks, without the dots that lead a broken line."""
    return re.sub(r" · (?=∏)", " ", " ".join(s.split()))


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("form", [TEXT, ASCII])
@pytest.mark.parametrize("everything", [False, True])
def test_nothing_is_wider_than_the_page(name: Any, width: Any, form: Any, everything: Any) -> None:
    wanted = Wanted(everything=everything, induction=everything)
    for line in text(made(name), width=width, form=form, wanted=wanted).splitlines():
        assert len(line) <= width, line
        assert line == line.rstrip()


@pytest.mark.parametrize("name", CHAINS)
def test_every_shown_line_and_every_assumption_is_there(name: Any) -> None:
    r = made(name)
    out = squeezed(text(r, width=500))
    for section in r.shown:
        if section.how.startswith("induction") and isinstance(section.claim, Statement):
            assert squeezed(write(section.claim.right, r.model)) in out
            continue
        for track in section.tracks:
            for row in track.rows:
                assert squeezed(write(row.term, r.model)) in out
    for a in r.model.assumptions:
        assert a.name in out
    for names in (r.used, r.unused):
        for n in names:
            assert n in out


@pytest.mark.parametrize("name", CHAINS)
def test_lines_are_numbered_without_gaps_and_all_of_them_are_all(name: Any) -> None:
    r = made(name)
    out = text(r, width=500, wanted=Wanted(everything=True, induction=True))
    numbers = [int(m[1]) for m in re.finditer(r"^ *(\d+)   \S", out, re.MULTILINE)]
    assert numbers == list(range(1, r.lines + 1))
    assert f"{r.lines} lines, all replayed" in out


def test_the_weight_gradient_reads_like_the_proof_on_paper() -> None:
    out = text(made("weight-grad"))
    for part in (
        "1   Var[∂C/∂W^i_{l,k}]\n         = { chain rule: W^i_{l,k} reaches C through s^i_k only }",
        "3   Var[z^i_l · ∂C/∂s^i_k]\n"
        "         = { variance of a product of independent variables\n"
        "             z^i_l      is made of  x, W^0 … W^{i-1}\n"
        "             ∂C/∂s^i_k  is made of  ∂C/∂s^d, W^{i+1} … W^d\n"
        "             nothing in common\n",
        "= { E[z^i_l] = 0   zero-mean-weights; at i = 0 zero-mean-inputs }",
        "= { E[∂C/∂s^i_k] = 0   zero-mean-weights; at i = d zero-mean-top }",
        "= { forward, proved by induction from i = 0   `derive forward` }",
        "= { backward, proved by induction from i = d   `derive backward` }",
        "  For every i = 0 … d, l = 1 … n_i, k = 1 … n_{i+1}\n",
        "second moments finite, sizes ≥ 1, d ≥ 0",
        "  used: all · declared and not needed: none\n",
        "notation glorot\n",
    ):
        assert part in out
    assert "in a real network ∂C/∂s^d depends on W and x" in squeezed(out)


def test_the_count_adds_up() -> None:
    r = made("weight-grad")
    m = re.search(r"(\d+) lines here, (\d+) behind them in 2 results and \d+ lemmas, (\d+) replay",
                  text(r))  # fmt: skip
    assert m
    here, behind, total = map(int, m.groups())
    assert here == len(r.shown[0].tracks[0].rows)
    assert here + behind == total == r.lines


def test_an_end_of_a_case_is_said_in_the_indices_of_the_line() -> None:
    """The mean of ∂C/∂s^{i+1} needs the assumption about the top where i + 1 is d."""
    assert "at i+1 = d zero-mean-top" in squeezed(text(made("backward")))


def test_cross_terms_say_what_is_independent_of_what() -> None:
    out = text(made("sum"))
    assert "x_j x_{j'}  is made of  x_j, x_{j'}" in out
    assert "w_j, w_{j'} are primitive random variables" in out
    assert "j'≠j" in out
    assert "Var[X + Y] = Var[X] + Var[Y] + 2 Cov[X, Y]" in out
    assert "= { cross terms, shown above }" in out


def test_sums_of_zeros_are_not_worth_a_reason() -> None:
    out = text(made("forward"))
    assert "sum of 0" not in out and "sum of equal" not in out
    assert "= { sum of n_i equal terms }" in out


def test_induction_is_written_out_when_asked_for() -> None:
    short, long = (text(made("forward"), wanted=Wanted(induction=w)) for w in (False, True))
    assert "found by unrolling, proved by induction from i = 0 upward" in short
    assert "induction hypothesis" not in short
    for part in ("base, i = 0", "step, from i to i+1", "right side", "induction hypothesis",
                 "empty product", "last factor"):  # fmt: skip
        assert part in long


def test_another_network_in_its_own_letters() -> None:
    out = text(made("weight-grad in columns"))
    assert "notation columns" in out
    assert "L a function of h_M, so ∂L/∂h_M random" in out
    assert not re.search(r"\b[Wsz]\b|∂C|glorot|zero-mean", out)
    for name in ("matrices", "centred-top", "alike"):
        assert name in out


# -- stops


def test_a_stop_says_where_and_what_both_sides_share() -> None:
    gone = tuple(a for a in glorot().assumptions if a.name == "linear-regime")
    r = made("weight-grad", "linear-regime")
    assert r.stopped
    out = text(r, wanted=Wanted(without=gone))
    assert "Without   linear-regime        f(s) = s" in out
    assert "Stopped   at line 3: " in out
    assert "one side is made of   x, W^0 … W^{i-1}" in out
    assert "which share  x" in out
    assert "Result" not in out and "Against" not in out
    assert "not used so far: " in out


def test_a_stop_without_sources_gives_the_reason_and_the_remainder() -> None:
    out = text(made("weight-grad", "zero-mean-weights"))
    assert "the covariance was not shown to be 0" in squeezed(out)
    assert "E[W^i]² E[z^i_l z^i_{l'}] - E[W^i]² E[z^i_l] E[z^i_{l'}]" in out


# -- against what is printed


def compared(**fields: Any) -> Report:
    r = made("weight-grad")
    printed = next(p for p in with_printed(glorot()).printed if p.chain == "weight-grad")
    assert isinstance(r.result, Statement)
    return replace(r, against=(Comparison(printed, r.result, **fields),))


def test_a_printed_formula_that_fails_comes_with_numbers_and_what_is_true() -> None:
    n, i = glorot().families["n"], Symbol("i")
    derived = made("weight-grad").result
    assert isinstance(derived, Statement)
    printed = next(p for p in with_printed(glorot()).printed if p.chain == "weight-grad")
    r = compared(
        verdict="fails",
        ratio=(n[i + 1], n[i]),
        true_when=(n[i + 1], n[i]),
        example=Example((("d", "1"), ("i", "0")), Integer(1), Integer(2), Counted(Fraction(2), 64)),
        nearest=(Near(Statement(printed.statement.left, derived.right), "both limits one higher"),),
    )
    out = text(r)
    for part in (
        "Against   Glorot & Bengio (2010), eq. (7), as printed: ✗ fails",
        "printed  … ∏_{i'=i}^{d-1} n_{i'+1} Var[W^{i'}]",
        "derived  … ∏_{i'=i+1}^{d} n_{i'+1} Var[W^{i'}]",
        "printed / derived = n_{i+1}/n_i",
        "d = 1, i = 0:",
        "printed 1, derived 2, counted over all 64 cases 2",
        "both limits one higher",
        "true as printed when n_{i+1} = n_i",
    ):
        assert part in out


def test_other_verdicts() -> None:
    assert "as printed: ✓ holds\n" in text(compared(verdict="holds"))
    assert "? undecided\n            too wide" in text(
        compared(verdict="undecided", why="too wide")
    )


# -- pieces


def test_ascii_has_no_other_characters() -> None:
    for name in CHAINS:
        for wanted in (Wanted(), Wanted(everything=True, induction=True)):
            assert text(made(name), form=ASCII, wanted=wanted).isascii()
    assert form_for("ascii") is form_for("cp1252") is form_for("no such encoding") is ASCII
    assert form_for("utf-8") is TEXT


@pytest.mark.parametrize("name", CHAINS)
def test_a_terminal_shows_the_same_lines(name: Any) -> None:
    lines = page(made(name))
    for colour in (True, False):
        out = coloured(lines, 80, colour=colour)
        assert re.sub(r"\x1b\[[0-9;]*m", "", out) == plain(lines)
    assert "\x1b[" in coloured(lines, 80)


def test_what_changed_is_emphasised() -> None:
    lines = page(made("weight-grad"))
    hot = ["".join(t for t, style in line if style == "changed") for line in lines]
    third = next(n for n, line in enumerate(lines) if text_of(line).startswith("   3   "))
    assert hot[third] == "z^i_l"


def test_sources_in_words() -> None:
    voice = Voice(glorot())
    i, d, l = map(Symbol, "idl")
    one = Integer(1)
    assert voice.boxes((Box("x", (None,)), Box("W", ((i, d), None, None)))) == "x, W^i … W^d"
    assert voice.boxes((Box("W", ((i, i), (l, l), (one, one))),)) == "W^i_{l,1}"
    assert voice.boxes((Box("W", ((i, i), (l, l), None)),)) == "W^i_{l,·}"
    assert voice.boxes((Box("∂C/∂s", ((d, d), None)),)) == "∂C/∂s^d"
    out = text(made("weight-grad"), width=200, wanted=Wanted(everything=True))
    for s in made("weight-grad").sections:
        if isinstance(s.claim, Sources):
            assert (
                f"{voice.formula(s.claim.subject)} is made of {voice.boxes(s.claim.boxes)}" in out
            )


def test_assumptions_in_words() -> None:
    model = Model("m")
    n, j = model.size("n"), Symbol("j")
    w = model.random("w", (j, 1, n))
    model.random("x")
    model.random("y")
    x, y, each = Unit(("x",)), Unit(("y",)), Unit(("w",), each=True)
    voice = Voice(model)
    for fact, said in (
        (Independent((x, y)), "x independent of y"),
        (Independent((x, y, Unit(("w",)))), "x, y, w mutually independent"),
        (Independent((each,)), "the w_j independent of each other"),
        (Independent((each, x)), "every w_j independent of x"),
        (Symmetric("w"), "the w_j symmetric about 0"),
        (SameLaw("w", (0,)), "the w_j of one law for all j"),
        (Statement(w[j], Integer(0), ranges((j, 1, n))), "w_j = 0"),
    ):
        m = Model("m")
        m.assume("a", fact, text="as declared")
        assert voice.assumption(m.assumptions[0]) == said


def test_an_equation_about_some_entries_only_says_about_which() -> None:
    model = Model("m")
    n, j = model.size("n"), Symbol("j")
    w = model.random("w", (j, 1, n))
    model.assume("a", Statement(w[j], Integer(0), ranges((j, 2, n))), text="")
    assert Voice(model).assumption(model.assumptions[0]) == "w_j = 0   for j = 2 … n"


def test_filling_keeps_formulas_together_and_breaks_them_last() -> None:
    line: list[Line] = filled([("  say ", ""), (tied("a + b"), "x"), (" and so on", "")], 10, 2)
    assert [text_of(found) for found in line] == ["  say", "  a + b", "  and so", "  on"]
    found = filled([(tied("a + b + c + d"), "")], 6)
    assert [text_of(part) for part in found] == ["a + b", "+ c +", "d"]
    assert all(length(part) <= 6 for part in found)
