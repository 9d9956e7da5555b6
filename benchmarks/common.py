"""Provide the tools that the benchmarks share: clocks, warm worker processes, tables and the final line of JSON."""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from unittest import mock

import numpy as np

from tuner.evaluate.evaluate import evaluate
from tuner.evaluate.task import Result, Task, template
from tuner.executors.processes import Processes
from tuner.optimizers import resolution
from tuner.search.applied_speedups import with_speedups
from tuner.search.preparation import describe
from tuner.search.speedup_decisions import decide
from tuner.simulation.simulate import warm_up
from tuner.study.study import Study

HERE = Path(__file__).resolve().parent
LIBRARIES = ("neuron", "netpyne", "numpy")
LONGEST_START_S = 600.0


@dataclass(frozen=True)
class Cost:
    """Represent a cost in wall time and CPU time [s].

    The CPU time covers all threads of a process, and the child processes that the process has waited for.
    """

    cpu_s: float
    wall_s: float

    @classmethod
    def now(cls) -> "Cost":
        """Return the cost of this process so far.

        The clocks have no defined zero: only the difference between two costs has a meaning.
        """
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return cls(sum(u.ru_utime + u.ru_stime for u in used), time.perf_counter())

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu_s + other.cpu_s, self.wall_s + other.wall_s)

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(self.cpu_s - other.cpu_s, self.wall_s - other.wall_s)

    def __truediv__(self, count: int) -> "Cost":
        return Cost(self.cpu_s / count, self.wall_s / count)

    @classmethod
    def mean(cls, costs: Iterable["Cost"]) -> "Cost":
        """Return the mean of several costs."""
        costs = list(costs)
        return cls(fmean(cost.cpu_s for cost in costs), fmean(cost.wall_s for cost in costs))


def timed(function: Callable, *arguments: object) -> tuple[object, Cost]:
    """Call a function, and return the result together with the cost of the call."""
    before = Cost.now()
    value = function(*arguments)
    return value, Cost.now() - before


@contextmanager
def timing_calls(owner: object, name: str) -> Iterator[list[Cost]]:
    """Measure the cost of every call of a function of a class or module.

    The context manager yields a list. Every call inside the `with` block appends one cost to the list.
    """
    costs: list[Cost] = []
    original = getattr(owner, name)

    def call(*arguments: object) -> object:
        value, cost = timed(original, *arguments)
        costs.append(cost)
        return value

    with mock.patch.object(owner, name, call):
        yield costs


def workers_cpu_s() -> float:
    """Return the CPU time of the living processes that this process has started [s]."""
    import psutil

    times = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    return sum(used.user + used.system for used in times)


def processes(workers: int = 1) -> Processes:
    """Return a pool of worker processes with NetPyNE imported.

    Worker processes are necessary because two networks in one process would disturb each other.
    """
    return Processes(workers, warm_up)


def call(pool: Processes, function: Callable, task: object) -> tuple[object, Cost]:
    """Call a function in a worker of a pool, and return the result together with the cost of the call.

    Raises RuntimeError, with the reason, if the call fails.
    """
    (outcome,) = pool.map(partial(timed, function), [task])
    if outcome.status != "done":
        raise RuntimeError(f"{function.__name__}: {outcome.reason}") from outcome.error
    return outcome.value


def prepared(study: Study, pool: Processes) -> Task:
    """Return the task of a study at the start point, with the speed-ups that engine = "auto" chooses.

    One worker of the pool is warm afterwards.
    """
    resolved = resolution.resolve(study)
    task = template(resolved)
    task = task.at(0, 0, describe(resolved, task.library, pool).start)
    return with_speedups(task, decide(task, "processes", pool, LONGEST_START_S), pool)


def random_values(study: Study, count: int) -> list[dict]:
    """Return random values of the free parameters of a study.

    The random numbers are seeded, so all calls return the same values.
    """
    points = np.random.default_rng(1).random((count, len(study.space)))
    return [study.space.decode(point) for point in points]


def evaluated(task: Task) -> Result:
    """Run `evaluate`, and raise RuntimeError if the simulation does not run to the end.

    The time of an incomplete simulation would be a wrong measurement.
    """
    result = evaluate(task)
    if result.evaluation.status != "done":
        raise RuntimeError(f"{task.values}: {result.evaluation.reason}")
    return result


def require(library: str, peer: str) -> None:
    """Exit with a message if the library that a peer needs is not installed."""
    if importlib.util.find_spec(library) is None:
        sys.exit(f"{peer} needs the package {library}, which is not installed: install it by pip install -e .[bench]")


def arguments(description: str) -> argparse.Namespace:
    """Parse the command line; the option `--quick` asks for fewer and smaller measurements."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="make fewer and smaller measurements (about a minute)")
    return parser.parse_args()


def say(words: str) -> None:
    """Print a line at once, because a full benchmark takes minutes."""
    print(words, flush=True)


def machine() -> str:
    """Return processor, cores, load and versions as one line of text."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in LIBRARIES)
    load = os.getloadavg()[0]
    return f"{_processor()}, {os.cpu_count()} cores, load {load:.1f}; Python {platform.python_version()}, {versions}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under headings, with the first column to the left and all other columns to the right."""
    table = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        say("  ".join(cells).rstrip())


def print_figures(figures: dict[str, float | bool]) -> None:
    """Print the figures as a JSON object, rounded to four digits, as the last line of a benchmark."""
    rounded = {key: value if isinstance(value, bool) else float(f"{value:.4g}") for key, value in figures.items()}
    say(json.dumps(rounded, allow_nan=False))
