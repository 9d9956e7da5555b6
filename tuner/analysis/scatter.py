"""Estimate the scatter of features between simulations of equal values, from seeds or from the fit near the best."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from tuner.evaluation import Evaluation
from tuner.objective.targets import Target

# Chosen: the chance that scatter alone gives a larger difference. Degrees of freedom and points above the limits change
# little.
CHANCE, MOST_FREEDOM, MOST_POINTS = 0.01, 100, 30
# Chosen: with fewer degrees of freedom the scatter of a fit is mostly its lack of fit.
FEWEST_FREEDOM = 8


@dataclass(frozen=True)
class Scatter:
    """Store the standard error of a feature, in the unit of the feature, and the degrees of freedom."""

    error: float
    freedom: int

    def largest(self, points: int) -> float:
        """Return the largest difference between a number of evaluations that scatter alone explains."""
        return self.error * _studentized_range(min(max(points, 2), MOST_POINTS), min(self.freedom, MOST_FREEDOM))


def scatters(targets: Sequence[Target], evaluation: Evaluation, slopes: Mapping[str, Any] | None) -> dict[str, Scatter]:
    """Return the known scatter of targets: from the seeds of an evaluation, else from the fit.

    `slopes` is a table as `LeastSquares.slopes` returns it.
    """
    names = [target.name for target in targets]
    found = {name: _of_seeds(evaluation, name) or _of_fit(slopes or {}, name) for name in names}
    return {name: scatter for name, scatter in found.items() if scatter is not None}


def _of_seeds(evaluation: Evaluation, target: str) -> Scatter | None:
    values = [run["features"].get(target, math.nan) for run in evaluation.runs]
    defined = [value for value in values if value is not None and math.isfinite(value)]
    if len(defined) < 2:
        return None
    return Scatter(float(np.std(defined, ddof=1)) / math.sqrt(len(defined)), len(defined) - 1)


def _of_fit(slopes: Mapping[str, Any], target: str) -> Scatter | None:
    error, freedom = slopes.get("scatter", {}).get(target), slopes.get("freedom", {}).get(target)
    if error is None or freedom is None or not freedom >= FEWEST_FREEDOM:
        return None
    return Scatter(error, int(freedom))


@lru_cache
def _studentized_range(points: int, freedom: int) -> float:
    from scipy import stats

    return float(stats.studentized_range.ppf(1.0 - CHANCE, points, freedom))
