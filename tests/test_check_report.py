"""The report on a checked file, line by line, and its width."""

from pathlib import Path
from typing import Any

import pytest

from derive.judging.documents import Checked, Wanted, checked, standing
from derive.show.checked import Shown, report
from derive.show.lines import plain
from derive.writing.formula import ASCII

NOTES = r"""# Notes

```derive
size n
random w_j, x_j for j = 1..n
let y = \sum_{j=1}^{n} w_j x_j
assume independent w_j, x_j; E[w_j] = 0; same law w_j over j; same law x_j over j
```

Inline $n$ is not checked.

$$\operatorname{Var}[w_j x_j] = \operatorname{Var}[w_j] E[x_j^2]$$

$$\operatorname{Var}[y] = n \operatorname{Var}[w] \operatorname{Var}[x] \tag{7}$$

<!-- derive: expect fails -->
$$\operatorname{Var}[y] = n^2 \operatorname{Var}[w] E[x^2]$$

Broken: $$\operatorname{Var}[y = n \gamma$$

\begin{align}
\operatorname{Var}[y] &= \sum_{j=1}^n \operatorname{Var}[w_j x_j] \\
 &= n \operatorname{Var}[w] E[x]^2
\end{align}
"""


def of(text: str, **more: Any) -> Checked:
    name = "notes.tex" if more.get("tex") else "notes.md"
    return checked(name, text.encode, Wanted(**more))


def said(*files: Checked, width: int = 80, **more: Any) -> str:
    return plain(report(files, width=width, **more))


REPORT = said(of(NOTES))


@pytest.mark.parametrize(
    "rows",
    [
        r"""notes.md:12:3  ✓ holds
    \operatorname{Var}[w_j x_j] = \operatorname{Var}[w_j] E[x_j^2]
    read as  Var[w_j x_j] = Var[w_j] E[x_j²]                           j = 1 … n
    by       """,
        r"""notes.md:14:3  ○ needs  E[x_j] = 0  (7)
    \operatorname{Var}[y] = n \operatorname{Var}[w] \operatorname{Var}[x]
    read as  Var[y] = n Var[w] Var[x]                        w, x: any one entry
    left - right = n Var[w] E[x]²
    to declare it, add:  assume E[x_j] = 0
""",
        "notes.md:17:3  ✗ fails  as expected\n",
        "left 2, right 4\n",
        r"""notes.md:19:32  ? unreadable
    Broken: $$\operatorname{Var}[y = n \gamma$$
                                   ^
    expected ] to close the [ at column 29, before =
""",
        "    link 1   ✓ holds\n",
        "    link 2   ✗ fails\n",
        "    whole    ✗ fails\n",
        "  5 claims: 1 holds · 1 needs · 2 fails · 0 undecided · 1 unreadable\n",
        "  1 as expected\n",
        "  1 inline formula was not checked\n",
    ],
)
def test_what_a_reader_sees(rows: str) -> None:
    assert rows in REPORT


def test_assumptions_are_named_as_they_were_declared() -> None:
    assert "independent w_j, x_j; E[w_j] = 0" in REPORT


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit(width: int) -> None:
    text = NOTES + "\n$$" + " + ".join([r"\operatorname{Var}[y]"] * 40) + " = 3$$\n"
    rows = said(of(text), width=width).splitlines()
    assert max(map(len, rows)) <= width


def test_ascii_has_no_other_signs() -> None:
    assert said(of(NOTES), form=ASCII).isascii()


def test_a_product_formula_has_a_ratio_and_a_condition() -> None:
    text = (
        "```derive\nuse glorot\n```\n"
        r"$$Var[\frac{\partial C}{\partial s^i}] = Var[\frac{\partial C}{\partial s^d}]"
        r" \prod_{k=i}^{d} n_{k+1} Var[W^k]$$"
    )
    shown = said(of(text))
    assert "left / right = 1 / (n_{i+1} Var[W^i])" in shown
    assert "true as printed when n_{i+1} Var[W^i] = 1" in shown
    assert "i = 0 … d" in shown


def test_a_condition_that_is_never_met_is_not_said() -> None:
    text = "```derive\nsize n\nrandom x\n```\n"
    text += "$$(n - 1) Var[x] = n Var[x]$$\n\n$$n Var[x] = 2 Var[x]$$\n"
    shown = said(of(text))
    assert "true as printed when n = 2" in shown
    assert shown.count("true as printed") == 1


