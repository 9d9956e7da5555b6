"""How many evaluations each optimiser needs until every target is within its tolerance.

Ours is least squares on features, a point at a time, and in rounds of eight. The peers are NetPyNE's custom, chance,
CMA-ES, Optuna's TPE and inspyred's swarm, behind our ask and tell, and DFO-LS, which sees the features as ours does.
Every seed starts elsewhere. A search that does not arrive counts its cap. With noise a search has arrived when what it
sees is within tolerance. Where two of six wishes are out of reach, the loss after 60 evaluations is compared.
"""

import os

# Before numpy is imported, which reads them once.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import starmap
from pathlib import Path

import numpy as np
from common import HERE, call, evaluated, machine, prepared, print_table, processes, require, say, timed
from landscapes import Landscape, SigmoidRates, Simulated, all_reached, wishing

from tuner.evaluation import Evaluation
from tuner.executors.processes import Processes
from tuner.optimizers import resolution
from tuner.optimizers.base import Optimizer, Problem
from tuner.optimizers.resolution import OPTIMIZERS
from tuner.study.schema import Place, fill
from tuner.study.study import Study

WORKERS = 2
ROUND = 8
SEEDS, QUICK_SEEDS = 15, 3
DFO_LS = "dfo_ls"
PEERS = {"dfols": "DFO-LS", "optuna": "Optuna's TPE"}


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


# Six drives of network_6, in the unit cube; their rates are its targets.
KNOWN = (0.45, 0.6, 0.35, 0.55, 0.5, 0.4)


def known(landscape: Landscape, pool: Processes) -> Landscape:
    """A landscape that needs no preparation."""
    return landscape


def simulated(study: str | Path, pool: Processes) -> Simulated:
    """The network of a study, with the short cuts that its own run takes; no candidate is aborted."""
    return Simulated(replace(prepared(resolution.resolve(Study.load(study)), pool), watched=False))


def network_6(pool: Processes) -> Simulated:
    """The network of six populations, whose targets are its own rates at the known drives."""
    task = simulated(HERE / "network_6.toml", pool).task
    result, _ = call(pool, evaluated, task.at(0, 0, task.study.space.decode(np.array(KNOWN))))
    rates = result.evaluation.features
    say("  targets: " + ", ".join(f"{name} {rate:g} Hz" for name, rate in rates.items()))
    targets = tuple(wishing(target, rates[target.name]) for target in task.study.targets)
    return Simulated(replace(task, study=replace(task.study, targets=targets)))


@dataclass(frozen=True)
class Race:
    """All contestants' searches of a landscape: how many of each, and of at most how many evaluations.

    `caps` has the lower caps of contestants whose own time would be too long.
    """

    landscape: Callable[[Processes], Landscape]
    cap: int = 1500
    quick_cap: int = 300
    seeds: int = SEEDS
    quick_seeds: int = QUICK_SEEDS
    caps: Mapping[str, int] = field(default_factory=dict)

    def searches(self, landscape: Landscape, quick: bool) -> list[Search]:
        """The searches."""
        seeds, cap = (self.quick_seeds, self.quick_cap) if quick else (self.seeds, self.cap)
        caps = {name: min(cap, self.caps.get(name, cap)) for name in CONTESTANTS}
        return [Search(name, landscape, seed, caps[name]) for name in caps for seed in range(1, seeds + 1)]


SIX = SigmoidRates(6, 6, 42)
# Its own time grows with the square of the evaluations, and with the parameters.
SLOW = {"optuna_tpe": 1000}
RACES = {
    "sensory_motor": Race(partial(simulated, "sensory_motor"), 150, 150),
    "sigmoid_6": Race(partial(known, SIX)),
    "sigmoid_6_noisy": Race(partial(known, replace(SIX, noise_hz=0.3))),
    "sigmoid_12_6": Race(partial(known, SigmoidRates(12, 6, 7)), caps=SLOW),
    "sigmoid_6_12": Race(partial(known, SigmoidRates(6, 12, 7))),
    "sigmoid_18": Race(partial(known, SigmoidRates(18, 18, 7)), 3000, caps=SLOW),
    "network_6": Race(network_6, 250, 60, 5, 1),
}


