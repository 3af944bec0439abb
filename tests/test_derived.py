"""`derive check --explain`: the whole derivation between the two sides, replayed."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from derive.cli import main
from derive.errors import Refused, Unreadable
from derive.judging.check import check
from derive.judging.explain import Explanation, explained
from derive.judging.judge import Judge
from derive.judging.search import steps
from derive.judging.shipped import source
from derive.kernel import replay
from derive.model import Statement
from derive.proofs import Induction
from derive.read.document import document
from derive.record.checking import replay_record
from derive.record.writing import dumps, record
from derive.substitution import same
from derive.terms import Product

Capture = pytest.CaptureFixture[str]
NEURON = r"""```derive
size n
random w_j, x_j for j = 1..n
let y = \sum_{j=1}^{n} w_j x_j
assume weights: independent w_j, x_j
assume centred: E[w_j] = 0
assume same law w_j over j; same law x_j over j
```
"""
GRADIENT = (
    r"$$\frac{\partial C}{\partial s^i_k} = f'(s^i_k) \sum_{m=1}^{n_{i+2}} "
    r"W^{i+1}_{k,m} \frac{\partial C}{\partial s^{i+1}_m}$$"
)


def explanations(text: str) -> list[Explanation]:
    found = check(document(text)).claims
    return [
        explained(link.judgement, claim.model)
        for claim in found
        for link in claim.links
        if link.judgement is not None
    ]


def test_a_derivation_ends_in_the_claim_and_rests_on_what_was_said() -> None:
    text = NEURON + r"$$Var[y] = n Var[w] E[x^2]$$"
    (claim,) = check(document(text)).claims
    judgement = claim.links[0].judgement
    assert judgement is not None
    e = explained(judgement, claim.model)
    assert e.shown and e.derivation is not None and e.left is None
    assert e.derivation.claim == judgement.statement
    replayed = replay(e.derivation, Judge(claim.model).model)
    assert replayed.uses <= set(judgement.uses)
    assert {"weights", "centred"} <= replayed.uses


def test_results_on_the_way_come_with_their_proofs() -> None:
    found = check(source("glorot")).claims
    (claim,) = [c for c in found if c.claim.tag == "5"]
    judgement = claim.links[0].judgement
    assert judgement is not None and judgement.by_induction == {"Var[z]"}
    e = explained(judgement, claim.model)
    assert e.derivation is not None and e.results == ("Var[z]",)
    by_induction = [p.name for p in e.derivation.parts if isinstance(p.proof, Induction)]
    assert "Var[z]" in by_induction
    assert e.derivation.parts[-2].name == "Var[z]", "nothing is shown that is not cited"


@pytest.mark.parametrize("name", ["he", "ubc", "lectures"])
def test_every_derivation_of_a_source_is_replayed(name: str) -> None:
    claims = check(source(name)).claims
    links = [(c, k.judgement) for c in claims for k in c.links if k.judgement is not None]
    for claim, judgement in links:
        e = explained(judgement, claim.model)
        assert e.shown == (judgement.derivation is not None)
        if e.derivation is not None:
            replay(e.derivation)
        if judgement.verdict == "holds" and e.shown:
            assert e.derivation is not None and e.derivation.claim == judgement.statement


def test_without_steps_the_forms_in_which_the_sides_meet() -> None:
    (e,) = explanations(NEURON + r"$$Var[y] + E[y]^2 = n Var[w] (Var[x] + E[x]^2)$$")
    if not e.shown:
        assert e.left is not None and e.right is not None and same(e.left, e.right)
    (e,) = explanations(NEURON + r"$$Var[y] = n Var[w] Var[x]$$")
    assert not e.shown and e.left is not None and e.right is not None
    assert not same(e.left, e.right), "a claim that is not shown does not meet"


def test_what_is_said_of_values_is_shown_by_definitions() -> None:
    (e,) = explanations(NEURON + r"$$y = \sum_{j=1}^{n} x_j w_j$$")
    assert e.shown and e.derivation is not None and len(e.derivation.parts) == 1
    (e,) = explanations("```derive\nuse glorot\n```\n" + GRADIENT)
    assert e.shown and e.derivation is not None
    rules = {step.rule for step in steps(e.derivation.parts[-1])}
    assert {"chain rule", "derivative"} <= rules


# -- as a reader sees it


def report(text: str, tmp_path: Path, capsys: Capture, *options: str) -> str:
    path = tmp_path / "notes.md"
    path.write_text(text, encoding="utf-8")
    main(["check", "--explain", *options, str(path)])
    return capsys.readouterr().out


def test_lines_are_numbered_on_and_every_result_is_written_out_once(
    tmp_path: Path, capsys: Capture
) -> None:
    text = r"""```derive
use glorot
```
$$Var[z^i] = Var[x] \prod_{k=0}^{i-1} n_k Var[W^k]$$

