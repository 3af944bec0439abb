"""What He et al. (2015) suppose of a network with rectifiers, by name. Not trusted: it is declared.

symmetric-weights       P[s = 0] = 0
f'(s) independent of the gradients that come in
the weights of a layer, and what they are multiplied with, independent of the gradients behind
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Expr

from derive.errors import Undeclared
from derive.model import Assumption, Fact, Members, Model, Nonzero, Separate, Symmetric
from derive.piecewise import Pieces, piecewise
from derive.proving.network import quantity_of
from derive.proving.rectified import Bend
from derive.read.declarations import Declarations
from derive.read.ranges import ranges_of
from derive.substitution import put
from derive.subterms import occurrences
from derive.terms import Apply, Entry, Partial, Range

SYMMETRIC, NO_ZERO = "symmetric-weights", "no-zero"
SLOPES, GRADIENTS, SIGNALS = "independent-slopes", "independent-gradients", "independent-signals"


def assumption(model: Model, name: str, *facts: Fact) -> Assumption:
    """Facts under one name, as the declaration language says them."""
    said = Declarations(model)
    return Assumption(name, facts, "; ".join(map(said.fact, facts)))


def variable(model: Model) -> Entry:
    """A name for any variable."""
    taken = {*model.families, *model.functions, *model.costs, *map(str, model.sizes)}
    return Entry(next(n for n in ("s", "u", "v", "t", "u'") if n not in taken))


def taken(model: Model, here: Bend, pieces: Pieces) -> Iterator[Assumption]:
    """The named assumptions; each is used only where it is needed."""
    into, weight, below = _sum(model, here.before.name)
    yield assumption(model, SYMMETRIC, Symmetric(weight.name))
    if piecewise(pieces, 1).open:
        entry = quantity_of(model, here.before).entry
        yield assumption(model, NO_ZERO, Nonzero(entry, ranges_of([entry], model)))
    for cost in model.costs:
        through = Members(Partial(Entry(cost), here.after))
        slope = Members(Apply(here.function, 1, here.before))
        yield assumption(model, SLOPES, _separate(model, slope, through))
        above = Partial(Entry(cost), into)
        yield assumption(
            model, GRADIENTS, _separate(model, _block(model, weight), _block(model, above))
        )
        yield assumption(model, SIGNALS, _separate(model, Members(below), Members(above)))


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
