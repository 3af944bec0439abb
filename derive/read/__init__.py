"""LaTeX formulas and declarations -> terms and models. Trusted for meaning: echoed as it was read.

Nothing that is read is ever evaluated; what is not certain raises `Unreadable` with its place.
"""
