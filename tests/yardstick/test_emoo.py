"""Our Emoo against the original: the hypervolumes that ten runs of its own code have reached.

Recorded of `emoo.py` of ModelDB 260971 (commit 2bbd294, converted to Python 3): 50 survivors, a capacity of 100, 100
generations with the first, seeds 1 to 10; with p_m = 0.5 as published and with p_m = 1/n.
"""

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from tests.contracts.optimizer import cube
from tests.loops import loop_over
from tests.optimizers.pareto.zdt1 import hypervolume
from tuner.evaluation import Evaluation
from tuner.optimizers.base import Problem
from tuner.optimizers.pareto.ranking import fronts
from tuner.optimizers.resolution import OPTIMIZERS
from tuner.study.schema import Place, fill

NAMES = ("f1", "f2")


def zdt1(points):
    g = 1 + 9 * points[:, 1:].mean(axis=1)
    return np.column_stack([points[:, 0], g * (1 - np.sqrt(points[:, 0] / g))])


def kursawe(points):
    x = 10 * points - 5
    first = -10 * np.exp(-0.2 * np.hypot(x[:, :-1], x[:, 1:])).sum(axis=1)
    return np.column_stack([first, (np.abs(x) ** 0.8 + 5 * np.sin(x**3)).sum(axis=1)])


# Function, parameters, reference of the hypervolume.
PROBLEMS = {"zdt1": (zdt1, 30, (1.1, 1.1)), "kursawe": (kursawe, 3, (-14.0, 1.0))}
HYPERVOLUMES = {
    ("zdt1", 0.5): (0.55458, 0.63457, 0.53230, 0.50704, 0.45881, 0.50411, 0.38303, 0.53730, 0.43042, 0.50163),
    ("zdt1", 1 / 30): (0.0,) * 10,
    ("kursawe", 0.5): (35.6833, 35.6632, 35.6859, 35.6911, 35.7208, 35.3108, 35.0604, 35.6772, 35.6301, 35.6629),
    ("kursawe", 1 / 3): (35.8025, 35.8243, 35.9915, 35.2690, 36.0322, 35.8271, 35.9509, 35.9289, 35.8762, 35.5137),
}
DISTINCT = {
    ("zdt1", 0.5): (35, 33, 41, 35, 35, 36, 36, 34, 39, 30),
    ("zdt1", 1 / 30): (42, 44, 43, 46, 45, 45, 44, 46, 44, 43),
    ("kursawe", 0.5): (32, 34, 35, 35, 33, 29, 33, 35, 34, 29),
    ("kursawe", 1 / 3): (39, 41, 41, 37, 40, 38, 37, 35, 38, 35),
}


def last_values(name, problem, seed, **settings):
    """The survivors' values after 100 generations of 50, (50, 2)."""
    function, n, _ = PROBLEMS[problem]
    kind = OPTIMIZERS[name]
    settings = fill({"population_size": 50, **settings}, kind.SETTINGS, Place("study"))
    optimizer = kind(Problem(cube(n), objectives=NAMES), seed, **settings)
    seen = []
    for generation in range(100):
        points = optimizer.ask()
        rows = function(points).tolist()
        told = [
            Evaluation(number, generation, {}, seed, loss=sum(row), objectives=dict(zip(NAMES, row, strict=True)))
            for number, row in enumerate(rows, len(seen))
        ]
        optimizer.tell(points, told)
        seen += rows
    assert len(seen) == 5000
    return np.array(seen)[optimizer.survivors]


@loop_over(("problem", "p_m"), HYPERVOLUMES)
def test_emoo_reaches_what_the_original_does(problem, p_m):
    runs = [last_values("emoo", problem, seed, p_m=p_m) for seed in range(1, 9)]
    volumes = [hypervolume(values, PROBLEMS[problem][2]) for values in runs]
    recorded = HYPERVOLUMES[problem, p_m]
    assert mannwhitneyu(volumes, recorded).pvalue > 0.01
    assert np.median(volumes) == pytest.approx(np.median(recorded), rel=0.15 if problem == "zdt1" else 0.005, abs=1e-12)
    # Its population repeats itself: so many rows of the first front are different.
    distinct = [len(np.unique(values[fronts(values) == 0], axis=0)) for values in runs]
    assert mannwhitneyu(distinct, DISTINCT[problem, p_m]).pvalue > 0.01
