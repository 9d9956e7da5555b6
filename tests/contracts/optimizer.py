"""What every optimiser must do: inherit the class, name the optimiser."""

import warnings
from collections.abc import Callable

import numpy as np
import pytest

from tests.loops import loop_over
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.resolution import OPTIMIZERS, of_kind
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace

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


def sphere_targets(n: int) -> tuple[Target, ...]:
    """Targets whose loss is `sphere`, where a feature is a parameter's place."""
    return tuple(Target(f"x{i}", "cv2", value=0.3, tolerance=1.0, unit="1", form="squared") for i in range(n))


RATES = np.array([[4.0, -1.0, 0.5], [1.0, 3.5, -0.8], [-0.6, 1.2, 4.2]])
WISHED_RATES = 60.0 / (1.0 + np.exp(1.0 - RATES @ np.array([0.2, -0.4, 0.3])))
RATE_TARGETS = tuple(Target(f"x{i}", "rate", value=v, tolerance=0.1 * v, unit="Hz") for i, v in enumerate(WISHED_RATES))


def rates(point: np.ndarray) -> np.ndarray:
    """Three sigmoid rates [Hz] of three parameters, which are as goal at (0.6, 0.3, 0.65)."""
    return 60.0 / (1.0 + np.exp(1.0 - RATES @ (2.0 * point - 1.0)))


def evaluate(
    points: np.ndarray,
    function: Callable[[np.ndarray], Row],
    features: Callable[[np.ndarray], np.ndarray] = lambda point: point,
) -> list[Evaluation]:
    """Evaluations of a function from a point to objectives; None is a failure."""
    evaluations = []
    for number, point in enumerate(points):
        values = {f"x{i}": float(x) for i, x in enumerate(point)}
        row = function(point)
        if row is None:
            evaluations.append(Evaluation(number, 0, values, 1, status="failed", reason="no spike"))
        else:
            table = {f"x{i}": float(x) for i, x in enumerate(features(point))}
            loss = sum(row.values())
            evaluations.append(Evaluation(number, 0, values, 1, loss=loss, objectives=row, features=table))
    return evaluations


def play(
    optimizer: Optimizer,
    function: Callable[[np.ndarray], Row],
    generations: int,
    features: Callable[[np.ndarray], np.ndarray] = lambda point: point,
) -> list[np.ndarray]:
    """All points that an optimiser asks for."""
    asked = []
    for _ in range(generations):
        if optimizer.done:
            break
        points = optimizer.ask()
        asked.append(points.copy())
        optimizer.tell(points, evaluate(points, function, features))
    return asked


def sphere(point: np.ndarray) -> Row:
    """Squared distance from (0.3, 0.3, ...)."""
    return {"loss": float(np.sum((point - 0.3) ** 2))}


class OptimizerContract:
    """Inherit and set `name`; `settings` are its own. `sphere_loss` is reached in 30 generations of 3 parameters, and
    `rates_loss`, the sum of three deviations in tenths of the goal rates, too."""

    name: str
    settings: dict = {}
    sphere_loss: float
    rates_loss: float = 8.0

    @pytest.fixture(autouse=True)
    def no_warning(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield

    def make(self, seed: int = 1, space: SearchSpace | None = None, objectives=("loss",), **settings) -> Optimizer:
        space = space or cube(3)
        return self.solve(Problem(space, sphere_targets(len(space)), tuple(objectives)), seed, **settings)

    def solve(self, problem: Problem, seed: int = 1, **settings) -> Optimizer:
        kind = OPTIMIZERS[self.name]
        filled = fill({**self.settings, **settings}, kind.SETTINGS, Place("study"))
        return of_kind(kind, problem, seed, filled)

    @loop_over("space", [cube(1), cube(7), MIXED])
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

    @loop_over("border", [0.0, 0.5])
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

    @loop_over("seed", [1, 2, 3])
    def test_improves_on_a_sphere(self, seed):
        asked = play(self.make(seed), sphere, 30)
        assert _best(asked) < self.sphere_loss
        assert _best(asked) < _best(asked[:1])

    def test_improves_on_rates(self):
        def loss(point):
            return {"loss": float(np.abs((rates(point) - WISHED_RATES) / (0.1 * WISHED_RATES)).sum())}

        first, best = [], []
        for seed in range(3):
            asked = play(self.solve(Problem(cube(3), RATE_TARGETS), seed), loss, 30, rates)
            losses = [loss(point)["loss"] for point in np.concatenate(asked)]
            first.append(losses[0])
            best.append(min(losses))
        assert np.median(best) < self.rates_loss < np.median(first)

    def test_fixed_parameters_stay_where_they_are(self):
        free = cube(4).parameters
        fixed = (Parameter("held", 2.0, 6.0, fixed=True), Parameter("shape", kind="choice", choices="abc", fixed=True))
        space = SearchSpace((*free[:2], fixed[0], *free[2:], fixed[1]))
        base = space.encode({f"x{i}": 0.5 for i in range(4)} | {"held": 3.5, "shape": "c"})
        asked = play(self.solve(Problem(space, base=base)), sphere, 6)
        for point in np.concatenate(asked):
            assert {name: space.decode(point)[name] for name in ("held", "shape")} == {"held": 3.5, "shape": "c"}
        assert (np.concatenate(asked)[:, [0, 1, 3, 4]].std(axis=0) > 0).all()

    def test_known_points_are_taken_before_the_first_ask(self):
        known = np.random.default_rng(2).random((25, 3))
        known[7] = 0.3
        asks = []
        for _ in range(2):
            optimizer = self.make()
            optimizer.tell(known, evaluate(known, _failing_at(0.9, sphere)))
            asks.append(np.concatenate(play(optimizer, sphere, 6)))
        assert np.array_equal(*asks)
        assert asks[0].min() >= 0 and asks[0].max() <= 1

    def test_known_points_that_all_failed_do_not_hinder(self):
        optimizer = self.make()
        known = np.random.default_rng(2).random((5, 3))
        optimizer.tell(known, evaluate(known, lambda point: None))
        assert _best(play(optimizer, sphere, 30)) < 3 * self.sphere_loss


def _best(asked: list[np.ndarray]) -> float:
    return min(sphere(point)["loss"] for point in np.concatenate(asked))


def _failing_at(border: float, function: Callable[[np.ndarray], Row]) -> Callable[[np.ndarray], Row]:
    return lambda point: None if point[0] >= border else function(point)
