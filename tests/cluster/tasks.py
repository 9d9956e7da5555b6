"""Tasks for ranks of a step, in a module that these can import."""

import os
import signal
import time


def nothing() -> None:
    """Needs no warming up."""


def act(kind: str) -> object:
    """What a test asks of all ranks."""
    from mpi4py import MPI

    world = MPI.COMM_WORLD
    if kind == "raise":
        raise KeyError(kind)
    if kind == "die" and world.rank == 1:
        os.kill(os.getpid(), signal.SIGSEGV)
    if kind == "hang":
        time.sleep(10_000)
    return world.allgather((world.rank, os.environ.get("SLURMD_NODENAME", ""), kind))
