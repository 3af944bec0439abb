"""The oracle against loops written out by hand, and against numbers that are known."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction as F
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sympy import Expr, Integer, symbols

from derive.counting.functions import half_square, identity, polynomial, relu, square
from derive.counting.instance import (
    Instance,
    Joint,
    Law,
    equal,
    gauss_hermite,
    one_at_a_time,
    pairwise,
    three_point,
    two_point,
)
from derive.counting.oracle import cases, count, evaluate
from derive.errors import Refused
from derive.model import Definition, Model, Statement
from derive.terms import Cov, Delta, E, Partial, Product, Sum, Var

i, j, k, l, m, t = symbols("i j k l m t")
HALF = F(1, 2)
SIGNS = two_point(1)


def glorot() -> SimpleNamespace:
    """s^i = z^i W^i + b^i, z^{i+1} = f(s^i), for i = 0 … d."""
    a = Model("glorot")
    d = a.size("d", 0)
    n = a.size_family("n", (i, 0, d + 1))
    x = a.random("x", (l, 1, n[0]))
    W = a.random("W", (i, 0, d), (l, 1, n[i]), (k, 1, n[i + 1]), raised=1)
    f = a.function("f")
    b = a.given("b", (i, 0, d), (k, 1, n[i + 1]), raised=1)
    z = a.defined("z", (i, 0, d + 1), (l, 1, n[i]), raised=1)
    s = a.defined("s", (i, 0, d), (k, 1, n[i + 1]), raised=1)
    a.define(z[0, l], x[l], (l, 1, n[0]))
    a.define(
        s[i, k], Sum(z[i, l] * W[i, l, k], (l, 1, n[i])) + b[i, k], (i, 0, d), (k, 1, n[i + 1])
    )
    a.define(z[i + 1, k], f(s[i, k]), (i, 0, d), (k, 1, n[i + 1]))
    C = a.cost("C", s[d, k], (k, 1, n[d + 1]))
    return SimpleNamespace(model=a, d=d, n=n, x=x, W=W, f=f, b=b, z=z, s=s, C=C)


G = glorot()
TOP = "∂C/∂s"


def grad(v: Expr) -> Partial:
    return Partial(G.C, v)


def network(
    *widths: int,
    weights: Sequence[Any] = (),
    x: Any = SIGNS,
    top: Any = SIGNS,
    f: Any = identity,
    **more: Any,
) -> Instance:
    """The Glorot model with numbers; one law of the weights for each layer."""
    layers = weights or [SIGNS] * (len(widths) - 1)
    return Instance(
        G.model,
        {G.d: len(widths) - 2, "n": dict(enumerate(widths))},
        laws={"x": x, "W": lambda i, l, k: layers[i], TOP: top},
        functions={"f": f},
        **more,
    )


# -- laws


def moment(law: Law, power: int) -> F:
    return sum((F(p) * value**power for value, p in law), F())


LAWS: list[Callable[..., Law]] = [
    two_point,
    three_point,
    lambda v, mean=0: three_point(v, mean, symmetric=True),
]


@pytest.mark.parametrize("make", LAWS)
@pytest.mark.parametrize("variance", [0, 1, 2, HALF, F(7, 3)])
@pytest.mark.parametrize("mean", [0, 1, F(-2, 3)])
def test_laws_have_the_mean_and_variance_asked_for(make: Any, variance: F, mean: F) -> None:
    law = make(variance, mean)
    assert moment(law, 0) == 1, "probabilities add up to 1"
    assert all(p > 0 for _, p in law), "no outcome is there in vain"
    assert moment(law, 1) == mean
    assert moment(law, 2) - mean**2 == variance


@pytest.mark.parametrize("law", [two_point(2), two_point(HALF), three_point(1), three_point(HALF)])
def test_laws_tell_moments_apart(law: Law) -> None:
    assert moment(law, 3) != 0
    assert moment(law, 4) != moment(law, 2) ** 2, "the square is not constant"


def test_symmetric_law_has_no_third_moment_and_no_constant_square() -> None:
    law = three_point(1, symmetric=True)
    assert (moment(law, 3), moment(law, 4)) == (0, 4)


def test_gauss_hermite_has_the_first_five_normal_moments() -> None:
    law = gauss_hermite(2)
    v = 12
    assert [moment(law, p) for p in range(7)] == [1, 0, v, 0, 3 * v**2, 0, 9 * v**3]


def trio(law: Any) -> tuple[Any, Instance]:
    a = Model("trio")
    X = a.random("X", (j, 1, 3))
    return X, Instance(a, {}, joints=[Joint((X[1], X[2], X[3]), law)])


def test_pairwise_independent_signs_are_not_mutually_independent() -> None:
    X, signs = trio(pairwise())
    for p, q in ((1, 2), (1, 3), (2, 3)):
        assert evaluate(Cov(X[p], X[q]), signs) == 0
        assert evaluate(E((1 + X[p]) * (1 + X[q])), signs) == 1
    assert count(E(X[1] * X[2] * X[3]), signs) == (1, 4)
    assert cases(E(X[1] * X[2]), signs) == 4
    assert count(E(X[3] ** 2 + X[3]), signs) == (1, 2), "what is not needed is not counted"


def test_uncorrelated_is_not_independent() -> None:
    X, one = trio(one_at_a_time(two_point(2), 3))
    assert evaluate(Cov(X[1], X[2]), one) == 0
    assert evaluate(E(X[1] ** 2 * X[2] ** 2), one) == 0
    assert evaluate(E(X[1] ** 2), one) * evaluate(E(X[2] ** 2), one) == F(4, 9)


def test_functions_and_their_derivatives() -> None:
    assert [relu(order, at) for order in (0, 1) for at in (-3, 0, 3)] == [0, 0, 3, 0, 0, 1]
    assert [relu(2, at) for at in (-3, 3)] == [0, 0]
    with pytest.raises(Refused, match="the value at the jump at 0 is not known"):
        relu(2, 0)
    assert replace(relu, right=True)(1, 0) == 1
    cubic = polynomial(5, HALF, 0, 2)
    assert [cubic(order, 3) for order in range(5)] == [F(121, 2), F(109, 2), 36, 12, 0]
    assert [identity(order, 7) for order in range(3)] == [7, 1, 0]


def test_equal_entries() -> None:
    X, same = trio(equal(two_point(HALF, 3), 3))
    assert evaluate(Cov(X[1], X[3]), same) == HALF
    assert evaluate(E(X[2]), same) == 3
    assert count(Var(X[1] - X[2]), same) == (0, 2)


# -- a network by hand: nothing below this line and above the next uses the oracle


def by_hand(
    widths: Sequence[int],
    weights: Sequence[Law],
    x: Law,
    top: Law,
    f: Callable[[int, Any], Any],
    bias: Callable[[int, int], Any],
) -> Iterator[tuple[F, SimpleNamespace]]:
    """Every case with its probability: forward, then backward, in plain loops from 0."""
    d = len(widths) - 2
    laws = [x] * widths[0]
    for layer in range(d + 1):
        laws += [weights[layer]] * (widths[layer] * widths[layer + 1])
    laws += [top] * widths[d + 1]
    for outcome in product(*laws):
        chance = F(1)
        for _, p in outcome:
            chance *= p
        numbers = iter([value for value, _ in outcome])
        z = [[next(numbers) for _ in range(widths[0])]]
        W = [
            [[next(numbers) for _ in range(widths[q + 1])] for _ in range(widths[q])]
            for q in range(d + 1)
        ]
        g = [next(numbers) for _ in range(widths[d + 1])]
        s = []
        for q in range(d + 1):
            row = []
            for c in range(widths[q + 1]):
                total = bias(q, c)
                for r in range(widths[q]):
                    total += z[q][r] * W[q][r][c]
                row.append(total)
            s.append(row)
            z.append([f(0, value) for value in row])
        ds: list[list[Any]] = [[0] * widths[q + 1] for q in range(d + 1)]
        dz: list[list[Any]] = [[0] * widths[q] for q in range(d + 1)]
        ds[d] = g
        for q in range(d, -1, -1):
            for r in range(widths[q]):
                for c in range(widths[q + 1]):
                    dz[q][r] += W[q][r][c] * ds[q][c]
            if q:
                ds[q - 1] = [f(1, s[q - 1][r]) * dz[q][r] for r in range(widths[q])]
        dW = [
            [[z[q][r] * ds[q][c] for c in range(widths[q + 1])] for r in range(widths[q])]
            for q in range(d + 1)
        ]
        cost = sum(g[c] * s[d][c] for c in range(widths[d + 1]))
        yield chance, SimpleNamespace(z=z, s=s, W=W, g=g, ds=ds, dz=dz, dW=dW, cost=cost)


SHAPES = [(1, 1, 2), (2, 1, 2), (1, 2, 1)]
WEIGHTS = [two_point(HALF), two_point(3)]


def bias(layer: int, unit: int) -> F:
    return F(layer + 1, unit + 2)


@pytest.mark.parametrize("widths", SHAPES)
@pytest.mark.parametrize("f", [identity, relu, square, polynomial(1, HALF, 0, 2)])
def test_model_driven_count_agrees_with_loops_by_hand(widths: tuple[int, ...], f: Any) -> None:
    x, top = two_point(2), two_point(F(1, 3))
    instance = network(
        *widths, weights=WEIGHTS, x=x, top=top, f=f, given={"b": lambda i, k: bias(i, k - 1)}
    )
    pairs: list[tuple[str, Expr, Callable[[Any], Any]]] = [
        ("z^2", G.z[2, 1], lambda c: c.z[2][0]),
        ("dC/ds^0", grad(G.s[0, 1]), lambda c: c.ds[0][0]),
        ("dC/dz^1", grad(G.z[1, 1]), lambda c: c.dz[1][0]),
        ("dC/dx", grad(G.x[widths[0]]), lambda c: c.dz[0][-1]),
        ("dC/db^0", grad(G.b[0, 1]), lambda c: c.ds[0][0]),
        ("dC/dW^0", grad(G.W[0, widths[0], 1]), lambda c: c.dW[0][-1][0]),
        ("dC/dW^1", grad(G.W[1, 1, widths[2]]), lambda c: c.dW[1][0][-1]),
        ("dC/ds^1", grad(G.s[1, widths[2]]), lambda c: c.g[-1]),
    ]
    found = {name: [F(), F(), F()] for name, _, _ in pairs}
    for chance, case in by_hand(widths, WEIGHTS, x, top, f, bias):
        for name, _, read in pairs:
            value = read(case)
            for power in (1, 2, 3):
                found[name][power - 1] += chance * value**power
    for name, e, _ in pairs:
        counted = [evaluate(E(e**power), instance) for power in (1, 2, 3)]
        assert counted == found[name], f"moments of {name} at widths {widths}"


@pytest.mark.parametrize("widths", SHAPES)
def test_loops_by_hand_agree_with_a_difference_of_costs(widths: tuple[int, ...]) -> None:
    """The cost of a linear network is affine in each weight, so a difference is a derivative."""
    law: Law = ((1, HALF), (-1, HALF))
    seen = {
        (*case.z[0], *(w for layer in case.W for row in layer for w in row), *case.g): case
        for _, case in by_hand(widths, [law, law], law, law, identity, lambda q, c: 0)
    }
    first = widths[0]
    for key, case in seen.items():
        flipped = (*key[:first], -key[first], *key[first + 1 :])
        slope = F(seen[flipped].cost - case.cost, seen[flipped].W[0][0][0] - case.W[0][0][0])
        assert slope == case.dW[0][0][0], f"widths {widths}, case {key}"


# -- known numbers


def test_the_sixty_four_cases() -> None:
    counted = count(Var(grad(G.W[i, 1, 1])), network(1, 1, 2), {i: 0})
    assert counted == (2, 64)
    assert cases(Var(grad(G.W[i, 1, 1])), network(1, 1, 2), {i: 0}) == 64


def true_weight_gradient(layer: Expr) -> Expr:
    n, W = G.n, G.W
    return (
        Var(G.x[1])
        * Var(grad(G.s[G.d, 1]))
        * Product(n[t] * Var(W[t, 1, 1]), (t, 0, layer - 1))
        * Product(n[t + 1] * Var(W[t, 1, 1]), (t, layer + 1, G.d))
    )


def printed_weight_gradient(layer: Expr) -> Expr:
    n, W = G.n, G.W
    return (
        Var(G.x[1])
        * Var(grad(G.s[G.d, 1]))
        * Product(n[t] * Var(W[t, 1, 1]), (t, 0, layer - 1))
        * Product(n[t + 1] * Var(W[t, 1, 1]), (t, layer, G.d - 1))
    )


UNEQUAL = [two_point(HALF), three_point(2), two_point(3), two_point(F(2, 3))]


@pytest.mark.parametrize(
    "widths",
    [(1, 1), (3, 2), (1, 1, 2), (2, 1, 2), (1, 2, 1), (2, 2, 1), (1, 1, 1, 1), (1, 1, 2, 1)],
)
def test_variance_of_the_weight_gradient(widths: tuple[int, ...]) -> None:
    instance = network(*widths, weights=UNEQUAL, x=two_point(F(5, 2)), top=two_point(F(1, 4)))
    for layer in range(len(widths) - 1):
        left = evaluate(Var(grad(G.W[i, 1, 1])), instance, {i: layer})
        right = evaluate(true_weight_gradient(i), instance, {i: layer})
        assert left == right, f"layer {layer} of widths {widths}"
        assert left > 0


def test_printed_weight_gradient_is_off_by_the_ratio_of_two_layers() -> None:
    instance = network(1, 1, 2, weights=UNEQUAL)
    counted = evaluate(Var(grad(G.W[0, 1, 1])), instance)
    assert (counted, evaluate(printed_weight_gradient(i), instance, {i: 0})) == (4, HALF)


@pytest.mark.parametrize("widths", [(2, 1), (1, 2, 1), (1, 1, 1, 1)])
def test_forward_and_backward_products(widths: tuple[int, ...]) -> None:
    instance = network(*widths, weights=UNEQUAL, x=two_point(F(5, 2)), top=two_point(F(1, 4)))
    forward = Var(G.x[1]) * Product(G.n[t] * Var(G.W[t, 1, 1]), (t, 0, i - 1))
    backward = Product(G.n[t + 1] * Var(G.W[t, 1, 1]), (t, i + 1, G.d)) * Var(grad(G.s[G.d, 1]))
    for layer in range(len(widths)):
        difference = Var(G.z[i, 1]) - forward
        assert evaluate(difference, instance, {i: layer}) == 0, f"forward at {layer}"
    for layer in range(len(widths) - 1):
        difference = Var(grad(G.s[i, 1])) - backward
        assert evaluate(difference, instance, {i: layer}) == 0, f"backward at {layer}"


def test_depth_zero_of_width_one() -> None:
    instance = network(1, 1, weights=[two_point(3)], x=two_point(2), top=two_point(5))
    assert count(Var(grad(G.W[0, 1, 1])), instance) == (10, 4)
    assert count(Var(grad(G.x[1])), instance) == (15, 4)
    assert evaluate(Var(G.z[1, 1]), instance) == 6


def test_activations_of_one_layer_are_not_independent() -> None:
    instance = network(1, 2, 1, weights=UNEQUAL, x=two_point(2))
    together = evaluate(E(G.z[1, 1] ** 2 * G.z[1, 2] ** 2), instance)
    apart = evaluate(E(G.z[1, 1] ** 2) * E(G.z[1, 2] ** 2), instance)
    assert evaluate(Cov(G.z[1, 1], G.z[1, 2]), instance) == 0
    assert (together, apart) == (F(3, 2), 1)


def test_the_chain_rule_in_every_case() -> None:
    """Equation (2): the mean of the squared difference is 0."""
    instance = network(2, 1, 2, weights=UNEQUAL, f=relu, given={"b": HALF})
    right = G.f.prime(G.s[0, 1]) * Sum(G.W[1, 1, m] * grad(G.s[1, m]), (m, 1, G.n[2]))
    assert evaluate(E((grad(G.s[0, 1]) - right) ** 2), instance) == 0
    assert evaluate(E((grad(G.W[0, 2, 1]) - G.z[0, 2] * grad(G.s[0, 1])) ** 2), instance) == 0
    assert evaluate(E((grad(G.s[0, 1]) - 2 * right) ** 2), instance) > 0


# -- assumptions dropped


def test_correlated_inputs_change_nothing() -> None:
    x = [G.x[1], G.x[2]]
    plain = network(2, 1, 1, weights=UNEQUAL, x=two_point(HALF))
    for law in (equal(two_point(HALF), 2), one_at_a_time(two_point(1), 2)):
        joint = network(2, 1, 1, weights=UNEQUAL, joints=[Joint(tuple(x), law)])
        for e in (Var(G.z[2, 1]), Var(grad(G.W[1, 1, 1])), Var(grad(G.W[0, 2, 1]))):
            assert evaluate(e, joint) == evaluate(e, plain), f"{e}"
        squares = E(G.s[0, 1] ** 4)
        assert evaluate(squares, joint) != evaluate(squares, plain), "the inputs are correlated"


def test_inputs_with_a_mean() -> None:
    instance = network(2, 1, 1, weights=UNEQUAL, x=two_point(HALF, 3))
    v = F(1, 2)
    assert evaluate(Var(G.z[0, 1]), instance) == v
    assert evaluate(Var(G.z[1, 1]), instance) == 2 * HALF * (v + 9), "E[x^2], not Var[x]"
    assert evaluate(Var(G.z[2, 1]), instance) == 2 * HALF * (v + 9) * 2


def test_weights_with_a_mean_break_the_recursion() -> None:
    instance = network(1, 2, 1, weights=[two_point(1, 1), two_point(1, 1)])
    step = G.n[1] * (Var(G.W[1, 1, 1]) + E(G.W[1, 1, 1]) ** 2) * E(G.z[1, 1] ** 2)
    assert evaluate(E(G.z[2, 1] ** 2), instance) == evaluate(step, instance) + 2, (
        "the units are correlated: 2 E[W_1] E[W_2] E[z_1 z_2]"
    )


def kurtosis(law: Law) -> F:
    return moment(law, 4) / moment(law, 2) ** 2


@pytest.mark.parametrize("widths", [(1, 1, 1), (1, 2, 1), (2, 1, 2), (1, 2, 2)])
@pytest.mark.parametrize("law", [two_point(1), two_point(HALF), gauss_hermite()])
def test_top_of_a_real_cost_is_not_independent(widths: tuple[int, ...], law: Law) -> None:
    """Under ``½‖s^d‖²`` the last step has the factor ``(n_d + n_{d+1} + kurtosis - 2)/n_d``."""
    _, before, after = widths
    instance = network(*widths, weights=[two_point(HALF), law], costs={"C": half_square})
    step = G.n[2] * Var(G.W[1, 1, 1]) * Var(grad(G.s[1, 1]))
    ratio = evaluate(Var(grad(G.s[0, 1])) / step, instance)
    assert ratio == F(before + after - 2 + kurtosis(law), before)
    if law == gauss_hermite():
        assert ratio == F(before + after + 1, before), "as for normal weights"
    assert evaluate(E((grad(G.s[1, 1]) - G.s[1, 1]) ** 2), instance) == 0


def test_top_that_depends_on_a_weight() -> None:
    law = two_point(2)
    tied = Joint((G.W[1, 1, 1], Partial(G.C, G.s[G.d, 1])), equal(law, 2))
    free, bound = (
        network(1, 1, 1, weights=[law, law], top=law, joints=joints) for joints in ([], [tied])
    )
    assert count(Var(grad(G.z[1, 1])), free) == (4, 4)
    assert count(Var(grad(G.z[1, 1])), bound) == (2, 2), "E[W^4] - E[W^2]^2 = 6 - 4"


def test_inputs_that_depend_on_weights() -> None:
    law = two_point(2)
    tied = network(
        1, 1, x=law, weights=[law], joints=[Joint((G.x[1], G.W[0, 1, 1]), equal(law, 2))]
    )
    assert evaluate(E(G.s[0, 1]), tied) == 2
    assert evaluate(E(G.s[0, 1]), network(1, 1, x=law, weights=[law])) == 0


def test_top_entries_that_depend_on_each_other() -> None:
    tops = tuple(Partial(G.C, G.s[G.d, q]) for q in (1, 2))
    joint = network(1, 1, 2, weights=UNEQUAL, joints=[Joint(tops, equal(two_point(1), 2))])
    assert count(Cov(grad(G.s[1, 1]), grad(G.s[1, 2])), joint) == (1, 2)
    assert evaluate(Var(grad(G.s[0, 1])), joint) == 4, "the variance needs no independence there"


# -- other models


def test_gradients_at_the_activations_with_other_indices() -> None:
    """h_k = σ(W_k h_{k-1}), W_k of shape N_k x N_{k-1}, the cost of the last h."""
    a = Model("ubc")
    M = a.size("M", 0)
    N = a.size_family("N", (k, 0, M + 1))
    x = a.random("x", (j, 1, N[0]))
    W = a.random("W", (k, 1, M + 1), (i, 1, N[k]), (j, 1, N[k - 1]))
    sigma = a.function("sigma")
    z = a.defined("z", (k, 1, M + 1), (i, 1, N[k]))
    h = a.defined("h", (k, 0, M + 1), (i, 1, N[k]))
    a.define(h[0, j], x[j], (j, 1, N[0]))
    inner = Sum(W[k, i, j] * h[k - 1, j], (j, 1, N[k - 1]))
    a.define(z[k, i], inner, (k, 1, M + 1), (i, 1, N[k]))
    a.define(h[k, i], sigma(z[k, i]), (k, 1, M + 1), (i, 1, N[k]))
    C = a.cost("C", h[M + 1, i], (i, 1, N[M + 1]))
    instance = Instance(
        a,
        {M: 1, "N": {0: 1, 1: 2, 2: 2}},
        laws={"x": two_point(2), "W": two_point(HALF), "∂C/∂h": two_point(3)},
        functions={"sigma": identity},
    )
    assert evaluate(Var(Partial(C, h[1, 1])), instance) == 2 * HALF * 3
    assert evaluate(Var(Partial(C, W[1, 2, 1])), instance) == 2 * 2 * HALF * 3
    assert evaluate(Var(h[2, 2]), instance) == 2 * HALF * 2 * HALF


def residual() -> SimpleNamespace:
    a = Model("residual")
    d, n = a.size("d", 0), a.size("n")
    x = a.random("x", (l, 1, n))
    W = a.random("W", (i, 0, d), (l, 1, n), (k, 1, n))
    f = a.function("f")
    z = a.defined("z", (i, 0, d), (l, 1, n))
    s = a.defined("s", (i, 0, d), (k, 1, n))
    a.define(z[0, l], x[l], (l, 1, n))
    a.define(s[i, k], Sum(z[i, l] * W[i, l, k], (l, 1, n)), (i, 0, d), (k, 1, n))
    a.define(z[i + 1, k], z[i, k] + f(s[i, k]), (i, 0, d - 1), (k, 1, n))
    return SimpleNamespace(
        model=a, d=d, n=n, x=x, W=W, f=f, z=z, s=s, C=a.cost("C", s[d, k], (k, 1, n))
    )


def test_residual_connections_by_hand() -> None:
    r = residual()
    laws = two_point(2), two_point(HALF), two_point(3)
    instance = Instance(
        r.model,
        {r.d: 1, r.n: 1},
        laws=dict(zip(("x", "W", TOP), laws, strict=True)),
        functions={"f": polynomial(0, 1, 1)},
    )
    mean = F()
    for (x, p), (w, q), (v, u), (g, c) in product(laws[0], laws[1], laws[1], laws[2]):
        mean += p * q * u * c * (g * v * (1 + (1 + 2 * x * w) * w)) ** 3
    assert evaluate(E(Partial(r.C, r.x[1]) ** 3), instance) == mean
    assert mean != 0


def test_derivatives_hold_everything_else_fixed() -> None:
    r = residual()
    instance = Instance(
        r.model,
        {r.d: 1, r.n: 2},
        laws={"x": two_point(2), "W": two_point(HALF)},
        functions={"f": square},
    )
    z, s, W, x = r.z, r.s, r.W, r.x
    expected = [
        (Partial(z[1, 1], z[0, 1]), 1),
        (Partial(z[1, 1], z[0, 2]), 0),
        (Partial(s[0, 1], z[0, 2]), W[0, 2, 1]),
        (Partial(s[0, 1], W[0, 2, 1]), x[2]),
        (Partial(s[0, 1], W[0, 2, 2]), 0),
        (Partial(z[1, 1], s[0, 1]), 2 * s[0, 1]),
        (Partial(z[1, 1], z[1, 1]), 1),
        (Partial(x[1], x[1]), 1),
        (Partial(x[1], x[2]), 0),
        (Partial(x[1] ** 3 * x[2] + x[1] ** -1, x[1]), 3 * x[1] ** 2 * x[2] - x[1] ** -2),
        (Partial(r.f(x[1] * x[2]), x[2]), 2 * x[1] ** 2 * x[2]),
    ]
    for left, right in expected:
        assert evaluate(E((left - right) ** 2), instance) == 0, f"{left} = {right}"


def test_copies_of_one_variable_have_derivatives_of_their_own() -> None:
    a = Model("copies")
    x = a.random("x")
    y = a.defined("y", (j, 1, 2))
    s = a.defined("s", (k, 1, 1))
    a.define(y[j], x[()], (j, 1, 2))
    a.define(s[k], y[1] + y[2] + x[()], (k, 1, 1))
    C = a.cost("C", s[k], (k, 1, 1))
    instance = Instance(a, {}, laws={"x": two_point(1), TOP: two_point(2)})
    assert evaluate(E(Partial(C, y[1]) * Partial(C, s[1])), instance) == 2
    assert evaluate(E(Partial(C, x[()]) * Partial(C, s[1])), instance) == 6


def test_a_cost_does_not_change_with_what_it_does_not_reach() -> None:
    assert count(E(grad(G.z[2, 1])), network(1, 1, 1)) == (0, 1)


# -- terms


def test_binders_deltas_and_powers() -> None:
    instance = network(2, 3, 1)
    n, d = G.n, G.d
    values = [
        (Product(5, (t, 1, 0)), 1),
        (Product(5, (t, 1, -3)), 1),
        (Sum(5, (t, 1, 0)), 0),
        (Product(n[t], (t, 0, d + 1)), 6),
        (Sum(t * n[t], (t, 0, d + 1, (d,))), 2),
        (Sum(Sum(1, (k, 1, n[1], (l,))), (l, 1, n[1])), 6),
        (Sum(Delta(l, k), (l, 1, 3)), 1),
        ((n[0] * n[1]) ** -(d + 1), F(1, 36)),
        (F(2, 3) * n[0] - 1, F(1, 3)),
    ]
    for e, value in values:
        assert evaluate(e, instance, {k: 2}) == value, f"{e}"


def test_covariance_of_variables_with_different_means() -> None:
    a = Model("two")
    X = a.random("X", (j, 1, 2))
    law = (((2, 5), F(1, 4)), ((0, 1), F(1, 2)), ((0, -1), F(1, 4)), ((9, 9), 0))
    instance = Instance(a, {}, joints=[Joint((X[1], X[2]), law)])
    assert count(Cov(X[1], X[2]), instance) == (F(7, 4), 3), "10/4 - 1/2 * 3/2"
    assert evaluate(E(X[1]) * E(X[2]), instance) == F(3, 4)


def test_entries_left_out_of_a_range() -> None:
    a = Model("hole")
    X = a.random("X", (j, 1, 3, (2,)))
    instance = Instance(a, {}, laws={"X": two_point(3)})
    assert evaluate(Var(Sum(X[j], (j, 1, 3, (2,)))), instance) == 6
    with pytest.raises(Refused, match=r"X\[2\] does not exist"):
        evaluate(E(X[2]), instance)


def test_heads_inside_heads_are_numbers() -> None:
    instance = network(2, 1, x=two_point(HALF, 2))
    x = G.x
    e = E((x[1] - E(x[1])) * (x[1] - E(x[1]))) - Var(x[1])
    assert evaluate(e, instance) == 0
    assert count(Var(E(x[1])), instance) == (0, 1 + 2)
    assert cases(E(x[1]) * E(x[1] ** 2) * E(x[2] * x[1]), instance) == 2 + 2 + 4
    assert cases(Sum(E(x[l]) ** 2 * E(x[1]), (l, 1, 2)), instance) == 2 + 2 + 2


def test_indices_may_be_expressions_in_the_sizes() -> None:
    instance = network(1, 1, 2, weights=UNEQUAL)
    assert evaluate(Var(G.W[G.d, G.n[1], G.n[G.d + 1]]), instance) == 2
    assert evaluate(Var(G.W[i, 1, 1]), instance, {i: 0}) == HALF


def test_only_the_sources_that_matter_are_counted() -> None:
    big = network(20, 20, 20)
    assert cases(Var(G.W[1, 3, 4]), big) == 2
    assert cases(E(grad(G.s[1, 7])), big) == 2


# -- refusals


def test_too_many_cases_are_refused_with_their_number() -> None:
    with pytest.raises(Refused, match="takes 1048576 cases, more than 262144"):
        count(Var(G.s[0, 1]), network(10, 1))
    with pytest.raises(Refused, match="takes 64 cases, more than 63"):
        count(Var(grad(G.W[0, 1, 1])), network(1, 1, 2), at_most=63)
    assert count(Var(grad(G.W[0, 1, 1])), network(1, 1, 2), at_most=64).cases == 64
    assert cases(Var(G.s[0, 1]), network(40, 1)) == 2**80


def test_too_deep_is_refused() -> None:
    with pytest.raises(Refused, match="through too many entries"):
        cases(E(G.z[G.d + 1, 1]), network(*[1] * 500))


def test_what_is_random_has_no_value() -> None:
    with pytest.raises(Refused, match=r"x\[1\] is random: it has no value outside E, Var and Cov"):
        evaluate(G.s[0, 1] + E(G.x[1]), network(1, 1))


REFUSED: list[tuple[Expr, Instance, str]] = [
    (E(G.x[3]), network(2, 1), r"x\[3\] does not exist"),
    (E(G.z[3, 1]), network(1, 1, 1), r"z\[3, 1\] does not exist"),
    (E(grad(G.W[2, 1, 1])), network(1, 1, 1), r"W\[2, 1, 1\] does not exist"),
    (E(G.x[i]), network(1, 1), "no value for i"),
    (E(G.x[1] / 2), network(1, 1, x=((1, HALF), (2, F(1, 3)))), r"not a law of x\[1\]"),
    (E(G.x[1]), network(1, 1, x=((1, 2), (2, -1))), r"not a law of x\[1\]"),
    (E(G.x[1]), network(1, 1, joints=[Joint((G.x[1],), equal(SIGNS, 2))]), r"not a law of x\[1\]"),
    (E(G.x[1]), network(1, 1, x={2: two_point(1)}), r"no law for x\[1\]"),
    (E(G.z[1, 1]), Instance(G.model, {G.d: 0, "n": 1}), "no function f"),
    (E(G.x[1]), network(0, 1), r"n\[0\] = 0: not an integer of at least 1"),
    (E(1 / (1 + G.x[1])), network(1, 1), "division by zero"),
    (E(G.x[1] ** HALF), network(1, 1), "-1 to the power of 1/2"),
    (E(Partial(grad(G.s[0, 1]), G.x[1])), network(1, 1, 1), "derivative of a derivative"),
    (E(G.x[1]), network(1, 1, joints=[Joint((G.s[0, 1],), (((1,), 1),))]), "it is defined"),
    (
        E(G.x[1]),
        network(1, 1, joints=[Joint((G.x[1], G.x[1]), equal(two_point(1), 2))]),
        "two joint",
    ),
]


@pytest.mark.parametrize(("e", "instance", "message"), REFUSED)
def test_refusals_say_what_is_wrong(e: Expr, instance: Instance, message: str) -> None:
    with pytest.raises(Refused, match=message):
        evaluate(e, instance)


def test_floats_are_not_numbers_here() -> None:
    with pytest.raises(TypeError, match=r"not 0\.5"):
        evaluate(E(G.x[1]), network(1, 1, x=((1, 0.5), (-1, 0.5))))
    with pytest.raises(TypeError, match=r"not 1\.5"):
        evaluate(E(G.z[1, 1]), network(1, 1, f=lambda order, at: 1.5))


def test_circular_double_and_missing_definitions() -> None:
    a = Model("odd")
    u, v, w = (a.defined(name, (j, 1, 2)) for name in "uvw")
    a.define(u[1], v[1])
    a.define(v[1], u[1])
    a.define(w[j], 1, (j, 1, 2))
    a.definitions.append(Definition("by hand", Statement(w[1], Integer(2))))
    for e, message in ((u[1], "by way of itself"), (u[2], "not defined"), (w[2], "defined twice")):
        with pytest.raises(Refused, match=message):
            evaluate(E(e), Instance(a, {}))


def test_a_cost_of_entries_computed_from_each_other_is_unclear() -> None:
    a = Model("chain")
    y = a.defined("y", (j, 0, 2))
    x = a.random("x")
    a.define(y[0], x[()])
    a.define(y[j], 2 * y[j - 1], (j, 1, 2))
    C = a.cost("C", y[j], (j, 1, 2))
    with pytest.raises(Refused, match="computed from each other"):
        evaluate(E(Partial(C, y[1])), Instance(a, {}, laws={"x": two_point(1)}))


# -- what it shares, and how long it takes


SHARING_NOTHING = ("cells", "continuous", "exact", "functions", "instance", "tape")
COUNTING = {f"derive.counting.{name}" for name in SHARING_NOTHING}
GIVEN = {"terms", "model", "errors", "densities", "real", "counting"}


@pytest.mark.parametrize("name", ["oracle", "drawn", *SHARING_NOTHING])
def test_shares_nothing_with_the_rules(name: str) -> None:
    tree = ast.parse(
        (Path(__file__).parents[1] / "derive" / "counting" / f"{name}.py").read_text("utf-8")
    )
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    own = {node.module for node in imported if node.module and node.module.startswith("derive")}
    assert own <= {f"derive.{name}" for name in GIVEN} | COUNTING
    names = {alias.name for node in imported for alias in node.names}
    assert not names & {"same", "put", "canonical", "instantiate", "replace", "sympify"}


def fastest(act: Callable[[], object], times: int = 5) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        found.append(time.perf_counter() - start)
    return min(found)


def test_counting_is_quick() -> None:
    small, e = network(1, 1, 2), Var(grad(G.W[0, 1, 1]))
    assert fastest(lambda: evaluate(e, small)) < 0.03, "64 cases"
    large = network(2, 2, 2, weights=UNEQUAL[:1] * 2)
    whole = Var(G.s[1, 1] * grad(G.s[1, 2]) + G.s[1, 2] * grad(G.s[1, 1]))
    assert cases(whole, large) == 2**12
    assert fastest(lambda: evaluate(whole, large), 2) < 3, "4096 cases"
