"""False statements with derivations that were made up for them: each one must be refused.

Every test is a way in which a checker of this kind has gone wrong, or could.
"""

from __future__ import annotations

from typing import Any

import pytest
import sympy
from sympy import Expr, Float, Integer, Rational, Symbol, nan, oo, symbols

from derive.boxes import Box
from derive.claims import Claim, Finite, Sources
from derive.errors import Refused, Undeclared
from derive.kernel import replay
from derive.model import Independent, Model, SameLaw, Statement, Unit, ranges
from derive.proofs import HYPOTHESIS, Cases, Chain, Derivation, From, Induction, Part, Step
from derive.proving.laws import variance_of_a_sum
from derive.rules import RULES, specialised
from derive.scope import Scope
from derive.substitution import put, same
from derive.terms import Apply, Delta, E, Entry, Partial, Sum, Var

a, b, i, j, k, l = symbols("a b i j k l")
ZERO, ONE = Integer(0), Integer(1)


def step(
    rule: str, old: Expr, new: Expr, *args: Any, after: Expr | None = None, backward: bool = False
) -> Step:
    """A forged step; the whole line is rewritten unless a line after is given."""
    return Step(rule, args, old, new, new if after is None else after, 1, backward)


def chain(name: str, claim: Claim, *steps: Step, right: tuple[Step, ...] = ()) -> Part:
    """A claim with the rewriting that is said to prove it."""
    return Part(name, claim, Chain(steps, right))


def refused(model: Model, *parts: Part) -> str:
    """The words with which a derivation is refused."""
    with pytest.raises(Refused) as why:
        replay(Derivation(model, parts))
    return str(why.value)


def row() -> tuple[Model, Symbol, Any]:
    """n random variables."""
    model = Model("row")
    n = model.size("n")
    return model, n, model.random("x", (j, 1, n))


def test_a_bound_name_that_gives_way_does_not_take_a_name_that_is_replaced() -> None:
    prime = Symbol("a'")
    e = Sum(Entry("x", a) * Entry("y", b), (a, 1, 3))
    assert same(put(e, {b: a, prime: Integer(5)}), put(e, b, a))


@pytest.mark.parametrize("name", ["\x000", "_0"])
def test_no_name_is_taken_for_a_bound_one(name: str) -> None:
    other = Symbol(name)
    x = [Entry("x", a, other), Entry("x", a, a)]
    assert not same(Sum(x[0], (a, 1, 3)), Sum(x[1], (a, 1, 3)))


@pytest.mark.parametrize("name", ["\x020", "\x011", "\x01\x010", "_0"])
def test_no_name_is_taken_for_one_that_is_bound_in_a_normal_form(name: str) -> None:
    model, n, x = row()
    b = Symbol(name)
    others = (j, 1, n, (b,))
    claim = Statement(Sum(x[b] * x[j], others), Sum(x[j] ** 2, others), ranges((b, 1, n)))
    why = refused(model, Part("p", claim, Chain((), (), moments=True)))
    assert "have not one normal form" in why or "has a meaning outside" in why


# -- names that mean two things


def test_two_binders_with_one_name_and_a_limit_that_speaks_of_the_outer_one() -> None:
    model, n, _ = row()
    over = (i, i + 1, n), (i, 1, n)
    left = Sum(Sum(Delta(i, n), over[0]), over[1])
    zero = Sum(Sum(ZERO, over[0]), over[1])
    why = refused(
        model,
        chain("n - 1 is 0", Statement(left, zero), step("delta", Delta(i, n), ZERO, after=zero)),
    )
    assert why == "n - 1 is 0, step 1 (delta): i is bound here and has a meaning outside"


def test_a_limit_that_has_the_name_of_the_index() -> None:
    model, n, x = row()
    claim = Statement(Sum(Delta(j, n) * x[j], (j, 1, j)), x[n], ranges((j, 1, n)))
    why = refused(model, chain("x_n is reached", claim, step("sum over a delta", claim.left, x[n])))
    assert why.endswith("(sum over a delta): 1 ≤ n ≤ j was not shown")


