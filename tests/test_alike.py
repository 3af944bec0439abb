"""Equal and zero weights: what stays alike and what does not, against a network of plain loops."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise
from operator import mul

import pytest

from derive.chains.alike import alike
from derive.chains.story import Story
from derive.chains.zero import zero
from derive.cli import main
from derive.errors import Refused
from derive.kernel import Replayed, replay
from derive.model import Statement
from derive.proofs import Chain, Derivation
from derive.read.declare import declare, notation
from derive.writing.formula import ranges, write

LAYERED = ("glorot", "ubc", "he", "d2l", "shifted")
Matrix = list[list[F]]


def shown(story: Story) -> tuple[Replayed, list[tuple[str, set[str]]]]:
    replayed = replay(story.derivation)
    found = []
    proved = {p.name: p for p in replayed.proved}
    for p in map(proved.__getitem__, story.results):
        if isinstance(p.claim, Statement):
            over = ranges(p.claim.ranges[:1], story.model)
            found.append((f"{write(p.claim, story.model)}  {over}", {*p.uses}))
    return replayed, found


def test_equal_weights_stay_alike() -> None:
    _, found = shown(alike(notation("glorot").model))
    into, both = {"alike-into", "alike-biases"}, {"alike-into", "alike-out-of", "alike-biases"}
    step = "W^i_{l,k} - η · ∂C/∂W^i_{l,k} = W^i_{%s} - η · ∂C/∂W^i_{%s}  i = %s"
    assert found == [
        ("W^i_{l,k} = W^i_{l,1}  i = 0 … d-1", {"all-equal"}),
        ("W^i_{l,k} = W^i_{1,k}  i = 1 … d", {"all-equal"}),
        ("s^i_k = s^i_1  i = 0 … d-1", into),
        ("z^i_l = z^i_1  i = 1 … d", into),
        ("∂C/∂s^i_k = ∂C/∂s^i_1  i = 0 … d-1", both),
        ("∂C/∂W^i_{l,k} = ∂C/∂W^i_{l,1}  i = 0 … d-1", both),
        ("∂C/∂W^i_{l,k} = ∂C/∂W^i_{1,k}  i = 1 … d", into),
        (step % ("l,1", "l,1", "0 … d-1"), both),
        (step % ("1,k", "1,k", "1 … d"), both),
        ("b^i_k - η · ∂C/∂b^i_k = b^i_1 - η · ∂C/∂b^i_1  i = 0 … d-1", both),
        ("∂C/∂W^0_{l,k} = x_l · ∂C/∂s^0_k  l = 1 … n_0", set()),
    ]


def test_zero_weights_do_not_move() -> None:
    _, found = shown(zero(notation("glorot").model))
    assert found == [
        ("∂C/∂s^i_k = 0  i = 0 … d-1", {"all-zero"}),
        ("∂C/∂W^i_{l,k} = 0  i = 0 … d-1", {"all-zero"}),
        ("z^i_l = f(0)  i = 1 … d", {"all-zero"}),
        ("∂C/∂W^i_{l,k} = f(0) · ∂C/∂s^i_k  i = 1 … d", {"all-zero"}),
        ("∂C/∂W^i_{l,k} = 0  i = 1 … d", {"all-zero", "zero-at-zero"}),
        ("∂C/∂b^d_k = ∂C/∂s^d_k  k = 1 … n_{d+1}", set()),
        ("∂C/∂W^0_{l,k} = x_l · ∂C/∂s^0_k  l = 1 … n_0", set()),
    ]


@pytest.mark.parametrize("name", LAYERED)
@pytest.mark.parametrize("scheme", [alike, zero])
def test_every_notation_without_any_of_its_assumptions(name: str, scheme: type) -> None:
    model = notation(name).model
    story: Story = scheme(model)
    assert story.stopped is None
    _, found = shown(story)
    assumed = {a.name for a in model.assumptions}
    assert found
    assert not any(uses & assumed for _, uses in found)


# -- a network of plain loops: f(s) = s² + s + c, cost Σ g_k s_k + (Σ s_k)²


class Network:
    """Its own forward and backward pass; ``at_zero`` is f(0)."""

    def __init__(self, weights: list[Matrix], biases: Matrix, at_zero: int = 0) -> None:
        self.weights, self.biases, self.at_zero = weights, biases, at_zero

    def run(self, x: list[F]) -> tuple[Matrix, Matrix, list[Matrix]]:
        """Pre-activations, gradients by them, gradients by the weights."""
        reads, sums = [x], list[list[F]]()
        for W, b in zip(self.weights, self.biases, strict=True):
            z = reads[-1]
            s = [sum((v * row[k] for v, row in zip(z, W, strict=True)), b[k])
                 for k in range(len(b))]  # fmt: skip
            sums.append(s)
            reads.append([v * v + v + self.at_zero for v in s])
        total = sum(sums[-1])
        told = [[F(k + 1) + 2 * total for k in range(len(sums[-1]))]]
        for i in range(len(sums) - 2, -1, -1):
            above = told[0]
            rows = zip(sums[i], self.weights[i + 1], strict=True)
            told.insert(0, [(2 * s + 1) * sum(map(mul, above, row)) for s, row in rows])
        slopes = [[[v * t for t in ts] for v in z] for z, ts in zip(reads, told, strict=False)]
        return sums, told, slopes

    def step(self, x: list[F], rate: F) -> None:
        """One step of gradient descent."""
        _, told, slopes = self.run(x)
        for W, D in zip(self.weights, slopes, strict=True):
            for row, drow in zip(W, D, strict=True):
                row[:] = [w - rate * d for w, d in zip(row, drow, strict=True)]
        for b, t in zip(self.biases, told, strict=True):
            b[:] = [v - rate * d for v, d in zip(b, t, strict=True)]


def equal(widths: list[int], value: F, at_zero: int = 0) -> Network:
    pairs = list(pairwise(widths))
    weights = [[[value + i for _ in range(m)] for _ in range(n)] for i, (n, m) in enumerate(pairs)]
    return Network(weights, [[F(1, 2) * (value != 0)] * m for _, m in pairs], at_zero)


def test_three_steps_of_training_leave_hidden_units_alike() -> None:
    net, x = equal([2, 3, 2, 2], F(1, 3)), [F(1), F(-2)]
    for _ in range(3):
        net.step(x, F(1, 10))
        sums, told, slopes = net.run(x)
        for i in (0, 1):
            assert len(set(sums[i])) == len(set(told[i])) == 1
            assert all(len(set(row)) == 1 for row in slopes[i]), "into"
        for i in (1, 2):
            assert all(len(set(column)) == 1 for column in zip(*slopes[i], strict=True)), "out of"
        assert len(set(sums[2])) == 2, "the outputs differ"
        assert len({row[0] for row in slopes[0]}) == 2, "the inputs differ"


@pytest.mark.parametrize("at_zero", [0, 1])
def test_zero_weights_in_the_network(at_zero: int) -> None:
    net, x = equal([2, 3, 2], F(0), at_zero), [F(1), F(-2)]
    net.weights = [[[F(0)] * len(row) for row in W] for W in net.weights]
    _, told, slopes = net.run(x)
    assert {v for row in slopes[0] for v in row} == {0} == set(told[0])
    assert slopes[1] == [[at_zero * t for t in told[1]]] * 3
    assert net.run([F(5), F(7)])[1] == told, "the data are not seen"


def test_without_a_hidden_layer_zero_weights_move_apart() -> None:
    net = equal([2, 2], F(0))
    net.step([F(1), F(-2)], F(1))
    assert net.weights == [[[-1, -2], [2, 4]]]


# -- what is not so is refused


def with_claim(story: Story, name: str, claim: Statement) -> Derivation:
    parts = [replace(p, claim=claim) if p.name == name else p for p in story.derivation.parts]
    return replace(story.derivation, parts=tuple(parts))


@pytest.mark.parametrize("name", ["hidden units are alike", "what they are told is alike",
                                  "weights into units stay alike"])  # fmt: skip
def test_the_top_layer_is_not_included(name: str) -> None:
    story = alike(notation("glorot").model)
    claim = next(p.claim for p in story.derivation.parts if p.name == name)
    assert isinstance(claim, Statement)
    first, *rest = claim.ranges
    wide = replace(claim, ranges=(first._replace(hi=first.hi + 1), *rest))
    with pytest.raises(Refused, match="was not shown"):
        replay(with_claim(story, name, wide))


@pytest.mark.parametrize("gone", ["alike-into", "alike-out-of", "alike-biases", "all-equal"])
def test_every_premise_is_needed(gone: str) -> None:
    story = alike(notation("glorot").model)
    with pytest.raises(Refused, match=f"{gone} is not assumed"):
        replay(story.derivation, story.model.without([gone]))


def test_steps_left_out_are_missed() -> None:
    story = zero(notation("glorot").model)
    parts = []
    for p in story.derivation.parts:
        if p.name == "hidden units are told nothing":
            assert isinstance(p.proof, Chain)
            p = replace(p, proof=Chain(p.proof.steps[:-1]))
        parts.append(p)
    with pytest.raises(Refused, match="the last line is"):
        replay(replace(story.derivation, parts=tuple(parts)))


# -- the command


@pytest.mark.parametrize("scheme", ["constant", "zero"])
def test_the_command(scheme: str, capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    assert main(["init", "--scheme", scheme]) == 0
    out = capsys.readouterr().out
    assert "logistic regression may start" in " ".join(out.split())
    assert "variances > 0" not in out
    assert max(map(len, out.splitlines())) <= 80
    file = f"{tmp_path}/{scheme}.json"
    assert main(["init", "--scheme", scheme, "--format", "json", "-o", file]) == 0
    assert main(["replay", file]) == 0


def test_a_model_without_a_cost_has_no_gradients(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--scheme", "zero", "--notation", "neuron"]) == 2
    assert "makes the units of a layer" in capsys.readouterr().err


def test_other_letters_and_an_output_of_its_own() -> None:
    text = """size T, m_t for t = 0..T
random v_i for i = 1..m_0
random A^t_{i,j} for t = 1..T, i = 1..m_t, j = 1..m_{t-1}
given g(u), c_{t,i} for t = 1..T, i = 1..m_t
let h^0_i = v_i for i = 1..m_0
let a^t_i = c_{t,i} + \\sum_{j=1}^{m_{t-1}} A^t_{i,j} h^{t-1}_j for t = 1..T, i = 1..m_t
let h^t_i = g(a^t_i) for t = 1..T, i = 1..m_t
cost L of h^T
show weight-grad: Var[\\partial L/\\partial A^t]
"""
    _, found = shown(alike(declare(text, name="own").model))
    assert found[2][0].startswith("a^t_i = a^t_1  t = 1 … T-1")
