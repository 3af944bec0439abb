"""A checker of derivations about expectation and variance: what is public, loaded when used.

    >>> import derive
    >>> model = derive.notation("glorot")
    >>> d = derive.weight_grad(model)
    >>> d.uses[:2]
    ('linear-regime', 'zero-bias')

`docs/python.md` teaches the interface by examples.  Names that are not in ``__all__`` may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derive import stats, testing
    from derive.errors import Refused, Undeclared, Unreadable
    from derive.interface import (
        backprop,
        backward,
        declare,
        forward,
        init,
        notation,
        notations,
        product,
        sum,
        weight_grad,
    )
    from derive.judging.equality import Equality, check_equal
    from derive.model import (
        Independent,
        Model,
        SameLaw,
        Statement,
        Symmetric,
        Unit,
        identical,
        ranges,
    )
    from derive.proving.activated import with_activation
    from derive.result import Derived
    from derive.substitution import same
    from derive.terms import (
        Apply,
        Cov,
        Delta,
        E,
        Entry,
        Partial,
        Product,
        Sum,
        Var,
    )
    from derive.writing.formula import write

__version__ = "0.1.0"

__all__ = [
    "Apply",
    "Cov",
    "Delta",
    "Derived",
    "E",
    "Entry",
    "Equality",
    "Independent",
    "Model",
    "Partial",
    "Product",
    "Refused",
    "SameLaw",
    "Statement",
    "Sum",
    "Symmetric",
    "Undeclared",
    "Unit",
    "Unreadable",
    "Var",
    "backprop",
    "backward",
    "check_equal",
    "declare",
    "forward",
    "identical",
    "init",
    "notation",
    "notations",
    "product",
    "ranges",
    "same",
    "stats",
    "sum",
    "testing",
    "weight_grad",
    "with_activation",
    "write",
]

_PLACES = {
    "proving.activated": ("with_activation",),
    "judging.equality": ("Equality", "check_equal"),
    "errors": ("Refused", "Undeclared", "Unreadable"),
    "interface": (
        "backprop", "backward", "declare", "forward", "init", "notation", "notations", "product",
        "sum", "weight_grad",
    ),
    "model": (
        "Independent", "Model", "SameLaw", "Statement", "Symmetric", "Unit", "identical", "ranges",
    ),
    "result": ("Derived",),
    "writing.formula": ("write",),
    "substitution": ("same",),
    "terms": (
        "Apply", "Cov", "Delta", "E", "Entry", "Partial", "Product", "Sum", "Var",
    ),
}  # fmt: skip
_PLACE = {name: place for place, names in _PLACES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in ("stats", "testing"):
        return import_module(f"derive.{name}")
    if name not in _PLACE:
        raise AttributeError(f"module 'derive' has no attribute {name!r}")
    found = getattr(import_module(f"derive.{_PLACE[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
