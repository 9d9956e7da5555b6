"""Wrap the evolutionary computations of the package inspyred."""
