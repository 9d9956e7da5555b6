import itertools

import numpy as np
import pytest
from scipy.stats import qmc

from tests.contracts.optimizer import MIXED, OptimizerContract, cube, play, sphere
from tests.loops import loop_over
from tuner.optimizers.base import Problem
from tuner.study.space import Parameter, SearchSpace


class TestRandom(OptimizerContract):
    name = "random"
    # Of 300 random points one is that good with a chance of 99.8 %: 1 - (1 - 4/3 pi 0.03 ** 1.5) ** 300.
    sphere_loss = 0.03
    rates_loss = 10.0

    def test_points_are_uniform(self):
        points = self.make(population_size=8000).ask()
        assert points.mean(axis=0) == pytest.approx([0.5] * 3, abs=0.015)
        assert points.std(axis=0) == pytest.approx([1 / np.sqrt(12)] * 3, abs=0.01)


class TestSobol(OptimizerContract):
    name = "sobol"
    sphere_loss = 0.03
    rates_loss = 10.0

    @loop_over("size", [1, 3, 7, 16])
    def test_generations_go_on_with_one_sequence(self, size):
        points = np.concatenate(play(self.make(seed=4, population_size=size), sphere, 64 // size))
        expected = qmc.Sobol(3, rng=4).random(64)
        assert np.array_equal(points, expected[: len(points)])

    def test_a_power_of_two_of_points_is_in_as_many_stretches(self):
        points = self.make(population_size=32).ask()
        assert np.array_equal(np.sort(np.floor(points * 32), axis=0), np.tile(np.arange(32.0)[:, None], 3))


class TestLatinHypercube(OptimizerContract):
    name = "latin_hypercube"
    sphere_loss = 0.03
    rates_loss = 10.0

    def test_each_generation_is_a_hypercube_of_its_own(self):
        first, second = play(self.make(population_size=9), sphere, 2)
        for points in (first, second):
            assert np.array_equal(np.sort(np.floor(points * 9), axis=0), np.tile(np.arange(9.0)[:, None], 3))
        assert not np.array_equal(np.floor(first * 9), np.floor(second * 9))


def values(optimizer, space):
    """The values of all combinations, in order, and the sizes of the generations."""
    asked = play(optimizer, lambda point: {"loss": 0.0}, 1000)
    assert optimizer.done
    return [tuple(space.decode(point).values()) for point in np.concatenate(asked)], list(map(len, asked))


def with_fixed(space):
    """The space with a fixed parameter in front."""
    return SearchSpace((Parameter("x", 0.0, 1.0, fixed=True), *space.parameters))


class TestGrid(OptimizerContract):
    name = "grid"
    # The nearest combination is (0.25, 0.25, 0.25).
    sphere_loss = 0.0076
    rates_loss = 10.0

    def test_another_seed_asks_something_else(self):
        """Not the grid: it has nothing random."""
        assert np.array_equal(self.make(seed=5).ask(), self.make(seed=6).ask())

    def test_fixed_parameters_stay_where_they_are(self):
        """With two points, so that the first parameter too is changed within the contract's generations."""
        self.settings = {"points": 2}
        super().test_fixed_parameters_stay_where_they_are()

    def test_all_combinations_the_last_parameter_fastest(self):
        space = SearchSpace((Parameter("delay", 1.0, 21.0), Parameter("weight", 1e-4, 1e-2, scale="log")))
        found, sizes = values(self.make(space=space, points=3, population_size=4), space)
        assert found == [pytest.approx(row) for row in itertools.product([1.0, 11.0, 21.0], [1e-4, 1e-3, 1e-2])]
        assert sizes == [4, 4, 1]
        assert [found[0], found[-1]] == [(1.0, 1e-4), (21.0, 1e-2)], "bounds are met exactly"

    def test_few_whole_numbers_and_choices_have_all_values(self):
        found, _ = values(self.make(space=MIXED, points=4), MIXED)
        assert len(found) == len(set(found)) == 4 * 4 * 3
        assert [row[1:] for row in found[:12]] == list(itertools.product([1, 2, 3, 4], "abc"))

    @loop_over(
        ("low", "high", "scale", "expected"),
        [
            (1, 2, "linear", [1, 2]),
            (7, 7, "linear", [7]),
            (-2, 2, "linear", [-2, -1, 0, 1, 2]),
            (0, 5, "linear", [0, 1, 2, 4, 5]),
            (0, 100, "linear", [0, 25, 50, 75, 100]),
            (1, 10000, "log", [1, 10, 100, 1000, 10000]),
            (1, 6, "log", [1, 2, 4, 6]),
        ],
    )
    def test_many_whole_numbers_are_spread_over_their_scale(self, low, high, scale, expected):
        space = SearchSpace((Parameter("cells", low, high, kind="int", scale=scale),))
        found, _ = values(self.make(space=space), space)
        assert found == [(value,) for value in expected]

    def test_choices_that_are_equal_for_python_are_two(self):
        space = SearchSpace((Parameter("flag", kind="choice", choices=(1, True, "1")),))
        assert [row[0] for row in values(self.make(space=space), space)[0]] == [1, True, "1"]

    def test_a_grid_is_never_built(self):
        optimizer = self.make(space=cube(100), points=10, population_size=3)
        assert optimizer.ask()[:, -2:] == pytest.approx(np.array([[0, 0], [0, 1], [0, 2]]) / 9)
        assert not optimizer.done

    def test_the_start_point_takes_no_combination_away(self):
        start = np.array([0.3, 0.7])
        optimizer = self.solve(Problem(cube(2), start=start), points=2, population_size=3)
        asked = np.concatenate(play(optimizer, sphere, 10))
        assert np.array_equal(asked, [start, [0, 0], [0, 1], [1, 0], [1, 1]])

    @loop_over("start", [{"cells": 3, "shape": "b"}, {"cells": 1, "shape": "a"}, {"cells": 4, "shape": "c"}])
    def test_choices_and_whole_numbers_are_asked_for_once(self, start):
        space = SearchSpace(MIXED.parameters[1:])
        for fixed in (space, with_fixed(space)):
            values_of_start = start if fixed is space else {"x": 0.3, **start}
            problem = Problem(fixed, start=fixed.encode(values_of_start), base=fixed.encode(values_of_start))
            found, sizes = values(self.solve(problem, points=4, population_size=5), fixed)
            assert found[0] == tuple(values_of_start.values()) and sizes == [5, 5, 2]
            others = [row for row in itertools.product([1, 2, 3, 4], "abc") if row != tuple(start.values())]
            assert [row[-2:] for row in found[1:]] == others

    def test_whole_numbers_of_which_some_are_left_out(self):
        space = SearchSpace((Parameter("cells", 0, 100, kind="int"),))
        for start, expected in ((50, [50, 0, 25, 75, 100]), (60, [60, 0, 25, 50, 75, 100])):
            problem = Problem(space, start=space.encode({"cells": start}))
            assert values(self.solve(problem, points=5), space)[0] == [(value,) for value in expected]

    def test_run_of_an_earlier_version_repeats_the_start_point(self):
        space = SearchSpace((Parameter("shape", kind="choice", choices=("a", "b")),))
        problem = Problem(space, start=space.encode({"shape": "b"}), repeats_start=True)
        assert values(self.solve(problem), space)[0] == [("b",), ("a",), ("b",)]

    def test_nothing_is_left_after_the_last(self):
        optimizer = self.make(points=2)
        play(optimizer, sphere, 10)
        assert optimizer.ask().shape == (0, 3)