def test_the_induction_hypothesis_is_not_about_a_bound_index_of_the_same_name() -> None:
    model = Model("shadow")
    d = model.size("d", 2)
    model.random("x")
    model.random("w")
    z = model.defined("z", (i, 0, 2 * d))
    model.define(z[0], Entry("x"))
    model.define(z[i + 1], Sum(z[i], (i, d + 1, 2 * d)), (i, 0, d - 1))
    model.define(z[i], Entry("w"), (i, d + 1, 2 * d))
    claim = Sources(z[i], (Box("x", ()),), ranges((i, 0, d)))
    base = From("definition", "definition of z")
    more = From("definition", "definition of z (2)", 0, ((i, i),))
    why = refused(model, Part("z is made of x", claim, Induction(i, True, base, more)))
    assert why == "z is made of x: z[i + 1] is made of more than is claimed"


def test_a_bound_index_with_the_name_of_a_size_is_not_that_size() -> None:
    model = Model("sizes")
    n = model.size("n", 2)
    x = model.random("x", (j, -9, 9))
    q = model.defined("q", (j, 1, 3))
    model.define(q[j], x[j], (j, 1, 3))
    claim = Sources(Sum(q[n], (n, -3, 0)), (Box("x", ((ONE, Integer(3)),)),), ())
    why = refused(model, Part("q below 1", claim, From("", "")))
    assert why == "q below 1: what q[n'] is made of was not proved"


def cite(name: str, old: Expr, new: Expr, at: Any = (), **more: Any) -> Step:
    """A citation of a lemma, or of the induction hypothesis."""
    return step("lemma", old, new, name, 0, at, (), **more)


def defined(which: str, old: Expr, new: Expr, at: Any = ()) -> Step:
    """A definition put in."""
    return step("definition", old, new, which, 0, at, ())


def test_in_a_case_of_the_step_the_hypothesis_is_about_that_case_only() -> None:
    model = Model("cases")
    d = model.size("d", 2)
    w, y = model.random("w", (j, 1, 2 * d)), model.defined("y", (i, 0, 2 * d))
    far = (i, d + 1, 2 * d)
    model.define(y[0], 0)
    model.define(y[1], Sum(y[i], far))
    model.define(y[i + 1], y[i], (i, 1, d - 1))
    model.define(y[i], w[i], far)
    base = Chain((defined("definition of y", y[0], ZERO),))
    there = Chain(
        (
            defined("definition of y (2)", y[1], Sum(y[i], far)),
            cite(HYPOTHESIS, y[i], ZERO, after=Sum(ZERO, far)),
            step("sum of equal terms", Sum(ZERO, far), ZERO),
        )
    )
    elsewhere = Chain(
        (
            defined("definition of y (3)", y[i + 1], y[i], ((i, i),)),
            cite(HYPOTHESIS, y[i], ZERO),
        )
    )
    claim = Statement(y[i], ZERO, ranges((i, 0, d)))
    proof = Induction(i, True, base, Cases(i, ZERO, there, elsewhere))
    why = refused(model, Part("y is 0", claim, proof))
    assert why == "y is 0, i = 0, step 2 (lemma): induction hypothesis speaks of y[0], not of y[i]"


def test_an_equation_made_special_keeps_its_open_indices_apart_from_the_values() -> None:
    x = Entry("x", i, l)
    s = Statement(x, ZERO, ranges((i, 1, 3), (l, 1, 3)))
    scope = Scope(Model("m"), ranges((l, 1, 3)))
    with pytest.raises(Refused, match="the values depend on indices that are left open"):
        specialised(s, {i: l}, scope)  # x_{l,l} = 0 is not what it says


def test_rules_cannot_be_added_or_changed_from_outside() -> None:
    table: Any = RULES
    before = dict(RULES)
    with pytest.raises(TypeError, match="does not support item assignment"):
        table["anything"] = RULES["algebra"]
    for change in ("update", "setdefault", "pop", "clear"):
        assert not hasattr(table, change)
    assert dict(RULES) == before


