"""The normal form of products against plain evaluation: it must never agree wrongly, nor refuse
what is equal.

The evaluator below shares nothing with `derive.products`: loops, and a random positive rational
for every atom.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Dummy, Expr, Integer, Mul, Pow, Rational, Symbol, factor_list, symbols

from derive.factors import at_a_glance, factors
from derive.judging.quotient import quotient, ratio
from derive.model import ranges
from derive.order import Order
from derive.powers import Outside
from derive.products import agree, conditions, normal, unshown
from derive.substitution import put
from derive.terms import Apply, Entry, Partial, Product, Sum, Var
from derive.terms import E as Mean

c, d, i, j, k, u, v = symbols("c d i j k u v")
M = Symbol("M")
X, TOP = Var(Entry("x", 1)), Var(Partial(Entry("C"), Entry("s", d, 1)))


def n(at: Any) -> Entry:
    return Entry("n", at)


def V(at: Any) -> Expr:
    return Var(Entry("W", at, 1, 1))


ORDER = Order(ranges((i, 0, d)), {d: 0}.get)
POINTS = [{d: b, i: a} for b in (4, *range(8)) for a in (1, *range(b + 1)) if a <= b]


Values = dict[Any, int]


class Empty(Exception):
    """A range that ends before its start minus one."""


def value(e: Any, at: Values, strict: bool = True) -> Fraction:
    """Plain evaluation; where ``strict``, a range that ends too early raises Empty."""
    if isinstance(e, Product):
        low, high = (number(a, at) for a in e.args[2:4])
        if strict and high < low - 1:
            raise Empty
        total = Fraction(1)
        for a in range(low, high + 1):
            total *= value(e.body, {**at, e.args[1]: a}, strict)
        return total
    if isinstance(e, Mul):
        total = Fraction(1)
        for a in e.args:
            total *= value(a, at, strict)
        return total
    if isinstance(e, Pow):
        return value(e.base, at, strict) ** number(e.exp, at)
    if e.is_Rational:
        return Fraction(int(e.p), int(e.q))
    return drawn(name(e, at))


def number(e: Any, at: Values) -> int:
    total = fraction(e, at)
    assert total.denominator == 1, f"{e} is not an integer at {at}"
    return int(total)


def fraction(e: Any, at: Values) -> int | Fraction:
    if e.is_Symbol:
        return at[e]
    if e.is_Rational:
        return int(e) if e.is_Integer else Fraction(int(e.p), int(e.q))
    parts = [fraction(a, at) for a in e.args]
    if e.is_Pow:
        return parts[0] ** int(parts[1])
    total: int | Fraction = int(e.is_Mul)
    for p in parts:
        total = total * p if e.is_Mul else total + p
    return total


def name(e: Any, at: Values) -> Any:
    """An atom with numbers for its indices."""
    if isinstance(e, Entry):
        return (e.name, *(number(a, at) for a in e.indices))
    return (type(e).__name__, *(name(a, at) for a in e.args)) if e.args else str(e)


VALUES: dict[Any, Fraction] = {}


def drawn(atom: Any) -> Fraction:
    if atom not in VALUES:
        chance = random.Random(repr(atom))
        VALUES[atom] = Fraction(chance.randint(2, 999), chance.randint(2, 999))
    return VALUES[atom]


@lru_cache(maxsize=1000)
def value_at(e: Expr, place: int) -> Fraction:
    return value(e, POINTS[place])


def table(e: Expr, points: list[Values]) -> dict[int, Fraction]:
    """The values at the points where every range of e ends at its start minus one or later."""
    found = {}
    for place, at in enumerate(points):
        try:
            found[place] = value(e, at)
        except Empty:
            continue
    return found


def equal_where_defined(left: Expr, right: Expr) -> bool:
    """Whether two formulas have equal values wherever both are about proper ranges."""
    compared = 0
    for place, at in enumerate(POINTS):
        try:
            if value(left, at) != value_at(right, place):
                return False
        except Empty:
            continue
        compared += 1
    assert compared >= 3, f"{left} and {right} were compared at {compared} points"
    return True


# -- the formulas of the papers


def backward(lo: Any, hi: Any) -> Expr:
    return Product(n(k + 1) * V(k), (k, lo, hi))


FORWARD = Product(n(k) * V(k), (k, 0, i - 1))
P6, T6 = TOP * backward(i, d), TOP * backward(i + 1, d)
P7, T7 = X * TOP * FORWARD * backward(i, d - 1), X * TOP * FORWARD * backward(i + 1, d)


def test_printed_formulas_of_glorot_are_told_from_the_derived_ones() -> None:
    assert agree(T6, T6, ORDER) and agree(T7, T7, ORDER)
    assert not agree(P6, T6, ORDER) and not agree(P7, T7, ORDER)
    assert ratio(P6, T6) == n(i + 1) * V(i)
    assert ratio(P7, T7) == n(i + 1) * V(i) / (n(d + 1) * V(d))
    assert quotient(P7, T7) == (n(i + 1) * V(i), n(d + 1) * V(d))
    assert quotient(T6, P6) == (1, n(i + 1) * V(i))


def test_all_ranges_of_the_formulas_of_glorot_are_shown_to_be_ranges() -> None:
    needed = conditions(P7, T7)
    assert needed == {(0, i - 1), (i, d - 1), (i + 1, d)}
    assert unshown(needed, ORDER) == []
    assert unshown(conditions(Product(n(d - k), (k, 0, d - i))), ORDER) == []


def N(at: Any) -> Entry:
    return Entry("N", at)


def W(at: Any) -> Var:
    return Var(Entry("W", at, 1, 1))


def test_the_identity_of_ubc() -> None:
    left = Product(N(k) * W(k), (k, 3, M + 1)) * Product(N(k - 1) * W(k), (k, 1, 1))
    inner = Product(N(k) * W(k), (k, 1, 1)) * Product(N(k) * W(k), (k, 3, M + 1))
    order = Order((), {M: 1}.get)
    assert agree(left, N(0) / N(1) * inner, order)
    assert not agree(left, inner, order)
    assert ratio(left, inner) == N(0) / N(1)
    assert unshown(conditions(left), Order((), {M: 0}.get)) == [(3, M + 1)]


def test_one_hidden_width_telescopes_in_general() -> None:
    fan_in = Product(N(k - 1) * W(k), (k, 1, i))
    fan_out = Product(N(k) * W(k), (k, 1, i))
    assert agree(fan_in, N(0) / N(i) * fan_out, ORDER)


def test_equal_widths() -> None:
    w = Symbol("n")
    assert agree(Product(w * v, (k, i + 1, d)), (w * v) ** (d - i), ORDER)
    assert agree(Product(w * v, (k, i + 1, d)), w ** (d - i) * v**d / v**i, ORDER)
    assert not agree(Product(w * v, (k, i, d)), (w * v) ** (d - i), ORDER)
    assert ratio((w * v) ** (d - i), Product(w * v, (k, i, d))) == 1 / (w * v)
    assert ratio((w * v) ** d, (w * v) ** (2 * i)) == (w * v) ** (d - 2 * i)


def test_powers_are_summed_as_polynomials() -> None:
    assert agree(Product(c**k, (k, 1, i)), c ** (i * (i + 1) / 2), ORDER)
    assert agree(Product(c ** (k**2), (k, 1, i)), c ** (i * (i + 1) * (2 * i + 1) / 6), ORDER)
    assert agree(Product(Product(c, (j, 1, k)), (k, 1, i)), c ** (i * (i + 1) / 2), ORDER)
    assert agree(Product(V(d) ** (k - i), (k, i, d)), V(d) ** ((d - i) * (d - i + 1) / 2), ORDER)
    assert not agree(Product(c**k, (k, 0, i - 1)), c ** (i * (i + 1) / 2), ORDER)


def test_constants() -> None:
    widths = Product(n(k), (k, 1, i))
    assert agree(Product(Rational(4, 6) * n(k), (k, 1, i)), 2**i * widths / 3**i, ORDER)
    assert agree(Product(Integer(12), (k, 1, d)), 4**d * 3**d, ORDER)
    assert not agree(Product(Integer(12), (k, 1, d)), 4**d * 3**i, ORDER)
    assert agree(Product(-2 * c, (k, i, d)), (-1) ** (d + i + 1) * (2 * c) ** (d - i + 1), ORDER)
    assert not agree(Product(-2 * c, (k, i, d)), (2 * c) ** (d - i + 1), ORDER)
    assert agree(Pow(-1, i * (i + 1), evaluate=False), Integer(1), ORDER)
    turns = Product(Pow(-1, k), (k, 1, i - 1))
    assert agree(Pow(-1, i * (i - 1) / 2), turns, Order((), {i: 1}.get))
    assert ratio(Product(-c, (k, i, d)), c ** (d - i + 1)) == (-1) ** (d - i + 1)


def test_moments_of_one_variable_are_families_of_their_own() -> None:
    square = Mean(Entry("W", k, 1, 1) ** 2)
    assert not agree(Product(V(k), (k, 0, i)), Product(square, (k, 0, i)), ORDER)
    pair = Mean(Entry("W", k, 1, 1) ** 2 * Entry("W", k, 2, 1) ** 2)
    assert agree(Product(pair, (k, 0, i)), Product(pair, (k, 0, i - 1)) * put(pair, k, i), ORDER)


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (Product(n(k) + n(k + 1), (k, 0, d)), "outside an index of a layer"),
        (n(0) + Sum(n(k), (k, 0, d)), "not a quotient of polynomials"),
        (Add(*map(n, range(7))), "more than 6 quantities"),
        (Add(*(c**a for a in range(1, 14))), "a power above 8|more than 12 terms"),
        (Sum(n(k), (k, 0, d)), "not a product of symbols"),
        (Var(Sum(Entry("x", k), (k, 1, d))), "contains a sum"),
        (Product(n(k), (k, 0, d, (i,))), "plain range"),
        (Product(n(k), (k, 0, d / 2)), "plain range"),
        (Product(n(2 * k), (k, 0, d)), "only k and -k telescope"),
        (Product(n(k) ** k, (k, 0, d)), "index and in the power"),
        (Product(k, (k, 1, d)), "outside an index of a layer"),
        (Product(Var(Entry("W", 1, k)), (k, 1, d)), "outside an index of a layer"),
        (Product(Mean(Entry("W", k) * Entry("x", 1)), (k, 1, d)), "outside an index of a layer"),
        (Product(Entry("n", Entry("m", k)), (k, 1, d)), "outside an index of a layer"),
        (Product(n(k + Apply("f", 0, k)), (k, 1, d)), "hidden in the index"),
        (Product(Product(n(j), (j, 0, k + n(k))), (k, 1, d)), "not between integers"),
        (Product(c ** Entry("n", k), (k, 1, d)), "outside an index of a layer"),
        (Product(Product(n(j), (j, 0, k)), (k, 1, d)), "varying length"),
        (c ** Rational(1, 2), "not shown to be positive"),
        (c ** (d / 2), "not an integer"),
        (c ** (2**d), "not a polynomial"),
        (Integer(0) * c, "is 0"),
        (Integer(10**40 + 3) * c, "too long"),
        (c ** (d + i) ** 9, "not a polynomial"),
    ],
    ids=str,
)
def test_what_is_outside_is_said(formula: Expr, reason: str) -> None:
    with pytest.raises(Outside, match=reason):
        normal(formula)


def test_a_sign_whose_parity_is_unknown_is_outside() -> None:
    with pytest.raises(Outside, match="parity is not known"):
        agree((-c) ** n(0), c ** n(0), ORDER)


def test_a_range_that_may_end_too_early_shows_nothing() -> None:
    whole, peeled = Product(n(k), (k, 2, d)), Product(n(k), (k, 3, d)) * n(2)
    assert not agree(whole, peeled, ORDER)
    assert unshown(conditions(whole, peeled), ORDER) == [(2, d), (3, d)]
    assert agree(whole, peeled, Order(ranges((i, 2, d)), {d: 0}.get))
    assert agree(Product(n(k), (k, 2, d)), Product(n(k + 1), (k, 1, d - 1)), Order((), {d: 1}.get))


def test_a_literal_range_that_ends_early_is_empty() -> None:
    assert agree(Product(c, (k, 1, -1)), Integer(1), ORDER)
    assert agree(Product(n(k), (k, i + 2, i)), Integer(1), ORDER)


def test_inner_ranges_are_demanded_where_they_are_shortest() -> None:
    assert conditions(Product(Product(c, (j, 1, k)), (k, 0, i))) == {(0, i), (1, 0)}
    assert conditions(Product(Product(c, (j, k, d)), (k, 0, i))) == {(0, i), (i, d)}
    short = Product(Product(c, (j, 2, k)), (k, 0, i))
    assert unshown(conditions(short), ORDER) == [(2, 0)]
    assert not agree(short, c ** (i * (i + 1) / 2 - i - 1), ORDER)


def test_a_bound_name_may_be_free_elsewhere() -> None:
    assert agree(Product(n(i), (i, i, d)), Product(n(k), (k, i, d)), ORDER)
    nested = Product(n(i) * Product(c, (i, 1, i)), (i, 1, d))
    assert agree(nested, Product(n(k), (k, 1, d)) * c ** (d * (d + 1) / 2), ORDER)


def test_forms_can_be_keys() -> None:
    assert len({normal(T7), normal(put(T7, X, X)), normal(P7)}) == 2


# -- every small range


def small_products() -> Iterator[Expr]:
    offsets = range(-2, 3)
    for a in offsets:
        for b in offsets:
            for lo, hi in ((Integer(a), i + b), (i + a, d + b), (Integer(a), d + b)):
                for s in offsets:
                    yield Product(n(k + s), (k, lo, hi))
                    yield Product(n(s - k), (k, lo, hi))
                    yield Product(n(d + s - k), (k, lo, hi))
                yield Product(c, (k, lo, hi))
                yield Product(n(i), (k, lo, hi))
                yield Product(c**k * n(k), (k, lo, hi))


def test_every_small_range_against_evaluation() -> None:
    points = [{d: b, i: a} for b in (0, 1, 2, 4, 7) for a in range(b + 1)]
    formulas = list(small_products())
    values = [table(e, points) for e in formulas]
    forms = [normal(e) for e in formulas]
    for e, row, form in zip(formulas, values, forms, strict=True):
        proper = all(unshown([r], ORDER) == [] for r in form.conditions)
        assert proper == (len(row) == len(points)), f"wrongly judged where {e} is a range"
    keys = [frozenset((f, frozenset(p.items())) for f, p in form.powers.items()) for form in forms]
    agreeing = 0
    chance = random.Random(1)
    for a in range(len(formulas)):
        some = set(chance.sample(range(len(formulas)), 120))
        for b in range(a):
            if keys[a] == keys[b] or b in some:
                left, right = values[a], values[b]
                differs = any(x in right and right[x] != y for x, y in left.items())
                agreeing += keys[a] == keys[b]
                assert differs == (keys[a] != keys[b]), f"{formulas[a]} and {formulas[b]}"
    assert agreeing > 500


def test_products_of_two_small_ranges_against_evaluation() -> None:
    chance = random.Random(7)
    formulas = list(small_products())
    for _ in range(1000):
        e, f, g, h = (chance.choice(formulas) for _ in range(4))
        left, right = e * f, g * h if chance.random() < 0.5 else e * g / h
        assert (normal(left) - normal(right)).is_one == equal_where_defined(left, right), (
            f"{left} and {right}"
        )


# -- random formulas


lows = st.sampled_from([Integer(0), Integer(1), i - 1, i, i + 1, i + 2])
highs = st.sampled_from([i + 2, i + 3, d, d + 1, d - 1])
shifts = st.integers(-2, 2)


def bodies(bound: Symbol) -> st.SearchStrategy[Expr]:
    at = st.builds(lambda sign, s: sign * bound + s, st.sampled_from([1, 1, 1, -1]), shifts)
    free = st.sampled_from([i, i + 1, d, Integer(0), Integer(1)])
    one = st.one_of(
        *(where.map(made) for where in (at, free) for made in (n, V)),
        st.sampled_from([c, v, Integer(2), Integer(-1), Rational(-2, 3)]),
        st.sampled_from([c**bound, c ** (d - bound)]),
    )
    powers = st.sampled_from([1, 1, 1, 2, -1])
    return st.lists(st.builds(Pow, one, powers), min_size=1, max_size=3).map(lambda x: Mul(*x))


def outer(inner: Expr, low: Any, length: int) -> Expr:
    return Product(inner * Product(put(inner, k, k + j), (j, low, low + length)), (k, 0, i))


plain = st.builds(lambda body, a, b: Product(body, (k, a, b)), bodies(k), lows, highs)
nested = st.builds(outer, bodies(k), shifts, st.integers(-1, 2))
isolated = bodies(i)
kinds = st.one_of(plain, plain, nested, isolated)
powered = st.builds(Pow, kinds, st.sampled_from([1, 1, -1, 2]))
formulas = st.lists(powered, min_size=1, max_size=3).map(lambda x: Mul(*x))


def rewritten(e: Expr, chance: random.Random) -> Expr:
    """The same formula, its ranges shifted, reversed, or continued by one factor that is divided
    out again."""
    if isinstance(e, Mul):
        return Mul(*(rewritten(a, chance) for a in e.args))
    if isinstance(e, Pow):
        return rewritten(e.base, chance) ** e.exp
    if not isinstance(e, Product):
        return e
    body, (bound, lo, hi, _) = e.body, e.range
    other, s = Symbol("q"), chance.randint(-2, 2)
    return chance.choice(
        [
            Product(put(body, bound, other + s), (other, lo - s, hi - s)),
            Product(put(body, bound, s - other), (other, s - hi, s - lo)),
            Product(body, (bound, lo, hi + 1)) / put(body, bound, hi + 1),
            Product(body, (bound, lo - 1, hi)) / put(body, bound, lo - 1),
        ]
    )


@settings(max_examples=50, deadline=None)
@given(formulas, formulas)
def test_random_formulas_against_evaluation(left: Expr, right: Expr) -> None:
    assert (normal(left) - normal(right)).is_one == equal_where_defined(left, right)


@settings(max_examples=50, deadline=None)
@given(formulas, st.integers(0, 10**6))
def test_a_formula_written_otherwise_agrees(e: Expr, seed: int) -> None:
    other = rewritten(e, random.Random(seed))
    assert equal_where_defined(e, other)
    assert (normal(e) - normal(other)).is_one, other


@settings(max_examples=50, deadline=None)
@given(formulas, formulas)
def test_a_ratio_is_the_quotient(left: Expr, right: Expr) -> None:
    found = ratio(left, right, Order(ranges((i, 3, d - 4)), {d: 0}.get))
    assert (normal(found) - (normal(left) - normal(right))).is_one, found
    for at in ({i: 3, d: 7}, {i: 4, d: 9}):
        assert value(found, at) == value(left, at) / value(right, at), found


# -- mutated formulas


def mutants(e: Expr, symbols_known: list[Callable[[Any], Expr]]) -> Iterator[Expr]:
    """Everything one small mistake away from a formula."""
    if isinstance(e, Product):
        k, lo, hi, _ = e.range
        for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)):
            yield Product(e.body, (k, lo + a, hi + b))
        for body in mutants(e.body, symbols_known):
            yield Product(body, (k, lo, hi))
        for made in symbols_known:
            yield Product(e.body * made(k), (k, lo, hi))
    elif e.is_Mul:
        for place, a in enumerate(e.args):
            rest = Mul(*e.args[:place], *e.args[place + 1 :])
            yield rest
            yield rest * a * a
            for other in mutants(a, symbols_known):
                yield rest * other
    elif e.is_Pow:
        for base in mutants(e.base, symbols_known):
            yield base**e.exp
        if not e.exp.is_Integer:
            yield from (e.base ** (e.exp + s) for s in (-1, 1))
    elif isinstance(e, (Entry, Var)):
        at = e.indices[0] if isinstance(e, Entry) else e.args[0].args[1]
        if isinstance(at, Expr):
            for s in (-1, 1):
                yield put(e, at, at + s)
            for made in symbols_known:
                yield made(at)


W_N = Symbol("n")
TRUE_FORMULAS = [
    T6,
    T7,
    P7 * n(d + 1) * V(d) / (n(i + 1) * V(i)),
    X * FORWARD,
    n(0) / n(i) * X * Product(n(k + 1) * V(k), (k, 0, i - 1)),
    Product(n(k) * V(k), (k, 0, d)) / Product(n(k) * V(k), (k, i, d)),
    Product(n(d - k) * V(d - k), (k, 0, d - i)),
    (W_N * v) ** (d - i) * Product(2 * V(k), (k, i, d)),
]


def test_mutated_formulas_are_judged_as_evaluation_judges_them() -> None:
    chance = random.Random(3)
    known = [n, V, lambda at: Var(Entry("z", at, 1))]
    seen = Counter[bool]()
    for truth in TRUE_FORMULAS:
        form = normal(truth)
        rewordings = [rewritten(truth, chance) for _ in range(8)]
        once = dict.fromkeys([*mutants(truth, known), *rewordings])
        some = chance.sample(list(once), len(once) * 9 // 10)
        twice = dict.fromkeys(m for e in some for m in mutants(e, known))
        for e in once | twice:
            found = normal(e) - form
            equal = equal_where_defined(e, truth)
            assert found.is_one == equal, f"{e} and {truth}"
            if found.is_one and not unshown(found.conditions, ORDER):
                assert all(value(e, at, strict=False) == value(truth, at) for at in POINTS[:15])
            seen[equal] += 1
    assert seen[True] > 50 and seen[False] > 10_000, seen


NAMES = [Dummy(name) for name in "abcd"]
MONOMIALS = st.lists(st.sampled_from(NAMES), max_size=3).map(lambda found: Mul(*found))
NUMBERS = st.fractions(-6, 6, max_denominator=6).filter(bool)
SUMS = st.lists(st.tuples(NUMBERS, MONOMIALS), min_size=2, max_size=4).map(
    lambda terms: Add(*(Rational(c.numerator, c.denominator) * m for c, m in terms))
)


@settings(max_examples=400, deadline=None)
@given(SUMS)
def test_the_factors_seen_at_a_glance_are_those_of_sympy(e: Expr) -> None:
    """The number in front and the sign are too."""
    seen = at_a_glance(e, NAMES)
    if seen is not None:
        number, parts = factor_list(e, *NAMES)
        assert _without_ones(seen) == _without_ones([(number, 1), *parts])


def _without_ones(found: Iterable[tuple[Expr, int]]) -> set[tuple[Expr, int]]:
    return {(f, n) for f, n in found if f != 1}


def test_which_sums_are_factored_at_a_glance() -> None:
    a, b, c, d = NAMES
    assert at_a_glance(b - a, NAMES) == ((-1, 1), (a - b, 1))
    assert at_a_glance(4 * a + 6 * b * c, NAMES) == ((2, 1), (2 * a + 3 * b * c, 1))
    assert at_a_glance(a * b + a, NAMES) == ((1, 1), (a, 1), (b + 1, 1))
    assert at_a_glance(1 + 1 / a, NAMES) == ((1, 1), (a + 1, 1), (a, -1))
    alone = a**2 * b + c**2 * d + b * d  # linear in b, and one term is without it
    assert at_a_glance(alone, NAMES) == ((1, 1), (alone, 1)), (
        "linear in b, and one term is without it"
    )
    for other in (a * b + a * c + d * b + d * c, a**2 + 1, a**2 - b**2):
        assert at_a_glance(other, NAMES) is None


def test_factors_that_do_not_multiply_out_to_the_sum_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a, b, *_ = NAMES
    monkeypatch.setattr("derive.factors.factor_list", lambda *_: (Integer(1), [(a, 2)]))
    factors.cache_clear()
    with pytest.raises(Outside, match="could not be factored"):
        factors(a**2 - b**2)
    monkeypatch.setattr("derive.factors._monomial", lambda e: (Integer(2), {e: 1}))
    with pytest.raises(Outside, match="could not be factored"):
        factors(a + b)
