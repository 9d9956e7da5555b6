"""Search with several objectives: NSGA-II, NSGA-III and Emoo."""
