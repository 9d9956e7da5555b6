"""Prepare a worker process for tasks, and run tasks."""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic

from tuner.executors.outcome import QUIT_STATUS, Task, Value

_PR_SET_PDEATHSIG = 1
_STATUS = Path("/proc/self/statm")

# Changes of this process that cannot be put back.
_spent: list[str] = []
_is_worker = False


@dataclass(frozen=True)
class Reply(Generic[Value]):
    """Represent the value of a task, and the memory of the worker after the task [MB].

    `is_spent` is true if the worker must be replaced.
    """

    value: Value
    memory_mb: float
    is_spent: bool = False


def reply(function: Callable[[Task], Value], task: Task) -> Reply[Value]:
    """Run a task and return the reply; exceptions pass through, with the attribute `is_spent` of the reply."""
    try:
        return Reply(function(task), memory_mb(), bool(_spent))
    except BaseException as error:
        vars(error)["is_spent"] = bool(_spent)
        raise


def is_worker() -> bool:
    """Return whether this process does nothing but tasks."""
    return _is_worker


def ask_for_replacement(reason: str) -> None:
    """Ask for another worker, because a task has changed this process and the change cannot be put back."""
    _spent.append(reason)


def reasons_for_replacement() -> list[str]:
    """Return and forget the changes of this process that cannot be put back."""
    reasons = list(dict.fromkeys(_spent))
    _spent.clear()
    return reasons


def memory_mb() -> float:
    """Return the resident memory of this process [MB]; where unknown, the peak."""
    try:
        return int(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        unit = 1.0 if sys.platform == "darwin" else 1e3
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def start(master: int, warm_up: Callable[[], None]) -> None:
    """Prepare the worker: end with the master, discard all output, and warm up."""
    global _is_worker
    _is_worker = True
    die_with(master)
    # A terminal or an MPI launcher sends signals to its whole session. Only the master should react to them.
    os.setsid()
    # A Python handler would not run during a long solver step.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A model may end the process with status 0 (hoc's quit). pebble would take this worker for one that is still busy,
    # so every normal end gets another status.
    libc = ctypes.CDLL(None)
    libc.__cxa_atexit(libc._exit, ctypes.c_void_p(QUIT_STATUS), None)
    mute()
    warm_up()


def mute() -> None:
    """Discard all further output of this process."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)


def close_in_forks(descriptor: int) -> None:
    """Close a descriptor in forked children, so that the end of this process is the end of a pipe."""
    os.register_at_fork(after_in_child=partial(os.close, descriptor))


def die_with(master: int) -> None:
    """End this process as soon as the parent process `master` has ended.

    On Linux the kernel sends SIGKILL, which also ends a long solver step.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(master,), daemon=True).start()
    if os.getppid() != master:
        os._exit(1)


def _watch(master: int) -> None:
    while os.getppid() == master:
        time.sleep(1.0)
    os._exit(1)
