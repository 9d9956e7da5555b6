"""Find and end the processes that a task's code has started.

The processes are read from /proc. Where there is no /proc, none are found.
"""

import ctypes
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37
_PROC = Path("/proc")
# Environment variable that marks a worker and its descendants.
MARK = "NETPYNE_TUNER_WORKER"
# Time after which a killed process counts as one that cannot be ended.
PATIENCE_S = 2.0
LOOK_S = 0.002


def children() -> frozenset[int]:
    """Return the children of this process, including ended children that nothing has waited for."""
    if not _has_children():
        return frozenset()
    return frozenset(pid for pid, parent in _processes() if parent == os.getpid()) - _helpers()


def _has_children() -> bool:
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _helpers() -> set[int]:
    """Return the process that Python's multiprocessing starts beside all others."""
    tracker = sys.modules.get("multiprocessing.resource_tracker")
    return {getattr(getattr(tracker, "_resource_tracker", None), "_pid", None) or 0}


def descendants(pid: int) -> list[int]:
    """Return the children of a process, with all children of children."""
    by_parent = defaultdict(list)
    for child, parent in _processes():
        by_parent[parent].append(child)
    return list(_below(pid, by_parent))


def _below(pid: int, by_parent: Mapping[int, list[int]]) -> Iterator[int]:
    for child in by_parent.get(pid, ()):
        yield child
        yield from _below(child, by_parent)


def _processes() -> Iterator[tuple[int, int]]:
    """Yield the numbers of each process and of the parent."""
    for entry in _PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = entry.read_text(errors="replace").rpartition(")")[2].split()
            yield int(entry.parent.name), int(fields[1])


@contextmanager
def adopting() -> Iterator[None]:
    """Make this process the new parent of descendants that lose the parent in the `with` block (Linux)."""
    if sys.platform != "linux":
        yield
        return
    libc, before = ctypes.CDLL(None), ctypes.c_int()
    libc.prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(before))
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, before.value)


def end_new(before: Collection[int]) -> bool:
    """Kill all new children and the descendants of each; return whether all have ended."""
    deadline = time.monotonic() + PATIENCE_S
    # The children of an ended process become children of this one.
    while new := children().difference(before):
        for child in new:
            for pid in [child, *descendants(child)]:
                kill(pid)
        for pid in new:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_S)
    return True


def kill(pid: int) -> None:
    """Kill a process, if there still is one."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def end_marked(workers: Mapping[str, int]) -> list[str]:
    """Kill the processes that ended workers have left, and return the marks of these workers.

    `workers` gives the process of each mark. All descendants of a worker have its mark in their environment, also those
    that have left its session.
    """
    ended = [mark for mark, pid in workers.items() if not _PROC.joinpath(str(pid)).exists()]
    for entry in _PROC.glob("[0-9]*/environ") if ended else ():
        with suppress(OSError):
            variables = entry.read_bytes().split(b"\0")
            if any(f"{MARK}={mark}".encode() in variables for mark in ended):
                kill(int(entry.parent.name))
    return ended
