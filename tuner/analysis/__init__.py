"""Derive findings from the evaluations of a run: targets reached, conflicts, sensitivity."""
