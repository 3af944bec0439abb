"""What ``let`` lines define: for which indices, and from what. Trusted for meaning.

The families are found before any right side is read, so that recursions can refer to each
other; afterwards every entry on a right side has to exist, and no entry may need itself.
"""

from __future__ import annotations

from typing import NamedTuple

from sympy import Expr, Symbol

from derive.model import Definition, Family, Model
from derive.order import Order
from derive.read.names import latex, written
from derive.read.patterns import Pattern
from derive.read.ranges import entries
from derive.read.tokens import Token
from derive.read.values import Mismatch
from derive.substitution import put
from derive.terms import Entry, Range
from derive.writing.formula import SOURCE, write


class Let(NamedTuple):
    """A ``let`` line before its right side is read."""

    left: Pattern
    ranges: tuple[Range, ...]
    right: list[Token]


def family_of(lets: list[Let]) -> Family:
    """The family that some lines define together: the union of their ranges."""
    first = lets[0].left
    if any(let.left.marks != first.marks for let in lets):
        raise Mismatch(f"{latex(first.name)} is written with other indices here")
    shapes = [_slots(let) for let in lets]
    widest = max(range(len(lets)), key=lambda a: sum(r.lo != r.hi for r in shapes[a]))
    names = [r.index for r in shapes[widest]]
    merged: list[Range] = []
    varied = 0
    for a, model_slot in enumerate(shapes[widest]):
        pieces = []
        for slots in shapes:
            here = {s.index: t for s, t in zip(slots, names, strict=True)}
            piece = Range(names[a], put(slots[a].lo, here), put(slots[a].hi, here))
            at = {t: s.lo for s, t in zip(slots[:a], names, strict=False) if s.lo == s.hi}
            if (piece.lo, piece.hi) == (put(model_slot.lo, at), put(model_slot.hi, at)):
                piece = model_slot
            pieces.append(piece)
        different = any(piece != pieces[0] for piece in pieces)
        varied += different
        merged.append(_union(pieces, first.name) if different else pieces[0])
    if varied != (len(lets) > 1):
        raise Mismatch(f"{latex(first.name)} is defined more than once")
    preferred = _names(lets, names)
    change = dict(zip(names, preferred, strict=True))
    final = [Range(change[r.index], put(r.lo, change), put(r.hi, change)) for r in merged]
    return first.family("defined", tuple(final))


def _slots(let: Let) -> list[Range]:
    """The range of each index of one line, as if the index itself were the name."""
    by_index = {r.index: r for r in let.ranges}
    back: dict[Expr, Expr] = {}
    slots = []
    for a, index in enumerate(let.left.indices):
        symbols = [s for s in by_index if s in index.free_symbols]
        if not symbols:
            slots.append(Range(Symbol(f"\x00{a}"), index, index))
            continue
        name = symbols[0]
        shift = index - name
        if len(symbols) > 1 or shift.free_symbols & set(by_index):
            raise Mismatch(f"expected an index, or an index plus a number, not {index}")
        r = by_index.pop(name)
        slots.append(Range(name, put(r.lo, back) + shift, put(r.hi, back) + shift))
        back[name] = name - shift
    return slots


def _names(lets: list[Let], names: list[Symbol]) -> list[Symbol]:
    found = list(names)
    for a, _ in enumerate(names):
        plain = [let.left.indices[a] for let in lets if isinstance(let.left.indices[a], Symbol)]
        ranged = [s for s in plain if any(r.index == s for let in lets for r in let.ranges)]
        if ranged:
            found[a] = ranged[0]
    if len(set(found)) < len(found):
        found = list(names)
    return [Symbol(f"a{a}") if str(s).startswith("\x00") else s for a, s in enumerate(found)]


def _union(pieces: list[Range], name: str) -> Range:
    left = list(pieces)
    whole = left.pop(0)
    while left:
        for piece in left:
            if piece.lo - whole.hi == 1:
                whole = whole._replace(hi=piece.hi)
            elif whole.lo - piece.hi == 1:
                whole = whole._replace(lo=piece.lo)
            else:
                continue
            left.remove(piece)
            break
        else:
            raise Mismatch(
                f"the definitions of {latex(name)} overlap or leave a gap: "
                f"{whole.lo}..{whole.hi} and {left[0].lo}..{left[0].hi}"
            )
    return whole


def missing(definition: Definition, model: Model) -> tuple[Entry, str] | None:
    """An entry on the right side that does not exist for every index of the left side, and why."""
    s = definition.statement
    for entry, above in entries(s.right, model):
        order = Order((*s.ranges, *above), model.least)
        at: dict[Expr, Expr] = {}
        for r, index in zip(model.families[entry.name].ranges, entry.indices, strict=True):
            lo, hi = put(r.lo, at), put(r.hi, at)
            at[r.index] = index
            if not (order.leq(lo, index) and order.leq(index, hi)):
                family = model.families[entry.name]
                reason = f"{written(family)} exists for {r.index} = {lo}..{hi} only, and here "
                reason += f"{r.index} is {index}"
                if entry.name == s.left.name and r == family.ranges[0]:
                    first = put(entry, {q.index: q.lo for q in s.ranges[:1]})
                    reason += f"; add 'let {write(first, model, SOURCE)} = …' for the first one"
                return entry, reason
    return None


def circular(model: Model) -> str:
    """The name of a family whose entries need themselves; empty if there is none.

    Along all cycles that hang together the first index has to fall, or along all to rise.
    """
    steps: dict[tuple[str, str], set[int | None]] = {}
    for d in model.definitions:
        left = d.statement.left
        for entry, _ in entries(d.statement.right, model):
            if model.families[entry.name].kind == "defined":
                steps.setdefault((left.name, entry.name), set()).add(_step(left, entry))
    falls, rises = _longest(steps, 1), _longest(steps, -1)
    for a in sorted({name for name, _ in steps}):
        tied = [b for b in (a, *(b for x, b in falls if x == a)) if (b, a) in falls]
        if falls.get((a, a), -1) >= 0 and any(rises.get((b, b), -1) >= 0 for b in tied):
            return a
    return ""


def _step(left: Entry, used: Entry) -> int | None:
    if not left.indices or not used.indices:
        return 0
    difference = used.indices[0] - left.indices[0]
    return int(difference) if difference.is_Integer else None


def _longest(
    steps: dict[tuple[str, str], set[int | None]], sign: int
) -> dict[tuple[str, str], int]:
    """How far the first index can rise (sign 1) or fall (sign -1) along a walk between families."""
    far = 10**6
    longest = {pair: max(far if c is None else sign * c for c in by) for pair, by in steps.items()}
    names = sorted({a for pair in steps for a in pair})
    for via in names:
        for a in names:
            for b in names:
                if (a, via) in longest and (via, b) in longest:
                    through = longest[a, via] + longest[via, b]
                    longest[a, b] = max(longest.get((a, b), through), through)
    return longest
