"""Reaction schemes as tables: what they hold, the NMODL mechanism that is made of one, and SciPy as its judge."""
