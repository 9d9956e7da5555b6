"""Standard errors of slopes: as large as the scatter of slopes over many draws of the noise."""

import numpy as np
import pytest

from tuner.optimizers.least_squares.slope_errors import errors
from tuner.optimizers.least_squares.slopes import fit

SLOPES = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]])


def found(points, features, best=4, radius=0.3):
    return errors(points, features, best, radius, fit(points, features, best, radius))


def test_errors_are_the_scatter_of_the_slopes():
    random = np.random.default_rng(1)
    points = random.random((60, 3))
    scattered, said, widths = [], [], []
    for _ in range(200):
        features = points @ SLOPES.T + random.normal(0, 0.1, (60, 2))
        scattered.append(fit(points, features, 4, 0.3).slopes)
        error, width, freedom = found(points, features)
        said.append(error)
        widths.append(width)
    # The larger of two estimates of each variance is on the safe side.
    ratio = np.mean(said, axis=0) / np.std(scattered, axis=0)
    assert (ratio > 0.95).all() and (ratio < 1.6).all()
    assert np.mean(widths) == pytest.approx(0.1, rel=0.1)
    assert 3 <= freedom[0] < 56 and freedom[0] == freedom[1]


def test_a_plane_without_noise_has_the_error_of_the_ridge_alone():
    points = np.random.default_rng(1).random((40, 3))
    error, width, _ = found(points, points @ SLOPES.T)
    assert (error < 0.05).all() and (width < 1e-9).all()


def test_a_direction_without_points_has_an_error_as_large_as_the_slope():
    points = np.random.default_rng(1).random((40, 1)) * [1.0, 1.0]
    features = points[:, :1] * [4.0]
    plane = fit(points, features, 4, 0.3)
    error, _, _ = errors(points, features, 4, 0.3, plane)
    assert plane.slopes[0] == pytest.approx([2.0, 2.0], rel=0.01)
    assert (error[0] > 0.99 * plane.slopes[0]).all()


def test_too_few_points_have_no_errors():
    points = np.random.default_rng(1).random((4, 3))
    error, width, freedom = found(points, points @ SLOPES.T, best=0)
    assert np.isnan(error).all() and np.isnan(width).all() and np.isnan(freedom).all()


def test_rows_where_a_feature_is_nan_are_left_out_of_it_alone():
    random = np.random.default_rng(1)
    points = random.random((40, 3))
    features = points @ SLOPES.T + random.normal(0, 0.1, (40, 2))
    whole, _, freedom = found(points, features)
    features[::4, 1] = np.nan
    error, _, less = found(points, features, best=5)
    assert less[1] < less[0] and np.isfinite(error).all()
    features[:, 1] = np.nan
    error, _, _ = found(points, features, best=5)
    assert np.isfinite(error[0]).all() and np.isnan(error[1]).all()
