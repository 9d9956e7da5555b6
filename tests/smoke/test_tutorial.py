"""NetPyNE's optimisation tutorial, run whole: its candidates are those of inspyred's own loop."""

import json
from random import Random

import numpy as np
import pytest
from inspyred import ec

from tests.commands import ROOT, rows, tuner

pytestmark = [pytest.mark.simulation, pytest.mark.slow]
NAMES = ("probability", "weight", "delay")
LOW, HIGH = [0.01, 0.001, 1], [0.5, 0.1, 20]


def test_all_fifty_candidates_and_the_recorded_rates(tmp_path):
    done = tuner("tutorial", "--runs", tmp_path)
    assert done.returncode == 0, done.stderr
    stored = rows(tmp_path / "tutorial")
    ours = np.array([[stored[n]["values"][name] for name in NAMES] for n in range(50)])
    recorded = json.loads((ROOT / "tests/data/net_tut_optimization.json").read_text())["results"][1:]
    np.testing.assert_allclose(ours[:10], [[row[name] for name in NAMES] for row in recorded], rtol=1e-12)
    assert [stored[n]["features"]["mean_rate"] for n in range(10)] == [row["avgRate_Hz"] for row in recorded]
    theirs = np.array(evolve([stored[n]["loss"] for n in range(50)]))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def evolve(losses: list[float]) -> list[list[float]]:
    """The candidates of inspyred's own `evolve()` with the tutorial's settings, given the losses of a run."""
    asked: list[list[float]] = []

    def evaluate(candidates: list, args: dict) -> list[float]:
        asked.extend(list(candidate) for candidate in candidates)
        return losses[len(asked) - len(candidates) : len(asked)]

    computation = ec.EvolutionaryComputation(Random(1))
    computation.selector = ec.selectors.tournament_selection
    computation.variator = [ec.variators.uniform_crossover, ec.variators.gaussian_mutation]
    computation.replacer = ec.replacers.generational_replacement
    computation.terminator = ec.terminators.evaluation_termination
    computation.evolve(
        generator=lambda random, args: [random.uniform(a, b) for a, b in zip(LOW, HIGH, strict=True)],
        evaluator=evaluate, pop_size=10, maximize=False, bounder=ec.Bounder(LOW, HIGH), max_evaluations=50,
        num_selected=10, mutation_rate=0.2, num_elites=1,
    )  # fmt: skip
    return asked
