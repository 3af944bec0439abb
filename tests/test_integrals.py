"""Integrals, densities and points: against quadrature and exact numbers, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mpmath
import pytest
from mpmath import mp
from sympy import Expr, Integer, Rational, Symbol, erf, exp, oo, pi, sqrt, symbols

from derive.densities import Density, Law
from derive.enclosure import is_positive
from derive.errors import Refused, Undeclared
from derive.kernel import replay
from derive.meaning import check_term
from derive.model import Distributed, Model, Statement
from derive.positive import positive
from derive.proofs import Chain, Derivation, Part, Step
from derive.proving.by_law import moment_parts
from derive.proving.network import Book
from derive.rules import RULES
from derive.scope import Scope
from derive.substitution import canonical, put, same
from derive.subterms import occurrences
from derive.subterms import replace as swap
from derive.terms import E, Entry, Integral, Sum, Var

x, y, j = symbols("x y j")
ONE, HALF = Integer(1), Rational(1, 2)
a, b, c, m, p, s, v = (Entry(name) for name in "abcmpsv")
BOUNDS: dict[str, dict[str, Any]] = {
    "a": {}, "b": {"above": a}, "c": {"above": 0}, "m": {}, "p": {"above": 0, "below": 1},
    "s": {"above": 0}, "v": {"above": 0},
}  # fmt: skip


def numbers() -> Model:
    model = Model("numbers")
    for name, bounds in BOUNDS.items():
        model.given(name, **bounds)
    return model


def one(law: Law) -> tuple[Book, Distributed]:
    """A book over a model of one variable X with the law."""
    model = numbers()
    fact = Distributed(model.random("X")[()], law)
    model.assume("law", fact, text="")
    return Book(model), fact


def entered(book: Book, fact: Distributed) -> str:
    """The name of the last of the parts on a law, in the book."""
    return [book.add(part) for part in moment_parts(book.model, fact)][-1]


def derivation(law: Law) -> Derivation:
    book, fact = one(law)
    return book.derivation(entered(book, fact))


LAWS = [
    Law("uniform", (a, b)),
    Law("uniform", (-s, s)),
    Law("normal", (m, v)),
    Law("normal", (Integer(0), s**2)),
    Law("truncated-normal", (m, v, c)),
    Law("truncated-normal", (Integer(0), v, Integer(2))),
    Law("laplace", (m, s)),
    Law("two-point", (a, b, p)),
    Law("bernoulli", (p,)),
    Law("rademacher"),
    Law("points", (a, HALF, b, p / 2, Integer(7), (1 - p) / 2)),
    Law("density", (Integral(2 * (x - a) / (b - a) ** 2, (x, a, b)),)),
]
CONTINUOUS = [law for law in LAWS if isinstance(law.form, Density)]
VALUES = [
    {"a": -1, "b": 3, "c": 2, "m": 1, "p": 0.25, "s": 2, "v": 0.5},
    {"a": 0.5, "b": 0.75, "c": 0.5, "m": -2, "p": 0.9, "s": 0.1, "v": 3},
]


def number(e: Any, at: dict[str, float], more: dict[Any, Any] | None = None) -> Any:
    """A term in floating point, with quadrature: nothing of the rules is used."""
    if more and e in more:
        return more[e]
    if isinstance(e, Entry):
        return mp.mpf(at[e.name])
    if isinstance(e, Integral):
        lo, hi = (number(limit, at, more) for limit in e.limits)
        cuts = [lo, hi] if mp.isfinite(lo) and mp.isfinite(hi) else [lo, *_inner(lo, hi), hi]
        return mp.quad(lambda t: number(e.body, at, {**(more or {}), e.variable: t}), cuts)
    if e in (oo, -oo):
        return mp.inf if e == oo else -mp.inf
    if e == pi:
        return mp.pi
    if e.is_Rational:
        return mp.mpf(int(e.p)) / int(e.q)
    args = [number(t, at, more) for t in e.args]
    if e.is_Add:
        return mp.fsum(args)
    if e.is_Mul:
        return mp.fprod(args)
    if isinstance(e, exp):
        return mp.exp(args[0])
    if isinstance(e, erf):
        return mp.erf(args[0])
    assert e.is_Pow, e
    return args[0] ** args[1]


def _inner(lo: Any, hi: Any) -> list[Any]:
    return [t for t in (-8, -2, 0, 2, 8) if lo < t < hi]


def moment(law: Law, power: int, at: dict[str, float]) -> Any:
    """A moment by quadrature or by counting."""
    form = law.form
    if isinstance(form, Density):
        return mp.fsum(
            number(put(piece, {}) * 1, at)
            if not power
            else number(
                Integral(piece.variable**power * piece.body, (piece.variable, *piece.limits)), at
            )
            for piece in form.pieces
        )
    return mp.fsum(number(q, at) * number(t, at) ** power for t, q in form.pairs)


@pytest.mark.parametrize("at", VALUES, ids=["wide", "narrow"])
@pytest.mark.parametrize("law", LAWS, ids=str)
def test_moments_against_quadrature_and_counting(law: Law, at: dict[str, float]) -> None:
    shown = replay(derivation(law)).proved
    by_left = {p.claim.left: p.claim.right for p in shown if isinstance(p.claim, Statement)}
    X = Entry("X")
    with mpmath.workdps(20):
        first, second = moment(law, 1, at), moment(law, 2, at)
        for left, counted in ((E(X), first), (E(X**2), second), (Var(X), second - first**2)):
            assert abs(number(by_left[left], at) - counted) < 1e-9 * (1 + abs(counted)), left


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_every_step_is_tampered_with(law: Law) -> None:
    told = derivation(law)
    for n, part in enumerate(told.parts):
        assert isinstance(part.proof, Chain)
        for k, step in enumerate(part.proof.steps):
            for forged in tampered(step):
                steps = (*part.proof.steps[:k], forged, *part.proof.steps[k + 1 :])
                parts = (*told.parts[:n], replace(part, proof=Chain(steps)), *told.parts[n + 1 :])
                with pytest.raises(Refused):
                    replay(Derivation(told.model, parts))


def tampered(step: Step) -> Iterator[Step]:
    yield replace(step, new=step.new + 1, after=put(step.after, step.new, step.new + 1) + 1)
    yield replace(step, rule="empty product")
    if step.rule == "fundamental theorem":
        named, H, change = step.args
        yield replace(step, args=(named, H + named, change))
        yield replace(step, args=(named, H - named**3))
        yield replace(step, args=(named, H, change + 1))
        yield replace(step, new=-step.new - 1, after=-step.new - 1)
    if step.rule == "expectation by density":
        yield replace(step, args=(*step.args[:2], "none such", step.args[3]))
        yield replace(step, args=(Entry("Y"), *step.args[1:]))


def test_without_the_law_nothing_is_shown_and_what_it_takes_is_said() -> None:
    told = derivation(LAWS[0])
    assert replay(told).uses == {"law"}
    with pytest.raises(Refused, match="no law of X was declared"):
        replay(told, told.model.without(["law"]))


# -- the fundamental theorem

MODEL = numbers()
SCOPE = Scope(MODEL)


def change(h: Expr, lo: Any, hi: Any, H: Expr, name: Symbol = x) -> Expr:
    return RULES["fundamental theorem"].rewrite(Integral(h, (x, lo, hi)), SCOPE, (name, H)).new


def test_an_integral_is_the_change_of_its_antiderivative() -> None:
    assert change(x**2, 0, 3, x**3 / 3) == 9
    assert change(x**2, 3, 0, x**3 / 3) == -9
    assert change(x**2, 0, 3, y**3 / 3 + 5, y) == 9
    assert change(exp(-x / s), 0, oo, -s * exp(-x / s)) == s
    assert change(2 * exp(-(x**2)) / sqrt(pi), -oo, oo, erf(x)) == 2
    assert change((1 - 2 * x**2) * exp(-(x**2)), -oo, oo, x * exp(-(x**2))) == 0
    assert change(x * exp(-(x**2) / (2 * v)), -oo, 0, -v * exp(-(x**2) / (2 * v))) == -v


NOT = [
    (x**2, 0, 1, x**3, "the derivative 3*x**2, not x**2"),
    (x, 0, oo, x**2 / 2, "has no limit where x goes to ∞"),
    (Integer(1), -oo, oo, x, "has no limit"),
    (exp(x), 0, oo, exp(x), "has no limit where x goes to ∞: the integral has no value"),
    (exp(-x), -oo, 0, -exp(-x), "has no limit where x goes to -∞"),
    (exp(-m * x), 0, oo, -exp(-m * x) / m, "m was not shown to be positive"),
    (-m * exp(-m * x), 0, oo, exp(-m * x), "whether -m is positive was not shown"),
    (1 / x**2, -1, 1, -1 / x, "x**(-2) is not made of x by sums, products, exp and erf"),
    (1 / (1 + x**2), -oo, oo, erf(x), "is not made of x"),
    (sqrt(x), 0, 1, 2 * x * sqrt(x) / 3, "is not made of x"),
    (x, 0, 1, x**2 / 2 + 0 * x + Integral(x, (y, 0, x)), "is not made of x"),
    (Integer(0), 0, 1, 1 / x - 1 / x + sqrt(x) - sqrt(x) + 1 / (x - 2), "is not made of x"),
    (E(x), 0, 1, x * E(x), "is not made of x"),
    (x, 0, 1 / m, x**2 / 2, "m was not shown to be positive"),
    (x, 0, Entry("none"), x**2 / 2, "none is not declared"),
]


@pytest.mark.parametrize(("h", "lo", "hi", "H", "why"), NOT, ids=str)
def test_what_is_no_antiderivative_or_has_no_value(
    h: Expr, lo: Any, hi: Any, H: Expr, why: str
) -> None:
    with pytest.raises((Refused, Undeclared)) as no:
        change(h, lo, hi, H)
    assert why in str(no.value)


def test_the_variable_of_an_antiderivative_is_not_taken_from_outside() -> None:
    with pytest.raises(Refused, match="x has a meaning in"):
        change(x, 0, 1, x**2 / 2, y)


def test_a_random_limit_or_body() -> None:
    model = numbers()
    X = model.random("X")[()]
    for term in (Integral(x * X, (x, 0, 1)), Integral(x, (x, 0, X))):
        with pytest.raises(Refused, match="has something random in it"):
            check_term(term, Scope(model))


# -- an integral as a term


def test_the_variable_is_bound() -> None:
    assert same(Integral(x * a, (x, 0, x)), Integral(y * a, (y, 0, x)))
    assert not same(Integral(x, (x, 0, 1)), Integral(y, (x, 0, 1)))
    assert put(Integral(x * y, (x, 0, y)), y, x) == Integral(Symbol("x'") * x, (Symbol("x'"), 0, x))
    assert put(Integral(x, (x, 0, x)), x, ONE) == Integral(x, (x, 0, 1))
    assert canonical(Integral(x, (x, 0, 1))) == canonical(Integral(y, (y, 0, 1)))
    under = Sum(Integral(x * Entry("w", j), (x, 0, 1)), (j, 1, 2))
    assert same(under, Sum(Integral(y * Entry("w", x), (y, 0, 1)), (x, 1, 2)))


def test_nothing_is_rewritten_inside() -> None:
    e = Integral(a * x, (x, 0, a))
    assert [t for t, _ in occurrences(e, lambda t: t == a)] == []
    assert swap(e + a, a, b, ()) == e + b


def test_the_variable_is_no_index_and_not_a_name_from_outside() -> None:
    model = numbers()
    n = model.size("n")
    w = model.given("w", (j, 1, n))
    with pytest.raises(Refused, match="is not made of x"):
        check_term(Integral(w[x], (x, 1, n)), Scope(model))
    with pytest.raises(Refused, match="n is bound here and has a meaning outside"):
        check_term(Integral(n, (n, 0, 1)), Scope(model))
    with pytest.raises(Refused, match="j is bound here and has a meaning outside"):
        check_term(Sum(Integral(j, (j, 0, 1)), (j, 1, n)), Scope(model))
    with pytest.raises(Refused, match="no plain name"):
        check_term(Integral(ONE, (Symbol("x", positive=True), 0, 1)), Scope(model))
    with pytest.raises(Refused, match="oo is not a term"):
        check_term(oo + Integral(x, (x, 0, 1)), Scope(model))


# -- what a law must be


def refused(law: Law) -> str:
    with pytest.raises((Refused, Undeclared)) as no:
        replay(derivation(law))
    return str(no.value)


def test_what_is_no_density() -> None:
    def density(*pieces: Any) -> Law:
        return Law("density", tuple(Integral(h, (x, lo, hi)) for h, lo, hi in pieces))

    assert refused(density((ONE, 0, 2))) == "the density has the mass 2, not 1"
    assert "may be no density" in refused(
        density((2 * x, -1, Integer(0)), (2 - 2 * x + 2 * x, 0, 1))
    )
    assert "do not meet" in refused(density((HALF, 0, 1), (HALF, 2, 3)))
    assert "no value" in refused(density((Integer(1), 0, oo)))
    cauchy = density((1 / (pi * (1 + x**2)), -oo, oo))
    assert "is not made of x" in refused(cauchy) or "is no polynomial in x" in refused(cauchy)
    assert "was not shown" in refused(density((-ONE, 1, 0)))
    assert refused(Law("uniform", (b, a))) != ""
    assert "positive was not shown" in refused(Law("normal", (m, m)))


def test_probabilities_that_are_not() -> None:
    assert "add up to 3/4, not to 1" in refused(Law("points", (a, HALF, b, Rational(1, 4))))
    assert "the probability" in refused(Law("points", (a, c - 1, b, 2 - c)))
    assert "was not shown to be positive" in refused(Law("bernoulli", (c,)))


def test_parameters_of_the_wrong_number() -> None:
    assert refused(Law("uniform", (a,))) == (
        "uniform has 2 parameters (lower end, upper end), not 1"
    )
    assert refused(Law("rademacher", (a,))) == "rademacher has no parameters, not 1"
    assert refused(Law("none")) == "no law is named none"


def test_the_expectation_is_of_the_one_variable_alone() -> None:
    book, fact = one(LAWS[0])
    X = fact.entry
    entered(book, fact)
    book.model.random("Y")
    scope = book.scope()
    rule = RULES["expectation by density"].rewrite
    mass = "mass of the law of X"
    for body, why in (
        (X * Entry("Y"), "is not a function of X alone"),
        (X - E(X), "X stands within another moment"),
    ):
        with pytest.raises(Refused, match=why):
            rule(E(body), scope, (X, x, mass, ()))
    with pytest.raises(Refused, match="does not say that the density of X has the mass 1"):
        rule(E(X), scope, (X, x, "E[X]", ()))
    with pytest.raises(Refused, match="the law uniform of X is not given by points"):
        RULES["expectation by counting"].rewrite(E(X), scope, (X,))


def test_a_forged_mass() -> None:
    told = derivation(Law("density", (Integral(HALF, (x, 0, 2)),)))
    model = numbers()
    X = model.random("X")[()]
    twice = Integral(ONE, (x, 0, 2))
    model.assume("law", Distributed(X, Law("density", (twice,))), text="")
    first = told.parts[0]
    lie = Part(first.name, Statement(twice, ONE), Chain(()))
    with pytest.raises(Refused, match="the last line is"):
        replay(Derivation(model, (lie, *told.parts[1:])))
    with pytest.raises(Refused, match="does not say that the density of X has the mass 1"):
        replay(Derivation(model, told.parts))


def test_laws_with_indices_speak_of_the_entries_in_their_ranges() -> None:
    model = numbers()
    n = model.size("n", 2)
    w = model.random("w", (j, 1, n))
    fact = Distributed(
        w[j], Law("uniform", (-1 / sqrt(j), 1 / sqrt(j))), ((j_range := Sum(ONE, (j, 2, n))).range,)
    )
    model.assume("law", fact, text="")
    book = Book(model)
    entered(book, fact)
    shown = replay(book.derivation("Var[w]")).proved[-1].claim
    assert isinstance(shown, Statement)
    assert (shown.left, shown.right, shown.ranges) == (Var(w[j]), 1 / (3 * j), (j_range.range,))
    line = book.line(Var(w[n])).cite("lemma", "Var[w]", Var(w[n]))
    assert line.now == 1 / (3 * n)
    with pytest.raises(Refused, match="2 ≤ 1"):
        book.line(Var(w[1])).cite("lemma", "Var[w]", Var(w[1]))


# -- arithmetic and signs


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((b**3 - a**3) / (3 * (b - a)), (a**2 + a * b + b**2) / 3),
        (sqrt(2 / (s + v)), sqrt(2) / sqrt(s + v)),
        (sqrt(s**2), s),
        (sqrt(s * v) / s, sqrt(v) / sqrt(s)),
        (1 / (1 / s + 1 / v), s * v / (s + v)),
        (exp(s + m) * exp(-m), exp(s)),
    ],
)
def test_arithmetic(left: Expr, right: Expr) -> None:
    rule = RULES["arithmetic"].rewrite
    assert rule(left, SCOPE, (right,)).new == right
    at = {k: mp.mpf(t) for k, t in VALUES[0].items()}
    assert abs(number(left, at) - number(right, at)) < 1e-12
    with pytest.raises(Refused, match="are not one quotient"):
        rule(left, SCOPE, (right + 1,))


def test_a_root_of_what_may_be_negative() -> None:
    rule = RULES["arithmetic"].rewrite
    with pytest.raises(Refused, match=r"are not one quotient|was not shown to be positive"):
        rule(sqrt(m**2), SCOPE, (m,))
    with pytest.raises(Refused, match="m was not shown to be positive"):
        rule(m / m**2 + 0 * m, SCOPE, (1 / m,))


def test_signs_of_numbers() -> None:
    assert is_positive(1 - 2 * sqrt(2) * exp(-2) / (sqrt(pi) * erf(sqrt(2))))
    assert is_positive(pi - Rational(314159, 100000))
    assert not is_positive(Rational(314159, 100000) - pi)
    assert not is_positive(sqrt(2) * sqrt(3) - sqrt(6))
    assert is_positive(erf(Rational(1, 10**6))) and not is_positive(erf(Integer(-3)))
    assert is_positive(1 - erf(Integer(7))) and not is_positive(1 - erf(Integer(30)))
    assert not is_positive(exp(Integer(10) ** 9))


def test_bounds_that_were_declared() -> None:
    for e in (b - a, 2 * b - 2 * a, b - a + s, 1 - p, p, 3 - 2 * p, s * v):
        assert positive(e, SCOPE), e
    for e in (a - b, a, m, p - 1, 1 - s, b, s - v, 1 - 2 * p):
        assert not positive(e, SCOPE), e


def test_an_error_function_of_what_stays_where_it_is_has_no_limit_of_0() -> None:
    still = erf((x + 1) ** 2 - x**2 - 2 * x)  # erf(1), in disguise
    whole = Integral(still * 2 / sqrt(pi) * exp(-(x**2)), (x, -oo, oo))
    with pytest.raises(Refused, match="does not go to infinity with x"):
        RULES["fundamental theorem"].rewrite(whole, Scope(numbers()), (x, still * erf(x)))
