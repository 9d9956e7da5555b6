"""Log the stages of a command that take longer than a moment, and measure the time."""

import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from tuner.executors.base import Executor, Function
from tuner.executors.outcome import Outcome, Task, Value

# A stage that ends before this time [s] needs no line.
PATIENCE_S = 2.0

log = logging.getLogger(__name__)


class Stage:
    """Hold the duration of a stage [s], which is 0 until the stage has ended."""

    seconds = 0.0


def _say(words: str, stdout: TextIO) -> None:
    """Log the words, unless a simulation in this process has redirected standard output."""
    if sys.stdout is stdout:
        log.info("%s", words)


@contextmanager
def stage(words: str) -> Iterator[Stage]:
    """Log the words if the `with` block takes longer than PATIENCE_S, and yield the stage."""
    found, began_s = Stage(), time.perf_counter()
    timer = threading.Timer(PATIENCE_S, _say, (words, sys.stdout))
    timer.daemon = True
    timer.start()
    try:
        yield found
    finally:
        timer.cancel()
        found.seconds = time.perf_counter() - began_s


class Followed(Executor):
    """Run tasks on another executor, and call `step` after each outcome."""

    def __init__(self, pool: Executor, step: Callable[[], None]) -> None:
        self.workers, self.ranks, self.launcher = pool.workers, pool.ranks, pool.launcher
        self._pool, self._step = pool, step

    def run(
        self, function: Function[Task, Value], next_task: Callable[[], Task | None], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Yield the outcomes of the other executor."""
        for outcome in self._pool.run(function, next_task, timeout_s):
            self._step()
            yield outcome

    def renew(self) -> None:
        """End the workers of the other executor; the next tasks start fresh ones."""
        self._pool.renew()
