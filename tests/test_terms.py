"""Bound indices first: sameness, substitution and heads, also on terms made at random."""

from __future__ import annotations

from fractions import Fraction as F
from math import prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Expr, Integer, Mul, Pow, Symbol, symbols

from derive.errors import Refused
from derive.model import Independent, Model, Unit, ranges
from derive.polynomials import factors
from derive.rules import RULES
from derive.scope import Scope
from derive.substitution import canonical, instantiate, put, same
from derive.subterms import occurrences, replace
from derive.terms import (
    BINDERS,
    Apply,
    Cov,
    Delta,
    E,
    Entry,
    Partial,
    Product,
    Range,
    Sum,
    Var,
    term,
)

a, b, c, j, k = symbols("a b c j k")
n = Symbol("n")


def x(*indices: Any) -> Entry:
    return Entry("x", *indices)


def w(*indices: Any) -> Entry:
    return Entry("w", *indices)


# -- bound indices


def weights() -> Model:
    model = Model("weights")
    size = model.size("n")
    model.random("w", (j, 1, size))
    model.assume("each", Independent((Unit(("w",), each=True),)), text="the w_j independent")
    return model


def test_the_covariance_of_two_entries_vanishes_only_where_they_differ() -> None:
    both = (a, 1, n), (b, 1, n)
    moment = E(w(a) * w(b))
    with pytest.raises(Refused, match="both sides are made of w"):
        RULES["independence"].rewrite(moment, Scope(weights(), ranges(*both)), (w(a), w(b)))
    apart = Scope(weights(), ranges(both[0], (b, 1, n, (a,))))
    found = RULES["independence"].rewrite(moment, apart, (w(a), w(b)))
    assert (found.new, found.uses) == (E(w(a)) * E(w(b)), {"each"})


def test_equal_sums_with_other_dummy_names_are_the_same() -> None:
    one, other = Sum(w(a) * x(a), (a, 1, n)), Sum(w(b) * x(b), (b, 1, n))
    assert one != other
    assert same(one, other)
    assert same(Var(one) + one * k, Var(other) + other * k)
    assert same(one + other, 2 * one)
    assert same(one * other, one**2)
    assert not same(one, Sum(w(a) * x(b), (a, 1, n)))
    assert not same(one, Sum(w(a) * x(a), (a, 1, n - 1)))
    assert not same(one, Sum(w(a) * x(a), (a, 1, n, (k,))))
    assert not same(one, Product(w(a) * x(a), (a, 1, n)))


def test_nested_sums_are_the_same_by_structure_not_by_name() -> None:
    def nest(p: Symbol, q: Symbol, body: Expr) -> Expr:
        return Sum(Sum(body, (q, 1, n, (p,))), (p, 1, n))

    assert same(nest(a, b, x(a) * w(b)), nest(b, a, x(b) * w(a)))
    assert not same(nest(a, b, x(a) * w(b)), nest(a, b, x(b) * w(a)))
    assert not same(nest(a, b, x(a) * w(a)), nest(a, b, x(a) * w(b)))


@pytest.mark.parametrize("head", [Cov, Delta])
def test_symmetric_nodes_stay_so_under_renaming(head: Any) -> None:
    def over(p: Symbol, q: Symbol) -> Expr:
        return Sum(Sum(head(p, q) if head is Delta else head(x(p), w(q)), (q, 1, n)), (p, 1, n))

    assert same(over(a, b), over(b, a))
    assert same(over(a, b), over(k, c))
    assert head(a, b) == head(b, a)


def test_substitution_under_a_sum_never_captures() -> None:
    e = Sum(w(a) * x(b), (a, 1, b))
    assert same(put(e, b, a), Sum(w(c) * x(a), (c, 1, a)))
    assert same(put(e, b, a + 1), Sum(w(c) * x(a + 1), (c, 1, a + 1)))
    assert put(e, a, k) == e, "a is bound"
    assert same(put(e, x(b), w(a)), Sum(w(c) * w(a), (c, 1, b)))
    assert put(Sum(x(a), (a, 1, a)), a, 3) == Sum(x(a), (a, 1, 3)), "the limit is outside"


def test_substitution_is_simultaneous() -> None:
    assert put(x(a) * w(b), {a: b, b: a}) == x(b) * w(a)
    assert same(
        put(Sum(x(a) * w(b) * x(c), (a, b, c)), {b: c, c: b}), Sum(x(a) * w(c) * x(b), (a, c, b))
    )


