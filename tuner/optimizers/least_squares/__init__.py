"""Least squares on features."""
