"""How the variance of the back-propagated gradients grows from the top down."""

from __future__ import annotations

from derive.chains.forward import layers
from derive.chains.story import Story
from derive.model import Model


def backward(model: Model) -> Story:
    """Glorot & Bengio (2010), (6): Var[∂C/∂s^i] = Var[∂C/∂s^d] ∏_{i'>i} n_{i'+1} Var[W^{i'}]."""
    return layers(model, "backward", "the variance of one back-propagated gradient")
