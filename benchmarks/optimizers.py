"""Our NSGA-II against its peers: how good its fronts are after equally many evaluations, and what a generation costs.

The peers are pymoo, DEAP, inspyred and the recorded result of Emoo (Bahl et al. 2012), all with a population of 50 and
5000 evaluations; judged is the hypervolume of the last population. CPU time is that of one thread, without evaluations.

zdt1, 2, 3 and 6 have their optimum on the bounds, where children that are cut at the bounds land by chance: ours do,
Emoo's and inspyred's too, pymoo's and DEAP's do not. The shifted ones have it inside, where that is no advantage.
"""

import os

# Before numpy is imported, which reads them once.
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
# Generations before the clock runs, and with it, by size of the population.
GENERATIONS = {100: (5, 40), 1000: (3, 20), 10000: (2, 4)}
QUICK_GENERATIONS = {100: (2, 20), 1000: (1, 5), 10000: (1, 1)}

Scores = dict[str, np.ndarray]


class Search(Protocol):
    """What is timed is `ask` and `tell`; `values` are those of who has survived, (n, n_objectives)."""

    values: np.ndarray

    def ask(self) -> object: ...

    def evaluate(self, asked: object) -> object: ...

    def tell(self, evaluated: object) -> None: ...


class Ours:
    """Our NSGA-II as a study makes it, with all its defaults but the size."""

    def __init__(self, problem: FrontProblem, seed: int, size: int) -> None:
        self._problem = problem
        self._names = [f"x{number}" for number in range(1, problem.n_parameters + 1)]
        self._space = SearchSpace(tuple(Parameter(name, problem.low, problem.high) for name in self._names))
        kind = OPTIMIZERS["nsga2"]
        settings = fill({"population_size": size}, kind.SETTINGS, Place("study"))
        self._optimizer = kind(Problem(self._space, objectives=problem.objectives), seed, **settings)
        self._seen: list[list[float]] = []

    def ask(self) -> np.ndarray:
        """The next generation, in the unit cube."""
        return self._optimizer.ask()

    def evaluate(self, asked: np.ndarray) -> tuple[np.ndarray, list[Evaluation]]:
        """The same, with a record each."""
        points = self._space.to_scaled(asked)
        rows = zip(points.tolist(), self._problem.function(points).tolist(), strict=True)
        return asked, [self._evaluation(*row) for row in rows]

    def tell(self, evaluated: tuple[np.ndarray, list[Evaluation]]) -> None:
        """Who survives."""
        self._optimizer.tell(*evaluated)

    @property
    def values(self) -> np.ndarray:
        """The survivors' values, (n, n_objectives)."""
        return np.array([self._seen[number] for number in self._optimizer.survivors])

    def _evaluation(self, point: list[float], values: list[float]) -> Evaluation:
        self._seen.append(values)
        named = dict(zip(self._names, point, strict=True))
        objectives = dict(zip(self._problem.objectives, values, strict=True))
        return Evaluation(len(self._seen) - 1, 0, named, 1, loss=sum(values), objectives=objectives)


def play(kind: Callable[[FrontProblem, int, int], Search], problem: FrontProblem, seed: int) -> np.ndarray:
    """The values of the last population of a search."""
    search, done = kind(problem, seed, SIZE), 0
    while done < EVALUATIONS:
        asked = search.ask()
        search.tell(search.evaluate(asked))
        done += len(asked)
    return search.values


def contestants() -> dict[str, Callable[[FrontProblem, int], np.ndarray]]:
    """What gives the values of a last population, by name: ours and the peers'."""
    from peer import optimizers_inspyred
    from peer.optimizers_deap import Deap
    from peer.optimizers_pymoo import Pymoo

    inspyred = partial(optimizers_inspyred.final_values, size=SIZE, evaluations=EVALUATIONS)
    played = {name: partial(play, kind) for name, kind in (("ours", Ours), ("pymoo", Pymoo), ("deap", Deap))}
    return {**played, "inspyred": inspyred}


def recorded() -> Mapping[str, Scores]:
    """The hypervolumes of Emoo's ten runs, by problem; there are none of the shifted ones."""
    results = json.loads((HERE / "data" / "emoo_reference.json").read_text(encoding="utf-8"))["results"]
    return {problem: {"emoo": np.array(found["emoo"]["hv"]["values"])} for problem, found in results.items()}


def score(problem: FrontProblem, n_seeds: int) -> Scores:
    """The hypervolumes of all seeds, by contestant; they take turns."""
    runs = contestants()
    found = {name: [] for name in runs}
    for seed in range(1, n_seeds + 1):
        for name, final_values in runs.items():
            found[name].append(hypervolume(final_values(problem, seed), problem.reference))
    return {name: np.array(volumes) for name, volumes in found.items()}


