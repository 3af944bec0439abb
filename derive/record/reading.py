"""A JSON text as a derivation that claims things. Not trusted: nothing holds until it is replayed.

Models and terms go through the reader of the declaration language; a field that is missing,
of another type or without meaning is refused with its path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sympy import Expr, Integer

from derive.boxes import Box, Slot
from derive.chains.story import Stop, Story
from derive.claims import Claim, Finite, Sources
from derive.errors import Refused, Undeclared, Unreadable
from derive.model import Family, Independent, Model, Statement
from derive.proofs import Cases, Chain, Derivation, From, Induction, Part, Proof, Step
from derive.proving.derivation import Line
from derive.read.declarations import NAMED
from derive.read.declare import declare
from derive.read.facts import Facts
from derive.read.names import Names
from derive.read.reading import Reading as Declared
from derive.read.tokens import Source, tokens
from derive.record.arguments import meant, takes_arguments, values
from derive.record.fields import Field
from derive.record.terms import MOST_TERMS, Known, Terms, bound_names, expanded, placeholders
from derive.rules import RULES, SOURCES
from derive.scope import Scope
from derive.terms import Range

SCHEMA = 1
CLAIMED = ("latex", "text")
PROOF = {
    "steps": ("start", "steps", "right", "moments", "products"),
    "cases": ("index", "at", "there", "elsewhere"),
    "induction": ("index", "upward", "base", "step"),
    "property": ("source", "cited", "which", "at"),
}
WHOLE = (
    "schema", "version", "chain", "notation", "moments", "model", "assumptions", "claim", "for",
    "start", "parts", "steps", "result", "against", "replayed", "stopped", "premises", "results",
    "values", "range", "confirmed", "initialiser",
)  # fmt: skip


@dataclass(frozen=True)
class Saved:
    """What a file says: a derivation, where each step stands, and how each term is spelt."""

    whole: Field
    story: Story
    version: str
    places: dict[str, str]
    spelt: dict[Expr, str]


def read(whole: Field) -> Saved:
    """Raises Unreadable, naming the field."""
    whole.only(*WHOLE)
    if whole["schema"].number() != SCHEMA:
        raise whole["schema"].fail(f"expected {SCHEMA}: this derive reads no other schema")
    try:
        return Reading(whole).saved()
    except RecursionError:
        raise Unreadable("nested too deeply") from None


def declared(said: Sequence[str], name: str, assumptions: Sequence[str]) -> Model:
    """The model of some statements; assumptions that they do not name get their names here."""
    alternatives = Declared.empty(name, alternatives=True)
    model = declare("\n".join(said), onto=alternatives, name=name).model
    if len(model.assumptions) != len(assumptions):
        raise Unreadable(
            f"{len(model.assumptions)} assumptions, of which {len(assumptions)} are listed"
        )
    model.assumptions = [
        replace(a, name=given) if a.name == a.text and not NAMED.fullmatch(given) else a
        for a, given in zip(model.assumptions, assumptions, strict=True)
    ]
    return model


class Reading:
    """Reads one file."""

    def __init__(self, whole: Field) -> None:
        self.whole = whole
        self.model = self._model()
        self.spelt: dict[Expr, str] = {}
        self.terms = Terms(self.model, self.spelt)
        self.places: dict[str, str] = {}

    def saved(self) -> Saved:
        whole = self.whole
        parts = tuple(self.part(f) for f in whole["parts"].items())
        if not parts:
            raise whole["parts"].fail("expected at least one part")
        last = whole["parts"].items()[-1]
        for key in ("claim", "for"):
            if whole[key].value != last[key].value:
                raise whole[key].fail(f"is not that of the last part, {last.path}")
        shown = tuple(f["name"].text() for f in whole["parts"].items() if f["shown"].truth())
        main = parts[-1].name
        derivation = Derivation(self.model, parts)
        if not whole["replayed"].truth():
            raise whole["replayed"].fail("expected true")
        chain, claim = whole["chain"].text(), parts[-1].claim
        if not NAMED.fullmatch(chain):
            raise whole["chain"].fail("expected the name of a chain, such as 'forward'")
        start = claim.left if isinstance(claim, Statement) else claim.subject
        story = Story(
            chain,
            chain,
            self.model.shows.get(chain, start),
            derivation,
            main,
            shown or (main,),
            self._stop(parts) if whole.has("stopped") else None,
            self._names("premises", [a.name for a in self.model.assumptions]),
            self._names("results", [p.name for p in parts]),
        )
        return Saved(whole, story, whole["version"].text(), self.places, self.spelt)

    def _names(self, key: str, known: Sequence[str]) -> tuple[str, ...]:
        """Names that have a meaning; none where the file has no such field."""
        if not self.whole.has(key):
            return ()
        return tuple(f.one_of(*known) for f in self.whole[key].items())

    # -- the model

    def _model(self) -> Model:
        said = self.whole["model"].items()
        for f in said:
            if "\n" in f.text() or "\r" in f.text() or f.text()[:1].isspace():
                raise f.fail("expected one statement, in one line")
        for f in self.whole["assumptions"].items():
            f.only("name", "text", "used")
        names = [f["name"].text() for f in self.whole["assumptions"].items()]
        try:
            model = declared([f.text() for f in said], self.whole["notation"].text(), names)
        except Unreadable as no:
            where = f"model[{no.line - 1}]: column {no.column}" if no.line else "model"
            raise Unreadable(f"{where}: {no.reason}") from None
        model.moments = self.whole["moments"].number()
        return model

    def _stop(self, parts: Sequence[Part]) -> Stop:
        field = self.whole["stopped"]
        field.only("line", "start", "for", "remains", "reason", "needs")
        ranges = self.terms.ranges(field["for"])
        names = frozenset(str(r.index) for r in ranges)
        line = Line(self.terms.term(field["start"], names), Scope(self.model, ranges))
        line.now, line.number = self.terms.term(field["remains"], names), field["line"].number()
        if not any(p.claim == Statement(line.start, line.now, ranges) for p in parts):
            raise field.fail("no part shows that this is what remains")
        return Stop(
            line, ranges, Refused("{}", field["reason"].text(), needs=field["needs"].text())
        )

    # -- parts

    def part(self, field: Field) -> Part:
        by = field["by"].one_of(*PROOF)
        field.only(
            "name", "shown", "claim", "for", "uses", "over", "given", "by", *CLAIMED, *PROOF[by]
        )
        families = self._schematic(field["over"]) if field.has("over") else []
        terms = Terms(self.model, self.spelt, families) if families else self.terms
        ranges = terms.ranges(field["for"])
        names = frozenset(str(r.index) for r in ranges)
        given = (
            tuple(self._given(f, families) for f in field["given"].items())
            if field.has("given")
            else ()
        )
        name, over = field["name"].text(), tuple(f.name for f in families)
        claim = self._claim(field["claim"], ranges, terms, names, over, given)
        return Part(name, claim, self._proof(field, name, "", terms, names))

    def _schematic(self, field: Field) -> list[Family]:
        """Schematic names; without indices they may stand as limits, so they are read as sizes."""
        found = []
        for f in field.items():
            name, indices = self.terms.pattern(f.text(), f)
            if name in self.terms.names.all():
                raise f.fail(f"{name} is declared in the model")
            ranges = placeholders(len(indices), self.model)
            found.append(Family(name, "random" if indices else "size", ranges))
        return found

    def _given(self, field: Field, families: Sequence[Family]) -> Independent:
        names = Names(
            Model("schematic", families={f.name: replace(f, kind="random") for f in families})
        )
        source = Source(field.text())
        try:
            facts = Facts(source, names).read(tokens(source))
        except (Unreadable, Undeclared) as no:
            raise field.fail(str(no)) from None
        if len(facts) != 1 or not isinstance(facts[0], Independent):
            raise field.fail("expected that schematic variables are independent")
        return facts[0]

    def _claim(
        self,
        field: Field,
        ranges: tuple[Range, ...],
        terms: Terms,
        names: Known,
        over: tuple[str, ...],
        given: tuple[Independent, ...],
    ) -> Claim:
        if isinstance(field.value, str):
            return Statement(*terms.equation(field, names), ranges, over, given)
        if over:
            raise field.fail("expected an equation: there are schematic names")
        field.only("of", "made_of", "moments")
        subject = terms.term(field["of"], names)
        if field.has("moments"):
            return Finite(subject, field["moments"].number(), ranges)
        return Sources(
            subject, tuple(self._box(f, names) for f in field["made_of"].items()), ranges
        )

    def _box(self, field: Field, names: Known) -> Box:
        field.only("family", "slots")
        key = field["family"].text()
        family = self.model.families.get(key.rpartition("/∂")[2])
        cost = key.startswith(tuple(f"∂{c}/∂" for c in self.model.costs))
        if family is None or not (key in self.model.families or cost):
            raise field["family"].fail("expected a random family or a derivative of the cost")
        slots = field["slots"].items()
        if len(slots) != len(family.ranges):
            raise field["slots"].fail(f"expected {len(family.ranges)}, one an index")
        return Box(key, tuple(self._slot(f, names) for f in slots))

    def _slot(self, field: Field, names: Known) -> Slot:
        if field.value is None:
            return None
        limits = field.items()
        if len(limits) != 2:
            raise field.fail("expected two limits, or null")
        return self.terms.term(limits[0], names), self.terms.term(limits[1], names)

    # -- proofs; `where` follows the kernel, so that its refusals can be placed

    def _proof(self, field: Field, part: str, where: str, terms: Terms, names: Known) -> Proof:
        by = field["by"].one_of(*PROOF)
        if where:
            field.only("by", *PROOF[by])
        if by == "steps":
            right = field["right"] if field.has("right") else None
            if right is not None:
                right.only("start", "steps")
            return Chain(
                self._steps(field, part, where, terms, names),
                self._steps(right, part, f"{where} right side".strip(), terms, names)
                if right
                else (),
                field.has("moments") and field["moments"].truth(),
                field.has("products") and field["products"].truth(),
            )
        if by == "property":
            return self._property(field, terms, names)
        index = terms.name(field["index"])
        if by == "cases":
            at = terms.term(field["at"], names)
            there = self._proof(field["there"], part, f"{index} = {at}", terms, names)
            return Cases(
                index, at, there, self._proof(field["elsewhere"], part, where, terms, names)
            )
        base = self._proof(field["base"], part, "base", terms, names)
        step = self._proof(field["step"], part, "step", terms, names)
        return Induction(index, field["upward"].truth(), base, step)

    def _property(self, field: Field, terms: Terms, names: Known) -> From:
        source = field["source"].one_of("", *SOURCES)
        if not source:
            return From("", "")
        at = values(field["at"], terms, names)
        return From(source, field["cited"].text(), field["which"].number(), at)

    def _steps(
        self, field: Field, part: str, where: str, terms: Terms, names: Known
    ) -> tuple[Step, ...]:
        found: list[Step] = []
        items = field["steps"].items()
        line = terms.term(field["start"], names) if items else Integer(0)
        for number, f in enumerate(items, start=1):
            step = self._step(f, terms, names, names | bound_names(line))
            place = f"{part}{f', {where}' if where else ''}, step {number} ({step.rule})"
            self.places.setdefault(place, f"{f.path}, line {step.line}")
            found.append(step)
            line = step.after
        return tuple(found)

    def _step(self, field: Field, terms: Terms, names: Known, inside: Known) -> Step:
        """``inside`` are the names in force under the binders of the line before."""
        field.only(
            "line", "rule", "law", "uses", "args", "backward", "old", "new", "after", *CLAIMED
        )
        rule = field["rule"].text()
        if rule not in RULES:
            raise field["rule"].fail(f"there is no rule named {rule}")
        given = field["args"] if takes_arguments(rule) or field.has("args") else None
        args = meant(rule, given, terms, inside)
        old = terms.term(field["old"], inside)
        if rule == "algebra" and max(map(expanded, (old, *args))) > MOST_TERMS:
            raise field.fail(f"more than {MOST_TERMS} terms when multiplied out")
        return Step(
            rule,
            args,
            old,
            terms.term(field["new"], inside),
            terms.term(field["after"], names),
            field["line"].number(),
            field["backward"].truth() if field.has("backward") else False,
        )
