"""Estimate the slopes of features at a point, by weighted ridge regression on the points around.

With x_i the points, y_i the features, and b the row of the best point:

    w_i = max(exp(-|x_i - x_b|^2 / (2 max(radius, 0.08)^2)), 1e-3)                   (5)
    J = (sum w_i s_i s_i' + ridge I)^-1 sum w_i s_i (y_i - y_b)', s_i = x_i - x_b    (6)
"""

from dataclasses import dataclass

import numpy as np

# Least radius and least weight in eq. 5, and the ridge in eq. 6 over the mean of the diagonal. Chosen in the prototype,
# see `least_squares`: distant points keep a little weight, and a direction without points has a slope of 0.
NARROWEST = 0.08
LEAST_WEIGHT = 1e-3
RIDGE = 1e-3


@dataclass(frozen=True)
class Plane:
    """Represent features near a point: `values` (n_features,) + `slopes` (n_features, n_parameters) @ step."""

    values: np.ndarray
    slopes: np.ndarray

    def at(self, step: np.ndarray) -> np.ndarray:
        """Return the features at a step (n_parameters,) from the point."""
        features: np.ndarray = self.values + self.slopes @ step
        return features


def fit(points: np.ndarray, features: np.ndarray, best: int, radius: float) -> Plane:
    """Fit a plane through row `best` of points (n, n_parameters) and features (n, n_features).

    Rows where a feature is nan are left out of the regression of that feature. For a feature that is nan at `best` the
    plane goes through the weighted mean of the rows instead. A feature that is nan in all rows has the value nan and
    the slopes 0.
    """
    steps = points - points[best]
    weights = weights_of(steps, radius)
    values = features[best].copy()
    slopes = np.zeros((features.shape[1], points.shape[1]))
    defined = np.isfinite(features)
    for pattern in np.unique(defined, axis=1).T:
        same = (defined == pattern[:, None]).all(axis=0)
        if pattern.any():
            values[same], slopes[same] = _regress(steps[pattern], features[pattern][:, same], weights[pattern])
    return Plane(values, slopes)


def weights_of(steps: np.ndarray, radius: float) -> np.ndarray:
    """Return the weights (n,) of points at steps (n, n_parameters) from the best point (eq. 5)."""
    distances = np.sum(steps**2, axis=1)
    weights: np.ndarray = np.maximum(np.exp(-distances / (2.0 * max(radius, NARROWEST) ** 2)), LEAST_WEIGHT)
    return weights


def _regress(steps: np.ndarray, features: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return values at step 0, and slopes, of features that are defined in all rows."""
    here = np.flatnonzero(~steps.any(axis=1))
    middle, mean = (steps[here[0]], features[here[0]]) if len(here) else (weights @ steps, weights @ features)
    if not len(here):
        middle, mean = middle / weights.sum(), mean / weights.sum()
    x, y = steps - middle, features - mean
    moments = (x.T * weights) @ x
    ridge = max(RIDGE * np.trace(moments) / len(moments), np.finfo(float).tiny)
    slopes = np.linalg.solve(moments + ridge * np.eye(len(moments)), (x.T * weights) @ y).T  # eq. 6
    return mean - slopes @ middle, slopes
