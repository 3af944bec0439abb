"""A derivation as a JSON object that another process can replay. Not trusted: it repeats replay."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sympy import Expr, Rational

from derive import __version__
from derive.chains.story import Story
from derive.claims import Claim, Finite, Sources
from derive.compare import Comparison, compare
from derive.errors import Refused
from derive.kernel import Checked, Replayed, ledger, replay
from derive.model import Family, Model, Statement
from derive.proofs import Cases, Chain, From, Induction, Part, Proof
from derive.read.declarations import Declarations, declarations, difference
from derive.record.arguments import indices, said
from derive.record.reading import declared
from derive.record.terms import placeholders, schematic
from derive.rules import RULES
from derive.terms import Entry, Range
from derive.writing import formula
from derive.writing.formula import LATEX, SOURCE, TEXT

SCHEMA = 1
Object = dict[str, Any]


def record(
    story: Story, replayed: Replayed | None = None, against: Sequence[Comparison] | None = None
) -> Object:
    """The JSON object of a derivation; raises Refused if it does not replay or cannot be written.

    What was replayed or compared with print before may be given, to save time.
    """
    done = replayed or replay(story.derivation)
    if against is None:
        against = () if story.stopped else tuple(compare(story, done))
    said = declarations(story.model)
    model = declared(said, story.model.name, [a.name for a in story.model.assumptions])
    model.moments = story.model.moments
    lost = difference(story.model, model)
    if lost:
        raise Refused("the declaration language has no words for this model: {}", lost)
    return Writing(story, done, model, {}).whole(said, against)


def dumps(found: Object) -> str:
    """The object as text."""
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def steps_of(proof: Object) -> Iterator[Object]:
    """The steps in the object of a proof, in the order in which they are replayed."""
    yield from proof.get("steps", ())
    yield from proof.get("right", {}).get("steps", ())
    for inner in ("there", "elsewhere", "base", "step"):
        if inner in proof:
            yield from steps_of(proof[inner])


class Writing:
    """Writes one derivation in the names of one model; ``spelt`` are terms with their spelling."""

    def __init__(
        self, story: Story, replayed: Replayed, model: Model, spelt: Mapping[Expr, str]
    ) -> None:
        self.story = story
        self.replayed = replayed
        self.model = model
        self.texts: dict[tuple[str, Any], str] = {(SOURCE.name, e): t for e, t in spelt.items()}
        self.checked = iter(replayed.checked)

    def whole(self, said: Sequence[str], against: Iterable[Comparison]) -> Object:
        story, claim = self.story, self.replayed.claim
        parts = [self.part(p) for p in story.derivation.parts]
        main = parts[-1]
        used, _ = ledger(self.replayed, story.model)
        found: Object = {
            "schema": SCHEMA,
            "version": __version__,
            "chain": story.chain,
            "notation": story.model.name,
            "moments": story.model.moments,
            "model": list(said),
            "assumptions": [
                {"name": a.name, "text": b.text, "used": a.name in used}
                for a, b in zip(story.model.assumptions, self.model.assumptions, strict=True)
            ],
            "claim": main["claim"],
            "for": main["for"],
        }
        if isinstance(claim, Statement):
            found["start"] = self.source(claim.left)
        found |= {"parts": parts, "steps": list(steps_of(main)), "result": self.result(claim)}
        found["against"] = [self.against(c) for c in against]
        found["replayed"] = True
        for key, names in (("premises", story.premises), ("results", story.results)):
            if names:
                found[key] = list(names)
        if story.stopped:
            line, why = story.stopped.line, story.stopped.why
            found["stopped"] = {
                "line": line.number,
                "start": self.source(line.start),
                "for": self.ranges(story.stopped.ranges),
                "remains": self.source(line.now),
                "reason": why.reason.say(self.spell),
                "needs": why.needs if isinstance(why.needs, str) else why.needs.say(self.spell),
            }
        return found

    # -- parts and proofs

    def part(self, part: Part) -> Object:
        proved = next(p for p in self.replayed.proved if p.name == part.name)
        claim = part.claim
        found: Object = {"name": part.name, "shown": part.name in self.story.shown}
        found |= self.claim(claim)
        found["uses"] = self.uses(proved.uses)
        if isinstance(claim, Statement):
            if claim.over:
                found["over"] = self.over(claim)
            if claim.given:
                facts = Declarations(self.with_schematic(claim))
                found["given"] = [facts.fact(f) for f in claim.given]
            found |= self.result(claim)
        return found | self.proof(part.proof)

    def over(self, claim: Statement) -> list[str]:
        """The schematic names, with letters for their indices."""
        return [
            self.source(Entry(f.name, *(r.index for r in f.ranges))) for f in self.schematic(claim)
        ]

    def schematic(self, claim: Statement) -> list[Family]:
        limits = (e for r in claim.ranges for e in (r.lo, r.hi, *r.but))
        counts: dict[str, int] = {}
        for e in (claim.left, claim.right, *limits):
            counts |= schematic(e, claim.over)
        return [Family(n, "random", placeholders(counts.get(n, 0), self.model)) for n in claim.over]

    def with_schematic(self, claim: Statement) -> Model:
        """A model of the schematic names alone."""
        return Model("schematic", families={f.name: f for f in self.schematic(claim)})

    def claim(self, claim: Claim) -> Object:
        over = {"for": self.ranges(claim.ranges)}
        if isinstance(claim, Statement):
            return {"claim": f"{self.source(claim.left)} = {self.source(claim.right)}"} | over
        of = {"of": self.source(claim.subject)}
        if isinstance(claim, Finite):
            return {"claim": of | {"moments": claim.order}} | over
        return {"claim": of | {"made_of": self.boxes(claim)}} | over

    def boxes(self, claim: Sources) -> list[Object]:
        return [
            {"family": b.key, "slots": [s and list(map(self.source, s)) for s in b.slots]}
            for b in claim.boxes
        ]

    def proof(self, proof: Proof) -> Object:
        if isinstance(proof, Chain):
            found: Object = {"by": "steps"} | self.steps(proof.steps)
            found |= {"right": self.steps(proof.right)} if proof.right else {}
            found |= {"moments": True} if proof.moments else {}
            return found | ({"products": True} if proof.products else {})
        if isinstance(proof, Cases):
            return {
                "by": "cases",
                "index": self.source(proof.index),
                "at": self.source(proof.at),
                "there": self.proof(proof.there),
                "elsewhere": self.proof(proof.elsewhere),
            }
        if isinstance(proof, Induction):
            return {
                "by": "induction",
                "index": self.source(proof.index),
                "upward": proof.upward,
                "base": self.proof(proof.base),
                "step": self.proof(proof.step),
            }
        return self.property(proof)

    def property(self, proof: From) -> Object:
        found: Object = {"by": "property", "source": proof.source}
        if proof.source:
            found |= {"cited": proof.name, "which": proof.which}
            found["at"] = indices(proof.at, self.source)
        return found

    def steps(self, steps: Iterable[Any]) -> Object:
        found: Object = {}
        written = []
        for _ in steps:
            checked = next(self.checked)
            found.setdefault("start", self.source(checked.before))
            written.append(self.step(checked))
        return found | {"steps": written}

    def step(self, checked: Checked) -> Object:
        step = checked.step
        args = said(step.rule, step.args, self.source)
        found: Object = {
            "line": step.line,
            "latex": self.write(step.after, LATEX),
            "text": self.write(step.after, TEXT),
            "rule": step.rule,
            "law": RULES[step.rule].law,
            "uses": self.uses(checked.uses),
        }
        if args:
            found["args"] = args
        if step.backward:
            found["backward"] = True
        return found | {
            "old": self.source(step.old),
            "new": self.source(step.new),
            "after": self.source(step.after),
        }

    # -- results

    def result(self, claim: Claim) -> Object:
        if not isinstance(claim, Statement):
            return {}
        return {"latex": self.write(claim, LATEX), "text": self.write(claim, TEXT)}

    def against(self, c: Comparison) -> Object:
        """A printed formula and how it compares."""
        printed = c.printed
        found: Object = {
            "source": printed.source,
            "equation": printed.tag,
            "latex": formula.write(printed.statement, self.model, LATEX),
            "verdict": c.verdict,
        }
        if c.why:
            found["why"] = c.why
        if c.ratio:
            found["ratio"] = self.quotient(c.ratio)
        if c.example:
            found["counterexample"] = {
                "at": dict(c.example.at),
                "printed": str(Rational(c.example.printed)),
                "derived": str(Rational(c.example.derived)),
            }
        if c.nearest:
            found["nearest"] = [
                {"latex": formula.write(n.statement, self.model, LATEX), "changed": n.changed}
                for n in c.nearest
            ]
        return found

    def quotient(self, ratio: tuple[Expr, Expr]) -> Object:
        """Numerator over denominator, as it is written."""
        e = ratio[0] / ratio[1]
        return {"latex": self.write(e, LATEX), "text": self.write(e, TEXT)}

    # -- words

    def uses(self, uses: Iterable[str]) -> list[str]:
        found = set(uses)
        return [a.name for a in self.model.assumptions if a.name in found]

    def ranges(self, ranges: Iterable[Range]) -> list[str]:
        return [formula.ranges([r], self.model, SOURCE) for r in ranges]

    def source(self, e: Expr) -> str:
        return self.write(e, SOURCE)

    def write(self, e: Any, form: Any) -> str:
        key = form.name, e
        if key not in self.texts:
            self.texts[key] = formula.write(e, self.model, form)
        return self.texts[key]

    def spell(self, e: object) -> str:
        return self.write(e, TEXT) if isinstance(e, (Expr, Statement)) else str(e)
