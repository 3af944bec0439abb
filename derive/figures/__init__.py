"""Derived formulas at numbers: tables, growth, and what a floating point type makes of them."""
