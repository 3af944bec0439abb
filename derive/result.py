"""What a derivation hands to a Python user. Not trusted: it keeps what `replay` returned.

    >>> import derive
    >>> d = derive.forward(derive.notation("glorot"))
    >>> d
    <Derived forward: Var[z^i_l] = Var[x] ∏_{i'=0}^{i-1} n_{i'} Var[W^{i'}]>
    >>> d.steps[0].step.rule
    'definition'
    >>> d.unused
    ('independent-top', 'zero-mean-top')

``print(d)`` writes all of it out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from derive.chains.story import Story
from derive.errors import Refused
from derive.kernel import Checked, Replayed, ledger, replay
from derive.model import Model, Statement
from derive.report import Report, report
from derive.show.lines import plain
from derive.show.page import page
from derive.writing.formula import LATEX, TEXT, ranges, write


@dataclass(frozen=True, eq=False, repr=False)
class Derived:
    """A derivation that was replayed: ``str`` writes it out, the properties say what it shows."""

    story: Story
    replayed: Replayed

    @property
    def model(self) -> Model:
        """The declarations that it rests on."""
        return self.story.model

    @property
    def result(self) -> Statement:
        """The equation that was shown, with the index values that it is about.

        Where the derivation had to stop, this is the equation that it reached: as true, but
        not what was looked for.
        """
        claim = self.replayed.claim
        if not isinstance(claim, Statement):
            raise Refused("the derivation shows {}, which is no equation", type(claim).__name__)
        return claim

    @property
    def stopped(self) -> Refused | None:
        """Why the derivation had to stop, if it did: an assumption is missing."""
        return self.story.stopped.why if self.story.stopped else None

    @property
    def steps(self) -> tuple[Checked, ...]:
        """Every step that was replayed, of the lemmas too: its line before, rule, and uses."""
        return self.replayed.checked

    @property
    def uses(self) -> tuple[str, ...]:
        """The names of the assumptions that the result rests on, in the order of the model."""
        return tuple(ledger(self.replayed, self.model)[0])

    @property
    def unused(self) -> tuple[str, ...]:
        """The names of the assumptions that were declared and not needed."""
        return tuple(ledger(self.replayed, self.model)[1])

    def replay(self, model: Model | None = None) -> Derived:
        """Check every step again, perhaps against another model; raises Refused.

        A model that lacks an assumption refuses the step that used it.
        """
        against = model or self.model
        claims = replace(self.story.derivation, model=against)
        return Derived(replace(self.story, derivation=claims), replay(claims))

    @cached_property
    def report(self) -> Report:
        """The derivation arranged for a reader, with what the source prints held against it."""
        return report(self.story)

    def __str__(self) -> str:
        return plain(page(self.report)).rstrip("\n")

    def __repr__(self) -> str:
        end = " (stopped)" if self.stopped else ""
        return f"<Derived {self.story.chain}: {write(self.result, self.model, TEXT)}{end}>"

    def _repr_latex_(self) -> str:
        formula = write(self.result, self.model, LATEX)
        over = ranges(self.result.ranges, self.model, LATEX)
        where = rf" \qquad {over}" if over else ""
        return rf"$\displaystyle {formula}{where}$"


def derived(story: Story) -> Derived:
    """Replay what a chain tells; raises Refused if a step does not hold."""
    return Derived(story, replay(story.derivation))
