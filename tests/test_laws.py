"""Laws: declared, used in derivations, judged in documents, told by `derive distribution`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath
import pytest
from sympy import Integer, Rational, erf, exp, lambdify, pi, sqrt, symbols

import derive
from derive.cli import main
from derive.densities import Law, Points, is_even
from derive.distributions import law, moments, solved, story, with_variance
from derive.distributions.stories import scaled
from derive.errors import Refused, Undeclared, Unreadable
from derive.judging.check import FileChecked, check
from derive.kernel import replay
from derive.model import Model, SameLaw, Statement, Symmetric
from derive.proving.tidy import tidy
from derive.read.declarations import declarations, difference
from derive.read.declare import declare
from derive.read.document import document
from derive.record.checking import replay_record
from derive.record.writing import dumps, record
from derive.scope import Scope
from derive.substitution import put
from derive.terms import E, Entry, Var

n, m, i = symbols("n m i")
a = Entry("a")


# -- the interface


@pytest.mark.parametrize(
    ("made", "mean", "variance"),
    [
        (law("uniform", -sqrt(6) / sqrt(n + m), sqrt(6) / sqrt(n + m)), 0, 2 / (n + m)),
        (law("U", -1 / sqrt(n), 1 / sqrt(n)), 0, 1 / (3 * n)),
        (law("normal", 0, 2 / n), 0, 2 / n),
        (law("two-point", -1, 1, Rational(1, 2)), 0, 1),
        (law("rademacher"), 0, 1),
        (law("laplace", 1, 3), 1, 18),
        (law("bernoulli", Rational(1, 4)), Rational(1, 4), Rational(3, 16)),
        (law("points", 0, Rational(1, 2), 2, Rational(1, 2)), 1, 1),
    ],
    ids=str,
)
def test_moments(made: Law, mean: Any, variance: Any) -> None:
    assert moments(made) == (mean, variance)


def test_the_constant_of_the_truncated_normal_law() -> None:
    """sd of N(0, 1) cut off at ±2: 0.87962566103423978, Keras' constant."""
    spread = moments(law("truncated-normal", 0, 1, 2)).variance
    assert spread == 1 - 2 * sqrt(2) * exp(-2) / (sqrt(pi) * erf(sqrt(2)))
    with mpmath.workdps(20):
        assert abs(mpmath.sqrt(mpmath.mpf(str(spread.evalf(20)))) - 0.87962566103423978) < 1e-15


@pytest.mark.parametrize("name", ["uniform", "normal", "truncated-normal", "laplace", "two-point"])
def test_from_a_variance_to_the_law_and_back(name: str) -> None:
    wanted = 2 / (n + m)
    found = solved(name, wanted)
    assert moments(found.law) == (0, wanted) or name == "truncated-normal"
    replayed = replay(found.story.derivation)
    shown = [p.claim for p in replayed.proved]
    letters = {n: Entry("n"), m: Entry("m")}
    assert any(c.left.func is Var and c.right == wanted.subs(letters) for c in shown)  # type: ignore[union-attr]
    assert replay_record(dumps(record(found.story))).replayed.uses == replayed.uses


def test_the_law_of_a_variance() -> None:
    assert with_variance("uniform", 2 / (n + m)) == law(
        "uniform", -sqrt(6) / sqrt(n + m), sqrt(6) / sqrt(n + m)
    )
    assert with_variance("two-point", 4) == law("two-point", -2, 2, Rational(1, 2))


SCALED = ["uniform", "normal", "truncated-normal", "laplace", "two-point"]
SCALES = [
    n,
    sqrt(6) / sqrt(n + m),
    sqrt(Rational(3, 2)) * m * sqrt(1 / (n + 1)),
    Rational(2, 3),
    2 / (n * (1 + m**2)),
    sqrt(n) + 1 / m,
    sqrt(2) - 1,
]
AS_DERIVED = SCALES[:4]


