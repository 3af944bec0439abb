"""Short derivations between two sides: found, checked by the kernel, and saying what they use."""

from dataclasses import replace

import pytest
from sympy import Expr, Symbol

from derive.chains.sum import one_neuron
from derive.judging.check import check
from derive.judging.search import cited, short_derivation, steps
from derive.judging.shipped import source
from derive.kernel import replay
from derive.model import Statement, ranges
from derive.proofs import Chain, Derivation
from derive.proving.laws import variance_of_a_product, variance_of_a_sum, variance_of_two
from derive.read.document import document
from derive.terms import E, Entry, Sum, Var

j, n = Symbol("j"), Symbol("n")
y = Entry("y")
MODEL = one_neuron()


def w(index: Expr) -> Entry:
    return Entry("w", index)


def x(index: Expr) -> Entry:
    return Entry("x", index)


OVER = ranges((j, 1, n))
FOUND = [
    (Var(y), n * Var(w(j)) * Var(x(j)), OVER, "variance of a sum"),
    (Var(y), Sum(Var(w(j) * x(j)), (j, 1, n)), (), "definition of y"),
    (Var(w(j) * x(j)), Var(w(j)) * E(x(j) ** 2), OVER, "second moment"),
    (Var(w(j)), E((w(j) - E(w(j))) ** 2), OVER, "algebra"),
]


@pytest.mark.parametrize(("left", "right", "over", "by"), FOUND, ids=[str(f[0]) for f in FOUND])
def test_a_derivation_is_found_and_replays(left: Expr, right: Expr, over: tuple, by: str) -> None:  # type: ignore[type-arg]
    found = short_derivation(Statement(left, right, over), MODEL, ())
    assert found is not None
    part = found
    laws = (variance_of_two(MODEL), variance_of_a_sum(MODEL), variance_of_a_product(MODEL))
    again = replay(Derivation(MODEL, (*laws, part)))
    assert again.claim == Statement(left, right, over)
    assert by in {s.rule for s in steps(part)} | {*cited(part)}


def test_nothing_is_found_for_what_is_false() -> None:
    false = Statement(Var(y), n**2 * Var(w(j)) * Var(x(j)), OVER)
    assert short_derivation(false, MODEL, ()) is None


def test_nothing_is_found_without_the_assumption_that_it_takes() -> None:
    claim = Statement(Var(y), n * Var(w(j)) * Var(x(j)), OVER)
    for name in ("zero-mean-inputs", "independent-weights", "identical-variances"):
        assert short_derivation(claim, MODEL.without([name]), ()) is None, name


def test_a_recursion_is_gone_down_by_one_layer_only_where_that_is_asked_for() -> None:
    text = r"""```derive
size L >= 1
random u
random G_l for l = 1..L
let x_0 = u
let x_l = x_{l-1} + G_l for l = 1..L
assume Cov[x_{l-1}, G_l] = 0; Var[G_l] = Var[x_{l-1}]
```
$$Var[x_l] = 2 Var[x_{l-1}]$$
"""
    (claim,) = check(document(text)).claims
    judgement = claim.links[0].judgement
    assert judgement is not None and judgement.verdict == "holds"
    assert judgement.laws == ("definition of x", "variance of a sum of two")
    assert short_derivation(judgement.statement, claim.model, ()) is None
    three = replace(judgement.statement, right=3 * judgement.statement.right)
    assert short_derivation(three, claim.model, (), layers=True) is None


def law_names(text: str) -> list[tuple[str, ...]]:
    found = check(document(text)).claims
    return [k.judgement.laws for c in found for k in c.links if k.judgement is not None]


def test_both_sides_stop_where_they_are_first_the_same() -> None:
    head = "```derive\nrandom x, y\nassume independent x, y\n```\n"
    assert law_names(head + r"$$E[(x - E[x])^2] = E[x^2] - E[x]^2$$") == [
        ("linearity of expectation",)
    ]
    assert law_names(head + r"$$E[x^2 y^2] = E[x^2] E[y^2]$$") == [("independence",)]
    (claim,) = check(document(head + r"$$Var[x y] = E[x^2] E[y^2] - E[x]^2 E[y]^2$$")).claims
    judgement = claim.links[0].judgement
    assert judgement is not None and judgement.derivation is not None
    assert len(steps(judgement.derivation)) < 6


def test_no_line_is_written_twice() -> None:
    for name in ("ubc", "lectures"):
        for c in check(source(name)).claims:
            for k in c.links:
                part = k.judgement and k.judgement.derivation
                if part and isinstance(part.claim, Statement) and isinstance(part.proof, Chain):
                    left = [part.claim.left, *(s.after for s in part.proof.steps)]
                    right = [part.claim.right, *(s.after for s in part.proof.right)]
                    both = set(left) & set(right)
                    assert both <= {left[-1]} and both <= {right[-1]}, (name, c.claim.tag)


def test_sums_of_zeros_are_left_out_and_not_spoken_of() -> None:
    text = r"""```derive
size N
random F_k for k = 1..N
assume uncorrelated F_k; same E[F_k], Var[F_k] over k
```
$$Var[\sum_{k=1}^{N} \frac{1}{\sqrt{N}} F_k] = Var[F]$$
"""
    (claim,) = check(document(text)).claims
    judgement = claim.links[0].judgement
    assert judgement is not None and judgement.derivation is not None
    rows = {s.line: s.after for s in steps(judgement.derivation)}
    assert not any(s.body == 0 for e in rows.values() for s in e.atoms(Sum))
    assert law_names(text + r"$$Var[F_1 + F_2] = 2 Var[F]$$")[1:] == [("variance of a sum of two",)]


def test_what_was_shown_is_cited_only_where_it_helps() -> None:
    text = "```derive\nuse he\n```\n" + r"$$E[x_l[j]^2] = Var[x_l[j]] + E[x_l[j]]^2$$"
    assert law_names(text) == [("second moment",)]


def test_products_of_sizes_telescope() -> None:
    text = "```derive\nsize L >= 2\nsize n_l for l = 1..L\n```\n" + (
        r"$$\prod_{l=2}^{L} \frac{n_l}{n_{l-1}} = \frac{n_L}{n_1}$$"
    )
    assert law_names(text) == [("telescoping products",)]


@pytest.mark.parametrize(
    "claim",
    [
        r"Var[m] = \frac{\sigma^2}{n}",
        r"E[m^2] = \mu^2 + \frac{\sigma^2}{n}",
        r"Var[\frac{1}{\sqrt{n}} \sum_{j=1}^{n} u_j] = \sigma^2",
        r"Var[2 m] = \frac{4 \sigma^2}{n}",
    ],
)
def test_a_factor_before_a_sum_is_no_hindrance(claim: str) -> None:
    head = r"""```derive
size n
given \mu, \sigma > 0
random u_i for i = 1..n
let m = \frac{1}{n} \sum_{i=1}^{n} u_i
assume apart: independent u_i
assume one: E[u_i] = \mu; Var[u_i] = \sigma^2
```
"""
    (laws,) = law_names(f"{head}$${claim}$$")
    assert {"linearity of sums", "variance of a sum", "independence"} <= set(laws)
    (without,) = law_names(f"{head}$${claim}$$".replace("assume apart: independent u_i\n", ""))
    assert without == ()
