"""Search with inspyred's NSGA2 and the operators of inspyred's documentation: blend crossover and Gaussian mutation."""

from random import Random

import numpy as np
from inspyred.ec import Bounder, archivers, emo, terminators, variators
from problems import FrontProblem


def final_values(problem: FrontProblem, seed: int, size: int, evaluations: int) -> np.ndarray:
    """Return the objective values of the last population, (n, n_objectives).

    The archive is left out. The search does not use the archive, and the archive costs more than everything else.
    """
    computation = emo.NSGA2(Random(seed))
    computation.archiver = archivers.default_archiver
    computation.variator = [variators.blend_crossover, variators.gaussian_mutation]
    computation.terminator = terminators.evaluation_termination

    def generate(random: Random, args: dict) -> list[float]:
        return [random.uniform(problem.low, problem.high) for _ in range(problem.n_parameters)]

    def evaluate(candidates: list[list[float]], args: dict) -> list[emo.Pareto]:
        return [emo.Pareto(row) for row in problem.function(np.array(candidates)).tolist()]

    bounder = Bounder(problem.low, problem.high)
    limits = {"pop_size": size, "max_evaluations": evaluations}
    last = computation.evolve(generate, evaluate, maximize=False, bounder=bounder, **limits)
    return np.array([individual.fitness.values for individual in last])
