"""Functions in pieces of what has a law: against quadrature, forged, at the ends, and as claims."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath
import pytest
from mpmath import mp
from sympy import Expr, Integer, Rational, Symbol, oo, sqrt
from test_integrals import number, tampered

from derive.counting.tries import CENTRED
from derive.densities import Density, Law
from derive.errors import Refused
from derive.judging.check import check
from derive.kernel import replay
from derive.model import Distributed, Model, Statement
from derive.piecewise import Pieces
from derive.proofs import Chain, Derivation
from derive.proving.by_law import moment_parts
from derive.proving.network import Book
from derive.read.document import document
from derive.rules import RULES
from derive.substitution import put
from derive.terms import Apply, E, Entry, Var
from derive.writing.formula import TEXT, write

u, x = Symbol("u"), Symbol("x")
X, a, s, m = Entry("X"), Entry("a"), Entry("s"), Entry("m")
ZERO, ONE = Integer(0), Integer(1)
AT = {"a": 0.25, "s": 1.7, "m": -0.6}
PIECES: dict[str, tuple[Any, ...]] = {
    "relu": ((-oo, ZERO, ZERO), (ZERO, oo, u)),
    "leaky": ((-oo, ZERO, a * u), (ZERO, oo, u)),
    "hard": ((-oo, -ONE, -ONE), (-ONE, ONE, u), (ONE, oo, ONE)),
    "sign": ((-oo, ZERO, -ONE), (ZERO, oo, ONE)),
    "swish": ((-oo, Integer(-3), ZERO), (Integer(-3), Integer(3), u * (u + 3) / 6),
              (Integer(3), oo, u)),
}  # fmt: skip
TOLD: dict[str, Any] = {
    "relu": lambda v: max(v, 0),
    "leaky": lambda v: v if v > 0 else AT["a"] * v,
    "hard": lambda v: min(1, max(-1, v)),
    "sign": lambda v: 1 if v > 0 else -1,
    "swish": lambda v: v * min(6, max(0, v + 3)) / 6,
}
BREAKS = {"relu": [0], "leaky": [0], "hard": [-1, 1], "sign": [0], "swish": [-3, 3]}
LAWS = [
    Law("uniform", (Integer(-1), Integer(2))),
    Law("uniform", (Integer(4), Integer(5))),
    Law("normal", (ZERO, s)),
    Law("normal", (m, s)),
    Law("laplace", (ZERO, s)),
    Law("laplace", (Rational(1, 2), Integer(2))),
    Law("truncated-normal", (ZERO, ONE, Integer(2))),
    Law("truncated-normal", (Integer(-8), ONE, Integer(2))),
]


def f(order: int = 0, of: Any = X) -> Expr:
    return Apply("f", order, of)


def model(name: str, law: Law) -> tuple[Model, Distributed]:
    made = Model("one")
    made.given("a", above=0)
    made.given("s", above=0)
    made.given("m")
    made.function("f")
    fact = Distributed(made.random("X")[()], law)
    made.assume("law", fact, text="")
    made.assume("f-is", Pieces("f", u, PIECES[name]), text="")
    return made, fact


def told(name: str, law: Law, *moments: Expr) -> Derivation:
    made, fact = model(name, law)
    return Derivation(made, moment_parts(made, fact, functions=moments))


def shown(name: str, law: Law, moment: Expr) -> Expr:
    claims = [p.claim for p in replay(told(name, law, moment)).proved]
    return {c.left: c.right for c in claims if isinstance(c, Statement)}[moment]


def by_quadrature(name: str, law: Law, g: Any) -> Any:
    """E[g(X, f(X))], the line cut at the breaks; nothing of the rules is used."""
    form = law.form
    assert isinstance(form, Density)
    total = mp.mpf(0)
    for p in form.pieces:
        lo, hi = (number(end, AT) for end in p.limits)
        cuts = [c for c in sorted({*BREAKS[name], -9, -2, 2, 9}) if lo < c < hi]
        values = p.variable
        total += mp.quad(
            lambda t, p=p, values=values: g(t) * number(p.body, AT, {values: t}), [lo, *cuts, hi]
        )
    return total


CASES = [(name, law) for n, name in enumerate(PIECES) for k, law in enumerate(LAWS)
         if (n + k) % 3 == 0 or name == "relu"]  # fmt: skip


@pytest.mark.parametrize(("name", "law"), CASES, ids=str)
def test_against_quadrature(name: str, law: Law) -> None:
    h = TOLD[name]
    with mpmath.workdps(15):
        mean = by_quadrature(name, law, h)
        square = by_quadrature(name, law, lambda t: h(t) ** 2)
        slope = by_quadrature(name, law, lambda t: (h(t + 1e-9) - h(t - 1e-9)) / 2e-9)
        for moment, value in (
            (E(f()), mean),
            (E(f() ** 2), square),
            (Var(f()), square - mean**2),
            (E(X * f()), by_quadrature(name, law, lambda t: t * h(t))),
        ):
            assert abs(number(shown(name, law, moment), AT) - value) < 1e-8 * (1 + abs(value))
        if name != "sign":
            assert abs(number(shown(name, law, E(f(1))), AT) - slope) < 1e-5


def test_a_slope_knows_nothing_of_a_jump() -> None:
    assert shown("sign", LAWS[2], E(f(1))) == 0
    assert shown("sign", LAWS[0], E(f())) == Rational(1, 3)


@pytest.mark.parametrize("law", [LAWS[0], LAWS[2], LAWS[4]], ids=str)
def test_every_step_is_tampered_with(law: Law) -> None:
    derivation = told("leaky", law, Var(f()), E(f(1) ** 2))
    for n, part in enumerate(derivation.parts):
        assert isinstance(part.proof, Chain)
        for k, step in enumerate(part.proof.steps):
            for forged in tampered(step):
                steps = (*part.proof.steps[:k], forged, *part.proof.steps[k + 1 :])
                parts = list(derivation.parts)
                parts[n] = replace(part, proof=Chain(steps))
                with pytest.raises(Refused):
                    replay(Derivation(derivation.model, tuple(parts)))


def test_what_it_rests_on() -> None:
    derivation = told("relu", LAWS[2], E(f() ** 2))
    assert replay(derivation).proved[-1].uses == {"law", "f-is"}
    for name, why in (("law", "no law of X"), ("f-is", "what f is between its breaks was not")):
        with pytest.raises(Refused, match=why):
            replay(derivation, derivation.model.without([name]))
    other, _ = model("leaky", LAWS[2])
    with pytest.raises(Refused):
        replay(Derivation(other, derivation.parts))


def by_density(name: str, law: Law, g: Expr, *more: str) -> Expr:
    made, fact = model(name, law)
    for extra in more:
        made.random(extra)
    book = Book(made)
    for part in moment_parts(made, fact):
        book.add(part)
    args = (X, x, "mass of the law of X", ())
    return RULES["expectation by density"].rewrite(E(g), book.scope(), args).new


def test_a_part_is_cut_only_inside_of_the_support() -> None:
    """The break at 0 is an end of one piece of Laplace, and outside of [4, 5]."""
    for law, parts in ((LAWS[1], 1), (LAWS[0], 1), (LAWS[4], 1)):
        new = by_density("relu", law, f())
        assert str(new).count("Integral") == parts
    assert str(by_density("relu", LAWS[5], f())).count("Integral") == 2
    assert str(by_density("hard", LAWS[2], f())).count("Integral") == 3
    assert by_density("relu", Law("uniform", (Integer(-2), Integer(-1))), f()) == 0
    assert by_density("relu", Law("uniform", (Integer(-2), ZERO)), f()) == 0


REFUSED = [
    (LAWS[2], f() * Entry("Y"), "is not a function of X alone"),
    (LAWS[2], f(0, Entry("Y")), "is not a function of X alone"),
    (LAWS[2], f() - E(f()), "X stands within another moment"),
    (LAWS[2], f(0, 2 * X), r"f\(2\*x\) is not a function of x itself"),
    (LAWS[2], f(0, f()), "is not a function of x itself"),
    (Law("uniform", (m, m + 1)), f(), "whether the break at 0 comes before m was not shown"),
    (Law("uniform", (-s, s)), f(0, X + 1), r"f\(x \+ 1\) is not a function of x itself"),
    (Law("laplace", (m, s)), f(), "whether the break at 0 comes before m was not shown"),
    (Law("truncated-normal", (m, s, ONE)), f(), "whether the break at 0 comes before"),
]


@pytest.mark.parametrize(("law", "g", "why"), REFUSED, ids=str)
def test_refused(law: Law, g: Expr, why: str) -> None:
    with pytest.raises(Refused, match=why):
        by_density("relu", law, g, "Y")


def test_pieces_that_are_not_fixed() -> None:
    made, fact = model("relu", LAWS[2])
    random = made.random("R")[()]
    for bad, why in (
        (((-oo, ZERO, random), (ZERO, oo, u)), "is random"),
        (((-oo, m, ZERO), (m, oo, u)), "are not numbers in order"),
        (((-oo, ZERO, ZERO), (ONE, oo, u)), "do not cover the line once"),
        (((-oo, ZERO, ZERO), (ZERO, oo, sqrt(u))), "no polynomial|not shown to be positive"),
    ):
        worse = made.without(["f-is"])
        worse.assume("f-is", Pieces("f", u, bad), text="")
        book = Book(worse)
        for part in moment_parts(worse, fact):
            book.add(part)
        args = (X, x, "mass of the law of X", ())
        with pytest.raises(Refused, match=why):
            RULES["expectation by density"].rewrite(E(f()), book.scope(), args)


def test_the_answer_is_the_one_of_the_textbook() -> None:
    law = Law("normal", (ZERO, s))
    made, _ = model("relu", law)
    for moment, text in (
        (E(f()), "√s / √(2 π)"),
        (E(f() ** 2), "s/2"),
        (Var(f()), "s/2 - s / (2 π)"),
        (E(f(1) ** 2), "1/2"),
    ):
        assert write(shown("relu", law, moment), made, TEXT) == text
    assert put(shown("leaky", law, E(f() ** 2)), a, ZERO) == s / 2


def test_values_at_points() -> None:
    """At a break a function has the value that both sides tend to; a jump has none."""
    law = Law("points", (ZERO, a, Integer(-2), (1 - a) / 2, Integer(3), (1 - a) / 2))
    made, fact = model("leaky", law)
    made.families["a"] = replace(made.families["a"], below=ONE)
    for g, value in ((f(), (3 - 2 * a) * (1 - a) / 2), (f() ** 2, (9 + 4 * a**2) * (1 - a) / 2)):
        told = Derivation(made, moment_parts(made, fact, functions=(E(g),)))
        claim = replay(told).proved[-1].claim
        assert isinstance(claim, Statement) and claim.left == E(g)
        assert (claim.right - value).expand() == 0
        assert replay(told).uses == {"law", "f-is"}
        with pytest.raises(Refused):
            replay(told, made.without(["f-is"]))
    told = Derivation(made, moment_parts(made, fact, functions=(E(f(1)),)))
    claim = replay(told).proved[-1].claim
    assert isinstance(claim, Statement) and f(1, ZERO) in claim.right.atoms(Apply)


# -- claims


DECLARED = r"""```derive
new
size n
random S_j for j = 1..n
random w_j for j = 1..n
random T, R
given v > 0, \phi(z), a > 0
let h = \sum_{j=1}^n w_j \phi(S_j)
assume slope: \phi(z) = \max(0, z) + a \min(0, z)
assume S_j ~ N(0, variance v); w_j ~ U(-1, 1); T ~ U(-1, 2); R ~ Rademacher
assume independent S_j, w_j
```
"""
CLAIMS = [
    (r"E[\phi(S_j)] = (1 - a) \sqrt{v/(2\pi)}", "holds"),
    (r"E[\phi(S_j)^2] = \frac{1 + a^2}{2} v", "holds"),
    (r"E[\phi(S_j)^2] = \frac{1 - a^2}{2} v", "fails"),
    (r"\operatorname{Var}[\phi(S_j)] = \frac{1 + a^2}{2} v", "fails"),
    (r"\operatorname{Var}[\phi(S_j)] = \frac{1+a^2}{2} v - \frac{(1-a)^2}{2\pi} v", "holds"),
    (r"E[\phi'(S_j)^2] = (1 + a^2)/2", "holds"),
    (r"E[S_j \phi(S_j)] = v E[\phi'(S_j)]", "holds"),
    (r"E[S_j \phi(S_j)] = E[\phi'(S_j)]", "fails"),
    (r"\operatorname{Cov}[S_j, \phi(S_j)] = (1 + a) v / 2", "holds"),
    (r"\operatorname{Var}[h] = n (1 + a^2) v / 6", "holds"),
    (r"\operatorname{Var}[h] = n (1 + a^2) v / 3", "fails"),
    (r"E[\phi(T)] = \frac{4 - a}{6}", "holds"),
    (r"E[\phi(T)] = \frac{4 + a}{6}", "fails"),
    (r"E[\phi(S_j)] = 0", "fails"),
    (r"E[\phi(R)^2] = \frac{1 + a^2}{2}", "holds"),
    (r"E[\phi(R)] = 0", "fails"),
]


def judged(text: str) -> list[Any]:
    return list(check(document(text)).claims)


@pytest.mark.parametrize(("claim", "verdict"), CLAIMS, ids=str)
def test_claims(claim: str, verdict: str) -> None:
    (found,) = judged(f"{DECLARED}\n$${claim}$$\n")
    assert found.verdict == verdict
    judgement = found.links[0].judgement
    if verdict == "holds":
        assert "slope" in judgement.uses
    else:
        assert judgement.equality.example is not None


def test_a_verdict_does_not_depend_on_the_claims_before_it() -> None:
    """Under a root no normal form is made; the moments in it are found all the same."""
    text = DECLARED.replace("T ~ U(-1, 2)", "T ~ N(0, variance v^2)")
    claim = r"$$\sqrt{E[\phi(T)^2]} = v \sqrt{(1 + a^2)/2}$$"
    mean = r"$$E[\phi(T)] = (1 - a) v / \sqrt{2\pi}$$"
    for order in ((claim,), (mean,), (claim, mean), (mean, claim)):
        assert [c.verdict for c in judged(text + "\n\n".join(order))] == ["holds"] * len(order)


def test_no_law_other_laws_and_no_pieces_no_verdict() -> None:
    claim = "$$E[\\phi(T)^2] = 1$$\n"
    without = DECLARED.replace("; T ~ U(-1, 2)", "")
    (found,) = judged(without + claim)
    assert found.verdict == "fails"
    example = found.links[0].judgement.equality.example
    assert example.instance.laws["T"] is CENTRED[0]
    (found,) = judged(DECLARED.replace(r"assume slope: \phi(z) = \max(0, z) + a \min(0, z)", "")
                      + claim)  # fmt: skip
    assert found.verdict not in ("holds", "fails")


def test_numbers_printed_also_of_what_is_defined() -> None:
    text = r"""```derive
random B
given r(v)
let Z = r(B)
assume r(v) = \max(0, v)
assume B ~ N(0, variance 1)
```
"""
    for claim, verdict in (
        (r"\operatorname{Var}[Z] \approx 0.341", "holds"),
        (r"\operatorname{Var}[Z] \approx 0.3408", "holds"),
        (r"\operatorname{Var}[Z] \approx 0.342", "fails"),
        (r"1/\sqrt{\operatorname{Var}[r(B)]} \approx 1.7129", "holds"),
        (r"1/\sqrt{\operatorname{Var}[r(B)]} = \sqrt2", "fails"),
        (r"1/\sqrt{E[r(B)^2]} = \sqrt2", "holds"),
    ):
        (found,) = judged(f"{text}\n$${claim}$$\n")
        assert found.verdict == verdict, claim
