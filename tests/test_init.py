"""What equal variances ask of the weights: in every notation, both ways, and never for nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sympy import Integer, Symbol

from derive.chains.init import init
from derive.chains.story import Story
from derive.claims import Proved
from derive.cli import main
from derive.errors import Refused
from derive.kernel import Replayed, replay
from derive.model import Assumption, Model, Statement
from derive.proofs import Chain, Derivation, Part
from derive.proving.activated import with_activation
from derive.read.declare import notation
from derive.report import report
from derive.show.lines import plain
from derive.show.page import page
from derive.writing.formula import ranges, write

LAYERED = ("glorot", "ubc", "he", "d2l", "shifted")
FORWARD = ("equal-forward", "forward-condition")


def told(name: str = "glorot", without: tuple[str, ...] = ()) -> tuple[Story, Replayed]:
    """The story and what replaying it shows."""
    model = notation(name).model
    story = init((with_activation(model, "linear") if name == "he" else model).without(without))
    return story, replay(story.derivation)


def results(story: Story, replayed: Replayed) -> list[tuple[str, set[str]]]:
    """What came of it: formulas with the range of the layers, and the premises behind them."""
    found = []
    for p in replayed.proved:
        if p.name in story.results and isinstance(p.claim, Statement):
            over = ranges(p.claim.ranges[:1], story.model)
            text = f"{write(p.claim, story.model)}  {over}".strip()
            found.append((text, premises(story, p)))
    return found


def premises(story: Story, proved: Proved) -> set[str]:
    return {*proved.uses} & {*story.premises}


def test_glorot_line_by_line() -> None:
    """Eqs. (8)-(15), each with exactly the premises that it takes."""
    story, replayed = told()
    one = {"one-width", "one-variance"}
    assert results(story, replayed) == [
        ("n_i Var[W^i] = 1  i = 0 … d", {"equal-forward"}),
        ("Var[z^i_l] = Var[x]  i = 0 … d+1", {"forward-condition"}),
        ("n_{i+1} Var[W^i] = 1  i = 1 … d", {"equal-backward"}),
        ("Var[∂C/∂s^i_k] = Var[∂C/∂s^d]  i = 0 … d", {"backward-condition"}),
        ("n_i = n_{i+1}  i = 1 … d", {"equal-forward", "equal-backward"}),
        ("n_{i+1} Var[W^i] = 1  i = 1 … d", {"forward-condition", "equal-widths"}),
        ("Var[z^{i+1}] = 2 n_i Var[z^i] / (n_i + n_{i+1})  i = 0 … d", {"compromise"}),
        (
            "Var[∂C/∂s^i] = 2 n_{i+2} Var[∂C/∂s^{i+1}] / (n_{i+1} + n_{i+2})  i = 0 … d-1",
            {"compromise"},
        ),
        ("2 n_i / (n_i + n_{i+1}) + 2 n_{i+1} / (n_i + n_{i+1}) = 2  i = 1 … d", set()),
        ("Var[W^i_{l,k}] = 2 / (n_i + n_{i+1})  i = 0 … d", {"normalised"}),
        ("Var[W^i_{l,k}] = 1 / (3 n_i)  i = 0 … d", {"heuristic"}),
        ("n_i Var[W^i] = 1/3  i = 0 … d", {"heuristic"}),
        ("Var[z^{i+1}] = Var[z^i] / 3  i = 0 … d", {"heuristic"}),
        ("Var[∂C/∂s^i] = n_{i+2} Var[∂C/∂s^{i+1}] / (3 n_{i+1})  i = 0 … d-1", {"heuristic"}),
        ("Var[z^i_l] = (n_0 Var[W^0])^i Var[x]  i = 0 … d+1", one),
        ("Var[∂C/∂s^i_k] = (n_0 Var[W^0])^{d-i} Var[∂C/∂s^d]  i = 0 … d", one),
        ("Var[∂C/∂W^i_{l,k}] = (n_0 Var[W^0])^d Var[x] Var[∂C/∂s^d]  i = 0 … d", one),
    ]


@pytest.mark.parametrize("name", LAYERED)
def test_every_notation(name: str) -> None:
    story, replayed = told(name)
    assert story.stopped is None
    found = results(story, replayed)
    assert len(found) >= 13
    for p in replayed.proved:
        if p.name.startswith("the costs of the compromise"):
            assert isinstance(p.claim, Statement) and p.claim.right == 2
            assert not premises(story, p)


def test_an_output_layer_of_its_own_has_a_condition_of_its_own() -> None:
    assert ("N_{M+1} Var[W_{M+1}] = 1", {"equal-backward-end"}) in results(*told("ubc"))
    assert ("n_1 Var[W_1] = 1", {"equal-forward-end"}) in results(*told("he"))


def test_the_page_holds_print_against_it() -> None:
    story, _ = told()
    out = plain(page(report(story)))
    assert "eq. (13), as printed: ✗ fails" in out
    assert "printed / derived = Var[x] / Var[∂C/∂s^d]" in out
    assert "printed 3, derived 5" in out
    assert "true as printed when Var[x] = Var[∂C/∂s^d]" in out
    assert "eq. (14), as printed: ✓ holds" in out
    assert "Premises  equal-forward        Var[z^{i+1}] = Var[z^i]   for i = 0 … d" in out
    assert "= { forward, one layer on, if equal, shown above, divided by" in out
    assert max(map(len, out.splitlines())) <= 80


# -- behind a rectifier


def bent(activation: str, name: str = "he") -> list[tuple[str, set[str]]]:
    story = init(with_activation(notation(name).model, activation))
    assert story.stopped is None
    return results(story, replay(story.derivation))


def test_he_and_his_remark_on_the_first_layer() -> None:
    """He et al. (2015), eq. (10): ½ n_l Var[w_l] = 1, and 1 in place of ½ at the first layer."""
    found = bent("relu")
    both = {"forward-condition", "forward-condition-end"}
    for wanted in (
        ("n_l Var[W_l] / 2 = 1  l = 2 … L", {"equal-forward"}),
        ("n_1 Var[W_1] = 1", {"equal-forward-end"}),
        ("Var[W_l] = 2/n_l  l = 2 … L", {"forward-condition"}),
        ("Var[y_l[i]] = E[u²]  l = 1 … L", both),
        ("n_{l+1} Var[W_l] / 2 = 1  l = 1 … L", {"equal-backward"}),
        ("Var[W_l[i,j]] = 4 / (n_l + n_{l+1})  l = 1 … L", {"normalised"}),
        ("Var[y_{l+1}] = Var[y_l] / 6  l = 1 … L-1", {"heuristic"}),
    ):
        assert wanted in found


def test_a_leaky_rectifier_of_any_slope() -> None:
    """He et al. (2015), eq. (15): ½ (1 + a²) n_l Var[w_l] = 1."""
    found = [text for text, _ in bent("prelu", "glorot")]
    assert "n_i (a²/2 + 1/2) Var[W^i] = 1  i = 1 … d" in found
    assert "Var[W^i] = 2 / (n_i (a² + 1))  i = 1 … d" in found
    assert "n_i = n_{i+1}  i = 1 … d" in found


def test_smooth_functions_are_their_tangents() -> None:
    assert results(*told()) == bent("tanh", "glorot")
    story = init(with_activation(notation("glorot").model, "sigmoid"))
    assert story.stopped is not None, "f(0) = 1/2 adds something at every layer"
    assert "is not a multiple of" in str(story.stopped.why)


# -- nothing for nothing


@pytest.mark.parametrize("name", LAYERED)
def test_a_premise_taken_away_refuses_what_rests_on_it(name: str) -> None:
    story, replayed = told(name)
    for gone in story.premises:
        model = story.model.without([gone])
        for p in replayed.proved:
            if p.name in story.results and gone in p.uses:
                wanted = {q.name for q in replayed.proved if gone not in q.uses} | {p.name}
                parts = tuple(q for q in story.derivation.parts if q.name in wanted)
                with pytest.raises(Refused):
                    replay(Derivation(model, parts))


@pytest.mark.parametrize("gone", ["zero-mean-weights", "independent-top", "linear-regime"])
def test_without_an_assumption_one_direction_may_be_left(gone: str) -> None:
    story, replayed = told(without=(gone,))
    assert story.stopped is not None
    left = {p.name for p in replayed.proved}
    assert ("the forward condition" in left) == (gone == "independent-top")
    assert "the backward condition" not in left


def tampered(story: Story, name: str, claim: Statement, steps: int | None = None) -> Derivation:
    """The derivation with another claim for a part, and perhaps fewer steps."""
    parts: list[Part] = []
    for p in story.derivation.parts:
        if p.name == name:
            assert isinstance(p.proof, Chain)
            p = replace(p, claim=claim, proof=replace(p.proof, steps=p.proof.steps[:steps]))
        parts.append(p)
    return replace(story.derivation, parts=tuple(parts))


def test_other_conditions_are_refused() -> None:
    story, replayed = told()
    claim = next(p.claim for p in replayed.proved if p.name == "the forward condition")
    assert isinstance(claim, Statement)
    with pytest.raises(Refused, match="the last line is 1, the claim says 2"):
        replay(tampered(story, "the forward condition", replace(claim, right=Integer(2))))
    i = Symbol("i")
    wide = tuple(r._replace(hi=r.hi + 1) for r in claim.ranges)
    with pytest.raises(Refused, match="was not shown"):
        replay(tampered(story, "the forward condition", replace(claim, ranges=wide)))
    assert claim.ranges[0].index == i


def test_contrary_premises_do_not_leak_into_each_other() -> None:
    """The compromise and the heuristic contradict each other; no result rests on both."""
    _, replayed = told()
    for p in replayed.proved:
        assert len({"compromise", "heuristic", "normalised"} & p.uses) < 2, p.name
        assert not ({*FORWARD} <= p.uses), p.name


def test_a_model_with_premises_of_its_own_is_no_other_model() -> None:
    model = notation("glorot").model
    more = Assumption("one", (Statement(Integer(1), Integer(1)),), "1 = 1")
    own: Model = replace(model, assumptions=[*model.assumptions, more])
    assert [a.name for a in init(own).model.assumptions][: len(own.assumptions)] == [
        a.name for a in own.assumptions
    ]


# -- the command


def test_the_command_in_every_format(
    capsys: pytest.CaptureFixture[str], tmp_path: pytest.TempPathFactory
) -> None:
    file = f"{tmp_path}/init.json"
    assert main(["init", "--format", "json", "-o", file]) == 0
    with open(file, encoding="utf-8") as opened:
        found = json.load(opened)
    assert found["premises"][0] == "equal-forward"
    assert "the forward condition" in found["results"]
    assert main(["replay", file]) == 0
    out = capsys.readouterr().out
    assert "Proves    n_i Var[W^i] = 1" in out
    assert "if equal-forward" in out
    assert "not the shipped notation" not in out
    assert main(["init", "--format", "markdown"]) == 0
    assert "## Premises, each taken only where it is named" in capsys.readouterr().out
    assert main(["init", "--format", "latex"]) == 0
    assert r"\paragraph{Both conditions need equal widths}" in capsys.readouterr().out


def test_a_stop_is_said_and_exits_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--without", "independent-top"]) == 1
    out = capsys.readouterr().out
    assert "Stopped" in out
    assert "n_i Var[W^i] = 1" in out


def test_a_single_layer_has_no_conditions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--notation", "neuron"]) == 2
    assert "does not say what weight-grad shows" in capsys.readouterr().err
