"""Wrap inspyred's multi-objective computations for ask and tell."""

from types import FunctionType
from typing import Any

from inspyred import ec
from inspyred.ec import archivers, emo, replacers, variators

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Problem
from tuner.optimizers.inspyred.evolution import CROSSOVER, GAUSSIAN_MUTATION, TOURNAMENT, Evolution, population_size
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key

# Value of the objectives of an evaluation without a loss. Chosen: finite, since crowding distances and grids subtract
# objectives, and so small that the grid of PAES, which is 1.2 times as wide, is finite too.
BEHIND_ALL = 1e300


class ParetoEvolution(Evolution):
    """Compare individuals by all objectives; evaluations without a loss rank behind all others."""

    MULTI_OBJECTIVE = True

    def __init__(self, problem: Problem, seed: int, **settings: Any) -> None:
        super().__init__(problem, seed, **settings)
        self._objectives = problem.objectives

    def _fitness(self, evaluation: Evaluation) -> emo.Pareto:
        return emo.Pareto([evaluation.ranking_objectives.get(name, BEHIND_ALL) for name in self._objectives])

    def _best(self, known: list[ec.Individual]) -> list[ec.Individual]:
        best: list[ec.Individual] = replacers.nsga_replacement(
            self._random, known[: self._size], [], known[self._size :], {}
        )
        return best


@OPTIMIZERS.entering("inspyred_nsga2", place=15)
class InspyredNSGA2(ParetoEvolution):
    """Search with inspyred's NSGA-II, with blend crossover and Gaussian mutation as in inspyred's documentation."""

    COMPUTATION = emo.NSGA2
    COMPONENTS = {"variator": [variators.blend_crossover, variators.gaussian_mutation]}
    SETTINGS = {
        **population_size(20, at_least=2),  # chosen, as for `nsga2`
        **TOURNAMENT,
        **CROSSOVER,
        "blx_alpha": Key("number", 0.1, at_least=0, at_most=10),
        **GAUSSIAN_MUTATION,
    }


@OPTIMIZERS.entering("paes", place=16)
class PAES(ParetoEvolution):
    """Search with inspyred's Pareto archived evolution strategy (`PAES`); `population_size` walks share the archive.

    A mutant replaces its parent if it dominates the parent. If neither dominates the other, it replaces the parent if
    fewer points of the archive are in the mutant's cell of a grid. The grid has 2 ** `num_grid_divisions` cells per
    objective, or fewer to have at most 65536 cells in all. As in inspyred, the archive only accepts a new point that
    dominates a point of the archive.

    Source: Knowles & Corne 2000, Evol. Comput. 8:149.
    """

    COMPUTATION = emo.PAES
    SETTINGS = {
        **population_size(1, at_least=1),
        **GAUSSIAN_MUTATION,
        # As in inspyred's example of PAES.
        "max_archive_size": Key("whole", 100, at_least=1),
        "num_grid_divisions": Key("whole", 4, at_least=1),
    }

    def __init__(self, problem: Problem, seed: int, num_grid_divisions: int, **settings: Any) -> None:
        # inspyred visits every cell of the grid for every mutant. Chosen: at most 2 ** 16 cells.
        divisions = min(num_grid_divisions, 16 // len(problem.objectives))
        super().__init__(problem, seed, num_grid_divisions=divisions, **settings)
        self._computation.archiver = _own_grid_archiver()


def _own_grid_archiver() -> FunctionType:
    """Return inspyred's adaptive grid archiver with a separate grid; inspyred stores one grid on the function."""
    names = dict(vars(archivers))
    shared = archivers.adaptive_grid_archiver
    names[shared.__name__] = own = FunctionType(shared.__code__, names)
    return own
