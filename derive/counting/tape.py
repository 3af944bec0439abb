"""A term written out as operations, each on the results of earlier ones. Not trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from sympy import Add, Expr, Mul, Pow, erf, exp

from derive.counting.instance import Indices, Instance, Key, text
from derive.errors import Refused
from derive.model import Cost, key_of
from derive.terms import BINDERS, HEADS, Apply, Entry, Partial, Sum


class Node(NamedTuple):
    kind: str
    args: tuple[int, ...] = ()
    data: Any = None


ONE = 0
MOST_NODES = 200_000


class Tape:
    """Operations, each on the results of earlier ones; every entry has a node of its own.

    ``head`` makes of E, Var or Cov, at the indices in force, what counts it.
    """

    def __init__(self, instance: Instance, head: Callable[[Expr, Indices], Any]) -> None:
        self.instance, self.head = instance, head
        self.nodes = [Node("number", (), 1)]
        self.entries: dict[Key, int] = {}
        self.begun: set[Key] = set()
        self.gradients: dict[str, dict[int, int]] = {}

    def node(self, kind: str, args: Iterable[int] = (), data: Any = None) -> int:
        if len(self.nodes) > MOST_NODES:
            raise Refused(f"written out, this is longer than {MOST_NODES} operations")
        self.nodes.append(Node(kind, tuple(args), data))
        return len(self.nodes) - 1

    def times(self, *args: int) -> int:
        rest = [a for a in args if a != ONE]
        return self.node("product", rest) if len(rest) > 1 else rest[0] if rest else ONE

    def write(self, e: Expr, at: Indices) -> int:
        """Write an expression out at the indices in force."""
        instance = self.instance
        if isinstance(e, Entry) and instance.kind(e.name) != "size":
            return self.entry(instance.key(e, at))
        if isinstance(e, Partial):
            return self.partial(e, at)
        if isinstance(e, HEADS):
            return self.node("head", (), self.head(e, at))
        if isinstance(e, Apply):
            return self.node("apply", (self.write(e.at, at),), (instance.function(e.name), e.order))
        if isinstance(e, BINDERS):
            parts = [self.write(e.body, inner) for inner in instance.points((e.range,), at)]
            return self.node("sum" if isinstance(e, Sum) else "product", parts)
        if isinstance(e, Add | Mul):
            parts = [self.write(a, at) for a in e.args]
            return self.node("sum" if isinstance(e, Add) else "product", parts)
        if isinstance(e, Pow):
            return self.node("power", (self.write(e.base, at),), instance.exponent(e.exp, at))
        if isinstance(e, exp | erf):
            return self.node("function", (self.write(e.args[0], at),), type(e))
        return self.node("number", (), instance.number(e, at))

    def entry(self, key: Key) -> int:
        """The node of an entry."""
        if key not in self.entries:
            if key in self.begun:
                raise Refused(f"{text(key)} is defined by way of itself")
            self.begun.add(key)
            self.entries[key] = self.new_entry(key)
        return self.entries[key]

    def new_entry(self, key: Key) -> int:
        kind = self.instance.kind(key[0])
        if kind == "defined":
            return self.node("sum", (self.write(*self.instance.definition(key)),))
        if kind == "random":
            return self.node("source", (), key)
        return self.node("number", (), self.instance.given_number(key))

    def partial(self, e: Partial, at: Indices) -> int:
        """A derivative, by back-propagation."""
        instance, cost = self.instance, self.instance.model.cost_of(e)
        by = instance.key(e.by, at)
        if cost is not None:
            slopes = self.gradient(cost)
        else:
            right = e.of, at
            if isinstance(e.of, Entry):
                of = instance.key(e.of, at)
                if of != by and instance.kind(of[0]) == "defined":
                    right = instance.definition(of)
            if right[0].has(Partial):
                raise Refused(f"{e} is a derivative of a derivative, which is not counted")
            root = self.write(*right)
            slopes = self.sweep({root: ONE}, set(self.entries.values()))
        found = slopes.get(self.entries.get(by, -1))
        return self.node("number", (), 0) if found is None else found

    def gradient(self, cost: Cost) -> dict[int, int]:
        """The derivatives of a cost by everything that it is computed from."""
        if cost.name not in self.gradients:
            instance = self.instance
            keys = [instance.key(cost.of, at) for at in instance.points(cost.ranges, {})]
            tops = [self.entry(key) for key in keys]
            if cost.name in instance.costs:
                rule = instance.costs[cost.name]
                seeds = [self.node("gradient", tops, (rule, k)) for k in range(len(tops))]
            else:
                name = key_of(Partial(Entry(cost.name), cost.of))
                seeds = [self.node("source", (), (name, key[1])) for key in keys]
            found = self.sweep(dict(zip(tops, seeds, strict=True)), set())
            if [found[top] for top in tops] != seeds:
                raise Refused(f"the cost {cost.name} is of entries computed from each other")
            self.gradients[cost.name] = found
        return self.gradients[cost.name]

    def sweep(self, seeds: Mapping[int, int], fixed: set[int]) -> dict[int, int]:
        """The derivative by each node, from the last to the first; fixed ones are not opened."""
        parts = {node: [seed] for node, seed in seeds.items()}
        found: dict[int, int] = {}
        for node in range(max(parts, default=-1), -1, -1):
            if node in parts:
                several = parts[node]
                found[node] = several[0] if len(several) == 1 else self.node("sum", several)
                for arg, slope in () if node in fixed else self.slopes(self.nodes[node]):
                    parts.setdefault(arg, []).append(self.times(found[node], slope))
        return found

    def slopes(self, node: Node) -> Iterator[tuple[int, int]]:
        """Each argument of an operation with the derivative by it."""
        kind, args, data = node
        for j, arg in enumerate(args):
            if kind == "sum":
                yield arg, ONE
            elif kind == "product":
                yield arg, self.times(*args[:j], *args[j + 1 :])
            elif kind == "power":
                lower = self.node("power", args, data - 1)
                yield arg, self.times(self.node("number", (), data), lower)
            elif kind == "apply":
                yield arg, self.node("apply", args, (data[0], data[1] + 1))
            else:
                raise Refused("a cost is computed from its own derivatives")
