"""E and Var without brackets: one symbol right behind what is surely no letter, and no more."""

from __future__ import annotations

import pytest

from derive.errors import Unreadable
from derive.read.declare import declare, notation
from derive.read.formula import read

NAMES = declare(
    "size n\nrandom w_i, x_i for i = 1..n\nrandom u, v, h'\ngiven c, \\sigma, f(s)\n"
    "let \\bar{x} = \\frac{1}{n} \\sum_{i=1}^n x_i"
).names
GLOROT = notation("glorot").names
ALIKE = [
    (r"\mathbb{E} u", "E[u]"),
    (r"\mathbb E u", "E[u]"),
    (r"\mathrm{E} u", "E[u]"),
    (r"\E u", "E[u]"),
    (r"\operatorname{Var} x_i", "Var[x_i]"),
    (r"\operatorname{Var} x", "Var[x]"),
    (r"\mathrm{Var}\, x_{i}", "Var[x_i]"),
    (r"\text{Var} \, h'", "Var[h']"),
    (r"\Var \bar{x}", r"Var[\bar x]"),
    (r"\mathbb{V} u", "Var[u]"),
    ("Var u", "Var[u]"),
    (r"\operatorname{Std} u", "Std[u]"),
    (r"\mathbb{E} f(u)", "E[f(u)]"),
    (r"\mathbb{E} f'(u)", "E[f'(u)]"),
    (r"c \operatorname{Var} u + \sigma", r"c Var[u] + \sigma"),
    (r"\operatorname{Var} u + \operatorname{Var} v", "Var[u] + Var[v]"),
    (r"\operatorname{Var} u - \mathbb{E}[u^2]", "Var[u] - E[u^2]"),
    (r"\operatorname{Var} u \operatorname{Var} v", "Var[u] Var[v]"),
    (r"\mathbb{E} u \cdot \mathbb{E} v", "E[u] E[v]"),
    (r"\mathbb{E}[(u - \mathbb{E} u)^2]", "E[(u - E[u])^2]"),
    (r"\sum_i \operatorname{Var} x_i", r"\sum_i Var[x_i]"),
    (r"\frac{\operatorname{Var} u}{n}", r"\frac{Var[u]}{n}"),
    (r"\sqrt{\operatorname{Var} u}", r"\sqrt{Var[u]}"),
    (r"\left(\mathbb{E} u\right)^2", "E[u]^2"),
]
REFUSED = [
    (r"\mathbb{E} u^2", 12, "how far does E reach? write E[u^2] or E[…]^…"),
    (r"\mathbb{E} f(u)^2", 12, "how far does E reach? write E[f(u)] … or E[f(u) …]"),
    (r"\operatorname{Var} w_i x_i", 20, "write Var[w_i] … or Var[w_i …]"),
    (r"\operatorname{Var} u v", 20, "write Var[u] … or Var[u …]"),
    (r"\operatorname{Var} uv", 20, "write Var[u] … or Var[u …]"),
    (r"\operatorname{Var} u \cdot v", 20, "how far does Var reach?"),
    (r"\operatorname{Var} u / n", 20, "how far does Var reach?"),
    (r"\operatorname{Var} u (1 + c)", 20, "how far does Var reach?"),
    (r"\operatorname{Var} u \sum_i w_i", 20, "how far does Var reach?"),
    (r"\operatorname{Var} u + v", 20, "write Var[u] + … or Var[u + …]"),
    (r"\mathbb{E} u - v", 12, "write E[u] - … or E[u - …]"),
    (r"\operatorname{Var} u + c v", 20, "write Var[u] + … or Var[u + …]"),
    (r"\operatorname{Var} u + \operatorname{Var} v - u", 20, "how far does Var reach?"),
    (r"\operatorname{Var} x^\top", 20, "only a vector or a matrix can be transposed"),
    ("E u", 3, "expected [ or ( after E"),
    (r"\mathbf{E} u", 12, "expected [ or ( after E"),
    (r"\boldsymbol{E} u", 16, "expected [ or ( after E"),
    (r"\operatorname{Var} 2 u", 20, "expected [ or ( after Var"),
    (r"\operatorname{Var} \frac{u}{2}", 20, "expected [ or ( after Var"),
    (r"\operatorname{Var} \operatorname{E} u", 20, "expected [ or ( after Var"),
    (r"\operatorname{Cov} u, v", 20, "expected [ or ( after Cov"),
    (r"\operatorname{Var}^2 u", 22, "expected [ or ( after Var"),
    (r"\mathbb{E}_u u", 11, "E over some of the variables alone is not read"),
]  # fmt: skip


@pytest.mark.parametrize(("bare", "bracketed"), ALIKE)
def test_one_symbol_needs_no_brackets(bare: str, bracketed: str) -> None:
    one, other = read(bare, NAMES), read(bracketed, NAMES)
    assert one.term == other.term
    assert [b.moment for b in one.bare] == [b.moment for b in other.bare]


@pytest.mark.parametrize(("text", "column", "said"), REFUSED)
def test_more_than_a_symbol_does(text: str, column: int, said: str) -> None:
    with pytest.raises(Unreadable) as no:
        read(text, NAMES)
    assert said in no.value.reason
    assert no.value.column == column


def test_a_superscript_that_is_an_index_is_no_power() -> None:
    bare = read(r"\operatorname{Var} z^i_k = \operatorname{Var} z^2", GLOROT)
    bracketed = read(r"Var[z^i_k] = Var[z^2]", GLOROT)
    assert [s.term for s in bare.sides] == [s.term for s in bracketed.sides]


def test_letters_that_are_declared_may_be_meant() -> None:
    names = declare("given V, a, r\nrandom u").names
    with pytest.raises(Unreadable, match="as one name and as a product of names"):
        read("Var u", names)
    bare, bracketed = (read(rf"\operatorname{{Var}}{u}", names) for u in (" u", "[u]"))
    assert bare.term == bracketed.term
