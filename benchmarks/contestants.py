"""The optimisers that benchmarks/search.py holds against each other, and one search by each."""

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
    """An optimiser of the registry, or DFO-LS, and what of its settings is not default.

    A search starts uniformly within `start` of the unit cube; None leaves that to the optimiser.
    """

    optimizer: str
    settings: dict[str, object] = field(default_factory=dict)
    start: tuple[float, float] | None = None

    def begin(self, landscape: Landscape, random: np.random.Generator) -> np.ndarray | None:
        """A start point, (n_parameters,)."""
        return None if self.start is None else random.uniform(*self.start, len(landscape.space))

    def make(self, landscape: Landscape, seed: int, random: np.random.Generator) -> Optimizer:
        """The optimiser, for one search."""
        kind = OPTIMIZERS[self.optimizer]
        problem = Problem(landscape.space, landscape.targets, start=self.begin(landscape, random))
        return kind(problem, seed, **fill(self.settings, kind.SETTINGS, Place("optimizer")))


# Optuna's TPE is best when it is asked for a point at a time.
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
    """One search of a landscape; if it `stops`, it ends where all targets are reached, else at its cap."""

    contestant: str
    landscape: Landscape
    seed: int
    cap: int
    stops: bool = True

    def starts(self) -> np.random.Generator:
        """What start points are drawn from."""
        return np.random.default_rng((self.seed, 1))

    def noise(self) -> np.random.Generator:
        """What noise is drawn from."""
        return np.random.default_rng((self.seed, 2))


@dataclass(frozen=True)
class Found:
    """The best loss so far after every evaluation, and how many evaluations all targets took, None if not reached.

    `rounds` are those of eight evaluations at once that have been made.
    """

    best_losses: np.ndarray
    evaluations: int | None
    rounds: int


class Over(Exception):
    """A search has reached its targets or its cap."""


class Log:
    """Evaluates for a search, counts, and raises Over."""

    def __init__(self, search: Search) -> None:
        self._search, self._noise = search, search.noise()
        self._sizes: list[int] = []
        self._losses: list[float] = []
        self._evaluations: int | None = None

    def generation(self, points: np.ndarray) -> list[Evaluation]:
        """The records of points that are asked for together."""
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
        """What the search has found by now."""
        rounds = sum(math.ceil(size / ROUND) for size in self._sizes)
        return Found(np.minimum.accumulate(self._losses), self._evaluations, rounds)


def run(search: Search) -> Found:
    """Runs a search to its end."""
    log = Log(search)
    with suppress(Over):
        by_dfo_ls(search, log) if search.contestant == DFO_LS else by_asking(search, log)
    return log.found()


def by_asking(search: Search, log: Log) -> None:
    """Runs a search by an optimiser of the registry."""
    optimizer = CONTESTANTS[search.contestant].make(search.landscape, search.seed, search.starts())
    while not optimizer.done:
        points = optimizer.ask()
        optimizer.tell(points, log.generation(points))


def by_dfo_ls(search: Search, log: Log) -> None:
    """Runs a search by DFO-LS."""
    from peer import dfo_ls

    begin = partial(CONTESTANTS[DFO_LS].begin, search.landscape, search.starts())
    dfo_ls.search(search.landscape, lambda point: log.generation([point])[0], begin, search.seed)


def run_all(pool: Processes, searches: Iterable[Search]) -> dict[str, list[Found]]:
    """What the searches have found, by contestant, in the order of their seeds."""
    found: dict[str, dict[int, Found]] = {}
    for outcome in pool.map(run, searches):
        search = outcome.task
        if outcome.status != "done":
            raise RuntimeError(f"{search.contestant}, seed {search.seed}: {outcome.reason}") from outcome.error
        found.setdefault(search.contestant, {})[search.seed] = outcome.value
    return {name: [found[name][seed] for seed in sorted(found[name])] for name in CONTESTANTS if name in found}
