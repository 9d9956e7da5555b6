"""What a worker process does before its first task."""

import ctypes
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic

from tuner.executors.outcome import Task, Value

_PR_SET_PDEATHSIG = 1
_STATUS = Path("/proc/self/statm")
QUIT_STATUS = 86


@dataclass(frozen=True)
class Reply(Generic[Value]):
    """What a task gave, and the memory that its process then held [MB]."""

    value: Value
    memory_mb: float


def reply(function: Callable[[Task], Value], task: Task) -> Reply[Value]:
    """Does a task; what it raises passes through."""
    return Reply(function(task), memory_mb())


def memory_mb() -> float:
    """Resident memory of this process [MB]; where it is not to be had, the most that it ever was."""
    try:
        return int(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        unit = 1.0 if sys.platform == "darwin" else 1e3
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def start(master: int, warm_up: Callable[[], None]) -> None:
    """Ties the worker's life to its master, keeps what it prints off the terminal, warms up."""
    die_with(master)
    # What a terminal or a launcher of MPI sends to all processes of its session is the master's to heed.
    os.setsid()
    # A long solver step would keep a Python handler from ever running.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # A model that ends the process (hoc's quit) with status 0 would look like a worker that is still busy.
    libc = ctypes.CDLL(None)
    libc.__cxa_atexit(libc._exit, ctypes.c_void_p(QUIT_STATUS), None)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    warm_up()


def die_with(master: int) -> None:
    """Ends this process as soon as its parent `master` has ended, on Linux by SIGKILL, in a solver step too."""
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
