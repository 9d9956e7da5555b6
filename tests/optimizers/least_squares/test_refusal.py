"""Problems that least squares refuses, and what it does with them all the same."""

import numpy as np

from tests.contracts.optimizer import RATE_TARGETS, cube, sphere
from tests.loops import loop_over
from tests.optimizers.least_squares.searches import judged
from tuner.objective.targets import Target
from tuner.optimizers.base import Problem
from tuner.optimizers.cma_es import CmaEs
from tuner.optimizers.least_squares.least_squares import LeastSquares, refusal
from tuner.study.space import Parameter, SearchSpace


@loop_over(
    ("parameters", "words"),
    [
        ((Parameter("a", kind="choice", choices=("x", "y")),), "parameter a is a choice"),
        ((Parameter("a", 0.0, 1.0), Parameter("n", 1, 5, kind="int")), "parameter n has only 5 values, 10 are needed"),
        ((Parameter("n", 1, 10, kind="int"),), ""),
    ],
)
def test_refusal(parameters, words):
    assert refusal(Problem(SearchSpace(parameters), RATE_TARGETS)) == words


def test_refusal_without_targets():
    assert refusal(Problem(cube(2))) == "there are no targets"


def test_refusal_of_a_fitness_alone():
    fitness = Target("f", "fitness", form="minimize", unit="1")
    must = Target("m", "rate", high=9.0, must=True)
    assert refusal(Problem(cube(2), (fitness, must))) == "no target of the loss has a value or a range"
    assert refusal(Problem(cube(2), (fitness, *RATE_TARGETS))) == ""
    optimizer, cma_es = LeastSquares(Problem(cube(2), (fitness,)), 3, 4, 0.3, 2), CmaEs(Problem(cube(2)), 3)
    for _ in range(12):
        points = optimizer.ask()
        assert np.array_equal(points, cma_es.ask())
        told = judged(points, lambda p: {"f": 1000.0 * sphere(p)["loss"] - 7.0}, (fitness,))
        optimizer.tell(points, told)
        cma_es.tell(points, told)
    assert min(evaluation.loss for evaluation in told) < -6.0
    assert np.isfinite(list(optimizer.slopes()["slopes"]["f"].values())).all()
