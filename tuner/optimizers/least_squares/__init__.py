"""Fit features to targets by least squares."""
