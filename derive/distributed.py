"""What a display says that gives a variable a law: its mean and its variance. Not trusted.

``W \\sim U[-a, a]`` is read as E[W] = 0 and Var[W] = a²/3, each derived from the law; these are
judged like any other relation.  That it is this law and no other is not judged.
"""

from __future__ import annotations

from derive.distributions import moments
from derive.errors import Undeclared
from derive.model import Model
from derive.read.distributions import meant
from derive.read.links import Distribution, Link
from derive.read.ranges import ranges_of
from derive.read.result import Side
from derive.show.formula import LATEX, write


def links(said: Distribution, model: Model) -> tuple[Link, ...]:
    """Its mean and its variance as relations; () if nothing is said to have the law.

    Raises Undeclared for parameters that are none, or if N may be read in two ways, Refused
    where the moments were not derived.
    """
    if not said.moments:
        return ()
    parameters = tuple(side.term for side in said.parameters)
    found = meant(said.name, parameters, said.words, said.normal)
    if len(found) > 1:
        second = said.parameters[1].text
        raise Undeclared(
            f"is {second} a variance or a standard deviation? declare 'read N by variance'"
            " or 'read N by standard deviation'"
        )
    (law,) = found.values()
    over = ranges_of([said.moments[0].term, *parameters], model)
    values = moments(law, model, *over)
    where = said.moments[0].where
    return tuple(
        Link(left, "=", Side(value, where, write(value, model, LATEX)))
        for left, value in zip(said.moments, values, strict=True)
    )
