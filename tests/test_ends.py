"""Where two lines may meet: as telescoping products, and where that would not be a proof."""

from dataclasses import replace

import pytest
from sympy import Expr, Integer, Symbol, sqrt

from derive.chains.forward import forward
from derive.ends import one_product
from derive.errors import Refused
from derive.kernel import check_part, replay
from derive.model import Model, Statement, ranges
from derive.proofs import Chain, Derivation, Part
from derive.read.declare import notation
from derive.record.checking import replay_record
from derive.record.writing import dumps, record
from derive.scope import Scope
from derive.terms import Product, Var

MODEL = notation("glorot").model
i, k, d = Symbol("i"), Symbol("k"), Symbol("d")
n, W = MODEL.families["n"], MODEL.families["W"]
Meets = tuple[Expr, Expr]


def gain(at: Expr) -> Expr:
    return n[at] * Var(W[at, 1, 1])


def whole(lo: Expr, hi: Expr) -> Expr:
    return Product(gain(k), (k, lo, hi))


def met(left: Expr, right: Expr, model: Model = MODEL, products: bool = True) -> Statement:
    claim = Statement(left, right, ranges((i, 0, d)))
    part = Part("p", claim, Chain((), products=products))
    shown, _ = check_part(part, model, ())
    assert not shown.uses
    assert isinstance(shown.claim, Statement)
    return shown.claim


EQUAL: list[Meets] = [
    (whole(Integer(0), i), gain(i) * whole(Integer(0), i - 1)),
    (whole(Integer(0), d), whole(Integer(0), i) * whole(i + 1, d)),
    (whole(Integer(0), i - 1) * gain(i) * whole(i + 1, d), whole(Integer(0), d)),
    (Product(n[k + 1] / n[k], (k, 0, i)), n[i + 1] / n[0]),
    (whole(i, d), Product(gain(k + i), (k, 0, d - i))),
]


@pytest.mark.parametrize(("left", "right"), EQUAL, ids=lambda e: str(e)[:40])
def test_products_meet_where_that_is_said(left: Expr, right: Expr) -> None:
    assert met(left, right) == Statement(left, right, ranges((i, 0, d)))
    with pytest.raises(Refused, match="p: the last line is"):
        met(left, right, products=False)


FALSE: list[Meets] = [
    (whole(Integer(0), i), whole(Integer(0), i - 1)),
    (whole(Integer(0), i), whole(Integer(1), i + 1)),
    (whole(Integer(0), d), whole(Integer(0), i) * whole(i, d)),
    (Product(n[k + 1] / n[k], (k, 0, i)), n[i] / n[0]),
    (whole(i, d), 2 * whole(i, d)),
    (n[i], -n[i]),
]


@pytest.mark.parametrize(("left", "right"), FALSE, ids=lambda e: str(e)[:40])
def test_what_is_not_equal_does_not_meet(left: Expr, right: Expr) -> None:
    with pytest.raises(Refused, match=r"p: .* have not one normal form as products"):
        met(left, right)


def fixed() -> tuple[Model, Expr]:
    model = Model("one")
    model.sizes[d] = 0
    return model, model.given("c")[()]


def test_nothing_is_divided_by_what_may_be_0() -> None:
    model, c = fixed()
    one = Product(c, (k, 1, d)) / c**d
    with pytest.raises(Refused, match="p: c was not shown to be positive"):
        met(one, Integer(1), model)
    with pytest.raises(Refused, match="c was not shown to be positive, and it is divided by"):
        one_product(one, Integer(1), Scope(model))
    assert met(Product(c, (k, 1, d)), c**d, model).right == c**d


def test_a_root_is_taken_of_what_is_positive() -> None:
    model, c = fixed()
    with pytest.raises(Refused, match=r"p: c.* not shown to be positive"):
        met(sqrt(c**2) * Product(c, (k, 1, d)), c ** (d + 1), model)


def test_a_range_that_could_run_backwards_does_not_meet() -> None:
    with pytest.raises(Refused, match="have not one normal form as products"):
        met(whole(Integer(0), i) * whole(i + 1, i - 3), whole(Integer(0), i - 3))


def test_a_sum_is_no_product() -> None:
    with pytest.raises(Refused, match="p: "):
        met(whole(Integer(0), i) + 1, whole(Integer(0), i - 1) * gain(i) + 1)


def test_such_a_proof_is_written_and_read_back() -> None:
    left, right = EQUAL[0]
    story = forward(MODEL)
    part = Part("last", Statement(left, right, ranges((i, 0, d))), Chain((), products=True))
    parts = (part, *story.derivation.parts)
    replay(Derivation(MODEL, parts))
    found = record(replace(story, derivation=replace(story.derivation, parts=parts)))
    assert found["parts"][0]["products"] is True and "moments" not in found["parts"][0]
    assert replay_record(dumps(found)) is not None
    del found["parts"][0]["products"]
    with pytest.raises(Refused, match="the last line is"):
        replay_record(dumps(found))
