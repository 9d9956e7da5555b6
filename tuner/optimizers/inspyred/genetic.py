"""The evolutionary computation of NetPyNE's optimisation tutorial."""

import numpy as np
from inspyred.ec import replacers, selectors, variators

from tuner.optimizers.inspyred.evolution import CROSSOVER, TOURNAMENT, Evolution, population_size
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key


@OPTIMIZERS.entering("genetic", place=2)
class Genetic(Evolution):
    """Tournament selection, uniform crossover, Gaussian mutation, generational replacement with elites.

    `gaussian_stdev` is in a parameter's unit, in decades where its scale is log.
    """

    COMPONENTS = {
        "selector": selectors.tournament_selection,
        "variator": [variators.uniform_crossover, variators.gaussian_mutation],
        "replacer": replacers.generational_replacement,
    }
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
        # Rounded on the way, as it always was: runs that were made before must be resumable bit for bit.
        candidates: list[list[float]] = self._space.to_scaled(points).tolist()
        return candidates