$$Var[z^{i+1}] = n_i Var[W^i] Var[z^i]$$

$$Var[z^{i}] = \prod_{k=0}^{i-1} n_k Var[W^k] Var[x]$$
"""
    out = report(text, tmp_path, capsys)
    assert "by       Var[z], by induction" in out
    numbers = [int(n) for n in re.findall(r"^ {4} +(\d+)   ", out, flags=re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert out.count("step, from i to i+1") == 1
    first, last = re.findall(r"lines (\d+) to (\d+)", out)[0]
    block = out[out.index(f"{first}   Var[z^0_l]") : out.index(f"\n    {int(last) + 1:>4}   ")]
    assert "induction hypothesis" in block and "last factor" in block


def test_a_claim_by_laws_alone_has_no_headings(tmp_path: Path, capsys: Capture) -> None:
    text = "```derive\nrandom x\n```\n" + r"$$Var[x] = E[x^2] - E[x]^2$$"
    out = report(text, tmp_path, capsys)
    assert "For every" not in out and "derived" not in out
    assert re.search(r" 1   Var\[x\]\n +. \{ second moment.*\n +2   E\[x²\] - E\[x\]²\n", out)


def test_columns_are_kept(tmp_path: Path, capsys: Capture) -> None:
    text = NEURON + r"$$Var[y] = n Var[w] E[x^2]$$"
    for width in (60, 80, 120):
        path = tmp_path / "notes.md"
        path.write_text(text, encoding="utf-8")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COLUMNS", str(width))
            main(["check", "--explain", str(path)])
        out = capsys.readouterr().out.replace(str(tmp_path), "")
        assert max(map(len, out.splitlines())) <= width


def test_statements_only(tmp_path: Path) -> None:
    (e,) = explanations(NEURON + r"$$Var[y] = n Var[w] E[x^2]$$")
    assert e.derivation is not None and isinstance(e.derivation.claim, Statement)


def test_what_is_supposed_is_said_with_what_was_derived(tmp_path: Path, capsys: Capture) -> None:
    text = "```derive\nuse glorot\n```\n" + (
        r"$$Var[z^i] = Var[z^{i'}] \Rightarrow n_i Var[W^i] = 1$$"
    )
    (e,) = explanations(text)
    (premise,) = e.premises
    assert not e.shown and premise.left.has(Product) and premise.right.has(Product)
    out = report(text, tmp_path, capsys)
    assert re.search(r"if +Var\[x\] ∏", out)
    assert "left  " not in out, "a side that is written as it was read says nothing"


WALK = r"""```derive
size n, L >= 1
given \sigma > 0
random x_i for i = 1..n
random e^l_i for l = 0..L-1, i = 1..n
let h^0_i = x_i for i = 1..n
let h^{l+1}_i = h^l_i + e^l_i for l = 0..L-1, i = 1..n
assume independent x_i, e^l_i; E[x_i] = 0; E[e^l_i] = 0; Var[e^l_i] = \sigma^2; same law x_i over i
```
"""


def test_an_induction_of_the_claim_itself_is_written_out(tmp_path: Path, capsys: Capture) -> None:
    text = WALK + r"$$Var[h^l_i] = Var[x] + l \sigma^2$$"
    (e,) = explanations(text)
    assert e.shown and e.derivation is not None
    assert [p.name for p in e.derivation.parts if isinstance(p.proof, Induction)][
        -1
    ] == "closed form"
    laws = [p for p in e.derivation.parts if isinstance(p.claim, Statement) and p.claim.over]
    assert not laws, "what nothing cites is left out"
    out = report(text, tmp_path, capsys)
    assert "the two sides meet in the normal form of moments" in out
    assert re.search(r"Var\[e\^t_i \+ h\^t_i\]\n +. \{ normal form of moments\s+independent", out)


def test_derivations_go_into_the_json_and_are_replayed(tmp_path: Path, capsys: Capture) -> None:
    text = (
        "```derive\nuse glorot\n```\n"
        r"$$Var[z^i] = Var[x] \prod_{k=0}^{i-1} n_k Var[W^k]$$"
        "\n\n" + GRADIENT + "\n\n" + r"$$Var[z^i] = Var[x]$$"
    )
    out = report(text, tmp_path, capsys, "--format", "json")
    said = json.loads(out)
    root = Path(__file__).parent.parent / "docs"
    jsonschema.validate(said, json.loads((root / "check.schema.json").read_text("utf-8")))
    whole = json.loads((root / "derivation.schema.json").read_text("utf-8"))
    first, second, third = said["files"][0]["claims"]
    assert third["derivation"] is None and third["verdict"] == "fails"
    for claim in (first, second):
        jsonschema.validate(claim["derivation"], whole)
        found = replay_record(json.dumps(claim["derivation"]))
        assert set(found.used) <= set(claim["uses"])
    forged = json.dumps(first["derivation"]).replace("i'-1", "i'-2").replace("{i-1}", "{i-2}")
    with pytest.raises((Refused, Unreadable)):
        replay_record(forged)


@pytest.mark.parametrize("name", ["lectures", "depth", "he", "notes"])
def test_every_derivation_of_a_source_can_be_saved(name: str) -> None:
    saved = 0
    for claim in check(source(name)).claims:
        for link in claim.links:
            if link.judgement is not None and link.verdict == "holds":
                e = explained(link.judgement, claim.model)
                if e.shown and e.story is not None:
                    replay_record(dumps(record(e.story)))
                    saved += 1
    assert saved


def test_nothing_is_said_twice_of_what_is_supposed(tmp_path: Path, capsys: Capture) -> None:
    text = "```derive\nsize n\nrandom w, x\n```\n" + (
        r"$$n Var[w] = 1 \Rightarrow Var[w] = \frac{1}{n}$$"
    )
    out = report(text, tmp_path, capsys)
    assert len(re.findall(r"^ +if ", out, flags=re.M)) == 1
    assert not re.search(r"^ +(left|right) +=", out, flags=re.M)


def test_a_choice_has_no_derivation(tmp_path: Path, capsys: Capture) -> None:
    text = "```derive\nuse glorot\n```\n" + r"$$Var[W^i] = \frac{2}{n_i + n_{i+1}}$$"
    out = report(text, tmp_path, capsys)
    assert "a choice, not a consequence" in out and "left" not in out and " 1   " not in out


def test_an_assumption_without_a_name_is_not_repeated(tmp_path: Path, capsys: Capture) -> None:
    text = r"""```derive
random x, y
assume E[x] = 0; small: E[y] = 0
```
$$E[x + y] = 0$$
"""
    text = text.replace("; small: E[y] = 0", "\nassume small: E[y] = 0")
    out = report(text, tmp_path, capsys)
    assert re.search(r"E\[x\] = 0 +assumed\n +E\[y\] = 0 +small", out)


def test_results_and_laws_are_cited_by_their_lines(tmp_path: Path, capsys: Capture) -> None:
    text = "```derive\nuse glorot\n```\n" + r"$$Var[z^i_l W^i_{l,k}] = Var[W^i] Var[z^i]$$"
    out = report(text, tmp_path, capsys)
    assert "shown above" not in out
    first, last = re.findall(r"E\[z\^i_l\] = 0 +lines (\d+) to (\d+)", out)[0]
    proof = out[out.index("Mean of z") : out.index("Variance of a sum")]
    assert f"\n     {first:>3}   E[z^0_l]" in proof and f"\n     {last:>3}   0" in proof
    assert re.search(r"variance of a product of independent variables, lines \d+ to \d+", out)
    assert "       proved by induction" not in out


def test_one_law_for_all_entries_says_of_which_moment(tmp_path: Path, capsys: Capture) -> None:
    text = NEURON + r"$$Var[y] = n Var[w] E[x^2]$$"
    out = report(text, tmp_path, capsys)
    assert re.search(r"Var\[w_j\] = Var\[w\] +same law w_j over j", out)
    assert "one law for all entries  " not in out


LAWS = r"""```derive
size m, n
random W_{i,j} for i = 1..m, j = 1..n
assume zero-mean: E[W_{i,j}] = 0
require Var[W_{i,j}] = \frac{2}{m + n}
```
$$W_{i,j} \sim U\left(-\sqrt{\frac{6}{m + n}}, \sqrt{\frac{6}{m + n}}\right)$$

