"""Select the evaluations that no other evaluation dominates."""

from collections.abc import Sequence

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.pareto.ranking import fronts


def pareto_front(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Return the evaluations that no other evaluation dominates, sorted by the first objective.

    Of evaluations with equal objectives one is returned. Only evaluations with the least violation of constraints are
    compared: normally evaluations without violation.
    """
    if not evaluations:
        return []
    least = min(evaluation.violation for evaluation in evaluations)
    allowed = [evaluation for evaluation in evaluations if evaluation.violation == least]
    values = np.array([list(e.objectives.values()) for e in allowed])
    first = np.unique(values, axis=0, return_index=True)[1]
    order = first[fronts(values[first]) == 0]
    return [allowed[i] for i in sorted(order, key=lambda i: tuple(values[i]))]
