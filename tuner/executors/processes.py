"""Run tasks in worker processes on this machine; each worker is a pebble pool of one process.

Pools do not share locks, so a worker that is killed at any moment cannot block another worker.
"""

import math
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, TimeoutError, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import ClassVar, Generic

from pebble import ProcessExpired, ProcessPool

from tuner.executors import children, worker
from tuner.executors.base import USUAL_WEAR, Executor, Function, Request, Wear
from tuner.executors.outcome import ENDED_STATUS, Died, Outcome, Task, Value, died, late
from tuner.executors.registry import EXECUTORS, ExecutorKind
from tuner.executors.worker import Reply

ATTEMPTS = 2
# A machine takes LEAST_ROOM workers, or CORE_SHARE for each core if that is more.
LEAST_ROOM, CORE_SHARE = 64, 4
LOOK_S = 0.2
DEATHS = (ProcessExpired, BrokenProcessPool, CancelledError)


def all_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def most_workers() -> int:
    """Return the largest number of workers on this machine."""
    return max(LEAST_ROOM, CORE_SHARE * all_cores())


class Processes(Executor):
    """Run tasks in `workers` warm processes.

    A task whose worker dies is tried once more in a fresh worker. If the function `interrupted` is set, it is called
    several times a second. The run ends early as soon as it returns True.
    """

    def __init__(
        self,
        workers: int,
        warm_up: Callable[[], None],
        wear: Wear = USUAL_WEAR,
        interrupted: Callable[[], bool] | None = None,
    ) -> None:
        self.workers = workers
        self._interrupted = interrupted
        self._slots = [_Slot(warm_up, wear) for _ in range(workers)]

    def __exit__(self, *exception: object) -> None:
        for slot in self._slots:
            slot.stop()
        for slot in self._slots:
            slot.join()

    def run(
        self, function: Function[Task, Value], next_task: Callable[[], Task | None], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Yield the outcome of each task as soon as the task finishes; if closed early, end the busy workers."""
        busy: dict[Future[Reply[Value]], tuple[_Slot, _Attempt[Task, Value]]] = {}
        idle = list(reversed(self._slots))
        try:
            while True:
                while idle and (task := next_task()) is not None:
                    _launch(busy, idle.pop(), _Attempt(function, task, timeout_s))
                if not busy or (self._interrupted and self._interrupted()):
                    return
                for future in self._wait(busy):
                    slot, attempt = busy.pop(future)
                    outcome = attempt.outcome(future)
                    slot.wear_by(future)
                    if outcome is None:
                        _launch(busy, slot, attempt.again())
                    else:
                        idle.append(slot)
                        yield outcome
        finally:
            for slot, _ in busy.values():
                slot.renew()

    def _wait(self, busy: Collection[Future[Reply[Value]]]) -> Collection[Future[Reply[Value]]]:
        return wait(busy, LOOK_S if self._interrupted else None, FIRST_COMPLETED).done

    def start(self) -> None:
        """Start all workers now, so that all warm up at the same time."""
        for slot in self._slots:
            slot.start()

    def renew(self) -> None:
        """End all workers; the next tasks start fresh ones."""
        for slot in self._slots:
            slot.renew()


class _Attempt(Generic[Task, Value]):
    """Represent the first or second attempt at a task."""

    def __init__(self, function: Function[Task, Value], task: Task, timeout_s: float | None, number: int = 1) -> None:
        self.function, self.task, self.timeout_s, self.number = function, task, timeout_s, number
        self._started = time.perf_counter()

    def again(self) -> "_Attempt[Task, Value]":
        return _Attempt(self.function, self.task, self.timeout_s, self.number + 1)

    def outcome(self, future: Future[Reply[Value]]) -> Outcome[Task, Value] | None:
        """Return the outcome. None if the worker died and a second attempt follows."""
        seconds = time.perf_counter() - self._started
        # Not raised here: a KeyboardInterrupt that the task raised must not count as Ctrl-C.
        error = _exception(future)
        if error is None:
            return Outcome(self.task, "done", future.result().value, seconds=seconds)
        # The task itself may raise TimeoutError; then it took less time.
        if isinstance(error, TimeoutError) and self.timeout_s is not None and seconds >= self.timeout_s:
            return Outcome(self.task, "timeout", reason=late(self.timeout_s), seconds=seconds)
        if not isinstance(error, DEATHS):
            reason = str(error) if isinstance(error, Died) else f"{type(error).__name__}: {error}"
            return Outcome(self.task, "failed", reason=reason, seconds=seconds, error=error)
        if self.number < ATTEMPTS:
            return None
        return Outcome(self.task, "failed", reason=died(getattr(error, "exitcode", None), ATTEMPTS), seconds=seconds)


def _exception(future: Future[Reply[Value]]) -> BaseException | None:
    try:
        return future.exception()
    except CancelledError as error:
        return error


class _WorkerProcess(SpawnProcess):
    """Represent a worker process and end all descendants with the worker."""

    # Workers of this process by their marks. Some may have ended.
    started: ClassVar[dict[str, int]] = {}
    _starting: ClassVar[threading.Lock] = threading.Lock()

    def start(self) -> None:
        """Start the worker with a mark, which all descendants inherit."""
        with self._starting:
            mark = os.environ[children.MARK] = secrets.token_hex(8)
            try:
                super().start()
            finally:
                del os.environ[children.MARK]
        assert self.pid is not None, "a process that has started has a number"
        self.started[mark] = self.pid

    @classmethod
    def end_orphans(cls) -> None:
        """End the processes that ended workers have left, such as the children of a worker that crashed."""
        for mark in children.end_marked(dict(cls.started)):
            cls.started.pop(mark, None)

    @property
    def exitcode(self) -> int | None:
        """Return the exit status, with ENDED_STATUS for 0: pebble waits for a worker that has ended with status 0."""
        status = super().exitcode
        return ENDED_STATUS if status == 0 else status

    def terminate(self) -> None:
        """End the worker and all descendants."""
        below = children.descendants(self.pid) if self.pid else []
        super().terminate()
        for pid in below:
            children.kill(pid)


class _Context(SpawnContext):
    Process = _WorkerProcess


class _Slot:
    """Keep a worker process in a pool; both start with the first task."""

    def __init__(self, warm_up: Callable[[], None], wear: Wear) -> None:
        self._warm_up = warm_up
        self._wear = wear
        self._pool: ProcessPool | None = None
        self._tasks = 0
        self._first_mb = math.inf

    def submit(self, attempt: _Attempt[Task, Value]) -> Future[Reply[Value]]:
        arguments = attempt.function, attempt.task
        return self._started().schedule(worker.reply, args=arguments, timeout=attempt.timeout_s)

    def start(self) -> None:
        """Start the worker if there is no live one."""
        self._started()

    def _started(self) -> ProcessPool:
        if self._pool is None or not self._pool.active:
            self.renew()
            self._pool = self._start()
        return self._pool

    def wear_by(self, future: Future[Reply[Value]]) -> None:
        """Count a finished task, and end a worker that has reached a limit of `Wear` or has died."""
        error = _exception(future)
        if isinstance(error, DEATHS):
            # A worker that was killed while it sent a result leaves the lock of its pool locked. A new worker in the
            # same pool would wait for this lock.
            self.renew()
        if error is not None:
            if getattr(error, "is_spent", False):
                self.renew()
            return
        if future.result().is_spent:
            self.renew()
            return
        memory_mb = future.result().memory_mb
        self._tasks += 1
        self._first_mb = min(self._first_mb, memory_mb)
        if self._tasks >= self._wear.tasks or memory_mb - self._first_mb > self._wear.growth_mb:
            self.renew()

    def _start(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=1,
            initializer=worker.start,
            initargs=(os.getpid(), self._warm_up),
            context=_Context(),
        )
        # The terminal sends Ctrl-C to every process, but only the master may end workers. Threads and processes that
        # start here inherit the mask.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            if not pool.active:
                raise OSError("the worker pool did not start")
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return pool

    def renew(self) -> None:
        """End the worker; the next task starts a fresh one."""
        self.stop()
        self.join()
        self._pool, self._tasks, self._first_mb = None, 0, math.inf

    def stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble does not annotate this method.

    def join(self) -> None:
        if self._pool is not None:
            self._pool.join()
            _WorkerProcess.end_orphans()


def _launch(
    busy: dict[Future[Reply[Value]], tuple[_Slot, _Attempt[Task, Value]]], slot: _Slot, attempt: _Attempt[Task, Value]
) -> None:
    busy[slot.submit(attempt)] = slot, attempt


def _serial(asked: Request) -> Executor:
    return Processes(1, asked.warm_up, asked.wear)


def _processes(asked: Request) -> Executor:
    return Processes(asked.workers or all_cores(), asked.warm_up, asked.wear)


EXECUTORS.enter("serial", ExecutorKind(_serial, words="one worker process"), __name__, place=1)
EXECUTORS.enter(
    "processes",
    ExecutorKind(_processes, words="one worker process for each core", most_workers=most_workers),
    __name__,
    place=2,
)
