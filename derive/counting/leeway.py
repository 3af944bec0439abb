"""What a model leaves free: which variances, and which sizes it allows. Not trusted.

Glossary: at the values of sizes and indices, a key a family name and the indices of one entry.
"""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Expr, Symbol

from derive.counting.small import Absent, At, indices, number, value_of
from derive.model import Distributed, Model, SameLaw, Statement, key_of
from derive.powers import Outside
from derive.subterms import names_in, occurrences
from derive.terms import HEADS, E, Entry, Partial, Var

Key = tuple[str, tuple[int, ...]]


def free(u: Expr, model: Model) -> bool:
    """Whether the model leaves the variance of a random entry free, up to being one for some."""
    facts = Leeway(model)
    kind = model.family(u).kind if isinstance(u, Entry) else ""
    return kind == "random" and not facts.opaque and key_of(u) not in facts.fixed


class Leeway:
    """What a model says of the variances: which are one number, and which are not free.

    What it says of something defined, and equations that may have consequences for the sizes, are
    not taken apart: then it is ``opaque``, and nothing is free.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.alike: dict[str, set[int]] = {}
        self.fixed: set[str] = set()
        self._sizes: list[Statement] = []
        self.opaque = False
        equations: list[Statement] = []
        for fact in (f for a in model.assumptions for f in a.facts):
            if isinstance(fact, SameLaw):
                self.alike.setdefault(fact.key, set()).update(fact.slots)
            elif isinstance(fact, Distributed):
                self.fixed.add(fact.entry.name)
            elif isinstance(fact, Statement) and not fact.over:
                if self._of_sizes(fact):
                    self._sizes.append(fact)
                    continue
                spoken = (x for e in (fact.left, fact.right) for x, _ in occurrences(e, Entry))
                self.opaque |= any(self._kind(x.name) == "defined" for x in spoken)
                if self._take(fact.left, fact.right):
                    equations.append(fact)
        self.opaque |= any(map(self._binds, _by_family(equations)))

    def allow(self, at: At) -> bool:
        """Whether the sizes are as the model says, for all indices; raises Outside."""
        return all(
            value_of(s.left, inner) == value_of(s.right, inner)
            for s in self._sizes
            for inner in indices(s.ranges, at)
        )

    def _of_sizes(self, s: Statement) -> bool:
        kinds = set(map(self._kind, names_in(s.left, s.right)))
        return not s.left.has(*HEADS) and not s.right.has(*HEADS) and kinds <= {"size"}

    def _kind(self, name: str) -> str:
        return self.model.families[name].kind if name in self.model.families else ""

    def _binds(self, equations: list[Statement]) -> bool:
        """Whether what is said of one family may be possible for some sizes alone.

        A single equation is possible for all if it says what one moment is, in positive terms.
        """
        sides = [e for s in equations for e in (s.left, s.right)]
        if not any(self.model.least(x) is not None for e in sides for x in e.atoms(Symbol, Entry)):
            return False
        if len(equations) > 1:
            return True
        (s,) = equations
        moments = (s.left / s.right).as_powers_dict() if s.right else {}
        return not any(isinstance(m, Var) and power in (1, -1) for m, power in moments.items())

    def _take(self, left: Expr, right: Expr) -> bool:
        """Note what an equation fixes; False for one that only says that means or moments agree."""
        if isinstance(left, E) and isinstance(left.args[0], (Entry, Partial)) and right == 0:
            return False
        if isinstance(left, (E, Var)) and type(left) is type(right):
            x, y = left.args[0], right.args[0]
            if all(isinstance(u, (Entry, Partial)) for u in (x, y)) and key_of(x) == key_of(y):
                pairs = enumerate(zip(entry_of(x).indices, entry_of(y).indices, strict=True))
                slots = {n for n, (a, b) in pairs if a != b and isinstance(left, Var)}
                self.alike.setdefault(key_of(x), set()).update(slots)
                return False
        for e in (left, right):
            self.fixed.update(x.name for x, _ in occurrences(e, Entry))
        return True

    def key(self, u: Expr, at: At) -> Key:
        """The name and indices of a free entry; those that are alike are the first of them."""
        entry = entry_of(u)
        family = self.model.family(entry)
        if isinstance(u, Entry) and family.kind not in ("random", "given"):
            raise Outside("{} is not free", u)
        if self.opaque or self.fixed & {entry.name, key_of(u)}:
            raise Outside("the model fixes {}", u)
        indices = tuple(number(a, at) for a in entry.indices)
        inside, first = dict(at), []
        for value, (index, lo, hi, but) in zip(indices, family.ranges, strict=True):
            start = number(lo, inside)
            if not start <= value <= number(hi, inside) or but:
                raise Absent
            inside[index] = value
            first.append(start)
        if isinstance(u, Partial):
            self._top(u, indices, at)
        alike = self.alike.get(key_of(u), set())
        return key_of(u), tuple(first[n] if n in alike else a for n, a in enumerate(indices))

    def _top(self, u: Partial, indices: tuple[int, ...], at: At) -> None:
        """Raises Outside unless the cost is a function of this very entry."""
        cost = self.model.cost_of(u)
        bound = {r.index for r in cost.ranges} if cost else set()
        if (
            cost is None
            or entry_of(u).name != cost.of.name
            or any(
                a not in bound and number(a, at) != value
                for a, value in zip(cost.of.indices, indices, strict=True)
            )
        ):
            raise Outside("{} is not free", u)


def _by_family(equations: Iterable[Statement]) -> list[list[Statement]]:
    """The equations that speak of the moments of each family."""
    found: dict[str, list[Statement]] = {}
    for s in equations:
        heads = {h for side in (s.left, s.right) for h in side.atoms(*HEADS)}
        for name in {x.name for h in heads for x, _ in occurrences(h, Entry)}:
            found.setdefault(name, []).append(s)
    return list(found.values())


def entry_of(u: Expr) -> Entry:
    e = u.by if isinstance(u, Partial) else u
    if not isinstance(e, Entry):
        raise Outside("{} is not an entry of a family", u)
    return e
