"""Numbers: the derived formulas at widths and variances, in any notation, and what they do."""

from __future__ import annotations

from fractions import Fraction as F
from functools import cache
from itertools import pairwise
from math import log, prod
from typing import Any

import pytest
from models import columns, glorot
from sympy import symbols

from derive.counting.setting import SCHEMES, scheme_name, setting
from derive.counting.shape import shape
from derive.figures.amounts import BadNumbers, exact, exacts, short, written
from derive.figures.floats import TYPES
from derive.figures.growth import growth, growths
from derive.figures.numbers import Table, formulas, numbers
from derive.figures.numbers import table as at_numbers
from derive.model import Model
from derive.proving.activated import with_activation
from derive.read.declare import NOTATIONS, declare, notation, notations
from derive.show.bars import bars, sparkline

WIDTHS, WEIGHTS = (3, 4, 5, 2), (F(1, 2), F(3), F(5))
LAYERED = ("glorot", "ubc", "d2l", "shifted", "he")


def table(name: str, widths: Any = WIDTHS, **more: Any) -> Table:
    if not more.keys() & {"weight_var", "init"}:
        more["weight_var"] = WEIGHTS
    model, claims, missing = derived_once(name)
    layer = more.pop("layer", None)
    return at_numbers(setting(model, widths, **more), claims, missing, layer)


@cache
def derived_once(name: str) -> Any:
    model = notation(name).model
    model = with_activation(model, "linear") if name == "he" else model
    return model, *formulas(model)


def values(found: Table, chain: str) -> list[F]:
    return [v for _, v in found.column(chain)]


def by_hand(widths: Any, weights: Any, x: F = F(1), top: F = F(1)) -> tuple[list[F], ...]:
    """Loops over a plain list of matrices: activations, gradients below each matrix, weights."""
    up = [x]
    for n, v in zip(widths, weights, strict=False):
        up.append(up[-1] * n * v)
    down = [top]
    for n, v in zip(widths[:0:-1], weights[::-1], strict=False):
        down.insert(0, down[0] * n * v)
    return up, down, [a * b for a, b in zip(up, down[1:], strict=False)]


# -- tables


def test_glorot_by_hand() -> None:
    found = table("glorot", input_var=2, top_var="1/3")
    up, down, both = by_hand(WIDTHS, WEIGHTS, F(2), F(1, 3))
    assert found.column("forward") == list(enumerate(up))
    assert found.column("backward") == list(enumerate(down[1:]))
    assert found.column("weight-grad") == list(enumerate(both))
    assert found.rows[3].backward is None and found.rows[3].forward == 900


def test_the_same_network_in_every_notation() -> None:
    up, down, both = by_hand(WIDTHS, WEIGHTS)
    first = {"glorot": (0, 0, 0), "ubc": (0, 0, 1), "d2l": (0, 0, 1), "shifted": (0, 1, 1)}
    for name, starts in first.items():
        found = table(name)
        assert values(found, "weight-grad") == both, name
        assert values(found, "forward") == up[: len(found.column("forward"))], name
        gradients = values(found, "backward")
        assert gradients == (down[:-1] if name == "ubc" else down[-len(gradients) :]), name
        assert tuple(found.column(c)[0][0] for c in found.chains) == starts, name
    he = table("he")
    assert he.column("forward") == [(1, up[1]), (2, up[2]), (3, up[3])]
    assert values(he, "backward") == down and values(he, "weight-grad") == both


def test_models_from_python_in_letters_of_their_own() -> None:
    for model in (glorot(), columns()):
        assert (
            values(numbers(model, WIDTHS, weight_var=WEIGHTS), "weight-grad")
            == by_hand(WIDTHS, WEIGHTS)[2]
        )


def test_neuron_has_one_row_without_a_layer() -> None:
    found = table("neuron", "5,1", weight_var="1/10", input_var=4)
    assert found.column("forward") == [(None, F(2))]
    assert set(found.missing) == {"backward", "weight-grad"}
    with pytest.raises(BadNumbers, match="forward has no layers"):
        table("neuron", "5,1", weight_var=1, layer=0)


