"""Claims about a network whose inputs have a mean, and claims true of some indices only."""

from __future__ import annotations

import pytest

from derive.judging.check import check
from derive.judging.judge import Judgement
from derive.kernel import replay
from derive.model import Model
from derive.proving.network import Book, quantity
from derive.proving.uncentred import (
    one_mean,
    one_second_moment,
    recursion_of_second_moments,
    second_moments,
)
from derive.read.declare import NOTATIONS
from derive.read.document import document
from derive.terms import E

NETWORK = "\n".join(
    line
    for line in (NOTATIONS / "glorot.derive").read_text("utf-8").split("printed")[0].split("\n")
    if not line.startswith("assume zero-mean-inputs")
)
PRODUCT = r"E[x^2] \prod_{i'=0}^{i-1} n_{i'} Var[W^{i'}]"


def judged(claim: str, network: str = NETWORK) -> Judgement:
    (found,) = check(document(f"```derive\n{network}\n```\n$${claim}$$\n")).claims
    judgement = found.links[0].judgement
    assert judgement is not None
    return judgement


def verdict(claim: str) -> tuple[str, list[str]]:
    found = judged(claim)
    return found.verdict, [f.assumption.text for f in found.needs]


@pytest.mark.parametrize(
    "claim, expected, needed",
    [
        (rf"Var[z^i] = {PRODUCT} \quad i = 1, \ldots, d", "holds", []),
        (rf"Var[z^i] = {PRODUCT}", "needs", ["i ≥ 1"]),
        (r"Var[z^{i+1}] = n_i Var[W^i] E[(z^i)^2]", "holds", []),
        (rf"E[(z^i)^2] = {PRODUCT}", "holds", []),
        (r"Var[z^{i+1}] = n_i Var[W^i] Var[z^i]", "needs", [r"\mathbb{E}[x_l] = 0"]),
        (r"Var[z^{i+1}] = n_{i+1} Var[W^i] E[(z^i)^2]", "fails", []),
        (r"E[z^i_l z^i_k] = 0 \quad \text{for } l \ne k", "needs", ["i ≥ 1"]),
        (r"Var[s^i_k] = Var[\sum_l W^i_{l,k} z^i_l]", "holds", []),
        (r"Var[s^i_k] = \sum_l Var[W^i_{l,k} z^i_l]", "holds", []),
        (r"Var[s^i_k] = \sum_l Var[W^i_{l,k}] Var[z^i_l]", "needs", [r"\mathbb{E}[x_l] = 0"]),
        (r"E[z^{i+1}_k] = \sum_l E[W^i_{l,k}] E[z^i_l]", "holds", []),
    ],
)
def test_verdicts(claim: str, expected: str, needed: list[str]) -> None:
    assert verdict(claim) == (expected, needed)


def test_indices_that_may_be_one() -> None:
    notes = "size n\nrandom w_j for j = 1..n\nassume independent w_j; Var[w_j] = 1"
    found = judged(r"Var[w_i + w_j] = 2", notes)
    assert (found.verdict, found.needs[0].line) == ("needs", r"\quad \text{for } j \ne i")
    assert judged(r"Var[w_i + w_j] = 2" + found.needs[0].line, notes).verdict == "holds"
    assert judged(r"Var[w_i + w_j] = 3", notes).verdict == "fails"


def network(left_out: str = "") -> Model:
    made = document(f"```derive\n{NETWORK}\n```\n").reading.model
    return made.without([left_out] if left_out else [])


def test_the_lemmas_replay_and_say_what_they_took() -> None:
    model = network()
    book, q = Book(model), quantity(model, "forward")
    for lemma, left in (
        (one_mean, E(q.entry)), (one_second_moment, E(q.entry**2)),
        (recursion_of_second_moments, 0), (second_moments, E(q.entry**2)),
    ):  # fmt: skip
        found = replay(book.derivation(lemma(book, q)), model)
        assert not left or found.proved[-1].claim.left == left  # type: ignore[union-attr]
        assert "identical-variances" in found.uses
