"""Run a search: preparation, loop, budget, and the job that turns a study into a report."""
