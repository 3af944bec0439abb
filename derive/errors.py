"""The three ways in which `derive` says no."""

from __future__ import annotations

from collections.abc import Callable


class Words:
    """A sentence with gaps for terms; put into words only when somebody reads it."""

    def __init__(self, template: str, *parts: object) -> None:
        self.template = template
        self.parts = parts

    def say(self, spell: Callable[[object], str]) -> str:
        """The sentence, each term spelt by the function given."""
        spelt = (p.say(spell) if isinstance(p, Words) else spell(p) for p in self.parts)
        return self.template.format(*spelt)

    def __str__(self) -> str:
        return self.say(str)


class Refused(Exception):
    """A step, rule or derivation that was not shown; says what was missing.

    ``reason`` is why not, ``needs`` what would help.  Both are `Words`: refusals are common
    while a derivation is looked for, and few are ever read.
    """

    def __init__(self, template: str, *parts: object, needs: Words | str = "") -> None:
        super().__init__()
        self.reason = Words(template, *parts)
        self.needs = needs

    def __str__(self) -> str:
        return str(self.reason)


class Undeclared(Exception):
    """A name that the model does not know, or knows already as something else."""


class Unreadable(Exception):
    """Text whose meaning is not certain; `line` and `column` count from 1, in code points."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column
