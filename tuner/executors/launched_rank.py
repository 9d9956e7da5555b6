"""The program that each rank of `tuner.executors.launched` runs.

The task comes through rank 0's standard input, its outcome goes back through rank 0's standard output.
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

# How long a rank that has done its part waits for the others before it takes them for dead.
TOGETHER_S = 20.0
LOOK_S = 0.01
WRONG_SIZE = (
    "{wanted} ranks were asked for, but each process finds {size}: simulation.launcher must fit the MPI of mpi4py"
    " (srun --mpi=list shows what Slurm can do, such as --mpi=pmi2)"
)


def main() -> None:
    """Does the task on all ranks together, and ends the process."""
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
    # Libraries that crash as they are unloaded must not cost a result.
    os._exit(0)


def _give_up(answers: int, words: str) -> NoReturn:
    _write(answers, line(BROKEN, words))
    os._exit(1)


def _set_aside_output() -> int:
    """The standard output, on which from now on nobody else writes."""
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
    # Not through Python's buffer, whose lock would be held at the end.
    os.read(0, 1)
    os._exit(1)


def _call(function: Function[Task, Value], task: Task) -> tuple[Found[Value], str]:
    """Value and error, one of which is None, as they can be sent; and in words what failed, which a value may have."""
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
    """Ends all ranks if one has come to its end and another has not, which would wait for it for ever."""
    request, deadline = world.Ibarrier(), time.monotonic() + TOGETHER_S
    while not request.Test():
        if time.monotonic() > deadline:
            words = failure or f"has ended, others have not for {TOGETHER_S:g} s"
            sys.stderr.write(f"{OWN_WORDS}rank {world.rank}: {words}\n")
            sys.stderr.flush()
            # Those that have nothing to say must not be the quicker ones.
            time.sleep(0.0 if failure else 1.0)
            world.Abort(1)
        time.sleep(LOOK_S)


def _write(answers: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(answers, left) :]


if __name__ == "__main__":
    main()
