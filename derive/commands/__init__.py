"""The commands of the program, one file for each kind. Not trusted: they choose, others compute."""
