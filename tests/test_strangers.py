"""Papers met for the first time: what their authors write is read right, or said to be unclear."""

from __future__ import annotations

from time import process_time

import pytest

from derive.judging.check import ClaimChecked, check
from derive.judging.conflicts import Told, conflicts
from derive.judging.documents import Checked
from derive.read.declare import notation
from derive.read.document import document
from derive.read.starter import starter
from derive.show.checked import Shown, report
from derive.show.lines import plain

ATTENTION = r"""size d_{\mathrm{k}}
random q_i, k_i for i = 1..d_k
let s = \sum_{i=1}^{d_k} q_i k_i
assume independent q_i, k_i; E[q_i] = 0; E[k_i] = 0; Var[q_i] = 1; Var[k_i] = 1
"""
NEURON = r"""size n
random w_j, x_j for j = 1..n
let y = \sum_{j=1}^{n} w_j x_j
given \sigma_w, \sigma > 0
assume independent w_j, x_j; E[w_j] = 0; E[x_j] = 0
assume Var[w_j] = \sigma_w^2; Var[x_j] = \sigma^2
"""
SELU = r"""size n
random x_i for i = 1..n
given w_i for i = 1..n
given \mu, \nu
let z = \sum_{i=1}^n w_i x_i
let \omega = \sum_{i=1}^n w_i
let \tau = \sum_{i=1}^n w_i^2
assume independent x_i; E[x_i] = \mu; Var[x_i] = \nu
"""


def checked(block: str, claim: str) -> ClaimChecked:
    return check(document(f"```derive\n{block}```\n\n$${claim}$$\n")).claims[-1]


@pytest.mark.parametrize(
    ("block", "claim", "verdict"),
    [
        (ATTENTION, r"\operatorname{Var}[s] = d_k", "holds"),
        (ATTENTION, r"\operatorname{Var}\left[\frac{s}{\sqrt{d_k}}\right] = 1", "holds"),
        (ATTENTION, r"\operatorname{Var}[s / d_k] = 1", "fails"),
        (NEURON, r"\operatorname{Var}[y] = n \sigma_w^2 \sigma^2", "holds"),
        (NEURON, r"\operatorname{Var}[y] = n \sigma_w^2 \sigma", "fails"),
        (NEURON, r"\operatorname{Var}[y] = 1", "fails"),
        (NEURON, r"\mathbb{E}\{y\} = 0 \quad\text{for all } n", "holds"),
        (SELU, r"\mathbb{E}(z) = \sum_{i=1}^n w_i \mathbb{E}(x_i) = \mu \omega", "holds"),
        (SELU, r"\operatorname{Var}(z) = \nu \tau", "holds"),
        (SELU, r"\operatorname{Var}(z) = \nu \tau^2", "fails"),
        (SELU, r"\operatorname{Var}(z) = z", "unreadable"),
    ],
)
def test_verdicts(block: str, claim: str, verdict: str) -> None:
    assert checked(block, claim).verdict == verdict


@pytest.mark.parametrize(
    ("block", "claim", "reason"),
    [
        (ATTENTION, r"\operatorname{Var}(q \cdot k) = d_k", "each of these families is any one"),
        (ATTENTION, r"\operatorname{Var}(q k^T) = d_k", "expected a number: this product is"),
        (NEURON, r"\mathrm{E}_{x}[y] = 0", "E over some of the variables alone is not read"),
        (NEURON, r"\mathbb{E}_{x \sim p}[y] = 0", "E over some of the variables alone"),
        (NEURON, r"\langle x_j \rangle = 0", r"cannot read \langle here; write a mean as E[…]"),
        (NEURON, r"\|w\|_1 = 1", "expected the Euclidean norm: write another one out"),
    ],
)
def test_what_is_not_certain_says_what_to_write(block: str, claim: str, reason: str) -> None:
    trouble = checked(block, claim).trouble
    assert trouble is not None
    assert reason in trouble.reason


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        ("random d_k", r"add 'for k = …', or write d_{\mathrm{k}} if k is part of the name"),
        (
            "size n\ngiven w_i for i = 1..n, \\mu",
            "expected the range of μ; another name goes on a line of its own",
        ),
        (
            "size L\nrandom b_l for l = 1..L\nlet x_l = x_{l-1} + b_l for l = 1..L",
            "l = 1..L only, and here l is l - 1; add 'let x_0 = …' for the first one",
        ),
        ("random w\nE[w] = 0", "expected 'assume' before a fact"),
    ],
)
def test_what_is_wrong_in_a_declaration_says_what_to_write(block: str, reason: str) -> None:
    trouble = checked(block + "\n", "1 = 1")
    found = check(document(f"```derive\n{block}\n```")).claims
    assert trouble.verdict != "fails"
    assert [c.trouble and reason in c.trouble.reason for c in found] == [True]


