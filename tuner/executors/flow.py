"""Tasks on their way: as many as there are workers, the next one as soon as one has landed."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from tuner.executors.outcome import Outcome, Task, Value


def flow(
    next_task: Callable[[], Task | None],
    workers: int,
    submit: Callable[[Task], Future[Outcome[Any, Value]]],
    give_up: Callable[[], None],
) -> Iterator[Outcome[Task, Value]]:
    """Yield the outcomes of `Executor.run`; closed early, call `give_up` and wait for the tasks under way.

    `submit` gives the future of a task's outcome, which need not have the task.
    """
    busy: dict[Future[Outcome[Any, Value]], Task] = {}
    # Asking each of a thousand futures whether it has landed would cost more than what it brings.
    landed: SimpleQueue[Future[Outcome[Any, Value]]] = SimpleQueue()
    try:
        while True:
            while len(busy) < workers and (task := next_task()) is not None:
                future = submit(task)
                busy[future] = task
                future.add_done_callback(landed.put)
            if not busy:
                return
            future = landed.get()
            yield replace(future.result(), task=busy.pop(future))
    finally:
        if busy:
            give_up()
            wait(busy)
