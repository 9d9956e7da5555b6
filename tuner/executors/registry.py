"""Executors: each maps a function over tasks and isolates their failures. They know nothing of studies.

`map(function, tasks, timeout_s)` gives an Outcome a task, as they finish; a crash or time-out of one task is that
task's outcome and costs the others nothing. Leaving the `with` block ends all workers.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from tuner.executors.inline import Inline
from tuner.executors.mpi import Mpi, copies, is_led
from tuner.executors.outcome import Outcome
from tuner.executors.processes import USUAL_WEAR, Processes, Wear, all_cores
from tuner.executors.steps import LAUNCHERS, Steps, find_program

__all__ = [
    "LAUNCHERS", "NAMES", "Executor", "Outcome", "Wear", "all_cores", "copies", "find_program", "is_led", "make",
]  # fmt: skip
NAMES = ("serial", "processes", "inline", "mpi", *LAUNCHERS)


class Executor(Protocol):
    """What the loop needs of an executor."""

    workers: int
    # What starts the ranks of a task, where it has any.
    launcher: tuple[str, ...]

    def __enter__(self) -> "Executor": ...

    def __exit__(self, *exception: object) -> None: ...

    def map(
        self, function: Callable[[object], object], tasks: Iterable[object], timeout_s: float | None = None
    ) -> Iterator[Outcome]:
        """An outcome for each task, in the order in which they finish.

        `tasks` may grow meanwhile: an iterator that has ended is asked again after every outcome.
        """

    def start(self) -> None:
        """Starts all workers now, where there are any: they warm up while the first tasks are done."""

    def renew(self) -> None:
        """Ends all workers, where there are any; the next tasks start others."""


def make(
    name: str,
    workers: int | None,
    warm_up: Callable[[], None],
    wear: Wear = USUAL_WEAR,
    ranks: int = 1,
    launcher: str | None = None,
) -> Executor:
    """The executor of that name; `warm_up` is called once in each process that works, before any time-out counts.

    Without `workers` it has as many as there are cores, or ranks. `ranks` and `launcher` are for those of LAUNCHERS.
    """
    if name in LAUNCHERS:
        return Steps(name, workers, warm_up, ranks, launcher)
    if name == "inline":
        return Inline(warm_up)
    if name == "mpi":
        return Mpi(workers, warm_up, wear)
    return Processes(1 if name == "serial" else workers or all_cores(), warm_up, wear)
