"""Exact E, Var and Cov by plain counting. Not trusted: shares nothing with the rules.

A term is written out once on a tape of operations: definitions run forward, costs are
differentiated backward.  The operations that matter are then done for every joint outcome of
the sources they need; where some have a density, `cells` multiplies out and puts moments in.

Glossary: e an expression, at the values of the indices in force, a node a place on the tape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product as combinations
from math import lcm, prod
from typing import Any, NamedTuple

from sympy import Expr

from derive.counting import cells
from derive.counting.continuous import Continuous
from derive.counting.exact import Number, exactly, plain, power, sign
from derive.counting.instance import Indices, Instance, JointLaw, Key, text
from derive.counting.tape import Node, Tape
from derive.errors import Refused
from derive.terms import E, term


class Counted(NamedTuple):
    """A value and the number of cases over which it was counted."""

    value: Fraction | Expr
    cases: int


def evaluate(e: Expr, instance: Instance, at: Indices | None = None) -> Fraction | Expr:
    """The value of a term, free indices put in, every E, Var and Cov counted."""
    return count(e, instance, at).value


def count(
    e: Expr, instance: Instance, at: Indices | None = None, *, at_most: int = 2**18
) -> Counted:
    """The value of a term with the number of cases; Refused if these are more than ``at_most``.

    The value is no Fraction only where a law or the term itself has roots and the like.
    """
    whole = _Whole((e,), instance, at or {})
    whole.check(at_most)
    return Counted(whole.values[0], whole.cases)


def cases(e: Expr, instance: Instance, at: Indices | None = None) -> int:
    """How many joint outcomes `count` would go through, over all E, Var and Cov of a term."""
    whole = _Whole((e,), instance, at or {})
    whole.check()
    return whole.cases


class Compared(NamedTuple):
    """The values of two terms, and of what is random in them if they are random themselves.

    ``moments`` says whether they have moments in them.
    """

    left: Fraction | Expr
    right: Fraction | Expr
    cases: int
    random: Mapping[Key, Number]
    moments: bool


def compared(
    left: Expr, right: Expr, instance: Instance, at: Indices | None = None, *, at_most: int = 2**18
) -> Compared:
    """Two terms counted; random ones in the first outcome in which they differ, if there is one.

    Refused where that takes more than ``at_most`` cases, or outcomes that cannot be gone through.
    """
    whole = _Whole((left, right), instance, at or {})
    program = whole.program
    if not program.sources:
        whole.check(at_most)
        a, b = whole.values
        return Compared(a, b, whole.cases, {}, bool(program.heads))
    if program.outcomes is None or program.outcomes > at_most:
        raise Refused(f"the outcomes of {left} and {right} are too many")
    for values in program.each_outcome():
        a, b = (_fraction(exactly(values[n])) for n in program.roots)
        random = {program.nodes[n].data: values[n] for nodes in program.sources for n in nodes}
        if sign(a - b) != 0:
            break
    return Compared(a, b, program.outcomes, random, bool(program.heads))


def _fraction(value: Number) -> Fraction | Expr:
    return value if isinstance(value, Expr) else Fraction(value)


def _operation(node: Node, get: Callable[[int], Any]) -> Callable[[], Number]:
    kind, args, data = node
    if kind == "sum":
        return lambda: sum(map(get, args))
    if kind == "product":
        return lambda: prod(map(get, args))
    if kind == "power":
        return lambda: power(get(args[0]), data)
    if kind == "apply":
        return lambda: exactly(data[0](data[1], get(args[0])))
    if kind == "function":
        return lambda: exactly(data(term(get(args[0]))))
    if kind == "gradient":
        return lambda: exactly(data[0](tuple(map(get, args)))[data[1]])
    return lambda: data.value if kind == "head" else data


class _Program:
    """The operations that some nodes need, and the laws of the sources that these need."""

    def __init__(self, tape: Tape, roots: Sequence[int]) -> None:
        self.nodes, self.roots = tape.nodes, roots
        todo, live = list(roots), set()
        while todo:
            node = todo.pop()
            if node not in live:
                live.add(node)
                todo += self.nodes[node].args
        self.live = sorted(live)
        self.heads = {self.nodes[n].data for n in self.live if self.nodes[n].kind == "head"}
        blocks: dict[tuple[Key, ...], list[int]] = {}
        for n in self.live:
            if self.nodes[n].kind == "source":
                blocks.setdefault(tape.instance.block(self.nodes[n].data)[0], []).append(n)
        self.sources = list(blocks.values())
        self.laws = [self._law(tape.instance, nodes) for nodes in self.sources]

    def _law(self, instance: Instance, nodes: Sequence[int]) -> JointLaw | Continuous:
        """The joint law of the sources in one block that are needed."""
        needed = [self.nodes[n].data for n in nodes]
        keys, law = instance.block(needed[0])
        if isinstance(law, Continuous):
            return law
        places = [keys.index(key) for key in needed]
        found: dict[tuple[Number, ...], Number] = {}
        for values, p in law:
            if p:
                row = tuple(values[place] for place in places)
                found[row] = found.get(row, 0) + p
        return tuple(found.items())

    @property
    def outcomes(self) -> int | None:
        """How many joint outcomes there are; None if they cannot be gone through."""
        laws = self._finite
        if len(laws) < len(self.laws) or any(isinstance(p, Expr) for law in laws for _, p in law):
            return None
        return prod(map(len, laws))

    @cached_property
    def _finite(self) -> list[JointLaw]:
        return [law for law in self.laws if not isinstance(law, Continuous)]

    def each_outcome(self) -> Iterator[Sequence[Any]]:
        """The value of every node that is needed, for one joint outcome after the other."""
        values: list[Any] = [None] * len(self.nodes)
        given = {n for nodes in self.sources for n in nodes}
        work = [(n, _operation(self.nodes[n], values.__getitem__)) for n in self.live
                if n not in given]  # fmt: skip
        for outcome in combinations(*self._finite):
            for nodes, (row, _) in zip(self.sources, outcome, strict=True):
                for n, value in zip(nodes, row, strict=True):
                    values[n] = value
            for n, compute in work:
                values[n] = compute()
            yield values

    @cached_property
    def counted(self) -> tuple[list[Number], int]:
        """The mean of each root, and the number of cases."""
        if self.outcomes is not None:
            return self._means(), self.outcomes
        return cells.means(
            self.nodes, self.live, self.roots, [*zip(self.sources, self.laws, strict=True)]
        )

    def _means(self) -> list[Number]:
        """The mean of each root, in one pass; what an outcome leaves as it was is not redone."""
        scales = [lcm(*(p.denominator for _, p in law)) for law in self._finite]
        pairs = zip(self._finite, scales, strict=True)
        laws = [[(r, int(p * q)) for r, p in law] for law, q in pairs]
        values: list[Any] = [None] * len(self.nodes)
        level = {n: k for k, nodes in enumerate(self.sources, 1) for n in nodes}
        work: list[list[tuple[int, Callable[[], Number]]]] = [[] for _ in range(len(laws) + 1)]
        for n in self.live:
            if n not in level:
                level[n] = max((level[a] for a in self.nodes[n].args), default=0)
                work[level[n]].append((n, _operation(self.nodes[n], values.__getitem__)))
        for n, compute in work[0]:
            values[n] = compute()
        totals: list[Any] = [0] * len(self.roots)
        weights = [1] * (len(laws) + 1)
        before: Sequence[Any] = [None] * len(laws)
        for outcome in combinations(*laws):
            changed = next((k for k, o in enumerate(outcome) if o is not before[k]), len(laws))
            for k in range(changed, len(laws)):
                row, weight = outcome[k]
                weights[k + 1] = weights[k] * weight
                for n, value in zip(self.sources[k], row, strict=True):
                    values[n] = value
                for n, compute in work[k + 1]:
                    values[n] = compute()
            before = outcome
            for k, root in enumerate(self.roots):
                totals[k] += weights[-1] * values[root]
        return [plain(Fraction(1, prod(scales)) * total) for total in totals]


class _Head:
    """E, Var or Cov of something, ready to be counted."""

    def __init__(self, e: Expr, tape: Tape, at: Indices) -> None:
        roots = [tape.write(a, at) for a in e.args]
        if not isinstance(e, E):
            roots.append(tape.times(roots[0], roots[-1]))
        self.program = _Program(tape, roots)

    @property
    def cases(self) -> int:
        outcomes = self.program.outcomes
        return self.program.counted[1] if outcomes is None else outcomes

    @cached_property
    def value(self) -> Number:
        """``E[u]``, or ``E[u v] - E[u] E[v]``."""
        means = self.program.counted[0]
        return means[0] if len(means) == 1 else means[-1] - means[0] * means[-2]


class _Heads:
    """The moments met so far, each counted once."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.met: dict[Any, _Head] = {}

    def __call__(self, e: Expr, at: Indices) -> _Head:
        key = e, tuple((s, value) for s, value in at.items() if s in e.free_symbols)
        if key not in self.met:
            self.met[key] = _Head(e, Tape(self.instance, self), at)
        return self.met[key]


class _Whole:
    """Terms as they stand, with all the moments in them."""

    def __init__(self, terms: Sequence[Expr], instance: Instance, at: Indices) -> None:
        tape = Tape(instance, _Heads(instance))
        self.terms = terms
        try:
            self.program = _Program(tape, [tape.write(e, at) for e in terms])
        except RecursionError:
            said = " and ".join(map(str, terms))
            raise Refused(f"{said} is defined through too many entries to be counted") from None

    def check(self, at_most: int | None = None) -> None:
        """Refuse what is random, and what takes more cases."""
        for source in self.program.sources:
            name = text(self.program.nodes[source[0]].data)
            raise Refused(f"{name} is random: it has no value outside E, Var and Cov")
        if at_most is not None and self.cases > at_most:
            said = " and ".join(map(str, self.terms))
            raise Refused(f"counting {said} takes {self.cases} cases, more than {at_most}")

    @property
    def cases(self) -> int:
        found: set[_Head] = set()
        todo = list(self.program.heads)
        while todo:
            head = todo.pop()
            if head not in found:
                found.add(head)
                todo += head.program.heads
        return sum(head.cases for head in found)

    @property
    def values(self) -> list[Fraction | Expr]:
        return [_fraction(value) for value in self.program.counted[0]]