# -- claims that say more than is shown


def test_what_is_declared_independent_of_itself_is_not_split_for_ever() -> None:
    model = Model("itself")
    model.random("x")
    x = Entry("x")
    model.assume("odd", Independent((Unit(("x",)), Unit(("x",)))), text="x independent of x")
    split = step("independence", E(x**2), E(x) ** 2, x, x)
    why = refused(model, chain("square", Statement(E(x**2), E(x) ** 2), split))
    assert why == "square, step 1 (independence): both sides are made of x"


def test_conditions_of_a_law_are_about_its_schematic_variables_only() -> None:
    model = Model("two")
    model.random("x")
    model.random("y")
    x, y = Entry("x"), Entry("y")
    given = (Independent((Unit(("x",)), Unit(("y",)))),)
    claim = Statement(E(x * y), E(x) * E(y), (), (), given)
    why = refused(
        model, chain("product", claim, step("independence", claim.left, claim.right, x, y))
    )
    assert why in [f"product: a condition on {name}, which is not schematic" for name in "xy"]


# -- forged data


def circle() -> tuple[Model, Expr, Expr]:
    """A model in which a is b and b is a."""
    model = Model("circle")
    model.random("x")
    model.defined("a")
    model.defined("b")
    model.define(Entry("a"), Entry("b"))
    model.define(Entry("b"), Entry("a"))
    return model, Entry("a"), Entry("x")


def test_definitions_in_a_circle_are_refused_in_words() -> None:
    model, p, x = circle()
    claim = Statement(E(p * x), E(p) * E(x))
    why = refused(
        model, chain("product", claim, step("independence", claim.left, claim.right, p, x))
    )
    assert why == (
        "product, step 1 (independence): definitions lead in a circle, or too deep to be followed"
    )


@pytest.mark.parametrize(
    "forged",
    [
        Step("algebra", (), ZERO, ONE, ONE),
        Step("algebra", ("x - x",), ZERO, ONE, ONE),
        Step("algebra", (ONE,), ZERO, ONE, ONE),
        Step("algebra", (None,), ZERO, ONE, ONE),
        Step("algebra", ([ONE],), ZERO, ONE, ONE),
        Step("lemma", ("p", "0", "", ""), ZERO, ONE, ONE),
        Step("definition", (None, None, None, None), ZERO, ONE, ONE),
        Step("assumption", (0,), ZERO, ONE, ONE),
        Step("independence", (2, 3.5, "x"), ZERO, ONE, ONE),
        Step("", (), ZERO, ONE, ONE),
        Step(None, (), ZERO, ONE, ONE),  # type: ignore[arg-type]  # forged
        Step([], (), ZERO, ONE, ONE),  # type: ignore[arg-type]  # forged
        Step("algebra", None, ZERO, ONE, ONE),  # type: ignore[arg-type]  # forged
        Step("algebra", (ONE,), None, ONE, ONE),
        Step("algebra", (ONE,), ZERO, "1", ONE),
        Step("algebra", (ZERO,), ZERO, ZERO, "1"),
        Step("algebra", (ZERO,), ZERO, ZERO, None),
        "a step",
        None,
    ],
)
def test_steps_of_any_other_form_are_refused(forged: Any) -> None:
    assert refused(Model("m"), chain("0 = 1", Statement(ZERO, ONE), forged)).startswith("0 = 1")


