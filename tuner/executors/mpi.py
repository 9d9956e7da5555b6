"""Run tasks on MPI ranks: rank 0 leads, and each other rank keeps one warm worker process.

A crash or hang of a worker process costs one task. The loss of a rank ends the whole job, as always with MPI. Start
with `mpiexec -n N python -m mpi4py.futures PROGRAM`.
"""

import atexit
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Generic

from tuner.errors import TunerError
from tuner.executors.base import USUAL_WEAR, Executor, Function, Wear
from tuner.executors.flow import flow
from tuner.executors.outcome import Outcome, Task, Value
from tuner.executors.processes import Processes
from tuner.executors.registry import EXECUTORS, ExecutorKind

# Prefixes of environment variables by which an MPI marks its ranks. A child with them would take itself for a rank.
VARIABLES = (
    "HYDI_", "HYDRA_", "I_MPI_", "MPI_", "MPIEXEC_", "MV2_", "OMPI_", "PALS_", "PMI", "PRTE_", "SLURM_",
)  # fmt: skip
# Of Open MPI and of MPICH.
WORLD_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
STOP = 1
# Longest sleep of leader and ranks between two polls for messages. An evaluation waits at least twice as long, and
# polling takes the leader about 6 % of a core.
BACKOFF_S = 0.0003


def is_led() -> bool:
    """Return whether mpi4py.futures started this program."""
    return "mpi4py.futures" in sys.orig_argv


def copies() -> int:
    """Return the number of copies of this program that an MPI started without a leader.

    1 if mpi4py.futures leads the ranks, or without MPI. More than 1 is a mistake: each copy would run the whole study.
    """
    given = (os.environ.get(name, "") for name in WORLD_SIZES)
    return 1 if is_led() else max((int(size) for size in given if size.isdigit()), default=1)


class Mpi(Executor):
    """Run tasks on at most `workers` of the ranks that mpi4py.futures leads; by default on all ranks.

    Raises
    ------
    TunerError
        If the program was not started through mpi4py.futures, or on fewer than two ranks.
    """

    def __init__(self, workers: int | None, warm_up: Callable[[], None], wear: Wear = USUAL_WEAR) -> None:
        from mpi4py import MPI
        from mpi4py.futures import MPIPoolExecutor

        self._ranks = MPI.COMM_WORLD.Get_size() - 1
        if self._ranks < 1 or not is_led():
            raise TunerError(
                "executor mpi needs at least two ranks, started through mpi4py.futures:"
                " mpiexec -n 3 python -m mpi4py.futures tuner/run.py STUDY --executor mpi"
            )
        self.workers = min(workers or self._ranks, self._ranks)
        self._pool = MPIPoolExecutor(initializer=_open_rank, initargs=(warm_up, wear), backoff=BACKOFF_S)
        self._life = self._run = 0
        self._stops: list[MPI.Request] = []

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown()

    def run(
        self, function: Function[Task, Value], next_task: Callable[[], Task | None], timeout_s: float | None = None
    ) -> Iterator[Outcome[Task, Value]]:
        """Yield the outcome of each task as soon as the task finishes; if closed early, end the busy workers."""
        self._run += 1
        life, number = self._life, self._run

        def submit(task: Task) -> Future[Outcome[None, Value]]:
            return self._pool.submit(_serve, _Call(function, task, timeout_s, life, number))

        yield from flow(next_task, self.workers, submit, self._stop)

    def start(self) -> None:
        """Start all workers now, so that all warm up at the same time."""
        self._pool.bootup(wait=False)

    def renew(self) -> None:
        """Replace each worker by a fresh one before the next task."""
        self._life += 1

    def _stop(self) -> None:
        """Tell the ranks to end the tasks of the last run."""
        from mpi4py import MPI

        if MPI.Query_thread() == MPI.THREAD_MULTIPLE:
            self._stops += [MPI.COMM_WORLD.isend(self._run, rank + 1, STOP) for rank in range(self._ranks)]


@dataclass(frozen=True)
class _Call(Generic[Task, Value]):
    """Represent a task that is sent to a rank.

    `run` is the number of the run. `life` counts calls of `renew`: a rank with another number replaces its worker.
    """

    function: Function[Task, Value]
    task: Task
    timeout_s: float | None
    life: int
    run: int


class _Rank:
    """Keep the worker of a rank, and the number of the last run that the leader has stopped."""

    def __init__(self, warm_up: Callable[[], None], wear: Wear) -> None:
        self._worker = Processes(1, warm_up, wear, interrupted=self._is_stopped)
        self._life = self._run = self._stopped = 0
        self._worker.start()

    def serve(self, call: _Call[Task, Value]) -> Outcome[None, Value]:
        """Return the outcome of a task; the outcome does not contain the task."""
        if call.life != self._life:
            self._worker.renew()
            self._life = call.life
        self._run = call.run
        found: Iterator[Outcome[Any, Value]] = self._worker.map(call.function, [call.task], call.timeout_s)
        return replace(next(found, Outcome(None, "failed", reason="the run was stopped")), task=None)

    def close(self) -> None:
        """End the worker, and receive all messages of the leader."""
        self._worker.__exit__()
        self._is_stopped()

    def _is_stopped(self) -> bool:
        from mpi4py import MPI

        world = MPI.COMM_WORLD
        while world.iprobe(0, STOP):
            self._stopped = max(self._stopped, world.recv(source=0, tag=STOP))
        return self._stopped >= self._run


_rank: _Rank | None = None


def _open_rank(warm_up: Callable[[], None], wear: Wear) -> None:
    global _rank
    # A launcher passes signals on to all ranks. Only the leader reacts: it ends the run, and with it the ranks.
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(signum, signal.SIG_IGN)
    for name in [name for name in os.environ if name.startswith(VARIABLES)]:
        del os.environ[name]
    _rank = _Rank(warm_up, wear)
    atexit.register(_rank.close)


def _serve(call: _Call[Task, Value]) -> Outcome[None, Value]:
    assert _rank is not None, "_open_rank runs before _serve"
    return _rank.serve(call)


def end_quietly() -> None:
    """End MPI at exit, so that the program can end with any exit status.

    Without this, mpi4py.futures aborts all ranks if the status is not 0.
    """
    if "mpi4py.futures" in sys.modules:
        from mpi4py import MPI

        atexit.register(MPI.Finalize)


EXECUTORS.enter(
    "mpi",
    ExecutorKind(
        lambda asked: Mpi(asked.workers, asked.warm_up, asked.wear), words="ranks of one MPI job", spans_nodes=True
    ),
    __name__,
    place=4,
)
