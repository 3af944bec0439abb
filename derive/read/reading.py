"""What a declaration text says: a model, and what goes beyond it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from derive.model import Assumption, Model
from derive.read.names import Names
from derive.read.statements import Said


@dataclass
class Reading:
    """A model and what the text says beyond it.

    ``requires`` are conditions that were asked for, not assumed.  With ``alternatives`` an entry
    may have several laws, each under a name of its own, as in a saved derivation.  ``doubtful`` is
    the line of a fact that could not be read.
    """

    model: Model
    names: Names
    statements: list[Said] = field(default_factory=list)
    requires: list[Assumption] = field(default_factory=list)
    alternatives: bool = False
    doubtful: int = 0

    @staticmethod
    def empty(name: str, alternatives: bool = False) -> Reading:
        model = Model(name)
        return Reading(model, Names(model), alternatives=alternatives)

    def copy(self) -> Reading:
        """A reading that can be added to without changing this one."""
        m = self.model
        parts: dict[str, Any] = {
            name: type(part)(part)
            for name, part in vars(m).items()
            if isinstance(part, dict | list)
        }
        model = replace(m, **parts)
        names = Names(
            model, dict(self.names.spellings), self.names.normal, lost=dict(self.names.lost)
        )
        said, asked = list(self.statements), list(self.requires)
        return Reading(model, names, said, asked, self.alternatives, self.doubtful)
