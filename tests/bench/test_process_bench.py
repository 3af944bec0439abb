"""Whole processes against `import sympy`: what somebody waits for at the prompt."""

from __future__ import annotations

import pytest

from measure import processes

IMPORT = ("-c", "import sympy")
CHAIN, HELP, VERSION = 1.5, 0.3, 0.3


@pytest.mark.parametrize(
    ("args", "most"),
    [(("weight-grad",), CHAIN), (("--help",), HELP), (("--version",), VERSION)],
    ids=["weight-grad", "help", "version"],
)
def test_a_process_against_importing_sympy(args: tuple[str, ...], most: float) -> None:
    sympy, own = processes([IMPORT, ("-m", "derive", *args)])
    print(f"\n  import sympy {sympy:.3f} s, derive {' '.join(args)} {own:.3f} s: {own / sympy:.2f} x")
    assert own <= most * sympy
