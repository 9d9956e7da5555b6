"""Least squares on features: the contract, how few evaluations it needs, and where it goes on."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from tests.contracts.optimizer import RATE_TARGETS, WISHED_RATES, OptimizerContract, cube, evaluate, play, rates, sphere
from tests.loops import loop_over
from tests.optimizers.least_squares.searches import judged, search, sigmoids
from tuner.objective.targets import Target
from tuner.optimizers.base import Problem
from tuner.optimizers.least_squares.least_squares import FIRST_STEP, LARGEST_RADIUS
from tuner.study.space import Parameter, SearchSpace


class TestLeastSquares(OptimizerContract):
    name = "least_squares"
    sphere_loss = 1e-6
    rates_loss = 0.5

    def test_the_first_generation_has_the_size_that_was_set(self):
        # A star has a point more than there are parameters, or as many as were asked for.
        assert self.make(population_size=8).ask().shape == (8, 3)
        assert self.make(population_size=2).ask().shape == (4, 3)

    def test_a_star_of_orthogonal_steps_around_the_start(self):
        start = np.array([0.97, 0.5, 0.02, 0.4])
        points = self.solve(Problem(cube(4), RATE_TARGETS, start=start)).ask()
        assert points.shape == (5, 4) and np.array_equal(points[0], start)
        assert points.min() >= 0 and points.max() <= 1
        steps = self.solve(Problem(cube(4), RATE_TARGETS, start=np.full(4, 0.5))).ask()[1:] - 0.5
        assert steps @ steps.T == pytest.approx(FIRST_STEP**2 * np.eye(4), abs=1e-12)

    @loop_over(("n", "m", "most"), [(6, 6, 16), (12, 6, 26), (6, 12, 16), (18, 18, 40)])
    def test_few_evaluations_for_sigmoid_rates(self, n, m, most):
        for seed in range(3):
            measure, targets = sigmoids(n, m, seed)
            optimizer = self.solve(Problem(cube(n), targets), seed, population_size=1)
            points, _ = search(optimizer, measure, targets, most)
            reached = [all(t.reached(measure(p)[t.name]) for t in targets) for p in points]
            assert any(reached), seed

    def test_few_rounds_with_generations_of_eight(self):
        measure, targets = sigmoids(18, 18, 7)
        optimizer = self.solve(Problem(cube(18), targets), 1, population_size=8)
        points, _ = search(optimizer, measure, targets, 19 + 7 * 8)
        assert any(all(t.reached(measure(p)[t.name]) for t in targets) for p in points)

    def test_a_wish_that_cannot_be_met_does_not_pull(self):
        # Two goals for one parameter: with |z| the one of more weight wins, squares would stand between.
        targets = (
            Target("a", "cv2", value=0.2, tolerance=0.01, unit="1"),
            Target("b", "cv2", value=0.9, tolerance=0.01, unit="1", weight=0.5),
        )
        optimizer = self.solve(Problem(cube(1), targets), population_size=1)
        points, losses = search(optimizer, lambda p: {"a": p[0], "b": p[0]}, targets, 30)
        assert points[losses.argmin()] == pytest.approx([0.2], abs=1e-3)

    def test_a_range_is_met_with_the_least_step(self):
        targets = (
            Target("a", "cv2", low=0.6, high=0.8, tolerance=0.01, unit="1"),
            Target("b", "cv2", value=0.5, tolerance=0.01, unit="1"),
        )
        optimizer = self.solve(Problem(cube(2), targets, start=np.array([0.3, 0.5])), population_size=1)
        points, losses = search(optimizer, lambda p: {"a": p[0], "b": p[1]}, targets, 14)
        assert losses.min() < 0.01
        best = points[losses.argmin()]
        assert 0.6 - 1e-4 <= best[0] < 0.62

    @pytest.mark.parametrize(("form", "gain", "best"), [("minimize", 0.3, 0.0), ("maximize", 0.3, 1.0)])
    def test_what_has_no_end_takes_what_the_wishes_leave(self, form, gain, best):
        # Of x and y only x is goal; the sum of both is a price that a tolerance of x outweighs.
        targets = (
            Target("x", "cv2", value=0.4, tolerance=0.05, unit="1"),
            Target("sum", "cv2", form=form, unit="1", weight=gain),
        )
        optimizer = self.solve(Problem(cube(2), targets, start=np.array([0.7, 0.6])), population_size=1)
        points, losses = search(optimizer, lambda p: {"x": p[0], "sum": p[0] + p[1]}, targets, 24)
        assert points[losses.argmin()] == pytest.approx([0.4, best], abs=2e-3)
        signed = gain * (0.4 + best) * (1.0 if form == "minimize" else -1.0)
        assert losses.min() == pytest.approx(signed, abs=0.05)

    def test_a_walk_whose_loss_is_below_0_ends_where_it_gains_nothing(self, caplog):
        # From its best on, of a loss of -100, every step loses 0.5 %: it was a gain when 1 % was taken from the loss.
        targets = (
            Target("x", "cv2", value=0.5, tolerance=0.1, unit="1", weight=0.01),
            Target("gain", "cv2", form="maximize", unit="1"),
        )
        optimizer = self.solve(Problem(cube(1), targets, start=np.array([0.5])), population_size=1)
        with caplog.at_level(logging.INFO):
            search(optimizer, lambda p: {"x": p[0], "gain": 100.0 if p[0] == 0.5 else 99.5}, targets, 60)
        assert "least_squares stopped at loss -100, without a gain of 1 % in 2 restarts" in caplog.text

    def test_features_that_are_nan_here_and_there(self):
        def measure(point):
            return {"a": point[0], "b": point[1] if point[0] > 0.5 else np.nan}

        targets = tuple(Target(n, "cv2", value=v, tolerance=0.01, unit="1") for n, v in (("a", 0.8), ("b", 0.7)))
        for start in ([0.2, 0.2], [0.55, 0.3]):
            optimizer = self.solve(Problem(cube(2), targets, start=np.array(start)), population_size=1)
            points, losses = search(optimizer, measure, targets, 30)
            assert points[losses.argmin()] == pytest.approx([0.8, 0.7], abs=0.01)

    def test_it_goes_round_a_region_of_failures(self):
        def measure(point):
            inside = abs(point[0] - 0.5) < 0.1 and point[1] < 0.6
            return None if inside else {"a": point[0], "b": point[1]}

        targets = tuple(Target(n, "cv2", value=v, tolerance=0.02, unit="1") for n, v in (("a", 0.8), ("b", 0.3)))
        optimizer = self.solve(Problem(cube(2), targets, start=np.array([0.2, 0.3])), population_size=2)
        points, losses = search(optimizer, measure, targets, 60)
        assert losses.min() < 1.0

    def test_no_step_ends_nearer_to_a_failure_than_to_the_best(self):
        targets = (Target("a", "cv2", value=0.9, tolerance=0.01, unit="1"),)
        optimizer = self.solve(Problem(cube(1), targets, start=np.array([0.3])), population_size=1)

        def measure(point):
            return None if point[0] > 0.6 else {"a": point[0]}

        points, losses = search(optimizer, measure, targets, 12)
        failed = np.flatnonzero(np.isinf(losses))
        assert len(failed)
        for place in range(failed[0] + 1, len(points)):
            best = points[losses[:place].argmin()]
            before = points[failed[failed < place]]
            assert (np.abs(before - points[place]) >= np.abs(best - points[place]) - 1e-12).all()

    def test_whole_numbers_are_asked_as_such(self):
        space = SearchSpace((Parameter("cells", 10, 60, kind="int"), Parameter("weight", 0.0, 1.0)))
        goals = (("n", 37, 1.0), ("w", 0.4, 0.01))
        targets = tuple(Target(n, "cv2", value=v, tolerance=w, unit="1") for n, v, w in goals)
        optimizer = self.solve(Problem(space, targets), population_size=1)

        def measure(point):
            values = space.decode(point)
            return {"n": values["cells"], "w": values["weight"]}

        points, losses = search(optimizer, measure, targets, 20)
        assert space.snap(points) == pytest.approx(points, abs=1e-15)
        assert losses.min() < 0.1

    def test_where_features_jump_cma_es_goes_on_from_the_best(self, caplog):
        # Every slope is 0: restarts gain nothing.
        def measure(point):
            return {"a": float(np.round(4.0 * np.hypot(*(point - 0.7))))}

        targets = (Target("a", "cv2", value=-1.0, tolerance=1.0, unit="1"),)
        optimizer = self.solve(Problem(cube(2), targets, start=np.array([0.1, 0.1])), restarts=1)
        with caplog.at_level(logging.INFO, logger="tuner"):
            points, losses = search(optimizer, measure, targets, 150)
        assert "cma_es continues from the best point" in caplog.text
        assert losses.min() == 1.0
        assert np.median(losses[-20:]) < np.median(losses[:20])

    def test_cma_es_goes_on_wide_along_what_features_do_not_see(self):
        # Of x0 a tenth is one tolerance; of x1 nothing is seen; the second goal is out of reach.
        targets = tuple(Target(n, "cv2", value=v, tolerance=0.1, unit="1") for n, v in (("a", 0.6), ("b", -1.0)))
        optimizer = self.solve(Problem(cube(2), targets, start=np.array([0.5, 0.5])), population_size=4, restarts=0)
        measure = {"a": lambda point: point[0], "b": lambda point: 0.0}
        while optimizer._successor is None:
            asked = optimizer.ask()
            optimizer.tell(asked, judged(asked, lambda p: {n: m(p) for n, m in measure.items()}, targets))
        problem, covariance = optimizer._around_best()
        assert problem.start[0] == pytest.approx(0.6, abs=0.005)
        # A z of 0 counts as 0.05: a curvature of 10^2 / 0.05, which 1 % of the loss of 10 is spent on.
        assert np.sqrt(np.diag(covariance)) == pytest.approx([np.sqrt(2 * 0.1 / 2000), 0.1], rel=0.05)

    def test_what_a_missed_constraint_adds_does_not_widen_where_it_goes_on(self):
        must = Target("m", "cv2", high=-1.0, tolerance=1.0, unit="1", must=True)
        targets = tuple(Target(n, "cv2", value=v, tolerance=0.1, unit="1") for n, v in (("a", 0.6), ("b", -1.0)))
        optimizer = self.solve(Problem(cube(2), targets, start=np.array([0.5, 0.5])), restarts=0)
        while optimizer._successor is None:
            asked = optimizer.ask()
            told = judged(asked, lambda p: {"a": p[0], "b": 0.0, "m": 0.0}, (*targets, must))
            optimizer.tell(asked, [replace(evaluation, violation=1.0) for evaluation in told])
        assert np.sqrt(np.diag(optimizer._around_best()[1]))[0] == pytest.approx(np.sqrt(2 * 0.1 / 2000), rel=0.05)

    def test_the_slopes_at_the_best_point(self):
        targets = (
            Target("a", "rate", value=20.0, tolerance=1.0, unit="Hz"),
            Target("b", "cv2", value=0.5, tolerance=0.01, unit="1"),
        )
        optimizer = self.solve(Problem(cube(2), targets), population_size=1)
        assert optimizer.slopes() is None

        def measure(point):
            return {"a": 10.0 + 20.0 * point[0] + 5.0 * point[1], "b": 1.0 - point[1]}

        points, losses = search(optimizer, measure, targets, 25)
        found = optimizer.slopes()
        assert found["slopes"]["a"] == pytest.approx({"x0": 20.0, "x1": 5.0}, rel=0.06)
        assert found["slopes"]["b"] == pytest.approx({"x0": 0.0, "x1": -1.0}, abs=0.01)

    def test_a_rate_that_is_undefined_everywhere_disturbs_no_other_target(self):
        targets = (
            Target("none", "rate", value=5.0, tolerance=1.0, unit="Hz"),
            Target("a", "cv2", value=0.7, tolerance=0.01, unit="1"),
        )
        optimizer = self.solve(Problem(cube(3), targets), population_size=1)
        points, losses = search(optimizer, lambda p: {"none": np.nan, "a": p[0]}, targets, 12)
        assert losses.min() == pytest.approx(250.0, abs=0.1)
        assert points[losses.argmin()][0] == pytest.approx(0.7, abs=1e-3)

    def test_the_slopes_know_what_cma_es_has_found(self):
        def measure(point):
            return {"a": float(np.round(4.0 * np.hypot(*(point - 0.7))))}

        targets = (Target("a", "cv2", value=-1.0, tolerance=1.0, unit="1"),)
        optimizer = self.solve(Problem(cube(2), targets, start=np.array([0.1, 0.1])), restarts=0)
        losses, told = [], []
        while len(losses) < 120:
            asked = optimizer.ask()
            evaluations = judged(asked, measure, targets)
            told += [replace(e, number=len(told) + n) for n, e in enumerate(evaluations)]
            optimizer.tell(asked, told[-len(asked) :])
            losses += [e.loss for e in evaluations]
        assert optimizer.slopes()["number"] in np.flatnonzero(np.array(losses) == min(losses))

    def test_known_points_are_enough_to_step_from(self):
        measure, targets = sigmoids(3, 3, 5)
        known = np.random.default_rng(1).random((12, 3))
        told = judged(known, measure, targets)
        optimizer = self.solve(Problem(cube(3), targets), population_size=1)
        optimizer.tell(known, told)
        best = min(e.loss for e in told)
        assert optimizer.ask().shape == (1, 3), "no star"
        _, losses = search(optimizer, measure, targets, 5)
        assert losses.min() < best / 2

    def test_a_few_known_points_give_the_centre_of_the_star(self):
        measure, targets = sigmoids(3, 3, 5)
        known = np.array([[0.2, 0.3, 0.4], [0.6, 0.6, 0.6]])
        told = judged(known, measure, targets)
        optimizer = self.solve(Problem(cube(3), targets), population_size=1)
        optimizer.tell(known, told)
        centre = known[np.argmin([e.loss for e in told])]
        assert np.linalg.norm(optimizer.ask() - centre, axis=1) == pytest.approx([FIRST_STEP] * 3)

    def test_after_a_star_of_failures_points_are_scattered(self):
        optimizer = self.make(population_size=2)
        points = optimizer.ask()
        optimizer.tell(points, evaluate(points, lambda point: None))
        scattered = optimizer.ask()
        assert np.linalg.norm(scattered - scattered.mean(axis=0), axis=1).max() > 2 * FIRST_STEP
        optimizer.tell(scattered, evaluate(scattered, sphere))
        star = optimizer.ask()
        best = scattered[np.argmin([sphere(point)["loss"] for point in scattered])]
        assert np.linalg.norm(star - best, axis=1) == pytest.approx([FIRST_STEP] * 3)

    def test_steps_stay_within_the_largest_radius_of_the_best(self):
        asked = play(self.make(population_size=1), sphere, 20)
        assert np.linalg.norm(asked[1][0] - asked[0], axis=1).min() <= LARGEST_RADIUS


def test_rates_are_as_wished_where_the_contract_says():
    assert rates(np.array([0.6, 0.3, 0.65])) == pytest.approx(WISHED_RATES)
