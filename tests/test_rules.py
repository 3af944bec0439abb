"""Every rule and every law against the oracle, and what each rule must refuse.

Both sides of every example are counted exactly, for several sizes and all index values; a
random variable is counted by E[(left - right)²] = 0.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction as F
from typing import Any

import pytest
from sympy import Add, Expr, Integer, Mul, Symbol, oo, symbols

from derive.claims import Proved
from derive.counting.functions import polynomial, relu
from derive.counting.instance import (
    Instance,
    Joint,
    three_point,
    two_point,
)
from derive.counting.oracle import evaluate
from derive.errors import Refused
from derive.kernel import check_part, check_step, replay
from derive.model import Independent, Model, SameLaw, Statement, Symmetric, Unit, ranges
from derive.piecewise import Pieces
from derive.proofs import Chain, Derivation, Part, Step
from derive.proving import laws
from derive.rules import RULES
from derive.scope import Scope
from derive.substitution import same
from derive.terms import Apply, Cov, Delta, E, Entry, Partial, Product, Range, Sum, Var

a, b, i, j, k, l = symbols("a b i j k l")
ZERO, ONE = Integer(0), Integer(1)
HALF = F(1, 2)
SIZES = (1, 2, 3)


def bench() -> Model:
    """n dependent x_j, independent w_j, a layer s = x W + g with a residual h = s + f(s)."""
    model = Model("bench")
    n = model.size("n")
    over = (j, 1, n)
    for name in "xwe":
        model.random(name, over)
    model.random("t")
    model.random("W", over, (k, 1, n))
    model.given("g", (k, 1, n))
    f = model.function("f")
    p = model.function("p")
    s, h = model.defined("s", (k, 1, n)), model.defined("h", (k, 1, n))
    x, W, g = (model.families[name] for name in "xWg")
    model.define(s[k], Sum(x[j] * W[j, k], over) + g[k], (k, 1, n))
    model.define(h[k], s[k] + f(s[k]), (k, 1, n))
    model.defined("c")
    model.define(Entry("c"), Sum(x[j], over) * x[1])
    model.cost("C", h[k], (k, 1, n))
    u = Entry("u")
    model.assume(
        "p-is-known", Statement(p(u), 2 * u**2 + 3 * u, over=("u",)), text="p(u) = 2u² + 3u"
    )
    model.assume("each-w", Independent((Unit(("w",), each=True),)), text="the w_j independent")
    model.assume(
        "blocks",
        Independent((Unit(("w",)), Unit(("x",)), Unit(("t",)))),
        text="w, x, t mutually independent",
    )
    model.assume("e-alike", SameLaw("e", (0,)), text="the e_j have one law")
    model.assume("t-symmetric", Symmetric("t"), text="t symmetric")
    r = model.function("r")
    halves = ((-oo, ZERO, ZERO), (ZERO, oo, Symbol("u")))
    model.assume("r-bends", Pieces(r.name, Symbol("u"), halves), text="r(u) = max(0, u)")
    model.assume(
        "mean-of-w", Statement(E(model.families["w"][j]), ZERO, ranges(over)), text="E[w_j] = 0"
    )
    return model


MODEL = bench()
n = Symbol("n")
x, w, e, W, g, s, h = (MODEL.families[name] for name in ("x", "w", "e", "W", "g", "s", "h"))
f, p, r = (MODEL.functions[name] for name in "fpr")
t, c, C = Entry("t"), Entry("c"), Entry("C")
J, K = (j, 1, n), (k, 1, n)
APART = (k, 1, n, (j,))


def instance(size: int) -> Instance:
    """Numbers: dependent x with other marginals, w of other variances, e dependent but alike."""
    rows = [
        (tuple(F(j * j - 2 * o, 1 + j) for j in range(size)), F(1, 2) if o else F(1, 4))
        for o in (0, 1)
    ]
    rows.append((tuple(F(3 - j) for j in range(size)), F(1, 4)))
    one = two_point(2)
    alike = tuple(
        (tuple(v if m == 0 else u for m in range(size)), q * r) for v, q in one for u, r in one
    )
    return Instance(
        MODEL,
        {n: size},
        laws={
            "w": lambda j: two_point(j + HALF),
            "t": three_point(2, symmetric=True),
            "W": lambda j, k: two_point(F(j, k), mean=k),
            "∂C/∂h": lambda k: two_point(k, mean=HALF),
        },
        joints=[
            Joint(tuple(x[m + 1] for m in range(size)), tuple(rows)),
            Joint(tuple(e[m + 1] for m in range(size)), alike),
        ],
        given={"g": lambda k: k + HALF},
        functions={"f": polynomial(1, 2, 0, HALF), "p": polynomial(0, 3, 2), "r": relu},
    )


@dataclass(frozen=True)
class Example:
    """A rule applied to an expression, the indices free in it, and the sizes to count."""

    rule: str
    old: Expr
    args: tuple[Any, ...] = ()
    over: tuple[Range, ...] = ()
    sizes: tuple[int, ...] = SIZES
    proved: tuple[Proved, ...] = field(default=())

    def __str__(self) -> str:
        return f"{self.rule}: {self.old}"


def ex(rule: str, old: Expr, *args: Any, over: Any = (), sizes: tuple[int, ...] = SIZES) -> Example:
    return Example(rule, old, args, ranges(*over), sizes)


def law(part: Part, old: Expr, over: Any = (), **bodies: Any) -> Example:
    """A law cited for given expressions; ``X=(x_j, j)`` is a family."""
    shown, _ = check_part(part, MODEL, ())
    families = tuple(
        (name, body if isinstance(body, tuple) else ((), body)) for name, body in bodies.items()
    )
    return Example("lemma", old, (part.name, 0, (), families), ranges(*over), proved=(shown,))


OF_PRODUCT = laws.variance_of_a_product(MODEL)
OF_TWO = laws.variance_of_two(MODEL)
OF_SUM = laws.variance_of_a_sum(MODEL)
NUMBER = Mul(n + 1, g[1])

SPREAD = E(t**2) - E(t) ** 2
SHOWN = (
    Proved("twice", Statement(2 * g[j] * SPREAD, (g[j] + g[j]) * SPREAD, ranges(J)), frozenset()),
    Proved("spread", Statement(SPREAD, Var(t)), frozenset({"t-symmetric"})),
    Proved("of-x", Statement(E(x[1]) * g[1], g[1] * E(x[1])), frozenset()),
)


def divided(old: Expr, *args: Any, over: Any = ()) -> Example:
    """An equation that was shown, divided."""
    return Example("division", old, args, ranges(*over), proved=SHOWN)


AT_N, AT_J = ((j, n),), ((j, j),)

EXAMPLES = [
    ex("fractions", n / (n + 1) + 1 / (n + 1), ONE),
    ex("fractions", 2 / (1 / n + 1 / k) * g[j], 2 * n * k * g[j] / (n + k), over=(J, K)),
    ex("fractions", Var(t) ** -2 * Var(t) * (n + 1), (n + 1) / Var(t)),
    ex("powers", (n * Var(t)) ** k * (n * Var(t)) ** (n - k) * g[k], over=(K,)),
    ex("powers apart", g[1] ** (2 * k + 2), 2 * k, over=(K,)),
    ex("powers apart", Var(t) ** (k - j), -j, over=(J, K)),
    ex("powers", Var(t) ** k * (2 * n) ** j * (2 * n) ** (-k), over=(J, K)),
    ex("product of equal factors", Product(Var(t) * k, (j, k, n)), over=(K,)),
    ex("product of equal factors", Product(n + 1, (j, 1, n, (k,))), over=(K,)),
    ex("product of equal factors", Product(g[1], (j, k + 1, k)), over=(K,)),
    divided(E(w[n]) / n, "assumption", "mean-of-w", 0, AT_N, n, ZERO),
    divided(2 * g[j], "lemma", "twice", 0, AT_J, SPREAD, 2 * g[j], "spread", (), over=(J,)),
    ex("linearity of expectation", E(3 * x[j] - g[j] * w[j] * x[1] + n), over=(J,)),
    ex("linearity of expectation", E(Sum(g[j] * x[j] * w[k], J) + t), over=(K,)),
    ex("linearity of expectation", E(Sum(Sum(x[j] * w[k] - k, APART), J))),
    ex("linearity of expectation", E(Sum(x[j] * E(x[j]), (j, 2, n)))),
    ex("linearity of expectation", E(Sum(x[j] * g[k], (j, 1, n, (k,)))), over=(K,)),
    ex("independence", E(x[j] * w[j]), x[j], w[j], over=(J,)),
    ex(
        "independence", E(x[j] * x[k] * w[j] ** 2 * t**2), x[j] * x[k], w[j] ** 2, t**2, over=(J, K)
    ),
    ex("independence", E(w[j] * w[k]), w[j], w[k], over=(J, APART)),
    ex("independence", E(w[1] * Sum(w[j], (j, 2, n))), w[1], Sum(w[j], (j, 2, n))),
    ex("independence", E(c * f(w[j])), c, f(w[j]), over=(J,)),
    ex("symmetry", E(t**3 * w[j] ** 2), t, over=(J,)),
    ex("symmetry", E(t * x[j] * x[1]), t, over=(J,)),
    ex("reflection", E(r(t) ** 2), t, "", ()),
    ex("reflection", E(t * r(t)), t, "", ()),
    ex("one law for all entries", E(e[j] ** 2 * g[j]), e[j], e[1], over=(J,)),
    ex("one law for all entries", Var(j * f(e[j])), e[j], e[n], over=(J,)),
    ex("variance", Var(x[j] * w[j] + g[j]), over=(J,)),
    ex("second moment", E(x[j] ** 2), over=(J,)),
    ex("second moment", E(x[j] ** 2 * w[k] ** 4), over=(J, K)),
    ex("covariance", Cov(x[j], x[k] * w[k]), over=(J, K)),
    ex("variance as a covariance", Var(x[j] - 2 * x[k]), over=(J, K)),
    ex("bilinearity of covariance", Cov(2 * x[j] + g[j], x[k] - w[j]), over=(J, K)),
    ex("bilinearity of covariance", Cov(Sum(x[j], J), Sum(x[j] * g[j], J))),
    ex("bilinearity of covariance", Cov(Sum(x[k] * x[j], (j, 1, k)), x[k]), over=(K,)),
    ex("bilinearity of covariance", Cov(n * g[1], x[1])),
    ex("sum of equal terms", Sum(NUMBER, (j, 1, n + 2))),
    ex("sum of equal terms", Sum(g[k], (j, 1, n, (k,))), over=(K,)),
    ex("sum of equal terms", Sum(E(x[1] * x[n]), (j, 2, n))),
    ex("sum of equal terms", Sum(ZERO, (j, 7, n))),
    ex("linearity of sums", Sum(g[j] * n + 3 * g[1] + n, J)),
    ex("linearity of sums", Sum(x[j] * x[k] + x[k] ** 2, (j, 1, k)), over=(K,)),
    ex("diagonal", Sum(Sum(E(x[j] * x[k]) * j, K), J)),
    ex(
        "diagonal",
        Sum(Sum(g[j] * k + Sum(j * k, (j, 1, k)), (k, 2, n, (a,))), (j, 2, n, (a,))),
        over=((a, 2, n),),
    ),
    ex("sum over a delta", Sum(Delta(j, k) * g[j] * E(x[j] * x[k]), J), over=(K,)),
    ex("sum over a delta", Sum(Delta(j, k + 1) * j, J), over=((k, 0, n - 1),)),
    ex(
        "sum over a delta", Sum(Delta(j, k) * j, (j, 1, n, (a,))), over=((a, 1, n), (k, 1, n, (a,)))
    ),
    ex("delta", Delta(j, j + 1) + 0 * g[1], over=(J,)),
    ex("delta", Delta(j, j), over=(J,)),
    ex("delta", Delta(j, k), over=(J, APART)),
    ex("delta", Delta(j, k), over=(J, (k, j + 1, n))),
    ex("delta", Delta(j, n), over=((j, n, n),)),
    ex("last term", Sum(g[j] + j, J)),
    ex("last term", Sum(j * k + 1, (j, k, k + 2)), over=((k, 0, 2),)),
    ex("empty sum", Sum(g[j], (j, n + 1, n))),
    ex("empty sum", Sum(g[j], (j, k + 1, k - 1)), over=(K,)),
    ex("last factor", Product(g[j] + j, J)),
    ex("last factor", Product(j + k, (j, k, k + 2)), over=((k, 0, 2),)),
    ex("first factor", Product(E(x[j] ** 2) + 1, J)),
    ex("empty product", Product(g[j], (j, n + 1, n))),
    ex("empty product", Product(g[j], (j, k + 1, k - 1)), over=(K,)),
    ex("shifted product", Product(g[j] * j, J), k - 3, over=(K,)),
    ex("chain rule", Partial(C, s[k]), over=(K,)),
    ex("chain rule", Partial(C, W[j, k]), over=(J, K), sizes=(1, 2)),
    ex("chain rule", Partial(C, x[1]), sizes=(1, 2)),
    ex("chain rule", Partial(C, t)),
    ex("derivative", Partial(s[k], x[j]), over=(J, K)),
    ex("derivative", Partial(s[k], W[j, l]), over=(J, K, (l, 1, n))),
    ex("derivative", Partial(h[k], s[j]), over=(J, K)),
    ex("derivative", Partial(c, x[j]), over=(J,)),
    ex("derivative", Partial(c, c)),
    ex("derivative", Partial(h[k], h[k]), over=(K,)),
    ex("derivative", Partial(h[j], h[k]), over=(J, K)),
    ex("derivative", Partial(h[j], h[k]), over=(J, APART)),
    ex("derivative of a known function", Apply("p", 1, x[j] + w[1]), "p-is-known", 0, over=(J,)),
    ex("algebra", E(x[j]) * (E(x[j]) + n), E(x[j]) ** 2 + n * E(x[j]), over=(J,)),
    ex("algebra", (Sum(x[j], J) + w[1]) * x[1], x[1] * Sum(x[k], K) + x[1] * w[1]),
    ex("algebra", E((x[1] + 1) ** 2), E(x[1] ** 2 + 2 * x[1] + 1)),
    ex("algebra", Product((1 + n) * j, J), Product(j + j * n, J)),
    ex("definition", s[k], "definition of s", 0, ((k, k),), (), over=(K,)),
    ex("definition", h[n], "definition of h", 0, ((k, n),), ()),
    ex("assumption", E(w[n]), "mean-of-w", 0, ((j, n),), ()),
    ex("assumption", p(x[j] * t), "p-is-known", 0, (), (("u", ((), x[j] * t)),), over=(J,)),
    law(OF_PRODUCT, Var(x[j] * w[k]), (J, K), X=x[j], Y=w[k]),
    law(OF_PRODUCT, Var(t * (x[1] + w[1])), X=t, Y=x[1] + w[1]),
    law(OF_TWO, Var(x[j] + x[1] * w[k]), (J, K), X=x[j], Y=x[1] * w[k]),
    law(OF_SUM, Var(Sum(x[j] * w[j], J)), X=((j,), x[j] * w[j]), a=ONE, b=n),
    law(OF_SUM, Var(Sum(x[k] * x[j], (j, 1, k))), (K,), X=((a,), x[k] * x[a]), a=ONE, b=k),
    law(OF_SUM, Var(Sum(n + 0 * x[1], (j, 3, n))), X=((j,), n), a=Integer(3), b=n),
]


def numbers(e: Expr, other: Expr, over: tuple[Range, ...], size: int) -> Iterator[tuple[F, F]]:
    """Both sides at all index values; of random ones E[(left - right)²], and 0."""
    where = instance(size)
    random = Scope(MODEL).is_random(e) or Scope(MODEL).is_random(other)
    for at in where.points(over, {}):
        if random:
            yield evaluate(E((e - other) ** 2), where, at), F()
        else:
            yield evaluate(e, where, at), evaluate(other, where, at)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_both_sides_are_equal_when_counted(example: Example) -> None:
    scope = Scope(MODEL, example.over, example.proved)
    new = RULES[example.rule].rewrite(example.old, scope, example.args).new
    counted = 0
    for size in example.sizes:
        for left, right in numbers(example.old, new, example.over, size):
            assert left == right, f"n = {size}: {example.old} is not {new}"
            counted += 1
    assert counted, "nothing was counted"
    assert check_step(example.old, step(example, new), scope)


def step(example: Example, new: Expr, old: Expr | None = None, after: Expr | None = None) -> Step:
    return Step(
        example.rule, example.args, old or example.old, new, new if after is None else after
    )


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.over], ids=str)
def test_under_sums_too(example: Example) -> None:
    scope = Scope(MODEL, (), example.proved)
    new = (
        RULES[example.rule]
        .rewrite(example.old, Scope(MODEL, example.over, example.proved), example.args)
        .new
    )
    before, after = example.old, new
    for r in reversed(example.over):
        before, after = Sum(before, r), Sum(after, r)
    assert check_step(before, step(example, new, after=after), scope)
    for size in example.sizes[:2]:
        for left, right in numbers(before, after, (), size):
            assert left == right, f"n = {size}"
    if not same(before, after):
        wrong = step(example, new + 1, after=before)
        with pytest.raises(Refused, match="the step says"):
            check_step(before, wrong, scope)


# Integrals are held against quadrature, in a file of their own.
ELSEWHERE = ("derive.rules.integrals", "derive.rules.roots")
HERE = [name for name, rule in RULES.items() if rule.rewrite.__module__ not in ELSEWHERE]


@pytest.mark.parametrize("name", HERE)
def test_every_rule_has_an_example(name: str) -> None:
    assert any(e.rule == name for e in EXAMPLES), f"no example shows {name}"


def test_every_law_has_an_example() -> None:
    made = [
        function(MODEL).name
        for name, function in inspect.getmembers(laws, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == laws.__name__ and name != "cache"
    ]
    assert len(made) >= 3
    cited = {e.args[0] for e in EXAMPLES if e.rule == "lemma"}
    assert set(made) <= cited


@pytest.mark.parametrize("name", RULES)
def test_every_rule_says_its_law(name: str) -> None:
    rule = RULES[name]
    assert rule.name == name
    assert rule.law
    assert rule.summary.endswith(".")


@pytest.mark.parametrize("part", [OF_PRODUCT, OF_TWO, OF_SUM], ids=lambda part: part.name)
def test_laws_carry_their_own_derivations(part: Part) -> None:
    assert replay(Derivation(MODEL, (part,))).uses == frozenset()
    assert isinstance(part.proof, Chain)
    shorter = Part(part.name, part.claim, Chain(part.proof.steps[:-1]))
    with pytest.raises(Refused, match="the last line is"):
        replay(Derivation(MODEL, (shorter,)))


REFUSED = [
    (
        ex("fractions", n / (n + 1), 1 / (n + 2)),
        "n/(n + 1) and 1/(n + 2) are not the same fraction",
    ),
    (ex("fractions", n / (n - 1), n / (n - 1)), "n - 1 was not shown to be positive"),
    (ex("fractions", g[1] / g[1] ** 3, g[1] ** -2), "g[1]**2 was not shown to be positive"),
    (ex("powers", g[1] ** j * g[1] ** k, over=(J, K)), "g[1] was not shown to be positive"),
    (ex("powers apart", g[1] ** (k - 1), k, over=(K,)), "-1 ≥ 0 was not shown"),
    (ex("powers apart", g[1] ** (j + k), j - k, over=(J, K)), "j - k ≥ 0 was not shown"),
    (ex("powers", n**j * k**j, over=(J, K)), "no number stands in two powers"),
    (ex("product of equal factors", Product(g[j], J)), "the factors depend on j"),
    (
        ex("product of equal factors", Product(n, (j, 2, k - 2)), over=(K,)),
        "2 ≤ k - 2 + 1 was not shown",
    ),
    (
        divided(E(w[n]), "assumption", "mean-of-w", 0, AT_N, n, ZERO),
        "E(w[n]) is not E(w[n]) times n",
    ),
    (divided(E(w[n]) / n, "assumption", "mean-of-w", 0, AT_N, n, ONE), "0 is not 1 times n"),
    (
        divided(E(w[n]) / n, "assumption", "mean-of-w", 0, ((j, n + 1),), n, ZERO),
        "1 ≤ n + 1 ≤ n was not shown",
    ),
    (
        divided(g[1], "lemma", "of-x", 0, (), E(x[1]), g[1]),
        "E(x[1]) was not shown to be positive",
    ),
    (
        divided(g[j], "lemma", "twice", 0, AT_J, SPREAD, 2 * g[j], over=(J,)),
        "-E(t)**2 + E(t**2) was not shown to be positive",
    ),
    (
        divided(g[j], "lemma", "twice", 0, AT_J, SPREAD, 2 * g[j], "spread", (), over=(J,)),
        "2*(-E(t)**2 + E(t**2))*g[j] is not g[j] times -E(t)**2 + E(t**2)",
    ),
    (
        divided(g[1], "lemma", "of-x", 0, (), E(x[1]), g[1], "spread", ()),
        "spread speaks of -E(t)**2 + E(t**2), not of E(x[1])",
    ),
    (
        ex("linearity of expectation", E(x[1])),
        "there is no sum and no fixed factor to take out of the mean",
    ),
    (ex("linearity of expectation", Var(x[1])), "this law speaks of E[…], not of Var(x[1])"),
    (
        ex("linearity of expectation", E(x[1] * w[1])),
        "there is no sum and no fixed factor to take out of the mean",
    ),
    (ex("independence", E(x[1] * w[1]), x[1] * w[1]), "one group of factors cannot be separated"),
    (
        ex("independence", E(x[1] * w[1]), x[1], w[2]),
        "the groups are not the factors of the product",
    ),
    (ex("independence", E(x[1] * x[2]), x[1], x[2]), "no declared independence covers x and x"),
    (ex("independence", E(x[1] * e[1]), x[1], e[1]), "no declared independence covers x and e"),
    (ex("independence", E(w[j] * w[k]), w[j], w[k], over=(J, K)), "both sides are made of w"),
    (ex("independence", E(w[1] * Sum(w[j], J)), w[1], Sum(w[j], J)), "both sides are made of w"),
    (ex("independence", E(c * x[n]), c, x[n]), "both sides are made of x"),
    (
        ex("independence", E(x[1] ** 3 * t), x[1] ** 3, t),
        "the mean of x[1]**3 was not shown to be finite",
    ),
    (ex("symmetry", E(t**2 * x[1]), t), "t does not occur to an odd power"),
    (ex("symmetry", E(t * c * x[1]), x[1]), "x[1] was not declared symmetric"),
    (ex("symmetry", E(t * (t + x[1])), t), "both sides are made of t"),
    (ex("symmetry", E(t * e[1]), t), "no declared independence covers t and e"),
    (
        ex("reflection", E(r(t)), t, "", ()),
        "the even part is not one polynomial on both sides of 0",
    ),
    (ex("reflection", E(r.prime(t) ** 2), t, "", ()), "the even part has no known value at t = 0"),
    (ex("reflection", E(f(t) ** 2), t, "", ()), "what f is between its breaks was not declared"),
    (
        ex("reflection", E(r(w[1]) ** 2), w[1], "", ()),
        "w[1] is not one entry of t times something else",
    ),
    (
        ex("reflection", E(r(t) ** 2 * x[1]), t, "", ()),
        "the mean of r(t)**2*x[1] was not shown to be finite",
    ),
    (ex("one law for all entries", E(e[1] * e[2]), e[1], e[2]), "not a moment of e[1] alone"),
    (
        ex("one law for all entries", E(x[1] ** 2), x[1], x[2]),
        "the entries of x were not declared to have one law",
    ),
    (
        ex("one law for all entries", E(e[1]), e[1], e[n + 1]),
        "e[n + 1] may not exist: 1 ≤ n + 1 ≤ n was not shown",
    ),
    (ex("one law for all entries", E(e[1]), e[1], x[1]), "not a moment of e[1] alone"),
    (
        ex("one law for all entries", Cov(e[1], n), e[1], e[n]),
        "this law speaks of E[…] and Var[…], not of Cov(n, e[1])",
    ),
    (ex("variance", E(x[1])), "this law speaks of Var[…], not of E(x[1])"),
    (ex("second moment", E(x[1] ** 3)), "x[1]**3 is not written as a square"),
    (ex("second moment", E(2 * x[1] ** 2)), "2*x[1]**2 is not written as a square"),
    (ex("covariance", Var(x[1])), "this law speaks of Cov[…], not of Var(x[1])"),
    (
        ex("bilinearity of covariance", Cov(x[1], x[2])),
        "there is no sum and no fixed factor to take out of the covariance",
    ),
    (ex("sum of equal terms", Sum(g[j], J)), "the terms depend on j"),
    (ex("sum of equal terms", Sum(n, (j, 1, k - 2)), over=(K,)), "1 ≤ k - 2 + 1 was not shown"),
    (
        ex("sum of equal terms", Sum(n, (j, 1, n, (k,))), over=((k, 0, n),)),
        "j = k was not shown to be one of the values left out",
    ),
    (
        ex("sum of equal terms", Sum(n, (j, 1, n, (k, a))), over=(K, (a, 1, n))),
        "j = k was not shown to be one of the values left out",
    ),
    (ex("linearity of sums", Sum(g[j] * j, J)), "nothing comes out of the sum over j"),
    (
        ex("diagonal", Sum(Sum(g[j] * g[k], (k, 2, n)), J)),
        "the two sums do not run over the same range",
    ),
    (
        ex("diagonal", Sum(Sum(g[j] * g[k], (k, 1, j)), J)),
        "the two sums do not run over the same range",
    ),
    (ex("sum over a delta", Sum(Delta(j, k) * j, (j, 2, n)), over=(K,)), "2 ≤ k ≤ n was not shown"),
    (
        ex("sum over a delta", Sum(Delta(j, k) * j, (j, 1, n, (a,))), over=(K, (a, 1, n))),
        "k ≠ a was not shown",
    ),
    (ex("sum over a delta", Sum(Delta(j, 2 * j) * j, J)), "no δ over j among the factors"),
    (ex("delta", Delta(j, k), over=(J, K)), "neither j = k nor j ≠ k was shown"),
    (ex("last term", Sum(j, (j, 2, n))), "2 ≤ n was not shown: the sum may be empty"),
    (
        ex("last term", Sum(j, (j, 1, n, (k,))), over=(K,)),
        "1 ≤ n was not shown: the sum may be empty",
    ),
    (ex("empty sum", Sum(j, (j, 2, n))), "n < 2 was not shown: the sum may have terms"),
    (ex("last factor", Product(j, (j, 2, n))), "2 ≤ n was not shown: the product may be empty"),
    (
        ex("first factor", Product(j, (j, 1, n, (k,))), over=(K,)),
        "1 ≤ n was not shown: the product may be empty",
    ),
    (
        ex("first factor", Product(j, (j, 1, k - 1)), over=(K,)),
        "1 ≤ k - 1 was not shown: the product may be empty",
    ),
    (
        ex("empty product", Product(j, (j, 2, n))),
        "n < 2 was not shown: the product may have factors",
    ),
    (ex("shifted product", Product(j, J), j), "the shift may not depend on the index"),
    (ex("chain rule", Partial(C, h[k]), over=(K,)), "C may be a function of h[k] itself"),
    (ex("chain rule", Partial(s[1], x[1])), "s[1] is not a declared cost"),
    (ex("chain rule", Partial(C, x[j]), over=(J,)), "neither 1 = j nor 1 ≠ j was shown"),
    (
        ex("chain rule", Partial(C, W[j, k]), over=(J, (k, 1, n + 1))),
        "1 ≤ k ≤ n was not shown for the W in s[k']",
    ),
    (ex("derivative", Partial(C, x[1])), "the cost is known only through the chain rule"),
    (ex("derivative", Partial(s[0], x[1])), "no definition of s[0] was shown to apply"),
    (ex("derivative", Partial(x[1], x[1])), "no definition of x[1] was shown to apply"),
    (
        ex("derivative of a known function", Apply("p", 2, t), "p-is-known", 0),
        "p-is-known does not say what p is everywhere",
    ),
    (
        ex("derivative of a known function", Apply("f", 1, t), "p-is-known", 0),
        "p-is-known does not say what f is everywhere",
    ),
    (
        ex("derivative of a known function", Apply("p", 1, t), "each-w", 0),
        "each-w has no equation number 0",
    ),
    (ex("algebra", x[1] ** 2, x[1]), "x[1]**2 and x[1] are not the same polynomial"),
    (
        ex("algebra", E(x[1] ** 2), E(x[1]) ** 2),
        "E(x[1]**2) and E(x[1])**2 are not the same polynomial",
    ),
    (
        ex("algebra", Sum(x[j], J), Sum(x[j], (j, 0, n))),
        "Sum(x[j], j = 1..n) and Sum(x[j], j = 0..n) are not the same polynomial",
    ),
    (
        ex("definition", s[n + 1], "definition of s", 0, ((k, n + 1),), ()),
        "1 ≤ n + 1 ≤ n was not shown",
    ),
    (ex("definition", s[1], "definition of s", 0, (), ()), "not every index was given a value"),
    (
        ex("definition", s[1], "definition of s", 0, ((k, Integer(1)),), (("u", ((), x[1])),)),
        "not every schematic variable was given an expression",
    ),
    (
        ex("definition", s[1], "definition of q", 0, ((k, Integer(1)),), ()),
        "nothing is defined as definition of q",
    ),
    (
        ex("definition", h[1], "definition of s", 0, ((k, Integer(1)),), ()),
        "definition of s speaks of s[1], not of h[1]",
    ),
    (ex("assumption", E(w[1]), "mean-of-x", 0, ((j, Integer(1)),), ()), "mean-of-x is not assumed"),
    (
        ex("assumption", E(w[1]), "mean-of-w", 1, ((j, Integer(1)),), ()),
        "mean-of-w has no equation number 1",
    ),
    (
        ex("assumption", E(w[1]), "mean-of-w", -1, ((j, Integer(1)),), ()),
        "mean-of-w has no equation number -1",
    ),
    (ex("assumption", E(w[1]), "mean-of-w", 0, ((j, F(3, 2)),), ()), None),
    (
        ex("assumption", E(w[j]), "mean-of-w", 0, ((j, j),), (), over=((j, 0, n),)),
        "1 ≤ j ≤ n was not shown",
    ),
    (ex("lemma", E(w[1]), "Fermat", 0, (), ()), "nothing named Fermat was proved before this step"),
    (law(OF_PRODUCT, Var(x[1] * x[n]), X=x[1], Y=x[n]), "both sides are made of x"),
    (
        law(OF_PRODUCT, Var(x[1] ** 2 * t), X=x[1] ** 2, Y=t),
        "the second moment of x[1]**2 was not shown finite",
    ),
    (
        law(OF_SUM, Var(Sum(x[j], J)), X=((j,), x[j]), a=ONE, b=x[1]),
        "x[1] is no whole number that is fixed",
    ),
    (
        law(OF_SUM, Var(Sum(x[j], J)), X=((j,), x[j]), a=ONE, b=((j,), n)),
        "b stands for a family where one variable is meant",
    ),
]


@pytest.mark.parametrize(("example", "why"), REFUSED, ids=lambda v: str(v)[:60])
def test_what_is_refused_and_in_which_words(example: Example, why: str | None) -> None:
    scope = Scope(MODEL, example.over, example.proved)
    with pytest.raises((Refused, TypeError, AttributeError) if why is None else Refused) as no:
        RULES[example.rule].rewrite(example.old, scope, example.args)
    if why is not None:
        assert str(no.value) == why


def test_every_rule_with_a_side_condition_is_refused_somewhere() -> None:
    tried = {example.rule for example, _ in REFUSED}
    assert {name for name in HERE if RULES[name].needs} <= tried


def test_general_words_of_add_are_not_lost() -> None:
    scope = Scope(MODEL)
    e0 = Cov(x[1] + w[1] + t, x[1])
    new = RULES["bilinearity of covariance"].rewrite(e0, scope, ()).new
    assert new == Add(Cov(x[1], x[1]), Cov(w[1], x[1]), Cov(t, x[1]))