@pytest.mark.parametrize("s", AS_DERIVED, ids=str)
@pytest.mark.parametrize("name", SCALED)
def test_what_holds_for_every_scale_is_what_is_derived_for_one(name: str, s: Any) -> None:
    made = scaled(name, s)
    told = story(made)
    letters = {n: Entry("n"), m: Entry("m")}
    shown = [c for p in replay(told.derivation).proved if isinstance(c := p.claim, Statement)]
    found = {c.left: c.right for c in shown}
    (spread,) = (v for v in found if isinstance(v, Var))
    mean, variance = (put(e, letters) for e in moments(made))
    assert (mean, variance) == (found[E(spread.args[0])], found[spread])
    if name != "truncated-normal" or s != Rational(2, 3):  # its derivation at 2/3 is refused
        assert with_variance(name, s) == solved(name, s).law


@pytest.mark.parametrize("s", SCALES, ids=str)
@pytest.mark.parametrize("name", SCALED)
def test_the_variance_at_a_scale_is_what_its_density_says(name: str, s: Any) -> None:
    made = scaled(name, s, Rational(3, 2))
    assert _second_moment(made) == pytest.approx(float(moments(made).variance.subs(HERE)))
    chosen = with_variance(name, s, bound=Rational(3, 2))
    if name != "truncated-normal":
        assert _second_moment(chosen) == pytest.approx(float(s.subs(HERE)))


HERE = {n: 2, m: 3}


def _second_moment(made: Law) -> float:
    form = made.form
    if isinstance(form, Points):
        return sum(float((p * v**2).subs(HERE)) for v, p in form.pairs)
    found = 0.0
    for piece in form.pieces:
        h = lambdify(piece.variable, (piece.body * piece.variable**2).subs(HERE), "mpmath")
        found += float(mpmath.quad(h, [float(e.subs(HERE)) for e in piece.limits]))
    return found


def test_a_scale_that_may_be_negative_has_no_moments() -> None:
    """What was derived for every positive scale says nothing of g, of which nothing is known."""
    model = declare("given g, v > 0").model
    g, v = Entry("g"), Entry("v")
    for name in SCALED[:4]:
        with pytest.raises(Refused) as no:
            moments(scaled(name, g), model)
        with pytest.raises(Refused) as direct:
            story(scaled(name, g), model)
        assert str(no.value) == str(direct.value)
    for name in SCALED:
        with pytest.raises(Refused) as no:
            with_variance(name, g, model)
        assert "the variance g was not shown to be positive" in str(no.value)
    assert moments(scaled("two-point", g), model) == (0, g**2)
    assert moments(scaled("normal", v), model) == (0, v)
    assert moments(law("uniform", -v, 2 * v), model) == (v / 2, 3 * v**2 / 4)


def test_a_law_over_the_indices_of_a_model() -> None:
    model = derive.notation("glorot")
    widths = model.families["n"]
    layer = next(r for r in model.families["W"].ranges if r.index == i)
    half = sqrt(6 / (widths[i] + widths[i + 1]))
    assert moments(law("uniform", -half, half), model, layer).variance == 2 / (
        widths[i] + widths[i + 1]
    )


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: law("uniform", 1), "uniform has 2 parameters (lower end, upper end), not 1"),
        (lambda: law("unifrm", 0, 1), "no law is named unifrm; nearest: uniform"),
        (lambda: law("cauchy", 0, 1), "the Cauchy law has no mean and no finite variance"),
        (lambda: moments(law("uniform", 1, 0)), "the upper end less the lower end of the uniform"),
        (lambda: moments(law("normal", 0, -1)), "the variance of the normal law, -1, is not pos"),
        (
            lambda: moments(law("normal", 0, 0)),
            "the variance of the normal law, 0, is not pos",
        ),
        (lambda: moments(law("bernoulli", 2)), "that of 0 of the bernoulli law, -1, is not pos"),
        (lambda: with_variance("uniform", -1), "the variance -1 is not positive"),
        (lambda: with_variance("rademacher", 1), "the rademacher law has no scale that could be"),
    ],
)
def test_what_is_no_law(made: Any, why: str) -> None:
    with pytest.raises((Refused, Undeclared)) as no:
        made()
    assert why in str(no.value)


