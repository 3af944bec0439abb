"""Saved derivations: what is written replays, whatever is changed in it is noticed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import models
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sympy import Add, Expr, Integer, Mul, Rational, Symbol

from derive.chains.backprop import backprop
from derive.chains.backward import backward
from derive.chains.forward import forward
from derive.chains.product import product, two_variables
from derive.chains.story import Story
from derive.chains.sum import one_neuron, sum_
from derive.chains.weight_grad import weight_grad
from derive.errors import Refused, Undeclared, Unreadable
from derive.kernel import replay
from derive.model import Independent, Model, SameLaw, Statement, Symmetric, Unit, ranges
from derive.read.declarations import declarations, difference
from derive.read.declare import declare, notation, notations
from derive.record.checking import Replay, replay_record, summary
from derive.record.fields import Field
from derive.record.terms import Terms
from derive.record.writing import Object, dumps, record, steps_of
from derive.terms import Apply, Cov, Delta, E, Entry, Partial, Product, Sum, Var, term
from derive.writing.formula import SOURCE, write

CHAINS: dict[str, Callable[[Model], Story]] = {
    "forward": forward,
    "backward": backward,
    "weight-grad": weight_grad,
    "backprop": backprop,
}
BUILT: dict[str, Callable[[], Model]] = {"glorot built": models.glorot, "columns": models.columns}
LAYERED = [*(n for n in notations() if n not in ("neuron", "residual")), *BUILT]
EVERY = [
    *((name, chain) for name in LAYERED for chain in CHAINS),
    ("neuron", "forward"),
    ("residual", "forward"),
    ("", "product"),
    ("", "sum"),
]
SCHEMA = json.loads(
    (Path(__file__).parent.parent / "docs" / "derivation.schema.json").read_text("utf-8")
)
VALID = Draft202012Validator(SCHEMA)


def model(name: str) -> Model:
    return BUILT[name]() if name in BUILT else notation(name).model


@cache
def story(name: str, chain: str) -> Story:
    if not name:
        return product(two_variables()) if chain == "product" else sum_(one_neuron())
    return CHAINS[chain](model(name))


@cache
def saved(name: str, chain: str) -> str:
    return dumps(record(story(name, chain)))


def loaded(name: str, chain: str) -> Object:
    found: Object = json.loads(saved(name, chain))
    return found


# -- what is written replays


@pytest.mark.parametrize(("name", "chain"), EVERY)
def test_what_is_written_is_read_back_and_replays(name: str, chain: str) -> None:
    first, found = story(name, chain), replay_record(saved(name, chain))
    shown = replay(first.derivation)
    assert found.saved.story.derivation.parts == first.derivation.parts
    assert found.replayed.claim == shown.claim
    assert [p.uses for p in found.replayed.proved] == [p.uses for p in shown.proved]
    assert (found.apart, found.other) == ((), "")
    assert difference(found.model, first.model) == ""
    assert dumps(record(found.saved.story)) == saved(name, chain)


@pytest.mark.parametrize(("name", "chain"), EVERY)
def test_what_is_written_fits_the_schema(name: str, chain: str) -> None:
    VALID.check_schema(SCHEMA)
    assert [e.message for e in VALID.iter_errors(loaded(name, chain))] == []


def test_top_of_the_object() -> None:
    found = loaded("glorot", "weight-grad")
    assert (found["schema"], found["chain"], found["notation"]) == (1, "weight-grad", "glorot")
    assert found["for"] == ["i = 0..d", "l = 1..n_i", "k = 1..n_{i+1}"]
    assert found["start"] == "\\operatorname{Var}[\\frac{\\partial C}{\\partial W^i_{l,k}}]"
    assert found["result"]["text"].startswith("Var[∂C/∂W^i_{l,k}] = Var[x] Var[∂C/∂s^d]")
    assert [a["verdict"] for a in found["against"]] == ["fails"]
    assert {a["name"]: a["used"] for a in found["assumptions"]}["independent-top"] is True
    assert found["steps"] == list(steps_of(found["parts"][-1]))
    assert "size d >= 0" in found["model"]


def test_summary_says_what_is_shown_and_under_which_assumptions() -> None:
    lines = summary(replay_record(saved("glorot", "forward")))
    assert lines[1] == "shows: Var[z^i_l] = Var[x] ∏_{i'=0}^{i-1} n_{i'} Var[W^{i'}]"
    assert lines[2] == "for: i = 0 … d+1, l = 1 … n_i"
    assert lines[-1] == "declared and not needed: independent-top, zero-mean-top"


@pytest.mark.parametrize("gone", [a.name for a in notation("glorot").model.assumptions])
@pytest.mark.parametrize("chain", CHAINS)
def test_derivations_that_had_to_stop(chain: str, gone: str) -> None:
    stopped = CHAINS[chain](model("glorot").without([gone]))
    written = record(stopped)
    assert [e.message for e in VALID.iter_errors(written)] == []
    found = replay_record(dumps(written))
    assert found.replayed.claim == replay(stopped.derivation).claim
    if stopped.stopped:
        again = found.saved.story.stopped
        assert again is not None and again.line.now == stopped.stopped.line.now
        assert "stopped before its end" in " ".join(summary(found))


def test_model_that_is_not_the_shipped_one_is_told() -> None:
    assert replay_record(saved("glorot", "forward")).differs == ""
    changed = loaded("glorot", "forward")
    changed["model"].append("random q")
    assert replay_record(dumps(changed)).differs == "families"
    assert replay_record(saved("glorot built", "forward")).differs == "printed"


def test_other_spellings_of_the_same_terms_are_read() -> None:
    """Another program need not spell terms as derive does."""
    changed = loaded("", "product")
    for path, value in leaves(loaded("", "product")):
        if isinstance(value, str) and path[-1] not in ("latex", "law"):
            plain = value.replace("\\mathbb{E}", "E").replace("\\operatorname{Var}", "Var")
            holder(changed, path)[path[-1]] = plain
    changed["steps"] = list(steps_of(changed["parts"][-1]))
    assert changed != loaded("", "product")
    found = replay_record(dumps(changed))
    assert found.replayed.claim == replay(story("", "product").derivation).claim


def test_numbers_beside_the_derivation_are_not_vouched_for() -> None:
    changed = loaded("", "sum") | {"confirmed": {"formula": "1"}, "values": []}
    found = replay_record(dumps(changed))
    assert found.apart == ("values", "confirmed")
    assert "not checked: values, confirmed" in summary(found)[-1]


def test_wording_of_another_version_is_not_compared() -> None:
    changed = loaded("", "sum") | {"version": "99.0"}
    changed["result"]["latex"] = "anything"
    found = replay_record(dumps(changed))
    assert found.other == "99.0"
    changed["assumptions"][0]["used"] = False
    with pytest.raises(Refused, match=r"assumptions\[0\].used"):
        replay_record(dumps(changed))


# -- models as declarations


@pytest.mark.parametrize("name", [*notations(), *BUILT])
def test_models_are_written_and_read_back(name: str) -> None:
    first = model(name)
    said = declarations(first)
    again = declare("\n".join(said), name=first.name).model
    assert difference(first, again) == ""
    assert declarations(again) == said
    for a in first.assumptions:
        assert difference(first, again.without([a.name])) == "assumptions"


FACTS = [
    "independent u, v, a_j",
    "u independent of v, a",
    "independent a, b_j",
    "symmetric a",
    "same law a_j over j",
    "f(u) = u",
    "f(-c) = -f(c)",
    "same Var[a_j] over j",
    "E[a_j] = 0 for j = 2..n",
    "uncorrelated a_j",
    "uncorrelated a, b",
    "Cov[a_j, a_k] = 0 for j = 1..n, k = 1..n, k \\ne j",
    "\\partial C/\\partial y independent of a, b",
    "independent \\partial C/\\partial y_j, a_j",
    "symmetric \\partial C/\\partial y",
    "E[u v] = \\frac{1}{2} E[u^2] - 3",
]


@pytest.mark.parametrize("fact", FACTS)
def test_facts_are_written_and_read_back(fact: str) -> None:
    first = declare(
        "size n\nrandom u, v\nrandom a_j, b_j for j = 1..n\ngiven f(s)\n"
        f"let y_j = a_j + b_j for j = 1..n\ncost C of y\nassume named: {fact}"
    ).model
    assert difference(first, declare("\n".join(declarations(first))).model) == ""


def test_assumptions_without_a_name_keep_it() -> None:
    text = "random x\nrandom y\nassume E[x]=0; E[y]=0; independent x, y"
    found = replay_record(dumps(record(product(declare(text, name="mine").model))))
    assert found.used == ["E[x]=0", "E[y]=0", "independent x, y"]


def test_model_that_the_language_cannot_say_is_refused() -> None:
    twice = two_variables()
    twice.random("a"), twice.random("b"), twice.random("c")
    blocks = Unit(("x", "y")), Unit(("a", "b")), Unit(("c",))
    twice.assume("blocks", Independent(blocks), text="blocks")
    with pytest.raises(Refused, match="has no words for"):
        declarations(twice)
    odd = two_variables()
    odd.defined("q")
    with pytest.raises(Refused, match="no words for this model: families"):
        record(product(odd))


def test_facts_of_a_built_model() -> None:
    built = Model("facts")
    n, j = built.size("n"), Symbol("j")
    built.random("a", (j, 1, n))
    built.assume("A", Symmetric("a"), text="")
    built.assume("b", SameLaw("a", (0,)), text="")
    built.assume("c", Statement(E(Entry("a", j)), term(0), ranges((j, 1, n))), text="")
    assert declarations(built)[-3:] == [
        "assume symmetric a",
        "assume b: same law a_j over j",
        "assume c: \\mathbb{E}[a_j] = 0",
    ]


# -- formulas


GLOROT = notation("glorot").model
INDICES = [Symbol(s) for s in ("i", "l", "k", "i'", "l''")]


def _entries(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    at = st.sampled_from([*INDICES, Integer(1), Symbol("i") + 1, Symbol("d") - Symbol("i")])
    z = st.builds(lambda i, l: Entry("z", i, l), at, at)
    w = st.builds(lambda i, l, k: Entry("W", i, l, k), at, at, at)
    size = st.builds(lambda i: Entry("n", i), at)
    number = st.sampled_from([Integer(-2), Rational(1, 3), Integer(7), Rational(-5, 2)])
    gradient = st.builds(lambda e: Partial(Entry("C"), e), st.one_of(z, w))
    return st.one_of(z, w, size, number, gradient, st.builds(Delta, at, at), st.just(Symbol("d")))


def _compound(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    several = st.lists(children, min_size=2, max_size=3)
    index = st.sampled_from([Symbol("j"), Symbol("l"), Symbol("i'")])
    limit = st.sampled_from([Integer(1), Symbol("d"), Entry("n", Symbol("i")), Symbol("k") - 1])
    binder = st.sampled_from([Sum, Product])
    return st.one_of(
        st.builds(lambda xs: Add(*xs), several),
        st.builds(lambda xs: Mul(*xs), several),
        st.builds(lambda x, n: x**n, children, st.integers(1, 3)),
        st.builds(lambda x, y: x / y, children, st.builds(E, children)),
        st.builds(E, children),
        st.builds(Var, children),
        st.builds(Cov, children, children),
        st.builds(lambda x, n: Apply("f", n, x), children, st.integers(0, 2)),
        st.builds(lambda b, x, j, lo, hi: b(x, (j, lo, hi)), binder, children, index, limit, limit),
        st.builds(lambda x, j, but: Sum(x, (j, 1, 9, (but,))), children, index, limit),
    )


TERMS = st.recursive(_entries(st.nothing()), _compound, max_leaves=8)


def _binds_twice(e: Expr, above: frozenset[Any] = frozenset()) -> bool:
    """Whether a bound name hides one of the same name, which the kernel refuses in a line."""
    if isinstance(e, (Sum, Product)):
        index = e.range.index
        return index in above or any(_binds_twice(a, above | {index}) for a in e.args)
    return any(_binds_twice(a, above) for a in e.args if isinstance(a, Expr))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(TERMS.filter(lambda e: not _binds_twice(e)))
def test_any_term_is_written_and_read_back(e: Expr) -> None:
    known = frozenset(map(str, e.free_symbols))
    assert Terms(GLOROT, {}).term(Field(write(e, GLOROT, SOURCE)), known) == e


# -- what is changed is noticed


Path_ = tuple[Any, ...]


def leaves(o: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    if isinstance(o, (dict, list)):
        for key, value in o.items() if isinstance(o, dict) else enumerate(o):
            yield from leaves(value, (*path, key))
    else:
        yield path, o


def holder(o: Any, path: Path_) -> Any:
    for key in path[:-1]:
        o = o[key]
    return o


def says_what_it_proves(text: str) -> Replay | None:
    """Refused or unreadable, else the file claims exactly what replay shows."""
    try:
        found = replay_record(text)
    except (Refused, Unreadable):
        return None
    said = json.loads(text)
    shown = record(found.saved.story)
    for key in ("claim", "for", "assumptions", "result", "against", "replayed", "start", "steps"):
        if key != "steps":
            assert said.get(key) == shown.get(key)
    assert replay(found.saved.story.derivation).claim == found.replayed.claim
    return found


NOT_PROOF = {"line", "shown", "version", "notation"}


@pytest.mark.parametrize(("name", "chain"), [("", "product"), ("ubc", "backprop")])
def test_each_leaf_changed_in_turn(name: str, chain: str) -> None:
    whole = loaded(name, chain)
    texts = [v for p, v in leaves(whole) if p[-1] in ("old", "new", "after")]
    chance = random.Random(chain)
    for path, value in leaves(whole):
        if isinstance(value, bool):
            other: Any = not value
        elif isinstance(value, int):
            other = value + 1
        else:
            other = chance.choice([t for t in texts if t != value])
        changed = loaded(name, chain)
        holder(changed, path)[path[-1]] = other
        found = says_what_it_proves(dumps(changed))
        if found is not None and path[-1] not in NOT_PROOF:
            assert path[0] == "moments" or path[-1] == "name", path


@pytest.mark.parametrize("seed", range(3))
def test_anything_changed_in_a_long_derivation(seed: int) -> None:
    chance = random.Random(seed)
    every = list(leaves(loaded("glorot", "weight-grad")))
    for _ in range(12):
        path, value = chance.choice(every)
        same_kind = [v for p, v in every if p[-1] == path[-1] and v != value] or [value]
        changed = loaded("glorot", "weight-grad")
        holder(changed, path)[path[-1]] = chance.choice(same_kind)
        says_what_it_proves(dumps(changed))


def lists(o: Any, path: Path_ = ()) -> Iterator[Path_]:
    if isinstance(o, (dict, list)):
        if isinstance(o, list) and len(o) > 1:
            yield path
        for key, value in o.items() if isinstance(o, dict) else enumerate(o):
            yield from lists(value, (*path, key))


@pytest.mark.parametrize(("name", "chain"), [("", "product"), ("neuron", "forward")])
def test_items_dropped_swapped_and_repeated(name: str, chain: str) -> None:
    for path in lists(loaded(name, chain)):
        for change in ("drop", "swap", "repeat"):
            changed = loaded(name, chain)
            items = holder(changed, (*path, 0))
            if change == "drop":
                items.pop()
            elif change == "swap":
                items[0], items[1] = items[1], items[0]
            else:
                items.append(items[0])
            if path == ("parts",):
                last = changed["parts"][-1]
                changed |= {"claim": last["claim"], "for": last["for"]}
            found = says_what_it_proves(dumps(changed))
            if found is not None and change == "drop":
                assert path[0] in ("model", "for") or path[-1] == "for", path


def test_an_assumption_that_was_used_cannot_be_taken_out() -> None:
    for n, name in enumerate(a.name for a in story("", "product").model.assumptions):
        changed = loaded("", "product")
        changed["model"] = [s for s in changed["model"] if f"assume {name}:" not in s]
        changed["assumptions"].pop(n)
        with pytest.raises(Refused):
            replay_record(dumps(changed))


@pytest.mark.parametrize(
    ("path", "value", "kind", "message"),
    [
        (("schema",), 2, Unreadable, "schema: expected 1"),
        (("schema",), "1", Unreadable, "schema: expected an integer"),
        (("chain",), "Nothing", Unreadable, "chain: expected the name of a chain"),
        (("chain",), "backward", Refused, "chain: backward is about"),
        (("replayed",), False, Unreadable, "replayed: expected true"),
        (("claim",), "E[x] = 0", Unreadable, "claim: is not that of the last part"),
        (("assumptions", 0, "used"), False, Refused, "assumptions\\[0\\].used: the file says"),
        (("assumptions", 0, "text"), "all is well", Refused, "assumptions\\[0\\].text"),
        (("result", "text"), "Var[y] = 0", Refused, "result.text: the file says Var\\[y\\] = 0"),
        (("model", 0), "size n >= 0 0", Unreadable, "model\\[0\\]: column"),
        (("model", 1), "size n", Unreadable, "model\\[1\\]: column 6: n is declared already"),
        (("model", 1), "random w_j\nfor j = 1..n", Unreadable, "cannot be printed"),
        (("parts", 0, "by"), "magic", Unreadable, "parts\\[0\\].by: expected one of"),
        (("parts", 0, "for"), ["q"], Unreadable, "parts\\[0\\].for\\[0\\]: column 2: expected ="),
        (("parts", 0, "name"), "\x1b[2J", Unreadable, "parts\\[0\\].name: a character"),
        (("parts", 0, "steps", 0, "rule"), "magic", Unreadable, "no rule named magic"),
        (("parts", 0, "steps", 0, "new"), "\\sum_{", Unreadable, "steps\\[0\\].new: column 7"),
        (("parts", 0, "steps", 0, "new"), "E[q]", Unreadable, "q has no meaning here"),
        (("parts", 0, "steps", 0, "new"), "x_h", Unreadable, "h has no meaning here"),
        (("parts", 0, "steps", 0, "uses"), ["x"], Refused, "uses: 1 listed, replay shows 0"),
        (("parts", 0, "steps", 0, "line"), -1, Unreadable, "line: expected an integer"),
        (("parts", 0, "steps", 0, "more"), 1, Unreadable, "'more' has no meaning here"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    path: Path_, value: Any, kind: type[Exception], message: str
) -> None:
    changed = loaded("neuron", "forward")
    holder(changed, path)[path[-1]] = value
    if path[0] == "chain" and kind is Refused:
        changed["model"].append("show backward: Var[w_1]")
    with pytest.raises(kind, match=message):
        replay_record(dumps(changed))


def test_refusals_name_part_step_and_line() -> None:
    changed = loaded("glorot", "forward")
    part = next(p for p in changed["parts"] if p["name"] == "Var[z]")
    step = part["step"]["steps"][1]
    step["rule"], step["args"] = "variance", {}
    changed["steps"] = list(steps_of(changed["parts"][-1]))
    at = changed["parts"].index(part)
    message = (
        rf"Var\[z\], step, step 2 \(variance\): .* \[parts\[{at}\]\.step\.steps\[1\], line 2\]"
    )
    with pytest.raises(Refused, match=message):
        replay_record(dumps(changed))


@pytest.mark.parametrize("key", ["schema", "model", "parts", "claim", "for", "replayed", "version"])
def test_missing_fields(key: str) -> None:
    changed = loaded("", "product")
    del changed[key]
    with pytest.raises(Unreadable, match=f"'{key}', which is missing"):
        replay_record(dumps(changed))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "expected an object"),
        ("null", "expected an object"),
        ('{"schema": 1, "schema": 1}', "stands twice"),
        ('{"schema": NaN}', "NaN is not a number"),
        ('{"schema": ' + "9" * 5000 + "}", "not JSON that can be read"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"schema": 1, "whatever": 1}', "'whatever' has no meaning here"),
        ("{\n  'a'", "not JSON"),
    ],
)
def test_hostile_text(text: str, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        replay_record(text)


def test_place_of_a_mistake_in_the_json() -> None:
    with pytest.raises(Unreadable) as no:
        replay_record('{\n  "schema": 1,\n  oops\n}')
    assert (no.value.line, no.value.column) == (3, 3)


def test_hostile_proofs() -> None:
    deep = loaded("", "product")
    inner: Object = {"by": "steps", "steps": []}
    for _ in range(800):
        rest = {"by": "steps", "steps": []}
        inner = {"by": "cases", "index": "i", "at": "1", "there": inner, "elsewhere": rest}
    deep["parts"][-1] |= inner
    deep["parts"][-1].pop("start"), deep["parts"][-1].pop("steps")
    with pytest.raises((Unreadable, Refused), match=r"nested too deeply|is not an index"):
        replay_record(json.dumps(deep))
    bomb = loaded("", "product")
    step = next(s for s in steps_of(bomb["parts"][0]) if s["rule"] == "algebra")
    step["old"] = step["args"]["to"] = "(x + y + E[x] + E[y] + 1)^{900}"
    with pytest.raises(Unreadable, match="terms when multiplied out"):
        replay_record(dumps(bomb))


def test_undeclared_chain_is_not_in_the_neuron() -> None:
    with pytest.raises(Undeclared):
        story("neuron", "backward")
