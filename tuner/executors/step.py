"""What each rank of a step runs: the task comes through rank 0's standard input, its outcome goes the other way."""

import os
import pickle
import sys
import threading
import time

from tuner.errors import TunerError
from tuner.executors.steps import BROKEN, STARTED, VALUE, line

# How long a rank that has done its part waits for the others before it takes them for dead.
TOGETHER_S = 60.0
LOOK_S = 0.01


def main() -> None:
    """Does the task on all ranks together, and ends the process."""
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    answers = _set_aside_output()
    warm_up, function, task = pickle.loads(world.bcast(_read_call() if world.rank == 0 else None))
    try:
        warm_up()
    except TunerError as error:
        _write(answers, line(BROKEN, str(error)))
        os._exit(1)
    if world.rank == 0:
        _write(answers, line(STARTED, None))
    found = _call(function, task)
    _wait_for_all(world)
    if world.rank == 0:
        _write(answers, line(VALUE, found))
    MPI.Finalize()
    # Libraries that crash as they are unloaded must not cost a result.
    os._exit(0)


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
    sys.stdin.buffer.read(1)
    os._exit(1)


def _call(function: object, task: object) -> tuple:
    try:
        return function(task), None
    except Exception as error:
        return None, error


def _wait_for_all(world: object) -> None:
    """Ends all ranks if one has come to its end and another has not, which would wait for it for ever."""
    request, deadline = world.Ibarrier(), time.monotonic() + TOGETHER_S
    while not request.Test():
        if time.monotonic() > deadline:
            sys.stderr.write(f"rank {world.rank} has ended, others have not for {TOGETHER_S:g} s\n")
            world.Abort(1)
        time.sleep(LOOK_S)


def _write(answers: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(answers, left) :]


if __name__ == "__main__":
    main()
