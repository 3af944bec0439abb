"""Markdown and LaTeX documents -> claims: places, marks, macros, chains, ranges, hostile text."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sympy import Integer, Symbol, symbols

from derive.errors import Unreadable
from derive.read.declare import declare, notation
from derive.read.document import decoded, document, load
from derive.read.links import Claim, Document
from derive.read.reading import Reading
from derive.read.starter import starter
from derive.substitution import same
from derive.terms import Cov, E, Entry, Range, Sum, Var, term

j, n, i, d = symbols("j n i d")
NEURON = declare("size n_{in}, n_{out}", onto=notation("neuron"))
TWO = declare("random x, y\nassume independent x, y")
NOTES = declare(
    "size n\nrandom w_j, x_j for j = 1..n\nlet y = \\sum_{j=1}^{n} w_j x_j\ngiven \\sigma, g(x)"
)
FORMULAS = json.loads((Path(__file__).parent / "data" / "formulas.json").read_text("utf-8"))


def one(text: str, base: Reading = NOTES, *, tex: bool = False) -> Claim:
    found = document(text, base, tex=tex).claims
    assert len(found) == 1, found
    return found[0]


def shown(found: Document) -> list[tuple[int, int, str, str]]:
    return [(c.where.line, c.where.column, c.kind, c.text) for c in found.claims]


MARKDOWN = r"""# Notes on $y$, and `$code$`

```derive
size n
random w_j, x_j for j = 1..n
```

First $$ x_j = w_j $$ and \[ w_j
= x_j \] then

> quoted
> $$
> x_1
> - w_1 = w_2
> $$

- item
  ```math
  x_1 = w_1
  ```
  \begin{align*}
    x_1 &= x_2 \\
        &= x_3
  \end{align*}

```python
"$$ x = not a formula $$"
```

    $$ x = indented code $$