def test_a_float_is_no_parameter() -> None:
    with pytest.raises(TypeError):
        law("normal", 0, 0.1)


def test_every_story_is_written_and_read_back() -> None:
    s, p = Entry("s"), Rational(1, 3)
    for made in (law("laplace", a, s), law("truncated-normal", 0, s, 3), law("bernoulli", p)):
        told = story(made)
        again = replay_record(dumps(record(told)))
        assert again.replayed.claim == replay(told.derivation).claim


# -- declared

DECLARED = r"""
size n_i for i = 0..3
random W^i_{l,k} for i = 0..2, l = 1..n_i, k = 1..n_{i+1}
random u, v, t, q, r, e, f, y
given a > 0, b > a, p in (0, 1), \mu, c < 2
assume weights: W^i_{l,k} ~ U[-\sqrt{6/(n_i+n_{i+1})}, \sqrt{6/(n_i+n_{i+1})}]
assume one: y \sim N(\mu, std \frac{1}{\sqrt{2\pi a}})
assume two: u ~ truncated N(0, variance a) at 2; v ~ points(1: p, -1: 1-p)
assume three: t ~ two-point(a, b, p); q ~ Rademacher; r ~ Laplace(\mu, scale a)
assume four: e ~ Bernoulli(p); f ~ density(\int_{s=0}^{1} (2 s))
"""


def test_laws_are_declared_written_and_read_back() -> None:
    model = declare(DECLARED).model
    said = declarations(model)
    assert difference(model, declare("\n".join(said)).model) == ""
    assert r"assume one: y ~ N(\mu, variance \frac{1}{2 \pi a})" in said
    assert "given p in (0, 1)" in said and "given b > a" in said


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        ("u ~ N(0, a)", "is a a variance or a standard deviation? write 'variance a' or 'std a'"),
        ("u ~ U[1]", "uniform has 2 parameters (lower end, upper end), not 1"),
        ("u ~ Cauchy(0, 1)", "the Cauchy law has no mean and no finite variance"),
        ("u ~ Zipf(2)", "expected a law: U[-a, a], N(m"),
        ("u ~ U[0, 1", "expected ] to close this"),
        ("u ~ N(0, scale 2)", "no scale is expected there in the normal law"),
        ("a ~ U[0, 1]", "a is not random"),
        ("u ~ U[0, 1] or 2", "expected nothing after the law, not or"),
        ("u ~ truncated U[0, 1] at 2", "expected 'truncated N(…) at'"),
    ],
)
def test_laws_that_cannot_be_read(fact: str, why: str) -> None:
    with pytest.raises(Unreadable) as no:
        declare(f"assume {fact}", onto=declare(DECLARED))
    assert why in no.value.reason


def test_how_n_is_read_is_declared_once() -> None:
    for words, variance in (("std", 4), ("standard deviation", 4), ("variance", 2)):
        model = declare(f"random u\nread N by {words}\nassume law: u ~ N(0, 2)").model
        (fact,) = model.assumptions[0].facts
        assert fact.law == Law("normal", (Integer(0), Integer(variance)))  # type: ignore[union-attr]
    with pytest.raises(Unreadable, match="expected 'read N by variance'"):
        declare("read N by heart")


def test_a_law_says_that_entries_are_alike_and_symmetric() -> None:
    model = declare(DECLARED).model
    facts = [(name, f) for kind in (SameLaw, Symmetric) for name, f in Scope(model).facts(kind)]
    assert ("weights", SameLaw("W", (1, 2))) in facts and ("weights", Symmetric("W")) in facts
    assert {name for name, f in facts if isinstance(f, Symmetric)} == {"weights", "two", "three"}
    assert [f.key for _, f in facts if isinstance(f, Symmetric)] == ["W", "u", "q"]