def test_a_name_below_is_no_index_where_it_has_a_meaning() -> None:
    block = r"""size n
random w_j for j = 1..n
let \sigma_w^2 = Var[w_1]
assume same Var[w_j] over j
"""
    assert checked(block, r"\operatorname{Var}[w] = \sigma_w^2").verdict == "holds"


def test_numbers_say_what_is_given() -> None:
    (link,) = checked(NEURON, r"\operatorname{Var}[y] = n \sigma_w^2 \sigma").links
    shown = said(f"```derive\n{NEURON}```\n\n$$\\operatorname{{Var}}[y] = 2$$\n")
    assert link.judgement is not None
    assert "n = 1, σ_w = 1, σ = 1:" in shown


def test_a_number_that_is_bounded_stays_there() -> None:
    block = "random x\ngiven m > 0\nassume E[x] = m\n"
    link = checked(block, r"\operatorname{E}[x] = 2 m").links[0]
    assert link.judgement is not None
    assert link.judgement.equality.example is not None
    assert link.judgement.equality.example.left > 0


@pytest.mark.parametrize("declared", ["", "```derive\nrandom x\n```\n\n"])
def test_what_is_nested_too_deeply_is_shown_at_its_line(declared: str) -> None:
    text = f"{declared}hello\n\n{'> ' * 2000}$$E[x] = 2$$\n"
    shown = said(text)
    row = text[: text.index(">")].count("\n") + 1
    assert f"notes.md:{row}:1  ? unreadable" in shown
    assert "nested 50 deep: what is inside is not read" in shown


def said(text: str) -> str:
    found = check(document(text))
    return plain(report([Checked("notes.md", text, found=found)]))


def test_of_several_files_only_those_with_something_to_show_are_named() -> None:
    good, bad = (
        f"```derive\nrandom x\n```\n\n$$E[x] = {side}$$\n" for side in ("E[x]", "E[x] + 1")
    )
    texts = {"good.md": good, "bad.md": bad, "none.md": ""}
    files = [Checked(name, text, found=check(document(text))) for name, text in texts.items()]
    lines = plain(report(files, shown=Shown(only=["fails"]))).split("\n")
    assert [line for line in lines if line.startswith(("good", "bad", "none"))] == [
        "bad.md:5:3  ✗ fails",
        "none.md",
    ]


NAMES = "abcdfghijklmnopqrstuvwxyzABDFGHIJKLMNOPQRSTUWXYZαβγδζηθκλμ"


def of_many(count: int, right: str) -> str:
    names = NAMES[:count]
    whole = f"\\operatorname{{Var}}[{' + '.join(names)}] = {right}"
    return f"```derive\nrandom {', '.join(names)}\n```\n\n$${whole}$$\n"


@pytest.mark.parametrize("count", [3, 4, 10])
def test_that_all_are_independent_is_one_fact(count: int) -> None:
    names = NAMES[:count]
    right = " + ".join(f"\\operatorname{{Var}}[{name}]" for name in names)
    (claim,) = check(document(of_many(count, right))).claims
    assert claim.verdict == "needs"
    assert claim.links[0].judgement is not None
    (fact,) = claim.links[0].judgement.needs
    assert fact.line == f"assume independent {', '.join(names)}"
    told = of_many(count, right).replace("\n```\n", f"\n{fact.line}\n```\n", 1)
    assert check(document(told)).claims[0].verdict == "holds"


def test_what_is_missing_of_families_has_their_indices() -> None:
    block = """size n
random a_j, b_j, c_j, d_j for j = 1..n
"""
    claim = r"E[a_j b_j c_j d_j] = E[a_j] E[b_j] E[c_j] E[d_j]"
    (link,) = checked(block, claim).links
    assert link.judgement is not None
    (fact,) = link.judgement.needs
    assert fact.line == "assume independent a_j, b_j, c_j, d_j"
    assert checked(f"{block}{fact.line}\n", claim).verdict == "holds"


@pytest.mark.parametrize("count", [36, 58])
def test_sums_of_many_variables_take_no_time(count: int) -> None:
    start = process_time()
    text = of_many(count, "3")
    shown = said(text)
    assert process_time() - start < 4
    assert "undecided" in shown
    assert len(shown.split("\n")) < 30


def test_claims_that_are_said_again_and_again_take_no_time() -> None:
    rows = r" \\ ".join(["E[x] &= E[y]", "E[x] &= 2 E[y] + 1"] * 450)
    text = f"```derive\nrandom x, y\n```\n\n\\begin{{align}}\n{rows}\n\\end{{align}}\n"
    start = process_time()
    found = check(document(text))
    assert process_time() - start < 2
    assert len(found.claims) == 900


