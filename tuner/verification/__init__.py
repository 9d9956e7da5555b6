"""Verify the best evaluations of a run: export, run with plain NetPyNE, and test with held-out seeds."""
