"""The normal form of moments: it keeps values, and finds equal what is equal."""

from fractions import Fraction

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from sympy import Expr, Mul, Symbol, symbols

from derive.counting.instance import Instance, Joint, three_point, two_point
from derive.counting.oracle import evaluate
from derive.differences import difference
from derive.forms import Undecided, coefficient
from derive.judging.check import check
from derive.model import Independent, Model, SameLaw, Statement, Symmetric, Unit, identical, ranges
from derive.moments import normal
from derive.order import ZERO
from derive.read.document import document
from derive.scope import Scope
from derive.terms import Cov, E, Entry, Product, Sum, Var

j, k, l, m, n = symbols("j k l m n")
y = Entry("y")


def w(index: Expr | int) -> Entry:
    return Entry("w", index)


def x(index: Expr | int) -> Entry:
    return Entry("x", index)


def neuron(*left_out: str) -> Model:
    """y = Σ_j w_j x_j: independent weights, inputs that may depend on each other."""
    model = Model("neuron")
    size = model.size("n")
    over = (j, 1, size)
    model.random("w", over)
    model.random("x", over)
    model.defined("y")
    model.define(y, Sum(w(j) * x(j), over))
    model.assume("weights", Independent((Unit(("w",), each=True),)), text="")
    model.assume("inputs", Independent((Unit(("x",)), Unit(("w",)))), text="")
    model.assume("mean-w", Statement(E(w(j)), ZERO, ranges(over)), text="")
    model.assume("mean-x", Statement(E(x(j)), ZERO, ranges(over)), text="")
    model.assume("alike", *(identical(h(v(j)), over) for v in (w, x) for h in (E, Var)), text="")
    return model.without(left_out)


def difference_of(left: Expr, right: Expr, *left_out: str, free: tuple = ()) -> Expr:  # type: ignore[type-arg]
    form = difference(left, right, Scope(neuron(*left_out), ranges(*free)))
    return form.expression()


HOLDS = [
    ("the neuron", Var(y), n * Var(w(1)) * Var(x(1)), ()),
    ("second moment", Var(y), n * Var(w(1)) * E(x(1) ** 2), ("mean-x",)),
    ("mean", E(y), 0, ("mean-x",)),
    ("variance of x_1 + x_2", Var(x(1) + x(2)), Var(x(1)) + Var(x(2)) + 2 * Cov(x(1), x(2)), ()),
    ("constants", Var(3 * w(1) - 2), 9 * Var(w(1)), ("mean-w",)),
    ("bilinear", Cov(y, w(1)), 0, ()),
]


@pytest.mark.parametrize("left, right, left_out", [h[1:] for h in HOLDS], ids=[h[0] for h in HOLDS])
def test_what_is_equal_has_one_normal_form(
    left: Expr, right: Expr, left_out: tuple[str, ...]
) -> None:
    assert difference_of(left, right, *left_out) == 0


def test_the_remainder_names_what_is_missing() -> None:
    left = difference_of(Var(y), n * Var(w(1)) * Var(x(1)), "mean-x")
    assert left == n * Var(w(1)) * E(x(1)) ** 2


def test_one_factor_n_too_many() -> None:
    left = difference_of(Var(y), n**2 * Var(w(1)) * E(x(1) ** 2))
    assert left.expand() == (n * Var(w(1)) * Var(x(1)) - n**2 * Var(w(1)) * Var(x(1))).expand()


def test_free_indices_may_be_one_or_two() -> None:
    free = ((l, 1, n), (m, 1, n))
    assert difference_of(Cov(w(l), w(m)), ZERO, free=free) == Var(w(1)), "l = m was forgotten"
    apart = ((l, 1, n), (m, 1, n, (l,)))
    assert difference_of(Cov(w(l), w(m)), ZERO, free=apart) == 0


def test_without_independent_weights_the_cross_terms_stay() -> None:
    left = difference_of(Var(y), n * Var(w(1)) * Var(x(1)), "weights")
    inner = E(w(j) * w(Symbol("j'"))) * E(x(j) * x(Symbol("j'")))
    assert left == Sum(Sum(inner, (Symbol("j'"), 1, n, (j,))), (j, 1, n))


def test_falling_factorials_count_the_pairs() -> None:
    model = neuron()
    scope = Scope(model)
    pairs = Sum(Sum(Var(w(1)), (k, 1, n, (j,))), (j, 1, n))
    assert difference(pairs, n * (n - 1) * Var(w(1)), scope).is_zero


