"""Estimate the standard errors of the slopes of features at a point.

The slopes of eq. 6 are linear in the features y: J = L y. With e_i the residuals of a regression with an intercept on
the same points and weights, h_i their leverages, and n the number of points that the weights are worth:

    n = (sum w_i)^2 / sum w_i^2, freedom = n - number of coefficients                (10)
    v_i = max(e_i^2 / (1 - h_i)^2, sum w_i e_i^2 / sum w_i * n / freedom)            (11)
    error_j^2 = sum L_ji^2 v_i + (|J| |P_j|)^2, P = ridge (sum w_i s_i s_i' + ridge I)^-1   (12)

Eq. 11 takes the larger of two estimates: each residual alone (MacKinnon & White 1985, J. Econom. 29:305, HC3), and all
together. The last term of eq. 12 is the bias of the ridge: a direction in which no point lies has an error of 100 %.
"""

from typing import Any

import numpy as np

from tuner.optimizers.base import Problem
from tuner.optimizers.least_squares.residuals import Goals
from tuner.optimizers.least_squares.slopes import RIDGE, Plane, fit, weights_of

# Chosen: least 1 - h_i of eq. 11, since the residual of a point that alone gives a slope is 0.
LEAST_FREE = 0.01


def slope_table(
    problem: Problem, goals: Goals, points: np.ndarray, mapped: np.ndarray, best: int, radius: float
) -> dict[str, Any]:
    """Return the slopes at row `best` of points, with errors, scatter and degrees of freedom, as plain data by target.

    See `LeastSquares.slopes`. `mapped` are the features as `Goals.map` returns them, (n_points, n_targets).
    """
    plane = fit(points, mapped, best, radius)
    found, scatter, freedom = errors(points, mapped, best, radius, plane)
    units = goals.slopes_of_map(plane.values)
    # The plane has slopes 0 for a feature that was never defined.
    plane.slopes[np.isnan(plane.values)] = np.nan
    targets = [target.name for target in problem.targets]
    names = [parameter.name for parameter in problem.space.parameters]
    return {
        "slopes": _table(targets, names, plane.slopes / units[:, None]),
        "errors": _table(targets, names, found / units[:, None]),
        "scatter": dict(zip(targets, (scatter / units).tolist(), strict=True)),
        "freedom": dict(zip(targets, freedom.tolist(), strict=True)),
    }


def _table(targets: list[str], names: list[str], rows: np.ndarray) -> dict[str, dict[str, float]]:
    return {target: dict(zip(names, row, strict=True)) for target, row in zip(targets, rows.tolist(), strict=True)}


def errors(
    points: np.ndarray, features: np.ndarray, best: int, radius: float, plane: Plane
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the standard errors of the slopes of a plane, and the scatter and degrees of freedom of each feature.

    The plane is the result of `slopes.fit` with the same arguments. The scatter is the standard deviation of the
    features around a plane. Errors, (n_features, n_parameters), scatter and degrees of freedom, both (n_features,), are
    nan for a feature with too few points.
    """
    steps = points - points[best]
    weights = weights_of(steps, radius)
    found, (scatter, freedom) = np.full(plane.slopes.shape, np.nan), np.full((2, len(plane.slopes)), np.nan)
    defined = np.isfinite(features)
    for pattern in np.unique(defined, axis=1).T:
        same = (defined == pattern[:, None]).all(axis=0)
        if pattern.any():
            some = steps[pattern], features[pattern][:, same], weights[pattern]
            found[same], scatter[same], freedom[same] = _errors(*some, plane.slopes[same])
    return found, scatter, freedom


def _errors(
    steps: np.ndarray, features: np.ndarray, weights: np.ndarray, slopes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return errors (n_features, n_parameters), scatter and degrees of freedom of features defined in all rows."""
    worth = weights.sum() ** 2 / np.sum(weights**2)  # eq. 10
    roots = np.sqrt(weights)[:, None]
    design = roots * np.column_stack([np.ones(len(steps)), steps])
    left, sizes, _ = np.linalg.svd(design, full_matrices=False)
    basis = left[:, sizes > 1e-9 * sizes[0]]
    freedom = worth - basis.shape[1]
    if freedom < 1.0:
        return np.full(slopes.shape, np.nan), np.full(len(slopes), np.nan), np.nan
    weighted = roots * features
    residuals = weighted - basis @ (basis.T @ weighted)
    alone = residuals / roots / np.maximum(1.0 - np.sum(basis**2, axis=1), LEAST_FREE)[:, None]
    together = np.sum(residuals**2, axis=0) / weights.sum() * worth / freedom
    variances = np.maximum(alone**2, together)  # eq. 11
    middle = _centre(steps, weights)
    x = steps - middle @ steps
    moments = (x.T * weights) @ x
    ridge = max(RIDGE * np.trace(moments) / len(moments), np.finfo(float).tiny)
    inverse = np.linalg.inv(moments + ridge * np.eye(len(moments)))
    share = inverse @ (x.T * weights)
    linear = share - np.outer(share.sum(axis=1), middle)
    bias = np.linalg.norm(slopes, axis=1)[:, None] * ridge * np.linalg.norm(inverse, axis=1)
    return np.sqrt((linear**2 @ variances).T + bias**2), np.sqrt(together), freedom  # eq. 12


def _centre(steps: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share (n,) of each row in the point that the plane goes through: the best row, or else the mean."""
    here = np.flatnonzero(~steps.any(axis=1))
    share: np.ndarray = np.eye(len(steps))[here[0]] if len(here) else weights / weights.sum()
    return share
