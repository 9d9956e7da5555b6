"""The slopes of features at a point, by regression on all that is known around it."""

from dataclasses import dataclass

import numpy as np

NARROWEST = 0.08
LEAST_WEIGHT = 1e-3
RIDGE = 1e-3


@dataclass(frozen=True)
class Plane:
    """Features near a point: `values` (n_features,) + `slopes` (n_features, n_parameters) times the step from it."""

    values: np.ndarray
    slopes: np.ndarray

    def at(self, step: np.ndarray) -> np.ndarray:
        """Features at a step (n_parameters,) from the point."""
        features: np.ndarray = self.values + self.slopes @ step
        return features


def fit(points: np.ndarray, features: np.ndarray, best: int, radius: float) -> Plane:
    """The plane through row `best` of points (n, n_parameters) and features (n, n_features), nan where undefined.

    Weighted ridge regression; weights fall off with the distance as exp(-d^2 / 2 radius^2). Of each feature the rows
    where it is nan are left out. A feature that is nan at `best` itself has a plane through the mean of its rows
    instead; one that is nan everywhere stays nan, with slopes 0.
    """
    steps = points - points[best]
    distances = np.sum(steps**2, axis=1)
    weights = np.maximum(np.exp(-distances / (2.0 * max(radius, NARROWEST) ** 2)), LEAST_WEIGHT)
    values = features[best].copy()
    slopes = np.zeros((features.shape[1], points.shape[1]))
    defined = np.isfinite(features)
    for pattern in np.unique(defined, axis=1).T:
        same = (defined == pattern[:, None]).all(axis=0)
        if pattern.any():
            values[same], slopes[same] = _regress(steps[pattern], features[pattern][:, same], weights[pattern])
    return Plane(values, slopes)


def _regress(steps: np.ndarray, features: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values at step 0, and slopes, of features that are defined in all rows."""
    here = np.flatnonzero(~steps.any(axis=1))
    middle, mean = (steps[here[0]], features[here[0]]) if len(here) else (weights @ steps, weights @ features)
    if not len(here):
        middle, mean = middle / weights.sum(), mean / weights.sum()
    x, y = steps - middle, features - mean
    moments = (x.T * weights) @ x
    ridge = max(RIDGE * np.trace(moments) / len(moments), np.finfo(float).tiny)
    slopes = np.linalg.solve(moments + ridge * np.eye(len(moments)), (x.T * weights) @ y).T
    return mean - slopes @ middle, slopes
