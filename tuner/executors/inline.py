"""Run tasks in the calling process, one after the other, for use with a debugger.

A crash or hang of a task is a crash or hang of the calling process.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from tuner.executors.base import Executor, Function
from tuner.executors.outcome import Outcome, Task, Value
from tuner.executors.registry import EXECUTORS, ExecutorKind


class Inline(Executor):
    """Run every task in the calling process and ignore time limits."""

    workers = 1

    def __init__(self, warm_up: Callable[[], None]) -> None:
        self._warm_up: Callable[[], None] | None = warm_up

    def run(
        self, function: Function[Task, Value], next_task: Callable[[], Task | None], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Yield the outcome of each task, in the order of the tasks."""
        while (task := next_task()) is not None:
            self._start()
            started = time.perf_counter()
            yield replace(_outcome(function, task), seconds=time.perf_counter() - started)

    def _start(self) -> None:
        if self._warm_up is not None:
            self._warm_up()
            self._warm_up = None


def _outcome(function: Function[Task, Value], task: Task) -> Outcome[Task, Value]:
    try:
        return Outcome(task, "done", function(task))
    except Exception as error:
        return Outcome(task, "failed", reason=f"{type(error).__name__}: {error}", error=error)


EXECUTORS.enter(
    "inline",
    ExecutorKind(lambda asked: Inline(asked.warm_up), words="this process, for a debugger", isolated=False),
    __name__,
    place=3,
)
