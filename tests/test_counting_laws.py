"""Counting with declared laws: exact moments against integrals, verdicts against both.

What integrates here is SymPy or quadrature; what counts shares no code with the rules that
derive moments.
"""

from __future__ import annotations

from fractions import Fraction as F
from functools import cache
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sympy import (
    Expr,
    Integer,
    Rational,
    Symbol,
    expand,
    integrate,
    lambdify,
    oo,
    pi,
    sqrt,
    symbols,
)

from derive.counting import cells
from derive.counting.continuous import Continuous, continuous
from derive.counting.counterexample import counterexample
from derive.counting.drawn import declared
from derive.counting.exact import exactly, sign
from derive.counting.functions import polynomial, relu
from derive.counting.instance import (
    Instance,
    Joint,
    three_point,
    two_point,
)
from derive.counting.oracle import _Heads, _Program, count, evaluate
from derive.counting.tape import Tape
from derive.densities import Density, Law
from derive.differences import difference
from derive.errors import Refused
from derive.forms import Undecided
from derive.judging.check import ClaimChecked, check
from derive.judging.judge import Judge
from derive.model import Distributed, Independent, Model, SameLaw, Statement, Unit, ranges
from derive.read.declare import notation
from derive.read.document import document
from derive.scope import Scope
from derive.terms import Apply, Cov, E, Entry, Var, term

x, j = symbols("x j")
HALF = F(1, 2)


# -- moments of one law


def law(name: str, *parameters: Any) -> Continuous:
    form = Law(name, tuple(map(term, parameters))).form
    assert isinstance(form, Density)
    return continuous(form, exactly)


def integral(name: str, k: int, lo: Any, hi: Any, *parameters: Any) -> Any:
    """By quadrature, to 20 digits."""
    form = Law(name, tuple(map(term, parameters))).form
    assert isinstance(form, Density)
    total = mpmath.mpf(0)
    for piece in form.pieces:
        u, (a, b) = (
            piece.variable,
            (mpmath.mpf(str(end.evalf(30)).replace("oo", "inf")) for end in piece.limits),
        )
        start, end = max(a, mpmath.mpf(lo)), min(b, mpmath.mpf(hi))
        if start < end:
            at = lambdify(u, u**k * piece.body, "mpmath")
            total += mpmath.quad(at, mpmath.linspace(max(start, -40), min(end, 40), 30))
    return total


LAWS = [
    ("uniform", -1, 1),
    ("uniform", Rational(1, 3), sqrt(2)),
    ("uniform", -1 / sqrt(3), 1 / sqrt(3)),
    ("normal", 0, 2),
    ("normal", Rational(1, 2), Rational(1, 3)),
    ("truncated-normal", 0, 1, 2),
    ("laplace", 1, Rational(1, 2)),
]


@pytest.mark.parametrize("given_law", LAWS, ids=str)
def test_moments_are_those_that_sympy_integrates(given_law: tuple[Any, ...]) -> None:
    name, *parameters = given_law
    made = law(name, *parameters)
    for lo, hi in ((-oo, oo), (0, oo), (-HALF / 2, HALF)):
        ends = [float(end) for end in (lo, hi)]
        for k in (0, 1, 2, 3, 6):
            mine = term(made.moment(k, lo, hi)).evalf(30)
            with mpmath.workdps(25):
                theirs = integral(name, k, *ends, *parameters)
                assert abs(mpmath.mpf(mine) - theirs) < 1e-12, (k, lo, hi)
    assert made.moment(0) == 1


def test_what_is_no_law_or_not_integrated_exactly_is_refused() -> None:
    u = Symbol("u")
    from sympy import exp

    from derive.terms import Integral

    for body, lo, hi in (
        (2 * u, 0, 2),
        (1 / (pi * (1 + u**2)), -oo, oo),
        (exp(u), -oo, oo),
        (exp(-(u**4)), 0, 1),
        (Integer(1), 1, 0),
    ):
        with pytest.raises(Refused):
            law("density", Integral(body, (u, lo, hi)))
    with pytest.raises(Refused):
        law("uniform", 1, 1)
    with pytest.raises(Refused, match="order above"):
        law("normal", 0, 1).moment(40)


# -- means of polynomials, and of functions in pieces


def three(laws: dict[str, Any], joints: Any = (), **functions: Any) -> Instance:
    model = Model("three")
    for name in "abc":
        model.random(name)
    for name in functions:
        model.function(name)
    return Instance(model, {}, laws, joints, {}, functions)