def test_a_long_formula_is_cut_where_it_can_be() -> None:
    right = "+".join(f"\\operatorname{{Var}}[{name}]" for name in NAMES[:10])
    rows = [row.strip() for row in said(of_many(10, right)).split("\n")[2:6]]
    assert all(row.startswith(r"\operatorname{Var}") for row in rows)


def test_the_first_block_has_every_index_of_a_name() -> None:
    text = r"$$ h_i = \sum_{j=1}^{n} W_{ij} x_j + b_i $$" + "\n\n$$ Var[W_{ij} x_j] = 1 $$\n"
    rows = starter(document(text)).split("\n")
    assert "# random W_{i,j} for i = …, j = 1..n" in rows
    assert r"# let h_i = \sum_{j=1}^{n} W_{ij} x_j + b_i for i = …" in rows


def test_a_claim_is_held_against_the_first_that_says_otherwise() -> None:
    rows = r" \\ ".join(f"Var[x] &= {n} Var[y]" for n in (2, 2, 3, 4))
    text = f"```derive\nrandom x, y\n```\n\n\\begin{{align}}\n{rows}\n\\end{{align}}\n"
    found = check(document(text))
    first, again, *others = (c.claim for c in found.claims)
    assert [c.claims for c in found.conflicts] == [(first, other) for other in others]
    assert again not in [claim for c in found.conflicts for claim in c.claims]


def test_many_gradients_are_held_against_few_products() -> None:
    sides = [r"Var[z^i]", r"Var[\partial C/\partial s^i]", r"Var[\partial C/\partial W^i]"]
    rows = r" \\ ".join(f"{side} &= {n} Var[x]" for n in range(2, 40) for side in sides)
    start = process_time()
    found = check(document(f"\\begin{{align}}\n{rows}\n\\end{{align}}\n", notation("glorot")))
    assert process_time() - start < 10
    assert len(found.conflicts) < 39 * 20


def test_the_units_of_a_layer_may_be_alike() -> None:
    block = r"""size T, m
random v_i for i = 1..m
random A^t_{i,j} for t = 1..T, i = 1..m, j = 1..m
let h^0_i = v_i for i = 1..m
let h^t_i = h^{t-1}_i + \sum_{j=1}^{m} A^t_{i,j} h^{t-1}_j for t = 1..T, i = 1..m
"""
    claims = [rf"Var[h^t_i] = Var[h^{{t-1}}_{unit}] m Var[A^t_{{i,j}}]" for unit in ("i", "1")]
    text = "".join(f"$${claim}$$\n\n" for claim in claims)
    assert not check(document(f"```derive\n{block}```\n\n{text}")).conflicts
    twice = f"$${claims[0]}$$\n\n$${claims[1]} \\cdot 2$$\n"
    found = check(document(f"```derive\n{block}```\n\n{twice}"))
    assert [c.verdict for c in found.claims][1] == "fails"
    assert not found.conflicts
    told = (
        Told(c.claim, c.model, j.statement, "undecided", False)
        for c in found.claims for j in (c.links[0].judgement,) if j is not None
    )  # fmt: skip
    assert len(list(conflicts(told))) == 1


BATCH = r"""size B
random x_b for b = 1..B
given \mu, \sigma > 0
let \mu_B = \frac{1}{B} \sum_{b=1}^B x_b
let \tilde{x}_b = x_b - \mu_B for b = 1..B
let v_B = \frac{1}{B} \sum_{b=1}^B (x_b - \mu_B)^2
assume independent x_b; same law x_b over b; E[x_b] = \mu; Var[x_b] = \sigma^2
"""


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"\mathbb{E}[\mu_B] = \mu", "holds"),
        (r"\operatorname{Var}[\mu_B] = \sigma^2 / B", "holds"),
        (r"\operatorname{Var}[\mu_B] = \sigma^2", "fails"),
        (r"\mathbb{E}[v_B] = \frac{B - 1}{B} \sigma^2", "holds"),
        (r"\operatorname{Cov}[\tilde x_b, \mu_B] = 0", "holds"),
    ],
)
def test_a_size_below_a_name_without_indices_is_part_of_it(claim: str, verdict: str) -> None:
    assert checked(BATCH, claim).verdict == verdict


def test_accents_take_no_column() -> None:
    text = f"```derive\n{BATCH}```\n\n$$E[\\tilde x_b] = 0, \\quad E[x_b] = \\mu$$\n"
    page = plain(report([Checked("a.md", text, found=check(document(text)))]))
    ends = [line.replace("\u0303", "") for line in page.splitlines() if line.endswith("b = 1 … B")]
    assert len(ends) == 2 and {len(line) for line in ends} == {80}
