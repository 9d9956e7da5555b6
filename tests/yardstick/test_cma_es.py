"""CMA-ES asks, candidate by candidate, what a bare loop over cmaes does."""

import numpy as np
import pytest
from cmaes import CMA, CMAwM

from tests.contracts.optimizer import cube, play
from tests.loops import loop_over
from tuner.optimizers.base import Problem
from tuner.optimizers.cma_es import CmaEs
from tuner.study.space import Parameter, SearchSpace


def rosenbrock(point):
    x = 4.0 * point - 2.0
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def theirs(optimizer, function, generations):
    """All points that a bare loop asks for."""
    seen = []
    for _ in range(generations):
        solutions = []
        for _ in range(optimizer.population_size):
            asked = optimizer.ask()
            point, place = asked if isinstance(optimizer, CMAwM) else (asked, asked)
            seen.append(point)
            solutions.append((place, function(point)))
        optimizer.tell(solutions)
    return np.array(seen)


def ours(space, seed, generations, **settings):
    asked = play(CmaEs(Problem(space), seed, **settings), lambda x: {"loss": rosenbrock(x)}, generations)
    return np.concatenate(asked)


@loop_over("n", [2, 5])
@loop_over("settings", [{}, {"sigma": 0.1, "population_size": 15}])
@loop_over("seed", [1, 2, 3])
def test_sixty_generations(n, settings, seed):
    bare = CMA(np.full(n, 0.5), **{"sigma": 0.25, **settings}, bounds=np.tile([0.0, 1.0], (n, 1)), seed=seed)
    expected = theirs(bare, rosenbrock, 60)
    assert np.array_equal(ours(cube(n), seed, 60, **settings), expected)
    assert np.median([rosenbrock(x) for x in expected[-20:]]) < 0.03 * np.median([rosenbrock(x) for x in expected[:20]])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_forty_generations_with_whole_numbers_and_choices(seed):
    space = SearchSpace(
        (
            Parameter("delay", 1.0, 20.0),
            Parameter("cells", 11, 20, kind="int"),
            Parameter("shape", kind="choice", choices=tuple("abcd")),
        )
    )
    bounds, steps = np.array([[0.0, 1.0], [0.05, 0.95], [0.125, 0.875]]), np.array([0.0, 0.1, 0.25])
    bare = CMAwM(np.full(3, 0.5), 0.25, bounds, steps, seed=seed)
    assert ours(space, seed, 40) == pytest.approx(theirs(bare, rosenbrock, 40), abs=1e-12)