@pytest.mark.parametrize(
    "part",
    [
        Part("p", None, Chain(())),  # type: ignore[arg-type]  # forged
        Part("p", Statement(None, None), Chain(())),
        Part("p", Statement(ZERO, "0"), Chain(())),
        Part("p", Statement(ZERO, ONE), None),  # type: ignore[arg-type]  # forged
        Part("p", Statement(ZERO, ONE), Chain(None)),  # type: ignore[arg-type]  # forged
        Part("p", Statement(ZERO, ONE, (1,)), Chain(())),  # type: ignore[arg-type]  # forged
        Part("p", Statement(ZERO, ONE), From("", "")),
        Part("p", Statement(ZERO, ONE), Induction(i, True, Chain(()), Chain(()))),
        Part("p", Statement(ZERO, ONE), Cases(i, ZERO, Chain(()), Chain(()))),
        Part("p", Sources(Entry("x"), (Box("x", ()),), ()), Chain(())),
        Part("p", Sources(Entry("x"), None, ()), From("", "")),  # type: ignore[arg-type]  # forged
        Part("p", Finite(Entry("x"), 1, ()), From("lemma", "p")),
        Part("p", Finite(Entry("x"), None, ()), From("", "")),  # type: ignore[arg-type]  # forged
        Part("p", Finite(Entry("x"), 3, ()), From("", "")),
    ],
)
def test_parts_of_any_other_form_are_refused(part: Part) -> None:
    model = Model("m")
    model.random("x")
    assert refused(model, part)


def test_a_derivation_without_parts_shows_nothing() -> None:
    assert refused(Model("m")) == "a derivation without parts shows nothing"


# -- expressions without a meaning


def test_nothing_is_divided_by_what_may_be_zero() -> None:
    model = Model("zero")
    model.random("w")
    model.random("x")
    w, x = E(Entry("w")), E(Entry("x"))
    model.assume("zero", Statement(w, ZERO), Statement(x, ZERO), text="E[w] = E[x] = 0")

    def zero(which: int, old: Expr, after: Expr = ZERO) -> Step:
        return step("assumption", old, ZERO, "zero", which, (), (), after=after)

    alike = chain("alike", Statement(x, w), zero(1, x), right=(zero(0, w),))
    one = chain("one", Statement(w / x, ONE), cite("alike", x, w, after=ONE))
    back = cite("one", ONE, w / x, backward=True)
    why = refused(model, alike, one, chain("1 = 0", Statement(ONE, ZERO), back, zero(0, w)))
    assert why == "one: E(x) was not shown to be positive, so 1/E(x) may have no value"


@pytest.mark.parametrize(
    ("base", "exponent", "fine"),
    [
        (Symbol("n"), -1, True),
        (Symbol("m"), -1, False),
        (Symbol("m") + 1, -2, True),
        (Var(Entry("x")), -1, True),
        (Var(Entry("x") + 1), -1, False),
        (Symbol("n") * Var(Entry("x")), Rational(-1, 2), True),
        (E(Entry("x")), Rational(1, 2), False),
        (E(Entry("x")), i, True),
        (E(Entry("x")), i - 1, False),
        (Symbol("n"), i - 5, True),
        (Entry("x"), -1, False),
        (Integer(-1), Rational(1, 3), False),
        (Symbol("n") - 1, -1, False),
    ],
)
def test_powers_have_a_value(base: Expr, exponent: Any, fine: bool) -> None:
    model = Model("m")
    model.size("n")
    model.size("m", 0)
    model.random("x")
    power = base**exponent
    part = chain("p", Statement(power, power, ranges((i, 0, 9))))
    if fine:
        assert replay(Derivation(model, (part,))).uses == frozenset()
    else:
        assert refused(model, part).startswith(f"p: {base} was not shown to be positive")


def test_derivatives_are_by_declared_variables_not_by_schematic_ones() -> None:
    model = Model("cost")
    model.random("w")
    model.defined("s")
    model.define(Entry("s"), Entry("w") ** 2)
    C = model.cost("C", Entry("s"))
    law = Statement(Partial(C, Entry("v")), ZERO, (), ("v",))
    free = chain("free", law, step("chain rule", law.left, ZERO))
    claim = Statement(Partial(C, Entry("w")), ZERO)
    old = step("lemma", claim.left, ZERO, "free", 0, (), (("v", ((), Entry("w"))),))
    assert refused(model, free, chain("no slope", claim, old)) == "free: v is not declared"


X, N = Entry("x"), Entry("N")


