"""Closed forms of recursions that add up: proved by induction, whatever form is claimed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sympy import Expr, Integer, Symbol

from derive.chains.forward import forward
from derive.cli import main
from derive.errors import Refused
from derive.judging.check import LinkChecked, check
from derive.kernel import check_part
from derive.model import Model, Statement, ranges
from derive.proofs import Chain, Induction, Part, Proof, Step
from derive.proving.derivation import Line
from derive.proving.strategies import unfold
from derive.read.declare import notation
from derive.read.document import document
from derive.record.checking import replay_record
from derive.record.writing import dumps, record
from derive.scope import Scope
from derive.terms import E, Entry, Sum, Var

RESIDUAL = r"""size L >= 0, n
given \alpha
random x_j for j = 1..n
random W^l_{i,j} for l = 0..L-1, i = 1..n, j = 1..n
let h^0_i = x_i for i = 1..n
let h^{l+1}_i = h^l_i + \alpha \sum_{j=1}^{n} W^l_{i,j} h^l_j for l = 0..L-1, i = 1..n
assume weights: independent W^l_{i,j}
assume inputs: x independent of W
assume centred-weights: E[W^l_{i,j}] = 0
assume centred-inputs: E[x_j] = 0
assume alike: same E[W^l_{i,j}], Var[W^l_{i,j}] over i, j; same E[x_j], Var[x_j] over j"""
SCALED = RESIDUAL + "\nassume scaled: Var[W^l_{i,j}] = 1/n"
DEEP = SCALED.replace("L >= 0", "L").replace(r"\alpha \sum", r"\frac{1}{\sqrt{L}} \sum")
OTHER = r"""size T >= 1, m
random u_k for k = 1..m
random A^t_{k,l} for t = 1..T, k = 1..m, l = 1..m
given \gamma
let y^0_k = u_k for k = 1..m
let y^t_k = y^{t-1}_k + \gamma \sum_{l=1}^{m} A^t_{k,l} y^{t-1}_l for t = 1..T, k = 1..m
assume independent A^t_{k,l}; u independent of A; E[A^t_{k,l}] = 0; Var[A^t_{k,l}] = 1/m
assume same law u_k over k"""
WALK = r"""size L >= 0
given \beta, \sigma
random x
random e^l for l = 0..L-1
let h^0 = x
let h^{l+1} = h^l + e^l for l = 0..L-1
assume apart: independent e^l
assume start: x independent of e"""
STEADY = WALK + "\nassume spread: Var[e^l] = \\sigma^2"
DAMPED = WALK.replace("= h^l + e^l", r"= \beta h^l + e^l")
BIASES = r"""size L >= 0, n_l for l = 0..L
random x_j for j = 1..n_0
random W^l_{i,j} for l = 0..L-1, i = 1..n_{l+1}, j = 1..n_l
random b^l_i for l = 0..L-1, i = 1..n_{l+1}
let h^0_i = x_i for i = 1..n_0
let h^{l+1}_i = \sum_{j=1}^{n_l} W^l_{i,j} h^l_j + b^l_i for l = 0..L-1, i = 1..n_{l+1}
assume independent W^l_{i,j}, b^l_i; x independent of W, b
assume E[W^l_{i,j}] = 0; E[x_j] = 0; E[b^l_i] = 0; Var[W^l_{i,j}] = 1/n_l; Var[b^l_i] = 1
assume same E[x_j], Var[x_j] over j"""
BLOCKS = r"""size L, n
random x_j for j = 1..n
random W^l_{i,j}, V^l_{i,j} for l = 1..L, i = 1..n, j = 1..n
random b^l_i for l = 1..L, i = 1..n
let h^0_i = x_i for i = 1..n
let a^l_i = \sum_{j=1}^{n} W^l_{i,j} h^{l-1}_j for l = 1..L, i = 1..n
let h^l_i = h^{l-1}_i + \sum_{j=1}^{n} V^l_{i,j} a^l_j + b^l_i for l = 1..L, i = 1..n
assume independent W^l_{i,j}, V^l_{i,j}, b^l_i; x independent of W, V, b
assume E[W^l_{i,j}] = 0; E[V^l_{i,j}] = 0; E[x_j] = 0; E[b^l_i] = 0
assume Var[W^l_{i,j}] = 1/n; Var[V^l_{i,j}] = 1/n; same Var[b^l_i] over i
assume same E[x_j], Var[x_j] over j"""


UNITS = r"""size L >= 0, n
given \sigma
random x_i for i = 1..n
random e^l_i for l = 0..L-1, i = 1..n
let h^0_i = x_i for i = 1..n
let h^{l+1}_i = h^l_i + e^l_i for l = 0..L-1, i = 1..n
assume independent x_i, e^l_i; Var[e^l_i] = \sigma^2"""
SCALARS = r"""size L
random x
random w_l for l = 1..L
let y_0 = x
let y_l = w_l y_{l-1} for l = 1..L"""
AVERAGE = r"""size T
given \beta
random g_t for t = 1..T
let m_0 = 0
let m_t = \beta m_{t-1} + (1-\beta) g_t for t = 1..T"""
HALVES = r"""size T
random u, e_t for t = 1..T
given \sigma > 0
let v_0 = u
let v_t = \frac{1}{2} v_{t-1} + e_t for t = 1..T
assume independent e_t; u independent of e
assume E[e_t] = 0; Var[e_t] = \sigma^2"""
DESCENT = r"""size T
given \eta, \theta
random g_t for t = 0..T-1
let w_0 = \theta
let w_{t+1} = w_t - \eta g_t for t = 0..T-1"""


def link(declared: str, formula: str) -> LinkChecked:
    (found,) = check(document(f"```derive\n{declared}\n```\n$${formula}$$")).claims
    assert found.trouble is None, found.trouble
    return found.links[-1]


@pytest.mark.parametrize(
    ("declared", "formula"),
    [
        (RESIDUAL, r"Var[h^{l+1}] = (1 + \alpha^2 n Var[W^l]) Var[h^l]"),
        (RESIDUAL, r"Var[h^L] = Var[x] \prod_{l=0}^{L-1} (1 + \alpha^2 n Var[W^l])"),
        (RESIDUAL, r"Var[h^L] = Var[x] + \alpha^2 n \sum_{l=0}^{L-1} Var[W^l] Var[h^l]"),
        (SCALED, r"Var[h^L] = (1 + \alpha^2)^L Var[x]"),
        (SCALED, r"Var[h^l] = (1 + \alpha^2)^l Var[x]"),
        (SCALED, r"\frac{Var[h^L]}{Var[x]} = (1 + \alpha^2)^L"),
        (DEEP, r"Var[h^L] = (1 + \frac{1}{L})^L Var[x]"),
        (DEEP, r"Var[h^l] = (1 + \frac{1}{L})^l Var[x]"),
        (OTHER, r"E[(y^T)^2] = (1 + \gamma^2)^T E[u^2]"),
        (OTHER, r"E[y^t] = E[u]"),
        (WALK, r"Var[h^{l+1}] = Var[h^l] + Var[e^l]"),
        (WALK, r"Var[h^L] = Var[x] + \sum_{l=0}^{L-1} Var[e^l]"),
        (WALK, r"Var[h^L] = Var[h^0] + \sum_{l=0}^{L-1} Var[e^l]"),
        (WALK, r"Var[h^L] - Var[h^0] = \sum_{l=0}^{L-1} Var[e^l]"),
        (WALK, r"E[h^l] = E[x] + \sum_{k=0}^{l-1} E[e^k]"),
        (STEADY, r"Var[h^L] = Var[x] + L \sigma^2"),
        (STEADY, r"Var[h^l] = Var[x] + l \sigma^2"),
        (DAMPED, r"Var[h^L] = \beta^{2L} Var[x] + \sum_{l=0}^{L-1} \beta^{2(L-1-l)} Var[e^l]"),
        (BIASES, r"Var[h^L] = Var[x] + L"),
        (BIASES, r"Var[h^{l+1}] - Var[h^l] = 1"),
        (BLOCKS, r"Var[h^L] = 2^L Var[x] + \sum_{l=1}^{L} 2^{L-l} Var[b^l]"),
        (BLOCKS, r"Var[h^L] = Var[x] + \sum_{l=1}^{L} (Var[h^{l-1}] + Var[b^l])"),
        (UNITS, r"h^L_i = x_i + \sum_{l=0}^{L-1} e^l_i"),
        (UNITS, r"h^l_i - h^0_i = \sum_{k=0}^{l-1} e^k_i"),
        (UNITS, r"h^L_i = h^l_i + \sum_{k=l}^{L-1} e^k_i"),
        (UNITS, r"h^m_i = h^l_i + \sum_{k=l}^{m-1} e^k_i \quad \text{for } l \le m"),
        (UNITS, r"Var[h^L_i] = Var[h^l_i] + (L - l) \sigma^2"),
        (SCALARS, r"y_L = x \prod_{l=1}^L w_l"),
        (SCALARS, r"y_l = \left(\prod_{k=1}^l w_k\right) x"),
        (AVERAGE, r"m_t = (1-\beta) \sum_{i=1}^t \beta^{t-i} g_i"),
        (AVERAGE, r"m_2 = (1-\beta) (\beta g_1 + g_2)"),
        (HALVES, r"Var[v_t] = \frac{Var[v_0]}{4^t} + \sigma^2 \sum_{i=0}^{t-1} 4^{-i}"),
        (HALVES, r"Var[v_t] = (\frac{1}{2})^{2t} Var[v_0] + \frac{4}{3} (1 - 4^{-t}) \sigma^2"),
        (DESCENT, r"w_T = \theta - \eta \sum_{t=0}^{T-1} g_t"),
        (DESCENT, r"w_t - \theta = -\eta \sum_{i=0}^{t-1} g_i"),
    ],
)
def test_a_closed_form_holds(declared: str, formula: str) -> None:
    assert link(declared, formula).verdict == "holds"


@pytest.mark.parametrize(
    ("declared", "formula"),
    [
        (RESIDUAL, r"Var[h^{l+1}] = (1 + \alpha n Var[W^l]) Var[h^l]"),
        (RESIDUAL, r"Var[h^L] = Var[x] \prod_{l=0}^{L-1} \alpha^2 n Var[W^l]"),
        (RESIDUAL, r"Var[h^L] = Var[x] + \alpha^2 n \sum_{l=1}^{L-1} Var[W^l] Var[h^l]"),
        (SCALED, r"Var[h^l] = (1 + \alpha^2)^{l+1} Var[x]"),
        (SCALED, r"Var[h^l] = (1 + l \alpha^2) Var[x]"),
        (DEEP, r"Var[h^L] = 2 Var[x]"),
        (OTHER, r"E[(y^T)^2] = (1 + \gamma)^T E[u^2]"),
        (WALK, r"Var[h^l] = Var[x] + \sum_{k=0}^{l} Var[e^k]"),
        (STEADY, r"Var[h^L] = Var[x] + (L + 1) \sigma^2"),
        (STEADY, r"Var[h^L] = Var[x] + L \sigma"),
        (BIASES, r"Var[h^L] = Var[x] + L + 1"),
        (BLOCKS, r"Var[h^L] = 2^L Var[x] + \sum_{l=1}^{L} 2^{L-l+1} Var[b^l]"),
        (UNITS, r"h^l_i = x_i + \sum_{k=0}^{l} e^k_i"),
        (UNITS, r"h^L_i = h^l_i + \sum_{k=l+1}^{L-1} e^k_i"),
        (UNITS, r"h^L_i = h^l_i - \sum_{k=l}^{L-1} e^k_i"),
        (UNITS, r"Var[h^L_i] = Var[h^l_i] + (L - l + 1) \sigma^2"),
        (SCALARS, r"y_l = x \prod_{k=1}^{l-1} w_k"),
        (AVERAGE, r"m_t = (1-\beta) \sum_{i=1}^t \beta^{t-i+1} g_i"),
        (AVERAGE, r"m_t = \sum_{i=1}^t \beta^{t-i} g_i"),
        (HALVES, r"Var[v_t] = \frac{Var[v_0]}{4^t} + \sigma^2 \sum_{i=0}^{t} 4^{-i}"),
        (DESCENT, r"w_T = \theta - \eta \sum_{t=1}^{T} g_{t-1} - \eta g_0"),
    ],
)
def test_one_that_is_off_fails_with_numbers(declared: str, formula: str) -> None:
    found = link(declared, formula)
    assert found.verdict == "fails" and found.judgement is not None
    example = found.judgement.equality.example
    assert example is not None and example.left != example.right


@pytest.mark.parametrize(
    ("declared", "dropped", "formula", "line"),
    [
        (SCALED, "centred-inputs", r"Var[h^L] = (1 + \alpha^2)^L Var[x]", "assume E[x_j] = 0"),
        (WALK, "start", r"Var[h^L] = Var[x] + \sum_{l=0}^{L-1} Var[e^l]",
         "assume x independent of e"),
        (WALK, "", r"E[h^l] = E[x]", "assume E[e^l] = 0"),
    ],
)  # fmt: skip
def test_a_dropped_assumption_is_named(
    declared: str, dropped: str, formula: str, line: str
) -> None:
    kept = "\n".join(s for s in declared.split("\n") if not s.startswith(f"assume {dropped}:"))
    found = link(kept, formula)
    assert found.verdict == "needs" and found.judgement is not None
    assert [fact.line for fact in found.judgement.needs] == [line]


def test_what_was_used_is_said() -> None:
    found = link(SCALED, r"Var[h^L] = (1 + \alpha^2)^L Var[x]").judgement
    assert found is not None and found.by == ("induction",)
    assert found.uses == (
        "weights",
        "inputs",
        "centred-weights",
        "centred-inputs",
        "alike",
        "scaled",
    )
    walk = link(WALK, r"Var[h^L] = Var[x] + \sum_{l=0}^{L-1} Var[e^l]").judgement
    assert walk is not None and walk.uses == ("apart", "start")


# -- what the kernel takes for a proof


def walk() -> tuple[Model, Symbol, Symbol]:
    return document(f"```derive\n{WALK}\n```").reading.model, Symbol("l"), Symbol("L")


def closed(right: Expr) -> Part:
    """Var[h^l] = right for l = 0..L, both ends of base and step left to the normal form."""
    model, l, L = walk()
    base = unfold(Line(Var(Entry("h", 0)), Scope(model)), "")
    step = unfold(Line(Var(Entry("h", l + 1)), Scope(model, ranges((l, 0, L - 1)))), "h")
    chains = (Chain(tuple(line.steps), moments=True) for line in (base, step))
    claim = Statement(Var(Entry("h", l)), right, ranges((l, 0, L)))
    return Part("closed", claim, Induction(l, True, *chains))


def test_the_normal_form_proves_no_more_than_it_shows() -> None:
    model, l, _ = walk()
    with pytest.raises(Refused, match=r"closed: .* have not one normal form"):
        check_part(closed(Var(Entry("x")) + 1), model, ())
    with pytest.raises(Refused, match="closed: "):
        check_part(closed(Var(Entry("x")) + l), model, ())


def test_two_ends_with_one_normal_form_meet_only_where_that_is_said() -> None:
    model = Model("two")
    x = model.random("x")[()]
    claim = Statement(Var(x), E(x**2) - E(x) ** 2, ())
    shown, _ = check_part(Part("p", claim, Chain((), moments=True)), model, ())
    assert shown.claim == claim and not shown.uses
    with pytest.raises(Refused, match="p: the last line is"):
        check_part(Part("p", claim, Chain(())), model, ())
    wrong = replace(claim, right=E(x**2))
    proof: Proof = Chain((), moments=True)
    with pytest.raises(Refused, match=r"p: .* have not one normal form"):
        check_part(Part("p", wrong, proof), model, ())


def test_a_sum_that_is_one_off_is_refused_at_the_step() -> None:
    model, l, L = walk()
    k, x = Symbol("k"), Entry("x")
    right = Var(x) + Sum(Var(Entry("e", k)), (k, 0, l))
    old = Sum(Var(Entry("e", k)), (k, 0, Integer(0)))
    step = Step("empty sum", (), old, Integer(0), Var(x) + 0 * old)
    claim = Statement(Var(Entry("h", l)), right, ranges((l, 0, L - 1)))
    base = unfold(Line(Var(Entry("h", 0)), Scope(model)), "")
    proof = Induction(l, True, Chain(tuple(base.steps), (step,)), Chain(()))
    with pytest.raises(
        Refused, match=r"base right side, step 1 \(empty sum\): 0 < 0 was not shown"
    ):
        check_part(Part("closed", claim, proof), model, ())


def test_such_a_proof_is_written_and_read_back() -> None:
    story = forward(notation("glorot").model)
    x = Entry("x", 1)
    spread = Statement(Var(x), E(x**2) - E(x) ** 2, ())
    parts = (Part("spread", spread, Chain((), moments=True)), *story.derivation.parts)
    found = record(replace(story, derivation=replace(story.derivation, parts=parts)))
    assert found["parts"][0]["by"] == "steps" and found["parts"][0]["moments"] is True
    assert replay_record(dumps(found)) is not None
    del found["parts"][0]["moments"]
    with pytest.raises(Refused, match="the last line is"):
        replay_record(dumps(found))


def test_what_leads_back_to_another_layer_is_proved_for_every_such_layer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The induction starts at the layer that the claim leads back to, and says so."""
    path = tmp_path / "residual.md"
    path.write_text(
        f"```derive\n{UNITS}\n```\n$$h^L_i = h^l_i + \\sum_{{k=l}}^{{L-1}} e^k_i$$\n",
        encoding="utf-8",
    )
    assert main(["check", "--explain", str(path)]) == 0
    text = capsys.readouterr().out
    assert "For every l = 0 … L, t = l … L, i = 1 … n" in text
    assert "proved by induction from t = l" in text
    assert text.count("base, t = l") == 1
