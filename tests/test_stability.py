"""Where a standard deviation leaves a floating point type: exact, at the edge and beyond."""

from __future__ import annotations

import json
from fractions import Fraction as F
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.cli import main
from derive.figures.amounts import BadNumbers
from derive.figures.floats import EIGHT, TYPES, FloatType, float_type
from derive.figures.numbers import numbers
from derive.figures.stability import LARGEST, NORMAL, SUBNORMAL, Range, stability
from derive.read.declare import notation

FOUR, FIVE = EIGHT


def within(kind: str, widths: list[int], **more: Any) -> Range:
    return stability(numbers(notation("glorot").model, widths, **more), float_type(kind))


def said(kind: str, widths: list[int], chain: str = "forward", **more: Any) -> str:
    return next(c.text for c in within(kind, widths, **more).columns if c.chain == chain)


def test_the_limits_are_those_of_the_standards() -> None:
    half, brain, single, double = TYPES
    assert (half.largest, half.tiny, half.least) == (65504, F(1, 2**14), F(1, 2**24))
    assert (brain.tiny, brain.least) == (F(1, 2**126), F(1, 2**133))
    assert float(brain.largest) == 3.3895313892515355e38
    assert float(single.largest) == 3.4028234663852886e38 and single.least == F(1, 2**149)
    assert float(double.largest) == 1.7976931348623157e308 and float(double.least) == 5e-324
    assert (FOUR.largest, FOUR.tiny, FOUR.least) == (448, F(1, 2**6), F(1, 2**9))
    assert (FIVE.largest, FIVE.tiny, FIVE.least) == (57344, F(1, 2**14), F(1, 2**16))


@given(
    st.sampled_from((*TYPES, *EIGHT)),
    st.fractions(min_value=F(1, 10**9), max_value=10**9),
    st.integers(-40, 40),
)
def test_a_limit_is_compared_exactly(kind: FloatType, v: F, k: int) -> None:
    for limit, outside in ((kind.tiny, kind.too_small), (kind.least, kind.vanishing)):
        for near in (limit**2, limit**2 * v, limit**2 * (1 + F(k, 10**12))):
            assert outside(near) == (near < limit**2)
    for near in (kind.largest**2 * v, kind.largest**2 * (1 + F(k, 10**12))):
        assert kind.too_large(near) == (near > kind.largest**2)
    assert not any(f(F(0)) for f in (kind.too_small, kind.vanishing, kind.too_large))


def test_both_directions_and_each_limit() -> None:
    deep = [300] * 40
    assert said("float16", deep, init="uniform") == (
        "from layer 18 on below the smallest normal number (digits are lost),"
        " from layer 31 on below the smallest subnormal number (rounded to zero)"
    )
    assert said("float16", deep, "backward", init="uniform") == (
        "from layer 20 down below the smallest normal number (digits are lost),"
        " from layer 7 down below the smallest subnormal number (rounded to zero)"
    )
    assert (
        said("fp8", deep, weight_var="1") == "from layer 3 on above the largest number (overflow)"
    )
    found = within("float16", deep, init="uniform").fields["leaves"]
    assert found[0] == {"chain": "forward", "limit": NORMAL, "layers": list(range(18, 40))}
    assert found[2]["chain"] == "backward" and found[2]["layers"] == list(range(20, -1, -1))


def test_beyond_the_last_layer_at_the_same_rate() -> None:
    shallow = [300] * 3
    assert said("float16", shallow, init="uniform") == (
        "within the range; at this rate below the smallest normal number after 16 more layers,"
        " below the smallest subnormal number after 29 more layers"
    )
    (forward, *_) = within("float16", shallow, init="uniform").columns
    for found in forward.leaves:
        limit = {NORMAL: F(1, 2**14), SUBNORMAL: F(1, 2**24)}[found.limit]
        assert found.after is not None
        assert F(1, 3) ** (2 + found.after) < limit**2 <= F(1, 3) ** (1 + found.after)
    assert said("float16", [300] * 40, init="he") == (
        "from layer 32 on above the largest number (overflow)"
    )
    (up, *_) = within("float32", [300] * 3, init="he").columns
    assert [(x.limit, x.after) for x in up.leaves] == [(LARGEST, 254)]


def test_never() -> None:
    assert said("float16", [300] * 30, init="lecun") == "within the range at any depth"
    assert said("float16", [300] * 3, "weight-grad", init="lecun") == "within the range"
    assert said("float16", [300, 200, 100], init="lecun", chain="backward") == "within the range"
    assert said("float16", [3] * 3, input_var="0", init="he") == "is 0, which every type holds"


def test_a_factor_close_to_1_takes_too_long_to_be_said() -> None:
    more = F(1, 300) * (1 + F(1, 10**9))
    assert said("float64", [300] * 3, weight_var=str(more)) == "within the range"


@pytest.mark.parametrize(
    ("name", "meant"),
    [("torch.float16", "float16"), ("BF16", "bfloat16"), ("double", "float64"), ("fp8", FOUR.name),
     ("jnp.float8_e5m2", "float8_e5m2")],
)  # fmt: skip
def test_names(name: str, meant: str) -> None:
    assert float_type(name).name == meant


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(BadNumbers, match="no floating point type bflot16; nearest: bfloat16"):
        float_type("bflot16")


# -- the command


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    call = ["backward", "--widths", ",".join(["300"] * 25), "--init", "uniform"]
    assert main([*call, "--dtype", "float16"]) == 0
    out = capsys.readouterr().out
    assert "  float16   largest 65504, smallest normal 6.1e-05" in out
    assert "float16's smallest normal number" not in out, "it is not said twice"
    assert max(map(len, out.splitlines())) <= 80
    for form in ("markdown", "latex"):
        assert main([*call, "--dtype", "half", "--format", form]) == 0
        assert "In float16" in capsys.readouterr().out
    file = f"{tmp_path}/range.json"
    assert main([*call, "--dtype", "float16", "--format", "json", "-o", file]) == 0
    with open(file, encoding="utf-8") as opened:
        assert json.load(opened)["range"]["normal"] == "1/16384"
    assert main(["replay", file]) == 0
    assert "not checked: values, range" in " ".join(capsys.readouterr().out.split())


def test_it_needs_widths_and_a_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forward", "--dtype", "float16"]) == 2
    assert "--dtype needs --widths" in capsys.readouterr().err
    assert main(["forward", "--widths", "3,3", "--init", "he", "--dtype", "int8"]) == 2
    assert "no floating point type int8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [("he-fan-out", F(2, 100)), ("orthogonal", F(1, 300)), ("xavier", F(2, 400)),
     ("torch.nn.Linear", F(1, 900)), ("lecun_normal", F(1, 300)), ("kaiming_normal", F(2, 300))],
)  # fmt: skip
def test_schemes_by_other_names(name: str, value: F) -> None:
    assert numbers(notation("glorot").model, [300, 100], init=name).setting.weights == (value,)
