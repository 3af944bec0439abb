"""The program as a person calls it: exit status, messages, colour, files, pipes."""

import os
import pty
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from derive import __version__
from derive.cli import derive, main
from derive.commands.chains import CHAINS
from derive.model import Model
from derive.read.declare import notation
from derive.show.rulebook import rulebook

ROOT = Path(__file__).parent.parent
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own, in a pipe."""
    kept = {
        k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "PYTHONIOENCODING")
    }
    return subprocess.run(
        [sys.executable, "-m", "derive", *args], cwd=ROOT, capture_output=True, text=True,
        env={**kept, "PYTHONIOENCODING": "utf-8", **env}, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("chain", CHAINS)
def test_every_chain_replays(chain: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([chain]) == 0
    out, err = capsys.readouterr()
    assert "replayed" in out and not err
    assert not ANSI.search(out)
    assert max(map(len, out.splitlines())) <= 80


def test_the_width_is_that_of_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert main(["forward"]) == 0
    assert 80 < max(map(len, capsys.readouterr().out.splitlines())) <= 120


@pytest.mark.parametrize("shipped", ["ubc", "d2l"])
def test_another_notation(shipped: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forward", "--notation", shipped]) == 0
    out = capsys.readouterr().out
    assert f"notation {shipped}" in out and "Glorot" not in out


def test_a_notation_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (ROOT / "derive/notations/glorot.derive").read_text(encoding="utf-8")
    mine = tmp_path / "mine.derive"
    mine.write_text(text.replace("W", "Q"), encoding="utf-8")
    assert main(["weight-grad", "--notation", str(mine)]) == 0
    out = capsys.readouterr().out
    assert "notation mine" in out and "Q^0 … Q^{i-1}" in out and "W" not in out


# -- exit status


@pytest.mark.parametrize("name", [a.name for a in notation("glorot").model.assumptions])
def test_an_assumption_that_is_taken_away_stops_the_derivation(
    name: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weight-grad", "--without", name]) == 1
    out, err = capsys.readouterr()
    assert "Without" in out and "Stopped" in out and name in out and not err


def test_an_assumption_that_is_not_needed_may_go(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["forward", "--without", "zero-mean-top", "--without", "independent-top"]) == 0
    out = capsys.readouterr().out
    assert "zero-mean-top" in out and "declared and not needed: none" in out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["weigth-grad"], ["weigth-grad", "nearest: weight-grad"]),
        (["zzz"], ["zzz", "known: product"]),
        (["forward", "--whitout", "x"], ["--whitout", "nearest: --without"]),
        (["--verison"], ["--verison", "nearest: --version"]),
        (["forward", "--without", "zero-mean-weight"], ["nearest: zero-mean-weights"]),
        (["product", "--without", "zero-mean-weights"], ["nearest: zero-mean-"]),
        (["forward", "--notation", "gloro"], ["gloro", "nearest: glorot"]),
        (["forward", "--notation", "no/such.derive"], ["no/such.derive", "No such file"]),
        (["forward", "--format", "pdf"], ["--format", "pdf", "text", "terminal"]),
        (["forward", "more"], ["more"]),
        (["forward", "-o"], ["-o"]),
        (["product", "--notation", "ubc"], ["--notation"]),
    ],
)
def test_a_bad_call_gets_one_message(
    args: Any, words: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(args) == 2
    out, err = capsys.readouterr()
    assert not out and err.count("\n") == 1 and err.startswith("derive: ")
    for word in words:
        assert word in err


def test_a_mistake_in_a_notation_file_is_placed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.derive"
    bad.write_text("size n\nrandum x_l for l = 1..n\n", encoding="utf-8")
    assert main(["forward", "--notation", str(bad)]) == 2
    err = capsys.readouterr().err
    assert f"{bad}:2:1: " in err and "nearest: random" in err


def test_a_notation_that_shows_nothing_of_the_kind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = tmp_path / "small.derive"
    small.write_text("size n\nrandom x_l for l = 1..n\n", encoding="utf-8")
    assert main(["forward", "--notation", str(small)]) == 2
    assert "forward" in capsys.readouterr().err


def test_a_derivation_that_does_not_replay_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from derive import report
    from derive.errors import Refused

    def refuse(story: object) -> None:
        raise Refused("step 3: no")

    monkeypatch.setattr(report, "report", refuse)
    assert main(["product"]) == 1
    assert "does not replay: step 3: no" in capsys.readouterr().err


# -- overview, help, version, reference


def test_alone_it_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    for name in derive.commands:
        assert f"derive {name}" in out
    assert len(out.splitlines()) < 24


@pytest.mark.parametrize("command", ["", *derive.commands])
def test_help(command: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*command.split(), "--help"]) == 0
    out = capsys.readouterr().out
    assert "Usage: derive" in out
    if command != "rules":
        assert "Examples:" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"derive {__version__}\n"


@pytest.mark.parametrize("args", [[], ["--help"], ["--version"], ["forward", "--help"], ["zzz"]])
def test_what_needs_no_mathematics_does_not_load_it(args: Any) -> None:
    code = (
        "import sys; from derive.cli import main; main(sys.argv[1:]);"
        "sys.exit(any(m in sys.modules for m in ('sympy', 'rich')))"
    )
    assert subprocess.run([sys.executable, "-c", code, *args], cwd=ROOT,
                          capture_output=True).returncode == 0  # fmt: skip


def test_rich_is_not_loaded_in_a_pipe() -> None:
    code = "import sys; from derive.cli import main; main(['sum']); sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT,
                          capture_output=True).returncode == 0  # fmt: skip


def test_assumptions_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assumptions"]) == 0
    lines = capsys.readouterr().out.splitlines()
    names = [a.name for a in notation("glorot").model.assumptions]
    assert [line.split()[0] for line in lines] == names
    assert lines[names.index("zero-mean-weights")].endswith("  E[W^i_{l,k}] = 0")


def test_the_rules_in_docs_are_those_of_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    out = capsys.readouterr().out
    assert out == rulebook() == (ROOT / "docs/rules.md").read_text(encoding="utf-8")


# -- terminals and files


def in_a_terminal(*args: str, **env: str) -> str:
    """What the program writes to a terminal."""
    parent, child = pty.openpty()
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "PYTHONIOENCODING")}
    process = subprocess.Popen(
        [sys.executable, "-m", "derive", *args], cwd=ROOT, stdout=child,
        env={**kept, "TERM": "xterm-256color", "COLUMNS": "80", "PYTHONUTF8": "1", **env},
    )  # fmt: skip
    os.close(child)
    found = b""
    while True:
        try:
            part = os.read(parent, 4096)
        except OSError:
            break
        if not part:
            break
        found += part
    os.close(parent)
    assert process.wait() == 0
    return found.decode().replace("\r\n", "\n")


def test_a_terminal_gets_colour_and_the_same_lines() -> None:
    plain = run("product").stdout
    coloured = in_a_terminal("product")
    assert ANSI.search(coloured) and ANSI.sub("", coloured) == plain
    assert ANSI.sub("", in_a_terminal("product", NO_COLOR="1")) == plain
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", in_a_terminal("product", NO_COLOR="1"))
    assert in_a_terminal("product", "--format", "text") == plain


def test_colour_in_a_pipe_only_when_asked_for() -> None:
    assert not ANSI.search(run("product").stdout)
    asked = run("product", "--format", "terminal", TERM="xterm").stdout
    assert ANSI.sub("", asked) == run("product").stdout


def test_an_encoding_without_the_signs_gets_ascii() -> None:
    found = run("backward", PYTHONIOENCODING="ascii")
    assert found.returncode == 0 and found.stdout.isascii()
    assert "Var[dC/ds^i_k]" in found.stdout and "prod_{i'=i+1}^{d}" in found.stdout


def test_a_result_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.txt"
    assert main(["product", "-o", str(target)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["product"]) == 0
    assert target.read_text(encoding="utf-8") == capsys.readouterr().out
    assert os.listdir(tmp_path) == ["out.txt"]
    target.chmod(0o640)
    assert main(["sum", "-o", str(target)]) == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert "Var[y]" in target.read_text(encoding="utf-8")


def test_a_file_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for target in (tmp_path / "no" / "out.txt", tmp_path):
        assert main(["product", "-o", str(target)]) == 2
        out, err = capsys.readouterr()
        assert not out and err.startswith(f"derive: cannot write {target}: ")
    assert os.listdir(tmp_path) == []


def test_a_bad_call_leaves_the_file_alone(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("kept", encoding="utf-8")
    assert main(["product", "-o", str(target), "--without", "zzz"]) == 2
    assert target.read_text(encoding="utf-8") == "kept"


def test_a_device_is_written_to_and_not_replaced() -> None:
    assert main(["product", "-o", os.devnull]) == 0
    assert not os.path.isfile(os.devnull)


# -- being cut short


def test_a_closed_pipe_is_no_error() -> None:
    read, wrote = os.pipe()
    os.close(read)
    for args in (["product"], ["--help"], []):
        process = subprocess.run(
            [sys.executable, "-m", "derive", *args], cwd=ROOT, stdout=wrote, stderr=subprocess.PIPE
        )
        assert (process.returncode, process.stderr) == (0, b"")
    os.close(wrote)


def test_being_interrupted_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(name: str, notation: str) -> Model:
        raise KeyboardInterrupt

    monkeypatch.setattr("derive.commands.chains.model_for", interrupted)
    assert main(["product"]) == 130
    assert capsys.readouterr() == ("", "")


def test_an_interrupted_process() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "derive", "weight-grad", "--all"], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    time.sleep(0.25)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode in (130, 0)
    if process.returncode == 130:
        assert (out, err) == (b"", b"")


def test_completion_knows_commands_and_notations() -> None:
    found = run(_DERIVE_COMPLETE="bash_complete", COMP_WORDS="derive we", COMP_CWORD="1").stdout
    assert "weight-grad" in found
    found = run(_DERIVE_COMPLETE="bash_complete", COMP_WORDS="derive forward --notation gl",
                COMP_CWORD="3").stdout  # fmt: skip
    assert "glorot" in found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("derive check no", "file,no"),
        ("derive check -o no", "file,no"),
        ("derive check --notation own", "file,own"),
        ("derive check --source rect", "plain,rectified-gaussian"),
    ],
)
def test_completion_knows_files_and_sources(words: str, found: str) -> None:
    last = str(len(words.split()) - 1)
    said = run(_DERIVE_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=last).stdout
    assert said.strip() == found
