"""Replay: good derivations pass, and every way of tampering with them is refused."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from models import columns, glorot
from sympy import Expr, Integer, Symbol, symbols

from derive.chains.backprop import backprop
from derive.chains.backward import backward
from derive.chains.forward import forward
from derive.chains.product import product, two_variables
from derive.chains.sum import one_neuron, sum_
from derive.chains.weight_grad import weight_grad
from derive.claims import Finite, Proved, Sources
from derive.errors import Refused
from derive.kernel import check_part, ledger, replay
from derive.meaning import check_exists
from derive.model import Model, Statement, ranges
from derive.proofs import HYPOTHESIS, Cases, Chain, Derivation, From, Induction, Part, Step
from derive.scope import Scope
from derive.terms import Delta, Entry, Product

ROOT = Path(__file__).parents[1]
k, t = symbols("k t")
ZERO, ONE = Integer(0), Integer(1)

GOOD = {
    "product": product(two_variables()).derivation,
    "sum": sum_(one_neuron()).derivation,
    "glorot backprop": backprop(glorot()).derivation,
    "glorot forward": forward(glorot()).derivation,
    "glorot backward": backward(glorot()).derivation,
    "glorot weight-grad": weight_grad(glorot()).derivation,
    "columns forward": forward(columns()).derivation,
    "columns weight-grad": weight_grad(columns()).derivation,
}
WHOLE = ["product", "sum", "glorot backprop", "glorot weight-grad", "columns forward"]
PARTS = pytest.mark.parametrize("derivation", [GOOD[name] for name in WHOLE], ids=WHOLE)
EACH = pytest.mark.parametrize("derivation", GOOD.values(), ids=GOOD)


@EACH
def test_a_good_derivation_is_replayed(derivation: Derivation) -> None:
    shown = replay(derivation)
    assert shown.claim == derivation.claim
    assert [p.claim for p in shown.proved] == [p.claim for p in derivation.parts]
    assert shown.uses <= {a.name for a in derivation.model.assumptions}
    used, unused = ledger(shown, derivation.model)
    assert set(used) == shown.uses
    assert [*sorted(used), *sorted(unused)] and not set(used) & set(unused)


# -- tampering


def steps(proof: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every step in a proof, with a function that puts another one in its place."""
    if isinstance(proof, Chain):
        for side in ("steps", "right"):
            chain = getattr(proof, side)
            for m, step in enumerate(chain):

                def put_back(new: Step, side: str = side, chain: Any = chain, m: int = m) -> Any:
                    changed: Any = {side: (*chain[:m], new, *chain[m + 1 :])}
                    return replace(proof, **changed)

                yield f"{path} {side} {m + 1}", step, put_back
    for name in ("there", "elsewhere", "base", "step"):
        if hasattr(proof, name):
            for place, step, inner in steps(getattr(proof, name), f"{path} {name}"):

                def nested(new: Step, name: str = name, inner: Any = inner) -> Any:
                    return replace(proof, **{name: inner(new)})

                yield place, step, nested


def other(value: Any) -> Iterator[Any]:
    """Other values of a field."""
    if isinstance(value, Expr):
        yield value + 1
    elif isinstance(value, str):
        yield value + "?"
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        yield -1
    elif isinstance(value, tuple):
        for m, part in enumerate(value):
            for changed in other(part):
                yield (*value[:m], changed, *value[m + 1 :])
        if value:
            yield value[1:]
            yield ()


def tampered_steps(step: Step) -> Iterator[tuple[str, Step]]:
    for name in ("old", "new", "after", "args", "backward"):
        if name == "backward" and step.old == step.new:
            continue
        for value in other(getattr(step, name)):
            if value != getattr(step, name):
                yield f"{name}: {value}", replace(step, **{name: value})
    for rule in ("variance", "delta", "algebra", "", "definition of everything"):
        if rule != step.rule:
            yield f"rule: {rule}", replace(step, rule=rule)
    if step.old != step.new:
        yield "old and new exchanged", replace(step, old=step.new, new=step.old)


def before(derivation: Derivation) -> Iterator[tuple[Part, tuple[Proved, ...]]]:
    shown = replay(derivation).proved
    for m, part in enumerate(derivation.parts):
        yield part, shown[:m]


