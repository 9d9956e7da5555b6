"""Tasks on their way: as many as there are workers, the next one as soon as one has landed."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from dataclasses import replace
from queue import SimpleQueue

from tuner.executors.outcome import Outcome


def flow(
    next_task: Callable[[], object | None],
    workers: int,
    submit: Callable[[object], Future],
    give_up: Callable[[], None],
) -> Iterator[Outcome]:
    """Yield the outcomes of `Executor.run`; closed early, call `give_up` and wait for the tasks under way.

    `submit` gives the future of a task's outcome, which need not have the task.
    """
    busy: dict[Future, object] = {}
    # Asking each of a thousand futures whether it has landed would cost more than what it brings.
    landed: SimpleQueue[Future] = SimpleQueue()
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
