"""pymoo's NSGA2 with its defaults, behind ask, evaluate and tell."""

import numpy as np
from problems import FrontProblem
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.core.termination import NoTermination


class Pymoo:
    """A search by pymoo; that it looks for its end in every generation is left out, in its favour."""

    def __init__(self, problem: FrontProblem, seed: int, size: int) -> None:
        self._algorithm = NSGA2(pop_size=size)
        self._algorithm.setup(_Problem(problem), seed=seed, termination=NoTermination())

    def ask(self) -> Population:
        """The next generation."""
        return self._algorithm.ask()

    def evaluate(self, asked: Population) -> Population:
        """The same, with values."""
        return self._algorithm.evaluator.eval(self._algorithm.problem, asked)

    def tell(self, evaluated: Population) -> None:
        """Who survives."""
        self._algorithm.tell(infills=evaluated)

    @property
    def values(self) -> np.ndarray:
        """The survivors' values, (n, n_objectives)."""
        return self._algorithm.pop.get("F")


class _Problem(Problem):
    def __init__(self, problem: FrontProblem) -> None:
        self._function = problem.function
        n_objectives = len(problem.objectives)
        super().__init__(n_var=problem.n_parameters, n_obj=n_objectives, xl=problem.low, xu=problem.high)

    def _evaluate(self, x: np.ndarray, out: dict, *args: object, **kwargs: object) -> None:
        out["F"] = self._function(x)
