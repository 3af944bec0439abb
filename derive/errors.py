"""The three ways in which `derive` says no."""


class Refused(Exception):
    """A step, rule or derivation that was not shown; the message says what was missing."""

    def __init__(self, reason: str, *, needs: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.needs = needs


class Undeclared(Exception):
    """A name that the model does not know, or knows already as something else."""


class Unreadable(Exception):
    """Text whose meaning is not certain; `line` and `column` count from 1, in code points."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column
