"""A section of a paper in LaTeX, written as papers are, and what a reader is told of it."""

from __future__ import annotations

import pytest

from derive.errors import Unreadable
from derive.judging.check import ClaimChecked, check
from derive.read.declare import declare
from derive.read.document import document
from derive.writing.formula import TEXT, write

PREAMBLE = r"""
\documentclass{article}
\newcommand{\E}{\mathbb{E}}
\DeclareMathOperator{\Var}{Var}
\begin{document}
% derive: size L, n_l for l = 0..L
% derive: random x_i for i = 1..n_0
% derive: random W^l_{ij} for l = 1..L, i = 1..n_l, j = 1..n_{l-1}
% derive: let h^0_i = x_i for i = 1..n_0
% derive: let h^l_i = \sum_{j=1}^{n_{l-1}} W^l_{ij} h^{l-1}_j for l = 1..L, i = 1..n_l
% derive: assume independent W^l_{ij}; W independent of x
% derive: assume E[W^l_{ij}] = 0; E[x_i] = 0
% derive: assume same Var[W^l_{ij}] over i, j; same Var[x_i] over i
"""


def checked(formula: str) -> ClaimChecked:
    (found,) = check(document(f"{PREAMBLE}\n\\[ {formula} \\]\n", tex=True)).claims
    return found


def nearest(formula: str) -> list[tuple[str, str]]:
    """The true statements near a false one, and what was changed."""
    found = checked(formula)
    judgement = found.links[0].judgement
    assert found.verdict == "fails" and judgement is not None
    return [(write(e.statement, found.model, TEXT), e.changed) for e in judgement.nearest]


def test_letters_that_the_clause_gives_ranges_are_indices() -> None:
    over = "for i = 1..n, j = 1..m"
    text = f"size n, m\nrandom W_{{ij}} {over}\nrandom x_{{in}}\nlet y_{{ij}} = 2 W_{{ij}} {over}"
    families = declare(text).model.families
    assert {name: len(f.ranges) for name, f in families.items()} == {"W": 2, "x_in": 0, "y": 2}
    with pytest.raises(Unreadable, match="is one name, so write its indices with commas"):
        declare("size n\nrandom v_{ik} for k = 1..n")


@pytest.mark.parametrize(
    ("formula", "verdict"),
    [
        (r"\Var(h^l_i) = \sum_{j=1}^{n_{l-1}} \Var(W^l_{ij} h^{l-1}_j)", "holds"),
        (r"\E[(h^L_i)^2] = \E[x^2] \prod_{k=1}^{L} n_{k-1} \Var(W^k)", "holds"),
        (r"\E[(h^L_i)^2] = \E[x^2] \prod_{k=1}^{L} n_k \Var(W^k)", "fails"),
        (r"\Var(h^2_i) = n_0 n_1 \Var(W^1) \Var(W^2) \Var(x)", "holds"),
    ],
)
def test_verdicts(formula: str, verdict: str) -> None:
    assert checked(formula).verdict == verdict


CHAIN = (
    r"\Var(h^l_i) = n_{l-1} \Var(W^l) \Var(h^{l-1})"
    r" = \Var(x) \prod_{k=1}^{l} n_{k-1} \Var(W^k)"
    r" = \Var(x) \prod_{k=0}^{l-1} n_{k} \Var(W^{k+1})"
)


def test_an_index_that_stands_in_limits_alone_is_that_of_the_chain() -> None:
    found = checked(CHAIN)
    assert [c.verdict for c in found.links] == ["holds"] * 4
    third = found.links[2].judgement
    assert third is not None
    assert write(third.statement.ranges[0].lo, found.model, TEXT) == "1"
    alone = checked(CHAIN.split(" = ", 2)[2])
    assert alone.verdict == "undecided"
    assert "the range of l is not known" in alone.links[0].message


def test_an_error_after_the_index_is_known_is_found() -> None:
    found = checked(CHAIN.replace(r"n_{k} \Var(W^{k+1})", r"n_{k} \Var(W^{k})"))
    assert [c.verdict for c in found.links][:2] == ["holds", "holds"]
    assert found.links[2].verdict != "holds" and found.links[3].verdict != "holds"


def test_the_nearest_statement_is_in_the_terms_of_the_claim() -> None:
    ((said, changed),) = nearest(r"\Var(h^l) = \Var(h^{l-1})")
    assert said == "Var[h^l] = n_{l-1} Var[W^l] Var[h^{l-1}]"
    assert changed == "factor n_{l-1} Var[W^l] added"


def test_no_statement_is_near_that_says_nothing() -> None:
    for formula in (r"\Var(h^l) = \Var(h^{l-1})", r"\Var(h^l) = n_l \Var(W^l) \Var(h^l)"):
        assert all(left != right for left, right in (s.split(" = ") for s, _ in nearest(formula)))


