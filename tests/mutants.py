"""True formulas with small mistakes in them, and what they are worth by exact evaluation.

Nothing of the engine is used to find out whether a mutant is still true: product formulas are
evaluated by plain loops, moments by the oracle, on many instances.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from random import Random
from typing import Any

from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol, symbols

from derive.counting.instance import Instance, two_point
from derive.counting.oracle import evaluate
from derive.model import Independent, Model, Statement, Unit
from derive.read.declare import notation
from derive.substitution import put
from derive.terms import Cov, E, Entry, Partial, Product, Range, Sum, Var, rebuild

i, d, k = symbols("i d k")
C = Entry("C")
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83)


@dataclass(frozen=True)
class Mutant:
    """A claim, and whether it is true wherever all of it exists."""

    claim: Statement
    true: bool


# -- product formulas of the paper


def n(layer: Any) -> Entry:
    return Entry("n", layer)


def w(layer: Any) -> Expr:
    return Var(Entry("W", layer, 1, 1))


X, TOP = Var(Entry("x", 1)), Var(Partial(C, Entry("s", d, 1)))
UP = Product(n(k) * w(k), (k, 0, i - 1))
GLOROT = notation("glorot").model

FORMULAS: tuple[tuple[Expr, Expr, Expr], ...] = (
    (Var(Entry("z", i, 1)), X * UP, d + 1),
    (Var(Partial(C, Entry("s", i, 1))), TOP * Product(n(k + 1) * w(k), (k, i + 1, d)), d),
    (Var(Partial(C, Entry("z", i, 1))), TOP * Product(n(k + 1) * w(k), (k, i, d)), d),
    (
        Var(Partial(C, Entry("W", i, 1, 1))),
        X * TOP * UP * Product(n(k + 1) * w(k), (k, i + 1, d)),
        d,
    ),
)


def products(count: int, seed: int) -> Iterator[Mutant]:
    """Closed forms of four variances, with none to three things changed."""
    random = Random(seed)
    for _ in range(count):
        left, right, last = random.choice(FORMULAS)
        mutated = right
        for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3))):
            mutated = random.choice((changed, same_value))(mutated, random)
        true = _same_product(right, mutated, last)
        if true is not None:
            yield Mutant(Statement(left, mutated, (Range(i, Integer(0), last),)), true)


def changed(e: Expr, random: Random) -> Expr:
    """One small mistake somewhere in a product formula."""
    place = random.choice([*_factors(e)])
    new = _mistake(place, random)
    return _with(e, place, new)


def _factors(e: Expr) -> Iterator[Expr]:
    for a in Mul.make_args(e):
        yield a
        if isinstance(a, Product):
            yield from _factors(a.body)


def _with(e: Expr, old: Expr, new: Expr) -> Expr:
    if e == old:
        return new
    if isinstance(e, Mul):
        return Mul(*(_with(a, old, new) for a in e.args))
    if isinstance(e, Product):
        return rebuild(e, (_with(e.body, old, new), *e.args[1:]))
    return e


def _mistake(e: Expr, random: Random) -> Expr:
    if isinstance(e, Product):
        index, lo, hi, _ = e.range
        s = random.choice((1, -1))
        return random.choice((
            Product(e.body, (index, lo + s, hi)),
            Product(e.body, (index, lo, hi + s)),
            Product(e.body, (index, lo + s, hi + s)),
            Product(e.body * n(index), (index, lo, hi)),
            e * n(random.choice((i, d))),
            e * w(random.choice((i, d))) / w(random.choice((i, d))),
        ))  # fmt: skip
    if isinstance(e, Entry):
        return n(e.indices[0] + random.choice((1, -1)))
    if isinstance(e, Var) and isinstance(e.args[0], Entry) and e.args[0].name == "W":
        return w(e.args[0].indices[0] + random.choice((1, -1)))
    return random.choice((Integer(1), e**2, X, TOP))


def same_value(e: Expr, random: Random) -> Expr:
    """The same product written in another way."""
    found = [a for a in Mul.make_args(e) if isinstance(a, Product)]
    if not found:
        return e
    p = random.choice(found)
    index, lo, hi, _ = p.range
    moved = Product(put(p.body, index, index + 1), (index, lo - 1, hi - 1))
    apart = Mul(*(Product(f, (index, lo, hi)) for f in Mul.make_args(p.body)))
    longer = Product(p.body, (index, lo, hi + 1)) / put(p.body, index, hi + 1)
    turned = Product(put(p.body, index, hi + lo - index), (index, lo, hi))
    return e / p * random.choice((moved, apart, longer, turned))


class _Absent(Exception):
    pass


def _same_product(true: Expr, mutated: Expr, last: Expr) -> bool | None:
    """Whether two formulas agree at every depth up to 5, every layer, two choices of numbers.

    None where the mutant does not exist at all depths and layers but a few.
    """
    seen = 0
    for depth in range(6):
        for layer in range(int(last.subs(d, depth)) + 1):
            for numbers in (_first, _second):
                at = {d: depth, i: layer}
                try:
                    a, b = _value(true, at, numbers), _value(mutated, at, numbers)
                except _Absent:
                    continue
                seen += 1
                if a != b:
                    return False
    return True if seen > 4 else None


def _first(kind: str, layer: int) -> Fraction:
    return Fraction(PRIMES[2 * layer + (kind == "W")])


def _second(kind: str, layer: int) -> Fraction:
    return Fraction(PRIMES[(5 * layer + 3 * (kind == "W")) % 23] + layer)


def _value(e: Expr, at: dict[Symbol, int], numbers: Callable[[str, int], Fraction]) -> Fraction:
    if isinstance(e, Rational):
        return Fraction(int(e.p), int(e.q))
    if isinstance(e, Mul):
        return prod((_value(a, at, numbers) for a in e.args), start=Fraction(1))
    if isinstance(e, Pow):
        return _value(e.base, at, numbers) ** int(e.exp)
    if isinstance(e, Product):
        index, lo, hi, _ = e.range
        first, stop = int(lo.subs(at)), int(hi.subs(at)) + 1
        if stop < first:
            raise _Absent
        factors = (_value(e.body, {**at, index: t}, numbers) for t in range(first, stop))
        return prod(factors, start=Fraction(1))
    inner = e.args[0] if isinstance(e, Var) else e
    if isinstance(inner, Partial):
        return Fraction(89)
    if inner.name == "x":
        return Fraction(97)
    layer = int(inner.indices[0].subs(at))
    if not 0 <= layer <= at[d] + (inner.name == "n"):
        raise _Absent
    return numbers(inner.name, layer)


# -- moments of a few random variables


def variables() -> tuple[Model, tuple[Expr, ...]]:
    """x, y and a dependent pair u, v; sums over w_j of mean 0."""
    model = Model("mutants")
    size = model.size("m")
    x, y, u, v = (model.random(name)[()] for name in "xyuv")
    a = model.random("a", (Symbol("j"), 1, size))
    j = Symbol("j")
    model.assume("apart", Independent((Unit(("x",)), Unit(("y",)), Unit(("u", "v")))), text="")
    model.assume("each", Independent((Unit(("a",), True), Unit(("x", "y", "u", "v")))), text="")
    model.assume("centred", Statement(E(a[j]), Integer(0), (Range(j, Integer(1), size),)), text="")
    same = Statement(Var(a[j]), Var(a[1]), (Range(j, Integer(1), size),))
    model.assume("alike", same, text="")
    return model, (x, y, u, v, Sum(a[j], (j, 1, size)), size)


MODEL, (VX, VY, VU, VV, TOTAL, SIZE) = variables()


def moments(count: int, seed: int) -> Iterator[Mutant]:
    """Variances and covariances of polynomials, written out, with none to two things changed."""
    random = Random(seed)
    instances = [*_instances()]
    for _ in range(count):
        left, right = _identity(random)
        for _ in range(random.choice((0, 1, 1, 2))):
            right = _slip(right, random)
        true = all(evaluate(left, at) == evaluate(right, at) for at in instances)
        yield Mutant(Statement(left, right), true)


def _identity(random: Random) -> tuple[Expr, Expr]:
    """Both sides of a law, at some of the variables."""
    x, y = random.sample((VX, VY, VU), 2)
    c = Integer(random.choice((1, 2, 3, -1)))
    a = Var(Entry("a", 1))
    return random.choice((
        (Var(x + c * y), Var(x) + c**2 * Var(y)),
        (Var(x * y), Var(x) * Var(y) + E(x) ** 2 * Var(y) + E(y) ** 2 * Var(x)),
        (Var(x * y), E(x**2) * E(y**2) - E(x) ** 2 * E(y) ** 2),
        (Var(VU + c * VV), Var(VU) + c**2 * Var(VV) + 2 * c * Cov(VU, VV)),
        (Cov(x + y, x), E(x**2) - E(x) ** 2),
        (Var(x), E(x**2) - E(x) ** 2),
        (E((x + y) ** 2), E(x**2) + 2 * E(x) * E(y) + E(y**2)),
        (Var(TOTAL), SIZE * a),
        (Var(x * TOTAL), SIZE * a * E(x**2)),
        (E(TOTAL * x), Integer(0)),
        (Cov(VU * x, VV), E(x) * Cov(VU, VV)),
    ))  # fmt: skip


def _slip(e: Expr, random: Random) -> Expr:
    """One small mistake, or an equal term written otherwise, in a sum of products."""
    terms = list(Add.make_args(e))
    at = random.randrange(len(terms))
    factors = list(Mul.make_args(terms[at]))
    place = random.randrange(len(factors))
    f = factors[place]
    base, power = f.as_base_exp()
    ways: list[Expr] = [2 * f, f * SIZE, Integer(1), -f, f * Var(VX)]
    if isinstance(f, Var):
        ways += [E(f.args[0] ** 2), E(f.args[0] ** 2) - E(f.args[0]) ** 2, Var(VY)]
    if isinstance(base, E) and power == 2:
        ways += [E(base.args[0] ** 2), Var(base.args[0]), E(base.args[0] ** 2) - Var(base.args[0])]
    if isinstance(f, Cov):
        ways += [E(f.args[0] * f.args[1]), E(Mul(*f.args)) - E(f.args[0]) * E(f.args[1])]
    factors[place] = random.choice(ways)
    terms[at] = Mul(*factors)
    return Add(*terms)


def _instances() -> Iterator[Instance]:
    """Numbers for the variables: six choices of laws and sizes; u and v depend on each other."""
    from derive.counting.instance import Joint

    for number, size in enumerate((1, 2, 3, 2, 1, 2)):
        p = Fraction(number + 2, number + 7)
        pair = (((Fraction(1 + number), Fraction(2)), p), ((Fraction(-1), Fraction(number)), 1 - p))
        laws = {
            "x": two_point(number + 1, Fraction(number, 2)),
            "y": two_point(Fraction(number + 1, 3), number - 2),
            "a": two_point(number + 2),
        }
        yield Instance(MODEL, {SIZE: size}, laws, (Joint((VU, VV), pair),))
