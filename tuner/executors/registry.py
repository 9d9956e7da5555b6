"""Register executors by name.

A new executor is a module of this package that calls `EXECUTORS.enter`. No other file has to be edited.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tuner.errors import StudyError, nearest
from tuner.executors.base import USUAL_WEAR, Executor, Request, Wear
from tuner.registry import Registry

MOST_WORKERS = 100_000


@dataclass(frozen=True)
class ExecutorKind:
    """Describe an executor, with the function that creates the executor.

    Attributes
    ----------
    make
        Function that returns a new executor for a `Request`.
    words
        Description in --help; "" to leave the executor out.
    launcher
        Default command, with `{ranks}`, that starts the ranks of each task; "" if a task runs in one process.
    spans_nodes
        Whether workers may run on several nodes of a cluster.
    isolated
        Whether the calling process survives the crash of a task.
    most_workers
        Function that returns the largest number of workers.
    """

    make: Callable[[Request], Executor]
    words: str = ""
    launcher: str = ""
    spans_nodes: bool = False
    isolated: bool = True
    most_workers: Callable[[], int] = lambda: MOST_WORKERS


EXECUTORS: Registry[ExecutorKind] = Registry("tuner.executors")


def find(name: str) -> ExecutorKind:
    """Return the executor kind of a name; raise StudyError for an unknown name."""
    if name not in EXECUTORS:
        raise StudyError(f"there is no executor {name!r}; {nearest(name, EXECUTORS)}")
    return EXECUTORS[name]


def launchers() -> dict[str, str]:
    """Return the default launchers by name, for the executors that start ranks for each task."""
    return {name: kind.launcher for name, kind in EXECUTORS.items() if kind.launcher}


def make(
    name: str,
    workers: int | None,
    warm_up: Callable[[], None],
    wear: Wear = USUAL_WEAR,
    ranks: int = 1,
    launcher: str | None = None,
) -> Executor:
    """Return a new executor; `Request` explains the arguments. StudyError for a number of workers out of range."""
    kind = find(name)
    if workers is not None and not 1 <= workers <= kind.most_workers():
        raise StudyError(
            f"workers is {workers}; the executor {name} takes 1 to {kind.most_workers()} here"
            " (see simulation.workers and --workers)"
        )
    return kind.make(Request(workers, warm_up, wear, ranks, launcher))
