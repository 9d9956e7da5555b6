"""What every optimiser must do: inherit the class, name the optimiser."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest

from tuner.evaluation import Evaluation
from tuner.optimizers import OPTIMIZERS, Optimizer, Problem
from tuner.schema import Place, fill
from tuner.space import Parameter, SearchSpace

Row = dict[str, float] | None


def cube(n: int) -> SearchSpace:
    """n float parameters from 0 to 1: values are points."""
    return SearchSpace(tuple(Parameter(f"x{i}", 0.0, 1.0) for i in range(n)))


MIXED = SearchSpace(
    (
        Parameter("weight", 0.001, 0.1, scale="log"),
        Parameter("cells", 1, 4, kind="int"),
        Parameter("shape", kind="choice", choices=("a", "b", "c")),
    )
)


def evaluate(points: np.ndarray, function: Callable[[np.ndarray], Row]) -> list[Evaluation]:
    """Evaluations of a function from a point to objectives; None is a failure."""
    evaluations = []
    for number, point in enumerate(points):
        values = {f"x{i}": float(x) for i, x in enumerate(point)}
        row = function(point)
        if row is None:
            evaluations.append(Evaluation(number, 0, values, 1, status="failed", reason="no spike"))
        else:
            evaluations.append(Evaluation(number, 0, values, 1, loss=sum(row.values()), objectives=row))
    return evaluations


def play(optimizer: Optimizer, function: Callable[[np.ndarray], Row], generations: int) -> list[np.ndarray]:
    """All points that an optimiser asks for."""
    asked = []
    for _ in range(generations):
        if optimizer.done:
            break
        points = optimizer.ask()
        asked.append(points.copy())
        optimizer.tell(points, evaluate(points, function))
    return asked


def sphere(point: np.ndarray) -> Row:
    """Squared distance from (0.3, 0.3, ...)."""
    return {"loss": float(np.sum((point - 0.3) ** 2))}


class OptimizerContract:
    """Inherit and set `name`; `settings` are its own, `sphere_loss` is reached in 30 generations of 3 parameters."""

    name: str
    settings: dict = {}
    sphere_loss: float

    @pytest.fixture(autouse=True)
    def no_warning(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield

    def make(self, seed: int = 1, space: SearchSpace | None = None, objectives=("loss",), **settings) -> Optimizer:
        kind = OPTIMIZERS[self.name]
        filled = fill({**self.settings, **settings}, kind.SETTINGS, Place("study"))
        return kind(Problem(space or cube(3), objectives=tuple(objectives)), seed, **filled)

    @pytest.mark.parametrize("space", [cube(1), cube(7), MIXED], ids=["1", "7", "mixed"])
    def test_stays_in_the_cube(self, space):
        asked = play(self.make(space=space), lambda x: {"loss": -float(np.sum(x))}, 12)
        for points in asked:
            assert points.ndim == 2 and points.shape[1] == len(space) and len(points) > 0
            assert points.min() >= 0 and points.max() <= 1
            for values in map(space.decode, points):
                assert all(p.holds(values[p.name]) for p in space.parameters)

    def test_the_first_generation_has_the_size_that_was_set(self):
        assert self.make(population_size=8).ask().shape == (8, 3)

    def test_the_same_seed_asks_the_same(self):
        first, second = (play(self.make(seed=5), sphere, 8) for _ in range(2))
        assert np.array_equal(np.concatenate(first), np.concatenate(second))

    def test_another_seed_asks_something_else(self):
        assert not np.array_equal(self.make(seed=5).ask(), self.make(seed=6).ask())

    def test_global_random_states_are_left_alone(self):
        np.random.seed(3)
        expected = np.random.random(3)
        np.random.seed(3)
        play(self.make(), sphere, 3)
        assert np.array_equal(np.random.random(3), expected)

    def test_a_replay_equals_the_first_play(self):
        def stored(points):
            return [Evaluation.from_line(e.to_line()) for e in evaluate(points, _failing_at(0.5, sphere))]

        first = play(self.make(), _failing_at(0.5, sphere), 8)
        again = self.make()
        for points in first:
            assert np.array_equal(again.ask(), points)
            again.tell(points, stored(points))

    @pytest.mark.parametrize("border", [0.0, 0.5], ids=["all", "half"])
    def test_failures_are_accepted(self, border):
        asked = play(self.make(), _failing_at(border, sphere), 8)
        assert len(asked) == 8
        assert all(np.isfinite(points).all() for points in asked)

    def test_failures_at_first_do_not_hinder(self):
        optimizer = self.make()
        play(optimizer, lambda point: None, 2)
        asked = play(optimizer, sphere, 30)
        assert _best(asked) < 3 * self.sphere_loss

    def test_told_points_may_differ_from_asked(self):
        start = np.array([0.3, 0.3, 0.3])
        asks = []
        for _ in range(2):
            optimizer = self.make()
            points = optimizer.ask()
            points[0] = start
            optimizer.tell(points, evaluate(points, sphere))
            asks.append(np.concatenate(play(optimizer, sphere, 6)))
        assert np.array_equal(*asks)
        assert asks[0].min() >= 0 and asks[0].max() <= 1

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_improves_on_a_sphere(self, seed):
        asked = play(self.make(seed), sphere, 30)
        assert _best(asked) < self.sphere_loss
        assert _best(asked) < _best(asked[:1])


def _best(asked: list[np.ndarray]) -> float:
    return min(sphere(point)["loss"] for point in np.concatenate(asked))


def _failing_at(border: float, function: Callable[[np.ndarray], Row]) -> Callable[[np.ndarray], Row]:
    return lambda point: None if point[0] >= border else function(point)
