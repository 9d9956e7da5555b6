"""Every optimiser searches on where losses are below 0, as those of a feature are that is to be as high as possible."""

import numpy as np

from tests.contracts.optimizer import cube, sphere
from tests.loops import loop_over
from tuner.evaluation import Evaluation
from tuner.objective.loss import Objectives
from tuner.objective.targets import Target
from tuner.optimizers.base import Problem
from tuner.optimizers.resolution import OPTIMIZERS, of_kind
from tuner.study.schema import Place, fill

NAMES = [name for name in OPTIMIZERS if name not in ("grid", "optuna")]
TARGETS = (Target("gain", "fitness", form="maximize", unit="1"),)


def told(point, number, objectives):
    """The gain is 100 at (0.3, 0.3) and falls off by the square; at a fifth of all points it is undefined."""
    undefined = int(1e6 * point[0]) % 5 == 0
    loss = Objectives(tuple(TARGETS)).judge({"gain": np.nan if undefined else 100.0 - 100.0 * sphere(point)["loss"]})
    table = {"loss": loss.total, "objectives": dict.fromkeys(objectives, loss.total), "parts": loss.parts}
    return Evaluation(number, 0, {}, 1, **table, features={"gain": -loss.parts["gain"]})


@loop_over("name", NAMES)
def test_the_highest_is_found(name):
    kind = OPTIMIZERS[name]
    objectives = ("a", "b") if kind.MULTI_OBJECTIVE else ("loss",)
    problem = Problem(cube(2), TARGETS, objectives, np.array([0.9, 0.8]))
    size = {"population_size": 10} if name not in ("asd", "simulatedAnnealing", "paes") else {}
    optimizer = of_kind(kind, problem, 3, fill(size, kind.SETTINGS, Place("test")))
    evaluations = []
    while len(evaluations) < 300:
        points = optimizer.ask()
        new = [told(point, len(evaluations) + place, objectives) for place, point in enumerate(points)]
        optimizer.tell(points, new)
        evaluations += new
    losses = np.array([evaluation.loss for evaluation in evaluations])
    assert losses.min() < -99.0 and losses.max() == 1e9