def is_best(scores: Scores) -> bool:
    """Whether our median is at least that of every peer."""
    peers = [np.median(volumes) for name, volumes in scores.items() if name != "ours"]
    return bool(np.median(scores["ours"]) >= max(peers))


def better_quartiles(scores: Scores) -> list[str]:
    """The peers whose lower quartile is above our median."""
    ours = np.median(scores["ours"])
    return [name for name, volumes in scores.items() if name != "ours" and ours < np.quantile(volumes, 0.25)]


def shown(volumes: np.ndarray | None) -> str:
    """Median and quartiles, as the table shows them."""
    if volumes is None:
        return ""
    low, middle, high = np.quantile(volumes, (0.25, 0.5, 0.75))
    return f"{middle:.4g} ({low:.4g}-{high:.4g})"


def quality(n_seeds: int) -> dict[str, int]:
    """The figures of all problems' hypervolumes; prints their table."""
    emoo = recorded()
    scores = {}
    for problem in PROBLEMS:
        say(f"{problem.name}, {n_seeds} seeds")
        scores[problem.name] = score(problem, n_seeds) | emoo.get(problem.name, {})
    say("hypervolume: median (quartiles)")
    print_table(("", *CONTESTANTS, "ours is", "below the lower quartile of"), starmap(score_row, scores.items()))
    found = scores.values()
    return {
        "best_of_9": sum(map(is_best, found)),
        "below_quartile": sum(bool(better_quartiles(each)) for each in found),
    }


def score_row(problem: str, scores: Scores) -> tuple[str, ...]:
    """A problem's row of the table."""
    verdict = "best" if is_best(scores) else ""
    return problem, *(shown(scores.get(name)) for name in CONTESTANTS), verdict, ", ".join(better_quartiles(scores))


@contextmanager
def own_garbage_only() -> Iterator[None]:
    """Python's collector passes over all that exists by now: nobody pays for what the others hold."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def generation(search: Search) -> float:
    """CPU seconds of a generation, without its evaluation."""
    with own_garbage_only():
        begin = time.process_time()
        asked = search.ask()
        asking = time.process_time() - begin
        evaluated = search.evaluate(asked)
        begin = time.process_time()
        search.tell(evaluated)
        return asking + time.process_time() - begin


def cpu_s_per_generation(size: int, warming_up: int, measured: int) -> dict[str, float]:
    """Mean CPU seconds of a generation of T1 with 30 parameters, ours and the peers' in turn."""
    from peer.optimizers_deap import Deap
    from peer.optimizers_pymoo import Pymoo

    say(f"population {size}, {measured} generations")
    problem = PROBLEMS[0]
    searches = {
        "ours": Ours(problem, 1, size),
        "pymoo": Pymoo(problem, 1, size),
        "deap": Deap(problem, 1, size, "log"),
    }
    # The first generation is random: it is no generation like the others.
    costs = [{name: generation(search) for name, search in searches.items()} for _ in range(1 + warming_up + measured)]
    return {name: float(np.mean([cost[name] for cost in costs[1 + warming_up :]])) for name in searches}


def speed(generations: dict[int, tuple[int, int]]) -> dict[str, dict[str, float]]:
    """CPU seconds of a generation, by size of the population and by whose it is; prints their table."""
    found = {size: cpu_s_per_generation(size, *counts) for size, counts in generations.items()}
    say("CPU seconds of a generation, without its evaluation")
    rows = [(str(size), *(f"{seconds:.4g}" for seconds in costs.values())) for size, costs in found.items()]
    print_table(("population", "ours", "pymoo", "deap"), rows)
    return {str(size): {name: float(f"{s:.4g}") for name, s in costs.items()} for size, costs in found.items()}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two seeds and fewer generations, a minute or two")
    parser.add_argument("--seeds", type=int, help="searches of each problem by each (default 10, with --quick 2)")
    return parser.parse_args()


def require_peers() -> None:
    """Ends the program where a peer is not installed, or not as fast as it can be."""
    for library in PEERS:
        require(library, f"the peer {library}")
    from pymoo.functions import is_compiled

    if not is_compiled():
        sys.exit("pymoo has no compiled extensions here, without which its times are not its own: install its wheel")
    say(", ".join(f"{library} {importlib.metadata.version(library)}" for library in PEERS))


def main() -> None:
    """Measures all, prints the tables and the figures."""
    chosen = arguments()
    say(machine())
    require_peers()
    seconds = speed(QUICK_GENERATIONS if chosen.quick else GENERATIONS)
    figures = quality(chosen.seeds or (2 if chosen.quick else 10))
    say(json.dumps({**figures, "cpu_s_per_generation": seconds}, allow_nan=False))


if __name__ == "__main__":
    main()
