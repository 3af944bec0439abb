"""Depths, layers, numbers, counts and formats of the chains, as a person asks for them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from derive.chains.explicit import Walk, walk
from derive.cli import main
from derive.commands.chains import LAYERED
from derive.counting import confirm
from derive.errors import Refused
from derive.figures import particular
from derive.figures.growth import growths
from derive.figures.numbers import numbers
from derive.interface import backward, forward, weight_grad
from derive.read.declare import notation, notations
from derive.show.grid import Exact, elided, spaced
from derive.show.texwords import change_words, tex_words, tokens
from derive.writing.formula import write
from derive.writing.spelling import LATEX, TEXT

ROOT = Path(__file__).parent.parent
ONE_FAMILY = [n for n in notations() if n != "residual"]
DEEP = [n for n in ONE_FAMILY if n != "neuron"]
STORIES = {"forward": forward, "backward": backward, "weight-grad": weight_grad}


@pytest.fixture
def out(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a call prints; it has to end with the status given."""

    def call(*args: str, status: int = 0) -> str:
        assert main(args) == status
        found = capsys.readouterr()
        assert not found.err
        return found.out

    return call


# -- depth


def walked(chain: str, name: str, depth: int, at: int | None = None) -> Walk:
    return walk(STORIES[chain](notation(name).model).story, depth, at)


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("chain", LAYERED)
def test_every_depth_closes_with_the_product(chain: Any, name: Any) -> None:
    least = 1 if name in ("he", "shifted") else 0
    for depth in range(least, 5):
        if (chain, name, depth) == ("weight-grad", "d2l", 0):
            continue
        found = walked(chain, name, depth)
        lines = list(found.part(1, len(found)))
        assert len(lines) == len(found)
        model = notation(name).model
        for n, (why, line) in enumerate(lines):
            before = lines[n - 1][1] if n else found.start
            assert before.has(why.left), "what is put in stands in the line"
            assert len(write(line, model)) < 120
        assert not found.closed.free_symbols & {found.symbol}, "the depth is a number"


def test_the_middle_of_a_long_unrolling_is_counted(out: Any) -> None:
    page = out("forward", "--layers", "10000")
    assert "… 9 996 more lines" in page
    assert "Var[x] ∏_{i'=0}^{10000} n_{i'} Var[W^{i'}]" in page
    assert max(map(len, page.splitlines())) <= 80
    whole = out("forward", "--layers", "40", "--all")
    assert "more lines" not in whole and "Var[z^{17}] ∏_{i'=17}^{40}" in whole


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.parametrize("chain", LAYERED)
def test_the_smallest_depths(chain: Any, depth: Any, out: Any) -> None:
    page = out(chain, "--layers", str(depth))
    assert f"One substitution a line, d = {depth}" in page
    assert "At depth" in page


def test_an_empty_product_closes_what_has_nothing_to_put_in(out: Any) -> None:
    page = out("backward", "--layers", "0")
    assert "= { an empty product is 1 }" in page
    assert "Var[∂C/∂s^0] ∏_{i'=1}^{0} n_{i'+1} Var[W^{i'}]" in page


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        (["forward", "--at", "0"], ["Var[z^0] = Var[x] ∏_{i'=0}^{-1}", "for every d ≥ 0"]),
        (["forward", "--at", "3"], ["Var[z^3] = Var[x] ∏_{i'=0}^{2}", "for every d ≥ 2"]),
        (["backward", "--at", "3"], ["Var[∂C/∂s^3]", "∏_{i'=4}^{d}", "for every d ≥ 3"]),
        (["weight-grad", "--at", "1", "--notation", "ubc"], ["Var[∂L/∂W_1]", "for every M ≥ 0"]),
        (["forward", "--at", "3", "--layers", "2"], ["Var[z^3] = Var[x] ∏_{i'=0}^{2}"]),
        (["backward", "--at", "2", "--layers", "2"], ["Var[∂C/∂s^2] = Var[∂C/∂s^2] ∏_{i'=3}^{2}"]),
    ],
)
def test_one_layer(args: Any, shown: Any, out: Any) -> None:
    page = " ".join(out(*args).split())
    for part in shown:
        assert part in page


