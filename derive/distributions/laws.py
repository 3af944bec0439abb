"""Laws by the names people give them, what their parameters must be, and a model of one variable.

Not trusted: what the names mean is said in `densities`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sympy import Expr, Symbol

from derive.densities import LAWS, Law
from derive.errors import Refused, Undeclared
from derive.meaning import check_term
from derive.model import Distributed, Family, Model
from derive.positive import positive
from derive.read.laws import HEAVY
from derive.scope import Scope
from derive.terms import Entry, Range, term

ALIASES = {
    "u": "uniform", "unif": "uniform", "n": "normal", "gaussian": "normal", "gauss": "normal",
    "truncated normal": "truncated-normal", "trunc-normal": "truncated-normal",
    "bern": "bernoulli", "discrete": "points", "sign": "rademacher", "two point": "two-point",
}  # fmt: skip
Bounds = tuple[Expr | None, Expr | None]
Condition = tuple[str, Callable[..., Expr]]
POSITIVE: dict[str, tuple[Condition, ...]] = {
    "uniform": (("the upper end less the lower end", lambda a, b: b - a),),
    "normal": (("the variance", lambda m, v: v),),
    "truncated-normal": (
        ("the variance", lambda m, v, c: v), ("the bound", lambda m, v, c: c),
    ),
    "laplace": (("the scale", lambda m, s: s),),
    "bernoulli": (("the probability of 1", lambda p: p), ("that of 0", lambda p: 1 - p)),
    "two-point": (
        ("the probability of the value", lambda a, b, p: p),
        ("that of the other", lambda a, b, p: 1 - p),
    ),
}  # fmt: skip


def law(name: str, *parameters: Any) -> Law:
    """A law with its parameters, numbers or terms; raises Undeclared, and TypeError for floats."""
    made = Law(full_name(name), tuple(map(term, parameters)))
    made.check()
    return made


def full_name(name: str) -> str:
    """The name by which a law is known here; raises Undeclared."""
    wanted = name.lower().replace("_", "-")
    wanted = ALIASES.get(wanted, wanted)
    if wanted in HEAVY:
        raise Undeclared(f"the {wanted.capitalize()} law {HEAVY[wanted]}")
    if wanted not in LAWS:
        from difflib import get_close_matches

        near = get_close_matches(wanted, [*LAWS, *ALIASES], 1, 0.4)
        hint = f"nearest: {near[0]}" if near else f"known: {', '.join(LAWS)}"
        raise Undeclared(f"no law is named {name}; {hint}")
    return wanted


def check_parameters(made: Law, scope: Scope) -> None:
    """Refuse parameters that are not shown to be possible."""
    for parameter in made.parameters:
        check_term(parameter, scope)
    for words, of in POSITIVE.get(made.name, ()):
        e = of(*made.parameters)
        if not positive(e, scope):
            said = "is not positive" if e.is_number else "was not shown to be positive"
            raise Refused("{} of the {} law, {}, {}", words, made.name, e, said)


def numbers(
    model: Model | None, terms: Iterable[Expr], bounds: dict[Expr, Bounds] | None = None
) -> Model:
    """The sizes and fixed numbers of a model; other letters stand for positive numbers.

    ``bounds`` are of letters that lie elsewhere.
    """
    known = model or Model("law")
    families = {n: f for n, f in known.families.items() if f.kind in ("size", "given")}
    letters = {e for t in terms for e in t.atoms(Entry) if e.name not in families}
    for e in sorted(letters, key=str):
        above, below = (bounds or {}).get(e, (term(0), None))
        families[e.name] = Family(e.name, "given", above=above, below=below)
    return Model("law", sizes=dict(known.sizes), families=families)


def natural(made: Law) -> dict[Expr, Bounds]:
    """Between which numbers a parameter lies that is one letter and stands in no other."""
    given = made.parameters
    lone = [isinstance(p, Entry) and not any(q.has(p) for q in given if q is not p) for p in given]
    found: dict[Expr, Bounds] = {}
    if made.name == "uniform" and all(lone):
        found = {given[0]: (None, None), given[1]: (given[0], None)}
    if made.name in ("normal", "truncated-normal", "laplace") and lone[0]:
        found = {given[0]: (None, None)}
    if made.name == "two-point":
        found = {p: (None, None) for p, one in zip(given[:2], lone, strict=False) if one}
    if made.name in ("two-point", "bernoulli") and lone[-1]:
        found[given[-1]] = (term(0), term(1))
    return found


def draw(model: Model, made: Law, *over: Range, assumption: str = "law") -> Distributed:
    """A random variable that has the law, one for each index, declared in the model."""
    name = free_name(model, "X")
    entry = model.random(name, *over)[tuple(r.index for r in over)]
    fact = Distributed(entry, made, over)
    model.assume(assumption, fact, text="")
    return fact


def free_name(model: Model, *wanted: str) -> str:
    """The first of some names, or the last one with primes, that the model does not use."""
    taken = {*model.families, *map(str, model.sizes)}
    plain = [name for name in wanted if name not in taken]
    return plain[0] if plain else next(
        n for n in (wanted[-1] + "'" * p for p in range(1, 99)) if n not in taken
    )  # fmt: skip


def as_numbers(
    terms: Iterable[Expr], model: Model | None, over: Iterable[Range]
) -> dict[Any, Expr]:
    """Symbols that mean nothing in the model, each as a fixed number of its name."""
    meant = {*(r.index for r in over), *(model.sizes if model else ())}
    free = set().union(*(t.free_symbols for t in terms)) - meant
    return {s: Entry(s.name) for s in sorted(free, key=str) if isinstance(s, Symbol)}
