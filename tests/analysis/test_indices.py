"""Indices of importance over a design: Sobol' indices of known functions, and PED-ANOVA."""

import numpy as np
import pytest

from tests.analysis.accounts import evaluated, space, target
from tuner.analysis.indices import sobol_indices
from tuner.analysis.ped_anova import importances, usable
from tuner.analysis.surrogate import fit_surrogate

TARGETS = [target("one", 0.5), target("two", 0.5)]


def design(model, n=200, names="abc", seed=0):
    return evaluated(model, space(*names), TARGETS, np.random.default_rng(seed).random((n, len(names))))


def test_indices_of_a_product_by_hand():
    """Of a * b, each alone has the variance 1/48 of 7/144, together 1/144."""
    (one, _) = sobol_indices(space(*"abc"), TARGETS, design(lambda a, b, c: [a * b, 1.0]))
    assert [share.value for share in one.first] == pytest.approx([3 / 7, 3 / 7, 0.0], abs=1e-6)
    assert [share.value for share in one.total] == pytest.approx([4 / 7, 4 / 7, 0.0], abs=1e-6)
    assert (one.evaluations, one.q2) == (200, pytest.approx(1.0))


def test_intervals_hold_the_truth_under_noise():
    noise = np.random.default_rng(1)
    (one, _) = sobol_indices(space(*"abc"), TARGETS, design(lambda a, b, c: [a + 0.5 * b + noise.normal(0, 0.05), 1.0]))
    assert [share.low <= truth <= share.high for share, truth in zip(one.first, (0.8, 0.2), strict=False)] == [True] * 2
    assert 0.005 < one.first[0].high - one.first[0].low < 0.1
    assert 0.8 < one.q2 < 1.0


def test_no_indices_where_no_polynomial_predicts_or_few_points_are_there():
    for model, n in ((lambda a, b, c: [np.sin(30 * a), a], 200), (lambda a, b, c: [a, a], 19)):
        (one, _) = sobol_indices(space(*"abc"), TARGETS, design(model, n))
        assert (one.first, one.total) == ((), ())


def test_evaluations_that_do_not_define_the_feature_are_left_out():
    model = lambda a, b, c: [a if b > 0.2 else np.nan, a + b]  # noqa: E731
    one, two = sobol_indices(space(*"abc"), TARGETS, design(model))
    assert one.evaluations < two.evaluations == 200
    assert one.first[0].value == pytest.approx(1.0) and two.first[0].value == pytest.approx(0.5, abs=1e-6)


def test_slopes_of_a_surrogate():
    points = np.random.default_rng(0).random((60, 2))
    surrogate = fit_surrogate(points, 3 * points[:, 0] ** 2 + points[:, 0] * points[:, 1])
    slopes, errors = surrogate.slopes(np.array([0.5, 0.2]))
    assert slopes == pytest.approx([3.2, 0.5]) and (errors < 1e-6).all()
    noisy = fit_surrogate(points, points[:, 0] + np.random.default_rng(1).normal(0, 0.1, 60))
    slopes, errors = noisy.slopes(np.array([0.5, 0.5]))
    assert abs(slopes - [1.0, 0.0]) == pytest.approx([0, 0], abs=0.2) and (errors > 0.02).all()


@pytest.mark.long
def test_ped_anova_tells_what_matters_from_chance():
    pytest.importorskip("optuna")
    found = importances(space(*"abc"), usable(design(lambda a, b, c: [a, 0.5 + 0.5 * (b - 0.5)])))
    assert [each.parameter for each in found] == ["a", "b", "c"]
    assert sum(each.share.value for each in found) == pytest.approx(1.0)
    assert not found[0].is_chance and found[0].share.value > 0.5 > found[2].share.high
    assert all(each.share.low <= each.share.value <= each.share.high for each in found)


def test_few_evaluations_have_no_importances():
    assert usable(design(lambda a, b, c: [a, b], 49)) == []
    assert len(usable(design(lambda a, b, c: [a, b], 50))) == 50
