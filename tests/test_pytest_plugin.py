"""`pytest --derive`: one test a claim, failing with the report on it."""

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

NOTES = """```derive
random x, y
assume x independent of y
```

$$Var[x + y] = Var[x] + Var[y]$$

$$Var[x - y] = Var[x] - Var[y] \\tag{2}$$

<!-- derive: expect fails -->
$$Var[2 x] = 2 Var[x]$$

$$Var[x] \\le 3$$
"""


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    known = any(p.value == "derive.pytest_plugin" for p in entry_points(group="pytest11"))
    load = [] if known else ["-p", "derive.pytest_plugin"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rA", *load, *args],
        cwd=folder, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_one_test_a_claim(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(NOTES)
    done = run(tmp_path, "--derive", "notes.md")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 failed, 2 passed, 1 skipped" in done.stdout
    assert "notes.md::line 8 (2)" in done.stdout
    assert "left - right" in done.stdout and "Traceback" not in done.stdout


def test_claims_that_cannot_all_be_right(tmp_path: Path) -> None:
    text = "```derive\nrandom x\ngiven b\n```\n$$Var[x] = b$$\n\n$$Var[x] = 2 b$$\n"
    (tmp_path / "notes.md").write_text(text)
    done = run(tmp_path, "--derive", "notes.md")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED notes.md::lines 5 and 7 together" in done.stdout
    assert "cannot all be right" in done.stdout and "Traceback" not in done.stdout


def test_documents_are_left_alone_without_the_option(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text(NOTES)
    assert run(tmp_path).returncode == 5


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_bytes(b"\x00\x01")
    done = run(tmp_path, "--derive", "notes.md")
    assert done.returncode == 2 and "not a text" in done.stdout