$$W_{i,j} \sim N\left(0, \frac{2}{m + n}\right)$$
"""


def test_of_a_law_it_is_shown_what_its_moments_are(tmp_path: Path, capsys: Capture) -> None:
    out = report(LAWS, tmp_path, capsys)
    uniform, normal = out.split("notes.md:")[1:]
    for page in (uniform, normal):
        assert "X has this law" in page
        first, last = re.findall(r"Var\[X\] = 2 / \(m \+ n\) +lines (\d+) to (\d+)", page)[0]
        assert f"   {last}   2 / (m + n)" in page and f"   {first}   Var[X]" in page
        assert "expectation by density" in page
    for e in explanations(LAWS):
        assert e.derivation is not None and not e.shown
        replay(e.derivation)


def test_values_are_made_one_by_algebra_and_what_was_assumed(
    tmp_path: Path, capsys: Capture
) -> None:
    text = (
        NEURON + r"$$\sum_{j=1}^{n} (w_j + 1)^2 = \sum_{j=1}^{n} w_j^2 + 2 \sum_{j=1}^{n} w_j + n$$"
    )
    out = report(text, tmp_path, capsys)
    assert "= { algebra }" in out and "normal form" not in out
    out = report("```derive\nuse glorot\n```\n" + "$$f(s^i_k) = s^i_k$$", tmp_path, capsys)
    assert "= { algebra   linear-regime }" in out


def test_in_markdown_the_derivation_is_a_block_of_text(tmp_path: Path, capsys: Capture) -> None:
    text = NEURON + r"$$E[y] = \sum_{j=1}^{n} E[w_j] E[x_j] = 0$$" + "\n\n$$Var[w_1 x_1] \\ge 0$$\n"
    out = report(text, tmp_path, capsys, "--format", "markdown")
    blocks = re.findall(r"^~~~~text\n(.*?)^~~~~$", out, flags=re.M | re.S)
    numbers = [int(n) for b in blocks for n in re.findall(r"^ +(\d+)   ", b, flags=re.M)]
    assert len(blocks) >= 3 and numbers == list(range(1, len(numbers) + 1))
    assert "E[w_j] = 0   centred" in blocks[0] + blocks[1]
    path = tmp_path / "notes.md"
    main(["check", "--format", "markdown", str(path)])
    assert "~~~~" not in capsys.readouterr().out


def test_what_has_no_name_but_its_latex_is_spelt(tmp_path: Path, capsys: Capture) -> None:
    text = r"""```derive
given \mu
random \omega_j for j = 1..3
assume E[\omega_j] = \mu; same Var[\omega_j] over j; independent \omega_j
```
$$Var[\omega_1 + \omega_2] = 2 Var[\omega_1]$$
"""
    out = report(text, tmp_path, capsys)
    derivation = out[out.index("Derivation") :]
    assert "Var[ω_j] for all j" in derivation and "\\omega" not in derivation


@pytest.mark.parametrize(
    ("declared", "formula", "lines"),
    [
        ("use glorot", r"n_i Var[W^i] = 1 \Rightarrow Var[z^{i+1}] = Var[z^i]",
         ["since    n_i Var[W^i] = 1"]),
        ("use glorot", r"n_i Var[W^i] = 2 \Rightarrow Var[z^L] = 2^L Var[x]",
         ["since    ∏_{i=0}^{L-1} n_i Var[W^i] = 2^L"]),
        ("size n\nrandom w", r"n^2 Var[w]^2 = 1 \Rightarrow n Var[w] = 1",
         ["since    n² Var[w]² = 1", "to the power 1/2"]),
        ("size n, m\nrandom w", r"n Var[w] = 2 \wedge m Var[w] = 4 \Rightarrow m = 2 n",
         ["since    n Var[w] = 2", "to the power -1", "         m Var[w] = 4"]),
    ],
)  # fmt: skip
def test_what_follows_from_premises_says_which_ones_were_multiplied(
    declared: str, formula: str, lines: list[str], tmp_path: Path, capsys: Capture
) -> None:
    out = report(f"```derive\n{declared}\n```\n$${formula}$$\n", tmp_path, capsys)
    assert "✓ holds" in out
    for line in lines:
        assert line in out


def test_one_layer_on_cites_the_sum_that_was_written_out_before(
    tmp_path: Path, capsys: Capture
) -> None:
    formula = r"Var[z^i] = Var[x] \prod_{k=0}^{i-1} n_k Var[W^k]"
    out = report(f"```derive\nuse glorot\n```\n$${formula}$$\n", tmp_path, capsys)
    assert out.count("{ variance of a sum") == 1
    assert re.search(r"\{ Var\[z\] as a sum, lines \d+ to \d+ \}", out)
