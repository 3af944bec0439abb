"""Finding derivations. Not trusted: whatever is found, `replay` makes it a fact or refuses it."""
