"""`derive replay`: a saved derivation checked from scratch. Not trusted: `replay` decides.

The file's derivation goes through `replay` like any other.  Then the record is written again
from what replay returned, and everything else that the file says is held against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from derive import __version__
from derive.compare import Comparison, compare
from derive.errors import Refused, Undeclared, Words
from derive.kernel import Replayed, replay
from derive.model import Model, Statement
from derive.read.declarations import difference
from derive.read.declare import notation, notations
from derive.record.fields import Field, fields
from derive.record.reading import Saved, read
from derive.record.writing import Writing, steps_of
from derive.substitution import same
from derive.writing import formula

SHOWN = ("assumptions", "start", "parts", "result", "against", "replayed")
IN_PARTS = frozenset({"start", "uses", "law", "latex", "text", "right", "steps"})
WITHIN = frozenset({"there", "elsewhere", "base", "step"})
WORDING = frozenset({"latex", "text", "law", "against"})
APART = ("values", "range", "confirmed", "initialiser")
MALFORMED = (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError)


@dataclass(frozen=True)
class Replay:
    """A saved derivation that was replayed: ``replayed`` is what it shows.

    ``apart`` are fields that are no part of the derivation and were not checked; ``other`` is
    the version that wrote the file if it is another one, whose wording was not compared.
    """

    saved: Saved
    replayed: Replayed
    against: tuple[Comparison, ...]
    apart: tuple[str, ...]
    other: str

    @property
    def model(self) -> Model:
        return self.saved.story.model

    @cached_property
    def differs(self) -> str:
        """In what the model differs from the shipped notation that has its name; or ""."""
        if self.model.name not in notations():
            return ""
        shipped = notation(self.model.name).model
        declared = self.model.without(self.saved.story.premises)
        names = {a.name for a in declared.assumptions}
        return difference(
            declared, shipped.without(a.name for a in shipped.assumptions if a.name not in names)
        )

    @property
    def used(self) -> list[str]:
        """The assumptions that the result rests on, or some of the results."""
        names = self.saved.story.results
        uses = {n for p in self.replayed.proved if p.name in names for n in p.uses}
        uses = uses or set(self.replayed.uses)
        return [a.name for a in self.model.assumptions if a.name in uses]

    @property
    def unused(self) -> list[str]:
        """The assumptions that were declared and not needed."""
        return [a.name for a in self.model.assumptions if a.name not in self.used]


def replay_record(text: str) -> Replay:
    """Check a saved derivation.

    Raises Unreadable, with the field, for what cannot be read, and Refused, with part, step
    and line, for what does not follow or is more than was shown.
    """
    saved = read(fields(text))
    try:
        replayed = replay(saved.story.derivation)
    except Refused as no:
        raise _placed(no, saved.places) from no
    except (Undeclared, RecursionError, *MALFORMED) as no:
        raise Refused("malformed: {}", str(no) or type(no).__name__) from no
    own = saved.version == __version__
    against = () if saved.story.stopped else tuple(compare(saved.story, replayed))
    again = Writing(saved.story, replayed, saved.story.model, saved.spelt).whole((), against)
    _fits_chain(saved)
    _steps_repeat(saved.whole)
    _same(saved.whole, again, own)
    apart = tuple(key for key in APART if saved.whole.has(key))
    return Replay(saved, replayed, against, apart, "" if own else saved.version)


def _placed(no: Refused, places: dict[str, str]) -> Refused:
    """The refusal with the field and the printed line of the step that was refused."""
    said = str(no)
    for place, field in places.items():
        if said.startswith(place + ": "):
            return Refused("{} [{}]", Words("{}", no.reason), field, needs=no.needs)
    return no


def _fits_chain(saved: Saved) -> None:
    """The result is the quantity that the chain is about."""
    story = saved.story
    wanted = story.model.shows.get(story.chain)
    if wanted is not None and story.stopped is None and story.chain != "backprop":
        claim = story.derivation.claim
        if not isinstance(claim, Statement) or not same(claim.left, wanted):
            raise Refused("chain: {} is about {}, not about what is shown", story.chain, wanted)


def _steps_repeat(whole: Field) -> None:
    """The steps at the top are those of the last part."""
    if whole.has("steps") and whole["steps"].value != list(steps_of(whole["parts"].value[-1])):
        raise Refused("{}", "steps: these are not the steps of the last part")


def _same(said: Field, shown: Any, own: bool) -> None:
    """What the file says beside the derivation that was read from it is what replay shows."""
    for key in SHOWN:
        if said.has(key) and (own or key not in WORDING):
            if key not in shown:
                raise Refused("{}", f"{key}: replay shows nothing of the kind")
            _equal(said[key], shown[key], own, key == "parts")


def _equal(said: Field, shown: Any, own: bool, part: bool) -> None:
    """``part`` is whether this is a part or inside of one, where most fields were read."""
    if isinstance(said.value, dict) and isinstance(shown, dict):
        for key, field in said.pairs():
            if (part and key not in IN_PARTS | WITHIN) or (key in WORDING and not own):
                continue
            if key not in shown:
                raise Refused("{}", f"{field.path}: replay shows nothing of the kind")
            _equal(field, shown[key], own, part)
    elif isinstance(said.value, list) and isinstance(shown, list):
        if len(said.value) != len(shown):
            raise Refused("{}", f"{said.path}: {len(said.value)} listed, replay shows {len(shown)}")
        for field, there in zip(said.items(), shown, strict=True):
            _equal(field, there, own, part)
    elif said.value != shown or type(said.value) is not type(shown):
        raise Refused(
            "{}", f"{said.path}: the file says {_brief(said.value)}, replay shows {_brief(shown)}"
        )


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 200 else text[:200] + " …"


def summary(found: Replay) -> list[str]:
    """What was shown, under which assumptions, in lines of text."""
    claim = found.replayed.claim
    parts, steps = len(found.replayed.proved), len(found.replayed.checked)
    lines = [f"replayed: {parts} parts, {steps} steps"]
    if isinstance(claim, Statement):
        lines.append(f"shows: {formula.write(claim, found.model)}")
        if claim.ranges:
            lines.append(f"for: {formula.ranges(claim.ranges, found.model)}")
    if found.model.moments != 2:
        lines.append(f"taken for granted: moments up to order {found.model.moments} are finite")
    lines.append(f"under: {', '.join(found.used) or 'no assumption'}")
    if found.unused:
        lines.append(f"declared and not needed: {', '.join(found.unused)}")
    if found.saved.story.stopped:
        lines.append("the derivation stopped before its end: this is as far as it goes")
    if found.differs:
        lines.append(f"the model is not the shipped notation {found.model.name}: {found.differs}")
    if found.apart:
        lines.append(f"not part of the derivation, not checked: {', '.join(found.apart)}")
    if found.other:
        lines.append(f"written by version {found.other}: its wording was not compared")
    return lines
