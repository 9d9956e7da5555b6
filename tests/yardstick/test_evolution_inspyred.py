"""inspyred's family asks, candidate by candidate, what NetPyNE's `evolOptim` and inspyred's own `evolve()` do."""

import logging
import math
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
from inspyred import ec, swarm
from inspyred.ec import emo, variators

from tests.loops import loop_over
from tuner.evaluation import Evaluation
from tuner.optimizers.base import Problem
from tuner.optimizers.resolution import OPTIMIZERS
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace

LOW, HIGH = [0.01, -20.0, 1.0, 100.0], [0.5, 30.0, 20.0, 101.0]
SPACE = SearchSpace(tuple(Parameter(f"x{i}", *bounds) for i, bounds in enumerate(zip(LOW, HIGH, strict=True))))
GENERATIONS = 12
GAUSSIAN = {"mutation_rate": 0.4, "gaussian_mean": 0.1, "gaussian_stdev": 0.7}
# Ours, NetPyNE's, settings, and what NetPyNE is given besides and ignores.
EVOL = [
    ("netpyne_custom", "custom", {}, {"mutation_rate": 0.4}),
    ("netpyne_custom", "custom", {"mutation_strength": 0.3, "num_elites": 2}, {}),
    ("netpyne_custom", "custom", {"tournament_size": 4, "num_selected": 7}, {}),
    ("netpyne_genetic", "genetic", {}, {}),
    ("netpyne_genetic", "genetic", {"crossover_rate": 0.5, "num_crossover_points": 2, "num_elites": 1}, {}),
    ("evolutionStrategy", "evolutionStrategy", {}, {}),
    ("evolutionStrategy", "evolutionStrategy", {"tau": 0.8, "tau_prime": 0.3, "epsilon": 0.5}, {}),
    ("simulatedAnnealing", "simulatedAnnealing", {"temperature": 2.0, "cooling_rate": 0.9, **GAUSSIAN}, {}),
    ("diffEvolution", "diffEvolution", {}, {}),
    ("diffEvolution", "diffEvolution", {"num_selected": 6, "crossover_rate": 0.7, **GAUSSIAN}, {}),
    ("estimationDist", "estimationDist", {}, {}),
    ("estimationDist", "estimationDist", {"num_selected": 4, "num_offspring": 8, "num_elites": 2}, {}),
    ("particleSwarm", "particleSwarm", {}, {}),
    ("particleSwarm", "particleSwarm", {"neighborhood_size": 5, "inertia": 0.9, "social_rate": 1.3}, {}),
]  # fmt: skip


def distances(candidate):
    """Two slopes, with plateaus, so that ties occur."""
    at = [(x - low) / (high - low) for x, low, high in zip(candidate, LOW, HIGH, strict=True)]
    return [max(0.02, sum((x - 0.3) ** 2 for x in at)), max(0.1, abs(at[0] - 0.8) + at[1] + math.sin(9 * at[2]) / 4)]


def loss(candidate):
    return sum(distances(candidate))


def pareto(candidate):
    return emo.Pareto(distances(candidate))


def evaluate(points):
    rows = [dict(zip("ab", distances(SPACE.decode(point).values()), strict=True)) for point in points]
    return [Evaluation(0, 0, {}, 1, loss=sum(row.values()), objectives=row) for row in rows]


def ours(name, seed, settings, generations, population_size=10, known=()):
    kind = OPTIMIZERS[name]
    settings = fill({**settings, "population_size": population_size}, kind.SETTINGS, Place(""))
    optimizer = kind(Problem(SPACE, objectives=("a", "b")), seed, **settings)
    seen = []
    if len(known):
        points = SPACE.from_scaled(np.array(known))
        optimizer.tell(points, evaluate(points))
    for _ in range(generations):
        points = optimizer.ask()
        seen += [list(SPACE.decode(point).values()) for point in points]
        optimizer.tell(points, evaluate(points))
    return np.array(seen)


