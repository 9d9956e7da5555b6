"""Compute features: numbers that describe a recording."""
