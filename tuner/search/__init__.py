"""The search: preparation, loop, budget, and the job that leads from a study to its report."""
