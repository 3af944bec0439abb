"""Counterexamples: only to what does not follow, and every declared fact holds in them."""

from __future__ import annotations

import pytest
from sympy import Expr, Integer, symbols

from derive.counting.counterexample import _all_hold, counterexample
from derive.differences import difference
from derive.errors import Refused
from derive.model import Fact, Independent, Model, SameLaw, Statement, Symmetric, Unit, ranges
from derive.scope import Scope
from derive.substitution import put
from derive.terms import Apply, Cov, E, Entry, Index, Partial, Product, Sum, Var

i, p, n = symbols("i p n")
a, b, c = Entry("a"), Entry("b"), Entry("c")


def w(index: Index) -> Entry:
    return Entry("w", index)


def model() -> Model:
    made = Model("mixed")
    size = made.size("n")
    for name in ("a", "b", "c"):
        made.random(name)
    made.random("w", (p, 1, size))
    made.given("g")
    blocks = Independent((Unit(("a",)), Unit(("b", "c")), Unit(("w",))))
    made.assume("blocks", blocks, text="a, (b, c) and w independent")
    made.assume("each", Independent((Unit(("w",), each=True),)), text="the w_p independent")
    made.assume("even", Symmetric("a"), text="a symmetric")
    made.assume("alike", SameLaw("w", (0,)), text="one law for the w_p")
    made.assume("centred", Statement(E(w(p)), Integer(0), ranges((p, 1, size))), text="E[w_p] = 0")
    return made


FOLLOW = [
    (Var(a + b), Var(a) + Var(b)),
    (E(a**3 * b), Integer(0)),
    (Var(Sum(w(p), (p, 1, n))), Sum(Var(w(p)), (p, 1, n))),
    (E(w(1) * b), Integer(0)),
    (Var(a * w(1)), E(a**2) * E(w(1) ** 2)),
]
DO_NOT = [
    (Var(b + c), Var(b) + Var(c)),
    (E(b), Integer(0)),
    (E(b**3), E(b) ** 3),
    (E(b) ** 3, E(b) ** 2),
    (E(b * c), E(b) * E(c)),
    (E(w(1) ** 3), Integer(0)),
    (Var(a), Var(b)),
    (Var(a * b), Var(a) * Var(b)),
    (Var(Sum(w(p), (p, 1, n))), Var(w(1))),
    (Entry("g") * Var(a), Var(a)),
]


@pytest.mark.parametrize("left, right", FOLLOW, ids=str)
def test_what_follows_has_no_counterexample(left: Expr, right: Expr) -> None:
    assert difference(left, right, Scope(model(), ())).is_zero
    assert counterexample(left, right, (), model()) is None


@pytest.mark.parametrize("left, right", DO_NOT, ids=str)
def test_what_does_not_follow_has_numbers(left: Expr, right: Expr) -> None:
    found = counterexample(left, right, (), model())
    assert found is not None
    assert found.left != found.right


@pytest.mark.parametrize(
    "without, left, right",
    [
        ("blocks", Var(b + w(1)), Var(b) + Var(w(1))),
        ("each", Cov(w(1), w(n)), Integer(0)),
        ("even", E(a**3), Integer(0)),
        ("centred", E(w(1)), Integer(0)),
    ],
)
def test_each_fact_stands_in_the_way_until_it_is_dropped(
    without: str, left: Expr, right: Expr
) -> None:
    assert counterexample(left, right, (), model().without([without])) is not None


def test_a_range_that_is_none_is_no_counterexample() -> None:
    v = Var(a)
    split = Product(v, (p, 1, i)) * Product(v, (p, i + 1, n))
    over = ranges((i, 0, n + 3))
    assert counterexample(split, v**n, over, model()) is None
    assert counterexample(split, v ** (n + 1) * 2, over, model()) is not None


def test_a_family_may_be_empty_where_a_claim_fails() -> None:
    made = Model("empty")
    made.random("w", (p, 1, made.size("n", 0)))
    made.random("a")
    found = counterexample(Var(a), Integer(2), (), made)
    assert found is not None and found.at == {n: 0} and set(found.moments) == {E(a), Var(a)}


