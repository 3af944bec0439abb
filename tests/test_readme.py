"""What the README shows is what the program prints."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from derive.cli import derive

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```console\n\$ python -m derive ([^\n]*)\n(.*?)```", README.read_text(), re.S)


def test_the_readme_shows_something() -> None:
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("command, shown", BLOCKS, ids=[f"{n}" for n in range(len(BLOCKS))])
def test_what_the_readme_shows_is_printed(command: str, shown: str) -> None:
    printed = CliRunner(env={"COLUMNS": "80"}).invoke(derive, shlex.split(command)).output
    for piece in shown.split("...\n"):
        assert piece in printed, f"not printed any more:\n{piece}"