def test_even_laws() -> None:
    for even in (("normal", 0, 1), ("laplace", 0, 2), ("uniform", -a, a), ("rademacher",)):
        assert is_even(law(*even))
    for odd in (("normal", 1, 1), ("laplace", 1, 2), ("uniform", -1, 2), ("bernoulli", a)):
        assert not is_even(law(*odd))


GLOROT = (Path(derive.__file__).parent / "notations/glorot.derive").read_text(encoding="utf-8")


def drawn(law: str) -> Model:
    """The paper's network, with a law of the weights in place of their moments."""
    text = GLOROT.replace("same E[W^i_{l,k}], Var[W^i_{l,k}] over l, k;", "")
    text = text.replace("zero-mean-weights: E[W^i_{l,k}] = 0", f"init: W^i_{{l,k}} ~ {law}")
    assert text.count("init: W") == 1
    return declare(text).model


def test_a_chain_runs_from_the_law_to_numbers() -> None:
    model = drawn(r"U[-\sqrt{6/(n_i+n_{i+1})}, \sqrt{6/(n_i+n_{i+1})}]")
    d = derive.forward(model)
    assert derive.write(d.result, model) == (
        "Var[z^i_l] = Var[x] ∏_{i'=0}^{i-1} (2 n_{i'} / (n_{i'} + n_{i'+1}))"
    )
    assert "init" in d.uses and d.stopped is None
    back = derive.backward(drawn(r"N(0, variance 1/n_i)"))
    assert back.stopped is None and back.replay().result == back.result
    with pytest.raises(Refused, match=r"init is not assumed|no law of"):
        d.replay(model.without(["init"]))


def test_a_law_of_nonzero_mean_stops_where_zero_means_are_needed() -> None:
    d = derive.forward(drawn(r"U[0, 1/n_i]"))
    assert d.stopped is not None


# -- judged

NEURON = r"""
```derive
size n
random W
given a > 0, b > a
{}
```
$${}$$
"""


def checked(formula: str, *declared: str) -> FileChecked:
    return check(document(NEURON.format("\n".join(declared), formula)))


def verdict(formula: str, *declared: str) -> str:
    return checked(formula, *declared).claims[-1].verdict


REQUIRED = "require n Var[W] = 2"


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        (r"W \sim U[-\sqrt{6/n}, \sqrt{6/n}]", "holds"),
        (r"W \sim U\left(-\frac{\sqrt{6}}{\sqrt{n}}, \frac{\sqrt{6}}{\sqrt{n}}\right)", "holds"),
        (r"\mathcal{U}(-\sqrt{6/n}, \sqrt{6/n})", "holds"),
        (r"W \sim U[-\frac{6}{\sqrt{n}}, \frac{6}{\sqrt{n}}]", "fails"),
        (r"W \sim U[-\sqrt{2/n}, \sqrt{2/n}]", "fails"),
        (r"W \sim U[0, 2\sqrt{6/n}]", "needs"),
        (r"W \sim N(0, \sqrt{2/n})", "needs"),
        (r"W \sim N(0, 2/n)", "needs"),
        (r"W \sim N(0, n)", "fails"),
        (r"W \sim \mathrm{Laplace}(0, 1/\sqrt{n})", "holds"),
        (r"W \sim U[1]", "unreadable"),
        (r"W \sim U[1, 0]", "unreadable"),
        (r"W \sim U[b, a]", "unreadable"),
        (r"V \sim U[0, 1]", "unreadable"),
        (r"W \sim \mathrm{Cauchy}(0, 1)", "unreadable"),
        (r"W \sim \mathrm{Zipf}(2)", "unreadable"),
    ],
)
def test_a_law_is_held_against_what_is_required(formula: str, wanted: str) -> None:
    assert verdict(formula, REQUIRED) == (
        "holds" if formula.startswith(r"W \sim U[0") else wanted
    ), formula


