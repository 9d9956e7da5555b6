"""The best step on a plane of features: reweighted least squares within a ball and the unit cube."""

import numpy as np

from tuner.optimizers.least_squares.residuals import Wishes
from tuner.optimizers.least_squares.slopes import Plane

REWEIGHTINGS = 12
# Up to 1e18: where a target only pulls, the sum of squares is next to flat.
DAMPINGS = 1e-9 * 1.15 ** np.arange(450)
NARROWEST = 1e-4


def best_step(wishes: Wishes, plane: Plane, point: np.ndarray, radius: float) -> np.ndarray:
    """The step (n_parameters,) from a point of least predicted loss among those no longer than `radius`.

    The loss is approached by squares with weights of its own slope (iteratively reweighted least squares, Holland &
    Welsch 1977, Commun. Stat. A6:813), each time averaged with the step before.
    """
    step = np.zeros(len(point))
    steps = [step]
    for _ in range(REWEIGHTINGS):
        step = (step + _within_cube(*_squares(wishes, plane, step), point, radius)) / 2.0
        steps.append(step)
    return steps[int(np.argmin(wishes.losses(np.array([plane.at(step) for step in steps]))))]


def spread(wishes: Wishes, plane: Plane, rise: float, widest: float) -> np.ndarray:
    """Covariance (n_parameters, n_parameters) of steps that tell little from the point of the plane.

    The standard deviation in each principal direction is what raises the squares that approach the loss by `rise`, from
    1e-4 to `widest`: wide along what the features do not see, narrow across.
    """
    curvature, _ = _squares(wishes, plane, np.zeros(plane.slopes.shape[1]))
    values, vectors = np.linalg.eigh(curvature)
    flattest = max(2.0 * rise / widest**2, np.finfo(float).tiny)
    variances = np.maximum(2.0 * rise / np.maximum(values, flattest), NARROWEST**2)
    covariance: np.ndarray = (vectors * variances) @ vectors.T
    return covariance


def _squares(wishes: Wishes, plane: Plane, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A and b of the squares s'As/2 + b's that have the slope of the loss at a step."""
    mapped = plane.at(step)
    pulls = wishes.pulls(mapped)
    # What is undefined pulls nothing, and must not make nan of what does.
    defined = pulls > 0.0
    slopes = np.where(defined[:, None], plane.slopes / wishes.units(mapped)[:, None], 0.0)
    at_zero = np.where(defined, wishes.aims(mapped) - slopes @ step, 0.0)
    return (slopes.T * pulls) @ slopes, (slopes.T * pulls) @ at_zero


def _within_cube(curvature: np.ndarray, slope: np.ndarray, point: np.ndarray, radius: float) -> np.ndarray:
    """The step of least s'As/2 + b's in the ball that keeps the point in the unit cube.

    Active set: the coordinate that is furthest outside is put on its bound, and the others solved again.
    """
    step = np.zeros(len(point))
    free = np.ones(len(point), bool)
    while free.any() and (left := radius**2 - np.sum(step[~free] ** 2)) > 0.0:
        towards = slope[free] + curvature[np.ix_(free, ~free)] @ step[~free]
        step[free] = _within_ball(curvature[np.ix_(free, free)], towards, np.sqrt(left))
        moved = point + step
        outside = np.where(free, np.abs(moved - np.clip(moved, 0.0, 1.0)), 0.0)
        worst = int(np.argmax(outside))
        if outside[worst] == 0.0:
            break
        step[worst] = np.clip(moved[worst], 0.0, 1.0) - point[worst]
        free[worst] = False
    inside: np.ndarray = np.clip(point + step, 0.0, 1.0) - point
    return inside


def _within_ball(curvature: np.ndarray, slope: np.ndarray, radius: float) -> np.ndarray:
    """The step of least s'As/2 + b's no longer than `radius`: the least of Levenberg's dampings that keeps it so."""
    values, vectors = np.linalg.eigh(curvature)
    values = np.maximum(values, 0.0)
    dampings = max(values.mean(), np.finfo(float).tiny) * DAMPINGS
    steps = -(vectors.T @ slope) / (values + dampings[:, None])
    fitting = np.flatnonzero(np.linalg.norm(steps, axis=1) <= radius)
    step: np.ndarray = vectors @ steps[fitting[0] if len(fitting) else -1]
    return step
