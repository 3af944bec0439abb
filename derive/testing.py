"""`assert_equal`, for pytest users with symbolic equalities of their own. Not trusted to decide.

It passes only where the normal forms prove the equality from what the model declares.

    >>> from derive.model import Model
    >>> from derive.terms import Cov, Var
    >>> model = Model("two")
    >>> x, y = model.random("x")[()], model.random("y")[()]
    >>> assert_equal(Var(x + y), Var(x) + Var(y) + 2 * Cov(x, y), model)
    >>> assert_equal(Var(x + y), Var(x) + Var(y), model)
    Traceback (most recent call last):
    AssertionError: not equal in the model two
      left   Var[x + y]
      right  Var[x] + Var[y]
      left - right = 2 E[x y] - 2 E[x] E[y]
      left = 4, right = 2  at E[x] = 0, Var[x] = 1, E[y] = 0, Var[y] = 1, Cov[x, y] = 1
      used: no assumption; declared: none
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from derive.judging.equality import Equality, check_equal, evidence
from derive.model import Model
from derive.result import Derived
from derive.writing.formula import TEXT, write
from derive.writing.formula import ranges as write_ranges

HEADLINES = {
    "fails": "not equal in the model {}",
    "left over": "not shown to be equal in the model {}",
    "undecided": "not decided in the model {}: neither shown nor refuted",
}


def assert_equal(
    left: Any,
    right: Any,
    model: Model,
    *over: tuple[Any, ...],
    using: Iterable[Derived] = (),
) -> None:
    """Pass if ``left = right`` is proved for every index value in the ranges ``(index, lo, hi)``.

    Ranges left out are those at which all entries exist.  Derivations in ``using`` are replayed
    against the model before what they show is put in.  Raises AssertionError with both sides,
    what is left over, a numeric counterexample where one was found, and the assumptions used;
    an equality that cannot be decided fails too, and says so.  Raises Undeclared for names
    without a meaning, Refused for a derivation that the model does not support.
    """
    __tracebackhide__ = True
    found = check_equal(left, right, model, *over, using=using)
    if not found:
        raise AssertionError(message(found))


def message(found: Equality) -> str:
    """Why an equality was not shown, for a person."""
    left_over = found.remainder is not None or found.ratio is not None
    kind = "left over" if found.verdict == "undecided" and left_over else found.verdict
    model, claim = found.model, found.statement
    lines = [HEADLINES[kind].format(model.name)]
    lines.append(f"  left   {write(claim.left, model, TEXT)}")
    lines.append(f"  right  {write(claim.right, model, TEXT)}")
    if claim.ranges:
        lines.append(f"  for    {write_ranges(claim.ranges, model, TEXT)}")
    lines += [f"  {line}" for line in evidence(found)]
    used = ", ".join(found.uses) or "no assumption"
    spare = [a.name for a in model.assumptions if a.name not in found.uses]
    rest = f"declared and not used: {', '.join(spare)}" if spare else "all that is declared"
    lines.append(f"  used: {used}; " + (rest if model.assumptions else "declared: none"))
    return "\n".join(lines)
