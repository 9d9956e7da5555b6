"""MPI ranks as workers: rank 0 leads, and each of the others holds one warm process of its own, as on one machine.

What happens in that process, a crash or a hang, costs one task; a rank that is lost ends the whole job, as MPI has it.
Started by `mpiexec -n N python -m mpi4py.futures PROGRAM`.
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

# What an MPI tells its processes through the environment: a child that found it would take itself for a rank.
VARIABLES = (
    "HYDI_", "HYDRA_", "I_MPI_", "MPI_", "MPIEXEC_", "MV2_", "OMPI_", "PALS_", "PMI", "PRTE_", "SLURM_",
)  # fmt: skip
# Open MPI's and MPICH's.
WORLD_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
STOP = 1
# How long leader and ranks sleep between looks for a message, at most: an evaluation waits twice as long or more, and
# looking takes the leader some 6 % of a core.
BACKOFF_S = 0.0003


def is_led() -> bool:
    """Whether mpi4py.futures started this program."""
    return "mpi4py.futures" in sys.orig_argv


def copies() -> int:
    """How many of this program an MPI started, each on its own; 1 where they are led."""
    given = (os.environ.get(name, "") for name in WORLD_SIZES)
    return 1 if is_led() else max((int(size) for size in given if size.isdigit()), default=1)


class Mpi(Executor):
    """`workers` of the ranks, at most and by default all, that mpi4py.futures leads.

    Raises TunerError in a program that was started otherwise.
    """

    def __init__(self, workers: int | None, warm_up: Callable[[], None], wear: Wear = USUAL_WEAR) -> None:
        from mpi4py import MPI
        from mpi4py.futures import MPIPoolExecutor

        self._ranks = MPI.COMM_WORLD.Get_size() - 1
        if self._ranks < 1 or not is_led():
            raise TunerError(
                "executor mpi needs at least two ranks of mpi4py.futures:"
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
        """Yield an outcome for each task as it finishes; closed early, end the workers that are busy."""
        self._run += 1
        life, number = self._life, self._run

        def submit(task: Task) -> Future[Outcome[None, Value]]:
            return self._pool.submit(_serve, _Call(function, task, timeout_s, life, number))

        yield from flow(next_task, self.workers, submit, self._stop)

    def start(self) -> None:
        """Starts all workers now: they warm up while the first tasks are done."""
        self._pool.bootup(wait=False)

    def renew(self) -> None:
        """Each worker is another one from its next task on."""
        self._life += 1

    def _stop(self) -> None:
        """Has the ranks give up what they do for the last run."""
        from mpi4py import MPI

        if MPI.Query_thread() == MPI.THREAD_MULTIPLE:
            self._stops += [MPI.COMM_WORLD.isend(self._run, rank + 1, STOP) for rank in range(self._ranks)]


@dataclass(frozen=True)
class _Call(Generic[Task, Value]):
    """A task on its way to a rank: of which run it is, and in which life the worker must be."""

    function: Function[Task, Value]
    task: Task
    timeout_s: float | None
    life: int
    run: int


class _Rank:
    """What a rank keeps: its worker, and how far the leader has told it to stop."""

    def __init__(self, warm_up: Callable[[], None], wear: Wear) -> None:
        self._worker = Processes(1, warm_up, wear, interrupted=self._is_stopped)
        self._life = self._run = self._stopped = 0
        self._worker.start()

    def serve(self, call: _Call[Task, Value]) -> Outcome[None, Value]:
        """What the worker makes of a task; the outcome comes without the task."""
        if call.life != self._life:
            self._worker.renew()
            self._life = call.life
        self._run = call.run
        found: Iterator[Outcome[Any, Value]] = self._worker.map(call.function, [call.task], call.timeout_s)
        return replace(next(found, Outcome(None, "failed", reason="stopped")), task=None)

    def close(self) -> None:
        """Ends the worker, and takes what the leader has said meanwhile."""
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
    # A launcher passes them on to all ranks: the leader ends the run, and with it the others.
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        signal.signal(signum, signal.SIG_IGN)
    for name in [name for name in os.environ if name.startswith(VARIABLES)]:
        del os.environ[name]
    _rank = _Rank(warm_up, wear)
    atexit.register(_rank.close)


def _serve(call: _Call[Task, Value]) -> Outcome[None, Value]:
    assert _rank is not None, "a rank opens before it serves"
    return _rank.serve(call)


def end_quietly() -> None:
    """Lets a program end with any exit status after mpi4py.futures has told all ranks; it would abort them else."""
    if "mpi4py.futures" in sys.modules:
        from mpi4py import MPI

        atexit.register(MPI.Finalize)


EXECUTORS.enter(
    "mpi",
    ExecutorKind(
        lambda asked: Mpi(asked.workers, asked.warm_up, asked.wear), words="ranks of mpiexec", spans_nodes=True
    ),
    __name__,
    place=4,
)