def race(name: str, quick: bool) -> dict[str, list[Found]]:
    """What all contestants have found on a landscape."""
    with processes(WORKERS) as pool:
        searches = RACES[name].searches(RACES[name].landscape(pool), quick)
        caps = {search.contestant: search.cap for search in searches}
        lower = [f"{who} only {cap}" for who, cap in caps.items() if cap < max(caps.values())]
        say(", ".join([f"{name}: at most {max(caps.values())} evaluations", *lower]))
        found, cost = timed(run_all, pool, searches)
    say(f"  {', '.join(starmap(words, found.items()))}; {cost.wall_s:.0f} s")
    return found


def figure(name: str, found: Sequence[Found]) -> float:
    """Median evaluations to all targets, or rounds; searches that did not arrive count all that they have made."""
    counts = [each.rounds if name == "ours_rounds_of_8" else len(each.best_losses) for each in found]
    return float(np.median(counts))


def cell(name: str, found: Sequence[Found]) -> str:
    """The figure as the table shows it, and in brackets how many searches did not arrive."""
    lost = sum(each.evaluations is None for each in found)
    more = "> " if 2 * lost > len(found) else ""
    return f"{more}{figure(name, found):g}" + (f" ({lost})" if lost else "")


def words(name: str, found: Sequence[Found]) -> str:
    """A contestant's result, while the others are not known yet."""
    return f"{name} {cell(name, found)}"


# Instead of the first rates, which end at 60 Hz whatever the parameters.
OUT_OF_REACH_HZ = (80.0, 75.0)
COMPARED = ("ours", "cma_es", "netpyne_custom")
COMPARED_AFTER = 60


def unreachable(form: str, quick: bool) -> dict[str, float]:
    """The median best loss of that form, by contestant, where two of six wishes are out of reach."""
    landscape = replace(SIX, form=form, instead=OUT_OF_REACH_HZ)
    seeds = range(1, (QUICK_SEEDS if quick else SEEDS) + 1)
    with processes(WORKERS) as pool:
        found = run_all(pool, [Search(name, landscape, s, COMPARED_AFTER) for name in COMPARED for s in seeds])
    losses = {name: np.median([each.best_losses[-1] for each in found[name]]) for name in COMPARED}
    return {name: float(f"{loss:.4g}") for name, loss in losses.items()}


def measure(names: Sequence[str], quick: bool) -> None:
    """Measures what is named, prints the tables and the figures."""
    found = {name: race(name, quick) for name in RACES if name in names}
    say("median evaluations until all targets are reached (searches that did not get there within their cap)")
    print_table(("", *CONTESTANTS), [(n, *starmap(cell, runs.items())) for n, runs in found.items()])
    figures = {n: {name: figure(name, each) for name, each in runs.items()} for n, runs in found.items()}
    if "unreachable" in names:
        figures["unreachable"] = {form: unreachable(form, quick) for form in ("z", "exponential")}
        say(f"two wishes out of reach: median best loss after {COMPARED_AFTER} evaluations")
        rows = [(form, *(f"{losses[n]:g}" for n in COMPARED)) for form, losses in figures["unreachable"].items()]
        print_table(("", *COMPARED), rows)
    say(json.dumps(figures, allow_nan=False))


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three seeds and lower caps, a few minutes")
    parser.add_argument("--only", nargs="+", choices=[*RACES, "unreachable"], default=[*RACES, "unreachable"])
    return parser.parse_args()


def main() -> None:
    """Measures all, prints the table and the figures."""
    chosen = arguments()
    for library, peer in PEERS.items():
        require(library, peer)
    say(machine())
    measure(chosen.only, chosen.quick)


if __name__ == "__main__":
    main()
