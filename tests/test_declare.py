"""Declarations -> models: every shipped notation, every statement, every mistake at its place."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from models import glorot
from sympy import Symbol, symbols

from derive.errors import Unreadable
from derive.model import Independent, Model, Nonzero, SameLaw, Statement, Symmetric, Unit
from derive.read.declare import declare, notation, notations
from derive.substitution import same
from derive.terms import Apply, Cov, E, Entry, Partial, Range, Sum, Var

i, j, k, l, n = symbols("i j k l n")
jp = Symbol("j'")
C = Entry("C")


def facts(model: Model, name: str) -> tuple[Any, ...]:
    return next(a.facts for a in model.assumptions if a.name == name)


def test_glorot_is_the_model_built_through_the_interface() -> None:
    built, found = glorot(), notation("glorot").model
    assert found.families == built.families
    assert found.sizes == built.sizes
    assert found.functions == built.functions
    assert found.costs == built.costs
    assert found.definitions == built.definitions
    assert found.shows == built.shows
    assert found.product_index == built.product_index
    assert [a.name for a in found.assumptions] == [a.name for a in built.assumptions]
    for theirs, ours in zip(built.assumptions, found.assumptions, strict=True):
        if theirs.name == "linear-regime":
            continue
        assert ours.facts == theirs.facts, ours.name


def test_glorot_linear_regime_is_about_any_variable() -> None:
    (fact,) = facts(notation("glorot").model, "linear-regime")
    assert fact == Statement(Apply("f", 0, Entry("u")), Entry("u"), over=("u",))


def test_glorot_printed_formulas() -> None:
    printed = notation("glorot").model.printed
    assert [(p.chain, p.tag) for p in printed] == [
        ("forward", "5"),
        ("backward", "6"),
        ("weight-grad", "7"),
        ("init", "13"),
        ("init", "14"),
    ]
    assert {p.source for p in printed} == {"Glorot & Bengio (2010)"}
    top = (i, 0, Symbol("d"))
    assert [p.statement.ranges for p in printed[1:]] == [(Range(*map(_term, top)),)] * 4


def _term(e: Any) -> Any:
    from derive.terms import term

    return term(e)


@pytest.mark.parametrize("name", notations())
def test_shipped_notations_read(name: str) -> None:
    reading = notation(name)
    assert reading.model.name == name
    assert "forward" in reading.model.shows
    assert reading.statements
    alone = name in ("neuron", "residual")
    chains = {"forward"} if alone else {"forward", "backward", "weight-grad"}
    assert set(reading.model.shows) == chains


def test_shipped_notations() -> None:
    assert notations() == ["d2l", "glorot", "he", "neuron", "residual", "shifted", "ubc"]


def test_reading_again_from_the_statements_gives_the_same() -> None:
    for name in notations():
        first = notation(name)
        text = "\n".join(s.text for s in first.statements)
        second = declare(text, name=name)
        assert second.model == first.model
        assert second.names.spellings == first.names.spellings


def test_statements_keep_text_and_place() -> None:
    reading = declare("# nothing\nsize n   # a size\nrandom x_j\n  for j = 1..n\n", line=5)
    assert [(s.text, tuple(s.where)) for s in reading.statements] == [
        ("size n", (6, 1)),
        ("random x_j for j = 1..n", (7, 1)),
    ]


def test_families_keep_how_they_are_written() -> None:
    ubc = notation("ubc").model
    assert (ubc.families["W"].style, ubc.families["W"].raised) == ("brackets", 1)
    assert (ubc.families["x"].style, ubc.families["x"].raised) == ("brackets", 0)
    assert ubc.families["h"].ranges[0][1:3] == (0, Symbol("M"))


def test_block_in_notes() -> None:
    reading = declare(
        "size n\n"
        "random w_j, x_j for j = 1..n\n"
        "let y = \\sum_{j=1}^{n} w_j x_j\n"
        "assume independent w_j, x_j; E[w_j] = 0; same law w_j over j; same law x_j over j\n"
    )
    m = reading.model
    assert same(m.definitions[0].statement.right, Sum(Entry("w", j) * Entry("x", j), (j, 1, n)))
    assert [a.name for a in m.assumptions] == [
        "independent w_j, x_j",
        "E[w_j] = 0",
        "same law w_j over j",
        "same law x_j over j",
    ]
    assert m.assumptions[0].facts == (Independent((Unit(("w",), True), Unit(("x",), True))),)
    assert m.assumptions[2].facts == (SameLaw("w", (0,)),)


BASE = "size n, d >= 0\nrandom x_j, w_j for j = 1..n\nrandom u, v\ngiven f(s)\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("independent x", Independent((Unit(("x",)),))),
        ("independent x, w", Independent((Unit(("x",)), Unit(("w",))))),
        ("independent x_j, w", Independent((Unit(("x",), True), Unit(("w",))))),
        ("u independent of v, x", Independent((Unit(("u",)), Unit(("v", "x"))))),
        ("symmetric w", Symmetric("w")),
        ("same law w over j", SameLaw("w", (0,))),
        ("same law w_j over j", SameLaw("w", (0,))),
        ("E[u] = 0", Statement(E(Entry("u")), _term(0))),
        ("E[x] = 0", Statement(E(Entry("x", j)), _term(0), (Range(j, _term(1), n),))),
        ("E[x_j] = 0", Statement(E(Entry("x", j)), _term(0), (Range(j, _term(1), n),))),
        (
            "Cov[x_j, x_k] = 0 for j = 1..n, k = 1..n, k \\ne j",
            Statement(
                Cov(Entry("x", j), Entry("x", k)),
                _term(0),
                (Range(j, _term(1), n), Range(k, _term(1), n, (j,))),
            ),
        ),
        (
            "E[x_j] = 0 for j = 2..n",
            Statement(E(Entry("x", j)), _term(0), (Range(j, _term(2), n),)),
        ),
        (
            "same Var[x_j] over j",
            Statement(Var(Entry("x", j)), Var(Entry("x", 1)), (Range(j, _term(1), n),)),
        ),
        (
            "same Var[x] over j",
            Statement(Var(Entry("x", j)), Var(Entry("x", 1)), (Range(j, _term(1), n),)),
        ),
        ("uncorrelated u, v", Statement(Cov(Entry("u"), Entry("v")), _term(0))),
        (
            "uncorrelated x_j",
            Statement(
                Cov(Entry("x", j), Entry("x", jp)),
                _term(0),
                (Range(j, _term(1), n), Range(jp, _term(1), n, (j,))),
            ),
        ),
        ("f(u) = u", Statement(Apply("f", 0, Entry("u")), Entry("u"))),
        ("f(s) = s", Statement(Apply("f", 0, Entry("s")), Entry("s"), over=("s",))),
        ("f'(x) = 1", Statement(Apply("f", 1, Entry("u'")), _term(1), over=("u'",))),
        (
            "f(-s) = -f(s)",
            Statement(Apply("f", 0, -Entry("s")), -Apply("f", 0, Entry("s")), over=("s",)),
        ),
    ],
)
def test_facts(text: str, expected: Any) -> None:
    (fact,) = declare(f"{BASE}assume name: {text}").model.assumptions[0].facts
    assert fact == expected


def test_variable_of_a_function_that_has_the_name_of_a_family() -> None:
    model = declare("size n\nrandom u_j for j = 1..n\ngiven f(s)\nassume f(u) = u").model
    assert model.assumptions[0].facts == (
        Statement(Apply("f", 0, Entry("u'")), Entry("u'"), over=("u'",)),
    )


def test_chain_of_equations_is_several_facts() -> None:
    model = declare(f"{BASE}assume centred: E[u] = E[v] = 0").model
    assert [f.left for f in facts(model, "centred")] == [E(Entry("u")), E(Entry("v"))]


def test_requirements_are_kept_apart() -> None:
    reading = declare(f"{BASE}require stays: Var[x_j] = Var[w_j]\nrequire n Var[w] = 1")
    assert not reading.model.assumptions
    assert [r.name for r in reading.requires] == ["stays", "n Var[w] = 1"]


def test_spellings() -> None:
    reading = declare(
        "size d\nrandom W^t_{i,j} for t = 1..d, i = 1..3, j = 1..3\n"
        "also w^t_{i,j} = W^t_{i,j}, \\gamma_t = Var[W^t]\n"
        "assume \\gamma_t = 1; Var[w^t_{1,2}] = \\gamma_t\n"
    )
    t = Symbol("t")
    lefts = [f.left for a in reading.model.assumptions for f in a.facts if isinstance(f, Statement)]
    assert lefts == [Var(Entry("W", t, 1, 1)), Var(Entry("W", t, 1, 2))]


def test_more_blocks_add_to_the_reading() -> None:
    first = declare(BASE)
    second = declare("let y = u v\nassume E[y] = 0", onto=first)
    assert "y" in second.model.families
    assert "y" not in first.model.families
    third = declare("new\nsize y", onto=second)
    assert list(third.model.sizes) == [Symbol("y")]


def test_use_takes_over_a_notation() -> None:
    reading = declare("use glorot\nrequire Var[z^{i+1}] = Var[z^i]")
    assert reading.model.name == "glorot"
    (fact,) = reading.requires[0].facts
    assert isinstance(fact, Statement)
    assert str(fact.ranges[0].index) == "i"


def test_definitions_may_refer_to_each_other() -> None:
    model = declare(
        "size d\nrandom x\n"
        "let a_0 = x\nlet b_i = a_i^2 for i = 0..d\nlet a_{i+1} = b_i for i = 0..d\n"
        "let g_d = x\nlet g_i = g_{i+1} + 1 for i = 0..d-1\n"
    ).model
    assert [str(r) for r in model.families["a"].ranges[0]] == ["i", "0", "d + 1", "()"]
    assert [str(r) for r in model.families["g"].ranges[0]] == ["i", "0", "d", "()"]


def test_derivative_of_the_cost_as_fact() -> None:
    model = notation("glorot").model
    (fact,) = facts(model, "independent-top")
    assert fact.units[0] == Unit(("∂C/∂s",))
    (mean,) = facts(model, "zero-mean-top")
    assert mean.left == E(Partial(C, Entry("s", Symbol("d"), k)))


ALL, PLAIN = "of all entries only", "expected a different plain index in each place"
REFUSED = [
    ("sise n", 1, 1, "nearest: size"),
    ("size n, n", 1, 9, "n is declared already"),
    ("size n\nrandom n", 2, 8, "n is declared already: a size"),
    ("size n >= -1", 1, 11, "expected a least value of 0 or more"),
    ("size n >= m", 1, 11, "expected a least value of 0 or more"),
    ("size E", 1, 6, "E is kept for E, Var and Cov"),
    ("random x_i", 1, 8, "the range of i is missing: add 'for i = …'"),
    ("size n_i for i = 0..q", 1, 14, "unknown name q: 'size q' before this declares it"),
    ("size n for i = 0..3", 1, 8, "no name before 'for' has the index i"),
    ("size d, n_i for i = 0-d", 1, 24, "expected .. between the limits"),
    ("size d, n_i for d = 0..3", 1, 17, "d is a size, not an index"),
    ("random x_j for j = 1..3, j = 1..2", 1, 26, "a second range of j"),
    ("random x_{j", 1, 12, "expected } to close the indices"),
    ("random x_{2j} for j = 1..3", 1, 8, "expected a plain index of x"),
    ("given f(s", 1, 10, "expected )"),
    ("let y = q", 1, 9, "unknown name q"),
    ("random x\nlet y = x)", 2, 10, "expected an operator or the end"),
    ("random x\nlet y = x\nlet y = 2x", 3, 5, "y is defined more than once"),
    ("random x\nlet x = 2", 2, 5, "x is declared already"),
    ("size n\nrandom x_j for j = 1..n\nlet y_i = x_i", 3, 11, "the range of i is missing"),
    ("size n\nrandom x_j for j = 1..n\nlet y = x_k", 3, 9, "the range of k is missing"),
    (
        "size n\nrandom x_j for j = 1..n\nlet y = x",
        3,
        9,
        "j = 1..n is left open",
    ),
    ("let a = b\nlet b = a", 1, 5, "a circular definition: a needs itself"),
    ("size d\nlet a_i = a_i for i = 0..d", 2, 5, "a circular definition"),
    (
        "size d\nrandom x\nlet a_0 = x\nlet a_{i+1} = b_i for i = 0..d\n"
        "let b_i = a_{i+1} for i = 0..d",
        3,
        5,
        "a circular definition",
    ),
    ("size d\nlet a_{i+1} = 2a_i for i = 0..d", 2, 16, "a_i exists for i = 1..d + 1 only"),
    (
        "size n\nrandom x_j for j = 1..n\nlet y = \\sum_{j=1}^{n+1} x_j",
        3,
        26,
        "x_j exists for j = 1..n only",
    ),
    ("random x\nlet a_0 = x\nlet a_2 = x", 3, 5, "overlap or leave a gap"),
    ("random x\nlet a_0 = x\nlet a_0 = 2x", 3, 5, "a is defined more than once"),
    ("cost C of s", 1, 11, "unknown name s"),
    ("random s\ncost C", 2, 6, "expected 'cost NAME of FAMILY'"),
    ("also A = B", 1, 10, "unknown name B"),
    ("random x\nassume x", 2, 8, "expected a fact, or an equation"),
    ("random x\nassume a: E[x] = 0\nassume a: x = 1", 3, 8, "an assumption named a"),
    ("random x\nassume", 2, 7, "expected a fact"),
    ("random x\nassume E[x] = 0;", 2, 7, "expected a fact"),
    ("random x\nassume E[x] < 1", 2, 8, "expected a fact, or an equation"),
    ("random x\nassume x independent W", 2, 22, "expected 'of' after 'independent'"),
    ("random x, y\nassume x, y independent", 2, 24, "several are 'independent A, B, C'"),
    (
        "size n\nrandom x, y_i for i = 1..n\nassume x independent of y_i",
        3,
        25,
        "expected a whole family, without indices: y",
    ),
    ("random x\nassume x independent of W", 2, 25, "unknown name W"),
    ("size n\nassume independent n", 2, 20, "expected a random family"),
    ("random x\nassume same Var[x]", 2, 19, "expected 'over' and the indices"),
    *(
        (f"size n >= 3\nrandom w_j, x_j for j = 1..n\nassume {fact} for j = 1..2", 3, at, ALL)
        for fact, at in (
            ("symmetric w_j", 18),
            ("same law w_j over j", 17),
            ("independent w_j", 20),
            ("uncorrelated w_j", 21),
            ("w independent of x", 8),
        )
    ),
    *(
        (f"size d, n\nrandom W^i_j for i = 1..d, j = 1..n\nassume {fact}", 3, at, PLAIN)
        for fact, at in (
            ("symmetric W^1_j", 18),
            ("independent W^d_j", 20),
            ("same law W^d_j over j", 17),
            ("symmetric W^j_j", 18),
        )
    ),
    ("random w\nassume w ~ U[0, 1]\nassume b: w ~ Rademacher", 3, 8, "w may have two laws"),
    (
        "random w\nassume a: Var[w] = 1\nassume b: Var[w] = 2",
        3,
        11,
        "a, b contradict each other: Var[w] is 1 and 2: take one away",
    ),
    ("random w\nassume a: E[w] = 0; E[w] = 1", 2, 11, "a contradicts itself"),
    ("random w\nassume a: Var[w] = 0", 2, 11, "Var[w] is 0, and what is random is not fixed"),
    (
        "size n\nrandom w_i for i = 1..n\nassume E[w_i^2] = -2",
        3,
        8,
        "E[w_i²] is -2, and what is random is not fixed",
    ),
    *(
        (f"size n\nrandom x, y, z_i for i = 1..n\nassume {fact}", 3, at, "nothing random is ind")
        for fact, at in (
            ("independent x, x", 23),
            ("x, y independent of y", 28),
            ("independent z_i, z", 25),
            ("independent (z_i, z_i)", 26),
        )
    ),
    ("given f(s)\nassume f(s) = s for s = 0..1", 2, 8, "expected s in what is said for it"),
    ("show forward Var[x]", 1, 6, "expected a chain and ':'"),
    ("printed forward: x = 1", 1, 1, "expected 'printed CHAIN: RELATION"),
    ("use glorrot", 1, 1, "one of the shipped notations"),
    ("size n\nuse glorot", 2, 1, "expected 'use' before other statements"),
    ("new topic", 1, 1, "expected nothing after 'new'"),
    (
        "size n\nrandom x_j for j = 1..3\nassume a: \n  E[x_j] = 0;\n  E[q_j] = 0",
        5,
        5,
        "unknown name q",
    ),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"), REFUSED, ids=[r[0][-40:] for r in REFUSED]
)
def test_refused(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(Unreadable) as no:
        declare(text)
    assert message in no.value.reason
    assert (no.value.line, no.value.column) == (line, column)


@pytest.mark.parametrize("fact", ["E[x] = 0", "same E[x] over j", "P[x = 0] = 0"])
def test_a_range_holds_for_a_family_without_its_index_too(fact: str) -> None:
    text = f"size n >= 3\nrandom x_j for j = 1..n\nassume {fact} for j = 1..2"
    (said,) = declare(text).model.assumptions[0].facts
    assert isinstance(said, (Statement, Nonzero))
    assert [(r.lo, r.hi) for r in said.ranges] == [(1, 2)]


def test_laws_of_different_entries() -> None:
    text = "size n >= 2\nrandom w_j for j = 1..n\nassume w_1 ~ Rademacher\nassume w_j ~ U[0, 1]"
    assert len(declare(f"{text} for j = 2..n").model.assumptions) == 2
    with pytest.raises(Unreadable, match="may have two laws"):
        declare(text)


def test_a_range_that_is_the_whole_one_may_be_said() -> None:
    assumed = declare("size n\nrandom w_j for j = 1..n\nassume symmetric w_j for j = 1..n")
    assert assumed.model.assumptions[0].facts == (Symmetric("w"),)


def test_notation_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.derive"
    path.write_text("size n\nrandom x_j for j = 1..n\nshow forward: Var[x_j]\n", encoding="utf-8")
    assert notation(str(path)).model.shows == {"forward": Var(Entry("x", j))}


def test_unknown_notation_names_the_nearest() -> None:
    with pytest.raises(Unreadable, match="no notation glorrot; nearest: glorot"):
        notation("glorrot")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        notation(str(tmp_path / "none.derive"))


def test_reading_is_fast() -> None:
    notation("glorot")
    start = time.perf_counter()
    notation("glorot")
    assert time.perf_counter() - start < 0.25
