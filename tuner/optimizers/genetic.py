"""The evolutionary computation of NetPyNE's optimisation tutorial: inspyred's operators behind ask and tell."""

from collections.abc import Sequence
from random import Random
from types import SimpleNamespace

import numpy as np
from inspyred.ec import Bounder, Individual, replacers, selectors, variators

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.schema import Key


class Genetic(Optimizer):
    """Tournament selection, uniform crossover, Gaussian mutation, generational replacement with elites.

    Gives the candidates of inspyred's own `EvolutionaryComputation.evolve()` with the same seed and settings. Inside it
    works on the parameters' own scales, as the tutorial does: `gaussian_stdev` is in a parameter's unit, in decades
    where its scale is log. Failed evaluations rank behind all others.
    """

    SETTINGS = {
        "population_size": Key("whole", 10, at_least=2),
        "num_selected": Key("whole", at_least=2),
        "tournament_size": Key("whole", 2, at_least=1),
        "crossover_rate": Key("number", 1.0, at_least=0, at_most=1),
        "ux_bias": Key("number", 0.5, at_least=0, at_most=1),
        "mutation_rate": Key("number", 0.2, at_least=0, at_most=1),
        "gaussian_mean": Key("number", 0.0),
        "gaussian_stdev": Key("number", 1.0, above=0),
        "num_elites": Key("whole", 1, at_least=0),
    }

    def __init__(self, problem: Problem, seed: int, population_size: int, **settings: object) -> None:
        self._space = space = problem.space
        self._random = Random(seed)
        self._size = population_size
        low, high = (bounds.tolist() for bounds in space.scaled_bounds)
        self._bounds = low, high
        # inspyred's operators find the bounds and their settings in this table.
        computation = SimpleNamespace(bounder=Bounder(low, high))
        self._arguments = {"num_selected": population_size, **settings, "_ec": computation}
        self._population: list[Individual] = []
        self._parents: list[Individual] = []

    def ask(self) -> np.ndarray:
        """Random candidates at first, then children of the population."""
        candidates = self._children() if self._population else self._random_candidates()
        return self._space.from_scaled(np.array(candidates))

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Replaces the population by its children, but for the elites."""
        offspring = [
            _individual(candidate, evaluation)
            for candidate, evaluation in zip(self._space.to_scaled(points).tolist(), evaluations, strict=True)
        ]
        if self._population:
            offspring = replacers.generational_replacement(
                self._random, self._population, self._parents, offspring, self._arguments
            )
        self._population = offspring

    def _random_candidates(self) -> list[list[float]]:
        low, high = self._bounds
        return [[self._random.uniform(a, b) for a, b in zip(low, high, strict=True)] for _ in range(self._size)]

    def _children(self) -> list[list[float]]:
        arguments = self._arguments
        self._parents = selectors.tournament_selection(self._random, list(self._population), arguments)
        candidates = [list(parent.candidate) for parent in self._parents]
        for vary in (variators.uniform_crossover, variators.gaussian_mutation):
            candidates = vary(self._random, candidates, arguments)
        return candidates


def _individual(candidate: list[float], evaluation: Evaluation) -> Individual:
    individual = Individual(candidate, maximize=False)
    individual.fitness = evaluation.ranking_loss
    return individual
