"""α s + β between the layers: what is forced, by which premise, and that -s does as well as s."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import product

import pytest

from derive.chains.affine import affine
from derive.cli import main
from derive.errors import Refused
from derive.kernel import replay
from derive.model import Statement
from derive.read.declare import notation
from derive.writing.formula import ranges, write

LAYERED = ("glorot", "he", "shifted", "ubc")


def shown(name: str) -> list[tuple[str, set[str]]]:
    story = affine(notation(name).model)
    assert story.stopped is None
    proved = {p.name: p for p in replay(story.derivation).proved}
    found = []
    for p in map(proved.__getitem__, story.results):
        assert isinstance(p.claim, Statement)
        over = ranges(p.claim.ranges[:1], story.model)
        used = {*p.uses} & {*story.premises}
        found.append((f"{write(p.claim, story.model)}  {over}", used))
    return found


def test_means_and_variances_force_all_but_the_sign() -> None:
    up, down = {"equal-means", "equal-forward"}, {"equal-backward"}
    assert shown("glorot") == [
        ("E[z^{i+1}_k] = β  i = 0 … d", set()),
        ("β = 0  i = 0 … d", {"equal-means"}),
        ("Var[s^{i+1}] = n_{i+1} α² Var[W^{i+1}] Var[s^i]  i = 0 … d-1", {"equal-means"}),
        ("n_{i+1} α² Var[W^{i+1}] = 1  i = 0 … d-1", up),
        ("α² = 1  i = 0 … d-1", up | {"forward-choice"}),
        ("Var[∂C/∂s^i] = n_{i+2} α² Var[W^{i+1}] Var[∂C/∂s^{i+1}]  i = 0 … d-1", set()),
        ("n_{i+2} α² Var[W^{i+1}] = 1  i = 0 … d-1", down),
        ("α² = 1  i = 0 … d-1", down | {"backward-choice"}),
    ]


@pytest.mark.parametrize("name", LAYERED)
def test_every_notation_with_a_function(name: str) -> None:
    found = [text.partition("  ")[0] for text, _ in shown(name)]
    assert found.count("α² = 1") == 2 and "β = 0" in found


@pytest.mark.parametrize("name", LAYERED)
def test_every_premise_is_needed(name: str) -> None:
    story = affine(notation(name).model)
    for gone in story.premises:
        with pytest.raises(Refused, match=f"{gone} is not assumed"):
            replay(story.derivation, story.model.without([gone]))


def test_counted_minus_s_keeps_variances_too_and_another_slope_does_not() -> None:
    """Two layers of one unit with weights ±1, so n Var[W] = 1, inputs ±1, counted."""

    def variance(slope: F, shift: F) -> tuple[F, F]:
        values = [slope * x * w + shift for x, w in product((-1, 1), repeat=2)]
        mean = sum(values, F()) / 4
        return mean, sum(((v - mean) ** 2 for v in values), F()) / 4

    assert variance(F(1), F()) == variance(F(-1), F()) == (0, 1)
    assert variance(F(1, 2), F()) == (0, F(1, 4))
    assert variance(F(1), F(1, 3))[0] == F(1, 3)


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    assert main(["init", "--scheme", "affine"]) == 0
    out = capsys.readouterr().out
    assert "α is 1 or -1" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    file = f"{tmp_path}/affine.json"
    assert main(["init", "--scheme", "affine", "--format", "json", "-o", file]) == 0
    assert main(["replay", file]) == 0
    assert main(["init", "--scheme", "affine", "--notation", "d2l"]) == 2
    assert "has no function between its layers" in capsys.readouterr().err
