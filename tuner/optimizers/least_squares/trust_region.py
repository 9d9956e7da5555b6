"""Find the best step on a plane of features: reweighted least squares within a ball and the unit cube.

With J the slopes over the unit of each residual, W the pulls (eq. 4) and r the residuals at step 0 of the plane:

    minimise s'As / 2 + b's, A = J'WJ, b = J'Wr, with |s| <= radius and 0 <= x + s <= 1   (7)
    s = -(A + lambda I)^-1 b, with the least lambda for which |s| <= radius               (8)
    variance along an eigenvector of A with eigenvalue v = 2 rise / v                     (9)

Eq. 8 is Levenberg's damping (Levenberg 1944, Q. Appl. Math. 2:164).
"""

import numpy as np

from tuner.optimizers.least_squares.residuals import Goals
from tuner.optimizers.least_squares.slopes import Plane

REWEIGHTINGS = 12  # chosen in the prototype, see `least_squares`
# Values of lambda over the mean eigenvalue of A. Chosen: steps of 15 % up to 1e18, since A is almost 0 where a target
# is only minimised.
DAMPINGS = 1e-9 * 1.15 ** np.arange(450)
# Least standard deviation in eq. 9. Chosen: below 0.0007 of the range, which the granule cell needs.
NARROWEST = 1e-4


def best_step(goals: Goals, plane: Plane, point: np.ndarray, radius: float) -> np.ndarray:
    """Return the step (n_parameters,) of least predicted loss from a point, at most `radius` long.

    The loss is approximated by weighted squares (iteratively reweighted least squares, Holland & Welsch 1977, Commun.
    Stat. A6:813). Each solution is averaged with the step before. The best step of all iterations is returned.
    """
    step = np.zeros(len(point))
    steps = [step]
    for _ in range(REWEIGHTINGS):
        step = (step + _within_cube(*_squares(goals, plane, step), point, radius)) / 2.0
        steps.append(step)
    return steps[int(np.argmin(goals.losses(np.array([plane.at(step) for step in steps]))))]


def spread(goals: Goals, plane: Plane, rise: float, widest: float) -> np.ndarray:
    """Return the covariance (n_parameters, n_parameters) of steps that change the loss little.

    The standard deviation in each principal direction is the step that raises the quadratic approximation of the loss
    by `rise` (eq. 9), limited to 1e-4 ... `widest`. So the distribution is wide in directions that change no feature,
    and narrow in directions that change features a lot.
    """
    curvature, _ = _squares(goals, plane, np.zeros(plane.slopes.shape[1]))
    values, vectors = np.linalg.eigh(curvature)
    flattest = max(2.0 * rise / widest**2, np.finfo(float).tiny)
    variances = np.maximum(2.0 * rise / np.maximum(values, flattest), NARROWEST**2)  # eq. 9
    covariance: np.ndarray = (vectors * variances) @ vectors.T
    return covariance


def _squares(goals: Goals, plane: Plane, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return A and b of eq. 7, with the gradient of the loss at a step."""
    mapped = plane.at(step)
    pulls = goals.pulls(mapped)
    # An undefined feature has no pull. Its nan must not enter the sums.
    defined = pulls > 0.0
    slopes = np.where(defined[:, None], plane.slopes / goals.units(mapped)[:, None], 0.0)
    at_zero = np.where(defined, goals.aims(mapped) - slopes @ step, 0.0)
    return (slopes.T * pulls) @ slopes, (slopes.T * pulls) @ at_zero


def _within_cube(curvature: np.ndarray, slope: np.ndarray, point: np.ndarray, radius: float) -> np.ndarray:
    """Return the step of eq. 7, given A and b, that keeps the point in the unit cube.

    Active set method: the coordinate that is furthest outside is put on its bound, and the others are solved again.
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
    """Return the step of eq. 8: minimise s'As/2 + b's with |s| <= `radius`."""
    values, vectors = np.linalg.eigh(curvature)
    values = np.maximum(values, 0.0)
    dampings = max(values.mean(), np.finfo(float).tiny) * DAMPINGS
    steps = -(vectors.T @ slope) / (values + dampings[:, None])  # eq. 8, in the basis of A's eigenvectors
    fitting = np.flatnonzero(np.linalg.norm(steps, axis=1) <= radius)
    step: np.ndarray = vectors @ steps[fitting[0] if len(fitting) else -1]
    return step
