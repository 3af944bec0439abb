r"""Rectifiers by reflection: counted exactly, and every way around the conditions refused.

The numbers come from the oracle, which knows nothing of the rules: all outcomes of symmetric
weights, and inputs that depend on each other and have a mean.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as F
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Expr, Float, Integer, Rational, Symbol, oo, symbols

from derive.boxes import Box
from derive.claims import Proved, Sources
from derive.counting.instance import Instance, Joint, Law
from derive.counting.oracle import evaluate
from derive.errors import Refused, Undeclared, Unreadable
from derive.independence import independent
from derive.kernel import replay
from derive.made_of import sources_of
from derive.model import Assumption, Independent, Members, Model, Separate, Statement, Unit, ranges
from derive.piecewise import IDENTITY, Pieces, even_part, piecewise, polynomial, written
from derive.proofs import Chain, Derivation, Part, Step
from derive.read.declarations import declarations, difference
from derive.read.declare import declare
from derive.rules import RULES
from derive.scope import Scope
from derive.show.words import Voice
from derive.terms import Apply, E, Entry, Partial, Sum

j, k, n = symbols("j k n")
s, t, y = Entry("s"), Entry("t"), Entry("y")
x = [Entry("x", m) for m in range(4)]
w = [Entry("w", m) for m in range(4)]
ZERO, ONE, HALF = Integer(0), Integer(1), Rational(1, 2)

NEURON = r"""
size n
given a, g, f(u)
random x_j, w_j for j = 1..n
random y
let s = \sum_{j=1}^{n} w_j x_j
let t = \sum_{j=1}^{n} w_j x_j + g
"""
APART = r"""
assume weights: independent w_j
assume inputs: x independent of w, y
assume others: y independent of w
assume symmetric-weights: symmetric w
"""
RELU = r"assume relu: f(u) = \max(0, u)"
LEAKY = r"assume leaky: f(u) = \max(0, u) + a \min(0, u)"
ABS = r"assume abs: f(u) = |u|"
BOTH = r"assume both: f(u) = \begin{cases} u & u < 0 \\ u^2 & u > 0 \end{cases}"
NO_ZERO = "assume no-zero: P[s = 0] = 0"
EXACT = {
    RELU: lambda order, u: (max(u, 0), int(u > 0))[order],
    LEAKY: lambda order, u: (max(u, 0) + F(1, 3) * min(u, 0), 1 if u > 0 else F(1, 3))[order],
    ABS: lambda order, u: (abs(u), 1 if u > 0 else -1)[order],
    BOTH: lambda order, u: (u * u if u > 0 else u, 2 * u if u > 0 else 1)[order],
}
SPREAD: Law = ((F(1), F(1, 4)), (F(-1), F(1, 4)), (F(3), F(1, 4)), (F(-3), F(1, 4)))
ZEROS: Law = ((F(1), F(1, 4)), (F(-1), F(1, 4)), (F(0), F(1, 2)))
OTHER: Law = ((F(5), F(1, 3)), (F(-1), F(2, 3)))


def neuron(*said: str, moments: int = 2) -> Model:
    """y = Σ w x with independent symmetric weights."""
    model = declare("\n".join((NEURON, APART, *said))).model
    model.moments = moments
    return model


def numbers(model: Model, function: str, size: int, law: Law) -> Instance:
    """Inputs that are multiples of each other and have a mean, never 0."""
    rows = ((tuple(F(10**m + o, 2) for m in range(size)), F(1, 2)) for o in (0, 1))
    joint = Joint(tuple(Entry("x", m + 1) for m in range(size)), tuple(rows))
    return Instance(
        model, {n: size}, {"w": law, "y": OTHER}, (joint,), {"a": F(1, 3), "g": F(2)},
        {"f": EXACT[function]},
    )  # fmt: skip


def turned(e: Expr, of: Expr, model: Model, *args: Any, over: Any = (), proved: Any = ()) -> Expr:
    """What the rule makes of a moment."""
    scope = Scope(model, ranges(*over), proved)
    return RULES["reflection"].rewrite(e, scope, (of, *(args or ("", ())))).new


def refused(e: Expr, of: Expr, model: Model, *args: Any, **more: Any) -> str:
    """Why the rule makes nothing of it."""
    with pytest.raises(Refused) as why:
        turned(e, of, model, *args, **more)
    needs = str(why.value.needs)
    return f"{why.value}" + (f"; needs {needs}" if needs else "")


S = Sum(Entry("w", j) * Entry("x", j), (j, 1, n))


def f(u: Expr, order: int = 0) -> Expr:
    return Apply("f", order, u)


WRITTEN = Proved("s written out", Statement(s, S), frozenset())
BY = ("s written out", ())


@pytest.mark.parametrize("function", [RELU, LEAKY, ABS])
@pytest.mark.parametrize(
    "moment",
    [f(s) ** 2, f(s, 1) ** 2, s * f(s), f(s) * f(s, 1) * s, s, f(s) ** 2 * y, y * s],
    ids=str,
)
@pytest.mark.parametrize("size", [1, 2])
def test_what_is_left_is_what_is_counted(function: str, moment: Expr, size: int) -> None:
    model = neuron(function, NO_ZERO, moments=6)
    new = turned(E(moment), s, model, *BY, proved=[WRITTEN])
    assert not new.has(Apply)
    laws = [SPREAD] if moment.has(f(s, 1)) else [SPREAD, ZEROS]
    for law in laws:
        where = numbers(model, function, size, law)
        assert evaluate(E(moment), where) == evaluate(new, where)


def test_he_s_halves() -> None:
    a = Entry("a")
    relu, leaky = neuron(RELU, NO_ZERO), neuron(LEAKY, NO_ZERO)
    more = {"proved": [WRITTEN]}
    assert turned(E(f(s) ** 2), s, relu, *BY, **more) == E(s**2) / 2
    assert turned(E(f(s, 1) ** 2), s, relu, *BY, **more) == HALF
    assert turned(E(f(s) ** 2), s, leaky, *BY, **more) == (a**2 / 2 + HALF) * E(s**2)
    assert turned(E(f(s) ** 2), s, neuron(ABS), *BY, **more) == E(s**2)
    assert turned(E(f(S) ** 2), S, relu) == E(S**2) / 2


def test_no_gaussian_and_nothing_not_needed_is_used() -> None:
    scope = Scope(neuron(RELU, NO_ZERO), (), [WRITTEN])
    found = RULES["reflection"].rewrite(E(f(s) ** 2), scope, (s, *BY))
    assert found.uses == {"relu", "weights", "inputs", "symmetric-weights"}
    slope = RULES["reflection"].rewrite(E(f(s, 1) ** 2), scope, (s, *BY))
    assert slope.uses == found.uses | {"no-zero"}


def test_an_even_part_of_several_powers() -> None:
    model = neuron(BOTH)
    new = turned(E(f(s) ** 2), s, model, *BY, proved=[WRITTEN])
    assert new == E(s**4 / 2 + s**2 / 2)
    where = numbers(model, BOTH, 2, SPREAD)
    assert evaluate(E(f(s) ** 2), where) == evaluate(new, where)


@pytest.mark.parametrize("gone", ["relu", "weights", "inputs", "symmetric-weights", "no-zero"])
def test_every_assumption_is_needed(gone: str) -> None:
    model = neuron(RELU, NO_ZERO)
    claim = Statement(E(f(s, 1) ** 2), HALF)
    written_out = Part(
        "s written out",
        Statement(s, S),
        Chain((Step("definition", ("definition of s", 0, (), ()), s, S, S, 1),)),
    )
    step = Step("reflection", (s, *BY), claim.left, claim.right, claim.right, 1)
    whole = Derivation(model, (written_out, Part("half", claim, Chain((step,)))))
    assert gone in replay(whole).uses
    with pytest.raises(Refused):
        replay(whole, model.without([gone]))


# -- what is not true


def test_a_bias_is_not_turned() -> None:
    model = neuron(RELU)
    written_out = Proved("t written out", Statement(t, S + Entry("g")), frozenset())
    why = refused(E(f(t) ** 2), t, model, "t written out", (), proved=[written_out])
    assert why == "g is not one entry of w times something else"
    where = numbers(model, RELU, 2, SPREAD)
    assert evaluate(E(f(t) ** 2), where) != evaluate(E(t**2) / 2, where)


@pytest.mark.parametrize(
    ("sum_", "why"),
    [
        (Sum(Entry("w", j) ** 2, (j, 1, n)), "w[j]**2 is not one entry of w"),
        (Sum(Entry("w", j) * Entry("w", n), (j, 1, n)), "is not one entry of w"),
        (Sum(Entry("x", j), (j, 1, n)), "x[j] is not one entry of w"),
        (y + w[1], "y is not one entry of w"),
        (Sum(Entry("w", j) * f(Sum(Entry("w", k), (k, 1, n))), (j, 1, n)), "made of w"),
    ],
    ids=str,
)
def test_what_does_not_become_its_negative(sum_: Expr, why: str) -> None:
    assert why in refused(E(f(sum_) ** 2), sum_, neuron(RELU))


def test_something_else_in_the_moment_may_not_be_turned() -> None:
    model = neuron(RELU, moments=6)
    for other in (w[1], w[1] * y, Entry("w", n), f(w[1])):
        why = refused(E(f(s) ** 2 * other), s, model, *BY, proved=[WRITTEN])
        assert why.startswith("both sides are made of w")
    where = numbers(model, RELU, 2, SPREAD)
    both = E(f(s) ** 2 * w[1]), E(s**2 * w[1]) / 2
    assert evaluate(both[0], where) != evaluate(both[1], where)


def test_symmetric_entries_have_to_be_independent() -> None:
    dependent = [a for a in APART.splitlines() if not a.startswith("assume weights")]
    model = declare("\n".join((NEURON, *dependent, RELU))).model
    why = refused(E(f(s) ** 2), s, model, *BY, proved=[WRITTEN])
    assert "independent" in why
    assert turned(E(f(w[1]) ** 2), w[1], model) == E(w[1] ** 2) / 2


def test_weights_have_to_be_symmetric() -> None:
    model = neuron(RELU).without(["symmetric-weights"])
    why = refused(E(f(s) ** 2), s, model, *BY, proved=[WRITTEN])
    assert why == "s was not shown to be symmetric; needs symmetric w"
    where = numbers(model, RELU, 1, ((F(2), F(1, 3)), (F(-1), F(2, 3))))
    assert evaluate(E(f(s) ** 2), where) != evaluate(E(s**2) / 2, where)


def test_weights_that_depend_on_the_inputs_are_not_turned_alone() -> None:
    model = neuron(RELU).without(["inputs"])
    assert "no declared independence covers" in refused(
        E(f(s) ** 2), s, model, *BY, proved=[WRITTEN]
    )


def test_the_slope_at_0_has_to_be_told() -> None:
    model = neuron(RELU)
    why = refused(E(f(s, 1) ** 2), s, model, *BY, proved=[WRITTEN])
    assert why == "the even part has no known value at s = 0; needs P[s = 0] = 0"
    where = numbers(model, RELU, 1, ZEROS)
    assert evaluate(E(f(s, 1) ** 2), where) != HALF
    other = neuron(RELU, "assume no-zero: P[t = 0] = 0")
    assert "P[s = 0] = 0" in refused(E(f(s, 1) ** 2), s, other, *BY, proved=[WRITTEN])


def test_that_one_entry_is_never_0_says_nothing_of_another() -> None:
    model = neuron(RELU, "assume no-zero: P[w_1 = 0] = 0")
    assert turned(E(f(w[1], 1) ** 2), w[1], model) == HALF
    assert "P[w[2] = 0] = 0" in refused(E(f(w[2], 1) ** 2), w[2], model)
    free = Entry("w", k)
    assert "P[w[k] = 0] = 0" in refused(E(f(free, 1) ** 2), free, model, over=((k, 1, n),))


@pytest.mark.parametrize(
    "said",
    [
        r"f(u) = \max(-1, \min(1, u))", r"f(u) = \max(0, u - 1)", r"f(u) = \max(0, u)^2 + u",
        r"f(u) = \begin{cases} u + 1 & u < 0 \\ u & u > 0 \end{cases}",
    ],
)  # fmt: skip
def test_an_even_part_that_is_not_one_polynomial(said: str) -> None:
    why = refused(E(f(s) ** 2), s, neuron(f"assume bent: {said}"), *BY, proved=[WRITTEN])
    assert why.startswith("the even part is not one polynomial")


def test_the_mean_of_a_rectifier_is_not_derived() -> None:
    why = refused(E(f(s)), s, neuron(RELU), *BY, proved=[WRITTEN])
    assert why == "the even part is not one polynomial on both sides of 0"


def test_a_jump_at_0_needs_that_0_is_not_reached() -> None:
    step = r"assume step: f(u) = \begin{cases} -1 & u < 0 \\ 1 & u > 0 \end{cases}"
    assert "P[s = 0] = 0" in refused(E(f(s) ** 2), s, neuron(step), *BY, proved=[WRITTEN])
    assert turned(E(f(s) ** 2), s, neuron(step, NO_ZERO), *BY, proved=[WRITTEN]) == 1


def test_a_jump_elsewhere_is_not_looked_away_from() -> None:
    u = Symbol("u")
    one = Integer(1)
    pieces = ((-oo, -one, -one), (-one, one, one), (one, oo, -one))
    model = neuron(NO_ZERO)
    model.assume("jumps", Pieces("f", u, pieces), text="")
    why = refused(E(f(s) ** 2), s, model, *BY, proved=[WRITTEN])
    assert why.startswith("the even part has no known value at s = ")
    assert why.endswith(("P[s = 1] = 0", "P[s = -1] = 0"))


def forged(*pieces: tuple[Any, Any, Any]) -> Model:
    model = neuron(NO_ZERO)
    made = tuple((lo, hi, e if isinstance(e, Expr) else Integer(e)) for lo, hi, e in pieces)
    model.assume("forged", Pieces("f", Symbol("u"), made), text="")
    return model


U = Symbol("u")


@pytest.mark.parametrize(
    ("pieces", "why"),
    [
        ([], "do not cover the line once"),
        ([(0, oo, U)], "do not cover the line once"),
        ([(-oo, Integer(0), 0), (Integer(1), oo, U)], "do not cover the line once"),
        ([(-oo, Integer(1), 0), (Integer(0), oo, U)], "do not cover the line once"),
        ([(-oo, Integer(0), 0), (Integer(0), Integer(2), U)], "do not cover the line once"),
        ([(-oo, ONE, 0), (ONE, ZERO, 1), (ZERO, oo, U)], "not numbers in order"),
        ([(-oo, ZERO, 0), (ZERO, ZERO, 1), (ZERO, oo, U)], "not numbers in order"),
        ([(-oo, Float(0), 0), (Float(0), oo, U)], "not numbers in order"),
        ([(-oo, Symbol("n"), 0), (Symbol("n"), oo, U)], "not numbers in order"),
        ([(-oo, Integer(0), 0), (Integer(0), oo, y)], "y is random"),
        ([(-oo, Integer(0), 0), (Integer(0), oo, Symbol("q") * U)], "q has no meaning"),
        ([(-oo, Integer(0), 0), (Integer(0), oo, 1 / U)], "was not shown to be positive"),
        ([(-oo, Integer(0), 0), (Integer(0), oo, Entry("x", U))], "is random"),
        ([(-oo, Integer(0), 0), (Integer(0), oo, Apply("f", 0, U))], "is no polynomial in u"),
        ([(-oo, Integer(0), 0), (Integer(0), oo, U**100)], "is no polynomial in u"),
    ],
)  # fmt: skip
def test_pieces_that_are_no_function_of_one_variable(pieces: Any, why: str) -> None:
    assert why in refused(E(f(s) ** 2), s, forged(*pieces), *BY, proved=[WRITTEN])


def test_the_variable_of_the_pieces_may_not_be_a_size() -> None:
    model = neuron(NO_ZERO)
    pieces = ((-oo, Integer(0), n), (Integer(0), oo, n))
    model.assume("forged", Pieces("f", n, pieces), text="")
    assert "n is bound here and has a meaning outside" in refused(
        E(f(s) ** 2), s, model, *BY, proved=[WRITTEN]
    )


def test_the_equation_has_to_speak_of_it() -> None:
    model = neuron(RELU)
    why = refused(E(f(s) ** 2), s, model, "t written out", ())
    assert why == "nothing named t written out was proved before this step"
    other = Proved("t written out", Statement(t, S), frozenset())
    why = refused(E(f(s) ** 2), s, model, "t written out", (), proved=[other])
    assert why == "t written out speaks of t, not of s"


def test_a_schematic_variable_is_not_symmetric() -> None:
    model = neuron(RELU)
    big = Entry("X")
    claim = Statement(E(f(big) ** 2), E(big**2) / 2, over=("X",))
    step = Step("reflection", (big, "", ()), claim.left, claim.right, claim.right, 1)
    for given_ in ((), (Independent((Unit(("X",)), Unit(("Y",)))),)):
        over = ("X",) if not given_ else ("X", "Y")
        with pytest.raises(Refused, match="is not one entry of w"):
            replay(
                Derivation(
                    model, (Part("all", replace(claim, over=over, given=given_), Chain((step,))),)
                )
            )


def test_a_heavy_tail_is_not_turned() -> None:
    model = neuron(RELU)
    assert "was not shown to be finite" in refused(
        E(f(s) ** 2 * s), s, model, *BY, proved=[WRITTEN]
    )


def test_under_a_sum_the_bound_index_is_another_one() -> None:
    model = neuron(RELU)
    inner = E(f(Entry("w", j)) ** 2)
    before, after = Sum(inner, (j, 1, n)), Sum(E(Entry("w", j) ** 2) / 2, (j, 1, n))
    step = Step("reflection", (Entry("w", j), "", ()), inner, E(Entry("w", j) ** 2) / 2, after, 1)
    part = Part("sum", Statement(before, after), Chain((step,)))
    assert "relu" in replay(Derivation(model, (part,))).uses
    stray = replace(step, args=(Entry("w", k), "", ()))
    with pytest.raises(Refused, match="is no product with a function of"):
        replay(Derivation(model, (replace(part, proof=Chain((stray,))),)))


# -- the calculus of pieces


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=4),
    st.lists(st.integers(-4, 4), min_size=3, max_size=3, unique=True),
    st.integers(1, 3),
)
def test_the_even_part_is_that_of_the_function(
    lines: list[tuple[int, int]], breaks: list[int], power: int
) -> None:
    ends = [-oo, *map(Integer, sorted(breaks)[: len(lines) - 1]), oo]
    pieces = tuple(
        (lo, hi, a * U + b) for (a, b), lo, hi in zip(lines, ends, ends[1:], strict=False)
    )
    g = piecewise(Pieces("f", U, pieces), 0)

    def value(at: Rational) -> Expr:
        (formula,) = [e for lo, hi, e in pieces if lo < at < hi]
        return formula.subs(U, at)

    places = [Rational(2 * m + 1, 2) for m in range(-6, 6)]
    try:
        found, unknown = even_part([g] * power)
    except Refused:
        even = [(value(p) ** power + value(-p) ** power) / 2 for p in places]
        fits = polynomial(Integer(0), U)
        assert any(written(fits, p) != e for p, e in zip(places, even, strict=True))
        return
    for p in places:
        assert written(found, p) == (value(p) ** power + value(-p) ** power) / 2
    for b in ends[1:-1]:
        left, right = (value(b + side * Rational(1, 4)) for side in (-1, 1))
        slopes = (left - right) * 4
        assert b in unknown or abs(slopes) < 100
    assert all(-b in unknown for b in unknown)


def test_x_alone_has_no_even_part() -> None:
    assert even_part([IDENTITY]) == ({}, frozenset())
    assert even_part([IDENTITY, IDENTITY]) == ({2: 1}, frozenset())


# -- independence that was declared of quantities in between

NETWORK = r"""
size d >= 1, n_i for i = 0..d+1
given f(s)
random x_l for l = 1..n_0
random W^i_{l,k} for i = 0..d, l = 1..n_i, k = 1..n_{i+1}
let z^0_l = x_l for l = 1..n_0
let s^i_k = \sum_{l=1}^{n_i} z^i_l W^i_{l,k} for i = 0..d, k = 1..n_{i+1}
let z^{i+1}_k = f(s^i_k) for i = 0..d, k = 1..n_{i+1}
cost C of s^d
assume weights: independent W^i_{l,k}
assume slopes: f'(s^i_k) independent of \partial C/\partial z^{i+1}_k
assume gradients: W^i independent of \partial C/\partial s^i
"""


def network() -> Model:
    return declare(NETWORK).model


i, l, m = symbols("i l m")
WIDTH = {r: Entry("n", r) for r in (i, i + 1)}
LAYER = (i, 1, Symbol("d"))
UNITS = (LAYER, (k, 1, Entry("n", i + 1)), (m, 1, Entry("n", i + 1)))
C = Entry("C")


def ds(layer: Any, unit: Any) -> Expr:
    return Partial(C, Entry("s", layer, unit))


def dz(layer: Any, unit: Any) -> Expr:
    return Partial(C, Entry("z", layer, unit))


def slope(layer: Any, unit: Any) -> Expr:
    return Apply("f", 1, Entry("s", layer, unit))


def W(*at: Any) -> Expr:
    return Entry("W", *at)


def names(groups: list[list[Expr]], over: Any = UNITS, model: Model | None = None) -> set[str]:
    return set(independent(groups, Scope(model or network(), ranges(*over)))[0])


SHORT = (LAYER, (l, 1, Entry("n", i)), (k, 1, Entry("n", i + 1)), (m, 1, Entry("n", i + 1)))


@pytest.mark.parametrize(
    ("groups", "over", "uses"),
    [
        ([[slope(i, k)], [dz(i + 1, k)]], UNITS, {"slopes"}),
        ([[dz(i + 1, k)], [slope(i, k)]], UNITS, {"slopes"}),
        ([[slope(i, k)] * 2, [dz(i + 1, k)] * 2], UNITS, {"slopes"}),
        ([[slope(0, 1)], [dz(1, 1)]], (), {"slopes"}),
        ([[W(i, l, k)], [ds(i, m)]], SHORT, {"gradients"}),
        ([[W(i, l, k), W(i, l, m)], [ds(i, k), ds(i, m)]], SHORT, {"gradients"}),
    ],
    ids=str,
)
def test_declared_independence_of_what_it_speaks_of(groups: Any, over: Any, uses: Any) -> None:
    assert names(groups, over) == uses


def test_groups_are_separated_in_an_order_that_works() -> None:
    apart = (*SHORT[:3], (m, 1, Entry("n", i + 1), (k,)))
    groups = [[W(i, l, k)], [W(i, l, m)], [ds(i, k), ds(i, m)]]
    assert names(groups, apart) == {"gradients", "weights"}
    with pytest.raises(Refused):
        names(groups, SHORT)


@pytest.mark.parametrize(
    ("groups", "over"),
    [
        ([[slope(i, k)], [dz(i + 1, m)]], UNITS),
        ([[slope(i, k)], [dz(i, k)]], UNITS),
        ([[slope(i, k)], [ds(i, k)]], UNITS),
        ([[slope(i, k), slope(i, m)], [dz(i + 1, k)]], UNITS),
        ([[slope(i, k)], [dz(i + 1, k), dz(i + 1, m)]], UNITS),
        ([[Apply("f", 0, Entry("s", i, k))], [dz(i + 1, k)]], UNITS),
        ([[Apply("f", 2, Entry("s", i, k))], [dz(i + 1, k)]], UNITS),
        ([[Entry("s", i, k)], [dz(i + 1, k)]], UNITS),
        ([[slope(i, k) * dz(i + 1, k)], [dz(i + 1, k)]], UNITS),
        ([[ds(i, k)], [ds(i, m)]], UNITS),
        ([[dz(i + 1, k)], [dz(i + 1, m)]], UNITS),
        ([[W(i - 1, 1, 1)], [ds(i, m)]], UNITS),
        ([[W(i, l, k), W(i - 1, 1, 1)], [ds(i, m)]], SHORT),
        ([[W(i, l, k)], [ds(i, m), ds(i - 1, 1)]], SHORT),
        ([[W(i, l, k)], [ds(i, m), slope(i, k)]], SHORT),
    ],
    ids=str,
)  # fmt: skip
def test_it_says_nothing_of_other_quantities(groups: Any, over: Any) -> None:
    with pytest.raises(Refused):
        names(groups, over)


def test_only_for_the_indices_it_was_declared_for() -> None:
    said = NETWORK.replace("z^{i+1}_k\n", "z^{i+1}_k for i = 2..d, k = 1..n_{i+1}\n")
    model = declare(said).model
    with pytest.raises(Refused):
        names([[slope(i, k)], [dz(i + 1, k)]], UNITS, model)
    assert names([[slope(i, k)], [dz(i + 1, k)]], ((i, 2, Symbol("d")), *UNITS[1:]), model)


def test_a_forged_fact_about_another_index_of_the_same_name() -> None:
    model = network()
    z = model.families["z"]
    both = Members(Partial(Entry("s", i, k), z[i, l])), Members(slope(i, k))
    fact = Separate(*both, ranges(LAYER, (k, 1, Entry("n", i + 1)), (l, 1, Entry("n", i))))
    model.assumptions.append(Assumption("forged", (fact,), ""))
    with pytest.raises(Refused):
        names([[Partial(Entry("s", i, k), z[i + 0, m])], [slope(i, k)]], UNITS, model)


def test_sources_of_a_derivative_are_of_that_derivative() -> None:
    model = network()
    subject = Partial(Entry("s", i, k), Entry("z", i, l))
    over = ranges((i, 0, Symbol("d")), (k, 1, Entry("n", i + 1)), (l, 1, Entry("n", i)))
    made = Sources(subject, (Box("W", ((i, i), (l, l), (k, k))),), over)
    scope = Scope(
        model, ranges(LAYER, (l, 1, Entry("n", i)), (k, 1, 1)), [Proved("made", made, frozenset())]
    )
    with pytest.raises(Refused):
        sources_of(Partial(Entry("s", i, k), Entry("z", i - 1, l)), scope)


# -- the language


def test_what_is_read_is_written_and_read_again() -> None:
    model = declare("\n".join((NEURON, APART, LEAKY, NO_ZERO))).model
    again = declare("\n".join(declarations(model))).model
    assert difference(model, again) == ""
    said = [Voice(model).assumption(a) for a in model.assumptions]
    plain = [words.replace("\xa0", " ") for words in said]
    assert "f(u) = a u for u < 0, u for u > 0" in plain
    assert "P[s = 0] = 0" in said


def test_independence_is_read_and_said() -> None:
    model = network()
    again = declare("\n".join(declarations(model))).model
    assert difference(model, again) == ""
    said = [Voice(model).assumption(a) for a in model.assumptions]
    assert said[1:] == [
        "f'(s^i_k) independent of ∂C/∂z^{i+1}_k",
        "W^i independent of ∂C/∂s^i",
    ]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (r"f(u) = \max(0, u v)", "v is not declared: the variable is u"),
        (r"f(u) = \max(0, u^{1/2})", "no real value"),
        (r"f(u) = |\sin(u)|", "changes sign"),
        (r"f(u) = \max(a u, u)", "changes sign"),
        (r"f(u) = |u| e^u", "no polynomial"),
        ("P[s = 1] = 0", "expected a probability such as P[s = 0] = 0"),
        ("P[s = 0] = 1", "expected a probability such as P[s = 0] = 0"),
    ],
)
def test_what_cannot_be_read(said: str, why: str) -> None:
    with pytest.raises((Unreadable, Undeclared)) as no:
        declare(f"{NEURON}\nassume {said}")
    assert why in str(no.value)