OWN = r"""
size T >= 1, q
random a_j for j = 1..q
random V_{t,i,j} for t = 1..T, i = 1..q, j = 1..q
let g_{0,j} = a_j for j = 1..q
let g_{t,i} = \sum_{j=1}^{q} V_{t,i,j} g_{t-1,j} for t = 1..T, i = 1..q
assume independent V_{t,i,j}; a independent of V
assume E[V_{t,i,j}] = 0; E[a_j] = 0
assume same Var[V_{t,i,j}] over i, j; same Var[a_j] over j; same E[a_j] over j
show forward: Var[g_{t,i}]
"""


def test_one_width_for_all_layers() -> None:
    model = declare(OWN, name="own").model
    assert values(numbers(model, [6, 6, 6], weight_var="1/3,1/2"), "forward") == [1, 2, 6]
    with pytest.raises(BadNumbers, match="q has 6 units in own, not 5"):
        numbers(model, [6, 5], weight_var=1)


def test_depth_zero_and_one_and_width_one() -> None:
    assert table("d2l", "7", weight_var=1).rows[0].forward == 1
    assert table("d2l", "7", weight_var=1).column("weight-grad") == []
    zero = table("glorot", "1,1", weight_var="1/4")
    assert zero.column("forward") == [(0, 1), (1, F(1, 4))]
    assert zero.column("backward") == zero.column("weight-grad") == [(0, F(1))]
    one = table("ubc", "2,3,1", weight_var="1/4")
    assert [v for _, v in one.column("weight-grad")] == [F(1, 4), F(1, 2)]


def test_a_variance_of_zero() -> None:
    found = table("glorot", (3, 3, 3, 3), weight_var="1,0,1")
    assert values(found, "forward") == [1, 3, 0, 0]
    assert values(found, "backward") == [0, 3, 1]
    assert values(found, "weight-grad") == [0, 9, 0]


def test_one_layer_is_the_row_of_the_table() -> None:
    whole = table("shifted")
    for row in whole.rows:
        assert table("shifted", layer=row.layer).rows == (row,)


@pytest.mark.parametrize("name", LAYERED)
def test_what_a_column_shows(name: str) -> None:
    found = table(name)
    assert [found.head(c).free_symbols for c in found.chains]


def test_rows_for_json() -> None:
    assert table("shifted", "3,4", weight_var="1/9").values == [
        {"layer": 0, "forward": "1"},
        {"layer": 1, "forward": "1/3", "backward": "1", "weight_grad": "1"},
    ]


# -- initialisation


def test_known_figures() -> None:
    deep = [300] * 21
    assert set(_ratios(table("glorot", deep, init="uniform-1/√n"), "forward")) == {F(1, 3)}
    assert set(_ratios(table("glorot", deep, init="uniform-1/√n"), "backward")) == {F(3)}
    for init in ("glorot-uniform", "glorot-normal", "lecun"):
        for chain in ("forward", "backward", "weight-grad"):
            assert set(values(table("ubc", deep, init=init), chain)) == {F(1)}
    assert set(_ratios(table("d2l", [30, 10, 50], init="lecun"), "forward")) == {1}
    assert set(_ratios(table("d2l", [30, 10, 50], init="he"), "forward")) == {2}


def _ratios(found: Table, chain: str) -> list[F]:
    return [b / a for a, b in pairwise(values(found, chain))]


def test_schemes() -> None:
    assert {name: rule(4, 8) for name, rule in SCHEMES.items()} == {
        "uniform-1/√n": F(1, 12),
        "lecun": F(1, 4),
        "glorot-uniform": F(1, 6),
        "glorot-normal": F(1, 6),
        "he": F(1, 2),
        "he-fan-out": F(1, 4),
        "orthogonal": F(1, 8),
    }
    assert scheme_name("Uniform-1/sqrt(n)") == "uniform-1/√n"
    assert setting(glorot(), "4,8", init="he").weights == (F(1, 2),)


# -- what is said of it


def sentence(name: str, chain: str, widths: Any, **more: Any) -> str:
    found = table(name, widths, **more)
    return next(g.text for g in growths(found) if g.chain == chain)