def test_a_model_without_layers_cannot_be_unrolled() -> None:
    with pytest.raises(Refused, match="has no layers"):
        walk(forward(notation("neuron").model).story, 2)


# -- numbers


def test_the_table_has_every_layer_of_every_chain(out: Any) -> None:
    page = out("weight-grad", "--widths", "300,300,100,10", "--init", "uniform-1/√n")
    for row in ("    0  1     1      ███", "    2  1/9   0.111", "    3  1/27  0.037"):
        assert row in page
    assert "Var[z^i]                Var[∂C/∂s^i]            Var[∂C/∂W^i]" in page
    assert "shrinks by 3 a layer; the standard deviation halves every 1.3 layers" in page
    assert "from the top down shrinks by 16.4 a layer in the geometric" in page
    assert "weight variances 1/900, 1/900, 1/300" in page


def test_a_long_table_is_elided_and_says_what_happens_in_all_of_it(out: Any) -> None:
    deep = ("forward", "--widths", ",".join(["300"] * 101), "--init", "uniform")
    page = out(*deep)
    assert "… 85 more layers" in page and "3¹⁰⁰" in page
    assert "below float16's smallest normal number from layer 18 on" in " ".join(page.split())
    assert re.search(r"\n    [▁▂▃▄▅▆▇█]{60}\n", page)
    whole = out(*deep, "--all")
    assert "more layers" not in whole and "\n     50  " in whole
    assert max(map(len, page.splitlines())) <= 80


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_a_table_fits_the_terminal(columns: Any, monkeypatch: pytest.MonkeyPatch, out: Any) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    page = out("forward", "--widths", "3,2,2", "--weight-var", "1/3", "--confirm", "exact")
    numbers = page[page.index("Numbers") :]
    assert max(map(len, numbers.splitlines())) <= columns
    assert ("Var[z^i]" in numbers) and ("Var[∂C/∂W^i]" in numbers)


def test_a_row_of_the_table_alone(out: Any) -> None:
    page = out("backward", "--widths", "4,3,2,5", "--weight-var", "1,2,3", "--at", "1")
    numbers = page[page.index("Numbers") :].split("\n\n")[1]
    assert len(numbers.splitlines()) == 2 and "    1  4" in numbers


@pytest.mark.parametrize("name", ONE_FAMILY)
def test_numbers_in_every_notation(name: Any, out: Any) -> None:
    widths = "3,1" if name == "neuron" else "3,2,2,4"
    page = out("forward", "--notation", name, "--widths", widths, "--init", "he")
    for growth in growths(numbers(notation(name).model, widths, init="he")):
        assert growth.text.split(";")[0][:40] in " ".join(page.split())


def test_numbers_without_an_assumption_say_which_chains_are_left(out: Any) -> None:
    page = out("backward", "--widths", "3,2,2", "--init", "he", "--without", "zero-mean-inputs",
               "--without", "zero-mean-top", status=1)  # fmt: skip
    assert "no forward: " in page and "no weight-grad: " in page


def test_exact_values_are_written_by_their_primes_where_that_is_shorter() -> None:
    given = numbers(notation("glorot").model, "6,10,15", weight_var="1/7").setting
    exact = Exact(given, TEXT)
    assert exact.text(F(1, 300), 8) == "1/300"
    assert exact.text(F(1, 3**30), 8) == "1/3³⁰"
    assert exact.text(F(2**40, 15**20), 20) == "2⁴⁰/(3²⁰·5²⁰)"
    assert Exact(given, LATEX).text(F(2**40), 8) == "2^{40}"
    assert exact.text(F(1, 10**9 + 7), 8) == "…"
    assert spaced(9996) == "9 996"
    assert elided(range(7), 2, False).gap == 3 and elided(range(6), 2, False).gap == 0