@PARTS
def test_tampering_with_any_field_of_any_step_is_refused(derivation: Derivation) -> None:
    tried = 0
    for part, proved in before(derivation):
        for place, step, put_back in steps(part.proof):
            for what, wrong in tampered_steps(step):
                forged = replace(part, proof=put_back(wrong))
                with pytest.raises(Refused) as no:
                    check_part(forged, derivation.model, proved)
                    pytest.fail(f"{part.name},{place} ({step.rule}), {what}: got through")
                assert str(no.value).startswith(part.name)
                tried += 1
    assert tried > 30


def claims(part: Part) -> Iterator[tuple[str, Any]]:
    """Stronger or other claims for the same proof."""
    claim = part.claim
    for m, r in enumerate(claim.ranges):
        for wider in (r._replace(lo=r.lo - 1), r._replace(hi=r.hi + 1), r._replace(but=())):
            if wider != r:
                yield (
                    f"range {wider}",
                    replace(claim, ranges=(*claim.ranges[:m], wider, *claim.ranges[m + 1 :])),
                )
        yield (
            f"without {r.index}",
            replace(claim, ranges=(*claim.ranges[:m], *claim.ranges[m + 1 :])),
        )
        yield f"{r.index} twice", replace(claim, ranges=(*claim.ranges, r))
    if isinstance(claim, Statement):
        yield "left", replace(claim, left=claim.left + 1)
        yield "right", replace(claim, right=claim.right + 1)
        yield "right 0", replace(claim, right=ZERO if claim.right != 0 else ONE)
        if claim.over:
            yield "over", replace(claim, over=claim.over[1:])
        if claim.given:
            yield "given", replace(claim, given=())
    else:
        yield "subject", replace(claim, subject=claim.subject + 1)
    if isinstance(claim, Sources):
        for m in range(len(claim.boxes)):
            yield (
                f"without box {m}",
                replace(claim, boxes=(*claim.boxes[:m], *claim.boxes[m + 1 :])),
            )
            box = claim.boxes[m]
            for q, slot in enumerate(box.slots):
                if slot is not None:
                    for narrow in ((slot[0] + 1, slot[1]), (slot[0], slot[1] - 1)):
                        smaller = replace(box, slots=(*box.slots[:q], narrow, *box.slots[q + 1 :]))
                        yield (
                            f"box {smaller}",
                            replace(
                                claim, boxes=(*claim.boxes[:m], smaller, *claim.boxes[m + 1 :])
                            ),
                        )
    if isinstance(claim, Finite):
        yield "order", replace(claim, order=claim.order + 1)


def proofs(proof: Any) -> Iterator[tuple[str, Any]]:
    """Other proofs of the same claim."""
    if isinstance(proof, Chain):
        if proof.steps and proof.steps[-1].old != proof.steps[-1].new:
            yield "last step left out", replace(proof, steps=proof.steps[:-1])
        if any(step.old != step.new for step in proof.right):
            yield "right side left out", replace(proof, right=())
        yield "from nothing", From("", "")
    if isinstance(proof, From):
        yield "a chain", Chain(())
        for name in ("source", "name", "which", "at"):
            for value in other(getattr(proof, name)):
                yield f"{name}: {value}", replace(proof, **{name: value})
    if isinstance(proof, Induction):
        yield "the other way", replace(proof, upward=not proof.upward)
        yield "another index", replace(proof, index=Symbol("nothing"))
        yield "base for step", replace(proof, step=proof.base)
        yield "step for base", replace(proof, base=proof.step)
        yield "the step alone", proof.step
        yield "the base alone", proof.base
        yield "cases for induction", Cases(proof.index, ZERO, proof.base, proof.step)
        for name in ("base", "step"):
            for what, inner in proofs(getattr(proof, name)):
                yield f"{name}: {what}", replace(proof, **{name: inner})
    if isinstance(proof, Cases):
        yield "not an end", replace(proof, at=proof.at + 5)
        yield "exchanged", replace(proof, there=proof.elsewhere, elsewhere=proof.there)
        yield "one case", proof.elsewhere
        yield "the other case", proof.there
        for name in ("there", "elsewhere"):
            for what, inner in proofs(getattr(proof, name)):
                yield f"{name}: {what}", replace(proof, **{name: inner})


