"""The laws as a Markdown page: rules that are trusted, and laws derived from them. Not trusted."""

from __future__ import annotations

from collections.abc import Iterable

from derive.chains.story import Story
from derive.model import Model, Statement
from derive.proofs import Derivation, Part
from derive.proving.laws import variance_of_a_product, variance_of_a_sum, variance_of_two
from derive.report import Section, report
from derive.rules import RULES, Rule
from derive.writing.formula import write

LAWS = (variance_of_a_product, variance_of_two, variance_of_a_sum)


def rulebook() -> str:
    """Every law that a derivation may use."""
    model = Model("laws")
    parts = tuple(law(model) for law in LAWS)
    trusted = "\n".join(line for r in RULES.values() for line in _rule(r))
    derived = "\n".join(line for part in parts for line in _law(part, model))
    return f"""# The laws

Written by `derive rules`.  A derivation is a list of steps; each step uses one of these laws at
one place of a line, and `replay` applies the law again and compares.

## Trusted

Each of these is a function of a few lines in `derive/rules.py`.  What does not apply is refused
with the reason.

{trusted}
## Derived

These follow from the laws above, and their derivations are replayed like any other.

{derived}"""


def _rule(r: Rule) -> Iterable[str]:
    yield f"### {r.name}"
    yield ""
    for law in r.law.split(",  "):
        yield f"    {law}"
    yield ""
    if r.needs:
        yield f"Needs: {r.needs}."
        yield ""
    yield r.summary
    yield ""


def _law(part: Part, model: Model) -> Iterable[str]:
    claim = part.claim
    if not isinstance(claim, Statement):
        return
    yield f"### {part.name}"
    yield ""
    yield f"    {write(claim, model)}"
    yield ""
    letters = " and ".join(n for n in claim.over if n[0].isupper())
    yield (
        f"Needs: {letters} independent, with finite second moments."
        if claim.given
        else (f"For any {letters}, with finite second moments.")
    )
    yield ""
    derivation = Derivation(model, (part,))
    story = Story("law", part.name, claim.left, derivation, part.name, (part.name,))
    for section in report(story).sections:
        yield from _lines(section, model)
    yield ""


def _lines(section: Section, model: Model) -> Iterable[str]:
    for track in section.tracks:
        for row in track.rows:
            if row.reasons:
                names = dict.fromkeys(r.rule for r in row.reasons)
                yield f"      = {{ {', '.join(names)} }}"
            yield f"    {write(row.term, model)}"