@pytest.mark.parametrize(
    ("e", "why"),
    [
        (Sum(X, (j, 1, N)), "N is no whole number that is fixed"),
        (E(Sum(X, (j, 1, N))), "N is no whole number that is fixed"),
        (Delta(N, 1), "N is no whole number that is fixed"),
        (Entry("v", N), "N is no whole number that is fixed"),
        (Entry("v", 1, 2), "v[1, 2] has not the number of indices that was declared"),
        (Sum(1, (j, 1, Symbol("n") / 2)), "1/2 is no whole number that is fixed"),
        (Entry("q"), "q is not declared"),
        (E(Entry("n")), "n is not declared"),
        (X * Symbol("q"), "q has no meaning in this place"),
        (Sum(j, (j, 1, 2)) + j, "j has no meaning in this place"),
        (Apply("g", 0, X), "g is not a declared function"),
        (Apply("f", -1, X), "f is not a declared function"),
        (Apply("f", Rational(1, 2), X), "f is not a declared function"),
        (Partial(Entry("C"), Symbol("n")), "d(C)/d(n) is not a derivative of declared things"),
        (Partial(X, X) + Partial(X * X, X), "d(x**2)/d(x) is not a derivative of declared things"),
        (
            Partial(Entry("C"), Entry("width", 1)),
            "d(C)/d(width[1]) is not a derivative of declared things",
        ),
        (Float(0.1) * X, "0.100000000000000 is not a term"),
        (oo * E(X), "oo is not a term"),
        (nan + E(X), "nan is not a term"),
        (sympy.Sum(j, (j, 1, 3)), "Sum(j, (j, 1, 3)) is not a term"),
        (sympy.sin(X), "sin(x) is not a term"),
        (Symbol("n", positive=True), "n has no meaning in this place"),
        (Sum(1, (Symbol("k", even=True), 1, 3)), "k is no plain name"),
    ],
)
def test_expressions_without_a_meaning_are_refused(e: Expr, why: str) -> None:
    model = Model("m")
    n = model.size("n")
    for name in ("x", "N", "w"):
        model.random(name)
    model.random("v", (j, 1, n))
    model.size_family("width", (j, 1, n))
    model.function("f")
    model.defined("s")
    model.define(Entry("s"), X**2)
    model.cost("C", Entry("s"))
    assert refused(model, chain("p", Statement(e, e))) == f"p: {why}"
    start = E(X) - E(X) + 1
    forged = step("linearity of expectation", start, E(e), backward=True)
    assert refused(model, chain("p", Statement(start, start), forged))


def test_limits_of_a_law_are_whole_numbers_when_it_is_used() -> None:
    model = Model("m")
    model.random("N")
    law = variance_of_a_sum(model)
    Xj, a_, b_ = Entry("X", j), Entry("a"), Entry("b")
    assert isinstance(law.claim, Statement)
    assert law.claim.left == Var(Sum(Xj, (j, a_, b_)))
    claim = Statement(Var(Entry("N")), ZERO)
    families = (("X", ((j,), ONE)), ("a", ((), ONE)), ("b", ((), N)))
    forged = step("lemma", claim.left, ZERO, law.name, 0, (), families)
    why = refused(model, law, chain("p", claim, forged))
    assert why == "p, step 1 (lemma): N is no whole number that is fixed"


def test_names_of_a_claim_are_plain() -> None:
    even = Symbol("i", even=True)
    claim = Statement(ONE, ONE, ranges((even, 0, 3)))
    assert refused(Model("m"), chain("p", claim)) == "p: i is no plain name"


# -- laws where they do not hold


def test_one_law_for_all_does_not_exchange_a_variable_inside_a_sum_over_all() -> None:
    model, n, x = row()
    model.assume("alike", SameLaw("x", (0,)), text="the x_j have one law")
    total = Sum(x[j], (j, 1, n))
    claim = Statement(E(x[j] * total), E(x[1] * total), ranges((j, 1, n)))
    old = step("one law for all entries", claim.left, claim.right, x[j], x[1])
    why = refused(model, chain("p", claim, old))
    assert why == "p, step 1 (one law for all entries): not a moment of x[j] alone"