@PARTS
def test_other_claims_and_other_proofs_are_refused(derivation: Derivation) -> None:
    tried = 0
    for part, proved in before(derivation):
        changed = [(what, replace(part, claim=claim)) for what, claim in claims(part)]
        if part.name.startswith("cross terms"):  # true one layer lower too: it speaks of i + 1
            changed = [(what, forged) for what, forged in changed if not what.startswith("range")]
        changed += [(what, replace(part, proof=proof)) for what, proof in proofs(part.proof)]
        if part.name.endswith(" of ∂C/∂s"):  # the step follows too from what was proved equal
            changed = [(what, forged) for what, forged in changed if what != "base for step"]
        for what, forged in changed:
            with pytest.raises(Refused) as no:
                check_part(forged, derivation.model, proved)
                assert isinstance(forged.claim, Statement) and what.startswith("range"), (
                    part.name,
                    what,
                )
                where = Scope(derivation.model, forged.claim.ranges)
                check_exists(forged.claim.left, where)  # refused: the claim is about nothing there
                pytest.fail(f"{part.name}, {what}: got through")
            if "may not exist" in str(no.value):
                continue
            assert str(no.value).startswith(part.name)
            tried += 1
    assert tried > 5


@PARTS
def test_parts_stand_in_the_order_in_which_they_are_used(derivation: Derivation) -> None:
    parts = derivation.parts
    cited = re.compile("|".join(re.escape(p.name) for p in parts))
    for m, part in enumerate(parts[:-1]):
        if not any(part.name in cited.findall(repr(later.proof)) for later in parts[m + 1 :]):
            continue
        without = replace(derivation, parts=(*parts[:m], *parts[m + 1 :]))
        with pytest.raises(
            Refused, match=r"nothing named|was not proved|was not shown|share|made of"
        ):
            replay(without)
        last = replace(derivation, parts=(*without.parts, part))
        with pytest.raises(Refused):
            replay(last)
    with pytest.raises(Refused, match="two parts are named"):
        replay(replace(derivation, parts=(*parts, parts[0])))
    with pytest.raises(Refused, match="two parts are named"):
        replay(replace(derivation, parts=(replace(parts[0], name=HYPOTHESIS), *parts[1:])))


@EACH
def test_every_assumption_used_is_needed_and_no_other(derivation: Derivation) -> None:
    uses = replay(derivation).uses
    every = {a.name for a in derivation.model.assumptions}
    for name in sorted(every):
        weaker = derivation.model.without([name])
        if name not in uses:
            continue
        with pytest.raises(Refused) as no:
            replay(derivation, weaker)
        part = re.match(
            r"(.+?)(?:, (?:base|step|right side|[a-z] = \w+)[^,]*)*, step \d+ \(.+?\): ",
            str(no.value),
        )
        assert part or any(str(no.value).startswith(p.name) for p in derivation.parts), str(
            no.value
        )
    assert replay(derivation, derivation.model.without(every - uses)).uses == uses


