"""Activation functions: declared by a formula, everything else worked out from it."""

from derive.activations.activation import Activation, activation, shipped
from derive.activations.pieces import Piece
from derive.activations.reading import VARIABLE

__all__ = ["VARIABLE", "Activation", "Piece", "activation", "shipped"]