@pytest.fixture
def netpyne(tmp_path, monkeypatch):
    """NetPyNE's evolutionary method with our loss for simulations: gives all candidates."""
    from netpyne.batch import evol, utils

    logger = logging.getLogger("inspyred.ec")
    handlers, level = list(logger.handlers), logger.level

    def candidates(algorithm, seed, settings):
        seen = []

        def evaluate(batch, candidates, *arguments, **keywords):
            seen.extend(list(candidate) for candidate in candidates)
            return [loss(candidate) for candidate in candidates]

        monkeypatch.setattr(utils, "evaluator", evaluate)
        files = [open(tmp_path / name, "w") for name in ("statistics.csv", "individuals.csv")]
        batch = SimpleNamespace(
            saveScripts=lambda: None, openFiles2SaveStats=lambda: files, saveFolder=str(tmp_path), batchLabel="",
            params=[{"label": p.name, "values": [p.low, p.high]} for p in SPACE.parameters],
            cfg=None, runCfg={}, seed=seed,
            evolCfg={"evolAlgorithm": algorithm, "pop_size": 10, "max_generations": GENERATIONS - 1, **settings},
        )  # fmt: skip
        with pytest.raises(SystemExit):
            evol.evolOptim(batch, None)
        return np.array(seen)

    yield candidates
    for handler in logger.handlers[len(handlers) :]:
        handler.close()
    logger.handlers[:] = handlers
    logger.setLevel(level)


@pytest.mark.simulation
@loop_over("seed", [1, 2])
@loop_over(("name", "algorithm", "settings", "ignored"), EVOL)
def test_netpyne_asks_the_same(netpyne, name, algorithm, settings, ignored, seed):
    expected = netpyne(algorithm, seed, settings | ignored)
    mine = ours(name, seed, settings, GENERATIONS, 1 if name == "simulatedAnnealing" else 10)
    assert mine == pytest.approx(expected, rel=1e-12)


def inspyreds(make, seed, settings, population_size, generations, fitness=loss, seeds=()):
    seen = []

    def evaluate(candidates, args):
        seen.extend(list(candidate) for candidate in candidates)
        return [fitness(candidate) for candidate in candidates]

    computation = make(Random(seed))
    computation.terminator = ec.terminators.generation_termination
    computation.evolve(
        generator=lambda random, args: [random.uniform(low, high) for low, high in zip(LOW, HIGH, strict=True)],
        evaluator=evaluate, pop_size=population_size, maximize=False, bounder=ec.Bounder(LOW, HIGH),
        max_generations=generations - 1, seeds=[list(candidate) for candidate in seeds], **settings,
    )  # fmt: skip
    return np.array(seen)


def nsga2(random):
    computation = emo.NSGA2(random)
    computation.variator = [variators.blend_crossover, variators.gaussian_mutation]
    return computation


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_swarm_whose_neighbours_are_all(seed):
    expected = inspyreds(swarm.PSO, seed, {}, 10, 12)
    assert ours("particleSwarm", seed, {"topology": "star"}, 12) == pytest.approx(expected, rel=1e-12)


@loop_over("seed", [1, 2, 3])
@loop_over("settings", [{}, {"blx_alpha": 0.4, "crossover_rate": 0.6, **GAUSSIAN}])
def test_inspyreds_nsga2(settings, seed):
    expected = inspyreds(nsga2, seed, settings, 16, 15, pareto)
    assert ours("inspyred_nsga2", seed, settings, 15, 16) == pytest.approx(expected, rel=1e-12)


@loop_over("seed", [1, 2, 3])
@loop_over("size", [1, 4])
@loop_over("settings", [{}, GAUSSIAN])
def test_paes(settings, size, seed):
    grid = {"max_archive_size": 5, "num_grid_divisions": 3, **settings}
    expected = inspyreds(emo.PAES, seed, grid, size, 150, pareto)
    assert len(np.unique(expected, axis=0)) > 30
    assert ours("paes", seed, grid, 150, size) == pytest.approx(expected, rel=1e-12)


FAMILY = [
    ("netpyne_genetic", ec.GA, {}, loss),
    ("evolutionStrategy", ec.ES, {}, loss),
    ("diffEvolution", ec.DEA, {}, loss),
    ("estimationDist", ec.EDA, {}, loss),
    ("particleSwarm", swarm.PSO, {"topology": "star"}, loss),
    ("inspyred_nsga2", nsga2, {}, pareto),
    ("paes", emo.PAES, {"max_archive_size": 5, "num_grid_divisions": 3}, pareto),
]


@loop_over("n_known", [3, 10])
@loop_over(("name", "make", "settings", "fitness"), FAMILY)
def test_known_points_are_inspyreds_seeds(name, make, settings, fitness, n_known):
    grid = [[a, b, 3.0, c] for a in (0.1, 0.3) for b in (-1.5, 0.0, 17.0) for c in (100.2, 100.9)]
    known = Random(7).sample(grid, n_known)
    # Ours asks for random candidates first if some are missing, inspyred evaluates them with the seeds.
    expected = inspyreds(make, 5, settings, 10, 9, fitness, known)[n_known:]
    assert ours(name, 5, settings, 8 + (n_known < 10), known=known) == pytest.approx(expected, rel=1e-12)
