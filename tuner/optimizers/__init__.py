"""Optimisers: each asks for points in the unit cube and is told their evaluations."""
