"""The normal form of moments under attack: random terms, everything declared, counted exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Integer, Mul, Symbol, symbols

from derive.counting.instance import Instance, Joint, three_point, two_point
from derive.counting.oracle import evaluate
from derive.errors import Refused
from derive.forms import Undecided
from derive.model import Independent, Model, SameLaw, Statement, Symmetric, Unit, identical, ranges
from derive.moments import normal
from derive.order import ZERO
from derive.scope import Scope
from derive.terms import Cov, Delta, E, Entry, Range, Sum, Var

j, k, l, n = symbols("j k l n")
ONE = Integer(1)
FREE = (l, Symbol("j'"))  # the second is a name that bound indices get when written out


def entry(name: str, *indices: Any) -> Entry:
    return Entry(name, *indices)


def network() -> Model:
    """Two layers of weights, inputs in one block, a block of two, a symmetric family, a sum.

    Every kind of fact is declared: independence of entries and of blocks, means, symmetry,
    equal variances, equal laws over one of two indices.
    """
    model = Model("attacked")
    size = model.size("n")
    over = (j, 1, size)
    model.random("w", (k, 1, 2), over)
    model.random("x", over)
    model.random("u", over)
    model.random("v", (k, 1, 2), over)
    model.random("m", over)
    model.given("g", over)
    model.defined("y", (k, 1, 2))
    model.define(entry("y", k), Sum(entry("w", k, j) * entry("x", j), over), (k, 1, 2))
    units = (Unit(("w",), True), Unit(("u",), True), Unit(("x",)), Unit(("v",), True), Unit(("m",)))
    model.assume("apart", Independent(units), text="")
    w, v = entry("w", k, j), entry("v", k, j)
    layers = ranges((k, 1, 2), over)
    model.assume("centred", Statement(E(w), ZERO, layers), text="")
    model.assume("alike", identical(Var(w), over, at=((k, 1, 2),)), text="")
    model.assume("even", Symmetric("u"), text="")
    m = entry("m", j)
    model.assume("mask", Statement(m**2, m, ranges(over)), text="")
    model.assume("kept", Statement(E(m), entry("g", j), ranges(over)), text="")
    model.assume("law", SameLaw("v", (1,)), text="")
    model.assume("mean", identical(E(v), over, at=((k, 1, 2),)), text="")
    return model


MODEL = network()


def counted(size: int, seed: int) -> Instance:
    """Laws in which nothing holds but what is declared."""
    joint = Joint(
        tuple(entry("x", i) for i in range(1, size + 1)),
        tuple(
            (tuple(Fraction(a * (i + 1) + i, 1 + seed) for i in range(size)), Fraction(p, 3))
            for a, p in ((-1, 1), (3, 2))
        ),
    )
    # one number in 0 … 1 decides on all masks, so that they depend on each other
    cuts = tuple(entry("m", i) for i in range(1, size + 1))
    masks = Joint(
        cuts,
        tuple(
            (tuple(int(i > size - above) for i in range(1, size + 1)), Fraction(1, size + 1))
            for above in range(size + 1)
        ),
    )
    return Instance(
        MODEL,
        {n: size},
        laws={
            "w": lambda a, b: two_point(a + seed) if b % 2 else three_wide(a + seed),
            "u": lambda b: three_point(b + seed, symmetric=True),
            "v": lambda a, _: two_point(a + 1, mean=a + seed),
        },
        joints=[joint, masks],
        given={"g": lambda b: Fraction(b, size + 1)},
    )


def three_wide(variance: int) -> Any:
    """Another law of the same variance and mean 0."""
    return tuple((-value, p) for value, p in two_point(variance))


def over(index: Symbol, but: tuple[Any, ...] = ()) -> Range:
    return Range(index, ONE, n, but)


@st.composite
def atoms(draw: Any, names: tuple[Any, ...]) -> Expr:
    at = draw(st.sampled_from(names))
    layer = draw(st.sampled_from([1, 2]))
    return draw(st.sampled_from([
        entry("w", layer, at), entry("x", at), entry("u", at), entry("v", layer, at),
        entry("y", layer), Delta(at, names[0]), entry("m", at), entry("m", at) ** 2, entry("g", at),
    ]))  # fmt: skip


@st.composite
def products(draw: Any, names: tuple[Any, ...], most: int = 3) -> Expr:
    found = draw(st.lists(atoms(names), min_size=1, max_size=most))
    return Mul(*found, draw(st.sampled_from([1, 2, -1])))


@st.composite
def sums(draw: Any, free: tuple[Any, ...]) -> Expr:
    """A sum over j, perhaps over k as well, perhaps with j = k or j = l left out."""
    shape = draw(st.sampled_from(["one", "less", "two", "apart", "plain"]))
    if shape == "plain":
        return draw(products(free))
    if shape == "one":
        return Sum(draw(products((j, *free))), over(j))
    if shape == "less" and isinstance(free[0], Symbol):
        return Sum(draw(products((j, *free))), over(j, free))
    body = draw(products((j, k, *free), 2))
    return Sum(Sum(body, over(k, (j,) if shape == "apart" else ())), over(j))


@st.composite
def claims(draw: Any, free: tuple[Any, ...]) -> Expr:
    """A moment, or a product of moments under another one and in a sum."""
    a, b = draw(sums(free)), draw(products(free, 2))
    kind = draw(st.sampled_from(["E", "Var", "Cov", "nested", "summed", "plus"]))
    if kind == "E":
        return E(a * b)
    if kind == "Var":
        return Var(a)
    if kind == "Cov":
        return Cov(a, b)
    if kind == "nested":
        return E(b * E(a))
    if kind == "summed":
        inner = draw(products((j, *free), 2))
        return Sum(E(inner) * draw(st.sampled_from([E, Var]))(draw(atoms((j, *free)))), over(j))
    return Var(a + b) - E(a) * E(b)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(0, 2), st.booleans())
def test_what_is_declared_is_used_rightly(data: Any, size: int, seed: int, fixed: bool) -> None:
    name = data.draw(st.sampled_from(FREE))
    e = data.draw(claims((name,) if fixed else (ONE,)))
    scope = Scope(MODEL, (over(name),) if fixed else ())
    try:
        form = normal(e, scope)
    except (Undecided, Refused):
        return
    instance = counted(size, seed)
    for point in range(1, size + 1) if fixed else (1,):
        at = {name: point} if fixed else {}
        values = [evaluate(side, instance, at) for side in (e, form.expression())]
        assert values[0] == values[1], f"{e} became {form.expression()} at {at}, n = {size}"
