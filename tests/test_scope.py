"""What a quantity is made of, and what that says of independence, for both networks."""

from __future__ import annotations

from typing import Any

import pytest
from models import columns, glorot
from sympy import Expr, Integer, Symbol, oo, symbols

from derive.boxes import Box
from derive.claims import Sources
from derive.errors import Refused
from derive.finiteness import finite_order
from derive.independence import NotIndependent, independent
from derive.made_of import sources_of
from derive.model import Independent, Model, Unit, ranges
from derive.positive import positive
from derive.proving.network import Book, quantity
from derive.proving.recursion import finite, made_of
from derive.scope import Scope
from derive.terms import Apply, E, Entry, Partial, Sum

i, j, k, l, m, p, t, d, M = symbols("i j k l m p t d M")
C, L = Entry("C"), Entry("L")
ONE = Integer(1)


def place(model: Model, *over: Any, chains: tuple[str, ...] = ("forward", "backward")) -> Scope:
    """A place where the sources of both quantities were proved, with some indices."""
    book = Book(model)
    for chain in chains:
        made_of(book, quantity(model, chain))
    return book.scope(ranges(*over))


def boxes(model: Model, chain: str) -> dict[str, Any]:
    book = Book(model)
    made_of(book, quantity(model, "forward"))
    claim = book.part(made_of(book, quantity(model, chain))).claim
    assert isinstance(claim, Sources)
    return {box.key: box.slots for box in claim.boxes}


def test_an_activation_is_made_of_the_input_and_the_weights_below() -> None:
    assert boxes(glorot(), "forward") == {"x": (None,), "W": ((Integer(0), i - 1), None, None)}
    assert boxes(columns(), "forward") == {"v": (None,), "A": ((ONE, t), None, None)}


def test_a_gradient_is_made_of_the_weights_above_and_the_top() -> None:
    found = boxes(glorot(), "backward")
    assert found["W"] == ((i + 1, d), None, None)
    assert set(found) == {"W", "∂C/∂s"}
    found = boxes(columns(), "backward")
    assert found["A"] == ((t + 1, M), None, None)
    assert set(found) == {"A", "∂L/∂h"}


def test_they_share_nothing_at_a_symbolic_layer() -> None:
    n = glorot().families["n"]
    scope = place(glorot(), (i, 0, d), (l, 1, n[i]), (k, 1, n[i + 1]))
    z, g = Entry("z", i, l), Partial(C, Entry("s", i, k))
    uses, evidence = independent([[z], [g]], scope)
    assert uses >= {"independent-weights", "independent-inputs", "independent-top"}
    assert [e.of for e in evidence] == [z, g]
    with pytest.raises(NotIndependent) as no:
        independent([[Entry("z", i + 1, k)], [z]], scope)
    assert str(no.value) in ("both sides are made of x", "both sides are made of W")


@pytest.mark.parametrize("name", ["independent-weights", "independent-inputs", "independent-top"])
def test_without_one_independence_they_are_not_shown_independent(name: str) -> None:
    model = glorot()
    n = model.families["n"]
    scope = place(model.without([name]), (i, 0, d), (l, 1, n[i]), (k, 1, n[i + 1]))
    with pytest.raises(Refused) as no:
        independent([[Entry("z", i, l)], [Partial(C, Entry("s", i, k))]], scope)
    assert "independen" in str(no.value) or "made of" in str(no.value)


@pytest.mark.parametrize("name", ["matrices", "input", "top"])
def test_so_it_is_in_the_other_network(name: str) -> None:
    model = columns()
    N = model.families["N"]
    over = (t, 1, M), (p, 1, N[t - 1]), (k, 1, N[t])
    pair = [[Entry("h", t - 1, p)], [Partial(L, Entry("h", t, k))]]
    assert independent(pair, place(model, *over))[0] == {"matrices", "input", "top"}
    with pytest.raises(Refused):
        independent(pair, place(model.without([name]), *over))


def test_with_a_general_activation_function_the_overlap_is_found() -> None:
    model = glorot().without(["linear-regime"])
    found = boxes(model, "backward")
    assert set(found) == {"W", "∂C/∂s", "x"}, "f'(s^i) depends on everything below"
    n = model.families["n"]
    scope = place(model, (i, 0, d - 1), (k, 1, n[i + 1]), (m, 1, n[i + 2]))
    with pytest.raises(NotIndependent) as no:
        independent([[Entry("W", i + 1, k, m)], [Partial(C, Entry("s", i + 1, m))]], scope)
    assert str(no.value) == "both sides are made of W"
    assert no.value.shared is not None
    linear = place(glorot(), (i, 0, d - 1), (k, 1, n[i + 1]), (m, 1, n[i + 2]))
    assert independent([[Entry("W", i + 1, k, m)], [Partial(C, Entry("s", i + 1, m))]], linear)


def test_nothing_is_known_of_what_was_not_proved() -> None:
    scope = Scope(glorot(), ranges((i, 0, d)))
    for e in (Entry("z", i, 1), Partial(C, Entry("s", i, 1))):
        with pytest.raises(Refused, match=r"what .* is made of was not proved"):
            sources_of(e, scope)
    x = Entry("x", 1)
    assert sources_of(Entry("z", 0, 1), scope) == ((Box("x", ((ONE, ONE),)),), frozenset())
    assert sources_of(x * 2 + x**2, scope) == sources_of(x, scope)


