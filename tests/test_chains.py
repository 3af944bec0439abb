"""The chains: their formulas against closed forms and counts, renamed, and with less assumed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction as F
from math import prod
from typing import Any

import pytest
from models import columns, glorot
from sympy import Expr, Integer, Symbol, symbols
from sympy.core.symbol import Str

from derive.chains.backprop import backprop
from derive.chains.backward import backward
from derive.chains.forward import forward
from derive.chains.product import product, two_variables
from derive.chains.story import Story
from derive.chains.sum import one_neuron, sum_
from derive.chains.weight_grad import weight_grad
from derive.counting.functions import identity
from derive.counting.instance import (
    Instance,
    Joint,
    equal,
    one_at_a_time,
    two_point,
)
from derive.counting.oracle import evaluate
from derive.errors import Refused
from derive.kernel import replay
from derive.model import Model, Statement
from derive.substitution import same
from derive.terms import BINDERS, E, Entry, Partial, Product, Sum, Var

i, k, l, m, p, q, t, d, M = symbols("i k l m p q t d M")
ONE = Integer(1)
CHAINS: dict[str, Callable[[Model], Story]] = {
    "forward": forward,
    "backward": backward,
    "weight-grad": weight_grad,
}
HALF = F(1, 2)


def shown(story: Story) -> Statement:
    """What a chain shows, replayed."""
    assert story.stopped is None, str(story.stopped and story.stopped.why)
    claim = replay(story.derivation).claim
    assert isinstance(claim, Statement)
    assert claim.left == story.subject
    return claim


# -- the formulas


def entry(name: str) -> Callable[..., Entry]:
    return lambda *indices: Entry(name, *indices)


n, x, W, z, s, N, v, A, h = (entry(name) for name in ("n", "x", "W", "z", "s", "N", "v", "A", "h"))
C, L = Entry("C"), Entry("L")


def glorot_form(chain: str) -> Expr:
    up = Product(n(m) * Var(W(m, 1, 1)), (m, 0, i - 1)) * Var(x(1))
    down = Product(n(m + 1) * Var(W(m, 1, 1)), (m, i + 1, d)) * Var(Partial(C, s(d, 1)))
    return {"forward": up, "backward": down, "weight-grad": up * down}[chain]


def columns_form(chain: str) -> Expr:
    top = Var(Partial(L, h(M, 1)))
    down = Product(N(m) * Var(A(m, 1, 1)), (m, t + 1, M)) * top

    def up(last: Expr) -> Expr:
        return Product(N(m - 1) * Var(A(m, 1, 1)), (m, 1, last)) * Var(v(1))

    return {"forward": up(t), "backward": down, "weight-grad": up(t - 1) * down}[chain]


@pytest.mark.parametrize("chain", CHAINS)
def test_the_formula_is_the_closed_form(chain: str) -> None:
    claim = shown(CHAINS[chain](glorot()))
    assert same(claim.right, glorot_form(chain))
    assert [str(r.lo) for r in claim.ranges] == ["0", "1", "1"][: len(claim.ranges)]
    assert claim.ranges[0].hi == (d + 1 if chain == "forward" else d)
    claim = shown(CHAINS[chain](columns()))
    assert same(claim.right, columns_form(chain))
    assert claim.ranges[0][1:3] == ((1 if chain == "weight-grad" else 0), M)


def test_back_propagation_is_the_chain_rule() -> None:
    claim = shown(story := backprop(glorot()))
    assert same(claim.right, z(i, l) * Partial(C, s(i, k)))
    first = next(part.claim for part in story.derivation.parts if part.name == story.shown[0])
    assert isinstance(first, Statement)
    f = first.right.atoms(type(glorot().functions["f"](x(1))))
    assert {(a.name, a.order, a.at) for a in f} == {("f", 1, s(i, k))}
    assert same(
        first.right,
        f.pop() * Sum(W(i + 1, k, m) * Partial(C, s(i + 1, m)), (m, 1, n(i + 2))),
    )
    assert first.ranges[0].hi == d - 1, "the top is never unfolded"
    assert replay(story.derivation).uses == frozenset()


def test_product_and_sum() -> None:
    a, b = Entry("x"), Entry("y")
    assert shown(product(two_variables())).right == Var(a) * Var(b)
    assert shown(sum_(one_neuron())).right == Symbol("n") * Var(Entry("w", 1)) * Var(Entry("x", 1))


# -- counted


def network(widths: Sequence[int], variances: Sequence[Any], x_law: Any, top: Any) -> Instance:
    return Instance(
        GLOROT,
        {d: len(widths) - 2, "n": dict(enumerate(widths))},
        laws={"W": lambda i, l, k: two_point(variances[i])},
        joints=[
            Joint(tuple(x(j + 1) for j in range(widths[0])), x_law(widths[0])),
            Joint(
                tuple(Partial(C, s(len(widths) - 2, j + 1)) for j in range(widths[-1])),
                top(widths[-1]),
            ),
        ],
        functions={"f": identity},
    )


GLOROT = glorot()
STORIES = {chain: shown(CHAINS[chain](GLOROT)) for chain in CHAINS}
ALWAYS_EQUAL = (lambda count: equal(two_point(2), count)), F(2)
ONE_AT_A_TIME = (lambda count: one_at_a_time(two_point(3), count)), None
SHAPES = [
    ((1, 1), (2,)),
    ((2, 3), (HALF,)),
    ((2, 1, 2), (2, HALF)),
    ((1, 2, 1), (3, 1)),
    ((2, 2, 1), (HALF, 2)),
    ((1, 2, 1, 1), (2, 1, HALF)),
]


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(("widths", "variances"), SHAPES)
@pytest.mark.parametrize("swap", [False, True])
def test_the_formula_is_what_is_counted(
    chain: str, widths: tuple[int, ...], variances: tuple[Any, ...], swap: bool
) -> None:
    dependent: Any = ALWAYS_EQUAL[0], ONE_AT_A_TIME[0]
    below, above = dependent[::-1] if swap else dependent
    where = network(widths, variances, below, above)
    claim, depth = STORIES[chain], len(widths) - 2
    spread = [F(3, widths[0]) if swap else 2, 2 if swap else F(3, widths[-1])]
    for at in where.points(claim.ranges, {}):
        layer = at[i]
        up = spread[0] * prod(widths[j] * variances[j] for j in range(layer))
        down = spread[1] * prod(widths[j + 1] * variances[j] for j in range(layer + 1, depth + 1))
        expected = {"forward": up, "backward": down, "weight-grad": up * down}[chain]
        assert evaluate(claim.left, where, at) == expected
        assert evaluate(claim.right, where, at) == expected


# -- other letters


LETTERS = dict(
    zip(
        "dnxWfbzsCuilk",
        ["D", "w", "y", "M", "g", "c", "a", "r", "J", "v", "t", "p", "q"],
        strict=True,
    )
)
LETTERS["i'"] = "t'"


def renamed(e: Any) -> Any:
    """The same thing in other letters, inside names of definitions and sources too."""
    if isinstance(e, Str):
        return Str(LETTERS[str(e)])
    if isinstance(e, Symbol):
        return Symbol(LETTERS[str(e)])
    if isinstance(e, BINDERS):
        return e.func(*map(renamed, e.args))
    if isinstance(e, Expr):
        return e.func(*map(renamed, e.args)) if e.args else e
    if isinstance(e, str):
        head, _, last = e.rpartition(" ")
        if e == "∂C/∂s":
            return "∂J/∂r"
        if head == "definition of":
            return f"{head} {LETTERS[last]}"
        if head.startswith("definition of "):
            return f"{renamed(head)} {last}"
        return LETTERS.get(e, e)
    if isinstance(e, dict):
        return {renamed(a): renamed(b) for a, b in e.items()}
    if isinstance(e, tuple) and hasattr(e, "_fields"):
        return type(e)(*map(renamed, e))
    if isinstance(e, (tuple, list)):
        return type(e)(map(renamed, e))
    if is_dataclass(e) and not isinstance(e, type):
        return replace(e, **{f.name: renamed(getattr(e, f.name)) for f in fields(e)})
    return e


@pytest.mark.parametrize("chain", [*CHAINS, "backprop"])
def test_nothing_knows_the_letters(chain: str) -> None:
    tell = {**CHAINS, "backprop": backprop}[chain]
    other = renamed(glorot())
    assert not {"z", "W", "x", "n", "s"} & {*other.families}
    there, here = shown(tell(other)), shown(tell(glorot()))
    assert same(there.right, renamed(here.right))
    assert same(there.left, renamed(here.left))
    assert replay(tell(other).derivation).uses == replay(tell(glorot()).derivation).uses


# -- with less assumed


def reason(name: str, story: Story) -> str:
    assert story.stopped is not None
    return str(story.stopped.why)


EVERY = [
    *(
        (f"glorot {chain}", tell, glorot)
        for chain, tell in {**CHAINS, "backprop": backprop}.items()
    ),
    *(
        (f"columns {chain}", tell, columns)
        for chain, tell in {**CHAINS, "backprop": backprop}.items()
    ),
    ("product", product, two_variables),
    ("sum", sum_, one_neuron),
]


@pytest.mark.parametrize(("tell", "model"), [e[1:] for e in EVERY], ids=[e[0] for e in EVERY])
def test_each_assumption_is_needed_or_not_used(
    tell: Callable[[Model], Story], model: Callable[[], Model]
) -> None:
    whole = model()
    story = tell(whole)
    uses, claim = replay(story.derivation).uses, shown(story)
    for assumption in whole.assumptions:
        less = tell(whole.without([assumption.name]))
        if assumption.name not in uses:
            assert shown(less) == claim
            continue
        if less.stopped is not None:
            assert str(less.stopped.why), "it says why"
            replay(less.derivation)  # what stands until there is right
            continue
        other = shown(less)
        assert other != claim, f"{assumption.name} was used, and is not needed"
        assert assumption.name not in replay(less.derivation).uses


@pytest.mark.parametrize(
    ("chain", "name", "words"),
    [
        ("backward", "linear-regime", ["W"]),
        ("forward", "independent-weights", ["W"]),
        ("forward", "independent-inputs", ["W", "x"]),
        ("backward", "independent-top", ["W", "∂C/∂s"]),
        ("weight-grad", "independent-top", ["∂C/∂s"]),
    ],
)
def test_the_reason_names_what_is_missing(chain: str, name: str, words: list[str]) -> None:
    story = CHAINS[chain](glorot().without([name]))
    why = reason(name, story)
    assert all(word in why for word in words), why


def test_zero_means_are_not_dropped_silently() -> None:
    x, y = Entry("x"), Entry("y")
    story = product(two_variables().without(["zero-mean-x"]))
    if story.stopped is None:
        assert shown(story).right == Var(x) * Var(y) + E(x) ** 2 * Var(y)
    with pytest.raises(Refused):
        replay(product(two_variables()).derivation, two_variables().without(["zero-mean-x"]))


def test_without_the_linear_regime_the_pre_activation_is_left() -> None:
    story = forward(glorot().without(["linear-regime"]))
    assert story.stopped is not None and story.main == "Var[s]"
    claim = replay(story.derivation).claim
    assert isinstance(claim, Statement)
    i, k, m = symbols("i k l")
    squared = E(Entry("z", i, m) ** 2)
    second = Sum(Var(Entry("W", i, 1, 1)) * squared, (m, 1, Entry("n", i)))
    assert same(claim.left, Var(Entry("s", i, k))) and same(claim.right, second)