COURSE = r"""```derive
size L, n^{[l]} for l = 0..L
given \tanh(s)
random x_k for k = 1..n^{[0]}
random w^{[l]}_{kj} for l = 1..L, k = 1..n^{[l]}, j = 1..n^{[l-1]}
let a^{[0]}_k = x_k for k = 1..n^{[0]}
let z^{[l]}_k = \sum_{j=1}^{n^{[l-1]}} w^{[l]}_{kj} a^{[l-1]}_j for l = 1..L, k = 1..n^{[l]}
let a^{[l]}_k = \tanh(z^{[l]}_k) for l = 1..L, k = 1..n^{[l]}
assume independent w^{[l]}_{kj}; w independent of x; E[w^{[l]}_{kj}] = 0; E[x_k] = 0
assume same Var[w^{[l]}_{kj}] over k, j; same Var[x_k] over k
"""
LAYER = r"$$Var(a^{[l]}) = n^{[l-1]} Var(w^{[l]}) Var(a^{[l-1]})$$"
DEPTH = r"$$Var(a^{[L]}) = \left[\prod_{l=1}^{L} n^{[l-1]} Var(w^{[l]})\right] Var(x)$$"


@pytest.mark.parametrize("linear", [r"\tanh(s) = s", r"\operatorname{tanh}(s) = s", "tanh(u) = u"])
@pytest.mark.parametrize("formula", [LAYER, DEPTH])
def test_a_function_that_tex_has_a_command_for(linear: str, formula: str) -> None:
    assumed = f"{COURSE}assume linear: {linear}\n```\n{formula}"
    (found,) = check(document(assumed)).claims
    assert found.verdict == "holds"


def test_a_function_that_is_not_declared() -> None:
    with pytest.raises(Unreadable, match=r"unknown name tanh: 'given \\tanh\(s\)' declares a"):
        declare("random x\nlet y = \\tanh(x)")


def test_what_a_function_lacks_can_be_pasted() -> None:
    (found,) = check(document(f"{COURSE}```\n{LAYER}")).claims
    judgement = found.links[0].judgement
    assert found.verdict == "needs" and judgement is not None
    (fact,) = judgement.needs
    (again,) = check(document(f"{COURSE}{fact.line}\n```\n{LAYER}")).claims
    assert again.verdict == "holds", fact.line


NEURON = r"""```derive
size n
random w_i, x_i for i = 1..n
assume independent w_i, x_i; E[w_i] = 0; E[x_i] = 0; same law w_i over i; same law x_i over i
```
"""


def test_a_sum_without_brackets() -> None:
    """The lecture means the sum of all three terms; as it stands, the first alone is summed."""
    three = r"E[w_i]^2 Var(x_i) + E[x_i]^2 Var(w_i) + Var(x_i) Var(w_i)"
    for left, right in (
        (r"\sum_{i=1}^n Var(w_i x_i)", rf"\sum_i^n {three}"),
        (rf"\sum_i^n {three}", r"\sum_{i=1}^n Var(w_i) Var(x_i)"),
    ):
        (found,) = check(document(f"{NEURON}$${left} = {right}$$")).claims
        judgement = found.links[0].judgement
        assert found.verdict == "fails" and judgement is not None
        first = judgement.nearest[0]
        assert first.changed == "the sum over i taken to the end: use brackets"
        assert not first.statement.ranges
        whole = found.links[0].link.right if "Var(w_i x_i)" in left else found.links[0].link.left
        assert whole.term not in (first.statement.left, first.statement.right)
    (wrong,) = check(document(rf"{NEURON}$$\sum_i^n Var(w_i) + 2 Var(w_i) = n Var(w_1)$$")).claims
    judgement = wrong.links[0].judgement
    assert judgement is not None and "brackets" not in str([e.changed for e in judgement.nearest])


@pytest.mark.parametrize(
    ("declared", "law", "claim", "line"),
    [
        ("given a", "U[-a, a]", "Var[w] = a^2/3", "given a > 0"),
        ("given a, b", "U[a, b]", "Var[w] = (b - a)^2/12", ""),
        (r"given \sigma", r"N(0, variance \sigma^2)", r"E[w^4] = 3 \sigma^4", r"given \sigma > 0"),
    ],
)
def test_a_law_that_says_nothing_yet(declared: str, law: str, claim: str, line: str) -> None:
    text = f"```derive\n{declared}\nrandom w\nassume w ~ {law}\n```\n$${claim}$$\n"
    (found,) = check(document(text)).claims
    why = found.links[0].message
    assert found.verdict == "undecided" and "is known to be positive" in why
    assert ("declare" in why) == bool(line)
    if line:
        assert f"declare '{line}'" in why
        (again,) = check(document(text.replace(declared, line))).claims
        assert again.verdict == "holds"


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (r"Var[w_i] = 2/(n_{in} + 1)", r"n has no indices, and no n_{\mathrm{in}} was declared"),
        (r"Var[w_i] = n_{i+1}", "n has no indices"),
        (r"Var[w_i] = \sigma_y", r"unknown name \sigma_y; nearest: \sigma_{\mathrm{v}}"),
    ],
)
def test_a_name_below_a_name(formula: str, words: str) -> None:
    text = NEURON.replace("size n", "size n\ngiven \\sigma_{\\mathrm{v}}")
    (found,) = check(document(f"{text}$${formula}$$")).claims
    assert found.trouble is not None and found.trouble.reason == words
