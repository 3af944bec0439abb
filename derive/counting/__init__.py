"""Exact counting on small instances, and numbers that refute. It shares nothing with the rules."""
