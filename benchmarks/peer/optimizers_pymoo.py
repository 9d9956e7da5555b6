"""Search with pymoo's NSGA2 and default settings, through the methods ask, evaluate and tell."""

import numpy as np
from problems import FrontProblem
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.core.termination import NoTermination


class Pymoo:
    """Search with pymoo.

    The test for the end of the search in every generation is left out, in pymoo's favour.
    """

    def __init__(self, problem: FrontProblem, seed: int, size: int) -> None:
        self._algorithm = NSGA2(pop_size=size)
        self._algorithm.setup(_Problem(problem), seed=seed, termination=NoTermination())

    def ask(self) -> Population:
        """Return the next generation."""
        return self._algorithm.ask()

    def evaluate(self, asked: Population) -> Population:
        """Evaluate a generation, and return the generation with objective values."""
        return self._algorithm.evaluator.eval(self._algorithm.problem, asked)

    def tell(self, evaluated: Population) -> None:
        """Select the survivors."""
        self._algorithm.tell(infills=evaluated)

    @property
    def values(self) -> np.ndarray:
        """Return the objective values of the survivors, (n, n_objectives)."""
        return self._algorithm.pop.get("F")


class _Problem(Problem):
    def __init__(self, problem: FrontProblem) -> None:
        self._function = problem.function
        n_objectives = len(problem.objectives)
        super().__init__(n_var=problem.n_parameters, n_obj=n_objectives, xl=problem.low, xu=problem.high)

    def _evaluate(self, x: np.ndarray, out: dict, *args: object, **kwargs: object) -> None:
        out["F"] = self._function(x)
