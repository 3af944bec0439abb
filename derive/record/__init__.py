"""Derivations as JSON: written, read back, replayed. Not trusted: what is read is replayed."""
