import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from tests.loops import loop_over
from tuner.objective.targets import Target
from tuner.optimizers.least_squares.residuals import Goals
from tuner.optimizers.least_squares.slopes import Plane
from tuner.optimizers.least_squares.trust_region import best_step, spread


def goals(*values, form="squared", tolerance=1.0):
    wanted = {"tolerance": tolerance, "unit": "1", "form": form}
    return Goals([Target(f"t{i}", "cv2", value=v, **wanted) for i, v in enumerate(values)])


def test_the_gauss_newton_step_where_nothing_hinders():
    plane = Plane(np.array([1.0, 2.0]), np.array([[2.0, 0.0], [1.0, 4.0]]))
    step = best_step(goals(1.2, 2.3), plane, np.array([0.5, 0.5]), 1.0)
    assert plane.at(step) == pytest.approx([1.2, 2.3], abs=1e-3)


def test_the_least_of_many_steps_that_serve():
    plane = Plane(np.array([0.0]), np.array([[3.0, 4.0]]))
    step = best_step(goals(1.0), plane, np.array([0.5, 0.5]), 1.0)
    assert step == pytest.approx([0.12, 0.16], abs=1e-3)


def test_the_radius_bounds_the_step():
    plane = Plane(np.array([0.0, 0.0]), 2.0 * np.eye(2))
    step = best_step(goals(3.0, 4.0), plane, np.array([0.5, 0.5]), 0.2)
    assert np.linalg.norm(step) <= 0.2 and np.linalg.norm(step) > 0.15
    assert step[1] / step[0] == pytest.approx(4 / 3, rel=1e-3)


@pytest.mark.long
@given(seed=st.integers(0, 10**6), radius=st.floats(0.05, 1.0))
@settings(max_examples=40)
def test_against_a_general_solver(seed, radius):
    random = np.random.default_rng(seed)
    point, slopes = random.random(3), random.normal(size=(4, 3))
    plane, goal = Plane(random.normal(size=4), slopes), goals(*random.normal(size=4))
    step = best_step(goal, plane, point, radius)
    assert np.linalg.norm(step) <= radius * (1 + 1e-9)
    assert (point + step >= -1e-12).all() and (point + step <= 1 + 1e-12).all()
    ball = {"type": "ineq", "fun": lambda s: radius**2 - s @ s}
    bounds = list(zip(-point, 1.0 - point, strict=True))
    best = minimize(lambda s: float(goal.losses(plane.at(s))), np.zeros(3), bounds=bounds, constraints=[ball])
    start = float(goal.losses(plane.values))
    # Dampings come in factors of 1.15: the step may be shorter than the ball allows.
    assert start - float(goal.losses(plane.at(step))) >= 0.8 * (start - best.fun) - 1e-3


@loop_over("scale", [1e-3, 1.0, 1e6])
@loop_over(("form", "sign"), [("minimize", -1.0), ("maximize", 1.0)])
def test_a_feature_without_end_takes_the_whole_radius_along_its_slope(form, sign, scale):
    plane = Plane(np.array([5.0]), scale * np.array([[3.0, 4.0]]))
    endless = Goals([Target("t", "rate", form=form, unit="Hz")])
    step = best_step(endless, plane, np.array([0.5, 0.5]), 0.2)
    # Dampings come in factors of 1.15.
    assert 0.2 / 1.16 < np.linalg.norm(step) <= 0.2
    assert step / np.linalg.norm(step) == pytest.approx([sign * 0.6, sign * 0.8], abs=1e-3)


def test_a_feature_without_end_goes_as_far_as_a_wish_lets_it():
    # 2 |x| / 0.1 against 3 y along y, and against 3 x along x: the goal holds x, nothing but the bound holds y.
    targets = [
        Target("x", "cv2", value=0.5, tolerance=0.1, unit="1", weight=2.0),
        Target("sum", "cv2", form="minimize", weight=3.0, unit="1"),
    ]
    plane = Plane(np.array([0.6, 1.2]), np.array([[1.0, 0.0], [1.0, 1.0]]))
    step = best_step(Goals(targets), plane, np.array([0.6, 0.6]), 1.0)
    assert step == pytest.approx([-0.1, -0.6], abs=1e-3)


def test_bounds_are_kept_and_used():
    plane = Plane(np.array([0.0, 0.0]), np.array([[1.0, 1.0], [1.0, -1.0]]))
    # Both could be met at (0.8, 0.0) from (0.5, 0.2), were it not for x <= 0.55 in disguise: x starts at 0.95.
    step = best_step(goals(0.3, 0.3), plane, np.array([0.95, 0.2]), 1.0)
    assert step[0] == pytest.approx(0.05, abs=1e-3)
    assert plane.at(step) == pytest.approx([0.05, 0.05], abs=1e-3)


def test_absolute_deviations_ignore_what_cannot_be_met():
    plane = Plane(np.array([0.0, 0.0, 0.0]), np.array([[1.0], [1.0], [1.0]]))
    step = best_step(goals(0.1, 0.1, 9.0, form="z", tolerance=0.1), plane, np.array([0.5]), 0.5)
    assert step == pytest.approx([0.1], abs=5e-3)
    squared = best_step(goals(0.1, 0.1, 9.0), plane, np.array([0.5]), 0.5)
    assert squared == pytest.approx([0.5], abs=0.05)


def test_no_slopes_no_step():
    plane = Plane(np.array([1.0, np.nan]), np.zeros((2, 3)))
    assert best_step(goals(2.0, 2.0), plane, np.full(3, 0.5), 0.3) == pytest.approx(np.zeros(3))


def test_a_spread_is_wide_along_what_no_feature_sees():
    # (y - 1)^2 / 1 at y = 0 has the curvature 2 slope^2, for a slope of 5 along (3, 4) / 5; nothing is seen across.
    plane = Plane(np.array([0.0]), np.array([[3.0, 4.0]]))
    covariance = spread(goals(1.0), plane, 0.09, 0.2)
    along, across = np.array([0.6, 0.8]), np.array([0.8, -0.6])
    assert along @ covariance @ along == pytest.approx(2 * 0.09 / 50.0, rel=1e-9)
    assert across @ covariance @ across == pytest.approx(0.2**2, rel=1e-9)
    assert along @ covariance @ across == pytest.approx(0.0, abs=1e-12)


def test_a_spread_raises_a_sum_of_squares_by_what_was_asked_to_both_sides_together():
    plane = Plane(np.array([0.5, -0.4]), np.array([[2.0, 0.5], [1.0, 4.0]]))
    goal = goals(0.3, -0.2)
    values, vectors = np.linalg.eigh(spread(goal, plane, 0.01, 1.0))
    for value, vector in zip(values, vectors.T, strict=True):
        before, there, back = (goal.losses(plane.at(n * np.sqrt(value) * vector)) for n in (0, 1, -1))
        assert (there + back) / 2 - before == pytest.approx(0.01, rel=1e-6)


def test_a_spread_is_no_point_where_nothing_may_be_lost():
    covariance = spread(goals(0.0), Plane(np.array([0.0]), np.array([[1.0, 0.0]])), 0.0, 0.1)
    assert np.sqrt(np.linalg.eigvalsh(covariance)) == pytest.approx([1e-4, 1e-4])
