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
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sympy import Expr, Rational, Symbol

from derive.activations import VARIABLE, Activation, activation
from derive.errors import Refused, Undeclared
from derive.meaning import check_term
from derive.model import (
    Assumption,
    Fact,
    Family,
    Members,
    Model,
    Nonzero,
    Separate,
    Statement,
    Symmetric,
)
from derive.piecewise import Pieces, piecewise
from derive.proving.network import quantity_of
from derive.proving.rectified import Bend, applied, bend
from derive.read.declarations import Declarations
from derive.read.ranges import ranges_of
from derive.scope import Scope
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Apply, Entry, Partial, Range, Var

LINEAR = "linear-regime"
SYMMETRIC, NO_ZERO = "symmetric-weights", "no-zero"
SLOPES, GRADIENTS, SIGNALS = "independent-slopes", "independent-gradients", "independent-signals"
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
        taken = _taken(made, here, named.facts[0])
        after = [*(a for a in taken if type(a.facts[0]) not in have), *after]
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
        return _assumption(model, name, Pieces(here.function, letter, found))
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
    u = _variable(model)
    return _assumption(
        model, LINEAR, Statement(Apply(here.function, 0, u), start + slope * u, over=(u.name,))
    )


def _variable(model: Model) -> Entry:
    """A name for any variable."""
    taken = {*model.families, *model.functions, *model.costs, *map(str, model.sizes)}
    return Entry(next(n for n in ("s", "u", "v", "t", "u'") if n not in taken))


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


def _assumption(model: Model, name: str, *facts: Fact) -> Assumption:
    said = Declarations(model)
    return Assumption(name, facts, "; ".join(map(said.fact, facts)))


# -- what a rectifier takes


def _taken(model: Model, here: Bend, pieces: Pieces) -> Iterator[Assumption]:
    """The named assumptions; each is used only where it is needed."""
    into, weight, below = _sum(model, here.before.name)
    yield _assumption(model, SYMMETRIC, Symmetric(weight.name))
    if piecewise(pieces, 1).open:
        entry = quantity_of(model, here.before).entry
        yield _assumption(model, NO_ZERO, Nonzero(entry, ranges_of([entry], model)))
    for cost in model.costs:
        through = Members(Partial(Entry(cost), here.after))
        slope = Members(Apply(here.function, 1, here.before))
        yield _assumption(model, SLOPES, _separate(model, slope, through))
        above = Partial(Entry(cost), into)
        yield _assumption(
            model, GRADIENTS, _separate(model, _block(model, weight), _block(model, above))
        )
        yield _assumption(model, SIGNALS, _separate(model, Members(below), Members(above)))


def _sum(model: Model, before: str) -> tuple[Entry, Entry, Entry]:
    """A pre-activation, a weight in it, and the activation that this is multiplied with."""
    for d in model.definitions:
        s = d.statement
        if s.left.name == before:
            found = [e for e, _ in occurrences(s.right, Entry)]
            weight = [e for e in found if model.family(e).kind == "random"]
            below = [e for e in found if model.family(e).kind == "defined"]
            if weight and below:
                return s.left, weight[0], below[0]
    raise Undeclared(f"{model.name}: {before} is no sum of weights times activations")


def _block(model: Model, e: Expr) -> Members:
    """All entries of the layer of one."""
    entry = e.by if isinstance(e, Partial) else e
    first, *others = model.family(entry).ranges
    at = {first.index: entry.indices[0]}
    over = tuple(Range(r.index, put(r.lo, at), put(r.hi, at)) for r in others)
    whole = Entry(entry.name, entry.indices[0], *(r.index for r in over))
    return Members(Partial(e.of, whole) if isinstance(e, Partial) else whole, over)


def _separate(model: Model, left: Members, right: Members) -> Separate:
    firsts: Sequence[Expr] = [put(m.of, {r.index: r.lo for r in m.over}) for m in (left, right)]
    return Separate(left, right, ranges_of(firsts, model))
