"""A built network simulated to a recording: the only place, with network.py, that runs NetPyNE."""

import importlib
import math
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import numpy as np
from tqdm import tqdm

from tuner.recording import Recording


class SimulationError(Exception):
    """A simulation that gives no raster, for a reason."""


@contextmanager
def quiet() -> Iterator[None]:
    """Nothing that NetPyNE or NEURON writes is seen; if they raise, their last words are added to the exception."""
    with tempfile.TemporaryFile("w+", errors="replace") as words, redirect_stdout(words), redirect_stderr(words):
        if sys.__stdout__ is not None:
            sys.__stdout__.flush()
        saved = os.dup(1), os.dup(2)
        try:
            os.dup2(words.fileno(), 1)
            os.dup2(words.fileno(), 2)
            yield
        except RuntimeError as error:
            raise RuntimeError(_with_last_words(error, words)) from error
        finally:
            words.flush()
            for descriptor, original in zip((1, 2), saved, strict=True):
                os.dup2(original, descriptor)
                os.close(original)


def _with_last_words(error: RuntimeError, words: object) -> str:
    """NEURON's Python exceptions only say "hocobj_call error"; what happened is what it wrote."""
    words.flush()
    words.seek(0)
    lines = [line.strip() for line in words.read().splitlines() if line.strip().startswith(("NEURON:", "nrn"))]
    return f"{error}; {lines[-1]}" if lines else str(error)


def simulate(network: object) -> Recording:
    """Runs the network that NetPyNE has built; raises SimulationError if a voltage is not finite at the end."""
    from netpyne import sim

    with quiet():
        # Handlers of an earlier run of the same network would all run again.
        sim.fih.clear()
        sim.runSim()
    _check_voltages(network.populations)
    return Recording(
        np.array(sim.simData["spkt"]),
        np.array(sim.simData["spkid"]),
        {name: np.array(cells, int) for name, cells in network.populations.items()},
        float(sim.cfg.duration),
    )


def _check_voltages(populations: dict[str, list[int]]) -> None:
    from netpyne import sim
    from neuron import h

    for section in h.allsec():
        if not all(math.isfinite(segment.v) for segment in section):
            cell = next((c.gid for c in sim.net.cells if section in _sections(c)), None)
            where = next((name for name, cells in populations.items() if cell in cells), "no population")
            raise SimulationError(f"the voltage of cell {cell} ({where}) is not a number (NaN)")


def _sections(cell: object) -> list:
    return [section["hObj"] for section in getattr(cell, "secs", {}).values() if "hObj" in section]


def warm_up() -> None:
    """Imports NetPyNE, so that the first simulation need not pay for it."""
    # The bars that NetPyNE draws would each time leave a system-wide semaphore behind when a worker is killed.
    tqdm.set_lock(threading.RLock())
    here = os.getcwd()
    with quiet(), tempfile.TemporaryDirectory() as nothing:
        # NEURON loads whatever stands compiled in the working directory, be it the model's or not.
        os.chdir(nothing)
        try:
            importlib.import_module("netpyne.sim")
        finally:
            os.chdir(here)
