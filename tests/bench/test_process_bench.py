"""Whole processes against `import sympy`: what somebody waits for at the prompt."""

from __future__ import annotations

import sys

import pytest
from measure import processes

IMPORT = ("-c", "import sympy")
CHAIN, GAIN, HELP, VERSION = 1.5, 2.0, 0.3, 0.3


@pytest.mark.parametrize(
    ("args", "most"),
    [
        (("weight-grad",), CHAIN),
        (("gain", "relu"), GAIN),
        (("--help",), HELP),
        (("--version",), VERSION),
    ],
    ids=["weight-grad", "gain relu", "help", "version"],
)
def test_a_process_against_importing_sympy(
    args: tuple[str, ...], most: float, capsys: pytest.CaptureFixture[str]
) -> None:
    sympy, own = processes([IMPORT, ("-m", "derive", *args)])
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {' '.join(args)}: {own / sympy:.2f} x import sympy ({sympy:.2f} s)\n"
        )
    assert own <= most * sympy