<!-- $$ x = commented $$ -->
"""


def test_markdown_places_are_those_of_the_file() -> None:
    found = document(MARKDOWN)
    assert shown(found) == [
        (8, 10, "relation", "x_j = w_j"),
        (8, 30, "relation", "w_j = x_j"),
        (13, 3, "relation", "x_1 - w_1 = w_2"),
        (19, 3, "relation", "x_1 = w_1"),
        (22, 5, "relation", "x_1 = x_2 = x_3"),
    ]
    assert found.inline == 1
    align = found.claims[-1]
    assert [link.right.where for link in align.links] == [(22, 12), (23, 12)]
    assert [link.text for link in align.links] == ["x_1 = x_2", "x_2 = x_3"]
    assert align.whole is not None
    assert align.whole.text == "x_1 = x_3"
    assert found.items[0].where == (8, 7)


LATEX = r"""\documentclass{article}
\newcommand{\V}[1]{\operatorname{Var}\left[#1\right]} % $$ x = comment $$
\DeclareMathOperator{\Ex}{E}
\def\half{\frac{1}{2}}
% derive: size n
% derive: random w_j, x_j
% derive:   for j = 1..n
\begin{document}
Text with $x$ and \( w \), \verb|$$ x = 1 $$|.
\begin{equation}\label{eq:one}
  \V{w_j x_j} = % a comment = here
    \Ex[w_j^2] \Ex[x_j^2] . \tag{7}
\end{equation}
% derive: skip
\[ x_1 = nonsense \]
% derive: expect fails
$$ \V{x} = \half $$
\begin{verbatim}
\[ x = verbatim \]
\end{verbatim}
\input{chapter}
\begin{eqnarray}
  x_1 & = & x_2 \nonumber \\
      & \approx & x_3
\end{eqnarray}
\end{document}
\[ x = after \]
"""


def test_latex_places_macros_marks_and_comments() -> None:
    found = document(LATEX, tex=True)
    assert shown(found) == [
        (11, 3, "relation", r"\V{w_j x_j} = \Ex[w_j^2] \Ex[x_j^2]"),
        (17, 4, "relation", r"\V{x} = \half"),
        (23, 3, "relation", r"x_1 = x_2 \approx x_3"),
    ]
    first, skipped, expected, last = found.items
    assert (first.claims[0].tag, first.claims[0].label) == ("7", "eq:one")
    assert first.claims[0].links[0].left.term == Var(Entry("w", j) * Entry("x", j))
    assert skipped.mark is not None and skipped.mark.kind == "skip" and not skipped.claims
    assert expected.mark is not None and expected.mark.verdict == "fails"
    assert [link.sign for link in last.claims[0].links] == ["=", "≈"]
    assert last.claims[0].whole is not None and last.claims[0].whole.sign == "≈"
    assert found.inputs == [("chapter", (21, 1))]
    assert found.inline == 2


def test_place_inside_a_macro_is_that_of_the_use() -> None:
    text = "$$\\newcommand{\\bad}{q}$$\n\n$$x_1 = \\bad$$"
    trouble = one(text).trouble
    assert trouble is not None
    assert trouble.where == (3, 9) and "unknown name q" in trouble.reason


def test_commands_may_stand_for_the_begin_and_the_end_of_a_display() -> None:
    text = r"""\newcommand{\be}{\begin{equation}}
\def\ee{\end{equation}}
\be x_1 = w_1 \ee and \begin{equation} x_1 = w_1 \ee
\be x_1 = w_1 \end{equation} \beta \be x_1 = 1
"""
    found = shown(document(text, NOTES, tex=True))
    assert [(line, column, kind) for line, column, kind, _ in found] == [
        (3, 5, "relation"), (3, 40, "relation"), (4, 5, "relation"), (4, 36, "unreadable")
    ]  # fmt: skip
    trouble = document(text, NOTES, tex=True).claims[-1].trouble
    assert trouble is not None
    assert trouble.reason == r"expected \end{equation} or \ee to close this display"


def test_macros_take_arguments_defaults_and_other_macros() -> None:
    text = r"""$$\newcommand{\m}[2][E]{#1\left[#2\right]}\newcommand\Q{\m{x_1}}\let\R\Q$$
$$\Q = \m[\mathrm{Var}]{x_2} + \R$$"""
    link = one(text).links[0]
    assert same(link.left.term, E(Entry("x", 1)))
    assert same(link.right.term, Var(Entry("x", 2)) + E(Entry("x", 1)))


def test_chain_over_rows_with_reasons_tags_and_operators() -> None:
    claim = one(
        r"""\begin{align}
\operatorname{Var}[y] &= \sum_{j=1}^n E[w_j^2] && \text{by independence} \tag{a}\\
  &\quad + E[x_1] \\
  &\le n\sigma \tag{b} && \text{(see (2))} \\
  &= \underbrace{\sigma}_{\text{small}} \overset{(1)}{=} n,
\end{align}"""
    )
    assert [link.sign for link in claim.links] == ["=", "≤", "=", "="]
    assert [link.tag for link in claim.links] == ["a", "b", "", ""]
    assert claim.links[0].right.text == r"\sum_{j=1}^n E[w_j^2] + E[x_1]"
    assert claim.remarks == ("by independence", "(see (2))")
    assert claim.whole is not None and claim.whole.sign == "≤"


def test_display_that_begins_with_a_sign_goes_on() -> None:
    found = document("$$E[x_1] = E[x_2]$$\nand so\n$$= E[x_3]$$", NOTES)
    assert [c.text for c in found.claims] == ["E[x_1] = E[x_2]", "E[x_2] = E[x_3]"]
    alone = one("$$= E[x_3]$$").trouble
    assert alone is not None and alone.reason == "expected a left side before ="


@pytest.mark.parametrize(
    "text",
    [
        r"E[w_j] = 0,\quad E[x_j] = 0",
        r"E[w_j] = 0 \qquad E[x_j] = 0.",
        r"E[w_j] = 0; E[x_j] = 0",
        r"E[w_j] = 0 \text{ and } E[x_j] = 0",
        r"E[w_j] = 0 \\ E[x_j] = 0",
        r"\begin{aligned} E[w_j] &= 0 & E[x_j] &= 0 \end{aligned}",
        r"\begin{gathered} E[w_j] = 0 \\[2pt] E[x_j] = 0 \end{gathered}",
    ],
)
def test_several_claims_in_one_display(text: str) -> None:
    found = document(f"$${text}$$", NOTES).claims
    assert [c.text for c in found] == ["E[w_j] = 0", "E[x_j] = 0"]
    assert all(len(c.links) == 1 and not c.links[0].given for c in found)


@pytest.mark.parametrize(
    "text",
    [
        r"E[w_j] = 0 \Rightarrow E[y] = 0",
        r"E[w_j] = 0 \implies E[y] = 0",
        r"\text{If } E[w_j] = 0, \text{ then } E[y] = 0",
        r"\text{if } E[w_j] = 0, E[y] = 0",
        r"E[y] = 0 \text{ if } E[w_j] = 0",
        r"E[y] = 0 \Leftarrow E[w_j] = 0",
    ],
)
def test_premises_are_kept(text: str) -> None:
    link = one(f"$${text}$$").links[0]
    assert link.text == "E[y] = 0"
    assert [g.text for g in link.given] == ["E[w_j] = 0"]


def test_equivalence_is_two_claims_and_hence_claims_its_premise() -> None:
    both = document(r"$$E[y] = 0 \iff E[x_1] = 0$$", NOTES).claims
    assert [(c.text, c.links[0].given[0].text) for c in both] == [
        ("E[y] = 0", "E[x_1] = 0"),
        ("E[x_1] = 0", "E[y] = 0"),
    ]
    hence = document(r"$$E[y] = 0, \text{ hence } E[x_1] = 0$$", NOTES).claims
    assert [(c.text, len(c.links[0].given)) for c in hence] == [("E[y] = 0", 0), ("E[x_1] = 0", 1)]


def test_premises_that_are_listed_are_not_guessed() -> None:
    trouble = one(r"$$E[y] = 0, E[x_1] = 0 \Rightarrow E[x_2] = 0$$").trouble
    assert trouble is not None and "\\wedge" in trouble.reason
    joined = one(r"$$E[y] = 0 \wedge E[x_1] = 0 \Rightarrow E[x_2] = 0$$")
    assert [g.text for g in joined.links[0].given] == ["E[y] = 0", "E[x_1] = 0"]


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        (r"\quad j = 1, \dots, n-1", 1, n - 1),
        (r",\quad j=1,2,\ldots,n-1", 1, n - 1),
        (r"\text{ for } j \ge 2", 2, n),
        (r"\text{ for all } j > 1", 2, n),
        (r"\quad (1 \le j < n)", 1, n - 1),
        (r"\qquad \forall j \in \{2, \dots, n\}", 2, n),
        (r"\text{ for $2 \le j$}", 2, n),
        (r"\quad j = 1..n", 1, n),
        (r",\; j = 1", 1, 1),
    ],
)
def test_ranges(text: str, lo: Any, hi: Any) -> None:
    link = one(f"$$E[w_j] = 0 {text}$$").links[0]
    assert link.over == (Range(j, term(lo), term(hi)),)


def test_for_all_and_values_left_out() -> None:
    link = one(r"$$\forall j, l: \operatorname{Cov}(x_j, x_l) = 0, \quad j \ne l$$").links[0]
    assert link.left.term == Cov(Entry("x", j), Entry("x", Symbol("l")))
    assert link.every == (j, Symbol("l"))
    assert link.over == (Range(j, Integer(1), n, (Symbol("l"),)),)


def test_each_link_has_its_own_bare_families() -> None:
    claim = one(r"$$E[w] = E[x] = 0$$")
    assert [len(link.bare) for link in claim.links] == [2, 1]


def test_sum_with_dots() -> None:
    claim = one(r"$$y = w_1 x_1 + w_2 x_2 + \cdots + w_n x_n$$")
    expected = Sum(Entry("w", i) * Entry("x", i), (i, 1, n))
    assert same(claim.links[0].right.term, expected)
    for wrong in ("w_1 + w_3 + \\cdots + w_n", "w_1 + \\cdots + x_n", "y + \\cdots + \\sigma"):
        assert one(f"$$y = {wrong}$$").kind == "unreadable"


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        (r"w_j \sim \mathcal{N}(0, \sigma^2)", "normal", ["0", r"\sigma^2"]),
        (r"w_j \sim N\left(0, \frac{1}{n}\right)", "normal", ["0", r"\frac{1}{n}"]),
        (r"w_j \overset{iid}{\sim} U[-\sigma, \sigma]", "uniform", [r"-\sigma", r"\sigma"]),
        (r"\mathcal{U}(-1, 1)", "uniform", ["-1", "1"]),
    ],
)
def test_distributions(text: str, name: str, parameters: list[str]) -> None:
    claim = one(f"$${text}$$")
    assert claim.kind == "distribution" and claim.distribution is not None
    assert claim.distribution.name == name
    assert [p.text for p in claim.distribution.parameters] == parameters


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        (
            "$$\n\\operatorname{Var}[y = n \\sigma\n$$",
            2,
            22,
            "to close the [ at column 19",
        ),
        ("$$x_1 = 2 \\cdots x_2$$", 1, 11, "expected an operator or the end, before \\cdots"),
        ("$$ x_1 = 2 \\text{ unless } n = 1$$", 1, 12, "cannot tell what the words “unless” say"),
        ("$$ q = n $$", 1, 4, "unknown name q"),
        ("$$ x_1 = \\text{gain} $$", 1, 9, "expected a formula, before the end"),
        ("$$ x_1 = x_2 \\quad \\sigma $$", 1, 20, "expected a relation beside the others"),
        ("$$ x_1 = \\begin{cases} 1 & n \\\\ 2 \\end{cases} $$", 1, 10, "\\begin{cases}"),
        ("text $$ x_1 = 2\n\nmore", 1, 6, "expected $$ to close this display"),
        ("\\begin{align}\nx_1 = 2\n", 1, 1, "expected \\end{align} to close this display"),
        ("<!-- derive: except fails -->", 1, 1, "a mark that is not known"),
        ("```derive\nsize n\n```", 2, 6, "declarations: n is declared already"),
        ("$$ w_j = 0 \\quad \\forall j \\ge \\sigma $$", 1, 32, "is fixed numbers, not an index"),
    ],
)
def test_unreadable_with_its_place(text: str, line: int, column: int, reason: str) -> None:
    found = document(f"{text}", NOTES).claims
    trouble = next(c.trouble for c in found if c.trouble)
    assert reason in trouble.reason
    assert trouble.where == (line, column)


def test_one_formula_that_cannot_be_read_hides_no_other() -> None:
    found = document("$$ x_1 = $$\n\n$$ E[y = 1 $$\n\n$$ x_1 = x_2 $$", NOTES)
    assert [c.kind for c in found.claims] == ["unreadable", "unreadable", "relation"]


def test_formula_without_a_relation_is_no_claim() -> None:
    assert one(r"$$ n E[w_j^2] $$").kind == "formula"


def test_a_mark_with_no_display_is_noted() -> None:
    assert document("$$x_1 = 1$$\n\n<!-- derive: skip -->\n", NOTES).notes[0].where == (3, 1)


def test_declarations_add_up() -> None:
    text = "```derive\nsize n\n```\n$$n = n$$\n```derive\nrandom x_j for j = 1..n\n```\n$$x_1 = n$$"
    found = document(text)
    assert [c.kind for c in found.claims] == ["relation", "relation"]
    assert found.items[0].reading.model.families == {}
    assert list(found.reading.model.families) == ["x"]


def test_starter_is_read_back_and_makes_the_notes_readable() -> None:
    text = r"""$$y = \sum_{j=1}^{n} w_j x_j$$
$$\operatorname{Var}[y] = n\operatorname{Var}[w]\operatorname{Var}[x]$$
$$\mathbb{E}[w_j x_j] = 0$$"""
    found = document(text)
    assert not found.declared and {c.kind for c in found.claims} == {"unreadable"}
    again = document(f"```derive\n{starter(found)}```\n{text}")
    assert {c.kind for c in again.claims} == {"relation"}
    assert again.declared


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: str(f["id"]))
def test_published_formulas(formula: dict[str, Any]) -> None:
    bases = {"two variables": TWO, "neuron": NEURON}
    base = bases.get(formula["notation"]) or notation(formula["notation"])
    found = document(f"$$\n{formula['latex']}\n$$", base).claims
    assert [c.kind for c in found] == formula["kinds"]
    assert sum(len(c.links) for c in found) == formula["links"]


def test_damaged_formulas_are_not_read_as_something_true() -> None:
    kinds = {f["id"]: f["kinds"] for f in FORMULAS}
    assert kinds["S001-37"] == ["relation"]
    link = document(f"$${_formula('S001-50')}$$", notation("ubc")).claims[0].links[0]
    assert isinstance(link.left.term, Var) and not link.right.term.has(Var)


def _formula(name: str) -> str:
    return next(str(f["latex"]) for f in FORMULAS if f["id"] == name)


def test_what_is_no_text_is_refused_with_its_place() -> None:
    with pytest.raises(Unreadable, match="not a text"):
        decoded(b"\x89PNG\r\n\x1a\n\0\0")
    with pytest.raises(Unreadable, match="expected UTF-8, not the byte 0xe9") as no:
        decoded("a\nb é".encode("latin-1"))
    assert (no.value.line, no.value.column) == (2, 3)
    assert decoded(b"\xef\xbb\xbfa\r\nb") == "a\nb"


def test_load_reads_latex_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "a.tex").write_text("% $$x$$\n\\[ n = n \\]", "utf-8")
    (tmp_path / "a.md").write_text("$$ n = n $$", "utf-8")
    for name in ("a.tex", "a.md"):
        found = load(tmp_path / name, NOTES)
        assert [c.kind for c in found.claims] == ["relation"] and found.path == tmp_path / name


HOSTILE = {
    "unbalanced": "$$" + "{" * 10_000 + "$$",
    "long": "$$" + "n+" * 50_000 + "n$$",
    "nested": "$$" + "\\frac{" * 3_000 + "$$",
    "brackets": "$$" + "E[" * 3_000 + "= 1$$",
    "power": "$$x_1^{10^{9}} = 1$$",
    "recursion": "$$\\newcommand{\\a}{\\a} \\a = 1$$",
    "doubling": "$$\\def\\a{\\a\\a} \\a = 1$$",
    "bomb": "$$"
    + "".join(f"\\def\\{b}{{{(chr(92) + a) * 10}}}" for a, b in pairwise("abcdefg"))
    + "\\def\\a{n+n+n+n+}\\g = 1$$",
    "arguments": "$$\\def\\a#1{#1#1#1#1#1#1#1#1}" + "\\a{" * 8 + "n" + "}" * 8 + " = 1$$",
    "circular": "```derive\nnew\nlet a = b\nlet b = a\n```\n$$ a = b $$",
    "no start": "```derive\nnew\nsize n\nlet a_j = a_{j-1} for j = 1..n\n```\n$$ a_1 = 1 $$",
    "commas": "$$" + "j," * 8_000 + "= 1$$",
    "rows": "$$ x_1 " + "\\\\ = 1" * 2_500 + "$$",
    "definitions": "\\newcommand{\\a}{" * 500,
    "ticks": " ".join("`" * k for k in range(1, 500)) + " $$",
    "quotes": "> " * 5_000 + "$$ n = $$",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("tex", [False, True])
def test_hostile_text_is_answered_quickly(name: str, tex: bool) -> None:
    start = time.process_time()
    found = document(HOSTILE[name] + "\n\n$$ x_1 = x_2 $$\n", NOTES, tex=tex)
    assert time.process_time() - start < 2
    assert any(c.kind == "unreadable" for c in found.claims)


def test_reading_is_quick() -> None:
    start = time.process_time()
    found = document("$$\\operatorname{Var}[y] = n E[w_j^2] E[x_j^2]$$\n\n" * 400, NOTES)
    assert len(found.claims) == 400
    assert time.process_time() - start < 2
