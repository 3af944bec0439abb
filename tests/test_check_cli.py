"""`derive check` as a person calls it: exit status, several files, formats, hostile files."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from derive.cli import main

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "docs/check.schema.json").read_text(encoding="utf-8"))
DECLARED = r"""
```derive
size n
random w_j, x_j for j = 1..n
let y = \sum_{j=1}^{n} w_j x_j
assume independent w_j, x_j; E[w_j] = 0; same law w_j over j; same law x_j over j
```
"""
CLAIMS = {
    "holds": r"$$\operatorname{Var}[y] = n \operatorname{Var}[w] E[x^2]$$",
    "needs": r"$$\operatorname{Var}[y] = n \operatorname{Var}[w] \operatorname{Var}[x]$$",
    "fails": r"$$\operatorname{Var}[y] = n^2 \operatorname{Var}[w] E[x^2]$$",
    "undecided": r"$$\operatorname{Var}[w_j] \le 3$$",
    "unreadable": r"$$\operatorname{Var}[y = 3$$",
}
Capture = pytest.CaptureFixture[str]


def notes(folder: Path, *verdicts: str, name: str = "notes.md") -> str:
    """A file with a claim of each verdict; ``a:b`` is one that is a, and expected to be b."""
    pieces = [DECLARED]
    for v in verdicts:
        verdict, _, expected = v.partition(":")
        if expected == "skip":
            pieces.append("<!-- derive: skip -->")
        elif expected:
            pieces.append(f"<!-- derive: expect {expected} -->")
        pieces.append(CLAIMS[verdict])
    path = folder / name
    path.write_text("\n\n".join(pieces) + "\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("verdict", CLAIMS)
def test_each_claim_has_its_verdict(verdict: Any, tmp_path: Path, capsys: Capture) -> None:
    main(["check", notes(tmp_path, verdict)])
    assert "1 claim: " in capsys.readouterr().out
    main(["check", notes(tmp_path, verdict), "--format", "json"])
    assert json.loads(capsys.readouterr().out)["summary"][verdict] == 1


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([], 0),
        (["holds"], 0),
        (["fails"], 1),
        (["needs"], 1),
        (["holds", "unreadable"], 2),
        (["fails", "unreadable"], 1),
        (["needs", "undecided"], 1),
        (["undecided"], 3),
        (["undecided", "unreadable"], 2),
        (["fails:fails"], 0),
        (["needs:needs", "unreadable:unreadable", "undecided:undecided"], 0),
        (["fails:fails", "undecided"], 3),
        (["fails:holds"], 1),
        (["holds:fails"], 1),
        (["fails:skip"], 0),
        (["unreadable:skip", "undecided"], 3),
    ],
)
def test_the_exit_status(verdicts: Any, status: Any, tmp_path: Path, capsys: Capture) -> None:
    assert main(["check", notes(tmp_path, *verdicts)]) == status
    out, err = capsys.readouterr()
    assert not err and f"{sum(not v.endswith('skip') for v in verdicts)} claim" in out


def test_undecided_counts_as_failure_if_strict(tmp_path: Path, capsys: Capture) -> None:
    assert main(["check", "--strict", notes(tmp_path, "undecided")]) == 1
    assert main(["check", "--strict", notes(tmp_path, "holds")]) == 0


def test_a_missing_file_among_several(tmp_path: Path, capsys: Capture) -> None:
    good = notes(tmp_path, "fails")
    assert main(["check", str(tmp_path / "none.md"), good]) == 2
    out, err = capsys.readouterr()
    assert "✗ fails" in out
    assert err.count("\n") == 1 and "none.md" in err and "No such file" in err


def test_a_folder_is_searched(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    notes(tmp_path / "a" / "b", "holds")
    notes(tmp_path / "a", "undecided", name="other.md")
    (tmp_path / "a" / "data.csv").write_text("1,2")
    assert main(["check", str(tmp_path)]) == 3
    out = capsys.readouterr().out
    table = out[out.index("  file") :].splitlines()
    assert len(table) == 4 and table[-1].split() == ["all", "2", "1", "0", "0", "1", "0"]


def test_an_empty_folder_is_a_bad_call(tmp_path: Path, capsys: Capture) -> None:
    assert main(["check", str(tmp_path)]) == 2
    assert "no .md" in capsys.readouterr().err


def _stdin(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    _stdin(monkeypatch, DECLARED + CLAIMS["holds"])
    assert main(["check", "-"]) == 0
    assert "standard input:8:3  ✓ holds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("before", "options"),
    [("", ["--tex"]), ("", []), ("% mine\n\\documentclass{article}\n", []), ("text\n", ["--tex"])],
)
def test_latex_from_standard_input(
    before: str, options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    said = "% derive: random x, y\n\\[ \\operatorname{Var}[x + y] = \\operatorname{Var}[x] \\]\n"
    _stdin(monkeypatch, before + said)
    assert main(["check", *options, "-"]) == 1
    assert "✗ fails" in capsys.readouterr().out


def test_a_notation_is_in_force(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "p.md"
    path.write_text(r"$$Var[z^i] = Var[x] \prod_{k=0}^{i-1} n_k Var[W^k]$$")
    assert main(["check", str(path)]) == 2
    assert "```derive" in capsys.readouterr().out
    assert main(["check", str(path), "--notation", "glorot"]) == 0
    assert main(["check", str(path), "--notation", "glorto"]) == 2
    assert "nearest: glorot" in capsys.readouterr().err


def test_only_some_verdicts_are_shown(tmp_path: Path, capsys: Capture) -> None:
    assert main(["check", "--only", "fails", notes(tmp_path, "holds", "fails")]) == 1
    out = capsys.readouterr().out
    assert "✗ fails" in out and "✓ holds" not in out and "2 claims: 1 holds" in out


def test_conflicts_count(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "c.md"
    path.write_text("```derive\nrandom x\n```\n$$Var[x] = 3$$\n\n$$Var[x] = 4$$\n")
    assert main(["check", str(path)]) == 1
    assert "cannot all be right" in " ".join(capsys.readouterr().out.split())
    assert main(["check", "--no-consistency", str(path)]) == 1
    assert "✗ conflict" not in capsys.readouterr().out


# -- formats


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_no_colour_in_a_pipe(form: Any, tmp_path: Path) -> None:
    path = notes(tmp_path, *CLAIMS)
    done = subprocess.run(
        [sys.executable, "-m", "derive", "check", path, "--format", form],
        cwd=ROOT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1 and "\x1b" not in done.stdout + done.stderr


def test_colour_if_wanted(tmp_path: Path, capsys: Capture) -> None:
    main(["check", notes(tmp_path, "fails"), "--format", "terminal"])
    assert "\x1b[" in capsys.readouterr().out


def test_json_is_as_its_schema_says(tmp_path: Path, capsys: Capture) -> None:
    path = notes(tmp_path, *CLAIMS, "fails:fails")
    assert main(["check", path, str(tmp_path / "none.md"), "--format", "json"]) == 2
    said = json.loads(capsys.readouterr().out)
    jsonschema.validate(said, SCHEMA)
    claims = said["files"][0]["claims"]
    assert [c["verdict"] for c in claims] == [*CLAIMS, "fails"]
    assert claims[1]["needs"] == ["assume E[x_j] = 0"]
    assert claims[2]["counterexample"]["left"] != claims[2]["counterexample"]["right"]
    assert claims[4]["line"] and "expected ]" in claims[4]["message"]
    assert claims[5]["expected"] == "fails"
    assert said["files"][1]["problem"]


def test_a_chain_in_json(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "c.md"
    chain = r"$$Var[y] = n Var[w] E[x^2] = n Var[w] Var[x]$$"
    path.write_text(DECLARED + chain)
    assert main(["check", str(path), "--format", "json"]) == 1
    said = json.loads(capsys.readouterr().out)
    jsonschema.validate(said, SCHEMA)
    assert [c["link"] for c in said["files"][0]["claims"]] == [1, 2, None]


def test_output_goes_to_a_file(tmp_path: Path, capsys: Capture) -> None:
    to = tmp_path / "report.txt"
    assert main(["check", notes(tmp_path, "holds"), "-o", str(to)]) == 0
    assert not capsys.readouterr().out and "✓ holds" in to.read_text(encoding="utf-8")


# -- annotated copies


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_annotation_changes_nothing_else(newline: Any, tmp_path: Path, capsys: Capture) -> None:
    path = Path(notes(tmp_path, *CLAIMS))
    text = path.read_text(encoding="utf-8") + "\n> - a quotation\n>\n> $$\n> Var[y] = 3\n> $$\nend"
    data = b"\xef\xbb\xbf" + text.replace("\n", newline).encode()
    path.write_bytes(data)
    assert main(["check", str(path), "--annotate"]) == 1
    copy = (tmp_path / "notes.checked.md").read_bytes()
    kept = iter(copy.split(newline.encode()))
    assert all(row in kept for row in data.split(newline.encode()))
    added = copy.decode()
    assert "✗ fails" in added and "○ needs E[x_j] = 0" in added and path.read_bytes() == data


def test_an_annotated_condition_is_a_choice(tmp_path: Path, capsys: Capture) -> None:
    path, out = tmp_path / "notes.md", tmp_path / "out.md"
    path.write_text("```derive\nsize n\nrandom w\n```\n$$n Var[w] = 1$$\n")
    assert main(["check", str(path), "--annotate", "-o", str(out)]) == 1
    assert "needs: a choice, not a consequence" in out.read_text()


def test_annotated_latex_has_comments(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "p.tex"
    path.write_text("% derive: random x, y\n\\[\nVar[x + y] = Var[x]\n\\]\nend\n")
    out = tmp_path / "q.tex"
    assert main(["check", str(path), "--annotate", "-o", str(out)]) == 1
    rows = out.read_text(encoding="utf-8").split("\n")
    assert rows[3] == "\\]" and rows[4].startswith("% ✗ fails") and rows[5] == "end"


def test_where_a_display_has_several_claims_each_verdict_says_of_which(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "p.tex"
    path.write_text("% derive: random x, y\n\\[\nE[x] = E[x], \\quad E[y] = E[x] \\tag{2}\n\\]\n")
    assert main(["check", str(path), "--annotate"]) == 1
    rows = (tmp_path / "p.checked.tex").read_text(encoding="utf-8").split("\n")
    assert [row.split("   ")[0] for row in rows[4:6]] == ["% E[x] = E[x]", "% E[y] = E[x]"]


# -- files that name others


def test_inputs_are_followed_only_if_wanted(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "outside.tex").write_text("\\[ Var[x] = 7 \\]\n")
    (tmp_path / "in" / "part.tex").write_text("\n\\[ Var[x] = Var[x] \\]\n\\[ Var[x] = 3 x \\]")
    main_file = tmp_path / "in" / "main.tex"
    main_file.write_text(
        "% derive: random x\n\\input{part}\\input{../outside}\\input{main}\n\\[ Var[x] = 0 \\]\n"
    )
    main(["check", str(main_file)])
    out = capsys.readouterr().out
    assert "1 claim:" in out and "part was not read; --follow" in " ".join(out.split())
    main(["check", "--follow", str(main_file)])
    out = capsys.readouterr().out
    assert f"{tmp_path}/in/part.tex:2:4" in out and "3 claims" in out
    assert f"{main_file}:3:4" in out and "Var[x] = 7" not in out
    assert "../outside was not read; no file in the document's folder" in " ".join(out.split())
    assert "--follow" not in out


# -- hostile files

HOSTILE = {
    "binary": bytes(range(256)) * 100,
    "utf-16": "$$ Var[x] = 1 $$".encode("utf-16"),
    "latin-1": "café $$ Var[x] = 1 $$".encode("latin-1"),
    "long": b"$$" + b"x+" * 50_000 + b"x = 1$$",
    "nested": b"$$" + b"{" * 10_000 + b"x" + b"}" * 10_000 + b" = 1$$",
    "brackets": b"$$" + b"E[" * 10_000 + b"x" + b"]" * 10_000 + b" = 1$$",
    "unbalanced": b"$$ E[x = 1 $$\n\n$$ {x = 1 $$\n\n\\begin{align} x",
    "tower": b"```derive\nrandom x\n```\n$$ E[x^{10^{9}}] = 1 $$",
    "escapes": b"$$ \x1b[31m Var[x] = 1 $$",
    "circular": b"```derive\nlet a = b\nlet b = a\n```\n$$ a = b $$",
    "recursion": b"```derive\nsize d\nlet z^{i+1} = z^i for i = 0..d\n```\n$$ z^i = 1 $$",
    "dollars": b"$$" * 20_000,
    "empty": b"",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files(kind: Any, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "bad.md"
    path.write_bytes(HOSTILE[kind])
    start = time.perf_counter()
    status = main(["check", str(path)])
    assert time.perf_counter() - start < 2
    out, err = capsys.readouterr()
    assert status in ((0,) if kind in ("empty", "dollars") else (1, 2, 3))
    assert "\x1b" not in out + err and len(out + err) < 20_000


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    tmp_path: Path, capsys: Capture
) -> None:
    bad = tmp_path / "bad.md"
    bad.write_bytes(HOSTILE["latin-1"])
    assert main(["check", str(bad), notes(tmp_path, "holds")]) == 2
    out, err = capsys.readouterr()
    assert "✓ holds" in out and "bad.md:1:4: expected UTF-8" in err


def test_shipped_sources_are_listed_and_checked(capsys: Capture) -> None:
    assert main(["sources"]) == 0
    rows = capsys.readouterr().out.split("\n")
    assert max(map(len, rows)) <= 80
    assert "rectified-gaussian  A rectifier of a Gaussian" in rows
    assert main(["check", "--source", "question"]) == 1
    assert "7 claims: " in capsys.readouterr().out
    assert main(["check", "--source", "glorott"]) == 2
    assert "nearest: glorot" in capsys.readouterr().err
