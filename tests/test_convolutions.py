"""Layers that sum over three indices, such as convolutions: six indices in a second moment."""

from __future__ import annotations

import pytest
from sympy import Expr, Symbol

from derive.differences import difference
from derive.errors import Refused
from derive.forms import Undecided
from derive.judging.check import LinkChecked, check
from derive.moments import normal
from derive.read.document import document
from derive.scope import Scope
from derive.terms import E, Entry, Sum, Var

CONVOLUTION = r"""size c_{\mathrm{in}}, c_{\mathrm{out}}, k, H, V
random x_{c,p,q} for c = 1..c_in, p = 1..H+k, q = 1..V+k
random w_{c,d,a,b} for c = 1..c_out, d = 1..c_in, a = 1..k, b = 1..k
let y_{c,p,q} = \sum_{d=1}^{c_in} \sum_{a=1}^{k} \sum_{b=1}^{k} w_{c,d,a,b} x_{d,p+a,q+b}
  for c = 1..c_out, p = 1..H, q = 1..V
assume weights: independent w_{c,d,a,b}
assume inputs: x independent of w
assume centred: E[w_{c,d,a,b}] = 0
assume alike: same E[w_{c,d,a,b}], Var[w_{c,d,a,b}] over c, d, a, b
assume level: same E[x_{c,p,q}], Var[x_{c,p,q}] over c, p, q"""
ZERO_MEAN = CONVOLUTION + "\nassume shift: E[x_{c,p,q}] = 0"
VALID = CONVOLUTION.replace("p = 1..H+k, q = 1..V+k", "p = 1..H, q = 1..V")
VALID = VALID.replace("p+a,q+b", "p+a-1,q+b-1")
VALID = VALID.replace("c_out, p = 1..H, q = 1..V", "c_out, p = 1..H-k+1, q = 1..V-k+1")
TEMPORAL = r"""size c, k, N
random x_{d,t} for d = 1..c, t = 0..N+k-1
random w_{o,d,a} for o = 1..c, d = 1..c, a = 0..k-1
let y_{o,t} = \sum_{d=1}^{c} \sum_{a=0}^{k-1} w_{o,d,a} x_{d,t+a} for o = 1..c, t = 0..N
assume x independent of w
assume independent w_{o,d,a}; same law w_{o,d,a} over o, d, a; E[w_{o,d,a}] = 0
assume same E[x_{d,t}], Var[x_{d,t}] over d, t; E[x_{d,t}] = 0"""


def link(declared: str, formula: str) -> LinkChecked:
    (found,) = check(document(f"```derive\n{declared}\n```\n$${formula}$$")).claims
    assert found.trouble is None, found.trouble
    return found.links[-1]


@pytest.mark.parametrize(
    ("declared", "formula", "verdict"),
    [
        (CONVOLUTION, r"Var[y] = c_{\mathrm{in}} k^2 Var[w] E[x^2]", "holds"),
        (CONVOLUTION, r"\frac{Var[y]}{E[x^2]} = c_{\mathrm{in}} k^2 Var[w]", "holds"),
        (CONVOLUTION, r"E[y] = 0", "holds"),
        (CONVOLUTION, r"Var[y] = c_{\mathrm{in}} k Var[w] E[x^2]", "fails"),
        (CONVOLUTION, r"Var[y] = c_{\mathrm{out}} k^2 Var[w] E[x^2]", "fails"),
        (ZERO_MEAN, r"Var[y] = c_{\mathrm{in}} k^2 Var[w] Var[x]", "holds"),
        (VALID, r"Var[y_{c,p,q}] = c_{\mathrm{in}} k^2 Var[w] E[x^2]", "holds"),
        (TEMPORAL, r"Var[y] = c k Var[w] Var[x]", "holds"),
        (TEMPORAL, r"Var[y_{o,t}] = c k Var[w] Var[x]", "holds"),
        (TEMPORAL, r"Var[y] = c k^2 Var[w] Var[x]", "fails"),
    ],
)
def test_a_convolution(declared: str, formula: str, verdict: str) -> None:
    assert link(declared, formula).verdict == verdict


@pytest.mark.parametrize("declared", [CONVOLUTION, VALID])
def test_the_mean_that_is_missing_is_named(declared: str) -> None:
    found = link(declared, r"Var[y_{c,p,q}] = c_{\mathrm{in}} k^2 Var[w] Var[x]")
    assert found.verdict == "needs" and found.judgement is not None
    assert [fact.line for fact in found.judgement.needs] == ["assume E[x_{c,p,q}] = 0"]


@pytest.mark.parametrize(
    ("declared", "formula", "dropped"),
    [
        (ZERO_MEAN, r"Var[y] = c_{\mathrm{in}} k^2 Var[w] Var[x]", "centred: E[w_{c,d,a,b}] = 0"),
        (TEMPORAL, r"Var[y] = c k Var[w] Var[x]", "x independent of w"),
    ],
)
def test_a_dropped_assumption_is_named(declared: str, formula: str, dropped: str) -> None:
    kept = "\n".join(s for s in declared.split("\n") if s != f"assume {dropped}")
    found = link(kept, formula)
    assert found.verdict == "needs" and found.judgement is not None
    wanted = f"assume {dropped.removeprefix('centred: ')}"
    assert [fact.line for fact in found.judgement.needs] == [wanted]


def test_the_order_of_the_sums_does_not_matter() -> None:
    model = document(f"```derive\n{CONVOLUTION}\n```").reading.model
    d, a, b, k = (Symbol(s) for s in "dabk")
    channels = next(s for s in model.sizes if isinstance(s, Expr) and "in" in str(s))
    body = Entry("w", 1, d, a, b) * Entry("x", d, 1 + a, 1 + b)
    one = Sum(Sum(Sum(body, (b, 1, k)), (a, 1, k)), (d, 1, channels))
    other = Sum(Sum(Sum(body, (d, 1, channels)), (a, 1, k)), (b, 1, k))
    assert difference(E(one**2), E(other**2), Scope(model)).is_zero
    assert difference(E(one * other), E(one**2), Scope(model)).is_zero
    assert not difference(E(one**2), Var(other) + 1, Scope(model)).is_zero


def test_too_many_ways_to_be_equal_are_not_decided() -> None:
    model = document(f"```derive\n{CONVOLUTION}\n```").reading.model
    y = Entry("y", 1, 1, 1)
    with pytest.raises((Undecided, Refused), match=r"ways in which indices may be equal|of one"):
        normal(E(y**3), Scope(model))
    assert normal(E(y), Scope(model)).is_zero