# -- counting


@pytest.mark.parametrize("name", ONE_FAMILY)
def test_counting_in_every_notation(name: Any, out: Any) -> None:
    page = out("forward", "--notation", name, "--confirm", "exact")
    assert "the formula agrees" in page and "= counted" in page


@pytest.mark.parametrize("chain", ["product", "sum"])
def test_counting_without_a_network(chain: Any, out: Any) -> None:
    assert "the formula agrees" in out(chain, "--confirm", "exact")


def test_a_disagreement_is_shown_with_both_numbers(
    monkeypatch: pytest.MonkeyPatch, out: Any
) -> None:
    def wrong(*args: Any, **more: Any) -> Any:
        found = confirm.confirm(*args, **more)
        first, *rest = found.counts
        return replace(found, counts=(replace(first, counted=first.counted + 1), *rest))

    monkeypatch.setattr(particular, "confirm", wrong)
    page = out("forward", "--confirm", "exact", status=1)
    assert "✗ at layer 0 the formula says 3" in page and "formula 3 ≠ counted 4" in page


# -- bad input


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ("forward --layers -1", ["d is at least 0, not -1"]),
        ("forward --layers 3 --at 9", ["9 is not a layer at d = 3", "0 … 4"]),
        ("forward --at -1", ["-1 is not a layer", "starts at 0"]),
        ("backward --at 0 --notation shifted", ["starts at 1"]),
        ("forward --layers 2 --notation neuron", ["has no layers"]),
        ("weight-grad --layers 0 --notation d2l", ["0 is not a layer at d = 0"]),
        ("forward --widths 3,0,2 --init he", ["number 2: 0 is not a positive integer"]),
        ("forward --widths 3,-2 --init he", ["-2 is not a positive integer"]),
        ("forward --widths 3,2 --weight-var -1", ["-1 is negative"]),
        ("forward --widths 3,2,2 --weight-var 1,2,3", ["3 weight variances for 2"]),
        ("forward --widths 3,2 --weight-var 1/0", ["divides by zero"]),
        ("forward --widths 3,2 --init hee", ["nearest: he"]),
        ("forward --widths 3,2 --init he --weight-var 1", ["given twice"]),
        ("forward --widths 3 --init he", ["at least 2"]),
        ("forward --widths 3,4", ["the weight variances are missing"]),
        ("forward --init he", ["--init needs --widths"]),
        ("forward --layers 5 --widths 3,2 --init he", ["d = 5 makes 6 weight matrices"]),
        ("forward --widths 3,2 --init he --at 7", ["layer 7", "0 … 1"]),
        ("backward --widths 3,2,4 --init he --at 2", ["layer 2: backward exists at 0 … 1"]),
        ("forward --widths 3,2 --init he --top-var x", ["'x' is not a number"]),
        ("forward --confirm exact --widths 300,300", ["2^90000 cases"]),
        ("weight-grad --confirm exact --layers 9", ["counting takes", "at most 16384"]),
        ("forward --confirm sampled", ["--confirm", "exact"]),
        ("forward --layers x", ["--layers", "not a valid integer"]),
        ("backprop --layers 2", ["no option --layers"]),
        ("replay no-such.json", ["cannot read no-such.json"]),
        ("notations gloro", ["nearest: glorot"]),
    ],
)
def test_what_does_not_fit_gets_one_message(
    args: Any, words: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.txt"
    into = [] if args.startswith("notations") else ["-o", str(target)]
    assert main([*args.split(), *into]) == 2
    found = capsys.readouterr()
    assert not found.out and found.err.count("\n") == 1 and found.err.startswith("derive: ")
    for word in words:
        assert word in found.err
    assert not target.exists()


# -- formats

CALLS = [
    "product --all --confirm exact",
    "sum --all --without independent-weights",
    "backprop --notation d2l",
    "forward --show-induction --layers 0 --widths 3,2 --init he",
    "forward --without zero-mean-inputs --notation ubc",
    "backward --at 2 --notation ubc --confirm exact",
    "weight-grad --all --layers 2 --widths 30,20,10,5 --weight-var 1/3",
    "weight-grad --without linear-regime",
    "forward --notation neuron",
]


def stopping(call: str) -> int:
    return int("--without" in call)


@pytest.mark.parametrize("call", CALLS)
def test_markdown(call: Any, out: Any) -> None:
    page = out(*call.split(), "--format", "markdown", status=stopping(call))
    parts = page.split("$$")
    assert len(parts) % 2 == 1
    for words, shown in zip(parts[::2], parts[1::2], strict=False):
        assert "$$" not in words and words.count("$") % 2 == 0
        assert shown.count(r"\begin{aligned}") == shown.count(r"\end{aligned}") == 1
        assert "$" not in shown and "`" not in shown
        bare = re.sub(r"\\text(tt)?\{[^}]*\}", "", shown)
        assert not re.search(r"\\[^a-zA-Z]", bare), "sites differ in what they make of these"
        assert balanced(shown)
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        assert len({row.count("|") for row in table.splitlines()}) == 1


@pytest.mark.parametrize("call", CALLS)
def test_latex(call: Any, out: Any, tmp_path: Path) -> None:
    page = out(*call.split(), "--format", "latex", status=stopping(call))
    assert page.startswith(r"\documentclass") and page.endswith("\\end{document}\n")
    body = page[page.index(r"\begin{document}") :]
    assert all(c <= "\u017f" for c in body) and balanced(page)
    begun = re.findall(r"\\begin\{(\w+\*?)\}", page)
    assert sorted(begun) == sorted(re.findall(r"\\end\{(\w+\*?)\}", page))
    if not shutil.which("pdflatex"):
        pytest.skip("no pdflatex here: whether it compiles was not tried")
    (tmp_path / "page.tex").write_text(page, encoding="utf-8")
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
                          cwd=tmp_path, capture_output=True)  # fmt: skip
    assert done.returncode == 0, done.stdout[-1500:]
    assert b"Overfull" not in (tmp_path / "page.log").read_bytes()


