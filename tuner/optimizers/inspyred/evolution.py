"""Wrap inspyred's evolutionary computations of one objective for ask and tell."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, ClassVar

import numpy as np
from inspyred import ec, swarm
from inspyred.ec import emo

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.registry import OPTIMIZERS
from tuner.optimizers.scales import Scales
from tuner.study.schema import Key

# A function of inspyred, or a chain of functions.
Component = Callable[..., Any] | list[Callable[..., Any]]
# Names and defaults are inspyred's, where no other origin is given.
SELECTION = {"num_selected": Key("whole", at_least=2)}
TOURNAMENT = SELECTION | {"tournament_size": Key("whole", 2, at_least=1)}
CROSSOVER = {"crossover_rate": Key("number", 1.0, at_least=0, at_most=1)}
GAUSSIAN_MUTATION = {
    "mutation_rate": Key("number", 0.1, at_least=0, at_most=1),
    "gaussian_mean": Key("number", 0.0),
    "gaussian_stdev": Key("number", 1.0, above=0),
}
ELITES = {"num_elites": Key("whole", 0, at_least=0)}


def population_size(default: int, at_least: int) -> dict[str, Key]:
    """Return the key of the population size."""
    return {"population_size": Key("whole", default, at_least=at_least)}


class Evolution(Optimizer):
    """Perform the steps of inspyred's `EvolutionaryComputation.evolve()`, one generation per `ask` and `tell`.

    A subclass sets COMPUTATION (a class of inspyred), COMPONENTS (functions that replace those of the computation) and
    SETTINGS (with inspyred's names). With the same seed the candidates are the same as those of `evolve()`.

    A candidate is a list of places on the parameters' scales: in the parameter's unit, in decades where the scale is
    log. So steps of mutation have these units. Evaluations without a loss rank behind all others. The best points known
    from another run are the first population; random candidates fill it up.
    """

    COMPUTATION: ClassVar[type[ec.EvolutionaryComputation]] = ec.EvolutionaryComputation
    COMPONENTS: ClassVar[dict[str, Component]] = {}
    TAKES_POPULATION = True

    def __init__(self, problem: Problem, seed: int, population_size: int, **settings: Any) -> None:
        self._random = Random(seed)
        self._space = problem.space
        self._scales = Scales(problem.space)
        self._size, self._given = population_size, problem.given
        self._low, self._high = (bounds.tolist() for bounds in problem.space.scaled_bounds)
        self._computation = computation = self.COMPUTATION(self._random)
        for name, component in self.COMPONENTS.items():
            setattr(computation, name, component)
        computation.bounder = ec.Bounder(self._low, self._high)
        computation.population, computation.archive = [], []
        # inspyred's operators read their settings from this table, and keep state in it.
        self._arguments = {"num_selected": population_size, **settings, "_ec": computation}
        self._known: list[ec.Individual] = []
        self._asked: list[list[float]] = []
        self._parents: list[ec.Individual] = []

    @property
    def survivors(self) -> list[int]:
        """Return the numbers of the evaluations in the population."""
        return [individual.number for individual in self._computation.population]

    def ask(self) -> np.ndarray:
        """Return random candidates at first, then children of the population."""
        if len(self._known) > self._size:
            self._known = self._best(self._known)
        if len(self._known) == self._size:
            self._begin(self._known)
        self._asked = self._children() if self._computation.population else self._random_candidates()
        return self._scales.points(np.array(self._asked)[:, : len(self._low)])

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Update the population with inspyred's replacer."""
        individuals = [self._individual(*told) for told in zip(self._candidates(points), evaluations, strict=True)]
        if not self._asked:
            self._known += individuals
        elif not self._computation.population:
            self._begin(self._known + individuals)
        else:
            self._go_on(individuals)

    def _begin(self, population: list[ec.Individual]) -> None:
        self._computation.population = population
        self._known = []
        self._archive()

    def _go_on(self, offspring: list[ec.Individual]) -> None:
        computation = self._computation
        computation.population = computation.replacer(
            self._random, computation.population, self._parents, offspring, self._arguments
        )
        self._archive()
        computation.num_generations += 1

    def _archive(self) -> None:
        computation = self._computation
        population = list(computation.population)
        computation.archive = computation.archiver(self._random, population, computation.archive, self._arguments)

    def _children(self) -> list[list[float]]:
        computation = self._computation
        self._parents = computation.selector(self._random, list(computation.population), self._arguments)
        candidates = [list(parent.candidate) for parent in self._parents]
        several = isinstance(computation.variator, list)
        for vary in computation.variator if several else [computation.variator]:
            candidates = vary(self._random, candidates, self._arguments)
        return candidates

    def _random_candidates(self) -> list[list[float]]:
        bounds = list(zip(self._low, self._high, strict=True))
        # inspyred draws no random numbers for given candidates.
        given = [self._low + self._strategy() for _ in range(self._given)]
        return given + [
            [self._random.uniform(low, high) for low, high in bounds] + self._strategy()
            for _ in range(self._size - len(self._known) - self._given)
        ]

    def _strategy(self) -> list[float]:
        """Return the genes of a candidate that follow the place."""
        return []

    def _candidates(self, points: np.ndarray) -> list[list[float]]:
        places = self._scales.places(points).tolist()
        if not self._asked:
            return [place + self._strategy() for place in places]
        return [place + asked[len(place) :] for place, asked in zip(places, self._asked, strict=True)]

    def _individual(self, candidate: list[float], evaluation: Evaluation) -> ec.Individual:
        individual = ec.Individual(candidate, maximize=False)
        individual.fitness = self._fitness(evaluation)
        individual.number = evaluation.number
        return individual

    def _fitness(self, evaluation: Evaluation) -> float | emo.Pareto:
        return evaluation.ranking_loss

    def _best(self, known: list[ec.Individual]) -> list[ec.Individual]:
        """Return the best `population_size` individuals, in the order of `tell`."""
        order = sorted(range(len(known)), key=known.__getitem__, reverse=True)
        return [known[place] for place in sorted(order[: self._size])]


@OPTIMIZERS.entering("netpyne_genetic", place=6)
class NetPyNEGenetic(Evolution):
    """Search with NetPyNE's `genetic`, inspyred's canonical genetic algorithm: rank selection, n-point crossover.

    The mutation of this algorithm flips bits and does not change real numbers, so there is no `mutation_rate`. A
    parameter only takes values of the first generation. The search makes no progress after all candidates are equal.
    """

    COMPUTATION = ec.GA
    SETTINGS = {
        **population_size(10, at_least=2),  # chosen, as for all of inspyred's family
        **SELECTION,
        **CROSSOVER,
        "num_crossover_points": Key("whole", 1, at_least=1),
        **ELITES,
    }


@OPTIMIZERS.entering("evolutionStrategy", place=10)
class EvolutionStrategy(Evolution):
    """Search with inspyred's (mu + mu) evolution strategy (`ES`): each candidate has a step size per parameter.

    The first step sizes are uniform in 0 to 1 (in the parameter's unit, or in decades). They do not fall below
    `epsilon`. The logarithms of the step sizes vary by `tau` and `tau_prime`, by default 1 / sqrt(2 sqrt(n)) and
    1 / sqrt(2 n) for n parameters.
    """

    COMPUTATION = ec.ES
    SETTINGS = {
        **population_size(10, at_least=1),
        # Chosen: larger values overflow the exponential function.
        "tau": Key("number", above=0, at_most=10),
        "tau_prime": Key("number", above=0, at_most=10),
        "epsilon": Key("number", 0.00001, above=0),
    }

    def _strategy(self) -> list[float]:
        return [self._random.random() for _ in self._low]


@OPTIMIZERS.entering("simulatedAnnealing", place=11)
class SimulatedAnnealing(Evolution):
    """Search with inspyred's simulated annealing (`SA`), with `population_size` walks side by side (inspyred: 1).

    A worse candidate is accepted with probability exp(-difference of losses / temperature). The temperature is
    multiplied by `cooling_rate` in each generation. inspyred's other schedule depends on the fraction of the budget
    that is used up. It is left out, since a budget may be raised when a run is resumed.
    """

    COMPUTATION = ec.SA
    SETTINGS = {
        **population_size(1, at_least=1),
        # Chosen: inspyred has no defaults. 10 is a loss of ten tolerances; 0.95 halves the temperature in 14 steps.
        "temperature": Key("number", 10.0, above=0),
        "cooling_rate": Key("number", 0.95, above=0, at_most=1),
        **GAUSSIAN_MUTATION,
    }


@OPTIMIZERS.entering("diffEvolution", place=12)
class DifferentialEvolution(Evolution):
    """Search with inspyred's `DEA`: heuristic crossover, Gaussian mutation; children replace the worst candidates.

    A generation after the first has only `num_selected` children.
    """

    COMPUTATION = ec.DEA
    SETTINGS = {
        **population_size(10, at_least=2),
        **TOURNAMENT,
        "num_selected": Key("whole", 2, at_least=2),
        **CROSSOVER,
        **GAUSSIAN_MUTATION,
    }


@OPTIMIZERS.entering("estimationDist", place=13)
class EstimationOfDistribution(Evolution):
    """Search with inspyred's estimation of distribution (`EDA`): sample around the mean of the best half.

    Children are normally distributed, each parameter independently, around the mean of the best `num_selected`. As in
    inspyred, the standard deviation is the variance of these candidates, in the parameter's unit. So the spread soon
    shrinks to 0 if the variance is below 1, and may grow to the bounds if the variance is above 1.
    """

    COMPUTATION = ec.EDA
    SETTINGS = {
        **population_size(10, at_least=4),
        **SELECTION,
        "num_offspring": Key("whole", at_least=2),
        **ELITES,
    }

    def __init__(self, problem: Problem, seed: int, population_size: int, **settings: Any) -> None:
        # inspyred's defaults.
        defaults = {"num_selected": population_size // 2, "num_offspring": population_size}
        super().__init__(problem, seed, population_size, **(defaults | settings))


@OPTIMIZERS.entering("particleSwarm", place=14)
class ParticleSwarm(Evolution):
    """Search with inspyred's particle swarm (`PSO`): particles move towards the best places so far.

    A particle moves towards its own best place and the best place of its neighbours. The neighbours are
    `neighborhood_size` particles on a ring, as in NetPyNE, or all particles (`topology = "star"`).

    Source: Deb & Padhye 2010, GECCO: 55 (no velocities: the previous places of the swarm are kept instead).
    """

    COMPUTATION = swarm.PSO
    TOPOLOGIES = {"ring": swarm.topologies.ring_topology, "star": swarm.topologies.star_topology}
    # Chosen: larger rates can give places that are inf or nan.
    SETTINGS = {
        **population_size(10, at_least=2),
        "topology": Key("text", "ring", one_of=tuple(TOPOLOGIES)),
        "neighborhood_size": Key("whole", 3, at_least=1),
        "inertia": Key("number", 0.5, at_least=0, at_most=10),
        "cognitive_rate": Key("number", 2.1, at_least=0, at_most=10),
        "social_rate": Key("number", 2.1, at_least=0, at_most=10),
    }

    def __init__(self, problem: Problem, seed: int, topology: str, **settings: Any) -> None:
        super().__init__(problem, seed, **settings)
        self._computation.topology = self.TOPOLOGIES[topology]
