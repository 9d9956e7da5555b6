"""Define the optimisers that benchmarks/search.py compares, and run searches."""

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from landscapes import Landscape, all_reached

from tuner.evaluation import Evaluation
from tuner.executors.processes import Processes
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.resolution import OPTIMIZERS
from tuner.study.schema import Place, fill

ROUND = 8
DFO_LS = "dfo_ls"


@dataclass(frozen=True)
class Contestant:
    """Represent an optimiser of the registry, or DFO-LS, with the settings that differ from the defaults.

    The start point of a search is uniform within the range `start` of the unit cube. If `start` is None, the optimiser
    chooses the start point.
    """

    optimizer: str
    settings: dict[str, object] = field(default_factory=dict)
    start: tuple[float, float] | None = None

    def begin(self, landscape: Landscape, random: np.random.Generator) -> np.ndarray | None:
        """Draw a start point, (n_parameters,); return None if the optimiser chooses the start point."""
        return None if self.start is None else random.uniform(*self.start, len(landscape.space))

    def make(self, landscape: Landscape, seed: int, random: np.random.Generator) -> Optimizer:
        """Create the optimiser for one search."""
        kind = OPTIMIZERS[self.optimizer]
        problem = Problem(landscape.space, landscape.targets, start=self.begin(landscape, random))
        return kind(problem, seed, **fill(self.settings, kind.SETTINGS, Place("optimizer")))


# Optuna's TPE performs best if it is asked for one point at a time.
CONTESTANTS = {
    "ours": Contestant("least_squares", {"population_size": 1}, (0.2, 0.8)),
    "netpyne_custom": Contestant("netpyne_custom", {"population_size": 10}),
    "random": Contestant("random"),
    "cma_es": Contestant("cma_es", {"sigma": 0.25}, (0.25, 0.75)),
    "dfo_ls": Contestant(DFO_LS, start=(0.2, 0.8)),
    "optuna_tpe": Contestant("optuna", {"sampler": "tpe", "population_size": 1}),
    "particleSwarm": Contestant("particleSwarm", {"population_size": 10}),
    "ours_rounds_of_8": Contestant("least_squares", {"population_size": ROUND}, (0.2, 0.8)),
}


@dataclass(frozen=True)
class Search:
    """Define one search of a landscape.

    The search ends at its cap. If `stops` is True, it also ends as soon as all targets are reached.
    """

    contestant: str
    landscape: Landscape
    seed: int
    cap: int
    stops: bool = True

    def starts(self) -> np.random.Generator:
        """Return the random generator for start points."""
        return np.random.default_rng((self.seed, 1))

    def noise(self) -> np.random.Generator:
        """Return the random generator for noise."""
        return np.random.default_rng((self.seed, 2))


@dataclass(frozen=True)
class Found:
    """Store the result of a search.

    `best_losses` has the best loss so far after every evaluation. `evaluations` is the number of evaluations until all
    targets were reached; None if they were not. `rounds` is the number of rounds of at most eight evaluations at once.
    """

    best_losses: np.ndarray
    evaluations: int | None
    rounds: int


class Over(Exception):
    """Signal that a search has reached all targets or the cap."""


class Log:
    """Evaluate points for a search, count the evaluations, and raise Over at the end."""

    def __init__(self, search: Search) -> None:
        self._search, self._noise = search, search.noise()
        self._sizes: list[int] = []
        self._losses: list[float] = []
        self._evaluations: int | None = None

    def generation(self, points: np.ndarray) -> list[Evaluation]:
        """Evaluate the points that an optimiser asks for at once."""
        self._sizes.append(0)
        return [self._evaluation(point) for point in points]

    def _evaluation(self, point: np.ndarray) -> Evaluation:
        search, number = self._search, len(self._losses)
        evaluation = search.landscape.evaluation(number, len(self._sizes) - 1, point, self._noise)
        self._sizes[-1] += 1
        self._losses.append(evaluation.ranking_loss)
        if self._evaluations is None and all_reached(search.landscape.targets, evaluation.features):
            self._evaluations = number + 1
        if number + 1 == search.cap or (search.stops and self._evaluations):
            raise Over
        return evaluation

    def found(self) -> Found:
        """Return the result of the search so far."""
        rounds = sum(math.ceil(size / ROUND) for size in self._sizes)
        return Found(np.minimum.accumulate(self._losses), self._evaluations, rounds)


def run(search: Search) -> Found:
    """Run a search to the end, and return the result."""
    log = Log(search)
    with suppress(Over):
        by_dfo_ls(search, log) if search.contestant == DFO_LS else by_asking(search, log)
    return log.found()


def by_asking(search: Search, log: Log) -> None:
    """Run a search with an optimiser of the registry."""
    optimizer = CONTESTANTS[search.contestant].make(search.landscape, search.seed, search.starts())
    while not optimizer.done:
        points = optimizer.ask()
        optimizer.tell(points, log.generation(points))


def by_dfo_ls(search: Search, log: Log) -> None:
    """Run a search with DFO-LS."""
    from peer import dfo_ls

    begin = partial(CONTESTANTS[DFO_LS].begin, search.landscape, search.starts())
    dfo_ls.search(search.landscape, lambda point: log.generation([point])[0], begin, search.seed)


def run_all(pool: Processes, searches: Iterable[Search]) -> dict[str, list[Found]]:
    """Run the searches, and return the results by contestant, in the order of the seeds.

    Raises RuntimeError if a search fails.
    """
    found: dict[str, dict[int, Found]] = {}
    for outcome in pool.map(run, searches):
        search = outcome.task
        if outcome.status != "done":
            raise RuntimeError(f"{search.contestant}, seed {search.seed}: {outcome.reason}") from outcome.error
        found.setdefault(search.contestant, {})[search.seed] = outcome.value
    return {name: [found[name][seed] for seed in sorted(found[name])] for name in CONTESTANTS if name in found}