def test_whole_families_are_replaced_without_capture() -> None:
    law = Sum(Entry("X", a), (a, 1, n))
    assert same(instantiate(law, {"X": ((j,), w(j) * x(a))}), Sum(w(b) * x(a), (b, 1, n)))
    assert instantiate(Entry("X", 3), {"X": ((j,), Sum(x(k), (k, 1, j)))}) == Sum(x(k), (k, 1, 3))
    with pytest.raises(TypeError, match="X has 1 indices here and 2 there"):
        instantiate(law, {"X": ((j, k), x(j))})


def test_a_subterm_is_replaced_only_under_the_same_binders() -> None:
    over = Range(a, Integer(1), n)
    line = Sum(x(a), over) + x(a) + Sum(x(a), (a, 2, n))
    found = [above for e, above in occurrences(line, lambda e: e == x(a))]
    assert sorted(map(len, found)) == [0, 1, 1]
    assert replace(line, x(a), w(a), (over,)) == Sum(w(a), over) + x(a) + Sum(x(a), (a, 2, n))
    assert replace(line, x(a), w(a), ()) == Sum(x(a), over) + w(a) + Sum(x(a), (a, 2, n))


def test_what_stands_in_a_derivative_is_no_place_to_rewrite() -> None:
    slope = Partial(Entry("C"), x(a))
    assert replace(slope * x(a), x(a), w(a), ()) == slope * w(a)
    assert [e for e, _ in occurrences(slope, lambda e: isinstance(e, Entry))] == []
    assert put(slope, a, 3) == Partial(Entry("C"), x(3)), "its indices are substituted"


# -- nodes do nothing when they are built


@pytest.mark.parametrize("head", [E, Var])
def test_heads_do_nothing(head: Any) -> None:
    for inside in (Integer(0), Integer(3), n, x(1), 2 * x(1) + n, head(x(1))):
        assert type(head(inside)) is head
        assert head(inside).args == (inside,)
    assert Cov(x(1), 0) != 0
    assert Sum(0, (a, 1, n)) != 0
    assert Product(1, (a, 1, n)) != 1
    assert Delta(1, 1) != 1


@pytest.mark.parametrize("wrong", ["x", 0.5, None, True, [1], Sum])
def test_only_numbers_and_expressions_are_terms(wrong: Any) -> None:
    with pytest.raises(TypeError, match="not a term"):
        term(wrong)
    for build in (
        E,
        Var,
        lambda e: Cov(e, 1),
        lambda e: Entry("x", e),
        lambda e: Sum(e, (a, 1, 2)),
    ):
        with pytest.raises(TypeError, match="not a term"):
            build(wrong)


def test_a_bound_index_is_a_symbol() -> None:
    with pytest.raises(TypeError, match="a bound index is a symbol"):
        Sum(x(1), (x(1), 1, n))


def test_free_symbols_leave_out_what_is_bound() -> None:
    assert Sum(x(a) * w(b), (a, c, n, (k,))).free_symbols == {b, c, n, k}
    assert Sum(x(a), (a, 1, a)).free_symbols == {a}


def test_factors_count_small_powers_as_equal_factors() -> None:
    assert factors(x(1) ** 3 * w(1)) in ((x(1),) * 3 + (w(1),), (w(1),) + (x(1),) * 3)
    assert factors(x(1) ** n) == (x(1) ** n,)


# -- terms made at random


NAMES = (a, b, c)
indices = st.sampled_from([*NAMES, *(name + 1 for name in NAMES), Integer(1), Integer(2)])