def test_fixed_numbers_differ_from_entry_to_entry() -> None:
    made = Model("matrix")
    size, q = made.size("n"), symbols("q")
    square, over = ((p, 1, size), (q, 1, size)), (p, 1, size)
    A, g = made.given("A", *square), made.given("g", over)
    x = made.random("x", over)
    made.assume("each", Independent((Unit(("x",), each=True),)), text="the x_p independent")
    rows = Sum(Sum(A[p, q] ** 2, square[1]), square[0])
    mixed = Sum(Sum(A[p, q] * A[q, p], square[1]), square[0])
    found = counterexample(rows, mixed, (), made)
    assert found is not None and found.moments[A[1, 2]] != found.moments[A[2, 1]]
    assert counterexample(Sum(g[p], over), n * g[1], (), made) is not None
    weighted = Var(Sum(g[p] * x[p], over))
    assert counterexample(weighted, Sum(g[p] ** 2 * Var(x[p]), over), (), made) is None
    assert counterexample(weighted, n * g[1] ** 2 * Var(x[1]), (), made) is not None


def test_models_with_layers_are_not_tried() -> None:
    made = model()
    made.function("f")
    assert counterexample(Var(b + c), Var(b) + Var(c), (), made) is None


def test_networks_are_counted_too() -> None:
    from derive.read.declare import notation
    from derive.terms import Cov, Entry

    model = notation("glorot").model
    x, z = Entry("x", 1), Entry("z", 1, 1)
    found = counterexample(E(z**4), E(z**2) ** 2, (), model)
    assert found is not None and found.left != found.right
    assert counterexample(Cov(x, z), Integer(0), (), model) is None


def test_what_is_symmetric_has_the_mean_0_in_networks() -> None:
    from derive.read.declare import notation

    model = notation("glorot").model.without(["zero-mean-weights"])
    mean = E(Entry("W", 0, 1, 1))
    assert counterexample(mean**2, Integer(0), (), model) is not None
    model.assume("even", Symmetric("W"), text="symmetric W")
    assert counterexample(mean**2, Integer(0), (), model) is None


def test_a_fact_that_does_not_hold_is_asked_first_the_next_time() -> None:
    found = counterexample(Var(b + c), Var(b) + Var(c), (), model())
    assert found is not None and found.instance is not None
    holds, not_so = Statement(E(b), E(b), ()), Statement(Var(b), Integer(7), ())
    facts: list[Fact] = [holds, not_so]
    assert not _all_hold(facts, found.instance)
    assert facts == [not_so, holds]
    assert _all_hold([holds], found.instance)


def test_random_terms_are_compared_outcome_by_outcome() -> None:
    made = model()
    found = counterexample(w(p), a, ranges((p, 1, n)), made)
    assert found is not None
    assert (found.left, found.right) == (found.moments[w(1)], found.moments[a])
    assert set(found.moments) - {Entry("g")} == {w(1), a}
    centred = counterexample(b - E(b), b, (), made)
    assert centred is not None and centred.moments[E(b)] == centred.moments[b] - centred.left != 0
    assert counterexample((a + b) ** 2, a**2 + 2 * a * b + b**2, (), made) is None
    made.assume("sign", Statement(c**2, Integer(1), ()), text="c² = 1")
    assert counterexample(c**3, c, (), made) is None
    assert counterexample(c**3, a, (), made) is not None


def test_gradients_are_compared_outcome_by_outcome() -> None:
    from derive.read.declare import notation

    made = notation("glorot").model
    d = symbols("d")
    cost, z = Entry("C"), Entry("z", i, 1)
    slope, top = Partial(cost, Entry("W", i, 1, 1)), Partial(cost, Entry("s", i, 1))
    over = ranges((i, 0, d))
    assert counterexample(slope, z * top, over, made) is None
    found = counterexample(slope, 2 * z * top, over, made)
    assert found is not None and 2 * found.left == found.right != 0
    assert found.left == found.moments[Entry("x", 1)] * found.moments[put(top, i, Integer(0))]
    rectified = notation("he").model
    f, y = rectified.functions["f"], Entry("y", 1, 1)
    assert counterexample(f(y), y * Apply("f", 1, y), (), rectified) is None
    assert counterexample(Apply("f", 1, y) ** 2, Apply("f", 1, y), (), rectified) is None
    assert counterexample(f(y), y, (), rectified) is not None


def test_outcomes_are_gone_through_only_where_there_are_few() -> None:
    from derive.counting.oracle import compared

    found = counterexample(b, c, (), model())
    assert found is not None and found.instance is not None
    with pytest.raises(Refused, match="the outcomes of b and c are too many"):
        compared(b, c, found.instance, at_most=1)
    with pytest.raises(Refused, match="takes 12 cases, more than 5"):
        compared(E(b * a), E(c), found.instance, at_most=5)
