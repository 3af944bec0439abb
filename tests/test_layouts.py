"""Where formulas stand: environments, fences, notebooks, and files of other kinds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derive.cli import main
from derive.errors import Unreadable
from derive.judging.check import check
from derive.judging.documents import Wanted, checked
from derive.read.document import document
from derive.read.notebook import notebook

NAMES = "size n\nrandom w_i for i = 1..n\nassume E[w_i] = 0"
DECLARED = f"```derive\n{NAMES}\n```\n\n"
TEX = "".join(f"% derive: {line}\n" for line in NAMES.split("\n"))
ZERO, ONE = "E[w_1] = 0", "E[w_1] = 1"
ROWS = {
    "equation and aligned": r"\begin{equation}\begin{aligned} %s \\ %s \end{aligned}\end{equation}",
    "intertext": r"\begin{align} %s \\ \intertext{and so} %s \nonumber \end{align}",
    "subequations": r"\begin{subequations}\begin{align}%s\\%s\end{align}\end{subequations}",
    "empheq": r"\begin{empheq}[box=\fbox]{align} %s \\ %s \end{empheq}",
    "empheq*": r"\begin{empheq}{align*} %s \\ %s \end{empheq}",
    "IEEEeqnarray": r"\begin{IEEEeqnarray}{rCl} %s \\ %s \IEEEeqnarraynumspace \end{IEEEeqnarray}",
    "IEEEeqnarray*": r"\begin{IEEEeqnarray*}[a]{l} %s \\ %s \end{IEEEeqnarray*}",
    "alignat": r"\begin{alignat}{2} %s &\quad& \text{by law} \\ %s \end{alignat}",
    "xalignat": r"\begin{xalignat*}{2} %s \\ %s \end{xalignat*}",
    "array": r"\[ \begin{array}{rcl} %s \\ %s \end{array} \]",
    "gather": r"\begin{gather} %s \\ %s \end{gather}",
    "two of dmath": "\\begin{dgroup}\n\\begin{dmath}[label=a] %s \\end{dmath}\n"
    "\\begin{dmath} %s \\end{dmath}\n\\end{dgroup}",
}  # fmt: skip
FENCED = {
    "math": "```math\n%s\n```", "MyST": "```{math}\n%s\n```", "colons": ":::{math}\n%s\n:::",
    "MyST, labelled": "```{math}\n:label: eq-x\n:nowrap:\n\n%s\n```",
    "colons, labelled": "::::{math}\n:label: eq-x\n\n%s\n\n::::",
    "MyST, in one line": "```{math} %s\n:label: eq-x\n```",
    "Quarto": "$$ %s $$ {#eq-x}", "MyST, dollars": "$$\n%s\n$$ (eq-x)",
    "list": "1. So\n   \\[ %s \\]",
    "eqno": "$$ %s \\eqno(3) $$", "style": "$$\\displaystyle %s \\textstyle \\tag*{(3)}$$",
}  # fmt: skip


def verdicts(text: str, *, tex: bool = False) -> list[str]:
    return [c.verdict for c in check(document((TEX if tex else DECLARED) + text, tex=tex)).claims]


@pytest.mark.parametrize("tex", [False, True])
@pytest.mark.parametrize("layout", ROWS.values(), ids=ROWS)
def test_two_rows_are_two_claims(layout: str, tex: bool) -> None:
    assert verdicts(layout % (ZERO, ONE), tex=tex) == ["holds", "fails"]
    if "IEEE" not in layout and "array" not in layout:
        return
    between = layout % tuple(c.replace("=", "&=&") for c in (ZERO, ONE))
    assert verdicts(between, tex=tex) == ["holds", "fails"]


@pytest.mark.parametrize("env", ["align", "flalign", "alignat"])
def test_rows_that_begin_at_the_mark_are_claims_of_their_own(env: str) -> None:
    number = "{2}" if env == "alignat" else ""
    text = rf"\begin{{{env}}}{number} &{ZERO} && \\ &{ONE} && \end{{{env}}}"
    assert verdicts(text) == ["holds", "fails"]
    going_on = r"\begin{align} &E[w_1] \\ &= 0 \\ &= 1 - 1 \\ & - 0 \end{align}"
    assert verdicts(going_on) == ["holds"]


@pytest.mark.parametrize("layout", FENCED.values(), ids=FENCED)
def test_fences_and_labels(layout: str) -> None:
    assert verdicts(layout % ZERO) == ["holds"]
    (claim,) = check(document(DECLARED + layout % ONE)).claims
    assert claim.verdict == "fails"
    row = (DECLARED + layout % ONE).split("\n")[claim.claim.where.line - 1]
    assert row[claim.claim.where.column - 1 :].startswith("E[w_1]")


def test_numbers_at_the_side_are_tags() -> None:
    for text in (r"\eqno(3)", r"\leqno{(3)}", r"\tag*{(3)}", r"\tag{3}", r"\qquad (3)"):
        (claim,) = check(document(f"{DECLARED}$${ZERO} {text}$$")).claims
        assert claim.claim.tag == "3", text


def test_an_array_without_a_column_for_signs_is_not_read() -> None:
    text = r"$$\begin{array}{ll} E[w_1] & = 0 \\ 1 & n > 2 \end{array}$$"
    assert verdicts(text) == ["unreadable"]


# -- notebooks


def cells(*sources: object, kind: str = "markdown") -> list[dict[str, object]]:
    return [{"cell_type": kind, "source": s} for s in sources]


def written(path: Path, found: list[dict[str, object]], name: str = "n.ipynb") -> Path:
    file = path / name
    file.write_text(json.dumps({"cells": found, "nbformat": 4}), encoding="utf-8")
    return file


def test_a_notebook_is_its_markdown_cells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{line}\n" for line in DECLARED.split("\n")]
    code = cells("$$ 1 = 2 $$", kind="code")
    file = written(tmp_path, [*cells(lines), *code, *cells(f"So\n\n$${ZERO}$$", f"$${ONE}$$")])
    found = checked(str(file), file.read_bytes, Wanted())
    assert [c.verdict for c in found.claims] == ["holds", "fails"]
    places = [found.at(c.claim.where) for c in found.claims]
    assert places == [(f"{file} cell 3", 3, 3), (f"{file} cell 4", 1, 3)]
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "n.ipynb cell 4:1:3" in " ".join(out.split())


def test_cells_do_not_run_into_each_other() -> None:
    text, places = notebook(json.dumps({"cells": cells("a\r\nb", ["c\n", "d"])}))
    assert text.split("\n") == ["a", "b", "", "c", "d", ""]
    assert places == ((1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3))
    old = {"worksheets": [{"cells": cells("a")}], "nbformat": 3}
    assert notebook(json.dumps(old))[0] == "a\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no notebook: Expecting property name"),
        ("[1]", "expected cells"),
        ("{}", "expected cells"),
        ('{"cells": [1]}', "expected cells"),
        ('{"cells": [{"cell_type": "markdown", "source": [1]}]}', "is no text"),
        ("[" * 100_000, "no notebook"),
    ],
)
def test_what_is_no_notebook(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        notebook(text)


def test_other_kinds_of_files_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, kind in (("a.rst", "reStructuredText"), ("a.typ", "Typst"), ("a.html", "HTML")):
        (tmp_path / name).write_text("$$1 = 1$$")
        assert main(["check", str(tmp_path / name)]) == 2
        assert f"is {kind}: expected Markdown, LaTeX or a notebook" in capsys.readouterr().err
    (tmp_path / "a.qmd").write_text(f"---\ntitle: x\n---\n\n{DECLARED}$${ZERO}$$ {{#eq-x}}\n")
    assert main(["check", str(tmp_path)]) == 0
    capsys.readouterr()


def test_a_notebook_is_not_annotated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(tmp_path, cells("$$1 = 1$$"))
    assert main(["check", "--annotate", str(file)]) == 2
    assert "no notebooks" in capsys.readouterr().err
