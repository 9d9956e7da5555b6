"""Every optimiser prefers what violates no constraint, however good the rest is."""

import numpy as np
import pytest

from tests.contracts.optimizer import cube
from tests.loops import loop_over
from tuner.evaluation import Evaluation
from tuner.objective.targets import Target
from tuner.optimizers.base import Problem
from tuner.optimizers.resolution import OPTIMIZERS, of_kind
from tuner.study.schema import Place, fill

# What has a generation to tell and a place to go.
SEARCHING = [name for name in OPTIMIZERS if name not in ("random", "sobol", "latin_hypercube", "grid", "optuna")]
TARGETS = (
    Target("x", "cv2", value=0.0, tolerance=1.0, unit="1"),
    Target("wall", "lv", low=0.5, tolerance=1.0, unit="1", must=True),
)


def told(point, number, objectives):
    """Loss x: the smaller the better, but below 0.5 not allowed."""
    x = float(point[0])
    violation = TARGETS[1].violation(x)
    losses = {name: x for name in objectives}
    return Evaluation(
        number, 0, {}, 1, loss=x, objectives=losses, violation=violation, parts={}, features={"x": x, "wall": x}
    )


@pytest.mark.long
@loop_over("name", SEARCHING)
def test_the_best_allowed_place_is_the_wall(name):
    kind = OPTIMIZERS[name]
    objectives = ("a", "b") if kind.MULTI_OBJECTIVE else ("loss",)
    start = np.array([0.9, 0.5])
    problem = Problem(cube(2), TARGETS, objectives, start, start)
    size = {"population_size": 10} if name not in ("asd", "simulatedAnnealing", "paes") else {}
    optimizer = of_kind(kind, problem, 3, fill(size, kind.SETTINGS, Place("test")))
    evaluations = []
    while len(evaluations) < 400 and not optimizer.done:
        points = optimizer.ask()
        if not evaluations:
            points[0] = start
        new = [told(point, len(evaluations) + place, objectives) for place, point in enumerate(points)]
        optimizer.tell(points, new)
        evaluations += new
    allowed = [e.loss for e in evaluations if not e.violation]
    last = [e.loss for e in evaluations[-100:]]
    # Without the constraint all of these end near 0.
    assert min(allowed) == pytest.approx(0.5, abs=0.06)
    assert np.median(last) > 0.4