def test_sums_widen_what_a_term_is_made_of() -> None:
    model = glorot()
    n = model.families["n"]
    scope = Scope(model, ranges((i, 0, d)))
    W = model.families["W"]
    one = Integer(1)

    def slots(e: Expr) -> Any:
        ((box,), _) = sources_of(e, scope)
        return box.slots

    assert slots(Sum(W[i, l, 1], (l, 1, n[i]))) == ((i, i), (one, n[i]), (one, one))
    assert slots(Sum(W[i, n[i] - l, 1], (l, 1, 3)))[1] == (n[i] - 3, n[i] - 1)
    assert slots(Sum(W[j, 1, 1], (j, i, d)))[0] == (i, d)
    assert slots(Sum(W[j, n[j], 1], (j, i, d)))[1] is None, "nothing is known of n between"
    assert slots(Sum(W[i, l, 1], (l, 1, n[i], (ONE,))))[1] == (one, n[i]), (
        "what is left out stays in"
    )


def block(*facts: Independent) -> Scope:
    model = Model("blocks")
    for name in "abc":
        model.random(name, (j, 1, 5))
    for number, fact in enumerate(facts):
        model.assume(f"fact {number + 1}", fact, text="")
    return Scope(model, ranges((k, 1, 4)))


def unit(keys: str, each: bool = False) -> Unit:
    return Unit(tuple(keys), each)


A, B, D = (Entry(name, 1) for name in "abc")


@pytest.mark.parametrize(
    ("facts", "groups", "uses"),
    [
        ([(unit("a"), unit("b"), unit("c"))], [[A], [B], [D]], {1}),
        ([(unit("ab"), unit("c")), (unit("a"), unit("b"))], [[A], [B], [D]], {1, 2}),
        ([(unit("ab"), unit("c"))], [[A, B], [D]], {1}),
        ([(unit("ab"), unit("c"))], [[A], [B], [D]], None),
        ([(unit("ab"), unit("c")), (unit("a"), unit("b"))], [[A, D], [B]], {1, 2}),
        (
            [(unit("a"), unit("b")), (unit("b"), unit("c")), (unit("a"), unit("c"))],
            [[A], [B], [D]],
            None,
        ),
        ([(unit("a"), unit("b")), (unit("b"), unit("c"))], [[A], [B, D]], None),
        ([(unit("a", True),)], [[A], [Entry("a", 2)]], {1}),
        ([(unit("a", True),)], [[Entry("a", k)], [Entry("a", k + 1)]], {1}),
        ([(unit("a", True),)], [[A], [Entry("a", k)]], None),
        ([(unit("a", True), unit("b"))], [[A, B], [Entry("a", 2)]], {1}),
        ([(unit("a", True), unit("b"))], [[A, B], [Entry("b", 2)]], None),
        ([(unit("a"), unit("b"))], [[A], [Entry("a", 2)]], None),
        ([(unit("ab", True),)], [[A, B], [Entry("a", 2)], [Entry("b", k + 2)]], {1}),
        ([(unit("ab", True),)], [[A], [Entry("b", k + 1)]], {1}),
        ([(unit("ab", True),)], [[A], [B]], None),
        ([(unit("ab", True),)], [[A], [D]], None),
        ([], [[A], [B]], None),
        ([], [[ONE], [B]], set()),
    ],
)
def test_facts_of_independence_are_put_together(facts: Any, groups: Any, uses: Any) -> None:
    scope = block(*(Independent(units) for units in facts))
    if uses is None:
        with pytest.raises(NotIndependent):
            independent(groups, scope)
    else:
        assert independent(groups, scope)[0] == {f"fact {number}" for number in uses}
        assert independent(groups[::-1], scope)[0] == {f"fact {number}" for number in uses}


@pytest.mark.parametrize(
    ("e", "order"),
    [
        (A, 2),
        (ONE, oo),
        (A + D, 2),
        (A * B, 2),
        (A * D, 1),
        (A**2, 1),
        (A**3, Integer(2) / 3),
        (A * B * D, Integer(2) / 3),
        (A**2 * B, Integer(2) / 3),
        (1 / A, 0),
        (Sum(Entry("a", l) * Entry("b", l), (l, 1, 5)), 2),
        (Apply("f", 1, A), 2),
    ],
)
def test_how_many_moments_are_finite(e: Expr, order: Any) -> None:
    scope = block(Independent((unit("a"), unit("b"))))
    assert finite_order(e, scope)[0] == order


def test_finite_second_moments_come_from_independence() -> None:
    model = glorot()
    book = Book(model)
    finite(book, quantity(model, "forward"))
    scope = book.scope(ranges((i, 0, d)))
    assert finite_order(Entry("z", i, 1), scope)[0] == 2
    less = Book(model.without(["independent-inputs"]))
    with pytest.raises(Refused):
        finite(less, quantity(less.model, "forward"))


def test_names_are_kept_apart() -> None:
    scope = Scope(glorot(), ranges((i, 0, d)))
    for name in (i, d):
        with pytest.raises(Refused, match=f"{name} is bound here and has a meaning outside"):
            scope.within(ranges((name, 0, 1)))
        body, over, inner = scope.open(Sum(Entry("x", name), (name, 1, name)))
        assert over.index == Symbol(f"{name}'") and over.hi == name
        assert body == Entry("x", over.index)
        assert inner.order.leq(over.index, name)


# -- what is positive


def test_even_moments_and_sums_with_one_positive_term() -> None:
    model = Model("signs")
    n = model.size("n")
    model.random("X")
    model.given("a")
    model.given("p", above=0, below=1)
    model.defined("Y")
    x, y, a, p = (Entry(name) for name in "XYap")
    scope = Scope(model, over=("S",))
    for e in (E(x**2), E(x**4) * n, n + a**2, 1 + 3 * a**2 + a**4, Integer(1) - p, a**2 + p):
        assert positive(e, scope), e
    for e in (E(x), E(x**3), E(y**2), E(Entry("S") ** 2), a**2, a**2 + a**4, n - a**2, n + a**3,
              n + a, a, n * a**2 - 1):  # fmt: skip
        assert not positive(e, scope), e