def test_a_mean_that_is_declared_otherwise_fails() -> None:
    zero = "assume E[W] = 0"
    assert verdict(r"W \sim U[0, 2\sqrt{6/n}]", REQUIRED, zero) == "fails"
    assert verdict(r"W \sim U[-\sqrt{6/n}, \sqrt{6/n}]", REQUIRED, zero) == "holds"


def test_how_n_is_read_is_asked_for() -> None:
    found = checked(r"W \sim N(0, \sqrt{2/n})", REQUIRED).claims[-1].links[0]
    assert found.judgement is not None
    assert [f.line for f in found.judgement.needs] == ["read N by standard deviation"]
    assert found.message.startswith(r"holds if \sqrt{2/n} is a standard deviation; if it is not")
    assert verdict(r"W \sim N(0, \sqrt{2/n})", REQUIRED, "read N by std") == "holds"
    assert verdict(r"W \sim N(0, \sqrt{2/n})", REQUIRED, "read N by variance") == "fails"


@pytest.mark.parametrize(
    ("formula", "nearest"),
    [
        (
            r"W \sim U[-\frac{6}{\sqrt{n}}, \frac{6}{\sqrt{n}}]",
            "nearest true: U[-√6 / √n, √6 / √n] (half the width 6 / √n → √6 / √n)",
        ),
        (r"W \sim U[-\sqrt{2/n}, \sqrt{2/n}]", "(half the width is √3 standard deviations)"),
    ],
)
def test_a_law_that_fails_comes_with_the_right_one(formula: str, nearest: str) -> None:
    found = checked(formula, REQUIRED).claims[-1].links[0]
    assert nearest in found.message
    assert found.judgement is not None and found.judgement.equality.example is not None


def test_what_stands_beside_the_law_counts_as_required() -> None:
    found = checked(r"\operatorname{Var}[W] = \frac{2}{n},\ W \sim U[-\sqrt{6/n}, \sqrt{6/n}]")
    assert [c.verdict for c in found.claims] == ["needs", "holds"]
    found = checked(r"\operatorname{Var}[W] = \frac{1}{n} \Rightarrow U[-\sqrt{6/n}, \sqrt{6/n}]")
    assert [c.verdict for c in found.claims] == ["fails"]


def test_without_a_requirement_a_law_is_a_choice() -> None:
    found = checked(r"W \sim U[-\frac{1}{\sqrt{n}}, \frac{1}{\sqrt{n}}]").claims[-1]
    assert found.verdict == "needs"
    assert found.links[0].message == "Var[W] = 1 / (3 n), derived; a choice, not a consequence"
    assert checked(r"\mathcal{U}(-1, 1)").claims == ()


def test_other_letters_and_layers() -> None:
    text = r"""
```derive
use glorot
require Var[W^i] = \frac{2}{n_i + n_{i+1}}
```
$$W \sim U\left[-\frac{\sqrt{6}}{\sqrt{n_j + n_{j+1}}},
  \frac{\sqrt{6}}{\sqrt{n_j + n_{j+1}}}\right]$$
$$w^i \sim U[-\frac{\sqrt{6}}{\sqrt{n_i + n_{i+1}}}, \frac{\sqrt{6}}{\sqrt{n_i + n_{i+1}}}]$$
$$W_{ij} \sim U[-\frac{6}{\sqrt{n_j+n_{j+1}}}, \frac{6}{\sqrt{n_j+n_{j+1}}}]$$
"""
    assert [c.verdict for c in check(document(text)).claims] == ["holds", "holds", "fails"]


