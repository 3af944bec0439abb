"""The Python interface: three lines to a derivation, replay, what is public, what it costs."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from models import columns, glorot
from sympy import Integer, symbols

import derive
from derive import Cov, E, Entry, Independent, Model, Partial, Product, Statement, Sum, Unit, Var

i, k, l, p, q, t = symbols("i k l p q t")
ip = symbols("i'")


def run(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


# -- what is public, and what it costs


def test_importing_derive_imports_neither_sympy_nor_anything_of_its_own() -> None:
    loaded = "sorted(m for m in sys.modules if m.split('.')[0] in ('sympy', 'mpmath', 'derive'))"
    assert run(f"import sys, derive; print({loaded})") == "['derive']"


def test_importing_derive_takes_less_than_five_milliseconds() -> None:
    code = (
        "import time, typing, importlib\n"
        "start = time.perf_counter(); import derive; print(time.perf_counter() - start)"
    )
    assert min(float(run(code)) for _ in range(3)) < 0.005


def test_every_public_name_is_there_and_documented() -> None:
    for name in derive.__all__:
        found = getattr(derive, name)
        assert isinstance(found, ModuleType) or callable(found), name
        assert found.__doc__, name
    assert set(derive.__all__) <= set(dir(derive))


def test_the_names_for_a_type_checker_are_those_that_are_loaded() -> None:
    typed = {name for names in derive._PLACES.values() for name in names}
    assert {*typed, "stats", "testing"} == set(derive.__all__)


def test_a_name_that_is_not_public_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="module 'derive' has no attribute 'forwards'"):
        derive.forwards  # noqa: B018


# -- deriving


def test_three_lines() -> None:
    model = derive.notation("glorot")
    d = derive.weight_grad(model)
    assert d.uses == tuple(a.name for a in model.assumptions)
    n, W, x, s = (model.families[name] for name in ("n", "W", "x", "s"))
    C, size = Entry("C"), symbols("d")
    expected = (
        Var(x[1])
        * Var(Partial(C, s[size, 1]))
        * Product(n[ip] * Var(W[ip, 1, 1]), (ip, 0, i - 1))
        * Product(n[ip + 1] * Var(W[ip, 1, 1]), (ip, i + 1, size))
    )
    assert derive.same(d.result.right, expected)
    assert d.result.left == Var(Partial(C, W[i, l, k]))


@pytest.mark.parametrize("chain", ["forward", "backward", "weight_grad", "init", "backprop"])
@pytest.mark.parametrize("name", ["glorot", "ubc"])
def test_every_chain_replays_to_the_same_result(chain: str, name: str) -> None:
    d = getattr(derive, chain)(derive.notation(name))
    again = d.replay()
    assert again is not d
    assert again.result == d.result
    assert again.uses == d.uses
    assert d.stopped is None
    assert d.steps


def test_product_and_sum_need_no_model() -> None:
    assert str(derive.product().result.right) == "Var(x)*Var(y)"
    assert str(derive.sum().result.right) == "n*Var(w[1])*Var(x[1])"


def test_any_letters() -> None:
    model = columns()
    d = derive.forward(model)
    t_ = symbols("t'")
    N, v, A = (model.families[name] for name in ("N", "v", "A"))
    product = Product(N[t_ - 1] * Var(A[t_, 1, 1]), (t_, 1, t))
    assert derive.same(d.result.right, Var(v[1]) * product)
    assert d.unused == ("top", "centred-top")


def test_replay_against_a_model_without_an_assumption_names_the_step_and_the_assumption() -> None:
    model = derive.notation("glorot")
    d = derive.forward(model)
    fewer = model.without(["zero-mean-weights"])
    with pytest.raises(derive.Refused, match=r"step \d+ \(assumption\): zero-mean-weights is not"):
        d.replay(fewer)
    assert d.replay(model.without(["independent-top"])).uses == d.uses


def test_a_derivation_that_stops_says_so_and_keeps_what_it_reached() -> None:
    d = derive.forward(derive.notation("glorot").without(["zero-mean-weights"]))
    assert str(d.stopped) == "the covariance was not shown to be 0"
    assert "Stopped" in str(d)
    assert repr(d).endswith("(stopped)>")
    assert d.replay().result == d.result
    assert isinstance(d.result.left, Cov)


def test_a_model_that_does_not_say_what_to_show_is_refused() -> None:
    with pytest.raises(derive.Undeclared, match="the model empty does not say what forward shows"):
        derive.forward(Model("empty"))


def test_declared_text_is_a_model() -> None:
    model = derive.declare(
        r"""
        size n
        random w_j, x_j for j = 1..n
        let y = \sum_{j=1}^{n} w_j x_j
        assume independent w_j; w independent of x
        assume E[w_j] = 0; same Var[w_j] over j; same E[x_j], Var[x_j] over j
        show forward: Var[y]
        """,
        name="mine",
    )
    d = derive.forward(model)
    assert model.name == "mine"
    w, x = Entry("w", 1), Entry("x", 1)
    assert derive.check_equal(d.result.right, symbols("n") * Var(w) * E(x**2), model)


# -- showing


def test_the_page_has_the_result_and_the_comparison_with_print() -> None:
    page = str(derive.weight_grad(derive.notation("glorot")))
    assert "  Result    Var[∂C/∂W^i] = Var[x] Var[∂C/∂s^d]" in page
    assert "eq. (7), as printed: ✗ fails" in page
    assert max(map(len, page.splitlines())) <= 80
    assert not page.endswith("\n")


def test_notebooks_show_the_result() -> None:
    latex = derive.forward(derive.notation("glorot"))._repr_latex_()
    assert latex == (
        r"$\displaystyle \operatorname{Var}[z^i_l] = \operatorname{Var}[x]"
        r" \prod_{i'=0}^{i-1} n_{i'} \operatorname{Var}[W^{i'}]"
        r" \qquad i = 0, \dots, d+1, l = 1, \dots, n_i$"
    )


def test_steps_tell_rule_line_and_assumptions() -> None:
    d = derive.product()
    last = d.steps[-1]
    assert last.step.rule == "assumption"
    assert last.uses == {"zero-mean-y"}
    assert derive.same(last.step.after, d.result.right)


# -- check_equal


def two(*, independent: bool = True) -> Model:
    model = Model("two")
    model.random("α")
    model.random("β")
    if independent:
        model.assume("apart", Independent((Unit(("α",)), Unit(("β",)))), text="α independent of β")
    return model


a, b = Entry("α"), Entry("β")


def test_holds_by_moments_with_the_assumptions_used() -> None:
    found = derive.check_equal(Var(a + b), Var(a) + Var(b), two())
    assert (found.verdict, found.by, found.uses) == ("holds", "moments", ("apart",))
    assert found
    assert not derive.check_equal(Var(a + b), Var(a) + Var(b), two(independent=False))


def test_what_holds_without_an_assumption_uses_none() -> None:
    found = derive.check_equal(Var(2 * a + 1), 4 * Var(a), two())
    assert found.uses == ()
    assert str(found) == "holds  Var[2 α + 1] = 4 Var[α]\nby moments; used: no assumption"


def test_the_remainder_is_left_minus_right() -> None:
    found = derive.check_equal(Var(a * b), Var(a) * Var(b), two())
    remainder = E(a) ** 2 * Var(b) + E(b) ** 2 * Var(a)
    assert derive.check_equal(found.remainder, remainder, two())
    assert found.verdict != "holds"


def test_definitions_are_put_in() -> None:
    model = two()
    model.defined("γ")
    model.define(Entry("γ"), a - b)
    assert derive.check_equal(Var(Entry("γ")), Var(a) + Var(b), model)


def network() -> tuple[Model, Product]:
    model = glorot()
    n, W = model.families["n"], model.families["W"]
    return model, Product(n[ip] * Var(W[ip, 1, 1]), (ip, 0, i - 1))


def test_a_result_that_was_derived_is_put_in() -> None:
    model, product = network()
    z, x = model.families["z"], model.families["x"]
    right = Var(x[1]) * product
    assert derive.check_equal(Var(z[i, l]), right, model).verdict == "undecided"
    found = derive.check_equal(Var(z[i, l]), right, model, using=[derive.forward(model)])
    assert (found.verdict, found.by) == ("holds", "telescoping products")
    assert found.uses == derive.forward(model).uses


def test_the_step_from_layer_to_layer_follows_from_the_product_formula() -> None:
    model, _ = network()
    n, W, z = (model.families[name] for name in ("n", "W", "z"))
    right = n[i] * Var(W[i, l, k]) * Var(z[i, l])
    found = derive.check_equal(Var(z[i + 1, k]), right, model, using=[derive.forward(model)])
    assert found
    assert [r.index for r in found.statement.ranges] == [i, k, l]


def test_a_derivation_from_assumptions_that_the_model_lacks_is_refused() -> None:
    model, product = network()
    right = Var(Entry("x", 1)) * product
    fewer = model.without(["zero-mean-inputs"])
    with pytest.raises(derive.Refused, match="zero-mean-inputs is not assumed"):
        derive.check_equal(Var(Entry("z", i, l)), right, fewer, using=[derive.forward(model)])


def test_one_factor_too_many_fails_with_numbers() -> None:
    model, _ = network()
    n, W, x = (model.families[name] for name in ("n", "W", "x"))
    d = symbols("d")
    wrong = Var(x[1]) * Product(n[ip] * Var(W[ip, 1, 1]), (ip, 0, i))
    found = derive.check_equal(
        Var(Entry("z", i, l)), wrong, model, (i, 0, d), (l, 1, n[i]), using=[derive.forward(model)]
    )
    assert found.verdict == "fails"
    assert found.example is not None
    assert found.example.left != found.example.right
    assert found.ratio is not None
    assert "left / right = 1 / (n_i Var[W^i])" in str(found)


def test_a_range_in_which_an_entry_does_not_exist_is_not_decided() -> None:
    model, _ = network()
    found = derive.check_equal(Var(Entry("x", l)), Var(Entry("x", 1)), model, (l, 0, 5))
    assert found.verdict == "undecided"
    assert found.why == "x_l may not exist: 1 ≤ l ≤ n_0 was not shown"


def test_two_free_indices_may_be_one() -> None:
    model = Model("pair")
    n = model.size("n")
    w = model.random("w", (p, 1, n))
    model.assume("each", Independent((Unit(("w",), each=True),)), text="the w_p independent")
    assert not derive.check_equal(Cov(w[p], w[q]), 0, model)
    assert derive.check_equal(Cov(w[p], w[q]), 0, model, (p, 1, n), (q, 1, n, (p,)))


@pytest.mark.parametrize(
    "left, message",
    [
        (Var(Entry("ω")), "ω is not declared"),
        (Var(Entry("α", 1)), "α has 0 indices, not 1"),
        (q * Var(a), "the range of q is not known"),
    ],
)
def test_what_has_no_meaning_is_undeclared(left: Var, message: str) -> None:
    with pytest.raises(derive.Undeclared, match=message):
        derive.check_equal(left, 0, two())


def test_a_range_with_a_limit_without_meaning_is_undeclared() -> None:
    with pytest.raises(derive.Undeclared, match="t has no meaning in the ranges"):
        derive.check_equal(Sum(Var(a), (p, 1, q)), 0, two(), (q, 1, t))


def test_text_is_never_evaluated() -> None:
    with pytest.raises(TypeError, match="not a term: 'x'"):
        derive.check_equal("x", 0, two())


def test_a_zero_mean_declared_is_used() -> None:
    model = two()
    model.assume("centred", Statement(E(a), Integer(0)), text="E[α] = 0")
    found = derive.check_equal(Var(a * b), Var(a) * E(b**2), model)
    assert found.uses == ("apart", "centred")


# -- the page that teaches it


def test_the_examples_of_the_documentation_run() -> None:
    page = Path(__file__).parent.parent / "docs" / "python.md"
    code = re.sub(r"^```.*$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    example = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)
    assert runner.tries > 30