def test_symmetric_variables_have_no_odd_moments() -> None:
    model = neuron()
    assert not difference(E(w(1) ** 3), ZERO, Scope(model)).is_zero
    model.assume("symmetric", Symmetric("w"), text="")
    form = difference(E(w(1) ** 3 * x(1)), ZERO, Scope(model))
    assert form.is_zero and "symmetric" in form.uses


def test_one_law_makes_higher_moments_equal() -> None:
    model = neuron()
    free = Scope(model, ranges((k, 1, n)))
    assert not difference(E(w(k) ** 4), E(w(1) ** 4), free).is_zero
    model.assume("law", SameLaw("w", (0,)), text="")
    assert difference(E(w(k) ** 4), E(w(1) ** 4), Scope(model, free.ranges)).is_zero


def test_too_many_indices_are_not_decided() -> None:
    with pytest.raises(Undecided, match="more than 5 indices of one range"):
        normal(E(y**6), Scope(neuron()))


def instance(size: int) -> Instance:
    """Weights with unequal laws, inputs that depend on each other; nothing has mean 0."""
    model = neuron("mean-w", "mean-x", "alike")
    cells = [(Fraction(a), Fraction(1, 3)) for a in (-1, 2, 5)]
    joint = Joint(
        tuple(x(i) for i in range(1, size + 1)),
        tuple((tuple(a + i * (a > 0) for i in range(size)), p) for a, p in cells),
    )
    return Instance(
        model,
        {Symbol("n"): size},
        laws={"w": lambda i: two_point(i + 1, mean=i)},
        joints=[joint],
    )


ENTRIES = [w(1), x(1), Sum(w(j), (j, 1, n)), Sum(x(j), (j, 1, n)), Sum(w(j) * x(j), (j, 1, n))]
POLYNOMIALS = st.lists(
    st.tuples(st.integers(-2, 2), st.lists(st.sampled_from(ENTRIES[2:]), min_size=1, max_size=2)),
    min_size=1,
    max_size=2,
)


def polynomial(parts: list[tuple[int, list[Expr]]]) -> Expr:
    total: Expr = ZERO
    for c, factors in parts:
        term: Expr = ZERO + c
        for f in factors:
            term *= f
        total += term
    return total


@settings(max_examples=40, deadline=None)
@given(POLYNOMIALS, POLYNOMIALS, st.sampled_from([E, Var, Cov]), st.integers(1, 3))
def test_the_normal_form_keeps_the_value(a: list, b: list, head: type, size: int) -> None:  # type: ignore[type-arg]
    e = head(polynomial(a), polynomial(b)) if head is Cov else head(polynomial(a))
    model = neuron("mean-w", "mean-x", "alike")
    form = normal(e, Scope(model)).expression()
    counted = instance(size)
    assert evaluate(form, counted) == evaluate(e, counted), f"{e} became {form}"


def test_three_point_laws_are_asymmetric() -> None:
    model = neuron("mean-w", "mean-x", "alike")
    counted = Instance(model, {n: 2}, laws={"w": three_point(2), "x": two_point(3)})
    form = normal(E(y**3), Scope(model)).expression()
    assert evaluate(form, counted) == evaluate(E(y**3), counted) != 0


def test_free_indices_that_may_be_one_have_no_normal_form_by_themselves() -> None:
    free = Scope(neuron(), ranges((l, 1, n), (m, 1, n)))
    with pytest.raises(Undecided, match="m may be l"):
        normal(E(w(l) * w(m)), free)


@pytest.mark.parametrize("value", [0, 2])
def test_a_declared_covariance_is_used_where_the_means_are_free(value: int) -> None:
    model = Model("pair")
    u, v, p = model.random("u")[()], model.random("v")[()], model.given("p")[()]
    declared = Statement(Cov(u, v), ZERO + value)
    model.assume("covariance", declared, text="")
    for left in (Var(u + v), Var(p * u + v / 3), E((u + 1) * v) - E(u) * E(v), Cov(u + p, 2 * v)):
        free = normal(left, Scope(model.without(["covariance"])))
        told = normal(left, Scope(model))
        assert told.uses == {"covariance"} and free.uses == set()
        # What is declared is all that the two differ by: putting it into the free one agrees.
        known = free.expression().xreplace({E(u * v): value + E(u) * E(v)})
        assert difference(known, told.expression(), Scope(model)).is_zero
    assert difference(Var(u + v), Var(u) + Var(v) + 2 * value, Scope(model)).is_zero
    assert not difference(Var(u + v), Var(u) + Var(v) + 2 * value + 1, Scope(model)).is_zero