def test_one_law_for_all_speaks_of_entries_that_exist() -> None:
    model, n, x = row()
    model.assume("alike", SameLaw("x", (0,)), text="the x_j have one law")
    claim = Statement(E(x[n + 1]), E(x[1]))
    forms = Part("p", claim, Chain((), (), moments=True))
    assert refused(model, forms) == "p: E(x[n + 1]) and E(x[1]) have not one normal form"
    old = step("one law for all entries", claim.left, claim.right, x[n + 1], x[1])
    assert refused(model, chain("p", claim, old)).endswith(
        "x[n + 1] may not exist: 1 ≤ n + 1 ≤ n was not shown"
    )


def test_a_derivative_by_the_same_quantity_is_not_0() -> None:
    model, n, x = row()
    model.defined("s", (j, 1, n))
    model.define(Entry("s", j), x[j] ** 2, (j, 1, n))
    one, other = Entry("s", a), Entry("s", b)
    claim = Statement(Partial(one, one), ZERO, ranges((a, 1, n)))
    assert "the step says" in refused(
        model, chain("p", claim, step("derivative", claim.left, ZERO))
    )
    free = Statement(Partial(one, other), ZERO, ranges((a, 1, n), (b, 1, n)))
    assert "the step says" in refused(model, chain("p", free, step("derivative", free.left, ZERO)))


B, m = Entry("c"), Symbol("m")
NOTHINGS = [ZERO, (B - 1) ** 2 - B**2 + 2 * B - 1, Integer(4) ** m - Integer(2) ** (2 * m)]


@pytest.mark.parametrize("zero", NOTHINGS, ids=str)
def test_the_power_0_of_nothing_is_1(zero: Expr) -> None:
    """0^{n+1-i} is 1 at i = n + 1, and 0^{n+1-i} is not 0^n 0 / 0^i."""
    model = Model("powers of 0")
    n = model.size("n")
    assert model.size("m") == m
    model.given("c")
    last, away = zero ** (n + 1 - i), Sum(zero ** (n - i), (i, 0, n))
    for claim in (
        Statement(last, ZERO, ranges((i, 0, n + 1))),
        Statement(2 * last, 3 * last, ranges((i, 0, n + 1))),
        Statement(away, ZERO),
        Statement(away, 2 * away),
    ):
        for proof in (Chain((), moments=True), Chain((), products=True)):
            refused(model, Part("p", claim, proof))


def test_the_chain_rule_does_not_take_the_index_of_a_sum_for_that_of_the_definition() -> None:
    model, n, x = row()
    s = model.defined("s", (j, 1, n))
    model.define(s[j], Sum(x[j], (j, 1, n)), (j, 1, n))  # every s_j is the sum of all x
    C = model.cost("C", s[j], (j, 1, n))
    one = Partial(C, s[a]) * Partial(s[a], x[a])
    claim = Statement(Partial(C, x[a]), one, ranges((a, 1, n)))
    why = refused(model, chain("p", claim, step("chain rule", claim.left, one)))
    assert "the step says" in why
    every = Sum(Partial(C, s[k]) * Partial(s[k], x[a]), (k, 1, n))
    right = Statement(Partial(C, x[a]), every, ranges((a, 1, n)))
    assert replay(Derivation(model, (chain("p", right, step("chain rule", right.left, every)),)))


def test_the_chain_rule_does_not_overlook_derivatives_inside_definitions() -> None:
    model = Model("second order")
    model.random("v")
    model.defined("s")
    model.defined("u")
    v, s, u = Entry("v"), Entry("s"), Entry("u")
    model.define(s, v**3)
    C = model.cost("C", s)
    model.define(u, Partial(C, v))  # 3 v^2 C'(s) depends on v
    D = model.cost("D", u)
    claim = Statement(Partial(D, v), Partial(D, s) * Partial(s, v))
    why = refused(model, chain("p", claim, step("chain rule", claim.left, claim.right)))
    assert why.endswith("the definition of u has a derivative in it")


