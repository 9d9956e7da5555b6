"""Compare netpyne-tuner's NSGA-II with other programs: quality of the fronts, and CPU time of a generation.

The peers are pymoo, DEAP, inspyred and the recorded result of Emoo (Bahl et al. 2012). All have a population of 50 and
5000 evaluations. Quality is the hypervolume of the last population. The CPU time is for one thread, without
evaluations.

zdt1, 2, 3 and 6 have the optimum on the bounds. Programs that cut children at the bounds reach this optimum by chance:
netpyne-tuner, Emoo and inspyred cut children, pymoo and DEAP do not. The shifted problems have the optimum inside the
bounds, where cutting is no advantage.
"""

import os

# Set these variables before numpy is imported, because numpy reads them only once.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import argparse
import gc
import importlib.metadata
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import starmap
from typing import Protocol

import numpy as np
from common import HERE, machine, print_table, require, say
from problems import PROBLEMS, FrontProblem, hypervolume

from tuner.evaluation import Evaluation
from tuner.optimizers.base import Problem
from tuner.optimizers.resolution import OPTIMIZERS
from tuner.study.schema import Place, fill
from tuner.study.space import Parameter, SearchSpace

SIZE = 50
EVALUATIONS = 5000
PEERS = ("pymoo", "deap", "inspyred")
CONTESTANTS = ("ours", *PEERS, "emoo")
# Number of generations that warm up, and number of timed generations, by population size.
GENERATIONS = {100: (5, 40), 1000: (3, 20), 10000: (2, 4)}
QUICK_GENERATIONS = {100: (2, 20), 1000: (1, 5), 10000: (1, 1)}

Scores = dict[str, np.ndarray]


class Search(Protocol):
    """Describe the interface of a search by ask, evaluate and tell.

    Only `ask` and `tell` are timed. `values` are the objective values of the survivors, (n, n_objectives).
    """

    values: np.ndarray

    def ask(self) -> object: ...

    def evaluate(self, asked: object) -> object: ...

    def tell(self, evaluated: object) -> None: ...


class Ours:
    """Search with netpyne-tuner's NSGA-II, with a study's default settings except for the population size."""

    def __init__(self, problem: FrontProblem, seed: int, size: int) -> None:
        self._problem = problem
        self._names = [f"x{number}" for number in range(1, problem.n_parameters + 1)]
        self._space = SearchSpace(tuple(Parameter(name, problem.low, problem.high) for name in self._names))
        kind = OPTIMIZERS["nsga2"]
        settings = fill({"population_size": size}, kind.SETTINGS, Place("study"))
        self._optimizer = kind(Problem(self._space, objectives=problem.objectives), seed, **settings)
        self._seen: list[list[float]] = []

    def ask(self) -> np.ndarray:
        """Return the next generation, as points of the unit cube."""
        return self._optimizer.ask()

    def evaluate(self, asked: np.ndarray) -> tuple[np.ndarray, list[Evaluation]]:
        """Evaluate a generation, and return points and evaluations."""
        points = self._space.to_scaled(asked)
        rows = zip(points.tolist(), self._problem.function(points).tolist(), strict=True)
        return asked, [self._evaluation(*row) for row in rows]

    def tell(self, evaluated: tuple[np.ndarray, list[Evaluation]]) -> None:
        """Select the survivors."""
        self._optimizer.tell(*evaluated)

    @property
    def values(self) -> np.ndarray:
        """Return the objective values of the survivors, (n, n_objectives)."""
        return np.array([self._seen[number] for number in self._optimizer.survivors])

    def _evaluation(self, point: list[float], values: list[float]) -> Evaluation:
        self._seen.append(values)
        named = dict(zip(self._names, point, strict=True))
        objectives = dict(zip(self._problem.objectives, values, strict=True))
        return Evaluation(len(self._seen) - 1, 0, named, 1, loss=sum(values), objectives=objectives)


def play(kind: Callable[[FrontProblem, int, int], Search], problem: FrontProblem, seed: int) -> np.ndarray:
    """Run a search, and return the objective values of the last population."""
    search, done = kind(problem, seed, SIZE), 0
    while done < EVALUATIONS:
        asked = search.ask()
        search.tell(search.evaluate(asked))
        done += len(asked)
    return search.values


def contestants() -> dict[str, Callable[[FrontProblem, int], np.ndarray]]:
    """Return a function for each contestant that can be run, by name.

    The function runs a search and returns the objective values of the last population.
    """
    from peer import optimizers_inspyred
    from peer.optimizers_deap import Deap
    from peer.optimizers_pymoo import Pymoo

    inspyred = partial(optimizers_inspyred.final_values, size=SIZE, evaluations=EVALUATIONS)
    played = {name: partial(play, kind) for name, kind in (("ours", Ours), ("pymoo", Pymoo), ("deap", Deap))}
    return {**played, "inspyred": inspyred}


def recorded() -> Mapping[str, Scores]:
    """Read the hypervolumes of Emoo's ten runs, by problem.

    The shifted problems have no recorded runs.
    """
    results = json.loads((HERE / "data" / "emoo_reference.json").read_text(encoding="utf-8"))["results"]
    return {problem: {"emoo": np.array(found["emoo"]["hv"]["values"])} for problem, found in results.items()}


