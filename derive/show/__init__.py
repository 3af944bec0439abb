"""Formulas, derivations and reports for readers. Not trusted: computes nothing."""
