"""NetPyNE's optimisation tutorial: its candidates are those of inspyred's own loop."""

import json
from random import Random

import numpy as np
import pytest
from inspyred import ec

from tests.commands import ROOT, rows, tuner

pytestmark = pytest.mark.simulation
NAMES = ("probability", "weight", "delay")
LOW, HIGH = [0.01, 0.001, 1], [0.5, 0.1, 20]


@pytest.mark.parametrize(
    "n", [pytest.param(30, marks=pytest.mark.slow), pytest.param(50, marks=pytest.mark.exhaustive, id="whole")]
)
def test_all_candidates_and_the_recorded_rates(tmp_path, n):
    done = tuner("tutorial", "--runs", tmp_path, "--set", f"budget.evaluations={n}")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "tutorial" / "best.json").read_text())["verified"]["equal"]
    stored = rows(tmp_path / "tutorial")
    ours = np.array([[stored[number]["values"][name] for name in NAMES] for number in range(n)])
    recorded = json.loads((ROOT / "tests/data/net_tut_optimization.json").read_text())["results"][1:]
    np.testing.assert_allclose(ours[:10], [[row[name] for name in NAMES] for row in recorded], rtol=1e-12)
    assert [stored[n]["features"]["mean_rate"] for n in range(10)] == [row["avgRate_Hz"] for row in recorded]
    theirs = np.array(evolve([stored[number]["loss"] for number in range(n)]))
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
        evaluator=evaluate, pop_size=10, maximize=False, bounder=ec.Bounder(LOW, HIGH), max_evaluations=len(losses),
        num_selected=10, mutation_rate=0.2, num_elites=1,
    )  # fmt: skip
    return asked
