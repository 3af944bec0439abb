"""The named laws. Trusted.

A rule computes the right side of a step from its left side, at one place (`Scope`), and
says which assumptions that took.  It never walks a tree and never prints; what does not
apply raises Refused with the reason.  Laws that follow from these are proved in `laws`.
A rule that rearranges is given its result as an argument and checks it.
"""

from types import MappingProxyType

from derive.rules import derivatives, expectation, finite, integrals, quotients, reflection, roots
from derive.rules.citing import SOURCES, equation, instance, right_sides, specialised
from derive.rules.law import Outcome, Rule, table

RULES = MappingProxyType(dict(table))

__all__ = [
    "RULES",
    "SOURCES",
    "Outcome",
    "Rule",
    "derivatives",
    "equation",
    "expectation",
    "finite",
    "instance",
    "integrals",
    "quotients",
    "reflection",
    "right_sides",
    "roots",
    "specialised",
]
