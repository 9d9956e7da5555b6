import numpy as np
import pytest

from tuner.optimizers.least_squares.slopes import LEAST_WEIGHT, RIDGE, fit

SLOPES = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0]])


def line(points):
    return points @ SLOPES.T + np.array([5.0, -2.0])


def test_slopes_of_linear_features():
    points = np.random.default_rng(1).random((12, 3))
    plane = fit(points, line(points), 4, radius=10.0)
    assert plane.values == pytest.approx(line(points[4]))
    assert plane.slopes == pytest.approx(SLOPES, abs=0.03)
    step = np.array([0.1, 0.2, -0.1])
    assert plane.at(step) == pytest.approx(line(points[4] + step), abs=0.01)


def test_two_points_on_a_line_by_hand():
    plane = fit(np.array([[0.5], [0.7]]), np.array([[1.0], [2.0]]), 0, radius=0.2)
    # The one moment is w * 0.2^2, the ridge a thousandth of it.
    assert plane.slopes == pytest.approx(np.array([[5.0 / (1 + RIDGE)]]))


def test_near_points_weigh_more():
    points = np.array([[0.0], [0.1], [0.9]])
    features = np.array([[0.0], [0.2], [0.9]])
    weights = np.exp(-(points[:, 0] ** 2) / (2 * 0.1**2)).clip(LEAST_WEIGHT)
    moment = np.sum(weights * points[:, 0] ** 2)
    expected = np.sum(weights * points[:, 0] * features[:, 0]) / (moment * (1 + RIDGE))
    assert fit(points, features, 0, radius=0.1).slopes == pytest.approx(np.array([[expected]]))
    assert fit(points, features, 0, radius=0.001).slopes != fit(points, features, 0, radius=0.5).slopes


def test_rows_where_a_feature_is_nan_are_left_out_of_it_alone():
    points = np.random.default_rng(1).random((14, 3))
    features = line(points)
    features[[2, 5, 9], 1] = np.nan
    plane = fit(points, features, 4, radius=10.0)
    defined = np.isfinite(features[:, 1])
    alone = fit(points[defined], features[defined], 3, radius=10.0)
    assert plane.slopes[1] == pytest.approx(alone.slopes[1])
    assert plane.slopes[0] == pytest.approx(fit(points, line(points), 4, radius=10.0).slopes[0])


def test_a_feature_that_is_nan_at_the_best_point_is_extrapolated():
    points = np.random.default_rng(1).random((14, 3))
    features = line(points)
    features[4, 0] = np.nan
    plane = fit(points, features, 4, radius=10.0)
    assert plane.values == pytest.approx(line(points[4]), abs=0.02)


def test_a_feature_that_is_nan_everywhere_stays_so():
    features = np.column_stack([np.full(5, np.nan), np.arange(5.0)])
    plane = fit(np.random.default_rng(1).random((5, 2)), features, 0, radius=0.3)
    assert np.isnan(plane.values[0]) and (plane.slopes[0] == 0).all()
    assert np.isfinite(plane.values[1]) and np.isfinite(plane.slopes[1]).all()


def test_one_point_alone_has_no_slopes():
    assert (fit(np.array([[0.3, 0.4]]), np.array([[7.0]]), 0, radius=0.3).slopes == 0).all()