def test_tampering_is_refused_when_python_optimises() -> None:
    script = """
import sys
sys.path.insert(0, "tests")
import test_kernel as kernel
assert False, "assertions are off"
tried = 0
for name in ("product", "sum"):
    derivation = kernel.GOOD[name]
    for part, proved in kernel.before(derivation):
        for place, step, put_back in kernel.steps(part.proof):
            for what, wrong in kernel.tampered_steps(step):
                tried += 1
                forged = kernel.replace(part, proof=put_back(wrong))
                try:
                    kernel.check_part(forged, derivation.model, proved)
                except kernel.Refused:
                    continue
                sys.exit(f"{part.name}, {place}, {what}: got through")
print(tried)
"""
    done = subprocess.run(
        [sys.executable, "-O", "-W", "ignore", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 300


# -- induction


def powers() -> tuple[Model, Any]:
    """y_0 = 1, y_{t+1} = 2 y_t."""
    model = Model("powers")
    d = model.size("d", 0)
    g, y = model.given("g", (t, 0, d)), model.defined("y", (t, 0, d))
    model.define(y[0], 1)
    model.define(y[t + 1], g[t] * y[t], (t, 0, d - 1))
    return model, y


def by_induction(model: Model, y: Any, low: int, high: int) -> Part:
    """y_t = ∏_{k=low}^{t+high} g_k, with the obvious proof."""
    d, g = Symbol("d"), model.families["g"]

    def whole(at: Expr) -> Product:
        return Product(g[k], (k, low, at + high))

    claim = Statement(y[t], whole(t), ranges((t, 0, d)))
    base = Chain(
        (Step("definition", ("definition of y", 0, (), ()), y[0], ONE, ONE),),
        (Step("empty product", (), whole(ZERO), ONE, ONE),),
    )
    middle, end = g[t] * y[t], g[t] * whole(t)
    split = g[t + 1 + high] * Product(g[k], (k, low, t + high))
    step = Chain(
        (
            Step("definition", ("definition of y (2)", 0, ((t, t),), ()), y[t + 1], middle, middle),
            Step("lemma", (HYPOTHESIS, 0, (), ()), y[t], whole(t), end),
        ),
        (Step("last factor", (), whole(t + 1), split, split),),
    )
    return Part("closed form", claim, Induction(t, True, base, step))


def test_a_closed_form_is_proved_by_induction() -> None:
    model, y = powers()
    assert replay(Derivation(model, (by_induction(model, y, 0, -1),))).uses == frozenset()


@pytest.mark.parametrize(
    ("low", "high", "why"),
    [
        (
            1,
            -1,
            "closed form, step right side, step 1 (last factor): 1 ≤ t was not shown",
        ),
        (
            0,
            0,
            "closed form, base right side, step 1 (empty product): 0 < 0 was not shown",
        ),
        (
            0,
            -2,
            "closed form, step right side, step 1 (last factor): 0 ≤ t - 1 was not shown",
        ),
        (
            -1,
            -1,
            "closed form, base right side, step 1 (empty product): "
            "-1 < -1 was not shown: the product may have factors",
        ),
        (1, 0, "closed form, step: the last line is"),
    ],
)
def test_a_closed_form_that_is_one_off_fails_the_base_or_the_step(
    low: int, high: int, why: str
) -> None:
    model, y = powers()
    with pytest.raises(Refused) as no:
        replay(Derivation(model, (by_induction(model, y, low, high),)))
    assert str(no.value).startswith(why.replace(", step: the last", ": the last"))


def test_a_statement_holds_only_where_it_was_proved() -> None:
    model, y = powers()
    d, g = Symbol("d"), model.families["g"]
    proof = by_induction(model, y, 0, -1)
    at = d + 1
    right = Product(g[k], (k, 0, d))
    beyond = Step("lemma", ("closed form", 0, ((t, at),), ()), y[at], right, right)
    part = Part("one more", Statement(y[at], right), Chain((beyond,)))
    with pytest.raises(Refused) as no:
        replay(Derivation(model, (proof, part)))
    assert str(no.value) == "one more, step 1 (lemma): 0 ≤ d + 1 ≤ d was not shown"
    assert isinstance(proof.claim, Statement)
    longer = replace(proof, claim=replace(proof.claim, ranges=ranges((t, 0, d + 1))))
    with pytest.raises(
        Refused, match=r"closed form, step, step 1 \(definition\): 0 ≤ t ≤ d - 1 was not shown"
    ):
        replay(Derivation(model, (longer,)))


def test_the_hypothesis_is_known_for_one_value_only() -> None:
    model, y = powers()
    part = by_induction(model, y, 0, -1)
    assert isinstance(part.proof, Induction) and isinstance(part.proof.step, Chain)
    first, second = part.proof.step.steps
    next_one = replace(second, old=y[t + 1], new=Product(model.families["g"][k], (k, 0, t)))
    step = Chain((replace(next_one, after=next_one.new),), ())
    with pytest.raises(Refused, match=r"induction hypothesis speaks of y\[t\], not of y\[t \+ 1\]"):
        replay(Derivation(model, (replace(part, proof=replace(part.proof, step=step)),)))
    at_zero = replace(second, args=(HYPOTHESIS, 0, ((t, ZERO),), ()))
    step = Chain((first, at_zero), part.proof.step.right)
    with pytest.raises(Refused, match="not every index was given a value"):
        replay(Derivation(model, (replace(part, proof=replace(part.proof, step=step)),)))


def test_cases_and_induction_split_only_a_range_without_holes() -> None:
    model, y = powers()
    d = Symbol("d")
    claim = Statement(y[t], y[t], ranges((t, 0, d, (ONE,))))
    for proof, why in (
        (
            Cases(t, ZERO, Chain(()), Chain(())),
            "t leaves out values, so its range has no end to split off",
        ),
        (
            Induction(t, True, Chain(()), Chain(())),
            "t leaves out values, so there is no induction on it",
        ),
    ):
        with pytest.raises(Refused) as no:
            replay(Derivation(model, (Part("p", claim, proof),)))
        assert str(no.value) == f"p: {why}"


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        (
            Statement(ZERO, ZERO, ranges((t, 0, 1), (t, 0, 1))),
            "an index of the claim has two meanings",
        ),
        (
            Statement(ZERO, ZERO, ranges((Symbol("d"), 0, 1))),
            "an index of the claim has two meanings",
        ),
        (Statement(ZERO, ZERO, ranges((t, 0, t))), "the range of t uses an index that comes later"),
        (
            Statement(ZERO, ZERO, ranges((t, 0, k), (k, 0, 1))),
            "the range of t uses an index that comes later",
        ),
        (Statement(ZERO, ZERO, ranges((t, 0, Symbol("e")))), "e has no meaning in this place"),
        (Statement(Delta(t, k), Delta(t, k), ranges((t, 0, 1))), "k has no meaning in this place"),
        (
            Statement(Entry("y", 0), Entry("y", 0), (), ("y",)),
            "the schematic name y is declared in the model",
        ),
    ],
)
def test_claims_without_a_meaning(claim: Statement, why: str) -> None:
    model, _ = powers()
    with pytest.raises(Refused) as no:
        replay(Derivation(model, (Part("p", claim, Chain(())),)))
    assert str(no.value) == f"p: {why}"


