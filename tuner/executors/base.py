"""The contract of executors: each runs tasks on workers and isolates their failures. None knows of studies."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from tuner.executors.outcome import Outcome, Task, Value

Function = Callable[[Task], Value]
Self = TypeVar("Self", bound="Executor")


class Executor(ABC):
    """Runs tasks on workers, within a `with` block whose end ends all workers.

    `start` may be called once before the first run; `run` any number of times, one after the other; `renew` between
    two runs. Only `run` has to be written: the other methods do nothing where a task leaves no worker behind.
    """

    # How many tasks are under way at once, at most.
    workers: int
    # Ranks of each task, and the command that starts them; empty where a task has one process.
    ranks: int = 1
    launcher: tuple[str, ...] = ()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:  # noqa: B027
        """End all workers."""

    @abstractmethod
    def run(
        self, function: Function[Task, Value], next_task: Callable[[], Task | None], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Yield the outcome of `function(task)` for each task, in the order in which tasks finish.

        `next_task` is called in the caller's thread whenever a worker is free: before the first task and after every
        outcome. None means that there is no task at the moment. The iterator ends when `next_task` has returned None
        and no task is under way. A task is never None.

        A task that raises, crashes, or takes longer than `timeout_s` has an outcome that says so, and costs the other
        tasks nothing; one whose worker died is tried once more. Closing the iterator early ends the workers that are
        busy, whose tasks have no outcome; the next run works as usual.
        """

    def map(
        self, function: Function[Task, Value], tasks: Iterable[Task], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Run a finite number of tasks, and yield their outcomes as they finish."""
        return self.run(function, partial(next, iter(tasks), None), timeout_s)

    def start(self) -> None:  # noqa: B027
        """Start all workers now, so that they warm up while the first tasks are done."""

    def renew(self) -> None:  # noqa: B027
        """End all workers; the next tasks start others."""


@dataclass(frozen=True)
class Wear:
    """Limits after which a fresh worker replaces a used one: tasks done, and memory [MB] gained since its first."""

    tasks: int = 2000
    growth_mb: float = 1000.0


USUAL_WEAR = Wear()


@dataclass(frozen=True)
class Request:
    """Settings that an executor is made from.

    `warm_up` is called once in each process that works, before any time-out counts. `workers` is None for as many as
    there is room for. `ranks` and `launcher`, a command with {ranks}, are for executors that start ranks for each task.
    """

    workers: int | None
    warm_up: Callable[[], None]
    wear: Wear = USUAL_WEAR
    ranks: int = 1
    launcher: str | None = None
