import numpy as np
import pytest
from cmaes import get_warm_start_mgd

from tests.contracts.optimizer import MIXED, OptimizerContract, cube, evaluate, play, sphere
from tests.loops import loop_over
from tuner.optimizers.base import Problem
from tuner.optimizers.cma_es import CmaEs
from tuner.study.space import Parameter, SearchSpace


def constant(point):
    return {"loss": 3.0}


def generations(optimizer, function, n=1000):
    """Generations until the population has grown."""
    asked = [optimizer.ask()]
    while len(asked[-1]) == len(asked[0]) and len(asked) < n:
        optimizer.tell(asked[-1], evaluate(asked[-1], function))
        asked.append(optimizer.ask())
    return asked


class TestCmaEs(OptimizerContract):
    name = "cma_es"
    sphere_loss = 0.0001
    rates_loss = 0.5

    @loop_over(("n", "size"), [(1, 4), (2, 6), (6, 9), (18, 12), (100, 17)])
    def test_the_populations_default_size(self, n, size):
        assert len(self.make(space=cube(n)).ask()) == size

    @pytest.mark.parametrize("start", [None, [0.1, 0.7, 0.95]])
    def test_it_begins_around_the_start_point_or_the_middle(self, start):
        problem = Problem(cube(3), start=None if start is None else np.array(start))
        points = self.solve(problem, sigma=0.01, population_size=2000).ask()
        assert points.mean(axis=0) == pytest.approx([0.5] * 3 if start is None else start, abs=0.001)
        assert points.std(axis=0) == pytest.approx([0.01] * 3, rel=0.05)

    def test_it_begins_with_the_covariance_that_is_given(self):
        covariance = 1e-4 * np.array([[4.0, 1.5, 0.0], [1.5, 1.0, 0.0], [0.0, 0.0, 0.25]])
        optimizer = CmaEs(Problem(cube(3)), seed=1, population_size=5000, covariance=covariance)
        assert np.cov(optimizer.ask().T) == pytest.approx(covariance, abs=1e-5)

    def test_it_is_made_without_a_study_too(self):
        optimizer = CmaEs(Problem(cube(2), start=np.array([0.2, 0.9])), 3, sigma=1e-6, population_size=5)
        assert optimizer.ask() == pytest.approx(np.tile([0.2, 0.9], (5, 1)), abs=1e-5)

    def test_a_converged_search_starts_elsewhere_with_twice_as_many(self):
        *old, first = generations(self.make(), sphere)
        assert len(old[-1]) == 7 and len(first) == 14
        assert np.abs(old[-1] - 0.3).max() < 1e-5
        assert first.std(axis=0).min() > 0.1
        assert len(generations(self.make(growth=1.5), sphere)[-1]) == 10

    @pytest.mark.parametrize("function", [constant, lambda point: None], ids=["equal", "failed"])
    def test_a_plateau_ends_a_search_and_not_the_run(self, function):
        asked = generations(self.make(), function)
        # cmaes looks back on 10 + 30 n / population_size generations.
        assert len(asked) == 10 + 13 + 2 and len(asked[-1]) == 14
        optimizer = self.make()
        play(optimizer, function, 60)
        assert not optimizer.done
        assert min(sphere(x)["loss"] for x in np.concatenate(play(optimizer, sphere, 60))) < 1e-6

    def test_a_narrow_search_is_followed_by_a_wide_one(self):
        assert generations(self.make(sigma=0.001, population_size=50), constant)[-1].std(axis=0).min() > 0.1

    def test_failures_rank_behind_everything_that_ran(self):
        def rank(loss_of_failed):
            optimizer = self.make(population_size=8)
            points = optimizer.ask()
            left = points[:, 0] < np.median(points[:, 0])
            losses = [{"loss": 1e6 + x[1]} if ran else loss_of_failed for x, ran in zip(points, left, strict=True)]
            rows = iter(losses)
            optimizer.tell(points, evaluate(points, lambda x: next(rows)))
            return optimizer.ask()

        assert np.array_equal(rank(None), rank({"loss": 1e9}))
        assert not np.array_equal(rank(None), rank({"loss": 1e5}))

    def test_a_point_that_was_not_asked_for_is_told_where_it_is(self):
        means = []
        for told in (0.1, 0.9):
            optimizer = self.make(population_size=4, space=cube(1))
            points = optimizer.ask()
            points[0] = told
            optimizer.tell(points, evaluate(points, lambda x, told=told: {"loss": float(x[0] != told)}))
            means.append(np.mean([optimizer.ask() for _ in range(200)]))
        assert means[0] < 0.4 and means[1] > 0.6

    def test_few_known_points_give_the_place_to_begin(self):
        optimizer = self.make(sigma=0.01, population_size=2000)
        known = np.array([[0.2, 0.2, 0.2], [0.4, 0.3, 0.3], [0.9, 0.1, 0.4], [0.3, 0.3, 0.3]])
        optimizer.tell(known, evaluate(known, lambda x: None if tuple(x) == (0.3, 0.3, 0.3) else sphere(x)))
        asked = optimizer.ask()
        assert asked.mean(axis=0) == pytest.approx([0.4, 0.3, 0.3], abs=0.001)
        assert asked.std(axis=0) == pytest.approx([0.01] * 3, rel=0.05)

    def test_the_best_known_of_very_many_parameters_is_the_place_to_begin(self):
        known = np.random.default_rng(3).random((12, 200))
        optimizer = self.make(space=cube(200), sigma=0.01)
        optimizer.tell(known, evaluate(known, sphere))
        best = min(known, key=lambda x: sphere(x)["loss"])
        inside = (best > 0.05) & (best < 0.95)
        assert optimizer.ask()[:, inside] == pytest.approx(np.tile(best[inside], (19, 1)), abs=0.05)

    @pytest.mark.parametrize("n", [3, 30])
    def test_known_points_that_all_failed_say_nothing(self, n):
        optimizer = self.make()
        known = np.full((n, 3), 0.9)
        optimizer.tell(known, evaluate(known, lambda point: None))
        assert np.array_equal(optimizer.ask(), self.make().ask())

    def test_many_known_points_give_a_distribution(self):
        known = np.random.default_rng(3).random((80, 3))

        def function(x):
            return None if x[2] > 0.9 else {"loss": float((x[0] - x[1]) ** 2 + 0.01 * (x[2] - 0.5) ** 2)}

        ran = [(x, function(x)["loss"]) for x in known if function(x)]
        mean, sigma, covariance = get_warm_start_mgd(ran)
        optimizer = self.make(population_size=4000)
        optimizer.tell(known[:50], evaluate(known[:50], function))
        optimizer.tell(known[50:], evaluate(known[50:], function))
        asked = optimizer.ask()
        inside = np.random.default_rng(1).multivariate_normal(mean, sigma**2 * covariance, 40000)
        inside = inside[((inside >= 0) & (inside <= 1)).all(axis=1)]
        assert asked.mean(axis=0) == pytest.approx(inside.mean(axis=0), abs=0.02)
        assert np.cov(asked.T) == pytest.approx(np.cov(inside.T), abs=0.005)
        assert np.corrcoef(asked.T)[0, 1] > 0.5

    def test_discrete_parameters_are_asked_at_their_values(self):
        space = SearchSpace((Parameter("x", 0.0, 1.0), Parameter("n", -3, 9, kind="int"), MIXED.parameters[2]))
        points = np.concatenate(play(self.make(space=space), lambda x: {"loss": float(np.sum((x - 0.3) ** 2))}, 40))
        assert points == pytest.approx(space.snap(points), abs=1e-12)
        best = min(points, key=lambda x: np.sum((x - 0.3) ** 2))
        assert space.decode(best)["n"] == 0 and space.decode(best)["shape"] == "a"
        assert best[0] == pytest.approx(0.3, abs=0.01)

    def test_no_value_of_a_discrete_parameter_is_given_up(self):
        space = SearchSpace((Parameter("x", 0.0, 1.0), Parameter("n", 0, 1, kind="int")))
        optimizer = self.make(space=space)
        play(optimizer, lambda x: {"loss": float(x[1])}, 10)
        assert len(np.unique(np.concatenate([optimizer.ask() for _ in range(100)])[:, 1])) == 2

    @loop_over(
        "parameter",
        [
            Parameter("n", 5, 5, kind="int"),
            Parameter("n", kind="choice", choices=("only",)),
            Parameter("n", 1, 1000, kind="int", scale="log"),
        ],
    )
    def test_what_has_no_steps_is_searched_as_a_float(self, parameter):
        space = SearchSpace((Parameter("x", 0.0, 1.0), parameter))
        points = np.concatenate(play(self.make(space=space), sphere, 30))
        assert points[-6:] == pytest.approx(np.full((6, 2), 0.3), abs=0.02)
