"""Run a task on one of the ranks that `tuner.executors.launched` starts.

Rank 0 reads the task from its standard input, and writes the outcome to its standard output.
"""

import os
import pickle
import sys
import threading
import time
from typing import TYPE_CHECKING, NoReturn

from tuner.errors import TunerError
from tuner.executors.base import Function
from tuner.executors.launched import BROKEN, OWN_WORDS, STARTED, VALUE, Found, line
from tuner.executors.outcome import Task, Value

if TYPE_CHECKING:
    from mpi4py import MPI

# Time that a rank waits after its own work before it takes the other ranks for dead.
TOGETHER_S = 20.0
LOOK_S = 0.01
WRONG_SIZE = (
    "{wanted} ranks were asked for, but each process finds {size}: simulation.launcher must start the ranks"
    " with the MPI that mpi4py uses (with Slurm, srun --mpi=list shows the choices; try srun --mpi=pmi2)"
)


def main() -> None:
    """Run the task on all ranks together, then end the process."""
    from mpi4py import MPI

    world, wanted = MPI.COMM_WORLD, int(sys.argv[1])
    answers = _set_aside_output()
    if world.size != wanted:
        _give_up(answers, WRONG_SIZE.format(wanted=wanted, size=world.size))
    warm_up, function, task = pickle.loads(world.bcast(_read_call() if world.rank == 0 else None))
    try:
        warm_up()
    except TunerError as error:
        _give_up(answers, str(error))
    world.Barrier()
    if world.rank == 0:
        _write(answers, line(STARTED, None))
    found, failure = _call(function, task)
    _wait_for_all(world, failure)
    failures = world.gather(failure) or []
    if world.rank == 0:
        others = [f"rank {rank}: {words}" for rank, words in enumerate(failures) if words and not failure]
        _write(answers, line(VALUE, (None, RuntimeError(others[0])) if others else found))
    MPI.Finalize()
    # Ended at once: a library that crashes while it is unloaded must not spoil the result.
    os._exit(0)


def _give_up(answers: int, words: str) -> NoReturn:
    _write(answers, line(BROKEN, words))
    os._exit(1)


def _set_aside_output() -> int:
    """Return a copy of the standard output, and send all other output to /dev/null."""
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answers


def _read_call() -> bytes:
    stream = sys.stdin.buffer
    size = int.from_bytes(stream.read(8), "big")
    if not size:
        os._exit(1)
    content = stream.read(size)
    threading.Thread(target=_end_with_master, daemon=True).start()
    return content


def _end_with_master() -> None:
    # os.read, not sys.stdin: a lock of Python's buffer that is held here would block the end of the process.
    os.read(0, 1)
    os._exit(1)


def _call(function: Function[Task, Value], task: Task) -> tuple[Found[Value], str]:
    """Run the task, and return value and error (both picklable) and the failure in words.

    One of value and error is None. A value may have an attribute `failure`; the words are "" without a failure.
    """
    try:
        value = function(task)
        pickle.loads(pickle.dumps(value))
        return (value, None), getattr(value, "failure", "")
    except (Exception, SystemExit) as raised:
        words = f"{type(raised).__name__}: {raised}"
        return (None, _sendable(raised, words)), words


def _sendable(error: BaseException, words: str) -> BaseException:
    try:
        found: BaseException = pickle.loads(pickle.dumps(error))
        return found
    except Exception:
        return RuntimeError(words)


def _wait_for_all(world: "MPI.Intracomm", failure: str) -> None:
    """Wait for all ranks, and abort all ranks if only some ranks finish.

    A rank that has not finished would wait for ever in a collective call for a rank that has.
    """
    request, deadline = world.Ibarrier(), time.monotonic() + TOGETHER_S
    while not request.Test():
        if time.monotonic() > deadline:
            words = failure or f"has finished, but other ranks have not within {TOGETHER_S:g} s"
            sys.stderr.write(f"{OWN_WORDS}rank {world.rank}: {words}\n")
            sys.stderr.flush()
            # A rank with a failure to report comes first: the first abort ends all ranks.
            time.sleep(0.0 if failure else 1.0)
            world.Abort(1)
        time.sleep(LOOK_S)


def _write(answers: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(answers, left) :]


if __name__ == "__main__":
    main()
