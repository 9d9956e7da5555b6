"""Simulate a built network, and return a recording."""