def test_the_sentence() -> None:
    assert sentence("glorot", "forward", [300] * 101, init="uniform") == (
        "shrinks by 3 a layer; the standard deviation halves every 1.3 layers;"
        " below float16's smallest normal number from layer 18 on"
    )
    assert sentence("glorot", "backward", [300] * 101, init="uniform") == (
        "shrinks by 3 a layer; the standard deviation halves every 1.3 layers;"
        " below float16's smallest normal number from layer 81 down"
    )
    assert sentence("glorot", "weight-grad", [300] * 3, init="glorot-normal") == (
        "stays the same at every layer"
    )
    assert sentence("d2l", "forward", [9, 9], weight_var=1) == (
        "grows by 9 a layer; the standard deviation doubles every 0.63 layers"
    )
    assert sentence("glorot", "backward", "3,4", weight_var=1) == "exists at one layer only"
    assert sentence("glorot", "forward", [3] * 4, weight_var="1,0,1") == "is 0 from layer 2 on"


def test_a_factor_that_changes_has_no_halving_distance() -> None:
    text = sentence("d2l", "forward", [8, 8, 8], weight_var="1/16,1/4")
    assert text == "stays the same at every layer" or "halves" not in text
    assert "geometric mean" in sentence("d2l", "forward", [8, 8, 8], weight_var="1/16,1/2")
    (found, *_) = growths(table("d2l", [8, 8, 8], weight_var="1/16,1/2"))
    assert found.halving is None and found.mean is not None
    assert 10**found.mean == pytest.approx(2**0.5)


def test_where_a_standard_deviation_leaves_a_type() -> None:
    limits = {t.name: (t.tiny, t.largest) for t in TYPES}
    assert limits["float16"] == (F(1, 2**14), F(65504))
    assert limits["float32"][0] == limits["bfloat16"][0] == F(1, 2**126)
    assert float(limits["float64"][0]) == 2.2250738585072014e-308
    assert float(limits["float64"][1]) == 1.7976931348623157e308
    half = TYPES[0]
    for edge, outside in ((half.tiny, half.too_small), (half.largest, half.too_large)):
        near = F(1, 10**9)
        assert not outside(edge**2)
        assert outside(edge**2 * (1 - near)) == (edge < 1)
        assert outside(edge**2 * (1 + near)) == (edge > 1)
    assert not half.too_small(F(0))


def test_bfloat16_and_float32_go_together_and_a_return_is_not_from_there_on() -> None:
    small = growth("forward", [(0, F(1)), (1, F(1, 10**90)), (2, F(1, 10**95))], upward=True)
    assert "of float16, bfloat16 and float32 from layer 1 on" in small.text
    back = growth("forward", [(0, F(1)), (1, F(10**20)), (2, F(2))], upward=True)
    assert back.text.endswith("above float16's largest number at layer 1")


def test_halving_is_computed() -> None:
    (found, *_) = growths(table("glorot", [300] * 5, init="uniform"))
    assert found.halving == pytest.approx(2 * log(2) / log(3))


def test_bars_and_sparklines() -> None:
    falling = [F(1), F(1, 3), F(1, 9), None, F(0)]
    assert sparkline(falling) == "█▅▁  "
    assert sparkline(falling, ascii=True) == "#=_  "
    assert bars(falling, width=5, ascii=True) == ["#####", "###  ", "#    ", "     ", "     "]
    assert bars([F(1), F(100)], width=3) == ["█  ", "███"]
    assert sparkline([F(7)] * 3) in ("▅▅▅", "▄▄▄")
    assert len(sparkline([F(1, 3**k) for k in range(500)], width=40)) == 40
    assert sparkline([], width=5) == "" and bars([]) == []
    assert all(c < "\x80" for c in sparkline(falling, ascii=True))


# -- numbers read and written


def test_exact_numbers() -> None:
    assert exacts("1/300, 0.01,1e-3, .5") == (F(1, 300), F(1, 100), F(1, 1000), F(1, 2))
    assert exact("-2.5e1") == -25 and exact(F(1, 3)) == F(1, 3)


NOT_NUMBERS = ["", "a", "1/", "1//2", "0x10", "inf", "nan", "1_000", "1,2", "\u0661"]


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_not_a_number(text: str) -> None:
    with pytest.raises(BadNumbers, match="is not a number"):
        exact(text)


