"""Build NSGA-II from DEAP's operators, as DEAP's documentation does.

The search has the methods ask, evaluate and tell.
"""

import random

import numpy as np
from deap import base, tools
from problems import FrontProblem

ETA = 20.0
CROSSOVER_RATE = 0.9


class Individual(list):
    """Represent a candidate with objective values.

    A child is a new object with the genes of its parent, which costs less than DEAP's deep copy.
    """

    def __init__(self, genes: list[float], fitness: type[base.Fitness]) -> None:
        super().__init__(genes)
        self.fitness = fitness()


class Deap:
    """Search with DEAP, which draws random numbers from Python's global state.

    `sorting` is "standard" or "log".
    """

    def __init__(self, problem: FrontProblem, seed: int, size: int, sorting: str = "standard") -> None:
        random.seed(seed)
        self._problem, self._size, self._sorting = problem, size, sorting
        self._fitness = type("Fitness", (base.Fitness,), {"weights": (-1.0,) * len(problem.objectives)})
        self._population: list[Individual] = []

    def ask(self) -> list[Individual]:
        """Return the next generation."""
        return self._children() if self._population else self._random_individuals()

    def evaluate(self, asked: list[Individual]) -> list[Individual]:
        """Evaluate a generation, and return the generation with objective values."""
        for individual, values in zip(asked, self._problem.function(np.array(asked)).tolist(), strict=True):
            individual.fitness.values = values
        return asked

    def tell(self, evaluated: list[Individual]) -> None:
        """Select the survivors."""
        self._population = tools.selNSGA2(self._population + evaluated, self._size, nd=self._sorting)

    @property
    def values(self) -> np.ndarray:
        """Return the objective values of the survivors, (n, n_objectives)."""
        return np.array([individual.fitness.values for individual in self._population])

    def _random_individuals(self) -> list[Individual]:
        low, high, n = self._problem.low, self._problem.high, self._problem.n_parameters
        rows = ([random.uniform(low, high) for _ in range(n)] for _ in range(self._size))
        return [Individual(row, self._fitness) for row in rows]

    def _children(self) -> list[Individual]:
        low, high, n = self._problem.low, self._problem.high, self._problem.n_parameters
        children = [Individual(parent, self._fitness) for parent in self._parents()]
        for one, other in zip(children[::2], children[1::2], strict=True):
            if random.random() <= CROSSOVER_RATE:
                tools.cxSimulatedBinaryBounded(one, other, ETA, low, high)
        for child in children:
            tools.mutPolynomialBounded(child, ETA, low, high, 1.0 / n)
        return children

    def _parents(self) -> list[Individual]:
        # DEAP's tournament selects in groups of four: for 50 parents, it selects 48 and then 4, of which two are used.
        fours = self._size - self._size % 4
        parents = tools.selTournamentDCD(self._population, fours)
        if fours < self._size:
            parents += tools.selTournamentDCD(self._population, 4)[: self._size - fours]
        return parents