def balanced(text: str) -> bool:
    """Whether braces are closed in order."""
    depth = 0
    for c in re.sub(r"\\[{}]", "", text):
        depth += {"{": 1, "}": -1}.get(c, 0)
        if depth < 0:
            return False
    return depth == 0


def test_formats_say_the_same_things(out: Any) -> None:
    for form in ("markdown", "latex"):
        page = out("weight-grad", "--format", form)
        for words in ("nothing in common", "Glorot", "fails", "independent-top",
                      "is an idealisation", "counted over all 64 cases 2", "121 replayed",
                      r"\prod_{i'=i+1}^{d} n_{i'+1} \operatorname{Var}[W^{i'}]"):  # fmt: skip
            assert words in page, (form, words)


def test_words_with_formulas_in_them() -> None:
    assert tex_words("Var[z], one layer on") == r"$\operatorname{Var}[z]$, one layer on"
    assert change_words("both limits one higher: i' = i + 1, …, d") == (
        r"both limits one higher: $i' = i + 1, \dots , d$"
    )
    assert change_words("the factor is missing: add it") == "the factor is missing: add it"
    assert list(tokens("at $i$ by `a-b`")) == [
        ("text", "at "), ("math", "i"), ("text", " by "), ("name", "a-b")
    ]  # fmt: skip


# -- saved derivations


