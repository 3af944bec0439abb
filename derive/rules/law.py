"""What a rule is, and the table that rules are entered in. Trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Mul

from derive.claims import NOTHING, Uses
from derive.errors import Refused, Words
from derive.independence import Evidence
from derive.scope import Scope


@dataclass(frozen=True)
class Outcome:
    """What a rule makes of its left side."""

    new: Expr
    uses: Uses = NOTHING
    evidence: tuple[Evidence, ...] = ()


Rewrite = Callable[[Any, Scope, tuple[Any, ...]], Outcome]


@dataclass(frozen=True)
class Rule:
    """A law with its name, its text, its side condition and its rewrite."""

    name: str
    law: str
    needs: str
    rewrite: Rewrite

    @property
    def summary(self) -> str:
        """The first sentence of the docstring."""
        return (self.rewrite.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


table: dict[str, Rule] = {}


def rule(name: str, law: str, needs: str = "") -> Callable[[Rewrite], Rewrite]:
    """Enter a rewrite into the table of rules."""

    def enter(rewrite: Rewrite) -> Rewrite:
        table[name] = Rule(name, law, needs, rewrite)
        return rewrite

    return enter


def need(condition: bool, reason: str, *parts: object, needs: Words | str = "") -> None:
    """Raise Refused unless the side condition holds."""
    if not condition:
        raise Refused(reason, *parts, needs=needs)


def head(e: Expr, kind: type) -> Any:
    """The expression, if it is of the kind that the rule speaks of."""
    need(isinstance(e, kind), "this law speaks of {}[…], not of {}", kind.__name__, e)
    return e


def apart(e: Expr, scope: Scope) -> tuple[Expr, Expr]:
    """Fixed and random factors of a product."""
    fixed = [a for a in Mul.make_args(e) if not scope.is_random(a)]
    varying = [a for a in Mul.make_args(e) if scope.is_random(a)]
    return Mul(*fixed), Mul(*varying)