def binders(body: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    def build(kind: Any, e: Expr, index: Symbol, lo: int, hi: Expr, but: list[Expr]) -> Expr:
        return kind(e, (index, lo, hi, tuple(but)))

    small = st.sampled_from([Integer(2), Integer(0), *NAMES])
    return st.builds(
        build,
        st.sampled_from(BINDERS),
        body,
        st.sampled_from(NAMES),
        st.sampled_from([0, 1]),
        small,
        st.lists(st.sampled_from(NAMES), max_size=1),
    )


def larger(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        binders(inner),
        st.builds(lambda p, q: p + q, inner, inner),
        st.builds(lambda p, q: p * q, inner, inner),
        st.builds(lambda e: e**2, inner),
        st.builds(Delta, indices, indices),
    )


leaves = st.one_of(
    st.builds(Entry, st.sampled_from(["x", "w"]), indices),
    st.builds(Entry, st.just("v"), indices, indices),
)
terms = st.recursive(leaves, larger, max_leaves=6)
values = st.fixed_dictionaries({name: st.integers(0, 3) for name in NAMES})


def brute(e: Expr, at: dict[Any, int]) -> Any:
    """The value of a term, every entry a number made of its name and indices."""
    if isinstance(e, Symbol):
        return at[e]
    if isinstance(e, Entry):
        numbers = [brute(index, at) for index in e.indices]
        return (
            sum((2 - place) * number for place, number in enumerate(numbers))
            + len(numbers)
            - ord(e.name) % 5
        )
    if isinstance(e, BINDERS):
        index, lo, hi, but = e.range
        out = {brute(value, at) for value in but}
        found = [
            brute(e.body, {**at, index: value})
            for value in range(brute(lo, at), brute(hi, at) + 1)
            if value not in out
        ]
        return sum(found) if isinstance(e, Sum) else prod(found)
    if isinstance(e, Delta):
        return int(brute(e.args[0], at) == brute(e.args[1], at))
    parts = [brute(part, at) for part in e.args]
    if isinstance(e, Add):
        return sum(parts)
    if isinstance(e, Mul):
        return prod(parts)
    if isinstance(e, Pow):
        return parts[0] ** parts[1]
    return int(e) if e.is_Integer else F(int(e.p), int(e.q))


def with_other_names(e: Expr, names: list[Symbol]) -> Expr:
    """The same term with bound names taken from a list of unused ones."""
    if not e.args:
        return e
    if isinstance(e, BINDERS):
        index, lo, hi, but = e.range
        new = names.pop()
        body = with_other_names(put(e.body, index, new), names)
        return e.func(body, (new, lo, hi, but))
    return e.func(
        *(with_other_names(part, names) if isinstance(part, Expr) else part for part in e.args)
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(terms, values)
def test_renaming_bound_names_changes_nothing(e: Expr, at: dict[Any, int]) -> None:
    other = with_other_names(e, [Symbol(f"q{number}") for number in range(40)])
    assert same(e, other)
    assert same(other, e)
    assert brute(e, at) == brute(other, at) == brute(canonical(e), at)
    assert canonical(canonical(e)) == canonical(e)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(terms, terms, terms)
def test_same_is_an_equivalence(e: Expr, f: Expr, g: Expr) -> None:
    assert same(e, e)
    assert same(e, f) == same(f, e)
    if same(e, f) and same(f, g):
        assert same(e, g)
    if same(e, f):
        at = {name: place + 1 for place, name in enumerate(NAMES)}
        assert brute(e, at) == brute(f, at)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    terms,
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from([*NAMES, a + 1, b + 1, Integer(2)])),
    values,
)
def test_substituting_is_evaluating_elsewhere(e: Expr, changes: Any, at: dict[Any, int]) -> None:
    there = {**at, **{name: brute(value, at) for name, value in changes.items()}}
    assert brute(put(e, changes), at) == brute(e, there)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(terms, terms, st.sampled_from(NAMES), values)
def test_putting_a_body_for_a_family_is_evaluating_it(
    e: Expr, body: Expr, name: Symbol, at: dict[Any, int]
) -> None:
    made = instantiate(e, {"x": ((name,), body)})

    def value(e: Expr, at: dict[Any, int]) -> Any:
        if isinstance(e, Entry) and e.name == "x":
            return brute(body, {**outer, name: brute(e.indices[0], at)})
        if isinstance(e, BINDERS):
            index, lo, hi, but = e.range
            out = {brute(number, at) for number in but}
            numbers = range(brute(lo, at), brute(hi, at) + 1)
            found = [
                value(e.body, {**at, index: number}) for number in numbers if number not in out
            ]
            return sum(found) if isinstance(e, Sum) else prod(found)
        if isinstance(e, (Add, Mul)):
            parts = [value(part, at) for part in e.args]
            return sum(parts) if isinstance(e, Add) else prod(parts)
        if isinstance(e, Pow):
            return value(e.base, at) ** int(e.exp)
        return brute(e, at)

    outer = at
    assert brute(made, at) == value(e, at)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(terms, values)
def test_replacing_a_subterm_by_an_equal_one_changes_nothing(e: Expr, at: dict[Any, int]) -> None:
    found = [(old, above) for old, above in occurrences(e, lambda t: isinstance(t, Entry))]
    for old, above in found[:2]:
        longer = Mul(2, Mul(old, Integer(1) / 2), evaluate=False)
        assert brute(replace(e, old, longer, above), at) == brute(e, at)
        assert Apply("f", 0, old).at == old