def test_a_condition_is_a_choice() -> None:
    shown = said(of("```derive\nuse glorot\n```\n$$n_i Var[W^i] = 1$$\n"))
    assert "○ needs  itself" in shown and "add:  require n_i Var[W^i] = 1" in shown
    assert "a choice, not a consequence" in shown


def test_where_nothing_is_declared_a_block_is_shown() -> None:
    shown = said(of(r"$$y = \sum_{j=1}^{n} w_j x_j$$"))
    assert "does not say what its symbols mean" in shown
    assert "```derive\n" in shown and "size n" in shown


def test_a_block_that_cannot_be_read_is_what_is_shown() -> None:
    block = "```derive\nsize n\nrandom a^0_j for j = 1..n\n```\n"
    shown = said(of(block + "$$E[a_j] = 0$$"))
    assert "does not say what its symbols mean" not in shown
    assert "expected a plain index of a, not 0; give it a name of its own" in " ".join(
        shown.split()
    )
    assert (
        "expected ] to close" not in shown and "a has no meaning: line 3 could not be read" in shown
    )


def test_the_far_end_of_a_long_line() -> None:
    shown = said(of(f"{'word ' * 60}$$ Var[x = 1 $$"))
    assert "does not say" in shown
    declared = "```derive\nrandom x\n```\n"
    rows = said(of(f"{declared}{'word ' * 60}$$ Var[x = 1 $$")).splitlines()
    at = next(n for n, row in enumerate(rows) if row.strip() == "^")
    assert len(rows[at - 1]) <= 80 and rows[at - 1][rows[at].index("^")] == "="


def test_a_conflict_names_its_places() -> None:
    shown = said(of("```derive\nrandom x\n```\n$$Var[x] = 3$$\n\n$$Var[x] = 4$$\n"))
    assert "notes.md:4:3 and notes.md:6:3 cannot all be right" in " ".join(shown.split())


def test_requirements_that_cannot_be_met_are_no_displayed_formulas() -> None:
    text = "```derive\nsize n\nrequire n = 2; n = 3\n```\n$$n = 2$$\n\n$$n$$\n"
    shown = said(of(text))
    assert "1 displayed formula states no relation to check" in shown
    alone = said(of(text.replace("$$n$$\n", "")))
    assert "no relation" not in alone


def test_an_expected_mistake_is_no_conflict() -> None:
    mark = "<!-- derive: expect fails -->\n"
    text = "```derive\nrandom x, y\n```\n$$Var[2 x] = 4 Var[x]$$\n\n" + mark
    shown = said(of(text + "$$Var[2 x] = 2 Var[x]$$\n"))
    assert "conflict" not in shown and "as expected" in shown


def test_only_some() -> None:
    shown = said(of(NOTES), shown=Shown(only=("needs",)))
    assert "○ needs" in shown and "✗ fails" not in shown


def test_the_text_is_kept_from_the_terminal(tmp_path: Path) -> None:
    shown = said(of("```derive\nrandom x\n```\n$$ Var[\x1b[31mx] = 1 $$\n"))
    assert "\x1b" not in shown


@pytest.mark.parametrize("claim", ["n_i Var[W^i]", "n_k Var[W^k]"])
def test_what_is_required_holds_by_choice(claim: Any) -> None:
    declared = "```derive\nuse glorot\nrequire n_i Var[W^i] = 1\n```\n"
    assert "✓ holds" in said(of(f"{declared}$${claim} = 1$$\n"))
    other = said(of(f"{declared}$${claim} = 2$$\n"))
    assert "✗ fails" in other
    assert "what is required says otherwise" in other


# -- the page that teaches it

DOCS = Path(__file__).parent.parent / "docs" / "documents.md"


def test_the_page_is_as_it_says() -> None:
    page = of(DOCS.read_text(encoding="utf-8"))
    wrong = [c.claim.text for c in page.claims if standing(c) != "holds"]
    assert not wrong and not page.conflicts and len(page.claims) > 8


def test_the_latex_of_the_page_is_as_it_says() -> None:
    text = DOCS.read_text(encoding="utf-8")
    start = text.index("```latex\n") + len("```latex\n")
    page = of(text[start : text.index("```", start)], tex=True)
    assert [c.verdict for c in page.claims] == ["holds", "needs"]
    assert all(standing(c) == "holds" for c in page.claims)
