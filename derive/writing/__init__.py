"""Mathematics written as text: terms, formulas, laws, functions. Not trusted."""
