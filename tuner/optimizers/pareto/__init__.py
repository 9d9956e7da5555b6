"""Optimisers of several objectives: NSGA-II, NSGA-III and Emoo."""
