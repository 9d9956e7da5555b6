"""Define the contract of executors.

An executor runs tasks on workers and isolates the failures of tasks. Executors do not depend on studies.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from tuner.executors.outcome import Outcome, Task, Value

Function = Callable[[Task], Value]
Self = TypeVar("Self", bound="Executor")


class Executor(ABC):
    """Run tasks on workers and isolate the failures of tasks.

    An executor is used in a `with` block. Its methods are called in this order:

    1. `__enter__`, once.
    2. `start`, at most once, before the first run.
    3. `run` (also through `map`), any number of times. A run begins after the iterator of the run before is exhausted
       or closed.
    4. `renew`, any number of times, between two runs.
    5. `__exit__`, once, also after an exception. All workers must have ended when it returns.

    A subclass sets `workers` and implements `run`. The other methods do nothing by default, which is right for an
    executor whose workers do not outlive their tasks.

    A failure of a task is never raised. It is an `Outcome` with the status "failed" or "timeout", and the other tasks
    go on. A `TunerError` that `run` raises means that no task can succeed, and ends the whole run of the study.

    Attributes
    ----------
    workers : int
        Largest number of tasks in progress at once.
    ranks : int
        Number of ranks of each task; 1 if a task runs in one process.
    launcher : tuple of str
        Command that starts the ranks of a task; empty if a task runs in one process.

    Notes
    -----
    `tests/contracts/executor.py` tests this contract. A test class of a new executor inherits from it.
    """

    workers: int
    ranks: int = 1
    launcher: tuple[str, ...] = ()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:  # noqa: B027
        """End all workers, also busy ones."""

    @abstractmethod
    def run(
        self, function: Function[Task, Value], next_task: Callable[[], Task | None], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Yield the outcome of `function(task)` for each task, in the order in which tasks finish.

        Parameters
        ----------
        function
            Function that a worker calls with a task. Function, task and value must be picklable if a worker is another
            process.
        next_task
            Called in the caller's thread when a worker is free: before the first task and after every outcome. None
            means that there is no task at the moment. A task is never None.
        timeout_s
            Time limit of each task [s]; None for no limit. Starting a worker and warming up do not count.

        Notes
        -----
        The iterator ends when `next_task` has returned None and no task is in progress.

        A task that raises, crashes, or takes longer than `timeout_s` has an outcome with this status, and does not
        affect the other tasks. A task whose worker died is tried once more. Only an executor that is not isolated (see
        `ExecutorKind`) may let a crash or hang reach the calling process.

        Closing the iterator early ends the busy workers. Their tasks have no outcome. The next run works as usual.
        """

    def map(
        self, function: Function[Task, Value], tasks: Iterable[Task], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Run a finite number of tasks, and yield each outcome as soon as the task finishes."""
        return self.run(function, partial(next, iter(tasks), None), timeout_s)

    def start(self) -> None:  # noqa: B027
        """Start all workers now, so that all warm up at the same time. Optional; returns at once."""

    def renew(self) -> None:  # noqa: B027
        """End all workers; the next tasks start fresh ones."""


@dataclass(frozen=True)
class Wear:
    """Set the limits after which a fresh worker replaces a used one.

    The limits are a number of tasks, and the growth of the worker's memory since its first task [MB].
    """

    tasks: int = 2000
    growth_mb: float = 1000.0


USUAL_WEAR = Wear()


@dataclass(frozen=True)
class Request:
    """Collect the settings of a new executor.

    Attributes
    ----------
    workers
        Number of workers; None for as many as there is room for.
    warm_up
        Called once in each worker process before its first task. Time limits do not include this call.
    wear
        Limits after which a worker is replaced.
    ranks, launcher
        Number of ranks of each task, and the command with `{ranks}` that starts the ranks. Only executors that start
        ranks for each task use these two settings.
    """

    workers: int | None
    warm_up: Callable[[], None]
    wear: Wear = USUAL_WEAR
    ranks: int = 1
    launcher: str | None = None