def pairwise() -> Model:
    """x, y and xy, of which any two are declared independent, the three together not."""
    model = Model("pairwise")
    for name in "xyp":
        model.random(name)
    for one, other in ("xy", "yp", "xp"):
        fact = Independent((Unit((one,)), Unit((other,))))
        model.assume(one + other, fact, text=f"{one} independent of {other}")
    return model


@pytest.mark.parametrize("names", ["xyp", "pyx", "ypx"])
def test_pairwise_independence_does_not_separate_three(names: str) -> None:
    parts = [Entry(name) for name in names]
    claim = Statement(E(sympy.prod(parts)), sympy.prod([E(p) for p in parts]))
    why = refused(
        pairwise(), chain("p", claim, step("independence", claim.left, claim.right, *parts))
    )
    assert "(independence): no declared independence covers" in why
    assert replay(
        Derivation(
            pairwise(),
            (
                chain(
                    "two",
                    Statement(E(parts[0] * parts[1]), E(parts[0]) * E(parts[1])),
                    step(
                        "independence",
                        E(parts[0] * parts[1]),
                        E(parts[0]) * E(parts[1]),
                        *parts[:2],
                    ),
                ),
            ),
        )
    ).uses == {"".join(sorted(names[:2], key="xyp".index))}


def test_independence_of_blocks_does_not_separate_entries_of_one_block() -> None:
    model, n, x = row()
    w = model.random("w", (j, 1, n))
    model.assume("blocks", Independent((Unit(("x",)), Unit(("w",)))), text="x independent of w")
    fine = Statement(E(x[1] * w[1]), E(x[1]) * E(w[1]))
    assert replay(
        Derivation(
            model, (chain("p", fine, step("independence", fine.left, fine.right, x[1], w[1])),)
        )
    ).uses == {"blocks"}
    claim = Statement(E(x[1] * x[2]), E(x[1]) * E(x[2]))
    why = refused(
        model, chain("p", claim, step("independence", claim.left, claim.right, x[1], x[2]))
    )
    assert why.endswith("no declared independence covers x and x")


@pytest.mark.parametrize("left_out", [(), (a,)])
def test_entries_with_different_names_may_be_one(left_out: tuple[Symbol, ...]) -> None:
    model, n, x = row()
    model.assume("each", Independent((Unit(("x",), each=True),)), text="the x_j independent")
    claim = Statement(E(x[a] * x[b]), E(x[a]) * E(x[b]), ranges((a, 1, n), (b, 1, n, left_out)))
    part = chain("p", claim, step("independence", claim.left, claim.right, x[a], x[b]))
    if left_out:
        assert replay(Derivation(model, (part,))).uses == {"each"}
    else:
        assert refused(model, part).endswith("both sides are made of x")


# -- definitions


@pytest.mark.parametrize(
    ("left", "over", "why"),
    [
        ([1], (), "y[1] may be defined twice: y[j] stands already"),
        ([j], ((j, 2, 5),), "y[j] may be defined twice: y[j] stands already"),
        ([k + 3], ((k, 0, 9),), "y[k + 3] may be defined twice: y[j] stands already"),
        (
            [j + k],
            ((j, 8, 9), (k, 1, 2)),
            "y[j + k] does not have each of its indices in one place",
        ),
        ([2 * j], ((j, 8, 9),), "y[2*j] does not have each of its indices in one place"),
        ([8], ((j, 1, 2),), "y[8] does not have each of its indices in one place"),
        ([4], (), ""),
        ([j + 3], ((j, 1, 5),), ""),
        ([j], ((j, 4, 9),), ""),
    ],
)
def test_no_entry_is_defined_twice(left: Any, over: Any, why: str) -> None:
    model = Model("twice")
    y = model.defined("y", (j, 1, 9))
    model.define(y[j], 0, (j, 1, 3))
    if not why:
        model.define(y[*left], 1, *over)
        return
    with pytest.raises(Undeclared) as no:
        model.define(y[*left], 1, *over)
    assert str(no.value) == why
