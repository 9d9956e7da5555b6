"""Run tasks in the calling process, one after the other, for use with a debugger.

A crash or hang of a task is a crash or hang of the calling process.
"""

import atexit
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NoReturn

from tuner.errors import ModelError
from tuner.executors import worker
from tuner.executors.base import Executor, Function
from tuner.executors.outcome import Died, Outcome, Task, Value
from tuner.executors.registry import EXECUTORS, ExecutorKind

log = logging.getLogger(__name__)

ENDED = b"netpyne-tuner: the model ended this program (a call of exit or quit)\n"


class Inline(Executor):
    """Run every task in the calling process and ignore time limits."""

    workers = 1

    def __init__(self, warm_up: Callable[[], None]) -> None:
        self._warm_up: Callable[[], None] | None = warm_up
        self._told: set[str] = set()

    def run(
        self, function: Function[Task, Value], next_task: Callable[[], Task | None], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Yield the outcome of each task, in the order of the tasks."""
        while (task := next_task()) is not None:
            self._start()
            started = time.perf_counter()
            yield replace(_outcome(function, task), seconds=time.perf_counter() - started)
            self._warn()

    def _start(self) -> None:
        if self._warm_up is not None:
            self._warm_up()
            self._warm_up = None

    def _warn(self) -> None:
        """Warn of changes of this process that a worker would be replaced for."""
        new = [reason for reason in worker.reasons_for_replacement() if reason not in self._told]
        self._told.update(new)
        for reason in new:
            log.warning(
                "the model's code has changed this process, and %s cannot be put back: later results may differ;"
                " use the executor serial, which replaces its worker",
                reason,
            )


@contextmanager
def _without_exit() -> Iterator[None]:
    """Make os._exit raise an error in the `with` block, and tell of any other end; forked processes end as usual."""
    ends, here = os._exit, os.getpid()

    def refuse(status: int) -> NoReturn:
        if os.getpid() != here:
            ends(status)
        raise Died(f"the model called os._exit({status}), which would end this program")

    def tell() -> None:
        # Nothing can stop the end here: hoc's quit has ended Python already.
        if os.getpid() == here:
            atexit.unregister(tell)
            atexit._run_exitfuncs()
            os.write(2, ENDED)
            ends(ModelError.exit_status)

    os._exit = refuse
    atexit.register(tell)
    try:
        yield
    finally:
        atexit.unregister(tell)
        os._exit = ends


def _outcome(function: Function[Task, Value], task: Task) -> Outcome[Task, Value]:
    try:
        with _without_exit():
            return Outcome(task, "done", function(task))
    except Died as error:
        return Outcome(task, "failed", reason=str(error), error=error)
    except (Exception, SystemExit) as error:
        return Outcome(task, "failed", reason=f"{type(error).__name__}: {error}", error=error)


EXECUTORS.enter(
    "inline",
    ExecutorKind(lambda asked: Inline(asked.warm_up), words="this process, for a debugger", isolated=False),
    __name__,
    place=3,
)