# -- the code itself

TRUSTED = [
    "errors", "terms", "substitution", "subterms", "polynomials", "order", "densities", "piecewise",
    "model", "boxes", "claims", "scope", "enclosure", "positive", "matching", "unsolvable",
    "impossible", "rivals", "meaning", "made_of", "members", "independence", "finiteness",
]  # fmt: skip
TRUSTED += [f"rules.{part}" for part in ("law", "expectation", "finite", "citing", "derivatives",
                                   "quotients", "roots", "bends", "integrals",
                                   "reflection")]  # fmt: skip
TRUSTED += ["rules.__init__", "proofs"]
TRUSTED += [
    "powers",
    "factors",
    "products",
    "equations",
    "series",
    "triangles",
    "forms",
    "cuts",
    "moments",
]
TRUSTED += ["differences", "ends", "kernel"]
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
    for path in sorted((ROOT / "derive").rglob("*.py"))
}


def imported(name: str) -> set[str]:
    """The files of the package that one imports."""
    found = set()
    for node in ast.walk(FILES[name]):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    packages = {f"{f}.__init__" for f in found if f != "derive"}
    return {f for f in found | packages if f in FILES} - {name}


def reached(name: str) -> set[str]:
    """All files that one imports, directly or not."""
    todo = [name]
    found: set[str] = set()
    while todo:
        for other_file in imported(todo.pop()) - found:
            found.add(other_file)
            todo.append(other_file)
    return found


def test_trusted_files_import_only_those_above() -> None:
    for m, name in enumerate(TRUSTED):
        allowed = {f"derive.{above}" for above in TRUSTED[:m]}
        assert imported(f"derive.{name}") - {"derive"} <= allowed, name


@pytest.mark.parametrize("name", FILES)
def test_no_file_imports_itself_in_a_circle(name: str) -> None:
    assert name not in reached(name)


@pytest.mark.parametrize("name", ["oracle", "instance"])
def test_the_oracle_shares_nothing_with_the_rules(name: str) -> None:
    shared = {"boxes", "claims", "scope", "positive", "meaning", "made_of", "independence"}
    shared |= {"finiteness", "rules", "proofs", "kernel", "moments", "products", "powers"}
    shared |= {"matching", "equations", "forms", "proving", "judging"}
    found = reached(f"derive.counting.{name}")
    assert found and not {f for f in found if f.split(".")[1] in shared}


@pytest.mark.parametrize("name", FILES)
def test_no_conditions_that_vanish_and_no_evaluation_of_text(name: str) -> None:
    calls, texts = {"eval", "exec", "compile"}, {"parse_expr", "sympify", "parse_latex"}
    forbidden = texts | {"simplify", "nsimplify", "doit"}
    for node in ast.walk(FILES[name]):
        where = f"{name}, line {getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.Assert), where
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in calls | texts, where
        if isinstance(node, ast.Attribute):
            assert node.attr not in forbidden, where
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sympy"):
            assert not forbidden & {alias.name for alias in node.names}, where
