"""The verbs of the Python interface: load a notation, derive. Not trusted: chains are replayed.

Each derivation is returned as a `Derived`; what it shows has been replayed.

    >>> print(sum().result.right)
    n*Var(w[1])*Var(x[1])
    >>> forward(notation("glorot").without(["zero-mean-weights"])).stopped is None
    False
"""

from __future__ import annotations

from derive.chains import backprop as _backprop
from derive.chains import backward as _backward
from derive.chains import forward as _forward
from derive.chains import init as _init
from derive.chains import product as _product
from derive.chains import sum as _sum
from derive.chains import weight_grad as _weight_grad
from derive.model import Model
from derive.read import declare as _read
from derive.result import Derived, derived


def notation(name: str) -> Model:
    """A shipped notation by its name, or a declaration file by its path.

    Raises Unreadable, naming line and column; OSError for a file that cannot be read.
    """
    return _read.notation(name).model


def notations() -> list[str]:
    """The names of the shipped notations."""
    return _read.notations()


def declare(text: str, name: str = "declared") -> Model:
    """Declarations in the language of `docs/notations.md`; raises Unreadable."""
    return _read.declare(text, name=name).model


def forward(model: Model) -> Derived:
    """The variance of one activation, layer by layer; raises Undeclared."""
    return derived(_forward.forward(model))


def backward(model: Model) -> Derived:
    """The variance of one back-propagated gradient; raises Undeclared."""
    return derived(_backward.backward(model))


def weight_grad(model: Model) -> Derived:
    """The variance of one weight gradient; raises Undeclared."""
    return derived(_weight_grad.weight_grad(model))


def init(model: Model) -> Derived:
    """What equal variances ask of the weights, both ways; raises Undeclared.

    Of several results `Derived.result` is the last; `Derived.report` has all, with the premises
    that each of them rests on.
    """
    return derived(_init.init(model))


def backprop(model: Model) -> Derived:
    """The gradients themselves, by the chain rule; raises Undeclared."""
    return derived(_backprop.backprop(model))


def product(model: Model | None = None) -> Derived:
    """The variance of a product of two variables x and y, independent with mean 0 unless said."""
    return derived(_product.product(model or _product.two_variables()))


def sum(model: Model | None = None) -> Derived:
    """The variance of a sum: of two variables, then of ``y = Σ_j w_j x_j`` unless said."""
    return derived(_sum.sum_(model or _sum.one_neuron()))
