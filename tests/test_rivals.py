"""What contradicts itself proves nothing: alternatives may stand in one file, not in one proof."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sympy import Expr, Integer, Rational, Symbol, oo

from derive.chains.init import init
from derive.claims import Proved
from derive.densities import Law
from derive.errors import Refused
from derive.kernel import replay
from derive.model import Distributed, Fact, Model, Statement, ranges
from derive.piecewise import Pieces
from derive.proofs import Chain, Derivation, Part, Step
from derive.proving.by_law import moment_parts
from derive.read.declare import declare, notation
from derive.read.reading import Reading
from derive.record.checking import replay_record
from derive.record.writing import dumps, record
from derive.rivals import absurd, declared, rivals
from derive.terms import E, Entry, Var

i = Symbol("i")
ZERO, ONE, TWO = Integer(0), Integer(1), Integer(2)


def cite(source: str, name: str, old: Expr, new: Expr, *at: Any, backward: bool = False) -> Step:
    """A step by an equation at index values."""
    return Step(source, (name, 0, at, ()), old, new, new, 1, backward)


def alternatives(text: str) -> Model:
    """The model of a text that may contradict itself, as a saved derivation may."""
    return declare(text, onto=Reading.empty("two", alternatives=True)).model


def two_laws(first: Law, second: Law, *over: Any) -> tuple[Model, tuple[Part, ...]]:
    """One variable with two laws under two names, and what each says of it."""
    model = Model("two laws")
    x = model.random("x", *over)[tuple(o[0] for o in over)]
    facts = [Distributed(x, law, ranges(*over)) for law in (first, second)]
    for name, fact in zip(("one", "other"), facts, strict=True):
        model.assume(name, fact, text="")
    parts = [p for m, f in zip("ab", facts, strict=True) for p in moment_parts(model, f, m)]
    return model, tuple(parts)


def uniform(b: int) -> Law:
    return Law("uniform", (Integer(-b), Integer(b)))


def test_two_laws_of_one_entry_stand_side_by_side_but_not_in_one_proof() -> None:
    model, parts = two_laws(uniform(1), uniform(2))
    shown = replay(Derivation(model, parts))
    assert {p.uses for p in shown.proved} >= {frozenset({"one"}), frozenset({"other"})}
    third, x = Rational(1, 3), Var(Entry("x"))
    steps = (
        cite("lemma", "Var[a]", third, x, backward=True),
        cite("lemma", "Var[b]", x, Rational(4, 3)),
    )
    end = Part("1/3 is 4/3", Statement(third, Rational(4, 3)), Chain(steps))
    with pytest.raises(Refused, match="1/3 is 4/3: one, other contradict each other: two laws"):
        replay(Derivation(model, (*parts, end)))


def test_laws_of_different_entries_are_no_alternatives() -> None:
    model = Model("apart")
    x = model.random("x", (i, 1, model.size("n")))
    for name, entry, over in (("first", x[1], ()), ("rest", x[i], ((i, 2, Symbol("n")),))):
        model.assume(name, Distributed(entry, uniform(len(name)), ranges(*over)), text="")
    assert not [*rivals((), declared(model), model)]


ROW = "size n\nrandom x_j for j = 1..n\nrandom w_{i,j} for i = 1..n, j = 1..n\ngiven c > 0\n"


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("Var[x_j] = 1", "Var[x_j] = 2", "Var"),
        ("Var[x_j] = 1", "Var[x_1] = 2", "Var"),
        ("Var[x_j] = 1 for j = 1..2", "Var[x_j] = 2 for j = 2..n", "Var"),
        ("Var[x_j] = 1 / n", "Var[x_j] = 2 / n", "Var"),
        ("Var[x_j] = c", "Var[x_j] = 2 c", "Var"),
        ("n Var[x_1] = 1", "n Var[x_1] = 2", "n*Var"),
        ("1 = Var[x_j]", "Var[x_j] = 2", "Var"),
        ("E[x_j^2] = 1", "E[x_j^2] = 2", "E"),
        ("Var[x_1] = 1", "Var[x_2] = 2", ""),
        ("Var[x_j] = 1", "Var[x_1] = 1", ""),
        ("Var[x_j] = 1", "Var[x_j] = 1 / n", ""),
        ("Var[x_j] = 1 for j = 1..1", "Var[x_j] = 2 for j = 2..n", ""),
        ("E[x_i w_{i,j}] = 0 for i = 1..n, j = 1..n, j \\ne i", "E[x_i w_{i,i}] = 1", ""),
        ("n Var[x_1] = 1", "n^2 Var[x_1] = 2", ""),
    ],
)
def test_one_thing_with_two_values(one: str, other: str, why: str) -> None:
    model = alternatives(f"{ROW}assume one: {one}\nassume other: {other}")
    found = [*rivals((), declared(model), model)]
    assert [r.uses for r in found] == ([frozenset({"one", "other"})] if why else [])
    assert all(str(r.why).startswith(why) and " is " in str(r.why) for r in found)


def test_a_proof_from_two_values_of_one_variance() -> None:
    model = alternatives("random w\nassume one: Var[w] = 1\nassume other: Var[w] = 2")
    w = Var(Entry("w"))
    steps = cite("assumption", "one", ONE, w, backward=True), cite("assumption", "other", w, TWO)
    bad = Part("1 is 2", Statement(ONE, TWO), Chain(steps))
    fine = Part("one of them", Statement(w, TWO), Chain(steps[1:]))
    assert replay(Derivation(model, (fine,))).uses == {"other"}
    why = r"1 is 2: one, other contradict each other: Var\(w\) is 1 and 2"
    with pytest.raises(Refused, match=why):
        replay(Derivation(model, (fine, bad)))
    under_one_name = alternatives("random w\nassume both: Var[w] = 1; Var[w] = 2")
    steps = (
        Step("assumption", ("both", 0, (), ()), ONE, w, w, 1, True),
        Step("assumption", ("both", 1, (), ()), w, TWO, TWO, 1),
    )
    with pytest.raises(Refused, match="1 is 2: both contradicts itself"):
        replay(Derivation(under_one_name, (replace(bad, proof=Chain(steps)),)))


def test_what_a_law_says_against_what_is_assumed() -> None:
    """That E[x] = 1/2 is proved from the law: no assumption says it."""
    model = Model("a mean")
    fact = Distributed(model.random("x")[()], Law("uniform", (ZERO, ONE)))
    model.assume("drawn", fact, text="")
    model.assume("centred", Statement(E(fact.entry), ZERO), text="")
    parts, x, half = moment_parts(model, fact, "x"), E(fact.entry), Rational(1, 2)
    steps = cite("assumption", "centred", ZERO, x, backward=True), cite("lemma", "E[x]", x, half)
    with pytest.raises(Refused, match="centred, drawn contradict each other: E"):
        replay(Derivation(model, (*parts, Part("0 is 1/2", Statement(ZERO, half), Chain(steps)))))


def test_two_numbers_that_are_proved_to_be_one() -> None:
    """No two of the assumptions contradict each other; the three of them do."""
    text = "size n\nrandom x_j for j = 1..n\nassume low: Var[x_1] = 1\nassume high: Var[x_n] = 2\n"
    model = alternatives(text + "assume alike: same Var[x_j] over j")
    first, last, n = Var(Entry("x", 1)), Var(Entry("x", Symbol("n"))), Symbol("n")
    steps = (
        cite("assumption", "low", ONE, first, backward=True),
        cite("assumption", "alike", first, last, (Symbol("j"), n), backward=True),
        cite("assumption", "high", last, TWO),
    )
    for over in ((), ranges((i, 1, n))):
        bad = Part("1 is 2", Statement(ONE, TWO, over), Chain(steps))
        with pytest.raises(Refused, match="1 is 2: alike, high, low contradict each other: 1 is 2"):
            replay(Derivation(model, (bad,)))


def test_a_function_with_two_formulas() -> None:
    model, u, v = Model("two formulas"), Entry("u"), Symbol("v")
    f = model.function("f")
    linear = Statement(f(u), u, (), ("u",))
    relu = Pieces("f", v, ((-oo, ZERO, ZERO), (ZERO, oo, v)))
    same = Pieces("f", v, ((-oo, oo, v),))
    pairs: list[tuple[tuple[Fact, Fact], int]]
    pairs = [((linear, relu), 1), ((relu, relu), 0), ((linear, same), 0)]
    for facts, many in pairs:
        own = Model("own", functions=model.functions)
        for name, fact in zip(("one", "other"), facts, strict=True):
            own.assume(name, fact, text="")
        found = [*rivals((), declared(own), own)]
        assert [str(r.why) for r in found] == ["two formulas of f"] * many


def test_a_saved_derivation_from_two_laws() -> None:
    """Through the file: `init` keeps its alternatives, and no part may take both."""
    story = init(notation("glorot").model)
    data = record(story)
    assert replay_record(dumps(data))
    assert sum("U[" in line for line in data["model"]) == 2
    one, other = (
        next(p for p in data["parts"] if p["name"] == f"Var[W ({name})]")
        for name in ("normalised", "heuristic")
    )
    values = [p["claim"].partition(" = ")[2] for p in (one, other)]
    places = ((values[0], one["start"]), (one["start"], values[1]))
    steps = [
        {"line": n, "rule": "lemma", "law": "", "uses": [], "old": old, "new": new, "after": new,
         "backward": n == 1, "latex": "", "text": "",
         "args": {"cited": p["name"], "which": 0, "at": {k: k for k in "ilk"}}}
        for n, p, (old, new) in zip((1, 2), (one, other), places, strict=True)
    ]  # fmt: skip
    bad = {**one, "name": "both", "claim": " = ".join(values), "start": values[0], "steps": steps}
    data["parts"].insert(-1, bad)
    with pytest.raises(Refused, match="both: heuristic, normalised contradict each other"):
        replay_record(dumps(data))


def test_a_moment_that_nothing_random_has_proves_nothing() -> None:
    model = alternatives("size n\nsize m >= 0\nrandom x_j for j = 1..n + 1\nassume a: Var[x_j] = 0")
    v = Var(Entry("x", 1))
    bad = Part(
        "0 is v", Statement(v, ZERO), Chain((cite("assumption", "a", v, ZERO, (Symbol("j"), ONE)),))
    )
    with pytest.raises(Refused, match=r"a contradicts itself: .* what is random is not fixed"):
        replay(Derivation(model, (bad,)))


def test_what_is_said_of_no_index_contradicts_nothing() -> None:
    text = "size n\nsize m >= 0\nrandom x_j for j = 1..n + m\nassume a: Var[x_j] = 0 for j = "
    for some, over in ((True, "1..n"), (True, "n..n + m"), (False, "1..m"), (False, "2..n")):
        model = alternatives(text + over)
        assert bool(list(rivals((), declared(model), model))) is some
    nowhere = Statement(ONE, TWO, ranges((i, Symbol("m") + 1, Symbol("m"))))
    assert absurd(Proved("p", nowhere, frozenset()), model) is None
