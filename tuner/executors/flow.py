"""Keep as many tasks in progress as there are workers."""

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
    """Yield the outcomes of `Executor.run` for an executor that has futures.

    `submit` returns the future of an outcome. The outcome's `task` may be anything: the task is filled in here. If the
    iterator is closed early, `give_up` is called, and all tasks in progress are waited for.
    """
    busy: dict[Future[Outcome[Any, Value]], Task] = {}
    # Futures announce themselves here. Polling a thousand futures after each outcome would be slow.
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