def score(problem: FrontProblem, n_seeds: int) -> Scores:
    """Return the hypervolumes of all seeds, by contestant; the contestants take turns."""
    runs = contestants()
    found = {name: [] for name in runs}
    for seed in range(1, n_seeds + 1):
        for name, final_values in runs.items():
            found[name].append(hypervolume(final_values(problem, seed), problem.reference))
    return {name: np.array(volumes) for name, volumes in found.items()}


def is_best(scores: Scores) -> bool:
    """Return whether netpyne-tuner's median is at least the median of every peer."""
    peers = [np.median(volumes) for name, volumes in scores.items() if name != "ours"]
    return bool(np.median(scores["ours"]) >= max(peers))


def better_quartiles(scores: Scores) -> list[str]:
    """Return the peers with a lower quartile above netpyne-tuner's median."""
    ours = np.median(scores["ours"])
    return [name for name, volumes in scores.items() if name != "ours" and ours < np.quantile(volumes, 0.25)]


def shown(volumes: np.ndarray | None) -> str:
    """Return median and quartiles as text for the table."""
    if volumes is None:
        return ""
    low, middle, high = np.quantile(volumes, (0.25, 0.5, 0.75))
    return f"{middle:.4g} ({low:.4g}-{high:.4g})"


def quality(n_seeds: int) -> dict[str, int]:
    """Compute the hypervolumes of all problems, print the table and return the figures."""
    emoo = recorded()
    scores = {}
    for problem in PROBLEMS:
        say(f"{problem.name}, {n_seeds} seeds")
        scores[problem.name] = score(problem, n_seeds) | emoo.get(problem.name, {})
    say("hypervolume: median (quartiles)")
    headings = ("problem", *CONTESTANTS, "best median", "ours below the lower quartile of")
    print_table(headings, starmap(score_row, scores.items()))
    found = scores.values()
    return {
        "best_of_9": sum(map(is_best, found)),
        "below_quartile": sum(bool(better_quartiles(each)) for each in found),
    }


def score_row(problem: str, scores: Scores) -> tuple[str, ...]:
    """Return the table row of a problem."""
    verdict = "ours" if is_best(scores) else "a peer"
    return problem, *(shown(scores.get(name)) for name in CONTESTANTS), verdict, ", ".join(better_quartiles(scores))


@contextmanager
def own_garbage_only() -> Iterator[None]:
    """Hide all existing objects from Python's garbage collector.

    Without this, the time of a search would include the collector's visits to objects of other searches.
    """
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def generation(search: Search) -> float:
    """Return the CPU time of a generation, without the evaluation [s]."""
    with own_garbage_only():
        begin = time.process_time()
        asked = search.ask()
        asking = time.process_time() - begin
        evaluated = search.evaluate(asked)
        begin = time.process_time()
        search.tell(evaluated)
        return asking + time.process_time() - begin


def cpu_s_per_generation(size: int, warming_up: int, measured: int) -> dict[str, float]:
    """Return the mean CPU time of a generation of T1 with 30 parameters [s], by program.

    The programs take turns.
    """
    from peer.optimizers_deap import Deap
    from peer.optimizers_pymoo import Pymoo

    say(f"population {size}, {measured} generations")
    problem = PROBLEMS[0]
    searches = {
        "ours": Ours(problem, 1, size),
        "pymoo": Pymoo(problem, 1, size),
        "deap": Deap(problem, 1, size, "log"),
    }
    # The first generation consists of random points, so it is not timed.
    costs = [{name: generation(search) for name, search in searches.items()} for _ in range(1 + warming_up + measured)]
    return {name: float(np.mean([cost[name] for cost in costs[1 + warming_up :]])) for name in searches}


def speed(generations: dict[int, tuple[int, int]]) -> dict[str, dict[str, float]]:
    """Measure the CPU times of generations, print the table, and return the times by population size and program."""
    found = {size: cpu_s_per_generation(size, *counts) for size, counts in generations.items()}
    say("CPU time of a generation, without the evaluation [s]")
    rows = [(str(size), *(f"{seconds:.4g}" for seconds in costs.values())) for size, costs in found.items()]
    print_table(("population", "ours", "pymoo", "deap"), rows)
    return {str(size): {name: float(f"{s:.4g}") for name, s in costs.items()} for size, costs in found.items()}


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="use two seeds and fewer generations (a minute or two)")
    parser.add_argument("--seeds", type=int, help="searches per problem and program (default: 10, with --quick 2)")
    return parser.parse_args()


def require_peers() -> None:
    """Exit with a message if a peer is not installed, or if pymoo lacks the compiled extensions."""
    for library in PEERS:
        require(library, f"the peer {library}")
    from pymoo.functions import is_compiled

    if not is_compiled():
        sys.exit("pymoo has no compiled extensions, so its times would be too long: install a binary wheel of pymoo")
    say(", ".join(f"{library} {importlib.metadata.version(library)}" for library in PEERS))


def main() -> None:
    """Measure everything, and print the tables and the figures."""
    chosen = arguments()
    say(machine())
    require_peers()
    seconds = speed(QUICK_GENERATIONS if chosen.quick else GENERATIONS)
    figures = quality(chosen.seeds or (2 if chosen.quick else 10))
    say(json.dumps({**figures, "cpu_s_per_generation": seconds}, allow_nan=False))


if __name__ == "__main__":
    main()
