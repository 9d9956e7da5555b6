"""The genetic optimiser asks, candidate by candidate, what inspyred's own computation does."""

import json
import math
from pathlib import Path
from random import Random

import numpy as np
import pytest
from inspyred import ec

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Problem
from tuner.optimizers.inspyred.genetic import Genetic
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace

TUTORIAL = Path(__file__).parent.parent / "data" / "net_tut_optimization.json"
LOW, HIGH = [0.01, 0.001, 1], [0.5, 0.1, 20]
SETTINGS = {"num_selected": 10, "mutation_rate": 0.2, "num_elites": 1}
NAMES = ("probability", "weight", "delay")
SPACE = SearchSpace(tuple(Parameter(*entry) for entry in zip(NAMES, LOW, HIGH, strict=True)))


def fitness(candidate):
    """A toy with three slopes of different size, and a plateau, so that ties occur."""
    probability, weight, delay = candidate
    return max(0.5, abs(math.log(weight / 0.02)) + abs(probability - 0.2) * 5 + abs(delay - 7) / 10)


def theirs(seed):
    seen = []

    def evaluator(candidates, args):
        seen.extend(list(candidate) for candidate in candidates)
        return [fitness(candidate) for candidate in candidates]

    computation = ec.EvolutionaryComputation(Random(seed))
    computation.selector = ec.selectors.tournament_selection
    computation.variator = [ec.variators.uniform_crossover, ec.variators.gaussian_mutation]
    computation.replacer = ec.replacers.generational_replacement
    computation.terminator = ec.terminators.evaluation_termination
    computation.evolve(
        generator=lambda random, args: [random.uniform(low, high) for low, high in zip(LOW, HIGH, strict=True)],
        evaluator=evaluator, pop_size=10, maximize=False, bounder=ec.Bounder(LOW, HIGH), max_evaluations=50, **SETTINGS,
    )  # fmt: skip
    return np.array(seen)


def ours(seed, generations=5):
    optimizer = Genetic(Problem(SPACE), seed, **fill({"population_size": 10, **SETTINGS}, Genetic.SETTINGS, Place("")))
    seen = []
    for generation in range(generations):
        points = optimizer.ask()
        candidates = [list(SPACE.decode(point).values()) for point in points]
        losses = [fitness(candidate) for candidate in candidates]
        optimizer.tell(points, [Evaluation(0, generation, {}, seed, loss=loss) for loss in losses])
        seen += candidates
    return np.array(seen)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fifty_candidates(seed):
    expected = theirs(seed)
    assert expected.shape == (50, 3)
    assert ours(seed) == pytest.approx(expected, rel=1e-12)


def test_the_first_ten_are_the_tutorials():
    results = {result["name"]: result for result in json.loads(TUTORIAL.read_text())["results"]}
    recorded = [[results[f"init{i}"][name] for name in NAMES] for i in range(10)]
    assert ours(1, generations=1) == pytest.approx(np.array(recorded), rel=1e-12)