A, B, C = (Entry(name) for name in "abc")
DENSE = {
    "a": (law("uniform", -1, 2), 1 / Integer(3), (-1, 2)),
    "b": (law("uniform", 0, 1), Integer(1), (0, 1)),
    "c": (law("laplace", 0, 1), None, None),
}


@settings(max_examples=40, deadline=None)
@given(
    some.lists(
        some.tuples(
            some.integers(-3, 3), some.integers(0, 3), some.integers(0, 3), some.integers(0, 2)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_polynomials_have_the_mean_of_the_integral(parts: list[tuple[int, ...]]) -> None:
    rows = ((F(-1), HALF), (F(2), F(1, 3)), (F(0), F(1, 6)))
    instance = three({"a": DENSE["a"][0], "b": DENSE["b"][0], "c": rows})
    e = sum((c * A**p * B**q * C**r for c, p, q, r in parts), Integer(0))
    expected = sum(
        c * F(2 ** (p + 1) - (-1) ** (p + 1), 3 * (p + 1)) * F(1, q + 1)
        * sum(w * v**r for v, w in rows)
        for c, p, q, r in parts
    )  # fmt: skip
    assert evaluate(E(e), instance) == expected
    assert sign(evaluate(Var(e), instance)) >= 0


FINITE = some.sampled_from([two_point(2), three_point(1, HALF), two_point(1), three_point(2)])


@settings(max_examples=40, deadline=None)
@given(FINITE, FINITE, some.integers(-2, 2), some.integers(0, 2), some.booleans())
def test_cells_and_counting_agree_where_both_can(
    one: Any, other: Any, shift: int, order: int, together: bool
) -> None:
    joints = [Joint((A, C), tuple((row * 2, p) for row, p in ((((v,)), p) for v, p in one)))]
    instance = three({"a": one, "b": other, "c": one}, joints if together else (), f=relu)
    inner = A * B + shift * C - HALF
    for e in (inner**2, Apply("f", min(order, 1), inner) * B, Apply("f", 0, inner) ** order * C):
        tape = Tape(instance, _Heads(instance))
        program = _Program(tape, [tape.write(e, {})])
        found, _ = cells.means(
            program.nodes,
            program.live,
            program.roots,
            [*zip(program.sources, program.laws, strict=True)],
        )
        assert found == [evaluate(E(e), instance)]


def test_a_rectifier_of_what_has_a_density() -> None:
    def mean(e: Expr, **laws: Any) -> Any:
        return evaluate(E(e), three(laws, f=relu, g=polynomial(0, 1)))

    def f(at: Expr, order: int = 0) -> Expr:
        return Apply("f", order, at)

    normal = law("normal", 0, 2)
    assert mean(f(A), a=normal) == 1 / sqrt(pi)
    assert mean(f(A) ** 2, a=normal) == 1
    assert mean(f(A, 1), a=normal) == HALF
    assert mean(f(2 * A - 1), a=law("uniform", 0, 1)) == F(1, 4)
    assert mean(f(B * f(A)) ** 2, a=normal, b=law("uniform", -1, 1)) == F(1, 6)
    assert mean(f(A * C), a=normal, c=two_point(1)) == 1 / sqrt(pi)
    assert mean(f(f(A) - f(-A)) * A, a=normal) == 1
    with pytest.raises(Refused, match="a sum of what has a density"):
        mean(f(A + B), a=normal, b=normal)


def test_equal_entries_have_one_value() -> None:
    normal = law("normal", 0, 2)
    instance = three({"a": normal, "b": normal}, [Joint((A, B), normal)])
    assert evaluate(Cov(A, B), instance) == 2 and evaluate(E(A**2 * B**2), instance) == 12
    apart = three({"a": normal, "b": normal})
    assert evaluate(Cov(A, B), apart) == 0 and evaluate(E(A**2 * B**2), apart) == 4


def test_irrational_numbers_are_compared_not_rounded() -> None:
    instance = three({"a": law("normal", 0, 2)}, f=relu)
    assert count(E(Apply("f", 0, A)) ** 2, instance).value == 1 / pi
    assert sign(evaluate(sqrt(2) * sqrt(3) - sqrt(6) + E(A), instance)) == 0


# -- claims

NEURON = r"""
size n
random w_j, x_j for j = 1..n
let y = \sum_{j=1}^{n} w_j x_j
assume independent w_j, x_j; E[x_j] = 0; same law x_j over j
assume w_j ~ U[-\frac{1}{\sqrt{n}}, \frac{1}{\sqrt{n}}]"""
LETTERS = r"""
size n
given a > 0, q > 0, p in (0, 1)
random W_j, z_j, M_j for j = 1..n
assume independent W_j, z_j, M_j
assume W_j ~ U[-a, a]; z_j ~ N(0, variance q); M_j ~ Bernoulli(p)
let s = \sum_{j=1}^{n} W_j z_j"""
PAIR = r"""
random u, v
assume u ~ U[-1, 1]
assume v ~ U[-1, 1]"""
SIGNS = r"""
size n
random s_j, x_j for j = 1..n
let y = \sum_{j=1}^{n} s_j x_j
assume independent s_j; s independent of x
assume s_j ~ Rademacher"""
RECTIFIED = r"""
size n
given v > 0, f(s)
random w_j, x_j for j = 1..n
let s = \sum_{j=1}^{n} w_j x_j
let z = f(s)
assume f(s) = \max(0, s)
assume independent w_j, x_j
assume w_j ~ N(0, variance v); x_j ~ U[0, 1]"""
DROPPED = r"""
size T, m_t for t = 0..T
given p in (0, 1), v > 0
random x_i for i = 1..m_0
random A^t_{i,j} for t = 1..T, i = 1..m_t, j = 1..m_{t-1}
random D^t_i for t = 1..T, i = 1..m_t
let h^0_i = x_i for i = 1..m_0
let h^t_i = D^t_i \sum_{j=1}^{m_{t-1}} A^t_{i,j} h^{t-1}_j for t = 1..T, i = 1..m_t
assume independent A^t_{i,j}, D^t_i; x independent of A, D
assume E[x_i] = 0; same Var[x_i] over i
assume D^t_i ~ Bernoulli(p)
assume A^t_{i,j} ~ N(0, variance v)"""
FALSE = [
    (NEURON, r"\operatorname{E}[y^4] = 3 \operatorname{Var}[y]^2"),
    (NEURON, r"\operatorname{E}[w_1^2 w_n^2] = \frac{1}{9 n^2}"),
    (LETTERS, r"\operatorname{E}[s^4] = 3 \operatorname{Var}[s]^2"),
    (LETTERS, r"\operatorname{Var}[M_1 + M_n] = 2 p (1-p)"),
    (LETTERS, r"\operatorname{E}[M_1 z_1^2 z_n^2] = p q^2"),
    (PAIR, r"\operatorname{Var}[u + v] = \operatorname{Var}[u]"),
    (PAIR, r"\operatorname{E}[u v] = \frac{1}{2}"),
    (SIGNS, r"\operatorname{E}[y^4] = \sum_{j=1}^{n} \operatorname{E}[x_j^4]"),
    (RECTIFIED, r"\operatorname{E}[z^2] = n v"),
    (RECTIFIED, r"\operatorname{E}[z^2] = \operatorname{Var}[s]"),
    (RECTIFIED, r"\operatorname{E}[z] = \frac{v}{2}"),
    (DROPPED, r"\operatorname{Var}[h^t] = m_{t-1} v \operatorname{Var}[h^{t-1}]"),
    (DROPPED, r"\operatorname{Var}[h^1_1] = p^2 m_0 v \operatorname{Var}[x]"),
]
TRUE = [
    (NEURON, r"\operatorname{Var}[y] = \frac{1}{3} \operatorname{Var}[x]"),
    (PAIR, r"\operatorname{E}[u^2] = \operatorname{E}[v^2]"),
    (RECTIFIED, r"\operatorname{E}[z^2] = \frac{n v}{6}"),
    (RECTIFIED, r"\operatorname{E}[z^2] = \frac{1}{2} \operatorname{Var}[s]"),
    (RECTIFIED, r"\operatorname{E}[z^4] = \frac{1}{2} \operatorname{E}[s^4]"),
    (DROPPED, r"\operatorname{Var}[h^1_1] = p m_0 v \operatorname{Var}[x]"),
]


def verdict(declared_as: str, claim: str) -> ClaimChecked:
    (found,) = check(document(f"```derive\n{declared_as}\n```\n$${claim}$$\n")).claims
    return found


@pytest.mark.parametrize(("declared_as", "claim"), FALSE, ids=str)
def test_false_claims_fail_with_numbers(declared_as: str, claim: str) -> None:
    assert verdict(declared_as, claim).verdict == "fails"
    example = of(claim, declared_as)
    assert sign(example.left - example.right) != 0


@pytest.mark.parametrize(("declared_as", "claim"), TRUE, ids=str)
def test_true_claims_never_fail(declared_as: str, claim: str) -> None:
    assert verdict(declared_as, claim).verdict not in ("fails", "unreadable")


def of(claim: str, declared_as: str) -> Any:
    judgement: Any = verdict(declared_as, claim).links[0].judgement
    return judgement.equality.example


def test_numbers_are_those_of_the_integrals() -> None:
    """The very numbers that are shown, integrated by SymPy."""
    w = Symbol("w")
    example = of(r"\operatorname{E}[y^4] = 3 \operatorname{Var}[y]^2", NEURON)
    assert example.at[Symbol("n")] == 1
    fourth, second = (integrate(w**k / 2, (w, -1, 1)) for k in (4, 2))
    square = evaluate(E(Entry("x", 1) ** 4), example.instance)
    spread = example.moments[Var(Entry("x", 1))]
    assert (example.left, example.right) == (fourth * square, 3 * second**2 * spread**2)
    example = of(r"\operatorname{E}[z] = \frac{v}{2}", RECTIFIED)
    v = example.moments[Entry("v")]
    bell = sqrt(2 * pi * v) ** -1
    from sympy import exp

    half = integrate(w * bell * exp(-(w**2) / (2 * v)), (w, 0, oo)) / 2
    assert expand(example.left - half) == 0 and example.right == Rational(v) / 2


# -- random claims: the normal form of moments against counting

CHOICES = {
    "uniform": (Integer(-1), Integer(1)),
    "normal": (Integer(0), Integer(2)),
    "bernoulli": (Rational(1, 3),),
    "rademacher": (),
    "points": (Integer(2), Rational(1, 5), Integer(-1), Rational(4, 5)),
}


def drawn(names: tuple[str, str, str], apart: bool) -> Model:
    model = Model("drawn")
    for variable, name in zip("abc", names, strict=True):
        entry = model.random(variable)[()]
        model.assume(f"law of {variable}", Distributed(entry, Law(name, CHOICES[name])), text="")
    if apart:
        units = tuple(Unit((variable,)) for variable in "abc")
        model.assume("apart", Independent(units), text="a, b, c independent")
    return model


PART = some.tuples(some.integers(-2, 2), *([some.integers(0, 2)] * 3))


@settings(max_examples=60, deadline=None)
@given(
    some.tuples(*([some.sampled_from(sorted(CHOICES))] * 3)),
    some.lists(PART, min_size=1, max_size=3),
    some.sampled_from([-1, 0, 0, 1]),
)
def test_a_claim_fails_exactly_if_it_is_false(
    names: tuple[str, str, str], parts: list[tuple[int, ...]], more: int
) -> None:
    model = drawn(names, apart=True)
    e = expand(sum((c * A**p * B**q * C**r for c, p, q, r in parts), Integer(0)))
    first, second, third = map(integrated, names)
    value = sum((c * first[p] * second[q] * third[r] for c, p, q, r in parts), Integer(0))
    judged = Judge(model).judge(Statement(E(e), value + more))
    assert judged.verdict == ("fails" if more else "holds"), judged
    example = judged.equality.example
    assert example is None or sign(exactly(example.left) - exactly(value)) == 0


@pytest.mark.parametrize("name", ["bernoulli", "points"])
@pytest.mark.parametrize("times", [1, 3, -2])
def test_what_a_law_denies_is_not_asked_for(name: str, times: int) -> None:
    model = drawn((name,) * 3, apart=True)
    judged = Judge(model).judge(Statement(E(times * C), Integer(0)))
    assert judged.verdict == "fails" and not judged.needs


@cache
def integrated(name: str) -> list[Expr]:
    """The first moments of one of the laws, by sum or by SymPy."""
    form = Law(name, CHOICES[name]).form
    if isinstance(form, Density):
        return [sum(integrate(p.variable**k * p.body, (p.variable, *p.limits))
                    for p in form.pieces) for k in range(5)]  # fmt: skip
    return [sum((v**k * p for v, p in form.pairs), Integer(0)) for k in range(5)]


@settings(max_examples=40, deadline=None)
@given(some.tuples(*([some.sampled_from(sorted(CHOICES))] * 3)), some.lists(PART, max_size=2))
def test_without_independence_what_fails_is_no_consequence(
    names: tuple[str, str, str], parts: list[tuple[int, ...]]
) -> None:
    model = drawn(names, apart=False)
    e = sum((c * A**p * B**q * C**r for c, p, q, r in parts), Integer(0))
    found = counterexample(Var(e + A), Var(e) + Var(A), (), model)
    try:
        form = difference(Var(e + A), Var(e) + Var(A), Scope(model, ()))
    except (Undecided, Refused):
        return
    assert not (form.is_zero and found is not None)


# -- what is declared holds in what is counted


def test_each_entry_has_the_law_declared_for_it() -> None:
    model = Model("rows")
    n = model.size("n")
    w = model.random("w", (j, 1, n))
    model.assume("laws", Distributed(w[j], Law("uniform", (-1 / j, 1 / j)), ranges((j, 2, n))),
                 text="")  # fmt: skip
    found: Any = declared(Instance(model, {n: 3}))
    assert {k: v.moment(2) for k, v in found["w"].items()} == {(2,): F(1, 12), (3,): F(1, 27)}


def test_same_law_is_kept_where_one_entry_is_told() -> None:
    model = Model("told")
    n = model.size("n", 2)
    w = model.random("w", (j, 1, n))
    model.assume("first", Distributed(w[1], Law("uniform", (Integer(-1), Integer(1)))), text="")
    wrong = (Var(w[2]), Rational(1, 3))
    assert counterexample(*wrong, (), model) is not None
    model.assume("alike", SameLaw("w", (0,)), text="same law")
    assert counterexample(*wrong, (), model) is None


def test_fixed_numbers_lie_where_they_are_declared() -> None:
    numbers = of(r"\operatorname{E}[M_1 z_1^2 z_n^2] = p q^2", LETTERS).moments
    assert 0 < numbers[Entry("p")] < 1 and numbers[Entry("q")] > 0


def test_only_entries_of_one_law_are_set_equal() -> None:
    model = Model("two laws")
    for name, end in (("a", 1), ("b", 2)):
        entry = model.random(name)[()]
        fact = Distributed(entry, Law("uniform", (Integer(-end), Integer(end))))
        model.assume(f"law of {name}", fact, text="")
    assert counterexample(E(B**2), Rational(4, 3), (), model) is None
    assert counterexample(E(A**2), Rational(1, 3), (), model) is None


def test_numbers_that_are_said_of_moments_keep_to_their_bounds() -> None:
    model = Model("named")
    a, p = model.random("a")[()], model.given("p", above=0, below=1)[()]
    model.assume("named", Statement(Var(a), p), text="")
    assert counterexample(E(a**4), p, (), model) is None
    model = Model("named")
    a, p = model.random("a")[()], model.given("p", above=0)[()]
    model.assume("named", Statement(Var(a), p), text="")
    found = counterexample(E(a**4), p, (), model)
    assert found is not None and found.moments[p] == found.moments[Var(a)]


def test_never_0_and_ideal_gradients_are_not_overlooked() -> None:
    model = notation("he").model
    slope = Apply("f", 1, Entry("y", 1, 1))
    assert counterexample(E(slope), Rational(1, 2), (), model) is None
    assert counterexample(E(slope), Rational(1, 2), (), model.without(["no-zero"])) is None
    assert counterexample(Var(slope), Rational(1, 4), (), model) is None
    assert counterexample(Var(slope), Rational(1, 4), (), model.without(["no-zero"])) is not None
    assert counterexample(E(slope), Rational(1, 3), (), model) is not None
    square = E(Entry("x", 2, 1) ** 2)
    assert counterexample(Var(Entry("y", 2, 1)), square, (), model) is not None
    assert counterexample(E(Entry("x", 2, 1)), E(slope), (), model) is not None
    spread = r"Var[y_l] = n_l Var[W_l] Var[x_l]"
    assert verdict("use he", spread).verdict == "fails"


def test_counting_goes_through_every_outcome_only_where_it_can() -> None:
    rows = ((F(1), HALF), (F(-1), HALF))
    assert count(E((A + B) ** 2), three({"a": rows, "b": rows})) == (2, 4)
    value, told_apart = count(E((A + B) ** 2), three({"a": rows, "b": law("uniform", -1, 1)}))
    assert (value, told_apart) == (F(4, 3), 1)
