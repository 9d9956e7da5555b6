"""Tasks for ranks of a step, in a module that these can import."""

import ctypes
import os
import signal
import sys
import time


def nothing() -> None:
    """Needs no warming up."""


def act(kind: str) -> object:
    """What a test asks of all ranks."""
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    if kind == "raise":
        raise KeyError(kind)
    if kind == "one raises" and world.rank == 1:
        raise ValueError("no such section on this rank")
    if kind == "one raises":
        return 0
    if kind == "one waits":
        # The ranks' program would wait longer for the one that never comes.
        sys.modules["__main__"].TOGETHER_S = 1.0
    if kind == "one waits" and world.rank == 0:
        world.Barrier()
    if kind == "one waits":
        raise ValueError("no such section on this rank")
    if kind == "exit":
        raise SystemExit("the model has had enough")
    if kind == "unsendable":
        return lambda: None
    if kind == "large":
        return bytes(20_000_000)
    if kind == "in C":
        # As a solver step does it, it keeps Python's lock.
        ctypes.PyDLL(None).pause()
    if kind == "die" and world.rank == 1:
        os.kill(os.getpid(), signal.SIGSEGV)
    if kind == "hang":
        time.sleep(10_000)
    return world.allgather((world.rank, os.environ.get("SLURMD_NODENAME", ""), kind))