@pytest.mark.parametrize("call", [*CALLS[:3], CALLS[4], CALLS[5], CALLS[7]])
def test_what_is_saved_can_be_replayed(call: Any, out: Any, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    out(*call.split(), "--format", "json", "-o", str(saved), status=stopping(call))
    found = json.loads(saved.read_text(encoding="utf-8"))
    validate(found, json.loads((ROOT / "docs/derivation.schema.json").read_text()))
    page = out("replay", str(saved))
    assert "each checked from scratch" in page
    for name in (a["name"] for a in found["assumptions"] if a["used"]):
        assert name in page
    assert ("Stopped" in page) == bool(stopping(call))


def test_numbers_and_counts_are_saved_and_said_to_be_unchecked(out: Any, tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    out("forward", "--widths", "2,1,2", "--init", "he", "--confirm", "exact", "--format", "json",
        "-o", str(saved))  # fmt: skip
    found = json.loads(saved.read_text(encoding="utf-8"))
    validate(found, json.loads((ROOT / "docs/derivation.schema.json").read_text()))
    assert [v["forward"] for v in found["values"]] == ["1", "2", "4"]
    assert found["confirmed"]["agrees"] is True
    assert "not checked: values, confirmed" in out("replay", str(saved))


def test_a_tampered_file_is_refused_with_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "saved.json"
    assert main(["sum", "--format", "json", "-o", str(saved)]) == 0
    found = json.loads(saved.read_text(encoding="utf-8"))
    step = found["parts"][-1]["steps"][-1]
    step["new"] = f"2 {step['new']}"
    saved.write_text(json.dumps(found), encoding="utf-8")
    assert main(["replay", str(saved)]) == 1
    printed = capsys.readouterr()
    assert not printed.out and "refused" in printed.err
    assert f"line {step['line']}" in printed.err and "parts[" in printed.err


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}', '{"schema": 2}', "\x00"])
def test_a_file_that_is_no_derivation(
    text: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(text, encoding="utf-8")
    assert main(["replay", str(bad)]) == 2
    printed = capsys.readouterr()
    assert not printed.out and printed.err.startswith(f"derive: {bad}")
    bad.write_bytes(b"\xff\xfe")
    assert main(["replay", str(bad)]) == 2
    assert "cannot read" in capsys.readouterr().err


# -- notations


def test_notations_are_listed(out: Any) -> None:
    page = out("notations")
    assert [line.split()[0] for line in page.splitlines()] == notations()
    assert "Glorot & Bengio (2010)" in page


@pytest.mark.parametrize("name", notations())
def test_a_notation_is_shown_with_how_it_was_read(name: Any, out: Any) -> None:
    page = out("notations", name)
    text = (ROOT / f"derive/notations/{name}.derive").read_text(encoding="utf-8")
    assert page.startswith(text.rstrip()) and "read as" in page
    for label in ("Model", "Assumed", "Shows"):
        assert f"\n  {label}" in page
    listed = out("assumptions", "--notation", name)
    for a in notation(name).model.assumptions:
        assert a.name in page and a.name in listed


# -- what stops


@pytest.mark.parametrize("chain", [*LAYERED, "backprop"])
@pytest.mark.parametrize("gone", [a.name for a in notation("glorot").model.assumptions])
def test_without_any_assumption(chain: Any, gone: Any, capsys: pytest.CaptureFixture[str]) -> None:
    whole = STORIES.get(chain)
    status = main([chain, "--without", gone])
    page = capsys.readouterr().out
    needed = whole is None or gone in whole(notation("glorot").model).uses
    assert status == (1 if "Stopped" in page else 0)
    if whole is not None:
        assert (status == 1) == needed or "Result" in page
    if status:
        number = int(re.search(r"Stopped   at line (\d+):", page)[1])  # type: ignore[index]
        above = page[: page.index("  Stopped")]
        assert re.search(rf"^ *{number}   ", above, re.MULTILINE), "the line stands above"
        assert not re.search(rf"^ *{number + 1}   \S", above, re.MULTILINE), "it is the last one"
    else:
        assert "Result" in page


def test_what_still_holds_stands_behind_the_stop(out: Any) -> None:
    page = out("forward", "--without", "zero-mean-inputs", status=1)
    assert page.index("Stopped") < page.index("What still holds") < page.index("  So  ")
    assert "Var[z], one layer on, for i ≥ 1" in page
    assert "So        Var[z^i] = E[x²] ∏_{i'=0}^{i-1} n_{i'} Var[W^{i'}]" in page