LAW = r"assume init: W ~ U[-1/\sqrt{n}, 1/\sqrt{n}]"


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        (r"n Var[W] = \frac{1}{3}", "holds"),
        (r"n Var[W] = \frac{1}{2}", "fails"),
        (r"E[W^2] = \frac{1}{3n}", "holds"),
        (r"E[W^4] = \frac{1}{5n^2}", "holds"),
        (r"E[W^3] = 0", "holds"),
        (r"E[W] = 1", "fails"),
        (r"W \sim U[-1/\sqrt{n}, 1/\sqrt{n}]", "holds"),
        (r"W \sim N(0, variance 1/n)", "fails"),
    ],
)
def test_what_a_declared_law_says(formula: str, wanted: str) -> None:
    assert verdict(formula, LAW) == wanted


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        (r"Var(U[-a, a]) = \frac{a^2}{3}", "holds"),
        (r"\operatorname{Var}[U(-a, a)] = \frac{a^2}{2}", "fails"),
        (r"\operatorname{Var}[\mathcal{U}(a, b)] = \frac{(b-a)^2}{12}", "holds"),
        (r"E[U[a, b]] = \frac{a + b}{2}", "holds"),
        (r"E[U[a, b]] = \frac{b - a}{2}", "fails"),
        (r"Var[N(0, variance a)] = a", "holds"),
        (r"Var[N(0, std a)] = a", "fails"),
        (r"Var[N(0, a)] = a", "unreadable"),
        (r"Var[U[-q, q]] = q^2/3", "unreadable"),
        (r"Var[U[b, a]] = 1", "undecided"),
    ],
)
def test_moments_of_a_law_that_is_named(formula: str, wanted: str) -> None:
    assert verdict(formula) == wanted


def test_the_report_says_the_law_as_it_was_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(NEURON.format(REQUIRED, r"W \sim U[-\sqrt{6/n}, \sqrt{6/n}]"), "utf-8")
    assert main(["check", str(page)]) == 0
    out = capsys.readouterr().out
    assert "read as  W ~ U[-√(6/n), √(6/n)]" in out
    assert "density or points of the law, fundamental theorem, it was required" in out
    assert "Var[W] = 2/n, derived" in out
    assert main(["check", "--format", "json", str(page)]) == 0
    (claim,) = json.loads(capsys.readouterr().out)["files"][0]["claims"]
    assert claim["read_as"].startswith("W ~ U[") and claim["verdict"] == "holds"


# -- the command


def said(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert main(["distribution", *args]) == 0
    return capsys.readouterr().out


def test_the_command_shows_integral_antiderivative_and_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = said(capsys, "U[-a, a]")
    for line in ("∫_{-a}^a x² / (2 a) dx", "antiderivative x³ / (6 a)", "at a: a²/6, at -a: -a²/6",
                 "Var[X] = a²/3"):  # fmt: skip
        assert line in out


def test_the_command_solves_for_a_variance(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "uniform", "--variance", "2/(n+m)")
    assert "Result    a = √6 / √(m + n)\n              if wanted" in out
    assert "Var[X'] = 2 / (m + n)" in out
    assert "declared and not needed: none" in out


def test_the_command_lists_laws(capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys)
    assert [line.split()[0] for line in out.splitlines() if line[0] != " "] == [
        "name", "uniform", "normal", "laplace", "truncated-normal", "bernoulli", "rademacher",
        "two-point", "orthogonal",
    ]  # fmt: skip


def test_an_orthogonal_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Var[W] = 1/n" in said(capsys, "orthogonal")


@pytest.mark.parametrize("form", ["text", "latex", "markdown", "json"])
@pytest.mark.parametrize("law", ["normal", "two-point", "orthogonal", "truncated-normal"])
def test_every_format(form: str, law: str, tmp_path: Path) -> None:
    to = tmp_path / "out"
    assert main(["distribution", law, "--format", form, "-o", str(to)]) == 0
    assert to.read_text("utf-8")
    if form == "json":
        assert main(["replay", str(to)]) == 0


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["N(0, s)"], "is the second parameter a variance or a standard deviation? (as variance:"),
        (["U[1, 0]"], "the upper end less the lower end of the uniform law, -1, is not positive"),
        (["cauchy"], "the Cauchy law has no mean and no finite variance"),
        (["unifrm"], "no law is named unifrm; nearest: uniform"),
        (["points"], "the points law needs its parameters"),
        (["points(1: 1/2, 0: 1/3)"], "the probabilities add up to 5/6, not to 1"),
        ([r"density(\int_{x=0}^{1} (x))"], "the density has the mass 1/2, not 1"),
        ([r"density(\int_{x=1}^{\infty} (1/x^2))"], "1/x² is not made of x"),
        (["normal", "--variance", "0"], "the variance 0 is not positive"),
        (["normal", "--variance", "n +"], "expected a formula"),
        (["uniform", "--bound", "2"], "--bound goes with --variance"),
        (["orthogonal", "--variance", "1"], "have one variance, 1/n"),
    ],
)
def test_bad_calls(args: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["distribution", *args]) == 2
    assert why in capsys.readouterr().err