def test_uncorrelated_entries_of_one_family_with_any_mean() -> None:
    model = Model("sum")
    size = model.size("n")
    over = (j, 1, size)
    model.random("x", over)
    apart = Statement(Cov(x(j), x(k)), ZERO, ranges(over, (k, 1, size, (j,))))
    model.assume("uncorrelated", apart, text="")
    model.assume("alike", *(identical(h(x(j)), over) for h in (E, Var)), text="")
    spread = Var(Sum(x(j), over))
    assert difference(spread, n * Var(x(1)), Scope(model)).is_zero
    assert not difference(spread, n * Var(x(1)), Scope(model.without(["uncorrelated"]))).is_zero


def test_fixed_numbers_in_a_quotient_are_coefficients() -> None:
    model = Model("dropout")
    mask, u, p = model.random("m")[()], model.random("u")[()], model.given("p")[()]
    model.assume("apart", Independent((Unit(("m",)), Unit(("u",)))), text="")
    model.assume("mask", Statement(E(mask), ZERO + 1), Statement(E(mask**2), 1 / (1 - p)), text="")
    right = (Var(u) + p * E(u) ** 2) / (1 - p)
    assert difference(Var(mask * u), right, Scope(model)).is_zero
    assert not difference(Var(mask * u), Var(u) / (1 - p), Scope(model)).is_zero


def test_written_out_the_bound_names_are_not_those_of_free_indices() -> None:
    model = neuron("mean-w", "mean-x", "alike")
    e = E(w(j)) * Sum(E(w(k)), (k, 1, n, (j,)))
    form = normal(e, Scope(model, ranges((j, 1, n)))).expression()
    counted = instance(3)
    assert [evaluate(form, counted, {j: i}) for i in (1, 2, 3)] == [
        evaluate(e, counted, {j: i}) for i in (1, 2, 3)
    ]


def test_written_out_a_product_in_a_coefficient_has_a_name_to_read() -> None:
    e = Product(n + k, (k, 1, n)) * E(w(1))
    assert normal(e, Scope(neuron("mean-w"))).expression() == e


FACTORS = [
    n, n - 1, 1 / n, Var(y), E(y), Var(w(1)), E(w(1)), E(x(1) ** 2), w(1), x(k), w(k) * x(1),
    Cov(x(1), x(k)), Var(w(1)) ** 2, E(y * x(k)), Var(x(1)) + n, Sum(E(x(j) ** 3), (j, 1, n)), y,
]  # fmt: skip


@given(st.lists(st.sampled_from(FACTORS), min_size=2, max_size=4))
@settings(max_examples=80, deadline=None)
def test_a_product_has_the_form_that_multiplying_out_gives(factors: list[Expr]) -> None:
    """Forms are multiplied where one factor has sums at most; else the product is expanded."""
    free = ranges((k, 2, n))
    scope = Scope(neuron("mean-x"), free)
    whole = Mul(*factors)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("derive.moments._of_factors", lambda e, scope: None)
        try:
            expanded = normal(whole, Scope(scope.model, free))
        except Undecided:
            reject()
    found = normal(whole, scope)
    assert found.minus(expanded).is_zero
    assert found.uses >= expanded.uses


@pytest.mark.parametrize(
    "said",
    ["E[x] = E[x^2]", "E[x] = 2 E[x^2]", "E[x] = Var[x]", "E[x^2] = 3 E[x]", "Var[x] = E[x]^2"],
)
def test_moments_that_are_said_by_each_other_come_to_an_end(said: str) -> None:
    block = f"```derive\nrandom x, y\nassume {said}; independent x, y\n```\n"
    claims = rf"$${said}$$ $$Var[x + y] = Var[x] + Var[y]$$ $$E[x] = 7$$"
    verdicts = [c.verdict for c in check(document(block + claims)).claims]
    assert verdicts[:2] == ["holds", "holds"] and verdicts[2] != "holds"


def test_a_coefficient_over_a_sum_has_one_form() -> None:
    a, b = Entry("a"), Entry("b")
    assert coefficient(1 / (2 * a + 2 * b)) == coefficient(1 / (a + b) / 2)
    assert coefficient(3 / (3 * a - 3)) == coefficient(1 / (a - 1))
