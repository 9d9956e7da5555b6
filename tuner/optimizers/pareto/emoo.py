"""Run Emoo with the original rules, to reproduce a published fit. For a new study `nsga2` is better in every respect.

Emoo is described in Bahl, Stemmler, Herz & Roth 2012, J. Neurosci. Methods 210:22; these rules are those of the variant
in ModelDB 260971. Kept as in the original:

- The pool of tournament winners replaces the population, so some parents are lost and others are repeated.
- Crossover does not exchange genes between children.
- Half of all genes mutate.
- The crowding distance of a border row is 1e15.

Three things differ: the random numbers, the order of equal rows (here stable), and the rank of failed evaluations (here
last).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.pareto.ranking import fronts
from tuner.optimizers.pareto.variation import mutate, spread_apart, spread_factors, tournament
from tuner.optimizers.registry import OPTIMIZERS
from tuner.study.schema import Key

# Crowding distance of the first and the last row of a front; Emoo's value.
BORDER = 1e15


@OPTIMIZERS.entering("emoo", place=5)
class Emoo(Optimizer):
    """Search with Emoo (Bahl et al. 2012), unchanged: only for reproducing a published fit.

    `population_size` is Emoo's N, `capacity` (default 2 N) is Emoo's C. A child inherits each fixed parameter from
    either parent, independently of the other fixed parameters. In each generation after `finishgen`, eta_c and eta_m
    grow by d_eta_c and d_eta_m. Evaluations without a loss rank behind all others.
    """

    # Emoo's defaults. population_size is chosen: the size of the benchmark (docs/explanation/optimizers-measured.md).
    SETTINGS = {
        "population_size": Key("whole", 50, at_least=4),
        "capacity": Key("whole", at_least=5),
        "eta_c": Key("number", 20.0, at_least=0),
        "eta_m": Key("number", 20.0, at_least=0),
        "p_m": Key("number", 0.5, at_least=0, at_most=1),
        "finishgen": Key("whole", -1, at_least=-1),
        "d_eta_c": Key("number", 0.0),
        "d_eta_m": Key("number", 0.0),
        "mutate_parents": Key("flag", False),
    }
    MULTI_OBJECTIVE = KEEPS_FIXED = TAKES_POPULATION = True

    @classmethod
    def conditions(cls, settings: Mapping[str, Any], objectives: int) -> dict[str, tuple[bool, str]]:
        """Check that the capacity leaves room for children."""
        size, capacity = settings["population_size"], settings.get("capacity", 2 * settings["population_size"])
        return {
            "capacity": (capacity > size, f"must be above population_size ({size})"),
        }

    def __init__(self, problem: Problem, seed: int, **settings: Any) -> None:
        self._objectives, self._fixed = problem.objectives, problem.space.fixed
        self._base = np.full(len(problem.space), 0.5) if problem.base is None else problem.base
        self._space, self._settings = problem.space, settings
        self._size: int = settings["population_size"]
        self._capacity: int = settings.get("capacity", 2 * self._size)
        self._eta_c, self._eta_m = settings["eta_c"], settings["eta_m"]
        self._random = np.random.default_rng(seed)
        # The population from best to worst; between `ask` and `tell` the mating pool.
        self._points = np.empty((0, len(problem.space)))
        self._values = np.empty((0, len(problem.objectives)))
        self._numbers = np.empty(0, int)
        self._generation = 0

    def ask(self) -> np.ndarray:
        """Return random points at first, then children of a new mating pool.

        With `mutate_parents` the mutated pool precedes the children.
        """
        if len(self._points) < 2:
            points = self._random.random((self._size, len(self._space)))
            return np.where(self._fixed, self._base, points)
        self._generation += 1
        if -1 < self._settings["finishgen"] < self._generation:
            self._eta_c = max(self._eta_c + self._settings["d_eta_c"], 0.0)
            self._eta_m = max(self._eta_m + self._settings["d_eta_m"], 0.0)
        pool = tournament(np.arange(len(self._points)), 2 * (len(self._points) // 2), self._random)
        self._keep(pool)
        children = self._crossed(self._capacity - len(pool))
        if self._settings["mutate_parents"]:
            children = np.vstack([self._points, children])
            self._keep(np.empty(0, int))
        changed = (self._random.random(children.shape) < self._settings["p_m"]) & ~self._fixed
        return mutate(children, changed, self._eta_m, self._random)

    def tell(self, points: np.ndarray, evaluations: Sequence[Evaluation]) -> None:
        """Keep the best N of mating pool and children."""
        values = [[e.ranking_objectives.get(name, np.inf) for name in self._objectives] for e in evaluations]
        self._points = np.vstack([self._points, points])
        self._values = np.vstack([self._values, values])
        self._numbers = np.append(self._numbers, [e.number for e in evaluations])
        self._keep(_order(self._values)[: self._size])

    @property
    def survivors(self) -> list[int]:
        """Return the numbers of the evaluations in the population, best first; some occur more than once."""
        return self._numbers.tolist()

    def _keep(self, rows: np.ndarray) -> None:
        """Replace the population by these rows, in this order."""
        self._points, self._values, self._numbers = self._points[rows], self._values[rows], self._numbers[rows]

    def _crossed(self, n: int) -> np.ndarray:
        """Return n children (n + 1 for odd n) of parents drawn with replacement; fixed genes are not blended."""
        pairs = self._random.integers(len(self._points), size=(2, -(-n // 2)))
        first, second = self._points[pairs]
        u = self._random.random(first.shape)
        one, other = spread_apart(first, second, spread_factors(u, self._eta_c))
        inherited = np.where(u <= 0.5, first, second)
        one, other = (np.where(self._fixed, inherited, each) for each in (one, other))
        children: np.ndarray = np.clip(np.stack([one, other], axis=1).reshape(-1, first.shape[1]), 0.0, 1.0)
        return children


def _order(values: np.ndarray) -> np.ndarray:
    """Return the rows from best to worst: by front, then by crowding distance; one objective is sorted by value."""
    if values.shape[1] == 1:
        return np.argsort(values[:, 0], kind="stable")
    front = fronts(values)
    distance = np.empty(len(values))
    for level in range(front.max() + 1):
        distance[front == level] = _crowding(values[front == level])
    return np.lexsort((-distance, front))


def _crowding(values: np.ndarray) -> np.ndarray:
    distance = np.zeros(len(values))
    for column in values.T:
        order = np.argsort(column, kind="stable")
        rows = column[order]
        distance[order[[0, -1]]] += BORDER
        # Rows without a loss have no distance: inf - inf is nan.
        if np.isfinite(rows).all() and rows[-1] > rows[0]:
            distance[order[1:-1]] += (rows[2:] - rows[:-2]) / (rows[-1] - rows[0])
    return distance
