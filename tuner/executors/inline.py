"""Tasks run in this very process, one after the other: for a debugger. No crash or hang is survived."""

import time
from collections.abc import Callable, Iterable, Iterator

from tuner.executors.outcome import Outcome


class Inline:
    """Runs every task in the caller's process; time-outs are ignored."""

    workers = 1
    launcher = ()

    def __init__(self, warm_up: Callable[[], None]) -> None:
        self._warm_up: Callable[[], None] | None = warm_up

    def __enter__(self) -> "Inline":
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def map(
        self, function: Callable[[object], object], tasks: Iterable[object], timeout_s: float | None = None
    ) -> Iterator[Outcome]:
        """An outcome for each task, in order."""
        for task in tasks:
            self._start()
            started = time.perf_counter()
            try:
                outcome = Outcome(task, "done", function(task))
            except Exception as error:
                outcome = Outcome(task, "failed", reason=f"{type(error).__name__}: {error}", error=error)
            yield Outcome(**{**vars(outcome), "seconds": time.perf_counter() - started})

    def start(self) -> None:
        """There is no other process to start."""

    def renew(self) -> None:
        """There is no other process to end."""

    def _start(self) -> None:
        if self._warm_up is not None:
            self._warm_up()
            self._warm_up = None
