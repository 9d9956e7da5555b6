"""What the evaluations of a run show: findings, sensitivity, conflicts."""
