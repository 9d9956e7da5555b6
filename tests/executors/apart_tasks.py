"""Functions that a worker runs in fresh processes."""

import os
import signal
import time
from pathlib import Path

from tuner.errors import StudyError
from tuner.executors import apart

_counter = [0]


def nothing() -> None:
    pass


def _counted(by: int) -> tuple[int, int]:
    _counter[0] += by
    return _counter[0], os.getpid()


def counted_apart(by: int) -> tuple[int, int, int]:
    """The count and the process of the child, and the worker's process."""
    return (*apart.run(_counted, by, nothing), os.getpid())


def counted_by_a_used_worker(by: int) -> tuple[int, int, int]:
    _counter[0] += 100
    apart.mark_used()
    return counted_apart(by)


def _refuse(words: str) -> None:
    raise StudyError(words)


def refused_apart(words: str) -> None:
    apart.run(_refuse, words, nothing)


def _die(file: str) -> None:
    with open(file, "a") as written:
        written.write("x")
    os.kill(os.getpid(), signal.SIGSEGV)


def died_apart(file: str) -> None:
    apart.run(_die, file, nothing)


def _leave(seconds: float) -> None:
    # The child goes on without its parent, and shares all pipes.
    if os.fork() == 0:
        os.setsid()
        time.sleep(seconds)
    os._exit(0)


def left_apart(seconds: float) -> None:
    apart.run(_leave, seconds, nothing)


def left_by_a_used_worker(seconds: float) -> None:
    apart.mark_used()
    left_apart(seconds)


def _hang(file: str) -> None:
    Path(file).write_text(str(os.getpid()))
    time.sleep(600)


def hung_apart(file: str) -> None:
    apart.run(_hang, file, nothing)