def test_numbers_that_are_not_exact_or_too_long() -> None:
    for bad in (0.1, True, None):
        with pytest.raises(BadNumbers, match="is not exact"):
            exact(bad)  # type: ignore[arg-type]
    with pytest.raises(BadNumbers, match="divides by zero"):
        exact("1/0")
    with pytest.raises(BadNumbers, match="at most 1000"):
        exact("1" * 5000)


def test_numbers_written() -> None:
    assert written(F(1, 3)) == "1/3"
    large = written(F(1, 3**20000))
    assert len(large) == 2 + 9543 and large.endswith(str(3**20000 % 10**50))
    shown = {
        F(1, 3): "0.333",
        F(300): "300",
        F(1, 3**100): "1.94e-48",
        F(12345678): "1.23e+07",
        F(0): "0",
        F(9999, 10000): "1",
        F(-1, 4): "-0.25",
        F(99999, 10): "1e+04",
    }
    assert {v: short(v) for v in shown} == shown


# -- numbers that do not fit


BAD: list[tuple[dict[str, Any], str]] = [
    ({"widths": "300,0"}, "number 2: 0 is not a positive integer"),
    ({"widths": "300,-3"}, "number 2: -3 is not a positive integer"),
    ({"widths": "300,2.5"}, "2.5 is not a positive integer"),
    ({"widths": "300,x"}, "the widths, number 2: 'x' is not a number"),
    ({"widths": "300"}, "number of widths: 1; there is one more than weight matrices"),
    ({"layers": 4}, "3 widths, but d = 4 makes 5 weight matrices, which takes 6"),
    ({"layers": -1}, "d = -1, and glorot has d >= 0"),
    ({"weight_var": "1,1,1"}, "3 weight variances for 2 weight matrices"),
    ({"weight_var": "1,-1/3"}, "the weight variances, number 2: -0.333 is negative"),
    ({"weight_var": "1", "init": "he"}, "given twice"),
    ({"weight_var": None}, "missing"),
    ({"weight_var": None, "init": "glorot-unform"}, "nearest: glorot-uniform"),
    ({"input_var": "-1"}, "the input variance: -1 is negative"),
    ({"top_var": "z"}, "the top variance: 'z' is not a number"),
    ({"layer": 4}, "layer 4: outside the network; forward exists at 0 … 2, backward"),
]


@pytest.mark.parametrize(("more", "message"), BAD, ids=[m for _, m in BAD])
def test_bad_numbers(more: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"widths": "3,3,3", "weight_var": 1, **more}
    with pytest.raises(BadNumbers) as error:
        table("glorot", **given)
    assert message in str(error.value)


def test_a_model_that_does_not_say_its_weights() -> None:
    model = Model("two")
    j = symbols("j")
    n = model.size("n")
    model.random("u", (j, 1, n))
    with pytest.raises(BadNumbers, match="which family is the weights"):
        shape(model)


def test_a_chain_that_stops_has_no_column() -> None:
    model = notation("glorot").model.without(["independent-top"])
    found = numbers(model, WIDTHS, weight_var=WEIGHTS)
    assert "forward" in found.chains and "weight-grad" in found.missing


def test_every_shipped_notation_has_a_shape() -> None:
    for name in notations():
        if name != "residual":
            assert shape(notation(name).model).weights.kind == "random"


def test_he_knows_its_other_family_of_widths() -> None:
    text = NOTATIONS.joinpath("he.derive").read_text(encoding="utf-8")
    text = text.replace(r", \hat n_l = n_{l+1}", "")
    text = text.replace("random u", r"size \hat n_l for l = 1..L" + "\nrandom u", 1)
    text += r"assume dense-layers: \hat n_{l-1} = n_l for l = 2..L+1"
    sizes = setting(declare(text).model, WIDTHS, weight_var=1).sizes
    assert [sizes["n̂", (i,)] for i in (1, 2, 3)] == [4, 5, 2]
    assert prod(sizes["n", (i,)] for i in (1, 2, 3, 4)) == prod(WIDTHS)
