"""Optimisers of the library inspyred."""
