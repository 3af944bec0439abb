r"""A network with another function between its layers. Not trusted: what it assumes is declared.

A function in pieces, such as a rectifier, takes the place of the linear regime, with the named
assumptions that the derivations then take.  Of any other function there is only the tangent at 0:
the linear regime f(s) = f(0) + f'(0) s, with its numbers.

    >>> from derive.read.declare import notation
    >>> model = with_activation(notation("glorot").model, activation("relu"))
    >>> [a.name for a in model.assumptions][:3]
    ['relu', 'symmetric-weights', 'no-zero']
"""

from __future__ import annotations

import re
from dataclasses import replace

from sympy import Expr, Rational, Symbol

from derive.activations import VARIABLE, Activation, activation
from derive.errors import Refused, Undeclared
from derive.meaning import check_term
from derive.model import (
    Assumption,
    Family,
    Model,
    Nonzero,
    Separate,
    Statement,
)
from derive.piecewise import Pieces
from derive.proving.ideal import assumption, taken, variable
from derive.proving.network import quantity_of
from derive.proving.rectified import Bend, applied, bend
from derive.scope import Scope
from derive.terms import Apply, Entry, Var

LINEAR = "linear-regime"
NAME = re.compile(r"[a-z][a-z0-9-]*")
SYMBOLIC = re.compile(r"\s*(?:[\w-]*\(\s*[A-Za-z]\s*\)|p-?relu|parametric-?relu)\s*", re.IGNORECASE)


def with_activation(model: Model, chosen: Activation | str) -> Model:
    """The model with a function for the one between its layers.

    Raises Undeclared where there is none, Refused where its tangent at 0 has numbers in it that no
    derivation can carry, Unreadable for a function that cannot be read.
    """
    symbolic = isinstance(chosen, str) and bool(SYMBOLIC.fullmatch(chosen))
    if isinstance(chosen, str):
        chosen = activation(chosen)
    here = applied(model)
    if here is None:
        raise Undeclared(f"{model.name} has no function between its layers to put another one for")
    made = replace(model, families=dict(model.families), shows=dict(model.shows))
    named = _said(made, here, chosen, symbolic)
    before, after = _others(model, here.function)
    if isinstance(named.facts[0], Pieces):
        have = {type(f) for a in (*before, *after) for f in a.facts}
        more = taken(made, here, named.facts[0])
        after = [*(a for a in more if type(a.facts[0]) not in have), *after]
    else:
        ideal = Nonzero, Separate
        before, after = ([a for a in some if not isinstance(a.facts[0], ideal)]
                         for some in (before, after))  # fmt: skip
    made.assumptions = [*before, named, *after]
    if [a.facts for a in made.assumptions] == [a.facts for a in model.assumptions]:
        return model
    made.printed, made.name = [], f"{model.name}, {chosen.name}"
    shown = made.shows.get("forward")
    of = shown.args[0] if isinstance(shown, Var) and bend(made) is not None else None
    if isinstance(of, Entry) and of.name == here.after.name:
        made.shows["forward"] = Var(_followed(made, here.before, of))
    return made


def _followed(model: Model, before: Entry, shown: Entry) -> Entry:
    """Any pre-activation, its layer called as in the activation that was shown."""
    layer, *others = quantity_of(model, before).entry.args[1:]
    first = shown.indices[0] if shown.indices else layer
    return Entry(before.name, layer if first in others else first, *others)


def _others(model: Model, function: str) -> tuple[list[Assumption], list[Assumption]]:
    """What is assumed before and after the place where the function is said to be known."""

    def speaks(a: Assumption) -> bool:
        return any(
            (isinstance(f, Pieces) and f.function == function)
            or (isinstance(f, Statement) and isinstance(f.left, Apply) and f.left.name == function)
            for f in a.facts
        )

    found = [n for n, a in enumerate(model.assumptions) if speaks(a)]
    first = found[0] if found else 0
    rest = [a for a in model.assumptions[first:] if not speaks(a)]
    return model.assumptions[:first], rest


def _said(model: Model, here: Bend, chosen: Activation, symbolic: bool) -> Assumption:
    """What is assumed of the function: its pieces, or the line that it is or looks like at 0."""
    formula, numbers = chosen.formula, {}
    if symbolic and chosen.general is not None:
        formula = chosen.general
        numbers = {p: _given(model, name) for name, _ in chosen.parameters
                   if (p := Symbol(name, real=True)) in formula.free_symbols}  # fmt: skip
    letter = Symbol(_letter(model, here, chosen))
    drawn = Activation(chosen.name, formula).pieces
    if drawn is not None and len(drawn) > 1:
        changes = {VARIABLE: letter} | numbers
        found = tuple((p.lo, p.hi, p.formula.xreplace(changes)) for p in drawn)
        named = re.sub(r"\(.*", "", chosen.name)
        name = named if NAME.fullmatch(named) else "activation"
        return assumption(model, name, Pieces(here.function, letter, found))
    return _tangent(model, here, formula, numbers)


def _tangent(model: Model, here: Bend, formula: Expr, numbers: dict[Symbol, Expr]) -> Assumption:
    start = formula.xreplace({VARIABLE: Rational(0)})
    slope = formula.diff(VARIABLE).xreplace({VARIABLE: Rational(0)})
    start, slope = (e.xreplace(numbers) for e in (start, slope))
    for e in (start, slope):
        try:
            check_term(e, Scope(model))
        except Refused as no:
            raise Refused("the tangent at 0 has the number {} in it: {}", e, no.reason) from None
    u = variable(model)
    return assumption(
        model, LINEAR, Statement(Apply(here.function, 0, u), start + slope * u, over=(u.name,))
    )


def _letter(model: Model, here: Bend, chosen: Activation) -> str:
    """A letter for the variable: that of what the function is applied to, if it is one."""
    sizes = {*map(str, model.sizes)}
    for name in (here.before.name, chosen.letter, "s", "u", "v"):
        if len(name) == 1 and name not in sizes and not _fixed(model, name):
            return name
    return "u"


def _fixed(model: Model, name: str) -> bool:
    return name in model.families and model.families[name].kind in ("given", "size")


def _given(model: Model, name: str) -> Expr:
    """A fixed number, new in the model."""
    taken = {*model.families, *model.functions, *model.costs, *map(str, model.sizes)}
    found = next(n for n in (name, *"acgqr", f"{name}'") if n not in taken)
    model.families[found] = Family(found, "given")
    return Entry(found)
