"""Where the indices of an entry stand. Not trusted: computes nothing.

With style ``scripts`` the first ``raised`` indices of a family are superscripts and the others
subscripts, ``W^i_{l,k}``.  With style ``brackets`` the first ``raised`` ones are subscripts and
the others stand in brackets, ``W_k[i,j]``.  Any other style has one character an index: ``^``,
``_`` or ``[``.

The indices in brackets, or the subscripts if there are none, say which entry is meant; the
others, such as the layer, say of what.
"""

from __future__ import annotations

from derive.model import Family


def layout(family: Family | None, count: int) -> str:
    """One character an index: ``^``, ``_`` or ``[``."""
    if family is None:
        return "_" * count
    if family.style == "scripts":
        return "^" * family.raised + "_" * (count - family.raised)
    if family.style == "brackets":
        return "_" * family.raised + "[" * (count - family.raised)
    return family.style


def within(marks: str) -> str:
    """The character of the indices that say which entry is meant."""
    return "[" if "[" in marks else "_"