def test_narrow_and_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    from derive.report import report
    from derive.show.lines import plain
    from derive.show.page import page
    from derive.writing.spelling import ASCII

    found = report(story(law("normal", Entry("m"), Entry("v"))))
    text = plain(page(found, form=ASCII, width=60))
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 62


@pytest.mark.parametrize(
    ("e", "short"),
    [
        (
            sqrt(2) * a**2 / (2 * sqrt(pi) * sqrt(a**2)),
            sqrt(2) * a**2 / (2 * sqrt(pi) * sqrt(a**2)),
        ),
        (12 * a / (6 * Entry("b")), 2 * a / Entry("b")),
        (a**2 / 2 - a**2 / (2 * pi), (pi - 1) * a**2 / (2 * pi)),
        ((a**2 + a) / a, a + 1),
        (exp(-2) * a * exp(2), a),
    ],
    ids=str,
)
def test_short_forms(e: Any, short: Any) -> None:
    """A product of powers is one already; what has a sum in it is cancelled and factored."""
    assert tidy(e) == short


def test_a_scale_that_does_not_give_the_variance_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("derive.distributions.replayed.of_scale", lambda v, s: (Integer(2), 1))
    a = sqrt(21) / sqrt(n + m)
    assert with_variance("uniform", 7 / (n + m)) == law("uniform", -a, a)


@pytest.mark.parametrize(
    "e", [2 / (n + m), n / (2 * m + n + 1) ** 2, m / (2 * n + 2), 2 / (n - m), (n + m) / n, 3 * n]
)
def test_what_has_no_factors_is_not_factored(e: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for seen in ((), (-n - m,), (m - n,)):
        tidy.cache_clear()
        short = tidy(e, seen)
        with monkeypatch.context() as patch:
            patch.setattr("derive.proving.tidy._irreducible", lambda e: False)
            tidy.cache_clear()
            assert tidy(e, seen) == short


DRAWN = r"""```derive
given p in (0, 1), q > 0
random w, x, m
assume independent w, x, m
assume m ~ Bernoulli(p)
assume w ~ N(0, variance q)
assume x ~ U[0, 1]
```
"""


@pytest.mark.parametrize(
    "moment, value, wrong",
    [
        (r"\operatorname{Var}[w^2]", "2 q^2", "3 q^2"),
        (r"\operatorname{E}[(x+1)^4]", "31/5", "6"),
        (r"\operatorname{E}[(m+1)^3]", "1 + 7p", "1 + 6p"),
        (r"\operatorname{Var}[x^2 + w^2]", "4/45 + 2 q^2", "4/45 + q^2"),
        (r"\operatorname{Cov}[x, x^2]", "1/12", "1/10"),
        (r"\operatorname{E}[x^2 (w + x)^2]", "q/3 + 1/5", "q/3 + 1/4"),
    ],
)
def test_powers_that_are_met_on_the_way_have_their_moments(
    moment: str, value: str, wrong: str
) -> None:
    right, not_so = check(
        document(f"{DRAWN}$${moment} = {value}$$\n\n$${moment} = {wrong}$$")
    ).claims
    assert (right.verdict, not_so.verdict) == ("holds", "fails")
    judged = not_so.links[0].judgement
    assert judged is not None and judged.equality.remainder is not None
    assert not judged.equality.remainder.has(E, Var)
