"""NSGA-II on small spaces, and what it is told."""

import numpy as np

from tests.contracts.optimizer import cube
from tuner.evaluation import Evaluation
from tuner.optimizers.base import Problem
from tuner.optimizers.pareto.nsga2 import NSGA2
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace

# Children are copies of their parents to nine digits: no pair is crossed, and mutants stay where they are.
COPY = {"crossover_rate": 0.0, "eta_m": 1e12}
BLOCKS = SearchSpace(
    (
        Parameter("x0", 0.0, 1.0),
        Parameter("g0", 0.0, 1.0, fixed=True),
        Parameter("x1", 0.0, 1.0),
        Parameter("cells", 1, 9, kind="int", fixed=True),
        Parameter("shape", kind="choice", choices=("a", "b", "c"), fixed=True),
    )
)
GRID = SearchSpace(tuple(Parameter(name, 1, 8, kind="int") for name in "ab"))


def make(space=None, objectives=("loss",), seed=1, kind=NSGA2, **settings):
    settings = fill({"population_size": 20, **settings}, kind.SETTINGS, Place("study"))
    return kind(Problem(space or cube(2), objectives=tuple(objectives)), seed, **settings)


def tell(optimizer, points, rows, first=0, violations=None, names=("loss",)):
    """Tells one row of objectives a point, None for failures; the evaluations' numbers count from `first`."""
    evaluations = []
    for place, row in enumerate(rows):
        if row is None:
            evaluations.append(Evaluation(first + place, 0, {}, 1, status="failed"))
        else:
            violation = 0.0 if violations is None else violations[place]
            objectives = dict(zip(names, row, strict=True))
            evaluations.append(
                Evaluation(first + place, 0, {}, 1, loss=sum(row), objectives=objectives, violation=violation)
            )
    optimizer.tell(np.asarray(points, float), evaluations)


def uniform(n, n_parameters=2, seed=3):
    return np.random.default_rng(seed).random((n, n_parameters))
