"""Run the evolutionary computation of NetPyNE's optimisation tutorial."""

import numpy as np
from inspyred.ec import replacers, selectors, variators

from tuner.optimizers.inspyred.evolution import CROSSOVER, TOURNAMENT, Evolution, population_size
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key


@OPTIMIZERS.entering("genetic", place=2)
class Genetic(Evolution):
    """Search with the genetic algorithm of NetPyNE's tutorial: tournaments, uniform crossover, Gaussian mutation.

    Each generation replaces the population, except for the best `num_elites`. `gaussian_stdev` is in the parameter's
    unit, in decades where the scale is log. Evaluations without a loss rank behind all others.
    """

    COMPONENTS = {
        "selector": selectors.tournament_selection,
        "variator": [variators.uniform_crossover, variators.gaussian_mutation],
        "replacer": replacers.generational_replacement,
    }
    # The tutorial's values; inspyred's defaults where the tutorial gives none.
    SETTINGS = {
        **population_size(10, at_least=2),
        **TOURNAMENT,
        **CROSSOVER,
        "ux_bias": Key("number", 0.5, at_least=0, at_most=1),
        "mutation_rate": Key("number", 0.2, at_least=0, at_most=1),
        "gaussian_mean": Key("number", 0.0),
        "gaussian_stdev": Key("number", 1.0, above=0),
        "num_elites": Key("whole", 1, at_least=0),
    }

    def _candidates(self, points: np.ndarray) -> list[list[float]]:
        # With the rounding error of the conversion, unlike `Scales`: runs of earlier versions must resume bit for bit.
        candidates: list[list[float]] = self._space.to_scaled(points).tolist()
        return candidates
